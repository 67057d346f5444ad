"""A scenario as plain values: what the engine plays and the checker proves."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from assessments.scenarios.rules.numbers import TENSION_MAX, Odd, odd, whole

SPEAKERS = ("customer", "colleague", "manager", "narrator")
EMOTIONS = ("calm", "irritated", "angry", "threatening", "sad", "relieved")
QUALITIES = ("best", "ok", "poor", "unsafe")  # in this order: the first is what would have helped most
OUTCOMES = ("good", "partial", "bad", "stopped")
IS_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")  # no dot in it: "scene.choice" names a choice


@dataclass(frozen=True)
class Condition:
    """When a choice is offered; all of it must hold."""

    tension_min: int = 0
    tension_max: int = TENSION_MAX
    flags: frozenset[str] = frozenset()
    not_flags: frozenset[str] = frozenset()

    def holds(self, tension: int, flags: frozenset[str]) -> bool:
        in_range = self.tension_min <= tension <= self.tension_max
        return in_range and self.flags <= flags and not self.not_flags & flags


ALWAYS = Condition()


@dataclass(frozen=True)
class Choice:
    key: str
    to: str
    tension: int = 0
    score: int = 0
    quality: str = "ok"
    skill: str = ""
    sets: frozenset[str] = frozenset()
    condition: Condition = ALWAYS
    text: str = ""
    consequence: str = ""
    coaching: str = ""

    @property
    def flags(self) -> frozenset[str]:
        """Every flag this choice sets or asks about."""
        return self.sets | self.condition.flags | self.condition.not_flags


@dataclass(frozen=True)
class Node:
    key: str
    choices: tuple[Choice, ...] = ()
    speaker: str = "customer"
    emotion: str = "calm"
    text: str = ""


@dataclass(frozen=True)
class Ending:
    key: str
    outcome: str
    text: str = ""


Step: TypeAlias = tuple[str, str]  # (node key, choice key)
Place: TypeAlias = Node | Ending


@dataclass(frozen=True)
class Scenario:
    start: str
    nodes: tuple[Node, ...] = ()
    endings: tuple[Ending, ...] = ()
    tension_start: int = 0
    fail_at: int | None = None
    fail_to: str = ""
    pass_outcomes: frozenset[str] = frozenset({"good"})
    pass_min_score: int | None = None
    skills: frozenset[str] = frozenset()
    flags: tuple[str, ...] = ()
    expert_path: tuple[str, ...] = ()  # "node.choice"
    look: str = ""
    odd: tuple[Odd, ...] = ()  # numbers that cannot be: of a draft

    @cached_property
    def places(self) -> Mapping[str, Place]:
        """Every node and ending by key; of two with one key the first."""
        found: dict[str, Place] = {}
        everywhere: tuple[Place, ...] = (*self.nodes, *self.endings)
        for place in everywhere:
            found.setdefault(place.key, place)
        return found

    def is_ending(self, key: str) -> bool:
        return isinstance(self.places.get(key), Ending)

    def node(self, key: str) -> Node:
        place = self.places[key]
        if not isinstance(place, Node):
            raise KeyError(key)
        return place

    def choice(self, node_key: str, choice_key: str) -> Choice:
        return next(choice for choice in self.node(node_key).choices if choice.key == choice_key)


def from_content(body: Mapping[str, Any]) -> Scenario:
    """The scenario in the body of a StepVersion (the shape is in `models/pages.py`, compile_body)."""
    tension, passing = body["tension"], body["pass"]
    return Scenario(
        start=body["start"],
        nodes=tuple(_node(node) for node in body["nodes"]),
        endings=tuple(Ending(end["key"], end["outcome"], end["text"]) for end in body["endings"]),
        tension_start=whole(tension["start"], 0),
        fail_at=whole(tension["fail_at"]),
        fail_to=tension["fail_to"],
        pass_outcomes=frozenset(passing["outcomes"]),
        pass_min_score=whole(passing["min_score"]),
        skills=frozenset(skill["key"] for skill in body["skills"]),
        flags=tuple(body["flags"]),
        expert_path=tuple(body["expert_path"]),
        look=body["customer"]["look"],
        odd=tuple(odd(body)),
    )


def _node(node: Mapping[str, Any]) -> Node:
    return Node(
        key=node["key"],
        choices=tuple(_choice(choice) for choice in node["choices"]),
        speaker=node["speaker"],
        emotion=node["emotion"],
        text=" ".join(part for part in (node["scene"], node["say"]) if part),
    )


def _choice(choice: Mapping[str, Any]) -> Choice:
    return Choice(
        key=choice["key"],
        to=choice["to"],
        tension=whole(choice["tension"], 0),
        score=whole(choice["score"], 0),
        quality=choice["quality"],
        skill=choice["skill"],
        sets=frozenset(choice["set"]),
        condition=condition(choice["if"]),
        text=choice["text"],
        consequence=choice["consequence"],
        coaching=choice["coaching"],
    )


def condition(terms: Mapping[str, Any]) -> Condition:
    return Condition(
        tension_min=whole(terms.get("tension_min"), 0),
        tension_max=whole(terms.get("tension_max"), TENSION_MAX),
        flags=frozenset(terms.get("flags", ())),
        not_flags=frozenset(terms.get("not_flags", ())),
    )


def best(choices: Sequence[Choice]) -> Choice | None:
    """The choice of the best quality; of equals the one that lowers the tension most, then the first."""
    return min(choices, key=lambda choice: (rank(choice.quality), choice.tension), default=None)


def rank(quality: str) -> int:
    return QUALITIES.index(quality) if quality in QUALITIES else len(QUALITIES)
