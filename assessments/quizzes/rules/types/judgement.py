from collections.abc import Iterable
from fractions import Fraction
from itertools import permutations
from typing import Any

from assessments.quizzes.rules.choices import Choice, Offered, letter
from assessments.quizzes.rules.judging import Judging, item, mean, weights
from assessments.quizzes.rules.question import NOT_OFFERED, Order, Posted, Question, Refused, Response, _, first

FIELD = "pick"
BEST, WORST = "best", "worst"
WORDS = {BEST: _("Works best"), WORST: _("Works worst")}


class Judgement(Judging):
    """Situational judgement: which response works best, and which worst. Half of the mark is for each.

    Each half is how far the choice lies between the wrong end and the right end of the experts' weights.
    """

    name, label = "judgement", _("situational judgement: best and worst")

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        rule = (
            _("Each is half of the mark; the nearer to what experts say, the more of it.")
            if partial
            else _("It counts when both are what experts say.")
        )
        return (_("Choose what works best and what works worst."), rule)

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        picked: dict[str, str] = {}
        for at, key in enumerate(order, 1):
            value = first(posted, f"{FIELD}-{at}")
            if value and value not in WORDS:
                raise Refused(NOT_OFFERED, f"{FIELD}-{at}")
            if value in picked:
                raise Refused(_("Choose only one that works best and one that works worst."), f"{FIELD}-{at}")
            if value:
                picked[value] = key
        if len(picked) < len(WORDS):
            raise Refused(_("Choose one that works best and one that works worst."), f"{FIELD}-1")
        return {BEST: picked[BEST], WORST: picked[WORST]}

    def posted(self, question: Question, order: Order, response: Response) -> dict[str, list[str]]:
        said = {response[end]: end for end in WORDS}
        return {f"{FIELD}-{at}": [said.get(key, "")] for at, key in enumerate(order, 1)}

    def fits(self, question: Question, response: Response) -> bool:
        return {response.get(end) for end in WORDS} <= set(question.keys)

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        weight = weights(question)
        low, high = min(weight.values()), max(weight.values())
        share = Fraction(weight[response[BEST]] - low + high - weight[response[WORST]], 2 * (high - low))
        return share if partial or share == 1 else Fraction(0)

    def shown(self, question: Question, order: Order, posted: Posted, prefix: str = "") -> dict[str, Any]:
        items = []
        for at, key in enumerate(order, 1):
            name = f"{FIELD}-{at}"
            given = first(posted, name)
            choices = [{"value": value, "text": text, "selected": value == given} for value, text in WORDS.items()]
            items.append(item(question, key, id=prefix + name, name=name, choices=choices))
        return {"items": items}

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        weight = weights(question)
        ends = {BEST: max(weight.values(), default=0), WORST: min(weight.values(), default=0)}
        items = []
        for key in order:
            said = next((end for end in WORDS if response and response[end] == key), "")
            right = next((end for end in WORDS if weight[key] == ends[end]), "")
            items.append(
                item(
                    question,
                    key,
                    said=WORDS.get(said, ""),
                    right=WORDS.get(right, ""),
                    correct=said == right,
                    feedback=question.part(key)["feedback"],
                )
            )
        return {"items": items}

    def choices(self, response: Response) -> Iterable[Choice]:
        return (Choice(response[end], end) for end in WORDS)

    def offered(self, question: Question) -> list[Offered]:
        weight = weights(question)
        ends = {BEST: max(weight.values()), WORST: min(weight.values())}
        return [
            Offered(Choice(key, end), letter(at), question.part(key)["text"], weight[key] == ends[end], words)
            for at, key in enumerate(weight)
            for end, words in WORDS.items()
        ]

    def guess(self, question: Question, *, partial: bool) -> Fraction | None:
        """What the answers there could be are worth, on the average."""
        pairs = [{BEST: best, WORST: worst} for best, worst in permutations(question.keys, 2)]
        return mean([self.mark(question, pair, partial=partial) for pair in pairs])

    def problems(self, question: Question) -> list[str]:
        found = super().problems(question)
        weight = list(weights(question).values())
        if weight and min(weight) == max(weight):
            found.append(_("Give the responses different weights."))
        return found


TYPE = Judgement()
