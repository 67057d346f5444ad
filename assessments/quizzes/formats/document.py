"""A question in one language as plain values: what every format of this folder reads into and writes from. No Django.

An Item is always clean: its type is known, every number is in its range, texts hold nothing that no text has. It may
still be unfinished; that is for rules/types/ to say.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal, Inexact, InvalidOperation, localcontext
from itertools import chain, count
from math import prod
from typing import Any

from assessments.quizzes.rules import matches, types
from assessments.quizzes.rules.question import Question

QUESTIONS_MAX = 500  # in one file
PARTS_MAX = 50  # of one question
PATTERNS_MAX = 5  # of one question that somebody sends: each is tried out before it may go live
TEXT_MAX = 10_000
CODE_MAX = 40
TAGS_MAX = 100
CATEGORY_MAX = 250
POINTS_MAX = 100
GRADED, PRACTICE = "graded", "practice"
DIGITS, PLACES = 20, 10  # as the editor takes numbers
PRECISION = 80  # more than any product of two of them needs
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")  # no XML takes them
BLANKS = re.compile("[ \t]+")
IS_OBJECTIVE = re.compile(r"[^\s,\[\]]{1,40}")
IS_MODULE = re.compile(r"[A-Za-z0-9_-]{1,80}")
IS_POINT = re.compile(r"[^\s,\[\]]{1,81}")
IS_SHARE = re.compile(r"0(\.[0-9]{1,2})?|1(\.00?)?")
IS_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
IS_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
IS_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?")
CHOICES = ("single", "truefalse")
TYPED = ("shorttext", "numeric")
FREE = ("reflection", "essay")


@dataclass(frozen=True)
class Finding:
    """What of a question was not carried, or why it was refused. `code` has its sentence in `formats/words.py`."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Refused(Exception):
    """A file, or one question of it, cannot be read as what it means."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.finding = Finding(code, params)


@dataclass(frozen=True)
class Part:
    """kind: as the block in the editor. values: every field of that kind except pictures."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """review_by: a day, as 2027-01-31. pictures: what is said of each picture; no format here carries one, nor the
    name of who looks after the question (has_owner)."""

    type: str
    stem: str
    code: str = ""
    parts: tuple[Part, ...] = ()
    model_answer: str = ""
    rubric: tuple[str, ...] = ()
    use: str = GRADED
    module: str = ""
    objective: str = ""
    points: tuple[str, ...] = ()
    difficulty: str = ""
    category: str = ""
    sub_category: str = ""
    tags: tuple[str, ...] = ()
    review_by: str = ""
    keeps_order: bool = False
    has_owner: bool = False
    pictures: tuple[str, ...] = ()

    def of_kind(self, kind: str) -> list[Mapping[str, Any]]:
        return [part.values for part in self.parts if part.kind == kind]

    def published(self) -> Question:
        """As the rules see it, so that they can say what is wrong."""
        named = [{"key": f"p{at}", "kind": part.kind, **part.values} for at, part in enumerate(self.parts)]
        return Question("", self.type, self.stem, tuple(named), model_answer=self.model_answer, rubric=self.rubric)


@dataclass(frozen=True)
class Entry:
    """One question of a file, by its place and name there. No item: it is refused, and the findings say why."""

    number: int
    name: str
    item: Item | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Imported:
    """notes: of the file as a whole."""

    entries: tuple[Entry, ...]
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class TruthWords:
    """What true and false are called in the language of the questions, where a format does not say it."""

    true: str
    false: str


# --- values ----------------------------------------------------------------------------------------------------------
def clean(text: str) -> str:
    """One kind of line end, no control characters, single spaces: as a page shows it."""
    text = UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u0085", "\n"))
    return "\n".join(BLANKS.sub(" ", line).strip() for line in text.split("\n")).strip()


def on_one_line(text: str) -> str:
    return " ".join(line for line in clean(text).split("\n") if line)


def text_of(text: str) -> str:
    """Refused where no database field and no reader would take it."""
    found = clean(text)
    if len(found) > TEXT_MAX:
        raise Refused("too-long", most=TEXT_MAX)
    return found


def plain(number: Decimal) -> str:
    """The one way a number is written: 2.5 for 2.50, 100 for 1E+2, 0 for -0."""
    with localcontext() as context:
        context.prec = PRECISION
        return f"{number.normalize():f}" if number else "0"


def decimal_of(text: str) -> Decimal:
    """A number in digits, with a point."""
    tidy = text.strip()
    if not IS_NUMBER.fullmatch(tidy):
        raise Refused("number-unknown", text=tidy[:40])
    return Decimal(tidy)


def number_of(text: str) -> Decimal:
    """Refused where the editor could not hold it exactly."""
    return held(decimal_of(text))


def held(number: Decimal) -> Decimal:
    """The same number, where the editor holds it without rounding."""
    shown = plain(number).lstrip("-")
    whole, _point, rest = shown.partition(".")
    if len(whole) > DIGITS - PLACES or len(rest) > PLACES:
        raise Refused("number-out", text=shown[:40])
    return number


def exactly(top: Decimal, bottom: Decimal) -> Decimal | None:
    """The quotient where it is one that can be written to the end, else None."""
    with localcontext() as context:
        context.prec = PRECISION
        context.traps[Inexact] = True
        try:
            return top / bottom
        except (Inexact, InvalidOperation, ZeroDivisionError):
            return None


def times(*factors: Decimal) -> Decimal:
    """The product, without a rounding."""
    with localcontext() as context:
        context.prec = PRECISION
        return prod(factors, start=Decimal(1))


def percent(share: Decimal, findings: list[Finding]) -> int:
    """A credit as the editor has it: whole percents. Rounding is told."""
    whole = int(share.to_integral_value())
    if whole != share:
        findings.append(Finding("credit-rounded", {"said": plain(share), "taken": whole}))
    return whole


# --- parts -----------------------------------------------------------------------------------------------------------
def option(text: str, correct: bool, feedback: str = "") -> Part:
    return Part("option", {"text": text_of(text), "correct": correct, "feedback": text_of(feedback)})


def item_part(text: str, feedback: str = "") -> Part:
    return Part("item", {"text": text_of(text), "feedback": text_of(feedback)})


def pair(left: str, right: str, feedback: str = "") -> Part:
    return Part("pair", {"left": text_of(left), "right": text_of(right), "feedback": text_of(feedback)})


def answer(
    text: str, credit: int = matches.FULL, feedback: str = "", *, how: str = matches.NORMALISED, fold: bool = False
) -> Part:
    values = {"text": text_of(text), "how": how, "fold": fold, "credit": credit, "feedback": text_of(feedback)}
    return Part("answer", values)


def number(
    value: Decimal,
    tolerance: Decimal,
    credit: int = matches.FULL,
    feedback: str = "",
    *,
    measure: str = "absolute",
) -> Part:
    values = {
        "value": plain(held(value)),
        "tolerance": plain(held(tolerance)),
        "measure": measure,
        "credit": credit,
        "feedback": text_of(feedback),
    }
    return Part("number", values)


def unit(text: str, factor: Decimal) -> Part:
    return Part("unit", {"text": text_of(text), "factor": plain(held(factor))})


def criterion(text: str, points: int, feedback: str = "") -> Part:
    return Part("criterion", {"text": text_of(text), "points": points, "feedback": text_of(feedback)})


# --- settings, as tags -----------------------------------------------------------------------------------------------
def tags_of(item: Item, *, written_as: str) -> list[str]:
    """What a question has besides its words, for formats that know tags. written_as: the type that a reader of the
    format would take it for."""
    said = {"module": item.module, "objective": item.objective, "difficulty": item.difficulty, "review": item.review_by}
    tags = list(item.tags) + [f"{name}:{value}" for name, value in said.items() if value]
    tags += [f"point:{point}" for point in item.points]
    tags += [f"use:{PRACTICE}"] if item.use == PRACTICE else []
    tags += ["order:fixed"] if item.keeps_order else []
    return tags + ([f"type:{item.type}"] if item.type != written_as else [])


def tagged(item: Item, tags: Iterable[str], findings: list[Finding]) -> Item:
    """With the settings that its tags say, and its plain tags. What the bank cannot hold as a tag is named."""
    unknown = []
    for tag in tags:
        name, colon, value = tag.partition(":")
        changed = _with_setting(item, name, value) if colon else _with_tag(item, tag)
        if changed is None:
            unknown.append(tag)
        item = changed or item
    if unknown:
        findings.append(Finding("tags", {"names": _list(unknown)}))
    return item


def _with_tag(item: Item, tag: str) -> Item | None:
    if tag in item.tags:
        return item
    return replace(item, tags=(*item.tags, tag)) if IS_TAG.fullmatch(tag) and len(item.tags) < TAGS_MAX else None


def _with_setting(item: Item, name: str, value: str) -> Item | None:
    match name:
        case "module" if IS_MODULE.fullmatch(value):
            return replace(item, module=value)
        case "objective" if IS_OBJECTIVE.fullmatch(value):
            return replace(item, objective=value)
        case "difficulty" if IS_SHARE.fullmatch(value):
            return replace(item, difficulty=plain(Decimal(value)))
        case "point" if IS_POINT.fullmatch(value) and len(item.points) < POINTS_MAX:
            return replace(item, points=(*item.points, value))
        case "use" if value in (GRADED, PRACTICE):
            return replace(item, use=value)
        case "order" if value == "fixed":
            return replace(item, keeps_order=True)
        case "review" if _is_day(value):
            return replace(item, review_by=value)
        case "type":
            return _as_type(item, value)
    return None


def _is_day(value: str) -> bool:
    try:
        return bool(IS_DAY.fullmatch(value) and date.fromisoformat(value))
    except ValueError:
        return False


def _as_type(item: Item, name: str) -> Item | None:
    """A type that a format writes as its nearest relative. A tag never makes anything else of a question."""
    if item.type == "single" and name == "truefalse" and len(item.parts) == 2:
        return replace(item, type=name)
    return replace(item, type=name) if item.type in FREE and name in FREE else None


def _list(words: Sequence[str]) -> str:
    return ", ".join(word[:60] for word in words[:10])


# --- categories, as paths --------------------------------------------------------------------------------------------
COURSE, TOP = "$course$", "top"
CONTEXT = re.compile(r"\$[a-z]+\$")
BETWEEN = re.compile("(?<!/)/(?!/)")


def category_path(item: Item) -> str:
    """As Moodle writes it: $course$/keeping calm/breathing, with // for a slash that belongs to a name; else "". Moodle
    takes a category at the beginning for the root of them all where its name is top."""
    names = [name.replace("/", "//") for name in (item.category, item.sub_category) if name]
    return "/".join([COURSE, *([TOP] if names[0] == TOP else []), *names]) if names else ""


def category_names(path: str) -> list[str]:
    names = BETWEEN.split(path.strip())
    names = names[1:] if CONTEXT.fullmatch(names[0]) else names
    names = names[1:] if names and names[0] == TOP else names
    return [name.replace("//", "/") for name in names if name]


def filed(item: Item, names: Sequence[str], findings: list[Finding]) -> Item:
    """Under a category and its sub-category. What lies deeper is told."""
    tidy = [name for one in names if (name := on_one_line(one))]
    if any(len(name) > CATEGORY_MAX for name in tidy[:2]):
        findings.append(Finding("category-lost", {"name": _list(tidy)}))
        return item
    if len(tidy) > 2:
        findings.append(Finding("category-deep", {"name": " / ".join(tidy)[:120]}))
    category, sub_category = (*tidy[:2], "", "")[:2]
    return replace(item, category=category, sub_category=sub_category)


def without_category_first(items: Iterable[Item]) -> list[Item]:
    """A category holds for all that follows it in a file, and cannot be ended: so what has none stands first."""
    return sorted(items, key=lambda item: bool(item.category))


# --- criteria, as lines ----------------------------------------------------------------------------------------------
def criteria_lines(item: Item) -> list[str]:
    """What free text is judged by, a criterion a line: for essays "points | text | feedback"."""
    if item.type == "reflection":
        return list(item.rubric)
    rows = [(str(row["points"]), row["text"], row["feedback"]) for row in item.of_kind("criterion")]
    return [" | ".join(_masked(cell) for cell in row if cell) for row in rows]


def with_criteria(item: Item, lines: Sequence[str], findings: list[Finding]) -> Item:
    if item.type == "reflection":
        return replace(item, rubric=tuple(line for line in lines if line))
    rows = [[_unmasked(cell) for cell in re.split(r" \| ", line)] for line in lines if line]
    if all(len(row) in (2, 3) and row[0].isascii() and row[0].isdigit() and 0 < int(row[0][:6]) <= 100 for row in rows):
        return replace(item, parts=tuple(criterion(row[1], int(row[0]), "".join(row[2:])) for row in rows))
    if lines:
        findings.append(Finding("grader-notes"))
    return replace(item, rubric=tuple(line for line in lines if line))


def _masked(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\p").replace("\n", "\\n")


def _unmasked(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "p": "|"}.get(found[1], found[1]), text)


# --- what every format does first and last ---------------------------------------------------------------------------
def finished(item: Item) -> None:
    """Only what could go live leaves: a half-written question would come out as another one."""
    if not item.stem or _has_gaps(item) or types.get(item.type).problems(item.published()):
        raise Refused("unfinished")


def leaving(item: Item, findings: list[Finding]) -> Item:
    """Without what stays here whatever the format: pictures, people, and a category that no path can say."""
    if item.pictures:
        findings.append(Finding("pictures", {"names": _list(item.pictures)}))
    if item.has_owner:
        findings.append(Finding("owner"))
    item = replace(item, pictures=(), has_owner=False)
    names = [name for name in (item.category, item.sub_category) if name]
    if category_names(category_path(item)) == names and (item.category or not names):
        return item
    findings.append(Finding("category-lost", {"name": " / ".join(names)}))
    return replace(item, category="", sub_category="")


def without_criteria(item: Item, findings: list[Finding]) -> Item:
    """For formats that have no place for them."""
    if item.rubric or item.of_kind("criterion"):
        findings.append(Finding("criteria-lost"))
    kept = tuple(part for part in item.parts if part.kind != "criterion")
    return replace(item, rubric=(), parts=kept)


def without_rubric_of_others(item: Item, findings: list[Finding]) -> Item:
    """Criteria are a reflection's; what lies about in other questions nobody sees."""
    if item.rubric and item.type != "reflection":
        findings.append(Finding("criteria-lost"))
        return replace(item, rubric=())
    return item


def without_feedback(item: Item, findings: list[Finding]) -> Item:
    if any(part.values.get("feedback") for part in item.parts):
        findings.append(Finding("feedback-lost"))
    return with_values(item, feedback="")


def with_values(item: Item, **values: Any) -> Item:
    """The same value in every part that has such a field."""
    parts = [
        replace(part, values=dict(part.values) | {name: value for name, value in values.items() if name in part.values})
        for part in item.parts
    ]
    return replace(item, parts=tuple(parts))


def without_folding(item: Item, findings: list[Finding]) -> Item:
    if any(part.values.get("fold") for part in item.parts):
        findings.append(Finding("fold-lost"))
    return with_values(item, fold=False)


def without_patterns(item: Item) -> None:
    """A pattern written as a plain answer would be a wrong key."""
    if any(part.values.get("how") == matches.PATTERN for part in item.parts):
        raise Refused("patterns")


def refuse_many(rows: Sequence[Any]) -> None:
    """Before each of them is looked at."""
    if len(rows) > PARTS_MAX + 1:
        raise Refused("parts-many", most=PARTS_MAX)


def checked(item: Item, findings: list[Finding]) -> Item:
    """Before it leaves a reader: counts and texts within bounds."""
    if len(item.parts) > PARTS_MAX:
        raise Refused("parts-many", most=PARTS_MAX)
    patterns = [row["text"] for row in item.of_kind("answer") if row["how"] == matches.PATTERN]
    if len(patterns) > PATTERNS_MAX:
        raise Refused("star", text=patterns[PATTERNS_MAX][:60])
    stem, name = text_of(item.stem), on_one_line(item.code)
    if not stem:
        raise Refused("stem-missing")
    if len(name) > CODE_MAX:
        findings.append(Finding("name-cut", {"most": CODE_MAX}))
    if _has_gaps(item):
        raise Refused("part-empty")
    return replace(item, stem=stem, code=name[:CODE_MAX].strip(), model_answer=text_of(item.model_answer))


def _has_gaps(item: Item) -> bool:
    """A text or a number that nobody has filled in yet."""
    needed = ("text", "left", "right", "value", "tolerance", "factor", "credit", "points", "weight")
    return any(part.values.get(name, "x") in ("", None) for part in item.parts for name in needed)


# --- between two pages -----------------------------------------------------------------------------------------------
def as_json(item: Item) -> dict[str, Any]:
    return asdict(item)


def from_json(data: Mapping[str, Any]) -> Item:
    lists = {name: tuple(data.get(name, ())) for name in ("rubric", "points", "tags", "pictures")}
    return Item(**{**data, **lists, "parts": tuple(Part(**part) for part in data["parts"])})


def codes_for(items: Sequence[Item], taken: Iterable[str]) -> list[str]:
    """A short name for each that no other question of the bank has."""
    used, given = set(taken), []
    for at, item in enumerate(items, 1):
        base = item.code or f"import-{at}"
        numbered = (f"{base[: CODE_MAX - 6].strip()}-{number}" for number in count(2))
        code = next(one for one in chain([base], numbered) if one not in used)
        used.add(code)
        given.append(code)
    return given
