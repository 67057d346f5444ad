"""L&D's screens on how scenarios are played, inside the CMS, and their download. No person's name is on them."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_safe

from assessments.scenarios.reports import analysis as reports
from assessments.scenarios.reports import sheets
from assessments.selecting import Selection
from assessments.selection_form import SelectionForm, asked, day_field, learning_staff_only, published_or_404


class RunsForm(SelectionForm):
    since = day_field(gettext_lazy("Begun from"))
    until = day_field(gettext_lazy("Begun until"))


@require_safe
def scenario_analyses(request: HttpRequest) -> HttpResponse:
    learning_staff_only(request)
    return render(request, "scenarios/staff/analyses.html", {"rows": reports.scenarios(get_language())})


@require_safe
def scenario_analysis(request: HttpRequest, step: UUID) -> HttpResponse:
    form = _form(request, step)
    if not form.is_valid():
        return _refused(request, form)
    page = reports.analysis(step, Selection(**form.chosen), get_language())
    context = {"step": step, "form": form, "page": page, "title": page.title, "query": request.GET.urlencode()}
    return render(request, "scenarios/staff/analysis.html", context)


@require_safe
def scenario_analysis_csv(request: HttpRequest, step: UUID) -> HttpResponse:
    form = _form(request, step)
    if not form.is_valid():
        return _refused(request, form)
    language = get_language()
    page = reports.analysis(step, Selection(**form.chosen), language)
    response = HttpResponse(sheets.analysis_csv(page, language), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(page.title) or "scenario"}-choices.csv"'
    return response


def _refused(request: HttpRequest, form: SelectionForm) -> HttpResponse:
    return render(request, "scenarios/staff/analysis.html", {"form": form, "page": None, "title": ""}, status=422)


def _form(request: HttpRequest, step: UUID) -> SelectionForm:
    """Of a scenario that was published; 404 for any other step."""
    learning_staff_only(request)
    published_or_404(step, "scenario")
    return asked(RunsForm, reports.structures(step), request)
