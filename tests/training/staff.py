"""Many people with every kind of training, made in bulk: for counts, pages and filters."""

import uuid
from datetime import timedelta
from itertools import cycle

from django.db import connection
from django.utils import timezone

from courses.models import CourseVersion, Enrolment
from people.models import Team, User
from training.models import Assignment, Requirement

DAY = timedelta(days=1)
MANY = 100  # rows, from which on PostgreSQL has to know of them

# (days until it is due, begun, finished, days it stays valid, waived)
KINDS = [
    (-3, False, False, None, False),  # overdue
    (-9, True, False, None, False),  # overdue, begun
    (5, False, False, None, False),  # due soon
    (12, True, False, None, False),  # due soon, begun
    (40, False, False, None, False),  # not started
    (40, True, False, None, False),  # in progress
    (-9, True, True, 200, False),  # finished
    (-9, True, True, 10, False),  # expires soon
    (-9, True, True, -2, False),  # expired
    (-9, False, False, None, True),  # waived
    (None, True, True, None, False),  # finished, valid without end
]


def course_of(code: str) -> CourseVersion:
    """A course without pages: enough for whoever only counts."""
    key = uuid.uuid5(uuid.NAMESPACE_URL, code)
    return CourseVersion.objects.get_or_create(
        course_key=key, number=1, defaults={"sha256": key.hex * 2, "content": {"steps": []}}
    )[0]


def people(count: int, team: Team, *, first: int = 0) -> list[User]:
    numbers = range(first, first + count)
    return User.objects.bulk_create(
        User(
            email=f"p{team.pk}-{n}@example.org",
            first_name="Person",
            last_name=f"{n:05}",
            team=team,
            password="!",
        )
        for n in numbers
    )


def train(users: list[User], version: CourseVersion, kinds=KINDS) -> list[Assignment]:
    """Each person one training in this course, of the kinds in turn."""
    rule, _made = Requirement.objects.get_or_create(
        name=str(version.course_key),
        course_key=version.course_key,
        defaults={"audience": {"any": []}, "starts_on": timezone.localdate()},
    )
    pairs = list(zip(users, cycle(kinds), strict=False))
    enrolments = Enrolment.objects.bulk_create(_enrolment(user, version, *kind) for user, kind in pairs)
    made = Assignment.objects.bulk_create(
        _assignment(user, rule, enrolment, *kind) for (user, kind), enrolment in zip(pairs, enrolments, strict=True)
    )
    if len(users) > MANY and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum does: planned blindly, a query over them takes a minute
    return made


def _enrolment(user, version, due, begun, finished, valid, waived) -> Enrolment:
    now, today = timezone.now(), timezone.localdate()
    return Enrolment(
        person=user,
        course_key=version.course_key,
        course_version=version,
        created_at=now - 60 * DAY,
        started_at=now - 30 * DAY if begun else None,
        completed_at=now - 20 * DAY if finished else None,
        valid_until=today + valid * DAY if valid is not None else None,
    )


def _assignment(user, rule, enrolment, due, begun, finished, valid, waived) -> Assignment:
    now, today = timezone.now(), timezone.localdate()
    return Assignment(
        requirement=rule,
        person=user,
        enrolment=enrolment,
        assigned_at=now - 60 * DAY,
        due_on=today + due * DAY if due is not None else None,
        due_at=now + due * DAY if due is not None else None,
        time_zone=user.time_zone,
        waived_at=now if waived else None,
    )
