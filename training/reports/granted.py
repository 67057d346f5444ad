"""What a person was granted, as they read it themselves."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from training.models import Assignment, AssignmentEvent, Equivalence, Happening, Leave

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


def granted(assignments: Collection[Assignment], named: Mapping[int, str], today: date) -> list[Granted]:
    """assignments: of one person, what is still open; named: {enrolment: title}. Three small queries: as columns of the
    assignments themselves the same took longer than all the rest of the page."""
    if not assignments:
        return []
    found = [granted for row in _given(assignments) for granted in _of(*row, named)]
    return [*_leave(next(iter(assignments)).person_id, today), *found]


def _leave(person_id: int, today: date) -> Iterator[Granted]:
    """One that is on, or the next that comes."""
    here = Leave.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), person=person_id).order_by("starts_on")
    for starts_on, ends_on in here.values_list("starts_on", "ends_on")[:1]:
        yield Granted(LEAVE, until=ends_on, starts_on=starts_on)


def _given(assignments: Collection[Assignment]) -> Iterator[tuple[Assignment, tuple | None, tuple | None]]:
    """Each with (what, reason) of what was granted last, and (key, title, when it was decided) of the last proof."""
    events = AssignmentEvent.objects.filter(assignment__in=assignments, what__in=GIVEN).order_by("pk")
    offers = Equivalence.objects.filter(assignment__in=assignments).order_by("pk")
    event = {pk: tuple(rest) for pk, *rest in events.values_list("assignment", "what", "reason")}
    offer = {pk: tuple(rest) for pk, *rest in offers.values_list("assignment", "key", "title", "decided_at")}
    for row in assignments:
        yield row, event.get(row.pk), offer.get(row.pk)


def _of(row: Assignment, event: tuple | None, offer: tuple | None, named: Mapping[int, str]) -> Iterator[Granted]:
    course = named.get(row.enrolment_id, "")
    proof, title, decided_at = offer or (None, "", None)
    said, reason = event or ("", "")
    if said and _holds(row, said):
        what = GIVEN[Happening(said)]
        until = {EXTENDED: row.due_on, WAIVED: row.waived_until, EQUIVALENT: row.good_until_other}[what]
        yield Granted(what, course, until, reason=reason, proof=proof if what == EQUIVALENT else None)
    if offer and not decided_at:
        yield Granted(WAITING, course, reason=title, proof=proof)


def _holds(row: Assignment, said: str) -> bool:
    if said == Happening.WAIVED:
        return row.waived_at is not None
    if said == Happening.EQUIVALENT:
        return row.equivalent_on is not None
    return row.waived_at is None and row.equivalent_on is None
