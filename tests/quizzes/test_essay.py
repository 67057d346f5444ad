from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules.marking import Marking, settled, share
from assessments.quizzes.rules.question import Refused
from assessments.quizzes.rules.types.essay import TYPE
from tests.quizzes.samples import criteria, question

ASKED = question("essay", parts=criteria(2, 3), model_answer="For example.")
SHARES = st.fractions(0, 1, max_denominator=60)
TWO = Marking(second=True, difference=20)


def test_a_person_marks_it_and_it_counts():
    assert (TYPE.scored, TYPE.manual) == (True, True)
    assert TYPE.hints(ASKED, partial=True) == (
        "Write in your own words.",
        "A person marks it by criteria, each with its points. The result waits for that.",
    )


def test_criteria_and_model_answer_come_only_afterwards():
    assert TYPE.shown(ASKED, [], {"text": ["Mine."]}, "q2-") == {
        "id": "q2-text",
        "name": "text",
        "text": "Mine.",
        "longest": 20_000,
    }
    assert TYPE.explained(ASKED, [], {"text": "Mine."}) == {
        "text": "Mine.",
        "model_answer": "For example.",
        "rubric": ["Criterion 0", "Criterion 1"],
    }


def test_more_than_twenty_thousand_characters_are_refused_in_its_own_words():
    assert TYPE.parse({"text": ["x" * 20_000]}, ASKED, [])
    with pytest.raises(Refused, match=r"^This is longer than 20,000 characters\. Shorten it, then save\.$"):
        TYPE.parse({"text": ["x" * 20_001]}, ASKED, [])


def test_it_needs_a_criterion():
    assert TYPE.problems(ASKED) == []
    assert TYPE.problems(replace(ASKED, parts=())) == ["Write at least one criterion."]
    same = tuple({**part, "text": "Same"} for part in ASKED.parts)
    assert TYPE.problems(replace(ASKED, parts=same)) == ["Two criteria have the same text."]


@given(st.integers(0, 2), st.integers(0, 3))
def test_points_are_a_share_of_all_there_are(first, second):
    assert share(ASKED, {"c0": first, "c1": second}) == Fraction(first + second, 5)


@pytest.mark.parametrize("points", [{}, {"c0": 1}, {"c0": 1, "c1": 1, "x": 1}])
def test_points_for_other_criteria_are_refused(points):
    with pytest.raises(ValueError, match=r"^points for each criterion are expected$"):
        share(ASKED, points)


@pytest.mark.parametrize("points", [{"c0": 3, "c1": 0}, {"c0": -1, "c1": 0}])
def test_more_points_than_there_are_or_fewer_than_none_are_refused(points):
    with pytest.raises(ValueError, match=r"^more points than there are, or fewer than none$"):
        share(ASKED, points)


def test_one_marker_settles_it_where_one_is_enough():
    assert settled([], Marking()) is None
    assert settled([Fraction(1, 3)], Marking()) == Fraction(1, 3)


def test_two_who_are_near_enough_count_by_halves_and_a_third_decides_where_they_are_not():
    assert settled([Fraction(1, 2)], TWO) is None
    assert settled([Fraction(1, 2), Fraction(7, 10)], TWO) == Fraction(3, 5)
    assert settled([Fraction(1, 2), Fraction(71, 100)], TWO) is None
    assert settled([Fraction(1, 2), Fraction(71, 100), Fraction(1, 4)], TWO) == Fraction(1, 4)


@given(SHARES, SHARES)
def test_who_of_two_marked_first_does_not_matter(one, other):
    assert settled([one, other], TWO) == settled([other, one], TWO)


@given(st.lists(SHARES, min_size=1, max_size=3), st.booleans(), st.integers(0, 100))
def test_a_settled_mark_is_between_nothing_and_everything(shares, second, difference):
    mark = settled(shares, Marking(second, difference))
    assert mark is None or 0 <= min(shares) <= mark <= max(shares) <= 1
