"""The parts of a question as blocks in the editor. Each type of question says in rules/types/ what its parts are; a
block's id is the key of the part, the same in every language, and translators never meet it."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

from assessments.quizzes.rules import sections, types
from assessments.quizzes.rules.question import Field, PartSpec
from courses.blocks import Neutral

NO_PICTURE = {"image": None, "alt_text": "", "decorative": False}


class FlagBlock(blocks.BooleanBlock):
    """Yes or no, decided once in the source language."""


def _picture(field: Field) -> ImageBlock:
    """Wagtail names the image in it by its English name only."""
    block = ImageBlock(required=False, label=_(field.label), help_text=_(field.help))
    block.child_blocks["image"].label = block.label
    return block


def _field(field: Field) -> blocks.Block:
    if field.kind == "picture":
        return _picture(field)
    labels = {"label": _(field.label), "help_text": _(field.help), "required": field.required}
    if field.default is not None:
        labels["default"] = field.default
    if field.kind == "flag":
        return FlagBlock(**labels)
    if field.kind == "whole":
        return blocks.IntegerBlock(min_value=field.low, max_value=field.high, **labels)
    if field.kind == "decimal":
        return blocks.DecimalBlock(max_digits=20, decimal_places=10, **labels)
    if field.kind == "choice":
        return blocks.ChoiceBlock(choices=[(value, _(label)) for value, label in field.choices], **labels)
    return blocks.TextBlock(rows=2, **labels)


def rendition_of(image: Any) -> Any:
    """As it is shown."""
    return image.get_rendition("max-1000x800")


def picture_of(image: Any, alt: str) -> dict[str, Any]:
    """What a page needs of a picture, as plain data. Its file's name can be read by anybody who sees it."""
    rendition = rendition_of(image)
    return {"src": rendition.url, "width": rendition.width, "height": rendition.height, "alt": alt}


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
            help_text=_(spec.description),
            preview_value=dict(spec.preview),
        )

    def get_preview_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        texts = {name: part for name, part in self.plain(value).items() if isinstance(part, str)}
        rows = [{"label": self.child_blocks[name].label, "value": text} for name, text in texts.items()]
        return super().get_preview_context(value, parent_context=parent_context) | {"rows": rows}

    def get_prep_value(self, value: Any) -> dict[str, Any]:
        """Without the places of pictures that nobody chose: what was stored before there were any stays the same."""
        stored = {name: _as_text(part) for name, part in super().get_prep_value(value).items()}
        return self.without_places(stored)

    def without_places(self, stored: dict[str, Any]) -> dict[str, Any]:
        return {name: part for name, part in stored.items() if not self._is_picture(name) or (part or {}).get("image")}

    def plain(self, value: Any) -> dict[str, Any]:
        plain = {name: self._plain(name, part) for name, part in value.items() if not self._is_picture(name)}
        pictures = {name: part for name, part in value.items() if part and self._is_picture(name)}
        return plain | {name: picture_of(image, image.contextual_alt_text or "") for name, image in pictures.items()}

    def pictures(self) -> list[str]:
        return [name for name in self.child_blocks if self._is_picture(name)]

    def _is_picture(self, name: str) -> bool:
        return isinstance(self.child_blocks[name], ImageBlock)

    def _plain(self, name: str, value: Any) -> Any:
        """As it goes into JSON: numbers with a point as text, so that none of them becomes a float."""
        if isinstance(self.child_blocks[name], blocks.IntegerBlock):
            return value or 0
        if isinstance(value, bool):
            return value
        return "" if value is None else str(_as_text(value)).strip()


def _as_text(value: Any) -> Any:
    """A decimal number the one way it is written, however it was typed: 2.5 for 2.50."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _rows(value: Any) -> list[dict[str, Any]]:
    """What is stored of the parts; nothing where it is not in the shape of a StreamField's JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    return value if isinstance(value, list) and all(isinstance(row, dict) for row in value) else []


def specs() -> list[PartSpec]:
    """What questions are made of; several types may share one."""
    return list({spec.name: spec for kind in types.ALL.values() for spec in kind.specs}.values())


class Parts(blocks.StreamBlock):
    """All parts of one question, in the editor's order."""

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        own = [(spec.name, PartBlock.of(spec)) for spec in specs()]
        super().__init__(local_blocks or own, **kwargs)

    def to_python(self, value: Any) -> Any:
        """With a place for each picture, chosen or not: wagtail-localize looks into it."""
        rows = _rows(value)
        return super().to_python([self._with_places(row) for row in rows] if rows else value)

    def get_prep_value(self, value: Any) -> Any:
        """Parts that nobody has looked at since they were read still have the places that `to_python` made."""
        return [self._without_places(row) for row in super().get_prep_value(value)]

    def _without_places(self, row: dict[str, Any]) -> dict[str, Any]:
        block = self.child_blocks.get(row.get("type"))
        if not isinstance(block, PartBlock) or not isinstance(row.get("value"), dict):
            return row
        return row | {"value": block.without_places(row["value"])}

    def _with_places(self, row: dict[str, Any]) -> dict[str, Any]:
        block = self.child_blocks.get(row.get("type"))
        if not isinstance(block, PartBlock) or not isinstance(row.get("value"), dict):
            return row
        return row | {"value": dict.fromkeys(block.pictures(), NO_PICTURE) | row["value"]}

    def plain(self, value: Any, kinds: Sequence[str]) -> list[dict[str, Any]]:
        """[{"key", …}] of the parts of these kinds; where there are several, "kind" says which. A part that was never
        saved has no key yet: its place stands in."""
        children = [child for child in value if child.block_type in kinds]
        return [
            {"key": child.id or f"new-{at}"}
            | ({"kind": child.block_type} if len(kinds) > 1 else {})
            | child.block.plain(child.value)
            for at, child in enumerate(children, 1)
        ]


# --- sections of a quiz ----------------------------------------------------------------------------------------------
BY_NAMES = {
    sections.NAMED: _("short names of questions"),
    sections.OBJECTIVE: _("objectives"),
    sections.MODULE: _("modules"),
    sections.CATEGORY: _("categories"),
    sections.TAG: _("tags"),
}


class SourceBlock(Neutral, blocks.ChoiceBlock):
    pass


class NamesBlock(Neutral, blocks.CharBlock):
    """Names with commas between, since a category may be several words."""


class CountBlock(Neutral, blocks.IntegerBlock):
    pass


class SectionBlock(blocks.StructBlock):
    title = blocks.CharBlock(
        label=_("Title"),
        required=False,
        default="",
        max_length=120,
        help_text=_("Read above its questions. Example: Staying safe"),
    )
    by = SourceBlock(
        choices=list(BY_NAMES.items()),
        default=sections.OBJECTIVE,
        label=_("Draws by"),
        help_text=_("What the names in the next field are. Example: objectives, for CALM-1, CALM-2"),
    )
    which = NamesBlock(
        label=_("Which"),
        max_length=1000,
        help_text=_("With commas between. Example: CALM-1, CALM-2. A sub-category: keeping calm / breathing"),
    )
    count = CountBlock(
        label=_("Questions to draw"), required=False, min_value=1, max_value=200, help_text=_("Empty: all of them.")
    )
    weight = CountBlock(
        label=_("Points for each question"),
        default=1,
        min_value=1,
        max_value=sections.WEIGHT_MAX,
        help_text=_("Example: 2, for questions that count twice as much as others"),
    )

    class Meta:
        icon = "list-ol"
        label = _("Section")
        description = _("A part of the paper: what it draws from, how many questions, how many points for each")
        help_text = _(
            "Sections follow one another in this order. Example: three questions about safety, two points each"
        )
        preview_template = "quizzes/part_preview.html"
        preview_value = {
            "title": "Staying safe",
            "by": sections.OBJECTIVE,
            "which": "SAFE-1, SAFE-2",
            "count": 3,
            "weight": 2,
        }

    def get_preview_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        rows = [{"label": self.child_blocks[name].label, "value": str(part)} for name, part in value.items()]
        return super().get_preview_context(value, parent_context=parent_context) | {"rows": rows}

    def source(self, value: Any) -> sections.Source:
        names = [name.strip() for name in (value.get("which") or "").split(",")]
        return sections.Source(value.get("by") or sections.OBJECTIVE, tuple(name for name in names if name))

    def plain(self, value: Any) -> dict[str, Any]:
        """Without what it draws from: a compiled quiz names the questions themselves."""
        title = (value.get("title") or "").strip()
        return {"title": title, "count": value.get("count") or None, "weight": value.get("weight") or 1}


class Sections(blocks.StreamBlock):
    section = SectionBlock()
