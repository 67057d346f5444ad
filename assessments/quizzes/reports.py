"""What the screens of a quiz show, as plain data. Nothing here goes to a template that a learner may not read yet."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from assessments import policy
from assessments.quizzes.models import Answer, PracticeAnswer, QuizAttempt
from assessments.quizzes.models.records import decision
from assessments.quizzes.rules import clock, grading, paper, types
from assessments.quizzes.rules.grading import Marked, Share
from assessments.quizzes.rules.question import Posted, Question, Refused
from assessments.quizzes.rules.quiz import Quiz
from courses.kinds import Standing
from courses.models import Allowance, Enrolment, Publication, StepVersion
from courses.reports import Shown, in_language, shown_in


def verdict(mark: Fraction | None) -> str:
    """ "right", "partly" or "wrong"; "" where nothing is marked."""
    if mark is None:
        return ""
    return "right" if mark == 1 else "partly" if mark else "wrong"


# --- the page of the step: rules before the clock ------------------------------------------------------------------


@dataclass(frozen=True)
class Intro:
    """open_attempt: to go on with. decision: whether a new one may start. past: those handed in, newest first."""

    quiz: Quiz
    decision: policy.Decision
    open_attempt: QuizAttempt | None
    past: list[QuizAttempt]
    minutes: int | None
    must_pass: list[tuple[str, int]]

    @property
    def is_passed(self) -> bool:
        return any(attempt.passed for attempt in self.past)


def intro(enrolment: Enrolment, shown: Shown, now: datetime) -> Intro:
    step_key = shown.version.step_key
    attempts = QuizAttempt.objects.open_for(enrolment.person).filter(enrolment=enrolment, step_key=step_key)
    rows = list(attempts.order_by("-number"))
    quiz = Quiz(shown.content["body"])
    extra = Allowance.objects.filter(enrolment=enrolment, step_key=step_key).aggregate(sum=Sum("extra_time_percent"))
    limit = clock.deadline(now, quiz.rules["minutes"], extra["sum"] or 0)
    return Intro(
        quiz=quiz,
        decision=decision(enrolment, step_key, quiz, now),
        open_attempt=next((row for row in rows if row.is_open), None),
        past=[row for row in rows if not row.is_open],
        minutes=clock.minutes_left(limit, now) if limit else None,
        must_pass=_must_pass(quiz),
    )


def _must_pass(quiz: Quiz) -> list[tuple[str, int]]:
    """(title of the module, percent) of modules with a pass mark of their own."""
    return [(quiz.body["modules"].get(name, name), needed) for name, needed in quiz.rules["must_pass"].items()]


# --- an attempt ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One question of the paper as the list of questions shows it. verdict only once its explanation was shown."""

    number: int
    key: str
    stem: str
    is_answered: bool
    is_flagged: bool
    verdict: str


@dataclass(frozen=True)
class Sitting:
    """An attempt under way, in the reader's language as far as there is one."""

    attempt: QuizAttempt
    shown: Shown
    quiz: Quiz
    answers: Mapping[str, Answer]
    entries: list[Entry]
    now: datetime

    @property
    def title(self) -> str:
        return self.shown.content["title"]

    @property
    def total(self) -> int:
        return len(self.entries)

    @property
    def answered(self) -> int:
        return sum(entry.is_answered for entry in self.entries)

    @property
    def unanswered(self) -> list[Entry]:
        return [entry for entry in self.entries if not entry.is_answered]

    @property
    def resume_at(self) -> int | None:
        """The first question without an answer (or, where answers are explained at once, not yet checked)."""
        pending = [
            entry for entry in self.entries if not (entry.verdict if self.explains_at_once else entry.is_answered)
        ]
        return pending[0].number if pending else None

    @property
    def explains_at_once(self) -> bool:
        return self.quiz.explains_at_once

    @property
    def until(self) -> datetime | None:
        return self.attempt.until

    @property
    def minutes_left(self) -> int:
        return clock.minutes_left(self.until, self.now) if self.until else 0

    @property
    def saved_at(self) -> datetime | None:
        return max((answer.at for answer in self.answers.values()), default=None)

    @property
    def attempts_allowed(self) -> int | None:
        """None for as many as one likes; never fewer than this one's number, which may have been granted."""
        allowed = self.quiz.tries.allowed
        return None if allowed is None else max(allowed, self.attempt.number)


def sitting(attempt: QuizAttempt, language: str, now: datetime) -> Sitting:
    shown = shown_in(attempt.version, language)
    quiz = Quiz(shown.content["body"])
    answers = attempt.answers_now()
    entries = []
    for number, question in enumerate(quiz.questions(attempt.keys), 1):
        answer = answers.get(question.key)
        checked = answer is not None and answer.checked
        entries.append(
            Entry(
                number=number,
                key=question.key,
                stem=question.stem,
                is_answered=answer is not None,
                is_flagged=question.key in attempt.flagged,
                verdict=(verdict(quiz.mark(question, answer.response)) or "done") if answer and checked else "",
            )
        )
    return Sitting(attempt, shown, quiz, answers, entries, now)


@dataclass(frozen=True)
class QuestionPage:
    """One question. shown holds nothing that gives an answer away; explained is None until it may be read."""

    sitting: Sitting
    entry: Entry
    kind: str
    hints: Sequence[str]
    shown: Mapping[str, Any]
    explained: Mapping[str, Any] | None
    saved_at: datetime | None
    errors: list[dict[str, str]] = field(default_factory=list)
    idem: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def wrong_field(self) -> str:
        return self.errors[0]["field"] if self.errors else ""

    @property
    def previous(self) -> int:
        """The number of the question before, 0 at the first."""
        return self.entry.number - 1

    @property
    def following(self) -> int:
        """The number of the question after, 0 at the last."""
        return self.entry.number + 1 if self.entry.number < self.sitting.total else 0


def question_page(
    sat: Sitting, number: int, posted: Posted | None = None, fault: Refused | None = None
) -> QuestionPage:
    """posted: what was just sent, where it could not be saved and must not be lost."""
    entry = sat.entries[number - 1]
    question = sat.quiz.question(entry.key)
    kind, order = types.get(question.type), sat.attempt.order(entry.key)
    answer = sat.answers.get(entry.key)
    stored = kind.posted(question, order, answer.response) if answer else {}
    explained = kind.explained(question, order, answer.response) if answer and answer.checked else None
    return QuestionPage(
        sitting=sat,
        entry=entry,
        kind=question.type,
        hints=kind.hints(question, partial=sat.quiz.rules["partial_credit"]),
        shown=kind.shown(question, order, stored if posted is None else posted),
        explained=explained,
        saved_at=answer.at if answer else None,
        errors=_errors(fault),
    )


def _errors(fault: Refused | None, prefix: str = "") -> list[dict[str, str]]:
    return [{"field": prefix + fault.field, "text": gettext(fault.message)}] if fault else []


# --- the result ----------------------------------------------------------------------------------------------------


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


# --- standing in the outline of the course -------------------------------------------------------------------------


def standing(enrolments: Iterable[Enrolment]) -> dict[tuple[int, str], Standing]:
    """How each enrolment stands in each quiz it has tried, in two queries."""
    enrolments, now = list(enrolments), timezone.now()
    rows = (
        QuizAttempt.objects.filter(enrolment__in=enrolments)
        .order_by("number")
        .values("enrolment_id", "step_key", "key", "number", "finished_at", "passed", "version__content__body__rules")
    )
    extra = {
        (row["enrolment_id"], row["step_key"]): row["sum"]
        for row in Allowance.objects.filter(enrolment__in=enrolments)
        .values("enrolment_id", "step_key")
        .annotate(sum=Sum("extra_attempts"))
        .order_by()
    }
    tried: dict[tuple[int, uuid.UUID], list[dict]] = {}
    for row in rows:
        tried.setdefault((row["enrolment_id"], row["step_key"]), []).append(row)
    return {(pair[0], str(pair[1])): _standing(tries, extra.get(pair, 0), now) for pair, tries in tried.items()}


def _standing(tries: list[dict], extra: int, now: datetime) -> Standing:
    last = tries[-1]
    if last["finished_at"] is None:
        return Standing("open", url=reverse("attempt", args=[last["key"]]), text=gettext("Not handed in yet"))
    if any(row["passed"] for row in tries):
        return Standing("ready")
    rules = last["version__content__body__rules"]
    verdict = policy.decide(
        policy.Tries(rules["attempts"], tuple(rules["waits"])),
        taken=last["number"],
        extra=extra,
        last_ended_at=last["finished_at"],
        now=now,
    )
    return Standing(verdict.state, text=decision_text(verdict), until=verdict.until)


def decision_text(verdict: policy.Decision) -> str:
    """What happens next and who can help, in words; "" where a new attempt may simply start."""
    if verdict.until:
        words = {"when": date_format(timezone.localtime(verdict.until), "SHORT_DATETIME_FORMAT")}
        return gettext("You can try again from %(when)s.") % words
    if verdict.state != policy.USED_UP:
        return ""
    if settings.SUPPORT_EMAIL:
        words = {"email": settings.SUPPORT_EMAIL}
        return gettext("All attempts are used. Write to %(email)s: they can give you one more.") % words
    return gettext("All attempts are used. Whoever looks after training where you work can give you one more.")


# --- practice questions inside a lesson ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Practice:
    """A practice question as templates/quizzes/practice.html shows it; explained is None until it was answered."""

    stem: str
    kind: str
    hints: Sequence[str]
    shown: Mapping[str, Any]
    explained: Mapping[str, Any] | None
    verdict: str
    version: str
    errors: list[dict[str, str]]
    idem: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def wrong_field(self) -> str:
        return self.errors[0]["field"] if self.errors else ""


@dataclass(frozen=True)
class PracticeFault:
    """What was sent for one block of a lesson and could not be kept."""

    block: str
    posted: Posted
    refused: Refused


def practice(enrolment: Enrolment, shown: Shown, fault: PracticeFault | None = None) -> dict[str, Practice]:
    """{block id: the practice question there}, in one query."""
    step_key = shown.version.step_key
    rows = PracticeAnswer.objects.open_for(enrolment.person).filter(step_key=step_key).order_by("pk")
    answers = {row.block_key: row for row in rows}
    return {
        block["id"]: _practice(enrolment, shown, block, answers.get(block["id"]), fault)
        for block in shown.content["body"].get("blocks", [])
        if block["kind"] == "knowledge_check" and block["question"]
    }


def _practice(
    enrolment: Enrolment, shown: Shown, block: dict, answer: PracticeAnswer | None, fault: PracticeFault | None
) -> Practice:
    question = Question.of(block["question"])
    kind, order = types.get(question.type), practice_order(enrolment, question)
    response = answer.response if answer and kind.fits(question, answer.response) else None
    posted = kind.posted(question, order, response) if response else {}
    mine = fault if fault and fault.block == block["id"] else None
    prefix = f"{block['id']}-"
    return Practice(
        stem=question.stem,
        kind=question.type,
        hints=kind.hints(question, partial=True),
        shown=kind.shown(question, order, mine.posted if mine else posted, prefix),
        explained=kind.explained(question, order, response) if response else None,
        verdict=verdict(kind.mark(question, response, partial=True) if response and kind.scored else None),
        version=shown.version.sha256,
        errors=_errors(mine.refused if mine else None, prefix),
    )


def practice_order(enrolment: Enrolment, question: Question) -> list[str]:
    """The same for one person every time."""
    return paper.order(question, seed=str(enrolment.key))
