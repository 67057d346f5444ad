"""The manager's team."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from training import reports


@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """Who is below this manager and how they stand. For who manages nobody there is no such page."""
    if not request.user.is_manager:
        raise Http404
    overview = reports.team_overview(
        manager=request.user, now=timezone.now(), today=timezone.localdate(), language=get_language()
    )
    return render(request, "training/team.html", {"overview": overview, "today": timezone.localdate()})
