"""One vocabulary of status: the rule in Python and the one in SQL say the same."""

import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.models import CourseVersion, Enrolment
from training.models import Assignment, Requirement
from training.models.assignments import ENDS_ON
from training.rules import due
from training.rules.selection import SHOWN
from training.rules.status import DUE_SOON, Facts, Status, first_due, grace_until, is_due_soon, status

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
TODAY = NOW.date()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(), Status.NOT_STARTED),
        (Facts(started_at=NOW), Status.IN_PROGRESS),
        (Facts(due_at=NOW + timedelta(seconds=1)), Status.NOT_STARTED),
        (Facts(due_at=NOW), Status.OVERDUE),
        (Facts(due_at=NOW - timedelta(days=3), started_at=NOW), Status.OVERDUE),
        (Facts(due_at=NOW - timedelta(days=3), started_at=NOW, completed_at=NOW), Status.FINISHED),
        (Facts(started_at=NOW, completed_at=NOW, valid_until=TODAY + timedelta(days=31)), Status.FINISHED),
        (Facts(started_at=NOW, completed_at=NOW, valid_until=TODAY + timedelta(days=30)), Status.EXPIRES_SOON),
        (Facts(started_at=NOW, completed_at=NOW, valid_until=TODAY), Status.EXPIRES_SOON),
        (Facts(started_at=NOW, completed_at=NOW, valid_until=TODAY - timedelta(days=1)), Status.EXPIRED),
        (Facts(due_at=NOW - timedelta(days=3), waived=True), Status.WAIVED),
        (Facts(started_at=NOW, redo_by=TODAY), Status.IN_PROGRESS),
        (Facts(started_at=NOW, redo_by=TODAY - timedelta(days=1)), Status.OVERDUE),
        (Facts(started_at=NOW, redo_by=TODAY - timedelta(days=1), waived=True), Status.WAIVED),
        (Facts(started_at=NOW, redo_by=TODAY - timedelta(days=1), completed_at=NOW), Status.FINISHED),
    ],
)
def test_status_follows_from_a_few_facts(facts, expected):
    assert status(facts, NOW, TODAY) == expected


@pytest.mark.parametrize(
    ("stands", "due_in", "grace", "ends_in"),
    [
        (Status.NOT_STARTED, -1, 7, 6),
        (Status.IN_PROGRESS, -7, 7, 0),
        (Status.NOT_STARTED, 0, 7, None),  # its own day
        (Status.NOT_STARTED, -1, 0, None),
        (Status.OVERDUE, -1, 7, None),  # asked sooner by a change
        (Status.FINISHED, -1, 7, None),
        (Status.NOT_STARTED, None, 7, None),
    ],
)
def test_the_grace_is_on_from_the_day_after_until_its_last(stands, due_in, grace, ends_in):
    due_on, ends_on = (None if days is None else TODAY + timedelta(days=days) for days in (due_in, ends_in))
    assert grace_until(stands, due_on, grace, TODAY) == ends_on


def test_due_soon_ends_where_overdue_begins():
    assert is_due_soon(Facts(due_at=NOW + DUE_SOON), NOW, TODAY)
    assert not is_due_soon(Facts(due_at=NOW + DUE_SOON + timedelta(seconds=1)), NOW, TODAY)
    assert not is_due_soon(Facts(due_at=NOW), NOW, TODAY)
    assert not is_due_soon(Facts(due_at=NOW + timedelta(days=1), started_at=NOW, completed_at=NOW), NOW, TODAY)
    assert is_due_soon(Facts(redo_by=TODAY), NOW, TODAY)
    assert is_due_soon(Facts(redo_by=TODAY + DUE_SOON - timedelta(days=1)), NOW, TODAY)
    assert not is_due_soon(Facts(redo_by=TODAY + DUE_SOON), NOW, TODAY)
    assert not is_due_soon(Facts(redo_by=TODAY, due_at=NOW), NOW, TODAY)  # it is overdue


moments = st.one_of(st.none(), st.integers(-40, 40).map(lambda days: NOW + timedelta(days=days)), st.just(NOW))
days = st.one_of(st.none(), st.integers(-40, 40).map(lambda n: TODAY + timedelta(days=n)))


@pytest.fixture
def assignment(ana):
    version = CourseVersion.objects.create(course_key=uuid.uuid4(), number=1, sha256="0" * 64, content={"steps": []})
    enrolment = Enrolment.objects.create(
        person=ana, course_key=version.course_key, course_version=version, created_at=NOW
    )
    rule = Requirement.objects.create(
        name="Desks", course_key=version.course_key, audience={"person": str(ana.key)}, starts_on=TODAY
    )
    return Assignment.objects.create(
        requirement=rule, person=ana, enrolment=enrolment, assigned_at=NOW, time_zone="Europe/Warsaw"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(
    due_at=moments,
    started=st.booleans(),
    completed=st.booleans(),
    valid_until=days,
    waived=st.booleans(),
    redo_by=days,
)
def test_sql_and_rule_agree(assignment, due_at, started, completed, valid_until, waived, redo_by):
    facts = Facts(
        due_at=due_at,
        started_at=NOW if started or completed else None,
        completed_at=NOW if completed else None,
        valid_until=valid_until if completed else None,
        waived=waived,
        redo_by=None if completed else redo_by,
    )
    Enrolment.objects.filter(pk=assignment.enrolment_id).update(
        started_at=facts.started_at,
        completed_at=facts.completed_at,
        valid_until=facts.valid_until,
        redo_by=facts.redo_by,
    )
    Assignment.objects.filter(pk=assignment.pk).update(
        due_at=due_at, due_on=due_at.date() if due_at else None, waived_at=NOW if waived else None
    )
    rows = Assignment.objects.with_status(NOW, TODAY)
    found = rows.get()
    assert found.status == status(facts, NOW, TODAY)
    assert found.is_due_soon == is_due_soon(facts, NOW, TODAY)
    assert found.first_due_on == first_due(found.due_on, facts.redo_by)
    said = (Status(found.status), found.is_due_soon)
    assert [show for show in SHOWN if rows.showing(show)] == [show for show in SHOWN if SHOWN[show].holds(*said)]
    far = rows.count_far()
    assert far.pop("first") == (None if waived or rows.near() else rows.values_list(ENDS_ON, flat=True).get())
    assert {one for one, count in far.items() if count} == (set() if rows.near() else {found.status})


@given(
    day=st.dates(date(2024, 1, 1), date(2040, 12, 31)),
    zone=st.sampled_from(["Europe/Warsaw", "Europe/Riga", "Pacific/Kiritimati", "America/Los_Angeles"]),
)
def test_a_due_day_lasts_until_its_local_midnight_through_every_change_of_the_clocks(day, zone):
    end = due.due_at(day, zone)
    assert end.astimezone(ZoneInfo(zone)).date() == day + timedelta(days=1)
    assert (end - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() == day
    assert end.tzinfo is UTC


def test_the_days_to_do_it_in_count_from_the_day_somebody_joined():
    assert due.due_on(date(2026, 12, 20), 14) == date(2027, 1, 3)
