"""Trying a scenario out: one scene after the other, without a run. Every choice is a link to the state it leads to."""

from dataclasses import dataclass
from urllib.parse import urlencode

from assessments.scenarios.rules import engine
from assessments.scenarios.rules.graph import Choice, Ending, Node, Place, Scenario


@dataclass(frozen=True)
class Option:
    text: str
    href: str  # empty where the choice leads nowhere
    to: str


@dataclass(frozen=True)
class TriedScene:
    place: Place
    state: engine.State
    last: Choice | None  # the choice that led here
    options: list[Option]
    hidden: list[str]  # choices that are not offered now
    is_ending: bool
    passes: bool


def scene(scenario: Scenario, stand: tuple[engine.State, str]) -> TriedScene:
    state, last = stand
    place = scenario.places[state.node]
    offered = engine.offered(scenario, state)
    everything = place.choices if isinstance(place, Node) else ()
    return TriedScene(
        place=place,
        state=state,
        last=_choice(scenario, last),
        options=[_option(scenario, state, choice) for choice in offered],
        hidden=[choice.key for choice in everything if choice not in offered],
        is_ending=isinstance(place, Ending),
        passes=engine.passed(scenario, state),
    )


def _option(scenario: Scenario, state: engine.State, choice: Choice) -> Option:
    after = engine.take(scenario, state, choice.key)
    if after.node not in scenario.places:
        return Option(choice.text or choice.key, "", after.node)
    values = [
        ("at", after.node),
        ("tension", after.tension),
        ("score", after.score),
        ("scored", " ".join(sorted(after.scored))),
        ("last", f"{state.node}.{choice.key}"),
        *(("flags", name) for name in sorted(after.flags)),
    ]
    return Option(choice.text or choice.key, f"?{urlencode(values)}", after.node)


def _choice(scenario: Scenario, name: str) -> Choice | None:
    node, _dot, key = name.partition(".")
    place = scenario.places.get(node)
    choices = place.choices if isinstance(place, Node) else ()
    return next((choice for choice in choices if choice.key == key), None)
