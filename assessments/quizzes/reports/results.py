"""The result of an attempt: what was reached, why each answer is right or wrong, what to read again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from assessments import policy
from assessments.quizzes.models import ImportedProgress, ImportedSitting, QuizAttempt
from assessments.quizzes.models.records import HandIn, decision
from assessments.quizzes.reports.sittings import Entry, Sitting, sitting, verdict
from assessments.quizzes.rules import grading, types
from assessments.quizzes.rules.grading import Marked, Share
from assessments.quizzes.rules.question import Question
from assessments.quizzes.rules.quiz import AFTER_LAST, Quiz, Review
from courses import versions
from courses.models import Enrolment, StepCompletion
from courses.reports import in_language, step_address
from people.models import User


@dataclass(frozen=True)
class Lesson:
    """Where something is taught, in the course as this person takes it."""

    key: str
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
    picture: Mapping[str, Any] | None
    explained: Mapping[str, Any] | None
    lesson: Lesson | None
    marks: list["GivenMark"]


@dataclass(frozen=True)
class ResultPage:
    """total and parts (modules and objectives that have to be passed): points against what was needed. to_review:
    lessons that teach what was not right. review: what may be read of the answers; rows and objectives say no more.
    corrected: a key was wrong and its answers were marked again. percent: of what was brought over as it was shown
    there, else of total. progress: of the person there, by category; none where the attempt was made here. categories:
    of all this person's results here."""

    sitting: Sitting
    total: Share
    parts: list[tuple[str, Share]]
    objectives: list[tuple[str, Share]]
    rows: list[ResultRow]
    to_review: list[Lesson]
    decision: policy.Decision
    text: str
    corrected: bool
    percent: int
    progress: list[dict[str, Any]]
    categories: list[tuple[str, Share]]
    review: Review
    waived: list[Lesson]  # by this very attempt, at a pre-test

    @property
    def waiting(self) -> int:
        """Answers that somebody is still to mark."""
        return sum(item.waits for item in self.attempt.marked)

    @property
    def shown_rows(self) -> list[ResultRow]:
        """Words of a marker are read whatever else is."""
        return [row for row in self.rows if self.review.verdicts or row.marks]

    @property
    def attempt(self) -> QuizAttempt:
        return self.sitting.attempt


def result(attempt: QuizAttempt, language: str, now: datetime) -> ResultPage:
    sat = sitting(attempt, language, now)
    lessons = lessons_of(attempt.enrolment, language)
    marked = attempt.marked
    given = marks_of(attempt)
    rows = [_result_row(sat, entry, item, lessons, given) for entry, item in zip(sat.entries, marked, strict=True)]
    verdict_now = decision(attempt.enrolment, attempt.step_key, sat.quiz, now)
    review = sat.quiz.review(is_over=_is_over(attempt, verdict_now))
    grade = sat.quiz.grade(marked)
    total, percent, progress = grade.total, grade.total.percent, []
    if attempt.hand_in_kind == HandIn.IMPORTED:
        total = Share(Fraction(int(attempt.score or 0)), attempt.max or 0, total.needed)
        percent, progress = ImportedSitting.objects.get(attempt=attempt).percent, _progress_there(attempt)
    names = sat.quiz.body["objectives"]
    texts = sat.quiz.body["texts"]
    return ResultPage(
        sitting=sat,
        total=total,
        parts=[(sat.quiz.body["modules"].get(name, name), share) for name, share in grade.modules.items()]
        + [(names.get(name, name), share) for name, share in grade.objectives.items()],
        objectives=[
            (names.get(name, name), share)
            for name, share in grading.by_objective(marked).items()
            if share.maximum and review.verdicts
        ],
        rows=[_reviewed(row, review) for row in rows],
        to_review=list(dict.fromkeys(row.lesson for row in rows if row.lesson and row.verdict in ("partly", "wrong"))),
        decision=verdict_now,
        text="" if attempt.waits else texts["passed"] if attempt.passed else texts["not_yet"],
        corrected=attempt.regraded.exists(),
        percent=percent,
        progress=progress,
        categories=by_category(attempt.enrolment.person),
        review=review,
        waived=_waived(attempt, lessons) if sat.quiz.is_pre_test else [],
    )


def _waived(attempt: QuizAttempt, lessons: list[Lesson]) -> list[Lesson]:
    rows = StepCompletion.objects.filter(enrolment=attempt.enrolment, waived_by=attempt.key)
    keys = {str(key) for key in rows.values_list("step_key", flat=True)}
    return [lesson for lesson in lessons if lesson.key in keys]


def _is_over(attempt: QuizAttempt, verdict_now: policy.Decision) -> bool:
    """Whether no attempt is open or follows that has to be passed. Where tries are not counted, passing is what ends
    them. It is only looked up where explanations wait for it."""
    if attempt.quiz.rules["feedback"] != AFTER_LAST:
        return False
    mine = QuizAttempt.objects.filter(enrolment=attempt.enrolment, step_key=attempt.step_key)
    if mine.filter(finished_at=None).exists():  # it asks what would be explained here
        return False
    if verdict_now.state in (policy.PASSED, policy.USED_UP):
        return True
    return verdict_now.left is None and mine.filter(passed=True).of_this_round().exists()


def _reviewed(row: ResultRow, review: Review) -> ResultRow:
    return replace(
        row,
        verdict=row.verdict if review.verdicts or row.verdict == "waits" else "",
        explained=row.explained if review.explanations else None,
        lesson=row.lesson if review.verdicts else None,
    )


def _progress_there(attempt: QuizAttempt) -> list[dict[str, Any]]:
    rows = ImportedProgress.objects.open_for(attempt.enrolment.person).order_by("pk")
    return [category for row in rows for category in row.categories if category["possible"]]


def by_category(person: User) -> list[tuple[str, Share]]:
    """What this person reached in all results here, by the category of the questions. Quizzes whose answers may not be
    read, or not yet, are left out: a sum would tell of them."""
    rows = QuizAttempt.objects.answered_by(person).exclude(passed=None).exclude(hand_in_kind=HandIn.IMPORTED)
    attempts = list(rows.only("version_id", "marks"))
    filed = FILED.of({attempt.version_id for attempt in attempts})
    marked = [
        replace(item, objective=category)
        for attempt in attempts
        for item in attempt.marked
        if (category := filed[attempt.version_id].get(item.key))
    ]
    shares = grading.by_objective(marked)
    return [(name, shares[name]) for name in sorted(shares) if shares[name].maximum]


def _filed(pool: list[dict[str, Any]], rules: dict[str, Any]) -> dict[str, str]:
    """{question: its category}, nothing where the answers of one attempt wait for another."""
    if not Quiz({"rules": rules}).review(is_over=False).verdicts:
        return {}
    return {question["key"]: question["category"] for question in pool if question.get("category")}


FILED = versions.Fact("body__pool", "body__rules", made=_filed)


@dataclass(frozen=True)
class GivenMark:
    """What one marker gave and wrote, without their name."""

    criteria: list[tuple[str, int, int]]
    feedback: str


def marks_of(attempt: QuizAttempt) -> dict[str, list[GivenMark]]:
    """{question key: the marks of its essay}, once it is settled. No query where there is no essay."""
    if not any(types.get(question.type).manual for question in attempt.quiz.questions(attempt.keys)):
        return {}
    found = {}
    for essay in attempt.essays.exclude(settled_at=None).prefetch_related("marks"):
        key = str(essay.question_key)
        parts = attempt.quiz.question(key).parts
        found[key] = [
            GivenMark([(part["text"], mark.points[part["key"]], part["points"]) for part in parts], mark.feedback)
            for mark in sorted(essay.marks.all(), key=lambda mark: mark.number)
        ]
    return found


def _result_row(
    sat: Sitting, entry: Entry, item: Marked, lessons: list[Lesson], given: dict[str, list[GivenMark]]
) -> ResultRow:
    question = sat.quiz.question(entry.key)
    answer = sat.answers.get(entry.key)
    response = answer.response if answer else None
    return ResultRow(
        number=entry.number,
        stem=entry.stem,
        kind=question.type,
        verdict=verdict(item.mark, waits=item.waits),
        is_answered=answer is not None,
        picture=question.picture,
        explained=types.get(question.type).explained(question, sat.attempt.order(entry.key), response),
        lesson=teaching(question, lessons),
        marks=given.get(entry.key, []),
    )


def lessons_of(enrolment: Enrolment, language: str) -> list[Lesson]:
    """The lessons of the enrolment's course, in the order of the course."""
    pinned = [step for step in enrolment.course_version.steps if step.kind == "lesson"]
    texts = versions.texts([enrolment.course_version])[enrolment.course_version_id]
    chosen = {step.key: in_language(texts[step.key, step.structure], language) for step in pinned}
    taught = TAUGHT.of({version.pk for version in chosen.values()})
    address = step_address(enrolment)
    lessons = []
    for step in pinned:
        version = chosen[step.key]
        objectives, points = taught[version.pk]
        lessons.append(
            Lesson(
                key=step.key,
                title=version.title,
                language=version.language,
                url=address(step.key),
                objectives=objectives,
                points=points,
            )
        )
    return lessons


def _taught(objectives: list[dict[str, str]], points: list[str]) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(objective["id"] for objective in objectives), frozenset(points)


TAUGHT = versions.Fact("objectives", "points", made=_taught)


def teaching(question: Question, lessons: Iterable[Lesson]) -> Lesson | None:
    """The lesson that teaches most of what the question asks: by source points, then by objective."""

    def closeness(lesson: Lesson) -> tuple[int, bool]:
        return len(lesson.points & set(question.points)), question.objective in lesson.objectives

    best = max(lessons, key=closeness, default=None)
    return best if best and any(closeness(best)) else None
