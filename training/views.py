"""What managers see of the people below them; why a course is not complete, for whoever may know."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from courses.models import Enrolment
from people.models import User
from training import exports
from training.reports import courses
from training.reports import person as people
from training.reports import team as teams
from training.reports import why as reasons
from training.rules.selection import COURSES, TRAININGS, parse

View = Callable[..., HttpResponseBase]
SCREENS = {"trainings": "team", "courses": "team-courses"}


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
    return render(request, "training/team_courses.html", context, status=_status(selection))


def _status(selection) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if selection.unknown else HTTPStatus.OK


@require_safe
@for_leads
def team_person(request: HttpRequest, person: UUID) -> HttpResponse:
    below = User.objects.managed_by(request.user).filter(is_active=True).select_related("team")
    found = get_object_or_404(below, key=person)
    record = people.person_record(person=found, **moment())
    return render(request, "training/team_person.html", {"record": record, "today": timezone.localdate()})


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
    name = f"ostoja-{screen}-{timezone.localdate():%Y-%m-%d}.{form}"
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
