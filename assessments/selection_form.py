"""The form of an analysis: which version, days, language and attempts it is about, as its address says it."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.selecting import ALL, FIRST, Structure
from courses.models import StepVersion
from people.models import User

# At the ends of the calendar no time zone has the midnight after.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )


class SelectionForm(forms.Form):
    """Empty fields mean everything; of the versions the newest. Each wing names its days, and may ask for more."""

    which = [(FIRST, gettext_lazy("the first of each person")), (ALL, gettext_lazy("all of them"))]

    structure = forms.ChoiceField(label=gettext_lazy("Version"), required=False)
    attempts = forms.ChoiceField(label=gettext_lazy("Attempts"), required=False)
    since = day_field("")
    until = day_field("")
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)

    def __init__(self, *args: Any, structures: list[Structure], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.newest = structures[0].sha256 if structures else ""
        self.offer("structure", [(one.sha256, one.label) for one in structures])
        self.offer("attempts", self.which)
        self.offer("language", [("", _("all")), *settings.LANGUAGES])

    def offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))
        return data

    @property
    def chosen(self) -> dict[str, Any]:
        """Of a valid form, the fields of a Selection."""
        structure, attempts = self.cleaned_data["structure"], self.cleaned_data["attempts"]
        return self.cleaned_data | {"structure": structure or self.newest, "attempts": attempts or FIRST}


def learning_staff_only(request: HttpRequest) -> None:
    if not isinstance(request.user, User) or not request.user.is_learning_staff:
        raise PermissionDenied


def published_or_404(step: UUID, kind: str) -> None:
    if not StepVersion.objects.filter(step_key=step, kind=kind).exists():
        raise Http404


def asked(form: type[SelectionForm], structures: list[Structure], request: HttpRequest) -> SelectionForm:
    """As the address fills it in; where that says nothing, the newest version and first attempts."""
    initial = {"structure": structures[0].sha256 if structures else "", "attempts": FIRST}
    return form(initial | request.GET.dict(), structures=structures)
