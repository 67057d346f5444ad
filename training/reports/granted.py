"""What a person was granted, as they read it themselves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from training.models import Assignment, AssignmentEvent, AssignmentQuerySet, Equivalence, Happening, Leave

EXTENDED, WAIVED, EQUIVALENT, WAITING, LEAVE = "extended", "waived", "equivalent", "waiting", "leave"
GIVEN = {Happening.EXTENDED: EXTENDED, Happening.WAIVED: WAIVED, Happening.EQUIVALENT: EQUIVALENT}


@dataclass(frozen=True)
class Granted:
    """One line. until: the last day of it; None where it has no end, or ends with the cycle."""

    what: str
    course: str = ""
    until: date | None = None
    starts_on: date | None = None
    reason: str = ""
    proof: UUID | None = None  # the paper that was handed in


def with_grants(assignments: AssignmentQuerySet, today: date) -> AssignmentQuerySet:
    """Along with the rows, in the same query: what was last granted, a proof, a leave that is on or comes."""
    events = AssignmentEvent.objects.filter(assignment=OuterRef("pk"), what__in=GIVEN).order_by("-pk")
    offers = Equivalence.objects.filter(assignment=OuterRef("pk")).order_by("-pk")
    here = Q(ends_on=None) | Q(ends_on__gte=today)
    leaves = Leave.objects.filter(here, person=OuterRef("person")).order_by("starts_on")
    return assignments.annotate(
        granted_what=Subquery(events.values("what")[:1]),
        granted_reason=Subquery(events.values("reason")[:1]),
        offer_key=Subquery(offers.values("key")[:1]),
        offer_title=Subquery(offers.values("title")[:1]),
        offer_decided_at=Subquery(offers.values("decided_at")[:1]),
        leave_starts_on=Subquery(leaves.values("starts_on")[:1]),
        leave_ends_on=Subquery(leaves.values("ends_on")[:1]),
    )


def granted(assignments: Iterable[Assignment], named: Mapping[int, str]) -> list[Granted]:
    """assignments: what is still open, from with_grants; named: {enrolment: title}."""
    leave: Granted | None = None
    found: list[Granted] = []
    for row in assignments:
        if row.leave_starts_on:  # type: ignore[attr-defined]  # this and what follows from with_grants
            leave = Granted(LEAVE, until=row.leave_ends_on, starts_on=row.leave_starts_on)  # type: ignore[attr-defined]
        found.extend(_of(row, named.get(row.enrolment_id, "")))
    return [leave, *found] if leave else found


def _of(row: Assignment, course: str) -> Iterator[Granted]:
    said, reason = row.granted_what, row.granted_reason  # type: ignore[attr-defined]
    offer, decided = row.offer_key, row.offer_decided_at  # type: ignore[attr-defined]
    if said and _holds(row, said):
        what = GIVEN[Happening(said)]
        until = {EXTENDED: row.due_on, WAIVED: row.waived_until, EQUIVALENT: row.good_until_other}[what]
        yield Granted(what, course, until, reason=reason, proof=offer if what == EQUIVALENT else None)
    if offer and not decided:
        yield Granted(WAITING, course, reason=row.offer_title, proof=offer)  # type: ignore[attr-defined]


def _holds(row: Assignment, said: str) -> bool:
    if said == Happening.WAIVED:
        return row.waived_at is not None
    if said == Happening.EQUIVALENT:
        return row.equivalent_on is not None
    return row.waived_at is None and row.equivalent_on is None
