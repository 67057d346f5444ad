"""Every state a learner can bring a scenario into: (place, tension, flags), and where scores are counted also which
choices on a loop have scored already. Coded as integers in flat arrays, so that 200 000 states take under a second."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import networkx as nx

from assessments.scenarios.rules.graph import TENSION_MAX, Choice, Scenario, Step

LEVELS = TENSION_MAX + 1
NOWHERE = -1


def _numbers() -> array:
    return array("q")


@dataclass
class Exploration:
    """State 0 is the start; states are numbered by their distance from it.

    The moves out of state s are numbers first[s] to first[s + 1] - 1 in `leads_to`, `gains` (score) and `by` (choice).
    came_from[s], came_by[s]: a shortest way to it. Choices are numbered as in `steps`.
    `complete` is False when the cap was reached: what is here is true then, but it is not everything.
    """

    scenario: Scenario
    keys: list[str]
    steps: list[Step]
    complete: bool = True
    places: array = field(default_factory=_numbers)
    tensions: array = field(default_factory=_numbers)
    came_from: array = field(default_factory=_numbers)
    came_by: array = field(default_factory=_numbers)
    first: array = field(default_factory=_numbers)
    leads_to: array = field(default_factory=_numbers)
    gains: array = field(default_factory=_numbers)
    by: array = field(default_factory=_numbers)
    used: set[int] = field(default_factory=set)
    stuck: list[int] = field(default_factory=list)
    fails: bool = False
    ends_unfailed: bool = False

    def __len__(self) -> int:
        return len(self.places)

    def key_of(self, state: int) -> str:
        return self.keys[self.places[state]]

    def path_to(self, state: int) -> tuple[Step, ...]:
        path = []
        while state:
            path.append(self.steps[self.came_by[state]])
            state = self.came_from[state]
        return tuple(reversed(path))

    def moves(self, state: int) -> range:
        return range(self.first[state], self.first[state + 1])

    @cached_property
    def endings(self) -> list[int]:
        is_ending = [self.scenario.is_ending(key) for key in self.keys]
        return [state for state, place in enumerate(self.places) if is_ending[place]]

    @cached_property
    def components(self) -> list[list[int]]:
        """Strongly connected components; each comes after every component it leads to."""
        return list(strong_components(self.first, self.leads_to))


def on_paper(scenario: Scenario) -> nx.DiGraph:
    """Which place leads to which on paper, whatever the conditions say."""
    graph = nx.DiGraph()
    graph.add_nodes_from(scenario.places)
    for node in scenario.nodes:
        for choice in node.choices:
            graph.add_edges_from((node.key, key) for key in targets(scenario, choice) if key in scenario.places)
    return graph


def targets(scenario: Scenario, choice: Choice) -> tuple[str, ...]:
    """Where a choice may lead: its own target, and where too much tension leads."""
    if scenario.fail_at is None or scenario.is_ending(choice.to):
        return (choice.to,)
    always_below = scenario.is_ending(scenario.fail_to) and scenario.tension_start < scenario.fail_at
    return (choice.to,) if always_below and choice.tension <= 0 else (choice.to, scenario.fail_to)


def loops(scenario: Scenario) -> list[set[str]]:
    """Sets of scenes that somebody can walk round in, on paper."""
    graph = on_paper(scenario)
    found = nx.strongly_connected_components(graph)
    return [loop for loop in found if len(loop) > 1 or any(graph.has_edge(key, key) for key in loop)]


def explore(scenario: Scenario, *, cap: int, count_scores: bool = False) -> Exploration:
    """Breadth first from the start, which must exist; choices that lead to no place are passed over."""
    steps = [(node.key, choice.key) for node in scenario.nodes for choice in node.choices]
    result = Exploration(scenario=scenario, keys=list(scenario.places), steps=steps)
    _walk(result, _Table(scenario, repeatable(scenario) if count_scores else []), cap)
    return result


def repeatable(scenario: Scenario) -> list[Step]:
    """The choices that score and can be taken twice: those that stay within a loop."""
    inside = loops(scenario)
    return [
        (node.key, choice.key)
        for node in scenario.nodes
        for choice in node.choices
        if choice.score and any(node.key in loop and loop & set(targets(scenario, choice)) for loop in inside)
    ]


class _Table:
    """The scenario as numbers: for each place a row of its choices, with flags as bits.

    A repeatable choice has a bit of its own above the flags, set once it has scored.
    """

    def __init__(self, scenario: Scenario, repeatable: list[Step]) -> None:
        index = {key: number for number, key in enumerate(scenario.places)}
        names = sorted({name for node in scenario.nodes for choice in node.choices for name in choice.flags})
        flag = {name: 1 << number for number, name in enumerate(names)}
        once = {step: 1 << (len(names) + number) for number, step in enumerate(repeatable)}

        self.start = index[scenario.start]
        self.tension = max(0, min(TENSION_MAX, scenario.tension_start))
        self.fail_at = LEVELS if scenario.fail_at is None else scenario.fail_at
        self.fail_to = index.get(scenario.fail_to, NOWHERE)
        self.is_scene = [not scenario.is_ending(key) for key in index]
        self.rows: list[list[tuple[int, ...]]] = [[] for _key in index]
        number = 0
        for node in scenario.nodes:
            is_first = scenario.places[node.key] is node
            for choice in node.choices:
                row = (
                    choice.condition.tension_min,
                    choice.condition.tension_max,
                    sum(flag[name] for name in choice.condition.flags),
                    sum(flag[name] for name in choice.condition.not_flags),
                    choice.tension,
                    sum(flag[name] for name in choice.sets),
                    index.get(choice.to, NOWHERE),
                    scenario.is_ending(choice.to),
                    choice.score,
                    once.get((node.key, choice.key), 0),
                    number,
                )
                if is_first:
                    self.rows[index[node.key]].append(row)
                number += 1


def _walk(result: Exploration, table: _Table, cap: int) -> None:
    """`marks` holds flags and scored bits; a state's code is (marks, tension, place) in one integer."""
    size, fail_at, fail_to, rows = len(table.rows), table.fail_at, table.fail_to, table.rows
    leads_to, gains, by = result.leads_to, result.gains, result.by
    used = bytearray(len(result.steps))
    codes = [table.tension * size + table.start]
    numbers = {codes[0]: 0}
    result.came_from.append(NOWHERE)
    result.came_by.append(NOWHERE)
    for state, code in enumerate(codes):  # grows while it is walked through
        rest, place = divmod(code, size)
        marks, tension = divmod(rest, LEVELS)
        result.places.append(place)
        result.tensions.append(tension)
        result.first.append(len(leads_to))
        is_stuck = table.is_scene[place]
        for least, most, need, forbid, change, sets, to, to_ending, score, once, choice in rows[place]:
            if tension < least or tension > most or need & ~marks or forbid & marks:
                continue
            is_stuck = False
            used[choice] = 1
            after = tension + change
            after = 0 if after < 0 else TENSION_MAX if after > TENSION_MAX else after
            if to_ending:
                result.ends_unfailed = True
            elif after >= fail_at:
                to, result.fails = fail_to, True
            if to == NOWHERE:
                continue
            goal = ((marks | sets | once) * LEVELS + after) * size + to
            following = numbers.get(goal)
            if following is None:
                if len(codes) >= cap:
                    result.complete = False
                    continue
                following = numbers[goal] = len(codes)
                codes.append(goal)
                result.came_from.append(state)
                result.came_by.append(choice)
            leads_to.append(following)
            gains.append(0 if once & marks else score)
            by.append(choice)
        if is_stuck:
            result.stuck.append(state)
    result.first.append(len(leads_to))
    result.used.update(number for number, is_used in enumerate(used) if is_used)


def strong_components(first: Sequence[int], leads_to: Sequence[int]) -> Iterator[list[int]]:
    """Tarjan's algorithm without recursion, on moves as in Exploration: a component comes after all it leads to."""
    count = len(first) - 1
    order, low, move = [NOWHERE] * count, [0] * count, list(first)
    on_stack = bytearray(count)
    stack: list[int] = []
    way: list[int] = []
    clock = 0
    for root in range(count):
        if order[root] == NOWHERE:
            way.append(root)
        while way:
            state = way[-1]
            if order[state] == NOWHERE:
                order[state] = low[state] = clock
                clock += 1
                stack.append(state)
                on_stack[state] = 1
            deeper = False
            while move[state] < first[state + 1]:
                following = leads_to[move[state]]
                if order[following] == NOWHERE:
                    way.append(following)
                    deeper = True
                    break
                if on_stack[following] and low[following] < low[state]:
                    low[state] = low[following]
                move[state] += 1
            if deeper:
                continue
            way.pop()
            if low[state] == order[state]:
                component: list[int] = []
                while not component or component[-1] != state:
                    component.append(stack.pop())
                    on_stack[component[-1]] = 0
                yield component
