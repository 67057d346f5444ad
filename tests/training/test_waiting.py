"""Who waits for whom. On PostgreSQL a row that names a person is checked at the commit, when whoever wrote it holds the
head of the evidence: an act that holds the person and wants the head must let that check pass."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evidence import actions as evidence
from people import actions as people
from people import roles
from people.actions import roster
from people.actions import teams as tree
from people.models import Mail, Team, TeamLead, User
from tests.training.staff import course_of, train
from training.actions import standing
from training.models import Assignment, Leave

DAY = timedelta(days=1)


@pytest.fixture
def locks(monkeypatch) -> list[tuple[type, dict]]:
    """(model, how) of each lock that is taken."""
    taken: list[tuple[type, dict]] = []
    lock = QuerySet.select_for_update

    def told(rows, **how):
        taken.append((rows.model, how))
        return lock(rows, **how)

    monkeypatch.setattr(QuerySet, "select_for_update", told)
    return taken


def test_who_holds_a_person_a_team_or_a_training_lets_rows_that_name_them_be_written(
    teams, ana, marek, obcy, admin, locks
):
    today = timezone.localdate()
    (row,) = train([ana], course_of("calm"), [(5, False, False, None, False)])
    standing.extend(assignment=row, until=row.due_on + DAY, reason="Ill", by=admin)
    standing.record_leave(person=ana, starts_on=today, ends_on=None, by=admin)
    days = {"starts_on": today, "ends_on": today + DAY}
    with transaction.atomic():
        tree.end_deputy(lead=tree.name_deputy(team=teams.service, person=obcy, by=marek, **days), today=today, by=marek)
        people.set_roles(person=obcy, roles_given={roles.AUDITOR}, by=admin)
        people.change_person(person=obcy, first_name="Olek")
        roster.read_state(lock=True)
    held = {model: how for model, how in locks if model in (Assignment, Team, TeamLead, User)}
    assert len(held) == 4
    assert [how for model, how in locks if model in held and not how.get("no_key")] == []


def test_a_leave_touches_no_training_of_anybody_else(teams, ana, obcy, admin):
    today = timezone.localdate()
    kind = [(5, False, False, None, False)]
    hers, theirs = train([ana, obcy], course_of("calm"), kind)
    Assignment.objects.update(base_due_on=today + 5 * DAY, clock_from=today - 30 * DAY)
    Leave.objects.create(
        person=obcy,
        starts_on=today - 20 * DAY,
        ends_on=today - 11 * DAY,
        recorded_by=admin,
        recorded_at=timezone.now(),
    )
    with CaptureQueriesContext(connection) as queries:
        standing.record_leave(person=ana, starts_on=today, ends_on=today, by=admin)
    assert [query for query in queries if 'UPDATE "training_assignment"' in query["sql"]]
    hers.refresh_from_db()
    theirs.refresh_from_db()
    assert (hers.due_on, theirs.due_on) == (today + 6 * DAY, today + 5 * DAY)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_leave_and_what_the_same_person_finishes_at_that_moment_do_not_collide(teams, ana, admin, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    holds_ana, holds_head = threading.Event(), threading.Event()
    append, failures = evidence.append, []

    def append_late(**what):
        holds_ana.set()
        holds_head.wait(30)
        return append(**what)

    def finish() -> None:
        holds_ana.wait(30)
        try:
            with transaction.atomic():
                append(kind="course.completed", subject=ana.key, facts={}, personal={})
                Mail.objects.create(person=ana, to=ana.email, kind="test", language="en", subject="", text="", html="")
                holds_head.set()
        except Exception as error:
            failures.append(error)
        finally:
            holds_head.set()
            connections.close_all()

    monkeypatch.setattr(standing.evidence, "append", append_late)
    other = threading.Thread(target=finish)
    other.start()
    standing.record_leave(person=ana, starts_on=timezone.localdate(), ends_on=None, by=admin)
    other.join(60)
    assert not failures
    assert Leave.objects.count() == 1
