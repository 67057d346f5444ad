"""What markers and L&D fill in."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from assessments.quizzes.formats import files
from assessments.quizzes.formats.document import QUESTIONS_MAX
from assessments.quizzes.models.fields import TagListFormField
from assessments.quizzes.models.questions import STATES, owners
from assessments.quizzes.reports.bank import DRAFT, LIVE, NOWHERE

ACCEPTED = ",".join(f".{ending}" for ending in files.ENDINGS)
YES_OR_NO = [("yes", "yes"), ("no", "no")]
READ_MAX = 2_000_000  # what was read of a file, on its way from the preview to the drafts


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


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("GIFT (.gift, .txt), Moodle XML (.xml), Aiken (.txt), or QTI 3.0 or 2.2 (.xml, .zip)."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("What the questions are written in.")
    )
    bank = forms.SlugField(
        label=_("Bank"), max_length=80, help_text=_("Which course asks them. Example: calm-clear-safe")
    )


class TakeForm(forms.Form):
    """What the preview showed, signed, so that it is what becomes drafts."""

    read = forms.CharField(max_length=READ_MAX, widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)


class TagForm(forms.Form):
    """Tags for many questions at once."""

    add = TagListFormField(label=_("Add these tags"), required=False, help_text=_("With spaces between."))
    remove = TagListFormField(label=_("Take these away"), required=False, help_text=_("With spaces between."))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not (given.get("add") or given.get("remove")):
            raise forms.ValidationError(_("Name a tag to add or to take away."))
        return given


class ExportFilter(forms.Form):
    """Which questions: as the list of the bank is narrowed, by a quiz, or as they were ticked."""

    locale = forms.ChoiceField(choices=[("", ""), *settings.LANGUAGES], required=False)
    bank = forms.SlugField(required=False)
    module = forms.SlugField(required=False)
    objective = forms.CharField(max_length=40, required=False)
    type = forms.SlugField(required=False)
    use = forms.SlugField(required=False)
    live = forms.NullBooleanField(required=False)
    category = forms.CharField(max_length=250, required=False)
    sub_category = forms.CharField(max_length=250, required=False)
    tag = forms.CharField(max_length=40, required=False)
    owner = forms.ModelChoiceField(owners(), required=False)
    state = forms.ChoiceField(choices=[(name, name) for name in STATES], required=False)
    used = forms.ChoiceField(choices=[(name, name) for name in (LIVE, DRAFT, NOWHERE)], required=False)
    look = forms.ChoiceField(choices=YES_OR_NO, required=False)
    review = forms.ChoiceField(choices=[("passed", "passed")], required=False)
    q = forms.CharField(max_length=200, required=False)
    quiz = forms.UUIDField(required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        ticked = [one for one in data.getlist("id") if one.isascii() and one.isdigit() and len(one) < 19]
        self.ids = [int(one) for one in ticked[: QUESTIONS_MAX + 1]]
