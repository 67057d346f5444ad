"""A pack of evidence: who asked for which, and how its making goes."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certificates.models import Prepared, PreparedQuerySet
from courses.models import Enrolment
from evidence.models import Record
from evidence.rules import ERASED
from lms.proof import rules
from people.models import User


class PackForm(models.TextChoices):
    EVIDENCE = "evidence", _("Evidence pack")
    PERSONNEL = "personnel", _("Documents for Polish personnel files")


class EvidencePackQuerySet(PreparedQuerySet["EvidencePack"]):
    def visible_to(self, user: User) -> "EvidencePackQuerySet":
        """Who asked for it, for as long as they may ask: a colleague asks for their own, and that is on record."""
        return self.filter(requested_by=user) if may_audit(user) else self.none()

    def naming(self, person: User) -> "EvidencePackQuerySet":
        """Those that may name this person: asked for before the evidence forgot them."""
        courses = Enrolment.objects.filter(person=person).values("course_key")
        about = Q(person=None) | Q(person=person)
        rows = self.filter(about, Q(course_key=None) | Q(course_key__in=courses))
        erased = Record.objects.filter(subject=person.key, kind=ERASED).order_by("seq").last()
        return rows.filter(requested_at__lte=erased.at) if erased else rows


def may_audit(user: User) -> bool:
    """Auditors, L&D and admins."""
    return bool(user.is_active and (user.is_auditor or user.is_learning_staff))


class EvidencePack(Prepared):
    """Of a person, a course, a team, a period, or what these have in common; a file in private storage."""

    form = models.CharField(max_length=10, choices=PackForm)
    person = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    course_key = models.UUIDField(null=True, blank=True)
    team_key = models.UUIDField(null=True, blank=True)  # plain: a team may be deleted, what was asked for stays
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    counts = models.JSONField(default=dict)  # what is in it

    objects = EvidencePackQuerySet.as_manager()

    class Meta(Prepared.Meta):
        indexes = [models.Index(fields=["requested_by", "-requested_at"], name="evidence_packs_of_person")]

    def get_absolute_url(self) -> str:
        return reverse("evidence-pack", args=[self.key])

    @property
    def folder(self) -> str:
        return f"packs/{self.key}"

    @property
    def path(self) -> str:
        return f"{self.folder}/pack.zip"

    @property
    def asked(self) -> rules.Asked:
        return rules.Asked(
            person=self.person.key if self.person else None,
            course=self.course_key,
            team=self.team_key,
            since=self.since,
            until=self.until,
        )
