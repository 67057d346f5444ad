"""What GIFT and Moodle XML share: weights in percent that make a key, stars in accepted answers, true and false."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import regex

from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats.document import Finding, Item, Part, Refused, TruthWords
from assessments.quizzes.rules import matches

FULL = Decimal(100)
NEARLY = Decimal("0.01")  # weights come rounded to five places, and some programs round sooner
RIGHT_MAX = 10  # Moodle knows the shares of up to ten right options
KNOWN = {100, 90, 80, 75, 70, 60, 50, 40, 30, 25, 20, 10, 5}  # the whole percents that Moodle takes
STARS_MAX = 2  # in one accepted answer: more of them take ever longer to compare
STAR = re.compile(r"\\\*|\*|[^*\\]+|\\")


# --- out -------------------------------------------------------------------------------------------------------------
def refuse_odd(item: Item) -> None:
    if sum(row["correct"] for row in item.of_kind("option")) > RIGHT_MAX:
        raise Refused("right-many", most=RIGHT_MAX)


def share(item: Item) -> str:
    """What each right option is worth, as Moodle writes it: 33.33333."""
    right = sum(row["correct"] for row in item.of_kind("option"))
    return doc.plain((FULL / right).quantize(Decimal("0.00001"), ROUND_HALF_UP))


def note_unknown(item: Item, findings: list[Finding]) -> None:
    """The share stands in the file all the same; Moodle asks what to do about it."""
    odd = sorted({part.values["credit"] for part in item.parts if "credit" in part.values} - KNOWN)
    if odd:
        findings.append(Finding("credit-unusual", {"numbers": ", ".join(map(str, odd))}))


def absolute(item: Item, findings: list[Finding]) -> Item:
    """With every tolerance in the unit. In percent it is the same key, written otherwise."""
    if all(row["measure"] == "absolute" for row in item.of_kind("number")):
        return item
    findings.append(Finding("relative-lost"))
    return replace(item, parts=tuple(_absolute(part) for part in item.parts))


def _absolute(part: Part) -> Part:
    if part.values.get("measure") != "relative":
        return part
    room = doc.times(Decimal(part.values["tolerance"]), abs(Decimal(part.values["value"])), Decimal("0.01"))
    return replace(part, values={**part.values, "tolerance": doc.plain(doc.held(room)), "measure": "absolute"})


def says_truth(item: Item, truth: TruthWords) -> bool:
    """Whether true and false are all it says, in this order: then every program knows it as such."""
    texts = [row["text"] for row in item.of_kind("option")]
    return item.type == "truefalse" and texts == [truth.true, truth.false]


def guarded(text: str) -> str:
    """A star stands for any letters in an accepted answer; a real one needs a backslash."""
    return text.replace("*", "\\*")


# --- in --------------------------------------------------------------------------------------------------------------
def choice(kind: str, texts: Sequence[tuple[str, str]], shares: Sequence[Decimal], findings: list[Finding]) -> Item:
    """The key: of a single choice what is worth everything, of a multiple one what is worth anything."""
    least = FULL - NEARLY if kind == "single" else NEARLY
    right = [found >= least for found in shares]
    if not any(right):
        raise Refused("key-missing")
    if kind == "single" and sum(right) > 1:
        raise Refused("key-double")
    expected = [FULL / sum(right) if flag else Decimal(0) if kind == "single" else -FULL / sum(right) for flag in right]
    if any(abs(said - meant) > NEARLY for said, meant in zip(shares, expected, strict=True)):
        findings.append(Finding("part-credit" if kind == "single" else "weights"))
    parts = [doc.option(text, flag, feedback) for (text, feedback), flag in zip(texts, right, strict=True)]
    return Item(kind, "", parts=tuple(parts))


def truth(holds: bool, words: TruthWords, *, wrong: str, right: str) -> Item:
    told = (right, wrong) if holds else (wrong, right)
    parts = (doc.option(words.true, holds, told[0]), doc.option(words.false, not holds, told[1]))
    return Item("truefalse", "", parts=parts)


def short(
    text: str, said: Decimal, feedback: str, findings: list[Finding], *, how: str = matches.NORMALISED
) -> list[Part]:
    """One accepted answer; with a star in it, a pattern. What is worth nothing is no accepted answer."""
    credit = doc.percent(said, findings)
    if not 0 < credit <= matches.FULL:
        findings.append(Finding("worthless", {"text": text[:60]}))
        return []
    tokens = STAR.findall(text)
    if "*" not in tokens:
        return [doc.answer(text.replace("\\*", "*"), credit, feedback, how=how)]
    if how == matches.EXACT:
        findings.append(Finding("capitals"))
    pattern = "".join(".*" if token == "*" else regex.escape(token.replace("\\*", "*")) for token in tokens)
    if tokens.count("*") > STARS_MAX or len(pattern) > matches.LONGEST_PATTERN:
        raise Refused("star", text=text[:60])
    return [doc.answer(pattern, credit, feedback, how=matches.PATTERN)]


def numeric(value: str, tolerance: str, said: Decimal, feedback: str, findings: list[Finding]) -> list[Part]:
    credit = doc.percent(said, findings)
    if not 0 < credit <= matches.FULL:
        findings.append(Finding("worthless", {"text": value[:60]}))
        return []
    room = doc.number_of(tolerance)
    if room < 0:
        raise Refused("number-unknown", text=tolerance[:40])
    return [doc.number(doc.number_of(value), room, credit, feedback)]
