"""L&D's screens about quizzes, inside the CMS: the item analysis and its download. No person's name is on them."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assessments.quizzes.reports import analysis as reports
from assessments.quizzes.reports import sheets
from assessments.quizzes.reports.analysis import QuizSelection
from assessments.selecting import ALL, FIRST
from assessments.selection_form import SelectionForm, asked, day_field, learning_staff_only, published_or_404
from people.models import Team


class AttemptsForm(SelectionForm):
    which = [
        (FIRST, gettext_lazy("the first of each person")),
        (reports.BEST, gettext_lazy("the best of each person")),
        (reports.LAST, gettext_lazy("the last of each person")),
        (ALL, gettext_lazy("all of them")),
    ]

    since = day_field(gettext_lazy("Handed in from"))
    until = day_field(gettext_lazy("Handed in until"))
    team = forms.ChoiceField(label=gettext_lazy("Team, with those below it"), required=False)
    job_role = forms.ChoiceField(label=gettext_lazy("Job role"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everybody = ("", _("all"))
        self.offer("team", [everybody, *reports.teams()])
        self.offer("job_role", [everybody, *((role, role) for role in reports.job_roles())])

    def clean_team(self) -> Team | None:
        key = self.cleaned_data["team"]
        return Team.objects.get(key=key) if key else None


@require_safe
def analyses(request: HttpRequest) -> HttpResponse:
    learning_staff_only(request)
    return render(request, "quizzes/staff/analyses.html", {"rows": reports.quizzes(get_language())})


@require_safe
def analysis(request: HttpRequest, step: UUID) -> HttpResponse:
    form = _form(request, step)
    if not form.is_valid():
        return _refused(request, form)
    page = reports.analysis(step, QuizSelection(**form.chosen), get_language())
    context = {"step": step, "form": form, "page": page, "title": page.title, "query": request.GET.urlencode()}
    return render(request, "quizzes/staff/analysis.html", context)


@require_safe
def analysis_csv(request: HttpRequest, step: UUID) -> HttpResponse:
    form = _form(request, step)
    if not form.is_valid():
        return _refused(request, form)
    language = get_language()
    page = reports.analysis(step, QuizSelection(**form.chosen), language)
    response = HttpResponse(sheets.analysis_csv(page, language), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(page.title) or "quiz"}-analysis.csv"'
    return response


def _refused(request: HttpRequest, form: SelectionForm) -> HttpResponse:
    return render(request, "quizzes/staff/analysis.html", {"form": form, "page": None, "title": ""}, status=422)


def _form(request: HttpRequest, step: UUID) -> SelectionForm:
    """Of a quiz that was published; 404 for any other step."""
    learning_staff_only(request)
    published_or_404(step, "quiz")
    return asked(AttemptsForm, reports.structures(step), request)
