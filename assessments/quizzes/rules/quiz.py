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
from assessments.quizzes.rules.sections import Section

IMMEDIATE, AFTER_HAND_IN, AFTER_LAST = "immediate", "after_hand_in", "after_last"
EXPLANATIONS, VERDICTS, SCORE = "explanations", "verdicts", "score"


@dataclass(frozen=True)
class Given:
    """An answer, and the question as it stood on the screen: an accepted text is right in its own language."""

    question: Question
    response: Response


@dataclass(frozen=True)
class Review:
    """What somebody who has handed in may read besides the score. verdicts: which answers were right. explanations:
    the right answers too, and why. later: that comes with the last attempt."""

    verdicts: bool = True
    explanations: bool = True
    later: bool = False


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
    def must_pass(self) -> list[tuple[str, int]]:
        """(title, percent) of modules and objectives with a pass mark of their own."""
        modules = [(self.body["modules"].get(name, name), needed) for name, needed in self.rules["must_pass"].items()]
        names, needed_of = self.body["objectives"], self.rules.get("must_pass_objective", {})
        return modules + [(names.get(name, name), needed) for name, needed in needed_of.items()]

    @property
    def is_pre_test(self) -> bool:
        """Taken once, cannot be failed, and waives lessons (`rules.testing_out`)."""
        return "test_out" in self.rules

    @property
    def explains_at_once(self) -> bool:
        return self.rules["feedback"] == IMMEDIATE

    def review(self, *, is_over: bool) -> Review:
        """is_over: no attempt follows. What was explained at once has been read already."""
        if self.explains_at_once:
            return Review()
        most = self.rules.get("review", EXPLANATIONS)
        if self.rules["feedback"] == AFTER_LAST and not is_over:
            return Review(verdicts=False, explanations=False, later=most != SCORE)
        return Review(verdicts=most != SCORE, explanations=most == EXPLANATIONS)

    @property
    def promise(self) -> str:
        """What is told before the start about reading answers and explanations: one of the words above."""
        if self.explains_at_once:
            return IMMEDIATE
        most = self.rules.get("review", EXPLANATIONS)
        return self.rules["feedback"] if most == EXPLANATIONS else most

    @property
    def all_on_one_page(self) -> bool:
        """Never where each answer is explained before the next one."""
        return bool(self.rules.get("one_page")) and not self.explains_at_once

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
        return len(self._drawn(seed="", seen={}))

    @property
    def sections(self) -> list[Section]:
        """None where the paper is not divided."""
        return [Section.of(data) for data in self.body.get("sections", ())]

    @property
    def weights(self) -> dict[str, int]:
        """{question: points for a mark of 1}, of those that do not simply give one."""
        return {key: section.weight for section in self.sections for key in section.keys if section.weight != 1}

    def _drawn(self, *, seed: str, seen: Mapping[str, int]) -> list[str]:
        shuffled = self.rules["shuffle_questions"]
        if self.sections:
            return paper.draw_sections(self.pool, self.sections, seed=seed, seen=seen, shuffled=shuffled)
        return paper.draw(self.pool, Draw(**self.body["draw"]), seed=seed, seen=seen, shuffled=shuffled)

    def new_paper(self, *, seed: str, seen: Mapping[str, int]) -> list[dict[str, Any]]:
        """[{"question": key, "order": keys of its parts}] for one attempt, fixed from then on."""
        shuffled = self.rules["shuffle_options"]
        keys = self._drawn(seed=seed, seen=seen)
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
        weights = self.weights
        return [
            self._marked(question, given.get(question.key), weights.get(question.key, 1))
            for question in self.questions(keys)
        ]

    def _marked(self, question: Question, given: Given | None, weight: int) -> Marked:
        mark = self.mark(given.question, given.response) if given else self.mark(question, None)
        waits = given is not None and types.get(question.type).manual
        return Marked(question.key, question.module, question.objective, mark, waits, weight)

    def grade(self, marked: Sequence[Marked]) -> Grade:
        return grading.grade(
            marked,
            pass_mark=self.rules["pass_mark"],
            must_pass=self.rules["must_pass"],
            must_pass_objective=self.rules.get("must_pass_objective", {}),
        )
