"""The tree of teams, and who leads which from when to when."""

import uuid

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from people.actions import teams as actions
from people.models import Team, TeamLead
from people.staff import admin, forms


@require_http_methods(["GET", "HEAD", "POST"])
def teams(request: HttpRequest) -> HttpResponse:
    """The tree; a POST adds a team to it."""
    admin(request)
    form = forms.TeamForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        made = actions.add_team(**form.cleaned_data)
        messages.success(request, _("Added: %(team)s.") % {"team": made.name})
        return redirect("edit-team", made.key)
    leads = TeamLead.objects.on(timezone.localdate()).select_related("person").order_by("kind", "pk")
    tree = (
        Team.objects.order_by("path")
        .annotate(size=Count("people", filter=Q(people__is_active=True)))
        .prefetch_related(Prefetch("leads", leads, to_attr="leads_today"))
    )
    return render(request, "people/staff/teams.html", {"tree": tree, "form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_team(request: HttpRequest, team: uuid.UUID) -> HttpResponse:
    """One team; a POST renames or moves it."""
    admin(request)
    found = get_object_or_404(Team, key=team)
    if request.method != "POST":
        return _page(request, found)
    form = forms.TeamForm(request.POST)
    if form.is_valid():
        try:
            actions.change_team(team=found, **form.cleaned_data)
        except actions.BelowItself:
            form.add_error("parent", _("A team cannot be below itself."))
        else:
            messages.success(request, _("Saved."))
            return redirect("edit-team", found.key)
    return _page(request, found, form=form)


def _page(
    request: HttpRequest, team: Team, *, form: forms.TeamForm | None = None, lead_form: forms.LeadForm | None = None
) -> HttpResponse:
    above = team.get_parent()
    context = {
        "team": team,
        "form": form or forms.TeamForm(initial={"name": team.name, "parent": str(above.key) if above else ""}),
        "lead_form": lead_form or forms.LeadForm(),
        "leads": team.leads.select_related("person").order_by("-starts_on", "pk"),
        "today": timezone.localdate(),
        "size": team.people.count(),
    }
    failed = any(each is not None and each.errors for each in (form, lead_form))
    return render(request, "people/staff/team.html", context, status=422 if failed else 200)


@require_POST
def delete_team(request: HttpRequest, team: uuid.UUID) -> HttpResponse:
    admin(request)
    found = get_object_or_404(Team, key=team)
    try:
        actions.delete_team(team=found)
    except actions.NotEmpty:
        messages.error(
            request, _("Only an empty team can be deleted: without people, teams below it, and a history of leads.")
        )
        return redirect("edit-team", found.key)
    messages.success(request, _("Deleted: %(team)s.") % {"team": found.name})
    return redirect("teams")


@require_POST
def add_lead(request: HttpRequest, team: uuid.UUID) -> HttpResponse:
    admin(request)
    found = get_object_or_404(Team, key=team)
    form = forms.LeadForm(request.POST)
    if form.is_valid():
        data = dict(form.cleaned_data)
        try:
            actions.add_lead(team=found, person=data.pop("email"), **data)
        except actions.LeadsAlready:
            form.add_error("starts_on", _("This person leads the team from this day already."))
        else:
            messages.success(request, _("Saved."))
            return redirect("edit-team", found.key)
    return _page(request, found, lead_form=form)


@require_POST
def end_lead(request: HttpRequest, team: uuid.UUID) -> HttpResponse:
    """Today is the last day."""
    admin(request)
    chosen = request.POST.get("lead", "")
    if not chosen.isdecimal() or len(chosen) > 18:  # what no number of a row can be
        raise Http404
    found = get_object_or_404(TeamLead.objects.filter(team__key=team), pk=int(chosen))
    actions.end_lead(lead=found, last_day=timezone.localdate())
    messages.success(request, _("Saved. Today is the last day."))
    return redirect("edit-team", team)
