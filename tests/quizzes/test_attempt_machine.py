"""Any sequence of acts, from any number of windows, leaves an attempt where a plain model of the rules says."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from assessments.quizzes import actions
from assessments.quizzes.models import QuizAttempt
from courses.models import StepCompletion
from tests.quizzes.factories import enrolled, quiz_version, worst_response
from tests.quizzes.samples import best

QUESTIONS, ALLOWED, WAIT, LIMIT = 3, 3, 30, 20
NUMBERS = st.integers(0, QUESTIONS - 1)


def machine(enrolment, version):
    class Attempts(RuleBasedStateMachine):
        """The model: what was answered, whether it is locked, how many attempts ended and when."""

        @initialize()
        def nothing_yet(self):
            self.point = transaction.savepoint()
            self.now = timezone.now()
            self.taken, self.ended_at, self.passed = 0, None, False
            self.attempt = None
            self.answers: dict[str, tuple[bool, bool]] = {}  # question -> (is right, is checked)
            self.sent: list[tuple] = []
            self.started_at = None

        def teardown(self):
            if hasattr(self, "point"):
                transaction.savepoint_rollback(self.point)

        @property
        def is_over(self):
            return self.now > self.started_at + timedelta(minutes=LIMIT, seconds=10)

        def end(self):
            self.passed = self.passed or sum(right for right, _checked in self.answers.values()) >= 2
            self.taken, self.ended_at, self.attempt = self.taken + 1, max(self.now, self.started_at), None

        @rule(minutes=st.integers(1, 25))
        def time_goes_by(self, minutes):
            self.now += timedelta(minutes=minutes)

        @rule()
        def start(self):
            if self.attempt and self.is_over:
                self.end()
                if self.passed:
                    assert actions.start_attempt(enrolment=enrolment, version=version, at=self.now).passed
                    return
            waits = self.ended_at and self.now < self.ended_at + timedelta(minutes=WAIT)
            if self.attempt:
                assert actions.start_attempt(enrolment=enrolment, version=version, at=self.now).pk == self.attempt.pk
            elif self.passed or self.taken == ALLOWED or waits:
                with pytest.raises(actions.NotAllowed):
                    actions.start_attempt(enrolment=enrolment, version=version, at=self.now)
            else:
                self.attempt = actions.start_attempt(enrolment=enrolment, version=version, at=self.now)
                self.answers, self.sent, self.started_at = {}, [], self.now

        @precondition(lambda self: self.attempt)
        @rule(number=NUMBERS, is_right=st.booleans(), checked=st.booleans())
        def answer(self, number, is_right, checked):
            key = self.attempt.keys[number]
            question = self.attempt.quiz.question(key)
            response = best(question) if is_right else worst_response(question)
            form = {"question_key": key, "response": response, "idem": uuid4(), "checked": checked}
            is_locked = self.answers.get(key, (False, False))[1]
            if is_locked or self.is_over:
                with pytest.raises(actions.NotSaved):
                    self.send(form)
            else:
                assert self.send(form).is_new
                self.answers[key] = is_right, checked
                self.sent.append(form)

        def send(self, form):
            return actions.save_answer(attempt=self.attempt, version=version, at=self.now, **form)

        @precondition(lambda self: self.attempt and self.sent)
        @rule(data=st.data())
        def an_old_form_comes_again(self, data):
            old = data.draw(st.sampled_from(self.sent))
            last = next(form for form in reversed(self.sent) if form["question_key"] == old["question_key"])
            if last["response"] == old["response"]:
                assert not self.send(old).is_new
                return
            with pytest.raises(actions.NotSaved):
                self.send(old)

        @precondition(lambda self: self.attempt)
        @rule(number=NUMBERS, on=st.booleans())
        def flag(self, number, on):
            actions.flag(attempt=self.attempt, question_key=self.attempt.keys[number], on=on)

        @precondition(lambda self: self.attempt)
        @rule()
        def hand_in(self):
            attempt = self.attempt
            kind = "time_over" if self.is_over else "learner"
            done = actions.hand_in(attempt=attempt, at=self.now)
            self.end()
            right = sum(right for right, _checked in self.answers.values())
            assert (done.score, done.max, done.passed, done.hand_in_kind) == (right, QUESTIONS, right >= 2, kind)
            assert actions.hand_in(attempt=attempt, at=self.now).finished_at == done.finished_at
            with pytest.raises(actions.NotSaved):
                actions.save_answer(
                    attempt=attempt,
                    question_key=attempt.keys[0],
                    response={"chosen": []},
                    version=version,
                    idem=uuid4(),
                    at=self.now,
                )

        @invariant()
        def the_tables_say_what_the_model_says(self):
            if not hasattr(self, "taken"):
                return
            rows = QuizAttempt.objects.filter(enrolment=enrolment).order_by("number")
            assert [row.number for row in rows] == list(range(1, self.taken + bool(self.attempt) + 1))
            assert [row.pk for row in rows if row.is_open] == ([self.attempt.pk] if self.attempt else [])
            assert StepCompletion.objects.filter(enrolment=enrolment).exists() == self.passed
            if self.attempt:
                stored = {key: row.checked for key, row in self.attempt.answers_now().items()}
                assert stored == {key: checked for key, (_right, checked) in self.answers.items()}

    return Attempts


def test_the_life_of_attempts_follows_the_rules(ana):
    enrolment = enrolled(
        ana,
        kinds=["single"] * QUESTIONS,
        pass_mark=60,
        attempts_allowed=ALLOWED,
        waits=[0, WAIT],
        time_limit_minutes=LIMIT,
        feedback="immediate",
    )
    run_state_machine_as_test(
        lambda: machine(enrolment, quiz_version(enrolment))(),
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.generate],  # what failed is printed step by step; shrinking would take minutes of database
            suppress_health_check=list(HealthCheck),
        ),
    )
