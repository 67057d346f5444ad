"""One vocabulary of status, everywhere the same; the SQL in AssignmentQuerySet.with_status says exactly this."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

DUE_SOON = timedelta(days=14)
EXPIRES_SOON = timedelta(days=30)


class Status(StrEnum):
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    OVERDUE = "overdue"
    FINISHED = "finished"
    EXPIRES_SOON = "expires_soon"
    EXPIRED = "expired"
    WAIVED = "waived"


NEEDS_ATTENTION = (Status.OVERDUE, Status.EXPIRED, Status.EXPIRES_SOON)


@dataclass(frozen=True)
class Facts:
    """Times in UTC; valid_until is the last local day the certificate holds, redo_by the last one for what a change of
    the course asks to be done again (None where nothing is owed)."""

    due_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    valid_until: date | None = None
    waived: bool = False
    redo_by: date | None = None


def status(facts: Facts, now: datetime, today: date) -> Status:
    if facts.waived:
        return Status.WAIVED
    if facts.completed_at:
        return _of_finished(facts.valid_until, today)
    if (facts.due_at and facts.due_at <= now) or (facts.redo_by and facts.redo_by < today):
        return Status.OVERDUE
    return Status.IN_PROGRESS if facts.started_at else Status.NOT_STARTED


def _of_finished(valid_until: date | None, today: date) -> Status:
    if valid_until is None:
        return Status.FINISHED
    if valid_until < today:
        return Status.EXPIRED
    return Status.EXPIRES_SOON if valid_until <= today + EXPIRES_SOON else Status.FINISHED


def is_due_soon(facts: Facts, now: datetime, today: date) -> bool:
    if status(facts, now, today) not in (Status.NOT_STARTED, Status.IN_PROGRESS):
        return False
    is_due = facts.due_at is not None and facts.due_at <= now + DUE_SOON
    return is_due or (facts.redo_by is not None and facts.redo_by < today + DUE_SOON)


def grace_until(found: Status, due_on: date | None, grace_days: int, today: date) -> date | None:
    """The last day of the grace while it is on: the due date has passed, and nobody is late yet."""
    if due_on is None or found not in (Status.NOT_STARTED, Status.IN_PROGRESS):
        return None
    last = due_on + timedelta(days=grace_days)
    return last if due_on < today <= last else None


def first_due(due_on: date | None, redo_by: date | None) -> date | None:
    """The day that is shown: until when it is assigned, or until when a change asks for something."""
    return min((day for day in (due_on, redo_by) if day), default=None)
