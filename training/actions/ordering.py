"""The only writer of what managers order by mail; training.tasks keeps the books of what is sent."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from people.models import User
from training.models import ReportOrder, ReportOrderQuerySet
from training.rules import schedule

MOST = 20  # of one person


class TooMany(Exception):
    """They have ordered as many as one may."""


class OrderedAlready(Exception):
    """Another order of theirs sends the same list on the same days."""


@transaction.atomic
def order_report(
    *,
    person: User,
    screen: str,
    query: str,
    form: str,
    every: str,
    day: int,
    only_if_needed: bool,
    at: datetime | None = None,
) -> ReportOrder:
    """From the next such day on, never today. Said again it is the same order. Raises TooMany."""
    at = at or timezone.now()
    mine = _held(person)
    what = {"screen": screen, "query": query, "form": form, "every": every, "day": day}
    known = mine.filter(**what).first()
    if known:
        return _changed(known, at, only_if_needed=only_if_needed)
    if mine.count() >= MOST:
        raise TooMany
    return ReportOrder.objects.create(
        person=person, ordered_at=at, next_on=_next(person, every, day, at), only_if_needed=only_if_needed, **what
    )


@transaction.atomic
def change_report(
    *, order: ReportOrder, form: str, every: str, day: int, only_if_needed: bool, at: datetime | None = None
) -> ReportOrder:
    """Raises OrderedAlready, and ReportOrder.DoesNotExist where it was stopped meanwhile."""
    mine = _held(order.person)
    held = mine.get(pk=order.pk)
    same = {"screen": held.screen, "query": held.query, "form": form, "every": every, "day": day}
    if mine.filter(**same).exclude(pk=held.pk).exists():
        raise OrderedAlready
    said = {"form": form, "every": every, "day": day, "only_if_needed": only_if_needed}
    return _changed(held, at or timezone.now(), **said)


@transaction.atomic
def stop_report(*, order: ReportOrder, at: datetime | None = None) -> None:
    """What waits for its mail server does not leave any more either. Stopped twice it is stopped."""
    _held(order.person).filter(pk=order.pk).update(ended_at=at or timezone.now())


def _held(person: User) -> ReportOrderQuerySet:
    """Their open orders; two windows take turns on the person."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    return ReportOrder.objects.open_for(person)


def _changed(order: ReportOrder, at: datetime, **said: Any) -> ReportOrder:
    """The next date moves only where the days have changed."""
    days = (order.every, order.day)
    for name, value in said.items():
        setattr(order, name, value)
    if days != (order.every, order.day):
        order.next_on = _next(order.person, order.every, order.day, at)
    order.save(update_fields=[*said, "next_on"])
    return order


def _next(person: User, every: str, day: int, at: datetime) -> date:
    return schedule.next_day(every, day, after=at.astimezone(ZoneInfo(person.time_zone)).date())


# --- for a copy of somebody's data, and for erasing them (people.private) --------------------------------------------
def told(person: User) -> list[dict[str, Any]]:
    return [
        {
            "screen": order.screen,
            "query": order.query,
            "form": order.form,
            "every": order.every,
            "day": order.day,
            "only_if_needed": order.only_if_needed,
            "ordered_at": order.ordered_at.isoformat(),
            "ended_at": order.ended_at and order.ended_at.isoformat(),
        }
        for order in ReportOrder.objects.filter(person=person).order_by("pk")
    ]


@transaction.atomic
def forget(*, person: User) -> int:
    count, _by_model = ReportOrder.objects.filter(person=person).delete()
    return count
