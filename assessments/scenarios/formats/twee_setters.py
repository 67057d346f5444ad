"""Setters of Twee as our choices can carry them: `$tension += 10` and `$score += 2` change by so much, `$heard to true`
sets a flag. SugarCube's `<<set …>>`, Harlowe's `(set: …)`, and the setters behind a link.

What stands in a passage happens to whoever enters it, so that every link that leads there carries it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

COUNTED = ("tension", "score")
MACRO = re.compile(r"<<set ([^<>]{1,300})>>|\(set:([^()]{1,300})\)")
PARTS_MAX = 20  # of one setter
ONE = re.compile(
    r"\$(?P<name>[A-Za-z]\w{0,39}) ?"
    r"(?:(?P<sign>[+-])= ?(?P<by>\d{1,3})"
    r"|(?:to|=) ?(?:(?:\$(?P=name)|it) ?(?P<it_sign>[+-]) ?(?P<it_by>\d{1,3})|(?P<value>true|false|\d{1,3})))",
    re.ASCII,
)


@dataclass(frozen=True)
class Change:
    """by: a counted value changes so much; to: what it becomes; text: as it was written."""

    text: str
    name: str = ""
    by: int | None = None
    to: int | bool | None = None

    @property
    def is_flag(self) -> bool:
        return self.name not in ("", *COUNTED)

    @property
    def fits_a_choice(self) -> bool:
        return self.to is True if self.is_flag else self.by is not None

    @property
    def fits_the_start(self) -> bool:
        """Before anything was chosen every flag is unset, and tension may stand anywhere."""
        if self.is_flag:
            return self.to is False
        return type(self.to) is int and (self.to == 0 or (self.name == "tension" and self.to <= 100))


def changes(text: str) -> list[Change]:
    """Of one setter: several may stand in it, parted by commas or semicolons."""
    parts = [" ".join(part.split()) for part in re.split(r"[;,]", text)]
    found = [part for part in parts if part]
    return [_change(part) for part in found] if len(found) <= PARTS_MAX else [Change(" ".join(text.split()))]


def _change(text: str) -> Change:
    match = ONE.fullmatch(text)
    if match is None:
        return Change(text)
    name = match["name"].lower() if match["name"].lower() in COUNTED else match["name"]
    sign, by = match["sign"] or match["it_sign"], match["by"] or match["it_by"]
    if by:
        return Change(text, name, by=int(by) if sign == "+" else -int(by))
    value = match["value"]
    return Change(text, name, to=value == "true" if value in ("true", "false") else int(value))


def total(changes: Iterable[Change], name: str) -> int:
    return sum(change.by or 0 for change in changes if change.name == name)


def flags(changes: Iterable[Change]) -> tuple[str, ...]:
    """Each once, in the order they are set."""
    return tuple(dict.fromkeys(change.name for change in changes if change.is_flag and change.to is True))
