"""What makes a lesson hard to read or a course leak its answers: measured on compiled content. No Django.

Readability is LIX (Björnsson 1968): words a sentence plus the share of words of more than six letters, in percent. It
counts no syllables, so that one measure serves three languages; the limits of each language are this project's own,
from texts that readers found plain. Speeds are those of slow readers of training text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

ERROR, WARNING = "error", "warning"

WORDS_PER_MINUTE = {"en": 170, "pl": 140, "lv": 130}
LIX_MAX = {"en": 40, "pl": 55, "lv": 58}
SENTENCE_MAX = {"en": 15, "pl": 13, "lv": 12}  # mean words a sentence
ENOUGH_WORDS = 80  # below this a mean says nothing
PARAGRAPH_MAX = 60  # words
TIME_TOLERANCE = 0.25
FEEDBACK_READ = 0.5  # a reader of a practice question reads about half of its explanations
WORK_SECONDS = {  # besides reading
    "dialogue": 10,
    "checklist": 15,
    "comparison": 15,
    "flashcards": 30,
    "reflection": 75,
    "knowledge_check": 40,
    "job_aid": 20,
    "scenario": 180,
}
NEARLY_THE_SAME = 0.7  # share of words that two questions have in common, of all their words

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?…:;\n]+")
_NO_TEXT = frozenset(
    {"id", "kind", "points", "variant", "who", "key", "step", "type", "code", "module", "objective", "correct"}
)
_PROSE = frozenset({"body", "say", "comment", "prompt"})
_HEADING = {"concept": 2, "checklist": 2, "job_aid": 3, "reflection": 3}  # as templates/courses/block.html has them


@dataclass(frozen=True)
class Finding:
    """What was found, in which block ("" for the whole page). An error keeps a page from going live."""

    code: str
    severity: str
    block: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What learners read of a question before they answer it."""

    code: str
    stem: str
    options: tuple[str, ...] = ()


# --- texts ----------------------------------------------------------------------------------------------------------
def words(text: str) -> list[str]:
    return _WORD.findall(text)


def sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if words(part)]


def lix(text: str) -> tuple[float, float]:
    """(mean words a sentence, LIX) of a text with at least one word."""
    found = words(text)
    mean = len(found) / len(sentences(text))
    return mean, mean + 100 * sum(len(word) > 6 for word in found) / len(found)


class _Html(HTMLParser):
    """Paragraphs of rich text, and its pictures that say nothing to who cannot see them."""

    ENDS = frozenset({"p", "li", "br", "ul", "ol", "h2", "h3", "h4"})

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.lines = [""]
        self.silent_pictures = 0
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_picture = tag == "img" or (tag == "embed" and given.get("embedtype") == "image")
        if is_picture and not (given.get("alt") or "").strip():
            self.silent_pictures += 1
        if tag in self.ENDS:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.ENDS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        self.lines[-1] += data


def paragraphs(html: str) -> list[str]:
    return [line.strip() for line in _Html(html).lines if line.strip()]


def silent_pictures(html: str) -> int:
    """Pictures without an alternative text."""
    return _Html(html).silent_pictures


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """(name of the field, text) of all that learners read of a compiled block."""
    if isinstance(value, str):
        yield name, "\n".join(paragraphs(value)) if name == "body" else value
    elif isinstance(value, Mapping):
        for inner, part in value.items():
            if inner not in _NO_TEXT:
                yield from texts(part, inner)
    elif isinstance(value, Sequence):
        for part in value:
            yield from texts(part, name)


# --- a lesson -------------------------------------------------------------------------------------------------------
def minutes(blocks: Iterable[Mapping[str, Any]], language: str) -> float:
    """How long a slow reader takes, reading and working."""
    seconds = 0.0
    for block in blocks:
        read = sum(len(words(text)) * (FEEDBACK_READ if name == "feedback" else 1) for name, text in texts(block))
        seconds += read * 60 / WORDS_PER_MINUTE[language]
        if block["kind"] == "breathing":
            seconds += (block["in_seconds"] + block["hold_seconds"] + block["out_seconds"]) * block["rounds"]
        else:
            seconds += WORK_SECONDS.get(block["kind"], 0)
    return seconds / 60


def lesson(
    blocks: Sequence[Mapping[str, Any]], *, language: str, declared: float, graded: Sequence[Asked] = ()
) -> tuple[Finding, ...]:
    """All that is found in the compiled blocks of a lesson, in the order an editor would mend it."""
    if not blocks:
        return ()
    return (
        *_pictures(blocks),
        *_given_away(blocks, graded),
        *_no_practice(blocks),
        *_headings(blocks),
        *_long_paragraphs(blocks),
        *_readability(blocks, language),
        *_time(blocks, language, declared),
    )


def _pictures(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for block in blocks:
        if silent_pictures(str(block.get("body", ""))):
            yield Finding("alt-missing", ERROR, block["id"])


def _no_practice(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    if not any(block["kind"] == "knowledge_check" for block in blocks):
        yield Finding("no-practice", WARNING)


def _headings(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Who listens to a page jumps from heading to heading: a level must not be left out."""
    level = 1
    for block in blocks:
        own = _HEADING.get(block["kind"])
        if own is None:
            continue
        if own > level + 1:
            yield Finding("heading-skipped", WARNING, block["id"])
            return
        level = own


def _long_paragraphs(blocks: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    for block in blocks:
        prose = (text for name, text in texts(block) if name in _PROSE)
        longest = max((len(words(line)) for text in prose for line in text.splitlines()), default=0)
        if longest > PARAGRAPH_MAX:
            yield Finding("paragraph-long", WARNING, block["id"], {"words": longest, "most": PARAGRAPH_MAX})


def _readability(blocks: Sequence[Mapping[str, Any]], language: str) -> Iterator[Finding]:
    yield from readability((text for block in blocks for name, text in texts(block) if name in _PROSE), language)


def _time(blocks: Sequence[Mapping[str, Any]], language: str, declared: float) -> Iterator[Finding]:
    if language not in WORDS_PER_MINUTE:
        return
    yield from time(declared, minutes(blocks, language))


# --- any step -------------------------------------------------------------------------------------------------------
def time(declared: float, needed: float) -> Iterator[Finding]:
    """Of the minutes that are said, against those that it takes."""
    if abs(needed - declared) > TIME_TOLERANCE * declared:
        yield Finding("minutes-off", WARNING, "", {"declared": declared, "needed": max(1, round(needed))})


def examples_left(value: Any, examples: frozenset[str], block: str = "") -> Iterator[Finding]:
    """For each field of compiled content the paragraphs that read as in the example that a course was begun with."""
    found: dict[str, list[str]] = {}
    for name, text in texts(value):
        found.setdefault(name, []).extend(line for line in map(str.strip, text.splitlines()) if line in examples)
    for name, lines in found.items():
        if lines:
            yield Finding("example-left", ERROR, block, {"field": name, "count": len(lines), "text": lines[0]})


# --- prose ----------------------------------------------------------------------------------------------------------
def readability(prose: Iterable[str], language: str) -> Iterator[Finding]:
    """Of all that people read of a lesson, of a scenario, of the questions of a quiz."""
    text = "\n".join(prose)
    if language not in LIX_MAX or len(words(text)) < ENOUGH_WORDS:
        return
    mean, index = lix(text)
    if mean > SENTENCE_MAX[language]:
        yield Finding("sentences-long", WARNING, "", {"mean": f"{mean:.1f}", "most": SENTENCE_MAX[language]})
    if index > LIX_MAX[language]:
        yield Finding("hard-to-read", WARNING, "", {"index": round(index), "most": LIX_MAX[language]})


# --- practice questions and graded ones -----------------------------------------------------------------------------
def asked(question: Mapping[str, Any]) -> Asked:
    """Of a compiled question."""
    options = [part.get(name) for part in question["parts"] for name in ("text", "left", "right")]
    return Asked(question["code"], question["stem"], tuple(option for option in options if option))


def likeness(one: Asked, other: Asked) -> float:
    """0 to 1: the share of words that two questions, with their options, have in common. The order does not count."""
    ours, theirs = vocabulary(one), vocabulary(other)
    return len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0


def vocabulary(question: Asked) -> frozenset[str]:
    """Its words. Two questions with the same ones are the same question."""
    return frozenset(word.casefold() for text in (question.stem, *question.options) for word in words(text))


def _given_away(blocks: Sequence[Mapping[str, Any]], graded: Sequence[Asked]) -> Iterator[Finding]:
    for block in blocks:
        if block["kind"] != "knowledge_check" or not block["question"]:
            continue
        mine = asked(block["question"])
        likest = max(graded, key=lambda other: likeness(mine, other), default=None)
        if likest is None or likeness(mine, likest) < NEARLY_THE_SAME:
            continue
        if likeness(mine, likest) == 1:
            yield given_away(mine.code, likest.code, block["id"])
        else:
            params = {"practice": mine.code, "graded": likest.code}
            yield Finding("gives-away-nearly", WARNING, block["id"], params)


def given_away(practice: str, graded: str, block: str = "") -> Finding:
    """By the short names of the two, which are the same."""
    return Finding("gives-away", ERROR, block, {"practice": practice, "graded": graded})


# --- a course -------------------------------------------------------------------------------------------------------
def course(points: Iterable[str], *, taught: Iterable[str], tested: Iterable[str]) -> tuple[Finding, ...]:
    """Points of the source articles that no lesson teaches or no question asks about."""
    wanted = frozenset(points)
    left = (("points-untaught", wanted - frozenset(taught)), ("points-untested", wanted - frozenset(tested)))
    return tuple(
        Finding(code, WARNING, "", {"count": len(missing), "points": " ".join(sorted(missing))})
        for code, missing in left
        if missing
    )
