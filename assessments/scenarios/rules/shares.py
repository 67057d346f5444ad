"""What counted choices say: shares, percentiles, and which choices are none. Counts come from `reports.tallies`."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

DEAD, NO_CHOICE = Fraction(2, 100), Fraction(95, 100)
ENOUGH = 50  # times a choice was offered, before anything is said of it
APART = Fraction(20, 100)  # between two languages, before a translation is asked about


def percentiles(counts: Mapping[int, int], wanted: Sequence[int]) -> list[int]:
    """The smallest value at or below which so many percent of them lie (nearest rank); counts must not be empty."""
    total, found, so_far = sum(counts.values()), [], 0
    values = sorted(counts)
    at = 0
    for percent in sorted(wanted):
        while 100 * (so_far + counts[values[at]]) < percent * total:
            so_far += counts[values[at]]
            at += 1
        found.append(values[at])
    return found


def share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def is_dead(taken: int, offered: int) -> bool:
    """Nearly nobody takes it: no temptation."""
    return offered >= ENOUGH and Fraction(taken, offered) < DEAD


def is_no_choice(taken: int, offered: int) -> bool:
    """Nearly everybody takes it: nothing is decided."""
    return offered >= ENOUGH and Fraction(taken, offered) > NO_CHOICE


def apart(shares: Mapping[str, tuple[int, int]]) -> tuple[str, str] | None:
    """The languages in which a choice is taken most and least often, where that is far. {language: (taken, offered)}"""
    known = {name: Fraction(*pair) for name, pair in shares.items() if pair[1] >= ENOUGH}
    if len(known) < 2:
        return None
    most, least = max(known, key=lambda name: known[name]), min(known, key=lambda name: known[name])
    return (most, least) if known[most] - known[least] > APART else None
