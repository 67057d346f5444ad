from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.utils import translation

from assessments.quizzes import actions
from assessments.quizzes.models import QuizAttempt
from courses.models import Enrolment, StepVersion
from tests.quizzes.factories import enrolled, quiz_version
from tests.quizzes.samples import best


@pytest.fixture(autouse=True)
def in_english():
    """So that tests can quote the source texts."""
    with translation.override("en"):
        yield


@pytest.fixture
def enrolment(ana) -> Enrolment:
    """Ana in a course that is one quiz: a question of each type, 80 % to pass, explanations after handing in."""
    return enrolled(ana)


@pytest.fixture
def version(enrolment) -> StepVersion:
    return quiz_version(enrolment)


@pytest.fixture
def attempt(enrolment, version) -> QuizAttempt:
    return actions.start_attempt(enrolment=enrolment, version=version)


@pytest.fixture
def answer() -> Callable[..., actions.Saved]:
    """answer(attempt, 1): the right answer to the first question; with a response that one."""

    def save(attempt: QuizAttempt, number: int, response: dict | None = None, *, idem: UUID | None = None, **more):
        key = attempt.keys[number - 1]
        return actions.save_answer(
            attempt=attempt,
            question_key=key,
            response=response or best(attempt.quiz.question(key)),
            version=attempt.version,
            idem=idem or uuid4(),
            **more,
        )

    return save


@pytest.fixture
def answer_all(answer) -> Callable[[QuizAttempt], None]:
    def all_right(attempt: QuizAttempt) -> None:
        for number in range(1, len(attempt.keys) + 1):
            answer(attempt, number)

    return all_right
