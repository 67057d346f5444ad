from fractions import Fraction

import pytest

from assessments.quizzes.rules.question import NOT_OFFERED, Refused
from assessments.quizzes.rules.types.matching import TYPE
from tests.quizzes.samples import pairs, question

ASKED = question("matching", parts=pairs(3))
ORDER = ["p2", "p0", "p1"]


def test_each_right_pair_counts_or_all_of_them_must_be_right():
    one_right = {"pairs": {"p0": "p0", "p1": "p2", "p2": "p1"}}
    assert TYPE.mark(ASKED, one_right, partial=True) == Fraction(1, 3)
    assert TYPE.mark(ASKED, one_right, partial=False) == 0
    assert TYPE.mark(ASKED, {"pairs": {key: key for key in ASKED.keys}}, partial=False) == 1


def test_the_hints_tell_what_to_do_and_how_it_counts():
    assert TYPE.hints(ASKED, partial=True) == ("Choose what belongs to each.", "Each right pair counts.")
    assert TYPE.hints(ASKED, partial=False) == (
        "Choose what belongs to each.",
        "It counts when all the pairs are right.",
    )


def test_a_form_names_places_in_the_shuffled_list():
    form = {"pair-1": ["2"], "pair-2": ["3"], "pair-3": ["1"]}
    answer = {"pairs": {"p0": "p0", "p1": "p1", "p2": "p2"}}
    assert TYPE.parse(form, ASKED, ORDER) == answer
    assert TYPE.posted(ASKED, ORDER, answer) == form


def test_one_right_side_may_be_chosen_twice():
    form = {"pair-1": ["2"], "pair-2": ["2"], "pair-3": ["1"]}
    assert TYPE.parse(form, ASKED, ORDER) == {"pairs": {"p0": "p0", "p1": "p0", "p2": "p2"}}


@pytest.mark.parametrize(
    "pairs, fits",
    [
        ({"p0": "p0", "p1": "p1", "p2": "p2"}, True),
        ({"p0": "p2", "p1": "p2", "p2": "p2"}, True),
        ({"p0": "p0", "p1": "p1"}, False),  # a pair came since
        ({"p0": "p0", "p1": "p1", "p2": "p2", "gone": "p2"}, False),
        ({"p0": "p0", "p1": "p1", "p2": "gone"}, False),
    ],
)
def test_an_earlier_answer_fits_while_it_speaks_of_these_very_pairs(pairs, fits):
    assert TYPE.fits(ASKED, {"pairs": pairs}) is fits


def test_an_answer_of_another_type_does_not_fit():
    assert not TYPE.fits(ASKED, {"chosen": ["p0"]})


def test_a_left_side_without_an_answer_is_named():
    with pytest.raises(Refused, match=r"^Choose something for each before you go on\.$") as refused:
        TYPE.parse({"pair-1": ["2"], "pair-3": ["1"]}, ASKED, ORDER)
    assert refused.value.field == "pair-2"


@pytest.mark.parametrize("value", ["4", "0", "p0", "Right 0"])
def test_a_right_side_that_is_not_on_the_page_is_refused(value):
    with pytest.raises(Refused) as refused:
        TYPE.parse({"pair-1": [value], "pair-2": ["1"], "pair-3": ["2"]}, ASKED, ORDER)
    assert (refused.value.message, refused.value.field) == (NOT_OFFERED, "pair-1")


def test_the_right_sides_stand_in_the_shuffled_order_beside_every_left_side():
    def choices(selected: str = "") -> list[dict]:
        texts = {"1": "Right 2", "2": "Right 0", "3": "Right 1"}
        return [{"value": value, "text": text, "selected": value == selected} for value, text in texts.items()]

    assert TYPE.shown(ASKED, ORDER, {"pair-2": ["3"]}) == {
        "pairs": [
            {"id": "pair-1", "name": "pair-1", "text": "Left 0", "picture": None, "choices": choices()},
            {"id": "pair-2", "name": "pair-2", "text": "Left 1", "picture": None, "choices": choices("3")},
            {"id": "pair-3", "name": "pair-3", "text": "Left 2", "picture": None, "choices": choices()},
        ]
    }


def test_on_a_page_of_several_questions_only_the_ids_change():
    shown = TYPE.shown(ASKED, ORDER, {}, "q2-")["pairs"][0]
    assert (shown["id"], shown["name"]) == ("q2-pair-1", "pair-1")


def test_the_explanation_names_what_was_chosen_instead():
    explained = TYPE.explained(ASKED, ORDER, {"pairs": {"p0": "p1", "p1": "p1", "p2": "p0"}})
    assert explained == {
        "pairs": [
            {
                "left": "Left 0",
                "picture": None,
                "right": "Right 0",
                "given": "Right 1",
                "correct": False,
                "feedback": "Since 0",
            },
            {
                "left": "Left 1",
                "picture": None,
                "right": "Right 1",
                "given": "Right 1",
                "correct": True,
                "feedback": "Since 1",
            },
            {
                "left": "Left 2",
                "picture": None,
                "right": "Right 2",
                "given": "Right 0",
                "correct": False,
                "feedback": "Since 2",
            },
        ]
    }


def test_an_explanation_without_an_answer_claims_none():
    explained = TYPE.explained(ASKED, ORDER, None)["pairs"]
    assert [(pair["given"], pair["correct"]) for pair in explained] == [("", False)] * 3


def test_neither_side_may_repeat_itself():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("matching", parts=pairs(1))) == ["Write at least two pairs."]
    assert TYPE.problems(question("matching", parts=pairs(2))) == []
    for side in ("left", "right"):
        same = tuple({**part, side: text} for part, text in zip(pairs(2), ("Same", " Same "), strict=True))
        assert TYPE.problems(question("matching", parts=same)) == [f"Two {side} sides are the same."]
