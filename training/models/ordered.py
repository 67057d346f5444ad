"""Reports that managers ordered by mail."""

import uuid
from datetime import date
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from people.models import User
from training.models.reminders import Sending
from training.rules import schedule
from training.rules.selection import COURSES, TRAININGS, Selection, parse

SCREENS = {"trainings": TRAININGS, "courses": COURSES}  # those whose list can be taken along as a file


class ReportOrderQuerySet(models.QuerySet["ReportOrder"]):
    def open(self) -> "ReportOrderQuerySet":
        return self.filter(ended_at=None)

    def open_for(self, user: User) -> "ReportOrderQuerySet":
        """Their own, which they may change or stop."""
        return self.open().filter(person=user)


class ReportOrder(models.Model):
    """A list of somebody's team as it stood on the screen (`query`: its address), by mail on certain days.

    `last_on` is the day it was last worked out for, `last` what was sent then (None: nobody needed attention), and
    `people_sha256` whom they could see at that moment.
    """

    class Every(models.TextChoices):
        WEEK = schedule.WEEK, _("every week")
        MONTH = schedule.MONTH, _("every month")

    class Form(models.TextChoices):
        XLSX = "xlsx", "Excel"
        CSV = "csv", "CSV"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="report_orders")
    screen = models.CharField(max_length=10)
    query = models.CharField(max_length=1500, blank=True)
    form = models.CharField(max_length=4, choices=Form)
    every = models.CharField(max_length=5, choices=Every)
    day = models.PositiveSmallIntegerField()  # 0 for Monday; or of the month
    only_if_needed = models.BooleanField(default=False)
    ordered_at = models.DateTimeField()
    next_on = models.DateField()  # on the person's calendar
    queued_at = models.DateTimeField(null=True)  # a task was asked to send it
    last_on = models.DateField(null=True)
    last = models.OneToOneField(Sending, models.PROTECT, null=True, related_name="report_order")
    people_sha256 = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = ReportOrderQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["person", "screen", "query", "form", "every", "day"],
                condition=Q(ended_at=None),
                name="report_ordered_once",
            ),
        ]
        indexes = [models.Index(fields=["next_on"], condition=Q(ended_at=None), name="report_order_waits")]

    def __str__(self) -> str:
        return f"{self.screen}{self.query}, {self.every} {self.day}"

    @property
    def selection(self) -> Selection:
        return parse(dict(parse_qsl(self.query)), SCREENS[self.screen])

    def owed(self, today: date) -> date | None:
        """The day it is to be worked out for now. What was withdrawn before it left is worked out anew."""
        if self.next_on <= today:
            return self.next_on
        return self.last_on if self.last and self.last.mail.withdrawn_at else None

    def sending_key(self, on: date) -> str:
        """One for each day it is due, and another where that of this day was withdrawn."""
        again = f"/{self.last_id}" if on == self.last_on else ""
        return f"report/{self.key}/{on}{again}"
