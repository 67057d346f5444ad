"""A file that is made in a task for whoever asked, kept privately and removed again: what all such have in common."""

import uuid
from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q

from certificates import rules
from people.models import User

MAX_BUNDLE_TRIES = 3
Made = TypeVar("Made", bound="Prepared")


class PreparedQuerySet(models.QuerySet[Made]):
    def lost(self, since: datetime) -> Self:
        """Not made, and nobody at it: its next try has been due since then, so its task died before it began."""
        is_due = Q(next_try_at__lte=since) | Q(next_try_at=None, requested_at__lte=since)
        return self.filter(is_due, made_at=None, tries__lt=MAX_BUNDLE_TRIES)

    def ready(self, now: datetime) -> Self:
        return self.filter(made_at__isnull=False, expires_at__gt=now)

    def expired(self, now: datetime) -> Self:
        return self.filter(expires_at__lte=now)


class Prepared(models.Model):
    """Who asked for it, how its making goes, until when it stays.

    `key` comes from the form that asked, so that asking twice is asking once.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    language = models.CharField(max_length=2, choices=User.Language)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=400, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(made_at=None, expires_at=None) | Q(made_at__isnull=False, expires_at__gt=F("made_at")),
                name="%(class)s_expires_after_it_is_made",
            ),
        ]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def folder(self) -> str:
        """In private storage."""
        raise NotImplementedError

    @property
    def path(self) -> str:
        raise NotImplementedError

    def state(self, now: datetime) -> rules.BundleState:
        return rules.bundle_state(
            made=self.made_at is not None,
            expires_at=self.expires_at,
            tries_left=self.tries < MAX_BUNDLE_TRIES,
            next_try_at=self.next_try_at,
            now=now,
        )
