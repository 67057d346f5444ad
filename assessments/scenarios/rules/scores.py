"""The scores an exploration can end with."""

from dataclasses import dataclass

import networkx as nx

from assessments.scenarios.rules.exploration import Exploration, on_paper

UNKNOWN = -(1 << 40)  # less than every score


@dataclass(frozen=True)
class Range:
    low: int
    high: int

    def joined(self, other: "Range | None") -> "Range":
        return self if other is None else Range(min(self.low, other.low), max(self.high, other.high))


def by_ending(exploration: Exploration) -> dict[str, Range]:
    """The lowest and highest score each reached ending can be reached with. Needs an exploration that counts scores."""
    lows, highs = lowest(exploration), highest(exploration)
    return {key: Range(lows[key], high) for key, high in highs.items()}


def highest(exploration: Exploration) -> dict[str, int]:
    return _at_endings(exploration, 1)


def lowest(exploration: Exploration) -> dict[str, int]:
    return {key: -score for key, score in _at_endings(exploration, -1).items()}


def _at_endings(exploration: Exploration, sign: int) -> dict[str, int]:
    most = _most(exploration, sign)
    found: dict[str, int] = {}
    for state in exploration.endings:
        key = exploration.key_of(state)
        found[key] = max(most[state], found.get(key, UNKNOWN))
    return found


def _most(exploration: Exploration, sign: int) -> list[int]:
    """The highest score, times sign, that each state can be reached with.

    In an exploration that counts scores nothing is gained by going round, so that it settles. Places are gone through
    in their order on paper; only the states of a loop have to be looked at until nothing changes.
    """
    most = [UNKNOWN] * (len(exploration) + 1)  # one more, where NOWHERE points
    most[0] = 0
    for states, is_loop in _in_order(exploration):
        if is_loop:
            _go_round(exploration, states, sign, most)
        else:
            _carry_on(exploration, states, sign, most)
    return most


def _in_order(exploration: Exploration) -> list[tuple[list[int], bool]]:
    """The states by place, or by loop of places, each group after all that lead to it; and whether it is a loop."""
    paper = on_paper(exploration.scenario)
    condensed = nx.condensation(paper)
    rank = {number: place for place, number in enumerate(nx.topological_sort(condensed))}
    of_key = condensed.graph["mapping"]
    groups: list[list[int]] = [[] for _number in rank]
    of_place = [groups[rank[of_key[key]]] for key in exploration.keys]
    for state, place in enumerate(exploration.places):
        of_place[place].append(state)
    loops = [len(condensed.nodes[number]["members"]) > 1 for number in rank]
    for key in paper:
        loops[rank[of_key[key]]] |= paper.has_edge(key, key)
    return list(zip(groups, loops, strict=True))


def _carry_on(exploration: Exploration, states: list[int], sign: int, most: list[int]) -> None:
    """Tell each goal of these states, which do not lead to each other, what it can be reached with."""
    first, leads_to, rows = exploration.first, exploration.leads_to, exploration.rows
    for state in states:
        here = most[state]
        for goal, gain in zip(leads_to[first[state] : first[state + 1]], rows[state].gains, strict=True):
            score = here + sign * gain
            if score > most[goal]:
                most[goal] = score


def _go_round(exploration: Exploration, states: list[int], sign: int, most: list[int]) -> None:
    """The same of states that may lead to each other: what was carried back has to be carried on again."""
    first, leads_to, rows = exploration.first, exploration.leads_to, exploration.rows
    changed = bytearray(len(most))
    for state in states:
        changed[state] = most[state] != UNKNOWN
    is_again = True
    while is_again:
        is_again = False
        for state in states:
            if not changed[state]:
                continue
            changed[state] = 0
            here = most[state]
            for goal, gain in zip(leads_to[first[state] : first[state + 1]], rows[state].gains, strict=True):
                score = here + sign * gain
                if score > most[goal]:
                    most[goal], changed[goal] = score, 1
                    is_again |= goal <= state
