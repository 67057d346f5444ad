"""What people answered. Tables, never pages: an attempt plays the StepVersion it began with, whatever changes later."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from assessments import policy
from assessments.quizzes.rules import clock
from assessments.quizzes.rules.grading import Marked
from assessments.quizzes.rules.quiz import Given, Quiz
from courses import versions
from courses.models import Allowance, Enrolment, StepVersion
from courses.models.records import asked_again_since
from people.models import User, searched

MARKING = "marking"  # a state of policy.Decision: the last attempt waits for its mark, and no other starts before

STATES: dict[str, dict[str, Any]] = {
    "open": {"finished_at": None},
    "waiting": {"finished_at__isnull": False, "passed": None},
    "passed": {"passed": True},
    "not_yet": {"passed": False},
}


class HandIn(models.TextChoices):
    BY_LEARNER = "learner", _("handed in")
    TIME_OVER = "time_over", _("closed after the time was over")
    IMPORTED = "imported", _("brought over from another system")


class QuizAttemptQuerySet(models.QuerySet):
    def open_for(self, user: User) -> "QuizAttemptQuerySet":
        """The attempts this person may act in: their own."""
        return (
            self.filter(enrolment__person=user)
            .with_allowance()
            .select_related("enrolment", "enrolment__course_version", "enrolment__person")
        )

    def answered_by(self, user: User) -> "QuizAttemptQuerySet":
        """The same, without what only a page shows: answers are saved far more often than pages are read."""
        return self.filter(enrolment__person=user)

    def visible_to(self, user: User) -> "QuizAttemptQuerySet":
        """Whose results this person may see: their own, L&D and auditors all. Never a manager's: answers are no
        business of theirs."""
        if user.is_learning_staff or user.is_auditor:
            return self
        return self.filter(enrolment__person=user)

    def with_allowance(self) -> "QuizAttemptQuerySet":
        """Adds `extra_time`: percent of time granted to this person in this step, also while the attempt is open."""
        granted = (
            Allowance.objects.filter(enrolment=OuterRef("enrolment"), step_key=OuterRef("step_key"))
            .order_by()
            .values("enrolment")
            .annotate(sum=Sum("extra_time_percent"))
            .values("sum")
        )
        return self.annotate(extra_time=Coalesce(Subquery(granted), 0))

    def of_this_round(self) -> "QuizAttemptQuerySet":
        """Without those that began before the step was to be redone."""
        return self.filter(~asked_again_since("started_at"))

    def ended(self) -> "QuizAttemptQuerySet":
        return self.exclude(finished_at=None)

    def in_state(self, state: str) -> "QuizAttemptQuerySet":
        """As QuizAttempt.state has it."""
        return self.filter(**STATES[state])

    def of_person(self, words: str) -> "QuizAttemptQuerySet":
        """Of people in whose name or address each of these words stands."""
        return searched(self, words, *(f"enrolment__person__{name}" for name in ("first_name", "last_name", "email")))

    def waiting(self) -> "QuizAttemptQuerySet":
        """Handed in, and not graded before a person has marked what only a person can."""
        return self.ended().filter(passed=None)


class QuizAttempt(models.Model):
    """One try. paper: [{"question": key, "order": [keys of its parts]}], fixed at the start like seed and version.

    score: points reached, rounded down; the exact marks are in marks: [{"question", "module", "objective", "mark"}],
    mark being a fraction as text ("2/3") or None where nothing is scored, and "weight" where it is worth more than one
    point. max: points there were. An attempt that is
    handed in and has no score yet waits for marking; "waits" then stands in the marks that are missing.

    wordings: {language: id of the StepVersion} it is shown in, kept at the start; None for those of before.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="quiz_attempts")
    step_key = models.UUIDField()
    version = models.ForeignKey(StepVersion, models.PROTECT, related_name="quiz_attempts")
    number = models.PositiveSmallIntegerField()
    seed = models.CharField(max_length=32)
    paper = models.JSONField()
    wordings = models.JSONField(null=True)
    flagged = models.JSONField(default=list)
    started_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    hand_in_kind = models.CharField(max_length=10, choices=HandIn, blank=True)
    score = models.DecimalField(max_digits=8, decimal_places=3, null=True)
    max = models.PositiveSmallIntegerField(null=True)
    passed = models.BooleanField(null=True)
    marks = models.JSONField(null=True)

    objects = QuizAttemptQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "step_key", "number"], name="quiz_attempt_number_once"),
            models.UniqueConstraint(
                fields=["enrolment", "step_key"], condition=Q(finished_at=None), name="quiz_attempt_one_open"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="quiz_attempt_number_from_1"),
            models.CheckConstraint(
                condition=Q(finished_at=None, score=None, max=None, passed=None, marks__isnull=True, hand_in_kind="")
                | Q(
                    finished_at__gte=F("started_at"),
                    score=None,
                    max=None,
                    passed=None,
                    marks__isnull=False,
                    hand_in_kind__in=HandIn.values,
                )
                | Q(
                    finished_at__gte=F("started_at"),
                    score__gte=0,
                    score__lte=F("max"),
                    passed__isnull=False,
                    marks__isnull=False,
                    hand_in_kind__in=HandIn.values,
                ),
                name="quiz_attempt_open_or_graded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id}, {self.step_key}, {self.number}"

    @property
    def is_open(self) -> bool:
        return self.finished_at is None

    @property
    def state(self) -> str:
        """One of STATES."""
        if self.is_open:
            return "open"
        return "waiting" if self.passed is None else "passed" if self.passed else "not_yet"

    @cached_property
    def number_in_round(self) -> int:
        """For whoever reads it: each round of a step has all the attempts anew, while numbers are counted on."""
        if self.number == 1:
            return 1
        earlier = QuizAttempt.objects.filter(
            enrolment=self.enrolment_id, step_key=self.step_key, number__lt=self.number
        )
        return 1 + earlier.filter(~asked_again_since("started_at", until=self.started_at)).count()

    @property
    def waits(self) -> bool:
        """For somebody to mark it."""
        return not self.is_open and self.passed is None

    @property
    def marked(self) -> list[Marked]:
        """The marks as they are kept, whatever the rules are now."""
        return from_json(self.marks or [])

    @property
    def pinned(self) -> StepVersion:
        """`version`, read once a process and without its content."""
        return versions.numbered(self.version_id)

    @property
    def quiz(self) -> Quiz:
        """The rules and questions it began with."""
        return Quiz(versions.content(self.version_id)["body"])

    @property
    def keys(self) -> list[str]:
        return [entry["question"] for entry in self.paper]

    def order(self, question_key: str) -> list[str]:
        return next(entry["order"] for entry in self.paper if entry["question"] == question_key)

    @property
    def until(self) -> datetime | None:
        """When its time is over: what was told at the start, or later where more was granted since (`extra_time`)."""
        if self.deadline_at is None:
            return None
        extended = clock.deadline(self.started_at, self.quiz.rules["minutes"], getattr(self, "extra_time", 0))
        return max(self.deadline_at, extended) if extended else self.deadline_at

    def is_over(self, now: datetime) -> bool:
        """Whether its time has run out. It stays open until it is handed in."""
        return self.is_open and clock.is_over(self.until, now)

    def answers_now(self) -> dict[str, "Answer"]:
        """{question key: the answer that counts}: the last one saved."""
        return {str(answer.question_key): answer for answer in self.answers.order_by("seq")}

    def asked(self, answer: "Answer") -> Given:
        """This answer, with the question as it stood on the screen then, in its language."""
        shown = Quiz(versions.content(answer.version_id)["body"])
        return Given(shown.question(str(answer.question_key)), answer.response)


def as_json(marked: Iterable[Marked]) -> list[dict[str, Any]]:
    return [
        {
            "question": item.key,
            "module": item.module,
            "objective": item.objective,
            "mark": None if item.mark is None else str(item.mark),
        }
        | ({"waits": True} if item.waits else {})
        | ({"weight": item.weight} if item.weight != 1 else {})
        for item in marked
    ]


@lru_cache(maxsize=1024)
def fraction(mark: str) -> Fraction:
    """Few marks are ever given, and reading one takes longer than all else about it."""
    return Fraction(mark)


def from_json(marks: Iterable[Mapping[str, Any]]) -> list[Marked]:
    """As as_json wrote it."""
    return [
        Marked(
            key=row["question"],
            module=row["module"],
            objective=row["objective"],
            mark=None if row["mark"] is None else fraction(row["mark"]),
            waits=row.get("waits", False),
            weight=row.get("weight", 1),
        )
        for row in marks
    ]


def decision(enrolment: Enrolment, step_key: UUID, quiz: Quiz, now: datetime) -> policy.Decision:
    """May this person start an attempt at this step now?"""
    past = QuizAttempt.objects.filter(enrolment=enrolment, step_key=step_key).of_this_round()
    taken = list(past.order_by().values_list("finished_at", "passed"))
    ended = [at for at, _passed in taken if at]
    granted = Allowance.objects.filter(enrolment=enrolment, step_key=step_key)
    verdict = policy.decide(
        quiz.tries,
        taken=len(taken),
        extra=sum(granted.values_list("extra_attempts", flat=True)),
        last_ended_at=max(ended, default=None),
        passed=any(passed for _at, passed in taken),
        now=now,
    )
    return replace(verdict, state=MARKING) if any(at and passed is None for at, passed in taken) else verdict


class Answer(models.Model):
    """One saved answer. Never changed or removed (a trigger refuses): the one with the highest seq counts.

    checked: its explanation was shown, so that it is the last one. version: what stood on the screen.
    """

    attempt = models.ForeignKey(QuizAttempt, models.PROTECT, related_name="answers")
    question_key = models.UUIDField()
    seq = models.PositiveSmallIntegerField()
    response = models.JSONField()
    checked = models.BooleanField(default=False)
    version = models.ForeignKey(StepVersion, models.PROTECT, related_name="+")
    idem = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "question_key", "seq"], name="answer_seq_once"),
            models.UniqueConstraint(fields=["attempt", "idem"], name="answer_saved_once"),
            models.UniqueConstraint(
                fields=["attempt", "question_key"], condition=Q(checked=True), name="answer_checked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.question_key}, {self.seq}"


class PracticeAnswerQuerySet(models.QuerySet):
    def open_for(self, user: User) -> "PracticeAnswerQuerySet":
        """Only ever one's own."""
        return self.filter(person=user)


class PracticeAnswer(models.Model):
    """An answer that does not count, private to its writer: no report, export or staff screen touches this table."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="practice_answers")
    step_key = models.UUIDField()
    block_key = models.CharField(max_length=64)
    question_key = models.UUIDField()
    response = models.JSONField()
    share = models.DecimalField(max_digits=4, decimal_places=3, null=True)
    idem = models.UUIDField()
    at = models.DateTimeField()

    objects = PracticeAnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "idem"], name="practice_answer_once"),
            models.CheckConstraint(
                condition=Q(share=None) | Q(share__gte=0, share__lte=1), name="practice_share_between_0_and_1"
            ),
        ]
        indexes = [models.Index(fields=["person", "step_key", "block_key", "id"])]

    def __str__(self) -> str:
        return f"{self.question_key}, {self.at:%Y-%m-%d}"
