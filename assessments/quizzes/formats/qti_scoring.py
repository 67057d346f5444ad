"""How a QTI item counts an answer: one of the few ways that mean the same here, or the item is refused.

Elements come with one spelling for QTI 2 and 3: "response-condition" for responseCondition and qti-response-condition.
"""

from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import Element

from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats.document import Refused
from assessments.quizzes.formats.markup import child, children, name, text

MATCH, MAP, NUMBERS, NOTHING = "match", "map", "numbers", "nothing"
TEMPLATES = {"match_correct": MATCH, "map_response": MAP}
SCORE = "SCORE"
BRANCHES = ("response-if", "response-else-if", "response-else")
ABSOLUTE, RELATIVE = "absolute", "relative"


@dataclass(frozen=True)
class Near:
    """An accepted number. value: None for the one declared as correct."""

    value: Decimal | None
    tolerance: Decimal
    measure: str
    score: Decimal


@dataclass(frozen=True)
class Scoring:
    kind: str
    numbers: tuple[Near, ...] = ()


def of(item: Element, response: str) -> Scoring:
    """Refused where it is any other way than matching the correct response, mapping it, or numbers that are near."""
    node = child(item, "response-processing")
    if node is None:
        return Scoring(NOTHING)
    if template := node.get("template") or node.get("template-location"):
        known = TEMPLATES.get(template.rpartition("/")[2].removesuffix(".xml"))
        if known is None or response != "RESPONSE":
            raise Refused("processing")
        return Scoring(known)
    rules = [rule for rule in node if _scores(rule)]
    if not rules:
        return Scoring(NOTHING)
    if len(rules) > 1:
        raise Refused("processing")
    return _rule(rules[0], response)


def outcomes_set_to(item: Element, response: str) -> set[str]:
    """The outcomes that hold what was answered, so that feedback can be shown for it."""
    found = set()
    for rule in item.iter("set-outcome-value"):
        inside = list(rule)
        if len(inside) == 1 and name(inside[0]) == "variable" and inside[0].get("identifier") == response:
            found.add(rule.get("identifier", ""))
    return found - {SCORE}


def _scores(rule: Element) -> bool:
    if name(rule) not in ("response-condition", "set-outcome-value"):
        raise Refused("processing")
    return any(one.get("identifier") == SCORE for one in rule.iter("set-outcome-value"))


def _rule(rule: Element, response: str) -> Scoring:
    if name(rule) == "set-outcome-value":
        return _mapped(_one(list(rule)), response)
    near: list[Near] = []
    found: list[Scoring] = []
    for branch in rule:
        test, value = _branch(branch)
        if _is_nothing(test, value, response):
            continue
        if test is None:
            found.append(_mapped(value, response))
        elif name(test) == "match" and _about(test, response, "correct"):
            found.append(_worth_something(value))
        elif name(test) == "equal":
            near.append(_near(test, value, response))
        else:
            raise Refused("processing")
    if near and not found:
        return Scoring(NUMBERS, tuple(near))
    return _only(found, has_numbers=bool(near))


def _only(found: list[Scoring], *, has_numbers: bool) -> Scoring:
    if len(found) != 1 or has_numbers:
        raise Refused("processing")
    return found[0]


def _branch(node: Element) -> tuple[Element | None, Element]:
    """(what is asked, what SCORE becomes)"""
    if name(node) not in BRANCHES:
        raise Refused("processing")
    rest = list(node)
    test = None if name(node) == "response-else" else _one(rest[:1])
    acts = rest if test is None else rest[1:]
    if any(name(act) != "set-outcome-value" for act in acts):
        raise Refused("processing")
    return test, _one(list(_one([act for act in acts if act.get("identifier") == SCORE])))


def _one(nodes: list[Element]) -> Element:
    if len(nodes) != 1:
        raise Refused("processing")
    return nodes[0]


def _is_nothing(test: Element | None, value: Element, response: str) -> bool:
    """No answer, or none of those above: no points."""
    if name(value) != "base-value" or doc.decimal_of(text(value)) != 0:
        return False
    if test is None:
        return True
    inside = list(test)
    return name(test) == "is-null" and len(inside) == 1 and inside[0].get("identifier") == response


def _about(test: Element, response: str, other: str) -> bool:
    inside = sorted((name(one), one.get("identifier", "")) for one in test)
    return inside == sorted([("variable", response), (other, response)])


def _mapped(value: Element, response: str) -> Scoring:
    if name(value) != "map-response" or value.get("identifier") != response:
        raise Refused("processing")
    return Scoring(MAP)


def _worth_something(value: Element) -> Scoring:
    if name(value) != "base-value" or doc.decimal_of(text(value)) <= 0:
        raise Refused("processing")
    return Scoring(MATCH)


def _near(test: Element, value: Element, response: str) -> Near:
    if name(value) != "base-value":
        raise Refused("processing")
    said = [one for one in test if name(one) == "base-value"]
    number = doc.number_of(text(said[0])) if said else None
    is_known = len(test) == 2 and any(name(one) == "variable" and one.get("identifier") == response for one in test)
    if not is_known or not (said or _about(test, response, "correct")):
        raise Refused("processing")
    if any(test.get(bound, "true") != "true" for bound in ("include-lower-bound", "include-upper-bound")):
        raise Refused("processing")
    return Near(number, *_tolerance(test, number), doc.decimal_of(text(value)))


def _tolerance(test: Element, number: Decimal | None) -> tuple[Decimal, str]:
    mode = test.get("tolerance-mode", "exact")
    if mode == "exact":
        return Decimal(0), ABSOLUTE
    rooms = {doc.number_of(word) for word in test.get("tolerance", "").split()}
    is_odd = mode == RELATIVE and (number is None or number < 0)  # below zero its two ends change places
    if mode not in (ABSOLUTE, RELATIVE) or len(rooms) != 1 or is_odd:
        raise Refused("processing")
    return rooms.pop(), mode


def mapping(declaration: Element) -> list[tuple[str, Decimal, bool]]:
    """[(key, worth, whether capitals count)]"""
    holder = child(declaration, "mapping")
    if holder is None:
        return []
    if doc.decimal_of(holder.get("default-value", "0")) > 0:
        raise Refused("processing")  # everything else would be worth something
    return [
        (
            entry.get("map-key", ""),
            doc.decimal_of(entry.get("mapped-value", "0")),
            entry.get("case-sensitive", "true") in ("true", "1"),
        )
        for entry in children(holder, "map-entry")
    ]


def correct(declaration: Element) -> list[str]:
    holder = child(declaration, "correct-response")
    return [] if holder is None else [text(value).strip() for value in children(holder, "value")]
