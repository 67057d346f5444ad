"""What a rule would do if it were saved now: who gains it, who loses it, who has done it. Nothing is written."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

from courses.models import Enrolment
from people.models import User, name_order
from training.models import Assignment, Requirement
from training.rules import due

NAMES = 2_000  # more than anybody reads; the counts are of all
AT_A_GLANCE = 50


@dataclass(frozen=True)
class People:
    count: int
    names: list[str]  # the first of them

    @property
    def is_long(self) -> bool:
        return self.count > AT_A_GLANCE

    @property
    def more(self) -> int:
        return self.count - len(self.names)


@dataclass(frozen=True)
class DryRun:
    """satisfied: of those who gain it. fingerprint: of exactly these people, to see whether it is still so."""

    gains: People
    loses: People
    satisfied: People
    stays: int
    fingerprint: str

    @property
    def counts(self) -> dict[str, int]:
        return {
            "gains": self.gains.count,
            "loses": self.loses.count,
            "satisfied": self.satisfied.count,
            "stays": self.stays,
        }


def dry_run(*, proposed: Requirement, now: datetime) -> DryRun:
    """proposed: the rule with its new words, not saved. A fixed number of queries, however many people."""
    rows = Assignment.objects.current().filter(requirement=proposed.pk) if proposed.pk else Assignment.objects.none()
    have = set(rows.order_by().values_list("person_id", flat=True))
    members = set(proposed.members.order_by().values_list("pk", flat=True)) if proposed.is_active else set()
    gains, loses = members - have, have - members
    satisfied = already_done(proposed, gains, now)
    said = [proposed.plan, *(sorted(group) for group in (gains, loses, satisfied))]
    return DryRun(
        gains=_people(gains),
        loses=_people(loses),
        satisfied=_people(satisfied),
        stays=len(have & members),
        fingerprint=hashlib.sha256(repr(said).encode()).hexdigest(),
    )


def already_done(proposed: Requirement, gains: set[int], now: datetime) -> set[int]:
    """Of those who gain it: whose earlier completion counts."""
    if proposed.prior_months is None:
        return set()
    newest = Enrolment.objects.finished().filter(course_key=proposed.course_key)
    rows = newest.values_list("person_id", "person__time_zone", "completed_at", "valid_until")
    found = set()
    for person, zone, completed_at, valid_until in rows.iterator():
        local = ZoneInfo(zone)
        completed_on, today = completed_at.astimezone(local).date(), now.astimezone(local).date()
        if person in gains and due.prior_counts(proposed.plan, completed_on, valid_until, today):
            found.add(person)
    return found


def _people(keys: set[int]) -> People:
    """By name; of very many the first by number are named, since the database is not asked for a list that long."""
    found = User.objects.filter(pk__in=sorted(keys)[:NAMES])
    shown = found.order_by(*name_order(get_language()), "pk")
    return People(len(keys), [f"{person.name} ({person.email})" for person in shown])
