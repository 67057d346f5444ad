"""People by course: who stands where, one row a person, one column a course."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise

from people.models import User, alphabetical, name_order
from training import words
from training.models.assignments import GOOD_UNTIL
from training.reports.links import Column, Links
from training.reports.scope import COURSE, Scope, scope_of, turned_round
from training.rules.selection import COURSES, EVERYTHING, Page, Selection, page_of, urgency
from training.rules.status import Status

AT_ONCE = 1000  # people; their trainings are in memory together
PERSON = ("pk", "key", "first_name", "last_name", "email", "team__name")
TRAINING = ("pk", "person", "status", "is_due_soon", "first_due_on", "good_until")
ON_SCREEN = (*TRAINING, "enrolment__key")


@dataclass(frozen=True)
class Cell:
    """The training of this person in this course that needs somebody first, where there are several. enrolment_key: on
    the screen alone."""

    enrolment_key: UUID | None
    status: str
    is_due_soon: bool
    due_on: date | None
    valid_until: date | None


@dataclass(frozen=True)
class PersonRow:
    person_key: UUID
    person: str
    team: str
    cells: list[Cell | None]  # one a course, in their order


@dataclass(frozen=True)
class Matrix:
    """courses: the titles above the columns."""

    selection: Selection
    links: Links
    page: Page
    columns: list[Column]
    courses: list[str]
    rows: list[PersonRow]

    @property
    def shown(self) -> str | Promise:
        """Which trainings somebody has to have to be here; nothing where any will do."""
        return "" if self.selection.show == EVERYTHING else words.SHOWN[self.selection.show]


def matrix(*, manager: User, selection: Selection, now: datetime, today: date, language: str) -> Matrix:
    scope = scope_of(manager=manager, selection=selection, now=now, today=today, language=language)
    people = _people(scope, selection, language)
    page = page_of(people.count(), selection)
    links = Links(selection, COURSES, page, scope.courses, scope.team)
    shown = columns(scope, selection)
    return Matrix(
        selection=selection,
        links=links,
        page=page,
        columns=links.columns({"person": "person", "team": "team"}),
        courses=list(shown.values()),
        rows=list(_rows(scope, list(people[page.start : page.end]), shown, ON_SCREEN)),
    )


def columns(scope: Scope, selection: Selection) -> dict[str, str]:
    return {key: title for key, title in scope.courses.items() if selection.course in ("", key)}


def all_rows(*, scope: Scope, selection: Selection, language: str) -> Iterator[PersonRow]:
    """Every page of the matrix: one query for each so many people beside the first."""
    shown = columns(scope, selection)
    people = _people(scope, selection, language).iterator(chunk_size=AT_ONCE)
    while batch := list(islice(people, AT_ONCE)):
        yield from _rows(scope, batch, shown, TRAINING)


def _people(scope: Scope, selection: Selection, language: str) -> QuerySet:
    """Who has none of the kind asked for is left out."""
    people = scope.people
    if selection.show != EVERYTHING:
        people = people.filter(Exists(scope.assignments.showing(selection.show).filter(person=OuterRef("pk"))))
    names = name_order(language)
    team = alphabetical("team__name", language).asc(nulls_last=True)
    asked = [team] if selection.sort == "team" else names
    if selection.is_descending:
        asked = [turned_round(order) for order in asked]
    return people.order_by(*asked, *names, "pk").values(*PERSON)


def _rows(scope: Scope, people: Sequence[dict], courses: dict[str, str], fields: Sequence[str]) -> Iterator[PersonRow]:
    places = {key: place for place, key in enumerate(courses)}
    found: dict[int, list[dict | None]] = {person["pk"]: [None] * len(places) for person in people}
    trainings = scope.assignments.filter(person__in=found).annotate(good_until=GOOD_UNTIL)
    for training in trainings.values(*fields, **COURSE):
        cells, place = found[training["person"]], places.get(scope.course_of(training))
        if place is not None and _presses_more(training, cells[place]):
            cells[place] = training
    for person in people:
        yield PersonRow(
            person_key=person["key"],
            person=f"{person['first_name']} {person['last_name']}".strip() or person["email"],
            team=person["team__name"] or "",
            cells=[_cell(training) if training else None for training in found[person["pk"]]],
        )


def _presses_more(training: dict, than: dict | None) -> bool:
    return than is None or _pressing(training) < _pressing(than)


def _pressing(training: dict) -> tuple[int, date, int]:
    rank = urgency(Status(training["status"]), training["is_due_soon"])
    return rank, training["first_due_on"] or date.max, training["pk"]


def _cell(training: dict) -> Cell:
    return Cell(
        enrolment_key=training.get("enrolment__key"),
        status=training["status"],
        is_due_soon=training["is_due_soon"],
        due_on=training["first_due_on"],
        valid_until=training["good_until"],
    )
