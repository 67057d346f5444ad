"""Which groups may stand beside the sum of all of them."""

import pytest

from assessments.privacy import beside


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({}, []),
        ({"en": 4}, []),
        ({"en": 5}, ["en"]),
        ({"pl": 5, "en": 5}, ["en", "pl"]),
        ({"en": 5, "pl": 4}, []),  # the four would be the difference
        ({"en": 9, "lv": 6, "pl": 1}, ["en"]),  # and so would the one, without Latvian
        ({"en": 6, "lv": 3, "pl": 2}, ["en"]),  # the others are five together
        ({"lv": 6, "en": 6, "pl": 1}, ["en"]),  # of two alike the later one goes, always the same
        ({"en": 8, "lv": 0}, ["en"]),
    ],
)
def test_none_tells_of_fewer_than_five_by_itself_or_by_what_is_left_of_the_sum(counts, told):
    assert beside(counts) == told
