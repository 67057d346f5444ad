from typing import Any

from assessments.quizzes.rules.question import Field, Order, PartSpec, Question, Response, _
from assessments.quizzes.rules.types.reflection import Reflection

CRITERION = PartSpec(
    name="criterion",
    label=_("Criterion"),
    icon="check",
    description=_("What an essay is marked by, with the points there are for it"),
    fields=(
        Field("text", _("What to look for"), _("Example: Names the feeling before the facts")),
        Field("points", _("Points"), _("The most there is for it."), kind="whole", low=1),
        Field(
            "feedback",
            _("When it has all the points"),
            _("For whoever marks. People read it after handing in."),
            required=False,
        ),
    ),
    preview={"text": "Names the feeling before the facts", "points": 2, "feedback": "In words of its own."},
)


class Essay(Reflection):
    """Free text that a person marks by criteria. Nothing of them is on the screen before it is handed in."""

    name, label = "essay", _("essay")
    part = CRITERION
    scored, manual = True, True
    longest = 20_000
    too_long = _("This is longer than 20,000 characters. Shorten it, then save.")

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        return (
            _("Write in your own words."),
            _("A person marks it by criteria, each with its points. The result waits for that."),
        )

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        shown = super().explained(question, order, response)
        return shown | {"rubric": [part["text"] for part in question.parts]}

    def problems(self, question: Question) -> list[str]:
        texts = [part["text"].strip() for part in question.parts]
        found = [] if texts else [_("Write at least one criterion.")]
        return found + ([_("Two criteria have the same text.")] if len(set(texts)) < len(texts) else [])


TYPE = Essay()
