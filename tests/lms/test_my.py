"""/my/: what to do, why, how long, by when, and one button that continues where one stopped."""

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
import time_machine
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes import actions as quizzes
from assessments.scenarios import actions as scenarios
from certificates import actions as certificates
from certificates.models import Certificate
from courses import actions as courses
from courses import reports, tasks
from courses.models import Enrolment, Rollout
from courses.models.drafts import draft_of
from lms import views
from lms.reports import my_training
from people.models import User
from tests.factories import make_course
from tests.lessons import NOTE
from tests.quizzes.factories import BANK, quiz
from tests.quizzes.test_daily import lesson as practice_lesson
from tests.scenarios.factories import EXPERT, document, play, scenario
from training import actions
from training.models import Assignment, Leave, Requirement

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def rule(tree, ana):
    return Requirement.objects.create(
        name="Desks",
        course_key=tree.course_key,
        audience={"person": str(ana.key)},
        reasons={"en": "You work at a desk"},
        due_days=30,
        valid_months=12,
        starts_on=NOW.date(),
    )


@pytest.fixture
def page_of(client_for):
    return lambda person: client_for(person).get("/my/").content.decode().replace("\N{NO-BREAK SPACE}", " ")


@time_machine.travel(NOW, tick=False)
def test_a_new_person_reads_what_happens_next(ana, page_of):
    assert "Nothing is assigned to you yet" in page_of(ana)


@time_machine.travel(NOW, tick=False)
def test_the_page_says_what_why_how_long_and_by_when(rule, ana, page_of):
    actions.assign(requirement=rule, person=ana, at=NOW)
    page = page_of(ana)
    for text in (
        "1 thing to do",
        "Calm en",
        "You work at a desk",
        "about 12 minutes left",
        "1 sitting of about 15 minutes",
        "23 Dec",
    ):
        assert text in page


@time_machine.travel(NOW, tick=False)
def test_overdue_is_said_first(rule, ana, page_of):
    actions.assign(requirement=rule, person=ana, at=NOW - timedelta(days=33))
    page = page_of(ana)
    assert "Overdue: Calm en." in page
    assert "3 days overdue" in page


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("waived_days", [-10, 10])
def test_what_one_rule_waives_another_still_asks_for(waived_days, rule, tree, ana, page_of):
    """Whichever of the two is due first."""
    actions.assign(requirement=rule, person=ana, at=NOW)
    other = Requirement.objects.create(
        name="Doors",
        course_key=tree.course_key,
        audience={"person": str(ana.key)},
        due_days=30 + waived_days,
        starts_on=NOW.date(),
    )
    actions.assign(requirement=other, person=ana, at=NOW)
    Assignment.objects.filter(requirement=other).update(waived_at=NOW)
    page = page_of(ana)
    assert "1 thing to do" in page
    assert "23 Dec" in page
    Assignment.objects.update(waived_at=NOW)
    assert "1 thing to do" not in page_of(ana)


@time_machine.travel(NOW, tick=False)
def test_the_button_leads_to_where_one_stopped(rule, tree, ana, page_of):
    enrolment = actions.assign(requirement=rule, person=ana, at=NOW).enrolment
    courses.move_place(enrolment=enrolment, step_key=tree.keys[1], anchor=f"b-{NOTE}")
    assert f"/learn/{enrolment.key}/{tree.keys[1]}/#b-{NOTE}" in page_of(ana)


# --- what is closed ------------------------------------------------------------------------------------------------
def failed(enrolment: Enrolment, key: UUID) -> None:
    quizzes.hand_in(
        attempt=quizzes.start_attempt(enrolment=enrolment, version=reports.shown_step(enrolment, key, "en").version)
    )


@pytest.mark.parametrize(
    "rule, said",
    [
        ({"attempts_allowed": 1}, "All attempts are used."),
        ({"attempts_allowed": 3, "waits": [0, 1440]}, "You can try again from"),
    ],
)
def test_a_quiz_that_is_closed_is_named_and_the_button_leads_past_it(ana, page_of, rule, said):
    ana.language = "en"
    ana.save()
    course = make_course(BANK, lessons=2, steps=[quiz(**rule)], languages=("en",))
    first, last, closed = course.step_keys
    enrolment = courses.start(enrolment=courses.enrol(person=ana, course_key=course.key))
    courses.complete_step(enrolment=enrolment, version=reports.shown_step(enrolment, first, "en").version)
    failed(enrolment, closed)
    courses.move_place(enrolment=enrolment, step_key=closed, anchor="")
    page = page_of(ana)
    assert said in page
    assert button(page) == reverse("step", args=[enrolment.key, last])
    courses.complete_step(enrolment=enrolment, version=reports.shown_step(enrolment, last, "en").version)
    page = page_of(ana)
    assert said in page
    assert button(page) == reverse("step", args=[enrolment.key, closed])


def button(page: str) -> str:
    (address,) = re.findall(r'<a class="btn gold" href="([^"#]*)', page)
    return address


def test_behind_a_closed_quiz_a_scenario_is_gone_on_with_and_it_still_costs_twelve_queries(
    ana, client_for, assert_queries_at_most
):
    ana.language = "en"
    ana.save()
    steps = [practice_lesson, quiz(attempts_allowed=1), scenario()]
    course = make_course(BANK, lessons=0, steps=steps, languages=("en",))
    first, closed, talk = course.step_keys
    enrolment = courses.start(enrolment=courses.enrol(person=ana, course_key=course.key))
    courses.complete_step(enrolment=enrolment, version=reports.shown_step(enrolment, first, "en").version)
    failed(enrolment, closed)
    run = scenarios.start_run(enrolment=enrolment, version=reports.shown_step(enrolment, talk, "en").version)
    client = client_for(ana)
    assert button(client.get("/my/").content.decode()) == reverse("run", args=[run.key])
    with assert_queries_at_most(12):
        client.get("/my/")


# --- certificates --------------------------------------------------------------------------------------------------
@time_machine.travel(NOW, tick=False)
def test_a_revoked_certificate_is_said_to_be_revoked_and_not_valid(rule, tree, ana, publisher, page_of):
    enrolment = actions.assign(requirement=rule, person=ana, at=NOW).enrolment
    for key in tree.keys:
        courses.complete_step(enrolment=enrolment, version=reports.shown_step(enrolment, key, "en").version)
    certificates.revoke(certificate=Certificate.objects.get(), by=publisher, reason="Sat by a colleague")
    page = page_of(ana)
    assert "Finished: 23 November 2026" in page
    assert "Revoked" in page
    assert "Valid until" not in page


@time_machine.travel(NOW, tick=False)
def test_a_finished_course_shows_its_certificate(rule, tree, ana, page_of):
    enrolment = actions.assign(requirement=rule, person=ana, at=NOW).enrolment
    for key in tree.keys:
        courses.complete_step(enrolment=enrolment, version=reports.shown_step(enrolment, key, "en").version)
    page = page_of(ana)
    assert "Finished: 23 November 2026" in page
    assert "Valid until: 23 November 2027" in page
    assert "/certificates/" in page
    assert "Nothing is due" in page


def test_it_costs_at_most_twelve_queries_and_no_more_for_many_courses(
    rule, tree, ana, client_for, assert_queries_at_most
):
    assignment = actions.assign(requirement=rule, person=ana)
    client = client_for(ana)
    with assert_queries_at_most(12) as one:
        client.get("/my/")
    enrolment = assignment.enrolment
    for cycle in range(2, 31):
        enrolment.__class__.objects.create(
            person=ana, course_key=tree.course_key, cycle=cycle, course_version=enrolment.course_version, created_at=NOW
        )
    with assert_queries_at_most(len(one)):
        client.get("/my/")


def test_in_the_second_year_it_costs_at_most_twelve_queries_too(ana, publisher, client_for, assert_queries_at_most):
    """A finished cycle with its certificate, scenarios and questions to practise; in the new one a leave and a scenario
    that was left in the middle."""
    steps = [practice_lesson, scenario(), scenario("SC-CALM-2")]
    course = make_course(BANK, lessons=0, steps=steps, languages=("en",))
    rule = Requirement.objects.create(
        name="Desks", course_key=course.key, audience={"person": str(ana.key)}, due_days=30, starts_on=date(2025, 1, 1)
    )
    lesson, *talks = course.step_keys
    experts = (EXPERT, [step.partition(".")[2] for step in document("SC-CALM-2")["expert_path"]])
    year_ago, yesterday = timezone.now() - timedelta(days=340), timezone.now() - timedelta(days=1)
    first = actions.assign(requirement=rule, person=ana, at=year_ago).enrolment
    version = reports.shown_step(first, lesson, "en").version
    first = courses.complete_step(enrolment=first, version=version, at=year_ago)
    for key, choices in zip(talks, experts, strict=True):
        talk = reports.shown_step(first, key, "en").version
        play(scenarios.start_run(enrolment=first, version=talk, at=year_ago), *choices, at=year_ago)
    second = Enrolment.objects.create(
        person=ana, course_key=course.key, cycle=2, course_version=first.course_version, created_at=yesterday
    )
    Assignment.objects.update(enrolment=second)
    second = courses.complete_step(enrolment=second, version=version, at=yesterday)
    scenarios.start_run(enrolment=second, version=reports.shown_step(second, talks[0], "en").version)
    Leave.objects.create(
        person=ana, starts_on=timezone.localdate() + timedelta(days=9), recorded_by=publisher, recorded_at=yesterday
    )
    client = client_for(ana)
    page = client.get("/my/").content.decode()
    assert Certificate.objects.filter(holder=ana).exists()
    assert "You stopped at turn 1" in page
    assert reverse("practice") in page
    with assert_queries_at_most(12):
        client.get("/my/")


def test_a_stranger_is_sent_to_the_login_and_nothing_can_be_posted(ana, client_for):
    assert client_for(None).get("/my/").headers["Location"].startswith("/login/")
    assert client_for(ana).post("/my/").status_code == 405


def test_the_front_door_leads_to_the_page_or_to_the_login(ana, client_for):
    assert client_for(ana).get("/").headers["Location"] == "/my/"
    assert client_for(None).get("/").headers["Location"] == "/login/"


def test_health_needs_no_login(client_for, db):
    assert client_for(None).get("/healthz").json() == {"ok": True}
    assert client_for(None).get("/readyz").json()["migrations_waiting"] == 0


def test_readiness_reads_the_migrations_until_nothing_waits_and_no_more(client_for, db, monkeypatch):
    plans = [["one", "two"], []]
    monkeypatch.setattr(views, "_is_migrated", False)
    monkeypatch.setattr(views.MigrationExecutor, "migration_plan", lambda *_arguments: plans.pop(0))
    answers = [client_for(None).get("/readyz") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 200, 200]
    assert [answer.json()["migrations_waiting"] for answer in answers] == [2, 0, 0]


@pytest.mark.parametrize("is_migrated", [True, False])
def test_readiness_says_that_the_database_does_not_answer(is_migrated, client_for, db, monkeypatch):
    def down():
        raise OperationalError("no route")

    monkeypatch.setattr(views, "_is_migrated", is_migrated)
    monkeypatch.setattr(views, "connection", SimpleNamespace(cursor=down))
    answer = client_for(None).get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": False})


# --- after a material change ---------------------------------------------------------------------------------------
def asked_again(tree, publisher, *, redo_by, new_cycle=False):
    draft = draft_of(type(tree.lessons["pl"][0]).objects.get(pk=tree.lessons["pl"][0].pk))
    choice = courses.Choice("material", "New drill", (str(tree.keys[0]),), redo_by, new_cycle)
    courses.ask_again(draft=draft, choice=choice, by=publisher)
    tasks.follow.call(Rollout.objects.latest("pk").pk)


@pytest.fixture
def under_way(ana, tree):
    """Begun the day before, whatever day it really is."""
    with time_machine.travel(NOW - timedelta(days=1), tick=False):
        enrolment = courses.enrol(person=ana, course_key=tree.course_key)
        version = reports.shown_step(enrolment, tree.keys[0], "en").version
        return courses.complete_step(enrolment=enrolment, version=version)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("language, text", [("en", "by 30 November 2026"), ("lv", "2026. gada 30. novembrim")])
def test_who_has_to_redo_a_step_reads_it_and_until_when(
    tree, under_way, ana, publisher, client_for, page_of, language, text
):
    User.objects.filter(pk=ana.pk).update(language=language)
    asked_again(tree, publisher, redo_by=date(2026, 11, 30))
    step = reverse("step", args=[under_way.key, tree.keys[0]])
    for page in (
        page_of(ana),
        *(client_for(ana).get(url).content.decode() for url in (f"/learn/{under_way.key}/", step)),
    ):
        assert text in page.replace("\N{NO-BREAK SPACE}", " ")


@time_machine.travel(NOW, tick=False)
def test_what_was_done_again_is_asked_no_more(tree, under_way, ana, publisher, page_of):
    asked_again(tree, publisher, redo_by=date(2026, 11, 30))
    version = reports.shown_step(under_way, tree.keys[0], "en").version
    courses.complete_step(enrolment=under_way, version=version)
    assert "even if you did it before" not in page_of(ana)
    assert reports.outline(under_way, "en").redo_by is None


@time_machine.travel(NOW, tick=False)
def test_who_begins_a_new_cycle_reads_until_when(tree, under_way, ana, publisher, page_of):
    courses.complete_step(enrolment=under_way, version=reports.shown_step(under_way, tree.keys[1], "en").version)
    asked_again(tree, publisher, redo_by=date(2026, 11, 30), new_cycle=True)
    assert "The course has changed. Please take it again by 30 November 2026." in page_of(ana)


def test_the_first_of_two_days_is_the_one_that_is_said(rule, tree, ana, publisher):
    assigned = actions.assign(requirement=rule, person=ana, at=NOW)
    courses.complete_step(
        enrolment=assigned.enrolment, version=reports.shown_step(assigned.enrolment, tree.keys[0], "en").version
    )
    asked_again(tree, publisher, redo_by=NOW.date())
    page = my_training(person=ana, now=NOW, today=NOW.date(), language="en")
    assert page.hero.due_on == NOW.date() < assigned.due_on


def test_six_changes_cost_as_many_queries_as_one(tree, under_way, publisher, assert_queries_at_most):
    asked_again(tree, publisher, redo_by=date(2999, 1, 1))
    with assert_queries_at_most(20) as one:
        reports.outline(under_way, "en")
    for _ in range(5):
        asked_again(tree, publisher, redo_by=date(2999, 1, 1))
    with assert_queries_at_most(len(one)):
        reports.outline(under_way, "en")
