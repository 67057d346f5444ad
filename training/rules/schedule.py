"""When a report that somebody ordered is due: every week on a weekday, or every month on a day of it. No Django."""

import calendar
from datetime import date, timedelta

WEEK, MONTH = "week", "month"
WEEKDAYS = range(5)  # Monday is 0; no mail goes out at the weekend


def next_day(every: str, day: int, after: date) -> date:
    """The first day after this one. In a month that is too short for it, the last one."""
    if every == WEEK:
        return after + timedelta(days=(day - after.weekday() - 1) % 7 + 1)
    this_month = _in_month(after.year, after.month, day)
    if this_month > after:
        return this_month
    year, month = divmod(after.year * 12 + after.month, 12)
    return _in_month(year, month + 1, day)


def _in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
