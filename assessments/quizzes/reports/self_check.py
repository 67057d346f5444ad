"""What a guest sees of a self-check. Nothing of a question is explained before this browser has answered it."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from assessments.quizzes.models import GuestSitting, QuizPage
from assessments.quizzes.reports.one_question import OneQuestion, one_question
from assessments.quizzes.reports.sittings import verdict
from assessments.quizzes.rules.question import Posted, Refused
from assessments.quizzes.rules.quiz import Quiz
from courses import rules
from courses.models import Publication, StepVersion
from courses.reports import Shown, filled, in_language, shown_in


def length_of(shown: Shown) -> int:
    return Quiz(shown.content["body"]).length


class NotOpen(LookupError):
    """No live quiz of this key is open to guests."""


def open_quiz(step: UUID, language: str) -> Shown:
    """The quiz as it is live, if guests may take it. Raises NotOpen."""
    live = {
        page.locale.language_code
        for page in QuizPage.objects.live()
        .filter(translation_key=step, open_to_guests=True)
        .select_related("locale")
        .only("locale")
    }
    found = {row.language: row.version for row in Publication.objects.newest([step]) if row.language in live}
    if not found:
        raise NotOpen(str(step))
    chosen: StepVersion = in_language(found, language)
    return Shown(
        version=chosen, content=filled(chosen), language=chosen.language, is_fallback=chosen.language != language
    )


@dataclass(frozen=True)
class SelfCheck:
    """A sitting in the reader's language, as far as there is one."""

    sitting: GuestSitting
    shown: Shown
    answers: Mapping[str, dict[str, Any]]

    @property
    def quiz(self) -> Quiz:
        return Quiz(self.shown.content["body"])

    @property
    def step_key(self) -> UUID:
        return self.sitting.step_key

    @property
    def turn(self) -> str:
        """What stands on the screen: this paper, with its options in this order."""
        return rules.sha256(self.sitting.paper)[:16]

    @property
    def title(self) -> str:
        return self.shown.content["title"]

    @property
    def total(self) -> int:
        return len(self.sitting.paper)

    @property
    def answered(self) -> int:
        return len(self.answers)

    @property
    def next_number(self) -> int:
        """Of the first question without an answer; 0 when there is none."""
        return next((at for at, key in enumerate(self.sitting.keys, 1) if key not in self.answers), 0)

    def page(self, number: int, posted: Posted | None = None, fault: Refused | None = None) -> OneQuestion:
        key = self.sitting.keys[number - 1]
        return one_question(
            self.quiz.question(key),
            self.sitting.order(key),
            self.answers.get(key),
            language=self.shown.language if self.shown.is_fallback else "",
            partial=self.quiz.rules["partial_credit"],
            posted=posted,
            fault=fault,
        )

    def rows(self) -> list[tuple[int, str, str]]:
        """(number, question, verdict) of those that were answered."""
        found = []
        for number, key in enumerate(self.sitting.keys, 1):
            if key in self.answers:
                question = self.quiz.question(key)
                found.append((number, question.stem, verdict(self.quiz.mark(question, self.answers[key]))))
        return found

    @property
    def right(self) -> int:
        marks = (self.quiz.mark(self.quiz.question(key), answer) for key, answer in self.answers.items())
        return sum(mark == Fraction(1) for mark in marks)


def self_check(sitting: GuestSitting, language: str) -> SelfCheck:
    shown = shown_in(sitting.version, language, sitting.started_at, sitting.wordings)
    return SelfCheck(sitting, shown, sitting.responses())
