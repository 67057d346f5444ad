"""What a manager, L&D or an employee types when something is to be granted. The same forms on both sides."""

from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.models import User, one_line
from training import proofs
from training.models import ReportOrder
from training.rules import notes, schedule

LAST_YEAR = 2100


def day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "in short"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


def said_why(help_text: Any, *, required: bool = True) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "in", "autocomplete": "off"})
    label = gettext_lazy("Reason")
    return forms.CharField(
        label=label, max_length=500, required=required, help_text=help_text, widget=widget, validators=[one_line]
    )


class PaperField(forms.FileField):
    """A PDF or a picture, small enough to be one; its bytes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.FileInput(attrs={"class": "in", "accept": ".pdf,.png,.jpg,.jpeg"}),
            help_text=gettext_lazy("A PDF, PNG or JPEG of at most 5 MB."),
            allow_empty_file=False,
            **kwargs,
        )

    def clean(self, data: UploadedFile | None, initial: Any = None) -> bytes:  # type: ignore[override]
        file = super().clean(data, initial)
        if not file:
            return b""
        if file.size > proofs.MAX_BYTES:
            raise forms.ValidationError(_("This file is larger than 5 MB. Make a smaller copy of it."))
        content = file.read()
        if proofs.kind_of(content[: proofs.LONGEST]) is None:
            raise forms.ValidationError(_("This file is no PDF, PNG or JPEG."))
        return content


def _not_so_far(value: date | None) -> date | None:
    if value and value.year > LAST_YEAR:
        raise forms.ValidationError(_("This day is too far away."))
    return value


class ExtendForm(forms.Form):
    until = day(gettext_lazy("New due date"))
    reason = said_why(gettext_lazy("The person reads it. It is kept as evidence, with your name."))

    def __init__(self, *args: Any, latest: date | None, **kwargs: Any) -> None:
        """latest: how far whoever asks may extend; None for any day."""
        super().__init__(*args, **kwargs)
        self.latest = latest

    def clean_until(self) -> date | None:
        until = _not_so_far(self.cleaned_data["until"])
        if until and self.latest and until > self.latest:
            last = date_format(self.latest, "DATE_FORMAT")
            raise forms.ValidationError(_("You can extend to %(date)s. For more time, ask L&D.") % {"date": last})
        return until


class WaiveForm(forms.Form):
    reason = said_why(gettext_lazy("The person reads it. It is kept as evidence, with your name as who approved it."))
    until = day(
        gettext_lazy("Until, the last day"),
        required=False,
        help_text=gettext_lazy("Empty: for this cycle. After the day it is due again."),
    )
    document = PaperField(label=gettext_lazy("Document"), required=False)

    def clean_until(self) -> date | None:
        until = _not_so_far(self.cleaned_data["until"])
        if until and until < timezone.localdate():
            raise forms.ValidationError(_("This day has passed."))
        return until


class OfferForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("What it is"),
        max_length=200,
        validators=[one_line],
        widget=forms.TextInput(attrs={"class": "in", "autocomplete": "off"}),
        help_text=gettext_lazy("As it stands on the paper. Example: first aid, 16 hours, Red Cross"),
    )
    obtained_on = day(gettext_lazy("Obtained on"))
    valid_until = day(gettext_lazy("Valid until"), required=False, help_text=gettext_lazy("Empty: without end."))
    proof = PaperField(label=gettext_lazy("Proof"))

    def clean_obtained_on(self) -> date:
        obtained: date = self.cleaned_data["obtained_on"]
        if obtained > timezone.localdate():
            raise forms.ValidationError(_("This day has not come yet."))
        return obtained

    def clean(self) -> dict:
        data = super().clean() or {}
        ends = data.get("valid_until")
        if ends and ends < timezone.localdate():
            self.add_error("valid_until", _("This day has passed."))
        return data


class LeaveForm(forms.Form):
    starts_on = day(gettext_lazy("First day"))
    ends_on = day(gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: until further notice."))

    def clean_starts_on(self) -> date | None:
        return _not_so_far(self.cleaned_data["starts_on"])

    def clean_ends_on(self) -> date | None:
        return _not_so_far(self.cleaned_data["ends_on"])

    def clean(self) -> dict:
        data = super().clean() or {}
        starts, ends = data.get("starts_on"), data.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The last day is before the first."))
        return data


class WithdrawForm(forms.Form):
    reason = said_why(gettext_lazy("The person reads it. It is kept as evidence, with your name."))


class DecideForm(forms.Form):
    reason = said_why(gettext_lazy("The person reads it. Needed where you do not accept."), required=False)

    def __init__(self, *args: Any, accepted: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accepted = accepted

    def clean_reason(self) -> str:
        said: str = self.cleaned_data["reason"]
        if not self.accepted and not said.strip():
            raise forms.ValidationError(_("Say why it does not count."))
        return said


class DeputyForm(forms.Form):
    team = forms.ChoiceField(label=gettext_lazy("Team"), widget=forms.Select(attrs={"class": "in"}))
    email = forms.EmailField(
        label=gettext_lazy("E-mail of the deputy"),
        help_text=gettext_lazy("Somebody who has an account here. They see and do what you see and do here."),
        widget=forms.EmailInput(attrs={"class": "in", "autocapitalize": "none", "spellcheck": "false"}),
    )
    starts_on = day(gettext_lazy("First day"))
    ends_on = day(gettext_lazy("Last day"), help_text=gettext_lazy("At most a year after the first."))

    def __init__(self, *args: Any, teams: list, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by, self.teams = by, {str(team.key): team for team in teams}
        choice = self.fields["team"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(key, team.name) for key, team in self.teams.items()]

    def clean_team(self):
        return self.teams[self.cleaned_data["team"]]

    def clean_email(self) -> User:
        person = User.objects.filter(email=self.cleaned_data["email"].lower(), is_active=True).first()
        if person is None:
            raise forms.ValidationError(_("Nobody with this address has an open account here."))
        if person.pk == self.by.pk:
            raise forms.ValidationError(_("You lead this team already. Name somebody else."))
        return person

    def clean_starts_on(self) -> date:
        starts: date = self.cleaned_data["starts_on"]
        if starts < timezone.localdate():
            raise forms.ValidationError(_("This day has passed."))
        return starts

    def clean(self) -> dict:
        data = super().clean() or {}
        starts, ends = data.get("starts_on"), data.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The last day is before the first."))
        elif starts and ends and (ends - starts).days > 366:
            self.add_error("ends_on", _("At most a year. Name a deputy again when it has passed."))
        return data


class RemindForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("A line of your own"),
        max_length=notes.LENGTH,
        required=False,
        validators=[one_line],
        help_text=gettext_lazy("Not needed. Everybody chosen reads it as your words. Plain text, without links."),
        widget=forms.TextInput(attrs={"class": "in", "autocomplete": "off"}),
    )

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        if notes.has_link(note):
            raise forms.ValidationError(
                _("Leave out links and addresses: the mail has its link. Put a space after each full stop.")
            )
        return note


class ReportForm(forms.Form):
    every = forms.ChoiceField(
        label=gettext_lazy("How often"), choices=ReportOrder.Every, widget=forms.Select(attrs={"class": "in short"})
    )
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Every week on"),
        coerce=int,
        choices=[(number, WEEKDAYS[number]) for number in schedule.WEEKDAYS],
        initial=0,
        widget=forms.Select(attrs={"class": "in short"}),
    )
    month_day = forms.IntegerField(
        label=gettext_lazy("Every month on day"),
        min_value=1,
        max_value=31,
        initial=1,
        help_text=gettext_lazy("29, 30 and 31 mean the last day where a month is shorter."),
        widget=forms.NumberInput(attrs={"class": "in short"}),
    )
    form = forms.ChoiceField(
        label=gettext_lazy("File"), choices=ReportOrder.Form, widget=forms.Select(attrs={"class": "in short"})
    )
    only_if_needed = forms.BooleanField(
        label=gettext_lazy("Only when somebody needs attention"),
        required=False,
        help_text=gettext_lazy("No mail while nobody on the list is overdue, expired, due soon or expiring soon."),
    )

    def said(self) -> dict[str, Any]:
        """As an order has it."""
        data = self.cleaned_data
        is_weekly = data["every"] == ReportOrder.Every.WEEK
        day = data["weekday"] if is_weekly else data["month_day"]
        return {name: data[name] for name in ("every", "form", "only_if_needed")} | {"day": day}


def initial_of(order: ReportOrder) -> dict[str, Any]:
    day = "weekday" if order.every == ReportOrder.Every.WEEK else "month_day"
    return {"every": order.every, day: order.day, "form": order.form, "only_if_needed": order.only_if_needed}
