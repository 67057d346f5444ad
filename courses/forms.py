"""What editors are asked before a change goes live."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses import rules
from courses.actions import Choice
from courses.models.pages import Draft
from courses.reports import Heads


def seen(draft: Draft) -> str:
    """A hash of what the editor has before them: another draft, another live version or another decision about them
    gives another one."""
    return rules.sha256([repr(draft.before), repr(draft.after), draft.decided])


class ChoiceForm(forms.Form):
    """What the change means; only what is possible is offered. The hidden fields say what the editor saw."""

    change = forms.ChoiceField(label=gettext_lazy("What does this change mean?"), widget=forms.RadioSelect)
    steps = forms.MultipleChoiceField(
        label=gettext_lazy("What is to be redone"), required=False, widget=forms.CheckboxSelectMultiple
    )
    redo_by = forms.DateField(
        label=gettext_lazy("By when"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    new_cycle = forms.BooleanField(
        label=gettext_lazy("People who have finished begin a new cycle as well"),
        required=False,
        help_text=gettext_lazy("What they finished, and their certificate, stay as they are."),
    )
    note = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("For the history of this page. Example: the new fire drill rules"),
    )
    live_revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, draft: Draft, heads: Heads, choices: tuple[str, ...], today: date) -> None:
        self.own, self.today = str(draft.page.translation_key), today
        steps = [(str(step.translation_key), step.title) for step in draft.steps]
        self.asks_steps = [key for key, _title in steps] != [self.own]
        initial = {"change": choices[0], "live_revision": draft.page.live_revision_id, "seen": seen(draft)}
        super().__init__(data, initial=initial)
        self.fields["change"].choices = [(choice, choice) for choice in choices]  # type: ignore[attr-defined]
        self.fields["steps"].choices = steps  # type: ignore[attr-defined]
        possible = {
            "steps": self.asks_steps and rules.MATERIAL in choices,
            "redo_by": rules.MATERIAL in choices,
            "new_cycle": rules.MATERIAL in choices and heads.finished > 0,
        }
        for name, is_possible in possible.items():
            if not is_possible:
                del self.fields[name]

    def clean(self) -> dict:
        data = super().clean() or {}
        if data.get("change") != rules.MATERIAL:
            return data
        if self.asks_steps and not data.get("steps"):
            self.add_error("steps", _("Choose at least one step."))
        if "redo_by" not in self.errors and not data.get("redo_by"):
            self.add_error("redo_by", _("Say by when it has to be redone."))
        elif data.get("redo_by") and data["redo_by"] < self.today:
            self.add_error("redo_by", _("This date has passed."))
        return data

    def choice(self) -> Choice:
        data = self.cleaned_data
        if data["change"] != rules.MATERIAL:
            return Choice(data["change"], data["note"])
        steps = data["steps"] if self.asks_steps else [self.own]
        return Choice(data["change"], data["note"], tuple(steps), data["redo_by"], bool(data.get("new_cycle")))
