"""Whose clock is somebody's: the names of the time zones that there are. No Django."""

from functools import cache
from zoneinfo import available_timezones


@cache
def time_zones() -> frozenset[str]:
    """Read from the disk, once."""
    return frozenset(available_timezones())
