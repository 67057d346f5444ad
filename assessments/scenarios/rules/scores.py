"""The scores an exploration can end with."""

from dataclasses import dataclass

from assessments.scenarios.rules.exploration import Exploration


@dataclass(frozen=True)
class Range:
    low: int
    high: int

    def joined(self, other: "Range | None") -> "Range":
        return self if other is None else Range(min(self.low, other.low), max(self.high, other.high))

    def raised(self, by: int) -> "Range":
        return Range(self.low + by, self.high + by)


def by_ending(exploration: Exploration) -> dict[str, Range]:
    """The lowest and highest score each reached ending can be reached with.

    Needs an exploration that counts scores: in it no loop gains anything, so all states of a component share one range
    and the components can be gone through from the start onwards.
    """
    component_of = [0] * len(exploration)
    for number, component in enumerate(exploration.components):
        for state in component:
            component_of[state] = number
    ranges: dict[int, Range] = {component_of[0]: Range(0, 0)} if len(exploration) else {}
    for number in range(len(exploration.components) - 1, -1, -1):
        here = ranges.get(number)
        if here is None:
            continue
        for state in exploration.components[number]:
            for move in exploration.moves(state):
                goal = component_of[exploration.leads_to[move]]
                if goal != number:
                    ranges[goal] = here.raised(exploration.gains[move]).joined(ranges.get(goal))
    found: dict[str, Range] = {}
    for state in exploration.endings:
        key = exploration.key_of(state)
        found[key] = ranges[component_of[state]].joined(found.get(key))
    return found
