import pytest

from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.single import TYPE
from tests.quizzes.samples import options, question

ASKED = question("single", False, True, False)
ORDER = ["c", "a", "b"]


def test_the_right_option_gets_the_mark_and_any_other_none():
    assert TYPE.mark(ASKED, {"chosen": ["b"]}, partial=True) == 1
    assert TYPE.mark(ASKED, {"chosen": ["a"]}, partial=True) == 0


def test_a_form_names_places_on_the_screen_not_keys():
    assert TYPE.parse({"answer": ["3"]}, ASKED, ORDER) == {"chosen": ["b"]}
    assert TYPE.posted(ASKED, ORDER, {"chosen": ["b"]}) == {"answer": ["3"]}


def test_nothing_is_chosen_for_the_reader():
    assert not any(option["checked"] for option in TYPE.shown(ASKED, ORDER, {})["options"])


def test_what_was_chosen_is_shown_again():
    checked = [option["checked"] for option in TYPE.shown(ASKED, ORDER, {"answer": ["3"]})["options"]]
    assert checked == [False, False, True]


def test_nothing_chosen_is_refused_with_what_to_do():
    with pytest.raises(Refused, match="Choose an answer before you go on") as refused:
        TYPE.parse({}, ASKED, ORDER)
    assert refused.value.field == "answer-1"


@pytest.mark.parametrize("values", [["4"], ["0"], ["-1"], ["b"], [""], ["1", "2"], ["²"], ["1" * 50]])
def test_what_is_not_on_the_page_is_refused(values):
    with pytest.raises(Refused):
        TYPE.parse({"answer": values}, ASKED, ORDER)


def test_every_option_is_explained():
    explained = TYPE.explained(ASKED, ORDER, {"chosen": ["a"]})["options"]
    assert [(option["mark"], option["feedback"]) for option in explained] == [
        ("plain", "Because 2"),
        ("wrong", "Because 0"),
        ("right", "Because 1"),
    ]


def test_exactly_one_option_is_right_or_it_does_not_go_live():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("single", False, False)) == ["Mark exactly one option as right."]
    assert TYPE.problems(question("single", True, True, False)) == ["Mark exactly one option as right."]


def test_a_single_option_is_no_choice():
    assert "Write at least two options." in TYPE.problems(question("single", True))


def test_two_options_must_not_read_the_same():
    twice = tuple({**part, "text": "Same"} for part in options(True, False))
    assert "Two options have the same text." in TYPE.problems(question("single", parts=twice))
