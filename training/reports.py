"""The manager's screens, in a number of queries that does not grow with the team."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from courses.models import Publication
from courses.reports import in_language
from people.models import User
from training.models import Assignment
from training.rules.status import NEEDS_ATTENTION, Status

ORDER = [
    Status.OVERDUE,
    Status.EXPIRED,
    Status.EXPIRES_SOON,
    Status.NOT_STARTED,
    Status.IN_PROGRESS,
    Status.FINISHED,
    Status.WAIVED,
]


@dataclass(frozen=True)
class TeamRow:
    person: str
    initials: str
    team: str
    course: str
    status: str
    due_on: date | None
    completed_on: date | None
    valid_until: date | None


@dataclass(frozen=True)
class TeamOverview:
    rows: list[TeamRow]
    people: int
    overdue: int
    up_to_date: int


def team_overview(*, manager: User, now: datetime, today: date, language: str) -> TeamOverview:
    found = list(
        Assignment.objects.managed_by(manager)
        .with_status(now, today)
        .select_related("person__team", "enrolment")
        .order_by("person__last_name", "person__first_name", "pk")
    )
    titles = _titles({row.enrolment.course_key for row in found}, language)
    rows = sorted((_row(assignment, titles) for assignment in found), key=lambda row: ORDER.index(Status(row.status)))
    behind = {row.person_id for row in found if row.status in NEEDS_ATTENTION}
    people = User.objects.managed_by(manager).filter(is_active=True).count()
    counts = Counter(row.status for row in found)
    return TeamOverview(rows=rows, people=people, overdue=counts[Status.OVERDUE], up_to_date=people - len(behind))


def _titles(course_keys: set, language: str) -> dict[str, str]:
    found: dict[str, dict] = {}
    for row in Publication.objects.newest(course_keys):
        found.setdefault(str(row.step_key), {})[row.language] = row.version
    return {key: in_language(versions, language).title for key, versions in found.items()}


def _row(assignment: Assignment, titles: dict[str, str]) -> TeamRow:
    enrolment, person = assignment.enrolment, assignment.person
    return TeamRow(
        person=person.name,
        initials=person.initials,
        team=person.team.name if person.team else "",
        course=titles.get(str(enrolment.course_key), ""),
        status=assignment.status,
        due_on=assignment.due_on,
        completed_on=enrolment.completed_at.date() if enrolment.completed_at else None,
        valid_until=enrolment.valid_until,
    )
