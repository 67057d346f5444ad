"""Marking again after a wrong key: what would change, and the record of what did."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from assessments.quizzes.models.questions import Question
from assessments.quizzes.models.records import Answer, HandIn, QuizAttempt
from assessments.quizzes.rules import types
from assessments.quizzes.rules.grading import Grade, Marked
from assessments.quizzes.rules.question import Question as PublishedQuestion
from assessments.quizzes.rules.quiz import Quiz
from courses import versions


@dataclass(frozen=True)
class Change:
    """One attempt whose mark for the question would be another."""

    attempt: QuizAttempt
    question_key: str
    before: Fraction
    after: Fraction

    @property
    def marked(self) -> list[Marked]:
        return [
            replace(item, mark=self.after) if item.key == self.question_key else item for item in self.attempt.marked
        ]

    @property
    def grade_before(self) -> Grade:
        return self.attempt.quiz.grade(self.attempt.marked)

    @cached_property
    def grade(self) -> Grade:
        return self.attempt.quiz.grade(self.marked)

    @property
    def passes(self) -> bool | None:
        """What was passed stays passed. None while an essay still waits."""
        return None if self.attempt.waits else bool(self.attempt.passed) or self.grade.passed

    @property
    def newly_passes(self) -> bool:
        return bool(self.passes) and not self.attempt.passed

    @property
    def keeps_its_pass(self) -> bool:
        """Passed though the new mark alone would not."""
        return bool(self.passes) and not self.grade.passed


@dataclass(frozen=True)
class Plan:
    """same: answers whose mark stays. unfit: answers that name parts the question no longer has; they stay too."""

    question: Question
    changes: list[Change]
    same: int
    unfit: int

    @property
    def digest(self) -> str:
        """Stands for exactly these changes, so that nobody agrees to one thing and gets another."""
        lines = [f"{change.attempt.key} {change.before} {change.after} {change.passes}" for change in self.changes]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @property
    def newly_passed(self) -> int:
        return sum(change.newly_passes for change in self.changes)

    @property
    def keep_their_pass(self) -> int:
        return sum(change.keeps_its_pass for change in self.changes)


def plan(question: Question) -> Plan:
    """What marking all answers to this question by its live key would change, in three queries. What a person marked
    no key marks again."""
    if not types.get(question.type).can_be_marked_again:
        return Plan(question, [], 0, 0)
    keys, name = _live(question), str(question.translation_key)
    found: list[Change] = []
    same = unfit = 0
    again = cache(lambda language, version_id, response: _mark_again(keys[language], version_id, response))
    for attempt, language, response in _answers(question):
        before = next((row["mark"] for row in attempt.marks or [] if row["question"] == name), None)
        if before is None:
            continue
        after = again(language if language in keys else next(iter(keys)), attempt.version_id, response)
        if after is None:
            unfit += 1
        elif after == Fraction(before):
            same += 1
        else:
            found.append(Change(attempt, name, Fraction(before), after))
    return Plan(question, found, same, unfit)


def _mark_again(asked: PublishedQuestion, version_id: int, response: str) -> Fraction | None:
    """None where the answer names parts the question no longer has. response: as JSON, so that it is worked out once
    for all who answered alike."""
    quiz, given, kind = Quiz(versions.content(version_id)["body"]), json.loads(response), types.get(asked.type)
    if quiz.question(asked.key).type != asked.type or not kind.fits(asked, given):
        return None
    return kind.mark(asked, given, partial=quiz.rules["partial_credit"])


def _live(question: Question) -> dict[str, PublishedQuestion]:
    """{language: the question as it is live now}, the one asked about first."""
    rows = Question.objects.live().filter(translation_key=question.translation_key).select_related("locale", "picture")
    ordered = sorted(rows, key=lambda row: row.pk != question.pk)
    return {row.locale.language_code: PublishedQuestion.of(row.compiled()) for row in ordered}


def _answers(question: Question) -> Iterator[tuple[QuizAttempt, str, str]]:
    """(attempt, language, response as JSON) of the answer that counts of each attempt that was handed in here: what was
    brought over stays what it showed."""
    handed_in = Answer.objects.filter(question_key=question.translation_key, attempt__finished_at__isnull=False)
    rows = handed_in.exclude(attempt__hand_in_kind=HandIn.IMPORTED)
    given = rows.order_by("seq").values_list("attempt", "version__language", "response")
    last = {attempt: (language, json.dumps(response, sort_keys=True)) for attempt, language, response in given}
    attempts = QuizAttempt.objects.filter(pk__in=rows.values("attempt")).defer("paper", "flagged", "wordings")
    for attempt in attempts.order_by("enrolment_id", "number"):
        yield attempt, *last[attempt.pk]


class RegradingQuerySet(models.QuerySet):
    def under_way(self) -> "RegradingQuerySet":
        return self.filter(Exists(RegradingLeft.objects.to_do().filter(regrading=OuterRef("pk"))))


class Regrading(models.Model):
    """One act of marking again: who, why, by which key. Never changed or removed.

    same, unfit: the answers that keep their marks, as the preview counted them.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    question_key = models.UUIDField(db_index=True)
    question: Any = models.JSONField()
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    same = models.PositiveIntegerField(default=0)
    unfit = models.PositiveIntegerField(default=0)

    objects = RegradingQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="regrading_says_why")]

    def __str__(self) -> str:
        return f"{self.question_key}, {self.at:%Y-%m-%d}"


class RegradingLeftQuerySet(models.QuerySet):
    def to_do(self) -> "RegradingLeftQuerySet":
        return self.filter(set_aside_at=None)

    def set_aside(self) -> "RegradingLeftQuerySet":
        return self.exclude(set_aside_at=None)


class RegradingLeft(models.Model):
    """What was agreed to and is not done yet: a worker takes it out as it marks the attempt.

    set_aside_at: it could not be marked, so that the others go on without it. It stays, to be told."""

    regrading = models.ForeignKey(Regrading, models.CASCADE, related_name="left")
    attempt = models.ForeignKey(QuizAttempt, models.CASCADE, related_name="+")
    mark_before = models.CharField(max_length=40)
    mark_after = models.CharField(max_length=40)
    set_aside_at = models.DateTimeField(null=True)

    objects = RegradingLeftQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["regrading", "attempt"], name="left_to_regrade_once")]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.mark_before} → {self.mark_after}"


class Regraded(models.Model):
    """What one act of marking again changed in one attempt. Never changed or removed."""

    regrading = models.ForeignKey(Regrading, models.PROTECT, related_name="regraded")
    attempt = models.ForeignKey(QuizAttempt, models.PROTECT, related_name="regraded")
    mark_before = models.CharField(max_length=40)
    mark_after = models.CharField(max_length=40)
    score_before = models.DecimalField(max_digits=8, decimal_places=3, null=True)
    score_after = models.DecimalField(max_digits=8, decimal_places=3, null=True)
    passed_before = models.BooleanField(null=True)
    passed_after = models.BooleanField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["regrading", "attempt"], name="regraded_once"),
            models.CheckConstraint(
                condition=~Q(passed_before=True) | Q(passed_after=True), name="regraded_takes_no_pass_away"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.mark_before} → {self.mark_after}"
