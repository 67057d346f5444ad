"""Aiken in: multiple choice as plain text, "ANSWER: B" below the options. https://docs.moodle.org/en/Aiken_format"""

import re

from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats.document import Entry, Finding, Imported, Item, Refused, TruthWords

OPTION = re.compile(r"([A-Z])[.)][ \t]+(.*)")
ANSWER = re.compile(r"ANSWER:[ \t]*([A-Z])")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def is_aiken(text: str) -> bool:
    """Both Aiken and GIFT are .txt; only one of them has such a line."""
    return any(ANSWER.fullmatch(line.strip()) for line in text.splitlines()) and "{" not in text


def read(text: str, truth: TruthWords) -> Imported:
    entries: list[Entry] = []
    lines: list[str] = []
    for line in doc.clean(text).split("\n"):
        if not line:
            continue
        lines.append(line)
        if line.startswith("ANSWER:"):
            if len(entries) == doc.QUESTIONS_MAX:
                raise Refused("questions-many", most=doc.QUESTIONS_MAX)
            entries.append(_entry(lines, len(entries) + 1))
            lines = []
    if lines:
        entries.append(Entry(len(entries) + 1, lines[0][: doc.CODE_MAX], None, (Finding("aiken-answer"),)))
    if not entries:
        raise Refused("questions-none")
    return Imported(tuple(entries))


def _entry(lines: list[str], place: int) -> Entry:
    findings: list[Finding] = []
    try:
        item = doc.checked(_item(lines), findings)
    except Refused as refused:
        return Entry(place, lines[0][: doc.CODE_MAX], None, (refused.finding,))
    return Entry(place, "", item, tuple(findings))


def _item(lines: list[str]) -> Item:
    """Letters follow the alphabet without a gap; a line without one goes on with the question, never with an option."""
    stem: list[str] = []
    texts: list[str] = []
    for line in lines[:-1]:
        option = OPTION.fullmatch(line)
        if option and option[1] == LETTERS[len(texts) : len(texts) + 1]:
            texts.append(option[2])
        elif texts:
            raise Refused("aiken-line", text=line[:60])
        else:
            stem.append(line)
    said = ANSWER.fullmatch(lines[-1])
    if not said or said[1] not in LETTERS[: len(texts)]:
        raise Refused("aiken-answer")
    if len(texts) < 2:
        raise Refused("aiken-options")
    right = LETTERS.index(said[1])
    return Item("single", "\n".join(stem), parts=tuple(doc.option(text, at == right) for at, text in enumerate(texts)))
