from dataclasses import replace
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


def test_the_form_of_an_answer_leaves_the_others_empty():
    posted = {"pick-1": [""], "pick-2": ["best"], "pick-3": ["worst"], "pick-4": [""]}
    assert TYPE.posted(ASKED, ORDER, {"best": "r0", "worst": "r3"}) == posted


@pytest.mark.parametrize(
    "response, fits",
    [
        ({"best": "r0", "worst": "r3"}, True),
        ({"best": "gone", "worst": "r3"}, False),
        ({"best": "r0"}, False),
        ({"chosen": ["r0"]}, False),
    ],
)
def test_an_earlier_answer_fits_while_there_are_both_responses(response, fits):
    assert TYPE.fits(ASKED, response) is fits


@pytest.mark.parametrize(
    "posted, field, text",
    [
        ({}, "pick-1", "Choose one that works best and one that works worst."),
        ({"pick-2": ["best"]}, "pick-1", "Choose one that works best and one that works worst."),
        (
            {"pick-1": ["best"], "pick-3": ["best"]},
            "pick-3",
            "Choose only one that works best and one that works worst.",
        ),
        ({"pick-2": ["100"]}, "pick-2", "This answer is not one of those on the page. Choose again."),
    ],
)
def test_one_best_and_one_worst_are_asked_for(posted, field, text):
    with pytest.raises(Refused) as refused:
        TYPE.parse(posted, ASKED, ORDER)
    assert (refused.value.message, refused.value.field) == (text, field)


def choices(selected: str = "") -> list[dict]:
    words = {"best": "Works best", "worst": "Works worst"}
    return [{"value": value, "text": text, "selected": value == selected} for value, text in words.items()]


def test_before_the_answer_there_are_the_responses_and_nothing_of_their_weights():
    assert TYPE.shown(ASKED, ORDER, {}) == {
        "items": [
            {"id": "pick-1", "name": "pick-1", "text": "Response 2", "picture": None, "choices": choices()},
            {"id": "pick-2", "name": "pick-2", "text": "Response 0", "picture": None, "choices": choices()},
            {"id": "pick-3", "name": "pick-3", "text": "Response 3", "picture": None, "choices": choices()},
            {"id": "pick-4", "name": "pick-4", "text": "Response 1", "picture": None, "choices": choices()},
        ]
    }


def test_what_was_chosen_is_shown_again_and_among_several_questions_only_the_ids_change():
    shown = TYPE.shown(ASKED, ORDER, {"pick-2": ["worst"]}, "q2-")["items"]
    assert (shown[1]["id"], shown[1]["name"], shown[1]["choices"]) == ("q2-pick-2", "pick-2", choices("worst"))
    assert shown[0]["choices"] == choices()


def test_a_response_is_shown_and_explained_with_its_picture():
    picture = {"src": "/calm.jpg", "width": 4, "height": 3, "alt": "A calm face"}
    asked = question("judgement", parts=({**ASKED.parts[0], "picture": picture}, *ASKED.parts[1:]))
    for page in (TYPE.shown(asked, ORDER, {}), TYPE.explained(asked, ORDER, None)):
        assert [item["picture"] for item in page["items"]] == [None, picture, None, None]


def test_the_explanation_puts_what_experts_say_beside_what_was_said():
    def line(at: int, right: str, said: str, *, correct: bool) -> dict:
        texts = {"text": f"Response {at}", "picture": None, "feedback": f"Since {at}"}
        return texts | {"right": right, "said": said, "correct": correct}

    assert TYPE.explained(ASKED, ORDER, {"best": "r1", "worst": "r3"}) == {
        "items": [
            line(2, "", "", correct=True),
            line(0, "Works best", "", correct=False),
            line(3, "Works worst", "Works worst", correct=True),
            line(1, "", "Works best", correct=False),
        ]
    }


def test_an_explanation_without_an_answer_claims_none():
    assert {item["said"] for item in TYPE.explained(ASKED, ORDER, None)["items"]} == {""}


def test_a_draft_without_responses_is_explained_by_none():
    assert TYPE.explained(replace(ASKED, parts=()), [], None) == {"items": []}


def test_the_hints_tell_what_to_do_and_how_it_counts():
    todo = "Choose what works best and what works worst."
    half = "Each is half of the mark; the nearer to what experts say, the more of it."
    assert TYPE.hints(ASKED, partial=True) == (todo, half)
    assert TYPE.hints(ASKED, partial=False) == (todo, "It counts when both are what experts say.")


def test_what_keeps_it_from_going_live():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("judgement", parts=responses_of(5, 5, 5))) == [
        "Give the responses different weights."
    ]
    assert TYPE.problems(question("judgement", parts=responses_of(5, 1))) == ["Write at least three responses."]
    same = tuple(
        {**part, "text": text} for part, text in zip(responses_of(5, 3, 1), ("Go", "Go ", "Stay"), strict=True)
    )
    assert TYPE.problems(question("judgement", parts=same)) == ["Two responses have the same text."]
