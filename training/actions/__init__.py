"""The only writer of assignments by rule: who is assigned, released, and asked again. Beside it, in modules of their
own: of the rules, of what is granted to one person, and of mail.

Each act goes through the people it concerns in batches, each one a transaction under the lock of its rule: two
schedulers take turns, and one that is killed leaves whole batches behind.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from courses import actions as courses
from courses.models import Enrolment
from people.models import User
from training.models import (
    Assignment,
    AssignmentEvent,
    Happening,
    Leave,
    Requirement,
    RequirementVersion,
    departed,
    newcomers,
    renewals,
    reopened,
)
from training.rules import due
from training.words import CHANGED, CLOSED, CYCLE, JOINED, LEFT, ON_LEAVE, RETURNED, SET_ASIDE, WAIVER_ENDED

BATCH = 1000
DAY = timedelta(days=1)


def local_day(at: datetime, time_zone: str) -> date:
    return at.astimezone(ZoneInfo(time_zone)).date()


def batches(rows: models.QuerySet) -> Iterator[list]:
    """By primary key, from a list that may shrink while it is read: nobody is met twice, and nobody is left out. All
    keys are asked for at once: asked for the first thousand in their order, a database walks through the rows of all
    years to find them, and where there is nobody, to the last."""
    keys = sorted(rows.order_by().values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        if batch := list(rows.filter(pk__in=keys[start : start + BATCH]).order_by("pk")):
            yield batch


def locked(requirement: Requirement) -> Requirement:
    return Requirement.objects.select_for_update().get(pk=requirement.pk)


def hold_enrolments(assignments: Iterable[int]) -> None:
    """Before any of these rows is held, and in this order: whoever completes a course, or asks for a part of it again,
    holds enrolments, and what they say is then written beside their assignments (training.triggers)."""
    held = Enrolment.objects.select_for_update(of=("self",), no_key=True).filter(assignments__in=list(assignments))
    list(held.order_by("pk").only("pk"))


def _create(rows: Iterable[Assignment]) -> list[Assignment]:
    """Each holds its enrolment from then on: in the order in which others do."""
    return Assignment.objects.bulk_create(sorted(rows, key=lambda row: row.enrolment_id))


def newest_version(requirement: Requirement) -> RequirementVersion | None:
    return requirement.versions.order_by("-number").first()


# --- who is assigned -----------------------------------------------------------------------------------------------
def assign_audience(*, requirement: Requirement, at: datetime | None = None) -> int:
    """Assign everybody in the audience who is not assigned yet, from the day on that the rule applies. Repeating it
    changes nothing. Raises courses.NotPublished."""
    at = at or timezone.now()
    if not requirement.is_active:
        return 0
    return sum(
        len(_assign(requirement, _begun(requirement, batch, at), at)) for batch in batches(newcomers(requirement))
    )


def _begun(requirement: Requirement, people: Sequence[User], at: datetime) -> list[User]:
    """Those on whose calendar the rule applies already."""
    return [person for person in people if requirement.starts_on <= local_day(at, person.time_zone)]


def assign(*, requirement: Requirement, person: User, at: datetime | None = None) -> Assignment:
    """One person, whoever they are. A second call gives the same assignment."""
    _assign(requirement, [person], at or timezone.now())
    return Assignment.objects.current().get(requirement=requirement, person=person)


@transaction.atomic
def _assign(requirement: Requirement, people: Sequence[User], at: datetime) -> list[Assignment]:
    rule = locked(requirement)
    current = rule.assignments.filter(person__in=people, replaced_at=None).select_related("enrolment")
    present = {row.person_id: row for row in current}
    returned = [row for row in present.values() if row.released_at]
    new = [person for person in people if person.pk not in present]
    zones = {person.pk: person.time_zone for person in new}
    enrolments = courses.enrol_many(
        people=new,
        course_key=rule.course_key,
        fits=lambda row: row.completed_at is None or _prior_counts(rule, row, zones[row.person_id], at),
        valid_months=rule.valid_months,
        at=at,
    )
    version = newest_version(rule)
    made = _create(_first(rule, version, person, enrolments[person.pk], at) for person in new)
    _tell(made, Happening.ASSIGNED, JOINED, at)
    return made + _take_back(rule, returned, at)


def _prior_counts(rule: Requirement, row: Enrolment, zone: str, at: datetime) -> bool:
    assert row.completed_at
    return due.prior_counts(rule.plan, local_day(row.completed_at, zone), row.valid_until, local_day(at, zone))


def _first(
    rule: Requirement, version: RequirementVersion | None, person: User, enrolment: Enrolment, at: datetime
) -> Assignment:
    today = local_day(at, person.time_zone)
    first = due.first_due(rule.plan, today)
    row = Assignment(
        requirement=rule,
        version=version,
        person=person,
        cycle=1,
        enrolment=enrolment,
        reasons=rule.reasons,
        assigned_at=at,
        joined_on=today,
        series_on=first,
        base_due_on=first,
        clock_from=today,
        time_zone=person.time_zone,
        grace_days=rule.grace_days,
    )
    if enrolment.completed_at and enrolment.valid_until is None:
        # It was finished when nobody asked how long it holds: from now on this rule does.
        row.good_until_other = row.next_due(local_day(enrolment.completed_at, person.time_zone))
    return due_again(row, first)


def due_again(row: Assignment, day: date) -> Assignment:
    row.due_on, row.due_at = day, due.due_at(day, row.time_zone, row.grace_days)
    return row


def _take_back(rule: Requirement, rows: list[Assignment], at: datetime) -> list[Assignment]:
    """Somebody is in the audience again: the same cycle. What is still to be done is due no sooner than for a newcomer;
    what was done keeps the date by which it was asked for."""
    for row in rows:
        row.released_at = None
        row.joined_on = local_day(at, row.time_zone)
        if row.enrolment.completed_at or row.equivalent_on:
            continue
        row.clock_from = row.joined_on
        least = due.first_due(rule.plan, row.joined_on)
        row.base_due_on = max(row.base_due_on or row.due_on or least, least)
        due_again(row, row.base_due_on)
    fields = ["released_at", "joined_on", "clock_from", "base_due_on", "due_on", "due_at"]
    Assignment.objects.bulk_update(rows, fields, batch_size=BATCH)
    _tell(rows, Happening.RETURNED, RETURNED, at)
    return rows


def _tell(rows: Sequence[Assignment], what: Happening, reason: str, at: datetime, *, by: User | None = None) -> None:
    AssignmentEvent.objects.bulk_create(
        AssignmentEvent(assignment=row, what=what, reason=reason, due_on=row.due_on, by=by, at=at) for row in rows
    )


# --- who is released -----------------------------------------------------------------------------------------------
def release_departed(*, requirement: Requirement, at: datetime | None = None) -> int:
    """Whoever left the audience, or the organisation, need not do it any more. What they did stays."""
    at = at or timezone.now()
    return sum(_release(requirement, batch, at) for batch in batches(departed(requirement).select_related("person")))


@transaction.atomic
def _release(requirement: Requirement, batch: list[Assignment], at: datetime) -> int:
    rule = locked(requirement)
    hold_enrolments(row.pk for row in batch)
    held = departed(rule).select_for_update(of=("self",), no_key=True)  # in the order in which leaves take them
    rows = list(held.filter(pk__in=[row.pk for row in batch]).select_related("person").order_by("pk"))
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(released_at=at)
    for reason in (SET_ASIDE, CLOSED, LEFT):
        _tell([row for row in rows if _why(rule, row) == reason], Happening.RELEASED, reason, at)
    return len(rows)


def _why(rule: Requirement, row: Assignment) -> str:
    if not rule.is_active:
        return SET_ASIDE
    return LEFT if row.person.is_active else CLOSED


# --- cycles --------------------------------------------------------------------------------------------------------
def open_cycles(*, requirement: Requirement, at: datetime | None = None) -> int:
    """The next cycle of everybody whose renewal window is open, or for whom a change of the course opened one, beside
    the one that is done."""
    at = at or timezone.now()
    if not requirement.is_active:
        return 0
    changed = sum(_follow(requirement, batch, at) for batch in batches(reopened(requirement)))
    rows = renewals(requirement, timezone.localdate(at) + DAY)
    return changed + sum(_renew(requirement, batch, at) for batch in batches(rows))


@transaction.atomic
def _follow(requirement: Requirement, batch: list[Assignment], at: datetime) -> int:
    rule = locked(requirement)
    hold_enrolments(row.pk for row in batch)
    rows = list(reopened(rule).filter(pk__in=[row.pk for row in batch]).select_related("person"))
    opened = Enrolment.objects.filter(
        person__in=[row.person_id for row in rows], course_key=rule.course_key, opened_by__isnull=False
    )
    newest = {row.person_id: row for row in opened.select_related("opened_by").order_by("cycle")}
    version = newest_version(rule)
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(replaced_at=at)
    made = _create(_until_named(_next(rule, version, row, newest[row.person_id], at)) for row in rows)
    _tell(made, Happening.CYCLE, CHANGED, at)
    return len(made)


def _until_named(row: Assignment) -> Assignment:
    """Due on the very day that was said when the change was published; without one, as for a newcomer."""
    assert row.enrolment.opened_by
    assert row.clock_from
    named = row.enrolment.opened_by.redo_by
    row.base_due_on = named or due.due_on(row.clock_from, row.requirement.due_days)
    row.grace_days = 0 if named else row.grace_days
    return due_again(row, row.base_due_on)


@transaction.atomic
def _renew(requirement: Requirement, batch: list[Assignment], at: datetime) -> int:
    rule = locked(requirement)
    hold_enrolments(row.pk for row in batch)
    found = renewals(rule, timezone.localdate(at) + DAY).filter(pk__in=[row.pk for row in batch])
    rows = [row for row in found.select_related("person", "enrolment") if is_open(rule, row, at)]
    done = {row.person_id: row.enrolment_id for row in rows}
    enrolments = courses.enrol_many(
        people=[row.person for row in rows],
        course_key=rule.course_key,
        # Begun for another rule since then: one course, done once.
        fits=lambda row: row.completed_at is None and row.pk != done[row.person_id],
        valid_months=rule.valid_months,
        at=at,
    )
    version = newest_version(rule)
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(replaced_at=at)
    made = _create(_next(rule, version, row, enrolments[row.person_id], at) for row in rows)
    _tell(made, Happening.CYCLE, CYCLE, at)
    return len(made)


def is_open(rule: Requirement, row: Assignment, at: datetime) -> bool:
    """Whether the window before the end of this cycle is open on its person's own calendar."""
    settled = row.settled_on() or row.due_on or row.cycle_joined_on
    return due.opens_on(rule.plan, row.good_until, settled) <= local_day(at, row.person.time_zone)


def _next(
    rule: Requirement, version: RequirementVersion | None, before: Assignment, enrolment: Enrolment, at: datetime
) -> Assignment:
    zone = before.person.time_zone
    joined = before.cycle_joined_on
    # Who came back late has at least the days of a newcomer.
    least = due.due_on(joined, rule.due_days)
    day = max(before.good_until or least, least)
    row = Assignment(
        requirement=rule,
        version=version,
        person=before.person,
        cycle=before.cycle + 1,
        enrolment=enrolment,
        reasons=rule.reasons,
        assigned_at=at,
        joined_on=joined,
        series_on=before.series_on or before.due_on,
        base_due_on=day,
        clock_from=local_day(at, zone),
        time_zone=zone,
        grace_days=rule.grace_days,
    )
    return due_again(row, day)


# --- what time does ------------------------------------------------------------------------------------------------
def move_for_leaves(*, person: User | None = None, withdrawn: Leave | None = None, at: datetime | None = None) -> int:
    """The clock stands still for who is away, for everybody or for this one. Worked out from what does not move, so
    that asking again moves nothing, and a leave that ends early or is withdrawn gives its days back.
    withdrawn: because of which somebody asks."""
    at = at or timezone.now()
    of_waived = _move_waived(withdrawn, at) if withdrawn else 0
    moved = Assignment.objects.unsettled().filter(Q(person__leaves__isnull=False) | ~Q(due_on=F("base_due_on")))
    if person:
        moved = moved.filter(person=person)
    moved = moved.filter(base_due_on__isnull=False).distinct()
    return of_waived + sum(_move(batch, withdrawn, at) for batch in batches(moved))


@transaction.atomic
def _move(batch: list[Assignment], withdrawn: Leave | None, at: datetime) -> int:
    hold_enrolments(row.pk for row in batch)
    held = Assignment.objects.select_for_update(no_key=True)
    rows = list(held.filter(pk__in=[row.pk for row in batch]).order_by("pk"))
    leaves = _leaves_of(rows)
    changed = []
    for row in rows:
        day = row.due_with(leaves[row.person_id], local_day(at, row.time_zone))
        if day != row.due_on:
            changed.append(due_again(row, day))
    Assignment.objects.bulk_update(changed, ["due_on", "due_at"], batch_size=BATCH)
    if withdrawn:
        _tell(changed, Happening.RESUMED, withdrawn.withdrawn_because, at, by=withdrawn.withdrawn_by)
    else:
        _tell(changed, Happening.PAUSED, ON_LEAVE, at)
    return len(changed)


@transaction.atomic
def _move_waived(leave: Leave, at: datetime) -> int:
    """What was waived for a whole cycle is due on no day; but its date is what the next cycle is counted from."""
    keys = [row.pk for row, _day in leave.waived()]
    hold_enrolments(keys)
    list(Assignment.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))
    changed = []
    for row, day in leave.waived():
        row.good_until_other = row.next_due(day)
        changed.append(due_again(row, day))
    Assignment.objects.bulk_update(changed, ["due_on", "due_at", "good_until_other"], batch_size=BATCH)
    _tell(changed, Happening.RESUMED, leave.withdrawn_because, at, by=leave.withdrawn_by)
    return len(changed)


def _leaves_of(rows: Sequence[Assignment]) -> dict[int, list[Leave]]:
    """{person: leaves that count}"""
    found: dict[int, list[Leave]] = {row.person_id: [] for row in rows}
    for leave in Leave.objects.in_force().filter(person__in=found):
        found[leave.person_id].append(leave)
    return found


def end_waivers(*, at: datetime | None = None) -> int:
    """A waiver had a last day, and it has passed: what is still to be done is due again, no sooner than for others."""
    at = at or timezone.now()
    ended = Assignment.objects.current().filter(waived_at__isnull=False, waived_until__lt=timezone.localdate(at) + DAY)
    return sum(_end_waivers(batch, at) for batch in batches(ended))


@transaction.atomic
def _end_waivers(batch: list[Assignment], at: datetime) -> int:
    rows = Assignment.objects.select_for_update(of=("self",), no_key=True).select_related("requirement")
    changed = []
    leaves = _leaves_of(batch)
    for row in rows.filter(pk__in=[row.pk for row in batch], waived_until__isnull=False).order_by("pk"):
        today = local_day(at, row.time_zone)
        assert row.waived_until
        if row.waived_until >= today:
            continue
        row.waived_at = row.waived_until = None
        least = due.due_on(today, row.requirement.due_days)
        holds = row.due_with(leaves[row.person_id], today) if row.base_due_on else row.due_on or today
        if holds < least or not row.base_due_on:
            row.clock_from, row.base_due_on = today, max(holds, least)
        changed.append(due_again(row, max(holds, least)))
    fields = ["waived_at", "waived_until", "clock_from", "base_due_on", "due_on", "due_at"]
    Assignment.objects.bulk_update(changed, fields, batch_size=BATCH)
    _tell(changed, Happening.WAIVER_ENDED, WAIVER_ENDED, at)
    return len(changed)
