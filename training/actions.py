"""The only writer of requirements and assignments."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from courses import actions as courses
from people.models import Team, User
from training.models import Assignment, Requirement
from training.rules import audience, due


def audience_of(requirement: Requirement) -> list[User]:
    """Everybody active whom the requirement is for, as teams and roles stand now."""
    keys_by_path = {team.path: str(team.key) for team in Team.objects.all()}
    everybody = User.objects.filter(is_active=True).select_related("team")
    return [person for person in everybody if audience.includes(requirement.audience, _facts(person, keys_by_path))]


def _facts(person: User, keys_by_path: dict[str, str]) -> audience.Person:
    path = person.team.path if person.team else ""
    above = tuple(keys_by_path[path[:end]] for end in range(Team.steplen, len(path) + 1, Team.steplen))
    return audience.Person(key=str(person.key), team=above[-1] if above else "", teams=above, job_role=person.job_role)


@transaction.atomic
def assign_audience(*, requirement: Requirement, at: datetime | None = None) -> list[Assignment]:
    """Assign everybody in the audience who is not yet assigned in this cycle. Repeating it changes nothing."""
    assigned = set(requirement.assignments.values_list("person_id", flat=True))
    people = [person for person in audience_of(requirement) if person.pk not in assigned]
    return [assign(requirement=requirement, person=person, at=at) for person in people]


@transaction.atomic
def assign(*, requirement: Requirement, person: User, at: datetime | None = None) -> Assignment:
    at = at or timezone.now()
    enrolment = courses.enrol(
        person=person, course_key=requirement.course_key, valid_months=requirement.valid_months, at=at
    )
    day = due.due_on(at.astimezone(ZoneInfo(person.time_zone)).date(), requirement.due_days)
    assignment, _created = Assignment.objects.get_or_create(
        requirement=requirement,
        person=person,
        cycle=1,
        defaults={
            "enrolment": enrolment,
            "reasons": requirement.reasons,
            "assigned_at": at,
            "due_on": day,
            "time_zone": person.time_zone,
            "due_at": due.due_at(day, person.time_zone),
        },
    )
    return assignment
