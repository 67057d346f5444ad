"""L&D's screens about quizzes, inside the CMS: the item analysis and its download. No person's name is on them."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assessments.days import day_field
from assessments.quizzes.reports import analysis as reports
from assessments.quizzes.reports import sheets
from courses.models import StepVersion
from people.models import Team

WHICH = [
    (reports.FIRST, gettext_lazy("the first of each person")),
    (reports.BEST, gettext_lazy("the best of each person")),
    (reports.LAST, gettext_lazy("the last of each person")),
    (reports.ALL, gettext_lazy("all of them")),
]


class SelectionForm(forms.Form):
    """What the address says; empty fields mean everything."""

    structure = forms.ChoiceField(label=gettext_lazy("Version"), required=False)
    attempts = forms.ChoiceField(label=gettext_lazy("Attempts"), choices=WHICH, required=False)
    since = day_field(gettext_lazy("Handed in from"))
    until = day_field(gettext_lazy("Handed in until"))
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    team = forms.ChoiceField(label=gettext_lazy("Team, with those below it"), required=False)
    job_role = forms.ChoiceField(label=gettext_lazy("Job role"), required=False)

    def __init__(self, *args: Any, structures: list[reports.Structure], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.newest = structures[0].sha256 if structures else ""
        everybody = [("", _("all"))]
        choices: dict[str, list[tuple[str, Any]]] = {
            "structure": [(one.sha256, one.label) for one in structures],
            "language": [*everybody, *settings.LANGUAGES],
            "team": [*everybody, *reports.teams()],
            "job_role": [*everybody, *((role, role) for role in reports.job_roles())],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))
        return data

    @property
    def selection(self) -> reports.Selection:
        """Of a valid form; of a wrong one the default."""
        data = self.cleaned_data if self.is_valid() else {}
        return reports.Selection(
            structure=data.get("structure") or self.newest,
            since=data.get("since"),
            until=data.get("until"),
            language=data.get("language", ""),
            team=Team.objects.get(key=data["team"]) if data.get("team") else None,
            job_role=data.get("job_role", ""),
            attempts=data.get("attempts") or reports.FIRST,
        )


def _staff_only(request: HttpRequest) -> None:
    if not request.user.is_learning_staff:
        raise PermissionDenied


@require_safe
def analyses(request: HttpRequest) -> HttpResponse:
    _staff_only(request)
    return render(request, "quizzes/staff/analyses.html", {"rows": reports.quizzes(get_language())})


@require_safe
def analysis(request: HttpRequest, step: UUID) -> HttpResponse:
    form = _form(request, step)
    if not form.is_valid():
        return _refused(request, form)
    page = reports.analysis(step, form.selection, get_language())
    context = {"step": step, "form": form, "page": page, "title": page.title, "query": request.GET.urlencode()}
    return render(request, "quizzes/staff/analysis.html", context)


@require_safe
def analysis_csv(request: HttpRequest, step: UUID) -> HttpResponse:
    form = _form(request, step)
    if not form.is_valid():
        return _refused(request, form)
    language = get_language()
    page = reports.analysis(step, form.selection, language)
    response = HttpResponse(sheets.analysis_csv(page, language), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(page.title) or "quiz"}-analysis.csv"'
    return response


def _refused(request: HttpRequest, form: SelectionForm) -> HttpResponse:
    return render(request, "quizzes/staff/analysis.html", {"form": form, "page": None, "title": ""}, status=422)


def _form(request: HttpRequest, step: UUID) -> SelectionForm:
    """The form of a quiz that was published; 404 for any other step."""
    _staff_only(request)
    if not StepVersion.objects.filter(step_key=step, kind="quiz").exists():
        raise Http404
    structures = reports.structures(step)
    initial = {"structure": structures[0].sha256 if structures else "", "attempts": reports.FIRST}
    return SelectionForm(initial | request.GET.dict(), structures=structures)
