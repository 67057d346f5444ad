"""A quiz as it was published: its pool of questions and its rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from assessments.policy import Tries
from assessments.quizzes.rules import grading, paper, types
from assessments.quizzes.rules.grading import Grade, Marked
from assessments.quizzes.rules.marking import Marking
from assessments.quizzes.rules.paper import Draw
from assessments.quizzes.rules.question import Question, Response

IMMEDIATE, AFTER_HAND_IN = "immediate", "after_hand_in"


@dataclass(frozen=True)
class Given:
    """An answer, and the question as it stood on the screen: an accepted text is right in its own language."""

    question: Question
    response: Response


@dataclass(frozen=True)
class Quiz:
    """body: what QuizPage.compile_body() gives. All texts are in one language, all rules are the same in each."""

    body: Mapping[str, Any]

    @property
    def rules(self) -> Mapping[str, Any]:
        return self.body["rules"]

    @property
    def tries(self) -> Tries:
        return Tries(self.rules["attempts"], tuple(self.rules["waits"]))

    @property
    def explains_at_once(self) -> bool:
        return self.rules["feedback"] == IMMEDIATE

    @property
    def pool(self) -> list[Question]:
        return [Question.of(data) for data in self.body["pool"]]

    def questions(self, keys: Sequence[str]) -> list[Question]:
        """These questions, in this order."""
        wanted = {data["key"]: data for data in self.body["pool"] if data["key"] in keys}
        return [Question.of(wanted[key]) for key in keys]

    def question(self, key: str) -> Question:
        return self.questions([key])[0]

    @property
    def length(self) -> int:
        """How many questions a paper has. Every paper of a quiz has the same number."""
        return len(paper.draw(self.pool, Draw(**self.body["draw"]), seed="", seen={}))

    def new_paper(self, *, seed: str, seen: Mapping[str, int]) -> list[dict[str, Any]]:
        """[{"question": key, "order": keys of its parts}] for one attempt, fixed from then on."""
        shuffled = self.rules["shuffle_options"]
        keys = paper.draw(
            self.pool, Draw(**self.body["draw"]), seed=seed, seen=seen, shuffled=self.rules["shuffle_questions"]
        )
        orders = [paper.order(question, seed=seed, shuffled=shuffled) for question in self.questions(keys)]
        return [{"question": key, "order": order} for key, order in zip(keys, orders, strict=True)]

    @property
    def marking(self) -> Marking:
        return Marking(**self.rules.get("marking", {}))

    def mark(self, question: Question, response: Response | None) -> Fraction | None:
        """0..1 for this answer, 0 for none; None where the question is not scored or a person is to mark it."""
        kind = types.get(question.type)
        if not kind.scored:
            return None
        if response is None:
            return Fraction(0)
        return None if kind.manual else kind.mark(question, response, partial=self.rules["partial_credit"])

    def marked(self, keys: Sequence[str], given: Mapping[str, Given]) -> list[Marked]:
        return [self._marked(question, given.get(question.key)) for question in self.questions(keys)]

    def _marked(self, question: Question, given: Given | None) -> Marked:
        mark = self.mark(given.question, given.response) if given else self.mark(question, None)
        waits = given is not None and types.get(question.type).manual
        return Marked(question.key, question.module, question.objective, mark, waits)

    def grade(self, marked: Sequence[Marked]) -> Grade:
        return grading.grade(marked, pass_mark=self.rules["pass_mark"], must_pass=self.rules["must_pass"])
