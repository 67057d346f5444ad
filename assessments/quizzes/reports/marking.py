"""What markers see: the queue, and one essay with its criteria. Never a name, unless the quiz says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator

from assessments.quizzes.models import Essay
from assessments.quizzes.models.marking import EssayQuerySet
from assessments.quizzes.rules.quiz import Given
from courses.models import StepVersion
from people.models import User

PAGE = 50


@dataclass(frozen=True)
class QueueRow:
    essay: Essay
    quiz: str
    question: str
    writer: str
    days: int
    is_mine: bool
    is_taken: bool


@dataclass(frozen=True)
class Queue:
    """quizzes: [(step key, title)] of all that wait. page: of the rows, oldest first. for_others: how many this person
    has marked, that wait for somebody else."""

    rows: list[QueueRow]
    page: Page
    quizzes: list[tuple[str, str]]
    filters: Mapping[str, str]
    for_others: int


def queue(marker: User, filters: Mapping[str, str], now: datetime) -> Queue:
    """filters: quiz (a step key), person (a candidate's number), days (at least so old), p (the page)."""
    waiting = Essay.objects.open_for(marker)
    essays = _filtered(waiting, filters, now).select_related("attempt__enrolment__person", "attempt__version")
    ordered = essays.defer("attempt__version__content").order_by("handed_in_at", "pk")
    page = Paginator(ordered, PAGE).get_page(filters.get("p"))
    rows = [_row(essay, marker, now) for essay in page.object_list]
    return Queue(rows, page, _quizzes(waiting), filters, Essay.objects.waiting_for_others(marker).count())


def _filtered(essays: EssayQuerySet, filters: Mapping[str, str], now: datetime) -> EssayQuerySet:
    if filters.get("quiz"):
        essays = essays.filter(attempt__step_key=filters["quiz"])
    if filters.get("person"):
        essays = essays.filter(candidate=filters["person"])
    if filters.get("days"):
        essays = essays.filter(handed_in_at__lte=now - timedelta(days=int(filters["days"])))
    return essays


def _quizzes(waiting: EssayQuerySet) -> list[tuple[str, str]]:
    versions = StepVersion.objects.filter(quiz_attempts__essays__in=waiting).order_by("pk")
    titles = {str(key): title for key, title in versions.values_list("step_key", "title")}
    return sorted(titles.items(), key=lambda quiz: quiz[1])


def _row(essay: Essay, marker: User, now: datetime) -> QueueRow:
    is_claimed = essay.claimed_until is not None and essay.claimed_until > now
    return QueueRow(
        essay=essay,
        quiz=essay.attempt.version.title,
        question=essay.attempt.quiz.question(str(essay.question_key)).stem,
        writer=writer(essay),
        days=(now - essay.handed_in_at).days,
        is_mine=is_claimed and essay.claimed_by_id == marker.pk,
        is_taken=is_claimed and essay.claimed_by_id != marker.pk,
    )


def writer(essay: Essay) -> str:
    return essay.attempt.enrolment.person.name if essay.rules.names else essay.candidate


@dataclass(frozen=True)
class EssayPage:
    """criteria: the parts of the question, each with the name of its form field. language: of what is read."""

    essay: Essay
    quiz: str
    given: Given
    language: str
    writer: str
    criteria: list[dict[str, Any]]
    is_second: bool


def essay_page(essay: Essay) -> EssayPage:
    answer = essay.attempt.answers_now()[str(essay.question_key)]
    given = essay.attempt.asked(answer)
    return EssayPage(
        essay=essay,
        quiz=essay.attempt.version.title,
        given=given,
        language=answer.version.language,
        writer=writer(essay),
        criteria=[{**part, "field": f"points-{at}"} for at, part in enumerate(given.question.parts, 1)],
        is_second=essay.rules.second,
    )
