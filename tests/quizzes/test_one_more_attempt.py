"""Whose attempts are used up is not stuck: L&D grants one more, in the CMS, with a reason."""

from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from assessments.quizzes import actions
from assessments.quizzes.models import QuizAttempt
from courses.models import Allowance
from evidence.models import Record
from tests.factories import ready_site
from tests.quizzes.factories import enrolled, quiz_version, right_fields


@pytest.fixture
def stuck(db, request):
    ready_site()  # the roles, with their way into the CMS
    ana = request.getfixturevalue("ana")
    enrolment = enrolled(ana, kinds=["single"], attempts_allowed=1)
    actions.hand_in(attempt=actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment)))
    return enrolment


@pytest.fixture
def form(stuck) -> dict:
    step = str(quiz_version(stuck).step_key)
    return {"step": step, "extra_attempts": "1", "extra_time_percent": "0", "reason": "The fire drill", "key": uuid4()}


def test_one_more_attempt_is_granted_by_the_form_and_may_be_started(stuck, form, ana, ela, client_for):
    start = reverse("attempt-start", args=[stuck.key, form["step"]])
    client_for(ana).post(start)
    assert QuizAttempt.objects.count() == 1
    page = reverse("learner", args=[stuck.key])
    assert client_for(ela).post(page, form).url == page
    assert client_for(ela).post(page, form).url == page  # sent twice
    granted = Allowance.objects.get()
    assert (granted.extra_attempts, granted.reason, granted.granted_by) == (1, "The fire drill", ela)
    assert Record.objects.filter(kind="allowance.granted").count() == 1
    assert "The fire drill" in client_for(ela).get(page).content.decode()
    client_for(ana).post(start)
    assert QuizAttempt.objects.filter(finished_at=None).count() == 1


def test_more_time_is_granted_by_the_form_and_an_open_attempt_has_it_at_once(db, ana, ela, client_for):
    ready_site()
    enrolment = enrolled(ana, kinds=["single"], time_limit_minutes=20)
    version = quiz_version(enrolment)
    with time_machine.travel("2026-11-23 10:00 +0100", tick=False):
        attempt = actions.start_attempt(enrolment=enrolment, version=version)
    fields = {"step": str(version.step_key), "extra_attempts": "0", "extra_time_percent": "50", "key": uuid4()}
    page, question = reverse("learner", args=[enrolment.key]), reverse("question", args=[attempt.key, 1])
    with time_machine.travel("2026-11-23 10:25 +0100", tick=False):
        assert "The time is over" in client_for(ana).get(question).content.decode()
        assert client_for(ela).post(page, fields | {"reason": "Reads with a screen reader"}).url == page
        assert "The time is over" not in client_for(ana).get(question).content.decode()
        answer = right_fields(attempt, 1) | {"idem": str(uuid4()), "version": version.sha256}
        assert client_for(ana).post(reverse("answer", args=[attempt.key, 1]), answer).status_code == 302
    with time_machine.travel("2026-11-23 10:31 +0100", tick=False):
        assert "The time is over" in client_for(ana).get(question).content.decode()
    granted = Allowance.objects.get()
    assert (granted.extra_time_percent, granted.reason) == (50, "Reads with a screen reader")


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"extra_attempts": "0"}, {"step": str(uuid4())}, {"key": "x"}])
def test_a_form_that_says_too_little_grants_nothing(stuck, form, ela, client_for, wrong):
    assert client_for(ela).post(reverse("learner", args=[stuck.key]), form | wrong).status_code == 422
    assert not Allowance.objects.exists()


@pytest.mark.parametrize("role", ["obcy", "marek", "auditor"])
def test_nobody_else_grants_anything(request, client_for, stuck, form, role):
    response = client_for(request.getfixturevalue(role)).post(reverse("learner", args=[stuck.key]), form)
    assert response.status_code in (302, 403, 404)
    assert not Allowance.objects.exists()
