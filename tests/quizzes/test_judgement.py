from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.judgement import TYPE
from tests.quizzes.samples import question, responses_of

ASKED = question("judgement", parts=responses_of(100, 60, 20, 0))
ORDER = ["r2", "r0", "r3", "r1"]


def mark(best, worst, *, partial=True):
    return TYPE.mark(ASKED, {"best": best, "worst": worst}, partial=partial)


def test_half_of_the_mark_is_for_each_end_by_how_far_it_lies_from_the_wrong_one():
    assert mark("r0", "r3") == 1
    assert mark("r1", "r3") == Fraction(4, 5)
    assert mark("r0", "r2") == Fraction(9, 10)
    assert mark("r3", "r0") == 0


def test_all_or_nothing_wants_both_ends():
    assert mark("r0", "r3", partial=False) == 1
    assert mark("r1", "r3", partial=False) == 0


@given(st.sampled_from(["r0", "r1", "r2", "r3"]), st.sampled_from(["r0", "r1", "r2", "r3"]))
def test_a_better_best_never_lowers_the_mark(one, other):
    better, lesser = sorted((one, other))
    assert mark(better, "r3") >= mark(lesser, "r3")


def test_a_form_names_places():
    posted = {"pick-2": ["best"], "pick-3": ["worst"], "pick-1": [""]}
    assert TYPE.parse(posted, ASKED, ORDER) == {"best": "r0", "worst": "r3"}


@pytest.mark.parametrize(
    "posted, text",
    [
        ({}, "Choose one that works best and one that works worst."),
        ({"pick-1": ["best"]}, "Choose one that works best and one that works worst."),
        ({"pick-1": ["best"], "pick-2": ["best"]}, "Choose only one that works best and one that works worst."),
        ({"pick-1": ["100"]}, "This answer is not one of those on the page. Choose again."),
    ],
)
def test_one_best_and_one_worst_are_asked_for(posted, text):
    with pytest.raises(Refused) as refused:
        TYPE.parse(posted, ASKED, ORDER)
    assert refused.value.message == text


def test_no_weight_is_shown_before_and_every_explanation_after():
    assert "100" not in str(TYPE.shown(ASKED, ORDER, {}))
    items = TYPE.explained(ASKED, ORDER, {"best": "r1", "worst": "r3"})["items"]
    assert [item["right"] for item in items] == ["", "Works best", "Works worst", ""]
    assert [item["said"] for item in items] == ["", "", "Works worst", "Works best"]
    assert [item["feedback"] for item in items] == ["Since 2", "Since 0", "Since 3", "Since 1"]


def test_the_part_marks_are_told():
    assert TYPE.hints(ASKED, partial=True)[1].startswith("Each is half of the mark")
    assert TYPE.hints(ASKED, partial=False)[1] == "It counts when both are what experts say."


def test_what_keeps_it_from_going_live():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("judgement", parts=responses_of(5, 5, 5))) == [
        "Give the responses different weights."
    ]
    assert "Write at least three responses." in TYPE.problems(question("judgement", parts=responses_of(5, 1)))
