"""Three practice questions a day from finished lessons: explained at once, never counted, read by nobody else."""

import html
import json
import re
from datetime import timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes import actions, reports
from assessments.quizzes.models import PracticeAnswer, Question
from assessments.quizzes.reports import daily
from assessments.quizzes.rules import types
from courses import actions as courses
from courses import versions
from courses.models import LessonPage, Place, StepCompletion, StepVersion
from courses.reports import shown_step
from evidence.triggers import lifted
from lms.reports import my_training
from people.models import User
from tests.factories import enrol, key_of, make_course
from tests.quizzes.factories import BANK, make_question, worst_response
from tests.quizzes.samples import best

KINDS = ("single", "multiple", "ordering", "matching", "reflection")
YESTERDAY = timedelta(days=1)


def lesson(module, language, key):
    body = []
    for kind in KINDS:
        make_question(f"P-{kind}", kind, language, use="practice")
        value = {"question": str(key_of(BANK, f"P-{kind}")), "points": ""}
        body.append({"type": "knowledge_check", "id": str(key_of(BANK, "block", kind)), "value": value})
    page = LessonPage(title="Practise", slug="practise", locale=module.locale, translation_key=key, body=body)
    return module.add_child(instance=page)


def finish(enrolment, ago=YESTERDAY):
    step = shown_step(enrolment, UUID(enrolment.course_version.steps[0].key), "en")
    return courses.complete_step(enrolment=enrolment, version=step.version, at=timezone.now() - ago)


@pytest.fixture
def finished(ana):
    return finish(enrol(ana, make_course(BANK, lessons=0, languages=("en",), steps=[lesson])))


@pytest.fixture
def browser(client_for, ana):
    return client_for(ana)


def today(person):
    return reports.day(person, timezone.localdate(), "en")


def words(response) -> str:
    return html.unescape(response.content.decode())


def form(browser, key: str, respond=best) -> dict:
    """What the page of this question sends, answered so."""
    page = browser.get(reverse("practice-one", args=[key])).content.decode()
    hidden = dict(re.findall(r'name="(idem|turn)" value="([^"]*)"', page))
    day = today(User.objects.get(email="ana@example.org"))
    question = day.sources[key].question()
    posted = types.get(question.type).posted(question, day.order(key, question), respond(question))
    return hidden | {name: values[0] if len(values) == 1 else values for name, values in posted.items()}


def post(browser, key: str, fields: dict):
    return browser.post(reverse("practice-answer", args=[key]), fields)


def offered(person) -> int:
    """What the page of all trainings says, from what it has read itself."""
    return my_training(person=person, now=timezone.now(), today=timezone.localdate(), language="en").daily


def test_three_of_a_lesson_that_was_finished_before_today(finished, ana):
    assert today(ana).total == offered(ana) == 3
    everything = {str(key_of(BANK, f"P-{kind}")) for kind in KINDS if kind != "reflection"}
    assert set(today(ana).sources) <= everything


def test_nothing_of_what_was_finished_today_or_is_not_finished(ana):
    mine = enrol(ana, make_course(BANK, lessons=0, languages=("en",), steps=[lesson]))
    assert today(ana).total == offered(ana) == 0
    finish(mine, timedelta())
    assert today(ana).total == offered(ana) == 0


def test_nothing_of_a_lesson_that_was_waived(finished, ana):
    """There it was shown to be known, and nobody read it."""
    with lifted("courses_stepcompletion"):
        StepCompletion.objects.update(waived_by=key_of("attempt"))
    assert today(ana).total == offered(ana) == 0


def test_each_is_explained_once_it_was_answered_and_not_before(finished, browser, ana):
    key = today(ana).left[0]
    address = browser.get(reverse("practice"))["Location"]
    assert address == reverse("practice-one", args=[key])
    assert "SECRET" not in words(browser.get(address))
    response = post(browser, key, form(browser, key))
    assert response["Location"] == f"{address}#explanation"
    page = words(browser.get(address))
    assert "SECRET why" in page
    assert "Right" in page
    assert "SECRET" not in words(browser.get(reverse("practice-one", args=[today(ana).left[0]])))
    assert browser.get(reverse("practice"))["Location"] == reverse("practice-one", args=[today(ana).left[0]])


def test_after_three_it_is_enough(finished, browser, ana):
    for key in list(today(ana).sources):
        post(browser, key, form(browser, key))
    assert today(ana).left == []
    assert "That was it for today" in words(browser.get(reverse("practice")))
    assert "Practise:" not in words(browser.get("/my/"))


def test_what_was_not_known_comes_back_tomorrow_and_what_was_known_later(finished, browser, ana):
    known, missed, third = today(ana).sources
    for key, respond in ((known, best), (missed, worst_response), (third, best)):
        post(browser, key, form(browser, key, respond))
    tomorrow = reports.day(ana, timezone.localdate() + YESTERDAY, "en")
    assert next(iter(tomorrow.sources)) == missed
    assert known not in tomorrow.sources
    later = reports.day(ana, timezone.localdate() + 2 * YESTERDAY, "en")
    assert {known, third} <= set(later.sources)


def test_the_first_answer_of_the_day_stays_and_a_double_click_is_one(finished, browser, ana):
    key = today(ana).left[0]
    fields = form(browser, key)
    post(browser, key, fields)
    post(browser, key, fields)
    post(browser, key, {})
    assert PracticeAnswer.objects.get().share == 1


def test_nothing_chosen_says_what_to_do_and_keeps_nothing(finished, browser, ana):
    key = today(ana).left[0]
    page = browser.get(reverse("practice-one", args=[key])).content.decode()
    response = post(browser, key, dict(re.findall(r'name="(idem|turn)" value="([^"]*)"', page)))
    assert response.status_code == 422
    assert "Before you go on" in words(response)
    assert "SECRET" not in words(response)
    assert not PracticeAnswer.objects.exists()


def test_a_form_of_another_day_is_not_taken_for_another_answer(finished, browser, ana):
    key = today(ana).left[0]
    response = post(browser, key, form(browser, key) | {"turn": "of-yesterday"})
    assert response.status_code == 422
    assert "checked" not in response.content.decode()
    assert not PracticeAnswer.objects.exists()


def test_it_never_counts_and_moves_nobody(finished, browser, ana):
    before = list(Place.objects.values_list()), StepCompletion.objects.count()
    key = today(ana).left[0]
    post(browser, key, form(browser, key))
    assert (list(Place.objects.values_list()), StepCompletion.objects.count()) == before


def test_it_is_offered_and_costs_as_many_queries_for_many_answers(finished, browser, ana, assert_queries_at_most):
    assert "Practise: 3 questions" in words(browser.get("/my/"))
    key = today(ana).left[0]
    question = today(ana).sources[key].question()
    with assert_queries_at_most(12) as one:
        browser.get("/my/")
    for number in range(30):
        actions.keep_practice(
            person=ana,
            step_key=key_of("step"),
            block_key="b",
            question=question,
            response=best(question),
            idem=key_of("idem", number),
            at=timezone.now() - (number + 5) * YESTERDAY,
        )
    with assert_queries_at_most(len(one)):
        browser.get("/my/")
    with assert_queries_at_most(12):
        browser.get(reverse("practice-one", args=[today(ana).left[0]]))


def test_a_copy_of_ones_data_holds_it_and_erasing_removes_it(finished, browser, ana, obcy):
    key = today(ana).left[0]
    post(browser, key, form(browser, key))
    copy = StringIO()
    call_command("export_private", ana.email, stdout=copy)
    assert json.loads(copy.getvalue())["practice answers"][0]["question_key"] == key
    other = StringIO()
    call_command("export_private", obcy.email, stdout=other)
    assert json.loads(other.getvalue())["practice answers"] == []
    call_command("erase_person", obcy.email, "--reason", "request", "--no-input")
    assert PracticeAnswer.objects.count() == 1
    call_command("erase_person", ana.email, "--reason", "request", "--no-input")
    assert not PracticeAnswer.objects.exists()


# --- refusals ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["obcy", "marek", "ela", "admin"])
def test_nobody_has_the_questions_of_somebody_else(request, client_for, finished, ana, role):
    key = today(ana).left[0]
    theirs = client_for(request.getfixturevalue(role))
    assert theirs.get(reverse("practice-one", args=[key])).status_code == 404
    assert post(theirs, key, {}).status_code == 404


def test_a_graded_question_is_never_practised(finished, browser):
    graded = make_question("GRADED", "single", "en")
    assert Question.objects.get(pk=graded.pk).use == "graded"
    assert browser.get(reverse("practice-one", args=[graded.translation_key])).status_code == 404


def test_a_visitor_is_sent_to_the_login_and_a_look_changes_nothing(client_for, finished, browser, ana):
    assert client_for(None).get(reverse("practice")).headers["Location"].startswith("/login/")
    key = today(ana).left[0]
    assert browser.get(reverse("practice-answer", args=[key])).status_code == 405
    assert browser.post(reverse("practice-one", args=[key])).status_code == 405
    assert not PracticeAnswer.objects.exists()


def test_what_is_known_of_lessons_may_be_forgotten_while_others_are_read(db):
    make_course(BANK, lessons=2, languages=("en",))
    both = list(StepVersion.objects.filter(kind="lesson").order_by("pk").values_list("pk", flat=True))
    daily.ASKED.of(both[:1])

    def forgetting(execute, *args):
        versions.forget()
        return execute(*args)

    with connection.execute_wrapper(forgetting):
        assert daily.ASKED.of(both).keys() == set(both)
