from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.multiple import TYPE
from tests.quizzes.samples import question, questions

ASKED = question("multiple", True, True, True, False, False)
ORDER = ["e", "d", "c", "b", "a"]


@pytest.mark.parametrize(
    "chosen, mark",
    [
        ("abc", 1),
        ("ab", Fraction(2, 3)),
        ("a", Fraction(1, 3)),
        ("abd", Fraction(1, 3)),
        ("ad", 0),
        ("de", 0),
        ("d", 0),
    ],
)
def test_right_ones_count_and_wrong_ones_take_away(chosen, mark):
    assert TYPE.mark(ASKED, {"chosen": list(chosen)}, partial=True) == mark


def test_that_rule_holds_also_where_other_types_are_all_or_nothing():
    assert TYPE.mark(ASKED, {"chosen": ["a", "b"]}, partial=False) == Fraction(2, 3)


@given(questions(("multiple",)))
def test_ticking_everything_never_gets_it_all(asked):
    assert TYPE.mark(asked, {"chosen": list(asked.keys)}, partial=True) < 1


@given(questions(("multiple",)), st.data())
def test_one_more_right_answer_never_lowers_the_mark(asked, data):
    right = [part["key"] for part in asked.parts if part["correct"]]
    added = data.draw(st.sampled_from(right))
    chosen = data.draw(st.sets(st.sampled_from([key for key in asked.keys if key != added])))
    before = TYPE.mark(asked, {"chosen": list(chosen)}, partial=True)
    assert TYPE.mark(asked, {"chosen": [*chosen, added]}, partial=True) >= before


def test_the_answer_is_kept_in_the_editors_order_whatever_the_screen_showed():
    assert TYPE.parse({"answer": ["1", "5", "5"]}, ASKED, ORDER) == {"chosen": ["a", "e"]}


def test_nothing_ticked_is_refused():
    with pytest.raises(Refused):
        TYPE.parse({"answer": []}, ASKED, ORDER)


def test_one_tick_that_is_not_on_the_page_refuses_them_all():
    with pytest.raises(Refused):
        TYPE.parse({"answer": ["1", "9"]}, ASKED, ORDER)


def test_a_right_option_that_was_not_ticked_is_shown_as_missed():
    marks = [
        option["mark"] for option in TYPE.explained(ASKED, ["a", "b", "d", "e"], {"chosen": ["a", "d"]})["options"]
    ]
    assert marks == ["right", "missed", "wrong", "plain"]


def test_an_option_must_be_wrong_and_two_must_be_right():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("multiple", True, True)) == ["Add an option that is wrong."]
    assert TYPE.problems(question("multiple", True, False)) == ["Mark at least two options as right."]


def test_the_reader_is_told_how_it_is_marked():
    told = ("Choose all the answers that are right.", "Each right one counts, each wrong one takes the same away.")
    assert TYPE.hints(ASKED, partial=True) == TYPE.hints(ASKED, partial=False) == told
