"""Where each scene stands on a map: in layers from the start to the endings, with few crossings."""

from collections import defaultdict
from collections.abc import Mapping

from assessments.scenarios.rules.exploration import targets
from assessments.scenarios.rules.graph import Scenario

SWEEPS = 6


def positions(scenario: Scenario) -> dict[str, tuple[int, int]]:
    """{key: (layer, row)}. A layer is one more than the longest way there; choices that lead back do not count."""
    goals = _goals(scenario)
    layers = _layers(goals, _order(goals, scenario.start))
    rows: dict[int, list[str]] = defaultdict(list)
    for key in goals:
        rows[layers[key]].append(key)
    _uncross(rows, goals)
    return {key: (layer, row) for layer, keys in rows.items() for row, key in enumerate(keys)}


def order(scenario: Scenario) -> list[str]:
    """Every place, so that most choices lead to a later one and only those that go round lead back."""
    return _order(_goals(scenario), scenario.start)


def _goals(scenario: Scenario) -> dict[str, list[str]]:
    """Each place with those its choices may lead to, by too much tension too, without those that are missing."""
    goals: dict[str, list[str]] = {key: [] for key in scenario.places}
    for node in scenario.nodes:
        led_to = [key for choice in node.choices for key in targets(scenario, choice)]
        goals[node.key] += [key for key in led_to if key in goals and key != node.key]
    return {key: list(dict.fromkeys(found)) for key, found in goals.items()}


def _order(goals: Mapping[str, list[str]], start: str) -> list[str]:
    """Depth first, last finished first: a choice leads onward if its goal comes later. Without recursion, for a chain
    of scenes may be as long as it likes."""
    finished: list[str] = []
    seen: set[str] = set()
    for root in [start, *goals]:
        if root in seen or root not in goals:
            continue
        seen.add(root)
        open_places = [(root, iter(goals[root]))]
        while open_places:
            key, following = open_places[-1]
            goal = next((goal for goal in following if goal not in seen), None)
            if goal is None:
                finished.append(key)
                open_places.pop()
            else:
                seen.add(goal)
                open_places.append((goal, iter(goals[goal])))
    return finished[::-1]


def _layers(goals: Mapping[str, list[str]], order: list[str]) -> dict[str, int]:
    place = {key: number for number, key in enumerate(order)}
    layers = dict.fromkeys(order, 0)
    for key in order:
        for goal in goals[key]:
            if place[goal] > place[key]:
                layers[goal] = max(layers[goal], layers[key] + 1)
    return layers


def _uncross(rows: dict[int, list[str]], goals: Mapping[str, list[str]]) -> None:
    """Each place moves to the middle of its neighbours, layer by layer, there and back."""
    origins: dict[str, list[str]] = {key: [] for key in goals}
    for key, found in goals.items():
        for goal in found:
            origins[goal].append(key)
    at = {key: row for keys in rows.values() for row, key in enumerate(keys)}
    for sweep in range(SWEEPS):
        neighbours = goals if sweep % 2 else origins
        for layer in sorted(rows, reverse=bool(sweep % 2)):
            middle = {
                key: sum(at[other] for other in neighbours[key]) / len(neighbours[key]) if neighbours[key] else at[key]
                for key in rows[layer]
            }
            rows[layer].sort(key=middle.__getitem__)
            at |= {key: row for row, key in enumerate(rows[layer])}
