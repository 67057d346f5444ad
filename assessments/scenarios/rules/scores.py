"""The scores an exploration can end with."""

from collections import deque
from dataclasses import dataclass

import networkx as nx

from assessments.scenarios.rules.exploration import NOWHERE, Exploration, loops, on_paper

UNKNOWN = 1 << 40  # beyond every score


@dataclass(frozen=True)
class Range:
    low: int
    high: int

    def joined(self, other: "Range | None") -> "Range":
        return self if other is None else Range(min(self.low, other.low), max(self.high, other.high))


def by_ending(exploration: Exploration) -> dict[str, Range]:
    """The lowest and highest score each reached ending can be reached with.

    Needs an exploration that counts scores: in it nothing is gained by going round, so that ranges settle. Places are
    gone through in their order on paper; only the states of a loop have to be looked at until nothing changes.
    """
    lows, highs = [UNKNOWN] * len(exploration), [-UNKNOWN] * len(exploration)
    lows[0] = highs[0] = 0
    for states, is_loop in _in_order(exploration):
        _settle(exploration, states, is_loop, lows, highs)
    found: dict[str, Range] = {}
    for state in exploration.endings:
        key = exploration.key_of(state)
        found[key] = Range(lows[state], highs[state]).joined(found.get(key))
    return found


def _in_order(exploration: Exploration) -> list[tuple[list[int], bool]]:
    """The states by place, or by loop of places, each group after all that lead to it; whether it is a loop."""
    paper = on_paper(exploration.scenario)
    condensed = nx.condensation(paper)
    rank = {number: place for place, number in enumerate(nx.topological_sort(condensed))}
    of_key = condensed.graph["mapping"]
    groups: list[list[int]] = [[] for _number in rank]
    of_place = [groups[rank[of_key[key]]] for key in exploration.keys]
    for state, place in enumerate(exploration.places):
        of_place[place].append(state)
    looping = {rank[of_key[key]] for loop in loops(exploration.scenario) for key in loop}
    return [(states, number in looping) for number, states in enumerate(groups)]


def _settle(exploration: Exploration, states: list[int], is_loop: bool, lows: list[int], highs: list[int]) -> None:
    first, leads_to, rows = exploration.first, exploration.leads_to, exploration.rows
    inside = set(states) if is_loop else frozenset()
    waiting = deque(states)
    queued = set(states)
    while waiting:
        state = waiting.popleft()
        queued.discard(state)
        low, high = lows[state], highs[state]
        if low > high:
            continue  # not reached yet: it will be put back when it is
        for move, gain in enumerate(rows[state].gains, first[state]):
            goal = leads_to[move]
            if goal == NOWHERE or (lows[goal] <= low + gain and highs[goal] >= high + gain):
                continue
            lows[goal], highs[goal] = min(lows[goal], low + gain), max(highs[goal], high + gain)
            if goal in inside and goal not in queued:
                queued.add(goal)
                waiting.append(goal)
