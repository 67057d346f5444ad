"""What answers that are typed share: an accepted answer is met or not met, and says what it is worth."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import regex

from assessments.quizzes.rules.question import _

EXACT, NORMALISED, PATTERN = "exact", "normalised", "pattern"
WAYS = (
    (EXACT, _("exactly as written")),
    (NORMALISED, _("capitals, spaces and a full stop at the end do not matter")),
    (PATTERN, _("by a pattern; capitals do not matter")),
)
FULL = 100
SECONDS = 0.25  # for one pattern and one answer of at most 200 characters
LONGEST_PATTERN = 300
# Letters that Unicode does not take apart into a base and a mark.
UNMARKED = str.maketrans("łŁđĐøØħĦŧŦı", "lLdDoOhHtTi")
Part = Mapping[str, Any]


def meets(text: str, part: Part) -> bool:
    """Whether the answer meets this accepted one. Never by degrees."""
    if part["how"] == PATTERN:
        given, wanted = _spaced(text), part["text"]
        return _fits_pattern(wanted, given) or (bool(part["fold"]) and _fits_pattern(_folded(wanted), _folded(given)))
    tidy = _normalised if part["how"] == NORMALISED else _composed
    given, wanted = tidy(text), tidy(part["text"])
    return _folded(given) == _folded(wanted) if part["fold"] else given == wanted


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


def _spaced(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _normalised(text: str) -> str:
    return unicodedata.normalize("NFC", _spaced(text).casefold().rstrip(". "))


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.translate(UNMARKED))
    return unicodedata.normalize("NFC", "".join(letter for letter in apart if not unicodedata.combining(letter)))


def _fits_pattern(pattern: str, text: str) -> bool:
    """Out of time counts as not met: `pattern_problem` keeps such patterns from going live."""
    try:
        return regex.fullmatch(pattern, text, flags=regex.IGNORECASE, timeout=SECONDS) is not None
    except (regex.error, TimeoutError):
        return False


def pattern_problem(part: Part) -> str:
    """The first thing that is wrong with a pattern, as it is written and as it is compared without marks of letters."""
    return _problem(part["text"]) or (_problem(_folded(part["text"])) if part["fold"] else "")


def _problem(pattern: str) -> str:
    """Why this pattern may not go live: it is none, it is too long, or an answer could keep the server busy."""
    if len(pattern) > LONGEST_PATTERN:
        return _("A pattern has at most 300 characters.")
    try:
        compiled = regex.compile(pattern, flags=regex.IGNORECASE)
    except regex.error:
        return _("This is not a regular expression.")
    if compiled.fullmatch(""):
        return _("This pattern accepts an answer without a letter.")
    try:
        for probe in (*(sign * 199 + "!" for sign in "a1 "), (pattern * 200)[:199] + "!"):
            compiled.fullmatch(probe, timeout=SECONDS)
    except TimeoutError:
        return _("This pattern takes too long to compare. Write it without repeats inside repeats.")
    return ""


def best(met: Iterable[Part]) -> Part | None:
    """Of the accepted answers that are met, the one worth most: meeting one more never lowers a mark."""
    return max(met, key=lambda part: part["credit"], default=None)


def worth(met: Part | None, *, partial: bool) -> Fraction:
    if met is None or (met["credit"] < FULL and not partial):
        return Fraction(0)
    return Fraction(met["credit"], FULL)


def credit_hint(parts: Sequence[Part], *, partial: bool) -> tuple[str, ...]:
    """How much an answer may be worth, as a sentence of its own; nothing of which one."""
    if partial and any(part["credit"] < FULL for part in parts):
        return (_("An answer that is right in part gets part of the mark."),)
    return (_("It is right or it is not."),)


def credit_problems(parts: Sequence[Part]) -> list[str]:
    return [] if any(part["credit"] == FULL for part in parts) else [_("Write an accepted answer that is worth 100%.")]
