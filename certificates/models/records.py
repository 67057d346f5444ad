"""Certificates, and the facts beside them: the frozen file, how often it was tried, the revocation, the successor.

No triggers here: erasing a person must be able to take the name out of a certificate and keep the rest. So rows are
guarded by the models (a change has to be an update() that says so, in an action of its own), the database checks what
it can, and what was issued, sealed and revoked is in the evidence chain, which no update can follow.
"""

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certificates import rules
from certificates.models.designs import Design
from certificates.models.frozen import Frozen
from certificates.models.prepared import Prepared, PreparedQuerySet
from people.models import User, searched

MAX_TRIES = 5  # after so many the drawing of a certificate is parked: the others must not wait for it


def private_storage() -> Storage:
    return storages["private"]


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User) -> "CertificateQuerySet":
        """Own ones, those of the people below a manager, and all for L&D, auditors and admins."""
        return self.filter(holder__in=User.objects.visible_to(user))

    def managed_by(self, user: User) -> "CertificateQuerySet":
        """What L&D and admins may revoke, reissue and take away: all; nothing for anybody else."""
        return self if user.is_active and user.is_learning_staff else self.none()

    def held_by(self, user: User) -> "CertificateQuerySet":
        return self.filter(holder=user)

    def by_serial(self, typed: str) -> "CertificateQuerySet":
        """The one with this number, however it is written; none where the number cannot be right."""
        serial = rules.normalise(typed[:100])
        return self.filter(serial=serial) if rules.is_well_formed(serial) else self.none()

    def with_state(self) -> "CertificateQuerySet":
        """With all that state() and the pages ask for, in the same query."""
        rows = self.select_related("revocation", "superseded_by", "file", "rendering", "design")
        return rows.defer("design__logo")

    def search(self, typed: str, courses: Iterable[tuple[str, str]] = ()) -> "CertificateQuerySet":
        """By number or its beginning, with or without dashes; else each word in the name, in the title, or in the one
        by which whoever looks for it knows the course. courses: [(course_key, title)]"""
        serial = rules.normalise(typed[:100])
        if rules.is_beginning_of_serial(serial):
            by_number = self.filter(serial__startswith=serial)
            if by_number.exists():
                return by_number
        found = self
        for word in typed.split()[:10]:
            keys = [key for key, title in courses if key and word.casefold() in title.casefold()]
            found = searched(found, word, "holder_name", "course_title") | found.filter(course_key__in=keys)
        return found

    def in_state(self, state: rules.State, today: date) -> "CertificateQuerySet":
        """rules.state in SQL; a test holds the two together."""
        if state == rules.State.REVOKED:
            return self.exclude(revocation=None)
        if state == rules.State.SUPERSEDED:
            return self.filter(revocation=None).exclude(superseded_by=None)
        if state == rules.State.EXPIRED:
            return self.current().filter(revocation=None, valid_until__lt=today)
        return self.valid_on(today)

    def current(self) -> "CertificateQuerySet":
        """Without those that a newer one replaces."""
        return self.filter(superseded_by=None)

    def valid_on(self, day: date) -> "CertificateQuerySet":
        return self.current().filter(Q(valid_until=None) | Q(valid_until__gte=day), revocation=None)

    def waiting(self) -> "CertificateQuerySet":
        """No file yet, and the worker is still at it."""
        return self.filter(file=None, rendering__tries__lt=MAX_TRIES)

    def lost(self, since: datetime) -> "CertificateQuerySet":
        """No file yet, and nobody at it: its next try has been due since then, so its task died before it began."""
        is_due = Q(rendering__next_try_at__lte=since) | Q(rendering__next_try_at=None, created_at__lte=since)
        return self.waiting().filter(is_due)

    def parked(self) -> "CertificateQuerySet":
        """No file, and given up: somebody has to look why. For the staff's home page."""
        return self.filter(file=None, rendering__tries__gte=MAX_TRIES)


class Certificate(Frozen):
    """What the paper says, as it was on the day of issue. `completion_key` is a plain key: no arrow points upward."""

    serial = models.CharField(_("certificate number"), max_length=23, unique=True)
    completion_key = models.UUIDField()
    holder = models.ForeignKey(User, models.PROTECT, related_name="certificates")
    holder_name = models.CharField(pgettext_lazy("person", "name"), max_length=310)
    course_key = models.UUIDField(null=True, blank=True)
    course_title = models.CharField(_("course"), max_length=255)
    course_version = models.CharField(_("course version"), max_length=40)
    hours = models.DecimalField(_("hours"), max_digits=6, decimal_places=2)
    issued_on = models.DateField(_("issued"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=10)
    issuer = models.CharField(_("issuer"), max_length=120)
    design = models.ForeignKey(Design, models.PROTECT, null=True, blank=True, related_name="certificates")
    reissue_reason = models.CharField(_("reason for issuing it anew"), max_length=500, blank=True)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("certificate"), _("certificates")
        constraints = [
            models.UniqueConstraint(
                fields=["completion_key"], condition=Q(supersedes=None), name="certificate_once_a_completion"
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("issued_on")), name="certificate_valid_after_issue"
            ),
            models.CheckConstraint(condition=Q(hours__gte=0), name="certificate_hours_positive"),
            models.CheckConstraint(condition=~Q(supersedes=F("id")), name="certificate_not_its_own_successor"),
        ]
        indexes = [
            models.Index(fields=["holder", "-issued_on"], name="certificates_of_holder"),
            models.Index(fields=["completion_key"], name="certificates_of_completion"),
            models.Index(fields=["valid_until"], name="certificates_by_expiry"),
            models.Index(fields=["course_key"], name="certificates_of_course"),
        ]

    def __str__(self) -> str:
        return self.serial

    def get_absolute_url(self) -> str:
        return reverse("certificate", args=[self.serial])

    @property
    def is_revoked(self) -> bool:
        return hasattr(self, "revocation")

    def state(self, today: date) -> rules.State:
        return rules.state(
            revoked=self.is_revoked,
            superseded=hasattr(self, "superseded_by"),
            valid_until=self.valid_until,
            today=today,
        )

    @property
    def hours_shown(self) -> Decimal:
        """2.5, not 2.50."""
        return self.hours.normalize()

    @property
    def layout(self) -> str:
        return self.design.layout if self.design else rules.Layout.CLASSIC

    @property
    def words(self) -> dict[str, str]:
        """The texts of its design in its own language; empty ones where it was issued without a design."""
        return self.design.words(self.language) if self.design else dict.fromkeys(rules.TEXT_LENGTHS, "")

    @property
    def has_file(self) -> bool:
        return hasattr(self, "file")

    @property
    def is_parked(self) -> bool:
        return not self.has_file and self.rendering.tries >= MAX_TRIES


class Damaged(Exception):
    """The stored file is gone, or is not what was frozen."""


class CertificateFile(Frozen):
    """The sealed PDF, frozen: what is in private storage under `path` has this hash or is not shown."""

    certificate = models.OneToOneField(Certificate, models.PROTECT, primary_key=True, related_name="file")
    path = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveIntegerField()
    sealed_with = models.CharField(
        max_length=64
    )  # SHA-256 of the seal's certificate: told apart after a change of keys
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.path

    def read(self) -> bytes:
        try:
            with private_storage().open(self.path) as stored:
                data = stored.read()
        except OSError as error:
            raise Damaged(f"{self.path} cannot be read") from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise Damaged(f"{self.path} is not what was frozen")
        return data


class Rendering(models.Model):
    """How often the paper was tried. Counted before each try, so that one that kills its worker is counted too."""

    certificate = models.OneToOneField(Certificate, models.PROTECT, primary_key=True, related_name="rendering")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=400, blank=True)

    def __str__(self) -> str:
        return f"{self.certificate_id}: {self.tries}"


class Revocation(Frozen):
    """A certificate taken back. The class of reason is public, in words; the sentence is for the holder and staff."""

    class Reason(models.TextChoices):
        MISTAKE = "mistake", pgettext_lazy("certificate status", "it was issued by mistake")
        WRONG_FACTS = "wrong-facts", pgettext_lazy("certificate status", "it states something that is not right")
        RULES_BROKEN = "rules-broken", pgettext_lazy("certificate status", "the rules of the assessment were broken")
        REQUIREMENT = "requirement", pgettext_lazy("certificate status", "the requirements for it have changed")
        OTHER = "other", pgettext_lazy("certificate status", "the issuer withdrew it")

    certificate = models.OneToOneField(Certificate, models.PROTECT, primary_key=True, related_name="revocation")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason_class = models.CharField(_("reason shown to the public"), max_length=20, choices=Reason)
    reason = models.CharField(_("reason for the holder and staff"), max_length=500)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="revocation_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id}: {self.reason_class}"


class BundleQuerySet(PreparedQuerySet["Bundle"]):
    def visible_to(self, user: User) -> "BundleQuerySet":
        """What a colleague in L&D asked for, any of them could ask for too."""
        return self if user.is_active and user.is_learning_staff else self.none()


class Bundle(Prepared):
    """Many certificates in one zip: who asked for which, and how its making goes."""

    serials = models.JSONField()
    included = models.PositiveIntegerField(default=0)  # certificates whose PDF was there and sound

    objects = BundleQuerySet.as_manager()

    class Meta(Prepared.Meta):
        indexes = [models.Index(fields=["-requested_at"], name="bundles_by_request")]

    def get_absolute_url(self) -> str:
        return reverse("certificate-download", args=[self.key])

    @property
    def folder(self) -> str:
        return f"bundles/{self.key}"

    @property
    def path(self) -> str:
        return f"{self.folder}/certificates.zip"

    @property
    def left_out(self) -> int:
        return len(self.serials) - self.included
