"""Many windows at once: attempts are never more than allowed, answers never doubled."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connections

from assessments.quizzes import actions
from assessments.quizzes.actions import attempts
from assessments.quizzes.models import Answer, QuizAttempt
from courses import actions as courses
from tests.quizzes.factories import enrolled, quiz_version
from tests.quizzes.samples import best

AT_ONCE = 50
CONNECTED = 6  # fewer than the pool of database connections holds: these are inside at the same moment
pytestmark = pytest.mark.django_db(transaction=True)


def together(act, count: int = AT_ONCE) -> list:
    """What `count` threads get that all do this at the same moment; an exception counts as its type."""
    barrier = Barrier(count)

    def one(number: int):
        try:
            barrier.wait()
            return act(number)
        except Exception as error:
            return type(error)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.fixture
def ready(transactional_db, ana):
    enrolment = enrolled(ana, kinds=["single"], attempts_allowed=3)
    return enrolment, quiz_version(enrolment)


def start_and_hand_in(enrolment, version) -> QuizAttempt:
    return actions.hand_in(attempt=actions.start_attempt(enrolment=enrolment, version=version))


def test_parallel_starts_make_one_attempt(ready):
    enrolment, version = ready
    started = together(lambda _n: actions.start_attempt(enrolment=enrolment, version=version).pk)
    assert len(set(started)) == 1
    assert QuizAttempt.objects.count() == 1


def test_starting_and_handing_in_in_parallel_never_exceeds_the_attempts(ready):
    together(lambda _n: start_and_hand_in(*ready))
    assert QuizAttempt.objects.count() <= 3
    assert sorted(QuizAttempt.objects.values_list("number", flat=True)) == list(
        range(1, QuizAttempt.objects.count() + 1)
    )


def test_the_same_form_from_many_windows_is_one_answer(ready):
    enrolment, version = ready
    attempt = actions.start_attempt(enrolment=enrolment, version=version)
    key, idem = attempt.keys[0], uuid4()
    response = best(attempt.quiz.question(key))

    def save(_number):
        return actions.save_answer(
            attempt=attempt, question_key=key, response=response, version=version, idem=idem
        ).answer.pk

    assert len(set(together(save))) == 1
    assert Answer.objects.count() == 1


def test_handing_in_from_many_windows_gives_one_result(ready):
    enrolment, version = ready
    attempt = actions.start_attempt(enrolment=enrolment, version=version)
    finished = together(lambda _n: actions.hand_in(attempt=attempt).finished_at)
    assert len(set(finished)) == 1


# --- the negative control ------------------------------------------------------------------------------------------


def test_without_locks_parallel_starts_collide(ready, monkeypatch):
    """Proves that the tests above can fail: everybody looks before anybody writes, and only the constraint is left."""
    enrolment, version = ready
    courses.move_place(enrolment=enrolment, step_key=version.step_key)
    all_have_looked, look = Barrier(CONNECTED), attempts.decision

    def look_then_wait(*args):
        found = look(*args)
        all_have_looked.wait(timeout=30)
        return found

    monkeypatch.setattr(attempts, "decision", look_then_wait)
    monkeypatch.setattr("django.db.models.QuerySet.select_for_update", lambda self, **kwargs: self)
    monkeypatch.setattr("django.db.transaction.Atomic.__enter__", lambda self: None)
    monkeypatch.setattr("django.db.transaction.Atomic.__exit__", lambda self, *error: None)
    got = together(lambda _n: actions.start_attempt(enrolment=enrolment, version=version).pk, CONNECTED)
    assert got.count(IntegrityError) == CONNECTED - 1
    assert QuizAttempt.objects.count() == 1
