"""Who is reminded of what on which day. Days are local days of whoever is written to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

OPENS, CLOSES = time(8), time(18)  # nobody is written to at night, nor at the weekend
DIGEST_AT = time(8)
ASSIGNED = "assigned"
MANAGER = "manager"
NEXT_LEVEL = "next-level"
EXPIRING = "expiring"
MOST_STEPS = 6
MOST_DAYS = 365


@dataclass(frozen=True)
class Plan:
    """Days before and after the due date. manager: told once the last reminder has brought nothing; next_level: so
    many days later the one above; None or 0 for never."""

    assigned: bool = True
    before: tuple[int, ...] = (14, 3)
    after: int | None = 1
    weekly: int = 4
    manager: bool = True
    next_level: int | None = None
    expiring: int | None = 30


@dataclass(frozen=True)
class Step:
    """One reminder: taken on the days `starts` to `ends` (excluded; None: for ever) counted from the due date."""

    name: str
    starts: int
    ends: int | None


def parse(said: Mapping) -> Plan:
    """What a rule's JSON says; what it does not say is as usual."""
    usual = Plan()
    return Plan(
        assigned=bool(said.get("assigned", usual.assigned)),
        before=tuple(sorted(set(said.get("before", usual.before)), reverse=True)),
        after=said.get("after", usual.after),
        weekly=said.get("weekly", usual.weekly),
        manager=bool(said.get("manager", usual.manager)),
        next_level=said.get("next_level", usual.next_level),
        expiring=said.get("expiring", usual.expiring),
    )


def steps(plan: Plan) -> tuple[Step, ...]:
    """What the learner is written around a due date, in order. Each holds until the next begins, so whoever was not
    reached in time (a weekend, a server that stood still) is told once, and never what is no longer true."""
    names = [(f"before-{days}", -days) for days in plan.before]
    if plan.after:
        names.append(("after", plan.after))
        names += [(f"week-{week}", plan.after + 7 * week) for week in range(1, plan.weekly + 1)]
    if not names:
        return ()
    starts = [start for _name, start in names]
    ends = [*starts[1:], last_day(plan)]
    # What is said before the date is not true after it.
    return tuple(
        Step(name, start, min(end, 1) if start <= 0 else end) for (name, start), end in zip(names, ends, strict=True)
    )


def last_day(plan: Plan) -> int:
    """Days after the due date from which on the learner is left alone."""
    return plan.after + 7 * (plan.weekly + 1) if plan.after else 7


def manager_steps(plan: Plan) -> tuple[Step, ...]:
    """Told for as long as it is true: a manager who was away reads it later."""
    if not plan.manager:
        return ()
    told = Step(MANAGER, last_day(plan), None)
    if not plan.next_level:
        return (told,)
    return told, Step(NEXT_LEVEL, told.starts + plan.next_level, None)


def by_hand(day: date) -> str:
    """The step that somebody's own reminder is: another one each day, and never two of them on one."""
    return f"hand-{day:%Y%m%d}"


def may_write(local: datetime) -> bool:
    return local.weekday() < 5 and OPENS <= local.time() < CLOSES


def digest_is_due(runs: Collection[datetime], local: datetime) -> bool:
    """Monday at 08:00 local time has come, and no run has been able to write since. All in the reader's time zone.
    runs: those before this one, back to the week before. A first run owes nothing for the past."""
    monday = local.date() - timedelta(days=local.weekday())
    moment = datetime.combine(monday, DIGEST_AT, local.tzinfo)
    if not may_write(local) or local < moment:
        return False
    if not runs:
        return local.date() == monday
    return not any(moment <= run and may_write(run) for run in runs)


def who_is_told(managers: Collection[int], deputies: Collection[tuple[int, bool]], away: Collection[int]) -> set[int]:
    """Of those who lead a team today: the managers who are here, and the deputies in absence: those named for a time
    (True), and all of them where no manager is here."""
    here = {person for person in managers if person not in away}
    named = {person for person, for_a_time in deputies if person not in away and (for_a_time or not here)}
    return here | named
