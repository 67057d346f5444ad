"""What another quiz application counted and showed, as it stood there. Never changed or removed (a trigger refuses)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from assessments.quizzes.models.records import QuizAttempt
from courses.models import Enrolment
from people.models import User


class ImportedSitting(models.Model):
    """One sitting. percent, score, max, passed: as it showed them; passed is None while the sitting is open.

    attempt: what it is here; none where it was a second open one of the same quiz, which is only kept to be read.
    row: the row as it was read, from the file with this hash.
    """

    origin = models.CharField(max_length=120, unique=True)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="imported_sittings")
    step_key = models.UUIDField()
    attempt = models.OneToOneField(QuizAttempt, models.PROTECT, null=True, related_name="imported")
    score = models.IntegerField()
    max = models.PositiveIntegerField()
    percent = models.PositiveSmallIntegerField()
    passed = models.BooleanField(null=True)
    row = models.JSONField()
    file_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=100), name="imported_percent_at_most_100"),
        ]

    def __str__(self) -> str:
        return self.origin


class ImportedProgressQuerySet(models.QuerySet["ImportedProgress"]):
    def open_for(self, user: User) -> "ImportedProgressQuerySet":
        """One's own."""
        return self.filter(person=user)


class ImportedProgress(models.Model):
    """How much of each category somebody got right there, practice included.

    categories: [{"category", "score", "possible", "percent"}] as it showed them, in its order.
    """

    origin = models.CharField(max_length=120, unique=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="imported_progress")
    categories = models.JSONField()
    row = models.JSONField()
    file_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    objects = ImportedProgressQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.origin
