"""The form of a rule: everything in it works without JavaScript."""

import calendar
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils import timezone, translation
from django.utils.dates import MONTHS
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from courses.models import Publication
from people.models import PersonTag, Team, User, one_line
from training.models import Requirement
from training.rules import reminders
from training.rules.audience import Group, Groups
from training.staff.ticks import Choice, TicksField
from training.titles import titles

MOST_GROUPS = 10
MOST_PEOPLE = 500
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LANGUAGES = [code for code, _name in settings.LANGUAGES]


def several(label: Any) -> TicksField:
    return TicksField(label=label, required=False)


def whole(label: Any, least: int, most: int, *, required: bool = True, **more: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, required=required, **more)


class GroupForm(forms.Form):
    """People for whom everything said here is true."""

    teams = several(_("In one of these teams"))
    below = forms.BooleanField(label=_("and in the teams below them"), required=False, initial=True)
    job_roles = several(_("With one of these job roles"))
    locations = several(_("At one of these locations"))
    tags = several(_("With one of these tags"))
    all_tags = several(_("With all of these tags"))
    not_teams = several(_("Not in these teams, nor below them"))
    not_job_roles = several(_("Without these job roles"))
    not_locations = several(_("Not at these locations"))
    not_tags = several(_("Without these tags"))

    def __init__(self, *args: Any, choices: Mapping[str, list[Choice]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, TicksField):
                field.offer(choices[name.removeprefix("not_").removeprefix("all_")])

    @property
    def group(self) -> Group:
        said = {name: tuple(value) for name, value in self.cleaned_data.items() if name != "below"}
        # Where no team is named, nothing is said about those below.
        return Group(**said, below=self.cleaned_data["below"] or not said["teams"])


def group_choices(kept: Iterable[Group] = ()) -> dict[str, list[Choice]]:
    """What there is today, and what the rule names already: a role that nobody has any more is not lost by saving."""
    groups = list(kept)
    people = User.objects.order_by()
    return {
        "teams": list(_teams()),
        "job_roles": _names(people.values_list("job_role", flat=True), groups, "job_roles"),
        "locations": _names(people.values_list("location", flat=True), groups, "locations"),
        "tags": _names(PersonTag.objects.order_by().values_list("name", flat=True), groups, "tags"),
    }


def _teams() -> Iterator[Choice]:
    above: list[str] = []
    for key, name, depth in Team.objects.order_by("path").values_list("key", "name", "depth"):
        del above[depth - 1 :]
        yield Choice(str(key), name, tuple(above))
        above.append(name)


def _names(found: Any, groups: list[Group], field: str) -> list[Choice]:
    fields = (field, f"not_{field}", f"all_{field}")
    named = {name for group in groups for kind in fields for name in getattr(group, kind, ())}
    return [Choice(name, name) for name in sorted({*found.distinct(), *named}, key=str.casefold) if name]


class PeopleField(forms.CharField):
    """E-mail addresses, one a line; the keys of the people."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> tuple[str, ...]:
        addresses = list(dict.fromkeys(super().clean(value).lower().replace(",", " ").replace(";", " ").split()))
        if len(addresses) > MOST_PEOPLE:
            raise forms.ValidationError(_("At most 500 people can be named. Give them a tag instead."))
        found = dict(User.objects.filter(email__in=addresses).values_list("email", "key"))
        if missing := [address for address in addresses if address not in found]:
            known = ngettext(
                "Nobody has this address: %(addresses)s", "Nobody has these addresses: %(addresses)s", len(missing)
            )
            raise forms.ValidationError(known % {"addresses": ", ".join(missing[:10])})
        return tuple(str(found[address]) for address in addresses)


class DaysField(forms.CharField):
    """Whole numbers with commas between them."""

    def clean(self, value: Any) -> list[int]:
        words = super().clean(value).replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() and 0 < int(word[:5]) <= reminders.MOST_DAYS for word in words):
            raise forms.ValidationError(_("Write whole numbers of days from 1 to 365, with commas between them."))
        if len(words) > reminders.MOST_STEPS:
            raise forms.ValidationError(_("At most six reminders before the date."))
        return sorted({int(word) for word in words}, reverse=True)


TAKEN_AS_THEY_ARE = (
    "name",
    "course_key",
    "first_due",
    "due_days",
    "due_date",
    "due_day",
    "due_month",
    "valid_months",
    "anchor",
    "window_days",
    "grace_days",
    "prior_months",
    "starts_on",
    "is_active",
)


class RequirementForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("requirement", "Name"), max_length=120, validators=[one_line])
    course_key = forms.TypedChoiceField(label=_("Course"), coerce=UUID)
    everybody = forms.BooleanField(label=_("Everybody in the organisation"), required=False)
    people = PeopleField(label=_("These people as well"), required=False, help_text=_("E-mail addresses, one a line."))
    excepted = PeopleField(
        label=_("But not these people"), required=False, help_text=_("E-mail addresses, one a line.")
    )
    first_due = forms.ChoiceField(label=_("First due"), choices=Requirement.First, initial=Requirement.First.JOINING)
    due_days = whole(
        _("Days after joining the audience"),
        0,
        3650,
        initial=30,
        help_text=_("With a date: the least number of days that somebody has who joins late."),
    )
    due_date = forms.DateField(label=_("The date"), required=False, widget=DATE)
    due_day = whole(_("Day of the month"), 1, 31, required=False)
    due_month = forms.TypedChoiceField(
        label=_("Month"), choices=[("", "–"), *MONTHS.items()], coerce=int, empty_value=None, required=False
    )
    valid_months = whole(
        _("Valid for, months"), 1, 600, required=False, help_text=_("Empty: once and for all, or as the course says.")
    )
    anchor = forms.ChoiceField(
        label=_("The next date is counted from"), choices=Requirement.Anchor, initial=Requirement.Anchor.COMPLETION
    )
    window_days = whole(
        _("Renewal opens, days before the end"),
        0,
        730,
        initial=30,
        help_text=_("From then on it can be done again, and what is done counts for the next cycle."),
    )
    grace_days = whole(_("Grace, days"), 0, 365, initial=0, help_text=_("So long after the date nobody is overdue."))
    prior_months = whole(
        _("An earlier completion counts, months"),
        0,
        600,
        required=False,
        help_text=_("Empty: it does not count, and everybody takes the course anew."),
    )
    starts_on = forms.DateField(label=_("Applies from"), widget=DATE, initial=timezone.localdate)
    is_active = forms.BooleanField(
        label=_("In force"), required=False, initial=True, help_text=_("Not in force: everybody is released.")
    )
    assigned = forms.BooleanField(label=_("Write when it is assigned"), required=False, initial=True)
    before = DaysField(label=_("Remind, days before"), required=False, initial="14, 3")
    after = whole(_("Remind, days after"), 1, 365, required=False, initial=1)
    weekly = whole(_("then weekly, times"), 0, 12, initial=4)
    manager = forms.BooleanField(label=_("then tell the manager"), required=False, initial=True)
    next_level = whole(
        _("and the next level, days later"), 1, 365, required=False, help_text=_("Empty: nobody above the manager.")
    )
    expiring = whole(_("Say that it expires, days before"), 1, 365, required=False, initial=30)
    note = forms.CharField(label=_("Why this change"), max_length=500, required=False)

    def __init__(self, *args: Any, requirement: Requirement | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        courses = _courses() | ({str(requirement.course_key): ""} if requirement else {})
        named = titles(courses, get_language())
        courses_field = self.fields["course_key"]
        assert isinstance(courses_field, forms.ChoiceField)
        courses_field.choices = [(key, named[key]) for key in sorted(named, key=lambda key: named[key].casefold())]
        for language in LANGUAGES:
            with translation.override(language):
                native = translation.get_language_info(language)["name_local"]
            self.fields[f"why_{language}"] = forms.CharField(
                label=gettext("Why, in %(language)s") % {"language": native},
                max_length=500,
                required=language == settings.LANGUAGE_CODE,
                help_text=gettext("The employee reads this. Example: the law asks for it every year."),
            )

    def clean(self) -> dict:
        data = super().clean() or {}
        if (
            data.get("first_due") == Requirement.First.DATE
            and not data.get("due_date")
            and "due_date" not in self.errors
        ):
            self.add_error("due_date", _("Give the date."))
        if data.get("first_due") == Requirement.First.YEARLY:
            self._check_day_of_year(data)
        return data

    def _check_day_of_year(self, data: dict) -> None:
        day, month = data.get("due_day"), data.get("due_month")
        if not day or not month:
            self.add_error("due_day", _("Give the day and the month."))
        elif day > calendar.monthrange(2028, month)[1]:  # a leap year: 29 February is a day
            self.add_error("due_day", _("This month has no such day."))

    def said(self) -> dict[str, Any]:
        """The fields of the rule, but its audience."""
        data = self.cleaned_data
        plan = ("assigned", "before", "after", "weekly", "manager", "next_level", "expiring")
        why = {language: data[f"why_{language}"] for language in LANGUAGES if data[f"why_{language}"]}
        return {name: data[name] for name in TAKEN_AS_THEY_ARE} | {
            "reasons": why,
            "reminders": {name: data[name] for name in plan},
        }

    def check_groups(self, groups: Iterable[Group]) -> None:
        """What would say nothing is not passed over: somebody meant it."""
        if self.cleaned_data.get("everybody") and any(not group.is_empty for group in groups):
            self.add_error(
                "everybody",
                _(
                    "A group says who it is for as well. For everybody but some, leave this empty and fill in only "
                    "what they are not."
                ),
            )

    def groups(self, groups: Iterable[Group]) -> Groups:
        data = self.cleaned_data
        return Groups(tuple(groups), data["people"], data["excepted"], data["everybody"])


def _courses() -> dict[str, str]:
    rows = Publication.objects.filter(version__kind="course").order_by().values_list("step_key", flat=True).distinct()
    return {str(key): "" for key in rows}


def initial_of(requirement: Requirement, groups: Groups | None) -> dict[str, Any]:
    plan = requirement.reminder_plan
    facts = {name: getattr(requirement, name) for name in RequirementForm.base_fields if hasattr(requirement, name)}
    named = groups or Groups()
    return (
        facts
        | vars(plan)
        | {
            "before": ", ".join(map(str, plan.before)),
            "everybody": named.everybody,
            "people": _addresses(named.people),
            "excepted": _addresses(named.excepted),
            **{f"why_{language}": requirement.reasons.get(language, "") for language in LANGUAGES},
        }
    )


def _addresses(keys: tuple[str, ...]) -> str:
    return "\n".join(User.objects.filter(key__in=keys).order_by("email").values_list("email", flat=True))
