"""When something is due: a local date in the person's time zone, and the instant in UTC that the date ends."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def due_on(joined_on: date, due_days: int) -> date:
    return joined_on + timedelta(days=due_days)


def due_at(day: date, time_zone: str) -> datetime:
    """The first instant after that local day, in UTC: until then the day is not over."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(time_zone)).astimezone(UTC)
