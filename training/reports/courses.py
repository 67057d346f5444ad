"""People by course: who stands where, one row a person, one column a course."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet
from django.utils.functional import Promise

from people.models import User
from training import words
from training.models import Assignment
from training.reports.links import Column, Links
from training.reports.scope import Scope, name_order, scope_of, turned_round
from training.rules.selection import COURSES, EVERYTHING, Page, Selection, page_of, urgency
from training.rules.status import Status


@dataclass(frozen=True)
class Cell:
    """The training of this person in this course that needs somebody first, where there are several."""

    enrolment_key: UUID
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
        rows=[_row(person, shown) for person in people[page.start : page.end]],
    )


def columns(scope: Scope, selection: Selection) -> dict[str, str]:
    return {key: title for key, title in scope.courses.items() if selection.course in ("", key)}


def all_rows(*, scope: Scope, selection: Selection, language: str) -> Iterator[PersonRow]:
    """Every page of the matrix: one query for each 200 people beside the first."""
    shown = columns(scope, selection)
    for person in _people(scope, selection, language).iterator(chunk_size=200):
        yield _row(person, shown)


def _people(scope: Scope, selection: Selection, language: str) -> QuerySet[User]:
    """With their trainings in `shown_trainings`. Who has none of the kind asked for is left out."""
    people = scope.people
    if selection.show != EVERYTHING:
        people = people.filter(Exists(scope.assignments.showing(selection.show).filter(person=OuterRef("pk"))))
    names = name_order("", language)
    team = F("team__name").asc(nulls_last=True)
    asked = [team] if selection.sort == "team" else names
    if selection.is_descending:
        asked = [turned_round(order) for order in asked]
    trainings = scope.assignments.select_related("enrolment")
    return (
        people.select_related("team")
        .prefetch_related(Prefetch("assignments", queryset=trainings, to_attr="shown_trainings"))
        .order_by(*asked, *names, "pk")
    )


def _row(person: User, courses: dict[str, str]) -> PersonRow:
    trainings: list[Assignment] = person.shown_trainings  # type: ignore[attr-defined]  # from _people
    found: dict[str, Assignment] = {}
    for training in sorted(trainings, key=_pressing, reverse=True):  # the most pressing is written last
        found[str(training.enrolment.course_key)] = training
    return PersonRow(
        person_key=person.key,
        person=person.name,
        team=person.team.name if person.team else "",
        cells=[_cell(found[key]) if key in found else None for key in courses],
    )


def _pressing(training: Assignment) -> tuple[int, date, int]:
    return urgency(Status(training.status), training.is_due_soon), training.first_due_on or date.max, training.pk


def _cell(training: Assignment) -> Cell:
    return Cell(
        enrolment_key=training.enrolment.key,
        status=training.status,
        is_due_soon=training.is_due_soon,
        due_on=training.first_due_on,
        valid_until=training.good_until_other or training.enrolment.valid_until,
    )
