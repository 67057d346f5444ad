"""Kinds of step, registered by the package that brings each one (from its apps.py), so that a new kind never touches
this package."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Standing:
    """How somebody stands in a step that has attempts.

    state: "ready", "open" (an attempt is under way; `url` leads into it), "waiting" (until `until`), "used_up".
    text says in the reader's words what happens next and who can help.
    """

    state: str
    url: str = ""
    text: str = ""
    until: datetime | None = None

    @property
    def is_closed(self) -> bool:
        """It can neither be begun nor gone on with now."""
        return self.state not in ("ready", "open")


READY = Standing("ready")


Place = tuple[int, str]  # (enrolment id, step key)


def no_standing(
    enrolments: Iterable[Any], extra: Mapping[Place, int], asked_again: Mapping[Place, datetime]
) -> dict[Place, Standing]:
    return {}


@dataclass(frozen=True)
class StepKind:
    """view(request, enrolment, shown) answers GET /learn/<enrolment>/<step_key>/;
    standing(enrolments, extra, asked_again) -> {(enrolment id, step key): Standing} in a constant number of queries.
    extra: {(enrolment id, step key): attempts granted beyond the rule}; asked_again: {(enrolment id, step key): when it
    was last asked to be done once more}: what began earlier and ended does not count. Step keys are text."""

    name: str
    label: Any
    icon: str
    view: Callable[..., Any]
    standing: Callable[..., dict[Place, Standing]] = no_standing


_kinds: dict[str, StepKind] = {}


def register(kind: StepKind) -> None:
    _kinds[kind.name] = kind


def get(name: str) -> StepKind:
    return _kinds[name]


def all_kinds() -> list[StepKind]:
    return list(_kinds.values())
