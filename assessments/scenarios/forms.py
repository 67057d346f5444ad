"""The forms of the CMS screens that take a scenario as a file or as a text."""

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.scenarios.formats import files

SCRIPT_MAX = 1_000_000
ACCEPTED = ",".join(f".{ending}" for ending in files.ENDINGS)


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("A script (.txt), Twee 3 (.twee), an H5P branching scenario (.h5p), CSV or JSON."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class ScriptForm(forms.Form):
    text = forms.CharField(
        label=_("Script"),
        strip=False,
        max_length=SCRIPT_MAX,
        widget=forms.Textarea(attrs={"rows": 40, "spellcheck": "true", "wrap": "soft", "class": "script"}),
        error_messages={"required": _("The script is empty.")},
    )
    shown = forms.CharField(widget=forms.HiddenInput, max_length=64)
