"""A question of the bank as an Item, and an Item as fields of a question."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID, uuid5

from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats.document import Item, Part
from assessments.quizzes.models.questions import Question
from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Field, PartSpec

TEXTS = ("code", "stem", "model_answer", "module", "objective", "use", "category", "sub_category")
ON_ONE_LINE = ("code", "category", "sub_category")
LISTS = ("points", "tags")


def item_of(question: Question) -> Item:
    """As it is live; what is not live, as it was last saved. Needs the latest revision, and asks for nothing else."""
    values, parts = _stored(question)
    told: dict[str, Any] = {name: doc.clean(values[name] or "") for name in TEXTS}
    told |= {name: doc.on_one_line(told[name]) for name in ON_ONE_LINE}
    told |= {name: tuple(values[name]) for name in LISTS}
    specs = {spec.name: spec for spec in types.get(values["type"]).specs}
    mine = [part for part in parts if part["type"] in specs]
    pictures = [doc.on_one_line(values["picture_alt"]) or "?"] if values["picture"] else []
    for part in mine:
        pictures += _pictures(specs[part["type"]], part["value"])
    return Item(
        **told,
        type=values["type"],
        parts=tuple(_part(specs[part["type"]], part["value"]) for part in mine),
        rubric=tuple(line for one in (values["rubric"] or "").split("\n") if (line := doc.on_one_line(one))),
        review_by=str(values["review_by"] or ""),
        has_owner=values["owner"] is not None,
        keeps_order=bool(values["keeps_order"]),
        difficulty="" if values["difficulty"] is None else doc.plain(Decimal(str(values["difficulty"]))),
        pictures=tuple(pictures),
    )


def _stored(question: Question) -> tuple[Mapping[str, Any], list[dict[str, Any]]]:
    if not question.live and question.latest_revision:
        content = question.latest_revision.content
        lists = {name: content.get(name) or [] for name in LISTS}  # revisions of before know no tags
        told = {name: json.loads(found) if isinstance(found, str) else found for name, found in lists.items()}
        known = dict.fromkeys(("category", "sub_category", "review_by", "owner", "keeps_order"))
        return known | content | told, json.loads(content["parts"])
    values = {field.name: getattr(question, field.attname) for field in question._meta.concrete_fields}
    return values, list(question.parts.raw_data)


def _part(spec: PartSpec, stored: Mapping[str, Any]) -> Part:
    named = [field for field in spec.fields if field.kind != "picture"]
    return Part(spec.name, {field.name: _value(field, stored.get(field.name, field.default)) for field in named})


def _value(field: Field, stored: Any) -> Any:
    """Numbers that nobody has filled in yet stay empty: a zero would be another key."""
    if field.kind == "flag":
        return bool(stored)
    if field.kind == "whole":
        return stored
    if field.kind == "decimal":
        return _number(stored)
    return doc.clean(str(stored or ""))


def _number(stored: Any) -> str:
    try:
        return "" if stored in (None, "") else doc.plain(Decimal(str(stored)))
    except InvalidOperation:
        return ""


def _pictures(spec: PartSpec, stored: Mapping[str, Any]) -> Iterator[str]:
    for field in spec.fields:
        picture = stored.get(field.name) if field.kind == "picture" else None
        if picture and picture.get("image"):
            yield doc.on_one_line(picture.get("alt_text") or "") or "?"


def values_of(item: Item, key: UUID) -> dict[str, Any]:
    """Fields of a Question without bank and short name. key: what the keys of its parts are made of."""
    return {
        **{name: getattr(item, name) for name in (*TEXTS, "type") if name != "code"},
        **{name: list(getattr(item, name)) for name in LISTS},
        "review_by": date.fromisoformat(item.review_by) if item.review_by else None,
        "keeps_order": item.keeps_order,
        "difficulty": Decimal(item.difficulty) if item.difficulty else None,
        "rubric": "\n".join(item.rubric),
        "parts": [
            {"type": part.kind, "value": dict(part.values), "id": str(uuid5(key, str(place)))}
            for place, part in enumerate(item.parts)
        ],
    }
