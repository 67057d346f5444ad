"""What the pages of an attempt show. Nothing here that a learner may not read yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext

from assessments import policy
from assessments.quizzes.models import Answer, QuizAttempt
from assessments.quizzes.models.records import decision
from assessments.quizzes.rules import clock, form_keys, one_page, types
from assessments.quizzes.rules.question import Posted, Refused
from assessments.quizzes.rules.quiz import Quiz
from courses.models import Allowance, Enrolment
from courses.reports import Shown, shown_in


def verdict(mark: Fraction | None, *, waits: bool = False) -> str:
    """ "right", "partly" or "wrong"; "waits" for somebody to mark it; "" where nothing is marked."""
    if mark is None:
        return "waits" if waits else ""
    return "right" if mark == 1 else "partly" if mark else "wrong"


@dataclass(frozen=True)
class Intro:
    """open_attempt: to go on with. decision: whether a new one may start. past: those handed in, newest first."""

    quiz: Quiz
    decision: policy.Decision
    open_attempt: QuizAttempt | None
    past: list[QuizAttempt]
    minutes: int | None
    must_pass: list[tuple[str, int]]
    now: datetime

    @property
    def open_minutes_left(self) -> int:
        until = self.open_attempt.until if self.open_attempt else None
        return clock.minutes_left(until, self.now) if until else 0

    @property
    def attempts_allowed(self) -> int | None:
        return allowed_so_far(self.quiz, self.open_attempt) if self.open_attempt else self.quiz.tries.allowed

    @property
    def is_passed(self) -> bool:
        """In this round, and no other attempt may start."""
        return self.decision.state == policy.PASSED


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
        must_pass=quiz.must_pass,
        now=now,
    )


def allowed_so_far(quiz: Quiz, attempt: QuizAttempt) -> int | None:
    """None for as many as one likes; never fewer than this one's number, which may have been granted."""
    return None if quiz.tries.allowed is None else max(quiz.tries.allowed, attempt.number_in_round)


@dataclass(frozen=True)
class Entry:
    """One question of the paper as the list of questions shows it. verdict only once its explanation was shown.
    section: title of the part of the paper it stands in, if it has one."""

    number: int
    key: str
    stem: str
    is_answered: bool
    is_flagged: bool
    verdict: str
    section: str = ""


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
        return allowed_so_far(self.quiz, self.attempt)


def shown_to(attempt: QuizAttempt, language: str) -> Shown:
    """The texts of an attempt: of each language what was there when it began."""
    return shown_in(attempt.pinned, language, attempt.started_at, attempt.wordings)


def sitting(attempt: QuizAttempt, language: str, now: datetime) -> Sitting:
    shown = shown_to(attempt, language)
    quiz = Quiz(shown.content["body"])
    answers = attempt.answers_now()
    titles = {key: section.title for section in quiz.sections for key in section.keys}
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
                verdict=_verdict_of(attempt, answer) if answer and checked else "",
                section=titles.get(question.key, ""),
            )
        )
    return Sitting(attempt, shown, quiz, answers, entries, now)


def _verdict_of(attempt: QuizAttempt, answer: Answer) -> str:
    given = attempt.asked(answer)
    mark = attempt.quiz.mark(given.question, given.response)
    return verdict(mark, waits=types.get(given.question.type).manual) or "done"


@dataclass(frozen=True)
class QuestionPage:
    """One question. shown holds nothing that gives an answer away; explained is None until it may be read."""

    sitting: Sitting
    entry: Entry
    kind: str
    hints: Sequence[str]
    shown: Mapping[str, Any]
    explained: Mapping[str, Any] | None
    picture: Mapping[str, Any] | None
    saved_at: datetime | None
    errors: list[dict[str, str]] = field(default_factory=list)
    idem: UUID = field(default_factory=form_keys.new)

    @property
    def wrong_field(self) -> str:
        return self.errors[0]["field"] if self.errors else ""

    @property
    def kick(self) -> str:
        """What it belongs to: the quiz, and the part of the paper if it has one."""
        return " · ".join(part for part in (self.sitting.title, self.entry.section) if part)

    @property
    def language(self) -> str:
        """Of the question, where it is not that of the reader; else ""."""
        return self.sitting.shown.language if self.sitting.shown.is_fallback else ""

    @property
    def previous(self) -> int:
        """The number of the question before, 0 at the first."""
        return self.entry.number - 1

    @property
    def following(self) -> int:
        """The number of the question after, 0 at the last."""
        return self.entry.number + 1 if self.entry.number < self.sitting.total else 0


@dataclass(frozen=True)
class WholePage:
    """All questions on one page. parts: (title of the section that begins here, or "", its question). seen: how many
    answers were kept when it was opened."""

    sitting: Sitting
    parts: list[tuple[str, QuestionPage]]
    seen: int
    idem: UUID = field(default_factory=form_keys.new)

    @property
    def errors(self) -> list[dict[str, str]]:
        return [error for _title, part in self.parts for error in part.errors]


def whole_page(
    sat: Sitting, posted: Posted | None = None, faults: Mapping[int, Refused] = MappingProxyType({})
) -> WholePage:
    """posted: what was just sent, where some of it could not be saved and must not be lost."""
    parts, before = [], ""
    for entry in sat.entries:
        own = None if posted is None else one_page.part_of(posted, entry.number)
        page = question_page(sat, entry.number, own, faults.get(entry.number), one_page.prefix(entry.number))
        parts.append((entry.section if entry.section != before else "", page))
        before = entry.section
    return WholePage(sat, parts, sat.attempt.answers.count())


def question_page(
    sat: Sitting, number: int, posted: Posted | None = None, fault: Refused | None = None, prefix: str = ""
) -> QuestionPage:
    """posted: what was just sent, where it could not be saved and must not be lost. prefix: where it is not alone."""
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
        shown=one_page.renamed(kind.shown(question, order, stored if posted is None else posted, prefix), prefix),
        explained=explained,
        picture=question.picture,
        saved_at=answer.at if answer else None,
        errors=errors_of(fault, prefix),
    )


def errors_of(fault: Refused | None, prefix: str = "") -> list[dict[str, str]]:
    if fault is None:
        return []
    return [{"field": prefix + fault.field if fault.field else "", "text": gettext(fault.message)}]
