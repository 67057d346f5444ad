"""A person's calendar feed: due dates, the ends of certificates and of what counts in
their place, by a secret address that needs no login."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from icalendar import Alarm, Calendar, Event

from certificates.models import Certificate
from courses.models import Publication
from courses.reports import in_language
from people import doors
from people.models import CalendarLink, Invitation, User
from training.models import Assignment
from training.rules.status import Status

OPEN = (Status.NOT_STARTED, Status.IN_PROGRESS, Status.OVERDUE)
LOOKS_BACK = timedelta(days=365)


@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    digest = Invitation.digest(token)
    link = CalendarLink.objects.filter(token_sha256=digest, person__is_active=True).select_related("person").first()
    if link is None:
        return _unknown(request)
    if not doors.CALENDAR.opens_for(digest):
        return _wait(doors.CALENDAR)
    with translation.override(link.person.language):
        body = feed(link.person, timezone.now()).to_ical()
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="ostoja.ics"'
    response["Content-Language"] = link.person.language
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _unknown(request: HttpRequest) -> HttpResponse:
    if not doors.CALENDAR_GUESS.opens_for(doors.client_ip(request)):
        return _wait(doors.CALENDAR_GUESS)
    raise Http404


def _wait(door: doors.Door) -> HttpResponse:
    seconds = str(int(door.within.total_seconds()))
    return HttpResponse(status=429, headers={"Retry-After": seconds, "Cache-Control": "no-store"})


def feed(person: User, now: datetime) -> Calendar:
    """In the language that is active."""
    today = timezone.localdate(now)
    due = list(
        Assignment.objects.current()
        .filter(person=person)
        .with_status(now, today)
        .filter(status__in=OPEN, first_due_on__isnull=False)
        .select_related("enrolment")
        .annotate(
            changes=Count("events", distinct=True) + Count("enrolment__redos", distinct=True),
            changed_at=Max("events__at"),
        )
        .order_by("first_due_on", "pk")
    )
    ending = _newest_of_course(
        Certificate.objects.held_by(person)
        .current()
        .filter(revocation=None, valid_until__gte=today - LOOKS_BACK)
        .order_by("valid_until", "pk")
    )
    accepted = list(
        Assignment.objects.settled()
        .filter(person=person, equivalent_on__isnull=False, good_until__gte=today - LOOKS_BACK)
        .select_related("enrolment")
        .order_by("good_until", "pk")
    )
    course_keys = {row.enrolment.course_key for row in (*due, *accepted)}
    titles = _titles(course_keys | {row.course_key for row in ending if row.course_key})
    made = Calendar()
    made.add("prodid", "-//Ostoja//training//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", _("My training"))
    made.add("refresh-interval", timedelta(hours=6), parameters={"value": "DURATION"})
    for row in due:
        made.add_component(_due(row, titles.get(str(row.enrolment.course_key), "")))
    for row in accepted:
        made.add_component(_accepted(row, titles.get(str(row.enrolment.course_key), "")))
    for certificate in ending:
        title = titles.get(str(certificate.course_key), certificate.course_title)
        made.add_component(_end(certificate, title))
    return made


def _newest_of_course(certificates: Iterable[Certificate]) -> list[Certificate]:
    """Whoever has done a course again has one end to keep in mind, the later."""
    newest = {certificate.course_key or certificate.serial: certificate for certificate in certificates}
    return list(newest.values())


def _titles(course_keys: set) -> dict[str, str]:
    found: dict[str, dict] = {}
    for row in Publication.objects.newest(course_keys):
        found.setdefault(str(row.step_key), {})[row.language] = row.version
    language = translation.get_language()
    return {key: in_language(versions, language).title for key, versions in found.items()}


def _due(row: Assignment, title: str) -> Event:
    assert row.first_due_on is not None
    return _event(
        uid=f"due-{row.key}",
        day=row.first_due_on,
        made_at=row.changed_at or row.assigned_at,  # type: ignore[attr-defined]
        summary=_("Due: %(course)s") % {"course": title},
        link=reverse("enrolment", args=[row.enrolment.key]),
        changes=row.changes,  # type: ignore[attr-defined]
    )


def _accepted(row: Assignment, title: str) -> Event:
    """Another qualification counts in place of the training, until this day."""
    return _event(
        uid=f"ends-{row.key}",
        day=row.good_until,
        made_at=row.assigned_at,
        summary=_("Valid until today: %(course)s") % {"course": title},
        link=reverse("my"),
    )


def _end(certificate: Certificate, title: str) -> Event:
    assert certificate.valid_until is not None
    return _event(
        uid=f"expires-{certificate.serial}",
        day=certificate.valid_until,
        made_at=datetime.combine(certificate.issued_on, time.min, UTC),
        summary=_("Certificate valid until today: %(course)s") % {"course": title},
        link=certificate.get_absolute_url(),
    )


def _event(*, uid: str, day: date, made_at: datetime, summary: str, link: str, changes: int = 0) -> Event:
    """changes: how often anything about it has changed; a calendar that keeps what it read goes by that."""
    event = Event()
    event.add("uid", f"{uid}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("dtstamp", made_at)
    event.add("sequence", changes)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", summary)
    event.add("url", settings.BASE_URL + link)
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", timedelta(days=-1))
    event.add_component(alarm)
    return event
