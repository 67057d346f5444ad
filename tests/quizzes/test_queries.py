"""Every page costs a few queries, as many with thirty questions as with one."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes import actions, reports
from courses.models import Enrolment
from tests.conftest import person
from tests.factories import enrol
from tests.quizzes.factories import enrolled, quiz_course, quiz_version, right_fields


@pytest.fixture(params=[1, 30])
def sat(request, ana, client_for):
    enrolment = enrolled(ana, kinds=["single"] * request.param, lessons=2)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    client = client_for(ana)
    client.get(reverse("question", args=[attempt.key, 1]))  # the content of the version is read once a process
    return client, attempt


@pytest.mark.parametrize("name", ["question", "attempt-check", "attempt"])
def test_pages_of_an_attempt(sat, name, assert_queries_at_most):
    client, attempt = sat
    for number in range(1, len(attempt.keys) + 1):
        actions.save_answer(
            attempt=attempt,
            question_key=attempt.keys[number - 1],
            response={"chosen": []},
            version=attempt.version,
            idem=uuid4(),
        )
    with assert_queries_at_most(6):
        client.get(reverse(name, args=[attempt.key, 1] if name == "question" else [attempt.key]))


def test_the_page_of_the_step(sat, assert_queries_at_most):
    client, attempt = sat
    with assert_queries_at_most(10):
        client.get(reverse("step", args=[attempt.enrolment.key, attempt.step_key]))


def test_saving_an_answer(sat, assert_queries_at_most):
    client, attempt = sat
    form = {"version": attempt.version.sha256} | right_fields(attempt, 1)
    for most in (8, 7):  # once a process its version is read; two of them are the test's savepoint
        with assert_queries_at_most(most):
            sent = client.post(reverse("answer", args=[attempt.key, 1]), form | {"idem": str(uuid4())})
            assert sent.status_code == 302


def test_the_result(sat, assert_queries_at_most):
    client, attempt = sat
    actions.hand_in(attempt=attempt)
    with assert_queries_at_most(12):
        assert client.get(reverse("result", args=[attempt.key])).status_code == 200


def test_the_standing_of_one_enrolment_costs_as_much_as_of_thirty(db, teams, assert_queries_at_most):
    course = quiz_course(kinds=["single"], attempts_allowed=2, waits=[0, 30])
    for number in range(30):
        enrolment = enrol(person(f"Worker{number} Example", teams.desk), course)
        attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
        if number % 2:
            actions.hand_in(attempt=attempt)
    for few in (1, 30):
        enrolments = list(Enrolment.objects.order_by("pk")[:few])
        with assert_queries_at_most(2):
            standings = reports.standing(enrolments, {}, {})
        assert len(standings) == few


def test_standing_says_what_an_outline_needs(ana):
    enrolment = enrolled(ana, kinds=["single"], attempts_allowed=2, waits=[0, 30])
    version = quiz_version(enrolment)
    place = (enrolment.pk, str(version.step_key))
    assert reports.standing([enrolment], {}, {}) == {}
    attempt = actions.start_attempt(enrolment=enrolment, version=version)
    assert reports.standing([enrolment], {}, {})[place].url == reverse("attempt", args=[attempt.key])
    actions.hand_in(attempt=attempt)
    waiting = reports.standing([enrolment], {}, {})[place]
    assert waiting.state == "waiting"
    assert waiting.until > timezone.now()
    assert waiting.text.startswith("You can try again from")
