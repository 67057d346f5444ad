"""Months gone by, and the bars that show them. No Django."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

MONTHS = 12
WIDTH, HEIGHT, GAP = 44, 120, 8  # of a bar, of all of them, between two


@dataclass(frozen=True)
class Month:
    """How many trainings there were at its end, and how many of them were settled."""

    ends: date
    total: int
    settled: int

    @property
    def percent(self) -> int | None:
        """Rounded down: 100 only where nobody is missing. None where there was nothing."""
        return 100 * self.settled // self.total if self.total else None


@dataclass(frozen=True)
class Bar:
    month: Month
    x: int
    y: int
    height: int

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


def month_ends(today: date, count: int = MONTHS) -> list[date]:
    """The last days of the months before, and today, in their order."""
    year, month = today.year, today.month
    ends = [today]
    for _each in range(count - 1):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
        ends.append(date(year, month, calendar.monthrange(year, month)[1]))
    return ends[::-1]


def bars(months: Sequence[Month]) -> list[Bar]:
    drawn = []
    for place, month in enumerate(months):
        height = HEIGHT * (month.percent or 0) // 100
        drawn.append(Bar(month, place * (WIDTH + GAP), HEIGHT - height, height))
    return drawn
