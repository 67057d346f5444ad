"""What is granted to one person: more time, a waiver, another qualification in place of the training, a leave."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from evidence import actions as evidence
from people.models import User
from training.actions import due_again, local_day, move_for_leaves
from training.models import Assignment, AssignmentEvent, Equivalence, Happening, Leave, Waiver


class NotPossible(Exception):
    """The training is done, released or replaced; or somebody has decided already."""


class Earlier(Exception):
    """The day is not later than the one that holds."""


@contextmanager
def _open(assignment: Assignment) -> Iterator[Assignment]:
    """The row, held until the end of the act, while there is still something to be done."""
    with transaction.atomic():
        rows = Assignment.objects.select_for_update(of=("self",)).select_related("requirement", "enrolment", "person")
        row = rows.get(pk=assignment.pk)
        if row.replaced_at or row.released_at or row.enrolment.completed_at or row.equivalent_on:
            raise NotPossible(str(row.key))
        yield row


def extend(*, assignment: Assignment, until: date, reason: str, by: User, at: datetime | None = None) -> Assignment:
    """More time. Raises NotPossible and Earlier."""
    at = at or timezone.now()
    with _open(assignment) as row:
        if row.due_on is None or until <= max(row.due_on, local_day(at, row.time_zone)):
            raise Earlier
        row.base_due_on, row.clock_from = until, local_day(at, row.time_zone)
        due_again(row, until).save(update_fields=["base_due_on", "clock_from", "due_on", "due_at"])
        _record(row, Happening.EXTENDED, reason, by, at, until=until)
        return row


def waive(
    *,
    assignment: Assignment,
    reason: str,
    by: User,
    until: date | None = None,
    document: bytes = b"",
    at: datetime | None = None,
) -> Waiver:
    """They need not take it until that day, or in this cycle. Raises NotPossible; Earlier for a day gone by."""
    at = at or timezone.now()
    with _open(assignment) as row:
        today = local_day(at, row.time_zone)
        if row.waived_at:
            raise NotPossible(str(row.key))
        if until and until < today:
            raise Earlier
        row.waived_at, row.waived_until = at, until
        if until is None:
            row.good_until_other = row.next_due(row.due_on or today)
        row.save(update_fields=["waived_at", "waived_until", "good_until_other"])
        waiver = Waiver(assignment=row, reason=reason.strip(), approved_by=by, until=until, at=at)
        if document:
            waiver.document.save("document", ContentFile(document), save=False)
        waiver.clean_fields(exclude=["until", "document"])
        waiver.save()
        _record(row, Happening.WAIVED, reason, by, at, until=until)
        return waiver


def offer_equivalence(
    *,
    assignment: Assignment,
    title: str,
    obtained_on: date,
    proof: bytes,
    by: User,
    valid_until: date | None = None,
    at: datetime | None = None,
) -> Equivalence:
    """A proof of something that may stand in for the training; it waits for L&D. Raises NotPossible."""
    with _open(assignment) as row:
        if row.equivalences.waiting().exists():
            raise NotPossible(str(row.key))
        offer = Equivalence(
            assignment=row,
            title=title.strip(),
            obtained_on=obtained_on,
            valid_until=valid_until,
            sha256=hashlib.sha256(proof).hexdigest(),
            offered_by=by,
            offered_at=at or timezone.now(),
        )
        offer.proof.save("proof", ContentFile(proof), save=False)
        offer.clean_fields(exclude=["valid_until", "accepted", "decided_by", "decided_at"])
        offer.save()
        return offer


def decide_equivalence(
    *, equivalence: Equivalence, accepted: bool, reason: str, by: User, at: datetime | None = None
) -> Equivalence:
    """Accepted, it settles the training for as long as it is good, and no longer than the rule says.

    Raises NotPossible.
    """
    at = at or timezone.now()
    with _open(equivalence.assignment) as row:
        decision = {"accepted": accepted, "reason": reason.strip(), "decided_by": by, "decided_at": at}
        if not Equivalence.objects.waiting().filter(pk=equivalence.pk).update(**decision):
            raise NotPossible(str(equivalence.key))
        equivalence.refresh_from_db()
        if accepted:
            row.equivalent_on = equivalence.obtained_on
            ends = [day for day in (equivalence.valid_until, row.next_due(equivalence.obtained_on)) if day]
            row.good_until_other = min(ends, default=None)
            row.save(update_fields=["equivalent_on", "good_until_other"])
            _record(row, Happening.EQUIVALENT, equivalence.title, by, at, until=row.good_until_other)
        return equivalence


def _record(row: Assignment, what: Happening, reason: str, by: User, at: datetime, *, until: date | None) -> None:
    AssignmentEvent.objects.create(assignment=row, what=what, reason=reason.strip(), due_on=row.due_on, by=by, at=at)
    evidence.append(
        kind=f"assignment.{what}",
        subject=row.person.key,
        at=at,
        facts={"assignment": str(row.key), "until": until.isoformat() if until else None, "by": str(by.key)},
        personal={"name": row.person.name, "reason": reason.strip(), "by": by.name},
    )


@transaction.atomic
def record_leave(*, person: User, starts_on: date, ends_on: date | None, by: User, at: datetime | None = None) -> Leave:
    """From a day to a day, or until further notice. Said again for the same first day, the last day is what counts."""
    fields = {"ends_on": ends_on, "recorded_by": by, "recorded_at": at or timezone.now()}
    leave, _made = Leave.objects.update_or_create(person=person, starts_on=starts_on, defaults=fields)
    move_for_leaves(at=at)
    evidence.append(
        kind="leave.recorded",
        subject=person.key,
        facts={
            "starts_on": starts_on.isoformat(),
            "ends_on": ends_on.isoformat() if ends_on else None,
            "by": str(by.key),
        },
        personal={},
    )
    return leave
