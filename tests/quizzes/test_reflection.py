import pytest

from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.reflection import TYPE
from tests.quizzes.samples import question

ASKED = question("reflection", parts=(), model_answer="For example.", rubric=("Names the feeling",))


def test_it_is_not_scored():
    assert TYPE.scored is False
    assert TYPE.mark(ASKED, {"text": "Mine."}, partial=True) == 0
    assert TYPE.hints(ASKED, partial=True) == ("Write in your own words. It is not marked.",)


def test_the_text_is_kept_as_it_was_written():
    assert TYPE.parse({"text": ["  Zażółć gęślą jaźń\nāčē  "]}, ASKED, []) == {"text": "Zażółć gęślą jaźń\nāčē"}
    assert TYPE.posted(ASKED, [], {"text": "āčē"}) == {"text": ["āčē"]}
    assert TYPE.fits(ASKED, {"text": "āčē"})
    assert not TYPE.fits(ASKED, {"chosen": ["a"]})


@pytest.mark.parametrize(
    "text, says",
    [
        ("", "Write a few words before you go on."),
        ("   ", "Write a few words before you go on."),
        ("x" * 5001, "This is longer than 5000 characters. Shorten it, then save."),
    ],
)
def test_nothing_and_too_much_are_refused(text, says):
    with pytest.raises(Refused) as refused:
        TYPE.parse({"text": [text]}, ASKED, [])
    assert (refused.value.message, refused.value.field) == (says, "text")


def test_the_model_answer_comes_only_afterwards():
    assert TYPE.shown(ASKED, [], {}) == {"id": "text", "name": "text", "text": "", "longest": 5000}
    assert TYPE.shown(ASKED, [], {"text": ["Mine."]}, "q2-") == {
        "id": "q2-text",
        "name": "text",
        "text": "Mine.",
        "longest": 5000,
    }
    assert TYPE.explained(ASKED, [], None)["text"] == ""
    assert TYPE.explained(ASKED, [], {"text": "Mine."}) == {
        "text": "Mine.",
        "model_answer": "For example.",
        "rubric": ["Names the feeling"],
    }


def test_it_needs_a_model_answer():
    assert TYPE.problems(ASKED) == []
    without = question("reflection", parts=(), model_answer="  ")
    assert TYPE.problems(without) == ["Write a model answer to compare with."]
