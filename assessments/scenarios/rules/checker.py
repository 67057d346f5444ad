"""What is wrong with a scenario, proved before a learner finds it."""

from functools import lru_cache

from assessments.scenarios.rules import proofs, structure, texts
from assessments.scenarios.rules.exploration import Exploration, explore, repeatable
from assessments.scenarios.rules.graph import Scenario
from assessments.scenarios.rules.problem import ERROR, SEVERITIES, Problem

CAP = 200_000  # states
SHARE = 10  # of the cap are for scores, however many states there are without them
REMEMBERED = 64  # verdicts in a process: one act asks for the same in several requests


def problems(scenario: Scenario, cap: int = CAP, exploration: Exploration | None = None) -> list[Problem]:
    """Everything found, errors first. Works on half-written scenarios: what cannot be judged yet is left out.

    exploration: of this scenario with this cap, where somebody has made one already.
    """
    found = [
        *structure.names(scenario),
        *structure.rules(scenario),
        *structure.decisions(scenario),
        *texts.missing(scenario),
        *texts.cues(scenario),
    ]
    if begins(scenario):
        found += [*structure.ways(scenario), *_played(exploration or explore(scenario, cap=cap), cap)]
    return sorted(found, key=lambda problem: SEVERITIES.index(problem.severity))


@lru_cache(maxsize=REMEMBERED)
def proved(scenario: Scenario) -> tuple[Problem, ...]:
    """All of it, up to the cap of what goes live; remembered by what the scenario says."""
    return tuple(problems(scenario))


def errors(scenario: Scenario) -> list[Problem]:
    return [problem for problem in proved(scenario) if problem.severity == ERROR]


def begins(scenario: Scenario) -> bool:
    """Whether there is a scene to begin with: nothing can be played without."""
    return scenario.start in scenario.places and not scenario.is_ending(scenario.start)


def _played(exploration: Exploration, cap: int) -> list[Problem]:
    scenario = exploration.scenario
    found = [*proofs.reach(exploration), *proofs.passing(_scored(exploration, cap))]
    if not _leads_astray(scenario):
        found += proofs.expert(scenario)
    return found


def _scored(exploration: Exploration, cap: int) -> Exploration:
    """The exploration again with what has scored already, where a score decides: within what the cap leaves, so that
    both together take hardly longer than one that reaches it."""
    scenario = exploration.scenario
    if scenario.pass_min_score is None or not repeatable(scenario):
        return exploration
    return explore(scenario, cap=max(cap - len(exploration), cap // SHARE), count_scores=True)


def _leads_astray(scenario: Scenario) -> bool:
    """Whether a target is missing: nobody could follow the expert path then, and the target is what to tell about."""
    goals = {choice.to for node in scenario.nodes for choice in node.choices}
    if scenario.fail_at is not None:
        goals.add(scenario.fail_to)
    return not goals <= scenario.places.keys()
