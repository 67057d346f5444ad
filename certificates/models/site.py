"""How certificates look, as L&D edits it: one look for all, and another for a course that wants one.

What is edited here is never what a certificate shows: saving a look freezes it as a Design, and a certificate keeps
the one of its day.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language, gettext, override
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList, TabbedInterface
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting
from wagtail.models import PreviewableMixin

from certificates import logos, looks, pdf, rules, samples
from certificates.models.designs import Design
from certificates.subjects import subjects
from people.models import one_line

CODES = [code for code, _name in settings.LANGUAGES]
LABELS = {
    "heading": _("Heading"),
    "statement": _("Sentence between the name and the course"),
    "signatory": _("Who signs"),
    "signatory_role": _("Role of who signs"),
    "note": _("Small print"),
}
HELP = {"heading": _("Left empty it says “Certificate of completion” in this language.")}


def field_name(text: str, language: str) -> str:
    return f"{text}_{language}"


class LookForm(WagtailAdminModelForm):
    """One text field for each text and language over the one JSON field that stores them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for text in LABELS:
            for code in CODES:
                self.initial[field_name(text, code)] = (self.instance.texts.get(code) or {}).get(text, "")

    def clean_logo(self) -> Any:
        logo = self.cleaned_data["logo"]
        try:
            looks.logo_of(logo)
        except logos.NotUsable as error:
            raise ValidationError(
                _("This picture cannot be printed: choose a PNG, JPEG, GIF or WebP of at most 25 megapixels.")
            ) from error
        return logo

    def clean(self) -> dict:
        """Draws it as it will be drawn: a text that no font has would else park every certificate from now on."""
        data = super().clean() or {}
        self.instance.texts = {
            code: {text: written for text in LABELS if (written := (data.get(field_name(text, code)) or "").strip())}
            for code in CODES
        }
        if self.errors or self.is_deferred_validation:
            return data
        self.instance.layout, self.instance.logo = data["layout"], data["logo"]
        for language in looks.undrawable(self.instance.as_design()):
            text = _(
                "With these texts the certificate in %(language)s cannot be drawn. Use letters, digits and usual marks."
            )
            self.add_error(
                field_name("heading", language), text % {"language": str(dict(settings.LANGUAGES)[language])}
            )
        return data


def as_key(value: object) -> UUID:
    """What was posted is text, what was saved is a key."""
    return UUID(str(value))


class CourseLookForm(LookForm):
    course_key = forms.TypedChoiceField(label=_("Course"), coerce=as_key)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {str(key): title for key, title in subjects(get_language() or settings.LANGUAGE_CODE)}
        mine = self.instance.course_key
        if mine:
            offered.setdefault(str(mine), self.instance.title or str(mine))
        field = self.fields["course_key"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "---------"), *offered.items()]
        self.offered = offered

    def clean_course_key(self) -> UUID:
        key = self.cleaned_data["course_key"]
        if CourseLook.objects.filter(course_key=key).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("This course has a look of its own already. Change that one."))
        return key

    def save(self, commit: bool = True) -> Any:
        self.instance.title = self.offered.get(str(self.cleaned_data.get("course_key")), "")
        return super().save(commit)


for _text, _label in LABELS.items():
    for _code in CODES:
        _field = forms.CharField(
            label=_label,
            max_length=rules.TEXT_LENGTHS[_text],
            required=False,
            validators=[one_line],
            help_text=HELP.get(_text, ""),
        )
        for _form in (LookForm, CourseLookForm):
            _form.base_fields[field_name(_text, _code)] = _field
            _form.declared_fields[field_name(_text, _code)] = _field


def panels(*first: str) -> TabbedInterface:
    names = [FieldPanel(name) for name in (*first, "layout", "logo")]
    return TabbedInterface(
        [
            ObjectList(names, heading=_("Layout and logo")),
            *(
                ObjectList([FieldPanel(field_name(text, code)) for text in LABELS], heading=name)
                for code, name in settings.LANGUAGES
            ),
        ]
    )


class Look(PreviewableMixin, models.Model):
    """texts: {language: {text: what it says}}."""

    class Layout(models.TextChoices):
        CLASSIC = rules.Layout.CLASSIC.value, _("To the left, on drawn paper")
        CENTRED = rules.Layout.CENTRED.value, _("In the middle, on drawn paper")
        PLAIN = rules.Layout.PLAIN.value, _("To the left, with a thin border only")

    layout = models.CharField(_("layout"), max_length=10, choices=Layout, default=Layout.CLASSIC)
    logo = models.ForeignKey(
        "wagtailimages.Image",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("logo"),
        help_text=_("PNG, JPEG, GIF or WebP. It is printed up to 6 cm wide and 3 cm high, on white."),
    )
    texts = models.JSONField(default=dict, blank=True, editable=False)
    design = models.ForeignKey(Design, models.PROTECT, null=True, editable=False, related_name="+")

    class Meta:
        abstract = True

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Frozen by whatever route it is saved; one that nobody has touched yet needs no design."""
        if self.design_id or self.texts or self.logo_id or self.layout != self.Layout.CLASSIC:
            unsaved = self.as_design()
            self.design = Design.objects.freeze(unsaved.content, bytes(unsaved.logo))
        super().save(*args, **kwargs)

    def as_design(self) -> Design:
        """Not saved: what a preview shows and save() freezes. The heading is spelt out, so that it is frozen too."""
        texts = {}
        for code in CODES:
            given = {name: pdf.printable(text) for name, text in (self.texts.get(code) or {}).items()}
            with override(code):
                texts[code] = {name: given.get(name, "") for name in LABELS}
                texts[code]["heading"] = given.get("heading") or gettext("Certificate of completion")
        return Design(content={"layout": str(self.layout), "texts": texts}, logo=looks.logo_of(self.logo))

    @property
    def preview_modes(self) -> list:
        return samples.MODES

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """A page; with "pdf-" before the mode the PDF itself, drawn by the process of real ones and kept nowhere."""
        as_pdf = mode_name.startswith("pdf-")
        mode = mode_name.removeprefix("pdf-")
        if mode not in dict(samples.MODES):
            mode, as_pdf = self.default_preview_mode, False
        language, _dash, length = mode.partition("-")
        shown = samples.sample(self.as_design(), language, longest=length == "long")
        if as_pdf:
            return looks.pdf_response(shown)
        logo = pdf.png_data_uri(bytes(shown.design.logo))
        context = {"certificate": shown, "logo": logo, "mode": mode, **pdf.sizes(shown)}
        return TemplateResponse(request, "certificates/staff/look_preview.html", context)


@register_setting(icon="success")
class CertificateLook(Look, BaseGenericSetting):
    """The look of every certificate but those of courses that have one of their own."""

    base_form_class = LookForm
    edit_handler = panels()

    class Meta:
        verbose_name = _("Look of certificates")


class CourseLook(Look):
    """`course_key` is a plain key: no arrow points upward. `title` is what the course was called when it was chosen."""

    course_key = models.UUIDField(_("course"), unique=True)
    title = models.CharField(_("course"), max_length=255, editable=False)

    base_form_class = CourseLookForm
    edit_handler = panels("course_key")

    class Meta:
        verbose_name, verbose_name_plural = _("look of one course's certificates"), _("looks of courses' certificates")
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title or str(self.course_key)


def design_for(course_key: UUID | None) -> Design | None:
    """What a certificate of this course is issued with today. None: nobody has chosen a look yet."""
    look = None
    if course_key:
        look = CourseLook.objects.filter(course_key=course_key).select_related("design").first()
    look = look or CertificateLook.objects.select_related("design").first()
    return look.design if look else None
