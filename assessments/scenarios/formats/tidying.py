"""Half-typed drafts and other people's files as a Document: keys that can be keys, each given once."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats.document import Choice, Document, Ending, Field, Refused, Scene, Skill

KEY_MAX = 40


def key_from(text: str, fallback: str, *, longest: int = KEY_MAX) -> str:
    """A key that reminds of a text: "The late parcel" gives "the-late-parcel"."""
    if len(text) <= KEY_MAX and doc.IS_KEY.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKD", text[:200].replace("ł", "l").replace("Ł", "L"))
    letters = re.sub(r"[^A-Za-z0-9_]+", "-", "".join(sign for sign in plain if not unicodedata.combining(sign)))
    shortened = letters.strip("-_").lower()[:longest].strip("-_")
    return shortened or fallback


class Keys:
    """Gives each name a key of its own; the same name asked for again, as a target, gives the key of the first."""

    def __init__(self, fallback: str, *, longest: int = KEY_MAX) -> None:
        self.fallback, self.longest = fallback, longest
        self.taken: set[str] = set()
        self.by_name: dict[str, str] = {}

    def give(self, name: str, wish: str = "") -> str:
        wanted = key_from(wish or name, f"{self.fallback}-{len(self.taken) + 1}", longest=self.longest)
        key, number = wanted, 2
        while key in self.taken:
            ending = f"-{number}"
            key, number = wanted[: KEY_MAX - len(ending)] + ending, number + 1
        self.taken.add(key)
        self.by_name.setdefault(name, key)
        return key

    def target(self, name: str) -> str:
        """Of a name that nothing has: a key that nothing has, so that the checker tells of it."""
        return self.by_name.get(name) or (key_from(name, "") if name else "")


def fitting(spec: Field, value: Any) -> Any:
    """The nearest value that may stand there: cut, brought into its range, or the default."""
    try:
        return doc.from_json(spec, list(value) if isinstance(value, tuple) else value)
    except Refused:
        pass
    if spec.kind in doc.TEXT_KINDS:
        text = doc.clean(str(value or ""))
        return (text if spec.kind == doc.TEXT else doc.on_one_line(text))[: spec.longest].strip()
    if spec.kind == doc.NUMBER and isinstance(value, int):
        return max(spec.low, min(spec.high, value))
    if spec.kind in doc.PATTERNS and isinstance(value, list | tuple):
        mend = (lambda _word: "") if spec.kind == doc.MINUTES else (lambda word: key_from(word, ""))
        words = [word if doc.PATTERNS[spec.kind].fullmatch(word) else mend(word) for word in map(str, value)]
        return tuple(word for word in words if word)[: doc.WORDS_MAX]
    return key_from(str(value or ""), "") if spec.kind == doc.KEY else spec.default


def draft(settings: Mapping[str, Any], body: Mapping[str, Any]) -> Document:
    """The document of a page's body (ScenarioPage.compile_body), finished or not. settings: what stands outside it."""
    places, skills = Keys("scene"), Keys("skill")
    scene_keys = [places.give(node["key"]) for node in body["nodes"]]
    ending_keys = [places.give(ending["key"]) for ending in body["endings"]]
    skill_keys = [skills.give(skill["key"]) for skill in body["skills"]]
    customer, tension, passing = body["customer"], body["tension"], body["pass"]
    values = {
        **{name: body[name] for name in ("role", "setting", "flags", "expert_path", "feedback", "meter", "attempts")},
        "customer_name": customer["name"],
        "customer_gender": customer["gender"],
        "customer_look": customer["look"],
        "tension_start": tension["start"],
        "fail_at": tension["fail_at"],
        "fail_to": places.target(tension["fail_to"]),
        "pass_outcomes": passing["outcomes"],
        "pass_min_score": passing["min_score"],
        "waits": [str(minutes) for minutes in body["waits"]],
        **settings,
    }
    values["start"] = places.target(values["start"])
    return Document(
        **_fields(doc.SETTINGS, values),
        skills=tuple(
            Skill(**_fields(doc.SKILL, skill | {"key": key}))
            for skill, key in zip(body["skills"], skill_keys, strict=True)
        ),
        scenes=tuple(_scene(node, key, places, skills) for node, key in zip(body["nodes"], scene_keys, strict=True)),
        endings=tuple(_ending(ending, key) for ending, key in zip(body["endings"], ending_keys, strict=True)),
    )


def _fields(specs: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    return {spec.name: fitting(spec, values[spec.name]) if spec.name in values else spec.default for spec in specs}


def _scene(node: Mapping[str, Any], key: str, places: Keys, skills: Keys) -> Scene:
    keys = Keys("choice")
    choices = tuple(_choice(choice, keys.give(choice["key"]), places, skills) for choice in node["choices"])
    return Scene(**_fields(doc.SCENE, {**node, "key": key}), choices=choices)


def _choice(choice: Mapping[str, Any], key: str, places: Keys, skills: Keys) -> Choice:
    renamed = {"key": key, "to": places.target(choice["to"]), "skill": skills.target(choice["skill"])}
    return Choice(**_fields(doc.CHOICE, {**choice, **choice["if"], "sets": choice["set"], **renamed}))


def _ending(ending: Mapping[str, Any], key: str) -> Ending:
    questions = tuple(fitting(doc.QUESTION, question) for question in ending["reflection"])
    return Ending(**_fields(doc.ENDING, {**ending, "key": key}), reflection=questions)
