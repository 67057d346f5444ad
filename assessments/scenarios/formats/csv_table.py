"""CSV: what one edits in a spreadsheet. One file a language, one row a choice, every field of a choice a column.

The first column says what a row is: a setting of the scenario, a skill, a scene, a choice of the scene named in `node`,
an ending, or a question to think about after it. Columns that a kind of row does not use stay empty.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats.document import (
    Choice,
    Document,
    Ending,
    Field,
    Finding,
    Imported,
    Refused,
    Scene,
    Skill,
)

ROWS_MAX = 6_000
COLUMNS_MAX = 100
TOLD_MAX = 50
SETTING_ROW, SKILL_ROW, SCENE_ROW, CHOICE_ROW, ENDING_ROW, QUESTION_ROW = (
    "setting",
    "skill",
    "scene",
    "choice",
    "ending",
    "question",
)
COLUMNS = (
    "row",
    "node",
    "choice",
    *(spec.name for spec in doc.SCENE if spec.name != "key"),
    "outcome",
    *(spec.name for spec in doc.CHOICE if spec.name != "key"),
    "debrief",
)
# What a spreadsheet would take for a formula. An apostrophe is put before it, and before an apostrophe, and taken off.
FORMULA = ("=", "+", "-", "@", "\t", "'", "＝", "＋", "－", "＠")
PLAIN = (doc.NUMBER, doc.MINUTES)


# --- out -----------------------------------------------------------------------------------------------------------
def write(document: Document) -> str:
    """With a byte order mark: without it spreadsheets take the letters for those of another alphabet."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_rows(document))
    return "\ufeff" + out.getvalue()


def _rows(document: Document) -> Iterator[dict[str, str]]:
    for spec in doc.SETTINGS:
        yield {"row": SETTING_ROW, "node": spec.name, "text": _cell(spec, getattr(document, spec.name))}
    for skill in document.skills:
        yield {"row": SKILL_ROW, "node": skill.key, "text": _guarded(skill.text)}
    for scene in document.scenes:
        yield {"row": SCENE_ROW, "node": scene.key, **_cells(doc.SCENE, scene)}
        for choice in scene.choices:
            yield {"row": CHOICE_ROW, "node": scene.key, "choice": choice.key, **_cells(doc.CHOICE, choice)}
    for ending in document.endings:
        yield {"row": ENDING_ROW, "node": ending.key, **_cells(doc.ENDING, ending)}
        for question in ending.reflection:
            yield {"row": QUESTION_ROW, "node": ending.key, "text": _guarded(question)}


def _cells(specs: tuple[Field, ...], part: Scene | Choice | Ending) -> dict[str, str]:
    return {spec.name: _cell(spec, getattr(part, spec.name)) for spec in specs if spec.name != "key"}


def _cell(spec: Field, value: Any) -> str:
    text = doc.to_text(spec, value)
    return text if spec.kind in PLAIN else _guarded(text)


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


# --- in ------------------------------------------------------------------------------------------------------------
def read(text: str) -> Imported:
    first = text.removeprefix("\ufeff").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=delimiter, strict=True)
    reader = _Reader()
    try:
        header = [name.strip().lower() for name in next(rows, [])]
        reader.columns(header)
        for count, cells in enumerate(rows):
            if count >= ROWS_MAX:
                raise Refused(Finding("rows-many", params={"most": ROWS_MAX}))
            if any(cells) and len(reader.faults) < TOLD_MAX:
                reader.take(rows.line_num, dict(zip(header, cells, strict=False)))
    except csv.Error as error:
        raise Refused(Finding("csv-broken", rows.line_num)) from error
    return reader.imported()


class _Reader:
    def __init__(self) -> None:
        self.faults: list[Finding] = []
        self.notes: list[Finding] = []
        self.settings: dict[str, Any] = {}
        self.skills: list[Skill] = []
        self.scenes: list[Scene] = []
        self.endings: list[Ending] = []
        self.lines: dict[tuple[str, str], int] = {}

    def columns(self, header: list[str]) -> None:
        missing = {"row", "node", "choice", "text", "to"} - set(header)
        if missing:
            raise Refused(Finding("columns-missing", 1, params={"names": ", ".join(sorted(missing))}))
        if len(header) > COLUMNS_MAX:
            raise Refused(Finding("columns-many", 1, params={"most": COLUMNS_MAX}))
        twice = [name for name in header if name and header.count(name) > 1]
        if twice:
            raise Refused(Finding("column-twice", 1, params={"name": twice[0][:60]}))
        self.notes += [
            Finding("column-unknown", 1, params={"name": name[:60]}) for name in header if name and name not in COLUMNS
        ]

    def take(self, line: int, cells: dict[str, str]) -> None:
        row = {name: _unguarded(cell) for name, cell in cells.items()}
        kind, node = row["row"].strip().lower(), row.get("node", "").strip()
        takers = {
            SETTING_ROW: self._setting,
            SKILL_ROW: self._skill,
            SCENE_ROW: self._scene,
            CHOICE_ROW: self._choice,
            ENDING_ROW: self._ending,
            QUESTION_ROW: self._question,
        }
        if kind not in takers:
            self.faults.append(Finding("row-unknown", line, params={"word": kind[:60], "words": ", ".join(takers)}))
            return
        takers[kind](line, node, row)

    def _setting(self, line: int, name: str, row: dict[str, str]) -> None:
        spec = next((spec for spec in doc.SETTINGS if spec.name == name), None)
        if spec is None:
            self.notes.append(Finding("setting-unknown", line, params={"name": name[:60]}))
        elif name in self.settings:
            self.faults.append(Finding("setting-twice", line, params={"name": name}))
        else:
            self.settings[name] = self._tried(line, spec, row.get("text", ""))

    def _skill(self, line: int, key: str, row: dict[str, str]) -> None:
        self.skills.append(Skill(**self._values(line, doc.SKILL, {"key": key, "text": row.get("text", "")})))

    def _scene(self, line: int, key: str, row: dict[str, str]) -> None:
        if len(self.scenes) >= doc.PLACES_MAX:
            raise Refused(Finding("places-many", line, params={"most": doc.PLACES_MAX}))
        self.scenes.append(Scene(**self._values(line, doc.SCENE, row | {"key": key})))
        self.lines[key, ""] = line

    def _choice(self, line: int, key: str, row: dict[str, str]) -> None:
        at = next((n for n in range(len(self.scenes) - 1, -1, -1) if self.scenes[n].key == key), None)
        if at is None:
            self.faults.append(Finding("row-before-its-scene", line, params={"key": key[:60]}))
            return
        if len(self.scenes[at].choices) >= doc.CHOICES_MAX:
            raise Refused(Finding("choices-many", line, key, {"most": doc.CHOICES_MAX}))
        choice = Choice(**self._values(line, doc.CHOICE, row | {"key": row.get("choice", "").strip()}))
        self.scenes[at] = replace(self.scenes[at], choices=(*self.scenes[at].choices, choice))
        self.lines[key, choice.key] = line

    def _ending(self, line: int, key: str, row: dict[str, str]) -> None:
        self.endings.append(Ending(**self._values(line, doc.ENDING, row | {"key": key})))
        self.lines[key, ""] = line

    def _question(self, line: int, key: str, row: dict[str, str]) -> None:
        at = next((n for n in range(len(self.endings) - 1, -1, -1) if self.endings[n].key == key), None)
        if at is None:
            self.faults.append(Finding("row-before-its-scene", line, params={"key": key[:60]}))
            return
        question = self._tried(line, doc.QUESTION, row.get("text", ""))
        self.endings[at] = replace(self.endings[at], reflection=(*self.endings[at].reflection, question))

    def _values(self, line: int, specs: tuple[Field, ...], row: dict[str, str]) -> dict[str, Any]:
        return {spec.name: self._tried(line, spec, row.get(spec.name, "")) for spec in specs}

    def _tried(self, line: int, spec: Field, text: str) -> Any:
        try:
            return doc.from_text(spec, text)
        except Refused as refused:
            self.faults += [replace(finding, line=line) for finding in refused.findings]
            return text if spec.is_required else spec.default

    def imported(self) -> Imported:
        if "title" not in self.settings and not self.faults:
            self.faults.append(Finding("title-missing", 1))
        document = Document(
            **{"title": "", **self.settings},
            skills=tuple(self.skills),
            scenes=tuple(self.scenes),
            endings=tuple(self.endings),
        )
        for place, choice, finding in doc.whole_faults(document):
            self.faults.append(replace(finding, line=self.lines.get((place, choice), 0)))
        if self.faults:
            raise Refused(*self.faults[:TOLD_MAX])
        return Imported(document, tuple(self.notes), self.lines)
