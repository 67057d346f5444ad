from fractions import Fraction

import pytest

from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.matching import TYPE
from tests.quizzes.samples import pairs, question

ASKED = question("matching", parts=pairs(3))
ORDER = ["p2", "p0", "p1"]


def test_each_right_pair_counts_or_all_of_them_must_be_right():
    one_right = {"pairs": {"p0": "p0", "p1": "p2", "p2": "p1"}}
    assert TYPE.mark(ASKED, one_right, partial=True) == Fraction(1, 3)
    assert TYPE.mark(ASKED, one_right, partial=False) == 0


def test_a_form_names_places_in_the_shuffled_list():
    assert TYPE.parse({"pair-1": ["2"], "pair-2": ["3"], "pair-3": ["1"]}, ASKED, ORDER) == {
        "pairs": {"p0": "p0", "p1": "p1", "p2": "p2"}
    }


def test_a_left_side_without_an_answer_is_named():
    with pytest.raises(Refused, match="Choose something for each") as refused:
        TYPE.parse({"pair-1": ["2"], "pair-3": ["1"]}, ASKED, ORDER)
    assert refused.value.field == "pair-2"


@pytest.mark.parametrize("value", ["4", "0", "p0", "Right 0"])
def test_a_right_side_that_is_not_on_the_page_is_refused(value):
    with pytest.raises(Refused):
        TYPE.parse({"pair-1": [value], "pair-2": ["1"], "pair-3": ["2"]}, ASKED, ORDER)


def test_the_right_sides_stand_in_the_shuffled_order_beside_every_left_side():
    shown = TYPE.shown(ASKED, ORDER, {"pair-2": ["3"]})["pairs"]
    assert [pair["text"] for pair in shown] == ["Left 0", "Left 1", "Left 2"]
    assert [choice["text"] for choice in shown[0]["choices"]] == ["Right 2", "Right 0", "Right 1"]
    assert [choice["selected"] for choice in shown[1]["choices"]] == [False, False, True]


def test_the_explanation_names_what_was_chosen_instead():
    explained = TYPE.explained(ASKED, ORDER, {"pairs": {"p0": "p1", "p1": "p1", "p2": "p2"}})["pairs"]
    assert (explained[0]["right"], explained[0]["given"], explained[0]["correct"]) == ("Right 0", "Right 1", False)
    assert explained[1]["correct"]


def test_neither_side_may_repeat_itself():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("matching", parts=pairs(1))) == ["Write at least two pairs."]
    same = tuple({**part, "right": "Same"} for part in pairs(2))
    assert TYPE.problems(question("matching", parts=same)) == ["Two right sides are the same."]
