"""Self-checks of people without an account: tables of their own, no training, gone after three days."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import models

from assessments.quizzes.rules.quiz import Quiz
from courses import versions
from courses.models import StepVersion

KEPT = timedelta(days=3)


def hashed(guest: str) -> str:
    """Of the key in a browser's cookie: nobody who reads this table can go on in that browser's place."""
    return hashlib.sha256(guest.encode()).hexdigest()


class GuestSittingQuerySet(models.QuerySet["GuestSitting"]):
    def open_for(self, guest: str, now: datetime) -> "GuestSittingQuerySet":
        """What this browser began less than three days ago; nothing without its key."""
        mine = self.filter(guest=hashed(guest), started_at__gt=now - KEPT) if guest else self.none()
        return mine.select_related("version").defer("version__content")

    def over(self, now: datetime) -> "GuestSittingQuerySet":
        return self.filter(started_at__lte=now - KEPT)


class GuestSitting(models.Model):
    """One browser at one open quiz. paper, wordings: as of a QuizAttempt. Says nothing about who it is."""

    guest = models.CharField(max_length=64)
    step_key = models.UUIDField()
    version = models.ForeignKey(StepVersion, models.PROTECT, related_name="+")
    paper = models.JSONField()
    wordings = models.JSONField(null=True)
    started_at = models.DateTimeField(db_index=True)

    objects = GuestSittingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["guest", "step_key"], name="guest_sitting_once_a_quiz")]

    def __str__(self) -> str:
        return f"{self.step_key}, {self.started_at:%Y-%m-%d}"

    @property
    def quiz(self) -> Quiz:
        return Quiz(versions.content(self.version_id)["body"])

    @property
    def keys(self) -> list[str]:
        return [entry["question"] for entry in self.paper]

    def order(self, question_key: str) -> list[str]:
        return next(entry["order"] for entry in self.paper if entry["question"] == question_key)

    def responses(self) -> dict[str, dict[str, Any]]:
        """{question key: the answer}"""
        return {str(key): response for key, response in self.answers.values_list("question_key", "response")}


class GuestAnswer(models.Model):
    """Explained at once, so that the first one stays."""

    sitting = models.ForeignKey(GuestSitting, models.CASCADE, related_name="answers")
    question_key = models.UUIDField()
    response = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sitting", "question_key"], name="guest_answers_once")]

    def __str__(self) -> str:
        return f"{self.sitting_id}: {self.question_key}"
