import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules.question import NOT_OFFERED, Refused
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
    assert TYPE.posted(ASKED, ORDER, {"order": ["i0", "i1", "i2", "i3"]}) == posted


def test_the_hints_tell_what_to_do_and_how_it_counts():
    todo = "Give each item its place, 1 for the first."
    assert TYPE.hints(ASKED, partial=True) == (todo, "Each item in its right place counts.")
    assert TYPE.hints(ASKED, partial=False) == (todo, "It counts when the whole order is right.")


@pytest.mark.parametrize(
    "response, fits",
    [
        ({"order": ["i3", "i2", "i1", "i0"]}, True),
        ({"order": ["i0", "i1", "i2"]}, False),  # an item came since
        ({"order": ["i0", "i1", "i2", "i3", "gone"]}, False),
        ({"order": ["i0", "i1", "i2", "i2"]}, False),
        ({"chosen": ["i0"]}, False),
    ],
)
def test_an_earlier_answer_fits_while_it_speaks_of_these_very_items(response, fits):
    assert TYPE.fits(ASKED, response) is fits


def test_an_answer_about_other_items_is_never_marked():
    with pytest.raises(ValueError, match="zip"):
        TYPE.mark(ASKED, {"order": ["i0", "i1", "i2"]}, partial=True)


def test_an_item_without_a_place_is_named():
    with pytest.raises(Refused, match=r"^Give each item a place before you go on\.$") as refused:
        TYPE.parse({"place-1": ["1"], "place-2": ["2"], "place-4": ["3"]}, ASKED, ORDER)
    assert refused.value.field == "place-3"


def test_two_items_in_one_place_are_refused():
    with pytest.raises(Refused, match=r"^Two items have the same place\. Give each its own\.$") as refused:
        TYPE.parse({f"place-{at}": ["1"] for at in range(1, 5)}, ASKED, ORDER)
    assert refused.value.field == "place-2"


@pytest.mark.parametrize("value", ["0", "5", "i0", "1.5", "-1", "١"])
def test_a_place_that_is_not_on_the_page_is_refused(value):
    with pytest.raises(Refused) as refused:
        TYPE.parse({"place-1": [value], "place-2": ["2"], "place-3": ["3"], "place-4": ["4"]}, ASKED, ORDER)
    assert (refused.value.message, refused.value.field) == (NOT_OFFERED, "place-1")


@given(questions(("ordering",)), st.integers())
def test_it_is_never_shown_in_the_right_order(asked, seed):
    shuffled = TYPE.shuffle(asked, random.Random(seed))
    assert shuffled != list(asked.keys)
    assert sorted(shuffled) == sorted(asked.keys)


def choices(selected: str = "") -> list[dict]:
    return [{"value": value, "text": value, "selected": value == selected} for value in "1234"]


def test_each_item_stands_beside_all_the_places_and_none_is_chosen_for_the_reader():
    assert TYPE.shown(ASKED, ORDER, {}) == {
        "items": [
            {"id": "place-1", "name": "place-1", "text": "Item 2", "picture": None, "choices": choices()},
            {"id": "place-2", "name": "place-2", "text": "Item 0", "picture": None, "choices": choices()},
            {"id": "place-3", "name": "place-3", "text": "Item 3", "picture": None, "choices": choices()},
            {"id": "place-4", "name": "place-4", "text": "Item 1", "picture": None, "choices": choices()},
        ]
    }


def test_what_was_chosen_is_shown_again_and_among_several_questions_only_the_ids_change():
    shown = TYPE.shown(ASKED, ORDER, {"place-2": ["1"]}, "q2-")["items"]
    assert shown[1] == {
        "id": "q2-place-2",
        "name": "place-2",
        "text": "Item 0",
        "picture": None,
        "choices": choices("1"),
    }
    assert shown[0]["choices"] == choices()


def test_the_explanation_is_in_the_right_order_with_the_place_given():
    assert TYPE.explained(ASKED, ORDER, {"order": ["i1", "i0", "i2", "i3"]}) == {
        "items": [
            {"text": "Item 0", "picture": None, "place": 1, "given": 2, "correct": False, "feedback": "Here because 0"},
            {"text": "Item 1", "picture": None, "place": 2, "given": 1, "correct": False, "feedback": "Here because 1"},
            {"text": "Item 2", "picture": None, "place": 3, "given": 3, "correct": True, "feedback": "Here because 2"},
            {"text": "Item 3", "picture": None, "place": 4, "given": 4, "correct": True, "feedback": "Here because 3"},
        ]
    }


def test_an_explanation_without_an_answer_claims_none():
    assert {item["given"] for item in TYPE.explained(ASKED, ORDER, None)["items"]} == {None}


def test_it_has_three_items_that_differ():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("ordering", parts=items(2))) == ["Write at least three items."]
    same = tuple({**part, "text": "Same"} for part in items(3))
    assert TYPE.problems(question("ordering", parts=same)) == ["Two items have the same text."]
