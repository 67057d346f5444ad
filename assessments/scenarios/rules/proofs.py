"""What holds in every state a learner can bring the scenario into, or "not proven" where there are too many states."""

from collections.abc import Iterator

import networkx as nx

from assessments.scenarios.rules import engine, scores
from assessments.scenarios.rules.bounds import bounds
from assessments.scenarios.rules.exploration import Exploration, on_paper, strong_components
from assessments.scenarios.rules.graph import Node, Scenario
from assessments.scenarios.rules.problem import ERROR, WARNING, Problem


def reach(exploration: Exploration) -> Iterator[Problem]:
    """Stuck states, livelocks, places and choices that no learner ever sees."""
    yield from _stuck(exploration)
    yield from _never_seen(exploration)
    if exploration.complete:
        yield from _livelocks(exploration)
        yield from _failing(exploration)
    else:
        yield Problem("not-proven", WARNING, params={"states": len(exploration)})


def _stuck(exploration: Exploration) -> Iterator[Problem]:
    told: set[str] = set()
    for state in exploration.stuck:
        place = exploration.scenario.places[exploration.key_of(state)]
        if isinstance(place, Node) and place.choices and place.key not in told:
            told.add(place.key)
            tension = exploration.tension_of(state)
            yield Problem("stuck", ERROR, place.key, params={"tension": tension}, path=exploration.path_to(state))


def _livelocks(exploration: Exploration) -> Iterator[Problem]:
    """States from which one can go on for ever, and only that. Among the states without a way to an ending: a component
    that nothing leads out of."""
    lost = exploration.lost
    number = {state: place for place, state in enumerate(lost)}
    first, leads_to = [0], []
    for state in lost:
        leads_to += [number[goal] for goal in exploration.following(state)]  # what follows a lost state is lost too
        first.append(len(leads_to))
    told: set[str] = set()
    for component in strong_components(first, leads_to):
        inside = set(component)
        goals = {goal for place in component for goal in leads_to[first[place] : first[place + 1]]}
        state = lost[min(component)]
        key = exploration.key_of(state)
        if goals and goals <= inside and key not in told:
            told.add(key)
            tension = exploration.tension_of(state)
            yield Problem("livelock", ERROR, key, params={"tension": tension}, path=exploration.path_to(state))


def _never_seen(exploration: Exploration) -> Iterator[Problem]:
    """What is there on paper but not in truth; what nothing leads to on paper is another problem."""
    scenario = exploration.scenario
    linked = {scenario.start, *nx.descendants(on_paper(scenario), scenario.start)}
    if exploration.complete:
        seen, used = exploration.seen, exploration.used
    else:
        reached, used = bounds(scenario)
        seen = set(reached)
    for key in scenario.places:
        if key in linked and key not in seen:
            yield Problem("ending-never-reached" if scenario.is_ending(key) else "never-reached", ERROR, key)
    for node in scenario.nodes:
        for choice in node.choices if node.key in seen else ():
            if (node.key, choice.key) not in used:
                yield Problem("never-offered", ERROR, node.key, choice.key)


def _failing(exploration: Exploration) -> Iterator[Problem]:
    fail_at = exploration.scenario.fail_at
    if fail_at is None:
        return
    if not exploration.fails:
        yield Problem("fail-never", WARNING, params={"value": fail_at})
    elif not exploration.ends_unfailed:
        yield Problem("fail-always", WARNING, params={"value": fail_at})


def passing(exploration: Exploration) -> Iterator[Problem]:
    """Whether somebody can pass, and whether somebody can miss. Needs an exploration that counts scores, where points
    are needed to pass."""
    scenario, least = exploration.scenario, exploration.scenario.pass_min_score
    reached = {exploration.key_of(state) for state in exploration.endings}
    passing = {key for key in reached if _outcome(scenario, key) in scenario.pass_outcomes}
    highs = dict.fromkeys(reached, 0) if least is None else scores.highest(exploration)
    most = max((highs[key] for key in passing), default=None)
    can_pass = most is not None and (least is None or most >= least)
    can_miss = passing != reached
    if can_pass and not can_miss and least is not None:
        lows = scores.lowest(exploration)
        can_miss = any(lows[key] < least for key in passing)
    if can_pass and can_miss:
        return
    if not exploration.complete:
        yield Problem("pass-not-proven", WARNING, params={"states": len(exploration)})
    elif can_pass:
        yield Problem("miss-impossible", ERROR)
    elif most is None:
        yield Problem("pass-ending-unreachable", ERROR)
    else:
        yield Problem("pass-impossible", ERROR, params={"score": least, "most": most})


def _outcome(scenario: Scenario, key: str) -> str:
    return engine.outcome(scenario, engine.State(node=key, tension=0))


def expert(scenario: Scenario) -> Iterator[Problem]:
    """The expert path can be played, ends, and ends well."""
    if not scenario.expert_path:
        yield Problem("expert-missing", WARNING)
        return
    state = engine.start(scenario)
    for number, name in enumerate(scenario.expert_path, start=1):
        node, _dot, choice = name.partition(".")
        try:
            if node != state.node:
                raise engine.NotOffered(name)
            state = engine.take(scenario, state, choice)
        except engine.NotOffered:
            yield Problem("expert-broken", ERROR, state.node, params={"number": number, "step": name})
            return
    if not engine.outcome(scenario, state):
        yield Problem("expert-unfinished", ERROR, state.node)
    elif engine.outcome(scenario, state) != "good" or not engine.passed(scenario, state):
        yield Problem("expert-not-good", ERROR, state.node)
