"""What every type reads a form with."""

import pytest

from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Refused, first, place, written


@pytest.mark.parametrize(
    "value, found",
    [("1", 0), ("3", 2), ("03", 2), ("0", None), ("4", None), ("", None), ("-1", None), ("1.0", None), ("²", None)],
)
def test_a_form_value_stands_for_a_place_or_for_none(value, found):
    assert place(value, 3) == found


def test_a_place_has_at_most_three_digits():
    assert (place("999", 5000), place("1000", 5000), place("0001", 5000)) == (998, None, None)


def test_of_a_field_that_was_sent_twice_the_first_counts():
    assert (first({"text": [" one ", "two"]}, "text"), first({"text": []}, "text"), first({}, "text")) == (
        "one",
        "",
        "",
    )


@pytest.mark.parametrize(
    "text, says",
    [("", "Write a few words before you go on."), (" \x00 ", "Write a few words before you go on."), ("xxxx", "Long.")],
)
def test_a_text_that_is_missing_or_too_long_is_refused_beside_its_field(text, says):
    with pytest.raises(Refused) as refused:
        written({"note": [text]}, "note", longest=3, too_long="Long.")
    assert (refused.value.message, refused.value.field) == (says, "note")


def test_a_text_is_kept_without_what_no_database_takes():
    assert written({"note": [" x\x00yz "]}, "note", longest=3, too_long="Long.") == "xyz"


def test_every_module_of_the_package_is_a_type_by_its_own_name():
    found = types._found()
    assert found == types.ALL
    assert {name: kind.name for name, kind in found.items()} == {name: name for name in found}
    assert list(found) == sorted(found)
    assert {"single", "essay", "numeric"} <= found.keys()
