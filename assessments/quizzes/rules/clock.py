"""The time limit of an attempt, by the server's clock alone."""

from datetime import datetime, timedelta

GRACE = timedelta(seconds=10)  # for an answer that was sent in time and travelled slowly


def deadline(started_at: datetime, minutes: int | None, extra_percent: int = 0) -> datetime | None:
    """When the time is over; extra_percent is what was granted to one person."""
    return None if minutes is None else started_at + timedelta(minutes=minutes) * (100 + extra_percent) / 100


def is_over(until: datetime | None, now: datetime) -> bool:
    return until is not None and now > until + GRACE


def minutes_left(until: datetime, now: datetime) -> int:
    """Whole minutes, rounded up: 1 stays until the end."""
    return max(0, -(-int((until - now).total_seconds()) // 60))
