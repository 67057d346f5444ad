"""Which terms of the glossary a text uses. Words bend: a term is found by the beginnings of its words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from courses.models import Term

ENDING = 2  # letters at the end of a word that may be others
SHORTEST = 4  # a beginning shorter than this would be found everywhere


@dataclass(frozen=True)
class Found:
    source: str
    target: str
    note: str


def glossary(source: str, target: str) -> list[Found]:
    """The terms that both languages have."""
    terms = [(term.texts.get(source, ""), term.texts.get(target, ""), term.note) for term in Term.objects.all()]
    return sorted((Found(*term) for term in terms if term[0] and term[1]), key=lambda found: found.source.casefold())


def used(terms: Iterable[Found], text: str) -> list[Found]:
    return [term for term in terms if _beginnings(term.source).search(text)]


def _beginnings(term: str) -> re.Pattern:
    stems = [re.escape(word[: max(SHORTEST, len(word) - ENDING)]) + r"\w*" for word in term.split()]
    return re.compile(r"\b" + r"\s+".join(stems), re.IGNORECASE)
