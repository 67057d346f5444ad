"""When something is due: a local date in the person's time zone, and the instant in UTC that the date ends.

Every date is worked out from what does not move (the day somebody joined, the first due date), never from the date
before it: so the 31st comes back after February, and asking again gives the same.
"""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class First(StrEnum):
    """How the first due date is found."""

    JOINING = "joining"  # so many days after joining the audience
    DATE = "date"  # on this date
    YEARLY = "yearly"  # on this day of each year


class Anchor(StrEnum):
    """What the next due date is counted from."""

    COMPLETION = "completion"
    DUE = "due"  # the due date before it, whenever it was done
    ANNIVERSARY = "anniversary"  # of joining the audience
    MONTH = "month"  # completion, to the end of that calendar month


@dataclass(frozen=True)
class Plan:
    """`days` after joining are the least anybody gets, whatever the date. months: None where the rule sets no
    end, but the course or a proof may; a yearly date repeats every year where it says nothing."""

    first: First = First.JOINING
    days: int = 30
    on: date | None = None
    month: int | None = None
    day: int | None = None
    months: int | None = None
    anchor: Anchor = Anchor.COMPLETION
    window_days: int = 30
    grace_days: int = 0
    prior_months: int | None = None

    @property
    def period(self) -> int | None:
        """In months. A yearly date keeps to whole years."""
        if self.first == First.YEARLY:
            return 12 * max(1, round((self.months or 12) / 12))
        return self.months


@dataclass(frozen=True)
class Cycle:
    """Of the cycle that was completed: what its successor is counted from. first_due: of the person's first cycle."""

    joined_on: date
    first_due: date
    due_on: date
    completed_on: date


def due_on(joined_on: date, due_days: int) -> date:
    return joined_on + timedelta(days=due_days)


def first_due(plan: Plan, joined_on: date) -> date:
    least = due_on(joined_on, plan.days)
    if plan.first == First.DATE and plan.on:
        return max(plan.on, least)
    if plan.first == First.YEARLY and plan.month and plan.day:
        here = in_year(least.year, plan.month, plan.day)
        return here if here >= least else in_year(least.year + 1, plan.month, plan.day)
    return least


def next_due(plan: Plan, cycle: Cycle) -> date | None:
    """The last day what was done is good for, and the day the next cycle is due; None where the plan sets no end."""
    if plan.period is None:
        return None
    after = max(cycle.due_on, cycle.completed_on)
    if plan.first == First.YEARLY and plan.month and plan.day:
        return _yearly_after(plan, cycle.first_due.year, after)
    if plan.anchor == Anchor.DUE:
        return _in_steps_after(cycle.first_due, plan.period, after)
    if plan.anchor == Anchor.ANNIVERSARY:
        return _in_steps_after(cycle.joined_on, plan.period, after)
    fresh = add_months(cycle.completed_on, plan.period)
    return month_end(fresh) if plan.anchor == Anchor.MONTH else fresh


def _in_steps_after(base: date, months: int, after: date) -> date:
    """The first of base, base + months, base + 2 × months … that is later."""
    apart = (after.year - base.year) * 12 + after.month - base.month
    step = max(0, apart // months)
    while add_months(base, step * months) <= after:
        step += 1
    return add_months(base, step * months)


def _yearly_after(plan: Plan, first_year: int, after: date) -> date:
    assert plan.month
    assert plan.day
    assert plan.period
    years = plan.period // 12
    year = first_year + max(0, (after.year - first_year) // years) * years
    while in_year(year, plan.month, plan.day) <= after:
        year += years
    return in_year(year, plan.month, plan.day)


def opens_on(plan: Plan, due: date, completed_on: date) -> date:
    """From when the next cycle stands beside the old one: never on the day the old one was finished."""
    return max(due - timedelta(days=plan.window_days), completed_on + DAY)


def prior_counts(plan: Plan, completed_on: date, valid_until: date | None, joined_on: date) -> bool:
    """Whether what was finished before joining the audience is enough: recent, and good for a while yet, as it said
    itself or, where it did not, by this rule."""
    if plan.prior_months is None or completed_on < add_months(joined_on, -plan.prior_months):
        return False
    first = first_due(plan, joined_on)
    ends = valid_until or next_due(plan, Cycle(joined_on, first, first, completed_on))
    return ends is None or ends >= joined_on


def paused(due: date, since: date, leaves: Iterable[tuple[date, date]]) -> date:
    """The due date when the clock stands still on each day of a leave (both ends included). A leave that begins after
    the date has passed moves nothing."""
    for start, end in _merged(leaves):
        start = max(start, since)
        if start <= end and start <= due:
            due += end - start + DAY
    return due


def _merged(leaves: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    merged: list[tuple[date, date]] = []
    for start, end in sorted(leaves):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def add_months(day: date, months: int) -> date:
    """The same day so many months later (or earlier); the last of the month where that day is missing."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return in_year(year, month0 + 1, day.day)


def in_year(year: int, month: int, day: int) -> date:
    """29 February is the 28th in the years that have none."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def month_end(day: date) -> date:
    return in_year(day.year, day.month, 31)


def due_at(day: date, time_zone: str, grace_days: int = 0) -> datetime:
    """The first instant after that local day and its grace, in UTC: until then nobody is late."""
    return datetime.combine(day + timedelta(days=grace_days + 1), time.min, ZoneInfo(time_zone)).astimezone(UTC)
