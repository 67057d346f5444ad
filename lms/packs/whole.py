"""What an exported pack (`made_by: export` in course.yaml) may say beyond one that was written by hand.

A course that people edited in the CMS holds what no author of a pack would write: a lesson in one language only, blocks
that differ from language to language, a question without a difficulty. An export says it all: it names the languages of
each part, lists the steps of each module in order, and leaves nothing to be concluded. In return it is not held to the
editorial rules: what went live has passed the pages' own guards, and passes them again on its way in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from courses import rules
from lms.packs.reading import Pack
from lms.packs.shapes import Fault, Many, Mapped, Number, Record, Shape, Text, Variant, Words

EXPORT = "export"
REQUIRED_OF = (rules.EVERYONE, rules.MANAGERS, rules.NOBODY)
WHOLE_QUIZ = "quiz"  # kind of an assessment: one quiz that says all of itself
LONGEST = 20_000  # characters of a text
MOST = 1_000  # entries of a list
MINUTES = Number(0, 32_767)
# What a page may leave empty, a pack leaves out.
MAY_BE_ABSENT = frozenset(
    [
        "audience",
        "consequence",
        "coaching",
        "debrief",
        "feedback",
        "look",
        "skill",
        "difficulty",
        "module",
        "objective",
        "start",
        "fail_at",
        "fail_to",
        "min_score",
        "model_answer",
        "rubric",
    ]
)
# Short names that the CMS takes as they come.
FREE_NAMES = frozenset(["objectives", "points", "flags", "not_flags", "set"])
FREE_NAME = Words(100)


def is_export(pack: Pack) -> bool:
    return isinstance(pack.course, dict) and pack.course.get("made_by") == EXPORT


def spoken(part: dict[str, Any], pack: Pack) -> tuple[str, ...]:
    """The languages that a part of the pack has."""
    return tuple(part.get("languages", pack.languages))


@dataclass(frozen=True)
class Spoken(Record):
    """A record that may name the languages it has, of those of the pack."""

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not isinstance(value, dict) or "languages" not in value:
            yield from super().faults(value, key, languages)
            return
        own = value["languages"]
        if not isinstance(own, list) or not own or not all(code in languages and own.count(code) == 1 for code in own):
            yield (
                f"{key}.languages".lstrip("."),
                _("one or more of %(names)s are expected, each once") % {"names": ", ".join(languages)},
            )
            return
        rest = {name: part for name, part in value.items() if name != "languages"}
        yield from super().faults(rest, key, tuple(own))


@dataclass(frozen=True)
class SomeText(Shape):
    """A text in some of the languages."""

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not isinstance(value, dict) or not value:
            yield key, _("a text in one or more of %(names)s is expected here") % {"names": ", ".join(languages)}
            return
        for language, text in value.items():
            if language not in languages or not isinstance(text, str):
                yield f"{key}.{language}", _("no text in a language of this pack")


@dataclass(frozen=True)
class Named(Shape):
    """Short names as the CMS takes them, each with a value of one shape."""

    of: Shape

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield key, _("a mapping is expected")
            return
        for name, item in value.items():
            yield from FREE_NAME.faults(name, f"{key}.{name}", languages)
            yield from self.of.faults(item, f"{key}.{name}", languages)


def lenient(shape: Shape) -> Shape:
    """The shape of the same thing as a page may hold it."""
    if isinstance(shape, Text):
        return Text(LONGEST)
    if isinstance(shape, Many):
        return Many(lenient(shape.of), 0, max(shape.at_most, MOST))
    if isinstance(shape, Mapped):
        return Mapped(lenient(shape.of))
    if isinstance(shape, Variant):
        return Variant(shape.by, {name: lenient_record(record) for name, record in shape.shapes.items()})
    if isinstance(shape, Record):
        return lenient_record(shape)
    return shape


def lenient_record(record: Record, **more: Shape) -> Record:
    """more: what only an export says, all of it optional."""
    known = {name: _lenient_part(name, part) for name, part in {**record.needs, **record.may}.items()}
    needed = record.needs.keys() - MAY_BE_ABSENT
    return replace(
        record,
        needs={name: part for name, part in known.items() if name in needed},
        may={name: part for name, part in known.items() if name not in needed} | more,
    )


def _lenient_part(name: str, part: Shape) -> Shape:
    if name == "picture":
        return part
    if name in FREE_NAMES and isinstance(part, Many):  # the points of a criterion are a number
        return Many(FREE_NAME)
    if name == "minutes":
        return MINUTES
    if name in ("objective", "module"):
        return FREE_NAME
    if isinstance(part, Text) and name in MAY_BE_ABSENT | {"setting", "scene", "say", "text_passed", "text_not_yet"}:
        return Text(LONGEST, may_be_blank=True)
    return lenient(part)


def spoken_record(record: Record, **more: Shape) -> Spoken:
    """A whole lesson, scenario, question, module or quiz."""
    wide = lenient_record(record, **more)
    return Spoken(wide.needs, wide.may)
