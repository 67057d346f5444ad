"""What an author wants to know of a scenario at a glance: how large it is, how long it takes, what can be reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import networkx as nx

from assessments.scenarios.rules import layout, scores
from assessments.scenarios.rules.exploration import NOWHERE, TENSION, Exploration, explore, loops, on_paper, repeatable
from assessments.scenarios.rules.graph import Ending, Scenario
from assessments.scenarios.rules.scores import Range
from courses.checks import rules as checks

WORDS_A_MINUTE = 180
DECIDING = 8  # seconds for each choice
LONG_MINUTES = 12
END = object()  # where all endings come together
NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True)
class Figures:
    """Ranges are of what can truly come about. `is_whole` is False where there are more states than were looked at;
    ways that go round in a loop are not counted, so that with `has_loops` there are more and longer ones."""

    states: int = 0
    is_whole: bool = True
    has_loops: bool = False
    paths: int = 0
    shortest: int = 0  # choices
    longest: int = 0
    seconds: Range | None = None
    scores: Mapping[str, Range] = field(default_factory=dict)  # ending → range
    tension: Mapping[str, Range] = field(default_factory=dict)  # place → range
    everybody: tuple[str, ...] = ()  # scenes that every way passes, in the order in which it does

    @property
    def score(self) -> Range | None:
        """Of all endings."""
        return _joined(self.scores)


def figures(exploration: Exploration, cap: int, ways: "Ways | None" = None) -> Figures:
    """cap: how many states may be looked at once more, for the scores. ways: of this exploration, where they are known
    already."""
    scenario = exploration.scenario
    counted = explore(scenario, cap=cap, count_scores=True) if repeatable(scenario) else exploration
    ways = ways or Ways(exploration)
    lengths = ways.range([1] * len(exploration.steps))
    return Figures(
        states=len(exploration),
        is_whole=exploration.complete and counted.complete,
        has_loops=bool(loops(scenario)),
        paths=ways.count(),
        shortest=lengths.low if lengths else 0,
        longest=lengths.high if lengths else 0,
        seconds=reading(exploration, scenario, ways),
        scores=scores.by_ending(counted),
        tension=_tension(exploration),
        everybody=passed_by_all(scenario),
    )


def reading(
    exploration: Exploration,
    scenario: Scenario,
    ways: "Ways | None" = None,
    *,
    pace: int = WORDS_A_MINUTE,
    coached: bool = False,
) -> Range | None:
    """Seconds of the quickest and the slowest way, in the words of `scenario`: the one that was explored, or the same
    in another language. coached: the coaching of each choice is read too."""
    places = scenario.places
    ending = {key: _seconds(place.text, pace) for key, place in places.items() if isinstance(place, Ending)}
    texts = {
        (node.key, choice.key): (
            choice.consequence,
            *(other.text for other in node.choices),
            node.text,
            *([choice.coaching] if coached else []),
        )
        for node in scenario.nodes
        for choice in node.choices
    }
    seconds = [DECIDING + sum(_seconds(text, pace) for text in texts.get(step, ())) for step in exploration.steps]
    return (ways or Ways(exploration)).range(seconds, ending)


def lasting(exploration: Exploration, scenario: Scenario, around: str, language: str) -> float | None:
    """Seconds of the whole step, at the speed at which lessons are counted: somebody who reads slowly reads their part
    (`around`: it and the words of the debrief), plays once, reads in the debrief why each of their choices was good or
    not, and thinks about its questions. Half way between the quickest way and the slowest, because people choose. None
    where no way comes to an ending."""
    pace = checks.WORDS_PER_MINUTE[language]
    way = reading(exploration, scenario, pace=pace, coached=True)
    if way is None:
        return None
    return (way.low + way.high) / 2 + _seconds(around, pace) + checks.WORK_SECONDS["reflection"]


def passed_by_all(scenario: Scenario) -> tuple[str, ...]:
    """The scenes that every way from the start to any ending passes on paper: the dominators of all endings."""
    paper = on_paper(scenario)
    paper.add_edges_from((ending.key, END) for ending in scenario.endings if scenario.is_ending(ending.key))
    above = nx.immediate_dominators(paper, scenario.start)
    found: list[Any] = []
    place: Any = END
    while place in above and place != scenario.start:
        place = above[place]
        found.append(place)
    return tuple(key for key in reversed(found) if not scenario.is_ending(key))


def minutes(seconds: Range) -> Range:
    """In whole minutes, never less than one."""
    return Range(max(1, round(seconds.low / 60)), max(1, round(seconds.high / 60)))


def _seconds(text: str, pace: int) -> int:
    return round(len(text.split()) * 60 / pace)


def _joined(ranges: Mapping[str, Range]) -> Range | None:
    whole: Range | None = None
    for found in ranges.values():
        whole = found.joined(whole)
    return whole


def _tension(exploration: Exploration) -> dict[str, Range]:
    met: dict[str, set[int]] = {}
    for place, tension in {
        (place, code & TENSION) for place, code in zip(exploration.places, exploration.codes, strict=True)
    }:
        met.setdefault(exploration.keys[place], set()).add(tension)
    return {key: Range(min(tensions), max(tensions)) for key, tensions in met.items()}


class Ways:
    """The ways from the start to the endings that never turn back: along moves to a later place of the map.

    Plain lists of numbers, as an Exploration keeps its moves: they are gone through for every figure and language.
    """

    def __init__(self, exploration: Exploration) -> None:
        self.exploration = exploration
        order = {key: place for place, key in enumerate(layout.order(exploration.scenario))}
        place_of = [order[key] for key in exploration.keys]
        rank = [place_of[place] for place in exploration.places]
        first, leads_to, rows = exploration.first, exploration.leads_to, exploration.rows
        self.states = sorted(range(len(rank)), key=rank.__getitem__)
        self.first, self.goals, self.by = [0], list[int](), list[int]()  # moves of each of `states`, in that order
        for state in self.states:
            here = rank[state]
            for goal, choice in zip(leads_to[first[state] : first[state + 1]], rows[state].by, strict=True):
                if goal != NOWHERE and rank[goal] > here:
                    self.goals.append(goal)
                    self.by.append(choice)
            self.first.append(len(self.goals))

    def count(self) -> int:
        ways = [0] * len(self.states)
        ways[0] = 1
        for state, begin, end in zip(self.states, self.first, self.first[1:], strict=False):
            if here := ways[state]:
                for goal in self.goals[begin:end]:
                    ways[goal] += here
        return sum(ways[state] for state in self.exploration.endings)

    def range(self, weights: Sequence[int], last: Mapping[str, int] = NOTHING) -> Range | None:
        """The lightest and the heaviest way; None where no way comes to an ending. weights: of each choice, none less
        than nothing. last: what each ending adds."""
        least, most = [NOWHERE] * len(self.states), [NOWHERE] * len(self.states)
        least[0] = most[0] = 0
        for state, begin, end in zip(self.states, self.first, self.first[1:], strict=False):
            low, high = least[state], most[state]
            if low == NOWHERE:
                continue
            for goal, choice in zip(self.goals[begin:end], self.by[begin:end], strict=True):
                more = weights[choice]
                if low + more < least[goal] or least[goal] == NOWHERE:
                    least[goal] = low + more
                if high + more > most[goal]:
                    most[goal] = high + more
        whole: Range | None = None
        for state in self.exploration.endings:
            if least[state] != NOWHERE:
                more = last.get(self.exploration.key_of(state), 0)
                whole = Range(least[state] + more, most[state] + more).joined(whole)
        return whole
