"""GIFT, in and out: Moodle's format for questions as a text. Written from its documentation and held against Moodle's
reader: https://docs.moodle.org/en/GIFT_format

What GIFT has no sign for stands in comments that Moodle reads too: // [tag:objective:CALM-1]. A line of its own says
the category of what follows: $CATEGORY: $course$/keeping calm/breathing
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats import html, weights
from assessments.quizzes.formats.document import Entry, Finding, Imported, Item, Part, Refused, TruthWords
from assessments.quizzes.rules import matches

CONTROL = "~=#{}:"
ESCAPED = re.compile(r"\\([~=#{}:\\n])")
NATIVE = {"reflection": "essay", "truefalse": "single"}
CARRIED = ("single", "multiple", "truefalse", "shorttext", "numeric", "matching", "reflection", "essay")
WEIGHT = re.compile(r"%(-?[0-9]{1,3}(?:\.[0-9]{0,9})?)%")
FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]")
TAG = re.compile(r"\[tag:((?:\\\]|[^\[\]]){0,200})\]")
IDENTITY = re.compile(r"\[id:((?:\\\]|[^\[\]]){0,200})\]")
TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}
GAP = "_____"
ARROW = "->"
CATEGORY = "$CATEGORY:"
# Escaped signs stand as private letters while the text is taken apart, so that none of them parts anything.
MASKS = {sign: chr(0xE000 + at) for at, sign in enumerate(CONTROL + "\\\n")}
UNMASK = {ord(mask): sign for sign, mask in MASKS.items()}
PRIVATE = re.compile("[\ue000-\ue010]")


# --- what GIFT can carry ---------------------------------------------------------------------------------------------
def fit(item: Item, truth: TruthWords, findings: list[Finding]) -> Item:
    """The part of a question that GIFT carries; findings name the rest. Refused where the key would become another."""
    if item.type not in CARRIED:
        raise Refused("type-not-carried", type=item.type)
    doc.finished(item)
    item = doc.without_criteria(doc.leaving(item, findings), findings)
    weights.note_unknown(item, findings)
    if PRIVATE.search("".join(_texts(item))):
        raise Refused("private-letters")
    if item.type == "multiple":
        weights.refuse_odd(item)
    if item.type == "matching":
        item = doc.without_feedback(item, findings)
    if item.type == "shorttext":
        item = _fit_short(item, findings)
    if item.type == "numeric":
        item = _fit_numeric(item, findings)
    if any(ARROW in text for text in _before_arrows(item)):
        raise Refused("arrow")
    return item


def _texts(item: Item) -> Iterator[str]:
    yield from (item.stem, item.model_answer, item.code, item.category, item.sub_category)
    for part in item.parts:
        yield from (value for value in part.values.values() if isinstance(value, str))


def _before_arrows(item: Item) -> list[str]:
    """Where an arrow would part what belongs together."""
    if item.type == "matching":
        return [row["left"] for row in item.of_kind("pair")]
    if item.type == "shorttext":
        return [text for row in item.of_kind("answer") for text in (row["text"], row["feedback"])]
    return []


def _fit_short(item: Item, findings: list[Finding]) -> Item:
    doc.without_patterns(item)
    if any(row["how"] == matches.EXACT for row in item.of_kind("answer")):
        findings.append(Finding("exact-lost"))
    return doc.with_values(doc.without_folding(item, findings), how=matches.NORMALISED)


def _fit_numeric(item: Item, findings: list[Finding]) -> Item:
    if item.of_kind("unit"):
        raise Refused("units")
    return weights.absolute(item, findings)


# --- out -------------------------------------------------------------------------------------------------------------
def write(items: Iterable[Item], truth: TruthWords) -> str:
    blocks, path = [], ""
    for item in doc.without_category_first(items):
        if doc.category_path(item) != path:
            path = doc.category_path(item)
            blocks.append(f"{CATEGORY} {path}")
        blocks.append(_written(item, truth))
    return "\n\n".join(blocks) + "\n"


def _written(item: Item, truth: TruthWords) -> str:
    is_plain_truth = weights.says_truth(item, truth)
    tags = doc.tags_of(item, written_as=item.type if is_plain_truth else NATIVE.get(item.type, item.type))
    lines = [f"// [tag:{tag}]" for tag in tags]
    name = f"::{_escaped(item.code)}::" if item.code else ""
    lines.append(f"{name}[plain]{_escaped(item.stem)} {{")
    lines += _truth_line(item) if is_plain_truth else _answer_lines(item)
    lines += [f"####{_text(item.model_answer)}"] if item.model_answer else []
    return "\n".join([*lines, "}"])


def _truth_line(item: Item) -> list[str]:
    """First what to say to those who are wrong, then to those who are right."""
    right = next(row for row in item.of_kind("option") if row["correct"])
    wrong = next(row for row in item.of_kind("option") if not row["correct"])
    sign = "TRUE" if right is item.of_kind("option")[0] else "FALSE"
    return [f"{sign}#{_text(wrong['feedback'])}#{_text(right['feedback'])}"]


def _answer_lines(item: Item) -> list[str]:
    match item.type:
        case "single" | "truefalse":
            rows = item.of_kind("option")
            return [
                f"{'=' if row['correct'] else '~%0%'}{_text(row['text'])}{_feedback(row['feedback'])}" for row in rows
            ]
        case "multiple":
            share = weights.share(item)
            rows = item.of_kind("option")
            signs = [f"%{share}%" if row["correct"] else f"%-{share}%" for row in rows]
            return [
                f"~{sign}{_text(row['text'])}{_feedback(row['feedback'])}"
                for sign, row in zip(signs, rows, strict=True)
            ]
        case "shorttext":
            return [
                f"=%{row['credit']}%{_text(_starred(row['text']))}{_feedback(row['feedback'])}"
                for row in item.of_kind("answer")
            ]
        case "numeric":
            return ["#"] + [
                f"=%{row['credit']}%{row['value']}:{row['tolerance']}{_feedback(row['feedback'])}"
                for row in item.of_kind("number")
            ]
        case "matching":
            return [f"={_text(row['left'])} {ARROW} {_escaped(row['right'])}" for row in item.of_kind("pair")]
    return []


def _starred(text: str) -> str:
    """A star stands for any letters in Moodle's accepted answers; a real one needs a backslash."""
    return weights.guarded(text)


def _feedback(text: str) -> str:
    return f"#{_text(text)}" if text else ""


def _text(text: str) -> str:
    """What begins with a bracket could be taken for the name of a format."""
    return f"[plain]{_escaped(text)}" if text.startswith("[") else _escaped(text)


def _escaped(text: str) -> str:
    masked = "".join(f"\\{sign}" if sign in CONTROL or sign == "\\" else sign for sign in text)
    return masked.replace("\n", "\\n")


# --- in --------------------------------------------------------------------------------------------------------------
@dataclass
class _Block:
    """One question as it stands in the file."""

    lines: list[str]
    comments: list[str]


def read(text: str, truth: TruthWords) -> Imported:
    entries: list[Entry] = []
    category: list[str] = []
    if PRIVATE.search(text):
        raise Refused("private-letters")
    for block in _blocks(text):
        if block.lines[0].startswith(CATEGORY):
            category = doc.category_names(block.lines.pop(0).removeprefix(CATEGORY))
        if not block.lines:
            continue
        if len(entries) == doc.QUESTIONS_MAX:
            raise Refused("questions-many", most=doc.QUESTIONS_MAX)
        entries.append(_entry(block, len(entries) + 1, truth, category))
    if not entries:
        raise Refused("questions-none")
    return Imported(tuple(entries))


def _blocks(text: str) -> Iterator[_Block]:
    """Questions are parted by blank lines; a comment belongs to the question it stands above or in."""
    block = _Block([], [])
    for line in [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]:
        tidy = line.strip()
        if tidy.startswith("//"):
            block.comments.append(tidy[2:].strip())
        elif tidy:
            block.lines.append(tidy)
        elif block.lines:
            yield block
            block = _Block([], [])
        else:
            block.comments.clear()  # it speaks of the file


def _entry(block: _Block, place: int, truth: TruthWords, category: Sequence[str]) -> Entry:
    findings: list[Finding] = []
    masked = ESCAPED.sub(lambda found: MASKS["\n" if found[1] == "n" else found[1]], "\n".join(block.lines))
    name, masked = _name(masked)
    try:
        item = _item(name, masked, truth, findings)
        item = _commented(doc.filed(item, category, findings), block.comments, findings)
        return Entry(place, item.code, doc.checked(item, findings), tuple(findings))
    except Refused as refused:
        return Entry(place, name[: doc.CODE_MAX], None, (refused.finding, *findings))


def _name(masked: str) -> tuple[str, str]:
    begin, colons, rest = masked.removeprefix("::").partition("::")
    if not masked.startswith("::") or not colons:
        return "", masked
    return doc.on_one_line(_plain(begin)), rest.strip()


def _item(name: str, masked: str, truth: TruthWords, findings: list[Finding]) -> Item:
    before, brace, rest = masked.partition("{")
    inside, closing, after = rest.partition("}")
    if not brace and "}" not in masked:
        raise Refused("description")
    if not brace or not closing or "{" in after or "}" in after or "}" in before:
        raise Refused("braces")
    kept, general, about = inside.rpartition("####")
    inside = (kept if general else about).strip()
    stem = before.strip() if not after.strip() else f"{before.rstrip()} {GAP} {after.strip()}".strip()
    form, stem = _format(stem, "moodle")
    shape = _Shape(form, findings)
    item = shape.item(inside, truth)
    answer = shape.text(about) if general else ""
    if answer and item.type not in (*doc.TYPED, *doc.FREE):
        findings.append(Finding("general-feedback"))
    return replace(item, stem=shape.shown(stem, form), code=name, model_answer=answer)


@dataclass
class _Shape:
    """What stands between the braces. form: how the texts are meant, unless one says it for itself."""

    form: str
    findings: list[Finding]

    def item(self, inside: str, truth: TruthWords) -> Item:
        if not inside:
            return Item("essay", "")
        if inside.startswith("#"):
            return self._numeric(inside[1:])
        if "~" in inside:
            return self._choice(inside)
        if "=" in inside and ARROW in inside:
            return self._matching(inside)
        if inside.partition("#")[0].strip() in TRUTH:
            return self._truth(inside, truth)
        if inside.startswith(">"):
            raise Refused("interaction", name="ordering")
        return self._short(inside)

    def text(self, masked: str) -> str:
        form, rest = _format(masked.strip(), self.form)
        return self.shown(rest, form)

    def shown(self, masked: str, form: str) -> str:
        found = _plain(masked.strip())
        if form == "plain":
            return doc.clean(found)
        if form == "markdown" and all(one.code != "formatting" for one in self.findings):
            self.findings.append(Finding("formatting"))
        # "moodle" is HTML too, in which line ends count
        return html.words(found if form == "html" else found.replace("\n", "<br>"), self.findings)

    def _told(self, masked: str) -> tuple[str, str]:
        """(answer still masked, feedback)"""
        begin, sign, feedback = masked.partition("#")
        return begin.strip(), self.text(feedback) if sign else ""

    def _choice(self, inside: str) -> Item:
        rows = [row.strip() for row in inside.replace("=", "~=").split("~")]
        doc.refuse_many(rows)
        if rows[0]:
            raise Refused("answer-sign")
        shares, parts = [], []
        for row in rows[1:]:
            is_right = row.startswith("=")
            weight = None if is_right else WEIGHT.match(row)
            share = Decimal(100) if is_right else Decimal(weight[1]) if weight else Decimal(0)
            begin, feedback = self._told(row[1:] if is_right else row[weight.end() :] if weight else row)
            shares.append(share)
            parts.append((self.text(begin), feedback))
        kind = "single" if "=" in inside else "multiple"
        return weights.choice(kind, parts, shares, self.findings)

    def _truth(self, inside: str, truth: TruthWords) -> Item:
        sign, *told = (text.strip() for text in inside.split("#", 2))
        wrong, right = (*(self.text(text) for text in told), "", "")[:2]
        return weights.truth(TRUTH[sign], truth, wrong=wrong, right=right)

    def _short(self, inside: str) -> Item:
        parts: list[Part] = []
        for row in self._rows(inside):
            share, begin, feedback = self._weighed(row)
            text = doc.clean(_plain(_format(begin, "plain")[1]))  # what is accepted is never HTML
            parts += weights.short(text, share, feedback, self.findings)
        return Item("shorttext", "", parts=tuple(parts))

    def _numeric(self, inside: str) -> Item:
        parts: list[Part] = []
        for row in self._rows(inside):
            share, begin, feedback = self._weighed(row)
            parts += weights.numeric(*_range(_plain(begin)), share, feedback, self.findings)
        return Item("numeric", "", parts=tuple(parts))

    def _matching(self, inside: str) -> Item:
        parts = []
        for row in self._rows(inside):
            left, arrow, right = row.partition(ARROW)
            if not arrow:
                raise Refused("arrow-missing")
            if not left.strip():
                self.findings.append(Finding("distractor", {"text": _plain(right).strip()[:60]}))
                continue
            parts.append(doc.pair(self.text(left), doc.clean(_plain(right))))
        return Item("matching", "", parts=tuple(parts))

    def _rows(self, inside: str) -> Sequence[str]:
        """A single answer may do without the sign before it."""
        first, *rows = (row.strip() for row in inside.split("="))
        doc.refuse_many(rows)
        if first and rows:
            raise Refused("answer-sign")
        return rows or [first]

    def _weighed(self, row: str) -> tuple[Decimal, str, str]:
        weight = WEIGHT.match(row)
        begin, feedback = self._told(row[weight.end() :] if weight else row)
        return Decimal(weight[1]) if weight else Decimal(100), begin, feedback


def _range(text: str) -> tuple[str, str]:
    """(number, how far off still counts) of "5:2" and of "3..7"."""
    low, dots, high = text.partition("..")
    if not dots:
        value, _colon, tolerance = text.partition(":")
        return value.strip(), tolerance.strip() or "0"
    bottom, top = doc.number_of(low), doc.number_of(high)
    if top < bottom:
        raise Refused("range", text=text[:40])
    return doc.plain((bottom + top) / 2), doc.plain((top - bottom) / 2)


def _format(masked: str, otherwise: str) -> tuple[str, str]:
    found = FORMAT.match(masked)
    return (found[1], masked[found.end() :].strip()) if found else (otherwise, masked)


def _plain(masked: str) -> str:
    return masked.translate(UNMASK)


def _commented(item: Item, comments: Sequence[str], findings: list[Finding]) -> Item:
    """Tags and a name that Moodle keeps in comments; what else is written there is named."""
    for comment in comments:
        rest = TAG.sub("", IDENTITY.sub("", comment)).strip()
        if rest:
            findings.append(Finding("comment", {"text": rest[:60]}))
    whole = " ".join(comments)
    item = doc.tagged(item, [tag.replace("\\]", "]").strip() for tag in TAG.findall(whole)], findings)
    named = IDENTITY.search(whole)
    if named and not item.code:
        return replace(item, code=doc.on_one_line(named[1].replace("\\]", "]")))
    if named and named[1] != item.code:
        findings.append(Finding("tags", {"names": f"id:{named[1][:60]}"}))
    return item
