"""The forms of the CMS screens that take a scenario as a file or as a text."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.scenarios.formats import files
from assessments.scenarios.rules import engine
from assessments.scenarios.rules.graph import TENSION_MAX, Scenario

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


class PlayForm(forms.Form):
    """Where to begin. `score`, `scored` and `last` are only there once a choice was taken."""

    at = forms.ChoiceField(label=_("Begin at"))
    tension = forms.IntegerField(label=_("Tension"), min_value=0, max_value=TENSION_MAX)
    flags = forms.MultipleChoiceField(
        label=_("Flags that are set"), required=False, widget=forms.CheckboxSelectMultiple
    )
    score = forms.IntegerField(required=False, widget=forms.HiddenInput)
    scored = forms.CharField(required=False, max_length=8000, widget=forms.HiddenInput)
    last = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, script: Scenario) -> None:
        values = data.copy() if data else None
        if values is not None and "at" in values:
            values.setdefault("tension", str(engine.clamp(script.tension_start)))
        super().__init__(values, initial={"at": script.start, "tension": engine.clamp(script.tension_start)})
        self.script = script
        self._offer("at", script.places)
        names = {name for node in script.nodes for choice in node.choices for name in choice.flags}
        self._offer("flags", sorted(names | set(script.flags)))

    def _offer(self, name: str, words: Iterable[str]) -> None:
        field = cast("forms.ChoiceField", self.fields[name])
        field.choices = [(word, word) for word in words]

    def stand(self) -> tuple[engine.State, str]:
        """Where one stands, and the choice ("scene.choice") that led there."""
        cleaned = self.cleaned_data
        state = engine.State(
            node=cleaned["at"],
            tension=cleaned["tension"],
            score=cleaned["score"] or 0,
            flags=frozenset(cleaned["flags"]),
            scored=frozenset(cleaned["scored"].split()),
        )
        return state, cleaned["last"]
