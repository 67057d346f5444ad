"""The only writer of course records. Every act is one transaction, locks the Enrolment first, and may be repeated."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from certificates import actions as certificates
from certificates.rules import Facts
from courses import rules
from courses.models import (
    Allowance,
    Completion,
    CoursePage,
    CourseVersion,
    Enrolment,
    Place,
    Publication,
    Reflection,
    StepCompletion,
    StepVersion,
)
from evidence import actions as evidence
from people.models import User

_waiting: ContextVar[set[UUID] | None] = ContextVar("courses_waiting", default=None)


class NotPublished(Exception):
    """The course has no live step, so nobody can begin it."""


# --- versions ------------------------------------------------------------------------------------------------------


@contextmanager
def batch() -> Iterator[None]:
    """Many pages change together (an import): the course version is made once, at the end."""
    token = _waiting.set(set())
    try:
        yield
        waiting = _waiting.get() or set()
    finally:
        _waiting.reset(token)
    for course_key in waiting:
        refresh_course(course_key=course_key)


@transaction.atomic
def refresh_course(*, course_key: UUID) -> CourseVersion | None:
    """The version of the course as its live pages stand now. Who has not begun moves to it; who has stays."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.add(course_key)
        return None
    page = CoursePage.of_key(course_key)
    content = _course_content(page) if page else None
    if content is None:
        return None
    version = _course_version(course_key, content)
    Enrolment.objects.filter(course_key=course_key, started_at=None).exclude(course_version=version).update(
        course_version=version
    )
    return version


def _course_content(page: CoursePage) -> dict | None:
    placed = page.step_pages()
    current = _current_versions([key for key, _module in placed])
    steps = [
        rules.PinnedStep(key, current[key].structure_sha256, current[key].kind, current[key].required_of, module)
        for key, module in placed
        if key in current
    ]
    if not steps:
        return None
    minutes = sum(current[step.key].minutes for step in steps if step.required_of == rules.EVERYONE)
    hours = page.hours or rules.hours(minutes)
    return {"steps": [vars(step) for step in steps], "hours": str(hours), "valid_months": page.valid_months}


def _current_versions(step_keys: list[str]) -> dict[str, StepVersion]:
    """Each step's newest version, preferring the source language, whose structure the others follow."""
    source = settings.LANGUAGE_CODE
    rows = Publication.objects.newest(step_keys)
    ordered = sorted(rows, key=lambda row: row.language != source, reverse=True)
    return {str(row.step_key): row.version for row in ordered}


def _course_version(course_key: UUID, content: dict) -> CourseVersion:
    sha256 = rules.sha256(content)
    found = CourseVersion.objects.filter(course_key=course_key, sha256=sha256).first()
    if found:
        return found
    last = CourseVersion.objects.filter(course_key=course_key).aggregate(last=Max("number"))["last"] or 0
    return CourseVersion.objects.create(course_key=course_key, number=last + 1, sha256=sha256, content=content)


# --- learning ------------------------------------------------------------------------------------------------------


@transaction.atomic
def enrol(*, person: User, course_key: UUID, valid_months: int | None = None, at: datetime | None = None) -> Enrolment:
    """This person's enrolment in the course; a second call gives the same one. Raises NotPublished."""
    found = Enrolment.objects.filter(person=person, course_key=course_key).order_by("-cycle").first()
    if found:
        return found
    version = refresh_course(course_key=course_key)
    if version is None:
        raise NotPublished(str(course_key))
    fields = {"course_version": version, "valid_months": valid_months, "created_at": at or timezone.now()}
    try:
        with transaction.atomic():
            return Enrolment.objects.create(person=person, course_key=course_key, cycle=1, **fields)
    except IntegrityError:
        return Enrolment.objects.get(person=person, course_key=course_key, cycle=1)


def locked(enrolment: Enrolment) -> Enrolment:
    """The row as it stands now, held until the transaction ends."""
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("course_version", "person")
        .get(pk=enrolment.pk)
    )


@transaction.atomic
def start(*, enrolment: Enrolment, at: datetime | None = None) -> Enrolment:
    """Begin: from now on the enrolment stays on the version it has. Beginning twice changes nothing."""
    enrolment = locked(enrolment)
    if enrolment.started_at:
        return enrolment
    if version := refresh_course(course_key=enrolment.course_key):
        enrolment.course_version = version
    enrolment.started_at = at or timezone.now()
    enrolment.as_manager = enrolment.person.is_manager
    enrolment.save(update_fields=["started_at", "as_manager"])
    return enrolment


@transaction.atomic
def move_place(*, enrolment: Enrolment, step_key: UUID, anchor: str = "", at: datetime | None = None) -> Place:
    start(enrolment=enrolment, at=at)
    fields = {"step_key": step_key, "anchor": anchor, "at": at or timezone.now()}
    place, _created = Place.objects.update_or_create(enrolment=enrolment, defaults=fields)
    return place


@transaction.atomic
def save_reflection(*, enrolment: Enrolment, step_key: UUID, block_key: str, text: str) -> Reflection:
    move_place(enrolment=enrolment, step_key=step_key, anchor=f"b-{block_key}")
    note, _created = Reflection.objects.update_or_create(
        enrolment=enrolment, step_key=step_key, block_key=block_key, defaults={"text": text, "at": timezone.now()}
    )
    return note


@transaction.atomic
def complete_step(
    *, enrolment: Enrolment, version: StepVersion, score: Fraction | None = None, at: datetime | None = None
) -> Enrolment:
    """This step is finished; with the last required one the course is. A second call changes nothing.

    score is the share reached, 0..1. Completion is decided here, in the transaction of the act, from our own rows.
    """
    at = at or timezone.now()
    enrolment = locked(start(enrolment=enrolment, at=at))
    decimal = (
        None if score is None else (Decimal(score.numerator) / Decimal(score.denominator)).quantize(Decimal("0.00001"))
    )
    StepCompletion.objects.get_or_create(
        enrolment=enrolment,
        step_key=version.step_key,
        round=1,
        defaults={"version": version, "score": decimal, "completed_at": at},
    )
    _complete_if_done(enrolment, at)
    return enrolment


def _complete_if_done(enrolment: Enrolment, at: datetime) -> None:
    if enrolment.completed_at:
        return
    done = list(enrolment.step_completions.select_related("version").defer("version__content"))
    if not rules.progress(enrolment.required, frozenset(str(row.step_key) for row in done)).is_complete:
        return
    completion = _record_completion(enrolment, done, at)
    enrolment.completed_at, enrolment.valid_until = at, completion.valid_until
    enrolment.save(update_fields=["completed_at", "valid_until"])
    _prove(completion)
    certificates.issue(
        completion_key=completion.key,
        holder=enrolment.person,
        facts=Facts(
            course_title=completion.title,
            course_version=str(enrolment.course_version.number),
            hours=completion.hours,
            issued_on=_local_date(enrolment.person, at),
            valid_until=completion.valid_until,
            language=completion.language,
            course_key=completion.course_key,
        ),
        at=at,
    )


def _record_completion(enrolment: Enrolment, done: list[StepCompletion], at: datetime) -> Completion:
    content = enrolment.course_version.content
    order = {step["key"]: position for position, step in enumerate(content["steps"])}
    done.sort(key=lambda row: order.get(str(row.step_key), len(order)))
    language = enrolment.person.language
    months = enrolment.valid_months or content["valid_months"]
    return Completion.objects.create(
        enrolment=enrolment,
        person=enrolment.person,
        course_key=enrolment.course_key,
        course_version=enrolment.course_version,
        title=_course_title(enrolment.course_key, language),
        language=language,
        hours=Decimal(content["hours"]),
        completed_at=at,
        valid_until=rules.valid_until(_local_date(enrolment.person, at), months),
        path=[
            {
                "step": str(row.step_key),
                "title": row.version.title,
                "sha256": row.version.sha256,
                "language": row.version.language,
                "at": row.completed_at.isoformat(),
                "score": None if row.score is None else str(row.score),
            }
            for row in done
        ],
    )


def _local_date(person: User, at: datetime) -> date:
    """The date on this person's wall: what a certificate and its validity are counted from."""
    return at.astimezone(ZoneInfo(person.time_zone)).date()


def _course_title(course_key: UUID, language: str) -> str:
    rows = {row.language: row.version.title for row in Publication.objects.newest([course_key])}
    return rows.get(language) or rows.get(settings.LANGUAGE_CODE) or next(iter(rows.values()))


def _prove(completion: Completion) -> None:
    enrolment = completion.enrolment
    evidence.append(
        kind="course.completed",
        subject=completion.person.key,
        at=completion.completed_at,
        facts={
            "completion": str(completion.key),
            "enrolment": str(enrolment.key),
            "course": str(completion.course_key),
            "cycle": enrolment.cycle,
            "course_version": completion.course_version.sha256,
            "language": completion.language,
            "hours": str(completion.hours),
            "valid_until": completion.valid_until.isoformat() if completion.valid_until else None,
            "steps": [{name: step[name] for name in ("step", "sha256", "language", "at")} for step in completion.path],
        },
        personal={
            "name": completion.person.name,
            "email": completion.person.email,
            "course": completion.title,
            "scores": {step["step"]: step["score"] for step in completion.path if step["score"] is not None},
        },
    )


@transaction.atomic
def allow(
    *,
    enrolment: Enrolment,
    step_key: UUID,
    reason: str,
    by: User,
    extra_attempts: int = 0,
    extra_time_percent: int = 0,
    key: UUID | None = None,
) -> Allowance:
    """L&D gives one person more attempts or more time, with a reason. `key` makes a repeated click one act."""
    enrolment = locked(enrolment)
    fields = {
        "enrolment": enrolment,
        "step_key": step_key,
        "extra_attempts": extra_attempts,
        "extra_time_percent": extra_time_percent,
        "reason": reason,
        "granted_by": by,
        "created_at": timezone.now(),
    }
    allowance, created = (
        Allowance.objects.get_or_create(key=key, defaults=fields) if key else (Allowance.objects.create(**fields), True)
    )
    if created:
        evidence.append(
            kind="allowance.granted",
            subject=enrolment.person.key,
            facts={
                "enrolment": str(enrolment.key),
                "step": str(step_key),
                "extra_attempts": extra_attempts,
                "extra_time_percent": extra_time_percent,
            },
            personal={"name": enrolment.person.name, "reason": reason, "granted_by": by.name},
        )
    return allowance
