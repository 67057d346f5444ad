"""What may be reached, without walking through every state: for each place an interval of tension and, for each flag,
whether it may be set and whether it may be unset. It takes in too much, never too little: what is outside of it can
truly never happen. Used where a scenario has more states than the checker may visit."""

from dataclasses import dataclass, replace

from assessments.scenarios.rules.engine import clamp
from assessments.scenarios.rules.graph import Choice, Node, Scenario, Step


@dataclass(frozen=True)
class Bound:
    low: int
    high: int
    may_be_set: frozenset[str]
    may_be_unset: frozenset[str]

    def joined(self, other: "Bound") -> "Bound":
        return Bound(
            min(self.low, other.low),
            max(self.high, other.high),
            self.may_be_set | other.may_be_set,
            self.may_be_unset | other.may_be_unset,
        )


def bounds(scenario: Scenario) -> tuple[dict[str, Bound], set[Step]]:
    """The bound of every place that may be reached, and the choices that may be offered."""
    tension = clamp(scenario.tension_start)
    flags = frozenset(name for node in scenario.nodes for choice in node.choices for name in choice.flags)
    found = {scenario.start: Bound(tension, tension, frozenset(), flags)}
    offered: set[Step] = set()
    waiting = [scenario.start]
    while waiting:
        place = scenario.places[waiting.pop()]
        for choice in place.choices if isinstance(place, Node) else ():
            inside = _offered(found[place.key], choice)
            if inside is None:
                continue
            offered.add((place.key, choice.key))
            for key, bound in _led_to(scenario, choice, inside):
                joined = bound.joined(found[key]) if key in found else bound
                if key in scenario.places and found.get(key) != joined:
                    found[key] = joined
                    waiting.append(key)
    return found, offered


def _offered(bound: Bound, choice: Choice) -> Bound | None:
    """The part of the bound in which the choice is offered."""
    when = choice.condition
    low, high = max(bound.low, when.tension_min), min(bound.high, when.tension_max)
    if low > high or not when.flags <= bound.may_be_set or not when.not_flags <= bound.may_be_unset:
        return None
    return Bound(low, high, bound.may_be_set - when.not_flags, bound.may_be_unset - when.flags)


def _led_to(scenario: Scenario, choice: Choice, bound: Bound) -> list[tuple[str, Bound]]:
    after = Bound(
        clamp(bound.low + choice.tension),
        clamp(bound.high + choice.tension),
        bound.may_be_set | choice.sets,
        bound.may_be_unset - choice.sets,
    )
    fail_at = scenario.fail_at
    if fail_at is None or after.high < fail_at or scenario.is_ending(choice.to):
        return [(choice.to, after)]
    failed = (scenario.fail_to, replace(after, low=max(after.low, fail_at)))
    if after.low >= fail_at:
        return [failed]
    return [(choice.to, replace(after, high=fail_at - 1)), failed]
