import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from assessments.quizzes.rules import matches
from assessments.quizzes.rules.question import (
    NOT_OFFERED,
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

FIELD, UNIT_FIELD = "number", "unit"
ABSOLUTE, RELATIVE = "absolute", "relative"
NUMBER = PartSpec(
    name="number",
    label=_("Accepted number"),
    icon="order",
    description=_("A number that is right, wholly or in part, and how near is near enough"),
    fields=(
        Field("value", _("Number"), _("In the unit whose factor is 1. Example: 2.5"), kind="decimal"),
        Field(
            "tolerance", _("How far off still counts"), _("0: exactly this number."), kind="decimal", default=Decimal(0)
        ),
        Field(
            "measure",
            _("Tolerance is given as"),
            _("Example: 0.1 in the unit takes 2.4 to 2.6 for 2.5; 10 percent take 2.25 to 2.75."),
            kind="choice",
            choices=((ABSOLUTE, _("in the unit")), (RELATIVE, _("in percent of the number"))),
            default=ABSOLUTE,
        ),
        Field("credit", _("Worth, %"), _("100: all of the mark."), kind="whole", low=1, default=matches.FULL),
        Field("feedback", _("Explanation"), _("For whoever gave this answer. Read only after answering.")),
    ),
    preview={"value": "2.5", "tolerance": "0.1", "measure": ABSOLUTE, "credit": 100, "feedback": "Half of five."},
)
UNIT = PartSpec(
    name="unit",
    label=_("Unit"),
    icon="tag",
    description=_("A unit to choose beside the number. Without any, a bare number is asked for"),
    fields=(
        Field("text", _("Name of the unit"), _("Example: minutes")),
        Field(
            "factor",
            _("Factor"),
            _("How many of the unit with factor 1 it is. Example: 60 for hours, where minutes have 1."),
            kind="decimal",
            default=Decimal(1),
        ),
    ),
    preview={"text": "minutes", "factor": "1"},
)
WRITTEN = re.compile(r"[+-]?[0-9]{1,20}(?:[.,][0-9]{1,20})?|[+-]?[.,][0-9]{1,20}")
SPACES = dict.fromkeys(map(ord, " \t\u00a0\u202f\u2009'’"))
MINUS = {ord("−"): "-", ord("–"): "-"}


def number(text: str) -> Decimal | None:
    """What somebody wrote as a number: "2.5", "2,5", "−1 250,75"; None for anything else, so for "1,250.75" too."""
    tidy = text.translate(SPACES).translate(MINUS)
    return Decimal(tidy.replace(",", ".")) if WRITTEN.fullmatch(tidy) else None


def exact(text: Any) -> Fraction:
    """A number that an editor wrote, without a rounding."""
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        return Fraction(0)
    return Fraction(found) if found.is_finite() else Fraction(0)


class Numeric(QuestionType):
    """A number, perhaps with a unit. All counting is exact: no float comes near it."""

    name, label = "numeric", _("number")
    part, more_parts = NUMBER, (UNIT,)

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        asked = (
            _("Write a number and choose its unit. Comma and point both work.")
            if question.of_kind("unit")
            else _("Write a number. Comma and point both work.")
        )
        return (asked, *matches.credit_hint(question.of_kind("number"), partial=partial))

    def shuffle(self, question: Question, rng: Any) -> list[str]:
        """Units stand as the editor put them; accepted numbers are never on the screen."""
        return list(question.keys)

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        text = first(posted, FIELD)
        if not text:
            raise Refused(_("Write a number before you go on."), FIELD)
        found = number(text)
        if found is None:
            raise Refused(_("Write one number in digits, for example 12.5 or 12,5."), FIELD)
        return {"number": f"{found:f}", "unit": self._unit(first(posted, UNIT_FIELD), question)}

    def _unit(self, value: str, question: Question) -> str:
        units = question.of_kind("unit")
        if not units:
            return ""
        where = place(value, len(units))
        if not value:
            raise Refused(_("Choose a unit before you go on."), UNIT_FIELD)
        if where is None:
            raise Refused(NOT_OFFERED, UNIT_FIELD)
        return units[where]["key"]

    def posted(self, question: Question, order: Order, response: Response) -> dict[str, list[str]]:
        fields = {FIELD: [response["number"]]}
        for at, unit in enumerate(question.of_kind("unit"), 1):
            if unit["key"] == response["unit"]:
                fields[UNIT_FIELD] = [str(at)]
        return fields

    def fits(self, question: Question, response: Response) -> bool:
        keys = {unit["key"] for unit in question.of_kind("unit")} or {""}
        return "number" in response and response.get("unit") in keys

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        return matches.worth(self._met(question, response), partial=partial)

    def _met(self, question: Question, response: Response) -> Any:
        units = {unit["key"]: exact(unit["factor"]) for unit in question.of_kind("unit")}
        given = exact(response["number"]) * units.get(response["unit"], Fraction(1))
        return matches.best(
            part for part in question.of_kind("number") if abs(given - exact(part["value"])) <= room(part)
        )

    def shown(self, question: Question, order: Order, posted: Posted, prefix: str = "") -> dict[str, Any]:
        chosen = first(posted, UNIT_FIELD)
        units = [(str(at), unit["text"]) for at, unit in enumerate(question.of_kind("unit"), 1)]
        return {
            "id": f"{prefix}{FIELD}",
            "name": FIELD,
            "text": first(posted, FIELD),
            "unit": {
                "id": f"{prefix}{UNIT_FIELD}",
                "name": UNIT_FIELD,
                "choices": [{"value": value, "text": text, "selected": value == chosen} for value, text in units],
            },
        }

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        met = self._met(question, response) if response else None
        units = {unit["key"]: unit["text"] for unit in question.of_kind("unit")}
        base = next((unit["text"] for unit in question.of_kind("unit") if exact(unit["factor"]) == 1), "")
        return {
            "number": Decimal(response["number"]) if response else None,
            "unit": units.get(response["unit"], "") if response else "",
            "credit": met["credit"] if met else 0,
            "feedback": met["feedback"] if met else question.model_answer,
            "base": base,
            "accepted": [
                {
                    "value": Decimal(part["value"] or 0),
                    "tolerance": Decimal(part["tolerance"] or 0),
                    "relative": part["measure"] == RELATIVE,
                }
                for part in question.of_kind("number")
                if part["credit"] == matches.FULL
            ],
        }

    def problems(self, question: Question) -> list[str]:
        numbers, units = question.of_kind("number"), question.of_kind("unit")
        found = matches.credit_problems(numbers)
        if any(exact(part["tolerance"]) < 0 for part in numbers):
            found.append(_("How far off still counts cannot be less than 0."))
        if any(exact(unit["factor"]) <= 0 for unit in units):
            found.append(_("A factor is more than 0."))
        if units and not any(exact(unit["factor"]) == 1 for unit in units):
            found.append(_("Give one unit the factor 1: accepted numbers are in that unit."))
        names = [unit["text"].strip() for unit in units]
        return found + ([_("Two units have the same name.")] if len(set(names)) < len(names) else [])


def room(part: matches.Part) -> Fraction:
    """How far from this accepted number an answer may be, in its unit."""
    tolerance = exact(part["tolerance"])
    return tolerance * abs(exact(part["value"])) / 100 if part["measure"] == RELATIVE else tolerance


TYPE = Numeric()
