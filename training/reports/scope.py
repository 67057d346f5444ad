"""Whom and what a list is about: the people a manager may see, narrowed by what was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Case, CharField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import OrderBy
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from courses.models import Enrolment
from people.models import User
from people.rules import alphabet
from training.models import Assignment, AssignmentQuerySet, RequirementVersion
from training.rules.selection import AHEAD, Selection
from training.rules.status import Status
from training.titles import titles

# What Scope.course_of needs. The wording of the rule says which course it is, so that a file of a hundred thousand
# lines asks no enrolment.
COURSE = {
    "wording": F("version"),
    "course_of_old": Case(
        When(version=None, then=Subquery(Enrolment.objects.filter(pk=OuterRef("enrolment")).values("course_key")))
    ),
}


@dataclass(frozen=True)
class Scope:
    """people and assignments are queries, not rows. courses: {key: title} of everything assigned below the manager,
    sorted by title. asked_by: {wording of a rule: key of the course that it asks for}."""

    people: QuerySet[User]
    assignments: AssignmentQuerySet
    courses: dict[str, str]
    asked_by: dict[int, str]
    team: str  # the name of the one team asked for; "" where nobody is below who works there
    today: date

    @property
    def has_training(self) -> bool:
        return bool(self.courses)

    def course_of(self, fields: Mapping) -> str:
        """Key of the course of a row, read with COURSE."""
        return self.asked_by.get(fields["wording"]) or str(fields["course_of_old"])


def scope_of(*, manager: User, selection: Selection, now: datetime, today: date, language: str) -> Scope:
    below = User.objects.reporting_to(manager) if selection.only_direct else User.objects.managed_by(manager)
    everybody = below.filter(is_active=True)
    keys = _course_keys(Assignment.objects.current().of(everybody))
    named = titles({key for _wording, key in keys}, language)
    people = everybody.named(selection.name)
    team = ""
    if selection.team:
        people = people.filter(team__key=selection.team)
        team = people.values_list("team__name", flat=True).first() or ""
    assignments = Assignment.objects.current().of(people).with_status(now, today)
    if selection.course:
        assignments = assignments.filter(enrolment__course_key=selection.course)
    if selection.ahead:
        assignments = assignments.filter(ahead_q(selection.ahead, today))
    courses = dict(sorted(named.items(), key=lambda item: alphabet.key(item[1])))
    asked_by = {wording: key for wording, key in keys if wording}
    return Scope(people, assignments, courses, asked_by, team, today)


def _course_keys(assigned: AssignmentQuerySet) -> list[tuple[int | None, str]]:
    """(wording of a rule, the course it asks for), wording by wording, which are few: the first of a hundred thousand
    trainings answers it. Trainings from before wordings were kept are looked at themselves: (None, their course)."""
    by_rule = RequirementVersion.objects.filter(Exists(assigned.filter(version=OuterRef("pk")))).order_by()
    others = assigned.filter(version=None).order_by()
    found = by_rule.values_list("pk", KeyTextTransform("course_key", "content")).union(
        others.values_list("version", Cast("enrolment__course_key", CharField()))
    )
    return [(wording, str(UUID(key))) for wording, key in found]


def ahead_q(ahead: str, today: date) -> Q:
    """For rows with their status: still to be done and falling due, or done and running out, within so many days. Due
    is what the list shows: a change of the course may ask for something sooner than the rule."""
    what, days = AHEAD[ahead]
    last = today + timedelta(days=days)
    due, expires = (Status.NOT_STARTED, Status.IN_PROGRESS), (Status.FINISHED, Status.EXPIRES_SOON)
    return Q(status__in=[str(status) for status in (due if what == "due" else expires)], ends_on__lte=last)


def turned_round(order: OrderBy) -> OrderBy:
    """Descending, and what is missing is still last."""
    return OrderBy(order.expression, descending=True, nulls_last=order.nulls_last)


def course_order(courses: dict[str, str], field: str) -> Case:
    """By title, which is in no table of the assignment: by the place of its key among the sorted titles."""
    places = [When(**{field: UUID(key)}, then=Value(place)) for place, key in enumerate(courses)]
    return Case(*places, default=Value(len(courses)), output_field=IntegerField())
