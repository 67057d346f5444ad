"""A whole scenario in one language as plain values: what every format of this folder reads into and writes from.

A Document is always whole: every key can be one, every word is known, every number is in its range, texts are clean.
It may still be a bad scenario (a choice that leads nowhere, no ending); that is for the checker to say.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from assessments.scenarios.rules.graph import EMOTIONS, IS_KEY, OUTCOMES, QUALITIES, SPEAKERS, TENSION_MAX
from assessments.scenarios.rules.numbers import IS_MINUTES
from courses.rules import EVERYONE, MANAGERS, NOBODY

PLACES_MAX = 200  # scenes and endings; the editor is at ease up to 40
CHOICES_MAX = 20  # of one scene
CHOICES_ALL_MAX = 800
SKILLS_MAX = 50
QUESTIONS_MAX = 20  # of one ending
WORDS_MAX = 100  # in one list of keys
TEXT_MAX = 10_000
LINE, TEXT, KEY, KEYS, NAMES, MINUTES, NUMBER, WORD = (
    "line",
    "text",
    "key",
    "keys",
    "names",
    "minutes",
    "number",
    "word",
)
IS_NAME = re.compile(r"[^\s,]{1,81}")  # objectives, points, steps of the expert path ("scene.choice")
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters and halves of characters


@dataclass(frozen=True)
class Finding:
    """Why a file is refused, or what of it was not carried. `code` has its words in `formats/words.py`; `line` is of
    the text (0: none), `where` the name of a passage, a row or a place in the JSON."""

    code: str
    line: int = 0
    where: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


class Refused(Exception):
    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("; ".join(f"{finding.code} {finding.line or finding.where}" for finding in findings))


@dataclass(frozen=True)
class Field:
    """One value and what it may be. Where the default is None, it may be left out."""

    name: str
    kind: str
    default: Any = ""
    low: int = 0
    high: int = TENSION_MAX
    words: tuple[str, ...] = ()
    longest: int = TEXT_MAX
    is_required: bool = False


@dataclass(frozen=True)
class Choice:
    key: str
    to: str = ""
    text: str = ""
    tension: int = 0
    score: int = 0
    quality: str = "ok"
    skill: str = ""
    tension_min: int | None = None
    tension_max: int | None = None
    flags: tuple[str, ...] = ()
    not_flags: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    consequence: str = ""
    coaching: str = ""
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    key: str
    speaker: str = "customer"
    emotion: str = "calm"
    scene: str = ""
    say: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Ending:
    key: str
    outcome: str = "good"
    text: str = ""
    debrief: str = ""
    reflection: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skill:
    key: str
    text: str = ""


@dataclass(frozen=True)
class Document:
    title: str
    language: str = ""
    minutes: int = 5
    required_of: str = EVERYONE
    objectives: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    role: str = ""
    setting: str = ""
    customer_name: str = ""
    customer_gender: str = "n"
    customer_look: str = ""
    start: str = ""
    tension_start: int = 50
    fail_at: int | None = None
    fail_to: str = ""
    pass_outcomes: tuple[str, ...] = ("good", "partial")
    pass_min_score: int | None = None
    flags: tuple[str, ...] = ()
    expert_path: tuple[str, ...] = ()
    feedback: str = "debrief"
    meter: str = "always"
    attempts: int | None = None
    waits: tuple[str, ...] = ()
    skills: tuple[Skill, ...] = ()
    scenes: tuple[Scene, ...] = ()
    endings: tuple[Ending, ...] = ()

    @property
    def keys(self) -> list[str]:
        """Of scenes and endings: what a choice may lead to."""
        return [*(scene.key for scene in self.scenes), *(ending.key for ending in self.endings)]


SETTINGS = (
    Field("title", LINE, longest=255, is_required=True),
    Field("language", LINE, longest=12),
    Field("minutes", NUMBER, 5, high=600),
    Field("required_of", WORD, EVERYONE, words=(EVERYONE, MANAGERS, NOBODY)),
    Field("objectives", NAMES, ()),
    Field("points", NAMES, ()),
    Field("role", TEXT),
    Field("setting", LINE, longest=255),
    Field("customer_name", LINE, longest=80),
    Field("customer_gender", WORD, "n", words=("f", "m", "n")),
    Field("customer_look", LINE, longest=255),
    Field("start", KEY),
    Field("tension_start", NUMBER, 50),
    Field("fail_at", NUMBER, None),
    Field("fail_to", KEY),
    Field("pass_outcomes", NAMES, ("good", "partial")),
    Field("pass_min_score", NUMBER, None, low=-10_000, high=10_000),
    Field("flags", KEYS, ()),
    Field("expert_path", NAMES, ()),
    Field("feedback", WORD, "debrief", words=("debrief", "immediate")),
    Field("meter", WORD, "always", words=("always", "debrief")),
    Field("attempts", NUMBER, None, low=1, high=1000),
    Field("waits", MINUTES, (), longest=80),
)
SKILL = (Field("key", KEY, is_required=True), Field("text", LINE, longest=160))
SCENE = (
    Field("key", KEY, is_required=True),
    Field("speaker", WORD, "customer", words=SPEAKERS),
    Field("emotion", WORD, "calm", words=EMOTIONS),
    Field("scene", TEXT),
    Field("say", TEXT),
)
CHOICE = (
    Field("key", KEY, is_required=True),
    Field("to", KEY),
    Field("text", TEXT),
    Field("tension", NUMBER, 0, low=-TENSION_MAX),
    Field("score", NUMBER, 0, low=-100),
    Field("quality", WORD, "ok", words=QUALITIES),
    Field("skill", KEY),
    Field("tension_min", NUMBER, None),
    Field("tension_max", NUMBER, None),
    Field("flags", KEYS, ()),
    Field("not_flags", KEYS, ()),
    Field("sets", KEYS, ()),
    Field("consequence", TEXT),
    Field("coaching", TEXT),
    Field("points", NAMES, ()),
)
ENDING = (
    Field("key", KEY, is_required=True),
    Field("outcome", WORD, "good", words=OUTCOMES),
    Field("text", TEXT),
    Field("debrief", TEXT),
)
QUESTION = Field("reflection", TEXT)
FIELDS = {Document: SETTINGS, Skill: SKILL, Scene: SCENE, Choice: CHOICE, Ending: ENDING}
PATTERNS = {KEYS: IS_KEY, NAMES: IS_NAME, MINUTES: IS_MINUTES}
TEXT_KINDS = (LINE, TEXT)


# --- single values -------------------------------------------------------------------------------------------------
def clean(text: str) -> str:
    """One kind of line end, no control characters, no blanks at the ends of lines."""
    text = UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u0085", "\n"))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def on_one_line(text: str) -> str:
    return " ".join(part for line in clean(text).split("\n") if (part := line.strip()))


def from_text(spec: Field, text: str) -> Any:
    """The value that a person wrote. Refused where it cannot be one."""
    if spec.kind in TEXT_KINDS:
        return _text(spec, text)
    written = text.strip()
    if spec.kind in PATTERNS:
        return _words(spec, written.replace(",", " ").split())
    if spec.kind != NUMBER:
        return _word(spec, written)
    if not written and not spec.is_required:
        return spec.default
    if not re.fullmatch(r"[+-]?[0-9]{1,6}", written):
        raise Refused(_number_expected(spec))
    return _number(spec, int(written))


def from_json(spec: Field, value: Any) -> Any:
    """The value as JSON has it. Refused where it is of another type."""
    if spec.kind == NUMBER:
        if value is None and spec.default is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refused(_number_expected(spec))
        return _number(spec, value)
    if spec.kind in PATTERNS:
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise Refused(Finding("list-expected", params={"name": spec.name}))
        return _words(spec, value)
    if not isinstance(value, str):
        raise Refused(Finding("text-expected", params={"name": spec.name}))
    return _text(spec, value) if spec.kind in TEXT_KINDS else _word(spec, value)


def to_text(spec: Field, value: Any) -> str:
    """What `from_text` reads back."""
    if spec.kind in PATTERNS:
        return " ".join(value)
    return "" if value is None else str(value)


def _text(spec: Field, text: str) -> str:
    tidied = clean(text) if spec.kind == TEXT else on_one_line(text)
    if len(tidied) > spec.longest:
        raise Refused(Finding("too-long", params={"name": spec.name, "most": spec.longest}))
    if spec.is_required and not tidied:
        raise Refused(Finding("empty", params={"name": spec.name}))
    return tidied


def _word(spec: Field, word: str) -> str:
    if spec.kind == KEY:
        if not IS_KEY.fullmatch(word) and (word or spec.is_required):
            raise Refused(Finding("key-invalid", params={"key": word[:60]}))
        return word
    if word == "":
        return str(spec.default)
    if word not in spec.words:
        raise Refused(Finding("word-unknown", params={"name": spec.name, "words": ", ".join(spec.words)}))
    return word


def _words(spec: Field, words: list[str]) -> tuple[str, ...]:
    if len(words) > WORDS_MAX:
        raise Refused(Finding("words-many", params={"name": spec.name, "most": WORDS_MAX}))
    wrong = next((word for word in words if not PATTERNS[spec.kind].fullmatch(word)), None)
    if wrong is not None:
        code = "key-invalid" if spec.kind == KEYS else "name-invalid"
        raise Refused(Finding(code, params={"key": wrong[:60], "name": spec.name}))
    if len(" ".join(words)) > spec.longest:
        raise Refused(Finding("too-long", params={"name": spec.name, "most": spec.longest}))
    return tuple(words)


def _number(spec: Field, number: int) -> int:
    if not spec.low <= number <= spec.high:
        raise Refused(_number_expected(spec))
    return number


def _number_expected(spec: Field) -> Finding:
    return Finding("number-expected", params={"name": spec.name, "low": spec.low, "high": spec.high})


# --- the whole -----------------------------------------------------------------------------------------------------
def whole_faults(document: Document) -> Iterator[tuple[str, str, Finding]]:
    """(scene or ending, choice, what is wrong) for what only shows in the whole: keys given twice, too many."""
    places = document.keys
    if len(places) > PLACES_MAX:
        yield "", "", Finding("places-many", params={"most": PLACES_MAX})
    if sum(len(scene.choices) for scene in document.scenes) > CHOICES_ALL_MAX:
        yield "", "", Finding("choices-all-many", params={"most": CHOICES_ALL_MAX})
    if len(document.skills) > SKILLS_MAX:
        yield "", "", Finding("skills-many", params={"most": SKILLS_MAX})
    for key in _twice(iter(places)):
        yield key, "", Finding("key-twice", where=key, params={"key": key})
    for key in _twice(skill.key for skill in document.skills):
        yield "", "", Finding("skill-twice", where=key, params={"key": key})
    for scene in document.scenes:
        if len(scene.choices) > CHOICES_MAX:
            yield scene.key, "", Finding("choices-many", where=scene.key, params={"most": CHOICES_MAX})
        for key in _twice(choice.key for choice in scene.choices):
            yield scene.key, key, Finding("choice-twice", where=scene.key, params={"key": key, "scene": scene.key})
    for ending in document.endings:
        if len(ending.reflection) > QUESTIONS_MAX:
            yield ending.key, "", Finding("questions-many", where=ending.key, params={"most": QUESTIONS_MAX})


def checked(document: Document) -> Document:
    """The same, or Refused."""
    if findings := [finding for _place, _choice, finding in whole_faults(document)]:
        raise Refused(*findings)
    return document


def _twice(keys: Iterator[str]) -> list[str]:
    return [key for key, times in Counter(keys).items() if times > 1]


@dataclass(frozen=True)
class Imported:
    """A document, what of the file was not carried, and (for text) on which line what begins: ("scene", "choice")."""

    document: Document
    notes: tuple[Finding, ...] = ()
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict)


def differences(old: Document, new: Document) -> Iterator[tuple[str, str, str]]:
    """(scene or ending, choice, name of the field) of all that differs and is not a text: what translators may not
    change. Of places and choices that are only in one of them, the list they are missing in."""
    for spec in SETTINGS:
        is_text = spec.kind in TEXT_KINDS and spec.name != "customer_name"
        if not is_text and getattr(old, spec.name) != getattr(new, spec.name):
            yield "", "", spec.name
    yield from _different_parts("", old, new, "skills")
    for name in ("scenes", "endings"):
        yield from _different_parts("", old, new, name)
    for before, after in zip(old.scenes, new.scenes, strict=False):
        yield from _different_parts(after.key, before, after, "choices")
    for ending, other in zip(old.endings, new.endings, strict=False):
        if len(ending.reflection) != len(other.reflection):
            yield other.key, "", "reflection"


def _different_parts(place: str, old: Any, new: Any, name: str) -> Iterator[tuple[str, str, str]]:
    before, after = getattr(old, name), getattr(new, name)
    if [part.key for part in before] != [part.key for part in after]:
        yield place, "", name
        return
    for first, second in zip(before, after, strict=True):
        where = (place, second.key) if place else (second.key, "")
        for spec in FIELDS[type(second)]:
            if spec.kind not in TEXT_KINDS and getattr(first, spec.name) != getattr(second, spec.name):
                yield *where, spec.name


def in_other_words(source: Document, texts: Document) -> Document:
    """The structure of one with the texts of the other, by the keys they belong to; where it has none, those of the
    first."""
    scenes = {scene.key: scene for scene in texts.scenes}
    endings = {ending.key: ending for ending in texts.endings}
    skills = {skill.key: skill for skill in texts.skills}
    return replace(
        _in_words_of(source, texts, keeping=("customer_name",)),
        language=texts.language,
        skills=tuple(_in_words_of(skill, skills.get(skill.key)) for skill in source.skills),
        scenes=tuple(_scene_in_words_of(scene, scenes.get(scene.key)) for scene in source.scenes),
        endings=tuple(_ending_in_words_of(ending, endings.get(ending.key)) for ending in source.endings),
    )


def _in_words_of(part: Any, other: Any, keeping: tuple[str, ...] = ()) -> Any:
    if other is None:
        return part
    specs = SETTINGS if isinstance(part, Document) else FIELDS[type(part)]
    names = [spec.name for spec in specs if spec.kind in TEXT_KINDS and spec.name not in keeping]
    return replace(part, **{name: getattr(other, name) or getattr(part, name) for name in names})


def _scene_in_words_of(scene: Scene, other: Scene | None) -> Scene:
    said = {choice.key: choice for choice in other.choices} if other else {}
    choices = tuple(_in_words_of(choice, said.get(choice.key)) for choice in scene.choices)
    return replace(_in_words_of(scene, other), choices=choices)


def _ending_in_words_of(ending: Ending, other: Ending | None) -> Ending:
    asked = other.reflection if other else ()
    questions = (*asked[: len(ending.reflection)], *ending.reflection[len(asked) :])
    return replace(_in_words_of(ending, other), reflection=questions)


# --- drafts, the checker, the pack ---------------------------------------------------------------------------------
def body_of(document: Document) -> dict[str, Any]:
    """The shape of ScenarioPage.compile_body."""
    return {
        **{name: getattr(document, name) for name in ("role", "setting", "attempts", "feedback", "meter")},
        "customer": {
            "name": document.customer_name,
            "gender": document.customer_gender,
            "look": document.customer_look,
        },
        "start": document.start or (document.scenes[0].key if document.scenes else ""),
        "tension": {"start": document.tension_start, "fail_at": document.fail_at, "fail_to": document.fail_to},
        "pass": {"outcomes": list(document.pass_outcomes), "min_score": document.pass_min_score},
        "waits": [int(minutes) for minutes in document.waits],
        "skills": [asdict(skill) for skill in document.skills],
        "flags": list(document.flags),
        "expert_path": list(document.expert_path),
        "nodes": [_node(scene) for scene in document.scenes],
        "endings": [asdict(ending) | {"reflection": list(ending.reflection)} for ending in document.endings],
    }


def _node(scene: Scene) -> dict[str, Any]:
    return {
        **{name: getattr(scene, name) for name in ("key", "speaker", "emotion", "scene", "say")},
        "choices": [_choice(choice) for choice in scene.choices],
    }


def _choice(choice: Choice) -> dict[str, Any]:
    conditions: dict[str, Any] = {}
    for name in ("tension_min", "tension_max"):
        if getattr(choice, name) is not None:
            conditions[name] = getattr(choice, name)
    for name in ("flags", "not_flags"):
        if getattr(choice, name):
            conditions[name] = list(getattr(choice, name))
    same = ("key", "text", "to", "tension", "score", "quality", "skill", "consequence", "coaching")
    return {
        **{name: getattr(choice, name) for name in same},
        "points": list(choice.points),
        "set": list(choice.sets),
        "if": conditions,
    }


def pack_of(document: Document) -> dict[str, Any]:
    """The document of a content pack with this one language: `formats/pack.py` makes a page of it."""

    def said(text: str) -> dict[str, str]:
        return {document.language: text}

    body = body_of(document)
    texts = ("text", "consequence", "coaching")
    nodes = [
        node
        | {name: said(node[name]) for name in ("scene", "say")}
        | {"choices": [choice | {name: said(choice[name]) for name in texts} for choice in node["choices"]]}
        for node in body["nodes"]
    ]
    endings = [
        ending
        | {name: said(ending[name]) for name in ("text", "debrief")}
        | {"reflection": [said(question) for question in ending["reflection"]]}
        for ending in body["endings"]
    ]
    return body | {
        "id": "document",
        "title": said(document.title),
        "minutes": document.minutes,
        "objectives": document.objectives,
        "points": document.points,
        "role": said(document.role),
        "setting": said(document.setting),
        "customer": body["customer"] | {"look": said(document.customer_look)},
        "start": document.start,
        "skills": {skill.key: said(skill.text) for skill in document.skills},
        "nodes": nodes,
        "endings": endings,
    }
