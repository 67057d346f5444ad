"""What managers see of the people below them; why a course is not complete, for whoever may know."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.models import Enrolment
from people.forms import summary
from people.models import name_order
from training import exports
from training.actions import letters
from training.forms import RemindForm
from training.granting import below
from training.reports import courses, reminders
from training.reports import forecast as forecasts
from training.reports import person as people
from training.reports import team as teams
from training.reports import why as reasons
from training.rules.selection import COURSES, FORECAST, PAGE, TRAININGS, parse

View = Callable[..., HttpResponseBase]
SCREENS = {"trainings": "team", "courses": "team-courses", "forecast": "team-forecast", "trend": "team-forecast"}


def for_leads(view: View) -> View:
    """For who manages nobody there is no such page."""

    @wraps(view)
    def asked(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if not request.user.is_manager:
            raise Http404
        return view(request, *args, **kwargs)

    return asked


def moment() -> dict:
    """Now, today and the reader's language, as every report asks for them."""
    return {"now": timezone.now(), "today": timezone.localdate(), "language": get_language()}


@require_safe
@for_leads
def team(request: HttpRequest) -> HttpResponse:
    """Who needs me today; the list of trainings below."""
    selection = parse(request.GET, TRAININGS)
    overview = teams.team_overview(manager=request.user, selection=selection, **moment())
    template = "training/team_print.html" if selection.is_printed else "training/team.html"
    context = {"overview": overview, "links": overview.links, "page": overview.page, "today": timezone.localdate()}
    return render(request, template, context, status=_status(selection))


@require_safe
@for_leads
def team_courses(request: HttpRequest) -> HttpResponse:
    """People by course."""
    selection = parse(request.GET, COURSES)
    matrix = courses.matrix(manager=request.user, selection=selection, **moment())
    context = {"matrix": matrix, "links": matrix.links, "page": matrix.page, "today": timezone.localdate()}
    template = "training/team_courses_print.html" if selection.is_printed else "training/team_courses.html"
    return render(request, template, context, status=_status(selection))


@require_safe
@for_leads
def team_forecast(request: HttpRequest) -> HttpResponse:
    """Who falls due or runs out in the next months, team by team."""
    selection = parse(request.GET, FORECAST)
    ahead = forecasts.forecast(manager=request.user, selection=selection, **moment())
    context = {"forecast": ahead, "links": ahead.links, "page": ahead.page}
    return render(request, "training/team_forecast.html", context, status=_status(selection))


def _status(selection) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if selection.unknown else HTTPStatus.OK


@require_safe
@for_leads
def team_person(request: HttpRequest, person: UUID) -> HttpResponse:
    found = get_object_or_404(below(request.user).select_related("team"), key=person)
    record = people.person_record(person=found, reader=request.user, **moment())
    context = {"record": record, "today": timezone.localdate()}
    return render(request, "training/team_person.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_leads
def team_remind(request: HttpRequest) -> HttpResponse:
    """Who would be reminded of what, and when they last were; a POST sends it."""
    asked = request.POST if request.method == "POST" else request.GET
    named = below(request.user).filter(key__in=_keys(asked.getlist("person")))
    chosen = list(named.order_by(*name_order(get_language()), "pk"))
    if not chosen:
        messages.warning(request, _("Choose somebody on the list first."))
        return redirect("team")
    form = RemindForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        count = letters.remind(people=chosen, by=request.user, at=timezone.now(), note=form.cleaned_data["note"])
        if count:
            said = ngettext("%(count)d reminder is on its way.", "%(count)d reminders are on their way.", count)
            messages.success(request, said % {"count": count})
        else:
            messages.info(request, _("Nobody was written to: nothing is open, or they were reminded today."))
        return redirect("team") if len(chosen) > 1 else redirect("team-person", chosen[0].key)
    shown = reminders.preview(people=chosen, reader=request.user, now=timezone.now(), language=get_language() or "")
    context = {"preview": shown, "today": timezone.localdate(), "form": form, "errors": summary(form)}
    return render(request, "training/team_remind.html", context, status=422 if form.errors else 200)


def _keys(typed: list[str]) -> list[UUID]:
    """As many as a page shows; what is no key is nobody's."""
    found = []
    for text in typed[:PAGE]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@require_safe
@for_leads
def team_export(request: HttpRequest, screen: str, form: str) -> HttpResponseBase:
    """What is on that screen, all its pages. An address it cannot read is shown on the screen, not exported."""
    if screen not in exports.TABLES or form not in ("csv", "xlsx"):
        raise Http404
    make, defaults = exports.TABLES[screen]
    selection = parse(request.GET, defaults)
    if selection.unknown:
        return redirect(f"{reverse(SCREENS[screen])}?{request.GET.urlencode()}")
    table = make(manager=request.user, selection=selection, **moment())
    name = exports.file_name(screen, form, timezone.localdate())
    if form == "xlsx":
        return FileResponse(exports.xlsx(table), as_attachment=True, filename=name, content_type=exports.XLSX_TYPE)
    response = StreamingHttpResponse(exports.csv_lines(table, get_language()), content_type=exports.CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
def why(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    """For the person, the managers above, L&D and auditors."""
    visible = Enrolment.objects.visible_to(request.user).select_related("course_version", "person")
    found = get_object_or_404(visible, key=enrolment)
    answer = reasons.why(enrolment=found, reader=request.user, **moment())
    return render(request, "training/why.html", {"why": answer, "today": timezone.localdate()})
