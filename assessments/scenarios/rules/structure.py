"""What can be seen in a scenario without playing it: keys, targets, ways on paper, rules that name what is missing."""

from collections import Counter
from collections.abc import Iterator

import networkx as nx

from assessments.scenarios.rules.exploration import loops, on_paper, targets
from assessments.scenarios.rules.graph import IS_KEY, OUTCOMES, QUALITIES, Choice, Node, Scenario
from assessments.scenarios.rules.numbers import RANGES
from assessments.scenarios.rules.problem import ERROR, INFO, WARNING, Problem

FLAGS_MAX = 6
ODD = {  # name of a number → code
    "tension_start": "tension-out-of-range",
    "fail_at": "fail-at-out-of-range",
    "pass_min_score": "pass-score-odd",
    "attempts": "attempts-odd",
    "waits": "waits-odd",
    "minutes": "minutes-odd",
    "tension": "change-odd",
    "score": "score-odd",
    "tension_min": "condition-odd",
    "tension_max": "condition-odd",
}


def names(scenario: Scenario) -> Iterator[Problem]:
    """Keys: none empty, none odd, none twice, every key that is referred to is there."""
    yield from _keys(scenario)
    places = scenario.places
    if scenario.start not in places or scenario.is_ending(scenario.start):
        yield Problem("start-missing", ERROR, params={"key": scenario.start})
    if scenario.fail_at is not None and scenario.fail_to not in places:
        yield Problem("fail-target-missing", ERROR, params={"key": scenario.fail_to})
    for node, choice in _choices(scenario):
        if choice.to not in places:
            yield Problem("target-missing", ERROR, node.key, choice.key, {"key": choice.to})


def _keys(scenario: Scenario) -> Iterator[Problem]:
    keys = [node.key for node in scenario.nodes] + [ending.key for ending in scenario.endings]
    for key, times in Counter(keys).items():
        if not key:
            yield Problem("key-empty", ERROR)
        elif not IS_KEY.fullmatch(key):
            yield Problem("key-odd", ERROR, key)
        elif times > 1:
            yield Problem("key-twice", ERROR, key, params={"times": times})
    for node in scenario.nodes:
        for key, times in Counter(choice.key for choice in node.choices).items():
            if not key:
                yield Problem("choice-key-empty", ERROR, node.key)
            elif not IS_KEY.fullmatch(key):
                yield Problem("choice-key-odd", ERROR, node.key, key)
            elif times > 1:
                yield Problem("choice-key-twice", ERROR, node.key, key, {"times": times})


def ways(scenario: Scenario) -> Iterator[Problem]:
    """Dead ends, places nothing leads to, scenes from which no ending can be reached, loops. Needs a start."""
    graph = on_paper(scenario)
    reached = nx.descendants(graph, scenario.start) | {scenario.start}
    ending_keys = {ending.key for ending in scenario.endings if scenario.is_ending(ending.key)}
    can_end = ending_keys.union(*(nx.ancestors(graph, key) for key in ending_keys))
    if not ending_keys:
        yield Problem("no-ending", ERROR)
    for node in scenario.nodes:
        if not node.choices:
            yield Problem("dead-end", ERROR, node.key)
    for key in scenario.places:
        if key not in reached:
            yield Problem("unreachable", WARNING, key)
    yield from _loops(scenario, graph, reached, can_end)


def _loops(scenario: Scenario, graph: nx.DiGraph, reached: set[str], can_end: set[str]) -> Iterator[Problem]:
    closed: set[str] = set()
    for loop in loops(scenario):
        members = [key for key in scenario.places if key in loop & reached]
        if not members:
            continue
        if any(key not in loop for member in members for key in graph.successors(member)):
            yield Problem("loop", INFO, members[0], params={"scenes": members})
        else:
            closed |= loop
            yield Problem("loop-without-exit", ERROR, members[0], params={"scenes": members})
    for node in scenario.nodes:
        leads_somewhere = node.key in reached and graph.out_degree(node.key)
        if leads_somewhere and node.key not in can_end | closed:
            yield Problem("trap", ERROR, node.key)


def rules(scenario: Scenario) -> Iterator[Problem]:
    """Flags, skills, outcomes, tension and passing: whatever is named is declared, whatever is declared is used."""
    for node, choice in _choices(scenario):
        for name in sorted(choice.flags - set(scenario.flags)):
            yield Problem("flag-unknown", ERROR, node.key, choice.key, {"name": name})
        if choice.skill and choice.skill not in scenario.skills:
            yield Problem("skill-unknown", ERROR, node.key, choice.key, {"name": choice.skill})
        if choice.quality not in QUALITIES:
            yield Problem("quality-unknown", ERROR, node.key, choice.key, {"name": choice.quality})
    yield from numbers(scenario)
    yield from _flag_use(scenario)
    yield from _tension(scenario)
    yield from _outcomes(scenario)


def numbers(scenario: Scenario) -> Iterator[Problem]:
    """What was typed in the place of a number and cannot be one, or not there."""
    for odd in scenario.odd:
        low, high = RANGES[odd.name]
        yield Problem(ODD[odd.name], ERROR, odd.node, odd.choice, {"value": odd.typed, "low": low, "high": high})


def _outcomes(scenario: Scenario) -> Iterator[Problem]:
    outcomes = {ending.outcome for ending in scenario.endings}
    for ending in scenario.endings:
        if ending.outcome not in OUTCOMES:
            yield Problem("outcome-unknown", ERROR, ending.key, params={"name": ending.outcome})
    if outcomes and not scenario.pass_outcomes & outcomes:
        yield Problem("pass-outcome-missing", ERROR, params={"names": sorted(scenario.pass_outcomes)})
    if len(outcomes) == 1:
        yield Problem("one-outcome", WARNING)


def _flag_use(scenario: Scenario) -> Iterator[Problem]:
    choices = [choice for _node, choice in _choices(scenario)]
    is_set = {name for choice in choices for name in choice.sets}
    is_read = {name for choice in choices for name in choice.condition.flags | choice.condition.not_flags}
    for name in scenario.flags:
        if name not in is_set:
            yield Problem("flag-never-set", WARNING, params={"name": name})
        elif name not in is_read:
            yield Problem("flag-never-read", WARNING, params={"name": name})
    if len(scenario.flags) > FLAGS_MAX:
        yield Problem("flags-many", WARNING, params={"most": FLAGS_MAX})


def _tension(scenario: Scenario) -> Iterator[Problem]:
    if scenario.fail_at is None or any(odd.name in ("tension_start", "fail_at") for odd in scenario.odd):
        return
    if scenario.tension_start >= scenario.fail_at:
        yield Problem("starts-failed", ERROR, params={"value": scenario.tension_start})


def decisions(scenario: Scenario) -> Iterator[Problem]:
    """Scenes that ask without anything hanging on the answer, and points that can be gained by going round."""
    for node in scenario.nodes:
        effects = {(c.to, c.tension, c.score, c.sets) for c in node.choices}
        if len(node.choices) == 1:
            yield Problem("one-choice", WARNING, node.key)
        elif len(node.choices) > 1 and len(effects) == 1:
            yield Problem("illusory-choice", WARNING, node.key)
    for loop in loops(scenario):
        if _gains(scenario, loop):
            members = [key for key in scenario.places if key in loop]
            yield Problem("loop-gains", WARNING, members[0], params={"scenes": members})


def _gains(scenario: Scenario, loop: set[str]) -> bool:
    """Whether some way round adds up to more than nothing: with scores taken as costs, a cycle of negative weight."""
    costs: dict[tuple[str, str], int] = {}
    for node, choice in _choices(scenario):
        for goal in loop.intersection(targets(scenario, choice) if node.key in loop else ()):
            way = (node.key, goal)
            costs[way] = min(costs.get(way, -choice.score), -choice.score)
    round_trips = nx.DiGraph()
    round_trips.add_weighted_edges_from((start, end, cost) for (start, end), cost in costs.items())
    return nx.negative_edge_cycle(round_trips)


def _choices(scenario: Scenario) -> Iterator[tuple[Node, Choice]]:
    return ((node, choice) for node in scenario.nodes for choice in node.choices)
