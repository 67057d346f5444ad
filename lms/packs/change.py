"""What happens to one object of a pack in an import."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext as _

from lms.packs.objects import ORDER, PackObject
from lms.packs.state import Place


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    LEAVE = "leave alone"  # somebody changed it here
    UNPUBLISH = "unpublish"  # it left the pack


WRITES = (Action.CREATE, Action.UPDATE, Action.UNPUBLISH)


@dataclass(frozen=True)
class Change:
    action: Action
    kind: str
    id: str
    language: str
    key: UUID
    reason: str = ""
    object: PackObject | None = field(default=None, repr=False)

    @property
    def place(self) -> Place:
        return self.kind, self.key, self.language

    @property
    def name(self) -> str:
        """For people: what it is called in the pack."""
        if self.kind != ORDER:
            return self.id
        return _("the order of the parts of %(name)s") % {"name": self.id.removesuffix(":order")}

    @property
    def label(self) -> str:
        """For whoever reads the plan in a terminal. A source has no language of its own."""
        return f"{self.kind} {self.id}" + (f" ({self.language})" if self.language else "")

    @property
    def is_write(self) -> bool:
        return self.action in WRITES

    def __str__(self) -> str:
        line = f"{self.action}: {self.label}"
        return f"{line}: {self.reason}" if self.reason else line
