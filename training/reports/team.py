"""Who needs me today: the counts, the bar, and the list that each of them leads to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.db.models.expressions import OrderBy

from people.models import User, alphabetical, name_order
from training import words
from training.models import AssignmentQuerySet, shown_as
from training.models.assignments import ENDS_ON, GOOD_UNTIL
from training.reminding import reminded_on
from training.reports.links import Column, Link, Links
from training.reports.scope import COURSE, Scope, course_order, scope_of, turned_round
from training.rules import bar
from training.rules.selection import ATTENTION, SHOWN, TRAININGS, Page, Selection, page_of
from training.rules.status import Status, grace_until

OPEN = (Status.OVERDUE, Status.NOT_STARTED, Status.IN_PROGRESS)
TILES = ("overdue", "due_soon", "expires_soon", "expired")
BAR = ("settled", "in_progress", "not_started", "late")
COLUMNS = {
    "person": "person",
    "team": "team",
    "course": "course",
    "due": "due",
    "status": "urgency",
    "finished": "",
    "valid_until": "valid_until",
}
FIELDS = (
    "person__key",
    "person__first_name",
    "person__last_name",
    "person__email",
    "person__time_zone",
    "person__team__name",
    "enrolment_completed_at",
    "good_until",
    "first_due_on",
    "grace_days",
    "status",
    "is_due_soon",
)
ON_SCREEN = (*FIELDS, "enrolment__key", "reminded_on")


@dataclass(frozen=True)
class TeamRow:
    """One training of one person: status, dates and nothing else. due_on: until when it is assigned, or until when a
    change of the course asks for something, whichever is first. grace_until: the last day on which it is not overdue
    yet, once due_on has passed. valid_until: of the certificate, or of what stands in its place. On the screen alone:
    enrolment_key, and reminded_on where it is open."""

    person_key: UUID
    person: str
    team: str
    course: str
    due_on: date | None
    grace_until: date | None
    status: str
    is_due_soon: bool
    completed_on: date | None
    valid_until: date | None
    enrolment_key: UUID | None = None
    reminded_on: date | None = None

    @property
    def is_open(self) -> bool:
        """There is something to remind of."""
        return self.status in OPEN


@dataclass(frozen=True)
class TeamOverview:
    """people: how many are looked at; behind: how many of them are on the list of who needs attention.
    next_day is the next day on which somebody falls due or a certificate runs out."""

    selection: Selection
    links: Links
    page: Page
    rows: list[TeamRow]
    columns: list[Column]
    tiles: list[Link]
    bar: list[tuple[Link, bar.Segment]]
    people: int
    behind: int
    total: int
    has_training: bool
    next_day: date | None

    @property
    def open_people(self) -> list[UUID]:
        """Whom a reminder could go to, each once, in the order of the list."""
        return list(dict.fromkeys(row.person_key for row in self.rows if row.is_open))

    @property
    def remind_all(self) -> str:
        """The address of the page that asks before it reminds them all."""
        return "?" + urlencode([("person", key) for key in self.open_people])

    @property
    def is_of_some(self) -> bool:
        """Only some people below the manager are looked at: by their name, or in one team."""
        return bool(self.selection.name or self.selection.team)

    @property
    def is_all_fine(self) -> bool:
        """Nobody is left out by a filter, and nobody needs attention."""
        asked = self.selection
        narrowed = asked.course or asked.ahead or self.is_of_some
        return asked.show == ATTENTION and not (narrowed or self.behind)

    @property
    def shown(self) -> str:
        return str(words.SHOWN[self.selection.show])


def team_overview(*, manager: User, selection: Selection, now: datetime, today: date, language: str) -> TeamOverview:
    scope = scope_of(manager=manager, selection=selection, now=now, today=today, language=language)
    counts = _counts(scope.assignments)
    page = page_of(counts[selection.show], selection)
    found = _ordered(scope, selection, language).annotate(reminded_on=reminded_on()).values(*ON_SCREEN, **COURSE)
    links = Links(selection, TRAININGS, page, scope.courses, scope.team)
    segments = bar.segments({show: counts[show] for show in BAR})
    return TeamOverview(
        selection=selection,
        links=links,
        page=page,
        rows=list(_rows(found[page.start : page.end], scope)),
        columns=links.columns(COLUMNS),
        tiles=links.shows({show: counts[show] for show in TILES}),
        bar=list(zip(links.shows({show: counts[show] for show in BAR}), segments, strict=True)),
        people=scope.people.count(),
        behind=counts["behind"],
        total=counts["all"],
        has_training=scope.has_training,
        next_day=counts["next_day"],
    )


def all_rows(*, scope: Scope, selection: Selection, language: str) -> Iterator[TeamRow]:
    """Every page of the list, in one query, a few rows in memory at a time."""
    found = _ordered(scope, selection, language).values(*FIELDS, **COURSE)
    yield from _rows(found.iterator(chunk_size=2000), scope)


def _counts(assignments: AssignmentQuerySet) -> dict:
    """How many rows each filter leads to, counted by the database. In two steps, so that the status of a row is worked
    out once, not once a filter; and the many of which little is to be said apart."""
    grouped = assignments.near().order_by().values("person", "status", "is_due_soon")
    groups = grouped.annotate(rows=Count("pk"), first=Min(ENDS_ON))
    counts = groups.aggregate(
        **{show: Sum("rows", filter=shown_as(show), default=0) for show in SHOWN},
        behind=Count("person", filter=shown_as(ATTENTION), distinct=True),
        next_day=Min("first", filter=Q(status__in=[Status.NOT_STARTED.value, Status.IN_PROGRESS.value])),
    )
    far = assignments.count_far()
    for show, shown in SHOWN.items():
        counts[show] += sum(far.get(status, 0) for status in shown.statuses)
    return counts | {"next_day": counts["next_day"] or far["first"]}


def _ordered(scope: Scope, selection: Selection, language: str) -> QuerySet:
    found = scope.assignments.showing(selection.show).with_urgency().annotate(good_until=GOOD_UNTIL)
    return found.order_by(*_order(scope, selection, language))


def _order(scope: Scope, selection: Selection, language: str) -> list[OrderBy | str]:
    """What was asked for first, then what is most urgent, then by name; the last word makes it one order only."""
    names = name_order(language, "person__")
    due = F("first_due_on").asc(nulls_last=True)
    first: dict[str, list[OrderBy]] = {
        "urgency": [F("urgency").asc()],
        "person": names,
        "team": [alphabetical("person__team__name", language).asc(nulls_last=True)],
        "course": [course_order(scope.courses, "enrolment__course_key").asc()],
        "due": [due],
        "valid_until": [F("good_until").asc(nulls_last=True)],
    }
    asked = first[selection.sort]
    if selection.is_descending:
        asked = [turned_round(order) for order in asked]
    return [*asked, F("urgency").asc(), due, *names, "pk"]


def _rows(found: Iterable[dict], scope: Scope) -> Iterator[TeamRow]:
    return (_row(fields, scope) for fields in found)


def _row(fields: dict, scope: Scope) -> TeamRow:
    completed_at = fields["enrolment_completed_at"]
    name = f"{fields['person__first_name']} {fields['person__last_name']}".strip()
    return TeamRow(
        person_key=fields["person__key"],
        person=name or fields["person__email"],
        team=fields["person__team__name"] or "",
        course=scope.courses.get(scope.course_of(fields), ""),
        due_on=fields["first_due_on"],
        grace_until=grace_until(Status(fields["status"]), fields["first_due_on"], fields["grace_days"], scope.today),
        status=fields["status"],
        is_due_soon=fields["is_due_soon"],
        completed_on=completed_at.astimezone(ZoneInfo(fields["person__time_zone"])).date() if completed_at else None,
        valid_until=fields["good_until"],
        enrolment_key=fields.get("enrolment__key"),
        reminded_on=fields.get("reminded_on"),
    )
