"""What the screens of a scenario show, as plain data. Nothing of a place that was not reached, and nothing of coaching
or quality before the debrief, is ever in a Scene."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from assessments import policy
from assessments.scenarios.models import ScenarioRun, ScenarioStep
from assessments.scenarios.models.pages import ALWAYS, IMMEDIATE
from assessments.scenarios.models.records import Mode, RunState, decision, scenario_of, tries
from assessments.scenarios.rules import engine
from assessments.scenarios.rules.graph import Scenario, best, rank
from assessments.words import decision_text
from courses import versions
from courses.kinds import READY, Place, Standing
from courses.models import Enrolment, Publication, SourcePoint, StepCompletion
from courses.reports import Shown, shown_in

OUTCOME_ORDER = ("good", "partial", "stopped", "bad")


class Script:
    """The texts of a scenario in one language, looked up by key."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body
        self.nodes = {node["key"]: node for node in body["nodes"]}
        self.endings = {ending["key"]: ending for ending in body["endings"]}

    def choice(self, node: str, choice: str) -> dict[str, Any]:
        return next(option for option in self.nodes[node]["choices"] if option["key"] == choice)

    def speaker(self, node: str) -> str:
        """Who speaks there, as a name; "" for the narrator."""
        who = self.nodes[node]["speaker"]
        if who == "customer":
            return self.body["customer"]["name"]
        return {"colleague": gettext("Colleague"), "manager": gettext("Manager")}.get(who, "")


@dataclass(frozen=True)
class Turn:
    """What happened in one turn: what was met, what the learner chose, what came of it."""

    number: int
    speaker: str
    scene: str
    say: str
    chosen: str
    consequence: str


def _turns(script: Script, steps: Iterable[ScenarioStep]) -> list[Turn]:
    turns = []
    for step in steps:
        node, chosen = script.nodes[step.node_key], script.choice(step.node_key, step.choice_key)
        speaker = script.speaker(step.node_key)
        turns.append(Turn(step.seq, speaker, node["scene"], node["say"], chosen["text"], chosen["consequence"]))
    return turns


def _levels(first: int, steps: Sequence[ScenarioStep]) -> list[int]:
    """The tension at the start and after each turn."""
    return [first, *(step.tension_after for step in steps)]


# --- the page of the step: your part, before it begins -------------------------------------------------------------


@dataclass(frozen=True)
class Intro:
    """open_run: to go on with. decision: whether a new run that counts may start; None where the next one is practice.
    runs: those finished, newest first."""

    script: Script
    decision: policy.Decision | None
    open_run: ScenarioRun | None
    last_turn: Turn | None
    runs: list[ScenarioRun]

    @property
    def is_passed(self) -> bool:
        """In this round: who was asked to do it once more has passed nothing yet."""
        return self.decision is None or self.decision.state == policy.PASSED

    @property
    def may_start(self) -> bool:
        return self.decision is None or self.decision.may_start

    @property
    def why_not(self) -> str:
        return decision_text(self.decision) if self.decision else ""


def intro(enrolment: Enrolment, shown: Shown, now: datetime) -> Intro:
    runs = list(_runs(enrolment, shown.version.step_key))
    open_run = next((run for run in runs if run.is_open), None)
    script = Script(shown.content["body"])
    last_turn = None
    if open_run and open_run.version.structure_sha256 == shown.version.structure_sha256:
        last_turn = next(iter(_turns(script, open_run.steps.order_by("-seq")[:1])), None)
    is_done = StepCompletion.objects.current().filter(enrolment=enrolment, step_key=shown.version.step_key).exists()
    return Intro(
        script=script,
        decision=None if is_done else decision(enrolment, shown.version.step_key, script.body, now),
        open_run=open_run,
        last_turn=last_turn,
        runs=[run for run in runs if run.state == RunState.FINISHED],
    )


def _runs(enrolment: Enrolment, step_key: UUID) -> Iterable[ScenarioRun]:
    runs = ScenarioRun.objects.open_for(enrolment.person).filter(enrolment=enrolment, step_key=step_key)
    return runs.order_by("-number")


# --- a scene -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """Where a run stands, for the screen. options: texts in the order shown; the form sends back their numbers.

    idem: a key for this showing of the form, so that the same click never counts twice.
    """

    run: ScenarioRun
    shown: Shown
    number: int
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
    shown = shown_in(run.version, language)
    script, steps = Script(shown.content["body"]), list(run.steps.all())
    history, node = _turns(script, steps), script.nodes[run.node_key]
    coached = script.body["feedback"] == IMMEDIATE and run.number == 1 and steps
    return Scene(
        run=run,
        shown=shown,
        number=run.step_count + 1,
        speaker=script.speaker(run.node_key),
        has_face=node["speaker"] == "customer",
        mood=node["emotion"],
        scene=node["scene"],
        say=node["say"],
        options=[script.choice(run.node_key, key)["text"] for key in shown_keys(run)],
        levels=_levels(script.body["tension"]["start"], steps),
        shows_meter=script.body["meter"] == ALWAYS,
        last=history[-1] if history else None,
        coaching=script.choice(steps[-1].node_key, steps[-1].choice_key)["coaching"] if coached else "",
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


# --- the debrief ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lesson:
    """A lesson that teaches what a turn was about."""

    title: str
    language: str
    url: str


@dataclass(frozen=True)
class DebriefTurn:
    """effect: "helped", "harder" or "neutral". better: what would have helped more, "" where nothing was."""

    turn: Turn
    tension: int
    effect: str
    coaching: str
    better: str
    lesson: Lesson | None
    sources: list[str]


@dataclass(frozen=True)
class Question:
    number: int
    text: str
    answer: str


@dataclass(frozen=True)
class Debrief:
    """before: tension at the start; levels: after each turn. best: the best finished run, None when it is this one.
    worst: number of the turn in which the tension rose most, 0 where it never rose."""

    run: ScenarioRun
    shown: Shown
    outcome: str
    text: str
    debrief: str
    questions: list[Question]
    before: int
    levels: list[int]
    turns: list[DebriefTurn]
    skills: list[str]
    best: ScenarioRun | None
    runs: int
    may_try: bool
    why_not: str
    worst: int

    @property
    def title(self) -> str:
        return outcome_title(self.outcome)

    @property
    def fell_short(self) -> bool:
        """The ending passes; too few points were gained on the way there."""
        return not self.run.passed and self.outcome in self.shown.content["body"]["pass"]["outcomes"]

    @property
    def best_title(self) -> str:
        return outcome_title(self.best.outcome) if self.best else ""


def outcome_title(outcome: str) -> str:
    """How it ended, as a heading: what happened, never a mark."""
    return {
        "good": gettext("A good ending"),
        "partial": gettext("A partly good ending"),
        "bad": gettext("Not a good ending this time"),
        "stopped": gettext("Stopped for safety"),
    }[outcome]


def questions(run: ScenarioRun) -> int:
    """How many questions to think about the ending of a finished run has."""
    return len(Script(versions.content(run.version_id)["body"]).endings[run.ending_key]["reflection"])


def debrief(run: ScenarioRun, language: str, now: datetime, typed: dict[int, str]) -> Debrief:
    """All of a finished run, with what was kept back while it was played. typed: answers that could not be saved."""
    shown = shown_in(run.version, language)
    script, steps = Script(shown.content["body"]), list(run.steps.all())
    ending = script.endings[run.ending_key]
    answers = dict(run.reflections.values_list("question", "text")) | typed
    finished = [other for other in _runs(run.enrolment, run.step_key) if other.state == RunState.FINISHED]
    top = max(finished, key=_merit)
    verdict = (
        None if run.mode == Mode.PRACTICE or run.passed else decision(run.enrolment, run.step_key, script.body, now)
    )
    rises = [(step.tension_after - step.tension_before, -step.seq) for step in steps]
    steepest = max(rises, default=(0, 0))
    return Debrief(
        run=run,
        shown=shown,
        outcome=run.outcome,
        text=ending["text"],
        debrief=ending["debrief"],
        questions=[Question(n, text, answers.get(n, "")) for n, text in enumerate(ending["reflection"])],
        before=script.body["tension"]["start"],
        levels=[step.tension_after for step in steps],
        turns=_debrief_turns(run, script, steps, language),
        skills=_practised(script, steps),
        best=None if top.pk == run.pk else top,
        runs=len(finished),
        may_try=verdict is None or verdict.may_start,
        why_not=decision_text(verdict) if verdict else "",
        worst=-steepest[1] if steepest[0] > 0 else 0,
    )


def _merit(run: ScenarioRun) -> tuple:
    """Better runs are greater; of equals the shorter, then the later."""
    return (bool(run.passed), -OUTCOME_ORDER.index(run.outcome), run.score, -run.step_count, run.number)


def _debrief_turns(run: ScenarioRun, script: Script, steps: list[ScenarioStep], language: str) -> list[DebriefTurn]:
    chosen = [script.choice(step.node_key, step.choice_key) for step in steps]
    points = {point for choice in chosen for point in choice["points"]}
    lessons, sources = _lessons(run.enrolment, language), _sources(run.enrolment, points)
    return [
        DebriefTurn(
            turn=turn,
            tension=step.tension_after,
            effect=_effect(step),
            coaching=choice["coaching"],
            better=_better(run, script, step),
            lesson=_closest(lessons, choice["points"]),
            sources=list(dict.fromkeys(sources[point] for point in choice["points"] if point in sources)),
        )
        for turn, step, choice in zip(_turns(script, steps), steps, chosen, strict=True)
    ]


def _effect(step: ScenarioStep) -> str:
    if step.tension_after == step.tension_before:
        return "neutral"
    return "helped" if step.tension_after < step.tension_before else "harder"


def _better(run: ScenarioRun, script: Script, step: ScenarioStep) -> str:
    """The text of the best choice that was offered then, where it is better than the one taken."""
    choices = {choice.key: choice for choice in run.scenario.node(step.node_key).choices}
    top = best([choices[key] for key in step.offered])
    if top is None or rank(top.quality) >= rank(choices[step.choice_key].quality):
        return ""
    return script.choice(step.node_key, top.key)["text"]


def _practised(script: Script, steps: list[ScenarioStep]) -> list[str]:
    """The names of the skills that the turns of this run were about."""
    used = {script.choice(step.node_key, step.choice_key)["skill"] for step in steps}
    return [skill["text"] for skill in script.body["skills"] if skill["key"] in used]


def _lessons(enrolment: Enrolment, language: str) -> list[tuple[set[str], Lesson]]:
    """(source points, lesson) of every lesson of this person's course, in its order."""
    pinned = [step for step in enrolment.course_version.steps if step.kind == "lesson"]
    newest = Publication.objects.newest([step.key for step in pinned], [step.structure for step in pinned])
    by_step: dict[str, dict[str, Any]] = {}
    for published in newest.values("step_key", "language", "version__title", "version__content__points"):
        by_step.setdefault(str(published["step_key"]), {})[published["language"]] = dict(published)
    found = []
    for step in pinned:
        rows = by_step[step.key]
        shown: Any = rows.get(language) or rows.get(settings.LANGUAGE_CODE) or next(iter(rows.values()))
        url = reverse("step", args=[enrolment.key, step.key])
        found.append((set(shown["version__content__points"]), Lesson(shown["version__title"], shown["language"], url)))
    return found


def _closest(lessons: list[tuple[set[str], Lesson]], points: list[str]) -> Lesson | None:
    """The lesson that teaches most of these points; of equals the first."""
    shared, lesson = max(
        ((len(taught & set(points)), lesson) for taught, lesson in lessons), key=_first, default=(0, None)
    )
    return lesson if shared else None


def _first(pair: tuple[int, Any]) -> int:
    return pair[0]


def _sources(enrolment: Enrolment, points: set[str]) -> dict[str, str]:
    """{source point: its article and section}"""
    rows = SourcePoint.objects.filter(course_key=enrolment.course_key, code__in=points).select_related("article")
    return {row.code: f"{row.article.title}: {row.section}" for row in rows}


# --- proof ---------------------------------------------------------------------------------------------------------


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


# --- how somebody stands, on other people's screens ----------------------------------------------------------------


def standing(
    enrolments: Iterable[Enrolment], extra: Mapping[Place, int], asked_again: Mapping[Place, datetime]
) -> dict[Place, Standing]:
    """How each enrolment stands in each scenario it has tried, in one query."""
    names = ("enrolment_id", "step_key", "key", "mode", "state", "started_at", "finished_at", "passed", "step_count")
    rows = (
        ScenarioRun.objects.filter(enrolment__in=list(enrolments))
        .exclude(state__in=[RunState.ABANDONED, RunState.SUPERSEDED])
        .order_by("number")
        .values(*names, *RULES.values())
    )
    tried: dict[Place, list[dict]] = {}
    for row in rows:
        place = row["enrolment_id"], str(row["step_key"])
        again = asked_again.get(place)
        if row["state"] == RunState.IN_PROGRESS or again is None or row["started_at"] >= again:
            tried.setdefault(place, []).append(row)
    now = timezone.now()
    return {place: _standing(runs, extra.get(place, 0), now) for place, runs in tried.items()}


RULES = {"attempts": "version__content__body__attempts", "waits": "version__content__body__waits"}


def _standing(runs: list[dict], extra: int, now: datetime) -> Standing:
    last = runs[-1]
    if last["state"] == RunState.IN_PROGRESS:
        text = gettext("You stopped at turn %(number)s") % {"number": last["step_count"] + 1}
        return Standing("open", url=reverse("run", args=[last["key"]]), text=text)
    if any(row["passed"] for row in runs):
        return READY
    verdict = policy.decide(
        tries({name: last[column] for name, column in RULES.items()}),
        taken=sum(row["mode"] == Mode.GRADED for row in runs),
        extra=extra,
        last_ended_at=last["finished_at"],
        now=now,
    )
    return Standing(verdict.state, text=decision_text(verdict), until=verdict.until)
