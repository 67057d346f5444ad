"""What a day of training brings, in the order in which one thing leads to another. Hourly, and as often as you like."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from courses.actions import NotPublished
from training import actions
from training.actions import letters
from training.models import Requirement, Run, coming, departed, renewals, reopened


@dataclass(frozen=True)
class Done:
    """What was done, or would be, for one rule; rule None: for everybody. problem: why nothing was."""

    what: str
    count: int
    rule: Requirement | None = None
    problem: str = ""


def rules_in_order() -> list[Requirement]:
    return list(Requirement.objects.order_by("pk"))


def training_day(*, at: datetime | None = None) -> Iterator[Done]:
    """Yields what it does as it goes; only a run that comes to its end is written down as one."""
    at = at or timezone.now()
    counts: dict[str, int] = {}
    for done in _everything(at):
        counts[done.what] = counts.get(done.what, 0) + done.count
        yield done
    Run.objects.create(at=at, counts=counts)


def _everything(at: datetime) -> Iterator[Done]:
    yield Done("waivers ended", actions.end_waivers(at=at))
    yield Done("moved for a leave", actions.move_for_leaves(at=at))
    for rule in rules_in_order():
        yield Done("released", actions.release_departed(requirement=rule, at=at), rule)
        try:
            yield Done("assigned", actions.assign_audience(requirement=rule, at=at), rule)
            yield Done("cycles opened", actions.open_cycles(requirement=rule, at=at), rule)
        except NotPublished:
            yield Done("assigned", 0, rule, problem="the course is not published")
    yield Done("mails", letters.send_due(at=at))


def foreseen(*, at: datetime | None = None) -> Iterator[Done]:
    """What a run would do to assignments now, without doing it. What mail it would bring: reports.mail_today."""
    at = at or timezone.now()
    for rule in rules_in_order():
        yield Done("released", departed(rule).count(), rule)
        if rule.is_active:
            yield Done("assigned", coming(rule, at).count(), rule)
            rows = renewals(rule, timezone.localdate(at) + actions.DAY).select_related("person", "enrolment")
            open_now = sum(actions.is_open(rule, row, at) for row in rows.iterator())
            yield Done("cycles opened", open_now + reopened(rule).count(), rule)
