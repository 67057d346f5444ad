from fractions import Fraction
from typing import Any, ClassVar

from assessments.quizzes.rules.question import Order, Posted, Question, QuestionType, Response, _, first, written

FIELD = "text"


class Reflection(QuestionType):
    """Free text that nobody marks: afterwards the writer compares it with a model answer and a list of criteria."""

    name, label = "reflection", _("reflection")
    scored = False
    longest: ClassVar[int] = 5000
    too_long: ClassVar[str] = _("This is longer than 5000 characters. Shorten it, then save.")

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        return (_("Write in your own words. It is not marked."),)

    def shuffle(self, question: Question, rng: Any) -> list[str]:
        """What it is judged by is never on the screen: there is nothing to shuffle."""
        return list(question.keys)

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        return {"text": written(posted, FIELD, longest=self.longest, too_long=self.too_long)}

    def posted(self, question: Question, order: Order, response: Response) -> dict[str, list[str]]:
        return {FIELD: [response["text"]]}

    def fits(self, question: Question, response: Response) -> bool:
        return "text" in response

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        return Fraction(0)

    def shown(self, question: Question, order: Order, posted: Posted, prefix: str = "") -> dict[str, Any]:
        return {"id": f"{prefix}{FIELD}", "name": FIELD, "text": first(posted, FIELD), "longest": self.longest}

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        text = response["text"] if response else ""
        return {"text": text, "model_answer": question.model_answer, "rubric": list(question.rubric)}

    def problems(self, question: Question) -> list[str]:
        return [] if question.model_answer.strip() else [_("Write a model answer to compare with.")]


TYPE = Reflection()
