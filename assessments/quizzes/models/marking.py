"""Essays that people mark: the queue, who has which one open, and every mark that was ever given."""

import uuid
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from assessments.quizzes.models.records import QuizAttempt
from assessments.quizzes.rules.marking import Marking as Rules
from people.models import User

MAY_MARK = "quizzes.mark_essays"


class EssayQuerySet(models.QuerySet):
    def open_for(self, user: User) -> "EssayQuerySet":
        """What this person may mark: nothing of their own, and nothing they have marked already."""
        if not user.has_perm(MAY_MARK):
            return self.none()
        mine = Mark.objects.filter(marker=user).values("essay")
        return self.filter(settled_at=None).exclude(attempt__enrolment__person=user).exclude(pk__in=mine)

    def waiting_for_others(self, user: User) -> "EssayQuerySet":
        """What this person has marked, and somebody else has to as well."""
        return self.filter(settled_at=None, marks__marker=user)

    def free_for(self, user: User, now: datetime) -> "EssayQuerySet":
        """Not open on anybody else's screen."""
        return self.filter(Q(claimed_until=None) | Q(claimed_until__lte=now) | Q(claimed_by=user))


class Essay(models.Model):
    """One answer that waits for its mark. claimed_by has it open until claimed_until; settled_at says its mark is
    certain: share, a fraction as text. candidate stands in place of the name."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attempt = models.ForeignKey(QuizAttempt, models.PROTECT, related_name="essays")
    question_key = models.UUIDField()
    candidate = models.CharField(max_length=8, db_index=True)
    handed_in_at = models.DateTimeField()
    claimed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    share = models.CharField(max_length=40, blank=True)

    objects = EssayQuerySet.as_manager()

    class Meta:
        permissions = (("mark_essays", _("Can mark essays")),)
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["attempt", "question_key"], name="essay_once_an_attempt"),
            models.CheckConstraint(
                condition=Q(claimed_by=None, claimed_until=None)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="essay_claimed_until_then",
            ),
            models.CheckConstraint(
                condition=Q(settled_at=None, share="") | Q(settled_at__isnull=False) & ~Q(share=""),
                name="essay_settled_with_a_mark",
            ),
        ]
        indexes = [models.Index(fields=["handed_in_at"], condition=Q(settled_at=None), name="essay_waiting")]

    def __str__(self) -> str:
        return f"{self.candidate}: {self.question_key}"

    @staticmethod
    def number_of(attempt: QuizAttempt) -> str:
        """The same for all that one person wrote in one quiz, and nothing that leads back to them."""
        return salted_hmac("essay", f"{attempt.enrolment.person.key}/{attempt.step_key}").hexdigest()[:8]

    @property
    def rules(self) -> Rules:
        return self.attempt.quiz.marking

    @property
    def given(self) -> Any:
        """What was written, and the question as it stood on the screen."""
        return self.attempt.asked(self.attempt.answers_now()[str(self.question_key)])


class Mark(models.Model):
    """What one person gave for one essay. Never changed or removed (a trigger refuses). points: {criterion: points};
    share: exactly, a fraction as text."""

    essay = models.ForeignKey(Essay, models.PROTECT, related_name="marks")
    number = models.PositiveSmallIntegerField()
    marker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    points = models.JSONField()
    share = models.CharField(max_length=40)
    feedback = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["essay", "number"], name="mark_number_once"),
            models.UniqueConstraint(fields=["essay", "marker"], name="mark_once_a_marker"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=3), name="mark_at_most_three"),
        ]

    def __str__(self) -> str:
        return f"{self.essay_id}: {self.number}"

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.share)
