"""A quiz that is open to guests: taken without an account, kept three days for one browser, never training."""

import html
import re
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes import actions, reports
from assessments.quizzes.models import GuestAnswer, GuestSitting, Question, QuizAttempt, QuizPage
from assessments.quizzes.models.guests import KEPT
from assessments.quizzes.rules import types
from courses.models import Enrolment, StepCompletion
from tests.quizzes.factories import quiz_course, worst_response
from tests.quizzes.samples import best
from tests.quizzes.test_leaks import assert_nothing_leaks

KINDS = ("single", "multiple", "ordering")


@pytest.fixture
def course(db):
    return quiz_course(KINDS, open_to_guests=True, required_of="nobody")


@pytest.fixture
def guest(course):
    return Client(headers={"accept-language": "en"})


def address(course, name: str = "self-check", *numbers: int) -> str:
    return reverse(name, args=[course.step_keys[-1], *numbers])


def begin(guest, course):
    return guest.post(address(course, "self-check-start"))


def form(number: int, how=best) -> dict:
    """What the page of this question sends, of the paper that was begun last."""
    sitting = GuestSitting.objects.latest("pk")
    key = sitting.keys[number - 1]
    question = sitting.quiz.question(key)
    sent = types.get(question.type).posted(question, sitting.order(key), how(question))
    return sent | {"turn": reports.self_check(sitting, "en").turn}


def respond(guest, course, number: int, how=best):
    return guest.post(address(course, "self-check-answer", number), form(number, how))


def words(response) -> str:
    return html.unescape(response.content.decode())


def test_a_guest_answers_reads_why_and_sees_how_it_went(guest, course):
    assert "kept for 3 days" in words(guest.get(address(course)))
    assert begin(guest, course)["Location"] == address(course, "self-check-question", 1)
    for number, how in ((1, best), (2, worst_response), (3, best)):
        page = address(course, "self-check-question", number)
        assert "SECRET" not in words(guest.get(page))
        assert respond(guest, course, number, how)["Location"] == f"{page}#explanation"
        assert "SECRET why" in words(guest.get(page))
    result = words(guest.get(address(course, "self-check-result")))
    assert "Right: 2 of 3" in result
    assert "Not right" in result


def test_nothing_is_given_away_before_it_was_answered(guest, course):
    assert_nothing_leaks(guest.get(address(course)))
    begin(guest, course)
    for number in range(1, len(KINDS) + 1):
        assert_nothing_leaks(guest.get(address(course, "self-check-question", number)))
        refused = guest.post(address(course, "self-check-answer", number), {"turn": form(number)["turn"]})
        assert refused.status_code == 422
        assert "out of date" not in words(refused)
        assert_nothing_leaks(refused)
    assert_nothing_leaks(guest.get(address(course, "self-check-result")))


def test_it_is_never_training_and_of_nobody(course, client_for, ana):
    mine = client_for(ana)
    begin(mine, course)
    respond(mine, course, 1)
    assert not Enrolment.objects.exists()
    assert not QuizAttempt.objects.exists()
    assert not StepCompletion.objects.exists()
    kept = str(list(GuestSitting.objects.values())) + str(list(GuestAnswer.objects.values()))
    assert ana.email not in kept
    assert {field.name for field in GuestSitting._meta.fields} == {
        "id",
        "guest",
        "step_key",
        "version",
        "paper",
        "wordings",
        "started_at",
    }


def test_a_wording_that_was_published_meanwhile_is_not_shown_whatever_its_date_says(db, monkeypatch):
    course = quiz_course(KINDS, languages=("en", "lv"), open_to_guests=True, required_of="nobody")
    guest = Client(headers={"accept-language": "en"})
    begin(guest, course)
    sitting = GuestSitting.objects.get()
    latvian = Question.objects.get(translation_key=sitting.keys[0], locale__language_code="lv")
    latvian.stem = "Worded by a long import"
    with monkeypatch.context() as patched:
        patched.setattr("django.utils.timezone.now", lambda: sitting.started_at - timedelta(minutes=1))
        latvian.save()
    page = words(guest.get(address(course, "self-check-question", 1), headers={"accept-language": "lv"}))
    assert "(lv)" in page
    assert "Worded by a long import" not in page


def test_the_cookie_is_signed_for_the_server_alone_and_sent_nowhere_else(guest, course, settings):
    settings.SESSION_COOKIE_SECURE = True
    cookie = begin(guest, course).cookies["self-check"]
    assert cookie["httponly"] is True
    assert cookie["secure"] is True
    assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Lax", "/self-check/", 3 * 24 * 3600)
    key = cookie.value.split(":")[0]
    assert len(key) >= 43
    assert GuestSitting.objects.get().guest != key


def test_another_browser_and_a_forged_cookie_have_nothing_of_it(guest, course):
    begin(guest, course)
    key = guest.cookies["self-check"].value.split(":")[0]
    forger = Client()
    for cookie in ("", key, f"{key}:1abcde:forged"):
        forger.cookies["self-check"] = cookie
        assert forger.get(address(course, "self-check-question", 1))["Location"] == address(course)
        assert forger.post(address(course, "self-check-answer", 1))["Location"] == address(course)
    assert not GuestAnswer.objects.exists()


def test_two_guests_do_not_meet_and_the_first_answer_stays(guest, course):
    begin(guest, course)
    respond(guest, course, 1, worst_response)
    respond(guest, course, 1, best)
    first = GuestAnswer.objects.get()
    other = Client()
    begin(other, course)
    assert GuestSitting.objects.count() == 2
    assert GuestAnswer.objects.get() == first
    assert "Go on" in words(guest.get(address(course)))


def test_beginning_again_forgets_what_this_browser_answered(guest, course):
    begin(guest, course)
    respond(guest, course, 1)
    begin(guest, course)
    assert GuestSitting.objects.count() == 1
    assert not GuestAnswer.objects.exists()


def test_a_form_of_an_earlier_paper_is_never_an_answer_to_this_one(guest, course):
    begin(guest, course)
    earlier = form(1)
    begin(guest, course)
    refused = guest.post(address(course, "self-check-answer", 1), earlier)
    assert refused.status_code == 422
    assert "This page was out of date." in words(refused)
    assert " checked" not in words(refused)
    assert not GuestAnswer.objects.exists()
    assert f'value="{form(1)["turn"]}"' in words(guest.get(address(course, "self-check-question", 1)))


def test_who_began_anew_at_the_same_moment_is_led_to_the_start(guest, course, monkeypatch):
    begin(guest, course)
    keep = actions.answer_as_guest

    def too_late(**fields):
        GuestSitting.objects.all().delete()
        return keep(**fields)

    monkeypatch.setattr(actions, "answer_as_guest", too_late)
    assert respond(guest, course, 1)["Location"] == address(course)


def test_after_three_days_it_is_gone_for_its_browser_and_then_deleted(guest, course):
    begin(guest, course)
    respond(guest, course, 1)
    GuestSitting.objects.update(started_at=timezone.now() - KEPT - timedelta(minutes=1))
    assert guest.get(address(course, "self-check-question", 1))["Location"] == address(course)
    begin(Client(), course)
    young = GuestSitting.objects.get()  # who begins sweeps on the way
    assert not GuestAnswer.objects.exists()
    GuestSitting.objects.update(started_at=timezone.now() - KEPT - timedelta(minutes=1))
    out = StringIO()
    call_command("forget_guests", stdout=out)
    assert "deleted: 1" in out.getvalue()
    assert not GuestSitting.objects.filter(pk=young.pk).exists()
    call_command("forget_guests", stdout=out)
    assert "deleted: 0" in out.getvalue()


def test_a_quiz_that_is_not_open_or_no_longer_live_is_not_there(guest, course):
    begin(guest, course)
    page = QuizPage.objects.get()
    page.open_to_guests = False
    page.save()
    for name, numbers in (("self-check", ()), ("self-check-question", (1,)), ("self-check-result", ())):
        assert guest.get(address(course, name, *numbers)).status_code == 404
    assert begin(guest, course).status_code == 404
    page.open_to_guests = True
    page.save()
    assert guest.get(address(course)).status_code == 200
    page.unpublish()
    assert guest.get(address(course)).status_code == 404


def test_a_quiz_that_decides_is_never_open_to_guests(course):
    page = QuizPage.objects.get()
    page.required_of = "everyone"
    with pytest.raises(ValidationError, match="neither a pre-test nor a required quiz may be open to them"):
        page.save()


def test_the_editor_of_an_open_quiz_finds_its_address(course, client_for, admin):
    page = QuizPage.objects.get()
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert address(course) in words(client_for(admin).get(edit))
    page.open_to_guests = False
    page.save()
    assert address(course) not in words(client_for(admin).get(edit))


def test_search_engines_and_caches_are_told_to_stay_away(guest, course):
    begin(guest, course)
    for name, numbers in (("self-check", ()), ("self-check-question", (1,)), ("self-check-result", ())):
        response = guest.get(address(course, name, *numbers))
        assert "noindex" in response["X-Robots-Tag"]
        assert '<meta name="robots" content="noindex, nofollow">' in response.content.decode()
        assert "no-store" in response["Cache-Control"]


def test_one_network_cannot_fill_the_table(guest, course):
    answers = [begin(Client(), course).status_code for _ in range(101)]
    assert set(answers[:100]) == {302}
    assert answers[100] == 429
    assert GuestSitting.objects.count() == 100
    refused = begin(guest, course)
    assert refused["Retry-After"] == "900"
    assert "Wait 15 minutes" in words(refused)


def test_a_page_costs_the_same_however_many_guests_there_are(guest, course, assert_queries_at_most):
    begin(guest, course)
    guest.get(address(course, "self-check-question", 1))
    with assert_queries_at_most(12) as one:
        guest.get(address(course, "self-check-question", 1))
    sitting = GuestSitting.objects.get()
    GuestSitting.objects.bulk_create(
        GuestSitting(
            guest=f"{number:064}",
            step_key=sitting.step_key,
            version=sitting.version,
            paper=sitting.paper,
            started_at=sitting.started_at,
        )
        for number in range(30)
    )
    with assert_queries_at_most(len(one)):
        guest.get(address(course, "self-check-question", 1))


def test_a_look_changes_nothing_and_a_question_that_is_not_there_is_missing(guest, course):
    guest.get(address(course))
    assert not GuestSitting.objects.exists()
    assert guest.get(address(course, "self-check-start")).status_code == 405
    begin(guest, course)
    assert guest.get(address(course, "self-check-question", 9)).status_code == 404
    assert guest.post(address(course, "self-check-question", 1)).status_code == 405
    assert Client(enforce_csrf_checks=True).post(address(course, "self-check-start")).status_code == 403


def test_the_tables_are_their_own(course):
    """No key leads from a guest to a person, an enrolment or an attempt."""
    related = {
        field.related_model._meta.label
        for model in (GuestSitting, GuestAnswer)
        for field in model._meta.fields
        if field.is_relation
    }
    assert related == {"courses.StepVersion", "quizzes.GuestSitting"}
    assert re.match("quizzes_guest", GuestSitting._meta.db_table)
    assert "quizzes_guestsitting" in connection.introspection.table_names()
