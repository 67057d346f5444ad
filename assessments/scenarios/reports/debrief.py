"""The debrief of a finished run: what each turn did, what would have helped, the way beside an expert's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext

from assessments import policy
from assessments.scenarios.models import ReflectionAnswer, ScenarioRun, ScenarioStep
from assessments.scenarios.models.records import RunState, decision
from assessments.scenarios.reports.journey import Journey, journey
from assessments.scenarios.reports.playing import Turn, runs_of, turns
from assessments.scenarios.reports.spacing import Ahead, ahead
from assessments.scenarios.rules.graph import QUALITIES, best, rank
from assessments.scenarios.script import Script
from assessments.words import decision_text
from courses import versions
from courses.models import Enrolment, SourcePoint, StepCompletion
from courses.reports import Shown, in_language, shown_in, step_address
from people.models import User

OUTCOME_ORDER = ("good", "partial", "stopped", "bad")
HELPFUL = QUALITIES[:2]  # best and ok


@dataclass(frozen=True)
class Lesson:
    """A lesson that teaches what a turn was about."""

    title: str
    language: str
    url: str


@dataclass(frozen=True)
class Source:
    """cited: article, section and language; url: where a lesson says that it goes back to it, "" where none does."""

    cited: dict[str, str]
    url: str


@dataclass(frozen=True)
class DebriefTurn:
    """effect: as `_effect` says. better: what would have helped more, "" where nothing was."""

    turn: Turn
    tension: int
    effect: str
    coaching: str
    better: str
    lesson: Lesson | None
    sources: list[Source]


@dataclass(frozen=True)
class Question:
    number: int
    text: str
    answer: str


@dataclass(frozen=True)
class Debrief:
    """before: tension at the start; levels: after each turn. best: the best finished run, None when it is this one.
    worst: number of the turn in which the tension rose most, 0 where it never rose. turned: of the one from which to
    try again, 0 where nothing better could have been said. has_thought: the questions were answered or skipped, so that
    everything else may be shown. is_done: the step is finished, by this run or another one. ahead: what is offered
    later to practise the same, after an attempt that counts and passed."""

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
    turned: int
    has_thought: bool
    is_done: bool
    journey: Journey
    ahead: Ahead | None

    @property
    def title(self) -> str:
        return outcome_title(self.outcome)

    @property
    def last(self) -> Turn:
        """The turn that ended it: what came of it is told at once, as after every other turn."""
        return self.turns[-1].turn

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


def notes_told(person: User) -> list[dict[str, Any]]:
    """All that somebody wrote under the endings of their runs, for a copy of their data."""
    rows = ReflectionAnswer.objects.open_for(person).order_by("pk").values_list("run__key", "question", "text", "at")
    return [
        {"run": str(run), "question": question, "text": text, "at": at.isoformat()} for run, question, text, at in rows
    ]


def debrief(run: ScenarioRun, language: str, now: datetime, typed: Mapping[int, str]) -> Debrief:
    """All of a finished run, with what was kept back while it was played. typed: answers that could not be saved."""
    shown = shown_in(run.version, language, run.started_at, run.wordings)
    script, path = Script(shown.content["body"]), run.path()
    ending = script.endings[run.ending_key]
    kept = dict(run.reflections.values_list("question", "text"))
    answers = {**kept, **typed}
    runs = list(runs_of(run.enrolment, run.step_key))
    finished = [other for other in runs if other.state == RunState.FINISHED]
    top = max(finished, key=_merit)
    is_done = _is_done(run)
    verdict = None if is_done else decision(run.enrolment, run.step_key, script.body, now)
    rises = [(_rise(step), -number) for number, step in enumerate(path, start=1)]
    steepest = max(rises, default=(0, 0))
    worst = -steepest[1] if steepest[0] > 0 else 0
    told = _debrief_turns(run, script, path, language)
    has_thought = bool(kept) or not ending["reflection"]
    return Debrief(
        run=run,
        shown=shown,
        outcome=run.outcome,
        text=ending["text"],
        debrief=ending["debrief"],
        questions=[Question(n, text, answers.get(n, "")) for n, text in enumerate(ending["reflection"])],
        before=script.body["tension"]["start"],
        levels=[step.tension_after for step in path],
        turns=told,
        skills=_practised(script, path),
        best=None if top.pk == run.pk else top,
        runs=len(finished),
        may_try=verdict is None or verdict.may_start,
        why_not=decision_text(verdict) if verdict else "",
        worst=worst,
        turned=_turned(told, path),
        has_thought=has_thought,
        is_done=is_done,
        journey=journey(run, script, path, names=None if _is_over(verdict, runs) else _met(runs)),
        ahead=ahead(run, timezone.localdate(now)) if has_thought and run.passed and not run.is_practice else None,
    )


def _rise(step: ScenarioStep) -> int:
    return step.tension_after - step.tension_before


def _turned(told: list[DebriefTurn], path: list[ScenarioStep]) -> int:
    """Of the turns in which something better was offered, the one in which the tension rose most, else the first.

    From a turn in which the best was said already one would only say it again."""
    rows = zip(told, path, strict=True)
    rises = [(max(0, _rise(step)), -row.turn.number) for row, step in rows if row.better]
    return -max(rises, default=(0, 0))[1]


def _is_done(run: ScenarioRun) -> bool:
    if run.passed and not run.is_practice:
        return True
    completed = StepCompletion.objects.current().filter(enrolment=run.enrolment, step_key=run.step_key)
    return completed.exists()


def _is_over(verdict: policy.Decision | None, runs: list[ScenarioRun]) -> bool:
    """Nothing is left to be found out in an attempt that counts: none is open, and none follows."""
    if any(run.is_open and not run.is_practice for run in runs):
        return False
    return verdict is None or verdict.state == policy.USED_UP


def _met(runs: list[ScenarioRun]) -> frozenset[str]:
    """The places that somebody has been to in these runs, on ways they went back from, too."""
    scenes = ScenarioStep.objects.filter(run__in=runs).values_list("node_key", flat=True).distinct().order_by()
    return frozenset(scenes) | {run.node_key for run in runs}


def _merit(run: ScenarioRun) -> tuple:
    """Better runs are greater; of equals the shorter, then the later."""
    return (bool(run.passed), -OUTCOME_ORDER.index(run.outcome), run.score, -run.step_count, run.number)


def _debrief_turns(run: ScenarioRun, script: Script, steps: list[ScenarioStep], language: str) -> list[DebriefTurn]:
    """steps: those that stand."""
    chosen = [script.choice(step.node_key, step.choice_key) for step in steps]
    points = {point for choice in chosen for point in choice["points"]}
    lessons, sources = _lessons(run.enrolment, language), _sources(run.enrolment, points)
    return [
        DebriefTurn(
            turn=turn,
            tension=step.tension_after,
            effect=_effect(step, choice["quality"]),
            coaching=choice["coaching"],
            better=_better(run, script, step),
            lesson=_closest(lessons, choice["points"]),
            sources=_cited(lessons, sources, choice["points"]),
        )
        for turn, step, choice in zip(turns(script, steps), steps, chosen, strict=True)
    ]


def _effect(step: ScenarioStep, quality: str) -> str:
    """What a choice did to the tension. Giving in calms, owning up costs a little calm: neither is praised or blamed
    for what it does in that moment only."""
    if step.tension_after == step.tension_before:
        return "neutral"
    if step.tension_after < step.tension_before:
        return "helped" if quality in HELPFUL else "calmer"
    return "tenser" if quality == QUALITIES[0] else "harder"


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


TAUGHT: versions.Fact[frozenset[str]] = versions.Fact("points", made=frozenset)


def _lessons(enrolment: Enrolment, language: str) -> list[tuple[frozenset[str], Lesson]]:
    """(source points, lesson) of every lesson of this person's course, in its order."""
    pinned = [step for step in enrolment.course_version.steps if step.kind == "lesson"]
    texts = versions.texts([enrolment.course_version])[enrolment.course_version_id]
    shown = [in_language(texts[step.key, step.structure], language) for step in pinned]
    taught, address = TAUGHT.of({version.pk for version in shown}), step_address(enrolment)
    return [
        (taught[version.pk], Lesson(version.title, version.language, address(str(version.step_key))))
        for version in shown
    ]


def _closest(lessons: list[tuple[frozenset[str], Lesson]], points: list[str]) -> Lesson | None:
    """The lesson that teaches most of these points; of equals the first."""
    shared, lesson = max(
        ((len(taught & set(points)), lesson) for taught, lesson in lessons), key=_first, default=(0, None)
    )
    return lesson if shared else None


def _first(pair: tuple[int, Any]) -> int:
    return pair[0]


def _cited(
    lessons: list[tuple[frozenset[str], Lesson]], sources: dict[str, dict[str, str]], points: list[str]
) -> list[Source]:
    """Each article and section once, with the lesson that teaches the point it was taken from."""
    found: dict[tuple, Source] = {}
    for point in points:
        if cited := sources.get(point):
            lesson = _closest(lessons, [point])
            found.setdefault(tuple(cited.values()), Source(cited, f"{lesson.url}#sources" if lesson else ""))
    return list(found.values())


def _sources(enrolment: Enrolment, points: set[str]) -> dict[str, dict[str, str]]:
    """{source point: its article and section}"""
    rows = SourcePoint.objects.filter(course_key=enrolment.course_key, code__in=points).select_related("article")
    return {row.code: row.cited() for row in rows}
