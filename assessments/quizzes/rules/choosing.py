"""What single, multiple and true/false questions share: options, of which some are right."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from assessments.quizzes.rules.choices import Choice, Offered, letter
from assessments.quizzes.rules.question import (
    NOT_OFFERED,
    NOTHING_CHOSEN,
    PICTURE,
    Field,
    Order,
    PartSpec,
    Posted,
    Question,
    QuestionType,
    Refused,
    Response,
    _,
    place,
)

FIELD = "answer"
OPTION = PartSpec(
    name="option",
    label=_("Option"),
    icon="list-ul",
    description=_("One answer to choose from, with the explanation people read afterwards"),
    fields=(
        Field("text", _("Text"), _("Example: Let her finish, then say back what you heard")),
        Field(
            "correct",
            _("This one is right"),
            _("One of a single choice, one or more of a multiple one."),
            kind="flag",
            required=False,
        ),
        Field("feedback", _("Explanation"), _("Why it is right or wrong. Read only after answering.")),
        PICTURE,
    ),
    preview={"text": "Let her finish, then say back what you heard", "correct": True, "feedback": "Being heard calms."},
)


class Choosing(QuestionType):
    part = OPTION
    control = "radio"

    def chosen(self, posted: Posted, question: Question, order: Order) -> list[str]:
        """The keys of the chosen options, in the editor's order. Raises Refused."""
        values = posted.get(FIELD, ())
        if not values:
            raise Refused(NOTHING_CHOSEN, f"{FIELD}-1")
        places = [place(value, len(order)) for value in values]
        keys = {order[at] for at in places if at is not None}
        if None in places:
            raise Refused(NOT_OFFERED, f"{FIELD}-1")
        return [key for key in question.keys if key in keys]

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        chosen = self.chosen(posted, question, order)
        if len(chosen) > 1:
            raise Refused(NOT_OFFERED, f"{FIELD}-1")
        return {"chosen": chosen}

    def posted(self, question: Question, order: Order, response: Response) -> dict[str, list[str]]:
        return {FIELD: [str(at) for at, key in enumerate(order, 1) if key in response["chosen"]]}

    def fits(self, question: Question, response: Response) -> bool:
        return set(response.get("chosen", ["?"])) <= set(question.keys)

    def shown(self, question: Question, order: Order, posted: Posted, prefix: str = "") -> dict[str, Any]:
        ticked = posted.get(FIELD, ())
        return {
            "control": self.control,
            "name": FIELD,
            "options": [
                {
                    "id": f"{prefix}{FIELD}-{at}",
                    "value": str(at),
                    "text": question.part(key)["text"],
                    "picture": question.part(key).get("picture"),
                    "checked": str(at) in ticked,
                }
                for at, key in enumerate(order, 1)
            ],
        }

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        chosen = response["chosen"] if response else []
        options = []
        for key in order:
            part = question.part(key)
            mark = self.option_mark(is_right=part["correct"], is_chosen=key in chosen)
            texts = {"text": part["text"], "picture": part.get("picture"), "feedback": part["feedback"]}
            options.append({**texts, "chosen": key in chosen, "mark": mark})
        return {"options": options}

    def option_mark(self, *, is_right: bool, is_chosen: bool) -> str:
        """What stands beside an option afterwards: "right", "wrong" or "plain"."""
        if is_right:
            return "right"
        return "wrong" if is_chosen else "plain"

    def choices(self, response: Response) -> Iterable[Choice]:
        return (Choice(key) for key in response["chosen"])

    def offered(self, question: Question) -> list[Offered]:
        return [
            Offered(Choice(part["key"]), letter(at), part["text"], bool(part["correct"]))
            for at, part in enumerate(question.parts)
        ]

    def guess(self, question: Question, *, partial: bool) -> Fraction | None:
        """One option is ticked."""
        return Fraction(len(right_keys(question)), len(question.parts))

    def problems(self, question: Question) -> list[str]:
        texts = [part["text"].strip() for part in question.parts]
        found = [_("Write at least two options.")] if len(texts) < 2 else []
        return found + ([_("Two options have the same text.")] if len(set(texts)) < len(texts) else [])


def right_keys(question: Question) -> frozenset[str]:
    return frozenset(part["key"] for part in question.parts if part["correct"])
