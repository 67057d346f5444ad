"""What markers and L&D fill in."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class QueueFilter(forms.Form):
    """Bad values in an address are no filter."""

    quiz = forms.UUIDField(required=False)
    person = forms.RegexField(r"^[0-9a-f]{8}$", required=False)
    days = forms.IntegerField(min_value=0, max_value=3650, required=False)
    p = forms.IntegerField(min_value=1, max_value=100_000, required=False)

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        given = self.cleaned_data
        return {name: "" if given.get(name) is None else str(given[name]) for name in self.fields}


class MarkForm(forms.Form):
    """Points for each criterion, and words for the writer."""

    feedback = forms.CharField(max_length=5000, required=False, strip=True)

    def __init__(self, *args: Any, criteria: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = criteria
        for criterion in criteria:
            self.fields[criterion["field"]] = forms.IntegerField(min_value=0, max_value=criterion["points"])

    @property
    def points(self) -> dict[str, int]:
        return {criterion["key"]: self.cleaned_data[criterion["field"]] for criterion in self.criteria}


class RegradeForm(forms.Form):
    """digest stands for the preview that was read."""

    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("It is kept as evidence, with your name."))
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
