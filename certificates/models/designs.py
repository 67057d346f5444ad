"""How certificates look, frozen: a row is made when L&D saves a look, and stands behind each certificate since."""

from typing import Any

from django.db import models

from certificates import rules
from certificates.models.frozen import Frozen


class DesignManager(models.Manager["Design"]):
    def freeze(self, content: dict[str, Any], logo: bytes) -> "Design":
        """The row of this very look: the one that is there, or a new one."""
        sha256 = rules.design_hash(content, logo)
        return self.get_or_create(sha256=sha256, defaults={"content": content, "logo": logo})[0]


class Design(Frozen):
    """content: {"layout": …, "texts": {language: {heading, statement, signatory, signatory_role, note}}}.

    The logo is a PNG of ours, not the picture an editor uploaded: it cannot change or go, and the child process that
    draws needs nothing but the row. UPDATE and DELETE are refused by trigger.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    content = models.JSONField()
    logo = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DesignManager()

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def layout(self) -> str:
        return self.content["layout"]

    def words(self, language: str) -> dict[str, str]:
        return dict.fromkeys(rules.TEXT_LENGTHS, "") | self.content["texts"].get(language, {})

    def is_whole(self) -> bool:
        return rules.design_hash(self.content, bytes(self.logo)) == self.sha256
