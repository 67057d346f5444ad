from fractions import Fraction
from typing import Any

from assessments.quizzes.rules import matches
from assessments.quizzes.rules.question import (
    Field,
    Order,
    PartSpec,
    Posted,
    Question,
    QuestionType,
    Response,
    _,
    first,
    written,
)

FIELD = "text"
ANSWER = PartSpec(
    name="answer",
    label=_("Accepted answer"),
    icon="edit",
    description=_("A text that is right, wholly or in part, and how exactly it must be met"),
    fields=(
        Field("text", _("Text"), _("Example: active listening. Or a pattern: (active|careful) listening")),
        Field(
            "how",
            _("How it is compared"),
            _("A pattern is a regular expression that must meet the whole answer."),
            kind="choice",
            choices=matches.WAYS,
            default=matches.NORMALISED,
        ),
        Field(
            "fold",
            _("Letters without their marks count too: zolc for żółć"),
            _("For keyboards that lack them."),
            kind="flag",
            required=False,
        ),
        Field("credit", _("Worth, %"), _("100: all of the mark."), kind="whole", low=1, high=100, default=matches.FULL),
        Field("feedback", _("Explanation"), _("For whoever gave this answer. Read only after answering.")),
    ),
    preview={"text": "active listening", "how": matches.NORMALISED, "credit": 100, "feedback": "Hearing calms."},
)


class ShortText(QuestionType):
    """A word or a few. It meets an accepted answer or it does not: nothing is measured by likeness."""

    name, label = "shorttext", _("short text")
    part = ANSWER
    longest = 200
    too_long = _("This is longer than 200 characters. Shorten it, then save.")

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        return (_("Write a word or a few."), *matches.credit_hint(question.parts, partial=partial))

    def shuffle(self, question: Question, rng: Any) -> list[str]:
        """Accepted answers are never on the screen: there is nothing to shuffle."""
        return list(question.keys)

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        return {"text": written(posted, FIELD, longest=self.longest, too_long=self.too_long)}

    def posted(self, question: Question, order: Order, response: Response) -> dict[str, list[str]]:
        return {FIELD: [response["text"]]}

    def fits(self, question: Question, response: Response) -> bool:
        return "text" in response

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        return matches.worth(self._met(question, response), partial=partial)

    def shown(self, question: Question, order: Order, posted: Posted, prefix: str = "") -> dict[str, Any]:
        return {"id": f"{prefix}{FIELD}", "name": FIELD, "text": first(posted, FIELD), "longest": self.longest}

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        met = self._met(question, response) if response else None
        return {
            "text": response["text"] if response else "",
            "credit": met["credit"] if met else 0,
            "feedback": met["feedback"] if met else question.model_answer,
            "accepted": [
                part["text"]
                for part in question.parts
                if part["credit"] == matches.FULL and part["how"] != matches.PATTERN
            ],
        }

    def _met(self, question: Question, response: Response) -> Any:
        met = [part for part in question.parts if matches.meets(response["text"], part)]
        return matches.best(met)

    def problems(self, question: Question) -> list[str]:
        found = matches.credit_problems(question.parts)
        texts = [(part["how"], part["text"].strip()) for part in question.parts]
        if len(set(texts)) < len(texts):
            found.append(_("Two accepted answers are the same."))
        patterns = [part for part in question.parts if part["how"] == matches.PATTERN]
        found += [problem for pattern in patterns if (problem := matches.pattern_problem(pattern))]
        if len(patterns) == len(texts) and not question.model_answer.strip():
            found.append(_("Write a model answer: nobody can learn from a pattern what would have been right."))
        return found


TYPE = ShortText()
