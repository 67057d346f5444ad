"""Every state a learner can bring a scenario into: (place, tension, flags), and where scores are counted also which
choices on a loop have scored already. A state is one integer, and what can be done in it is looked up in a row that all
states of its place, tension and conditions share, so that 200 000 states take well under a second."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import networkx as nx

from assessments.scenarios.rules.graph import TENSION_MAX, Choice, Scenario, Step

NOWHERE = -1
TENSION_BITS = 7  # holds 0 to 100
TENSION = (1 << TENSION_BITS) - 1


@dataclass(frozen=True, slots=True)
class Row:
    """What can be done in some states: the moves, each with the bits its goal adds to what they know already.

    `offered` are all choices that are open, those whose target is missing included.
    """

    goals: tuple[int, ...] = ()
    gains: tuple[int, ...] = ()  # score, beside each goal
    by: tuple[int, ...] = ()  # choice, beside each goal
    offered: tuple[int, ...] = ()
    fails: bool = False
    ends_unfailed: bool = False


@dataclass
class Exploration:
    """State 0 is the start; states are numbered by their distance from it. A state's code is (marks, place, tension)
    in one integer; marks are flags and, above them, what has scored.

    The moves out of state s are numbers first[s] to first[s + 1] - 1 in `leads_to`, beside `rows[s].by` and `.gains`.
    Choices are numbered as in `steps`.
    `complete` is False when the cap was reached: what is here is true then, but it is not everything, and moves to
    states that were not visited lead to NOWHERE.
    """

    scenario: Scenario
    keys: list[str]
    steps: list[Step]
    complete: bool = True
    codes: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    leads_to: list[int] = field(default_factory=list)
    leaves: list[int] = field(default_factory=list)  # states without a move
    kinds: list[tuple[int, Row]] = field(default_factory=list)  # (place, row): every row that a state has

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def _place(self) -> int:
        return (1 << _bits(len(self.keys))) - 1

    def key_of(self, state: int) -> str:
        return self.keys[self.codes[state] >> TENSION_BITS & self._place]

    def tension_of(self, state: int) -> int:
        return self.codes[state] & TENSION

    def path_to(self, state: int) -> tuple[Step, ...]:
        path = []
        while state:
            before = self.came_from[state]
            move = self.leads_to.index(state, self.first[before]) - self.first[before]
            path.append(self.steps[self.rows[before].by[move]])
            state = before
        return tuple(reversed(path))

    @cached_property
    def came_from(self) -> list[int]:
        """The state before each on a shortest way: of all that lead to it the first. Asked for where there is something
        to tell about, which is rare."""
        found = [NOWHERE] * (len(self) + 1)  # one more, where NOWHERE points
        for state in range(len(self) - 1, -1, -1):
            for goal in self.following(state):
                found[goal] = state
        return found

    def following(self, state: int) -> list[int]:
        return self.leads_to[self.first[state] : self.first[state + 1]]

    @cached_property
    def places(self) -> list[int]:
        """Which key of `keys` each state is at."""
        place = self._place
        return [code >> TENSION_BITS & place for code in self.codes]

    @cached_property
    def seen(self) -> set[str]:
        return {self.keys[place] for place, _row in self.kinds}

    @cached_property
    def used(self) -> set[Step]:
        return {self.steps[choice] for _place, row in self.kinds for choice in row.offered}

    @cached_property
    def led_astray(self) -> set[Step]:
        """The choices that too much tension, in some state, makes lead to another place than their own."""
        own = [choice.to for node in self.scenario.nodes for choice in node.choices]
        ways = [
            (by, goal) for _place, row in self.kinds if row.fails for by, goal in zip(row.by, row.goals, strict=True)
        ]
        return {self.steps[by] for by, goal in ways if self.keys[goal >> TENSION_BITS & self._place] != own[by]}

    @property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """From where to where a map draws a line: wherever a choice names its goal, and wherever too much tension leads
        in some state."""
        named = [(node.key, choice.to) for node in self.scenario.nodes for choice in node.choices]
        astray = [step for step in self.steps if step in self.led_astray]
        return tuple(dict.fromkeys([*named, *((place, self.scenario.fail_to) for place, _choice in astray)]))

    @property
    def fails(self) -> bool:
        return any(row.fails for _place, row in self.kinds)

    @property
    def ends_unfailed(self) -> bool:
        return any(row.ends_unfailed for _place, row in self.kinds)

    @cached_property
    def endings(self) -> list[int]:
        codes, place = self.codes, self._place
        ends = [self.scenario.is_ending(key) for key in self.keys]
        return [state for state in self.leaves if ends[codes[state] >> TENSION_BITS & place]]

    @cached_property
    def stuck(self) -> list[int]:
        """Scenes in states in which nothing is offered."""
        waiting = (state for state in self.leaves if not self.rows[state].offered)
        return [state for state in waiting if not self.scenario.is_ending(self.key_of(state))]

    @cached_property
    def lost(self) -> list[int]:
        """The states from which no ending can be reached: looked for backwards from the endings."""
        can_end = bytearray(len(self))
        for state in self.endings:
            can_end[state] = 1
        first, leads_to = self.first, self.leads_to
        rest = []
        for state in range(len(self) - 1, -1, -1):  # most moves lead to a later state: one pass settles nearly all
            begin, end = first[state], first[state + 1]
            if begin < end and can_end[leads_to[begin]]:
                can_end[state] = 1
            elif not can_end[state]:
                for goal in leads_to[begin:end]:
                    if can_end[goal]:
                        can_end[state] = 1
                        break
                else:
                    rest.append(state)
        return _without_way_out(self, rest, can_end)

    @cached_property
    def components(self) -> list[list[int]]:
        """Strongly connected components; each comes after every component it leads to."""
        return list(strong_components(self.first, self.leads_to))


def _without_way_out(exploration: Exploration, rest: list[int], can_end: bytearray) -> list[int]:
    """Of these states those from which nothing marked in `can_end` can be reached."""
    before: dict[int, list[int]] = {state: [] for state in rest}
    waiting = []
    for state in rest:
        goals = exploration.following(state)
        if any(can_end[goal] for goal in goals):
            waiting.append(state)
        for goal in goals:
            if goal in before:
                before[goal].append(state)
    while waiting:
        state = waiting.pop()
        if state in before:
            waiting += before.pop(state)
    return sorted(before)


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


def _bits(count: int) -> int:
    return max(1, (count - 1).bit_length())


class _Table:
    """The scenario as numbers: for each place its choices, with flags as bits.

    A repeatable choice has a bit of its own above the flags, set once it has scored.
    """

    def __init__(self, scenario: Scenario, repeatable: list[Step]) -> None:
        index = {key: number for number, key in enumerate(scenario.places)}
        names = sorted({name for node in scenario.nodes for choice in node.choices for name in choice.flags})
        flag = {name: 1 << number for number, name in enumerate(names)}
        once = {step: 1 << (len(names) + number) for number, step in enumerate(repeatable)}

        self.place = (1 << _bits(len(index))) - 1
        self.marks = TENSION_BITS + _bits(len(index))  # how far the marks are shifted
        self.start = index[scenario.start] << TENSION_BITS | max(0, min(TENSION_MAX, scenario.tension_start))
        self.fail_at = TENSION_MAX + 1 if scenario.fail_at is None else scenario.fail_at
        self.fail_to = index.get(scenario.fail_to, NOWHERE)
        self.choices: list[list[tuple[int, ...]]] = [[] for _key in index]
        number = 0
        for node in scenario.nodes:
            is_first = scenario.places[node.key] is node
            for choice in node.choices:
                entry = (
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
                    self.choices[index[node.key]].append(entry)
                number += 1
        # Which part of a code decides what can be done at a place: its tension, and the marks its choices ask about.
        here = (1 << self.marks) - 1
        self.masks = [here | _asked(choices) << self.marks for choices in self.choices]

    def row(self, code: int) -> Row:
        marks, tension = code >> self.marks, code & TENSION
        goals, gains, by, offered = [], [], [], []
        fails = ends_unfailed = False
        for entry in self.choices[code >> TENSION_BITS & self.place]:
            least, most, need, forbid, change, sets, to, to_ending, score, once, choice = entry
            if tension < least or tension > most or need & ~marks or forbid & marks:
                continue
            offered.append(choice)
            after = max(0, min(TENSION_MAX, tension + change))
            if to_ending:
                ends_unfailed = True
            elif after >= self.fail_at:
                to, fails = self.fail_to, True
            if to == NOWHERE:
                continue
            goals.append((sets | once) << self.marks | to << TENSION_BITS | after)
            gains.append(0 if once & marks else score)
            by.append(choice)
        return Row(tuple(goals), tuple(gains), tuple(by), tuple(offered), fails, ends_unfailed)


def _asked(choices: list[tuple[int, ...]]) -> int:
    """The marks that decide about what these choices offer and gain."""
    asked = 0
    for _least, _most, need, forbid, _change, _sets, _to, _to_ending, _score, once, _choice in choices:
        asked |= need | forbid | once
    return asked


def _walk(result: Exploration, table: _Table, cap: int) -> None:
    """The innermost loop of the checker: it runs once for every move of every state."""
    masks, place, known = table.masks, table.place, table.marks
    rows, first, leads_to, codes = result.rows, result.first, result.leads_to, result.codes
    kinds: dict[int, Row] = {}
    numbers = {table.start: 0}
    number_of, tell = numbers.setdefault, leads_to.append
    codes.append(table.start)
    count = 1
    for state, code in enumerate(codes):  # grows while it is walked through
        kind = code & masks[code >> TENSION_BITS & place]
        row = kinds.get(kind)
        if row is None:
            row = kinds[kind] = table.row(code)
        rows.append(row)
        first.append(len(leads_to))
        if not row.goals:
            result.leaves.append(state)
            continue
        marks = code >> known << known
        if count >= cap:
            leads_to.extend([numbers.get(marks | goal, NOWHERE) for goal in row.goals])
            continue
        for goal in row.goals:
            following = number_of(marks | goal, count)
            tell(following)
            if following == count:
                codes.append(marks | goal)
                count += 1
    first.append(len(leads_to))
    result.complete = NOWHERE not in leads_to
    result.kinds = [(kind >> TENSION_BITS & place, row) for kind, row in kinds.items()]


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
