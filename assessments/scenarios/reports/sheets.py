"""How a scenario is played, as CSV for any spreadsheet: figures, no names."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext, pgettext

from assessments.scenarios.reports.analysis import PERCENTILES, Analysis, ChoiceRow, SceneRow
from people.rules import cells


def analysis_csv(page: Analysis, language: str) -> str:
    """The attempts, scenes, choices, ways, endings and turns: one table below the other."""
    return cells.sheet(_rows(page), language)


def _rows(page: Analysis) -> Iterator[Sequence[object]]:
    yield [gettext("Scenario"), page.title]
    yield [gettext("People"), page.people]
    yield [gettext("Finished attempts"), page.finished]
    yield [gettext("Of these passed, %"), page.passed]
    if page.misleading:
        scene, choice = page.misleading
        yield [gettext("Most often leads to a bad ending:"), scene.key, choice.key]
    if again := page.improvement:
        yield []
        yield [gettext("People with a second attempt"), again.people]
        yield [gettext("Passed in the first"), again.passed_first]
        yield [gettext("Passed in the second"), again.passed_second]
        yield [gettext("Points, change"), again.points]
        yield [gettext("Tension at the end, change"), again.tension]
    yield from _scenes(page)
    yield from _choices(page)
    yield from _ways(page)
    yield []
    yield [gettext("Ending"), gettext("Text"), gettext("Attempts"), gettext("Share, %")]
    for ending in page.endings:
        yield [ending.key, ending.text, ending.runs, ending.share]
    yield []
    yield [gettext("Turn"), gettext("Attempts"), *(f"P{percent}" for percent in PERCENTILES)]
    for turn in page.turns:
        yield [turn.turn, turn.runs, *turn.tension]


def _scenes(page: Analysis) -> Iterator[Sequence[object]]:
    yield []
    yield [
        gettext("Scene"),
        gettext("Text"),
        gettext("Came here"),
        gettext("Left here"),
        gettext("Left here, %"),
        gettext("Seconds, half"),
        gettext("Seconds, nine in ten"),
    ]
    for scene in page.scenes:
        figures = [None] * 5 if scene.is_few else _scene(scene)
        yield [scene.key, scene.text, *figures]


def _scene(scene: SceneRow) -> list[object]:
    return [scene.arrived, scene.stopped, scene.stopped_share, scene.typical, scene.slow]


def _choices(page: Analysis) -> Iterator[Sequence[object]]:
    yield []
    yield [
        gettext("Scene"),
        gettext("Choice"),
        gettext("Text"),
        gettext("An expert's"),
        pgettext("choice", "Offered"),
        pgettext("choice", "Taken"),
        gettext("Share, %"),
        gettext("Attempts"),
        gettext("Ended badly"),
        gettext("Ended badly, %"),
        gettext("Weight"),
        *(f"{code}, %" for code, _people in page.languages),
        gettext("What to look at"),
    ]
    for scene in page.scenes:
        for choice in scene.choices:
            yield [scene.key, *_choice(choice)]


def _choice(choice: ChoiceRow) -> list[object]:
    return [
        choice.key,
        choice.text,
        gettext("yes") if choice.is_expert else gettext("no"),
        choice.offered,
        choice.times,
        choice.share,
        choice.runs,
        choice.bad,
        choice.bad_share,
        choice.weight,
        *choice.by_language,
        " ".join(choice.words),
    ]


def _ways(page: Analysis) -> Iterator[Sequence[object]]:
    yield []
    yield [pgettext("way", "From"), pgettext("way", "To"), gettext("Attempts")]
    for way in page.flow.ways if page.flow else ():
        yield [way.origin, way.goal, way.runs]
