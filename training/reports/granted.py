"""What a person was granted, as they read it themselves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject

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
        event=_first(events, "what", "reason"),
        offer=_first(offers, "key", "title", "decided_at"),
        leave=_first(leaves, "starts_on", "ends_on"),
    )


def _first(rows: QuerySet, *names: str) -> Subquery:
    """These columns of the first row, as a dictionary, None where there is no row: one question, not one a column."""
    return Subquery(rows.values(found=JSONObject(**{name: name for name in names}))[:1])


def granted(assignments: Iterable[Assignment], named: Mapping[int, str]) -> list[Granted]:
    """assignments: what is still open, from with_grants; named: {enrolment: title}."""
    leave: Granted | None = None
    found: list[Granted] = []
    for row in assignments:
        if on_leave := row.leave:  # type: ignore[attr-defined]  # this and what follows from with_grants
            leave = Granted(LEAVE, until=_day(on_leave["ends_on"]), starts_on=_day(on_leave["starts_on"]))
        found.extend(_of(row, named.get(row.enrolment_id, "")))
    return [leave, *found] if leave else found


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _of(row: Assignment, course: str) -> Iterator[Granted]:
    event, offer = row.event, row.offer  # type: ignore[attr-defined]
    proof = UUID(offer["key"]) if offer else None
    if event and _holds(row, event["what"]):
        what = GIVEN[Happening(event["what"])]
        until = {EXTENDED: row.due_on, WAIVED: row.waived_until, EQUIVALENT: row.good_until_other}[what]
        yield Granted(what, course, until, reason=event["reason"], proof=proof if what == EQUIVALENT else None)
    if offer and not offer["decided_at"]:
        yield Granted(WAITING, course, reason=offer["title"], proof=proof)


def _holds(row: Assignment, said: str) -> bool:
    if said == Happening.WAIVED:
        return row.waived_at is not None
    if said == Happening.EQUIVALENT:
        return row.equivalent_on is not None
    return row.waived_at is None and row.equivalent_on is None
