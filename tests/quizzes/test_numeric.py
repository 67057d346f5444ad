from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.numeric import TYPE, number
from tests.quizzes.samples import numbers, question, units

ASKED = question(
    "numeric",
    parts=numbers(("90", "5", "absolute", 100), ("90", "50", "relative", 25)) + units(min="1", h="60"),
    model_answer="An hour and a half.",
)
BARE = question("numeric", parts=numbers(("0.3", "0", "absolute", 100)))


def mark(value, unit="u-min", *, partial=True, asked=ASKED):
    return TYPE.mark(asked, {"number": value, "unit": unit}, partial=partial)


@pytest.mark.parametrize(
    "text, value",
    [
        ("2.5", "2.5"),
        ("2,5", "2.5"),
        ("−1 250,75", "-1250.75"),
        ("1\u00a0000", "1000"),
        ("1\u202f000,5", "1000.5"),
        ("+7", "7"),
        (",5", "0.5"),
    ],
)
def test_comma_and_point_and_the_spaces_people_write_are_understood(text, value):
    assert str(number(text)) == value


@pytest.mark.parametrize(
    "text", ["1,250.75", "1.250,75", "two", "1e5", "nan", "inf", "0x1", "٣", "1/2", "--1", "9" * 21]
)
def test_what_could_mean_two_things_or_none_is_no_number(text):
    assert number(text) is None


def test_a_tenth_and_two_tenths_are_three_tenths():
    assert mark(str(number("0,3")), "", asked=BARE) == 1
    assert mark("0.30000000000000004", "", asked=BARE) == 0


def test_the_edge_of_the_tolerance_counts_and_nothing_beyond_it():
    assert [mark(value, partial=False) for value in ("85", "95", "84.9999999999", "95.0000000001")] == [1, 1, 0, 0]


def test_a_relative_tolerance_is_percent_of_the_number():
    assert [mark(value) for value in ("45", "135", "44.99", "135.01")] == [Fraction(1, 4), Fraction(1, 4), 0, 0]


@pytest.mark.parametrize("value", ["", "soon", "NaN", "Infinity"])
def test_what_an_editor_has_not_filled_in_with_a_number_counts_as_0(value):
    draft = question("numeric", parts=numbers((value, "", "absolute", 100)))
    assert (mark("0", "", asked=draft), mark("1", "", asked=draft)) == (1, 0)


def test_units_are_converted_exactly():
    assert mark("1.5", "u-h") == 1
    assert mark("90", "u-h") == 0


def test_part_marks_only_where_the_quiz_gives_them():
    assert (mark("60"), mark("60", partial=False)) == (Fraction(1, 4), 0)


@given(st.decimals(-1000, 1000, places=3), st.decimals(-1000, 1000, places=3))
def test_nearer_never_gets_less(one, other):
    near, far = sorted((one, other), key=lambda value: abs(value - 90))
    assert mark(str(near)) >= mark(str(far))


@given(st.decimals(-1000, 1000, places=4))
def test_the_same_quantity_in_another_unit_gets_the_same(hours):
    assert mark(str(hours), "u-h") == mark(str(hours * 60), "u-min")


def test_a_form_names_the_unit_by_its_place_never_by_its_key():
    assert TYPE.parse({"number": ["1,5"], "unit": ["2"]}, ASKED, []) == {"number": "1.5", "unit": "u-h"}
    shown = TYPE.shown(ASKED, [], {"number": ["1,5"], "unit": ["2"]})
    assert [choice["selected"] for choice in shown["unit"]["choices"]] == [False, True]
    assert "u-h" not in str(shown)
    assert "90" not in str(shown)


@pytest.mark.parametrize(
    "posted, field, text",
    [
        ({}, "number", "Write a number before you go on."),
        ({"number": ["many"]}, "number", "Write one number in digits, for example 12.5 or 12,5."),
        ({"number": ["1"]}, "unit", "Choose a unit before you go on."),
        ({"number": ["1"], "unit": ["3"]}, "unit", "This answer is not one of those on the page. Choose again."),
        ({"number": ["1"], "unit": ["u-h"]}, "unit", "This answer is not one of those on the page. Choose again."),
    ],
)
def test_what_is_missing_is_named(posted, field, text):
    with pytest.raises(Refused) as refused:
        TYPE.parse(posted, ASKED, [])
    assert (refused.value.field, refused.value.message) == (field, text)


@given(st.decimals(-1000, 1000, places=20).map("{:f}".format))
@example("0.0000001")
def test_what_was_written_comes_back_in_digits_and_may_be_sent_again(text):
    answer = TYPE.parse({"number": [text]}, BARE, [])
    form = TYPE.posted(BARE, [], answer)
    assert Decimal(form["number"][0]) == number(text)
    assert TYPE.parse(form, BARE, []) == answer


def test_the_form_of_an_answer_has_the_unit_where_there_is_one():
    assert TYPE.posted(ASKED, [], {"number": "90", "unit": "u-min"}) == {"number": ["90"], "unit": ["1"]}
    assert TYPE.posted(ASKED, [], {"number": "1.5", "unit": "u-h"}) == {"number": ["1.5"], "unit": ["2"]}
    assert TYPE.posted(BARE, [], {"number": "0.3", "unit": ""}) == {"number": ["0.3"]}


def test_before_the_answer_there_is_an_empty_field_and_units_in_the_editors_order():
    assert TYPE.shown(ASKED, [], {}) == {
        "id": "number",
        "name": "number",
        "text": "",
        "unit": {
            "id": "unit",
            "name": "unit",
            "choices": [
                {"value": "1", "text": "min", "selected": False},
                {"value": "2", "text": "h", "selected": False},
            ],
        },
    }
    assert TYPE.shown(BARE, [], {})["unit"]["choices"] == []


def test_on_a_page_of_several_questions_only_the_ids_change():
    shown = TYPE.shown(ASKED, [], {"number": ["1,5"]}, "q2-")
    assert (shown["id"], shown["name"], shown["text"]) == ("q2-number", "number", "1,5")
    assert (shown["unit"]["id"], shown["unit"]["name"]) == ("q2-unit", "unit")


def test_the_hints_tell_what_to_write_and_how_it_counts():
    unit, bare = (
        "Write a number and choose its unit. Comma and point both work.",
        "Write a number. Comma and point both work.",
    )
    assert TYPE.hints(ASKED, partial=True) == (unit, "An answer that is right in part gets part of the mark.")
    assert TYPE.hints(ASKED, partial=False) == (unit, "It is right or it is not.")
    assert TYPE.hints(BARE, partial=True) == (bare, "It is right or it is not.")


def test_the_explanation_names_the_number_its_unit_and_how_near_was_near_enough():
    right = {"base": "min", "accepted": [{"value": Decimal(90), "tolerance": Decimal(5), "relative": False}]}
    assert TYPE.explained(ASKED, [], {"number": "1.0", "unit": "u-h"}) == {
        "number": Decimal("1.0"),
        "unit": "h",
        "credit": 25,
        "feedback": "Since 1",
        **right,
    }
    assert TYPE.explained(ASKED, [], {"number": "1", "unit": "u-min"})["feedback"] == "An hour and a half."
    unanswered = {"number": None, "unit": "", "credit": 0, "feedback": "An hour and a half."}
    assert TYPE.explained(ASKED, [], None) == unanswered | right


def test_a_bare_number_is_explained_without_a_unit():
    explained = TYPE.explained(BARE, [], {"number": "0.3", "unit": ""})
    assert (explained["unit"], explained["base"], explained["credit"]) == ("", "", 100)


def test_the_explanation_says_whether_the_tolerance_is_percent_and_takes_an_empty_field_for_0():
    asked = question("numeric", parts=numbers(("8", "5", "relative", 100), ("", "", "absolute", 100)))
    assert TYPE.explained(asked, [], None)["accepted"] == [
        {"value": 8, "tolerance": 5, "relative": True},
        {"value": 0, "tolerance": 0, "relative": False},
    ]


@pytest.mark.parametrize(
    "parts, problem",
    [
        (numbers(("1", "0", "absolute", 99)), "Write an accepted answer that is worth 100%."),
        (numbers(("1", "-1", "absolute", 100)), "How far off still counts cannot be less than 0."),
        (
            numbers(("1", "0", "absolute", 100)) + units(h="60"),
            "Give one unit the factor 1: accepted numbers are in that unit.",
        ),
        (numbers(("1", "0", "absolute", 100)) + units(h="1", d="0"), "A factor is more than 0."),
        (numbers(("1", "0", "absolute", 100)) + 2 * units(h="1"), "Two units have the same name."),
    ],
)
def test_what_keeps_it_from_going_live(parts, problem):
    assert problem in TYPE.problems(question("numeric", parts=parts))
    assert TYPE.problems(ASKED) == TYPE.problems(BARE) == []


def test_a_number_without_units_asks_for_none():
    assert TYPE.parse({"number": ["0,3"]}, BARE, []) == {"number": "0.3", "unit": ""}
    assert TYPE.fits(BARE, {"number": "0.3", "unit": ""})
    assert not TYPE.fits(ASKED, {"number": "0.3", "unit": ""})
