"""Whether stored runs follow from their steps."""

from collections.abc import Iterator
from functools import cache

from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.models.records import scenario_of
from assessments.scenarios.rules import engine
from assessments.scenarios.rules.graph import Scenario


def differing_runs() -> Iterator[tuple[ScenarioRun, str]]:
    """Runs whose steps, replayed on the version they were played on, do not give what is stored; and why."""
    scenario = cache(scenario_of)
    for run in ScenarioRun.objects.prefetch_related("steps").iterator(chunk_size=500):
        if reason := _difference(run, scenario(run.version_id)):
            yield run, reason


def _difference(run: ScenarioRun, scenario: Scenario) -> str:
    steps = list(run.steps.all())
    if [step.seq for step in steps] != list(range(1, run.step_count + 1)):
        return f"{len(steps)} steps are stored, {run.step_count} were counted"
    try:
        replayed = engine.replay(scenario, engine.kept([step.turn for step in steps]))
    except engine.NotOffered as error:
        return f"{error} was not offered"
    if replayed != run.position:
        return f"it stands at {run.position}, its steps lead to {replayed}"
    outcome = engine.outcome(scenario, replayed)
    passed = engine.passed(scenario, replayed) if outcome else None
    if (outcome, passed) != (run.outcome, run.passed):
        return f"its outcome is {run.outcome or 'open'}, its steps give {outcome or 'open'}"
    return ""
