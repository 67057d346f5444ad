"""Words that are missing, and words that give the best choice away. In one language at a time."""

from collections.abc import Iterator
from statistics import mean

from assessments.scenarios.rules.graph import Node, Scenario
from assessments.scenarios.rules.problem import ERROR, INFO, WARNING, Problem

MUCH_LONGER = 2.0  # times the mean of the other choices of the scene
TOO_OFTEN = 0.6  # of the scenes in which there is something to choose
ENOUGH_SCENES = 4


def missing(scenario: Scenario) -> Iterator[Problem]:
    for node in scenario.nodes:
        if not node.text:
            yield Problem("scene-without-text", ERROR, node.key)
        for choice in node.choices:
            if not choice.text:
                yield Problem("choice-without-text", ERROR, node.key, choice.key)
            if not choice.consequence:
                yield Problem("consequence-missing", WARNING, node.key, choice.key)
            if not choice.coaching:
                yield Problem("coaching-missing", WARNING, node.key, choice.key)
    for ending in scenario.endings:
        if not ending.text:
            yield Problem("ending-without-text", ERROR, ending.key)
    if not scenario.look and any(node.speaker == "customer" for node in scenario.nodes):
        yield Problem("look-missing", WARNING)


def cues(scenario: Scenario) -> Iterator[Problem]:
    """The best choice much longer than the others, or the longest nearly everywhere, or always in one place."""
    scenes = [node for node in scenario.nodes if _has_one_best(node)]
    for node in scenes:
        best, others = _lengths(node)
        if best > MUCH_LONGER * mean(others):
            yield Problem("best-much-longer", WARNING, node.key, _best(node))
    if len(scenes) < ENOUGH_SCENES:
        return
    longest = sum(best > max(others) for best, others in map(_lengths, scenes))
    if longest > TOO_OFTEN * len(scenes):
        yield Problem("best-often-longest", WARNING, params={"scenes": longest, "of": len(scenes)})
    positions = {next(n for n, c in enumerate(node.choices) if c.quality == "best") for node in scenes}
    if len(positions) == 1:
        yield Problem("best-same-position", INFO, params={"position": positions.pop() + 1})


def _has_one_best(node: Node) -> bool:
    return len(node.choices) > 1 and sum(choice.quality == "best" for choice in node.choices) == 1


def _best(node: Node) -> str:
    return next(choice.key for choice in node.choices if choice.quality == "best")


def _lengths(node: Node) -> tuple[int, list[int]]:
    best = [len(choice.text) for choice in node.choices if choice.quality == "best"]
    return best[0], [len(choice.text) for choice in node.choices if choice.quality != "best"]
