"""Whose attempts are used up is not stuck: L&D grants one more, in the CMS, with a reason."""

from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.quizzes import actions
from assessments.quizzes.models import QuizAttempt
from courses.models import Allowance
from evidence.models import Record
from tests.factories import ready_site
from tests.quizzes.factories import enrolled, quiz_version


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


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"extra_attempts": "0"}, {"step": str(uuid4())}, {"key": "x"}])
def test_a_form_that_says_too_little_grants_nothing(stuck, form, ela, client_for, wrong):
    assert client_for(ela).post(reverse("learner", args=[stuck.key]), form | wrong).status_code == 422
    assert not Allowance.objects.exists()


@pytest.mark.parametrize("role", ["obcy", "marek", "auditor"])
def test_nobody_else_grants_anything(request, client_for, stuck, form, role):
    response = client_for(request.getfixturevalue(role)).post(reverse("learner", args=[stuck.key]), form)
    assert response.status_code in (302, 403, 404)
    assert not Allowance.objects.exists()
