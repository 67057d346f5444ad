"""The register of training: every enrolment, whoever it belongs to, with what was asked, finished and certified."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from certificates.models import Certificate
from courses.models import CourseVersion, Enrolment
from courses.models.records import EnrolmentQuerySet
from lms.proof.people import erased, shown_name
from lms.proof.rules import Asked, chunks
from people.models import Team, User
from training.models import Assignment, facts_of
from training.rules.status import Status, status
from training.titles import titles

CHUNK = 500


@dataclass(frozen=True)
class Row:
    enrolment: Enrolment
    person: str
    team: str
    course: str
    status: Status
    due_on: date | None
    certificate: Certificate | None
    is_left: bool
    is_erased: bool

    @property
    def finished_on(self) -> date | None:
        finished = self.enrolment.completed_at
        return timezone.localdate(finished) if finished else None

    @property
    def serial(self) -> str:
        return self.certificate.serial if self.certificate else ""


# --- what is asked for ---------------------------------------------------------------------------------------------
def found(asked: Asked, user: User) -> EnrolmentQuerySet:
    """Newest first. People who left and people who were erased are in it."""
    rows = Enrolment.objects.visible_to(user)
    if asked.person:
        rows = rows.filter(person__key=asked.person)
    if asked.course:
        rows = rows.filter(course_key=asked.course)
    if asked.team:
        rows = _of_team(rows, asked.team)
    rows = _of_period(rows, asked.since, asked.until)
    if asked.words:
        rows = rows.filter(person__in=User.objects.named(asked.name)).exclude(erased("person__key"))
    return rows.order_by("-pk")


def _of_team(rows: EnrolmentQuerySet, key: UUID) -> EnrolmentQuerySet:
    """Of the team somebody is in today, or was in when they left, and of all teams below it."""
    path = Team.objects.filter(key=key).values_list("path", flat=True).first()
    return rows.filter(person__team__path__startswith=path) if path else rows.none()


def _of_period(rows: EnrolmentQuerySet, since: date | None, until: date | None) -> EnrolmentQuerySet:
    """Assigned or begun, finished, or due in these days."""
    if not since and not until:
        return rows
    due = Assignment.objects.filter(_days("due_on", since, until), enrolment=OuterRef("pk"))
    return rows.filter(_moments("created_at", since, until) | _moments("completed_at", since, until) | Exists(due))


def _days(field: str, since: date | None, until: date | None) -> Q:
    wanted = Q(**{f"{field}__isnull": False})
    if since:
        wanted &= Q(**{f"{field}__gte": since})
    return wanted & Q(**{f"{field}__lte": until}) if until else wanted


def _moments(field: str, since: date | None, until: date | None) -> Q:
    wanted = Q(**{f"{field}__isnull": False})
    if since:
        wanted &= Q(**{f"{field}__gte": _midnight(since)})
    return wanted & Q(**{f"{field}__lt": _midnight(until + timedelta(days=1))}) if until else wanted


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# --- its rows ------------------------------------------------------------------------------------------------------
def rows_of(page: Iterable[Enrolment], *, now: datetime, today: date, language: str) -> list[Row]:
    """Of a handful of enrolments, in as many queries however many they are. They come from `with_people`."""
    enrolments = list(page)
    assignments: dict[int, Assignment] = {}
    for each in Assignment.objects.filter(enrolment__in=enrolments).order_by("pk"):
        if each.enrolment_id not in assignments or each.released_at is None:
            assignments[each.enrolment_id] = each
    keys = {each.pk: each.completion.key for each in enrolments if hasattr(each, "completion")}
    issued = Certificate.objects.current().filter(completion_key__in=keys.values())
    certificates = {each.completion_key: each for each in issued}
    named = titles({each.course_key for each in enrolments}, language)
    return [
        _row(
            each,
            assignments.get(each.pk),
            certificates.get(keys[each.pk]) if each.pk in keys else None,
            named[str(each.course_key)],
            now,
            today,
        )
        for each in enrolments
    ]


def with_people(rows: EnrolmentQuerySet) -> EnrolmentQuerySet:
    related = rows.select_related("person__team", "completion").defer("completion__path")
    return related.annotate(is_erased=erased("person__key"))


def all_rows(rows: EnrolmentQuerySet, *, now: datetime, today: date, language: str) -> Iterator[Row]:
    """All of them, a few hundred in memory at a time."""
    for chunk in chunks(with_people(rows).iterator(chunk_size=CHUNK), CHUNK):
        yield from rows_of(chunk, now=now, today=today, language=language)


def _row(
    enrolment, assignment: Assignment | None, certificate: Certificate | None, course: str, now: datetime, today: date
) -> Row:
    facts = assignment.facts(enrolment) if assignment else facts_of(enrolment)
    person = enrolment.person
    return Row(
        enrolment=enrolment,
        person=shown_name(person, enrolment.is_erased),
        team=person.team.name if person.team else "",
        course=course,
        status=status(facts, now, today),
        due_on=assignment.due_on if assignment else None,
        certificate=certificate,
        is_left=not person.is_active,
        is_erased=enrolment.is_erased,
    )


# --- what one can choose -------------------------------------------------------------------------------------------
def courses(language: str) -> dict[str, str]:
    """{key: title} of every course that somebody could ever be enrolled in, by title."""
    keys = CourseVersion.objects.order_by().values_list("course_key", flat=True).distinct()
    return dict(sorted(titles(keys, language).items(), key=lambda item: item[1].casefold()))


def teams() -> list[tuple[str, str]]:
    """(key, name) in the order of the tree, each with the names above it."""
    named: dict[str, str] = {}
    choices = []
    for team in Team.objects.order_by("path"):
        above = named.get(team.path[: -Team.steplen])
        named[team.path] = f"{above} / {team.name}" if above else team.name
        choices.append((str(team.key), named[team.path]))
    return choices


def person_of(asked: Asked, user: User) -> User | None:
    return User.objects.visible_to(user).filter(key=asked.person).first() if asked.person else None


def count_people(rows: QuerySet[Enrolment]) -> int:
    return rows.order_by().values("person").distinct().count()
