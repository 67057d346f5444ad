"""What stands in the database now, in a form that an editor's save without a change does not alter."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import models
from wagtail.fields import StreamField
from wagtail.images import get_image_model
from wagtail.models import Page

from assessments.quizzes.formats.pack import with_images
from assessments.quizzes.models import Question
from courses import rules
from courses.formats.markdown import to_markdown
from lms.packs.objects import MODELS

Place = tuple[str, UUID, str]  # kind, key, language
_RICH_TEXT = re.compile(r"\s*<(p|ul|ol)\b")


class Standing:
    """Pages and questions as they stand, read in a few queries."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.found: dict[Place, Any] = {}
        keys: dict[str, set[UUID]] = {kind: set() for kind in MODELS}
        for kind, key, _language in places:
            if kind in keys:
                keys[kind].add(key)
        for kind, model in MODELS.items():
            rows: Any = model._default_manager.filter(translation_key__in=keys[kind]).select_related("locale")
            self.found |= {(kind, row.translation_key, row.locale.language_code): row for row in rows}
        pages = sorted((row for row in self.found.values() if isinstance(row, Page)), key=lambda page: page.path)
        above = {page.path[: -Page.steplen] for page in pages}
        self.key_at = {path: str(key) for path, key in _keys_at(above)}
        self.below: dict[str, list[str]] = {}
        for page in pages:
            self.below.setdefault(page.path[: -Page.steplen], []).append(str(page.translation_key))

    def sha256(self, place: Place, fields: Iterable[str]) -> str:
        """Of what the pack brought and an editor may change: these fields, whether it is live, where it stands."""
        row = self.found[place]
        parent = self.key_at[row.path[: -Page.steplen]] if isinstance(row, Page) else ""
        values = {name: plain(row, name) for name in fields}
        if isinstance(row, Question):
            values = self._pictured(row, values)
        return rules.sha256({"fields": values, "live": row.live, "parent": parent})

    def _pictured(self, row: Question, values: dict[str, Any]) -> dict[str, Any]:
        """Pictures by what is in their files, which may be replaced; that of the question wherever there is one, for
        a pack without it says there is none."""
        if row.picture_id:
            values |= {"picture": row.picture_id, "picture_alt": plain(row, "picture_alt")}
        return with_images(values, lambda pk: self.file_hashes.get(pk) or pk) if "parts" in values else values

    @cached_property
    def file_hashes(self) -> dict[int, str]:
        return dict(get_image_model().objects.values_list("pk", "file_hash"))

    def order_sha256(self, parent: Page | None, counted: set[str]) -> str:
        """Of the order of those children that the pack brought; what editors add beside them does not count."""
        keys = self.below.get(parent.path, []) if parent else []
        return rules.sha256([key for key in keys if key in counted])


def _keys_at(paths: set[str]) -> list[tuple[str, UUID]]:
    return list(Page.objects.filter(path__in=paths).values_list("path", "translation_key"))


def plain(row: models.Model, name: str) -> Any:
    field = row._meta.get_field(name)
    value = getattr(row, field.attname) if isinstance(field, models.ForeignKey) else getattr(row, name)
    if isinstance(field, StreamField):
        return settled(field.get_prep_value(value))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return settled(value)


def settled(value: Any) -> Any:
    """Rich text as Markdown, because the editor rewrites its HTML; texts without what a form field strips."""
    if isinstance(value, str):
        return to_markdown(value) if _RICH_TEXT.match(value) else value.replace("\r\n", "\n").strip()
    if isinstance(value, list):
        return [settled(part) for part in value]
    if isinstance(value, dict):
        return {name: settled(part) for name, part in value.items()}
    return value
