"""Questions as plain rule objects, and hypothesis strategies that make them."""

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
        case "reflection":
            return TEXTS.map(str.strip).filter(bool).map(lambda text: {"text": text})
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
        case "reflection":
            return {"text": "Mine."}
    return {"chosen": [part["key"] for part in asked.parts if part["correct"]]}


def slow_mark(asked: Question, response: dict[str, Any], *, partial: bool) -> Fraction:
    """Marking as the documentation tells it, part by part, without a thought for speed."""
    if asked.type == "reflection":
        return Fraction(0)
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
