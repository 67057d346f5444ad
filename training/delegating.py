"""A manager names who stands in for them, for a time, and ends it. A deputy names nobody."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from people.actions import teams as actions
from people.forms import summary
from people.models import Team, TeamLead, User
from training.forms import DeputyForm
from training.views import for_leads

DEPUTY, MANAGER = TeamLead.Kind.DEPUTY, TeamLead.Kind.MANAGER


def _managed(user: User) -> list[Team]:
    """The teams whose manager somebody is today, not those they stand in for."""
    leads = TeamLead.objects.on(timezone.localdate()).filter(person=user, kind=MANAGER)
    return list(Team.objects.filter(pk__in=leads.values("team")).order_by("path"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_leads
def team_deputies(request: HttpRequest) -> HttpResponse:
    """Who stands in today and later; a POST names somebody."""
    assert isinstance(request.user, User)
    teams = _managed(request.user)
    today = timezone.localdate()
    if not teams:
        return _for_deputies(request)
    given = request.POST if request.method == "POST" else None
    form = DeputyForm(given, teams=teams, by=request.user, initial={"starts_on": today, "team": str(teams[0].key)})
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            actions.name_deputy(
                team=said["team"],
                person=said["email"],
                starts_on=said["starts_on"],
                ends_on=said["ends_on"],
                by=request.user,
            )
        except actions.LeadsAlready:
            form.add_error("starts_on", _("This person stands in for this team from this day already."))
        else:
            messages.success(request, _("%(name)s stands in for you on these days.") % {"name": said["email"].name})
            return redirect("team-deputies")
    context = {
        "deputies": _deputies(teams).filter(ends_on__gte=today).select_related("team", "person"),
        "today": today,
        "form": form,
        "errors": summary(form),
    }
    return render(request, "training/team_deputies.html", context, status=422 if form.errors else 200)


def _for_deputies(request: HttpRequest) -> HttpResponse:
    """Whoever only stands in reads why there is nothing to do here."""
    if request.method == "POST":
        raise Http404
    context = {"deputies": (), "today": timezone.localdate(), "form": None, "errors": ()}
    return render(request, "training/team_deputies.html", context)


def _deputies(teams: list[Team]):
    """Deputies for a time: those without an end were named by an admin, who alone ends them."""
    rows = TeamLead.objects.filter(team__in=teams, kind=DEPUTY, ends_on__isnull=False)
    return rows.order_by("starts_on", "pk")


@require_POST
@for_leads
def team_deputy_end(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    teams = _managed(request.user)
    chosen = request.POST.get("deputy", "")
    if not chosen.isdecimal() or len(chosen) > 18:  # what no number of a row can be
        raise Http404
    if not TeamLead.objects.filter(pk=int(chosen)).exists():  # a second click: who had not begun is gone
        return redirect("team-deputies")
    found = get_object_or_404(_deputies(teams), pk=int(chosen))
    actions.end_deputy(lead=found, today=timezone.localdate(), by=request.user)
    messages.success(request, _("Saved. Nobody stands in from tomorrow on, unless somebody else was named."))
    return redirect("team-deputies")
