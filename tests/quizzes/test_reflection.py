import pytest

from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.reflection import TYPE
from tests.quizzes.samples import question

ASKED = question("reflection", parts=(), model_answer="For example.", rubric=("Names the feeling",))


def test_it_is_not_scored():
    assert TYPE.scored is False


def test_the_text_is_kept_as_it_was_written():
    assert TYPE.parse({"text": ["  Zażółć gęślą jaźń\nāčē  "]}, ASKED, []) == {"text": "Zażółć gęślą jaźń\nāčē"}


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_nothing_and_too_much_are_refused(text):
    with pytest.raises(Refused):
        TYPE.parse({"text": [text]}, ASKED, [])


def test_the_model_answer_comes_only_afterwards():
    assert "For example." not in str(TYPE.shown(ASKED, [], {}))
    assert TYPE.explained(ASKED, [], {"text": "Mine."}) == {
        "text": "Mine.",
        "model_answer": "For example.",
        "rubric": ["Names the feeling"],
    }


def test_it_needs_a_model_answer():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("reflection", parts=())) != []
