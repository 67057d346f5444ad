"""Charts of staff pages, drawn by lms.charts; and figures as text."""

from collections.abc import Sequence

from django import template
from django.utils.formats import number_format
from django.utils.safestring import mark_safe
from django.utils.translation import pgettext

from lms import charts

register = template.Library()


@register.simple_tag
def histogram(bars: Sequence[int], pass_mark: int, label: str) -> str:
    return mark_safe(charts.histogram(bars, pass_mark, label))  # nosec B308 B703: drawn from numbers, the label escaped


@register.simple_tag
def scatter(dots: Sequence[tuple[int, float, float]], label: str) -> str:
    return mark_safe(charts.scatter(dots, label))  # nosec B308 B703: drawn from numbers, the label escaped


@register.simple_tag
def tension_bands(rows: Sequence[tuple[int, Sequence[int]]], label: str) -> str:
    return mark_safe(charts.bands(rows, label))  # nosec B308 B703: drawn from numbers, the label escaped


@register.filter
def figure(value: float | None, places: int = 0) -> str:
    """As the reader's language writes it; a dash where it is undefined."""
    if value is None:
        return "–"
    rounded = round(value, places) + 0.0  # no "-0"
    return number_format(rounded, places).replace("-", "−")


@register.filter
def percent(value: float | None, places: int = 0) -> str:
    """With the sign as the reader's language sets it: Latvian leaves a space."""
    said = figure(value, places)
    return said if value is None else pgettext("a figure", "%(number)s%%") % {"number": said}
