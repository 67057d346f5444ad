"""Taking a quiz in the browser, without JavaScript."""

import re
from datetime import timedelta
from html import unescape
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes import actions
from assessments.quizzes.models import Answer, QuizAttempt
from assessments.quizzes.rules import types
from courses import actions as courses
from tests.factories import enrol
from tests.quizzes.factories import (
    enrolled,
    fields_for,
    make_question,
    quiz_course,
    quiz_version,
    right_fields,
    worst_response,
)
from tests.quizzes.samples import best

HTML = {"accept": "text/html"}
ALL = ("single", "multiple", "truefalse", "ordering", "matching", "reflection")


@pytest.fixture
def browser(client_for, ana):
    return client_for(ana)


def url(name: str, attempt: QuizAttempt, number: int | None = None) -> str:
    return reverse(name, args=[attempt.key] if number is None else [attempt.key, number])


def post_answer(browser, attempt, number, fields=None, *, name="answer", **more):
    values = {"idem": str(uuid4()), "version": attempt.version.sha256, "go": "next"}
    return browser.post(
        url(name, attempt, number), values | (right_fields(attempt, number) if fields is None else fields) | more
    )


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# --- the page of the step ------------------------------------------------------------------------------------------


def test_the_rules_are_told_before_the_clock_starts(browser, ana):
    enrolment = enrolled(ana, attempts_allowed=3, waits=[0, 30], time_limit_minutes=20, must_pass={"calm": 80})
    page = words(browser.get(reverse("step", args=[enrolment.key, quiz_version(enrolment).step_key])))
    for rule in (
        "5 questions, one a page.",
        "You need 80%.",
        "And 80% of this part: Calm (en).",
        "3 attempts left.",
        "You have 20 minutes. The clock starts when you start.",
        "Answers and explanations come at the end.",
        "Start the quiz",
    ):
        assert rule in page
    assert not QuizAttempt.objects.exists()


def test_more_time_that_was_granted_is_told_before_the_start(browser, ana, publisher):
    enrolment = enrolled(ana, time_limit_minutes=20)
    version = quiz_version(enrolment)
    courses.allow(
        enrolment=enrolment, step_key=version.step_key, reason="Dyslexia", by=publisher, extra_time_percent=50
    )
    assert "You have 30 minutes." in words(browser.get(reverse("step", args=[enrolment.key, version.step_key])))


def test_starting_leads_to_the_first_question(browser, enrolment, version):
    response = browser.post(reverse("attempt-start", args=[enrolment.key, version.step_key]), follow=True)
    attempt = QuizAttempt.objects.get()
    assert response.redirect_chain[-1][0] == url("question", attempt, 1)
    assert "Question 1 of 5" in words(response)


def test_an_open_attempt_is_offered_again(browser, attempt):
    page = browser.get(reverse("step", args=[attempt.enrolment.key, attempt.step_key]))
    assert url("attempt", attempt) in page.content.decode()
    assert "Back to the quiz" in words(page)


def test_used_up_attempts_say_who_can_help(browser, ana, settings):
    settings.SUPPORT_EMAIL = "training@example.org"
    enrolment = enrolled(ana, attempts_allowed=1)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    actions.hand_in(attempt=attempt)
    for address in (reverse("step", args=[enrolment.key, attempt.step_key]), url("result", attempt)):
        assert "Write to training@example.org: they can give you one more." in words(browser.get(address))
    refused = browser.post(reverse("attempt-start", args=[enrolment.key, attempt.step_key]), follow=True)
    assert "All attempts are used." in words(refused)
    assert QuizAttempt.objects.count() == 1


def test_a_wait_says_until_when(browser, ana):
    enrolment = enrolled(ana, attempts_allowed=3, waits=[0, 30])
    with time_machine.travel("2026-11-23 10:00 +0100", tick=False):
        attempt = actions.hand_in(attempt=actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment)))
        page = words(browser.get(url("result", attempt)))
    assert re.search(r"You can try again from [^.]*10[:.]30", page)
    assert "2 attempts left." in page


# --- a question ----------------------------------------------------------------------------------------------------


@pytest.fixture
def of_each_type(ana):
    """An attempt with a question of every type in the order of ALL, and reflection among them."""
    enrolment = enrolled(ana, kinds=ALL, shuffle_questions=False)
    return actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))


@pytest.mark.parametrize("number", range(1, len(ALL) + 1), ids=ALL)
def test_a_question_of_each_type_is_asked_answered_and_shown_again(browser, of_each_type, number):
    page = browser.get(url("question", of_each_type, number)).content.decode()
    assert " checked" not in page
    assert " selected" not in page
    response = post_answer(browser, of_each_type, number)
    after = url("question", of_each_type, number + 1) if number < len(ALL) else url("attempt-check", of_each_type)
    assert (response.status_code, response["Location"]) == (302, after)
    again = browser.get(url("question", of_each_type, number))
    for name, values in right_fields(of_each_type, number).items():
        for value in values if isinstance(values, list) else [values]:
            assert re.search(
                rf'name="{name}"[^>]*value="{value}"[^>]*checked|value="{value}" selected|>{value}<',
                again.content.decode(),
            )
    assert re.search(r"Saved \d\d:\d\d", words(again))


@pytest.mark.parametrize("partial", [True, False])
def test_each_question_says_what_to_do_and_how_it_counts(browser, ana, partial):
    enrolment = enrolled(ana, kinds=sorted(types.ALL), shuffle_questions=False, partial_credit=partial)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    for number, key in enumerate(attempt.keys, 1):
        asked = attempt.quiz.question(key)
        kind = types.get(asked.type)
        page = unescape(words(browser.get(url("question", attempt, number)))).replace("\xa0", " ")
        assert kind.hints(asked, partial=partial)
        assert all(hint in page for hint in kind.hints(asked, partial=partial)), kind.name


@pytest.mark.parametrize("number", range(1, len(ALL) + 1), ids=ALL)
def test_nothing_chosen_says_what_to_do_above_and_beside_the_field(browser, of_each_type, number):
    response = post_answer(browser, of_each_type, number, {})
    assert response.status_code == 422
    page = response.content.decode()
    message = re.search(r'<li><a href="#([^"]+)">([^<]+)</a></li>', page)
    assert f'id="{message[1]}"' in page
    assert page.count(message[2]) == 2
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "fields, kept",
    [
        ({"place-1": "2", "place-2": "1", "place-3": "4"}, 'value="4" selected'),
        ({"place-1": "2", "place-2": "2", "place-3": "4", "place-4": "1"}, 'value="4" selected'),
    ],
)
def test_what_was_filled_in_is_not_lost_when_something_is_missing(browser, of_each_type, fields, kept):
    response = post_answer(browser, of_each_type, ALL.index("ordering") + 1, fields)
    assert response.status_code == 422
    assert kept in response.content.decode()


@pytest.mark.parametrize("fields", [{"answer": "99"}, {"answer": "x"}, {"answer": ["1", "2"]}, {"place-1": "1"}])
def test_fields_that_are_not_on_the_page_are_refused_and_save_nothing(browser, of_each_type, fields):
    assert post_answer(browser, of_each_type, 1, fields).status_code == 422
    assert not Answer.objects.exists()


def test_a_reflection_may_hold_any_letters(browser, of_each_type):
    number = ALL.index("reflection") + 1
    assert post_answer(browser, of_each_type, number, {"text": "Zażółć āčē 🙂"}).status_code == 302
    assert Answer.objects.get().response == {"text": "Zażółć āčē 🙂"}


@pytest.mark.parametrize("idem", ["", "x", "1234"])
def test_a_form_without_its_key_is_out_of_date(browser, attempt, idem):
    response = post_answer(browser, attempt, 1, idem=idem)
    assert response.status_code == 422
    assert "This page was out of date." in words(response)
    assert not Answer.objects.exists()


def test_fields_nobody_asked_for_are_ignored(browser, attempt, ana):
    extra = {"passed": "1", "score": "5", "started_at": "2020-01-01", "question_key": attempt.keys[3], "person": "1"}
    post_answer(browser, attempt, 1, **extra)
    assert str(Answer.objects.get().question_key) == attempt.keys[0]
    attempt.refresh_from_db()
    assert attempt.is_open


@pytest.mark.parametrize(
    "go, leads_to",
    [
        ("next", ("question", 3)),
        ("", ("question", 3)),
        ("5", ("question", 5)),
        ("99", ("question", 3)),
        ("nowhere", ("question", 3)),
        ("review", ("attempt-check", None)),
    ],
)
def test_every_button_saves_before_it_goes(browser, attempt, go, leads_to):
    response = post_answer(browser, attempt, 2, go=go)
    assert response["Location"] == url(leads_to[0], attempt, leads_to[1])
    assert Answer.objects.count() == 1


def test_save_and_leave_leads_back_to_the_step(browser, attempt):
    response = post_answer(browser, attempt, 2, go="leave")
    assert response["Location"] == reverse("step", args=[attempt.enrolment.key, attempt.step_key])
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("go", ["leave", "4"])
def test_one_may_leave_a_question_without_answering_it(browser, attempt, go):
    assert post_answer(browser, attempt, 2, {}, go=go).status_code == 302


def test_marking_for_review_saves_what_was_chosen(browser, attempt):
    response = post_answer(browser, attempt, 2, name="flag", on="1")
    assert response["Location"] == url("question", attempt, 2)
    attempt.refresh_from_db()
    assert attempt.flagged == [attempt.keys[1]]
    assert Answer.objects.count() == 1
    assert "marked for review" in words(browser.get(url("question", attempt, 1)))
    post_answer(browser, attempt, 2, {}, name="flag", on="0")
    attempt.refresh_from_db()
    assert attempt.flagged == []


def test_marking_for_review_needs_no_answer(browser, attempt):
    post_answer(browser, attempt, 2, {}, name="flag", on="1")
    attempt.refresh_from_db()
    assert attempt.flagged == [attempt.keys[1]]
    assert not Answer.objects.exists()


def test_a_double_click_saves_once(browser, attempt):
    idem = str(uuid4())
    first, second = (post_answer(browser, attempt, 1, idem=idem) for _click in range(2))
    assert first["Location"] == second["Location"]
    assert Answer.objects.count() == 1


def test_a_double_click_saves_once_whatever_the_question_is(browser, of_each_type):
    for number in range(1, len(ALL) + 1):
        idem = str(uuid4())
        assert [post_answer(browser, of_each_type, number, idem=idem).status_code for _click in range(2)] == [302, 302]
    assert Answer.objects.count() == len(ALL)


def test_the_same_form_with_another_answer_is_out_of_date_and_asked_again(browser, attempt):
    idem = str(uuid4())
    post_answer(browser, attempt, 1, fields_for(attempt, 1, worst_response), idem=idem)
    response = post_answer(browser, attempt, 1, idem=idem)
    assert response.status_code == 422
    assert "This page was out of date" in words(response)
    assert idem not in response.content.decode()


def test_in_two_windows_the_last_saved_answer_counts_and_is_shown(browser, attempt):
    post_answer(browser, attempt, 1, fields_for(attempt, 1, worst_response))
    post_answer(browser, attempt, 1)
    assert Answer.objects.count() == 2
    newest = attempt.answers_now()[attempt.keys[0]].response
    question = attempt.quiz.question(attempt.keys[0])
    assert types.get(question.type).mark(question, newest, partial=True) == 1


def test_the_script_of_the_page_is_answered_with_the_time(browser, attempt):
    response = browser.post(
        url("answer", attempt, 1),
        {"idem": str(uuid4()), "version": attempt.version.sha256} | right_fields(attempt, 1),
        headers={"accept": "application/json"},
    )
    assert re.fullmatch(r"\d\d:\d\d", response.json()["saved_at"])


def test_the_script_is_told_why_an_answer_that_waited_is_not_saved(browser, attempt):
    post_answer(browser, attempt, 1)
    form = {"idem": str(uuid4()), "version": attempt.version.sha256} | fields_for(attempt, 1, worst_response)
    answers = {}
    for age in ("60000", "many", ""):
        sent = form | {"idem": str(uuid4()), "age": age}
        answers[age] = browser.post(url("answer", attempt, 1), sent, headers={"accept": "application/json"})
    assert answers["60000"].status_code == 409
    assert answers["60000"].json() == {
        "refused": "You answered this question elsewhere since then, and that answer counts."
    }
    assert answers["many"].status_code == answers[""].status_code == 200


def test_the_script_of_the_page_never_checks_an_answer(browser, ana):
    enrolment = enrolled(ana, feedback="immediate")
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    idem = str(uuid4())
    post_answer(browser, attempt, 1, idem=idem, go="")
    assert not Answer.objects.filter(checked=True).exists()
    post_answer(browser, attempt, 1, idem=idem, go="check")
    assert Answer.objects.filter(checked=True).count() == 1


# --- explained at once ---------------------------------------------------------------------------------------------


@pytest.fixture
def explained(ana):
    enrolment = enrolled(ana, kinds=ALL, shuffle_questions=False, feedback="immediate")
    return actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))


@pytest.mark.parametrize("number", range(1, len(ALL) + 1), ids=ALL)
def test_a_checked_answer_is_explained_on_the_same_page_and_locked(browser, explained, number):
    response = post_answer(browser, explained, number, go="check")
    assert response["Location"] == url("question", explained, number) + "#explanation"
    page = browser.get(url("question", explained, number))
    assert f"SECRET {'model' if ALL[number - 1] == 'reflection' else 'why'} S{number}" in words(page)
    assert 'id="answer-form"' not in page.content.decode()

    late = post_answer(browser, explained, number, fields_for(explained, number, worst_response), go="check")
    assert late.status_code == 409
    assert "its answer stays as it is" in words(late)
    assert Answer.objects.count() == 1


@pytest.mark.parametrize("respond, verdict", [(None, "Right"), (worst_response, "Not right")], ids=["right", "wrong"])
def test_the_explanation_begins_with_a_verdict(browser, explained, respond, verdict):
    post_answer(browser, explained, 1, fields_for(explained, 1, respond) if respond else None, go="check")
    assert verdict in words(browser.get(url("question", explained, 1)))


def test_checking_is_ignored_where_explanations_come_at_the_end(browser, attempt):
    post_answer(browser, attempt, 1, go="check")
    assert not Answer.objects.get().checked


# --- handing in and the result -------------------------------------------------------------------------------------


def test_the_check_page_lists_what_is_answered_missing_and_marked(browser, attempt):
    post_answer(browser, attempt, 1)
    post_answer(browser, attempt, 2, {}, name="flag", on="1")
    page = words(browser.get(url("attempt-check", attempt)))
    assert "4 questions have no answer. They count as not right." in page
    assert page.count("Answered") == 1
    assert page.count("Not answered") == 4
    assert "Marked for review" in page


def test_a_question_opened_from_the_check_page_leads_back_there(browser, attempt):
    page = browser.get(url("question", attempt, 2) + "?from=review").content.decode()
    assert 'name="go" value="review"' in page


def test_passing_leads_to_the_certificate_when_it_was_the_last_step(browser, attempt):
    for number in range(1, 6):
        post_answer(browser, attempt, number)
    page = browser.post(url("hand-in", attempt), follow=True)
    assert "Passed: 5 of 5" in words(page)
    assert "You reached 100%. You need 80%." in words(page)
    assert reverse("certificates") in page.content.decode()


def test_not_passing_says_so_kindly_explains_and_offers_another_try(browser, attempt):
    post_answer(browser, attempt, 1)
    page = browser.post(url("hand-in", attempt), follow=True)
    assert "Not yet: 1 of 5" in words(page)
    assert "Try again" in words(page)
    assert "keep an even voice" in words(page)
    assert all(f"SECRET why S{number}" in words(page) for number in range(1, 6))


OWN = {"text_passed": "The desk is yours.", "text_not_yet": "Have another look at breathing."}


@pytest.mark.parametrize("respond, said, unsaid", [(best, *OWN), (worst_response, *reversed(OWN))])
def test_the_quiz_has_its_own_words_for_passed_and_not_yet(browser, ana, respond, said, unsaid):
    enrolment = enrolled(ana, kinds=["single"], **OWN)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    post_answer(browser, attempt, 1, fields_for(attempt, 1, respond))
    page = words(browser.post(url("hand-in", attempt), follow=True))
    assert OWN[said] in page
    assert OWN[unsaid] not in page


def test_own_words_wait_with_the_mark_of_an_essay(browser, ana):
    enrolment = enrolled(ana, kinds=["essay"], **OWN)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    post_answer(browser, attempt, 1)
    page = words(browser.post(url("hand-in", attempt), follow=True))
    assert not any(text in page for text in OWN.values())


def handed_in(browser, enrolment, *right: int) -> str:
    """The result of a new attempt at which these questions were answered rightly."""
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    for number in right:
        post_answer(browser, attempt, number)
    return words(browser.post(url("hand-in", attempt), follow=True))


def filed_quiz(ana, **fields):
    for number, category in enumerate(("keeping calm", "keeping calm", "breathing", ""), 1):
        make_question(f"S{number}", category=category)
    return enrolled(ana, kinds=["single"] * 4, shuffle_questions=False, **fields)


def test_all_results_so_far_are_summed_by_category(browser, ana):
    enrolment = filed_quiz(ana)
    assert "by category breathing 0 of 1, 0% keeping calm 1 of 2, 50%" in handed_in(browser, enrolment, 1)
    assert "by category breathing 1 of 2, 50% keeping calm 3 of 4, 75%" in handed_in(browser, enrolment, 1, 2, 3)


@pytest.mark.parametrize("fields", [{"review": "score"}, {"feedback": "after_last"}])
def test_no_sum_tells_of_answers_that_may_not_be_read(browser, ana, fields):
    assert "by category" not in handed_in(browser, filed_quiz(ana, **fields), 1)


def test_results_without_categories_are_not_summed(browser, attempt):
    assert "by category" not in words(browser.post(url("hand-in", attempt), follow=True))


def test_handing_in_twice_shows_the_same_result(browser, attempt):
    first = browser.post(url("hand-in", attempt))
    assert browser.post(url("hand-in", attempt))["Location"] == first["Location"] == url("result", attempt)


def test_a_stale_form_after_handing_in_is_told_so_and_leads_to_the_result(browser, attempt):
    browser.post(url("hand-in", attempt))
    late = post_answer(browser, attempt, 1)
    assert late.status_code == 409
    assert "The quiz was handed in already" in words(late)
    assert url("result", attempt) in late.content.decode()
    assert not Answer.objects.exists()


@pytest.mark.parametrize("name, number", [("attempt", None), ("question", 1), ("attempt-check", None)])
def test_every_page_of_a_finished_attempt_leads_to_its_result(browser, attempt, name, number):
    actions.hand_in(attempt=attempt)
    assert browser.get(url(name, attempt, number))["Location"] == url("result", attempt)


def test_an_unfinished_attempt_has_no_result(browser, attempt):
    assert browser.get(url("result", attempt))["Location"] == url("attempt", attempt)


def test_one_goes_on_at_the_first_question_without_an_answer(browser, attempt):
    post_answer(browser, attempt, 1)
    post_answer(browser, attempt, 3)
    assert browser.get(url("attempt", attempt))["Location"] == url("question", attempt, 2)


def test_with_all_answered_one_goes_on_at_the_check_page(browser, attempt):
    for number in range(1, 6):
        post_answer(browser, attempt, number)
    assert browser.get(url("attempt", attempt))["Location"] == url("attempt-check", attempt)


def test_wrong_answers_lead_to_the_lesson_that_teaches_them(browser, ana):
    course = quiz_course(lessons=1)
    lesson = course.steps["en"][0]
    lesson.objectives = ["CALM-1"]
    lesson.save()
    enrolment = enrol(ana, course)
    attempt = actions.hand_in(attempt=actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment)))
    page = browser.get(url("result", attempt))
    assert reverse("step", args=[enrolment.key, lesson.translation_key]) in page.content.decode()
    assert "Worth reading again: 1 lesson" in words(page)


# --- time ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def timed(ana):
    with time_machine.travel("2026-11-23 10:00 +0100", tick=False):
        enrolment = enrolled(ana, time_limit_minutes=30)
        return actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))


def test_the_page_says_when_the_time_ends_and_how_much_is_left(browser, timed):
    with time_machine.travel("2026-11-23 10:12:30 +0100", tick=False):
        assert "Until 10:30: 18 minutes left" in words(browser.get(url("question", timed, 1)))


@pytest.mark.parametrize("name, number", [("question", 1), ("attempt-check", None)])
def test_when_the_time_is_over_the_page_says_so_and_hands_in(browser, timed, name, number):
    with time_machine.travel("2026-11-23 10:10 +0100", tick=False):
        post_answer(browser, timed, 1)
    with time_machine.travel("2026-11-23 10:31 +0100", tick=False):
        page = words(browser.get(url(name, timed, number)))
        assert "The time is over" in page
        assert "1 answer is saved and will be marked." in page
        result = words(browser.post(url("hand-in", timed), follow=True))
    assert "Not yet: 1 of 5" in result
    assert "The time was over." in result


def test_an_answer_that_comes_too_late_is_told_so(browser, timed):
    with time_machine.travel("2026-11-23 10:31 +0100", tick=False):
        late = post_answer(browser, timed, 1)
    assert late.status_code == 409
    assert "It came after the time was over." in words(late)
    assert not Answer.objects.exists()


# --- refusals ------------------------------------------------------------------------------------------------------

PAGES = [("attempt", None), ("question", 1), ("attempt-check", None), ("result", None)]
ACTS = [("answer", 1), ("flag", 1), ("hand-in", None)]


@pytest.mark.parametrize("name, number", PAGES)
@pytest.mark.parametrize("role", ["obcy", "marek", "ela", "publisher", "auditor", "admin"])
def test_nobody_else_reads_an_attempt(request, client_for, attempt, role, name, number):
    assert client_for(request.getfixturevalue(role)).get(url(name, attempt, number)).status_code == 404


@pytest.mark.parametrize("name, number", ACTS)
@pytest.mark.parametrize("role", ["obcy", "marek", "admin"])
def test_nobody_else_acts_in_an_attempt(request, client_for, attempt, role, name, number):
    stranger = client_for(request.getfixturevalue(role))
    values = {"idem": str(uuid4()), "on": "1"} | right_fields(attempt, 1)
    assert stranger.post(url(name, attempt, number), values).status_code == 404
    attempt.refresh_from_db()
    assert attempt.is_open
    assert attempt.flagged == []
    assert not Answer.objects.exists()


@pytest.mark.parametrize("name, number", PAGES + ACTS)
def test_without_a_login_one_is_asked_to_sign_in(client_for, attempt, name, number):
    response = client_for(None).get(url(name, attempt, number))
    assert response.status_code in (302, 405)
    if response.status_code == 302:
        assert reverse("login") in response["Location"]


@pytest.mark.parametrize("name, number", ACTS)
def test_an_act_is_a_post(browser, attempt, name, number):
    assert browser.get(url(name, attempt, number)).status_code == 405


@pytest.mark.parametrize("name, number", PAGES)
def test_a_page_is_only_read(browser, attempt, name, number):
    assert browser.post(url(name, attempt, number)).status_code == 405


@pytest.mark.parametrize("number", [0, 6, 99999])
def test_there_is_no_question_beyond_the_paper(browser, attempt, number):
    assert browser.get(url("question", attempt, number)).status_code == 404
    assert post_answer(browser, attempt, 1, name="answer").status_code == 302
    assert browser.post(url("answer", attempt, number), {}).status_code == 404
    assert browser.post(url("flag", attempt, number), {}).status_code == 404


def test_an_unknown_attempt_is_not_found(browser, attempt):
    assert browser.get(reverse("question", args=[uuid4(), 1])).status_code == 404


def test_only_a_quiz_is_started_as_a_quiz(browser, ana):
    enrolment = enrolled(ana, lessons=1)
    lesson = enrolment.course_version.steps[0].key
    assert browser.post(reverse("attempt-start", args=[enrolment.key, lesson])).status_code == 404
    assert browser.post(reverse("attempt-start", args=[enrolment.key, uuid4()])).status_code == 404


def test_nobody_starts_a_quiz_for_somebody_else(client_for, obcy, enrolment, version):
    response = client_for(obcy).post(reverse("attempt-start", args=[enrolment.key, version.step_key]))
    assert response.status_code == 404
    assert not QuizAttempt.objects.exists()


def test_a_get_changes_nothing(browser, attempt):
    before = QuizAttempt.objects.values().get()
    for name, number in PAGES:
        browser.get(url(name, attempt, number), follow=True)
    assert QuizAttempt.objects.values().get() == before
    assert not Answer.objects.exists()


# --- addresses that only take forms ----------------------------------------------------------------------------------
def test_a_language_chosen_where_a_form_was_answered_leads_to_the_page_of_the_form(browser, attempt):
    actions.hand_in(attempt=attempt)
    refused = post_answer(browser, attempt, 1, headers=HTML)
    assert refused.status_code == 409
    here = re.search(r'name="next" value="([^"]+)"', refused.content.decode())
    assert here
    assert here[1] == url("answer", attempt, 1)
    page = browser.post(reverse("language"), {"language": "lv", "next": here[1]}, headers=HTML, follow=True)
    assert page.status_code == 200
    assert page.redirect_chain[1][0] == url("question", attempt, 1)
    assert page.headers["Content-Language"] == "lv"


@pytest.mark.parametrize(
    "name, number, leads_to", [("answer", 1, "question"), ("flag", 2, "question"), ("hand-in", None, "attempt")]
)
def test_an_address_that_only_takes_forms_leads_to_the_page_above_it(browser, attempt, name, number, leads_to):
    answer = browser.get(url(name, attempt, number), headers=HTML)
    assert answer.status_code == 302
    assert answer["Location"] == url(leads_to, attempt, number)
    assert browser.get(url(name, attempt, number)).status_code == 405  # a program is told


def test_and_where_there_is_no_page_just_above_to_the_next_one(browser, ana):
    enrolment = enrolled(ana)
    step = quiz_version(enrolment).step_key
    place = reverse("reflection", args=[enrolment.key, step, "b1"])
    assert browser.get(place, headers=HTML)["Location"] == reverse("step", args=[enrolment.key, step])


# --- nobody comes back -----------------------------------------------------------------------------------------------
def test_what_nobody_hands_in_is_handed_in_once_its_time_is_over(ana, answer_all):
    begin = timezone.now()
    enrolment = enrolled(ana, time_limit_minutes=10)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    answer_all(attempt)
    assert actions.hand_in_overdue(at=begin + timedelta(minutes=9)) == 0
    out = StringIO()
    with time_machine.travel(begin + timedelta(minutes=11), tick=False):
        call_command("hand_in_overdue", stdout=out)
        call_command("hand_in_overdue", stdout=out)
    assert out.getvalue().split() == ["Handed", "in:", "1", "Handed", "in:", "0"]
    attempt.refresh_from_db()
    enrolment.refresh_from_db()
    assert (attempt.hand_in_kind, attempt.passed) == ("time_over", True)
    assert enrolment.completed_at is not None


def test_one_that_cannot_be_handed_in_keeps_nobody_else_from_it_and_is_named(ana, obcy, answer_all, monkeypatch):
    begin, course = timezone.now(), quiz_course(time_limit_minutes=10)
    attempts = []
    for who in (ana, obcy):
        enrolment = enrol(who, course)
        attempts.append(actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment)))
        answer_all(attempts[-1])
    real = courses.complete_step

    def complete_step(**kwargs):
        if kwargs["enrolment"].person == ana:
            raise ValueError("rotten")
        return real(**kwargs)

    monkeypatch.setattr("assessments.quizzes.actions.attempts.courses.complete_step", complete_step)
    with pytest.raises(ExceptionGroup, match="1 attempts were handed in, 1 could not be") as told:
        actions.hand_in_overdue(at=begin + timedelta(minutes=11))
    assert str(attempts[0].key) in told.value.exceptions[0].__notes__[0]
    assert [QuizAttempt.objects.get(pk=attempt.pk).passed for attempt in attempts] == [None, True]


def test_who_was_given_more_time_is_not_handed_in_before_it_is_over(ana, publisher):
    begin = timezone.now()
    enrolment = enrolled(ana, time_limit_minutes=10)
    version = quiz_version(enrolment)
    attempt = actions.start_attempt(enrolment=enrolment, version=version)
    courses.allow(
        enrolment=enrolment, step_key=version.step_key, extra_time_percent=50, reason="Reads slowly", by=publisher
    )
    assert actions.hand_in_overdue(at=begin + timedelta(minutes=14)) == 0
    assert actions.hand_in_overdue(at=begin + timedelta(minutes=16)) == 1
    attempt.refresh_from_db()
    assert attempt.passed is False
