"""Our own line format: a whole scenario as text that a person can write (docs/scenario-script.md describes it).

    scenario: The late parcel
    tension: 50
    scene open
      says: Where is my parcel?
      choice listen -> ask
        text: “Please tell me from the start.”

Blanks at the start of a line mean nothing; a line that begins with | goes on with the text above; # is a comment.
"""

import re
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

LINES_MAX = 40_000
TOLD_MAX = 50  # errors told at once
# The word on the line -> the field. In this order they are written.
SETTINGS = {
    "scenario": "title",
    "language": "language",
    "minutes": "minutes",
    "required of": "required_of",
    "objectives": "objectives",
    "points": "points",
    "role": "role",
    "setting": "setting",
    "customer": "customer_name",
    "drawn as": "customer_gender",
    "look": "customer_look",
    "start": "start",
    "tension": "tension_start",
    "too much": "fail_at",
    "leads to": "fail_to",
    "pass": "pass_outcomes",
    "pass points": "pass_min_score",
    "flags": "flags",
    "expert": "expert_path",
    "coaching": "feedback",
    "meter": "meter",
    "attempts": "attempts",
    "waits": "waits",
}
SCENE = {"speaker": "speaker", "mood": "emotion", "sees": "scene", "says": "say"}
CHOICE = {
    "text": "text",
    "then": "consequence",
    "coaching": "coaching",
    "tension": "tension",
    "score": "score",
    "quality": "quality",
    "skill": "skill",
    "points": "points",
    "sets": "sets",
}
ENDING = {"text": "text", "debrief": "debrief"}
WORDS: dict[type, dict[str, str]] = {Document: SETTINGS, Scene: SCENE, Choice: CHOICE, Ending: ENDING}
ALWAYS_WRITTEN = {"title", "language", "start", "tension_start", "text", "quality", "tension", "speaker", "emotion"}
PLACE = re.compile(r"(scene|ending)\s+(\S+)(?:\s+(\S+))?")
CHOOSE = re.compile(r"choice\s+(\S+?)(?:\s*->\s*(\S*))?")
HEAD = re.compile(r"([a-z][a-z ]*?)(?: +([A-Za-z0-9_-]+))?")
HEAD_MAX = 60
HEADER_MAX = 200
TENSION = re.compile(r"tension\s*(<=|>=)\s*([0-9]{1,3})")
SPECS: dict[type, dict[str, Field]] = {kind: {spec.name: spec for spec in specs} for kind, specs in doc.FIELDS.items()}


# --- out -----------------------------------------------------------------------------------------------------------
def write(document: Document) -> str:
    lines = [
        *_values(document, ""),
        *(line for skill in document.skills for line in _text(f"skill {skill.key}", skill.text, "")),
    ]
    for scene in document.scenes:
        lines += ["", f"scene {scene.key}", *_values(scene, "  ")]
        for choice in scene.choices:
            lines += [
                "",
                f"  choice {choice.key} -> {choice.to}".rstrip(),
                *_values(choice, "    "),
                *_conditions(choice),
            ]
    for ending in document.endings:
        lines += ["", f"ending {ending.key} {ending.outcome}", *_values(ending, "  ")]
        lines += [line for question in ending.reflection for line in _text("think about", question, "  ")]
    return "\n".join(lines) + "\n"


def _values(part: Document | Scene | Choice | Ending, indent: str) -> Iterator[str]:
    for word, name in WORDS[type(part)].items():
        spec, value = SPECS[type(part)][name], getattr(part, name)
        if value != spec.default or name in ALWAYS_WRITTEN:
            yield from _text(word, doc.to_text(spec, value), indent)


def _text(word: str, text: str, indent: str) -> Iterator[str]:
    first, *more = text.split("\n")
    yield f"{indent}{word}: {first}".rstrip()
    for line in more:
        yield f"{indent}| {line}".rstrip()


def _conditions(choice: Choice) -> Iterator[str]:
    terms = [f"tension >= {choice.tension_min}"] if choice.tension_min is not None else []
    terms += [f"tension <= {choice.tension_max}"] if choice.tension_max is not None else []
    terms += [*choice.flags, *(f"not {flag}" for flag in choice.not_flags)]
    if terms:
        yield f"    if: {', '.join(terms)}"


# --- in ------------------------------------------------------------------------------------------------------------
def read(text: str) -> Imported:
    """Refused tells of every line that is wrong, up to 50 of them."""
    lines = text.split("\n")
    if len(lines) > LINES_MAX:
        raise Refused(Finding("lines-many", params={"most": LINES_MAX}))
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        reader.take(number, line.rstrip("\r"))
        if len(reader.faults) >= TOLD_MAX:
            break
    return reader.imported()


class _Part:
    """What is being written: the scenario, a scene, a choice or an ending."""

    def __init__(self, kind: type, line: int, **values: Any) -> None:
        self.kind, self.line, self.values = kind, line, values
        self.choices: list[_Part] = []
        self.questions: list[list[str]] = []
        self.texts: dict[str, tuple[int, list[str]]] = {}


class _Reader:
    def __init__(self) -> None:
        self.faults: list[Finding] = []
        self.top = self.part = _Part(Document, 1)
        self.scene: _Part | None = None
        self.places: list[_Part] = []
        self.skills: list[tuple[int, str, list[str]]] = []
        self.open: list[str] | None = None  # the text that a line with | goes on with

    def take(self, number: int, line: str) -> None:
        stripped = line.strip()
        if stripped.startswith("|"):
            self._go_on(number, line.lstrip())
        elif stripped and not stripped.startswith("#"):
            self.open = None
            self._line(number, stripped)

    def _fault(self, number: int, code: str, **params: Any) -> None:
        self.faults.append(Finding(code, number, params=params))

    def _go_on(self, number: int, line: str) -> None:
        if self.open is None:
            self._fault(number, "nothing-to-go-on")
        else:
            self.open.append(line[2:] if line.startswith("| ") else line[1:])

    def _line(self, number: int, line: str) -> None:
        is_short = len(line) <= HEADER_MAX
        head, colon, text = line.partition(":")
        if is_short and (match := PLACE.fullmatch(line)):
            self._place(number, *match.groups())
        elif is_short and (match := CHOOSE.fullmatch(line)):
            self._choice(number, match[1], match[2] or "")
        elif colon and len(head) <= HEAD_MAX and (match := HEAD.fullmatch(head.rstrip())):
            self._value(number, match[1], match[2], text)
        else:
            self._fault(number, "line-unknown", line=line[:60])

    def _place(self, number: int, word: str, key: str, outcome: str | None) -> None:
        if word == "scene" and outcome:
            self._fault(number, "line-unknown", line=f"scene {key} {outcome}"[:60])
        if len(self.places) >= doc.PLACES_MAX:
            raise Refused(Finding("places-many", number, params={"most": doc.PLACES_MAX}))
        kind: type = Scene if word == "scene" else Ending
        self.part = _Part(kind, number, key=key, **({"outcome": outcome or ""} if kind is Ending else {}))
        self.scene = self.part if kind is Scene else None
        self.places.append(self.part)

    def _choice(self, number: int, key: str, to: str) -> None:
        if self.scene is None:
            self._fault(number, "choice-outside")
        self.part = _Part(Choice, number, key=key, to=to)
        if self.scene is not None:
            self.scene.choices.append(self.part)
            if len(self.scene.choices) > doc.CHOICES_MAX:
                raise Refused(Finding("choices-many", number, params={"most": doc.CHOICES_MAX}))

    def _value(self, number: int, word: str, name: str | None, text: str) -> None:
        self.open = [text.lstrip()]
        whole = f"{word} {name}" if name else word
        if word == "skill" and name and self.part.kind is Document:
            self.skills.append((number, name, self.open))
        elif whole == "think about" and self.part.kind is Ending:
            self.part.questions.append(self.open)
        elif whole == "if" and self.part.kind is Choice:
            self._condition(number, text)
        elif whole not in WORDS[self.part.kind]:
            self._fault(number, "word-not-here", word=whole[:60], words=", ".join(WORDS[self.part.kind]))
        elif (field_name := WORDS[self.part.kind][whole]) in self.part.texts:
            self._fault(number, "said-twice", word=whole, line=self.part.texts[field_name][0])
        else:
            self.part.texts[field_name] = (number, self.open)

    def _condition(self, number: int, text: str) -> None:
        self.open = None
        found: dict[str, Any] = {"flags": [], "not_flags": []}
        for term in filter(None, (part.strip() for part in text.split(","))):
            if match := TENSION.fullmatch(term):
                name = "tension_min" if match[1] == ">=" else "tension_max"
                found[name] = self._tried(number, SPECS[Choice][name], match[2])
            elif doc.IS_KEY.fullmatch(term):
                found["flags"].append(term)
            elif term.startswith("not ") and doc.IS_KEY.fullmatch(term[4:].strip()):
                found["not_flags"].append(term[4:].strip())
            else:
                self._fault(number, "condition-unknown", term=term[:60])
        if any(name in self.part.values for name in found):
            self._fault(number, "said-twice", word="if", line=self.part.line)
        self.part.values |= found

    # --- putting together ---
    def imported(self) -> Imported:
        top = self._made(self.top)
        skills = tuple(self._skill(*skill) for skill in self.skills)
        scenes, endings = [], []
        for place in self.places:
            made = self._made(place)
            if place.kind is Scene:
                scenes.append(replace(made, choices=tuple(self._made(choice) for choice in place.choices)))
            else:
                endings.append(
                    replace(made, reflection=tuple(self._question(text, place.line) for text in place.questions))
                )
        document = replace(top, skills=skills, scenes=tuple(scenes), endings=tuple(endings))
        lines = self._lines()
        for place_key, choice_key, finding in doc.whole_faults(document):
            self.faults.append(replace(finding, line=lines.get((place_key, choice_key), 0)))
        if self.faults:
            raise Refused(*sorted(self.faults, key=lambda fault: fault.line)[:TOLD_MAX])
        return Imported(document, lines=lines)

    def _lines(self) -> dict[tuple[str, str], int]:
        """Of two with the same key the second, which is the one to mend."""
        found = {(place.values["key"], ""): place.line for place in self.places}
        found |= {
            (place.values["key"], choice.values["key"]): choice.line
            for place in self.places
            for choice in place.choices
        }
        return found

    def _made(self, part: _Part) -> Any:
        """The part with its values; what is wrong in it is noted, and its default stands there meanwhile."""
        values: dict[str, Any] = {}
        for name, spec in SPECS[part.kind].items():
            number, text = part.texts.get(name, (part.line, None))
            if text is not None:
                values[name] = self._tried(number, spec, "\n".join(text))
            elif name in part.values:
                values[name] = self._given(part.line, spec, part.values[name])
            elif spec.is_required:
                self._fault(part.line, "title-missing")
                values[name] = ""
        return part.kind(**values)

    def _given(self, number: int, spec: Field, value: Any) -> Any:
        return self._tried(number, spec, " ".join(value) if isinstance(value, list) else str(value))

    def _tried(self, number: int, spec: Field, text: str) -> Any:
        try:
            return doc.from_text(spec, text)
        except Refused as refused:
            self.faults += [replace(finding, line=number) for finding in refused.findings]
            return text if spec.is_required else spec.default

    def _skill(self, number: int, key: str, text: list[str]) -> Skill:
        return Skill(
            self._tried(number, SPECS[Skill]["key"], key), self._tried(number, SPECS[Skill]["text"], "\n".join(text))
        )

    def _question(self, text: list[str], number: int) -> str:
        return self._tried(number, doc.QUESTION, "\n".join(text))
