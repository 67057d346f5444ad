"""The moment a course is finished: decided from our own rows, in the transaction of the act that finished it."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min

from certificates import actions as certificates
from certificates.rules import Facts
from courses import rules, validity
from courses.models.records import Completion, Enrolment, Publication, Redo, StepCompletion
from evidence import actions as evidence
from people.models import User

PROVED = ("step", "sha256", "language", "at", "waived_by")  # of each step of the path; the score is personal


def complete_if_done(enrolment: Enrolment, at: datetime) -> None:
    """With the last required step the course is finished and the certificate issued. The row must be locked."""
    if enrolment.completed_at:
        return
    done = list(enrolment.step_completions.current().select_related("version").defer("version__content"))
    if not rules.progress(enrolment.required, frozenset(str(row.step_key) for row in done)).is_complete:
        return
    completion = _record_completion(enrolment, done, at)
    enrolment.completed_at, enrolment.valid_until, enrolment.redo_by = at, completion.valid_until, None
    enrolment.save(update_fields=["completed_at", "valid_until", "redo_by"])
    with evidence.together():
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


def say_redo_by(enrolment: Enrolment) -> None:
    """Until when something is owed, as the rows say now. The row must be locked."""
    owed = Redo.objects.owed().filter(enrolment=enrolment).aggregate(first=Min("due_on"))["first"]
    opened = enrolment.opened_by.redo_by if enrolment.opened_by else None
    enrolment.redo_by = min((day for day in (owed, opened) if day), default=None)
    enrolment.save(update_fields=["redo_by"])


def _record_completion(enrolment: Enrolment, done: list[StepCompletion], at: datetime) -> Completion:
    content = enrolment.course_version.content
    order = {step["key"]: position for position, step in enumerate(content["steps"])}
    done.sort(key=lambda row: order.get(str(row.step_key), len(order)))
    language = enrolment.person.language
    today = _local_date(enrolment.person, at)
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
        valid_until=validity.asked_for(enrolment, today) or rules.valid_until(today, months),
        path=[
            {
                "step": str(row.step_key),
                "title": row.version.title,
                "sha256": row.version.sha256,
                "language": row.version.language,
                "at": row.completed_at.isoformat(),
                "score": None if row.score is None else str(row.score),
            }
            | ({"waived_by": str(row.waived_by)} if row.waived_by else {})
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
            "steps": [{name: step[name] for name in PROVED if name in step} for step in completion.path],
        },
        personal={
            "name": completion.person.name,
            "email": completion.person.email,
            "course": completion.title,
            "scores": {step["step"]: step["score"] for step in completion.path if step["score"] is not None},
        },
    )
