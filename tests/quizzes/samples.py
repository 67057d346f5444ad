"""Questions as plain rule objects, and hypothesis strategies that make them."""

import unicodedata
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Question

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)


def options(*right: bool) -> tuple[dict[str, Any], ...]:
    """Options a, b, c …; those that are True are right."""
    return tuple(
        {"key": chr(97 + at), "text": f"Option {at}", "correct": is_right, "feedback": f"Because {at}"}
        for at, is_right in enumerate(right)
    )


def question(kind: str, *right: bool, parts: tuple = (), **fields: Any) -> Question:
    return Question(key="q", type=kind, stem="What do you do?", parts=parts or options(*right), **fields)


def items(count: int) -> tuple[dict[str, Any], ...]:
    return tuple({"key": f"i{at}", "text": f"Item {at}", "feedback": f"Here because {at}"} for at in range(count))


def pairs(count: int) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"key": f"p{at}", "left": f"Left {at}", "right": f"Right {at}", "feedback": f"Since {at}"}
        for at in range(count)
    )


def answers(*accepted: tuple[str, str, int], fold: bool = False) -> tuple[dict[str, Any], ...]:
    """(text, how, credit) of each accepted answer."""
    return tuple(
        {"key": f"a{at}", "text": text, "how": how, "fold": fold, "credit": credit, "feedback": f"Since {at}"}
        for at, (text, how, credit) in enumerate(accepted)
    )


def numbers(*accepted: tuple[str, str, str, int]) -> tuple[dict[str, Any], ...]:
    """(value, tolerance, measure, credit) of each accepted number."""
    names = ("value", "tolerance", "measure", "credit")
    return tuple(
        {"key": f"n{at}", "kind": "number", "feedback": f"Since {at}", **dict(zip(names, values, strict=True))}
        for at, values in enumerate(accepted)
    )


def units(**factors: str) -> tuple[dict[str, Any], ...]:
    return tuple({"key": f"u-{name}", "kind": "unit", "text": name, "factor": of} for name, of in factors.items())


def responses_of(*weights: int) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"key": f"r{at}", "text": f"Response {at}", "weight": weight, "feedback": f"Since {at}"}
        for at, weight in enumerate(weights)
    )


def criteria(*points: int) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"key": f"c{at}", "text": f"Criterion {at}", "points": most, "feedback": f"All of it {at}"}
        for at, most in enumerate(points)
    )


@st.composite
def questions(draw: Any, kinds: tuple[str, ...] = ()) -> Question:
    """A sound question of any type (or of these)."""
    kind = draw(st.sampled_from(sorted(kinds or types.ALL)))
    if kind == "ordering":
        return question(kind, parts=items(draw(st.integers(3, 7))))
    if kind == "matching":
        return question(kind, parts=pairs(draw(st.integers(2, 7))))
    if kind == "reflection":
        return question(kind, parts=(), model_answer="For example.", rubric=("Names the feeling",))
    if kind == "essay":
        return question(kind, parts=criteria(*draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))))
    if kind == "shorttext":
        part = draw(st.lists(st.integers(1, 100), max_size=3))
        accepted = [("calm", "normalised", 100), *((f"calm {at}", "exact", credit) for at, credit in enumerate(part))]
        return question(kind, parts=answers(*accepted, fold=draw(st.booleans())), model_answer="Calm.")
    if kind == "numeric":
        value, tolerance = draw(st.integers(-50, 50)), draw(st.integers(0, 5))
        measure = draw(st.sampled_from(["absolute", "relative"]))
        accepted = [(str(value), str(tolerance), measure, 100), (str(value), str(tolerance + 20), measure, 50)]
        return question(kind, parts=numbers(*accepted) + draw(st.sampled_from([(), units(min="1", h="60")])))
    if kind in ("judgement", "rating"):
        weights = st.lists(st.integers(1, 5), min_size=3, max_size=6).filter(lambda some: len(set(some)) > 1)
        return question(kind, parts=responses_of(*draw(weights)))
    if kind == "multiple":
        flags = draw(st.lists(st.booleans(), min_size=3, max_size=8).filter(lambda some: 2 <= sum(some) < len(some)))
        return question(kind, *flags)
    count = 2 if kind == "truefalse" else draw(st.integers(2, 6))
    right = draw(st.integers(0, count - 1))
    return question(kind, *(at == right for at in range(count)))


@st.composite
def answered(draw: Any, kinds: tuple[str, ...] = ()) -> tuple[Question, dict[str, Any]]:
    """A question with any answer somebody could give."""
    asked = draw(questions(kinds))
    return asked, draw(responses(asked))


def responses(asked: Question) -> st.SearchStrategy:
    keys = list(asked.keys)
    match asked.type:
        case "ordering":
            return st.permutations(keys).map(lambda order: {"order": list(order)})
        case "matching":
            chosen = st.lists(st.sampled_from(keys), min_size=len(keys), max_size=len(keys))
            return chosen.map(lambda rights: {"pairs": dict(zip(keys, rights, strict=True))})
        case "reflection" | "essay":
            return TEXTS.map(str.strip).filter(bool).map(lambda text: {"text": text})
        case "shorttext":
            known = st.sampled_from(["calm", "Calm.", "CALM", "calm 0", "calm 1", "cálm", "calmer"])
            return (known | TEXTS.map(str.strip).filter(bool)).map(lambda text: {"text": text})
        case "numeric":
            keys = [unit["key"] for unit in asked.of_kind("unit")] or [""]
            digits = st.decimals(-200, 200, places=2).map(str)
            return st.builds(lambda text, unit: {"number": text, "unit": unit}, digits, st.sampled_from(keys))
        case "judgement":
            return st.permutations(keys).map(lambda order: {"best": order[0], "worst": order[1]})
        case "rating":
            steps = st.lists(st.integers(1, 5), min_size=len(keys), max_size=len(keys))
            return steps.map(lambda rated: {"rated": dict(zip(keys, rated, strict=True))})
        case "multiple":
            sets = st.sets(st.sampled_from(keys), min_size=1)
            return sets.map(lambda chosen: {"chosen": [key for key in keys if key in chosen]})
    return st.sampled_from(keys).map(lambda key: {"chosen": [key]})


def best(asked: Question) -> dict[str, Any]:
    """The answer that gets everything."""
    match asked.type:
        case "ordering":
            return {"order": list(asked.keys)}
        case "matching":
            return {"pairs": {key: key for key in asked.keys}}
        case "reflection" | "essay":
            return {"text": "Mine."}
        case "shorttext":
            return {"text": next(part["text"] for part in asked.parts if part["credit"] == 100)}
        case "numeric":
            base = next((unit["key"] for unit in asked.of_kind("unit") if unit["factor"] == "1"), "")
            return {"number": next(part["value"] for part in asked.of_kind("number")), "unit": base}
        case "judgement":
            ordered = sorted(asked.parts, key=lambda part: part["weight"])
            return {"best": ordered[-1]["key"], "worst": ordered[0]["key"]}
        case "rating":
            return {"rated": {part["key"]: part["weight"] for part in asked.parts}}
    return {"chosen": [part["key"] for part in asked.parts if part["correct"]]}


def slow_mark(asked: Question, response: dict[str, Any], *, partial: bool) -> Fraction:
    """Marking as the documentation tells it, part by part, without a thought for speed."""
    if asked.type in ("reflection", "essay"):
        return Fraction(0)
    if asked.type in SLOW:
        exact = SLOW[asked.type](asked, response)
        return exact if partial or exact == 1 else Fraction(0)
    if asked.type in ("single", "truefalse"):
        chosen = asked.part(response["chosen"][0])
        return Fraction(1 if chosen["correct"] else 0)
    if asked.type == "multiple":
        points, right = 0, 0
        for part in asked.parts:
            right += 1 if part["correct"] else 0
            if part["key"] in response["chosen"]:
                points += 1 if part["correct"] else -1
        return Fraction(0) if points < 0 else Fraction(points, right)
    good = 0
    for at, key in enumerate(asked.keys):
        given = response["order"][at] if asked.type == "ordering" else response["pairs"][key]
        good += 1 if given == key else 0
    share = Fraction(good, len(asked.keys))
    return share if partial or good == len(asked.keys) else Fraction(0)


def slow_shorttext(asked: Question, response: dict[str, Any]) -> Fraction:
    """Letter by letter, for the sample questions: all their accepted texts are plain."""
    found = Fraction(0)
    for part in asked.parts:
        given = response["text"].strip()
        if part["how"] == "normalised":
            given = " ".join(unicodedata.normalize("NFKC", given).split()).casefold().rstrip(". ")
        if part["fold"]:
            given = "".join(sign for sign in unicodedata.normalize("NFD", given) if not unicodedata.combining(sign))
        if given == part["text"]:
            found = max(found, Fraction(part["credit"], 100))
    return found


def slow_numeric(asked: Question, response: dict[str, Any]) -> Fraction:
    """In hundredths, so that whole numbers are enough."""
    factor = next((int(unit["factor"]) for unit in asked.of_kind("unit") if unit["key"] == response["unit"]), 1)
    given = int(Fraction(response["number"]) * 100) * factor
    found = Fraction(0)
    for part in asked.of_kind("number"):
        value, tolerance = int(part["value"]), int(part["tolerance"])
        room = abs(value) * tolerance if part["measure"] == "relative" else tolerance * 100
        if value * 100 - room <= given <= value * 100 + room:
            found = max(found, Fraction(part["credit"], 100))
    return found


def slow_judgement(asked: Question, response: dict[str, Any]) -> Fraction:
    low = min(part["weight"] for part in asked.parts)
    high = max(part["weight"] for part in asked.parts)
    best_half = Fraction(asked.part(response["best"])["weight"] - low, high - low)
    worst_half = Fraction(high - asked.part(response["worst"])["weight"], high - low)
    return (best_half + worst_half) / 2


def slow_rating(asked: Question, response: dict[str, Any]) -> Fraction:
    halves = 0
    for part in asked.parts:
        given = response["rated"][part["key"]]
        if given == part["weight"]:
            halves += 2
        elif given in (part["weight"] - 1, part["weight"] + 1):
            halves += 1
    return Fraction(halves, 2 * len(asked.parts))


SLOW = {
    "shorttext": slow_shorttext,
    "numeric": slow_numeric,
    "judgement": slow_judgement,
    "rating": slow_rating,
}
