"""The addresses at which a manager orders a list of their team by mail, changes the order, and stops it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people.forms import summary
from people.models import User
from training.actions import ordering as actions
from training.forms import ReportForm, initial_of
from training.models import SCREENS, ReportOrder
from training.reports.ordered import in_words, orders_of
from training.reports.scope import scope_of
from training.rules.selection import Selection, parse, query
from training.views import SCREENS as ADDRESSES
from training.views import for_leads, moment


@require_safe
@for_leads
def team_reports(request: HttpRequest) -> HttpResponse:
    orders = orders_of(person=_who(request), language=get_language() or "")
    return render(request, "training/team_reports.html", {"orders": orders})


@require_http_methods(["GET", "HEAD", "POST"])
@for_leads
def team_report_new(request: HttpRequest, screen: str) -> HttpResponse:
    """What is on that screen; its address goes along in the query."""
    if screen not in SCREENS:
        raise Http404
    asked = parse(request.GET, SCREENS[screen])
    if asked.unknown:
        return redirect(f"{reverse(ADDRESSES[screen])}?{request.GET.urlencode()}")
    selection = asked.but(is_printed=False)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        written = query(selection, SCREENS[screen]).removeprefix("?")
        try:
            actions.order_report(person=_who(request), screen=screen, query=written, **form.said())
        except actions.TooMany:
            form.add_error(None, _("You have ordered 20 reports. Stop one of them first."))
        else:
            messages.success(request, _("Ordered. You find it in the list below, with the day of its next mail."))
            return redirect("team-reports")
    return _page(request, form, screen, selection)


@require_http_methods(["GET", "HEAD", "POST"])
@for_leads
def team_report(request: HttpRequest, order: UUID) -> HttpResponse:
    found = _own(request, order)
    form = ReportForm(request.POST if request.method == "POST" else None, initial=initial_of(found))
    if form.is_bound and form.is_valid():
        try:
            actions.change_report(order=found, **form.said())
        except actions.OrderedAlready:
            form.add_error(None, _("Another of your reports sends the same list on these days."))
        except ReportOrder.DoesNotExist:
            raise Http404 from None
        else:
            messages.success(request, _("Saved."))
            return redirect("team-reports")
    return _page(request, form, found.screen, found.selection, found)


@require_POST
@for_leads
def team_report_stop(request: HttpRequest, order: UUID) -> HttpResponse:
    actions.stop_report(order=_own(request, order))
    messages.success(request, _("Stopped. It is not sent any more."))
    return redirect("team-reports")


def _own(request: HttpRequest, key: UUID) -> ReportOrder:
    return get_object_or_404(ReportOrder.objects.open_for(_who(request)).select_related("person"), key=key)


def _who(request: HttpRequest) -> User:
    """Whoever is logged in: for_leads lets nobody else as far as here."""
    assert isinstance(request.user, User)
    return request.user


def _page(
    request: HttpRequest, form: ReportForm, screen: str, selection: Selection, order: ReportOrder | None = None
) -> HttpResponse:
    asked: dict[str, Any] = moment()
    scope = scope_of(manager=_who(request), selection=selection, **asked)
    context = {
        "form": form,
        "errors": summary(form),
        "order": order,
        "shows": in_words(screen, selection, scope.courses.get(selection.course, ""), scope.team),
        "back": reverse(ADDRESSES[screen]) + query(selection, SCREENS[screen]),
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "training/team_report.html", context, status=422 if form.errors else 200)
