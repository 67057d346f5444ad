"""Item analysis, as L&D sees it: figures of a quiz and of its questions, and what they mean in words. Nobody's name."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, Window
from django.db.models.expressions import OrderBy
from django.db.models.functions import RowNumber
from django.utils.translation import gettext

from assessments import privacy, selecting
from assessments.privacy import PEOPLE_AT_LEAST
from assessments.quizzes.models import QuizAttempt
from assessments.quizzes.models.records import QuizAttemptQuerySet
from assessments.quizzes.reports import tallies
from assessments.quizzes.reports.tallies import Tally
from assessments.quizzes.rules import advice, statistics, types
from assessments.quizzes.rules.advice import FEW, Advice, Chosen
from assessments.quizzes.rules.choices import Choice
from assessments.quizzes.rules.question import Question
from assessments.quizzes.rules.quiz import Quiz
from assessments.quizzes.rules.statistics import ItemFigures, QuizFigures, Sample
from assessments.selecting import FIRST, Selection, Structure, language_name
from courses import versions
from people.models import Team, User

BEST, LAST = "best", "last"


@dataclass(frozen=True)
class QuizSelection(Selection):
    team: Team | None = None
    job_role: str = ""


# --- which quizzes, which versions ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class QuizRow:
    """passed_first: how many of a hundred pass at their first attempt; None while too few people have tried. language:
    of title and module."""

    step_key: UUID
    title: str
    module: str
    attempts: int
    passed_first: int | None
    language: str


def quizzes(language: str) -> list[QuizRow]:
    """All that were ever published, by module and title."""
    tried = _tried()
    shown = selecting.published("quiz", language).items()
    rows = [
        QuizRow(key, version.title, version.module_title, *tried.get(key, (0, None)), version.language)
        for key, version in shown
    ]
    return sorted(rows, key=lambda row: (row.module, row.title))


def _tried() -> dict[UUID, tuple[int, int | None]]:
    """{step key: attempts, percent passed of the first ones}."""
    first = Q(number=1, passed__isnull=False)
    counted = (
        QuizAttempt.objects.ended()
        .order_by()
        .values_list("step_key")
        .annotate(
            attempts=Count("pk"),
            people=Count("enrolment__person", filter=first, distinct=True),
            firsts=Count("pk", filter=first),
            passes=Count("pk", filter=first & Q(passed=True)),
        )
    )
    return {
        key: (attempts, 100 * passes // firsts if people >= PEOPLE_AT_LEAST else None)
        for key, attempts, people, firsts, passes in counted
    }


def hardest(language: str, most: int = 5) -> list[QuizRow]:
    """Where the fewest pass at their first attempt, those first."""
    rows = [row for row in quizzes(language) if row.passed_first is not None]
    return sorted(rows, key=lambda row: row.passed_first or 0)[:most]


def structures(step_key: UUID) -> list[Structure]:
    """The versions somebody handed in."""
    return selecting.structures(QuizAttempt.objects.filter(step_key=step_key).ended())


# --- which attempts ------------------------------------------------------------------------------------------------
def selected(step_key: UUID, selection: QuizSelection) -> QuizAttemptQuerySet:
    """The graded attempts of a selection. First: nobody had seen the quiz before, in any version or cycle."""
    graded = QuizAttempt.objects.filter(step_key=step_key, score__isnull=False).ended()
    if selection.attempts == FIRST:
        graded = graded.filter(~Exists(_earlier(step_key)), number=1)
    found = _matching(graded, selection)
    if selection.attempts == BEST:
        found = _one_each(found, F("score").desc(), F("finished_at").asc(), F("pk").asc())
    if selection.attempts == LAST:
        found = _one_each(found, F("started_at").desc(), F("pk").desc())
    return found


def _earlier(step_key: UUID) -> QuizAttemptQuerySet:
    """What the same person had begun before."""
    before = Q(started_at__lt=OuterRef("started_at")) | Q(started_at=OuterRef("started_at"), pk__lt=OuterRef("pk"))
    return QuizAttempt.objects.filter(before, step_key=step_key, enrolment__person=OuterRef("enrolment__person"))


def _one_each(attempts: QuizAttemptQuerySet, *order: OrderBy) -> QuizAttemptQuerySet:
    """Of each person the first in this order."""
    turn = Window(RowNumber(), partition_by=F("enrolment__person"), order_by=list(order))
    ranked = attempts.annotate(turn=turn).filter(turn=1).order_by()
    return QuizAttempt.objects.filter(pk__in=ranked.values("pk"))


def _matching(attempts: QuizAttemptQuerySet, selection: QuizSelection) -> QuizAttemptQuerySet:
    attempts = attempts.filter(version__structure_sha256=selection.structure)
    attempts = attempts.filter(selecting.within("finished_at", selection.since, selection.until))
    if selection.language:
        attempts = attempts.filter(version__language=selection.language)
    if selection.team:
        attempts = attempts.filter(enrolment__person__team__path__startswith=selection.team.path)
    if selection.job_role:
        attempts = attempts.filter(enrolment__person__job_role=selection.job_role)
    return attempts


def teams() -> list[tuple[str, str]]:
    """(key, name, indented by its depth), as a tree."""
    rows = Team.objects.order_by("path").values_list("key", "name", "depth")
    return [(str(key), "\u2003" * (depth - 1) + name) for key, name, depth in rows]


def job_roles() -> list[str]:
    return list(User.objects.exclude(job_role="").order_by("job_role").values_list("job_role", flat=True).distinct())


# --- the page ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Option:
    """One thing that could be answered. is_right: None for "no answer". mean_total: percent. is_option: ticked or not,
    rather than put somewhere."""

    name: str
    text: str
    is_right: bool | None
    times: int
    share: float
    mean_total: float | None
    is_option: bool = False


@dataclass(frozen=True)
class InLanguage:
    language: str
    size: int
    facility: float

    @property
    def name(self) -> str:
        return language_name(self.language)


@dataclass(frozen=True)
class QuestionRow:
    number: int
    key: str
    stem: str
    code: str
    figures: ItemFigures
    options: list[Option]
    languages: list[InLanguage]
    words: list[str]
    no_guess: str = ""

    @property
    def is_few(self) -> bool:
        return self.figures.size < FEW


@dataclass(frozen=True)
class PlaceRow:
    name: str
    figures: ItemFigures


@dataclass(frozen=True)
class LanguageRow:
    language: str
    size: int
    mean: float

    @property
    def name(self) -> str:
        return language_name(self.language)


@dataclass(frozen=True)
class Analysis:
    """selection: what is shown. people: 0 with is_hidden, where they are too few. figures: None where nothing is.

    places: of the paper, where questions are drawn at random. bars: attempts in ten steps from 0 to 100 %.
    """

    title: str
    selection: QuizSelection
    people: int = 0
    is_hidden: bool = False
    figures: QuizFigures | None = None
    paper: int = 0
    pass_mark: int = 0
    words: list[str] = field(default_factory=list)
    questions: list[QuestionRow] = field(default_factory=list)
    places: list[PlaceRow] = field(default_factory=list)
    languages: list[LanguageRow] = field(default_factory=list)
    bars: list[int] = field(default_factory=list)

    @property
    def is_few(self) -> bool:
        return self.figures is not None and self.figures.size < FEW

    def percent(self, points: float | None) -> float | None:
        return None if points is None else 100 * points / self.paper

    @property
    def figure_rows(self) -> list[tuple[str, float | None, str]]:
        """(name, value, unit) of the whole quiz."""
        figures = self.figures
        if figures is None:
            return []
        return [
            (gettext("Mean"), self.percent(figures.mean), "%"),
            (gettext("Median"), self.percent(figures.median), "%"),
            (gettext("Standard deviation"), self.percent(figures.deviation), "%"),
            (gettext("Skewness"), figures.skewness, ""),
            (gettext("Kurtosis"), figures.kurtosis, ""),
            (gettext("Coefficient of internal consistency"), figures.consistency, "%"),
            (gettext("Error ratio"), figures.error_ratio, "%"),
            (gettext("Standard error"), self.percent(figures.standard_error), "%"),
        ]

    @property
    def histogram_rows(self) -> list[tuple[int, int, int]]:
        """(from percent, to percent, attempts)."""
        step = 100 // len(self.bars) if self.bars else 0
        return [(step * at, step * (at + 1), times) for at, times in enumerate(self.bars)]

    @property
    def dots(self) -> list[tuple[int, float, float]]:
        """(number, facility, discrimination) of the questions that have both and answers enough."""
        return [
            (row.number, row.figures.facility, row.figures.discrimination)
            for row in self.questions
            if row.figures.discrimination is not None and not row.is_few
        ]


def analysis(step_key: UUID, selection: QuizSelection, language: str) -> Analysis:
    """selection.structure must be one that `structures` gave, or "" where there is none yet."""
    version = selecting.newest(step_key, language, selection.structure)
    if version is None:
        return Analysis(selecting.title(step_key, language), selection)
    with tallies.held(selected(step_key, selection)):
        people = tallies.people()
        if people[""] < PEOPLE_AT_LEAST:
            return Analysis(version.title, selection, is_hidden=people[""] > 0)
        page = Analysis(version.title, selection, people[""], paper=tallies.paper())
        return _composed(page, Quiz(versions.content(version.pk)["body"]), people)


def position_of(quiz: Quiz) -> str:
    """What a position is in this quiz: the question itself where everybody gets all of them."""
    if quiz.body["draw"]["per_objective"]:
        return tallies.BY_OBJECTIVE
    return tallies.BY_QUESTION if quiz.length == len(quiz.pool) else tallies.BY_PLACE


def _composed(page: Analysis, quiz: Quiz, people: Mapping[str, int]) -> Analysis:
    position = position_of(quiz)
    by_language = tallies.samples(position, quiz.weights)
    whole = Sample()
    for sample in by_language.values():
        whole.merge(sample)
    figures = statistics.quiz_figures(whole)
    weights = statistics.effective_weights(whole.positions)
    paper = Fraction(page.paper)
    kinds = {question.key: question.type for question in quiz.pool if types.get(question.type).offered(question)}
    answered = tallies.answers(kinds)
    told = privacy.beside({name: people[name] for name in by_language})
    is_fixed = position == tallies.BY_QUESTION
    rows = [
        _question_row(
            number, question, quiz, whole, by_language, people, answered.get(question.key, {}), page.paper,
            weights.get(question.key) if is_fixed else None,
        )
        for number, question in enumerate(quiz.pool, 1)
        if question.key in whole.questions
    ]  # fmt: skip
    places = [] if is_fixed else sorted(whole.positions.items(), key=lambda item: _natural(item[0]))
    return replace(
        page,
        figures=figures,
        pass_mark=quiz.rules["pass_mark"],
        words=_said(advice.on_quiz(figures)) if figures else [],
        questions=rows,
        places=[
            PlaceRow(
                str(name),
                statistics.item_figures(pairs, most=_most(name, quiz), paper=paper, effective_weight=weights[name]),
            )
            for name, pairs in places
        ],
        languages=[
            LanguageRow(name, sample.size, float(100 * statistics.mean(sample.totals) / page.paper))
            for name, sample in sorted(by_language.items())
            if name in told
        ],
        bars=statistics.histogram(whole.totals, page.paper),
    )


def _most(place: Hashable, quiz: Quiz) -> Fraction:
    """Points for a place of the paper: those of its section, in which every place has the same."""
    given = [section.weight for section in quiz.sections for _place in range(section.length)]
    return Fraction(given[int(str(place)) - 1]) if given else Fraction(1)


def _natural(name: object) -> tuple[str, int]:
    """ "CALM-1 10" after "CALM-1 9"; places by number."""
    words, _space, number = str(name).rpartition(" ")
    return words, int(number)


def _question_row(
    number: int,
    question: Question,
    quiz: Quiz,
    whole: Sample,
    by_language: dict[str, Sample],
    people: Mapping[str, int],
    answered: Mapping[Choice | None, Tally],
    paper: int,
    weight: float | None,
) -> QuestionRow:
    pairs = whole.questions[question.key]
    kind = types.get(question.type)
    guess = kind.random_guess(question, partial=quiz.rules["partial_credit"])
    most = Fraction(quiz.weights.get(question.key, 1))
    figures = statistics.item_figures(pairs, most=most, paper=Fraction(paper), guess=guess, effective_weight=weight)
    options = _options(question, answered, figures.size, paper)
    met = {name: sample for name, sample in by_language.items() if question.key in sample.questions}
    told = set(privacy.beside({name: people[name] for name in by_language}))
    told &= set(privacy.beside({name: sample.questions[question.key].total() for name, sample in met.items()}))
    compared = {name: sample for name, sample in met.items() if people[name] >= PEOPLE_AT_LEAST}
    chosen = [
        Chosen(option.name, bool(option.is_right), option.times, option.mean_total)
        for option in options
        if option.is_option
    ]
    return QuestionRow(
        number=number,
        key=question.key,
        stem=question.stem,
        code=question.code,
        figures=figures,
        options=options,
        languages=[
            InLanguage(name, sample.questions[question.key].total(), _facility(sample, question.key, most))
            for name, sample in sorted(met.items())
            if name in told
        ],
        words=_said(advice.on_question(figures, chosen))
        + _said(_on_languages(question.key, compared, told, paper, most)),
        no_guess=gettext(kind.no_guess) if guess is None else "",
    )


def _facility(sample: Sample, question: str, most: Fraction) -> float:
    return statistics.facility(sample.questions[question], most)


def _options(question: Question, answered: Mapping[Choice | None, Tally], size: int, paper: int) -> list[Option]:
    """A row for each choice there was; of pairs, places and steps of a scale only those somebody took; last, who gave
    no answer."""
    found = []
    for offer in types.get(question.type).offered(question):
        tally = answered.get(offer.choice) or Tally()
        if offer.name or tally.times:
            text = f"{offer.text}: {gettext(offer.said)}" if offer.said else offer.text
            share, mean = 100 * tally.times / size, tally.mean(paper)
            found.append(Option(offer.name, text, offer.is_right, tally.times, share, mean, offer.is_option))
    silent = size - answered[None].times if None in answered else size
    if found and silent > 0:
        found.append(Option("", gettext("No answer"), None, silent, 100 * silent / size, None))
    return found


def _on_languages(
    question: str, samples: dict[str, Sample], told: set[str], paper: int, most: Fraction
) -> list[Advice]:
    """The language in which a question is hardest against the one in which it is easiest, beside its own tests; with
    figures where both may be told."""
    enough = {name: sample for name, sample in samples.items() if sample.questions[question].total() >= FEW}
    found = []
    for harder, left in enough.items():
        gaps = {
            easier: statistics.gap(
                left.questions[question], right.questions[question], paper=Fraction(paper), most=most
            )
            for easier, right in enough.items()
            if easier != harder
        }
        sure = {name: gap.points for name, gap in gaps.items() if gap and gap.surely and gap.points >= advice.HARDER}
        if not sure:
            continue
        easier = max(sure, key=lambda name: sure[name])
        values = {
            "harder": language_name(harder),
            "easier": language_name(easier),
            "low": round(_facility(left, question, most)),
            "high": round(_facility(enough[easier], question, most)),
        }
        found.append(advice.in_one_language(values, with_figures={harder, easier} <= told))
    return found


def _said(found: list[Advice]) -> list[str]:
    return [gettext(one.text) % one.values for one in found]
