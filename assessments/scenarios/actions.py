"""The only writer of runs. Every act is one transaction and may be repeated without harm."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from assessments import policy
from assessments.scenarios.models import ReflectionAnswer, ScenarioRun, ScenarioStep
from assessments.scenarios.models.records import Mode, RunState, decision, scenario_of
from assessments.scenarios.rules import engine
from courses import actions as courses
from courses import versions
from courses.models import Enrolment, StepCompletion, StepVersion
from evidence import actions as evidence

SEEDS = 2**31


class NotAllowed(Exception):
    """No run can start now; the decision says why and until when."""

    def __init__(self, decision: policy.Decision) -> None:
        super().__init__(decision.state)
        self.decision = decision


class Refused(Exception):
    """The choice was not taken; `run` is as it stands now."""

    def __init__(self, run: ScenarioRun) -> None:
        super().__init__(f"{run.key} after turn {run.step_count}")
        self.run = run


class StaleTurn(Refused):
    """This turn was decided already, here or in another window."""


class NotOffered(Refused):
    """There is no such choice here, or not now."""


# --- starting ------------------------------------------------------------------------------------------------------


@transaction.atomic
def start_run(
    *, enrolment: Enrolment, version: StepVersion, at: datetime | None = None, seed: int | None = None
) -> ScenarioRun:
    """The run to go on with: the open one, else a new one on this version. Raises NotAllowed.

    Once the step is completed every further run is practice: nobody counts those.
    """
    now = at or timezone.now()
    enrolment = courses.locked(courses.start(enrolment=enrolment, at=now))
    runs = ScenarioRun.objects.filter(enrolment=enrolment, step_key=version.step_key)
    if found := runs.in_progress().select_related("enrolment", "version").first():
        return found
    mode = Mode.GRADED
    if StepCompletion.objects.filter(enrolment=enrolment, step_key=version.step_key).exists():
        mode = Mode.PRACTICE
    else:
        verdict = decision(enrolment, version.step_key, versions.content(version.pk)["body"], now)
        if not verdict.may_start:
            raise NotAllowed(verdict)
    courses.move_place(enrolment=enrolment, step_key=version.step_key, at=now)
    begin = engine.start(scenario_of(version.pk))
    return ScenarioRun.objects.create(
        enrolment=enrolment,
        step_key=version.step_key,
        version=version,
        number=(runs.aggregate(last=Max("number"))["last"] or 0) + 1,
        mode=mode,
        seed=secrets.randbelow(SEEDS) if seed is None else seed,
        started_at=now,
        node_key=begin.node,
        tension=begin.tension,
    )


# --- choosing ------------------------------------------------------------------------------------------------------


@transaction.atomic
def choose(
    *, run: ScenarioRun, choice: str, seq: int, idem: UUID, version: StepVersion, at: datetime | None = None
) -> ScenarioRun:
    """Take this choice as turn `seq`; at an ending the run is decided, and passing it completes the step.

    The same form a second time changes nothing. version: what stood on the screen. Raises StaleTurn, NotOffered.
    """
    now = at or timezone.now()
    run = _locked(run)
    earlier = run.steps.filter(idem=idem).first()
    if earlier and (earlier.seq, earlier.choice_key) == (seq, choice):
        return run
    if earlier or not run.is_open or seq != run.step_count + 1:
        raise StaleTurn(run)
    scenario = run.scenario
    before = run.position
    try:
        after = engine.take(scenario, before, choice)
    except engine.NotOffered as error:
        raise NotOffered(run) from error
    ScenarioStep.objects.create(
        run=run,
        seq=seq,
        node_key=before.node,
        choice_key=choice,
        offered=[option.key for option in engine.shown(scenario, before, seed=run.seed)],
        tension_before=before.tension,
        tension_after=after.tension,
        score_after=after.score,
        decided_at=now,
        version=version,
        idem=idem,
    )
    run.position, run.step_count = after, seq
    if outcome := engine.outcome(scenario, after):
        run.state, run.finished_at = RunState.FINISHED, max(now, run.started_at)
        run.ending_key, run.outcome = after.node, outcome
        run.passed = engine.passed(scenario, after)
    run.save()
    if not run.is_open and run.mode == Mode.GRADED:
        _finish(run, version, now)
    return run


def _locked(run: ScenarioRun) -> ScenarioRun:
    """The run as it stands now, held until the transaction ends."""
    rows = ScenarioRun.objects.select_for_update(of=("self",)).select_related("enrolment__person", "version")
    return rows.defer("version__content").get(pk=run.pk)


def _finish(run: ScenarioRun, shown: StepVersion, now: datetime) -> None:
    """Prove the run; if it passed, the step is completed in the same transaction, and with the last step the course.

    How it ended is personal: that it was finished is all that others are told.
    """
    person = run.enrolment.person
    evidence.append(
        kind="scenario.finished",
        subject=person.key,
        at=run.finished_at,
        facts={
            "run": str(run.key),
            "enrolment": str(run.enrolment.key),
            "step": str(run.step_key),
            "version": run.version.sha256,
            "number": run.number,
            "turns": run.step_count,
            "started_at": run.started_at.isoformat(),
            "passed": run.passed,
        },
        personal={"name": person.name, "ending": run.ending_key, "outcome": run.outcome, "score": run.score},
    )
    if run.passed:
        courses.complete_step(enrolment=run.enrolment, version=shown, at=now)


# --- thinking about it ---------------------------------------------------------------------------------------------


@transaction.atomic
def save_reflections(*, run: ScenarioRun, texts: Sequence[str], at: datetime | None = None) -> None:
    """Keep what the learner wrote under the questions of the ending, for their eyes only."""
    for question, text in enumerate(texts):
        ReflectionAnswer.objects.update_or_create(
            run=run, question=question, defaults={"text": text, "at": at or timezone.now()}
        )
