"""Marking again after a wrong key: what would change, and the record of what did."""

import hashlib
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from assessments.quizzes.models.questions import Question
from assessments.quizzes.models.records import Answer, HandIn, QuizAttempt, fraction, from_json
from assessments.quizzes.rules import types
from assessments.quizzes.rules.grading import Grade, Marked
from assessments.quizzes.rules.question import Question as PublishedQuestion
from assessments.quizzes.rules.quiz import Quiz
from courses import versions

ALIKE = 4096  # different answers that are kept with their marks

_as_text = json.JSONEncoder(sort_keys=True).encode


@dataclass(frozen=True, slots=True)
class Change:
    """One attempt whose mark for the question would be another. Small, since a preview may hold all of a company.

    passed: what it says today, None while an essay still waits. enough: whether it would pass by the new mark alone.
    """

    attempt_id: int
    before: Fraction
    after: Fraction
    passed: bool | None
    enough: bool

    @property
    def waits(self) -> bool:
        return self.passed is None

    @property
    def passes(self) -> bool | None:
        """What was passed stays passed. None while an essay still waits."""
        return None if self.waits else self.passed or self.enough

    @property
    def newly_passes(self) -> bool:
        return bool(self.passes) and not self.passed

    @property
    def keeps_its_pass(self) -> bool:
        """Passed though the new mark alone would not."""
        return bool(self.passes) and not self.enough


@dataclass(frozen=True)
class Plan:
    """same: answers whose mark stays. unfit: answers that name parts the question no longer has; they stay too."""

    question: Question
    changes: list[Change]
    same: int
    unfit: int

    @cached_property
    def digest(self) -> str:
        """Stands for exactly these changes, so that nobody agrees to one thing and gets another."""
        digest = hashlib.sha256()
        for change in self.changes:
            digest.update(f"{change.attempt_id} {change.before} {change.after} {change.passes}\n".encode())
        return digest.hexdigest()

    @property
    def newly_passed(self) -> int:
        return sum(change.newly_passes for change in self.changes)

    @property
    def keep_their_pass(self) -> int:
        return sum(change.keeps_its_pass for change in self.changes)


@dataclass(frozen=True)
class Shown:
    """A change with whose it is, and the whole grades: of the few on a page."""

    change: Change
    attempt: QuizAttempt
    grade_before: Grade
    grade: Grade


def plan(question: Question) -> Plan:
    """What marking all answers to this question by its live key would change, in two queries. What a person marked
    no key marks again."""
    if not types.get(question.type).can_be_marked_again:
        return Plan(question, [], 0, 0)
    keys, name = _live(question), str(question.translation_key)
    found: list[Change] = []
    same = unfit = 0
    again = lru_cache(ALIKE)(lambda language, version, response: _mark_again(keys[language], version, response))
    for attempt_id, version_id, passed, marks, language, response in _answers(question):
        before = next((row["mark"] for row in marks if row["question"] == name), None)
        if before is None:
            continue
        after = again(language if language in keys else next(iter(keys)), version_id, _as_text(response))
        if after is None:
            unfit += 1
        elif after == fraction(before):
            same += 1
        else:
            enough = _quiz(version_id).grade(with_mark(from_json(marks), name, after)).passed
            found.append(Change(attempt_id, fraction(before), after, passed, enough))
    return Plan(question, found, same, unfit)


def shown(found: Plan, changes: Sequence[Change]) -> list[Shown]:
    """These changes, as a page tells of them, in one query."""
    whose = QuizAttempt.objects.select_related("enrolment__person", "version")
    rows = whose.defer("paper", "flagged", "wordings", "version__content")
    attempts = rows.in_bulk([change.attempt_id for change in changes])
    return [_shown(found, change, attempts[change.attempt_id]) for change in changes]


def _shown(found: Plan, change: Change, attempt: QuizAttempt) -> Shown:
    marked = with_mark(attempt.marked, str(found.question.translation_key), change.after)
    return Shown(change, attempt, attempt.quiz.grade(attempt.marked), attempt.quiz.grade(marked))


def with_mark(marked: Iterable[Marked], name: str, mark: Fraction) -> list[Marked]:
    """The same, but for this question."""
    return [replace(item, mark=mark) if item.key == name else item for item in marked]


def _quiz(version_id: int) -> Quiz:
    return Quiz(versions.content(version_id)["body"])


def _mark_again(asked: PublishedQuestion, version_id: int, response: str) -> Fraction | None:
    """None where the answer names parts the question no longer has. response: as JSON, so that it is worked out once
    for all who answered alike."""
    quiz, given, kind = _quiz(version_id), json.loads(response), types.get(asked.type)
    if quiz.question(asked.key).type != asked.type or not kind.fits(asked, given):
        return None
    return kind.mark(asked, given, partial=quiz.rules["partial_credit"])


def _live(question: Question) -> dict[str, PublishedQuestion]:
    """{language: the question as it is live now}, the one asked about first."""
    rows = Question.objects.live().filter(translation_key=question.translation_key).select_related("locale", "picture")
    ordered = sorted(rows, key=lambda row: row.pk != question.pk)
    return {row.locale.language_code: PublishedQuestion.of(row.compiled()) for row in ordered}


def _answers(question: Question) -> Iterator[tuple]:
    """(attempt, its version, passed and marks, language, response) of the answer that counts of each attempt that was
    handed in here: what was brought over stays what it showed. Row by row, since there may be 100,000."""
    handed_in = Answer.objects.filter(question_key=question.translation_key, attempt__finished_at__isnull=False)
    later = Answer.objects.filter(
        attempt=OuterRef("attempt"), question_key=OuterRef("question_key"), seq__gt=OuterRef("seq")
    )
    rows = handed_in.exclude(attempt__hand_in_kind=HandIn.IMPORTED).filter(~Exists(later))
    facts = ("attempt", "attempt__version", "attempt__passed", "attempt__marks", "version__language", "response")
    yield from rows.order_by("attempt").values_list(*facts).iterator()


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
