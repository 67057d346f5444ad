"""JSON: the document as it is. Also the guarded reading of JSON that the other formats need."""

import json
from collections import Counter
from typing import Any, NoReturn

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

FORMAT = "ostoja-scenario/1"
DIGITS_MAX = 12
PARTS: dict[type, dict[str, tuple[type, int]]] = {  # what lies in what, and how many at most
    Document: {
        "skills": (Skill, doc.SKILLS_MAX),
        "scenes": (Scene, doc.PLACES_MAX),
        "endings": (Ending, doc.PLACES_MAX),
    },
    Scene: {"choices": (Choice, doc.CHOICES_MAX)},
}
MANY = {"skills": "skills-many", "scenes": "places-many", "endings": "places-many", "choices": "choices-many"}


# --- out -----------------------------------------------------------------------------------------------------------
def write(document: Document) -> str:
    return json.dumps({"format": FORMAT, **plain(document)}, ensure_ascii=False, indent=1) + "\n"


def plain(part: Any) -> dict[str, Any]:
    """Every field; lists for tuples."""
    values = {spec.name: _plain_value(getattr(part, spec.name)) for spec in doc.FIELDS[type(part)]}
    for name in PARTS.get(type(part), {}):
        values[name] = [plain(inner) for inner in getattr(part, name)]
    if isinstance(part, Ending):
        values["reflection"] = list(part.reflection)
    return values


def _plain_value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


# --- in ------------------------------------------------------------------------------------------------------------
def read(text: str) -> Imported:
    data = load(text)
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise Refused(Finding("json-not-ours", params={"format": FORMAT}))
    reader = _Reader()
    document = reader.part(Document, {name: value for name, value in data.items() if name != "format"}, "")
    if reader.faults:
        raise Refused(*reader.faults)
    return Imported(doc.checked(document), tuple(reader.notes))


class _Reader:
    def __init__(self) -> None:
        self.faults: list[Finding] = []
        self.notes: list[Finding] = []

    def part(self, kind: type, data: Any, where: str) -> Any:
        if not isinstance(data, dict):
            raise Refused(Finding("object-expected", where=where))
        specs = {spec.name: spec for spec in doc.FIELDS[kind]}
        inner = PARTS.get(kind, {})
        known = {*specs, *inner, *({"reflection"} if kind is Ending else ())}
        self.notes += [
            Finding("name-unknown", where=where, params={"name": name[:60]}) for name in data if name not in known
        ][: doc.WORDS_MAX]
        values = {name: self._value(spec, data, f"{where}.{name}".lstrip(".")) for name, spec in specs.items()}
        for name, (part_kind, most) in inner.items():
            rows = self._list(data, name, where, most, MANY[name])
            values[name] = tuple(
                self.part(part_kind, row, f"{where}.{name}[{n}]".lstrip(".")) for n, row in enumerate(rows)
            )
        if kind is Ending:
            questions = self._list(data, "reflection", where, doc.QUESTIONS_MAX, "questions-many")
            values["reflection"] = tuple(
                self._read(doc.QUESTION, question, f"{where}.reflection") for question in questions
            )
        return kind(**values)

    def _list(self, data: dict, name: str, where: str, most: int, code: str) -> list:
        rows = data.get(name, [])
        if not isinstance(rows, list):
            raise Refused(Finding("list-expected", where=where, params={"name": name}))
        if len(rows) > most:
            raise Refused(Finding(code, where=where, params={"most": most}))
        return rows

    def _value(self, spec: Field, data: dict, where: str) -> Any:
        if spec.name in data:
            return self._read(spec, data[spec.name], where)
        if spec.is_required:
            self.faults.append(Finding("empty", where=where, params={"name": spec.name}))
        return spec.default

    def _read(self, spec: Field, value: Any, where: str) -> Any:
        try:
            return doc.from_json(spec, value)
        except Refused as refused:
            self.faults += [Finding(one.code, where=where, params=one.params) for one in refused.findings]
            return spec.default


def load(text: str) -> Any:
    """json.loads with the traps closed: names given twice, NaN, endless numbers, endless nesting."""
    try:
        return json.loads(
            text, object_pairs_hook=_once, parse_constant=_not_json, parse_int=_number, parse_float=_float
        )
    except json.JSONDecodeError as error:
        raise Refused(Finding("json-invalid", error.lineno, params={"column": error.colno})) from error
    except RecursionError as error:
        raise Refused(Finding("json-deep")) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _value in pairs).most_common(1)[0][0]
        raise Refused(Finding("json-twice", params={"name": twice[:60]}))
    return found


def _not_json(word: str) -> NoReturn:
    raise Refused(Finding("json-number", params={"number": word}))


def _number(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        _not_json(digits[:DIGITS_MAX] + "…")
    return int(digits)


def _float(digits: str) -> float:
    if len(digits) > 2 * DIGITS_MAX:
        _not_json(digits[:DIGITS_MAX] + "…")
    return float(digits)
