"""Bringing over what people did in another quiz application. Nothing of it is marked anew, and all of it says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Max

from assessments.quizzes.models import Answer, ImportedProgress, ImportedSitting, QuizAttempt
from assessments.quizzes.models.records import HandIn, as_json
from assessments.quizzes.rules.grading import Marked
from assessments.quizzes.rules.question import Response
from courses import actions as courses
from courses.models import Enrolment, StepVersion
from people.models import User


@dataclass(frozen=True)
class SittingThere:
    """A sitting as it stood there. score may be impossible; percent and passed are what was shown.

    responses: {question key: answer}. wrong: keys of the questions that counted as wrong. ended_at: None while open.
    """

    origin: str
    attempt_key: UUID
    paper: Sequence[Mapping[str, Any]]
    responses: Mapping[str, Response]
    wrong: frozenset[str]
    score: int
    percent: int
    passed: bool | None
    started_at: datetime
    ended_at: datetime | None
    row: Mapping[str, Any]


@transaction.atomic
def bring_sitting(
    *, enrolment: Enrolment, version: StepVersion, there: SittingThere, file_sha256: str, at: datetime
) -> ImportedSitting:
    """A second call changes nothing. No certificate, no essay to mark and no proof of an act here comes of it; what was
    passed there is finished here."""
    enrolment = courses.locked(enrolment)
    if found := ImportedSitting.objects.filter(origin=there.origin).first():
        return found
    attempt = _attempt(enrolment, version, there)
    if attempt and attempt.passed:
        share = Fraction(int(attempt.score or 0), attempt.max or 1)
        courses.complete_step(enrolment=enrolment, version=version, score=share, at=attempt.finished_at)
    return ImportedSitting.objects.create(
        origin=there.origin,
        enrolment=enrolment,
        step_key=version.step_key,
        attempt=attempt,
        score=there.score,
        max=len(there.paper),
        percent=there.percent,
        passed=there.passed,
        row=there.row,
        file_sha256=file_sha256,
        at=at,
    )


def _attempt(enrolment: Enrolment, version: StepVersion, there: SittingThere) -> QuizAttempt | None:
    """None for a second open one: here there is only ever one, and it was the first that one went on with there."""
    mine = QuizAttempt.objects.filter(enrolment=enrolment, step_key=version.step_key)
    if there.ended_at is None and mine.filter(finished_at=None).exists():
        return None
    attempt = QuizAttempt(
        key=there.attempt_key,
        enrolment=enrolment,
        step_key=version.step_key,
        version=version,
        number=(mine.aggregate(last=Max("number"))["last"] or 0) + 1,
        seed="",
        paper=there.paper,
        started_at=there.started_at,
    )
    if there.ended_at:
        attempt.finished_at, attempt.hand_in_kind = there.ended_at, HandIn.IMPORTED
        attempt.score, attempt.max = min(max(0, there.score), len(there.paper)), len(there.paper)
        attempt.passed, attempt.marks = there.passed, as_json(_marked(attempt, there.wrong))
    attempt.save()
    Answer.objects.bulk_create(
        Answer(
            attempt=attempt,
            question_key=key,
            seq=1,
            response=response,
            checked=attempt.quiz.explains_at_once,
            version=version,
            idem=uuid5(attempt.key, key),
            at=there.ended_at or there.started_at,
        )
        for key, response in there.responses.items()
    )
    return attempt


def _marked(attempt: QuizAttempt, wrong: frozenset[str]) -> list[Marked]:
    """Right or wrong, as it was counted there: essays too, by the switch of whoever marked them."""
    return [
        Marked(question.key, question.module, question.objective, Fraction(int(question.key not in wrong)))
        for question in attempt.quiz.questions(attempt.keys)
    ]


@transaction.atomic
def bring_progress(
    *,
    person: User,
    origin: str,
    categories: Sequence[Mapping[str, Any]],
    row: Mapping[str, Any],
    file_sha256: str,
    at: datetime,
) -> ImportedProgress:
    fields = {"person": person, "categories": categories, "row": row, "file_sha256": file_sha256, "at": at}
    progress, _created = ImportedProgress.objects.get_or_create(origin=origin, defaults=fields)
    return progress
