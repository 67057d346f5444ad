"""Translations follow the source language. What each text says in which language is remembered in a package above this
one, which registers here why a translation may not go live, and what to do when a text did."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Memory:
    """problems(page or question) -> why this language lags behind, in the reader's language, or nothing;
    follow(pages and questions that went live, given) -> None; given: every text is as its author wants it, even one
    that reads as in the source language; older(keys) -> {(key, language)} whose learners see an older version."""

    problems: Callable[[Any], list[str]]
    follow: Callable[[list[Any], bool], None]
    older: Callable[[list[UUID]], set[tuple[UUID, str]]]


_registered: list[Memory] = []
_given: ContextVar[list[Any] | None] = ContextVar("translations_given", default=None)


def register(memory: Memory) -> None:
    _registered[:] = [memory]


def problems(instance: Any) -> list[str]:
    if not _registered or _given.get() is not None:
        return []
    return _registered[0].problems(instance)


def older(keys: list[UUID]) -> set[tuple[UUID, str]]:
    return _registered[0].older(keys) if _registered else set()


def are_given() -> bool:
    """Whether an import is under way: what one text names may come after it."""
    return _given.get() is not None


def went_live(instance: Any) -> None:
    """For the saving of what is live, in the same transaction."""
    given = _given.get()
    if given is not None:
        given.append(instance)
    elif _registered:
        _registered[0].follow([instance], False)


@contextmanager
def as_given() -> Iterator[None]:
    """An import says every text in every language: none is held back, and all are remembered once, at the end."""
    token = _given.set([])
    try:
        yield
        written = _given.get() or []
    finally:
        _given.reset(token)
    if _registered:
        _registered[0].follow(written, True)
