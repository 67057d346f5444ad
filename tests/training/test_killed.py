"""Two schedulers at once, killed anywhere: assigned once, released once, written to once."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django_tasks_db.models import DBTaskResult

from courses.models import Enrolment
from people import actions as people
from people.models import Mail, TeamLead
from tests.cast import EVER_SINCE, person
from training.actions import day, standing
from training.models import Assignment, AssignmentEvent, Notice, Requirement, Sending

DAY = timedelta(days=1)
MONDAY = datetime(2027, 1, 4, 9, tzinfo=UTC)
WRITES = ("INSERT", "UPDATE", "DELETE")
ENDS = "RELEASE SAVEPOINT"  # of a transaction that still holds all it held


class Killed(BaseException):
    """Nothing catches it, as nothing catches SIGKILL; what was not committed is rolled back."""


@pytest.fixture
def busy(tree, teams, ana, marek, ela) -> None:
    """A Monday on which everything happens: each act of a run has somebody it concerns."""
    rule = Requirement.objects.create(
        name="Desks",
        course_key=tree.course_key,
        audience={"team": str(teams.company.key)},
        due_days=30,
        valid_months=12,
        starts_on=date(2026, 1, 1),
    )
    names = ("Late", "Soon", "Away", "Waived", "Leaver")
    late, soon, away, waived, leaver = (person(f"{name} Nova", teams.desk) for name in names)
    TeamLead.objects.create(team=teams.desk, person=ela, starts_on=EVER_SINCE)
    before = MONDAY - 70 * DAY
    list(day.training_day(at=before))
    of = {row.person: row for row in Assignment.objects.select_related("person")}
    Enrolment.objects.filter(person=ana).update(
        started_at=before, completed_at=before, valid_until=MONDAY.date() + 25 * DAY
    )
    standing.extend(assignment=of[soon], until=MONDAY.date() + 2 * DAY, reason="Busy", by=ela, at=before)
    standing.waive(assignment=of[waived], reason="Ill", by=ela, until=MONDAY.date() - DAY, at=before)
    standing.record_leave(person=away, starts_on=MONDAY.date() - 3 * DAY, ends_on=None, by=ela, at=before)
    Assignment.objects.filter(person=away).update(due_on=MONDAY.date(), base_due_on=MONDAY.date())
    people.deactivate(person=leaver, by=None)
    person("Nina Nova", teams.desk)
    assert of[late].due_on < MONDAY.date()
    assert rule.members.count() > 5


def run() -> None:
    list(day.training_day(at=MONDAY))


def outcome() -> dict[str, Counter]:
    """All that a run leaves, each with how often it is there."""
    return {
        "assignments": Counter(
            Assignment.objects.values_list(
                "person__email", "cycle", "due_on", "waived_at", "released_at", "replaced_at", "assigned_at"
            )
        ),
        "events": Counter(AssignmentEvent.objects.values_list("assignment__person__email", "what", "due_on", "at")),
        "enrolments": Counter(Enrolment.objects.values_list("person__email", "cycle")),
        "sendings": Counter(Sending.objects.values_list("key", "kind", "recipient__email")),
        "notices": Counter(Notice.objects.values_list("assignment__person__email", "step", "about")),
        "mails": Counter(Mail.objects.values_list("to", "subject")),
    }


def mails_in_tasks() -> Counter:
    """In how many tasks each mail is."""
    return Counter(
        mail
        for (arguments,) in DBTaskResult.objects.filter(task_path__endswith="deliver_mails").values_list("args_kwargs")
        for mail in arguments["args"][0]
    )


@contextmanager
def undone() -> Iterator[None]:
    """As if it had never been, for the next try."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def at_statement(number: int, counts: Callable[[str], bool], then: Callable[[], None]) -> Iterator[None]:
    """Does it before the n-th of the statements that count."""
    seen = 0

    def watch(execute, sql, params, many, context):
        nonlocal seen
        if counts(sql):
            seen += 1
            if seen == number:
                then()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield


def count_of(counts: Callable[[str], bool]) -> int:
    found = 0

    def watch(execute, sql, params, many, context):
        nonlocal found
        found += counts(sql)
        return execute(sql, params, many, context)

    with undone(), connection.execute_wrapper(watch):
        run()
    return found


def is_write(sql: str) -> bool:
    return sql.startswith(WRITES)


@pytest.fixture
def undisturbed(busy) -> dict[str, Counter]:
    with undone():
        run()
        found = outcome()
        assert {what for _who, what, _due, at in found["events"] if at == MONDAY} == {
            *("assigned", "released", "cycle", "waiver-ended", "paused")
        }
        assert {kind for _key, kind, _who in found["sendings"]} >= {
            "training-new",
            "reminder",
            "team-late",
            "team-digest",
        }
        return found


def test_killed_before_any_statement_that_writes_a_run_is_made_good_by_the_next(undisturbed):
    def die() -> None:
        raise Killed

    writes = count_of(is_write)
    assert writes > 15
    for number in range(1, writes + 1):
        with undone():
            with pytest.raises(Killed), at_statement(number, is_write, die):
                run()
            run()
            assert outcome() == undisturbed, f"killed before statement {number}"
            assert set(mails_in_tasks().values()) == {1}


def test_a_second_scheduler_that_runs_at_any_moment_in_between_does_nothing_twice(undisturbed):
    """In between: wherever the first one holds nothing, and waits for the database."""
    depth = len(connection.savepoint_ids) + 1  # in undone()

    def is_between(sql: str) -> bool:
        return len(connection.savepoint_ids) == depth and not sql.startswith(ENDS)

    moments = count_of(is_between)
    assert moments > 20
    for number in range(1, moments + 1):
        with undone():
            with at_statement(number, is_between, run):
                run()
            assert outcome() == undisturbed, f"a second one before statement {number}"
            assert set(mails_in_tasks().values()) == {1}
