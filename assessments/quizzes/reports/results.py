"""The result of an attempt: what was reached, why each answer is right or wrong, what to read again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.urls import reverse

from assessments import policy
from assessments.quizzes.models import QuizAttempt
from assessments.quizzes.models.records import decision
from assessments.quizzes.reports.sittings import Entry, Sitting, sitting, verdict
from assessments.quizzes.rules import grading, types
from assessments.quizzes.rules.grading import Marked, Share
from assessments.quizzes.rules.question import Question
from courses.models import Enrolment, Publication, StepVersion
from courses.reports import in_language


@dataclass(frozen=True)
class Lesson:
    """Where something is taught, in the course as this person takes it."""

    title: str
    language: str
    url: str
    objectives: frozenset[str]
    points: frozenset[str]


@dataclass(frozen=True)
class ResultRow:
    number: int
    stem: str
    kind: str
    verdict: str
    is_answered: bool
    explained: Mapping[str, Any]
    lesson: Lesson | None


@dataclass(frozen=True)
class ResultPage:
    """total and modules: points against what was needed. to_review: lessons that teach what was not right."""

    sitting: Sitting
    total: Share
    modules: list[tuple[str, Share]]
    objectives: list[tuple[str, Share]]
    rows: list[ResultRow]
    to_review: list[Lesson]
    decision: policy.Decision
    text: str

    @property
    def attempt(self) -> QuizAttempt:
        return self.sitting.attempt


def result(attempt: QuizAttempt, language: str, now: datetime) -> ResultPage:
    sat = sitting(attempt, language, now)
    lessons = lessons_of(attempt.enrolment, language)
    marked = stored_marks(attempt)
    rows = [_result_row(sat, entry, item, lessons) for entry, item in zip(sat.entries, marked, strict=True)]
    grade = sat.quiz.grade(marked)
    names = sat.quiz.body["objectives"]
    texts = sat.quiz.body["texts"]
    return ResultPage(
        sitting=sat,
        total=grade.total,
        modules=[(sat.quiz.body["modules"].get(name, name), share) for name, share in grade.modules.items()],
        objectives=[
            (names.get(name, name), share) for name, share in grading.by_objective(marked).items() if share.maximum
        ],
        rows=rows,
        to_review=list(dict.fromkeys(row.lesson for row in rows if row.lesson and row.verdict in ("partly", "wrong"))),
        decision=decision(attempt.enrolment, attempt.step_key, sat.quiz, now),
        text=texts["passed"] if attempt.passed else texts["not_yet"],
    )


def stored_marks(attempt: QuizAttempt) -> list[Marked]:
    """As they were when it was handed in, whatever the rules are now."""
    return [
        Marked(row["question"], row["module"], row["objective"], None if row["mark"] is None else Fraction(row["mark"]))
        for row in attempt.marks or []
    ]


def _result_row(sat: Sitting, entry: Entry, item: Marked, lessons: list[Lesson]) -> ResultRow:
    question = sat.quiz.question(entry.key)
    answer = sat.answers.get(entry.key)
    response = answer.response if answer else None
    return ResultRow(
        number=entry.number,
        stem=entry.stem,
        kind=question.type,
        verdict=verdict(item.mark),
        is_answered=answer is not None,
        explained=types.get(question.type).explained(question, sat.attempt.order(entry.key), response),
        lesson=teaching(question, lessons),
    )


def lessons_of(enrolment: Enrolment, language: str) -> list[Lesson]:
    """The lessons of the enrolment's course, in the order of the course, in two queries."""
    pinned = [step for step in enrolment.course_version.steps if step.kind == "lesson"]
    found: dict[str, dict[str, StepVersion]] = {}
    for row in Publication.objects.newest([step.key for step in pinned], [step.structure for step in pinned]):
        found.setdefault(str(row.step_key), {})[row.language] = row.version
    chosen = {key: in_language(versions, language) for key, versions in found.items()}
    taught = {
        pk: (objectives, points)
        for pk, objectives, points in StepVersion.objects.filter(pk__in=[version.pk for version in chosen.values()])
        .values_list("pk", "content__objectives", "content__points")
        .order_by("pk")
    }
    lessons = []
    for step in pinned:
        version = chosen[step.key]
        objectives, points = taught[version.pk]
        lessons.append(
            Lesson(
                title=version.title,
                language=version.language,
                url=reverse("step", args=[enrolment.key, step.key]),
                objectives=frozenset(objective["id"] for objective in objectives),
                points=frozenset(points),
            )
        )
    return lessons


def teaching(question: Question, lessons: Iterable[Lesson]) -> Lesson | None:
    """The lesson that teaches most of what the question asks: by source points, then by objective."""

    def closeness(lesson: Lesson) -> tuple[int, bool]:
        return len(lesson.points & set(question.points)), question.objective in lesson.objectives

    best = max(lessons, key=closeness, default=None)
    return best if best and any(closeness(best)) else None
