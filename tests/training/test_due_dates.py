"""When something is due, and due again: no gap, no overlap, no drift, from 2024 to 2040."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.rules.due import (
    Anchor,
    Cycle,
    First,
    Plan,
    add_months,
    due_at,
    first_due,
    month_end,
    next_due,
    opens_on,
    paused,
    prior_counts,
)

DAY = timedelta(days=1)
days = st.dates(date(2024, 1, 1), date(2040, 12, 31))
zones = st.sampled_from(["Europe/Warsaw", "Europe/Riga", "Europe/London", "America/New_York", "Pacific/Apia", "UTC"])
periods = st.sampled_from([1, 3, 6, 12, 18, 24, 36])


def cycle(joined: date, first: date, due: date, completed: date) -> Cycle:
    return Cycle(joined, first, due, completed)


@pytest.mark.parametrize(
    ("plan", "joined", "due"),
    [
        (Plan(days=30), date(2026, 1, 31), date(2026, 3, 2)),
        (Plan(first=First.DATE, on=date(2026, 6, 30), days=10), date(2026, 1, 5), date(2026, 6, 30)),
        (Plan(first=First.DATE, on=date(2026, 6, 30), days=10), date(2026, 6, 25), date(2026, 7, 5)),
        (Plan(first=First.YEARLY, month=1, day=31, days=0), date(2026, 1, 31), date(2026, 1, 31)),
        (Plan(first=First.YEARLY, month=1, day=31, days=1), date(2026, 1, 31), date(2027, 1, 31)),
        (Plan(first=First.YEARLY, month=2, day=29, days=0), date(2026, 1, 1), date(2026, 2, 28)),
        (Plan(first=First.YEARLY, month=2, day=29, days=0), date(2028, 1, 1), date(2028, 2, 29)),
    ],
)
def test_the_first_due_date(plan, joined, due):
    assert first_due(plan, joined) == due


@pytest.mark.parametrize(
    ("plan", "done", "due"),
    [
        (
            Plan(months=12),
            (date(2025, 1, 1), date(2025, 1, 31), date(2025, 1, 31), date(2025, 1, 10)),
            date(2026, 1, 10),
        ),
        (
            Plan(months=12, anchor=Anchor.DUE),
            (date(2025, 1, 1), date(2025, 1, 31), date(2025, 1, 31), date(2025, 1, 10)),
            date(2026, 1, 31),
        ),
        (  # so late that the next date has passed as well: done once, good for the one after
            Plan(months=12, anchor=Anchor.DUE),
            (date(2025, 1, 1), date(2025, 1, 31), date(2025, 1, 31), date(2026, 3, 1)),
            date(2027, 1, 31),
        ),
        (
            Plan(months=12, anchor=Anchor.ANNIVERSARY),
            (date(2024, 2, 29), date(2024, 3, 30), date(2024, 3, 30), date(2024, 3, 20)),
            date(2025, 2, 28),
        ),
        (
            Plan(months=12, anchor=Anchor.MONTH),
            (date(2025, 1, 1), date(2025, 2, 10), date(2025, 2, 10), date(2025, 2, 3)),
            date(2026, 2, 28),
        ),
        (
            Plan(first=First.YEARLY, month=2, day=29),
            (date(2027, 1, 1), date(2027, 2, 28), date(2027, 2, 28), date(2027, 2, 28)),
            date(2028, 2, 29),
        ),
        (Plan(), (date(2025, 1, 1), date(2025, 1, 31), date(2025, 1, 31), date(2025, 1, 10)), None),
    ],
)
def test_the_next_due_date(plan, done, due):
    assert next_due(plan, cycle(*done)) == due


@settings(max_examples=150)
@given(base=days, months=periods, late=st.lists(st.integers(-25, 400), min_size=3, max_size=8))
@pytest.mark.parametrize("anchor", [Anchor.DUE, Anchor.ANNIVERSARY])
def test_a_series_never_drifts_however_late_people_are(anchor, base, months, late):
    """Each date is one of base + n × months, the first after both the date before it and what was done."""
    plan = Plan(months=months, anchor=anchor)
    due = base
    series = [add_months(base, step * months) for step in range(700)]
    for days_late in late:
        done = max(due + days_late * DAY, base)
        after = max(due, done)
        due = next_due(plan, cycle(base, base, due, done))
        assert due == next(day for day in series if day > after)


@settings(max_examples=150)
@given(joined=days, month=st.integers(1, 12), day=st.integers(1, 31), late=st.lists(st.integers(-60, 500), max_size=8))
def test_a_yearly_date_comes_every_year_on_its_day(joined, month, day, late):
    plan = Plan(first=First.YEARLY, month=month, day=min(day, 29 if month == 2 else 30), days=0)
    due = first = first_due(plan, joined)
    assert joined <= due < add_months(joined, 13)
    for days_late in late:
        done = max(joined, due + days_late * DAY)
        again = next_due(plan, cycle(joined, first, due, done))
        assert again > max(due, done)
        assert add_months(again, -12) <= max(due, done) or again.year == max(due, done).year + 1
        assert (again.month, again.day) in {(month, plan.day), (2, 28)}
        due = again


@given(joined=days, ahead=st.integers(0, 60), months=periods, anchor=st.sampled_from(Anchor))
def test_what_was_done_is_good_until_the_next_date_and_that_date_lies_ahead(joined, ahead, months, anchor):
    plan = Plan(months=months, anchor=anchor)
    due = first_due(plan, joined)
    done = joined + ahead * DAY
    again = next_due(plan, cycle(joined, due, due, done))
    assert again > done
    assert again == next_due(plan, cycle(joined, due, due, done)), "asking again gives the same"
    assert done < opens_on(plan, again, done) <= max(again, done + DAY)


@given(day=days, months=st.integers(-200, 200))
def test_months_are_counted_without_skipping_one(day, months):
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or moved == month_end(moved) < moved.replace(day=1) + 31 * DAY


@given(day=days, zone=zones)
def test_a_day_ends_where_the_next_begins_also_when_the_clocks_change(day, zone):
    ends = due_at(day, zone)
    local = ZoneInfo(zone)
    assert (ends - timedelta(microseconds=1)).astimezone(local).date() == day
    assert ends.astimezone(local).date() > day
    assert due_at(day + DAY, zone) - ends in {timedelta(hours=hours) for hours in (23, 24, 25)}


@given(day=days, zone=zones, grace=st.integers(0, 60))
def test_grace_is_whole_days(day, zone, grace):
    assert due_at(day, zone, grace) == due_at(day + grace * DAY, zone)


def test_both_changes_of_the_clock_in_warsaw():
    assert due_at(date(2026, 3, 29), "Europe/Warsaw") == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert due_at(date(2026, 10, 25), "Europe/Warsaw") == datetime(2026, 10, 25, 23, tzinfo=UTC)


# --- leaves --------------------------------------------------------------------------------------------------------


def slow_paused(due: date, since: date, leaves: list[tuple[date, date]]) -> date:
    """Day by day."""
    day = since
    while day <= due:
        if any(start <= day <= end for start, end in leaves):
            due += DAY
        day += DAY
    return due


spans = st.lists(st.tuples(st.integers(-40, 120), st.integers(0, 40)), max_size=5)


@settings(max_examples=200)
@given(since=days, length=st.integers(0, 90), leaves=spans)
def test_the_clock_stands_still_on_each_day_of_a_leave(since, length, leaves):
    due = since + length * DAY
    away = [(since + start * DAY, since + (start + days) * DAY) for start, days in leaves]
    assert paused(due, since, away) == slow_paused(due, since, away)
    assert paused(due, since, away * 2) == paused(due, since, away), "a leave said twice counts once"


# --- prior completion ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("months", "completed", "valid_until", "counts"),
    [
        (None, date(2026, 10, 31), None, False),
        (6, date(2026, 5, 22), None, True),
        (6, date(2026, 5, 21), None, False),
        (6, date(2026, 10, 1), date(2026, 11, 22), True),
        (6, date(2026, 10, 1), date(2026, 11, 21), False),
        (0, date(2026, 11, 22), None, True),
    ],
)
def test_an_earlier_completion_counts_while_it_is_fresh_and_valid(months, completed, valid_until, counts):
    assert prior_counts(Plan(prior_months=months), completed, valid_until, date(2026, 11, 22)) is counts


@pytest.mark.parametrize(
    ("anchor", "completed", "counts"),
    [
        (Anchor.COMPLETION, date(2025, 11, 22), True),
        (Anchor.COMPLETION, date(2025, 11, 21), False),
        (Anchor.MONTH, date(2025, 11, 1), True),
        (Anchor.MONTH, date(2025, 10, 31), False),
        (Anchor.DUE, date(2025, 1, 1), True),
        (Anchor.ANNIVERSARY, date(2025, 1, 1), True),
    ],
)
def test_what_the_rule_itself_calls_expired_does_not_count(anchor, completed, counts):
    """Else who did it too long ago would be done with it, expired, and asked again, all on the day they join."""
    plan = Plan(prior_months=24, months=12, anchor=anchor)
    assert prior_counts(plan, completed, None, date(2026, 11, 22)) is counts
