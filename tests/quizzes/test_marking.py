"""What holds for every type of question."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules import paper, types
from assessments.quizzes.rules.question import Question, Refused
from tests.quizzes.samples import answered, best, questions, slow_mark

HOUSE = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted(types.ALL))
def test_a_type_is_one_module_two_templates_and_one_test_file(name):
    assert types.ALL[name].name == name
    for file in (
        f"assessments/quizzes/rules/types/{name}.py",
        f"templates/quizzes/types/{name}.html",
        f"templates/quizzes/types/{name}_explained.html",
        f"tests/quizzes/test_{name}.py",
    ):
        assert (HOUSE / file).exists(), file


@given(answered(), st.booleans())
def test_a_mark_lies_between_nothing_and_everything_and_equals_the_slow_count(pair, partial):
    asked, response = pair
    mark = types.get(asked.type).mark(asked, response, partial=partial)
    assert 0 <= mark <= 1
    assert mark == slow_mark(asked, response, partial=partial)


@given(questions(), st.booleans())
def test_the_best_answer_gets_everything(asked, partial):
    mark = types.get(asked.type).mark(asked, best(asked), partial=partial)
    kind = types.get(asked.type)
    assert mark == (1 if kind.scored and not kind.manual else 0)


@given(answered(("ordering", "matching")), st.data(), st.booleans())
def test_one_more_in_its_right_place_never_lowers_a_mark(pair, data, partial):
    asked, response = pair
    key = data.draw(st.sampled_from(asked.keys))
    kind, better = types.get(asked.type), with_right(asked, response, key)
    assert kind.mark(asked, better, partial=partial) >= kind.mark(asked, response, partial=partial)


def with_right(asked: Question, response: dict, key: str) -> dict:
    """The same answer, with one item or pair as it should be: what an item takes the place of changes with it."""
    if asked.type == "matching":
        return {"pairs": response["pairs"] | {key: key}}
    order, place = list(response["order"]), list(asked.keys).index(key)
    at = order.index(key)
    order[at], order[place] = order[place], key
    return {"order": order}


@given(answered())
def test_part_marks_never_give_less(pair):
    asked, response = pair
    kind = types.get(asked.type)
    assert kind.mark(asked, response, partial=True) >= kind.mark(asked, response, partial=False)


@given(answered(), st.integers())
def test_a_form_and_its_answer_are_the_same_thing_in_any_order_on_the_screen(pair, seed):
    asked, response = pair
    kind = types.get(asked.type)
    order = kind.shuffle(asked, random.Random(seed))
    assert kind.parse(kind.posted(asked, order, response), asked, order) == response
    assert kind.fits(asked, response)


@given(questions(), st.integers())
def test_what_is_shown_holds_no_key_no_feedback_and_no_hint_of_what_is_right(asked, seed):
    kind = types.get(asked.type)
    secret = asked.__class__(
        **{
            **vars(asked),
            "parts": tuple({**part, "feedback": "SECRET-WHY", "key": f"SECRET-{part['key']}"} for part in asked.parts),
        }
        | {"model_answer": "SECRET-MODEL", "rubric": ("SECRET-RUBRIC",)}
    )
    order = kind.shuffle(secret, random.Random(seed))
    shown = str(kind.shown(secret, order, {}))
    assert "SECRET" not in shown
    neutral = {field.name for spec in kind.specs for field in spec.fields if field.is_neutral} - {"value"}
    assert [name for name in neutral if f"'{name}'" in shown] == []


@given(questions(), st.integers())
def test_what_is_shown_depends_only_on_texts_and_order_never_on_what_is_right(asked, seed):
    if "correct" not in str(asked.parts):
        return
    kind = types.get(asked.type)
    order = kind.shuffle(asked, random.Random(seed))
    flipped = Question(
        **{**vars(asked), "parts": tuple({**part, "correct": not part["correct"]} for part in asked.parts)}
    )
    assert kind.shown(asked, order, {}) == kind.shown(flipped, order, {})


@given(questions(), st.text(max_size=20), st.booleans())
def test_the_order_on_the_screen_is_made_by_the_seed_alone(asked, seed, shuffled):
    first = paper.order(asked, seed=seed, shuffled=shuffled)
    assert first == paper.order(asked, seed=seed, shuffled=shuffled)
    assert sorted(first) == sorted(asked.keys)


@given(
    questions(),
    st.dictionaries(
        st.sampled_from(["answer", "place-1", "pair-1", "text", "number", "unit", "pick-1", "rate-1", "x"]),
        st.lists(st.text()),
    ),
)
def test_whatever_is_posted_is_an_answer_or_is_refused_in_words(asked, posted):
    kind = types.get(asked.type)
    try:
        response = kind.parse(posted, asked, list(asked.keys))
    except Refused:
        return
    assert kind.fits(asked, response)
