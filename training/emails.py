"""What we write about training: one function a mail, in the reader's language, with one link and nothing that follows
anybody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Enrolment
from people.emails import Letter
from people.models import User
from training import words
from training.models import ReportOrder
from training.reminding import (
    ASSIGNED,
    DIGEST,
    EXPIRING,
    REMINDER,
    REPORT,
    REPORT_ENDED,
    TEAM,
    Item,
    Planned,
)
from training.rendering import Report
from training.rules.wording import filled

Titles = Callable[[str, str], str]  # (course key, language) -> title
EXTENDED, WAIVED, EQUIVALENT = "granted-extended", "granted-waived", "granted-equivalent"
REFUSED, LEAVE, LEAVE_WITHDRAWN = "refused-equivalent", "granted-leave", "withdrawn-leave"
# What the organisation's own words for a kind of mail may name: only what is known in each mail of that kind.
PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    ASSIGNED: ("course", "minutes", "date", "count"),
    REMINDER: ("course", "minutes", "date", "count"),
    EXPIRING: ("course", "minutes", "date", "count"),
    TEAM: ("count",),
    DIGEST: ("figures",),
    REPORT: ("date", "count"),
    EXTENDED: ("course", "date"),
    WAIVED: ("course",),
    EQUIVALENT: ("course",),
    REFUSED: ("course",),
    LEAVE: ("date",),
    LEAVE_WITHDRAWN: ("date",),
}
HOUR = 60  # minutes
IN_SUBJECT = 2  # of the figures of a team, the most urgent first: a mailbox shows no more of a line
SCREENS = {"trainings": "team", "courses": "team-courses"}  # of an ordered report: where its list is


@dataclass(frozen=True)
class Grant:
    """What somebody was granted, or refused: one training, or (a leave) all of theirs. dates: by which day each course
    is to be done again, when a leave is withdrawn."""

    kind: str
    person: User
    course_key: str = ""
    until: date | None = None
    starts_on: date | None = None
    reason: str = ""
    stays: bool = False  # of a leave: a change of a course asks for something by a day that does not wait
    dates: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True)
class Note:
    """What somebody who reminds by hand adds, in their own words and their own language."""

    name: str
    language: str
    text: str


@dataclass(frozen=True)
class Said:
    """The organisation's own words; "" where ours stand."""

    subject: str = ""
    opening: str = ""
    why: str = ""


OURS = Said()


class Texts(Protocol):
    """What comes from the database: the title of a course, how long it still takes somebody, and the organisation's own
    words for a kind of mail."""

    def __call__(self, key: str, language: str) -> str: ...

    def minutes(self, enrolment: Enrolment, language: str) -> int: ...

    def said(self, kind: str, language: str) -> Said: ...


@dataclass(frozen=True)
class Draft:
    """values: what the placeholders of the organisation's own words stand for."""

    subject: str
    opening: str
    rows: tuple[tuple[str, ...], ...]
    why: str
    values: dict[str, str]
    link: str = ""
    button: str = ""


def letter(*, planned: Planned, titles: Texts, language: str = "", note: Note | None = None) -> Letter:
    """language: for a preview; else the recipient's own."""
    with translation.override(language or planned.recipient.language):
        return _letter(planned.kind, WRITERS[planned.kind](planned, titles), titles, note)


def assigned(planned: Planned, titles: Texts) -> Draft:
    if len(planned.items) == 1:
        names = _names(planned.items[0], titles)
        short, long = (
            _("New training: %(course)s, by %(date)s"),
            _("New training: %(course)s, %(takes)s, by %(date)s"),
        )
        subject = (long if names["takes"] else short) % names
    else:
        count = len(planned.items)
        subject = ngettext("%(count)d new training", "%(count)d new trainings", count) % {"count": count}
    return _draft(
        subject,
        opening=_("There is something new for you to do:"),
        rows=[_row(item, titles) for item in planned.items],
        why=_("You get this mail because the training is mandatory for you. Reminders end when it is done."),
        **_values(planned, titles),
    )


def reminder(planned: Planned, titles: Texts) -> Draft:
    late = [item for item in planned.items if item.is_late or item.step.startswith(("after", "week"))]
    names = _names((late or planned.items)[0], titles)
    if late:
        subject = _("Overdue since %(date)s: %(course)s")
    elif names["takes"]:
        subject = _("Due on %(date)s: %(course)s, %(takes)s")
    else:
        subject = _("Due on %(date)s: %(course)s")
    return _draft(
        subject % names,
        opening=_("This is still to be done:"),
        rows=[_row(item, titles) for item in planned.items],
        why=_("You get this mail because the training is mandatory for you. Reminders end when it is done."),
        **_values(planned, titles),
    )


def expiring(planned: Planned, titles: Texts) -> Draft:
    return _draft(
        _("Your training is valid until %(date)s: %(course)s") % _names(planned.items[0], titles),
        opening=_("This is valid for a while yet. Do it again before it ends:"),
        rows=[_row(item, titles) for item in planned.items],
        why=_("You get this mail because the training is mandatory for you. Reminders end when it is done."),
        **_values(planned, titles),
    )


def late_below(planned: Planned, titles: Titles) -> Draft:
    count = len({item.assignment.person_id for item in planned.items})
    subject = ngettext(
        "Reminders have not helped: %(count)d person in your team",
        "Reminders have not helped: %(count)d people in your team",
        count,
    )
    return _draft(
        subject % {"count": count},
        opening=_("They were reminded several times. From now on they get no more mail about it; please talk to them:"),
        rows=[(item.assignment.person.name, _title(item, titles), _when(item)) for item in planned.items],
        why=_("You get this mail because you lead their team, or stand in for who does."),
        link=reverse("team"),
        button=_("Open my team"),
        count=str(count),
    )


def digest(planned: Planned, titles: Titles) -> Draft:
    assert planned.figures
    found = planned.figures
    said = [
        (found.overdue, ngettext("%(count)d training is overdue", "%(count)d trainings are overdue", found.overdue)),
        (found.expired, ngettext("%(count)d training has expired", "%(count)d trainings have expired", found.expired)),
        (
            found.due_this_week,
            ngettext(
                "%(count)d training is due within 7 days",
                "%(count)d trainings are due within 7 days",
                found.due_this_week,
            ),
        ),
        (
            found.expires_soon,
            ngettext(
                "%(count)d training expires within 30 days",
                "%(count)d trainings expire within 30 days",
                found.expires_soon,
            ),
        ),
    ]
    lines = [sentence % {"count": count} for count, sentence in said if count]
    figures = ", ".join(lines[:IN_SUBJECT])
    about = ngettext(
        "These are trainings of %(count)d person.", "These are trainings of %(count)d people.", found.people
    )
    return _draft(
        _("Your team: %(figures)s") % {"figures": figures},
        opening=_("In your team and the teams below it:"),
        rows=[*((line,) for line in lines), (about % {"count": found.people},)],
        why=_("You get this mail on Mondays, when somebody in your team needs attention."),
        link=reverse("team"),
        button=_("Open my team"),
        figures=figures,
    )


# --- what a manager ordered ---
def report(*, order: ReportOrder, report: Report, on: date, titles: Texts, language: str = "") -> Letter:
    """language: for a preview; else the person's own. The file goes with it."""
    with translation.override(language or order.person.language):
        return _letter(REPORT, _report(order, report, on), titles)


def _report(order: ReportOrder, report: Report, on: date) -> Draft:
    attention = ngettext(
        "%(count)d person on it needs attention", "%(count)d people on it need attention", report.needing
    )
    rows = ngettext("%(count)d row", "%(count)d rows", report.rows) % {"count": report.rows}
    lines: list[tuple[str, ...]] = [
        report.shows,
        (attention % {"count": report.needing} if report.needing else _("Nobody on it needs attention"),),
        (report.file.name, rows) if report.file else (_("It is too large for a mail: download it from the page"),),
    ]
    query = f"?{order.query}" if order.query else ""
    return _draft(
        _("Your report of %(date)s: %(list)s") % {"date": _day(on), "list": report.shows[0]},
        opening=_("This is the report you ordered, as it is now:"),
        rows=lines,
        why=_(
            "You get this mail because you ordered it. Change or stop it under “Reports by mail”, on the page of your "
            "team."
        ),
        link=reverse(SCREENS[order.screen]) + query,
        button=_("Open the list"),
        date=_day(on),
        count=str(report.needing),
    )


def report_ended(*, person: User, orders: Sequence[ReportOrder], titles: Texts) -> Letter:
    with translation.override(person.language):
        draft = _draft(
            _("Your reports end: you do not lead this team any more"),
            opening=_("These are not sent any more, since you do not lead the team that they are about:"),
            rows=[(str(words.SCREENS[order.screen]), str(words.SHOWN[order.selection.show])) for order in orders],
            why=_("You get this mail because you ordered reports. It is the last one about them."),
        )
        return _letter(REPORT_ENDED, draft, titles)


# --- what was granted to one person ---
def granted(*, grant: Grant, titles: Texts, language: str = "") -> Letter:
    """language: for a preview; else the person's own."""
    with translation.override(language or grant.person.language):
        return _letter(grant.kind, GRANTS[grant.kind](grant, titles), titles)


def _extended(grant: Grant, titles: Titles) -> Draft:
    return _grant(
        grant,
        titles,
        _("More time, until %(date)s: %(course)s"),
        opening=_("You have more time for this training:"),
        fact=_("due on %(date)s"),
    )


def _waived(grant: Grant, titles: Titles) -> Draft:
    return _grant(
        grant,
        titles,
        _("You do not have to take it now: %(course)s"),
        opening=_("You are excused from this training:"),
        fact=_("until %(date)s, after that it is due again") if grant.until else _("for this time"),
    )


def _equivalent(grant: Grant, titles: Titles) -> Draft:
    return _grant(
        grant,
        titles,
        _("Your other qualification counts: %(course)s"),
        opening=_("Your proof was accepted in place of this training:"),
        fact=_("valid until %(date)s") if grant.until else "",
    )


def _refused(grant: Grant, titles: Titles) -> Draft:
    return _grant(
        grant,
        titles,
        _("Your other qualification does not count: %(course)s"),
        opening=_("Your proof was not accepted. This training is still to be done:"),
    )


def _leave(grant: Grant, titles: Titles) -> Draft:
    assert grant.starts_on
    rows: list[tuple[str, ...]] = [(_span(grant.starts_on, grant.until),)]
    if grant.stays:
        rows.append((_("If a change of the course asks you to do something again, its due date stays."),))
    return _draft(
        _("Your leave is recorded: dates of training wait"),
        opening=_("While you are away, the clock of your training stands still:"),
        rows=rows,
        why=_("You get this mail because a leave was recorded for you."),
        date=_day(grant.starts_on),
    )


def _leave_withdrawn(grant: Grant, titles: Titles) -> Draft:
    assert grant.starts_on
    language = translation.get_language()
    rows: list[tuple[str, ...]] = [(_span(grant.starts_on, grant.until),)]
    if grant.reason:
        rows.append((_("Reason: %(reason)s") % {"reason": grant.reason},))
    rows += [(titles(key, language), _("due on %(date)s") % {"date": _day(day)}) for key, day in grant.dates]
    return _draft(
        _("A leave was withdrawn: dates of training do not wait"),
        opening=_("This leave was recorded by mistake and does not count. No due date waits for it:"),
        rows=rows,
        why=_("You get this mail because a leave that was recorded for you was withdrawn."),
        date=_day(grant.starts_on),
    )


def _span(first: date, last: date | None) -> str:
    said = _("From %(first)s to %(last)s.") if last else _("From %(first)s until further notice.")
    return said % {"first": _day(first), "last": _day(last) if last else ""}


GRANTS = {
    EXTENDED: _extended,
    WAIVED: _waived,
    EQUIVALENT: _equivalent,
    REFUSED: _refused,
    LEAVE: _leave,
    LEAVE_WITHDRAWN: _leave_withdrawn,
}


def _grant(grant: Grant, titles: Titles, subject: str, *, opening: str, fact: str = "") -> Draft:
    course = titles(grant.course_key, translation.get_language())
    names = {"course": course, "date": _day(grant.until) if grant.until else ""}
    rows: list[tuple[str, ...]] = [(course, fact % names) if fact else (course,)]
    if grant.reason:
        rows.append((_("Reason: %(reason)s") % {"reason": grant.reason},))
    return _draft(
        subject % names,
        opening=opening,
        rows=rows,
        why=_("You get this mail because something was decided about your training."),
        **names,
    )


WRITERS = {ASSIGNED: assigned, REMINDER: reminder, EXPIRING: expiring, TEAM: late_below, DIGEST: digest}


def _names(item: Item, titles: Texts) -> dict[str, str]:
    count = _minutes(item, titles)
    facts = {"course": _title(item, titles), "date": _day(item.about)}
    return facts | {"minutes": str(count), "takes": _takes_short(count) if count else ""}


def _takes_short(count: int) -> str:
    """Nobody counts a long course in minutes."""
    if count >= HOUR:
        return _("%(hours)d h %(minutes)d min") % {"hours": count // HOUR, "minutes": count % HOUR}
    return _("%(minutes)d min") % {"minutes": count}


def _minutes(item: Item, titles: Texts) -> int:
    return titles.minutes(item.assignment.enrolment, translation.get_language())


def _values(planned: Planned, titles: Texts) -> dict[str, str]:
    return _names(planned.items[0], titles) | {"count": str(len(planned.items))}


def _title(item: Item, titles: Titles) -> str:
    return titles(str(item.assignment.enrolment.course_key), translation.get_language())


def _row(item: Item, titles: Texts) -> tuple[str, ...]:
    """The course, how long it takes, when, and why; never more than the person may know of themself."""
    why, count = item.assignment.reason(translation.get_language()), _minutes(item, titles)
    minutes = _takes(count, item.assignment.enrolment) if count else ""
    return tuple(part for part in (_title(item, titles), minutes, _when(item), why) if part)


def _takes(count: int, enrolment: Enrolment) -> str:
    """The words of the page it leads to."""
    is_left = enrolment.is_in_progress
    if count >= HOUR:
        left = _("about %(hours)d h %(minutes)d min left") % {"hours": count // HOUR, "minutes": count % HOUR}
        return left if is_left else _takes_short(count)
    said = ngettext("%(count)d minute", "%(count)d minutes", count)
    left = ngettext("about %(count)d minute left", "about %(count)d minutes left", count)
    return (left if is_left else said) % {"count": count}


def _when(item: Item) -> str:
    when = _("valid until %(date)s") if item.step == "expiring" else _("due on %(date)s")
    return when % {"date": _day(item.about)}


@lru_cache(maxsize=1000)
def _written(day: date, language: str) -> str:
    with translation.override(language):
        return date_format(day, "DATE_FORMAT")


def _day(day: date) -> str:
    return _written(day, translation.get_language())


def _draft(subject: str, *, opening: str, rows: list, why: str, link: str = "", button: str = "", **values) -> Draft:
    return Draft(subject, opening, tuple(rows), why, values, link, button)


def _letter(kind: str, draft: Draft, titles: Texts, note: Note | None = None) -> Letter:
    """The organisation's own words take the place of ours."""
    language = translation.get_language()
    said = titles.said(kind, language)
    subject = filled(said.subject, draft.values) or draft.subject
    facts = (
        ("subject", subject),
        ("language", language),
        ("opening", filled(said.opening, draft.values) or draft.opening),
        ("rows", draft.rows),
        ("why", filled(said.why, draft.values) or draft.why),
        ("link", settings.BASE_URL + (draft.link or reverse("my"))),
        ("button", draft.button or _("Open my training")),
        ("note", note),
        ("site_name", settings.WAGTAIL_SITE_NAME),
        ("support_email", settings.SUPPORT_EMAIL),
    )
    text, html = _rendered(facts, language)
    return Letter(kind=kind, language=language, subject=subject, text=text, html=html)


@lru_cache(maxsize=500)
def _rendered(facts: tuple, language: str) -> tuple[str, str]:
    """A learner's mail does not name its reader: thousands who are asked the same on the same day read the same."""
    context = dict(facts)
    return render_to_string("mail/training.txt", context), render_to_string("mail/training.html", context)
