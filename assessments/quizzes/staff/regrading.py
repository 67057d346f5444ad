"""L&D's screen inside the CMS for a question whose key was wrong: what marking again would change, and doing it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from assessments.quizzes import actions
from assessments.quizzes.forms import RegradeForm
from assessments.quizzes.models import Question, Regrading
from assessments.quizzes.models.regrading import Plan, plan

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def regrade(request: HttpRequest, question: UUID) -> HttpResponse:
    """Who changes from what to what, first; then, with a reason, the act."""
    if not request.user.is_learning_staff:
        raise PermissionDenied
    found = get_object_or_404(Question.objects.live().source_of(question))
    form = RegradeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            done = actions.regrade(
                question=found,
                digest=form.cleaned_data["digest"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                key=form.cleaned_data["key"],
            )
        except actions.PlanChanged:
            form.add_error(None, _("Something has changed meanwhile. Read the list again before you go on."))
        else:
            messages.success(request, _said(done))
            return redirect("regrade", question)
    return _preview(request, found, plan(found), form)


def _said(done: Regrading) -> str:
    count = done.regraded.count()
    return ngettext(
        "Marked again: %(count)d attempt has another mark.",
        "Marked again: %(count)d attempts have another mark.",
        count,
    ) % {"count": count}


def _preview(request: HttpRequest, question: Question, found: Plan, form: RegradeForm) -> HttpResponse:
    context = {
        "question": question,
        "plan": found,
        "form": form,
        "page": Paginator(found.changes, PAGE).get_page(request.GET.get("p")),
        "digest": found.digest,
        "earlier": Regrading.objects.filter(question_key=question.translation_key)
        .select_related("by")
        .annotate(changed=Count("regraded"))
        .order_by("-at"),
    }
    return render(request, "quizzes/staff/regrade.html", context, status=422 if form.errors else 200)
