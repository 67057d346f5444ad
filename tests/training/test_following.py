"""The dates of an enrolment stand beside its assignments, whatever writes either of them."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, connections, transaction
from django.db.models import F, Q
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses import actions as courses
from courses import tasks
from courses.models import Enrolment, Rollout
from courses.models.drafts import draft_of
from courses.reports import shown_step
from evidence import actions as evidence
from evidence.rules import ErasureReason
from tests.factories import make_course
from training import actions, triggers
from training.actions import standing
from training.models import Assignment, Requirement
from training.rules.status import Status

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def course(db):
    return make_course(lessons=2)


@pytest.fixture
def rule(course, ana) -> Requirement:
    return Requirement.objects.create(
        name="Desks",
        course_key=course.key,
        audience={"person": str(ana.key)},
        due_days=30,
        valid_months=12,
        starts_on=timezone.localdate() - 30 * DAY,
    )


@pytest.fixture
def assigned(rule, ana) -> Assignment:
    return actions.assign(requirement=rule, person=ana)


def apart() -> list[int]:
    """Assignments that say something else than their enrolments."""
    found = Q()
    for name, beside in zip(triggers.DATES, triggers.BESIDE, strict=True):
        found |= ~Q(**{beside: F(f"enrolment__{name}")}) & ~Q(**{beside: None, f"enrolment__{name}": None})
    return list(Assignment.objects.filter(found).values_list("pk", flat=True))


def beside(row: Assignment) -> tuple:
    return tuple(Assignment.objects.values_list(*triggers.BESIDE).get(pk=row.pk))


def done(enrolment: Enrolment, course, number: int) -> None:
    courses.complete_step(enrolment=enrolment, version=shown_step(enrolment, course.step_keys[number], "pl").version)


def asked_again(course, publisher, *, by: date, new_cycle: bool = False) -> None:
    page = course.steps["pl"][0]
    choice = courses.Choice("material", "New drill", (str(page.translation_key),), by, new_cycle)
    courses.ask_again(draft=draft_of(type(page).objects.get(pk=page.pk)), choice=choice, by=publisher)
    tasks.follow.call(Rollout.objects.latest("pk").pk)


def test_each_act_of_a_training_from_the_first_day_to_the_erasure(assigned, rule, course, ana, ela, publisher, admin):
    today, seen = timezone.localdate(), [beside(assigned)]

    def shown(row: Assignment) -> tuple:
        assert apart() == []
        seen.append(beside(row))
        return seen[-1]

    assert seen == [(None, None, None, None)]
    enrolment = courses.start(enrolment=assigned.enrolment)
    assert shown(assigned) == (enrolment.started_at, None, None, None)
    done(enrolment, course, 0)
    asked_again(course, publisher, by=today + 20 * DAY)
    assert shown(assigned)[3] == today + 20 * DAY
    asked_again(course, publisher, by=today + 25 * DAY)  # of two changes the later says until when
    assert shown(assigned)[3] == today + 25 * DAY
    done(enrolment, course, 0)
    assert shown(assigned)[3] is None
    standing.extend(assignment=assigned, until=today + 40 * DAY, reason="Moved house", by=ela)
    standing.record_leave(person=ana, starts_on=today, ends_on=today + DAY, by=admin)
    done(enrolment, course, 1)
    enrolment.refresh_from_db()
    assert shown(assigned)[1:3] == (enrolment.completed_at, enrolment.valid_until)
    asked_again(course, publisher, by=today + 9 * DAY, new_cycle=True)
    assert actions.open_cycles(requirement=rule) == 1
    newest = Assignment.objects.current().get()
    assert shown(newest) == (None, None, None, today + 9 * DAY)
    assert beside(assigned)[1] == enrolment.completed_at
    standing.waive(assignment=newest, reason="A year abroad", by=ela)
    evidence.erase(subject=ana.key, reason=ErasureReason.REQUEST, by=admin)
    assert shown(assigned)[1] == enrolment.completed_at


def test_who_had_finished_before_is_assigned_as_finished(rule, course, ana):
    enrolment = courses.enrol(person=ana, course_key=course.key, valid_months=12)
    done(enrolment, course, 0)
    done(enrolment, course, 1)
    Requirement.objects.update(prior_months=12)
    rule.refresh_from_db()
    made = actions.assign(requirement=rule, person=ana)
    assert beside(made)[1] is not None
    assert apart() == []
    assert Assignment.objects.with_status(timezone.now(), timezone.localdate()).get().status == Status.FINISHED


moments = st.none() | st.integers(-400, 400).map(lambda days: NOW + days * DAY)
days = st.none() | st.integers(-400, 400).map(lambda days: NOW.date() + days * DAY)
acts = st.sampled_from(["update", "save", "bulk", "stale", "lead", "lie", "new"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(st.tuples(acts, st.integers(0, 2), moments, moments, days, days), min_size=1, max_size=6))
def test_whatever_is_written_by_whatever_way(assigned, steps):
    with transaction.atomic():
        first = assigned.enrolment
        enrolments = [first, *(_another(first, cycle) for cycle in (2, 3))]
        stale = Assignment.objects.get()
        for act, which, started, completed, valid, redo in steps:
            dates = {"started_at": started or completed, "completed_at": completed}
            dates |= {"valid_until": valid, "redo_by": redo}
            row = Enrolment.objects.get(pk=enrolments[which].pk)
            if act == "update":
                Enrolment.objects.filter(pk=row.pk).update(**dates)
            elif act in ("save", "bulk"):
                for name, value in dates.items():
                    setattr(row, name, value)
                row.save() if act == "save" else Enrolment.objects.bulk_update([row], list(dates))
            elif act == "stale":
                stale.save()
            elif act == "lead":
                Assignment.objects.update(enrolment=row)
            elif act == "lie":
                Assignment.objects.update(enrolment_completed_at=completed, enrolment_redo_by=redo)
            elif not Assignment.objects.filter(cycle=which + 2).exists():
                stale.replaced_at = NOW
                Assignment.objects.update(replaced_at=NOW)
                _next(assigned, row, which + 2)
            assert apart() == []
        transaction.set_rollback(True)


def _another(of: Enrolment, cycle: int) -> Enrolment:
    fields = {name: getattr(of, name) for name in ("person", "course_key", "course_version", "created_at")}
    return Enrolment.objects.create(cycle=cycle, started_at=NOW, **fields)


def _next(before: Assignment, enrolment: Enrolment, cycle: int) -> None:
    fields = {name: getattr(before, name) for name in ("requirement", "person", "assigned_at", "time_zone")}
    Assignment.objects.bulk_create([Assignment(enrolment=enrolment, cycle=cycle, **fields)])


@pytest.fixture
def drop(assigned):
    """Makes the database forget one of them; an error where it is not there."""

    def one(name: str) -> None:
        on_table = f" ON {triggers.TABLES[name]}" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            if on_table:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"DROP TRIGGER {name}{on_table}")

    return one


@pytest.mark.parametrize("name", triggers.TABLES)
def test_without_one_of_the_triggers_it_would_be_forgotten(assigned, drop, name):
    drop(name)
    other = _another(assigned.enrolment, 2)
    if name == triggers.ENROLMENT:
        Enrolment.objects.filter(pk=assigned.enrolment_id).update(started_at=NOW)
    elif name == triggers.ASSIGNMENT:
        Assignment.objects.update(enrolment=other)
    else:
        Assignment.objects.update(replaced_at=NOW)
        _next(assigned, other, 2)
    assert len(apart()) == 1


def test_installed_again_they_fill_what_was_forgotten(assigned, drop):
    for name in triggers.TABLES:
        drop(name)
    Enrolment.objects.update(started_at=NOW)
    assert apart() == [assigned.pk]
    with connection.cursor() as cursor:
        triggers.install(connection.vendor, cursor.execute)
        triggers.install(connection.vendor, cursor.execute)
    assert apart() == []
    Enrolment.objects.update(started_at=None)
    assert apart() == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_is_assigned_while_the_enrolment_changes_waits_for_what_it_says(teams, ana):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    course = make_course(lessons=1)
    enrolment = courses.enrol(person=ana, course_key=course.key)
    rule = Requirement.objects.create(
        name="Desks", course_key=course.key, audience={"person": str(ana.key)}, starts_on=date(2026, 1, 1)
    )
    begun, failures = threading.Event(), []

    def assign() -> None:
        begun.set()
        try:
            actions.assign(requirement=rule, person=ana)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=assign)
    with transaction.atomic():
        Enrolment.objects.filter(pk=enrolment.pk).update(started_at=NOW)
        other.start()
        begun.wait(30)
        other.join(1)
        assert other.is_alive()  # it waits for the enrolment
    other.join(60)
    assert not failures
    assert apart() == []
    assert Assignment.objects.get().enrolment_started_at == NOW


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_completes_a_course_and_who_is_granted_something_take_turns_on_the_enrolment(teams, ana, admin):
    """The one holds the enrolment and the head of the chain, and then writes the assignment; were the other to hold the
    assignment while it waits for the chain, both would wait for each other."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    course = make_course(lessons=1)
    rule = Requirement.objects.create(
        name="Desks", course_key=course.key, audience={"person": str(ana.key)}, starts_on=date(2026, 1, 1)
    )
    row = actions.assign(requirement=rule, person=ana)
    begun, failures = threading.Event(), []

    def grant() -> None:
        begun.set()
        try:
            standing.waive(assignment=row, reason="A year abroad", by=admin)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    other = threading.Thread(target=grant)
    with transaction.atomic():
        courses.locked(row.enrolment)
        evidence.append(kind="steps.waived", subject=ana.key, facts={}, personal={})
        other.start()
        begun.wait(30)
        other.join(1)
        assert other.is_alive()  # it waits for the enrolment, and holds nothing
        Enrolment.objects.filter(pk=row.enrolment_id).update(started_at=NOW)
    other.join(60)
    assert not failures
    assert apart() == []
    row.refresh_from_db()
    assert (row.enrolment_started_at, row.waived_at is not None) == (NOW, True)
