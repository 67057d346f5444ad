"""What the screens of a scenario show while it is played, as plain data. Nothing of a place that was not reached, and
nothing of coaching or quality before the debrief, is ever in a Scene."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID, uuid4

from assessments import policy
from assessments.scenarios.models import ScenarioRun, ScenarioStep
from assessments.scenarios.models.pages import ALWAYS, IMMEDIATE
from assessments.scenarios.models.records import RunState, decision
from assessments.scenarios.rules import engine
from assessments.scenarios.script import Script
from assessments.words import decision_text
from courses.models import Enrolment, StepCompletion
from courses.reports import Shown, shown_in


@dataclass(frozen=True)
class Turn:
    """What happened in one turn: what was met, what the learner chose, what came of it.

    number: on the way that stands; before: the step of the run after which one stands before this turn, to go back."""

    number: int
    before: int
    speaker: str
    scene: str
    say: str
    chosen: str
    consequence: str


def turns(script: Script, path: Iterable[ScenarioStep]) -> list[Turn]:
    """Of the steps of a run that still stand, in their order."""
    found, before = [], 0
    for number, step in enumerate(path, start=1):
        found.append(turn(script, number, step, before))
        before = step.seq
    return found


def turn(script: Script, number: int, step: ScenarioStep, before: int = 0) -> Turn:
    node, chosen = script.nodes[step.node_key], script.choice(step.node_key, step.choice_key)
    said = (script.speaker(step.node_key), node["scene"], node["say"], chosen["text"], chosen["consequence"])
    return Turn(number, before, *said)


def _levels(first: int, steps: Sequence[ScenarioStep]) -> list[int]:
    """The tension at the start and after each turn."""
    return [first, *(step.tension_after for step in steps)]


# --- the page of the step: your part, before it begins -------------------------------------------------------------


@dataclass(frozen=True)
class Intro:
    """open_run: to go on with. decision: whether a new run that counts may start; None where the next one is practice.
    turns: of the open run so far, in the words it is played in, where this language has them. open_turn: the number of
    the one that comes next. runs: those finished, newest first."""

    script: Script
    decision: policy.Decision | None
    open_run: ScenarioRun | None
    turns: list[Turn]
    open_turn: int
    runs: list[ScenarioRun]

    @property
    def is_passed(self) -> bool:
        """In this round: who was asked to do it once more has passed nothing yet."""
        return self.decision is None or self.decision.state == policy.PASSED

    @property
    def may_start(self) -> bool:
        return self.decision is None or self.decision.may_start

    @property
    def may_begin_anew(self) -> bool:
        """Practice is open, and an attempt that counts could begin instead."""
        is_practice = self.open_run is not None and self.open_run.is_practice
        return is_practice and self.decision is not None and self.decision.may_start

    @property
    def why_not(self) -> str:
        return decision_text(self.decision) if self.decision else ""


def intro(enrolment: Enrolment, shown: Shown, now: datetime) -> Intro:
    runs = list(runs_of(enrolment, shown.version.step_key))
    open_run = next((run for run in runs if run.is_open), None)
    script = Script(shown.content["body"])
    path = open_run.path() if open_run else []
    told = shown_in(open_run.version, shown.language, open_run.started_at, open_run.wordings) if open_run else shown
    is_done = StepCompletion.objects.current().filter(enrolment=enrolment, step_key=shown.version.step_key).exists()
    return Intro(
        script=script,
        decision=None if is_done else decision(enrolment, shown.version.step_key, script.body, now),
        open_run=open_run,
        turns=turns(Script(told.content["body"]), path) if told.language == shown.language else [],
        open_turn=len(path) + 1,
        runs=[run for run in runs if run.state == RunState.FINISHED],
    )


def runs_of(enrolment: Enrolment, step_key: UUID) -> Iterable[ScenarioRun]:
    runs = ScenarioRun.objects.open_for(enrolment.person).filter(enrolment=enrolment, step_key=step_key)
    return runs.order_by("-number")


# --- a scene -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """Where a run stands, for the screen. options: texts in the order shown; the form sends back their numbers.

    number: of the turn; seq: of the step that comes next, more than the turn where somebody went back.
    idem: a key for this showing of the form, so that the same click never counts twice.
    """

    run: ScenarioRun
    shown: Shown
    number: int
    seq: int
    speaker: str
    has_face: bool
    mood: str
    scene: str
    say: str
    options: list[str]
    levels: list[int]
    shows_meter: bool
    last: Turn | None
    coaching: str
    history: list[Turn]
    idem: UUID = field(default_factory=uuid4)

    @cached_property
    def customer(self) -> dict[str, str]:
        return self.shown.content["body"]["customer"]

    @cached_property
    def setting(self) -> str:
        return self.shown.content["body"]["setting"]


def scene(run: ScenarioRun, language: str) -> Scene:
    """The scene an open run stands at."""
    shown = shown_in(run.version, language, run.started_at, run.wordings)
    script, path = Script(shown.content["body"]), run.path()
    history, node = turns(script, path), script.nodes[run.node_key]
    coached = script.body["feedback"] == IMMEDIATE and run.number == 1 and path
    return Scene(
        run=run,
        shown=shown,
        number=len(path) + 1,
        seq=run.step_count + 1,
        speaker=script.speaker(run.node_key),
        has_face=node["speaker"] == "customer",
        mood=node["emotion"],
        scene=node["scene"],
        say=node["say"],
        options=[script.choice(run.node_key, key)["text"] for key in shown_keys(run)],
        levels=_levels(script.body["tension"]["start"], path),
        shows_meter=script.body["meter"] == ALWAYS,
        last=history[-1] if history else None,
        coaching=script.choice(path[-1].node_key, path[-1].choice_key)["coaching"] if coached else "",
        history=history,
    )


def shown_keys(run: ScenarioRun) -> list[str]:
    """The keys of what an open run offers now, in the order shown."""
    return [choice.key for choice in engine.shown(run.scenario, run.position, seed=run.seed)]


def chosen_key(run: ScenarioRun, seq: int, number: int) -> str:
    """The key of choice `number` as it was shown in turn `seq`; "" where there is none. Pages carry numbers only:
    an author's keys ("excuse", "listen") would give away what a choice is worth."""
    if seq == run.step_count + 1 and run.is_open:
        keys = shown_keys(run)
    else:
        keys = run.steps.filter(seq=seq).values_list("offered", flat=True).first() or []
    return keys[number - 1] if 1 <= number <= len(keys) else ""


# --- the transcript ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A turn as it was taken, or where somebody went back to: the number of the turn before which it went on."""

    turn: Turn | None
    back_to: int = 0


@dataclass(frozen=True)
class Transcript:
    """All of a finished run, what was taken back in practice too. ending: what happened at its end."""

    run: ScenarioRun
    shown: Shown
    lines: list[Line]
    ending: str


def transcript(run: ScenarioRun, language: str) -> Transcript:
    shown = shown_in(run.version, language, run.started_at, run.wordings)
    script = Script(shown.content["body"])
    standing: list[int] = []
    lines: list[Line] = []
    for step in run.steps.all():
        if step.rewound_to is not None:
            standing = [seq for seq in standing if seq <= step.rewound_to]
            lines.append(Line(None, len(standing) + 1))
        else:
            standing.append(step.seq)
            lines.append(Line(turn(script, len(standing), step)))
    return Transcript(run, shown, lines, script.endings[run.ending_key]["text"])
