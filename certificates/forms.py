"""What L&D types about certificates: filters of the register, and the reasons of an act."""

import uuid
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from certificates import rules
from certificates.models import Certificate, Revocation
from certificates.models.records import CertificateQuerySet
from people.models import User

STATES = [
    ("", gettext_lazy("Any status")),
    (rules.State.VALID.value, pgettext_lazy("certificate status", "Valid")),
    (rules.State.EXPIRED.value, pgettext_lazy("certificate status", "Expired")),
    (rules.State.REVOKED.value, pgettext_lazy("certificate status", "Revoked")),
    (rules.State.SUPERSEDED.value, pgettext_lazy("certificate status", "Replaced by a newer one")),
]
FILES = [
    ("", gettext_lazy("With and without a PDF")),
    ("made", gettext_lazy("PDF made")),
    ("waiting", gettext_lazy("PDF being made")),
    ("parked", gettext_lazy("PDF could not be made")),
]


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class RegisterForm(forms.Form):
    """The filters of the register: kept in the address, and sent along where "all that were found" are meant."""

    q = forms.CharField(
        label=gettext_lazy("Name, course or number"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    course = forms.ChoiceField(label=gettext_lazy("Course"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("Status"), choices=STATES, required=False)
    file = forms.ChoiceField(label=gettext_lazy("PDF"), choices=FILES, required=False)
    issued_from = day_field(gettext_lazy("Issued from"))
    issued_to = day_field(gettext_lazy("Issued until"))

    def __init__(self, *args: Any, courses: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.courses = courses
        field = self.fields["course"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Any course")), *courses]

    def clean(self) -> dict:
        data = super().clean() or {}
        first, last = data.get("issued_from"), data.get("issued_to")
        if first and last and last < first:
            self.add_error("issued_to", _("This day is before the first one."))
        return data

    def found_by(self, user: User) -> CertificateQuerySet:
        """What the filters find, newest first; everything while nothing is filtered."""
        chosen = self.cleaned_data
        found = Certificate.objects.managed_by(user)
        if chosen["q"]:
            found = found.search(chosen["q"], self.courses)
        if chosen["course"]:
            found = found.filter(course_key=chosen["course"])
        if chosen["state"]:
            found = found.in_state(rules.State(chosen["state"]), timezone.localdate())
        if chosen["issued_from"]:
            found = found.filter(issued_on__gte=chosen["issued_from"])
        if chosen["issued_to"]:
            found = found.filter(issued_on__lte=chosen["issued_to"])
        return _with_file(found, chosen["file"]).order_by("-issued_on", "-pk")


def _with_file(found: CertificateQuerySet, file: str) -> CertificateQuerySet:
    if file == "made":
        return found.exclude(file=None)
    if file == "waiting":
        return found.waiting()
    return found.parked() if file == "parked" else found


class SelectionForm(forms.Form):
    """Which certificates are meant: the ticked ones, or all that the filters find."""

    serial = forms.MultipleChoiceField(required=False)
    whole = forms.BooleanField(required=False)
    key = forms.UUIDField(required=False)

    def __init__(self, data: Any, *, register: RegisterForm, user: User) -> None:
        super().__init__(data)
        self.register, self.user = register, user
        ticked = data.getlist("serial")[: rules.BUNDLE_LIMIT + 1]
        field = self.fields["serial"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(serial, serial) for serial in ticked]

    def clean(self) -> dict:
        data = super().clean() or {}
        if data.get("whole") and not self.register.is_valid():
            raise forms.ValidationError(_("One of the filters is not right. Set them again."))
        if not self.serials():
            raise forms.ValidationError(_("Tick at least one certificate, or choose all that were found."))
        return data

    def serials(self) -> list[str]:
        """One more than fits at most, so that too many are noticed."""
        mine = Certificate.objects.managed_by(self.user)
        if self.cleaned_data.get("whole"):
            found = self.register.found_by(self.user)
        else:
            found = mine.filter(serial__in=self.cleaned_data.get("serial", [])).order_by("-issued_on", "-pk")
        return list(found.values_list("serial", flat=True)[: rules.BUNDLE_LIMIT + 1])


class RevokeForm(forms.Form):
    reason_class = forms.ChoiceField(
        label=gettext_lazy("Reason shown to the public"),
        choices=[("", "---------"), *Revocation.Reason.choices],
        help_text=gettext_lazy("Whoever checks the number reads: this certificate was revoked, when, and this reason."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason for the holder and staff"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy(
            "The holder reads it on the certificate's page. It is kept as evidence, with your name."
        ),
    )


class ReissueForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It is kept as evidence, with your name."),
    )


def new_key() -> str:
    """For a form that asks for a bundle: pressed twice, it asks once."""
    return str(uuid.uuid4())
