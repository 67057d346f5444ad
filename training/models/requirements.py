"""The rules, and what each of them said when."""

import uuid
from collections.abc import Mapping
from functools import reduce
from operator import and_, or_
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from people.models import PersonTag, Team, User
from training.rules import due
from training.rules.reminders import Plan as ReminderPlan
from training.rules.reminders import parse

MAY_CHANGE = "training.change_requirement"
EVERYBODY, NOBODY = Q(pk__isnull=False), Q(pk__in=[])
# What a version keeps: the rule as it was said.
RULE_FIELDS = (
    "name",
    "course_key",
    "audience",
    "reasons",
    "first_due",
    "due_days",
    "due_date",
    "due_month",
    "due_day",
    "valid_months",
    "anchor",
    "window_days",
    "grace_days",
    "prior_months",
    "reminders",
    "starts_on",
    "is_active",
)


def audience_q(expression: Mapping) -> Q:
    """For User: rules.audience.includes in SQL, as one condition. No part of it is ever NULL, so that NOT is right."""
    if "any" in expression:
        return reduce(or_, (audience_q(part) for part in expression["any"]), NOBODY)
    if "all" in expression:
        return reduce(and_, (audience_q(part) for part in expression["all"]), EVERYBODY)
    if "not" in expression:
        return ~audience_q(expression["not"])
    if "team" in expression:
        named = Team.objects.filter(key=expression["team"])
        if expression.get("below", True):
            named = Team.objects.filter(path__startswith=named.values("path")[:1])
        return Q(team__isnull=False) & Q(team__in=named.order_by().values("pk"))
    if "tag" in expression:
        return Q(pk__in=PersonTag.objects.filter(name=expression["tag"]).values("person"))
    if "person" in expression:
        return Q(key=expression["person"])
    return Q(job_role=expression["job_role"]) if "job_role" in expression else Q(location=expression["location"])


class RequirementQuerySet(models.QuerySet["Requirement"]):
    def visible_to(self, user: User) -> "RequirementQuerySet":
        """For L&D and admins to read."""
        return self if user.is_active and user.is_learning_staff else self.none()

    def changeable_by(self, user: User) -> "RequirementQuerySet":
        return self if user.has_perm(MAY_CHANGE) else self.none()


class Requirement(models.Model):
    """A rule: which course, for whom, why, due when, valid for how long, and who is reminded of it when.

    audience is an expression of rules.audience; reasons is {language: text}, shown to the employee; reminders is what
    rules.reminders.parse reads. The rest is rules.due.Plan.
    """

    class First(models.TextChoices):
        JOINING = due.First.JOINING.value, _("so many days after joining the audience")
        DATE = due.First.DATE.value, _("on one date")
        YEARLY = due.First.YEARLY.value, _("on one day of each year")

    class Anchor(models.TextChoices):
        COMPLETION = due.Anchor.COMPLETION.value, _("the day it was finished")
        DUE = due.Anchor.DUE.value, _("the due date before")
        ANNIVERSARY = due.Anchor.ANNIVERSARY.value, _("the day of joining the audience")
        MONTH = due.Anchor.MONTH.value, _("the end of the month in which it was finished")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(pgettext_lazy("requirement", "name"), max_length=120)
    course_key = models.UUIDField(db_index=True)
    audience = models.JSONField(_("audience"))
    reasons = models.JSONField(_("why"), default=dict)
    first_due = models.CharField(max_length=8, choices=First, default=First.JOINING)
    due_days = models.PositiveSmallIntegerField(_("due after, days"), default=30)
    due_date = models.DateField(null=True, blank=True)
    due_month = models.PositiveSmallIntegerField(null=True, blank=True)
    due_day = models.PositiveSmallIntegerField(null=True, blank=True)
    valid_months = models.PositiveSmallIntegerField(_("valid for, months"), null=True, blank=True)
    anchor = models.CharField(max_length=11, choices=Anchor, default=Anchor.COMPLETION)
    window_days = models.PositiveSmallIntegerField(default=30)
    grace_days = models.PositiveSmallIntegerField(default=0)
    prior_months = models.PositiveSmallIntegerField(null=True, blank=True)
    reminders = models.JSONField(default=dict)
    starts_on = models.DateField(_("applies from"))
    is_active = models.BooleanField(_("active"), default=True)

    objects = RequirementQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("requirement"), _("requirements")

    def __str__(self) -> str:
        return self.name

    @property
    def plan(self) -> due.Plan:
        return due.Plan(
            first=due.First(self.first_due),
            days=self.due_days,
            on=self.due_date,
            month=self.due_month,
            day=self.due_day,
            months=self.valid_months or None,
            anchor=due.Anchor(self.anchor),
            window_days=self.window_days,
            grace_days=self.grace_days,
            prior_months=self.prior_months,
        )

    @property
    def reminder_plan(self) -> ReminderPlan:
        return parse(self.reminders)

    @property
    def members(self) -> models.QuerySet[User]:
        """Everybody with an open account whom it is for, as teams, roles and tags stand now; one query."""
        return User.objects.filter(audience_q(self.audience), is_active=True)

    def content(self) -> dict:
        """The rule as JSON: what a version keeps."""
        said = {name: getattr(self, name) for name in RULE_FIELDS}
        return {
            name: value if isinstance(value, (dict, int, type(None))) else str(value) for name, value in said.items()
        }


class RequirementVersion(models.Model):
    """Append-only: what the rule said from then on, who saved it and why, and what the dry run had shown."""

    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    note = models.CharField(max_length=500, blank=True)
    counts = models.JSONField(default=dict)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar[list] = [
            models.UniqueConstraint(fields=["requirement", "number"], name="requirement_version_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.requirement_id} v{self.number}"
