"""What counted choices say, without a database: `make mutate` leaves out every test that asks one."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.scenarios.rules import shares


@given(st.dictionaries(st.integers(0, 100), st.integers(1, 5), min_size=1), st.sampled_from([10, 25, 50, 75, 90, 100]))
def test_a_percentile_is_the_first_value_below_which_enough_lie(counts, percent):
    values = sorted(value for value, times in counts.items() for _ in range(times))
    expected = next(value for at, value in enumerate(values, start=1) if 100 * at >= percent * len(values))
    assert shares.percentiles(counts, [percent]) == [expected]
    assert shares.percentiles(counts, [10, percent])[-1] == expected


def test_percentiles_come_in_their_order_whatever_was_asked_for_first():
    assert shares.percentiles({1: 1, 2: 1, 3: 1, 4: 1}, [75, 25, 50]) == [1, 2, 3]


@pytest.mark.parametrize(("part", "whole", "found"), [(1, 4, Fraction(1, 4)), (0, 4, 0), (0, 0, None)])
def test_of_nothing_there_is_no_share(part, whole, found):
    assert shares.share(part, whole) == found


@pytest.mark.parametrize(
    ("taken", "offered", "dead", "none"),
    [
        *((0, 49, False, False), (0, 50, True, False), (1, 50, False, False), (1, 51, True, False)),
        *((95, 100, False, False), (96, 100, False, True), (49, 49, False, False), (50, 50, False, True)),
    ],
)
def test_dead_choices_and_no_choices(taken, offered, dead, none):
    assert (shares.is_dead(taken, offered), shares.is_no_choice(taken, offered)) == (dead, none)


def test_languages_far_apart_ask_about_the_translation():
    assert shares.apart({"pl": (40, 100), "en": (10, 100), "lv": (0, 49)}) == ("pl", "en")
    assert shares.apart({"pl": (30, 100), "en": (10, 100)}) is None
    assert shares.apart({"pl": (31, 100), "en": (10, 100)}) == ("pl", "en")
    assert shares.apart({"pl": (30, 100)}) is None
    assert shares.apart({"pl": (40, 100), "en": (1, 50)}) == ("pl", "en")  # fifty times are enough
