"""The author's desk beside the scenes: map, problems, figures and outline of a draft as it is typed, half-finished or
not. Reads a ScenarioPage (`page`), changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from assessments.scenarios import messages
from assessments.scenarios.blocks import text
from assessments.scenarios.rules import checker
from assessments.scenarios.rules.exploration import explore
from assessments.scenarios.rules.figures import LONG_MINUTES, Figures, Ways, figures, minutes, reading
from assessments.scenarios.rules.graph import Ending, Node, Scenario, Step, from_content
from assessments.scenarios.rules.plan import HEIGHT, WIDTH, Plan, plan
from assessments.scenarios.rules.problem import ERROR, WARNING, Problem
from assessments.scenarios.rules.scores import Range

STATES_WHILE_EDITING = 20_000
SHOWN = 17  # signs of a key on the map
PAGE_FIELDS = {  # code → field of the page, where no scene is at fault
    "start-missing": "start_key",
    "fail-target-missing": "fail_to",
    "fail-at-out-of-range": "fail_at",
    "starts-failed": "fail_at",
    "fail-never": "fail_at",
    "fail-always": "fail_at",
    "tension-out-of-range": "tension_start",
    "pass-outcome-missing": "pass_outcomes",
    "pass-ending-unreachable": "pass_outcomes",
    "pass-impossible": "pass_min_score",
    "pass-score-odd": "pass_min_score",
    "attempts-odd": "attempts_allowed",
    "waits-odd": "waits",
    "minutes-odd": "minutes",
    "miss-impossible": "pass_outcomes",
    "flag-never-set": "flags",
    "flag-never-read": "flags",
    "flags-many": "flags",
    "expert-missing": "expert_path",
    "expert-broken": "expert_path",
    "expert-unfinished": "expert_path",
    "expert-not-good": "expert_path",
    "look-missing": "customer_look",
}
TARGETS = ("target-missing", "start-missing", "fail-target-missing")
BLOCK_FIELDS = {  # code → field of the scene, choice or ending
    "target-missing": "to",
    "never-offered": "rules",
    "change-odd": "tension",
    "score-odd": "score",
    "condition-odd": "rules",
    "flag-unknown": "rules",
    "skill-unknown": "skill",
    "quality-unknown": "quality",
    "consequence-missing": "consequence",
    "coaching-missing": "coaching",
    "choice-without-text": "text",
    "ending-without-text": "text",
    "best-much-longer": "text",
    "scene-without-text": "say",
    "outcome-unknown": "outcome",
}


@dataclass(frozen=True)
class Line:
    """One problem: where it is (a link), in which field there, the key of the scene or ending that would mend it."""

    severity: str
    text: str
    href: str = ""
    field: str = ""
    creates: str = ""
    creates_ending: bool = False


@dataclass(frozen=True)
class Spot:
    """A place on the map, in the units of the drawing."""

    key: str
    href: str
    kind: str  # scene, good, partial, bad, stopped
    x: int
    y: int
    label: str
    tension: str
    worst: str  # "", warning, error
    name: str  # for those who hear the map

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


@dataclass(frozen=True)
class Way:
    path: str
    name: str
    is_back: bool = False
    missing: str = ""
    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class Row:
    """One line of the outline; `opens` a deeper list, or `closes` so many before it."""

    key: str
    href: str
    choice: str
    tension: str
    points: str  # with which an ending can be reached; "" for a scene
    is_ending: bool
    is_known: bool  # told further up, or missing
    is_missing: bool = False
    opens: bool = False
    closes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Desk:
    figures: Figures
    problems: list[Line]
    spots: list[Spot]
    ways: list[Way]
    rows: list[Row]
    last_closes: tuple[int, ...]
    width: int
    height: int
    reading: list[tuple[str, str]] = field(default_factory=list)  # language, minutes
    targets: list[tuple[str, str]] = field(default_factory=list)
    languages: list["Language"] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(line.severity == ERROR for line in self.problems)

    @property
    def warnings(self) -> int:
        return sum(line.severity == WARNING for line in self.problems)


@dataclass(frozen=True)
class Language:
    """Another language of the scenario, and whether its structure is the one of the source language."""

    code: str
    name: str
    lags: bool
    key: UUID  # of the page, with the code of the language


def desk(page: Any) -> Desk:
    scenario = page.scenario()
    anchors = Anchors(page)
    explored = explore(scenario, cap=STATES_WHILE_EDITING) if checker.begins(scenario) else None
    found = checker.problems(scenario, STATES_WHILE_EDITING, explored)
    ways = Ways(explored) if explored else None
    numbers = figures(explored, STATES_WHILE_EDITING, ways) if explored else Figures()
    drawn = plan(scenario)
    astray = explored.led_astray if explored else set()
    rows, last_closes = _outline(scenario, anchors, numbers, astray)
    others = page.other_languages()
    return Desk(
        figures=numbers,
        problems=[*_long(numbers), *(_line(problem, anchors) for problem in found)],
        spots=[_spot(scenario, key, drawn, anchors, numbers, found) for key in drawn.at],
        ways=list(_ways(scenario, drawn, astray)),
        rows=rows,
        last_closes=last_closes,
        width=drawn.width,
        height=drawn.height,
        reading=_reading(page, ways, numbers, others),
        targets=[(key, _first_words(place.text)) for key, place in scenario.places.items() if key],
        languages=_languages(page, others),
    )


class Anchors:
    """Where in the form each scene, ending and choice stands."""

    def __init__(self, page: Any) -> None:
        self.first: dict[tuple[str, str], str] = {}
        self.last: dict[tuple[str, str], str] = {}
        for place in page.nodes:
            key = text(place.value.get("key"))
            self._note(key, "", place.id)
            for choice in place.value["choices"].bound_blocks if place.block_type == "scene" else ():
                self._note(key, text(choice.value.get("key")), choice.id)

    def _note(self, place: str, choice: str, block: str | None) -> None:
        if block:
            self.first.setdefault((place, choice), block)
            self.last[place, choice] = block

    def href(self, place: str, choice: str = "", *, last: bool = False) -> str:
        blocks = self.last if last else self.first
        block = blocks.get((place, choice)) or blocks.get((place, ""))
        return f"#block-{block}-section" if block else ""


# --- problems ------------------------------------------------------------------------------------------------------
def _line(problem: Problem, anchors: Anchors) -> Line:
    creates = _missing(problem, anchors)
    if problem.code in PAGE_FIELDS:
        href, ends = f"#id_{PAGE_FIELDS[problem.code]}", problem.code == "fail-target-missing"
        return Line(problem.severity, messages.words(problem), href, creates=creates, creates_ending=ends)
    if problem.code.endswith(("key-empty", "key-odd", "key-twice")):
        choice = problem.choice if problem.code in ("choice-key-odd", "choice-key-twice") else ""
        href = anchors.href(problem.node, choice, last=True)
        return Line(problem.severity, messages.words(problem), href, "key")
    href = anchors.href(problem.node, problem.choice) if problem.node else ""
    return Line(problem.severity, messages.words(problem), href, BLOCK_FIELDS.get(problem.code, ""), creates)


def _missing(problem: Problem, anchors: Anchors) -> str:
    """The key of what is led to and is not there; "" where it is, or where nothing is named."""
    key = str(problem.params["key"]) if problem.code in TARGETS else ""
    return "" if anchors.href(key) else key


def _long(numbers: Figures) -> Iterator[Line]:
    if numbers.seconds and minutes(numbers.seconds).high > LONG_MINUTES:
        most = minutes(numbers.seconds).high
        said = _("The longest way takes about %(minutes)s minutes. %(most)s are enough for most people.")
        yield Line(WARNING, said % {"minutes": most, "most": LONG_MINUTES}, "")


# --- the map -------------------------------------------------------------------------------------------------------
def _spot(
    scenario: Scenario,
    key: str,
    drawn: Plan,
    anchors: Anchors,
    numbers: Figures,
    found: list[Problem],
) -> Spot:
    place = scenario.places[key]
    severities = {problem.severity for problem in found if problem.node == key}
    worst = next((one for one in (ERROR, WARNING) if one in severities), "")
    tension = _tension(numbers, key)
    x, y = drawn.corner(key)
    said = {
        "": _("%(key)s: tension %(tension)s"),
        ERROR: _("%(key)s: tension %(tension)s, has an error"),
        WARNING: _("%(key)s: tension %(tension)s, has something to look at"),
    }[worst]
    return Spot(
        key=key,
        href=anchors.href(key),
        kind=(place.outcome or "bad") if isinstance(place, Ending) else "scene",
        x=x,
        y=y,
        label=key if len(key) <= SHOWN else f"{key[: SHOWN - 1]}…",
        tension=tension,
        worst=worst,
        name=said % {"key": key or "?", "tension": tension},
    )


def _tension(numbers: Figures, key: str) -> str:
    found = numbers.tension.get(key)
    return _span(found) if found else "–"


def _ways(scenario: Scenario, drawn: Plan, astray: set[Step]) -> Iterator[Way]:
    """One line for all choices of a scene that lead to the same place; targets that are missing hang in the air."""
    for node in scenario.nodes:
        if scenario.places[node.key] is not node:
            continue
        choices: dict[str, list[str]] = {}
        for goal, name in _led_to(scenario, node, astray):
            choices.setdefault(goal, []).append(name)
        gone = 0
        for goal, keys in choices.items():
            name = f"{node.key} → {goal}: {', '.join(keys)}"
            if goal in drawn.at:
                line = drawn.line(node.key, goal)
                yield Way(line.path, name, is_back=line.is_back)
            else:
                yield _hanging(drawn.corner(node.key), goal, gone, name)
                gone += 1


def _led_to(scenario: Scenario, node: Node, astray: set[Step]) -> Iterator[tuple[str, str]]:
    """(where, by which choice), for each choice also where too much tension makes it lead."""
    for choice in node.choices:
        yield choice.to, choice.key
        if (node.key, choice.key) in astray:
            said = _("%(choice)s, if the tension reaches %(value)s")
            yield scenario.fail_to, said % {"choice": choice.key, "value": scenario.fail_at}


def _hanging(corner: tuple[int, int], goal: str, number: int, name: str) -> Way:
    x, y = corner[0] + 16 + 40 * number, corner[1] + HEIGHT
    return Way(f"M{x} {y}v18", name, missing=goal or "?", x=x, y=y + 32)


# --- the outline ---------------------------------------------------------------------------------------------------
def _outline(
    scenario: Scenario, anchors: Anchors, numbers: Figures, astray: set[Step]
) -> tuple[list[Row], tuple[int, ...]]:
    """Depth first from the start, then what nothing leads to. A place is unfolded where it comes first."""
    rows: list[Row] = []
    told: set[str] = set()
    depth = 0
    roots = [key for key in (scenario.start, *scenario.places) if key in scenario.places]
    waiting = [(key, "", 1) for key in reversed(roots)]
    while waiting:
        key, choice, level = waiting.pop()
        if level == 1 and key in told:
            continue
        place = scenario.places.get(key)
        rows.append(
            Row(
                key=key,
                href=anchors.href(key),
                choice=choice,
                tension=_tension(numbers, key),
                points=_span(numbers.scores[key], " … ") if key in numbers.scores else "",
                is_ending=isinstance(place, Ending),
                is_known=key in told or place is None,
                is_missing=place is None,
                opens=level > depth,
                closes=tuple(range(depth - level)),
            )
        )
        depth = level
        if key not in told and isinstance(place, Node):
            led_to = [(goal, name, level + 1) for goal, name in _led_to(scenario, place, astray)]
            waiting += reversed(led_to)
        told.add(key)
    return rows, tuple(range(depth))


def _first_words(said: str) -> str:
    return " ".join(said.split()[:8])


# --- languages -----------------------------------------------------------------------------------------------------
def _reading(page: Any, ways: Ways | None, numbers: Figures, others: list[Any]) -> list[tuple[str, str]]:
    if ways is None or numbers.seconds is None:
        return []
    times = [(page.locale.get_display_name(), _minutes(numbers.seconds))]
    for other in others:
        if seconds := reading(ways.exploration, from_content(other.compile_body()), ways):
            times.append((other.locale.get_display_name(), _minutes(seconds)))
    return times


def _minutes(seconds: Range) -> str:
    return _span(minutes(seconds))


def _span(found: Range, to: str = "–") -> str:
    return str(found.low) if found.low == found.high else f"{found.low}{to}{found.high}"


def _languages(page: Any, others: list[Any]) -> list[Language]:
    """On the page in the source language, the others against what is typed; on another one, that one by itself."""
    if page.is_source():
        structure = page.structure()
        return [_language(other, other.structure() != structure) for other in others]
    return [_language(page, page.lags())] if page.is_translation() else []


def _language(page: Any, lags: bool) -> Language:
    return Language(page.locale.language_code, page.locale.get_display_name(), lags, page.translation_key)
