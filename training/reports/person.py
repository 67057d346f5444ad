"""One person as their manager sees them: each course, and what happened when. Never an answer, a choice or a score."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from certificates.models import Certificate
from courses.models import Enrolment, StepCompletion
from people.models import Mail, User
from training.models import Assignment, facts_of
from training.rules.status import Status, first_due, is_due_soon, status
from training.titles import titles

REMINDER = "reminder"  # how the kinds of mail begin that remind somebody


class Happened(StrEnum):
    """In the order in which they can happen on one day."""

    ASSIGNED = "assigned"
    REMINDED = "reminded"
    STARTED = "started"
    STEP = "step"
    COMPLETED = "completed"
    CERTIFIED = "certified"
    REVOKED = "revoked"


RANK = {what: rank for rank, what in enumerate(Happened)}


@dataclass(frozen=True)
class Event:
    """detail: the step, the number of the certificate, the subject of the mail; due_on where something was assigned."""

    what: str
    on: date
    course: str = ""
    detail: str = ""
    serial: str = ""
    due_on: date | None = None
    at: str = ""  # for the order within a day


@dataclass(frozen=True)
class Training:
    """due_on is None and is_assigned False for a course begun on one's own."""

    enrolment_key: UUID
    course: str
    status: str
    is_due_soon: bool
    is_assigned: bool
    due_on: date | None
    completed_on: date | None
    valid_until: date | None
    serial: str


@dataclass(frozen=True)
class PersonRecord:
    person: User
    trainings: list[Training]
    timeline: list[Event]  # the newest first

    @property
    def overdue(self) -> int:
        return sum(training.status == Status.OVERDUE for training in self.trainings)


def person_record(*, person: User, now: datetime, today: date, language: str) -> PersonRecord:
    """person has been fetched with permission: whoever asks may see all of this."""
    enrolments = {row.pk: row for row in Enrolment.objects.filter(person=person).order_by("pk")}
    assignments = list(Assignment.objects.filter(person=person).order_by("due_at", "pk"))
    steps = list(
        StepCompletion.objects.filter(enrolment__in=enrolments)
        .order_by("pk")
        .values_list("enrolment_id", "step_key", "completed_at")
    )
    certificates = list(Certificate.objects.held_by(person).select_related("revocation", "superseded_by"))
    keys = {row.course_key for row in enrolments.values()} | {key for _enrolment, key, _at in steps}
    named = titles(keys, language)
    found = _Found(person, enrolments, assignments, steps, certificates, named)
    return PersonRecord(
        person=person,
        trainings=[*found.assigned(now, today), *found.begun_alone(now, today)],
        timeline=sorted(
            found.events(), key=lambda event: (event.on, RANK[Happened(event.what)], event.at), reverse=True
        ),
    )


@dataclass(frozen=True)
class _Found:
    person: User
    enrolments: dict[int, Enrolment]
    assignments: list[Assignment]
    steps: list[tuple[int, UUID, datetime]]
    certificates: list[Certificate]
    named: dict[str, str]

    def assigned(self, now: datetime, today: date) -> Iterator[Training]:
        for assignment in self.assignments:
            if assignment.replaced_at or assignment.released_at:
                continue  # in the timeline, not among what is asked today
            yield self._training(self.enrolments[assignment.enrolment_id], assignment, now, today)

    def begun_alone(self, now: datetime, today: date) -> Iterator[Training]:
        asked = {row.enrolment_id for row in self.assignments if not row.replaced_at and not row.released_at}
        once = {row.enrolment_id for row in self.assignments}
        for enrolment in self.enrolments.values():
            if enrolment.pk not in asked and (enrolment.started_at or enrolment.pk not in once):
                yield self._training(enrolment, None, now, today)

    def _training(self, enrolment: Enrolment, assignment: Assignment | None, now: datetime, today: date) -> Training:
        facts = assignment.facts(enrolment) if assignment else facts_of(enrolment)
        return Training(
            enrolment_key=enrolment.key,
            course=self._course(enrolment.course_key),
            status=status(facts, now, today),
            is_due_soon=is_due_soon(facts, now, today),
            is_assigned=assignment is not None,
            due_on=first_due(assignment.due_on if assignment else None, enrolment.redo_by),
            completed_on=self._day(enrolment.completed_at) if enrolment.completed_at else None,
            valid_until=facts.valid_until,
            serial=self._serial(enrolment),
        )

    def _serial(self, enrolment: Enrolment) -> str:
        """The newest certificate of that course that no other replaces; none before the course is finished."""
        current = [
            row
            for row in self.certificates
            if row.course_key == enrolment.course_key and not hasattr(row, "superseded_by")
        ]
        newest = max(current, key=lambda row: (row.issued_on, row.pk), default=None)
        return newest.serial if newest and enrolment.completed_at else ""

    def _course(self, key: UUID | None) -> str:
        return self.named.get(str(key), "")

    def _day(self, at: datetime) -> date:
        """On this person's own calendar, as on their certificate."""
        return at.astimezone(ZoneInfo(self.person.time_zone)).date()

    def events(self) -> Iterator[Event]:
        yield from self._of_assignments()
        yield from self._of_enrolments()
        yield from self._of_certificates()
        yield from self._of_reminders()

    def _of_assignments(self) -> Iterator[Event]:
        for row in self.assignments:
            course = self._course(self.enrolments[row.enrolment_id].course_key)
            yield Event(Happened.ASSIGNED, self._day(row.assigned_at), course, due_on=row.due_on)

    def _of_enrolments(self) -> Iterator[Event]:
        for row in self.enrolments.values():
            course = self._course(row.course_key)
            if row.started_at:
                yield Event(Happened.STARTED, self._day(row.started_at), course)
            if row.completed_at:
                yield Event(Happened.COMPLETED, self._day(row.completed_at), course)
        for enrolment, key, at in self.steps:
            course, step = self._course(self.enrolments[enrolment].course_key), self.named.get(str(key), "")
            yield Event(Happened.STEP, self._day(at), course, detail=step, at=at.isoformat())

    def _of_certificates(self) -> Iterator[Event]:
        for row in self.certificates:
            yield Event(Happened.CERTIFIED, row.issued_on, row.course_title, serial=row.serial)
            if hasattr(row, "revocation"):
                yield Event(Happened.REVOKED, self._day(row.revocation.at), row.course_title, serial=row.serial)

    def _of_reminders(self) -> Iterator[Event]:
        sent = Mail.objects.filter(person=self.person, kind__startswith=REMINDER, sent_at__isnull=False)
        for subject, at in sent.values_list("subject", "sent_at"):
            assert at  # asked for above
            yield Event(Happened.REMINDED, self._day(at), detail=subject, at=at.isoformat())
