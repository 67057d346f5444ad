"""The forms of the doors and of the account page. Templates draw them by hand; errors go to the error summary too."""

import zoneinfo
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from people import actions, doors
from people.models import User

# Where our people work, and their neighbours; an account with another zone keeps it as one more choice.
TIME_ZONES = (
    "Europe/Warsaw",
    "Europe/Riga",
    "Europe/Vilnius",
    "Europe/Tallinn",
    "Europe/Helsinki",
    "Europe/Stockholm",
    "Europe/Berlin",
    "Europe/Prague",
    "Europe/Kyiv",
    "Europe/London",
    "Europe/Dublin",
    "UTC",
)


SHORTEST = next(
    rule.min_length
    for rule in password_validation.get_default_password_validators()
    if isinstance(rule, password_validation.MinimumLengthValidator)
)


def summary(form: forms.BaseForm | None) -> list[dict[str, str]]:
    """The form's errors as the error summary wants them: each with the id of the field it belongs to."""
    if form is None or not form.errors:
        return []
    first = next(iter(form)).id_for_label
    return [
        {"field": form[name].id_for_label if name in form.fields else first, "text": str(text)}
        for name, texts in form.errors.items()
        for text in texts
    ]


def _email_input(**attrs: object) -> forms.EmailInput:
    return forms.EmailInput(attrs={"class": "in", "autocapitalize": "none", "spellcheck": "false"} | attrs)


def _password_input(autocomplete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"class": "in", "autocomplete": autocomplete})


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "in"})


class LoginForm(auth_forms.AuthenticationForm):
    username = auth_forms.UsernameField(
        label=_("E-mail"),
        widget=_email_input(autocomplete="username"),
        error_messages={"required": _("Enter your e-mail address.")},
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=_password_input("current-password"),
        error_messages={"required": _("Enter your password.")},
    )
    error_messages = {
        "invalid_login": _("This e-mail and password do not belong together. Check both, or set a new password."),
        "inactive": _("This account is closed."),
    }


class PasswordResetForm(auth_forms.PasswordResetForm):
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=_email_input(autocomplete="email"),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("Enter an e-mail address like name@example.org."),
        },
    )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A mail to whoever has this address, in their language; nothing, and no hint of it, for anybody else."""
        for person in self.get_users(self.cleaned_data["email"]):
            if doors.RESET_MAIL.opens_for(str(person.key)):
                actions.send_password_reset(person=person)


class SetPasswordForm(forms.Form):
    """The new password is asked for once: it may be pasted, and a slip of the finger costs one mail."""

    new_password = forms.CharField(
        label=_("New password"),
        help_text=ngettext_lazy(
            "At least %d character. Four words that have nothing to do with each other are easy to remember.",
            "At least %d characters. Four words that have nothing to do with each other are easy to remember.",
            SHORTEST,
        )
        % SHORTEST,
        strip=False,
        widget=_password_input("new-password"),
        error_messages={"required": _("Choose a password.")},
    )

    def __init__(self, user: User, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new_password(self) -> str:
        password = self.cleaned_data["new_password"]
        password_validation.validate_password(password, self.user)
        return password

    def save(self) -> User:
        return actions.set_password(person=self.user, password=self.cleaned_data["new_password"])


class PasswordChangeForm(SetPasswordForm):
    old_password = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=_password_input("current-password"),
        error_messages={"required": _("Enter your present password.")},
    )
    field_order = ["old_password", "new_password"]

    def clean_old_password(self) -> str:
        password = self.cleaned_data["old_password"]
        if not self.user.check_password(password):
            raise forms.ValidationError(_("This is not your present password."))
        return password


class InvitationForm(SetPasswordForm):
    language = forms.ChoiceField(label=_("Language"), choices=User.Language, widget=_select())
    field_order = ["language", "new_password"]


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=User.Language, widget=_select())
    time_zone = forms.ChoiceField(label=_("Time zone"), widget=_select())
    theme = forms.ChoiceField(label=_("Colours"), choices=User.Theme, widget=_select())

    def __init__(self, data: Mapping[str, Any] | None, *, person: User):
        super().__init__(
            data, initial={"language": person.language, "time_zone": person.time_zone, "theme": person.theme}
        )
        known = zoneinfo.available_timezones()
        zones = dict.fromkeys((*TIME_ZONES, person.time_zone))
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(zone, zone.replace("_", " ")) for zone in zones if zone in known]
