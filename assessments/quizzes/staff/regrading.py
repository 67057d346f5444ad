"""L&D's screen inside the CMS for a question whose key was wrong: what marking again would change, and doing it."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from assessments.quizzes import actions
from assessments.quizzes.forms import RegradeForm
from assessments.quizzes.models import Question, Regrading, RegradingLeft
from assessments.quizzes.models.regrading import Plan, RegradingLeftQuerySet, plan, shown

PAGE = 50
NAMED = 50  # of those that could not be marked


@require_http_methods(["GET", "HEAD", "POST"])
def regrade(request: HttpRequest, question: UUID) -> HttpResponse:
    """Who changes from what to what, first; then, with a reason, the act; then how far it is."""
    if not request.user.is_learning_staff:
        raise PermissionDenied
    found = get_object_or_404(Question.objects.live().source_of(question))
    form = RegradeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.regrade(
                question=found,
                digest=form.cleaned_data["digest"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                key=form.cleaned_data["key"],
            )
        except actions.PlanChanged:
            form.add_error(None, _("Something has changed meanwhile. Read the list again before you go on."))
        else:
            return redirect("regrade", question)
    acts = Regrading.objects.filter(question_key=question).select_related("by").annotate(changed=Count("regraded"))
    under_way = acts.under_way().first()
    context = {"question": found, "form": form, "under_way": under_way}
    if under_way:
        context |= _progress(under_way) | {"earlier": acts.exclude(pk=under_way.pk).order_by("-at")}
    else:
        context |= _preview(plan(found), request.GET.get("p")) | {"earlier": acts.order_by("-at")}
    return render(request, "quizzes/staff/regrade.html", context, status=422 if form.errors else 200)


def _progress(act: Regrading) -> dict[str, Any]:
    stuck = _set_aside(act.question_key).filter(regrading=act).order_by("pk")
    rows = stuck.select_related("attempt__enrolment__person", "attempt__version").defer("attempt__version__content")
    named = [left.attempt for left in rows[:NAMED]]
    return {"left": act.left.to_do().count(), "stuck": named, "stuck_count": stuck.count()}


def _preview(found: Plan, page: str | None) -> dict[str, Any]:
    """Of what was set aside before, all that would still change is named again."""
    on_page = Paginator(found.changes, PAGE).get_page(page)
    tried = set(_set_aside(found.question.translation_key).values_list("attempt", flat=True))
    stuck = [change for change in found.changes if change.attempt_id in tried]
    told = {row.change: row for row in shown(found, [*on_page, *stuck[:NAMED]])}
    return {
        "plan": found,
        "page": on_page,
        "changes": [told[change] for change in on_page],
        "stuck": [told[change].attempt for change in stuck[:NAMED]],
        "stuck_count": len(stuck),
    }


def _set_aside(question: UUID) -> RegradingLeftQuerySet:
    return RegradingLeft.objects.set_aside().filter(regrading__question_key=question)
