from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.quizzes.rules import clock
from assessments.quizzes.rules.grading import Marked, by_objective, grade

MARKS = st.none() | st.fractions(0, 1, max_denominator=7)
MARKED = st.lists(
    st.builds(Marked, st.uuids().map(str), st.sampled_from(["calm", "safety"]), st.sampled_from(["A", "B"]), MARKS),
    max_size=20,
)


def marked(*marks: Fraction | int | None, module: str = "calm", objective: str = "CALM-1") -> list[Marked]:
    return [
        Marked(str(at), module, objective, None if mark is None else Fraction(mark)) for at, mark in enumerate(marks)
    ]


@given(MARKED, st.integers(1, 100))
def test_a_pass_is_decided_by_whole_numbers(items, pass_mark):
    scored = [item.mark for item in items if item.mark is not None]
    exact = sum(scored) >= Fraction(pass_mark, 100) * len(scored)
    assert grade(items, pass_mark=pass_mark, must_pass={}).passed == exact


@given(MARKED, st.integers(1, 100))
def test_the_order_of_the_questions_does_not_matter(items, pass_mark):
    both = [grade(some, pass_mark=pass_mark, must_pass={"safety": 80}) for some in (items, items[::-1])]
    assert both[0] == both[1]


@given(MARKED.filter(lambda items: any(item.mark is not None for item in items)), st.integers(1, 100), st.data())
def test_more_right_never_lowers_a_result(items, pass_mark, data):
    """Of one question, on papers where modules and objectives have to be passed too, whatever each is worth."""
    at = data.draw(st.sampled_from([at for at, item in enumerate(items) if item.mark is not None]))
    weighed = [replace(item, weight=data.draw(st.integers(1, 5))) for item in items]
    more = data.draw(st.fractions(weighed[at].mark, 1, max_denominator=7) | st.just(Fraction(1)))
    better = [*weighed[:at], replace(weighed[at], mark=more), *weighed[at + 1 :]]
    rules = {"pass_mark": pass_mark, "must_pass": {"safety": 80}, "must_pass_objective": {"A": 50}}
    before, after = grade(weighed, **rules), grade(better, **rules)
    assert after.total.points >= before.total.points
    assert after.total.maximum == before.total.maximum
    assert after.passed >= before.passed


def test_seven_of_ten_is_seventy_percent_and_not_a_hair_less():
    assert grade(marked(*[1] * 7, *[0] * 3), pass_mark=70, must_pass={}).passed
    assert not grade(marked(*[1] * 6, Fraction(999, 1000), *[0] * 3), pass_mark=70, must_pass={}).passed


def test_thirds_add_up_to_a_whole():
    thirds = [Fraction(1, 3)] * 3
    assert grade(marked(*thirds, 1, 1, 0), pass_mark=50, must_pass={}).total.points == 3


def test_unscored_questions_are_left_out():
    result = grade(marked(1, None, None), pass_mark=100, must_pass={})
    assert (result.total.maximum, result.passed) == (1, True)


def test_a_module_may_have_to_be_passed_by_itself():
    items = marked(*[1] * 17) + marked(1, 0, 0, module="safety")
    result = grade(items, pass_mark=80, must_pass={"safety": 80})
    assert result.total.reached
    assert not result.modules["safety"].reached
    assert not result.passed


def test_a_module_that_is_not_asked_about_is_not_judged():
    assert grade(marked(1), pass_mark=80, must_pass={"safety": 80}).passed


def test_figures_are_rounded_down_so_that_nobody_reads_80_who_is_short_of_80():
    share = grade(marked(*[1] * 7, Fraction(99, 100), *[0] * 2), pass_mark=80, must_pass={}).total
    assert (share.percent, share.rounded, share.reached) == (79, Decimal("7.99"), False)


def test_an_empty_paper_is_no_division_by_zero():
    assert grade([], pass_mark=80, must_pass={}).total.percent == 0


def test_what_waits_for_a_person_is_not_yet_worth_nothing_of_its_objective():
    right, essay = marked(1, None)
    alone = Marked("alone", "calm", "CALM-2", None, waits=True)
    shares = by_objective([right, replace(essay, waits=True), alone])
    assert {name: (share.points, share.maximum) for name, share in shares.items()} == {"CALM-1": (1, 1)}


def test_points_by_objective_are_in_the_order_of_the_paper():
    items = marked(1, objective="B") + marked(0, 1, objective="A")
    shares = by_objective(items)
    assert [(name, share.points, share.maximum) for name, share in shares.items()] == [("B", 1, 1), ("A", 1, 2)]


STARTED = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("extra, minutes", [(0, 30), (25, 37.5), (50, 45), (100, 60)])
def test_more_time_is_a_share_of_the_limit(extra, minutes):
    assert clock.deadline(STARTED, 30, extra) == STARTED + timedelta(minutes=minutes)


def test_nobody_has_more_time_unless_somebody_granted_it():
    assert clock.deadline(STARTED, 100) == STARTED + timedelta(minutes=100)


def test_without_a_limit_there_is_no_deadline():
    assert clock.deadline(STARTED, None, 100) is None
    assert not clock.is_over(None, STARTED)


def test_an_answer_sent_in_time_may_travel_slowly_but_not_longer():
    until = clock.deadline(STARTED, 30)
    assert not clock.is_over(until, until + clock.GRACE)
    assert clock.is_over(until, until + clock.GRACE + timedelta(seconds=1))


@pytest.mark.parametrize("seconds, minutes", [(0, 0), (-5, 0), (1, 1), (60, 1), (61, 2), (1800, 30)])
def test_minutes_left_are_rounded_up(seconds, minutes):
    assert clock.minutes_left(STARTED + timedelta(seconds=seconds), STARTED) == minutes
