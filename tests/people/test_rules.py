from datetime import UTC, datetime, timedelta

import pytest

from people import rules

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("accepted", "expires_in", "state"),
    [
        (False, timedelta(seconds=1), "open"),
        (False, timedelta(0), "expired"),
        (False, timedelta(seconds=-1), "expired"),
        (True, timedelta(seconds=1), "used"),
        (True, timedelta(seconds=-1), "used"),
    ],
)
def test_an_invitation_is_open_until_the_moment_it_expires_and_once(accepted, expires_in, state):
    assert rules.invitation_state(accepted_at=NOW if accepted else None, expires_at=NOW + expires_in, now=NOW) == state


def test_the_pauses_between_attempts_only_grow_and_then_it_ends():
    pauses = [rules.pause_after(attempt) for attempt in range(1, rules.MAIL_ATTEMPTS + 1)]
    assert pauses == sorted(pauses)
    assert [rules.is_last(attempt) for attempt in range(1, rules.MAIL_ATTEMPTS + 1)] == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("codes", "refused"),
    [
        ([550], True),
        ([550, 554], True),
        ([550, 450], False),
        ([421], False),
        ([], False),
        ([600], False),
        ([500], True),
    ],
)
def test_only_5xx_is_a_refusal(codes, refused):
    assert rules.is_refusal(codes) is refused


@pytest.mark.parametrize(
    ("person", "teams", "leads"),
    [
        ("boss", {"a", "ae", "aef"}, {"head"}),  # not "deep", who reports to the head
        ("second", {"a", "ae", "aef"}, {"head"}),  # nor to each other
        ("head", {"ab", "abc"}, {"deep"}),  # also from two levels down, where nobody leads between
        ("deep", {"abcd"}, set()),
        ("stranger", set(), set()),
    ],
)
def test_one_reports_to_the_leads_of_the_nearest_team_above_that_has_any(person, teams, leads):
    tree = ["a", "ab", "abc", "abcd", "ae", "aef"]
    led = {"a": {"boss", "second"}, "ab": {"head"}, "abc": set(), "abcd": {"deep"}}
    assert rules.direct_reports(tree, led, person, 1) == (teams, leads)
