"""What both kinds of situational judgement share: responses to a situation, each with a weight that experts gave it."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from assessments.quizzes.rules.question import PICTURE, Field, PartSpec, Question, QuestionType, _

RESPONSE = PartSpec(
    name="response",
    label=_("Response"),
    icon="group",
    description=_("One thing to do in the situation, and how well experts say it works"),
    fields=(
        Field("text", _("Text"), _("Example: Step back, lower your voice, name what you see")),
        Field(
            "weight",
            _("How well it works"),
            _("For best and worst: 0 to 100. For rating each: 1 (makes it worse) to 5 (works best)."),
            kind="whole",
        ),
        Field("feedback", _("Explanation"), _("Why it works so well or badly. Read only after answering.")),
        PICTURE,
    ),
    preview={"text": "Step back, lower your voice", "weight": 5, "feedback": "Distance and calm come first."},
)


class Judging(QuestionType):
    part = RESPONSE

    def problems(self, question: Question) -> list[str]:
        texts = [part["text"].strip() for part in question.parts]
        found = [_("Write at least three responses.")] if len(texts) < 3 else []
        return found + ([_("Two responses have the same text.")] if len(set(texts)) < len(texts) else [])


def weights(question: Question) -> dict[str, int]:
    return {part["key"]: part["weight"] for part in question.parts}


def mean(shares: Sequence[Fraction]) -> Fraction:
    return sum(shares, Fraction(0)) / len(shares)


def item(question: Question, key: str, **more: Any) -> dict[str, Any]:
    part = question.part(key)
    return {"text": part["text"], "picture": part.get("picture"), **more}
