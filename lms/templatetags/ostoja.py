"""What our templates need beyond Django's own tags: pictures, icons, days and statuses in words, cleaned text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import nh3
from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, pgettext, pgettext_lazy

from lms import dates, drawing, stylesheet

register = template.Library()
ICONS = Path(__file__).resolve().parent.parent / "icons"


# --- pictures: everything these return is made by lms.drawing or read from lms/icons, no text of a user is in it -----
@cache
def _icon(name: str) -> str:
    drawn = re.search(r"<svg[^>]*>(.*)</svg>", (ICONS / f"{name}.svg").read_text(), re.DOTALL)
    assert drawn, f"{name}.svg holds no drawing"
    return f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{" ".join(drawn[1].split())}</svg>'


@register.simple_tag
def icon(name: str) -> str:
    """A lucide icon; a wrong name is an error while developing and an empty place in production."""
    try:
        return mark_safe(_icon(name))  # nosec B308 B703: drawn by us, no text of a user in it
    except FileNotFoundError:
        if settings.DEBUG or settings.TESTING:
            raise
        return ""


@register.simple_tag
def segments(total: int, done: int) -> str:
    """The pieces of a progress bar: those that are done, the one that is next, and what is to come."""
    pieces = ["<i></i>"] * total
    pieces[:done] = ['<i class="done"></i>'] * min(done, total)
    if done < total:
        pieces[done] = '<i class="now"></i>'
    return mark_safe("".join(pieces))  # nosec B308 B703: made of numbers


@register.simple_tag
def logo() -> str:
    return mark_safe(drawing.logo())  # nosec B308 B703: drawn by us, no text of a user in it


@register.simple_tag
def cover(key) -> str:
    return mark_safe(drawing.cover(key))  # nosec B308 B703: drawn by us, no text of a user in it


@register.simple_tag
def thumb(key) -> str:
    return mark_safe(drawing.thumb(key))  # nosec B308 B703: drawn by us, no text of a user in it


@register.simple_tag
def wave(levels: Sequence[int]) -> str:
    return mark_safe(drawing.tension_wave(levels)) if levels else ""  # nosec B308 B703: drawn by us from numbers


@register.simple_tag
def tension_curve(levels: Sequence[int]) -> str:
    return mark_safe(drawing.tension_curve(levels)) if levels else ""  # nosec B308 B703: drawn by us from numbers


def _portrait_label(name: str, mood: str) -> str:
    """Mood as a noun where a language would need the person's gender: that is why each is a phrase of its own."""
    labels = {
        "calm": gettext("%(name)s. Mood: calm"),
        "irritated": gettext("%(name)s. Mood: irritated"),
        "angry": gettext("%(name)s. Mood: angry"),
        "threatening": gettext("%(name)s. Mood: threatening"),
        "sad": gettext("%(name)s. Mood: sad"),
        "relieved": gettext("%(name)s. Mood: relieved"),
    }
    return labels[mood] % {"name": name}


@register.simple_tag
def portrait(customer: Mapping[str, str], mood: str, decorative: bool = False) -> str:
    label = "" if decorative else _portrait_label(customer["name"], mood)
    return mark_safe(drawing.portrait(customer["name"], customer["gender"], mood, label=label))  # nosec B308 B703: drawn by us, no text of a user in it


@register.simple_tag
def stylesheet_url() -> str:
    return reverse("stylesheet", args=[stylesheet.current().digest])


# --- days ----------------------------------------------------------------------------------------------------------
def _day(value: date) -> date:
    return timezone.localdate(value) if isinstance(value, datetime) else value


def _language() -> str:
    language = get_language() or settings.LANGUAGE_CODE
    return language if language in dates.MONTHS else "en"


@register.filter
def day(value: date, today: date | None = None) -> str:
    """ "Fri 27 Nov" when near, "20 Jan 2027" when not."""
    return dates.short_date(_day(value), today or timezone.localdate(), _language())


@register.filter
def long_day(value: date) -> str:
    """ "27 November 2026", standing alone."""
    return dates.long_date(_day(value), _language())


@register.filter
def moment(value: datetime) -> str:
    """ "27 November 2026, 14:05" for people, and for machines."""
    local = timezone.localtime(value)
    said = f"{dates.long_date(local.date(), _language())}, {local:%H:%M}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), said)


@register.filter
def on_day(value: date) -> str:
    """ "27 November 2026" as it stands after "issued", "passed": Latvian says "27. novembrī"."""
    return dates.long_date(_day(value), _language(), "locative")


@register.filter
def until_day(value: date) -> str:
    """ "27 November 2026" as it stands after "until", "by": Latvian says "27. novembrim"."""
    return dates.long_date(_day(value), _language(), "dative")


@register.filter
def due_label(value: date, today: date | None = None) -> str:
    """How far away a due day is; empty when it is more than two weeks off."""
    days = (_day(value) - (today or timezone.localdate())).days
    if days < 0:
        return ngettext("%(days)d day overdue", "%(days)d days overdue", -days) % {"days": -days}
    if days == 0:
        return gettext("today")
    if days == 1:
        return gettext("tomorrow")
    if days <= dates.NEAR:
        return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
    return ""


@register.filter
def due(value: date, today: date | None = None) -> str:
    """The due day standing alone: "Fri 27 Nov, in 4 days"."""
    today = today or timezone.localdate()
    days = (_day(value) - today).days
    shown = day(value, today)
    words = {"day": shown, "days": abs(days)}
    if days < 0:
        return ngettext("%(day)s, %(days)d day overdue", "%(day)s, %(days)d days overdue", -days) % words
    if days == 0:
        return gettext("%(day)s, today") % words
    if days == 1:
        return gettext("%(day)s, tomorrow") % words
    if days <= dates.NEAR:
        return ngettext("%(day)s, in %(days)d day", "%(day)s, in %(days)d days", days) % words
    return shown


@register.filter
def grace(value: date, last: date) -> str:
    """The due day that has passed while nobody is late yet: "Fri 20 Nov, extra time to Fri 27 Nov"."""
    return gettext("%(day)s, extra time to %(last)s") % {"day": day(value), "last": day(last)}


@register.filter
def due_by(value: date, today: date | None = None) -> str:
    """The due day in a sentence: "due Fri 27 November, in 4 days"."""
    today = today or timezone.localdate()
    days = (_day(value) - today).days
    words = {"day": dates.until_date(_day(value), today, _language()), "days": abs(days)}
    if days < 0:
        return ngettext("due %(day)s, %(days)d day overdue", "due %(day)s, %(days)d days overdue", -days) % words
    if days == 0:
        return gettext("due %(day)s, today") % words
    if days == 1:
        return gettext("due %(day)s, tomorrow") % words
    if days <= dates.NEAR:
        return ngettext("due %(day)s, in %(days)d day", "due %(day)s, in %(days)d days", days) % words
    return gettext("due %(day)s") % words


# --- numbers -------------------------------------------------------------------------------------------------------
@register.filter
def minutes(count: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}


@register.filter
def minutes_left(count: int) -> str:
    if count >= 60:
        return gettext("about %(hours)d h %(minutes)d min left") % {"hours": count // 60, "minutes": count % 60}
    return ngettext("about %(count)d minute left", "about %(count)d minutes left", count) % {"count": count}


@register.filter
def sittings(count: int) -> str:
    """How many sittings of about 15 minutes (courses.rules.SITTING_MINUTES)."""
    return ngettext("%(count)d sitting of about 15 minutes", "%(count)d sittings of about 15 minutes", count) % {
        "count": count
    }


@register.filter
def get(mapping: Mapping, key: str):
    """mapping[key], None where there is none."""
    return mapping.get(key)


@register.filter
def has_step(module, key: str) -> bool:
    """Whether a module of an outline holds the step of this key."""
    return any(step.key == key for step in module.steps)


# --- statuses ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Status:
    icon: str
    tone: str
    text: str | Promise


STATUSES = {
    "not_started": Status("circle-dashed", "muted", pgettext_lazy("course status", "Not started")),
    "in_progress": Status("circle-dot", "", pgettext_lazy("course status", "In progress")),
    "finished": Status("circle-check", "ok", pgettext_lazy("course status", "Finished")),
    "due_soon": Status("clock", "warn", pgettext_lazy("course status", "Due soon")),
    "overdue": Status("triangle-alert", "bad", pgettext_lazy("course status", "Overdue")),
    "waived": Status("circle-check", "muted", pgettext_lazy("course status", "Waived")),
    "valid": Status("badge-check", "ok", pgettext_lazy("certificate status", "Valid")),
    "expires_soon": Status("hourglass", "warn", pgettext_lazy("certificate status", "Expires soon")),
    "expired": Status("hourglass", "warn", pgettext_lazy("certificate status", "Expired")),
    "revoked": Status("badge-x", "bad", pgettext_lazy("certificate status", "Revoked")),
    "superseded": Status("badge-alert", "muted", pgettext_lazy("certificate status", "Replaced by a newer one")),
}


@register.filter
def status(state: str) -> Status:
    return STATUSES[state]


def _height(level: float) -> int:
    """Four words for a tension of 0..100."""
    return min(int(level) // 25, 3)


@register.filter
def tension_word(level: float) -> str:
    words = (
        pgettext("tension", "low"),
        pgettext("tension", "medium"),
        pgettext("tension", "high"),
        pgettext("tension", "very high"),
    )
    return words[_height(level)]


@register.filter
def tension_text(levels: Sequence[float]) -> str:
    """Where the tension stands and where it goes: the words beside the wave."""
    now, before = levels[-1], levels[-2] if len(levels) > 1 else levels[-1]
    if now == before:
        return tension_word(now)
    rising = (
        pgettext("tension", "low, and rising"),
        pgettext("tension", "medium, and rising"),
        pgettext("tension", "high, and rising"),
        pgettext("tension", "very high, and rising"),
    )
    falling = (
        pgettext("tension", "low, and falling"),
        pgettext("tension", "medium, and falling"),
        pgettext("tension", "high, and falling"),
        pgettext("tension", "very high, and falling"),
    )
    return (rising if now > before else falling)[_height(now)]


# --- text ----------------------------------------------------------------------------------------------------------
ONE_LETTER_WORD = re.compile(r"(?<![\w<])([AIOUWZaiouwz]) (?=\S)")
NO_WORDS = re.compile(r"<p>(?:\s|&nbsp;|<br>)*</p>")  # blank lines, and what Word leaves before the first word
RICH_TAGS = {"b", "strong", "em", "i", "a", "ul", "ol", "li", "p", "br", "h2", "h3", "h4"}


@register.filter(is_safe=True)
def nbsp(text: str) -> str:
    """Polish leaves no one-letter word at the end of a line."""
    return ONE_LETTER_WORD.sub("\\1\N{NO-BREAK SPACE}", str(text))


@register.filter
def paragraphs(text: str) -> SafeString:
    """Plain text whose paragraphs are parted by blank lines."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", str(text)))
    return format_html_join("", "<p>{}</p>", ((nbsp(part),) for part in parts if part))


@register.filter
def rich(html: str) -> SafeString:
    """Compiled HTML, cleaned again on its way out: a few inline tags, lists and links, no empty paragraphs."""
    cleaned = nh3.clean(
        str(html),
        tags=RICH_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
    return mark_safe(nbsp(NO_WORDS.sub("", cleaned)))  # nosec B308 B703: nh3 has just cleaned it
