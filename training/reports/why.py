"""Why is this not complete? Each thing the course asks of this person, met or not, since when, by which record."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from certificates.models import Certificate
from courses import kinds, versions
from courses.models import Completion, Enrolment, Redo, StepCompletion
from courses.reports import in_language, step_address
from people.models import User
from training.models import Assignment
from training.rules.status import Status


@dataclass(frozen=True)
class Record:
    """A StepCompletion: its number, when it was written, and which text was in front of the person then. waived_by:
    the attempt at a pre-test that showed it to be known, in place of reading it."""

    number: int
    at: datetime
    language: str
    sha256: str
    waived_by: UUID | None = None


@dataclass(frozen=True)
class Again:
    """A change asks for the step once more: since when, until when. earlier: what was on record before, if anything."""

    at: datetime
    due_on: date | None
    earlier: Record | None


@dataclass(frozen=True)
class Asked:
    """One required step of the version of the course that this person is on. met is None while it is not finished;
    again: it had been, or had been begun, before a change that asks for it once more."""

    url: str
    title: str
    kind: Any
    icon: str
    met: Record | None
    again: Again | None = None


@dataclass(frozen=True)
class Why:
    """completion and certificate are there once everything is met; assignment where the course was assigned."""

    enrolment: Enrolment
    course: str
    asked: list[Asked]
    assignment: Assignment | None
    completion_key: UUID | None
    certificate: Certificate | None
    is_own: bool
    is_led: bool

    @property
    def missing(self) -> int:
        return sum(row.met is None for row in self.asked)

    @property
    def may_offer(self) -> bool:
        """There is still something that another qualification could stand in for."""
        return self.assignment is not None and self.assignment.status in (
            Status.NOT_STARTED,
            Status.IN_PROGRESS,
            Status.OVERDUE,
        )

    @property
    def is_waived(self) -> bool:
        return self.assignment is not None and self.assignment.status == Status.WAIVED


def why(*, enrolment: Enrolment, reader: User, now: datetime, today: date, language: str) -> Why:
    """enrolment has been fetched with permission, course_version and person with it."""
    required = [step for step in enrolment.course_version.steps if step.key in enrolment.required]
    texts = versions.texts([enrolment.course_version])[enrolment.course_version_id]
    met, again = _records(enrolment)
    address = step_address(enrolment)
    is_own = enrolment.person_id == reader.pk
    completion = issued = None
    if enrolment.completed_at:
        completion = Completion.objects.values_list("key", flat=True).get(enrolment=enrolment)
        issued = Certificate.objects.filter(completion_key=completion).current().select_related("revocation")
    assignments = Assignment.objects.current().filter(enrolment=enrolment).with_status(now, today)
    return Why(
        enrolment=enrolment,
        course=_title(texts.get((str(enrolment.course_key), versions.COURSE_STRUCTURE)), language),
        asked=[
            Asked(
                url=address(step.key),
                title=_title(texts.get((step.key, step.structure)), language),
                kind=kinds.get(step.kind).label,
                icon=kinds.get(step.kind).icon,
                met=met.get(step.key),
                again=again.get(step.key),
            )
            for step in required
        ],
        assignment=assignments.order_by("due_at", "pk").first(),
        completion_key=completion,
        certificate=issued.order_by("pk").last() if issued else None,
        is_own=is_own,
        is_led=not is_own and User.objects.managed_by(reader).filter(pk=enrolment.person_id, is_active=True).exists(),
    )


def _title(found: versions.Languages | None, language: str) -> str:
    """What was never published here (moved in from elsewhere) has a word too: links need one."""
    return in_language(found, language).title if found else _("Unnamed")


def _records(enrolment: Enrolment) -> tuple[dict[str, Record], dict[str, Again]]:
    """By step key: the record of its last round; and where a change asks for it in a later one, what it asks."""
    rows = StepCompletion.objects.filter(enrolment=enrolment).order_by("round")
    found = rows.values_list(
        "step_key", "round", "pk", "completed_at", "version__language", "version__sha256", "waived_by"
    )
    last = {
        key: (number, Record(pk, at, language, sha256, waived_by))
        for key, number, pk, at, language, sha256, waived_by in found
    }
    asked = {redo.step_key: redo for redo in Redo.objects.filter(enrolment=enrolment).order_by("round")}
    owed = {key: redo for key, redo in asked.items() if key not in last or redo.round > last[key][0]}
    met = {str(key): record for key, (_number, record) in last.items() if key not in owed}
    again = {str(key): Again(redo.at, redo.due_on, last[key][1] if key in last else None) for key, redo in owed.items()}
    return met, again
