"""A scenario of a content pack (docs/content-pack.md) as the values of a ScenarioPage in one language."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from courses.formats.pack import Texts

PLAYED = ("required_of", "attempts_allowed", "waits", "feedback_timing", "meter_visible")  # said by an export only
SCORES = ("tension", "score")
CHOICE_TEXTS = ("text", "consequence", "coaching")


def scenario_values(doc: Mapping[str, Any], language: str, *, key_of: Callable[[str], UUID]) -> dict[str, Any]:
    """{field of ScenarioPage: value} for one language of a scenario document that passed the pack's checks.

    key_of("SC-CALM-1.scene.open") gives the key of an object of the pack; blocks take theirs from it, so that a
    block is the same one in every language. Slug, parent and locale are for the importer to say.
    """
    keys = _Keys(str(doc["id"]), key_of)
    tension, passing, customer = doc["tension"], doc["pass"], doc["customer"]
    skills = [
        _block("skill", keys("skill", name), {"key": name, "text": text[language]})
        for name, text in doc["skills"].items()
    ]
    return {
        "title": doc["title"][language],
        "minutes": doc["minutes"],
        "objectives": list(doc["objectives"]),
        "points": list(doc["points"]),
        "role": doc["role"][language],
        "setting": doc["setting"][language],
        "customer_name": customer["name"],
        "customer_gender": customer["gender"],
        "customer_look": _text(customer.get("look"), language),
        "start_key": doc.get("start", ""),
        "tension_start": tension["start"],
        "fail_at": tension.get("fail_at"),
        "fail_to": tension.get("fail_to", ""),
        "pass_outcomes": list(passing["outcomes"]),
        "pass_min_score": passing.get("min_score"),
        "skills": skills,
        "flags": list(doc["flags"]),
        "expert_path": list(doc["expert_path"]),
        "nodes": [
            *(_scene(node, language, keys) for node in doc["nodes"]),
            *(_ending(ending, language, keys) for ending in doc["endings"]),
        ],
        **{name: doc[name] for name in PLAYED if name in doc},
    }


class _Keys:
    """Block ids of one scenario, by the names its objects have in the pack."""

    def __init__(self, scenario: str, key_of: Callable[[str], UUID]) -> None:
        self.scenario, self.key_of = scenario, key_of

    def __call__(self, *names: object) -> str:
        return str(self.key_of(".".join(map(str, (self.scenario, *names)))))


def _block(kind: str, key: str, value: object) -> dict[str, Any]:
    return {"type": kind, "id": key, "value": value}


def _text(texts: Mapping[str, str] | None, language: str) -> str:
    return texts[language] if texts else ""


def _scene(node: Mapping[str, Any], language: str, keys: _Keys) -> dict[str, Any]:
    value = {
        "key": node["key"],
        "speaker": node["speaker"],
        "emotion": node["emotion"],
        "scene": _text(node.get("scene"), language),
        "say": _text(node.get("say"), language),
        "choices": [
            _block(
                "item",
                keys("scene", node["key"], "choice", choice["key"]),
                _choice(node["key"], choice, language, keys),
            )
            for choice in node["choices"]
        ],
    }
    return _block("scene", keys("scene", node["key"]), value)


def _choice(node: str, choice: Mapping[str, Any], language: str, keys: _Keys) -> dict[str, Any]:
    rules = [
        _block(kind, keys("scene", node, "choice", choice["key"], kind, number), value)
        for number, (kind, value) in enumerate(_rules(choice.get("if", {}), choice.get("set", [])))
    ]
    return {
        **{name: choice[name] for name in ("key", "to", "tension", "score", "quality")},
        "skill": choice.get("skill", ""),
        **{name: _text(choice.get(name), language) for name in CHOICE_TEXTS},
        "points": " ".join(choice.get("points", [])),
        "rules": rules,
    }


def _rules(conditions: Mapping[str, Any], sets: list[str]) -> list[tuple[str, object]]:
    """(kind of block, value), as in blocks.RulesBlock."""
    limits = {"tension_at_most": "tension_max", "tension_at_least": "tension_min"}
    found: list[tuple[str, object]] = [(kind, conditions[name]) for kind, name in limits.items() if name in conditions]
    found += [("needs_flag", flag) for flag in conditions.get("flags", [])]
    found += [("needs_no_flag", flag) for flag in conditions.get("not_flags", [])]
    return [*found, *(("sets_flag", flag) for flag in sets)]


def _ending(ending: Mapping[str, Any], language: str, keys: _Keys) -> dict[str, Any]:
    value = {
        "key": ending["key"],
        "outcome": ending["outcome"],
        "text": ending["text"][language],
        "debrief": _text(ending.get("debrief"), language),
        "reflection": [
            _block("item", keys("ending", ending["key"], "reflection", number), question[language])
            for number, question in enumerate(ending["reflection"])
        ],
    }
    return _block("ending", keys("ending", ending["key"]), value)


# --- and back --------------------------------------------------------------------------------------------------------
def scenario_to_pack(values: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The fields of a ScenarioPage in one language, as scenario_values() reads them. What is empty is left out."""

    def texts(text: str) -> Texts:
        return Texts({language: text})

    limits = {"fail_at": values["fail_at"], "fail_to": values["fail_to"]}
    passing = {"outcomes": values["pass_outcomes"], "min_score": values["pass_min_score"]}
    places = values["nodes"]
    return {
        "title": texts(values["title"]),
        "minutes": values["minutes"],
        **_told({name: values[name] for name in PLAYED}),
        "objectives": values["objectives"],
        "points": values["points"],
        "role": texts(values["role"]),
        "setting": texts(values["setting"]),
        "customer": {
            "name": values["customer_name"],
            "gender": values["customer_gender"],
            "look": texts(values["customer_look"]),
        },
        **_told({"start": values["start_key"]}),
        "tension": {"start": values["tension_start"]} | _told(limits),
        "pass": _told(passing) | {"outcomes": values["pass_outcomes"]},
        "skills": {block["value"]["key"]: texts(block["value"]["text"]) for block in values["skills"]},
        "flags": values["flags"],
        "expert_path": values["expert_path"],
        "nodes": [_node_to_pack(block["value"], texts) for block in places if block["type"] == "scene"],
        "endings": [_ending_to_pack(block["value"], texts) for block in places if block["type"] == "ending"],
    }


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _node_to_pack(scene: Mapping[str, Any], texts: Callable[[str], Texts]) -> dict[str, Any]:
    return {
        **{name: scene[name] for name in ("key", "speaker", "emotion")},
        **{name: texts(scene[name]) for name in ("scene", "say")},
        "choices": [_choice_to_pack(item["value"], texts) for item in scene["choices"]],
    }


def _choice_to_pack(choice: Mapping[str, Any], texts: Callable[[str], Texts]) -> dict[str, Any]:
    said: dict[str, list] = {}
    for rule in choice["rules"]:
        if rule["value"] not in (None, ""):
            said.setdefault(rule["type"], []).append(rule["value"])
    conditions = {
        "tension_max": said.get("tension_at_most", [None])[0],
        "tension_min": said.get("tension_at_least", [None])[0],
        "flags": said.get("needs_flag"),
        "not_flags": said.get("needs_no_flag"),
    }
    extra = {"points": choice["points"].split(), "set": said.get("sets_flag"), "if": _told(conditions)}
    return {
        **{name: choice[name] for name in ("key", "to", "quality")},
        **{name: choice[name] or 0 for name in SCORES},
        **_told({"skill": choice["skill"]}),
        **{name: texts(choice[name]) for name in CHOICE_TEXTS},
        **{name: value for name, value in extra.items() if value},
    }


def _ending_to_pack(ending: Mapping[str, Any], texts: Callable[[str], Texts]) -> dict[str, Any]:
    return {
        "key": ending["key"],
        "outcome": ending["outcome"],
        "text": texts(ending["text"]),
        "debrief": texts(ending["debrief"]),
        "reflection": [texts(item["value"]) for item in ending["reflection"]],
    }
