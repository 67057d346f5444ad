"""The filters of the register, and which kind of pack is asked for."""

import uuid
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lms.proof.models import PackForm
from lms.proof.rules import Asked

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
SMALL = {"class": "in small"}


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        widget=forms.DateInput(attrs={"type": "date", **SMALL}, format="%Y-%m-%d"),
    )


class RegisterForm(forms.Form):
    """Kept in the address; sent along where a pack of what was found is asked for."""

    name = forms.CharField(
        label=gettext_lazy("Name or e-mail"), max_length=100, required=False, widget=forms.TextInput(attrs=SMALL)
    )
    course = forms.ChoiceField(label=gettext_lazy("Course"), required=False, widget=forms.Select(attrs=SMALL))
    team = forms.ChoiceField(
        label=gettext_lazy("Team, with those below it"), required=False, widget=forms.Select(attrs=SMALL)
    )
    since = day_field(gettext_lazy("From this day"))
    until = day_field(gettext_lazy("Until this day"))
    person = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, courses: dict[str, str], teams: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("course", _("All courses"), list(courses.items()))
        self._choose("team", _("All teams"), teams)

    def _choose(self, name: str, everything: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", everything), *choices]

    def clean(self) -> dict:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))
        return data

    @property
    def asked(self) -> Asked:
        chosen = self.cleaned_data
        return Asked(
            person=chosen["person"],
            course=uuid.UUID(chosen["course"]) if chosen["course"] else None,
            team=uuid.UUID(chosen["team"]) if chosen["team"] else None,
            since=chosen["since"],
            until=chosen["until"],
            name=" ".join(chosen["name"].split()),
        )


class PackRequestForm(forms.Form):
    form = forms.ChoiceField(choices=PackForm.choices)
    key = forms.UUIDField(required=False)
