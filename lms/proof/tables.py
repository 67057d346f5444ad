"""The tables of a pack, and the register as one: what an auditor may see, row by row from the database."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from assessments.quizzes.models import QuizAttempt
from assessments.quizzes.models.records import HandIn
from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.models.records import Mode
from certificates.bundles import STATES
from certificates.models import Certificate
from courses.models import Completion, Enrolment
from courses.models.records import EnrolmentQuerySet
from lms.proof import trainings
from lms.proof.people import erased, shown_name, with_erasure
from lms.proof.rules import chunks
from lms.proof.trainings import CHUNK, Row
from people.models import User
from people.rules import cells
from training import words
from training.exports import Table, Value
from training.models import Assignment
from training.rules.status import first_due, status
from training.titles import titles

Rows = QuerySet[Enrolment]


def moment(at: datetime | None) -> str:
    """In UTC, so that nobody has to guess."""
    return at.astimezone(ZoneInfo("UTC")).isoformat(timespec="seconds") if at else ""


# --- the register --------------------------------------------------------------------------------------------------
def register(found: EnrolmentQuerySet, *, notes: list[tuple[str, str]], now: datetime, language: str) -> Table:
    today = timezone.localdate(now)
    rows = trainings.all_rows(found, now=now, today=today, language=language)
    return Table(
        name=_("Register of training"),
        headings=[
            str(words.COLUMNS["person"]),
            str(words.COLUMNS["team"]),
            pgettext("column", "Account"),
            str(words.COLUMNS["course"]),
            _("Cycle"),
            pgettext("column", "Due"),
            _("Status"),
            pgettext("column", "Finished"),
            pgettext("column", "Valid until"),
            _("Certificate number"),
            pgettext("certificate status", "Revoked"),
        ],
        rows=(_register_row(row, language) for row in rows),
        notes=notes,
    )


def _register_row(row: Row, language: str) -> list[Value]:
    with translation.override(language):  # as in trainings.rows_of
        return [
            row.person,
            row.team,
            account(is_left=row.is_left, is_erased=row.is_erased),
            row.course,
            str(row.enrolment.cycle),
            row.due_on,
            str(words.STATUSES[row.status]),
            row.finished_on,
            row.valid_until,
            row.serial,
            row.revoked_on,
        ]


def account(*, is_left: bool, is_erased: bool) -> str:
    if is_erased:
        return pgettext("account", "personal data erased")
    return pgettext("account", "closed") if is_left else pgettext("account", "active")


# --- of a pack -----------------------------------------------------------------------------------------------------
def people(found: Rows) -> Table:
    rows = with_erasure(User.objects.filter(pk__in=found.order_by().values("person"))).select_related("team")
    return Table(
        name="people",
        headings=[
            _("Key of the person"),
            pgettext("person", "Name"),
            _("E-mail"),
            _("Team"),
            pgettext("column", "Account"),
        ],
        rows=(
            [
                str(person.key),
                shown_name(person, person.is_erased),
                "" if person.is_erased else person.email,
                person.team.name if person.team else "",
                account(is_left=not person.is_active, is_erased=person.is_erased),
            ]
            for person in rows.order_by("pk").iterator(chunk_size=CHUNK)
        ),
        notes=[],
    )


def assignments(found: Rows, *, now: datetime, language: str) -> Table:
    """Every assignment that an enrolment in the pack fulfils, those that were released or renewed too."""
    today = timezone.localdate(now)
    rows = Assignment.objects.filter(enrolment__in=found.order_by().values("pk"))
    rows = rows.select_related("person", "enrolment", "requirement").annotate(is_erased=erased("person__key"))
    return Table(
        name="assignments",
        headings=[
            _("Key of the person"),
            _("Person"),
            _("Course"),
            _("Requirement"),
            _("Cycle"),
            pgettext("column", "Assigned"),
            pgettext("column", "Due"),
            _("Status"),
            pgettext("column", "Finished"),
            pgettext("column", "Released"),
            pgettext("column", "Reason"),
        ],
        rows=_titled(
            rows.order_by("pk").iterator(chunk_size=CHUNK),
            lambda row: row.enrolment.course_key,
            lambda row, course: [
                str(row.person.key),
                shown_name(row.person, row.is_erased),
                course,
                row.requirement.name,
                str(row.cycle),
                moment(row.assigned_at),
                first_due(row.due_on, row.enrolment.redo_by),
                str(words.STATUSES[status(row.facts(row.enrolment), now, today)]),
                row.settled_on(),
                moment(row.released_at),
                row.reason(language),
            ],
            language,
        ),
        notes=[],
    )


def completions(found: Rows) -> Table:
    rows = Completion.objects.filter(enrolment__in=found.order_by().values("pk")).defer("path")
    rows = rows.select_related("person", "enrolment", "course_version").annotate(is_erased=erased("person__key"))
    return Table(
        name="completions",
        headings=[
            _("Key of the person"),
            _("Person"),
            _("Course"),
            _("Course version"),
            _("SHA-256 of the course version"),
            _("Cycle"),
            _("Language"),
            _("Hours"),
            pgettext("column", "Finished"),
            pgettext("column", "Valid until"),
            _("Key of the completion"),
        ],
        rows=(
            [
                str(row.person.key),
                shown_name(row.person, row.is_erased),
                row.title,
                str(row.course_version.number),
                row.course_version.sha256,
                str(row.enrolment.cycle),
                row.language,
                cells.exact(row.hours, get_language() or ""),
                moment(row.completed_at),
                row.valid_until,
                str(row.key),
            ]
            for row in rows.order_by("pk").iterator(chunk_size=CHUNK)
        ),
        notes=[],
    )


def certificates_of(found: Rows) -> QuerySet[Any]:
    """All that were issued for these enrolments, the revoked and the replaced too; each with `is_erased`."""
    keys = Completion.objects.filter(enrolment__in=found.order_by().values("pk")).values("key")
    rows = Certificate.objects.with_state().filter(completion_key__in=keys).select_related("holder")
    return rows.annotate(is_erased=erased("holder__key")).order_by("pk")


CERTIFICATE_HEADINGS = (
    lambda: _("Certificate number"),
    lambda: _("Key of the person"),
    lambda: pgettext("person", "Name"),
    lambda: _("Course"),
    lambda: _("Course version"),
    lambda: _("Issued"),
    lambda: _("Valid until"),
    lambda: _("Status"),
    lambda: _("SHA-256 of the PDF"),
    lambda: _("File"),
    lambda: _("Remark"),
)


def certificate_row(certificate: Certificate, is_erased: bool, file: str, remark: str) -> list[Value]:
    return [
        certificate.serial,
        str(certificate.holder.key),
        shown_name(certificate.holder, True) if is_erased else certificate.holder_name,
        certificate.course_title,
        certificate.course_version,
        certificate.issued_on,
        certificate.valid_until,
        str(STATES[certificate.state(timezone.localdate())]()),
        certificate.file.sha256 if certificate.has_file else "",
        file,
        remark,
    ]


def attempts(found: Rows) -> Table:
    """Results alone: no answer, no choice, nothing that was practice."""
    return Table(
        name="attempts",
        headings=[
            _("Key of the person"),
            _("Person"),
            _("Kind"),
            _("Step"),
            pgettext("attempt", "Number"),
            pgettext("column", "Begun"),
            pgettext("column", "Ended"),
            pgettext("column", "Ended by"),
            pgettext("column", "Passed"),
            _("Points"),
            _("Highest possible"),
            _("SHA-256 of the content"),
        ],
        rows=_attempt_rows(found),
        notes=[],
    )


def _attempt_rows(found: Rows) -> Iterator[list[Value]]:
    keys = found.order_by().values("pk")
    kinds: tuple[tuple[str, QuerySet], ...] = (
        (_("Quiz"), QuizAttempt.objects.ended().filter(enrolment__in=keys)),
        (_("Scenario"), ScenarioRun.objects.finished().filter(enrolment__in=keys, mode=Mode.GRADED)),
    )
    for kind, rows in kinds:
        rows = rows.select_related("enrolment__person", "version").defer("version__content").order_by("pk")
        rows = rows.annotate(is_erased=erased("enrolment__person__key"))
        for row in rows.iterator(chunk_size=CHUNK):
            yield _attempt_row(kind, row)


def _attempt_row(kind: str, row) -> list[Value]:
    """row: a QuizAttempt or a ScenarioRun. The points of a scenario tell how it was played, so they stay out."""
    is_quiz = isinstance(row, QuizAttempt)
    person, language = row.enrolment.person, get_language() or ""
    return [
        str(person.key),
        shown_name(person, row.is_erased),
        kind,
        row.version.title,
        str(row.number),
        moment(row.started_at),
        moment(row.finished_at),
        str(HandIn(row.hand_in_kind).label) if is_quiz else "",
        passed(row.passed),
        cells.exact(row.score, language) if is_quiz and row.score is not None else "",
        cells.exact(row.max, language) if is_quiz and row.max is not None else "",
        row.version.sha256,
    ]


def passed(value: bool | None) -> str:
    if value is None:
        return _("waits for marking")
    return _("yes") if value else _("no")


def _titled(rows: Iterable, key, row_of, language: str) -> Iterator[list[Value]]:
    """row_of(row, title of its course), with one query for the titles of many."""
    for chunk in chunks(rows, CHUNK):
        named = titles({key(row) for row in chunk}, language)
        yield from (row_of(row, named[str(key(row))]) for row in chunk)
