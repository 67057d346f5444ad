"""What was imported from content packs, so that a second import knows what changed there and what changed here.
Packs of evidence are in lms.proof."""

from django.db import models

from lms.proof.models import EvidencePack

__all__ = ["EvidencePack", "ImportedObject"]


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
