"""What only one person reads (practice, notes), and files with their data that lie ready for others. Packages above
register it here, so that a copy of somebody's data tells of it and erasing them removes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from people.models import User


@dataclass(frozen=True)
class Private:
    """name: of what is kept; told(person) -> its rows as plain JSON; forget(person=person) -> how many were deleted."""

    name: str
    told: Callable[[User], list[dict[str, Any]]]
    forget: Callable[..., int]


_registered: dict[str, Private] = {}


def register(private: Private) -> None:
    _registered[private.name] = private


def told(person: User) -> dict[str, list[dict[str, Any]]]:
    """{name: rows}: for a copy that this person asked for, and for nobody else."""
    return {name: private.told(person) for name, private in sorted(_registered.items())}


def forget(person: User) -> dict[str, int]:
    """{name: how many rows were deleted}"""
    return {name: private.forget(person=person) for name, private in sorted(_registered.items())}
