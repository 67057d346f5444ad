"""The register of training: every enrolment, whoever it belongs to, with what was asked, finished and certified."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation

from certificates.models import Certificate
from courses.models import CourseVersion, Enrolment
from courses.models.records import EnrolmentQuerySet
from lms.proof.models import EvidencePack
from lms.proof.people import erased, shown_name
from lms.proof.rules import Asked, chunks
from people.models import Team, User
from people.rules import alphabet
from training.models import Assignment, facts_of
from training.rules.selection import urgency
from training.rules.status import Status, first_due, is_due_soon, status
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
    finished_on: date | None
    valid_until: date | None
    certificate: Certificate | None
    is_left: bool
    is_erased: bool

    @property
    def serial(self) -> str:
        return self.certificate.serial if self.certificate else ""

    @property
    def revoked_on(self) -> date | None:
        """The certificate: what was finished stays finished."""
        if self.certificate is None or not self.certificate.is_revoked:
            return None
        return timezone.localdate(self.certificate.revocation.at)


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
    asked = Assignment.objects.filter(enrolment=OuterRef("pk"))
    due = Exists(asked.with_first_due().filter(_days("first_due_on", since, until)))
    by_change = ~Exists(asked) & _days("redo_by", since, until)
    moments = _moments("created_at", since, until) | _moments("completed_at", since, until)
    return rows.filter(moments | due | by_change)


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
    """By the organisation's clock, whoever reads it: what is listed and what a worker packs is the same."""
    return datetime.combine(day, time.min, timezone.get_default_timezone())


# --- its rows ------------------------------------------------------------------------------------------------------
def rows_of(page: Iterable[Enrolment], *, now: datetime, today: date, language: str) -> list[Row]:
    """Of a handful of enrolments, in as many queries however many they are. They come from `with_people`."""
    enrolments = list(page)
    asked: dict[int, list[Assignment]] = {}
    for each in Assignment.objects.filter(enrolment__in=enrolments).order_by("pk"):
        asked.setdefault(each.enrolment_id, []).append(each)
    keys = {each.pk: each.completion.key for each in enrolments if hasattr(each, "completion")}
    issued = Certificate.objects.current().filter(completion_key__in=keys.values()).select_related("revocation")
    certificates = {each.completion_key: each for each in issued}
    named = titles({each.course_key for each in enrolments}, language)
    with translation.override(language):  # a file is written when the reader's own language is over
        return [
            _row(
                each,
                _most_pressing(each, asked.get(each.pk, []), now, today),
                certificates.get(keys[each.pk]) if each.pk in keys else None,
                named[str(each.course_key)],
                now,
                today,
            )
            for each in enrolments
        ]


def _most_pressing(enrolment: Enrolment, asked: list[Assignment], now: datetime, today: date) -> Assignment | None:
    """Of the rules that ask for it today, as a manager sees them; where none does, what was asked last."""

    def rank(row: Assignment) -> tuple[int, date]:
        facts = row.facts(enrolment)
        return urgency(status(facts, now, today), is_due_soon(facts, now, today)), row.due_on or date.max

    current = [row for row in asked if row.released_at is None and row.replaced_at is None]
    return min(current, key=rank) if current else next(reversed(asked), None)


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
    other = assignment.equivalent_on if assignment else None
    return Row(
        enrolment=enrolment,
        person=shown_name(person, enrolment.is_erased),
        team=person.team.name if person.team else "",
        course=course,
        status=status(facts, now, today),
        due_on=first_due(assignment.due_on if assignment else None, enrolment.redo_by),
        finished_on=other or _day(enrolment.completed_at, person),
        valid_until=facts.valid_until,
        certificate=certificate,
        is_left=not person.is_active,
        is_erased=enrolment.is_erased,
    )


def _day(at: datetime | None, person: User) -> date | None:
    """On this person's own calendar, as on their certificate."""
    return at.astimezone(ZoneInfo(person.time_zone)).date() if at else None


# --- what one can choose -------------------------------------------------------------------------------------------
def courses(language: str) -> dict[str, str]:
    """{key: title} of every course that somebody could ever be enrolled in, by title."""
    keys = CourseVersion.objects.order_by().values_list("course_key", flat=True).distinct()
    return dict(sorted(titles(keys, language).items(), key=lambda item: alphabet.key(item[1])))


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


def packs_told(person: User) -> list[dict[str, str]]:
    """Packs that lie ready with somebody's data, for a copy of it."""
    rows = EvidencePack.objects.naming(person).ready(timezone.now()).order_by("pk")
    return [{"key": str(pack.key), "requested_at": pack.requested_at.isoformat()} for pack in rows]


def count_people(rows: QuerySet[Enrolment]) -> int:
    return rows.order_by().values("person").distinct().count()
