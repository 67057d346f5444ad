"""What was imported from content packs, so that a second import knows what changed there and what changed here; and
packs that somebody sent. Packs of evidence are in lms.proof."""

from django.db import models
from django.urls import reverse

from certificates.models import Prepared, PreparedQuerySet
from lms.proof.models import EvidencePack
from people.models import User

__all__ = ["CourseImport", "EvidencePack", "ImportedObject"]


class ImportedObject(models.Model):
    """One object of a pack in one language ("" for what has none), as it stood after its last import.

    pack_sha256 is of what the pack said, state_sha256 of what was then in the database, in the fields the pack fills
    in: the first differs when the pack was edited since, the second when somebody edited the page.
    """

    pack_id = models.CharField(max_length=60)
    object_id = models.CharField(max_length=120)
    language = models.CharField(max_length=2, blank=True)
    kind = models.CharField(max_length=20)
    key = models.UUIDField()
    fields = models.JSONField(default=list)
    pack_sha256 = models.CharField(max_length=64)
    state_sha256 = models.CharField(max_length=64)
    is_gone = models.BooleanField(default=False, help_text="It left the pack and was unpublished.")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pack_id", "object_id", "language"], name="imported_object_once_a_language"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pack_id} {self.object_id} {self.language}".strip()


class CourseImportQuerySet(PreparedQuerySet["CourseImport"]):
    def visible_to(self, user: User) -> "CourseImportQuerySet":
        return self.filter(requested_by=user)


class CourseImport(Prepared):
    """A content pack that somebody sent, and what became of it. The zip lies in private storage until then."""

    pack_id = models.CharField(max_length=60)
    course_key = models.UUIDField()
    written = models.PositiveIntegerField(default=0)  # pages and questions
    left = models.JSONField(default=list)  # [name, language, why it was left as it is here], in words for who sent it

    objects = CourseImportQuerySet.as_manager()

    class Meta(Prepared.Meta):
        indexes = [models.Index(fields=["requested_by", "-requested_at"], name="course_imports_of_person")]

    def get_absolute_url(self) -> str:
        return reverse("course-imported", args=[self.key])

    @property
    def folder(self) -> str:
        return f"imports/{self.key}"

    @property
    def path(self) -> str:
        return f"{self.folder}/course.zip"
