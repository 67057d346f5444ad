"""The parts of a question as blocks in the editor. Each type of question says in rules/types/ what its parts are; a
block's id is the key of the part, the same in every language, and translators never meet it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Field, PartSpec


class FlagBlock(blocks.BooleanBlock):
    """Yes or no, decided once in the source language."""


def _field(field: Field) -> blocks.FieldBlock:
    labels = {"label": _(field.label), "help_text": _(field.help) if field.help else "", "required": field.required}
    if field.kind == "flag":
        return FlagBlock(**labels)
    return blocks.TextBlock(rows=2, **labels)


class PartBlock(blocks.StructBlock):
    """One option, item or pair. `of` builds it from what the type says."""

    class Meta:
        preview_template = "quizzes/part_preview.html"

    @classmethod
    def of(cls, spec: PartSpec) -> "PartBlock":
        return cls(
            [(field.name, _field(field)) for field in spec.fields],
            label=_(spec.label),
            icon=spec.icon,
            description=_(spec.description),
            preview_value=dict(spec.preview),
        )

    def get_preview_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        texts = {name: part for name, part in self.plain(value).items() if isinstance(part, str)}
        rows = [{"label": self.child_blocks[name].label, "value": text} for name, text in texts.items()]
        return super().get_preview_context(value, parent_context=parent_context) | {"rows": rows}

    def plain(self, value: Any) -> dict[str, Any]:
        return {name: bool(part) if isinstance(part, bool) else str(part).strip() for name, part in value.items()}


def specs() -> list[PartSpec]:
    """What questions are made of; several types may share one."""
    return list({kind.part.name: kind.part for kind in types.ALL.values() if kind.part}.values())


class Parts(blocks.StreamBlock):
    """All parts of one question, in the editor's order."""

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        own = [(spec.name, PartBlock.of(spec)) for spec in specs()]
        super().__init__(local_blocks or own, **kwargs)

    def plain(self, value: Any, part: str) -> list[dict[str, Any]]:
        """[{"key", …}] of the parts of one kind. A part that was never saved has no key yet: its place stands in."""
        children = [child for child in value if child.block_type == part]
        return [
            {"key": child.id or f"new-{at}", **child.block.plain(child.value)} for at, child in enumerate(children, 1)
        ]
