"""The texts of the blank pack, which editors write over before a course that was begun from it goes live."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings

from courses.checks.rules import words
from lms.packs.reading import read_pack

BLANK = settings.BASE_DIR / "content" / "blank"
WORDS = 7  # “Step by step”, “in a work jacket” and “Listen to the end” may well be meant


@cache
def example_texts() -> frozenset[str]:
    """In every language, where it is long in one of them: what learners are told, not how a quiz speaks of its result,
    which serves any course."""
    pack = read_pack(BLANK)
    said = [pack.course["summary"], pack.modules, pack.bank, pack.lessons, pack.scenarios]
    spoken = frozenset(pack.languages)
    return frozenset(text.strip() for text in _texts(said, spoken))


def _texts(node: Any, spoken: frozenset[str]) -> Iterator[str]:
    if isinstance(node, dict) and node.keys() == spoken:
        if any(len(words(text)) >= WORDS for text in node.values()):
            yield from node.values()
    elif isinstance(node, dict):
        for part in node.values():
            yield from _texts(part, spoken)
    elif isinstance(node, list):
        for part in node:
            yield from _texts(part, spoken)
