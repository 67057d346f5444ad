"""The way somebody went through a scenario, beside an expert's, on its map and in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext

from assessments.scenarios.models import ScenarioRun, ScenarioStep
from assessments.scenarios.models.records import ways_of
from assessments.scenarios.rules import engine
from assessments.scenarios.rules.graph import Scenario
from assessments.scenarios.rules.plan import WIDTH, plan
from assessments.scenarios.script import Script

SHOWN = 15  # signs of a place on the map


@dataclass(frozen=True)
class Spot:
    """A place. label: "?" where it is not named; turns: the numbers of the turns in which one stood there."""

    x: int
    y: int
    label: str
    turns: str
    is_ending: bool
    is_mine: bool
    is_expert: bool

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


@dataclass(frozen=True)
class Way:
    """x, y: its middle, where an expert's way carries a diamond."""

    path: str
    x: int
    y: int
    is_mine: bool
    is_expert: bool


@dataclass(frozen=True)
class Stop:
    """A place in words; "" where it is not named. said: how it lies to the other way."""

    place: str
    said: str


@dataclass(frozen=True)
class Fork:
    """A place that is named, and where else one may come from there."""

    place: str
    goals: list[Stop]


@dataclass(frozen=True)
class Journey:
    spots: list[Spot]
    ways: list[Way]
    width: int
    height: int
    mine: list[Stop]
    expert: list[Stop]
    others: list[Fork]

    @property
    def is_there_another_way(self) -> bool:
        return not all(way.is_mine or way.is_expert for way in self.ways)


def journey(run: ScenarioRun, script: Script, path: list[ScenarioStep], names: frozenset[str] | None) -> Journey:
    """path: the steps that stand. names: the places that may be named; None: all."""
    scenario = run.scenario
    mine = [*(step.node_key for step in path), run.node_key]
    expert = _expert(scenario)
    drawn = plan(scenario)
    known = names if names is not None else frozenset(drawn.at)
    ways = ways_of(run.version_id)
    my_ways, expert_ways = set(pairwise(mine)), set(pairwise(expert))
    lines = {way: drawn.line(*way) for way in [*ways, *sorted(my_ways | expert_ways)]}
    told = {key: _told(scenario, script, key, is_named=key in known) for key in drawn.at}
    return Journey(
        spots=[
            Spot(
                *drawn.corner(key),
                label=_short(_words(script, key)) if key in known else "?",
                turns=", ".join(str(turn) for turn, place in enumerate(mine[:-1], start=1) if place == key),
                is_ending=scenario.is_ending(key),
                is_mine=key in mine,
                is_expert=key in expert,
            )
            for key in drawn.at
        ],
        ways=[
            Way(line.path, line.x, line.y, way in my_ways, way in expert_ways)
            for way, line in sorted(lines.items(), key=lambda item: (item[0] in my_ways, item[0] in expert_ways))
        ],
        width=drawn.width,
        height=drawn.height,
        mine=[Stop(_words(script, key), said) for key, said in zip(mine, _beside(mine, expert), strict=True)],
        expert=[told[key] for key in expert],
        others=_others([way for way in ways if way not in my_ways | expert_ways], told),
    )


def _expert(scenario: Scenario) -> list[str]:
    """The places an expert comes through; none where no way is given."""
    steps = [(node, choice) for node, _dot, choice in (name.partition(".") for name in scenario.expert_path)]
    return engine.way(scenario, steps) if steps else []


def _words(script: Script, key: str) -> str:
    """What one meets at a place; at an ending, what happens."""
    if node := script.nodes.get(key):
        return str(node["say"] or node["scene"])
    return str(script.endings[key]["text"])


def _short(words: str) -> str:
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1].rstrip()}…"


def _beside(mine: list[str], expert: list[str]) -> list[str]:
    """For each place of one's own way, how an expert's lies to it."""
    next_of = dict(pairwise(expert))
    said = []
    for place, after in pairwise([*mine, ""]):
        if place not in expert:
            said.append(gettext("An expert does not come through here.") if expert else "")
        elif not after:
            said.append(gettext("An expert arrives here, too."))
        elif next_of.get(place) == after:
            said.append(gettext("An expert comes through here, too, and goes the same way on."))
        else:
            said.append(gettext("An expert comes through here, too, and goes another way on."))
    return said


def _others(ways: list[tuple[str, str]], told: Mapping[str, Stop]) -> list[Fork]:
    goals: dict[str, list[Stop]] = {key: [] for key, stop in told.items() if stop.place}
    for origin, goal in ways:
        if origin in goals:
            goals[origin].append(told[goal])
    return [Fork(told[key].place, found) for key, found in goals.items() if found]


def _told(scenario: Scenario, script: Script, key: str, *, is_named: bool) -> Stop:
    if is_named:
        return Stop(_words(script, key), "")
    if scenario.is_ending(key):
        return Stop("", gettext("An ending you have not been to yet."))
    return Stop("", gettext("A place you have not been to yet."))
