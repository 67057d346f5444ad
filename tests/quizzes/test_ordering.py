import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.ordering import TYPE
from tests.quizzes.samples import items, question, questions

ASKED = question("ordering", parts=items(4))
ORDER = ["i2", "i0", "i3", "i1"]


def test_each_item_in_its_place_counts():
    swapped = {"order": ["i1", "i0", "i2", "i3"]}
    assert TYPE.mark(ASKED, swapped, partial=True) == Fraction(1, 2)
    assert TYPE.mark(ASKED, swapped, partial=False) == 0


@pytest.mark.parametrize("partial", [True, False])
def test_the_right_order_gets_it_all(partial):
    assert TYPE.mark(ASKED, {"order": list(ASKED.keys)}, partial=partial) == 1


def test_each_item_is_given_a_number():
    posted = {"place-1": ["3"], "place-2": ["1"], "place-3": ["4"], "place-4": ["2"]}
    assert TYPE.parse(posted, ASKED, ORDER) == {"order": ["i0", "i1", "i2", "i3"]}


def test_an_item_without_a_place_is_named():
    with pytest.raises(Refused, match="Give each item a place") as refused:
        TYPE.parse({"place-1": ["1"], "place-2": ["2"], "place-4": ["3"]}, ASKED, ORDER)
    assert refused.value.field == "place-3"


def test_two_items_in_one_place_are_refused():
    with pytest.raises(Refused, match="same place") as refused:
        TYPE.parse({f"place-{at}": ["1"] for at in range(1, 5)}, ASKED, ORDER)
    assert refused.value.field == "place-2"


@pytest.mark.parametrize("value", ["0", "5", "i0", "1.5", "-1", "١"])
def test_a_place_that_is_not_on_the_page_is_refused(value):
    with pytest.raises(Refused):
        TYPE.parse({"place-1": [value], "place-2": ["2"], "place-3": ["3"], "place-4": ["4"]}, ASKED, ORDER)


@given(questions(("ordering",)), st.integers())
def test_it_is_never_shown_in_the_right_order(asked, seed):
    shuffled = TYPE.shuffle(asked, random.Random(seed))
    assert shuffled != list(asked.keys)
    assert sorted(shuffled) == sorted(asked.keys)


def test_no_place_is_chosen_for_the_reader():
    shown = TYPE.shown(ASKED, ORDER, {})
    assert not any(choice["selected"] for item in shown["items"] for choice in item["choices"])


def test_the_explanation_is_in_the_right_order_with_the_place_given():
    explained = TYPE.explained(ASKED, ORDER, {"order": ["i1", "i0", "i2", "i3"]})["items"]
    assert [(item["text"], item["place"], item["given"], item["correct"]) for item in explained] == [
        ("Item 0", 1, 2, False),
        ("Item 1", 2, 1, False),
        ("Item 2", 3, 3, True),
        ("Item 3", 4, 4, True),
    ]


def test_an_explanation_without_an_answer_claims_none():
    assert {item["given"] for item in TYPE.explained(ASKED, ORDER, None)["items"]} == {None}


def test_it_has_three_items_that_differ():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("ordering", parts=items(2))) == ["Write at least three items."]
    same = tuple({**part, "text": "Same"} for part in items(3))
    assert TYPE.problems(question("ordering", parts=same)) == ["Two items have the same text."]
