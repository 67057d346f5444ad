"""L&D's list of the attempts at one quiz, inside the CMS: whose, how far, with what result. No answer is on it."""

from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from assessments.quizzes.models import QuizAttempt
from courses.models import Publication
from courses.reports import in_language

PAGE = 50
STATES = {
    "open": pgettext_lazy("quiz", "Under way"),
    "waiting": pgettext_lazy("quiz", "Waits for marking"),
    "passed": pgettext_lazy("quiz", "Passed"),
    "not_yet": pgettext_lazy("quiz", "Not yet passed"),
}


class AttemptsFilter(forms.Form):
    """What the address says; a wrong state is none."""

    q = forms.CharField(label=_("Search by name or e-mail"), max_length=100, required=False)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("all")), *STATES.items()], required=False)

    @property
    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


@require_safe
def quiz_attempts(request: HttpRequest, step: UUID) -> HttpResponse:
    """Newest first. 404 for what was never published as a quiz."""
    if not request.user.is_learning_staff:
        raise PermissionDenied
    versions = {row.language: row.version for row in Publication.objects.newest([step]).filter(version__kind="quiz")}
    if not versions:
        raise Http404
    form = AttemptsFilter(request.GET)
    asked = form.chosen
    found = QuizAttempt.objects.visible_to(request.user).filter(step_key=step).of_person(asked["q"])
    found = found.in_state(asked["state"]) if asked["state"] else found
    rows = found.select_related("enrolment__person").defer("paper", "marks", "flagged").order_by("-started_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("p"))
    context = {
        "step": step,
        "form": form,
        "page": page,
        "rows": [(attempt, STATES[attempt.state]) for attempt in page.object_list],
        "title": in_language(versions, get_language()).title,
    }
    return render(request, "quizzes/staff/attempts.html", context)
