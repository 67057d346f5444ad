"""Screens that join assignments, courses and certificates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from assessments.quizzes import reports as quizzes
from assessments.scenarios.reports import variant
from certificates.models import Certificate
from courses import versions
from courses.models import CourseVersion, Enrolment
from courses.reports import Outline, OutlineStep, outlines
from people.models import User
from training.models import Assignment, facts_of
from training.reports.granted import Granted, granted
from training.rules.status import Status, first_due, grace_until, is_due_soon, status


@dataclass(frozen=True)
class Row:
    """One course of a person. due_on: until when it is assigned, or until when a change asks for something, whichever
    is first; with reason it is None and "" for a course begun on one's own."""

    outline: Outline
    status: Status
    is_due_soon: bool
    due_on: date | None
    grace_until: date | None  # the last day on which it is not overdue yet, once due_on has passed
    reason: str
    serial: str  # of the certificate, if there is one
    is_revoked: bool = False  # the certificate, never the course: what was finished stays finished
    is_excused: bool = False  # waived, or made good by another qualification

    @property
    def enrolment(self) -> Enrolment:
        return self.outline.enrolment

    @property
    def is_finished(self) -> bool:
        return self.enrolment.completed_at is not None

    @property
    def is_duty(self) -> bool:
        return self.outline.progress.total > 0

    def days_overdue(self, today: date) -> int:
        return (today - self.due_on) // timedelta(days=1) if self.due_on else 0


@dataclass(frozen=True)
class Practice:
    """A scenario to practise in, because of another one that asks for the same skill. Optional, always."""

    step: OutlineStep
    like: OutlineStep


@dataclass(frozen=True)
class MyTraining:
    """no_duty: courses that require nothing of this person, so that there is nothing in them to finish. granted: more
    time, waivers, other qualifications and leaves."""

    hero: Row | None
    to_do: list[Row]
    finished: list[Row]
    no_duty: list[Row]
    granted: list[Granted]
    practice: Practice | None
    daily: int  # questions left today, which nobody has to answer

    @property
    def open_count(self) -> int:
        return len(self.to_do) + bool(self.hero)

    @property
    def overdue(self) -> list[Row]:
        rows = ([self.hero] if self.hero else []) + self.to_do
        return [row for row in rows if row.status == Status.OVERDUE]


def my_training(*, person: User, now: datetime, today: date, language: str) -> MyTraining:
    enrolments = list(
        Enrolment.objects.open_for(person).select_related("completion").defer("completion__path").order_by("pk")
    )
    assignments: dict[int, Assignment] = {}
    put_aside = set()
    own = Assignment.objects.filter(person=person, enrolment__in=enrolments)
    for assignment in sorted(own, key=_claim):
        if assignment.released_at or assignment.replaced_at:
            put_aside.add(assignment.enrolment_id)
        else:
            assignments.setdefault(assignment.enrolment_id, assignment)
    # What nobody asks for any more, and nobody has begun, is not to do.
    enrolments = [row for row in enrolments if row.started_at or row.pk in assignments or row.pk not in put_aside]
    serials = _serials(person) if any(row.completed_at for row in enrolments) else {}
    courses = {enrolment.course_version_id: enrolment.course_version for enrolment in enrolments}
    texts = versions.texts(courses.values())
    drawn = outlines(enrolments, language, next_only=True, texts=texts)
    rows = [
        _row(
            drawn[enrolment.pk],
            assignments.get(enrolment.pk),
            serials.get(enrolment.completion.key, ("", False)) if enrolment.completed_at else ("", False),
            now,
            today,
            language,
        )
        for enrolment in enrolments
    ]
    open_rows = [row for row in rows if not row.is_finished and not row.is_excused]
    to_do = sorted((row for row in open_rows if row.is_duty), key=_urgency)
    finished = sorted(
        (row for row in rows if row.is_finished), key=lambda row: row.enrolment.completed_at or now, reverse=True
    )
    no_duty = [row for row in open_rows if not row.is_duty]
    still_open = {row.enrolment.pk for row in rows if not row.is_finished}
    named = {row.enrolment.pk: row.outline.title for row in rows}
    return MyTraining(
        hero=to_do[0] if to_do else None,
        to_do=to_do[1:],
        finished=finished,
        no_duty=no_duty,
        granted=granted([row for row in assignments.values() if row.enrolment_id in still_open], named, today),
        practice=_practice(drawn.values(), now, today),
        daily=_daily(person, drawn.values(), courses, texts, today, language),
    )


def _serials(person: User) -> dict[UUID, tuple[str, bool]]:
    """{completion: (number of its newest certificate, whether that is revoked)}"""
    rows = Certificate.objects.held_by(person).order_by("pk").values_list("completion_key", "serial", "revocation")
    return {key: (serial, revocation is not None) for key, serial, revocation in rows}


def _daily(
    person: User,
    drawn: Iterable[Outline],
    courses: Mapping[int, CourseVersion],
    texts: Mapping[int, versions.Texts],
    today: date,
    language: str,
) -> int:
    lessons = [
        (step.taken_at, outline.enrolment.course_version_id, step.key)
        for outline in drawn
        for step in outline.steps
        if step.taken_at and step.kind.name == "lesson"
    ]
    return len(quizzes.day(person, today, language, quizzes.Known(lessons, courses, texts)).left)


def _practice(drawn: Iterable[Outline], now: datetime, today: date) -> Practice | None:
    done = {(outline.enrolment.pk, step.key): step for outline in drawn for step in outline.steps if step.is_done}
    # What was waived, and played all the same, may have been passed today.
    played = {place: step.taken_at or now for place, step in done.items() if step.kind.name == "scenario"}
    found = variant(played, today)
    return Practice(done[found.place], done[found.like]) if found else None


def _row(
    outline: Outline,
    assignment: Assignment | None,
    certificate: tuple[str, bool],
    now: datetime,
    today: date,
    language: str,
) -> Row:
    enrolment = outline.enrolment
    facts = assignment.facts(enrolment) if assignment else facts_of(enrolment)
    stands = status(facts, now, today)
    due_on = first_due(assignment.due_on if assignment else None, enrolment.redo_by)
    return Row(
        outline=outline,
        status=stands,
        is_due_soon=is_due_soon(facts, now, today),
        due_on=due_on,
        grace_until=grace_until(stands, due_on, assignment.grace_days if assignment else 0, today),
        reason=assignment.reason(language) if assignment else "",
        serial=certificate[0],
        is_revoked=certificate[1],
        is_excused=assignment is not None and _is_excused(assignment),
    )


def _is_excused(assignment: Assignment) -> bool:
    return bool(assignment.waived_at or assignment.equivalent_on)


def _claim(assignment: Assignment) -> tuple:
    """Which of several rules for one course counts: what one of them excuses another may still ask for, so that comes
    first; then the earliest due date."""
    return _is_excused(assignment), assignment.due_at is None, assignment.due_at, assignment.pk


def _urgency(row: Row) -> tuple:
    """Overdue and begun first, then begun by due date, then overdue, then by due date; undated ones last."""
    begun, overdue = row.enrolment.started_at is not None, row.status == Status.OVERDUE
    group = 0 if begun and overdue else 1 if begun else 2 if overdue else 3
    return group, row.due_on or date.max
