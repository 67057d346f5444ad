"""What is wrong with a scenario, proved before a learner finds it."""

from assessments.scenarios.rules import proofs, structure, texts
from assessments.scenarios.rules.exploration import explore, repeatable
from assessments.scenarios.rules.graph import Scenario
from assessments.scenarios.rules.problem import ERROR, SEVERITIES, Problem

CAP = 200_000  # states


def problems(scenario: Scenario, cap: int = CAP) -> list[Problem]:
    """Everything found, errors first. Works on half-written scenarios: what cannot be judged yet is left out."""
    found = [
        *structure.names(scenario),
        *structure.rules(scenario),
        *structure.decisions(scenario),
        *texts.missing(scenario),
        *texts.cues(scenario),
    ]
    if scenario.start in scenario.places and not scenario.is_ending(scenario.start):
        found += [*structure.ways(scenario), *_played(scenario, cap)]
    return sorted(found, key=lambda problem: SEVERITIES.index(problem.severity))


def errors(scenario: Scenario, cap: int = CAP) -> list[Problem]:
    return [problem for problem in problems(scenario, cap) if problem.severity == ERROR]


def _played(scenario: Scenario, cap: int) -> list[Problem]:
    exploration = explore(scenario, cap=cap)
    with_scores = explore(scenario, cap=cap, count_scores=True) if repeatable(scenario) else exploration
    found = [*proofs.reach(exploration), *proofs.passing(with_scores)]
    if not _leads_astray(scenario):
        found += proofs.expert(scenario)
    return found


def _leads_astray(scenario: Scenario) -> bool:
    """Whether a target is missing: nobody could follow the expert path then, and the target is what to tell about."""
    goals = {choice.to for node in scenario.nodes for choice in node.choices}
    if scenario.fail_at is not None:
        goals.add(scenario.fail_to)
    return not goals <= scenario.places.keys()
