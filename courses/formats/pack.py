"""Lessons, modules and courses of a content pack ↔ fields of their pages (docs/content-pack.md).

Every id inside a page is made from the pack's own names, never at random: so all languages share them, and a second
import finds what the first one wrote. A block is named after its lesson, its kind and its place among the blocks of
that kind, so that a new paragraph does not rename the reflections after it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from courses import rules
from courses.formats.markdown import to_html, to_markdown

Keys = Callable[[str], str]  # name in the pack -> key in the database
Names = Callable[[str], str]  # and back
REQUIRED_OF = {"employees": rules.MANAGERS, "everyone": rules.NOBODY}  # by optional_for in course.yaml
COURSE_RULES = {  # field of the page: word
    "hours": "hours",
    "valid_months": "valid_months",
    "review_by": "review_by",
    "is_open": "open",
}


class Texts(dict[str, str]):
    """One text by language. A class of its own: a mapping of skills may have a key that looks like a language."""


class Field(Protocol):
    """One value of a block: from the pack to a page in one language, and from all languages back to the pack."""

    def to_page(self, value: Any, language: str, name: str, keys: Keys) -> Any: ...

    def to_pack(self, values: dict[str, Any], names: Names) -> Any: ...


@dataclass(frozen=True)
class Plain(Field):
    def to_page(self, value: Any, language: str, name: str, keys: Keys) -> Any:
        return value[language]

    def to_pack(self, values: dict[str, Any], names: Names) -> Any:
        return Texts(values)


@dataclass(frozen=True)
class Rich(Field):
    def to_page(self, value: Any, language: str, name: str, keys: Keys) -> Any:
        return to_html(value[language])

    def to_pack(self, values: dict[str, Any], names: Names) -> Any:
        return Texts({language: to_markdown(html) for language, html in values.items()})


@dataclass(frozen=True)
class Neutral(Field):
    """The same in every language."""

    def to_page(self, value: Any, language: str, name: str, keys: Keys) -> Any:
        return value

    def to_pack(self, values: dict[str, Any], names: Names) -> Any:
        return next(iter(values.values()))


@dataclass(frozen=True)
class Key(Field):
    """The name of another object of the pack."""

    def to_page(self, value: Any, language: str, name: str, keys: Keys) -> Any:
        return keys(value)

    def to_pack(self, values: dict[str, Any], names: Names) -> Any:
        return names(next(iter(values.values())))


@dataclass(frozen=True)
class Struct(Field):
    fields: dict[str, Field]

    def to_page(self, value: Any, language: str, name: str, keys: Keys) -> Any:
        return {
            part: field.to_page(value[part], language, f"{name}.{part}", keys) for part, field in self.fields.items()
        }

    def to_pack(self, values: dict[str, Any], names: Names) -> Any:
        return {
            part: field.to_pack({language: value[part] for language, value in values.items()}, names)
            for part, field in self.fields.items()
        }


@dataclass(frozen=True)
class Items(Field):
    """A list, as Wagtail stores it: each item with an id of its own."""

    of: Field

    def to_page(self, value: Any, language: str, name: str, keys: Keys) -> Any:
        named = [(f"{name}.{number}", item) for number, item in enumerate(value, 1)]
        return [
            {"type": "item", "value": self.of.to_page(item, language, own, keys), "id": keys(own)}
            for own, item in named
        ]

    def to_pack(self, values: dict[str, Any], names: Names) -> Any:
        rows = zip(*values.values(), strict=True)
        return [self.of.to_pack(dict(zip(values, (item["value"] for item in row), strict=True)), names) for row in rows]


@dataclass(frozen=True)
class Row(Field):
    """A row of a table: a plain list in the pack, cells in the page."""

    cells: Items = Items(Plain())

    def to_page(self, value: Any, language: str, name: str, keys: Keys) -> Any:
        return {"cells": self.cells.to_page(value, language, name, keys)}

    def to_pack(self, values: dict[str, Any], names: Names) -> Any:
        return self.cells.to_pack({language: value["cells"] for language, value in values.items()}, names)


_LIST = {"title": Plain(), "items": Items(Plain())}
BLOCKS: dict[str, dict[str, Field]] = {
    "hook": {"body": Rich()},
    "concept": {"heading": Plain(), "body": Rich()},
    "dialogue": {
        "variant": Neutral(),
        "setting": Plain(),
        "turns": Items(Struct({"who": Neutral(), "say": Plain()})),
        "comment": Plain(),
    },
    "checklist": _LIST,
    "comparison": {"columns": Items(Plain()), "rows": Items(Row())},
    "flashcards": {"cards": Items(Struct({"front": Plain(), "back": Plain()}))},
    "breathing": {
        "in_seconds": Neutral(),
        "hold_seconds": Neutral(),
        "out_seconds": Neutral(),
        "rounds": Neutral(),
        "body": Rich(),
    },
    "reflection": {"prompt": Plain()},
    "knowledge_check": {"question": Key()},
    "job_aid": _LIST,
    "scenario": {"step": Key()},
}
PATTERN = ("in_seconds", "hold_seconds", "out_seconds", "rounds")


# --- from the pack to a page ---------------------------------------------------------------------------------------
def course_values(course: dict, language: str) -> dict[str, Any]:
    values = {
        "title": course["title"][language],
        "code": course["id"],
        "summary": course["summary"][language],
        "audience": course.get("audience", {}).get(language, ""),
    }
    return values | {name: course[word] for name, word in COURSE_RULES.items() if word in course}


def module_values(module: dict, language: str, keys: Keys) -> dict[str, Any]:
    objectives = [
        {
            "type": "objective",
            "value": {"id": objective["id"], "bloom": objective["bloom"], "text": objective["text"][language]},
            "id": keys(f"{module['id']}.{objective['id']}"),
        }
        for objective in module["objectives"]
        if language in objective["text"]
    ]
    return {"title": module["title"][language], "objectives": objectives}


def lesson_values(lesson: dict, language: str, keys: Keys, *, optional_for: str = "") -> dict[str, Any]:
    return {
        "title": lesson["title"][language],
        "minutes": lesson["minutes"],
        "required_of": lesson.get("required_of") or REQUIRED_OF.get(optional_for, rules.EVERYONE),
        "objectives": lesson["objectives"],
        "points": lesson["points"],
        "body": blocks_to_page(lesson["id"], lesson["blocks"], language, keys),
    }


def blocks_to_page(lesson: str, blocks: list[dict], language: str, keys: Keys) -> list[dict]:
    seen: Counter[str] = Counter()
    stream = []
    for block in blocks:
        kind = block["kind"]
        seen[kind] += 1
        name = f"{lesson}.{kind}.{seen[kind]}"
        stream.append(
            {
                "type": kind,
                "value": _block_to_page(kind, block, language, name, keys),
                "id": block.get("key") or keys(name),
            }
        )
    return stream


def _block_to_page(kind: str, block: dict, language: str, name: str, keys: Keys) -> dict[str, Any]:
    given = block | block.get("pattern", {})
    if kind == "scenario":
        given = given | {"step": block["scenario"]}
    if kind == "dialogue" and "setting" not in block:
        given = given | {"setting": {language: ""}}
    value = {part: field.to_page(given[part], language, f"{name}.{part}", keys) for part, field in BLOCKS[kind].items()}
    return value | {"points": " ".join(block.get("points", []))}


# --- and back ------------------------------------------------------------------------------------------------------
def blocks_to_pack(streams: dict[str, list[dict]], names: Names) -> list[dict]:
    """The blocks of one lesson from its body in every language; ValueError where the languages differ in structure."""
    blocks = []
    for row in zip(*streams.values(), strict=True):
        kinds = {block["type"] for block in row}
        if len(kinds) > 1:
            raise ValueError(f"different blocks in the same place: {', '.join(sorted(kinds))}")
        values = dict(zip(streams, (block["value"] for block in row), strict=True))
        blocks.append(_block_to_pack(kinds.pop(), values, names))
    return blocks


def course_to_pack(values: dict[str, Any], language: str) -> dict[str, Any]:
    """What an export says of a course page in one language; the exporter adds id, key and modules."""
    texts = {name: Texts({language: values[name]}) for name in ("title", "summary", "audience")}
    told = {word: values[name] for name, word in COURSE_RULES.items() if values[name] not in (None, False)}
    return texts | {"slug": Texts({language: values["slug"]})} | told


def module_to_pack(values: dict[str, Any], language: str) -> dict[str, Any]:
    objectives = [block["value"] for block in values["objectives"]]
    return {
        "title": Texts({language: values["title"]}),
        "objectives": [
            {"id": one["id"], "bloom": one["bloom"], "text": Texts({language: one["text"]})} for one in objectives
        ],
    }


def lesson_to_pack(lesson: str, values: dict[str, Any], language: str, names: Names, keys: Keys) -> dict[str, Any]:
    """keys: names to keys, as the import will make them; a block that has another key says so."""
    told = {"required_of": values["required_of"]} if values["required_of"] != rules.EVERYONE else {}
    return {
        "title": Texts({language: values["title"]}),
        "minutes": values["minutes"],
        **told,
        "objectives": values["objectives"],
        "points": values["points"],
        "blocks": list(_keyed_blocks(lesson, values["body"], language, names, keys)),
    }


def _keyed_blocks(lesson: str, stream: list[dict], language: str, names: Names, keys: Keys) -> Iterator[dict]:
    seen: Counter[str] = Counter()
    for block, document in zip(stream, blocks_to_pack({language: stream}, names), strict=True):
        kind = block["type"]
        seen[kind] += 1
        own = {} if block["id"] == keys(f"{lesson}.{kind}.{seen[kind]}") else {"key": block["id"]}
        yield {"kind": kind, **own, **document}


def _block_to_pack(kind: str, values: dict[str, dict], names: Names) -> dict[str, Any]:
    block: dict[str, Any] = {"kind": kind}
    if points := next(iter(values.values()))["points"].split():
        block["points"] = points
    block |= Struct(BLOCKS[kind]).to_pack(values, names)
    if kind == "scenario":
        block["scenario"] = block.pop("step")
    if kind == "dialogue" and not any(block["setting"].values()):
        del block["setting"]
    if kind == "breathing":
        block["pattern"] = {part: block.pop(part) for part in PATTERN}
    return block
