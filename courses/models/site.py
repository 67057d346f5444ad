"""The organisation's own facts, filled in by L&D in each language (Settings > Facts of our organisation), and the words
it always translates the same way (Snippets > Terms)."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList, TabbedInterface
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.snippets.models import register_snippet

from courses.site_facts import NAMES, unfilled

CODES = [code for code, _name in settings.LANGUAGES]


def field_name(fact: str, language: str) -> str:
    return f"{fact}_{language}"


class SiteFactsForm(WagtailAdminModelForm):
    """One text field for each fact and language over the one JSON field that stores them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for fact in NAMES:
            for code in CODES:
                self.initial[field_name(fact, code)] = (self.instance.texts.get(fact) or {}).get(code, "")

    def save(self, commit: bool = True) -> Any:
        data = self.cleaned_data
        self.instance.texts = {
            fact: {code: text for code in CODES if (text := data.get(field_name(fact, code), "").strip())}
            for fact in NAMES
        }
        return super().save(commit)


for _fact, _label in NAMES.items():
    for _code in CODES:
        _field = forms.CharField(label=_label, max_length=200, required=False)
        SiteFactsForm.base_fields[field_name(_fact, _code)] = _field
        SiteFactsForm.declared_fields[field_name(_fact, _code)] = _field


@register_setting(icon="site")
class SiteFacts(BaseGenericSetting):
    """texts: {fact: {language: text}}."""

    texts = models.JSONField(default=dict, blank=True, editable=False)

    base_form_class = SiteFactsForm
    edit_handler = TabbedInterface(
        [
            ObjectList([FieldPanel(field_name(fact, code)) for fact in NAMES], heading=name)
            for code, name in settings.LANGUAGES
        ]
    )

    class Meta:
        verbose_name = _("Facts of our organisation")

    def unfilled(self) -> list[str]:
        return unfilled(self.texts, CODES)


@register_setting(icon="group")
class ReviewRules(BaseGenericSetting):
    """Only admins change it: no role is granted this permission."""

    four_eyes = models.BooleanField(
        _("answer keys and scenario scores need a second person"),
        default=True,
        help_text=_("Whoever changed them cannot publish or approve them. Switch it off where one person does it all."),
    )

    panels = [FieldPanel("four_eyes")]

    class Meta:
        verbose_name = _("Review rules")


class TermForm(WagtailAdminModelForm):
    """One text field a language over the one JSON field that stores them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in CODES:
            self.initial[field_name("term", code)] = self.instance.texts.get(code, "")

    def save(self, commit: bool = True) -> Any:
        said = {code: " ".join(self.cleaned_data.get(field_name("term", code), "").split()) for code in CODES}
        self.instance.texts = {code: text for code, text in said.items() if text}
        return super().save(commit)


for _code, _name in settings.LANGUAGES:
    _field = forms.CharField(label=_name, max_length=100, required=_code == settings.LANGUAGE_CODE)
    TermForm.base_fields[field_name("term", _code)] = _field
    TermForm.declared_fields[field_name("term", _code)] = _field


@register_snippet
class Term(models.Model):
    """A word that is always translated the same way. texts: {language: word}."""

    texts = models.JSONField(default=dict, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=300, blank=True, default="", help_text=_("For translators."))

    base_form_class = TermForm
    panels = [*(FieldPanel(field_name("term", code)) for code in CODES), FieldPanel("note")]

    class Meta:
        verbose_name, verbose_name_plural = _("term"), _("terms")

    def __str__(self) -> str:
        return " · ".join(self.texts[code] for code in CODES if code in self.texts)
