import random

from assessments.quizzes.rules.types.truefalse import TYPE
from tests.quizzes.samples import question

ASKED = question("truefalse", False, True)


def test_true_and_false_keep_their_order():
    assert {tuple(TYPE.shuffle(ASKED, random.Random(seed))) for seed in range(20)} == {("a", "b")}


def test_it_is_marked_like_a_single_choice():
    assert TYPE.mark(ASKED, {"chosen": ["b"]}, partial=False) == 1
    assert TYPE.mark(ASKED, {"chosen": ["a"]}, partial=False) == 0


def test_it_has_two_options():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(question("truefalse", False, True, False)) == ["Write exactly two options: true and false."]
