from collections.abc import Iterable
from dataclasses import replace
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

FIELD = "pair"
PAIR = PartSpec(
    name="pair",
    label=_("Pair"),
    icon="link",
    description=_("Two things that belong together"),
    fields=(
        Field("left", _("Left"), _("What is given. Example: “Two hours in the queue, anyone would be fed up.”")),
        Field("right", _("Right"), _("What belongs to it. Example: Empathy")),
        Field("feedback", _("Explanation"), _("Why they belong together. Read only after answering.")),
        replace(PICTURE, help=_("Of what is given, beside its words. Example: the alarm button")),
    ),
    preview={"left": "“Anyone would be fed up.”", "right": "Empathy", "feedback": "Names the feeling and its cause."},
)


class Matching(QuestionType):
    """Pairs: to each left side one of the right sides is chosen from a list. `order` is that of the right sides."""

    name, label = "matching", _("matching")
    part = PAIR
    always_shuffled = True

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        rule = _("Each right pair counts.") if partial else _("It counts when all the pairs are right.")
        return (_("Choose what belongs to each."), rule)

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        pairs = {}
        for at, left in enumerate(question.keys, 1):
            name = f"{FIELD}-{at}"
            value = first(posted, name)
            where = place(value, len(order))
            if not value:
                raise Refused(_("Choose something for each before you go on."), name)
            if where is None:
                raise Refused(NOT_OFFERED, name)
            pairs[left] = order[where]
        return {"pairs": pairs}

    def posted(self, question: Question, order: Order, response: Response) -> dict[str, list[str]]:
        places = {key: str(at) for at, key in enumerate(order, 1)}
        return {f"{FIELD}-{at}": [places[response["pairs"][left]]] for at, left in enumerate(question.keys, 1)}

    def fits(self, question: Question, response: Response) -> bool:
        pairs, keys = response.get("pairs", {}), set(question.keys)
        return set(pairs) == keys and set(pairs.values()) <= keys

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        share = Fraction(sum(left == right for left, right in response["pairs"].items()), len(question.keys))
        return share if partial or share == 1 else Fraction(0)

    def shown(self, question: Question, order: Order, posted: Posted, prefix: str = "") -> dict[str, Any]:
        rights = [(str(at), question.part(key)["right"]) for at, key in enumerate(order, 1)]
        pairs = []
        for at, part in enumerate(question.parts, 1):
            name = f"{FIELD}-{at}"
            given = first(posted, name)
            choices = [{"value": value, "text": text, "selected": value == given} for value, text in rights]
            told = {"text": part["left"], "picture": part.get("picture")}
            pairs.append({"id": prefix + name, "name": name, "choices": choices} | told)
        return {"pairs": pairs}

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        pairs = response["pairs"] if response else {}
        return {
            "pairs": [
                {
                    "left": part["left"],
                    "picture": part.get("picture"),
                    "right": part["right"],
                    "given": question.part(pairs[part["key"]])["right"] if part["key"] in pairs else "",
                    "correct": pairs.get(part["key"]) == part["key"],
                    "feedback": part["feedback"],
                }
                for part in question.parts
            ]
        }

    def choices(self, response: Response) -> Iterable[Choice]:
        return (Choice(left, right) for left, right in response["pairs"].items())

    def offered(self, question: Question) -> list[Offered]:
        return [
            Offered(
                Choice(left["key"], right["key"]), "", f"{left['left']} → {right['right']}", left["key"] == right["key"]
            )
            for left in question.parts
            for right in question.parts
        ]

    def guess(self, question: Question, *, partial: bool) -> Fraction | None:
        """A right side may be chosen more than once."""
        count = len(question.parts)
        return Fraction(1, count) if partial else Fraction(1, count**count)

    def problems(self, question: Question) -> list[str]:
        found = [_("Write at least two pairs.")] if len(question.parts) < 2 else []
        messages = {"left": _("Two left sides are the same."), "right": _("Two right sides are the same.")}
        for side, message in messages.items():
            texts = [part[side].strip() for part in question.parts]
            if len(set(texts)) < len(texts):
                found.append(message)
        return found


TYPE = Matching()
