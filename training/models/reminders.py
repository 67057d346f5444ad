"""What was written to whom about which training. A key here is what keeps a mail from being sent twice."""

from django.conf import settings
from django.db import models

from people.models import Mail, User


class SendingQuerySet(models.QuerySet["Sending"]):
    def visible_to(self, user: User) -> "SendingQuerySet":
        """Their own, those to people below them, and all for L&D."""
        return self.filter(recipient__in=User.objects.visible_to(user).values("pk"))


class Sending(models.Model):
    """Append-only: one mail about training. `key` says what it was for: "learner/<person>/assigned/2026-11-22"."""

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sendings")
    mail = models.OneToOneField(Mail, models.PROTECT, related_name="sending")
    on = models.DateField()  # on the recipient's calendar
    at = models.DateTimeField()
    # Who asked for it; None: sent by rule.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)  # what they added in their own words

    objects = SendingQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["recipient", "on"], name="sending_recipient_day")]

    def __str__(self) -> str:
        return self.key


class Notice(models.Model):
    """Append-only: this step of the reminder plan was taken for this assignment and this date. A date that moves
    begins the plan anew."""

    sending = models.ForeignKey(Sending, models.PROTECT, related_name="notices")
    assignment = models.ForeignKey("training.Assignment", models.PROTECT, related_name="notices")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    step = models.CharField(max_length=20)
    about = models.DateField()  # the due date, or the end of the validity

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["assignment", "step", "about", "recipient"], name="notice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id}, {self.step}, {self.about}"


class Wording(models.Model):
    """The organisation's own words for one kind of mail in one language; where a text is empty, ours stand. What was
    sent keeps the words it was sent with."""

    kind = models.CharField(max_length=20)
    language = models.CharField(max_length=2, choices=User.Language)
    subject = models.CharField(max_length=150, blank=True)
    opening = models.CharField(max_length=500, blank=True)
    why = models.CharField(max_length=500, blank=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "language"], name="wording_once")]

    def __str__(self) -> str:
        return f"{self.kind}, {self.language}"


class Run(models.Model):
    """Append-only: a run of training_day that came to its end, and what it did."""

    at = models.DateTimeField(db_index=True)
    counts = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.at.isoformat()
