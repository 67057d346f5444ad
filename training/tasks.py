"""Away from any web request: a report that somebody ordered is worked out, and put into the outbox with its file."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from people import actions as people
from people.models import User
from training import emails, rendering
from training.models import ReportOrder, Sending
from training.rendering import Report
from training.rules import reminders, schedule
from training.texts import TitlesByLanguage


@task
def send_report(key: str) -> str:
    """Once for each day it is due, however often it is asked. What a dying worker leaves, the next hourly run asks for
    again: the mail, its file, the log of it and the next date are written together or not at all."""
    now = timezone.now()
    order = ReportOrder.objects.open().select_related("person", "last__mail").filter(key=key).first()
    if order is None or not order.person.is_active:
        return "nothing to do"
    local = now.astimezone(ZoneInfo(order.person.time_zone))
    on = order.owed(local.date())
    if on is None:
        return "nothing to do"
    if not reminders.may_write(local):
        return "later"
    if not rendering.is_theirs(order):
        return _end(order.person, local)
    seen = rendering.people_sha256(order.person)
    return _send(order, rendering.rendered(order, now), seen, local)


@transaction.atomic
def _send(order: ReportOrder, report: Report, seen: str, local: datetime) -> str:
    """local: now, where the person lives. seen: whom they could see when the report was made."""
    rows = ReportOrder.objects.open().select_for_update(of=("self",)).select_related("last__mail", "person")
    held = rows.filter(pk=order.pk).first()
    if held is None or _said(held) != _said(order):
        return "nothing to do"  # sent, stopped or changed meanwhile
    on = held.owed(local.date())
    assert on
    key = held.sending_key(on)
    held.last_on, held.last, held.people_sha256, held.queued_at = on, None, seen, None
    held.next_on = schedule.next_day(held.every, held.day, after=local.date())
    if report.needing or not held.only_if_needed:
        held.last = _sending(held, report, key, local)
    held.save(update_fields=["last_on", "last", "people_sha256", "queued_at", "next_on"])
    return "sent" if held.last else "nobody needs attention"


def _said(order: ReportOrder) -> tuple:
    """What must be as it was when the report was made."""
    facts = (order.screen, order.query, order.form, order.every, order.day, order.only_if_needed)
    return (*facts, order.next_on, order.last_on, order.last_id)


def _sending(order: ReportOrder, report: Report, key: str, local: datetime) -> Sending:
    letter = emails.report(order=order, report=report, on=local.date(), titles=TitlesByLanguage())
    return _write(order.person, letter, key, local, report)


def _write(person: User, letter: emails.Letter, key: str, local: datetime, report: Report | None = None) -> Sending:
    mail = people.send_mail(
        person=person,
        kind=letter.kind,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        file=report.file if report else None,
    )
    return Sending.objects.create(
        key=key, kind=letter.kind, recipient=person, mail=mail, on=local.date(), at=local, by=person if report else None
    )


@transaction.atomic
def _end(person: User, local: datetime) -> str:
    """All their orders about teams that they do not lead any more, and one mail that says so."""
    mine = ReportOrder.objects.open_for(person).select_for_update(of=("self",)).select_related("person")
    lost = [order for order in mine.order_by("pk") if not rendering.is_theirs(order)]
    if not lost:
        return "nothing to do"  # ended meanwhile
    ReportOrder.objects.filter(pk__in=[order.pk for order in lost]).update(ended_at=local)
    letter = emails.report_ended(person=person, orders=lost, titles=TitlesByLanguage())
    _write(person, letter, f"report-ended/{lost[0].key}", local)
    return "ended"
