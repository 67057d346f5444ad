"""Kinds of value that a content pack is made of. Each says what is wrong with a value and never raises, whatever the
value is; `form` puts them together to the table of the whole format."""

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made_of
from datetime import date
from functools import reduce
from typing import Any

from django.utils.translation import gettext as _

from lms.packs.reading import MEDIA

Fault = tuple[str, str]  # key within the file, reason
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")  # no dots: they join names to paths


class Shape:
    """One kind of value. faults() yields what is wrong with a value, never raises."""

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        raise NotImplementedError


@dataclass(frozen=True)
class Text(Shape):
    """A mapping with exactly the languages of the pack, each a text that is not blank."""

    at_most: int = 10_000
    may_be_blank: bool = False

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield key, _("a text in each language (%(names)s) is expected here") % {"names": ", ".join(languages)}
            return
        for name in value.keys() - set(languages):
            yield f"{key}.{name}", _("not a language of this pack")
        for language in languages:
            text = value.get(language)
            if not isinstance(text, str) or not (text.strip() or self.may_be_blank):
                yield f"{key}.{language}", _("no text")
            elif len(text) > self.at_most:
                yield (
                    f"{key}.{language}",
                    _("%(count)d characters, at most %(most)d") % {"count": len(text), "most": self.at_most},
                )


@dataclass(frozen=True)
class Id(Shape):
    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not isinstance(value, str) or not ID.fullmatch(value):
            yield key, _("a short name is expected (letters, digits, - and _, at most 40)")


@dataclass(frozen=True)
class Key(Shape):
    """An explicit key, as an export writes it for what was made by hand."""

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        try:
            uuid.UUID(value)
        except (ValueError, AttributeError, TypeError):
            yield key, _("a UUID is expected")


@dataclass(frozen=True)
class Words(Shape):
    """A text without a language, such as a version or a name."""

    at_most: int = 100

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not isinstance(value, str) or not value.strip() or len(value) > self.at_most:
            yield key, _("a text of at most %(most)d characters is expected") % {"most": self.at_most}


@dataclass(frozen=True)
class Day(Shape):
    """A date, as a text in quotes ("2026-11-30"), which YAML leaves alone."""

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        try:
            is_day = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
        except ValueError:
            is_day = False
        if not is_day:
            yield key, _('a date in quotes is expected: "2026-11-30"')


@dataclass(frozen=True)
class PictureFile(Shape):
    """The name of a file in the folder `media`; no way leads elsewhere."""

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not isinstance(value, str) or not MEDIA.fullmatch(value):
            yield key, _("a picture in the folder media is expected, such as media/counter.png")


@dataclass(frozen=True)
class OneOf(Shape):
    words: tuple[Any, ...]

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not any(value == word and type(value) is type(word) for word in self.words):
            yield key, _("one of %(words)s is expected") % {"words": ", ".join(map(str, self.words))}


@dataclass(frozen=True)
class Number(Shape):
    low: float
    high: float
    is_whole: bool = True

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        kinds = (int,) if self.is_whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not self.low <= value <= self.high:
            bounds = {"low": self.low, "high": self.high}
            if self.is_whole:
                yield key, _("a whole number from %(low)s to %(high)s is expected") % bounds
            else:
                yield key, _("a number from %(low)s to %(high)s is expected") % bounds


@dataclass(frozen=True)
class Exact(Shape):
    """A number that nothing may round: whole, or as a text in quotes ("2.5"), which YAML leaves alone."""

    signed: bool = True

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not re.fullmatch(r"-?\d{1,10}(\.\d{1,10})?" if self.signed else r"\d{1,10}(\.\d{1,10})?", text, re.ASCII):
            yield key, _('a number is expected, whole or in quotes with a point: "2.5"')


@dataclass(frozen=True)
class Many(Shape):
    of: Shape
    at_least: int = 0
    at_most: int = 1_000

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield key, _("a list is expected")
            return
        if not self.at_least <= len(value) <= self.at_most:
            yield (
                key,
                _("%(count)d entries, expected %(least)d to %(most)d")
                % {"count": len(value), "least": self.at_least, "most": self.at_most},
            )
        for number, item in enumerate(value, 1):
            yield from self.of.faults(item, f"{key}[{number}]", languages)


@dataclass(frozen=True)
class Mapped(Shape):
    """Short names of the pack's own choosing, each with a value of one shape."""

    of: Shape

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield key, _("a mapping is expected")
            return
        for name, item in value.items():
            yield from Id().faults(name, f"{key}.{name}", languages)
            yield from self.of.faults(item, f"{key}.{name}", languages)


@dataclass(frozen=True)
class Record(Shape):
    needs: Mapping[str, Shape]
    may: Mapping[str, Shape] = made_of(default_factory=dict)

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield key, _("a mapping with %(names)s is expected") % {"names": ", ".join(self.needs)}
            return
        known = {**self.needs, **self.may}
        for name in value:
            if name not in known:
                yield _join(key, name), _("an unknown key")
        for name, shape in known.items():
            if name in value:
                yield from shape.faults(value[name], _join(key, name), languages)
            elif name in self.needs:
                yield _join(key, name), _("missing")


@dataclass(frozen=True)
class Variant(Shape):
    """A record whose shape depends on one of its own words."""

    by: str
    shapes: Mapping[str, Record]

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        word = value.get(self.by) if isinstance(value, dict) else None
        shape = self.shapes.get(word) if isinstance(word, str) else None
        if shape is None:
            yield _join(key, self.by), _("one of %(words)s is expected") % {"words": ", ".join(self.shapes)}
        else:
            yield from shape.faults(value, key, languages)


@dataclass(frozen=True)
class Either(Shape):
    shapes: tuple[Shape, ...]

    def faults(self, value: Any, key: str, languages: tuple[str, ...]) -> Iterator[Fault]:
        found = [list(shape.faults(value, key, languages)) for shape in self.shapes]
        if all(found):
            reasons = [reason for faults in found for _key, reason in faults]
            yield key, reduce(lambda one, other: _("%(one)s or %(other)s") % {"one": one, "other": other}, reasons)


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
