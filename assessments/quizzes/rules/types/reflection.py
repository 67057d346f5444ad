import random
from fractions import Fraction
from typing import Any

from assessments.quizzes.rules.question import Order, Posted, Question, QuestionType, Refused, Response, _, first

FIELD = "text"
LONGEST = 5000


class Reflection(QuestionType):
    """Free text that nobody marks: afterwards the writer compares it with a model answer and a list of criteria."""

    name, label = "reflection", _("reflection")
    scored = False

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        return (_("Write in your own words. It is not marked."),)

    def shuffle(self, question: Question, rng: random.Random) -> list[str]:
        return []

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        text = first(posted, FIELD).replace("\x00", "").strip()  # no database takes a null byte
        if not text:
            raise Refused(_("Write a few words before you go on."), FIELD)
        if len(text) > LONGEST:
            raise Refused(_("This is longer than 5000 characters. Shorten it, then save."), FIELD)
        return {"text": text}

    def posted(self, question: Question, order: Order, response: Response) -> dict[str, list[str]]:
        return {FIELD: [response["text"]]}

    def fits(self, question: Question, response: Response) -> bool:
        return "text" in response

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        return Fraction(0)

    def shown(self, question: Question, order: Order, posted: Posted, prefix: str = "") -> dict[str, Any]:
        return {"id": f"{prefix}{FIELD}", "name": FIELD, "text": first(posted, FIELD), "longest": LONGEST}

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        text = response["text"] if response else ""
        return {"text": text, "model_answer": question.model_answer, "rubric": list(question.rubric)}

    def problems(self, question: Question) -> list[str]:
        return [] if question.model_answer.strip() else [_("Write a model answer to compare with.")]


TYPE = Reflection()
