"""A published quiz: whom it asks what, and what an answer is worth. By example."""

from fractions import Fraction
from typing import Any

import pytest

from assessments.policy import Tries
from assessments.quizzes.rules.grading import Marked
from assessments.quizzes.rules.marking import Marking
from assessments.quizzes.rules.question import Question
from assessments.quizzes.rules.quiz import Given, Quiz
from tests.quizzes.samples import criteria, items, options

SEEDS = [str(seed) for seed in range(30)]
SECTIONS = (
    {"key": "s1", "title": "Calm", "keys": ["q0", "q1", "q2"], "count": None, "weight": 1},
    {"key": "s2", "title": "", "keys": ["q3", "q4", "q5"], "count": None, "weight": 2},
)


def asked(key: str, kind: str = "single", parts: tuple = options(True, False, False), **more: Any) -> dict:
    return {"key": key, "type": kind, "stem": f"Stem of {key}", "parts": list(parts)} | more


POOL = [asked(f"q{at}") for at in range(6)]


def quiz(pool: list[dict] = POOL, sections: tuple = (), draw: dict | None = None, **rules: Any) -> Quiz:
    always = {
        "pass_mark": 80, "must_pass": {}, "attempts": 3, "waits": [0, 30], "minutes": None, "feedback": "after_hand_in",
        "shuffle_questions": True, "shuffle_options": True, "partial_credit": True,
    }  # fmt: skip
    body = {"pool": pool, "draw": draw or {}, "rules": always | rules, "objectives": {"C-1": "Stays calm"}}
    return Quiz(body | {"modules": {"calm": "Keeping calm"}, "sections": list(sections)})


def papers(of: Quiz) -> set[tuple[str, ...]]:
    """The orders of questions that people with different seeds get."""
    return {tuple(entry["question"] for entry in of.new_paper(seed=seed, seen={})) for seed in SEEDS}


# --- a paper -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sections", [(), SECTIONS], ids=["plain", "sections"])
def test_each_seed_gives_a_paper_of_its_own_and_the_same_one_again(sections):
    one = quiz(sections=sections)
    assert len(papers(one)) > 10
    assert papers(one) == papers(one)
    assert [one.new_paper(seed=seed, seen={}) for seed in SEEDS] == [
        one.new_paper(seed=seed, seen={}) for seed in SEEDS
    ]


@pytest.mark.parametrize("sections", [(), SECTIONS], ids=["plain", "sections"])
def test_questions_that_are_not_shuffled_stand_as_the_editor_put_them_for_everybody(sections):
    assert papers(quiz(sections=sections, shuffle_questions=False)) == {("q0", "q1", "q2", "q3", "q4", "q5")}


def test_a_paper_names_each_question_with_the_order_of_its_options():
    plain = quiz(shuffle_questions=False, shuffle_options=False)
    assert plain.new_paper(seed="x", seen={}) == [
        {"question": f"q{at}", "order": ["a", "b", "c"]} for at in range(6)
    ]  # fmt: skip


def test_options_change_places_where_the_quiz_says_so():
    orders = {tuple(quiz().new_paper(seed=seed, seen={})[0]["order"]) for seed in SEEDS}
    assert len(orders) == 6


@pytest.mark.parametrize("sections", [(), SECTIONS], ids=["plain", "sections"])
def test_a_quiz_asks_what_a_person_has_not_met(sections):
    first = [{**section, "count": 1} for section in sections]
    drawn = quiz(sections=tuple(first), draw={"count": 2})
    seen = {"q0": 1, "q1": 1, "q3": 1, "q4": 1}
    assert {entry["question"] for entry in drawn.new_paper(seed="x", seen=seen)} == {"q2", "q5"}
    assert drawn.length == 2


def test_questions_are_found_in_the_order_that_is_asked_for():
    assert [question.key for question in quiz().questions(["q4", "q1"])] == ["q4", "q1"]
    assert quiz().question("q3").stem == "Stem of q3"


# --- marks ---------------------------------------------------------------------------------------------------------
MIXED = [
    asked("order", "ordering", items(4), module="calm", objective="C-1"),
    asked("essay", "essay", criteria(2, 3), module="calm", objective="C-2"),
    asked("note", "reflection", (), module="talk", objective="T-1"),
]
SWAPPED = {"order": ["i1", "i0", "i2", "i3"]}


def test_part_marks_only_where_the_quiz_gives_them():
    question = Question.of(MIXED[0])
    assert quiz(MIXED).mark(question, SWAPPED) == Fraction(1, 2)
    assert quiz(MIXED, partial_credit=False).mark(question, SWAPPED) == 0


@pytest.mark.parametrize(
    "at, response, mark",
    [(0, None, 0), (1, None, 0), (1, {"text": "Mine."}, None), (2, None, None), (2, {"text": "Mine."}, None)],
    ids=["no answer", "no essay", "an essay waits", "no reflection", "a reflection is never marked"],
)
def test_no_answer_is_nothing_and_what_a_person_marks_has_no_mark_yet(at, response, mark):
    assert quiz(MIXED).mark(Question.of(MIXED[at]), response) == mark


def test_an_attempt_is_marked_question_by_question_and_only_a_written_essay_waits():
    mixed = quiz(MIXED)
    given = {
        key: Given(mixed.question(key), response) for key, response in [("order", SWAPPED), ("essay", {"text": "."})]
    }
    order, note = Marked("order", "calm", "C-1", Fraction(1, 2), False), Marked("note", "talk", "T-1", None, False)
    assert mixed.marked(["order", "essay", "note"], given) == [order, Marked("essay", "calm", "C-2", None, True), note]
    assert mixed.marked(["note", "essay"], {}) == [note, Marked("essay", "calm", "C-2", Fraction(0), False)]


@pytest.mark.parametrize("pass_mark, passed", [(50, True), (51, False)])
def test_the_pass_mark_of_the_quiz_decides(pass_mark, passed):
    mixed = quiz(MIXED, pass_mark=pass_mark)
    marked = mixed.marked(["order"], {"order": Given(mixed.question("order"), SWAPPED)})
    assert mixed.grade(marked).passed is passed


# --- rules ---------------------------------------------------------------------------------------------------------
def test_the_rules_that_are_told_before_the_start():
    strict = quiz(must_pass={"calm": 80, "gone": 70}, must_pass_objective={"C-1": 60, "C-9": 50})
    assert strict.tries == Tries(3, (0, 30))
    assert strict.must_pass == [("Keeping calm", 80), ("gone", 70), ("Stays calm", 60), ("C-9", 50)]
    assert quiz().must_pass == []


@pytest.mark.parametrize(
    "rules, promise",
    [
        ({}, "after_hand_in"),
        ({"feedback": "after_last"}, "after_last"),
        ({"feedback": "after_last", "review": "verdicts"}, "verdicts"),
        ({"review": "score"}, "score"),
        ({"feedback": "immediate", "review": "score"}, "immediate"),
    ],
)
def test_what_is_promised_about_explanations(rules, promise):
    assert quiz(**rules).promise == promise


def test_how_essays_are_marked_is_a_rule_of_the_quiz():
    assert quiz().marking == Marking()
    assert quiz(marking={"second": True, "difference": 10}).marking == Marking(second=True, difference=10)


def test_only_a_quiz_that_waives_lessons_is_a_pre_test():
    assert quiz(test_out={}).is_pre_test
    assert not quiz().is_pre_test
