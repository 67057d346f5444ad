"""After a material change a quiz is taken once more: what its pages say is about this round."""

from datetime import date
from uuid import UUID

import pytest
from django.urls import reverse

from assessments.quizzes import actions
from assessments.quizzes.models import QuizPage
from courses import actions as courses
from courses import tasks
from courses.models import Rollout
from courses.models.drafts import draft_of
from tests.quizzes.factories import enrolled, quiz_version
from tests.quizzes.samples import best
from tests.quizzes.test_pages import words


@pytest.fixture
def asked_again(ana, publisher):
    """Ana's enrolment: she passed at the last of three attempts, and is asked to do it once more."""
    enrolment = enrolled(ana, kinds=["single"], attempts_allowed=3, lessons=1)
    take(enrolment)
    take(enrolment)
    take(enrolment, right=True)
    page = QuizPage.objects.get(locale__language_code="en")
    choice = courses.Choice("material", "", (str(page.translation_key),), date(2999, 1, 31))
    courses.ask_again(draft=draft_of(page), choice=choice, by=publisher)
    tasks.follow.call(Rollout.objects.get().pk)
    return enrolment


def take(enrolment, *, right=False):
    version = quiz_version(enrolment)
    attempt = actions.start_attempt(enrolment=enrolment, version=version)
    if right:
        key = attempt.keys[0]
        actions.save_answer(
            attempt=attempt,
            question_key=key,
            response=best(attempt.quiz.question(key)),
            version=version,
            idem=UUID(int=attempt.pk),
        )
    return actions.hand_in(attempt=attempt)


def intro(client, enrolment) -> str:
    return words(client.get(reverse("step", args=[enrolment.key, enrolment.course_version.steps[-1].key])))


def test_its_first_attempt_is_the_first_of_three(asked_again, ana, client_for):
    attempt = actions.start_attempt(enrolment=asked_again, version=quiz_version(asked_again))
    assert (attempt.number, attempt.number_in_round) == (4, 1)
    assert "Attempt 1 of 3" in intro(client_for(ana), asked_again)
    assert "Attempt 1 of 3" in words(client_for(ana).get(reverse("question", args=[attempt.key, 1])))


def test_who_has_used_it_up_is_told_who_can_help(asked_again, ana, client_for):
    for _number in range(3):
        take(asked_again)
    assert "All attempts are used." in intro(client_for(ana), asked_again)


def test_an_attempt_begun_before_it_keeps_its_number(asked_again, ana):
    numbers = [attempt.number_in_round for attempt in asked_again.quiz_attempts.order_by("number")]
    assert numbers == [1, 2, 3]
