"""The list of the bank: where each question is used, what its answers say, and what somebody should look at."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext

from assessments.privacy import PEOPLE_AT_LEAST
from assessments.quizzes.models import Question, QuizAttempt, QuizPage
from assessments.quizzes.models.questions import GRADED, QuestionQuerySet, keys_in
from assessments.quizzes.models.records import QuizAttemptQuerySet
from assessments.quizzes.reports import tallies
from assessments.quizzes.rules import advice, statistics
from assessments.quizzes.rules.statistics import ItemFigures
from courses.models import CoursePage, LessonPage
from courses.models.going_live import edit_url
from people.models import User

KEPT_FOR = 10 * 60  # seconds: the figures cost a look at every first attempt
FIGURES = "quizzes.bank.figures"
CHECKED_FOR = 24 * 3600
LOOKED_AT = 50  # drafts, for the home page
LANGUAGES = dict(settings.LANGUAGES)
UNFINISHED = Q(has_unpublished_changes=True) | Q(live=False)
LIVE, DRAFT, NOWHERE = "yes", "draft", "no"  # where a question is used, as the list is asked for it
NOTHING: tuple[int, float | None, float | None] = (0, None, None)


@dataclass(frozen=True)
class Use:
    """A quiz that may draw the question, or a lesson that shows it. is_draft: not as learners have it, but as it
    was last saved."""

    title: str
    url: str
    is_quiz: bool
    is_draft: bool


@dataclass(frozen=True)
class InLanguage:
    """state: "live", "changed", "draft", "retired" or "missing". pk: of the row, None where there is none."""

    code: str
    name: str
    state: str
    pk: int | None = None

    @property
    def words(self) -> str:
        return {
            "live": pgettext("page status", "live"),
            "changed": pgettext("page status", "live, changed since"),
            "draft": pgettext("page status", "draft"),
            "retired": pgettext("page status", "retired"),
        }.get(self.state, pgettext("page status", "missing"))


@dataclass(frozen=True)
class Desk:
    """What stands beside one question. answers: first attempts that met it, in any quiz and version. facility and
    discrimination: percent, None where there are too few people or no spread."""

    uses: list[Use] = field(default_factory=list)
    answers: int = 0
    facility: float | None = None
    discrimination: float | None = None
    languages: list[InLanguage] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def is_few(self) -> bool:
        return self.answers < advice.FEW


def desks(rows: Sequence[Question], today: date) -> dict[int, Desk]:
    """{pk: what stands beside it}, in a constant number of queries."""
    uses, spoken, known = used_in(rows), languages_of(rows), figures() if rows else {}
    found = {}
    for row in rows:
        answers, facility, discrimination = known.get(str(row.translation_key), NOTHING)
        languages = spoken[row.translation_key]
        found[row.pk] = Desk(
            uses=uses[row.pk],
            answers=answers,
            facility=facility,
            discrimination=discrimination,
            languages=languages,
            words=[
                *_on_answers(row, answers, facility, discrimination),
                *_on_keeping(row, use_of(uses[row.pk]) == LIVE, languages, today),
            ],
        )
    return found


# --- narrowing, where no column of the database says it ------------------------------------------------------------
def narrowed(rows: QuestionQuerySet, *, used: str = "", look: str = "", today: date) -> QuestionQuerySet:
    """used: as `use_of` says. look: "yes" with something to look at, "no" without."""
    if used:
        uses = used_in(list(rows))
        rows = rows.filter(pk__in=[pk for pk, found in uses.items() if use_of(found) == used])
    if look:
        known = desks(list(rows.select_related("owner")), today)
        rows = rows.filter(pk__in=[pk for pk, desk in known.items() if bool(desk.words) == (look == "yes")])
    return rows


def reviews_due(today: date) -> list[Question]:
    """Those whose date of review has passed, each in its source language, the oldest first."""
    shown = ("code", "stem", "review_by", "translation_key", "locale__language_code")
    due = Question.objects.to_review(today).select_related("locale").only(*shown)
    source = settings.LANGUAGE_CODE
    by_language = sorted(due, key=lambda row: (row.locale.language_code == source, -row.pk))
    once = {row.translation_key: row for row in by_language}
    return sorted(once.values(), key=lambda row: (row.review_by, row.code, row.pk))


# --- drafts ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Draft:
    """A question that is not live as it was last saved. errors: what is wrong with it, in the reader's language.
    author: who saved it last; None where no person did."""

    question: Question
    errors: list[str]
    author: User | None


def drafts() -> list[Draft]:
    """What was changed last first. Only the newest are looked at; a retired question asks for nothing."""
    rows = Question.objects.filter(UNFINISHED, retired_at=None, latest_revision__isnull=False)
    newest = rows.select_related("latest_revision__user").order_by("-latest_revision__created_at", "-pk")[:LOOKED_AT]
    return [Draft(row, _errors(row), row.latest_revision.user) for row in newest]


def _errors(row: Question) -> list[str]:
    """Kept until the draft changes."""
    name = f"quizzes.checked:{row.pk}:{row.latest_revision_id}:{get_language()}"
    known: list[str] | None = cache.get(name)
    if known is None:
        known = row.with_content_json(row.latest_revision.content).own_problems()
        cache.set(name, known, CHECKED_FOR)
    return known


# --- used in -------------------------------------------------------------------------------------------------------
def use_of(uses: Collection[Use]) -> str:
    """Where learners may meet it, or would if drafts went live, or nowhere."""
    if any(not use.is_draft for use in uses):
        return LIVE
    return DRAFT if uses else NOWHERE


def used_in(rows: Sequence[Question]) -> dict[int, list[Use]]:
    """{pk: the quizzes and lessons of its language}, in at most six queries. What is live asks what is live; whatever
    would be asked only once a draft goes live, the question's own or that of the page, is marked. A quiz will not ask
    what is retired, but a lesson names it."""
    found: dict[int, list[Use]] = {row.pk: [] for row in rows}
    graded = [row for row in rows if row.use == GRADED and not row.retired_at]
    locales, banks = {row.locale_id for row in graded}, {row.bank for row in graded}
    courses = list(CoursePage.objects.filter(code__in=banks, locale__in=locales))
    for quiz, draft in _quizzes(locales if courses else set()):
        bank = {course.code for course in courses if quiz.path.startswith(course.path)}
        for row in graded:
            if row.locale_id != quiz.locale_id or row.bank not in bank:
                continue
            if quiz.live and row.live and quiz.asks(row):
                found[row.pk].append(_use(quiz, is_draft=False))
            elif draft.asks(row):
                found[row.pk].append(_use(quiz, is_draft=True))
    practised = {(row.locale_id, str(row.translation_key)): row for row in rows if row.use != GRADED}
    for lesson, shown, drafted in _lessons({locale for locale, _key in practised}):
        for key in shown | drafted:
            asked = practised.get((lesson.locale_id, key))
            if asked and asked.live and key in shown:
                found[asked.pk].append(_use(lesson, is_draft=False))
            elif asked and key in drafted:
                found[asked.pk].append(_use(lesson, is_draft=True))
    return found


def _use(page: Any, *, is_draft: bool) -> Use:
    title = page.get_admin_display_title() if is_draft else page.title
    return Use(title, edit_url(page), is_quiz=isinstance(page, QuizPage), is_draft=is_draft)


def _quizzes(locales: Collection[int]) -> Iterator[tuple[QuizPage, QuizPage]]:
    """Those of these languages, each with itself as it was last saved."""
    quizzes = list(QuizPage.objects.filter(locale__in=locales).order_by("path")) if locales else []
    drafts = _revisions().in_bulk([quiz.latest_revision_id for quiz in quizzes if _is_unfinished(quiz)])
    for quiz in quizzes:
        revision = drafts.get(quiz.latest_revision_id)
        yield quiz, QuizPage.from_serializable_data(revision.content, check_fks=False) if revision else quiz


def _lessons(locales: Collection[int]) -> Iterator[tuple[LessonPage, set[str], set[str]]]:
    """Those of these languages, with all keys that are named in each as it is live, and as it was last saved; no query
    for no language."""
    if not locales:
        return
    lessons = LessonPage.objects.filter(locale__in=locales).order_by("path")
    unfinished = lessons.filter(UNFINISHED).values("latest_revision")
    texts = _revisions().filter(pk__in=unfinished).annotate(text=Cast("content", TextField())).order_by()
    drafts = {pk: keys_in(text) for pk, text in texts.values_list("pk", "text").iterator()}
    for lesson in lessons.annotate(body_text=Cast("body", TextField())).defer("body").iterator():
        keys = keys_in(lesson.body_text)
        yield lesson, keys if lesson.live else set(), drafts.get(lesson.latest_revision_id, keys)


def _revisions() -> Any:
    return QuizPage._meta.get_field("latest_revision").related_model.objects


def _is_unfinished(page: Any) -> bool:
    return page.has_unpublished_changes or not page.live


# --- languages -----------------------------------------------------------------------------------------------------
def languages_of(rows: Sequence[Question]) -> dict[UUID, list[InLanguage]]:
    """How far each question is in each language of the site, in one query."""
    keys = {row.translation_key for row in rows}
    names = ("pk", "translation_key", "locale__language_code", "live", "has_unpublished_changes", "retired_at")
    there = {(one[1], one[2]): one for one in Question.objects.filter(translation_key__in=keys).values_list(*names)}
    found: dict[UUID, list[InLanguage]] = {key: [] for key in keys}
    for key, languages in found.items():
        for code, name in LANGUAGES.items():
            known = there.get((key, code))
            state = _state(*known[3:]) if known else "missing"
            languages.append(InLanguage(code, str(name), state, known[0] if known else None))
    return found


def _state(live: bool, changed: bool, retired_at: object) -> str:
    if retired_at:
        return "retired"
    if not live:
        return "draft"
    return "changed" if changed else "live"


# --- figures -------------------------------------------------------------------------------------------------------
def figures() -> dict[str, tuple[int, float | None, float | None]]:
    """{question: (answers, facility, discrimination)} of the whole bank, from everybody's first attempt at each quiz.

    Looked up at most every ten minutes. Of fewer than five people nothing but the number of answers is said.
    """
    found = cache.get(FIGURES)
    if found is None:
        with tallies.held(_first_attempts()):
            counted, people = tallies.by_question(), tallies.people_of_questions()
        found = {key: _figures(pairs, people[key]) for key, pairs in counted.items()}
        cache.set(FIGURES, found, KEPT_FOR)
    return found


def _figures(pairs: dict, people: int) -> tuple[int, float | None, float | None]:
    """One person may have answered in several quizzes."""
    answers = sum(pairs.values())
    if people < PEOPLE_AT_LEAST:
        return answers, None, None
    facility = float(100 * statistics.mean(statistics.marks_of(pairs)))
    return answers, facility, statistics.discrimination(pairs)


def _first_attempts() -> QuizAttemptQuerySet:
    before = Q(started_at__lt=OuterRef("started_at")) | Q(started_at=OuterRef("started_at"), pk__lt=OuterRef("pk"))
    earlier = QuizAttempt.objects.filter(
        before, step_key=OuterRef("step_key"), enrolment__person=OuterRef("enrolment__person")
    )
    return QuizAttempt.objects.ended().filter(~Exists(earlier), score__isnull=False, number=1)


# --- in words ------------------------------------------------------------------------------------------------------
def _on_answers(row: Question, answers: int, facility: float | None, discrimination: float | None) -> list[str]:
    if facility is None:
        return []
    known = ItemFigures(
        size=answers,
        facility=facility,
        deviation=None,
        guess=None,
        intended_weight=0.0,
        effective_weight=None,
        discrimination=discrimination,
        efficiency=None,
    )
    found = advice.on_question(known)
    if row.difficulty is not None:
        found += advice.on_expectation(float(100 * row.difficulty), known)
    return [gettext(one.text) % one.values for one in found]


def _on_keeping(row: Question, is_used: bool, languages: list[InLanguage], today: date) -> list[str]:
    """A retired question asks for nothing."""
    if row.retired_at:
        return []
    found = []
    if row.review_by and row.review_by < today:
        words = {"day": date_format(row.review_by, "SHORT_DATE_FORMAT")}
        found.append(gettext("It was to be reviewed by %(day)s.") % words)
    if row.owner and not row.owner.is_active:
        found.append(gettext("Its owner no longer looks after questions."))
    if row.live and not is_used:
        found.append(gettext("No live quiz draws it.") if row.use == GRADED else gettext("No live lesson shows it."))
    missing = ", ".join(one.name for one in languages if one.state in ("missing", "draft"))
    if row.live and missing:
        found.append(gettext("Not live in every language: %(languages)s.") % {"languages": missing})
    return found
