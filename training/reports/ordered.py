"""What somebody has ordered by mail, and when it comes next."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from people.models import User
from training import words
from training.models import ReportOrder
from training.rules.selection import Selection
from training.titles import titles


@dataclass(frozen=True)
class Ordered:
    """shows: what is on the list, in words; query: where it is. sent_at: the last one (None: not yet)."""

    key: UUID
    screen: str
    query: str
    shows: tuple[str, ...]
    when: str
    form: str
    only_if_needed: bool
    next_on: date
    sent_at: datetime | None


def orders_of(*, person: User, language: str) -> list[Ordered]:
    """In three queries at most beside who leads what."""
    rows = list(ReportOrder.objects.open_for(person).select_related("last").order_by("next_on", "pk"))
    chosen = [row.selection for row in rows]
    courses = titles({one.course for one in chosen if one.course}, language)
    teams = _teams(person, {one.team for one in chosen if one.team})
    return [
        Ordered(
            key=row.key,
            screen=row.screen,
            query=f"?{row.query}" if row.query else "",
            shows=in_words(row.screen, one, courses.get(one.course, ""), teams.get(one.team, "")),
            when=_when(row),
            form=row.get_form_display(),
            only_if_needed=row.only_if_needed,
            next_on=row.next_on,
            sent_at=row.last.at if row.last else None,
        )
        for row, one in zip(rows, chosen, strict=True)
    ]


def in_words(screen: str, selection: Selection, course: str, team: str) -> tuple[str, ...]:
    """What is chosen, without what is as usual. course, team: their names."""
    said = (
        words.SCREENS[screen],
        words.SHOWN[selection.show],
        course or selection.course,
        team or selection.team,
        words.AHEAD.get(selection.ahead, ""),
        _("Direct reports") if selection.only_direct else "",
        selection.name,
    )
    return tuple(str(word) for word in said if word)


def _teams(person: User, keys: set[str]) -> dict[str, str]:
    """Their names, where somebody below works there."""
    if not keys:
        return {}
    below = User.objects.managed_by(person).filter(team__key__in=keys).order_by()
    return {str(key): name for key, name in below.values_list("team__key", "team__name").distinct()}


def _when(order: ReportOrder) -> str:
    if order.every == ReportOrder.Every.WEEK:
        return _("Every week: %(day)s") % {"day": WEEKDAYS[order.day]}
    return _("Every month: day %(day)d") % {"day": order.day}
