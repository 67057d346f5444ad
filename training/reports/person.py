"""One person as their manager sees them: each course, and what happened when. Never an answer, a choice or a score."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, Subquery

from certificates.models import Certificate
from courses.models import Enrolment, StepCompletion
from people.models import Mail, User
from training import words
from training.models import Assignment, AssignmentEvent, Happening, Leave, facts_of
from training.rules.status import Status, first_due, grace_until, is_due_soon, status
from training.titles import titles

REMINDER = "reminder"  # how the kinds of mail begin that remind somebody
TO_LEARNERS = (REMINDER, "training-", "granted-", "refused-", "withdrawn-")  # and all kinds about one's own training


class Happened(StrEnum):
    """In the order in which they can happen on one day."""

    ASSIGNED = "assigned"
    RETURNED = "returned"
    RELEASED = "released"
    MAILED = "mailed"
    REMINDED = "reminded"
    MAIL_WAITS = "mail-waits"
    MAIL_FAILED = "mail-failed"
    MAIL_WITHDRAWN = "mail-withdrawn"
    EXTENDED = "extended"
    PAUSED = "paused"
    RESUMED = "resumed"
    WAIVED = "waived"
    WAIVER_ENDED = "waiver-ended"
    EQUIVALENT = "equivalent"
    STARTED = "started"
    STEP = "step"
    COMPLETED = "completed"
    CERTIFIED = "certified"
    REVOKED = "revoked"


# What assignments themselves do not say: when somebody was assigned stands in their rows.
SHOWN_EVENTS = (
    Happening.RETURNED,
    Happening.RELEASED,
    Happening.EXTENDED,
    Happening.PAUSED,
    Happening.RESUMED,
    Happening.WAIVED,
    Happening.WAIVER_ENDED,
    Happening.EQUIVALENT,
)
# Where the date is news.
DATED = (Happening.RETURNED, Happening.EXTENDED, Happening.PAUSED, Happening.RESUMED, Happening.WAIVER_ENDED)
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
    by: str = ""  # who did it; "" for a rule, or for the person
    reason: str = ""
    at: str = ""  # for the order within a day

    @property
    def word(self) -> str:
        return str(words.TIMELINE[self.what][1])

    @property
    def icon(self) -> str:
        return words.TIMELINE[self.what][0]


@dataclass(frozen=True)
class Training:
    """due_on is None and is_assigned False for a course begun on one's own. is_open: something can be granted."""

    enrolment_key: UUID
    assignment_key: UUID | None
    is_open: bool
    course: str
    status: str
    is_due_soon: bool
    is_assigned: bool
    due_on: date | None
    grace_until: date | None
    completed_on: date | None
    valid_until: date | None
    serial: str
    is_revoked: bool  # the certificate


@dataclass(frozen=True)
class Away:
    key: UUID
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class PersonRecord:
    person: User
    trainings: list[Training]
    timeline: list[Event]  # the newest first
    leave: Away | None  # that is on today, or comes

    @property
    def has_open(self) -> bool:
        return any(training.is_open for training in self.trainings)

    @property
    def overdue(self) -> int:
        return sum(training.status == Status.OVERDUE for training in self.trainings)


def person_record(*, person: User, now: datetime, today: date, language: str, reader: User) -> PersonRecord:
    """person has been fetched with permission: whoever asks may see all of this. What somebody wrote as a reason is
    read by its writer and L&D alone: it may be about an illness."""
    enrolments = {row.pk: row for row in Enrolment.objects.filter(person=person).order_by("pk")}
    leaves = Leave.objects.not_over(today).filter(person=OuterRef("person")).order_by("starts_on")
    rows = Assignment.objects.filter(person=person).annotate(
        leave=Subquery(leaves.values("key")[:1]),
        starts=Subquery(leaves.values("starts_on")[:1]),
        ends=Subquery(leaves.values("ends_on")[:1]),
    )
    assignments = list(rows.order_by("due_at", "pk"))
    steps = list(
        StepCompletion.objects.filter(enrolment__in=enrolments)
        .order_by("pk")
        .values_list("enrolment_id", "step_key", "completed_at")
    )
    certificates = list(Certificate.objects.held_by(person).select_related("revocation", "superseded_by"))
    keys = {row.course_key for row in enrolments.values()} | {key for _enrolment, key, _at in steps}
    named = titles(keys, language)
    events = AssignmentEvent.objects.filter(assignment__person=person, what__in=SHOWN_EVENTS)
    kinds = Q()
    for beginning in TO_LEARNERS:
        kinds |= Q(kind__startswith=beginning)
    mails = Mail.objects.filter(kinds, person=person).select_related("sending__by").defer("text", "html", "error")
    found = _Found(
        person,
        enrolments,
        assignments,
        steps,
        certificates,
        named,
        list(events.select_related("by").order_by("pk")),
        list(mails.order_by("pk")),
        reader,
    )
    return PersonRecord(
        person=person,
        trainings=[*found.assigned(now, today), *found.begun_alone(now, today)],
        timeline=sorted(
            found.events(), key=lambda event: (event.on, RANK[Happened(event.what)], event.at), reverse=True
        ),
        leave=next((Away(row.leave, row.starts, row.ends) for row in assignments if row.starts), None),  # type: ignore[attr-defined]
    )


@dataclass(frozen=True)
class _Found:
    person: User
    enrolments: dict[int, Enrolment]
    assignments: Sequence[Assignment]
    steps: list[tuple[int, UUID, datetime]]
    certificates: list[Certificate]
    named: dict[str, str]
    events_of_assignments: Sequence[AssignmentEvent]
    mails: Sequence[Mail]
    reader: User

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
        certificate = self._certificate(enrolment)
        stands = status(facts, now, today)
        due_on = first_due(assignment.due_on if assignment else None, enrolment.redo_by)
        return Training(
            enrolment_key=enrolment.key,
            assignment_key=assignment.key if assignment else None,
            is_open=assignment is not None and facts.completed_at is None and not facts.waived,
            course=self._course(enrolment.course_key),
            status=stands,
            is_due_soon=is_due_soon(facts, now, today),
            is_assigned=assignment is not None,
            due_on=due_on,
            grace_until=grace_until(stands, due_on, assignment.grace_days if assignment else 0, today),
            completed_on=self._day(enrolment.completed_at) if enrolment.completed_at else None,
            valid_until=facts.valid_until,
            serial=certificate.serial if certificate else "",
            is_revoked=certificate is not None and certificate.is_revoked,
        )

    def _certificate(self, enrolment: Enrolment) -> Certificate | None:
        """The newest one of that course that no other replaces; none before the course is finished."""
        current = [
            row
            for row in self.certificates
            if row.course_key == enrolment.course_key and not hasattr(row, "superseded_by")
        ]
        newest = max(current, key=lambda row: (row.issued_on, row.pk), default=None)
        return newest if enrolment.completed_at else None

    def _course(self, key: UUID | None) -> str:
        return self.named.get(str(key), "")

    def _day(self, at: datetime) -> date:
        """On this person's own calendar, as on their certificate."""
        return at.astimezone(ZoneInfo(self.person.time_zone)).date()

    def events(self) -> Iterator[Event]:
        yield from self._of_assignments()
        yield from self._of_enrolments()
        yield from self._of_certificates()
        yield from self._of_mails()

    def _of_assignments(self) -> Iterator[Event]:
        for row in self.assignments:
            course = self._course(self.enrolments[row.enrolment_id].course_key)
            yield Event(Happened.ASSIGNED, self._day(row.assigned_at), course, due_on=row.due_on)
        courses = {row.pk: self._course(self.enrolments[row.enrolment_id].course_key) for row in self.assignments}
        for event in self.events_of_assignments:
            yield Event(
                Happened(event.what),
                self._day(event.at),
                courses[event.assignment_id],
                due_on=event.due_on if event.what in DATED else None,
                by=event.by.name if event.by else "",
                reason=self._reason(event),
                at=event.at.isoformat(),
            )

    def _reason(self, event: AssignmentEvent) -> str:
        if event.by is None:
            return str(words.REASONS.get(event.reason, ""))
        may_read = self.reader.is_learning_staff or self.reader.pk == event.by_id
        return event.reason if may_read else ""

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

    def _of_mails(self) -> Iterator[Event]:
        for mail in self.mails:
            what, at = _fate(mail)
            by = mail.sending.by if hasattr(mail, "sending") else None
            yield Event(what, self._day(at), detail=mail.subject, by=by.name if by else "", at=at.isoformat())


def _fate(mail: Mail) -> tuple[Happened, datetime]:
    if mail.sent_at:
        return Happened.REMINDED if mail.kind.startswith(REMINDER) else Happened.MAILED, mail.sent_at
    if mail.failed_at:
        return Happened.MAIL_FAILED, mail.failed_at
    if mail.withdrawn_at:
        return Happened.MAIL_WITHDRAWN, mail.withdrawn_at
    return Happened.MAIL_WAITS, mail.created_at
