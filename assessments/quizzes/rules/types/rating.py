from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from assessments.quizzes.rules.choices import Choice, Offered
from assessments.quizzes.rules.judging import Judging, item, mean, weights
from assessments.quizzes.rules.question import NOT_OFFERED, Order, Posted, Question, Refused, Response, _, first

FIELD = "rate"
SCALE = {
    1: _("1: makes it worse"),
    2: _("2: hardly helps"),
    3: _("3: helps a little"),
    4: _("4: works well"),
    5: _("5: works best"),
}
SHARE_BY_DISTANCE = {0: Fraction(1), 1: Fraction(1, 2)}


class Rating(Judging):
    """Situational judgement: how well each response works, on a scale of five. As experts say counts all of its share,
    one step beside counts half, anything further counts nothing."""

    name, label = "rating", _("situational judgement: rate each")

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        rule = (
            _("Each counts the same: all of it where you say what experts say, half of it one step beside.")
            if partial
            else _("It counts when all are what experts say.")
        )
        return (_("Say how well each works."), rule)

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        rated = {}
        for at, key in enumerate(order, 1):
            name = f"{FIELD}-{at}"
            value = first(posted, name)
            if not value:
                raise Refused(_("Rate each of them before you go on."), name)
            if value not in map(str, SCALE):
                raise Refused(NOT_OFFERED, name)
            rated[key] = int(value)
        return {"rated": {key: rated[key] for key in question.keys}}

    def posted(self, question: Question, order: Order, response: Response) -> dict[str, list[str]]:
        return {f"{FIELD}-{at}": [str(response["rated"][key])] for at, key in enumerate(order, 1)}

    def fits(self, question: Question, response: Response) -> bool:
        rated = response.get("rated", {})
        return set(rated) == set(question.keys) and set(rated.values()) <= set(SCALE)

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        share = mean([_share(weight, response["rated"][key]) for key, weight in weights(question).items()])
        return share if partial or share == 1 else Fraction(0)

    def shown(self, question: Question, order: Order, posted: Posted, prefix: str = "") -> dict[str, Any]:
        items = []
        for at, key in enumerate(order, 1):
            name = f"{FIELD}-{at}"
            given = first(posted, name)
            choices = [
                {"value": str(step), "text": text, "selected": str(step) == given} for step, text in SCALE.items()
            ]
            items.append(item(question, key, id=prefix + name, name=name, choices=choices))
        return {"items": items}

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        rated = response["rated"] if response else {}
        items = []
        for key in order:
            part = question.part(key)
            items.append(
                item(
                    question,
                    key,
                    said=SCALE.get(rated.get(key, 0), ""),
                    right=SCALE.get(part["weight"], ""),
                    correct=rated.get(key) == part["weight"],
                    feedback=part["feedback"],
                )
            )
        return {"items": items}

    def choices(self, response: Response) -> Iterable[Choice]:
        return (Choice(key, str(step)) for key, step in response["rated"].items())

    def offered(self, question: Question) -> list[Offered]:
        return [
            Offered(Choice(key, str(step)), "", question.part(key)["text"], weight == step, words)
            for key, weight in weights(question).items()
            for step, words in SCALE.items()
        ]

    def guess(self, question: Question, *, partial: bool) -> Fraction | None:
        """What the answers there could be are worth, on the average."""
        if not partial:
            return Fraction(1, len(SCALE) ** len(question.parts))
        return mean([mean([_share(weight, step) for step in SCALE]) for weight in weights(question).values()])

    def problems(self, question: Question) -> list[str]:
        off = any(weight not in SCALE for weight in weights(question).values())
        return super().problems(question) + ([_("For rating each, weights are 1 to 5.")] if off else [])


def _share(weight: int, step: int) -> Fraction:
    return SHARE_BY_DISTANCE.get(abs(weight - step), Fraction(0))


TYPE = Rating()
