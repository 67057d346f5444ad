"""Nothing that gives an answer away is in anything sent to the browser before it may be: a search of every byte.

Codes, feedback and model answers of the sample questions carry the word SECRET; their difficulty is 0.73.
"""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.quizzes import actions
from assessments.quizzes.models import Question
from tests.quizzes.factories import enrolled, quiz_version, right_fields

KINDS = (
    "single",
    "multiple",
    "truefalse",
    "ordering",
    "matching",
    "reflection",
    "shorttext",
    "numeric",
    "judgement",
    "rating",
    "essay",
)


def sent(response) -> str:
    return str(response.headers) + response.content.decode()


def secrets(*, but: str = "") -> list[str]:
    """Every key of a part, and marks of what is not to be read; without those of one question."""
    keys = [
        part["key"] for row in Question.objects.exclude(translation_key=but or None) for part in row.compiled()["parts"]
    ]
    names = [f"{row.stem.split()[4].strip('?')}" for row in Question.objects.exclude(translation_key=but or None)]
    return [
        *keys,
        "0.73",
        "8731.59",  # a number that counts by half
        "weight",
        "tolerance",
        "credit",
        "difficulty",
        *(f"SECRET why {name}" for name in names),
        *(f"SECRET model {name}" for name in names),
    ]


def assert_nothing_leaks(response, *, but: str = "") -> None:
    text = sent(response)
    if not but:
        assert "SECRET" not in text
    found = [secret for secret in secrets(but=but) if re.search(rf"{re.escape(secret)}(?!\d)", text)]  # S1 is not S10
    assert found == []


@pytest.fixture
def browser(client_for, ana):
    return client_for(ana)


@pytest.fixture(params=["immediate", "after_hand_in"])
def attempt(request, ana):
    enrolment = enrolled(ana, kinds=KINDS, feedback=request.param, time_limit_minutes=30)
    return actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))


def test_the_pages_around_an_attempt_give_nothing_away(browser, attempt):
    mine = attempt.enrolment.key
    assert_nothing_leaks(browser.get(reverse("step", args=[mine, attempt.step_key])))
    assert_nothing_leaks(browser.get(reverse("attempt-check", args=[attempt.key])))
    assert_nothing_leaks(browser.get(reverse("my")))


def test_no_question_gives_itself_away_before_and_after_it_is_saved(browser, attempt):
    for number in range(1, len(KINDS) + 1):
        assert_nothing_leaks(browser.get(reverse("question", args=[attempt.key, number])))
        form = {"idem": str(uuid4()), "go": ""}
        assert_nothing_leaks(browser.post(reverse("answer", args=[attempt.key, number]), form))  # nothing chosen
        form |= right_fields(attempt, number)
        saved = browser.post(
            reverse("answer", args=[attempt.key, number]), form, headers={"accept": "application/json"}
        )
        assert saved.status_code == 200
        assert_nothing_leaks(saved)
        assert_nothing_leaks(browser.get(reverse("question", args=[attempt.key, number])))
    assert_nothing_leaks(browser.get(reverse("attempt-check", args=[attempt.key])))


def test_a_checked_question_explains_itself_and_no_other(browser, ana):
    enrolment = enrolled(ana, kinds=KINDS, feedback="immediate")
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    form = {"idem": str(uuid4()), "go": "check"} | right_fields(attempt, 1)
    page = browser.post(reverse("answer", args=[attempt.key, 1]), form, follow=True)
    assert "SECRET" in sent(page)
    assert_nothing_leaks(page, but=attempt.keys[0])
    for number in range(2, len(KINDS) + 1):
        assert_nothing_leaks(browser.get(reverse("question", args=[attempt.key, number])))


def test_the_step_page_says_nothing_of_the_answers_after_the_result(browser, attempt):
    actions.hand_in(attempt=attempt)
    assert_nothing_leaks(browser.get(reverse("step", args=[attempt.enrolment.key, attempt.step_key])))
    explained = sent(browser.get(reverse("result", args=[attempt.key])))
    assert "SECRET why" in explained
    assert "SECRET-S" not in explained  # short names are for editors


def test_a_second_attempt_hides_again_what_the_first_one_explained(browser, attempt):
    actions.hand_in(attempt=attempt)
    second = actions.start_attempt(enrolment=attempt.enrolment, version=attempt.version)
    for number in range(1, len(KINDS) + 1):
        assert_nothing_leaks(browser.get(reverse("question", args=[second.key, number])))
