"""The scores an exploration can end with."""

from dataclasses import dataclass

import networkx as nx

from assessments.scenarios.rules.exploration import NOWHERE, Exploration, on_paper

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
    changed = bytearray(len(exploration))
    changed[0] = 1
    for states in _in_order(exploration):
        while _carry_on(exploration, states, lows, highs, changed):
            pass  # a loop: what was carried back has to be carried on again
    found: dict[str, Range] = {}
    for state in exploration.endings:
        key = exploration.key_of(state)
        found[key] = Range(lows[state], highs[state]).joined(found.get(key))
    return found


def _in_order(exploration: Exploration) -> list[list[int]]:
    """The states by place, or by loop of places, each group after all that lead to it."""
    condensed = nx.condensation(on_paper(exploration.scenario))
    rank = {number: place for place, number in enumerate(nx.topological_sort(condensed))}
    of_key = condensed.graph["mapping"]
    groups: list[list[int]] = [[] for _number in rank]
    of_place = [groups[rank[of_key[key]]] for key in exploration.keys]
    for state, place in enumerate(exploration.places):
        of_place[place].append(state)
    return groups


def _carry_on(
    exploration: Exploration, states: list[int], lows: list[int], highs: list[int], changed: bytearray
) -> bool:
    """Tell each goal of the states that changed what it can be reached with. Whether some earlier state changed."""
    first, leads_to, rows = exploration.first, exploration.leads_to, exploration.rows
    is_again = False
    for state in states:
        if not changed[state]:
            continue
        changed[state] = 0
        low, high = lows[state], highs[state]
        for move, gain in enumerate(rows[state].gains, first[state]):
            goal = leads_to[move]
            if goal == NOWHERE:
                continue
            if low + gain < lows[goal]:
                lows[goal], changed[goal] = low + gain, 1
            if high + gain > highs[goal]:
                highs[goal], changed[goal] = high + gain, 1
            if changed[goal] and goal <= state:
                is_again = True
    return is_again
