"""L&D's list of the attempts at one quiz: whose, in what state, with what result; and who is not let in."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.quizzes import actions
from assessments.quizzes.models import QuizAttempt
from assessments.quizzes.models.records import STATES
from tests.factories import enrol, ready_site
from tests.quizzes.factories import best, quiz_course, quiz_version, worst_response


@pytest.fixture
def quiz(db, ana, marek, irena, obcy):
    """An attempt in each state: nothing handed in, an essay to be marked, one right, one wrong."""
    ready_site()
    course = quiz_course(["essay", "single"], pass_mark=50)
    for person, given in (
        (ana, {}),
        (marek, {"essay": best}),
        (irena, {"single": worst_response}),
        (obcy, {"single": best}),
    ):
        enrolment = enrol(person, course)
        version = quiz_version(enrolment)
        attempt = actions.start_attempt(enrolment=enrolment, version=version)
        for question in attempt.quiz.questions(attempt.keys):
            if question.type in given:
                response, key = given[question.type](question), question.key
                actions.save_answer(attempt=attempt, question_key=key, response=response, version=version, idem=uuid4())
        if given:
            actions.hand_in(attempt=attempt)
    return reverse("quiz-attempts", args=[course.step_keys[-1]])


def rows(response) -> list[str]:
    body = response.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split("</tr>") if row.strip()]


def test_it_says_whose_each_attempt_is_how_far_it_is_and_with_what_result(quiz, client_for, ela, ana, marek, irena):
    found = rows(client_for(ela).get(quiz))
    assert len(found) == 4
    told = {name: next(row for row in found if name in row) for name in (ana.name, marek.name, irena.name)}
    assert " 1 Under way " in told[ana.name]
    assert " Waits for marking " in told[marek.name]
    assert " Not yet passed 0 of 2 " in told[irena.name]
    assert sum(" Passed 1 of 2 " in row for row in found) == 1


@pytest.mark.parametrize("state", STATES)
def test_it_is_narrowed_by_state_and_each_attempt_is_in_one_state(quiz, client_for, ela, state):
    keys = {row.key for row in QuizAttempt.objects.in_state(state)}
    assert len(keys) == 1
    assert keys == {row.key for row in QuizAttempt.objects.all() if row.state == state}
    assert len(rows(client_for(ela).get(quiz, {"state": state}))) == len(keys)


def test_it_is_searched_by_name_and_a_wrong_state_narrows_nothing(quiz, client_for, ela, ana):
    browser = client_for(ela)
    assert [ana.name in row for row in rows(browser.get(quiz, {"q": ana.email}))] == [True]
    assert len(rows(browser.get(quiz, {"state": "nonsense"}))) == 4
    assert "There are no such attempts." in browser.get(quiz, {"q": "nobody at all"}).content.decode()


def test_no_answer_is_on_it(quiz, client_for, ela):
    page = client_for(ela).get(quiz).content.decode()
    assert "SECRET" not in page
    assert "Mine." not in page


def test_it_costs_the_same_number_of_queries_for_one_attempt_and_for_many(
    quiz, client_for, ela, assert_queries_at_most
):
    browser = client_for(ela)
    for narrowed in ({"state": "open"}, {}):
        with assert_queries_at_most(16):
            browser.get(quiz, narrowed)


def test_the_page_of_a_quiz_and_its_analysis_lead_to_it(quiz, client_for, ela):
    step = quiz.rstrip("/").rpartition("/")[2]
    assert quiz in client_for(ela).get(reverse("analysis", args=[step])).content.decode()


# --- refusals --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["ana", "marek", "auditor"])
def test_nobody_else_reads_it(quiz, client_for, request, role):
    assert client_for(request.getfixturevalue(role)).get(quiz).status_code == 404


def test_what_is_no_quiz_has_no_attempts(quiz, client_for, ela):
    assert client_for(ela).get(reverse("quiz-attempts", args=[uuid4()])).status_code == 404
