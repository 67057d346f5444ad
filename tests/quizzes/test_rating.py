from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules.question import NOT_OFFERED, Refused
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
    form = {"rate-1": ["1"], "rate-2": ["5"], "rate-3": ["3"]}
    answer = {"rated": {"r0": 5, "r1": 3, "r2": 1}}
    assert TYPE.parse(form, ASKED, ORDER) == answer
    assert TYPE.posted(ASKED, ORDER, answer) == form


def test_the_hints_tell_what_to_do_and_how_it_counts():
    half = "Each counts the same: all of it where you say what experts say, half of it one step beside."
    assert TYPE.hints(ASKED, partial=True) == ("Say how well each works.", half)
    assert TYPE.hints(ASKED, partial=False) == ("Say how well each works.", "It counts when all are what experts say.")


@pytest.mark.parametrize(
    "value, text",
    [("", "Rate each of them before you go on."), *((value, NOT_OFFERED) for value in ("0", "6", "five", "5.0"))],
)
def test_each_needs_a_step_of_the_scale(value, text):
    with pytest.raises(Refused) as refused:
        TYPE.parse({"rate-1": ["1"], "rate-2": [value], "rate-3": ["3"]}, ASKED, ORDER)
    assert (refused.value.message, refused.value.field) == (text, "rate-2")


@pytest.mark.parametrize(
    "response, fits",
    [
        ({"rated": {"r0": 5, "r1": 3, "r2": 1}}, True),
        ({"rated": {"r0": 5, "r1": 3}}, False),  # a response came since
        ({"rated": {"r0": 5, "r1": 3, "r2": 1, "gone": 1}}, False),
        ({"rated": {"r0": 5, "r1": 3, "r2": 6}}, False),
        ({"chosen": ["r0"]}, False),
    ],
)
def test_an_earlier_answer_fits_while_it_rates_these_very_responses(response, fits):
    assert TYPE.fits(ASKED, response) is fits


def test_every_step_of_the_scale_fits():
    asked = question("rating", parts=responses_of(1, 2, 3, 4, 5))
    assert TYPE.fits(asked, {"rated": {f"r{at}": at + 1 for at in range(5)}})


WORDS = ("1: makes it worse", "2: hardly helps", "3: helps a little", "4: works well", "5: works best")


def choices(selected: str = "") -> list[dict]:
    return [{"value": text[0], "text": text, "selected": text[0] == selected} for text in WORDS]


def test_before_the_answer_there_are_the_responses_and_the_same_scale_for_each():
    assert TYPE.shown(ASKED, ORDER, {}) == {
        "items": [
            {"id": "rate-1", "name": "rate-1", "text": "Response 2", "picture": None, "choices": choices()},
            {"id": "rate-2", "name": "rate-2", "text": "Response 0", "picture": None, "choices": choices()},
            {"id": "rate-3", "name": "rate-3", "text": "Response 1", "picture": None, "choices": choices()},
        ]
    }


def test_what_was_chosen_is_shown_again_and_among_several_questions_only_the_ids_change():
    shown = TYPE.shown(ASKED, ORDER, {"rate-2": ["4"]}, "q2-")["items"]
    assert (shown[1]["id"], shown[1]["name"], shown[1]["choices"]) == ("q2-rate-2", "rate-2", choices("4"))
    assert shown[0]["choices"] == choices()


def line(at: int, right: str, said: str, *, correct: bool) -> dict:
    texts = {"text": f"Response {at}", "picture": None, "feedback": f"Since {at}"}
    return texts | {"right": right, "said": said, "correct": correct}


def test_the_explanation_puts_both_side_by_side():
    assert TYPE.explained(ASKED, ORDER, {"rated": {"r0": 4, "r1": 3, "r2": 1}}) == {
        "items": [
            line(2, "1: makes it worse", "1: makes it worse", correct=True),
            line(0, "5: works best", "4: works well", correct=False),
            line(1, "3: helps a little", "3: helps a little", correct=True),
        ]
    }


def test_an_explanation_without_an_answer_claims_none_and_a_weight_off_the_scale_has_no_words():
    asked = question("rating", parts=responses_of(0, 1))
    assert TYPE.explained(asked, asked.keys, None) == {
        "items": [line(0, "", "", correct=False), line(1, "1: makes it worse", "", correct=False)]
    }


def test_weights_must_be_on_the_scale():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("rating", parts=responses_of(0, 3, 5))) == ["For rating each, weights are 1 to 5."]
