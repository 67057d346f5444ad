"""Marking again after a wrong key: an act of its own, with a reason, for exactly what its preview showed. It is agreed
to in a request and done by a worker: thousands may pass now, and each gets a completion and a certificate."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django_tasks import task

from assessments.quizzes.actions import attempts
from assessments.quizzes.models import Question, QuizAttempt, Regraded, Regrading, RegradingLeft
from assessments.quizzes.models.regrading import plan, with_mark
from courses.models import Enrolment
from evidence import actions as evidence
from people.models import User

logger = logging.getLogger(__name__)

BATCH = 50
AGREED_AT_ONCE = 1000  # rows in memory while an act is written down
AGAIN_AFTER = timedelta(minutes=5)
OF_THE_MACHINE = (OperationalError, InterfaceError, OSError)  # no fault of an attempt: the next try may find it gone


class PlanChanged(Exception):
    """Something else would change than what was agreed to: the new preview has to be read first."""


@transaction.atomic
def regrade(
    *, question: Question, digest: str, reason: str, by: User, key: UUID, at: datetime | None = None
) -> Regrading:
    """Agree to what the preview showed: a worker then marks every answer to this question by the key that is live now.
    The same key a second time changes nothing. Raises PlanChanged, also while an earlier act is still under way."""
    Question.objects.select_for_update(of=("self",)).get(pk=question.pk)  # one act at a time
    if found := Regrading.objects.filter(key=key).first():
        return found
    if Regrading.objects.under_way().filter(question_key=question.translation_key).exists():
        raise PlanChanged
    agreed = plan(question)
    if agreed.digest != digest or not agreed.changes:
        raise PlanChanged
    made = Regrading.objects.create(
        key=key,
        question_key=question.translation_key,
        question=question.compiled(),
        reason=reason,
        by=by,
        at=at or timezone.now(),
        same=agreed.same,
        unfit=agreed.unfit,
    )
    for start in range(0, len(agreed.changes), AGREED_AT_ONCE):
        RegradingLeft.objects.bulk_create(
            RegradingLeft(
                regrading=made,
                attempt_id=change.attempt_id,
                mark_before=str(change.before),
                mark_after=str(change.after),
            )
            for change in agreed.changes[start : start + AGREED_AT_ONCE]
        )
    mark_again.enqueue(made.pk)
    return made


@task
def mark_again(regrading_id: int) -> str:
    """Do what was agreed to, in batches of one transaction each. Who passes now completes the step now; who had passed
    keeps that. An attempt that cannot be marked is set aside, and the others go on.

    The next try is in the queue before the first batch. Should this worker die at any point it goes on from there: what
    is done is no longer left, and is not met again.
    """
    made = Regrading.objects.select_related("by").get(pk=regrading_id)
    if not made.left.to_do().exists():
        return "nothing to do"
    mark_again.using(run_after=timezone.now() + AGAIN_AFTER).enqueue(regrading_id)
    done = 0
    while batch := list(made.left.to_do().order_by("pk").values_list("pk", flat=True)[:BATCH]):
        done += _mark_or_set_aside(made, batch)
    return f"{done} attempts"


def _mark_or_set_aside(made: Regrading, batch: Sequence[int]) -> int:
    """All of them at once; should that fail, one after the other, so that only what cannot be marked is set aside."""
    try:
        return _mark_batch(made, batch)
    except OF_THE_MACHINE:
        raise
    except Exception:
        if len(batch) > 1:
            return sum(_mark_or_set_aside(made, [pk]) for pk in batch)
        attempt = made.left.values_list("attempt__key", flat=True).get(pk=batch[0])
        logger.exception("Attempt %s cannot be marked again (regrading %s)", attempt, made.key)
    _set_aside(made, batch)
    return 0


@transaction.atomic
def _mark_batch(made: Regrading, batch: Sequence[int]) -> int:
    """How many attempts those were."""
    _hold_act(made)
    now = timezone.now()
    with evidence.together():
        left = list(made.left.to_do().filter(pk__in=batch).order_by("pk"))
        if not left:
            return 0  # another worker was here
        _mark(made, left, now)
        made.left.filter(pk__in=[one.pk for one in left]).delete()
        _prove_act_if_done(made, now)
    return len(left)


@transaction.atomic
def _set_aside(made: Regrading, batch: Sequence[int]) -> None:
    _hold_act(made)
    now = timezone.now()
    if made.left.to_do().filter(pk__in=batch).update(set_aside_at=now):
        _prove_act_if_done(made, now)


def _hold_act(made: Regrading) -> None:
    """One worker at a time."""
    Regrading.objects.select_for_update(of=("self",)).get(pk=made.pk)


def _mark(made: Regrading, batch: list[RegradingLeft], now: datetime) -> None:
    held = _hold(batch)
    before = {pk: (attempt.score, attempt.passed) for pk, attempt in held.items()}
    rows = []
    for left in batch:
        attempt = held[left.attempt_id]
        attempts.keep_marks(attempt, with_mark(attempt.marked, str(made.question_key), Fraction(left.mark_after)))
        rows.append(
            Regraded(
                regrading=made,
                attempt=attempt,
                mark_before=left.mark_before,
                mark_after=left.mark_after,
                score_before=before[attempt.pk][0],
                score_after=attempt.score,
                passed_before=before[attempt.pk][1],
                passed_after=attempt.passed,
            )
        )
    QuizAttempt.objects.bulk_update(held.values(), attempts.GRADED)
    Regraded.objects.bulk_create(rows)
    for row in rows:
        _prove(row, now)
        if row.passed_after and (not row.passed_before or row.attempt.quiz.is_pre_test):
            attempts.complete_if_passed(row.attempt, now)


def _hold(batch: list[RegradingLeft]) -> dict[int, QuizAttempt]:
    """As they stand now, until the transaction ends; in the order everybody locks in: enrolments first, each kind by
    its number."""
    rows = QuizAttempt.objects.filter(pk__in=[left.attempt_id for left in batch])
    enrolments = Enrolment.objects.filter(pk__in=rows.values("enrolment"))
    list(enrolments.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    held = rows.select_for_update(of=("self",)).select_related("enrolment__person", "version").order_by("pk")
    return {attempt.pk: attempt for attempt in held}


def _prove(row: Regraded, now: datetime) -> None:
    attempt, made = row.attempt, row.regrading
    evidence.append(
        kind="quiz.regraded",
        subject=attempt.enrolment.person.key,
        at=now,
        facts={
            "regrading": str(made.key),
            "attempt": str(attempt.key),
            "enrolment": str(attempt.enrolment.key),
            "question": str(made.question_key),
            "passed_before": row.passed_before,
            "passed": row.passed_after,
        },
        personal={
            "name": attempt.enrolment.person.name,
            "mark_before": row.mark_before,
            "mark": row.mark_after,
            "score_before": None if row.score_before is None else str(row.score_before),
            "reason": made.reason,
            "regraded_by": made.by.name,
        }
        | attempts.score_of(attempt),
    )


def _prove_act_if_done(made: Regrading, now: datetime) -> None:
    """With the last attempt, the act itself is proved."""
    if made.left.to_do().exists():
        return
    evidence.append(
        kind="question.regraded",
        subject=None,
        at=now,
        facts={
            "regrading": str(made.key),
            "question": str(made.question_key),
            "by": str(made.by.key),
            "agreed_at": made.at.isoformat(),
            "changed": made.regraded.count(),
            "same": made.same,
            "unfit": made.unfit,
            "set_aside": made.left.count(),
        },
        personal={},
    )


def requeue_regradings(*, waiting_since: datetime) -> int:
    """New tasks for acts agreed to before then that are still under way: their own died with a worker before it began.
    Doing so twice is harmless, since each attempt is marked once. How many."""
    lost = list(Regrading.objects.under_way().filter(at__lte=waiting_since).order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        for pk in lost:
            mark_again.enqueue(pk)
    return len(lost)
