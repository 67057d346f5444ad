"""What editors are asked before a change goes live, and the sources they add to a course."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from wagtail.admin.forms import WagtailAdminModelForm

from courses import rules
from courses.actions import Choice
from courses.models import SourceArticle, SourcePoint
from courses.models.going_live import NOTE_MAX, Draft
from courses.models.sources import AS_IS, KINDS
from courses.reports import Heads, course_titles


def seen(drafts: Sequence[Draft]) -> str:
    """A hash of what the editor has before them: another draft, another live version or another decision about them
    gives another one."""
    return rules.sha256([[repr(draft.before), repr(draft.after), *draft.standing] for draft in drafts])


class ChoiceForm(forms.Form):
    """What the change means, or what all of them mean; only what is possible is offered. The hidden field says what the
    editor saw."""

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
        max_length=NOTE_MAX,
        required=False,
        help_text=gettext_lazy("For the history of this page. Example: the new fire drill rules"),
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        drafts: Sequence[Draft],
        heads: Heads,
        choices: tuple[str, ...],
        today: date,
        note: str = "",
    ) -> None:
        self.today = today
        steps = {str(step.translation_key): step.title for draft in drafts for step in draft.steps}
        own = steps.keys() & {str(draft.page.translation_key) for draft in drafts}
        self.every = tuple(steps)
        self.asks_steps = len(steps) != 1 and not (own and own == steps.keys())
        initial = {"change": next(iter(choices), ""), "seen": seen(drafts), "steps": sorted(own), "note": note}
        super().__init__(data, initial=initial)
        self.fields["change"].choices = [(choice, choice) for choice in choices]  # type: ignore[attr-defined]
        self.fields["steps"].choices = list(steps.items())  # type: ignore[attr-defined]
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
        steps = data["steps"] if self.asks_steps else self.every
        return Choice(data["change"], data["note"], tuple(steps), data["redo_by"], bool(data.get("new_cycle")))


# --- sources -------------------------------------------------------------------------------------------------------
POINT_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"  # as a content pack takes it


def courses_to_choose() -> list[tuple[str, str]]:
    return [(str(key), title) for key, title in course_titles(get_language() or settings.LANGUAGE_CODE)]


class SourceArticleForm(WagtailAdminModelForm):
    """The course is chosen once: its points are known by it."""

    course = forms.ChoiceField(label=gettext_lazy("Course"), choices=courses_to_choose)
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200, help_text=gettext_lazy("How it is cited."))
    file = forms.CharField(
        label=gettext_lazy("File"),
        max_length=120,
        help_text=gettext_lazy("Its name; keep the file itself, the site does not. Example: calm-voice.docx"),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["course"] = str(self.instance.course_key)
            for name in ("course", "file"):
                self.fields[name].disabled = True

    def clean(self) -> dict:
        data = super().clean() or {}
        if course := data.get("course"):
            same = SourceArticle.objects.filter(course_key=course, file=data.get("file", ""))
            if same.exclude(pk=self.instance.pk).exists():
                self.add_error("file", _("This file is a source of the course already."))
        return data

    def save(self, commit: bool = True) -> Any:
        self.instance.course_key = self.cleaned_data["course"]
        return super().save(commit)


class SourcePointForm(WagtailAdminModelForm):
    """One text field a language over the one JSON field that stores them. What names the point stays: lessons and
    questions refer to it."""

    article = forms.ModelChoiceField(label=gettext_lazy("Article"), queryset=SourceArticle.objects.order_by("title"))
    code = forms.CharField(
        label=gettext_lazy("Short name"),
        max_length=40,
        validators=[RegexValidator(POINT_NAME, gettext_lazy("Use letters, digits, - and _, without spaces."))],
        help_text=gettext_lazy("The name that lessons and questions use for it. Example: S001-06"),
    )
    section = forms.CharField(label=gettext_lazy("Section of the article"), max_length=200)
    lines = forms.CharField(
        label=gettext_lazy("Lines of the article"),
        max_length=60,
        help_text=gettext_lazy("Where in the article. Example: 12-14"),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=KINDS)
    is_current = forms.BooleanField(
        label=gettext_lazy("in use"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Off: steps that still name it cannot be published until it is taken out of them."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, _name in settings.LANGUAGES:
            self.initial[text_field(code)] = self.instance.texts.get(code, "") if self.instance.texts else ""
        if self.instance.pk:
            for name in ("article", "code"):
                self.fields[name].disabled = True

    def clean(self) -> dict:
        data = super().clean() or {}
        article = data.get("article")
        same = SourcePoint.objects.filter(course_key=article.course_key, code=data.get("code")) if article else None
        if same is not None and same.exclude(pk=self.instance.pk).exists():
            self.add_error("code", _("The course has a point of this name already."))
        return data

    def save(self, commit: bool = True) -> Any:
        point, data = self.instance, self.cleaned_data
        point.course_key = data["article"].course_key
        point.treatment = point.treatment or AS_IS
        said = {code: data[text_field(code)].strip() for code, _name in settings.LANGUAGES}
        point.texts = {code: text for code, text in said.items() if text}
        return super().save(commit)


def text_field(language: str) -> str:
    return f"text_{language}"


for _code, _language in settings.LANGUAGES:
    _field = forms.CharField(
        label=_language,
        max_length=1000,
        required=_code == settings.LANGUAGE_CODE,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    SourcePointForm.base_fields[text_field(_code)] = _field
    SourcePointForm.declared_fields[text_field(_code)] = _field
