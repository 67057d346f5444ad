"""Numbers as people type them: what cannot be one stays as it was typed, for the checker to tell of."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TENSION_MAX = 100
IS_MINUTES = re.compile(r"[0-9]{1,6}")
IS_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")  # longer ones stay text: no browser or database rounds them
RANGES = {
    "tension_start": (0, TENSION_MAX),
    "fail_at": (1, TENSION_MAX),
    "pass_min_score": (-10_000, 10_000),
    "attempts": (1, 32_767),
    "waits": (0, 999_999),
    "minutes": (0, 600),
    "tension": (-TENSION_MAX, TENSION_MAX),
    "score": (-100, 100),
    "tension_min": (0, TENSION_MAX),
    "tension_max": (0, TENSION_MAX),
}
TOLD = 40  # signs of what is no number
REQUIRED = ("tension_start", "minutes")


@dataclass(frozen=True)
class Odd:
    """What stands in the place of a number of the scenario, or of a choice, and cannot be it."""

    name: str  # as in RANGES
    typed: int | str
    node: str = ""
    choice: str = ""


def typed(value: Any) -> int | str | None:
    """A whole number; else as it was typed; None where nothing was."""
    text = "" if value is None else str(value).strip()
    if not IS_WHOLE.fullmatch(text):
        return text or None
    return int(text)


def whole(value: int | str | None, otherwise: Any = None) -> Any:
    """The number, within its range or not; otherwise, where it is none."""
    return value if isinstance(value, int) else otherwise


def odd(body: Mapping[str, Any]) -> Iterator[Odd]:
    """All in a body as the page compiles it (`models/pages.py`), with the minutes of the step where they are known."""
    tension = body["tension"]
    own = {
        "tension_start": tension["start"],
        "fail_at": tension["fail_at"],
        "pass_min_score": body["pass"]["min_score"],
        "attempts": body.get("attempts"),
        "minutes": body.get("minutes", 0),
    }
    for name, value in own.items():
        yield from _odd(name, value)
    for minutes in body.get("waits", ()):
        yield from _odd("waits", minutes)
    for node in body["nodes"]:
        for choice in node["choices"]:
            for name in ("tension", "score"):
                yield from _odd(name, choice[name], node["key"], choice["key"])
            for name in ("tension_min", "tension_max"):
                yield from _odd(name, choice["if"].get(name), node["key"], choice["key"])


def _odd(name: str, value: int | str | None, node: str = "", choice: str = "") -> Iterator[Odd]:
    low, high = RANGES[name]
    if value is None:
        if name in REQUIRED:
            yield Odd(name, "–", node, choice)
    elif isinstance(value, str):
        yield Odd(name, value[:TOLD], node, choice)
    elif not low <= value <= high:
        yield Odd(name, value, node, choice)
