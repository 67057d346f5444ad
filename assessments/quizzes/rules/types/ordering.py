import math
import random
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from assessments.quizzes.rules.choices import Choice, Offered
from assessments.quizzes.rules.question import (
    NOT_OFFERED,
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
    first,
    place,
)

FIELD = "place"
ITEM = PartSpec(
    name="item",
    label=_("Item"),
    icon="list-ol",
    description=_("One step of a sequence; write the steps in the right order"),
    fields=(
        Field("text", _("Text"), _("Example: Take a silent breath")),
        Field("feedback", _("Explanation"), _("Why it belongs here. Read only after answering.")),
        PICTURE,
    ),
    preview={"text": "Take a silent breath", "feedback": "Your own calm comes first."},
)


class Ordering(QuestionType):
    """Steps to be put in order by giving each a number, so that it needs neither dragging nor JavaScript."""

    name, label = "ordering", _("ordering")
    part = ITEM
    always_shuffled = True

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        rule = _("Each item in its right place counts.") if partial else _("It counts when the whole order is right.")
        return (_("Give each item its place, 1 for the first."), rule)

    def shuffle(self, question: Question, rng: random.Random) -> list[str]:
        """Never the right order itself, or saving the page untouched would be an answer."""
        keys = super().shuffle(question, rng)
        if keys == list(question.keys):
            keys = keys[1:] + keys[:1]
        return keys

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        count = len(order)
        placed: dict[int, str] = {}
        for at, key in enumerate(order, 1):
            name = f"{FIELD}-{at}"
            value = first(posted, name)
            where = place(value, count)
            if not value:
                raise Refused(_("Give each item a place before you go on."), name)
            if where is None:
                raise Refused(NOT_OFFERED, name)
            if where in placed:
                raise Refused(_("Two items have the same place. Give each its own."), name)
            placed[where] = key
        return {"order": [placed[where] for where in range(count)]}

    def posted(self, question: Question, order: Order, response: Response) -> dict[str, list[str]]:
        return {f"{FIELD}-{at}": [str(response["order"].index(key) + 1)] for at, key in enumerate(order, 1)}

    def fits(self, question: Question, response: Response) -> bool:
        return sorted(response.get("order", ())) == sorted(question.keys)

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        in_place = sum(given == right for given, right in zip(response["order"], question.keys, strict=True))
        share = Fraction(in_place, len(question.keys))
        return share if partial or share == 1 else Fraction(0)

    def shown(self, question: Question, order: Order, posted: Posted, prefix: str = "") -> dict[str, Any]:
        places = [str(number) for number in range(1, len(order) + 1)]
        items = []
        for at, key in enumerate(order, 1):
            name = f"{FIELD}-{at}"
            given = first(posted, name)
            choices = [{"value": value, "text": value, "selected": value == given} for value in places]
            part = question.part(key)
            told = {"text": part["text"], "picture": part.get("picture")}
            items.append({"id": prefix + name, "name": name, "choices": choices} | told)
        return {"items": items}

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        given = {key: at for at, key in enumerate(response["order"], 1)} if response else {}
        return {
            "items": [
                {
                    "text": part["text"],
                    "picture": part.get("picture"),
                    "place": at,
                    "given": given.get(part["key"]),
                    "correct": given.get(part["key"]) == at,
                    "feedback": part["feedback"],
                }
                for at, part in enumerate(question.parts, 1)
            ]
        }

    def choices(self, response: Response) -> Iterable[Choice]:
        return (Choice(key, str(place)) for place, key in enumerate(response["order"], 1))

    def offered(self, question: Question) -> list[Offered]:
        return [
            Offered(Choice(part["key"], str(place)), "", f"{place}. {part['text']}", place == at)
            for at, part in enumerate(question.parts, 1)
            for place in range(1, len(question.parts) + 1)
        ]

    def guess(self, question: Question, *, partial: bool) -> Fraction | None:
        """Of a random order one item stands in its place, on the average."""
        count = len(question.parts)
        return Fraction(1, count) if partial else Fraction(1, math.factorial(count))

    def problems(self, question: Question) -> list[str]:
        texts = [part["text"].strip() for part in question.parts]
        found = [_("Write at least three items.")] if len(texts) < 3 else []
        return found + ([_("Two items have the same text.")] if len(set(texts)) < len(texts) else [])


TYPE = Ordering()
