"""Marking again after a wrong key: an act of its own, with a reason, for exactly what its preview showed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from assessments.quizzes.actions import attempts
from assessments.quizzes.models import Question, QuizAttempt, Regraded, Regrading
from assessments.quizzes.models.regrading import Change, Plan, plan
from courses.models import Enrolment
from evidence import actions as evidence
from people.models import User


class PlanChanged(Exception):
    """Something else would change than what was agreed to: the new preview has to be read first."""


@transaction.atomic
def regrade(
    *, question: Question, digest: str, reason: str, by: User, key: UUID, at: datetime | None = None
) -> Regrading:
    """Mark every answer to this question by its live key. Who passes now completes the step now; who had passed keeps
    that. All of it or nothing; the same key a second time changes nothing. Raises PlanChanged."""
    now = at or timezone.now()
    if found := Regrading.objects.filter(key=key).first():
        return found
    _lock(plan(question))
    agreed = plan(question)
    if agreed.digest != digest or not agreed.changes:
        raise PlanChanged
    made = Regrading.objects.create(
        key=key,
        question_key=question.translation_key,
        question=question.compiled(),
        reason=reason,
        by=by,
        at=now,
    )
    for change in agreed.changes:
        _apply(change, made)
    _prove(made, agreed)
    return made


def _lock(found: Plan) -> None:
    """In the order everybody locks in: enrolments first, each kind by its number."""
    keys = [change.attempt.pk for change in found.changes]
    enrolments = Enrolment.objects.filter(pk__in=[change.attempt.enrolment_id for change in found.changes])
    list(enrolments.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    list(QuizAttempt.objects.filter(pk__in=keys).select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _apply(change: Change, made: Regrading) -> None:
    attempt = change.attempt
    before = attempt.score, attempt.passed
    attempts.keep_marks(attempt, change.marked)
    attempt.save(update_fields=attempts.GRADED)
    Regraded.objects.create(
        regrading=made,
        attempt=attempt,
        mark_before=str(change.before),
        mark_after=str(change.after),
        score_before=before[0],
        score_after=attempt.score,
        passed_before=before[1],
        passed_after=attempt.passed,
    )
    evidence.append(
        kind="quiz.regraded",
        subject=attempt.enrolment.person.key,
        at=made.at,
        facts={
            "regrading": str(made.key),
            "attempt": str(attempt.key),
            "enrolment": str(attempt.enrolment.key),
            "question": str(made.question_key),
            "passed_before": before[1],
            "passed": attempt.passed,
        },
        personal={
            "name": attempt.enrolment.person.name,
            "mark_before": str(change.before),
            "mark": str(change.after),
            "score_before": None if before[0] is None else str(before[0]),
            "reason": made.reason,
            "regraded_by": made.by.name,
        }
        | attempts.score_of(attempt),
    )
    if attempt.passed and (not before[1] or attempt.quiz.is_pre_test):
        attempts.complete_if_passed(attempt, made.at)


def _prove(made: Regrading, agreed: Plan) -> None:
    evidence.append(
        kind="question.regraded",
        subject=None,
        at=made.at,
        facts={
            "regrading": str(made.key),
            "question": str(made.question_key),
            "by": str(made.by.key),
            "changed": len(agreed.changes),
            "same": agreed.same,
            "unfit": agreed.unfit,
        },
        personal={},
    )
