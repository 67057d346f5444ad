"""What a person was granted, as they read it themselves."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from operator import itemgetter
from uuid import UUID

from django.db.models import Case, CharField, DateField, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from training.models import Assignment, AssignmentEvent, Equivalence, Happening, Leave

EXTENDED, WAIVED, EQUIVALENT, WAITING, LEAVE = "extended", "waived", "equivalent", "waiting", "leave"
DECIDED, WITHDRAWN = "decided", "withdrawn"
NEWS_FOR = timedelta(days=30)  # what was taken back is shown for so long
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


def granted(assignments: Collection[Assignment], named: Mapping[int, str], today: date) -> list[Granted]:
    """assignments: of one person, what is still open; named: {enrolment: title}. One query of three small ones: as
    columns of the assignments themselves the same took a quarter of the page's time."""
    if not assignments:
        return []
    leaves: list[Granted] = []
    taken_back: list[Granted] = []
    events: dict[int, tuple[str, str]] = {}
    offers: dict[int, Granted] = {}
    rows = sorted(_rows(assignments, today), key=itemgetter(1))  # the last one counts
    for what, _pk, assignment, reason, proof, starts_on, ends_on in rows:
        if what == LEAVE:
            leaves.append(Granted(LEAVE, until=ends_on, starts_on=starts_on))
        elif what == WITHDRAWN:
            taken_back.append(Granted(WITHDRAWN, until=ends_on, starts_on=starts_on, reason=reason))
        elif what in (WAITING, DECIDED):
            offers[assignment] = Granted(what, reason=reason, proof=UUID(proof))
        else:
            events[assignment] = what, reason
    first = sorted(leaves, key=lambda leave: leave.starts_on or today)[:1]
    lines = [line for row in assignments for line in _of(row, events, offers, named.get(row.enrolment_id, ""))]
    return [*first, *taken_back, *lines]


def _rows(assignments: Collection[Assignment], today: date) -> QuerySet:
    """Rows of (what, pk, assignment, reason, proof, first day, last day): what was granted, proofs that were handed in,
    and leaves that are on or come, or were withdrawn lately."""
    events, offers, leaves = _of_everybody()
    here = Q(withdrawn_at=None) & (Q(ends_on=None) | Q(ends_on__gte=today))
    here |= Q(withdrawn_at__gte=datetime.combine(today - NEWS_FOR, time.min, UTC))
    return events.filter(assignment__in=assignments).union(
        offers.filter(assignment__in=assignments),
        leaves.filter(here, person=next(iter(assignments)).person_id),
        all=True,
    )


@cache
def _of_everybody() -> tuple[QuerySet, QuerySet, QuerySet]:
    """Not asked yet: making the columns takes longer than asking for the rows of one person."""
    no_day, no_number = Cast(Value(None), DateField()), Value(0)  # PostgreSQL takes a bare NULL for a text
    decided = Case(When(decided_at=None, then=Value(WAITING)), default=Value(DECIDED))
    events = AssignmentEvent.objects.filter(what__in=GIVEN).order_by()
    offers = Equivalence.objects.order_by()
    what = Case(When(withdrawn_at=None, then=Value(LEAVE)), default=Value(WITHDRAWN))
    leaves = Leave.objects.order_by()
    return (
        events.values_list("what", "pk", "assignment_id", "reason", Value(""), no_day, no_day),
        offers.values_list(decided, "pk", "assignment_id", "title", Cast("key", CharField()), no_day, no_day),
        leaves.values_list(what, "pk", no_number, "withdrawn_because", Value(""), "starts_on", "ends_on"),
    )


def _of(
    row: Assignment, events: Mapping[int, tuple[str, str]], offers: Mapping[int, Granted], course: str
) -> Iterator[Granted]:
    said, reason = events.get(row.pk, ("", ""))
    offer = offers.get(row.pk)
    if said and _holds(row, said):
        what = GIVEN[Happening(said)]
        until = {EXTENDED: row.due_on, WAIVED: row.waived_until, EQUIVALENT: row.good_until_other}[what]
        proof = offer.proof if offer and what == EQUIVALENT else None
        yield Granted(what, course, until, reason=reason, proof=proof)
    if offer and offer.what == WAITING:
        yield replace(offer, course=course)


def _holds(row: Assignment, said: str) -> bool:
    if said == Happening.WAIVED:
        return row.waived_at is not None
    if said == Happening.EQUIVALENT:
        return row.equivalent_on is not None
    return row.waived_at is None and row.equivalent_on is None
