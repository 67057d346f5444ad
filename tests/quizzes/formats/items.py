"""Questions as documents, and hypothesis strategies that make finished ones of every type."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats.document import Item, Part, TruthWords

TRUTH = TruthWords("True", "False")
SIGNS = "aBzżł ~=#{}:\\\n\"'<>&;%[]->*|/.1050$`ā"
WORDS = [
    "[html]",
    "%50%",
    "//",
    "####",
    "::",
    "->",
    "TRUE",
    "\\n",
    "&amp;",
    "<b>",
    "_____",
    "plain",
    "$CATEGORY:",
    "\n\n",
]
TEXT = (
    st.lists(
        st.sampled_from(WORDS) | st.text(SIGNS, min_size=1, max_size=6) | st.text(min_size=1, max_size=4), min_size=1
    )
    .map(lambda pieces: doc.clean("".join(pieces[:6])))
    .filter(bool)
)
LINE = TEXT.map(doc.on_one_line).filter(bool)
MAYBE = st.just("") | TEXT
CATEGORY = (
    st.just("")
    | st.sampled_from(["top", "$course$", "calm/safe", "/", "keeping calm"])
    | LINE.map(lambda text: text[:250].strip())
)
CREDIT = st.integers(1, 100)
SMALL = st.decimals(Decimal("-99999.99999"), Decimal("99999.99999"), places=5)
ROOM = st.decimals(0, 50, places=3)
FACTOR = st.sampled_from(["1", "60", "0.001", "1000", "2.5", "3", "1024", "0.0000000001", "8192"])


def unique(size: int, most: int = 6) -> st.SearchStrategy[list[str]]:
    return st.lists(TEXT, min_size=size, max_size=most, unique=True)


@st.composite
def items(draw: Any, kinds: tuple[str, ...] = ()) -> Item:
    every = ("single", "multiple", "truefalse", "ordering", "matching", "shorttext", "numeric", "judgement", "rating")
    kind = draw(st.sampled_from(kinds or (*every, "reflection", "essay")))
    free = kind in ("reflection", "essay")
    return Item(
        type=kind,
        stem=draw(TEXT),
        code=draw(LINE.map(lambda text: text[:40].strip())),
        parts=tuple(parts_of(draw, kind)),
        model_answer=draw(TEXT if free or kind in ("shorttext", "numeric") else MAYBE),
        rubric=tuple(draw(st.lists(LINE, max_size=3))) if kind == "reflection" or draw(st.integers(0, 9)) == 0 else (),
        use=draw(st.sampled_from(["graded", "practice"])),
        module=draw(st.sampled_from(["", "calm", "safety-2"])),
        objective=draw(st.sampled_from(["", "CALM-1", "ŻÓŁĆ.2"])),
        points=tuple(draw(st.lists(st.sampled_from(["a-1", "b:2", "c#3"]), max_size=3))),
        difficulty=draw(st.sampled_from(["", "0", "0.5", "0.73", "1"])),
        category=draw(CATEGORY),
        sub_category=draw(CATEGORY),
        tags=tuple(draw(st.lists(st.sampled_from(["phone", "new-2027", "type"]), max_size=3, unique=True))),
        review_by=draw(st.sampled_from(["", "2027-01-31"])),
        keeps_order=draw(st.booleans()),
        has_owner=draw(st.booleans()),
        pictures=draw(st.sampled_from([(), (), ("A counter",)])),
    )


def parts_of(draw: Any, kind: str) -> list[Part]:
    match kind:
        case "single":
            texts = draw(unique(2))
            right = draw(st.integers(0, len(texts) - 1))
            return [doc.option(text, at == right, draw(MAYBE)) for at, text in enumerate(texts)]
        case "truefalse":
            texts = draw(st.just([TRUTH.true, TRUTH.false]) | unique(2, 2))
            right = draw(st.integers(0, 1))
            return [doc.option(text, at == right, draw(MAYBE)) for at, text in enumerate(texts)]
        case "multiple":
            texts = draw(unique(3, 13))
            right = draw(st.integers(2, len(texts) - 1))
            flags = draw(st.permutations([at < right for at in range(len(texts))]))
            return [doc.option(text, flag, draw(MAYBE)) for text, flag in zip(texts, flags, strict=True)]
        case "ordering":
            return [doc.item_part(text, draw(MAYBE)) for text in draw(unique(3))]
        case "matching":
            lefts = draw(unique(2))
            rights = draw(st.lists(TEXT, min_size=len(lefts), max_size=len(lefts), unique=True))
            return [doc.pair(left, right, draw(MAYBE)) for left, right in zip(lefts, rights, strict=True)]
        case "shorttext":
            return short_parts(draw)
        case "numeric":
            return numeric_parts(draw)
        case "judgement" | "rating":
            texts = draw(unique(3, 5))
            values = [{"text": text, "weight": at % 5 + 1, "feedback": draw(MAYBE)} for at, text in enumerate(texts)]
            return [Part("response", value) for value in values]
        case "essay":
            return [doc.criterion(text, draw(CREDIT), draw(MAYBE)) for text in draw(unique(1, 4))]
    return []


def short_parts(draw: Any) -> list[Part]:
    texts = draw(unique(1, 4))
    credits = draw(st.permutations([100, *(draw(CREDIT) for _text in texts[1:])]))
    hows = [draw(st.sampled_from(["normalised", "normalised", "exact"])) for _text in texts]
    if draw(st.integers(0, 9)) == 0:
        texts[0], hows[0] = "(calm|quiet)", "pattern"
    fold = draw(st.sampled_from([False, False, True]))
    return [
        doc.answer(text, credit, draw(MAYBE), how=how, fold=fold)
        for text, credit, how in zip(texts, credits, hows, strict=True)
    ]


def numeric_parts(draw: Any) -> list[Part]:
    count = draw(st.integers(1, 3))
    credits = draw(st.permutations([100, *(draw(CREDIT) for _more in range(count - 1))]))
    measure = st.sampled_from(["absolute", "absolute", "relative"])
    numbers = [doc.number(draw(SMALL), draw(ROOM), credit, draw(MAYBE), measure=draw(measure)) for credit in credits]
    if draw(st.booleans()):
        return numbers
    names = draw(st.lists(LINE, min_size=1, max_size=3, unique=True))
    factors = ["1", *(draw(FACTOR) for _name in names[1:])]
    return numbers + [doc.unit(name, Decimal(factor)) for name, factor in zip(names, factors, strict=True)]
