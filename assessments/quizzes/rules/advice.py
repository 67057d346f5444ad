"""What the figures of a question mean, in words: what L&D should look at. No Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assessments.quizzes.rules.question import _
from assessments.quizzes.rules.statistics import ItemFigures, QuizFigures

FEW = 30  # fewer answers than this say nothing
TOO_EASY = 95
TOO_HARD = 20
WEAK = 20  # a discrimination below this hardly tells people apart
SATISFACTORY, UNSATISFACTORY = 75, 64  # internal consistency, in Moodle's "Quiz report statistics"
HARDER = 15  # percent points between two languages
SURPRISING = 20  # percent points between what was expected and what is


@dataclass(frozen=True)
class Advice:
    """A sentence for the translators, and what stands in it."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Chosen:
    """How often one option was chosen, and the mean total (percent) of those who did; None for nobody."""

    name: str
    is_right: bool
    times: int
    mean_total: float | None


def on_question(figures: ItemFigures, options: Sequence[Chosen] = ()) -> list[Advice]:
    if figures.size < FEW:
        return []
    found = _on_difficulty(figures)
    if figures.discrimination is not None and figures.facility < TOO_EASY:
        if figures.discrimination < 0:
            found.append(Advice(_("People who do well elsewhere miss this: is the key right?")))
        elif figures.discrimination < WEAK:
            found.append(
                Advice(
                    _("Those who know the subject miss it nearly as often as those who do not: look at the wording.")
                )
            )
    return found + _on_options(options)


def _on_difficulty(figures: ItemFigures) -> list[Advice]:
    if figures.facility >= TOO_EASY:
        return [Advice(_("Too easy: nearly everybody gets it right."))]
    if figures.guess is not None and figures.facility <= figures.guess:
        return [Advice(_("Too hard: people do no better than by guessing."))]
    if figures.facility <= TOO_HARD:
        return [Advice(_("Too hard: hardly anybody gets it right."))]
    return []


def _on_options(options: Sequence[Chosen]) -> list[Advice]:
    found = [
        Advice(_("Option %(option)s is never chosen."), {"option": option.name})
        for option in options
        if option.name and not option.times and not option.is_right
    ]
    right = [option.mean_total for option in options if option.is_right and option.mean_total is not None]
    for option in options:
        if option.name and not option.is_right and _is_tempting(option, right):
            text = _(
                "Those who choose option %(option)s do better on the whole than those who are right: is the key right?"
            )
            found.append(Advice(text, {"option": option.name}))
    return found


def _is_tempting(option: Chosen, right: Sequence[float]) -> bool:
    enough = option.times >= FEW / 3
    return enough and option.mean_total is not None and bool(right) and option.mean_total > max(right)


def on_quiz(figures: QuizFigures) -> list[Advice]:
    if figures.size < FEW or figures.consistency is None:
        return []
    if figures.consistency < UNSATISFACTORY:
        return [
            Advice(_("The questions hang together poorly: the same people could reach quite another score next time."))
        ]
    if figures.consistency < SATISFACTORY:
        return [Advice(_("The questions hang together fairly well. Better ones would make the score surer."))]
    return [Advice(_("The questions hang together well: the score can be relied on."))]


def on_expectation(expected: float, figures: ItemFigures) -> list[Advice]:
    """expected: percent that the author thought would be right."""
    if figures.size < FEW or abs(figures.facility - expected) <= SURPRISING:
        return []
    values = {"expected": round(expected), "facility": round(figures.facility)}
    return [Advice(_("%(facility)d%% get it right, %(expected)d%% were expected."), values)]


def in_one_language(values: Mapping[str, Any], *, with_figures: bool) -> Advice:
    """values: harder and easier, names of languages; low and high, percent of right answers in each."""
    if not with_figures:
        return Advice(
            _("Much harder in one language (%(harder)s) than in another (%(easier)s): check the translation."), values
        )
    text = _("Much harder in one language (%(harder)s: %(low)d%%, %(easier)s: %(high)d%%): check the translation.")
    return Advice(text, values)
