"""Playing a scenario: where somebody stands, what is offered there, what a choice leads to."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assessments.scenarios.rules.graph import TENSION_MAX, Choice, Ending, Node, Scenario, Step


class NotOffered(ValueError):
    """The choice does not exist here, or its conditions do not hold now."""


@dataclass(frozen=True)
class State:
    """Where an attempt stands. `scored` holds the choices ("node.choice") that have counted already."""

    node: str
    tension: int
    score: int = 0
    flags: frozenset[str] = frozenset()
    scored: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Turn:
    """A choice, or going back: `back_to` is then the turn of the path after which it goes on, 0 for the start."""

    node: str
    choice: str = ""
    back_to: int | None = None


def start(scenario: Scenario) -> State:
    return State(node=scenario.start, tension=clamp(scenario.tension_start))


def offered(scenario: Scenario, state: State) -> tuple[Choice, ...]:
    """The choices open in this state, in the author's order; none at an ending."""
    place = scenario.places[state.node]
    if not isinstance(place, Node):
        return ()
    return tuple(choice for choice in place.choices if choice.condition.holds(state.tension, state.flags))


def take(scenario: Scenario, state: State, choice_key: str) -> State:
    """The state after this choice. Raises NotOffered."""
    choice = next((choice for choice in offered(scenario, state) if choice.key == choice_key), None)
    if choice is None:
        raise NotOffered(f"{state.node}.{choice_key}")
    tension = clamp(state.tension + choice.tension)
    name = f"{state.node}.{choice.key}"
    return State(
        node=target(scenario, choice, tension),
        tension=tension,
        score=state.score + (0 if name in state.scored else choice.score),
        flags=state.flags | choice.sets,
        scored=state.scored | {name},
    )


def target(scenario: Scenario, choice: Choice, tension: int) -> str:
    """Where a choice leads: too much tension leads to `fail_to`, unless the choice itself ends the scenario."""
    failed = scenario.fail_at is not None and tension >= scenario.fail_at
    return scenario.fail_to if failed and not scenario.is_ending(choice.to) else choice.to


def replay(scenario: Scenario, steps: Iterable[Step]) -> State:
    """The state after these (node, choice) steps. Raises NotOffered when they could not have been taken."""
    state = start(scenario)
    for node, choice in steps:
        if node != state.node:
            raise NotOffered(f"{node}.{choice}")
        state = take(scenario, state, choice)
    return state


def kept(turns: Sequence[Turn]) -> list[Step]:
    """The steps of the path that still stands after every going back."""
    return [(turns[number - 1].node, turns[number - 1].choice) for number in standing(turns)]


def standing(turns: Sequence[Turn]) -> list[int]:
    """The numbers, from 1, of the turns that still stand after every going back."""
    path: list[int] = []
    for number, turn in enumerate(turns, start=1):
        if turn.back_to is None:
            path.append(number)
        else:
            path = [earlier for earlier in path if earlier <= turn.back_to]
    return path


def way(scenario: Scenario, steps: Iterable[Step]) -> list[str]:
    """The places these steps lead through, from the start on. Raises NotOffered."""
    state = start(scenario)
    places = [state.node]
    for _node, choice in steps:
        state = take(scenario, state, choice)
        places.append(state.node)
    return places


def outcome(scenario: Scenario, state: State) -> str:
    """The outcome of the ending this state stands at; "" while the scenario goes on."""
    place = scenario.places[state.node]
    return place.outcome if isinstance(place, Ending) else ""


def passed(scenario: Scenario, state: State) -> bool:
    enough = scenario.pass_min_score is None or state.score >= scenario.pass_min_score
    return enough and outcome(scenario, state) in scenario.pass_outcomes


def shown(scenario: Scenario, state: State, *, seed: int) -> tuple[Choice, ...]:
    """What is offered, in the order this attempt shows it: the same at every visit, another in another attempt."""
    open_now = offered(scenario, state)
    order = [choice.key for choice in scenario.node(state.node).choices] if open_now else []
    random.Random(f"{seed}:{state.node}").shuffle(order)
    return tuple(sorted(open_now, key=lambda choice: order.index(choice.key)))


def clamp(tension: int) -> int:
    return max(0, min(TENSION_MAX, tension))
