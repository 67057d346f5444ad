"""How a scenario is played, as L&D sees it: which sentences people choose, where that leads, where they leave. Nobody's
name, and nothing of fewer than five people."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext

from assessments import privacy, selecting
from assessments.privacy import PEOPLE_AT_LEAST
from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.models.records import Mode, ScenarioRunQuerySet, scenario_of, ways_of
from assessments.scenarios.reports import tallies
from assessments.scenarios.reports.tallies import Decision, Improvement
from assessments.scenarios.rules import engine, layout, shares
from assessments.scenarios.rules.graph import TENSION_MAX, Choice, Scenario
from assessments.scenarios.rules.plan import WIDTH, plan
from assessments.scenarios.script import Script
from assessments.selecting import FIRST, Selection, Structure, language_name
from courses import versions
from courses.models import StepVersion

PERCENTILES = (10, 25, 50, 75, 90)
WIDEST = 16  # of a way on the map, that everybody took
BAD = frozenset({"bad", "stopped"})


# --- which scenarios, which versions -------------------------------------------------------------------------------
@dataclass(frozen=True)
class ScenarioRow:
    """language: of title and module."""

    step_key: UUID
    title: str
    module: str
    attempts: int
    language: str


def scenarios(language: str) -> list[ScenarioRow]:
    """All that were ever published, by module and title."""
    counted = ScenarioRun.objects.filter(mode=Mode.GRADED).values_list("step_key").annotate(times=Count("pk"))
    counts = dict(counted.order_by())
    shown = selecting.published("scenario", language).items()
    rows = [ScenarioRow(key, one.title, one.module_title, counts.get(key, 0), one.language) for key, one in shown]
    return sorted(rows, key=lambda row: (row.module, row.title))


def structures(step_key: UUID) -> list[Structure]:
    """The versions somebody played."""
    return selecting.structures(ScenarioRun.objects.filter(step_key=step_key, mode=Mode.GRADED))


# --- which attempts ------------------------------------------------------------------------------------------------
def selected(step_key: UUID, selection: Selection) -> ScenarioRunQuerySet:
    """Attempts that count; practice never. First: nobody had played it before, in any version or cycle."""
    runs = ScenarioRun.objects.filter(step_key=step_key, mode=Mode.GRADED)
    runs = runs.filter(version__structure_sha256=selection.structure)
    if selection.attempts == FIRST:
        runs = runs.filter(pk__in=_first_of_each(step_key).values("pk"))
    runs = runs.filter(selecting.within("started_at", selection.since, selection.until))
    if selection.language:
        runs = runs.filter(version__language=selection.language)
    return runs


def _first_of_each(step_key: UUID) -> ScenarioRunQuerySet:
    """The very first run of each person, of whatever version."""
    turn = Window(RowNumber(), partition_by=F("enrolment__person"), order_by=[F("started_at").asc(), F("pk").asc()])
    return ScenarioRun.objects.filter(step_key=step_key).annotate(turn=turn).filter(turn=1).order_by()


# --- the page ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ChoiceRow:
    """share: percent of the times it was offered. bad_share: percent of those who took it and came to an end, to whom
    it went badly. weight: how much of all badness goes through it (share × bad_share), 0 to 100. by_language: the share
    in each of the page's languages, None where too few people were here, or too few others."""

    key: str
    text: str
    is_expert: bool
    times: int
    runs: int
    offered: int
    share: float | None
    bad: int
    bad_share: float | None
    by_language: list[float | None]
    words: list[str]

    @property
    def weight(self) -> float:
        return (self.share or 0.0) * (self.bad_share or 0.0) / 100


@dataclass(frozen=True)
class SceneRow:
    """arrived: how often somebody came here; stopped: how many stand here and have not gone on. typical, slow: seconds
    until half, and nine in ten, have decided. is_few: too few people were here to say anything; choices is empty."""

    number: int
    key: str
    text: str
    arrived: int
    stopped: int
    typical: int | None
    slow: int | None
    is_few: bool
    choices: list[ChoiceRow]

    @property
    def stopped_share(self) -> float:
        return 100 * self.stopped / self.arrived if self.arrived else 0.0


@dataclass(frozen=True)
class EndingRow:
    number: int
    key: str
    text: str
    outcome: str
    runs: int
    share: float


@dataclass(frozen=True)
class TurnRow:
    """tension: its percentiles after this turn, as PERCENTILES."""

    turn: int
    runs: int
    tension: list[int]


@dataclass(frozen=True)
class FlowSpot:
    number: int
    key: str
    x: int
    y: int
    kind: str
    runs: int | None  # None: too few

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


@dataclass(frozen=True)
class FlowWay:
    """width: of the line; runs: None where too few were at its beginning."""

    origin: str
    goal: str
    runs: int | None
    path: str
    width: float
    is_expert: bool


@dataclass(frozen=True)
class Flow:
    spots: list[FlowSpot]
    ways: list[FlowWay]
    width: int
    height: int


@dataclass(frozen=True)
class Analysis:
    """people: 0 with is_hidden, where they are too few. misleading: the scene and the choice that most often lead to a
    bad ending."""

    title: str
    selection: Selection
    people: int = 0
    is_hidden: bool = False
    finished: int = 0
    passed: float | None = None
    scenes: list[SceneRow] = field(default_factory=list)
    endings: list[EndingRow] = field(default_factory=list)
    turns: list[TurnRow] = field(default_factory=list)
    languages: list[tuple[str, int]] = field(default_factory=list)
    flow: Flow | None = None
    improvement: Improvement | None = None
    misleading: tuple[SceneRow, ChoiceRow] | None = None

    @property
    def words(self) -> list[tuple[SceneRow, ChoiceRow, str]]:
        """Everything that is said of a choice."""
        return [(scene, choice, text) for scene in self.scenes for choice in scene.choices for text in choice.words]

    @property
    def bands(self) -> list[tuple[int, list[int]]]:
        return [(row.turn, row.tension) for row in self.turns]


def analysis(step_key: UUID, selection: Selection, language: str) -> Analysis:
    """selection.structure must be one that `structures` gave, or "" where there is none yet."""
    version = selecting.newest(step_key, language, selection.structure)
    if version is None:
        return Analysis(selecting.title(step_key, language), selection)
    if selection.language:
        with tallies.held(selected(step_key, replace(selection, language=""))):
            people = tallies.people()
        if selection.language not in _beside(people):
            return Analysis(version.title, selection, is_hidden=selection.language in people)
    with tallies.held(selected(step_key, selection)):
        people = tallies.people()
        if people[""] < PEOPLE_AT_LEAST:
            return Analysis(version.title, selection, is_hidden=people[""] > 0)
        return Composing(version, selection, people).page()


def _beside(people: Mapping[str, int]) -> list[str]:
    """The languages whose figures may be told: one page has the sum of all of them."""
    return privacy.beside({name: count for name, count in people.items() if name})


class Composing:
    """The page of a selection, while the runs are held."""

    def __init__(self, version: StepVersion, selection: Selection, people: Mapping[str, int]) -> None:
        self.version, self.selection, self.people = version, selection, people
        self.scenario: Scenario = scenario_of(version.pk)
        self.script = Script(versions.content(version.pk)["body"])
        self.taken = tallies.decisions(self.scenario.fail_at)
        self.offered = tallies.offered()
        self.standings = tallies.standings()
        self.seconds = tallies.seconds()
        self.languages = _beside(people)
        self.has_one_run_each = sum(one.runs for one in self.standings) == people[""]
        self.bad = BAD - self.scenario.pass_outcomes
        self.enough = self._enough()
        self.numbers = {key: number for number, key in enumerate(layout.order(self.scenario), start=1)}
        expert = [name.partition(".") for name in self.scenario.expert_path]
        self.expert_choices = frozenset(self.scenario.expert_path)
        steps = [(node, choice) for node, _dot, choice in expert]
        self.expert_ways = frozenset(pairwise(engine.way(self.scenario, steps))) if steps else frozenset()

    def _enough(self) -> frozenset[tuple[str, str]]:
        """(language, scene) where at least five people decided; under "" in any language.

        Where each of them has one run, and took one choice, they were there, so mostly no second look is needed."""
        sure: set[tuple[str, str]] = set()
        unsure: set[str] = set()
        nodes = {one.node for one in self.taken}
        for language in ["", *self.languages]:
            for node in nodes:
                there = [one for one in self.taken if one.node == node and language in ("", one.language)]
                by_choice = Counter[str]()
                for one in there:
                    by_choice[one.choice] += one.runs
                if self.has_one_run_each and max(by_choice.values(), default=0) >= PEOPLE_AT_LEAST:
                    sure.add((language, node))
                elif sum(one.times for one in there) >= PEOPLE_AT_LEAST:
                    unsure.add(node)
        been = tallies.people_at(sorted(unsure))
        for node in unsure:
            counted = {language: been.get((language, node), 0) for language in self.people}
            sure |= {(language, node) for language, people in counted.items() if people >= PEOPLE_AT_LEAST}
        return frozenset(sure)

    def page(self) -> Analysis:
        scenes = [self._scene(key) for key in self.numbers if not self.scenario.is_ending(key)]
        rows = [(scene, choice) for scene in scenes for choice in scene.choices if choice.bad]
        outcomes = Counter[str]()
        for one in self.standings:
            outcomes[one.outcome] += one.runs
        finished = outcomes.total() - outcomes[""]
        return Analysis(
            title=self.version.title,
            selection=self.selection,
            people=self.people[""],
            finished=finished,
            passed=self._passed(finished),
            scenes=scenes,
            endings=[self._ending(key, finished) for key in self.numbers if self.scenario.is_ending(key)],
            turns=self._turns(),
            languages=[(name, self.people[name]) for name in self.languages],
            flow=self._flow(scenes),
            improvement=self._improvement(),
            misleading=max(rows, key=lambda row: (row[1].weight, row[1].bad), default=None),
        )

    def _passed(self, finished: int) -> float | None:
        """Percent of those that were finished."""
        return _percent(sum(one.passed for one in self.standings), finished)

    def _improvement(self) -> Improvement | None:
        found = tallies.improvement() if self.selection.attempts == FIRST else None
        return found if found and found.people >= PEOPLE_AT_LEAST else None

    # scenes
    def _scene(self, key: str) -> SceneRow:
        here = [one for one in self.taken if one.node == key]
        stopped = sum(one.runs for one in self.standings if one.node == key)
        is_few = ("", key) not in self.enough
        lasted = self.seconds.get(key)
        times = shares.percentiles(lasted, (50, 90)) if lasted and not is_few else (None, None)
        node, languages = self.scenario.node(key), self._languages_at(key, here)
        return SceneRow(
            number=self.numbers[key],
            key=key,
            text=node.text,
            arrived=0 if is_few else sum(one.times for one in here) + stopped,
            stopped=0 if is_few else stopped,
            typical=times[0],
            slow=times[1],
            is_few=is_few,
            choices=[] if is_few else [self._choice(key, choice, here, languages) for choice in node.choices],
        )

    def _languages_at(self, node: str, here: list[Decision]) -> list[str]:
        """Those that may stand beside the sum of this scene: where others decided here too, there are enough of them
        to tell nobody's choice by the difference."""
        told = [name for name in self.languages if (name, node) in self.enough]
        rest = Counter[str]()
        for one in here:
            if one.language not in told:
                rest[one.choice] += one.runs
        is_told = not rest or (self.has_one_run_each and max(rest.values()) >= PEOPLE_AT_LEAST)
        return told if is_told else []

    def _choice(self, node: str, choice: Choice, here: list[Decision], languages: list[str]) -> ChoiceRow:
        taken = [one for one in here if one.choice == choice.key]
        times, offered = sum(one.times for one in taken), self._offers(node, choice.key)
        ended = sum(one.runs for one in taken if one.outcome)
        bad = sum(one.runs for one in taken if one.outcome in self.bad)
        by_language = {
            language: (
                sum(one.times for one in taken if one.language == language),
                self.offered.get((language, node, choice.key), 0),
            )
            for language in languages
        }
        return ChoiceRow(
            key=choice.key,
            text=choice.text,
            is_expert=f"{node}.{choice.key}" in self.expert_choices,
            times=times,
            runs=sum(one.runs for one in taken),
            offered=offered,
            share=_percent(times, offered),
            bad=bad,
            bad_share=_percent(bad, ended),
            by_language=[_percent(*by_language[name]) if name in by_language else None for name in self.languages],
            words=list(_said(times, offered, by_language)),
        )

    def _turns(self) -> list[TurnRow]:
        """Only turns that enough people took."""
        tensions = tallies.tensions()
        people = {turn: sum(counts.values()) for turn, counts in tensions.items()}
        if not self.has_one_run_each:
            people = tallies.people_by_turn()
        return [
            TurnRow(turn, sum(counts.values()), shares.percentiles(counts, PERCENTILES))
            for turn, counts in sorted(tensions.items())
            if people[turn] >= PEOPLE_AT_LEAST
        ]

    def _offers(self, node: str, choice: str) -> int:
        return sum(times for (_language, *where), times in self.offered.items() if where == [node, choice])

    def _ending(self, key: str, finished: int) -> EndingRow:
        runs = sum(one.runs for one in self.standings if one.node == key)
        ending = self.script.endings[key]
        return EndingRow(
            self.numbers[key], key, ending["text"], ending["outcome"], runs, 100 * runs / finished if finished else 0.0
        )

    # the map
    def _flow(self, scenes: list[SceneRow]) -> Flow:
        drawn = plan(self.scenario)
        runs = self._runs_by_way()
        most = max(runs.values(), default=0) or 1
        arrived = {scene.key: scene.arrived for scene in scenes} | {
            ending.key: sum(one.runs for one in self.standings if one.node == ending.key)
            for ending in self.scenario.endings
        }
        ways = []
        for way, count in sorted(runs.items(), key=lambda item: (item[1], item[0])):
            shown = count if ("", way[0]) in self.enough else None
            width = round(1 + (WIDEST - 1) * (shown or 0) / most, 1)
            ways.append(FlowWay(*way, shown, drawn.line(*way).path, width, way in self.expert_ways))
        spots = [self._spot(key, drawn.corner(key), arrived[key]) for key in drawn.at]
        return Flow(spots, ways, drawn.width, drawn.height)

    def _runs_by_way(self) -> Counter[tuple[str, str]]:
        """{(scene, where a choice led): runs}, each once a choice; 0 for ways that nobody went."""
        found = Counter(dict.fromkeys(ways_of(self.version.pk), 0))
        for one in self.taken:
            choice = self.scenario.choice(one.node, one.choice)
            found[one.node, choice.to] += one.onward
            if one.over:
                found[one.node, engine.target(self.scenario, choice, TENSION_MAX)] += one.over
        return found

    def _spot(self, key: str, corner: tuple[int, int], arrived: int) -> FlowSpot:
        is_ending = self.scenario.is_ending(key)
        kind = self.script.endings[key]["outcome"] if is_ending else "scene"
        is_shown = is_ending or ("", key) in self.enough
        return FlowSpot(self.numbers[key], key, *corner, kind=kind, runs=arrived if is_shown else None)


def _percent(part: int, whole: int) -> float | None:
    found = shares.share(part, whole)
    return None if found is None else float(100 * found)


def _said(times: int, offered: int, by_language: Mapping[str, tuple[int, int]]) -> Iterable[str]:
    if shares.is_dead(times, offered):
        yield gettext("Dead choice: fewer than 2 in 100 take it. Nobody is tempted; make it likelier, or take it out.")
    if shares.is_no_choice(times, offered):
        yield gettext("No choice: more than 95 in 100 take it. Nothing is decided here.")
    if far := shares.apart(by_language):
        most, least = far
        values = {
            "most": language_name(most),
            "high": round(100 * Fraction(*by_language[most])),
            "least": language_name(least),
            "low": round(100 * Fraction(*by_language[least])),
        }
        yield (
            gettext("%(most)s: %(high)s%% take it; %(least)s: %(low)s%%. Does the translation say the same?") % values
        )
