"""What is granted to one person: more time, a waiver, another qualification in place of the training, a leave. The
person is told by mail. Said a second time by the same person, as by a double click, it is the same act."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from evidence import actions as evidence
from people.models import User
from training import emails
from training.actions import DAY, due_again, hold_enrolments, letters, local_day, move_for_leaves
from training.emails import Grant
from training.models import Assignment, AssignmentEvent, Equivalence, Happening, Leave, Waiver


class NotPossible(Exception):
    """The training is done, released or replaced; or somebody has decided already."""


class Earlier(Exception):
    """The day is not later than the one that holds."""


class AskedByChange(Exception):
    """A change of the course asks for something by an earlier day, which nothing granted to one person moves."""

    def __init__(self, day: date) -> None:
        super().__init__(day)
        self.day = day


class AnotherWaits(NotPossible):
    """A proof of something else waits for a decision about this training."""


@contextmanager
def _held(assignment: Assignment) -> Iterator[Assignment]:
    """The row, until the end of the act."""
    with transaction.atomic():
        hold_enrolments([assignment.pk])
        held = Assignment.objects.select_for_update(of=("self",), no_key=True)
        yield held.select_related("requirement", "enrolment", "person").get(pk=assignment.pk)


def _is_open(row: Assignment) -> bool:
    return not (row.replaced_at or row.released_at or row.enrolment.completed_at or row.equivalent_on)


def is_asked(row: Assignment) -> bool:
    """Whether this person still has to do it."""
    return _is_open(row) and row.waived_at is None and row.person.is_active


def _must_be_open(row: Assignment) -> None:
    if not _is_open(row):
        raise NotPossible(str(row.key))


def _must_be_asked(row: Assignment) -> None:
    if not is_asked(row):
        raise NotPossible(str(row.key))


def extend(*, assignment: Assignment, until: date, reason: str, by: User, at: datetime | None = None) -> Assignment:
    """More time. Raises NotPossible, Earlier and AskedByChange."""
    at = at or timezone.now()
    with _held(assignment) as row:
        _must_be_asked(row)
        if _is_extended(row, until, by):
            return row
        if row.due_on is None or until <= max(row.due_on, local_day(at, row.time_zone)):
            raise Earlier
        if row.enrolment.redo_by and row.enrolment.redo_by < until:
            raise AskedByChange(row.enrolment.redo_by)
        row.base_due_on, row.clock_from = until, _clock_from(row, local_day(at, row.time_zone))
        due_again(row, until).save(update_fields=["base_due_on", "clock_from", "due_on", "due_at"])
        _record(row, Happening.EXTENDED, reason, by, at, until=until)
        _tell(row, emails.EXTENDED, by, at, until=until, reason=reason)
        return row


def _clock_from(row: Assignment, today: date) -> date:
    """Whoever named a new date during a leave saw one that had all days of it that are known."""
    ends = [leave.ends_on or today for leave in Leave.objects.on(today).filter(person=row.person_id)]
    return max(ends) + DAY if ends else today


def _is_extended(row: Assignment, until: date, by: User) -> bool:
    """By exactly this act, and nothing has moved the date since."""
    last = row.events.filter(what=Happening.EXTENDED).order_by("pk").last()
    return row.due_on == until and last is not None and last.by_id == by.pk and last.due_on == until


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
    with _held(assignment) as row:
        _must_be_open(row)
        today = local_day(at, row.time_zone)
        if row.waived_at:
            return _same_waiver(row, reason, by, until)
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
        _tell(row, emails.WAIVED, by, at, until=until, reason=reason)
        return waiver


def _same_waiver(row: Assignment, reason: str, by: User, until: date | None) -> Waiver:
    last = row.waivers.order_by("pk").last()
    if last is None or (last.reason, last.approved_by_id, last.until) != (reason.strip(), by.pk, until):
        raise NotPossible(str(row.key))
    return last


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
    """A proof of something that may stand in for the training; it waits for L&D. Raises NotPossible, AnotherWaits."""
    at = at or timezone.now()
    digest = hashlib.sha256(proof).hexdigest()
    with _held(assignment) as row:
        _must_be_asked(row)
        if waiting := row.equivalences.waiting().first():
            if (waiting.sha256, waiting.offered_by_id) != (digest, by.pk):
                raise AnotherWaits(str(row.key))
            return waiting
        offer = Equivalence(
            assignment=row,
            title=title.strip(),
            obtained_on=obtained_on,
            valid_until=valid_until,
            sha256=digest,
            offered_by=by,
            offered_at=at,
        )
        offer.proof.save("proof", ContentFile(proof), save=False)
        offer.clean_fields(exclude=["valid_until", "accepted", "decided_by", "decided_at"])
        offer.save()
        _prove(row, "equivalence.offered", offer.title, by, at, {"sha256": digest})
        return offer


def decide_equivalence(
    *, equivalence: Equivalence, accepted: bool, reason: str, by: User, at: datetime | None = None
) -> Equivalence:
    """Accepted, it settles the training for as long as it is good, and no longer than the rule says. Refused it can be
    whatever became of the training; who need not do it any more gets no mail. Raises NotPossible.
    """
    at = at or timezone.now()
    with _held(equivalence.assignment) as row:
        equivalence.refresh_from_db()
        if equivalence.decided_at and (equivalence.accepted, equivalence.decided_by_id) == (accepted, by.pk):
            return equivalence
        if accepted:
            _must_be_open(row)
        decision = {"accepted": accepted, "reason": reason.strip(), "decided_by": by, "decided_at": at}
        if not Equivalence.objects.waiting().filter(pk=equivalence.pk).update(**decision):
            raise NotPossible(str(equivalence.key))
        equivalence.refresh_from_db()
        if not accepted:
            _prove(row, "equivalence.refused", reason, by, at, {"sha256": equivalence.sha256})
            if is_asked(row):
                _tell(row, emails.REFUSED, by, at, reason=reason)
            return equivalence
        row.equivalent_on = equivalence.obtained_on
        ends = [day for day in (equivalence.valid_until, row.next_due(equivalence.obtained_on)) if day]
        row.good_until_other = min(ends, default=None)
        row.save(update_fields=["equivalent_on", "good_until_other"])
        _record(row, Happening.EQUIVALENT, equivalence.title, by, at, until=row.good_until_other)
        _tell(row, emails.EQUIVALENT, by, at, until=row.good_until_other, reason=reason)
        return equivalence


def _record(row: Assignment, what: Happening, reason: str, by: User, at: datetime, *, until: date | None) -> None:
    AssignmentEvent.objects.create(assignment=row, what=what, reason=reason.strip(), due_on=row.due_on, by=by, at=at)
    _prove(row, f"assignment.{what}", reason, by, at, {"until": until.isoformat() if until else None})


def _prove(row: Assignment, kind: str, reason: str, by: User, at: datetime, facts: dict) -> None:
    evidence.append(
        kind=kind,
        subject=row.person.key,
        at=at,
        facts={"assignment": str(row.key), "by": str(by.key)} | facts,
        personal={"name": row.person.name, "reason": reason.strip(), "by": by.name},
    )


def _tell(row: Assignment, kind: str, by: User, at: datetime, *, until: date | None = None, reason: str = "") -> None:
    grant = Grant(kind, row.person, str(row.enrolment.course_key), until=until, reason=reason.strip())
    letters.send_grant(grant=grant, about=str(row.key), by=by, at=at)


@transaction.atomic
def record_leave(*, person: User, starts_on: date, ends_on: date | None, by: User, at: datetime | None = None) -> Leave:
    """From a day to a day, or until further notice. Said again for the same first day, the last day is what counts."""
    at = at or timezone.now()
    person = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    known = Leave.objects.in_force().filter(person=person, starts_on=starts_on).first()
    if known and known.ends_on == ends_on:
        return known
    fields = {"ends_on": ends_on, "recorded_by": by, "recorded_at": at}
    in_force = Leave.objects.in_force()
    leave, _made = in_force.update_or_create(person=person, starts_on=starts_on, defaults=fields)
    move_for_leaves(person=person, at=at)
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
    stays = Assignment.objects.unsettled().asked_by_change().filter(person=person).exists()
    grant = Grant(emails.LEAVE, person, starts_on=starts_on, until=ends_on, stays=stays)
    letters.send_grant(grant=grant, about=str(leave.key), by=by, at=at)
    return leave


@transaction.atomic
def withdraw_leave(*, leave: Leave, reason: str, by: User, at: datetime | None = None) -> Leave:
    """It was recorded by mistake: no due date waits for it, or has waited for it. Raises NotPossible where somebody
    else withdrew it."""
    at = at or timezone.now()
    person = User.objects.select_for_update(no_key=True).get(pk=leave.person_id)
    leave.refresh_from_db()
    if leave.withdrawn_at:
        if (leave.withdrawn_by_id, leave.withdrawn_because) != (by.pk, reason.strip()):
            raise NotPossible(str(leave.key))
        return leave
    dates = tuple((str(moved.assignment.enrolment.course_key), moved.after) for moved in leave.moved(at))
    leave.withdrawn_at, leave.withdrawn_by, leave.withdrawn_because = at, by, reason.strip()
    leave.clean_fields(exclude=["ends_on"])
    leave.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
    move_for_leaves(person=person, withdrawn=leave, at=at)
    evidence.append(
        kind="leave.withdrawn",
        subject=person.key,
        at=at,
        facts={
            "starts_on": leave.starts_on.isoformat(),
            "ends_on": leave.ends_on.isoformat() if leave.ends_on else None,
            "by": str(by.key),
        },
        personal={"name": person.name, "reason": leave.withdrawn_because, "by": by.name},
    )
    grant = Grant(
        emails.LEAVE_WITHDRAWN,
        person,
        starts_on=leave.starts_on,
        until=leave.ends_on,
        reason=leave.withdrawn_because,
        dates=dates,
    )
    letters.send_grant(grant=grant, about=str(leave.key), by=by, at=at)
    return leave
