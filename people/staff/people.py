"""Who is here: the list, one person, inviting, roles, closing and opening an account."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people import actions, doors, roles
from people.models import Team, TeamLead, User, name_order
from people.staff import admin, forms, learning_staff

PAGE = 50
STATES = [
    ("active", pgettext_lazy("account", "active")),
    ("waiting", pgettext_lazy("account", "invited, no password yet")),
    ("deactivated", pgettext_lazy("account", "deactivated")),
]
ROLES = [
    *[(role, name) for role, name in forms.ROLE_NAMES.items()],
    (roles.MANAGER, gettext_lazy("Manager: leads a team today")),
]


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    asker = learning_staff(request)
    asked = {name: _asked(request, name) for name in ("q", "team", "role", "state")}
    found = _filtered(User.objects.visible_to(asker), asked)
    leads = TeamLead.objects.on(timezone.localdate()).select_related("team")
    found = found.select_related("team").prefetch_related("groups", Prefetch("leads", leads, to_attr="leads_today"))
    page = Paginator(found.order_by(*name_order(get_language()), "pk"), PAGE).get_page(request.GET.get("p"))
    context = {
        "page": page,
        "asked": asked,
        "teams": forms.team_choices(),
        "roles": ROLES,
        "states": STATES,
        "is_admin": asker.is_admin,
    }
    return render(request, "people/staff/people.html", context)


def _asked(request: HttpRequest, name: str) -> str:
    """PostgreSQL takes no NUL, and nobody's name has one."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:100]


def _filtered(found, asked: dict[str, str]):
    found = found.named(asked["q"]).in_state(asked["state"])
    if asked["role"]:
        found = found.with_role(asked["role"])
    if not asked["team"]:
        return found
    team = _team(asked["team"])
    return found.filter(team__path__startswith=team.path) if team else found.none()


def _team(key: str) -> Team | None:
    try:
        return Team.objects.filter(key=key).first()
    except ValidationError:
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def invite_person(request: HttpRequest) -> HttpResponse:
    asker = learning_staff(request)
    form = forms.PersonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            person = actions.hire(**form.cleaned_data, by=asker)
        except actions.AlreadyHere:
            form.add_error("email", _("Somebody has an account with this address."))
        else:
            messages.success(request, _("Invited: %(email)s. The mail is on its way.") % {"email": person.email})
            return redirect("person", person.key)
    return render(request, "people/staff/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    """One person; a POST changes what is known of them."""
    asker = learning_staff(request)
    found = _person(asker, person)
    if request.method != "POST":
        return _page(request, asker, found)
    admin(request)
    form = forms.ChangePersonForm(request.POST)
    if form.is_valid():
        facts = dict(form.cleaned_data)
        tags = facts.pop("tags")
        try:
            changed = actions.change_person(person=found, **facts)
        except actions.AlreadyHere:
            form.add_error("email", _("Somebody has an account with this address."))
        else:
            tagged = actions.set_tags(person=found, tags=tags)
            messages.success(request, _("Saved.") if changed or tagged else _("Nothing was changed."))
            return redirect("person", found.key)
    return _page(request, asker, found, form=form)


def _person(asker: User, key: uuid.UUID) -> User:
    return get_object_or_404(User.objects.visible_to(asker).select_related("team"), key=key)


def _page(
    request: HttpRequest,
    asker: User,
    found: User,
    *,
    form: forms.PersonForm | None = None,
    roles_form: forms.RolesForm | None = None,
) -> HttpResponse:
    present = actions.roles_of(found)
    context = {
        "person": found,
        "form": form or forms.ChangePersonForm(initial=forms.ChangePersonForm.facts_of(found)),
        "roles_form": roles_form or forms.RolesForm(admin=asker, initial={"roles": sorted(present)}),
        "role_names": [name for role, name in forms.ROLE_NAMES.items() if role in present],
        "leads": found.leads.select_related("team").order_by("-starts_on", "pk"),
        "is_admin": asker.is_admin,
        "is_self": asker.pk == found.pk,
    }
    failed = any(each is not None and each.errors for each in (form, roles_form))
    return render(request, "people/staff/person.html", context, status=422 if failed else 200)


@require_POST
def resend_invitation(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    asker = learning_staff(request)
    found = _person(asker, person)
    try:
        actions.invite_again(person=found, by=asker)
    except actions.AlreadyHere:
        messages.error(request, _("%(name)s has a password already, or the account is closed.") % {"name": found.name})
    else:
        messages.success(request, _("Invited: %(email)s. The mail is on its way.") % {"email": found.email})
    return redirect("person", found.key)


@sensitive_post_parameters("password")
@require_POST
def person_roles(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    asker = admin(request)
    found = _person(asker, person)
    refused = too_often(request, asker)
    if refused:
        return refused
    form = forms.RolesForm(request.POST, admin=asker)
    if form.is_valid():
        doors.PASSWORD_CHANGE.forget(str(asker.key))
        try:
            actions.set_roles(person=found, roles_given=set(form.cleaned_data["roles"]), by=asker)
        except actions.OwnAccount:
            form.add_error("roles", _("Nobody changes their own roles. Ask another admin."))
        except actions.LastAdmin:
            form.add_error("roles", _("There must be one more admin first."))
        else:
            messages.success(request, _("Saved. %(name)s has to log in again.") % {"name": found.name})
            return redirect("person", found.key)
    return _page(request, asker, found, roles_form=form)


def too_often(request: HttpRequest, asker: User) -> HttpResponse | None:
    """The password that is asked for again must not be guessed here."""
    if doors.PASSWORD_CHANGE.opens_for(str(asker.key)):
        return None
    minutes = doors.PASSWORD_CHANGE.within.seconds // 60
    response = render(request, "people/staff/too_often.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = minutes * 60
    return response


@require_POST
def deactivate_person(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    asker = admin(request)
    found = _person(asker, person)
    try:
        actions.deactivate(person=found, by=asker)
    except actions.OwnAccount:
        messages.error(request, _("Nobody closes their own account. Ask another admin."))
    except actions.LastAdmin:
        messages.error(request, _("There must be one more admin first."))
    else:
        messages.success(request, _("Deactivated: %(name)s. History and certificates stay.") % {"name": found.name})
    return redirect("person", found.key)


@require_POST
def reactivate_person(request: HttpRequest, person: uuid.UUID) -> HttpResponse:
    found = _person(admin(request), person)
    actions.reactivate(person=found, by=request.user)
    messages.success(request, _("The account is open again: %(name)s.") % {"name": found.name})
    return redirect("person", found.key)
