"""A day in the address of a report."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)  # at the ends of the calendar no time zone has the midnight after


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        validators=[MinValueValidator(FIRST), MaxValueValidator(LAST)],
    )
