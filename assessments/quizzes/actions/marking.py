"""Marking essays: take one, give points, and with the last mark of an attempt grade it."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from fractions import Fraction

from django.db import transaction
from django.utils import timezone

from assessments.quizzes import emails
from assessments.quizzes.actions import attempts
from assessments.quizzes.models import Essay, Mark, QuizAttempt
from assessments.quizzes.rules import marking as rules
from courses import actions as courses
from evidence import actions as evidence
from people import actions as people
from people.models import User


class NotMarked(Exception):
    """Somebody else has the essay open, or has marked it meanwhile."""


def claim(*, essay: Essay, by: User, at: datetime | None = None) -> bool:
    """Keep this essay for one marker for a while. False where somebody else has it: one UPDATE decides, so that of two
    who ask at once only one gets it."""
    now = at or timezone.now()
    free = Essay.objects.open_for(by).free_for(by, now).filter(pk=essay.pk)
    return free.update(claimed_by=by, claimed_until=now + rules.CLAIM) == 1


def release(*, essay: Essay, by: User) -> None:
    """Give it back unmarked. Nothing happens where somebody else has it by now."""
    Essay.objects.filter(pk=essay.pk, claimed_by=by).update(claimed_by=None, claimed_until=None)


@transaction.atomic
def mark(*, essay: Essay, by: User, points: Mapping[str, int], feedback: str = "", at: datetime | None = None) -> Essay:
    """Give points for each criterion. With the mark that settles the last essay of an attempt, the attempt is graded
    and, if it passes, the step completed, all in this transaction. The same marker a second time changes nothing.

    Raises NotMarked, and ValueError where the points do not fit the criteria.
    """
    now = at or timezone.now()
    courses.locked(essay.attempt.enrolment)
    attempt = attempts.locked(essay.attempt)
    essay = Essay.objects.select_for_update(of=("self",)).get(pk=essay.pk)
    essay.attempt = attempt
    if essay.marks.filter(marker=by).exists():
        return essay
    if essay.settled_at or essay.claimed_by_id != by.pk or attempt.enrolment.person_id == by.pk:
        raise NotMarked
    share = rules.share(essay.given.question, points)
    given = [one.fraction for one in essay.marks.order_by("number")]
    made = Mark.objects.create(
        essay=essay,
        number=len(given) + 1,
        marker=by,
        points=dict(points),
        share=str(share),
        feedback=feedback,
        at=now,
    )
    final = rules.settled([*given, share], essay.rules)
    essay.claimed_by = essay.claimed_until = None
    if final is not None:
        essay.settled_at, essay.share = now, str(final)
    essay.save(update_fields=["claimed_by", "claimed_until", "settled_at", "share"])
    _prove(essay, made)
    if final is not None:
        _settle(attempt, essay, final, now)
    return essay


def _settle(attempt: QuizAttempt, essay: Essay, mark: Fraction, now: datetime) -> None:
    key = str(essay.question_key)
    marked = [replace(item, mark=mark, waits=False) if item.key == key else item for item in attempt.marked]
    attempts.keep_marks(attempt, marked)
    attempt.save(update_fields=attempts.GRADED)
    if attempt.waits:
        return
    evidence.append(
        kind="quiz.marked",
        subject=attempt.enrolment.person.key,
        at=now,
        facts={
            "attempt": str(attempt.key),
            "enrolment": str(attempt.enrolment.key),
            "step": str(attempt.step_key),
            "passed": attempt.passed,
        },
        personal={"name": attempt.enrolment.person.name} | attempts.score_of(attempt),
    )
    attempts.complete_if_passed(attempt, now)
    _tell(attempt)


def _tell(attempt: QuizAttempt) -> None:
    """The writer, once: when nothing of the attempt waits any longer."""
    if attempt.enrolment.person.is_active:
        letter = emails.essays_marked(attempt=attempt)
        people.send_mail(person=attempt.enrolment.person, **asdict(letter))


def _prove(essay: Essay, made: Mark) -> None:
    person = essay.attempt.enrolment.person
    evidence.append(
        kind="essay.marked",
        subject=person.key,
        at=made.at,
        facts={
            "essay": str(essay.key),
            "attempt": str(essay.attempt.key),
            "question": str(essay.question_key),
            "number": made.number,
            "marker": str(made.marker.key),
            "settled": essay.settled_at is not None,
        },
        personal={
            "name": person.name,
            "marked_by": made.marker.name,
            "points": dict(made.points),
            "share": made.share,
            "settled_share": essay.share,
            "feedback": made.feedback,
        },
    )
