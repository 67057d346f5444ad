"""A report that somebody ordered, as a file. The tables stand above the task that sends them: exports take the post in
apps.py. Here too: whether somebody still leads what the report is about."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from people.emails import File
from people.models import Mail, Team, TeamLead, User
from training.models import ReportOrder


@dataclass(frozen=True)
class Report:
    """rows in the table; needing: how many of its people need attention; shows: what was chosen, in words. No file:
    it is too large for a mail."""

    file: File | None
    rows: int
    needing: int
    shows: tuple[str, ...]


Render = Callable[[ReportOrder, datetime], Report]
_appointed: list[Render] = []


def appoint(render: Render) -> None:
    _appointed[:] = [render]


def rendered(order: ReportOrder, now: datetime) -> Report:
    """As the person would take it from the screen at this moment."""
    (render,) = _appointed
    with seen_by(order.person):
        return render(order, now)


@contextmanager
def seen_by(person: User) -> Iterator[None]:
    """Their language and their calendar, as people.middleware sets them around a page."""
    with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
        yield


def is_theirs(order: ReportOrder) -> bool:
    """Whether they lead a team today; and the one that was chosen, or one above it, where one was."""
    selection = order.selection
    with seen_by(order.person):
        leads = TeamLead.objects.on(timezone.localdate()).filter(person=order.person)
    paths = tuple(leads.values_list("team__path", flat=True))
    if not paths or selection.unknown:
        return False
    if not selection.team:
        return True
    team = Team.objects.filter(key=selection.team).first()
    return team is not None and team.path.startswith(paths)


def people_sha256(person: User) -> str:
    """Whom they may see now, as a fingerprint."""
    with seen_by(person):
        below = User.objects.managed_by(person).filter(is_active=True).order_by("pk").values_list("pk", flat=True)
        found = hashlib.sha256()
        for pk in below.iterator():
            found.update(b"%d," % pk)
    return found.hexdigest()


def is_still_true(mail: Mail) -> bool:
    """Whether a report that waited for its mail server may still be read by whom it was made for. Where it may not, it
    is withdrawn, and the next run makes it anew as it stands then."""
    order = ReportOrder.objects.open().filter(last__mail=mail, person__is_active=True).select_related("person").first()
    return order is not None and order.people_sha256 == people_sha256(order.person)
