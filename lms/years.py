"""What years of mandatory training leave behind, person by person and cycle by cycle, as rows for the database: who was
assigned what when, took it, got a certificate for it and was reminded of it. Every date is what the rules give.

No evidence is written, and no paper drawn: those prove what people did, and here nobody did anything. The log of mail
goes back DAYS_OF_MAIL days, but for what a later run would otherwise say once more.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from certificates.models import Certificate, CertificateFile, Rendering, design_for
from certificates.rules import ALPHABET, LENGTH, check_character, grouped
from courses.models import Completion, CourseVersion, Enrolment, StepCompletion, StepVersion
from lms.bulk import Table, write_all
from people.models import Mail, Team
from training import reminding
from training.actions import local_day
from training.models import Assignment, AssignmentEvent, Happening, Notice, Requirement, Run, Sending
from training.rules import due, reminders
from training.words import CLOSED, CYCLE, JOINED

DAY = timedelta(days=1)
DAYS_OF_MAIL = timedelta(days=90)
OPENS, WRITES = time(6), time(8)  # local time: of the run that assigns, and of the one that writes
PEOPLE_AT_ONCE = 1000
ON_TIME, LATE = 0.93, 0.99  # shares: in time, and at all
BYTES = 24_000  # of a paper


@dataclass
class Person:
    key: UUID
    name: str
    email: str
    language: str
    time_zone: str
    team: int
    path: str
    joined_on: date
    left_on: date | None
    leads: bool
    is_outside: bool
    pk: int = 0


@dataclass(frozen=True)
class Course:
    key: UUID
    version: CourseVersion
    step: UUID
    titles: dict[str, str]
    texts: dict[str, StepVersion]


@dataclass(frozen=True)
class Duty:
    rule: Requirement
    version: int
    course: Course
    asks_outside: bool

    @cached_property
    def plan(self) -> due.Plan:
        return self.rule.plan

    @cached_property
    def reminder_plan(self) -> reminders.Plan:
        return self.rule.reminder_plan

    @cached_property
    def steps(self) -> tuple[reminders.Step, ...]:
        return reminders.steps(self.reminder_plan)

    @cached_property
    def design(self) -> int | None:
        design = design_for(self.course.key)
        return design.pk if design else None


@dataclass
class _Cycle:
    """One cycle of one duty of one person."""

    number: int
    opened_on: date
    joined_on: date
    series_on: date
    due_on: date
    started_at: datetime | None = None
    completed_at: datetime | None = None
    valid_until: date | None = None
    replaced_on: date | None = None


@dataclass
class _Letters:
    """{what for: the number of the sending}: one mail of a kind a person and day, whatever it is about."""

    mails: Table = field(
        default_factory=lambda: Table(
            Mail, "person_id", "to", "language", "kind", "subject", "text", "message_id", "created_at", "sent_at"
        )
    )
    sendings: Table = field(
        default_factory=lambda: Table(Sending, "key", "kind", "recipient_id", "mail_id", "on", "at")
    )
    notices: Table = field(
        default_factory=lambda: Table(Notice, "sending_id", "assignment_id", "recipient_id", "step", "about")
    )
    written: dict[tuple[str, int, date], int] = field(default_factory=dict)


class Years:
    def __init__(self, now: datetime, chance: random.Random, people: Sequence[Person]) -> None:
        self.now, self.random, self.people = now, chance, list(people)
        self.leads = {person.path: person for person in people if person.leads}
        self.enrolments = Table(
            Enrolment,
            *("key", "person_id", "course_key", "cycle", "course_version_id", "as_manager", "valid_months"),
            *("created_at", "started_at", "completed_at", "valid_until"),
        )
        self.steps = Table(StepCompletion, "enrolment_id", "step_key", "version_id", "completed_at")
        self.completions = Table(
            Completion,
            *("key", "enrolment_id", "person_id", "course_key", "course_version_id", "title", "language", "hours"),
            *("completed_at", "valid_until", "path"),
        )
        self.certificates = Table(
            Certificate,
            *("serial", "completion_key", "holder_id", "holder_name", "course_key", "course_title", "course_version"),
            *("hours", "issued_on", "valid_until", "language", "issuer", "design_id", "created_at"),
        )
        self.renderings = Table(Rendering, "certificate_id", "tries", "next_try_at", is_counted=False)
        self.files = Table(
            CertificateFile,
            *("certificate_id", "path", "sha256", "size", "sealed_with", "made_at"),
            is_counted=False,
        )
        self.assignments = Table(
            Assignment,
            *("key", "requirement_id", "person_id", "cycle", "enrolment_id", "reasons", "assigned_at", "due_on"),
            *("time_zone", "due_at", "version_id", "joined_on", "series_on", "base_due_on", "clock_from"),
            *("grace_days", "released_at", "replaced_at"),
        )
        self.events = Table(AssignmentEvent, "assignment_id", "what", "reason", "due_on", "at")
        self.letters = _Letters()

    @property
    def tables(self) -> tuple[Table, ...]:
        learning = (self.enrolments, self.steps, self.completions)
        papers = (self.certificates, self.renderings, self.files)
        mail = (self.letters.mails, self.letters.sendings, self.letters.notices)
        return (*learning, *papers, self.assignments, self.events, *mail)

    def live(self, duties: Sequence[Duty], progress: Callable[[int, int], None]) -> None:
        """One duty after the other, and people in no order, so that no one's rows lie side by side: as after years."""
        of, done = len(duties) * len(self.people), 0
        for duty in duties:
            self.random.shuffle(self.people)
            for start in range(0, len(self.people), PEOPLE_AT_ONCE):
                batch = self.people[start : start + PEOPLE_AT_ONCE]
                with transaction.atomic():
                    for person in batch:
                        if duty.asks_outside or not person.is_outside:
                            self._live(person, duty)
                    write_all(*self.tables)
                done += len(batch)
                progress(done, of)
        Run.objects.create(at=self.now - timedelta(hours=1), counts={})

    # --- one person and one duty -------------------------------------------------------------------------------------
    def _live(self, person: Person, duty: Duty) -> None:
        for cycle in self._cycles(person, duty):
            key = self._key()
            enrolment = self._enrol(person, duty, cycle)
            if cycle.completed_at:
                self._finish(person, duty, cycle, enrolment)
            released_at = None
            if person.left_on and not cycle.replaced_on:
                released_at = morning(person.left_on, person.time_zone)
            at = self._assigned_at(cycle, person)
            row = self.assignments.add(
                *(key, duty.rule.pk, person.pk, cycle.number, enrolment, duty.rule.reasons, at, cycle.due_on),
                *(person.time_zone, due_at(cycle.due_on, person.time_zone, duty.rule.grace_days), duty.version),
                *(cycle.joined_on, cycle.series_on, cycle.due_on, cycle.opened_on, duty.rule.grace_days, released_at),
                min(self.now, morning(cycle.replaced_on, person.time_zone)) if cycle.replaced_on else None,
            )
            what, reason = (Happening.ASSIGNED, JOINED) if cycle.number == 1 else (Happening.CYCLE, CYCLE)
            self.events.add(row, what.value, reason, cycle.due_on, at)
            if released_at:
                self.events.add(row, Happening.RELEASED.value, CLOSED, cycle.due_on, released_at)
            self._write_to(person, duty, cycle, row)

    def _cycles(self, person: Person, duty: Duty) -> Iterator[_Cycle]:
        """Each with what became of it; the last is the one that stands."""
        today = local_day(self.now, person.time_zone)
        ends = person.left_on or today
        opened = max(person.joined_on, duty.rule.starts_on)
        first = due.first_due(duty.plan, opened)
        cycle = _Cycle(1, opened, joined_on=opened, series_on=first, due_on=first)
        while True:
            finished = self._finished(cycle, ends)
            if finished is None or cycle.completed_at is None:
                yield cycle
                return
            facts = due.Cycle(cycle.joined_on, cycle.series_on, cycle.due_on, finished)
            until = cycle.valid_until = due.next_due(duty.plan, facts)
            assert until
            opens = due.opens_on(duty.plan, until, finished)
            # Who leaves on a day is let go by the first run of it.
            if opens > today or (person.left_on and opens >= person.left_on):
                yield cycle
                return
            cycle.replaced_on = opens
            yield cycle
            day = max(until, due.due_on(cycle.joined_on, duty.rule.due_days))
            cycle = _Cycle(cycle.number + 1, opens, cycle.joined_on, cycle.series_on, due_on=day)

    def _finished(self, cycle: _Cycle, ends: date) -> date | None:
        """The day, and the moments of that cycle; None where it did not come to that by then."""
        luck = self.random.random()
        there = max(1, (cycle.due_on - cycle.opened_on).days)
        if luck < ON_TIME:
            day = cycle.opened_on + timedelta(days=self.random.randint(1, there))
        else:
            day = cycle.due_on + timedelta(days=self.random.randint(1, 45))
        noon = datetime.combine(day, time(8 + self.random.randrange(6), self.random.randrange(60)), UTC)
        begun = noon - timedelta(days=self.random.randrange(2), minutes=7)
        begun = max(begun, datetime.combine(cycle.opened_on, time(7), UTC))
        if luck < LATE and day < ends:
            cycle.started_at, cycle.completed_at = begun, noon
            return day
        # Somebody who has not finished may have begun.
        if luck * 1000 % 1 < 0.4 and cycle.opened_on + 2 * DAY < ends:
            cycle.started_at = datetime.combine(cycle.opened_on + DAY, time(10), UTC)
        return None

    def _assigned_at(self, cycle: _Cycle, person: Person) -> datetime:
        return min(self.now, morning(cycle.opened_on, person.time_zone))

    def _enrol(self, person: Person, duty: Duty, cycle: _Cycle) -> int:
        return self.enrolments.add(
            *(self._key(), person.pk, duty.course.key, cycle.number, duty.course.version.pk),
            *(person.leads and cycle.started_at is not None, duty.rule.valid_months),
            *(self._assigned_at(cycle, person), cycle.started_at, cycle.completed_at, cycle.valid_until),
        )

    def _finish(self, person: Person, duty: Duty, cycle: _Cycle, enrolment: int) -> None:
        course, at = duty.course, cycle.completed_at
        assert at
        read = course.texts[person.language]
        self.steps.add(enrolment, course.step, read.pk, at)
        key, title, hours = self._key(), course.titles[person.language], Decimal(course.version.content["hours"])
        step = {"step": str(course.step), "title": read.title, "sha256": read.sha256, "language": read.language}
        self.completions.add(
            *(key, enrolment, person.pk, course.key, course.version.pk, title, person.language, hours, at),
            *(cycle.valid_until, [step | {"at": at.isoformat(), "score": None}]),
        )
        serial = self._serial()
        certificate = self.certificates.add(
            *(serial, key, person.pk, person.name, course.key, title, str(course.version.number), hours),
            *(local_day(at, person.time_zone), cycle.valid_until, person.language, settings.ORGANISATION),
            *(duty.design, at),
        )
        minute = at + timedelta(minutes=1)
        self.renderings.add(certificate, 1, minute)
        path = f"certificates/{serial[:2]}/{serial}.pdf"
        self.files.add(certificate, path, hashlib.sha256(serial.encode()).hexdigest(), BYTES, "", minute)

    # --- mail --------------------------------------------------------------------------------------------------------
    def _write_to(self, person: Person, duty: Duty, cycle: _Cycle, row: int) -> None:
        """What was written about this cycle."""
        today = local_day(self.now, person.time_zone)
        since = today - DAYS_OF_MAIL
        finished = local_day(cycle.completed_at, person.time_zone) if cycle.completed_at else person.left_on

        def tell(kind: str, recipient: Person, day: date, step: str, about: date) -> None:
            day = _weekday(day)
            if day <= local_day(self.now - timedelta(hours=WRITES.hour), recipient.time_zone):
                self._notice(kind, recipient, day, row, step, about)

        if cycle.number == 1 and cycle.opened_on >= since and duty.reminder_plan.assigned:
            tell(reminding.ASSIGNED, person, cycle.opened_on, reminders.ASSIGNED, cycle.due_on)
        for step in duty.steps:
            day = cycle.due_on + timedelta(days=step.starts + (duty.rule.grace_days if step.starts > 0 else 0))
            is_open = finished is None or _weekday(day) < finished
            if is_open and day >= since and cycle.opened_on < cycle.due_on + timedelta(days=step.starts):
                tell(reminding.REMINDER, person, day, step.name, cycle.due_on)
        if finished is None:
            for level, step in enumerate(reminders.manager_steps(duty.reminder_plan)):
                lead = self._lead_above(person, level)
                if lead:
                    day = cycle.due_on + timedelta(days=step.starts + duty.rule.grace_days)
                    tell(reminding.TEAM, lead, day, step.name, cycle.due_on)
        ending, days = cycle.valid_until, duty.reminder_plan.expiring
        if ending and days and not person.left_on:
            day = ending - timedelta(days=days)
            if day >= since:
                tell(reminding.EXPIRING, person, day, reminders.EXPIRING, ending)

    def _lead_above(self, person: Person, level: int) -> Person | None:
        path = person.path
        while path:
            lead = self.leads[path]
            if lead is not person:
                if level == 0:
                    return lead
                level -= 1
            path = path[: -Team.steplen]
        return None

    def _notice(self, kind: str, recipient: Person, day: date, row: int, step: str, about: date) -> None:
        letters = self.letters
        sending = letters.written.get((kind, recipient.pk, day))
        if sending is None:
            at = morning(day, recipient.time_zone, WRITES)
            name = f"<{self._key().hex}@{DOMAIN_OF_MAIL}>"
            mail = letters.mails.add(
                *(recipient.pk, recipient.email, recipient.language, kind, kind, kind, name, at, at)
            )
            sending = letters.sendings.add(f"{kind}/{recipient.key}/{day}", kind, recipient.pk, mail, day, at)
            letters.written[kind, recipient.pk, day] = sending
        letters.notices.add(sending, row, recipient.pk, step, about)

    # --- names -------------------------------------------------------------------------------------------------------
    def _key(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def _serial(self) -> str:
        body = "".join(self.random.choices(ALPHABET, k=LENGTH - 1))
        return grouped(body + check_character(body))


DOMAIN_OF_MAIL = "made-up.example"


def _weekday(day: date) -> date:
    """We do not write on a Saturday or Sunday."""
    return day + max(0, 7 - day.weekday()) * DAY if day.weekday() > 4 else day


@cache
def morning(day: date, zone: str, at: time = OPENS) -> datetime:
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


@cache
def due_at(day: date, zone: str, grace_days: int) -> datetime:
    return due.due_at(day, zone, grace_days)
