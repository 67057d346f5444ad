from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.rating import TYPE
from tests.quizzes.samples import question, responses_of

ASKED = question("rating", parts=responses_of(5, 3, 1))
ORDER = ["r2", "r0", "r1"]
STEPS = st.integers(1, 5)


def mark(*rated, partial=True):
    return TYPE.mark(ASKED, {"rated": {f"r{at}": step for at, step in enumerate(rated)}}, partial=partial)


def test_as_experts_say_counts_all_one_step_beside_half_and_anything_further_nothing():
    assert mark(5, 3, 1) == 1
    assert mark(4, 3, 1) == Fraction(5, 6)
    assert mark(3, 3, 1) == Fraction(2, 3)
    assert mark(1, 1, 5) == 0


def test_all_or_nothing_wants_them_all():
    assert (mark(5, 3, 1, partial=False), mark(4, 3, 1, partial=False)) == (1, 0)


@given(STEPS)
def test_the_same_for_all_never_gets_everything(step):
    assert mark(step, step, step) < 1


@given(STEPS, STEPS, STEPS, STEPS)
def test_nearer_to_the_experts_never_gets_less(one, other, second, third):
    near, far = sorted((one, other), key=lambda step: abs(step - 5))
    assert mark(near, second, third) >= mark(far, second, third)


def test_a_form_names_places_on_the_screen():
    assert TYPE.parse({"rate-1": ["1"], "rate-2": ["5"], "rate-3": ["3"]}, ASKED, ORDER) == {
        "rated": {"r0": 5, "r1": 3, "r2": 1}
    }


@pytest.mark.parametrize("value", ["", "0", "6", "five", "5.0"])
def test_each_needs_a_step_of_the_scale(value):
    with pytest.raises(Refused) as refused:
        TYPE.parse({"rate-1": ["1"], "rate-2": [value], "rate-3": ["3"]}, ASKED, ORDER)
    assert refused.value.field == "rate-2"


def test_the_explanation_puts_both_side_by_side():
    items = TYPE.explained(ASKED, ORDER, {"rated": {"r0": 4, "r1": 3, "r2": 1}})["items"]
    assert [item["correct"] for item in items] == [True, False, True]
    assert (items[1]["right"], items[1]["said"]) == ("5: works best", "4: works well")


def test_weights_must_be_on_the_scale():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("rating", parts=responses_of(0, 3, 5))) == ["For rating each, weights are 1 to 5."]
