"""Who must do what by when."""

import uuid
from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from courses.models import Enrolment
from people.models import User
from training.rules.selection import SHOWN, URGENCY
from training.rules.status import DUE_SOON, EXPIRES_SOON, Status


class Requirement(models.Model):
    """A rule: which course, for whom, why, due how many days after joining the audience, valid for how long.

    audience is an expression of rules.audience; reasons is {language: text}, shown to the employee.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    course_key = models.UUIDField(db_index=True)
    audience = models.JSONField(_("audience"))
    reasons = models.JSONField(_("why"), default=dict)
    due_days = models.PositiveSmallIntegerField(_("due after, days"), default=30)
    valid_months = models.PositiveSmallIntegerField(_("valid for, months"), null=True, blank=True)
    starts_on = models.DateField(_("applies from"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("requirement"), _("requirements")

    def __str__(self) -> str:
        return self.name


class AssignmentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "AssignmentQuerySet":
        return self.filter(person__in=User.objects.visible_to(user).values("pk"))

    def managed_by(self, user: User) -> "AssignmentQuerySet":
        return self.of(User.objects.managed_by(user).filter(is_active=True))

    def of(self, people: models.QuerySet[User]) -> "AssignmentQuerySet":
        return self.filter(person__in=people.values("pk"))

    def with_status(self, now: datetime, today: date) -> "AssignmentQuerySet":
        """Adds `status` and `is_due_soon`: rules.status in SQL. One test holds the two together."""
        finished = Q(enrolment__completed_at__isnull=False)
        valid_until = "enrolment__valid_until"
        due_soon = Q(enrolment__completed_at=None, waived_at=None, due_at__gt=now, due_at__lte=now + DUE_SOON)
        return self.annotate(
            is_due_soon=Case(When(due_soon, then=Value(True)), default=Value(False)),
            status=Case(
                When(waived_at__isnull=False, then=Value(Status.WAIVED)),
                When(finished & Q(**{f"{valid_until}__lt": today}), then=Value(Status.EXPIRED)),
                When(finished & Q(**{f"{valid_until}__lte": today + EXPIRES_SOON}), then=Value(Status.EXPIRES_SOON)),
                When(finished, then=Value(Status.FINISHED)),
                When(due_at__lte=now, then=Value(Status.OVERDUE)),
                When(enrolment__started_at__isnull=False, then=Value(Status.IN_PROGRESS)),
                default=Value(Status.NOT_STARTED),
                output_field=models.CharField(),
            ),
        )

    # Asked for after with_status(): the same words as in rules.selection.

    def showing(self, show: str) -> "AssignmentQuerySet":
        return self.filter(shown_as(show))

    def with_urgency(self) -> "AssignmentQuerySet":
        """Adds `urgency`: rules.selection.urgency in SQL."""
        ranks = [When(shown_as(show), then=Value(rank)) for rank, show in enumerate(URGENCY)]
        return self.annotate(urgency=Case(*ranks, output_field=models.PositiveSmallIntegerField()))


def shown_as(show: str) -> Q:
    shown = SHOWN[show]
    statuses = Q(status__in=[str(status) for status in shown.statuses])
    return statuses | Q(is_due_soon=True) if shown.due_soon else statuses


class Assignment(models.Model):
    """One person, one requirement, one cycle. due_at (UTC) is derived from due_on and time_zone."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="assignments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments")
    cycle = models.PositiveSmallIntegerField(default=1)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="assignments")
    reasons = models.JSONField(default=dict)
    assigned_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    time_zone = models.CharField(max_length=40)
    due_at = models.DateTimeField(null=True, blank=True)
    waived_at = models.DateTimeField(null=True, blank=True)
    status: str  # this and the next only after with_status()
    is_due_soon: bool

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["requirement", "person", "cycle"], name="assignment_once_a_cycle"),
            models.CheckConstraint(
                condition=Q(due_on=None, due_at=None) | Q(due_on__isnull=False, due_at__isnull=False),
                name="assignment_due_date_and_instant_together",
            ),
        ]
        indexes = [models.Index(F("person"), F("due_at"), name="assignment_person_due")]

    def reason(self, language: str) -> str:
        return self.reasons.get(language) or self.reasons.get(settings.LANGUAGE_CODE) or ""
