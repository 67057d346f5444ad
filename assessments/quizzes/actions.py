"""The only writer of attempts and answers. Every act is one transaction and may be repeated without harm.

Locks are always taken in the same order: the Enrolment, then the attempt.
"""

import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from assessments import policy
from assessments.quizzes.models import Answer, PracticeAnswer, QuizAttempt
from assessments.quizzes.models.records import HandIn, decision
from assessments.quizzes.rules import clock, types
from assessments.quizzes.rules.question import Question, Response
from assessments.quizzes.rules.quiz import Quiz
from courses import actions as courses
from courses import versions
from courses.models import Allowance, Enrolment, StepVersion
from evidence import actions as evidence


class NotAllowed(Exception):
    """No attempt can start now; the decision says why and until when."""

    def __init__(self, decision: policy.Decision) -> None:
        super().__init__(decision.state)
        self.decision = decision


class NotSaved(Exception):
    """The answer came too late. state: "checked", "handed_in" or "time_over"."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


CHECKED, HANDED_IN, TIME_OVER = "checked", "handed_in", "time_over"


@dataclass(frozen=True)
class Saved:
    """is_new: False when the same form came a second time."""

    answer: Answer
    is_new: bool


# --- starting ------------------------------------------------------------------------------------------------------


def start_attempt(*, enrolment: Enrolment, version: StepVersion, at: datetime | None = None) -> QuizAttempt:
    """The attempt to go on with: the open one, else a new one on this version. Raises NotAllowed.

    An open attempt whose time is over is handed in first, and stays so when no other may start. If that passes the
    quiz, it is the one that is returned.
    """
    begun = _start(enrolment, version, at or timezone.now())
    if isinstance(begun, policy.Decision):
        raise NotAllowed(begun)
    return begun


@transaction.atomic
def _start(enrolment: Enrolment, version: StepVersion, now: datetime) -> QuizAttempt | policy.Decision:
    enrolment = courses.locked(courses.start(enrolment=enrolment, at=now))
    mine = QuizAttempt.objects.open_for(enrolment.person).filter(enrolment=enrolment, step_key=version.step_key)
    attempt = mine.filter(finished_at=None).first()
    if attempt and not attempt.is_over(now):
        return attempt
    if attempt:
        attempt = hand_in(attempt=attempt, at=now)
        if attempt.passed:
            return attempt
    quiz = Quiz(versions.content(version.pk)["body"])
    verdict = decision(enrolment, version.step_key, quiz, now)
    if not verdict.may_start:
        return verdict
    courses.move_place(enrolment=enrolment, step_key=version.step_key, at=now)
    seed = secrets.token_hex(16)
    return QuizAttempt.objects.create(
        enrolment=enrolment,
        step_key=version.step_key,
        version=version,
        number=verdict.number,
        seed=seed,
        paper=quiz.new_paper(seed=seed, seen=questions_met(enrolment)),
        started_at=now,
        deadline_at=clock.deadline(now, quiz.rules["minutes"], extra_time(enrolment, version.step_key)),
    )


def questions_met(enrolment: Enrolment) -> Counter[str]:
    """How often this person has had each question on a paper, in any quiz."""
    papers = QuizAttempt.objects.filter(enrolment__person_id=enrolment.person_id).values_list("paper", flat=True)
    return Counter(entry["question"] for paper in papers for entry in paper)


def extra_time(enrolment: Enrolment, step_key: UUID) -> int:
    granted = Allowance.objects.filter(enrolment=enrolment, step_key=step_key)
    return granted.aggregate(sum=Sum("extra_time_percent"))["sum"] or 0


# --- answering -----------------------------------------------------------------------------------------------------


@transaction.atomic
def save_answer(
    *,
    attempt: QuizAttempt,
    question_key: str,
    response: Response,
    version: StepVersion,
    idem: UUID,
    checked: bool = False,
    at: datetime | None = None,
) -> Saved:
    """Keep this answer; the last one kept is the one that counts. The same idem a second time changes nothing.

    checked: its explanation is shown next, so that no other answer follows. Raises NotSaved.
    """
    now = at or timezone.now()
    attempt = _locked(attempt)
    if found := attempt.answers.filter(idem=idem).first():
        return Saved(found, is_new=False)
    if not attempt.is_open:
        raise NotSaved(HANDED_IN)
    earlier = attempt.answers.filter(question_key=question_key).order_by("-seq").first()
    if earlier and earlier.checked:
        raise NotSaved(CHECKED)
    if attempt.is_over(now):
        raise NotSaved(TIME_OVER)
    answer = Answer.objects.create(
        attempt=attempt,
        question_key=question_key,
        seq=earlier.seq + 1 if earlier else 1,
        response=response,
        checked=checked,
        version=version,
        idem=idem,
        at=now,
    )
    return Saved(answer, is_new=True)


def check_answer(**kwargs: Any) -> Saved:
    """Keep this answer for good: its explanation may be shown. Only where the quiz explains at once."""
    if not kwargs["attempt"].quiz.explains_at_once:
        raise ValueError("This quiz explains nothing before it is handed in.")
    return save_answer(**kwargs, checked=True)


@transaction.atomic
def flag(*, attempt: QuizAttempt, question_key: str, on: bool) -> QuizAttempt:
    """Mark a question to come back to, or take the mark away. Nothing happens once the attempt is handed in."""
    attempt = _locked(attempt)
    others = [key for key in attempt.flagged if key != question_key]
    if attempt.is_open:
        attempt.flagged = [*others, question_key] if on else others
        attempt.save(update_fields=["flagged"])
    return attempt


def _locked(attempt: QuizAttempt) -> QuizAttempt:
    """The attempt as it stands now, held until the transaction ends."""
    rows = QuizAttempt.objects.select_for_update(of=("self",)).with_allowance().select_related("enrolment__person")
    return rows.get(pk=attempt.pk)


# --- handing in ----------------------------------------------------------------------------------------------------


@transaction.atomic
def hand_in(*, attempt: QuizAttempt, at: datetime | None = None) -> QuizAttempt:
    """Grade the answers that were saved. A second call gives the same result.

    When it passes, the step is completed in the same transaction, and with the last required step the course.
    """
    now = at or timezone.now()
    courses.locked(attempt.enrolment)
    attempt = _locked(attempt)
    if not attempt.is_open:
        return attempt
    responses = {key: answer.response for key, answer in attempt.answers_now().items()}
    quiz = attempt.quiz
    marked = quiz.marked(attempt.keys, responses)
    grade = quiz.grade(marked)
    attempt.hand_in_kind = HandIn.TIME_OVER if attempt.is_over(now) else HandIn.BY_LEARNER
    attempt.finished_at = max(now, attempt.started_at)  # the server's clock may have been set back
    attempt.score, attempt.max = _decimal(grade.total.points), grade.total.maximum
    attempt.passed = grade.passed
    attempt.marks = [
        {
            "question": item.key,
            "module": item.module,
            "objective": item.objective,
            "mark": None if item.mark is None else str(item.mark),
        }
        for item in marked
    ]
    attempt.save(update_fields=["hand_in_kind", "finished_at", "score", "max", "passed", "marks"])
    _prove(attempt)
    if attempt.passed:
        score = grade.total.value
        attempt.enrolment = courses.complete_step(
            enrolment=attempt.enrolment, version=_last_shown(attempt), score=score, at=now
        )
    return attempt


def _decimal(points: Fraction) -> Decimal:
    """Rounded down, so that a rounded figure never reads as a pass that it is not."""
    exact = Decimal(points.numerator) / Decimal(points.denominator)
    return exact.quantize(Decimal("0.001"), rounding=ROUND_DOWN)


def _last_shown(attempt: QuizAttempt) -> StepVersion:
    """The version that stood on the screen last: whoever changed language finished in the one they ended with."""
    last = attempt.answers.select_related("version").order_by("-pk").first()
    return last.version if last else attempt.version


def _prove(attempt: QuizAttempt) -> None:
    evidence.append(
        kind="quiz.handed_in",
        subject=attempt.enrolment.person.key,
        at=attempt.finished_at,
        facts={
            "attempt": str(attempt.key),
            "enrolment": str(attempt.enrolment.key),
            "step": str(attempt.step_key),
            "version": attempt.version.sha256,
            "number": attempt.number,
            "started_at": attempt.started_at.isoformat(),
            "kind": str(attempt.hand_in_kind),
            "passed": attempt.passed,
        },
        personal={"name": attempt.enrolment.person.name, "score": str(attempt.score), "max": attempt.max},
    )


# --- practising ----------------------------------------------------------------------------------------------------


@transaction.atomic
def practise(
    *,
    enrolment: Enrolment,
    step_key: UUID,
    block_key: str,
    question: Question,
    response: Response,
    idem: UUID,
    at: datetime | None = None,
) -> PracticeAnswer:
    """Keep a practice answer, for its writer alone. The same idem a second time changes nothing."""
    kind = types.get(question.type)
    share = _decimal(kind.mark(question, response, partial=True)) if kind.scored else None
    courses.move_place(enrolment=enrolment, step_key=step_key, anchor=f"b-{block_key}", at=at)
    fields: Mapping[str, Any] = {
        "step_key": step_key,
        "block_key": block_key,
        "question_key": question.key,
        "response": response,
        "share": share,
        "at": at or timezone.now(),
    }
    answer, _created = PracticeAnswer.objects.get_or_create(person=enrolment.person, idem=idem, defaults=fields)
    return answer
