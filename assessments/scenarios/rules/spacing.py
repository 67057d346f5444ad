"""When a skill is worth practising again: 2, 7 and 30 days after it was first passed, in another scenario that asks for
the same. At most one scenario at a time, and never one that was not passed yet: that is still to do, not practice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = (2, 7, 30)
LAPSES = 60  # days after passing, when nothing is offered any more


@dataclass(frozen=True)
class Passed:
    """A scenario somebody has passed. practises: its skills and objectives. last_on: when it was last played."""

    key: str
    practises: frozenset[str]
    first_on: date
    last_on: date


@dataclass(frozen=True)
class Offer:
    """key: the scenario to practise in; like: the one it is a variant of, passed at least so many `days` ago."""

    key: str
    like: str
    days: int


def is_lapsed(first_on: date, today: date) -> bool:
    """Whether nothing is offered any more because of what was first passed then."""
    return today > first_on + timedelta(LAPSES)


def offer(passed: Sequence[Passed], today: date) -> Offer | None:
    """What has waited longest. Whoever plays the scenario or any of its kin has practised."""
    waiting = []
    for one in passed:
        due = [one.first_on + timedelta(days) for days in DAYS if one.first_on + timedelta(days) <= today]
        kin = [other for other in passed if other.key != one.key and other.practises & one.practises]
        if not due or not kin or is_lapsed(one.first_on, today):
            continue
        if all(played.last_on < due[-1] for played in (one, *kin)):
            waiting.append((due[-1], one.key, one, kin, DAYS[len(due) - 1]))
    if not waiting:
        return None
    _due, _key, one, kin, days = min(waiting, key=lambda row: row[:2])
    return Offer(_closest(one, kin).key, one.key, days)


def ahead(passed: Sequence[Passed], key: str, today: date) -> tuple[int, Offer] | None:
    """In how many days somebody is next offered this scenario or one of its kin for what both ask for, where they play
    none of them before; and which. Where something else waits longer by then, that comes first: nothing is promised."""
    family = {other.key for one in passed if one.key == key for other in passed if other.practises & one.practises}
    due = {one.first_on + timedelta(days) for one in passed if one.key == key for days in DAYS}
    for day in sorted({today, *(day for day in due if day > today)}):
        found = offer(passed, day)
        if found and {found.key, found.like} <= family:
            return (day - today).days, found
    return None


def _closest(one: Passed, kin: Sequence[Passed]) -> Passed:
    """What shares most with it; of equals what was played longest ago."""
    return min(kin, key=lambda other: (-len(other.practises & one.practises), other.last_on, other.key))
