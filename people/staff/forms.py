"""The forms of the screens about people."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from people import roles
from people.models import Team, TeamLead, User, one_line

# The texts of a role; roles.py has the names they are stored by.
ROLE_NAMES = {
    roles.EDITOR: gettext_lazy("L&D editor: writes courses"),
    roles.PUBLISHER: gettext_lazy("L&D publisher: puts courses online"),
    roles.AUDITOR: gettext_lazy("Auditor: reads the proof"),
    roles.MARKER: gettext_lazy("Essay marker: marks what a machine cannot"),
    roles.ADMIN: gettext_lazy("Admin: people, teams and roles"),
}


def team_choices() -> list[tuple[str, str]]:
    """The tree as a list: each team below its parent, with a dash for each level."""
    return [(str(team.key), "– " * (team.depth - 1) + team.name) for team in Team.objects.order_by("path")]


class TeamField(forms.ChoiceField):
    """A team by its key; an empty choice is no team."""

    def __init__(self, *, none: object, **kwargs) -> None:
        super().__init__(choices=lambda: [("", none), *team_choices()], required=False, **kwargs)

    def clean(self, value: object) -> Team | None:  # type: ignore[override]
        key = super().clean(value)
        return Team.objects.get(key=key) if key else None


class PersonForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=150, validators=[one_line])
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=150, validators=[one_line])
    team = TeamField(label=gettext_lazy("Team"), none=gettext_lazy("No team"))
    job_role = forms.CharField(label=gettext_lazy("Job role"), max_length=80, required=False, validators=[one_line])
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=User.Language)

    @staticmethod
    def facts_of(person: User) -> dict:
        facts = {name: getattr(person, name) for name in ("email", "first_name", "last_name", "job_role", "language")}
        return facts | {"team": str(person.team.key) if person.team else ""}

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()


class ChangePersonForm(PersonForm):
    """What only somebody who is here already has."""

    location = forms.CharField(label=gettext_lazy("Location"), max_length=80, required=False, validators=[one_line])
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        max_length=1000,
        required=False,
        validators=[one_line],
        help_text=gettext_lazy("Words to sort people by, with commas between them. Example: drives, night shift"),
    )

    @staticmethod
    def facts_of(person: User) -> dict:
        tags = person.tags.order_by("name").values_list("name", flat=True)
        return PersonForm.facts_of(person) | {"location": person.location, "tags": ", ".join(tags)}

    def clean_tags(self) -> list[str]:
        tags = [tag.strip() for tag in self.cleaned_data["tags"].split(",") if tag.strip()]
        if any(len(tag) > 80 for tag in tags):
            raise forms.ValidationError(_("A tag has at most 80 characters."))
        return tags


class PasswordAgain(forms.Form):
    """For acts that open doors: whoever sits down at an unlocked screen does not know the password."""

    password = forms.CharField(
        label=gettext_lazy("Your own password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, admin: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.admin = admin

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        if not self.admin.check_password(password):
            raise forms.ValidationError(_("This is not your present password."))
        return password


class RolesForm(PasswordAgain):
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        choices=list(ROLE_NAMES.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("Who leads a team is its manager without a role: see Teams."),
    )
    field_order = ["roles", "password"]


class TokenForm(PasswordAgain):
    name = forms.CharField(
        label=gettext_lazy("What uses it"),
        max_length=80,
        validators=[one_line],
        help_text=gettext_lazy("The name of the system that sends people and groups."),
    )
    field_order = ["name", "password"]


class TeamForm(forms.Form):
    name = forms.CharField(label=pgettext_lazy("team", "Name"), max_length=120, validators=[one_line])
    parent = TeamField(label=gettext_lazy("Below"), none=gettext_lazy("At the top"))


class LeadForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail of the person"), help_text=gettext_lazy("Somebody who has an account here.")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Leads as"), choices=TeamLead.Kind)
    starts_on = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=gettext_lazy("To, the last day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
        help_text=gettext_lazy("Empty: until further notice. A deputy needs a last day."),
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **{"initial": {"starts_on": timezone.localdate()}} | kwargs)

    def clean_email(self) -> User:
        person = User.objects.filter(email=self.cleaned_data["email"].lower(), is_active=True).first()
        if person is None:
            raise forms.ValidationError(_("Nobody with this address has an open account here."))
        return person

    def clean(self) -> dict:
        data = super().clean() or {}
        starts, ends = data.get("starts_on"), data.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The last day is before the first."))
        if data.get("kind") == TeamLead.Kind.DEPUTY and not ends and "ends_on" not in self.errors:
            self.add_error("ends_on", _("A deputy stands in for a time: give the last day."))
        return data
