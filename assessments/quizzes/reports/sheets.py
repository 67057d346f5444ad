"""The item analysis as CSV, for any spreadsheet: figures, no names."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext, pgettext

from assessments.quizzes.reports.analysis import Analysis, QuestionRow
from assessments.quizzes.rules.statistics import ItemFigures
from people.rules import cells


def analysis_csv(page: Analysis, language: str) -> str:
    """The quiz, its questions, the places of the paper, languages, the answers: one table below the other."""
    return cells.sheet(_rows(page), language)


def _rows(page: Analysis) -> Iterator[Sequence[object]]:
    yield [gettext("Quiz"), page.title]
    yield [gettext("Attempts"), page.figures.size if page.figures else 0]
    for name, value, unit in page.figure_rows:
        yield [name, value, unit]
    yield []
    yield [gettext("Question"), gettext("Short name"), gettext("Text"), *_headings(), gettext("What to look at")]
    for row in page.questions:
        yield [row.number, row.code, row.stem, *_figures(row.figures), " ".join(row.words)]
    if page.places:
        yield []
        yield [gettext("Place on the paper"), "", "", *_headings()]
        for place in page.places:
            yield [place.name, "", "", *_figures(place.figures)]
    yield from _languages(page)
    yield []
    yield [
        gettext("Question"),
        gettext("Short name"),
        gettext("Answer"),
        pgettext("answer", "Right"),
        gettext("Chosen"),
        gettext("Share, %"),
        gettext("Mean total of those who chose it, %"),
    ]
    for row in page.questions:
        yield from _answers(row)


def _languages(page: Analysis) -> Iterator[Sequence[object]]:
    """Only side by side, as on the page: of the whole quiz, then of each question."""
    if len(page.languages) > 1:
        yield []
        yield [gettext("Language"), gettext("Attempts"), gettext("Mean"), ""]
        for whole in page.languages:
            yield [whole.name, whole.size, whole.mean, "%"]
    compared = [row for row in page.questions if len(row.languages) > 1]
    if compared:
        yield []
        yield [
            gettext("Question"),
            gettext("Short name"),
            gettext("Language"),
            gettext("Answers"),
            gettext("Facility index, %"),
        ]
        for row in compared:
            for one in row.languages:
                yield [row.number, row.code, one.name, one.size, one.facility]


def _headings() -> list[str]:
    return [
        gettext("Answers"),
        gettext("Facility index, %"),
        gettext("Standard deviation, %"),
        gettext("Random guess score, %"),
        gettext("Intended weight, %"),
        gettext("Effective weight, %"),
        gettext("Discrimination index, %"),
        gettext("Discriminative efficiency, %"),
    ]


def _figures(figures: ItemFigures) -> list[object]:
    return [
        figures.size,
        figures.facility,
        figures.deviation,
        figures.guess,
        figures.intended_weight,
        figures.effective_weight,
        figures.discrimination,
        figures.efficiency,
    ]


def _answers(row: QuestionRow) -> Iterator[Sequence[object]]:
    for option in row.options:
        text = f"{option.name}. {option.text}" if option.name else option.text
        right = "" if option.is_right is None else gettext("yes") if option.is_right else gettext("no")
        yield [row.number, row.code, text, right, option.times, option.share, option.mean_total]
