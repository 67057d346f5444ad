from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.policy import Decision, Tries, decide

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
FINAL = Tries(allowed=3, waits=(0, 30, 1440))


def test_the_first_attempt_may_start_at_once():
    assert decide(FINAL, taken=0, now=NOW) == Decision("ready", number=1, left=3)


def test_the_second_attempt_waits_half_an_hour_from_the_end_of_the_first():
    ended = NOW - timedelta(minutes=29, seconds=59)
    assert decide(FINAL, taken=1, last_ended_at=ended, now=NOW) == Decision(
        "waiting", number=2, left=2, until=ended + timedelta(minutes=30)
    )


def test_the_wait_is_over_to_the_second():
    ended = NOW - timedelta(minutes=30)
    assert decide(FINAL, taken=1, last_ended_at=ended, now=NOW).state == "ready"


def test_the_third_attempt_waits_a_day():
    assert decide(FINAL, taken=2, last_ended_at=NOW, now=NOW).until == NOW + timedelta(days=1)


def test_attempts_are_used_up():
    assert decide(FINAL, taken=3, last_ended_at=NOW - timedelta(days=9), now=NOW) == Decision(
        "used_up", number=4, left=0
    )


def test_a_granted_attempt_starts_without_a_wait():
    assert decide(FINAL, taken=3, extra=1, last_ended_at=NOW, now=NOW) == Decision("ready", number=4, left=1)


def test_an_attempt_granted_early_does_not_shorten_the_waits_of_the_others():
    assert decide(FINAL, taken=1, extra=1, last_ended_at=NOW, now=NOW).state == "waiting"


def test_whoever_has_passed_needs_no_other_attempt_where_they_are_counted():
    decided = decide(FINAL, taken=1, passed=True, last_ended_at=NOW, now=NOW)
    assert decided == Decision("passed", number=2, left=FINAL.allowed - 1)


def test_whoever_has_passed_may_practise_where_attempts_are_not_counted():
    assert decide(Tries(), taken=1, passed=True, last_ended_at=NOW, now=NOW) == Decision("ready", number=2, left=None)


@pytest.mark.parametrize("number, minutes", [(1, 0), (2, 5), (3, 10), (4, 10), (9, 10)])
def test_the_last_wait_holds_for_all_later_attempts(number, minutes):
    assert Tries(None, (0, 5, 10)).wait_before(number) == timedelta(minutes=minutes)


@given(
    allowed=st.none() | st.integers(1, 9),
    waits=st.lists(st.integers(0, 5000), max_size=5),
    taken=st.integers(0, 12),
    extra=st.integers(0, 4),
    minutes_ago=st.integers(0, 10_000),
)
def test_an_attempt_starts_only_when_one_is_left_and_the_wait_is_over(allowed, waits, taken, extra, minutes_ago):
    ended = NOW - timedelta(minutes=minutes_ago) if taken else None
    tries = Tries(allowed, tuple(waits))
    decision = decide(tries, taken=taken, extra=extra, last_ended_at=ended, now=NOW)
    is_left = allowed is None or taken < allowed + extra
    waited = ended is None or NOW - ended >= tries.wait_before(taken + 1)
    assert decision.may_start == (is_left and waited)
    assert (decision.until is not None) == (decision.state == "waiting")
