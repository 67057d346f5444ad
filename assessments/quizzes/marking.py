"""Marking essays, outside the CMS: for whoever has the permission, of L&D or not. Nobody marks what they wrote."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.quizzes import actions, reports
from assessments.quizzes.forms import MarkForm, QueueFilter
from assessments.quizzes.models import Essay
from assessments.quizzes.models.marking import MAY_MARK


def with_essay(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the essay of that key; 404 where this person may not mark it."""

    @wraps(view)
    def inner(request: HttpRequest, key: UUID, **kwargs: Any) -> HttpResponse:
        rows = Essay.objects.open_for(request.user).select_related("attempt__enrolment__person", "attempt__version")
        return view(request, get_object_or_404(rows.defer("attempt__version__content"), key=key), **kwargs)

    return inner


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, oldest first; by quiz, by who wrote it (a number), by age."""
    if not request.user.has_perm(MAY_MARK):
        raise Http404
    page = reports.queue(request.user, QueueFilter(request.GET).chosen, timezone.now())
    return render(request, "quizzes/marking/queue.html", {"queue": page, "section": "marking"})


@require_POST
@with_essay
def claim(request: HttpRequest, essay: Essay) -> HttpResponse:
    """Open an essay, so that nobody else marks it meanwhile."""
    if actions.claim(essay=essay, by=request.user):
        return redirect("essay", essay.key)
    messages.error(request, _("Somebody else has just opened this essay. Take another one."))
    return redirect("marking")


@require_POST
@with_essay
def release(request: HttpRequest, essay: Essay) -> HttpResponse:
    actions.release(essay=essay, by=request.user)
    messages.success(request, _("The essay is back in the queue."))
    return redirect("marking")


@require_http_methods(["GET", "HEAD", "POST"])
@with_essay
def essay(request: HttpRequest, essay: Essay) -> HttpResponse:
    """One essay and its criteria. Only who has it open may read it."""
    if essay.claimed_by_id != request.user.pk:
        if request.method == "POST":
            return _lost(request)
        messages.error(request, _("Open the essay from the queue first."))
        return redirect("marking")
    page = reports.essay_page(essay)
    form = MarkForm(request.POST if request.method == "POST" else None, criteria=page.criteria)
    if request.method == "POST" and form.is_valid():
        return _mark(request, essay, form)
    return render(
        request,
        "quizzes/marking/essay.html",
        {"page": page, "form": form, "rows": _rows(page, form), "errors": _errors(page, form), "section": "marking"},
        status=422 if form.errors else 200,
    )


def _mark(request: HttpRequest, essay: Essay, form: MarkForm) -> HttpResponse:
    try:
        actions.mark(essay=essay, by=request.user, points=form.points, feedback=form.cleaned_data["feedback"])
    except actions.NotMarked:
        return _lost(request)
    messages.success(request, _("Marked. The points are kept."))
    return redirect("marking")


def _lost(request: HttpRequest) -> HttpResponse:
    """Whoever took longer than the essay was kept for them; what they wrote to its writer is given back."""
    context = {"feedback": request.POST.get("feedback", "").strip(), "section": "marking"}
    return render(request, "quizzes/marking/lost.html", context, status=HTTPStatus.CONFLICT)


def _rows(page: reports.EssayPage, form: MarkForm) -> list[dict[str, Any]]:
    told = {one["field"]: one["text"] for one in _errors(page, form)}
    return [
        {**criterion, "value": form[criterion["field"]].value() or "", "error": told.get(criterion["field"], "")}
        for criterion in page.criteria
    ]


def _errors(page: reports.EssayPage, form: MarkForm) -> list[dict[str, str]]:
    faulty = [criterion for criterion in page.criteria if criterion["field"] in form.errors]
    words = _("Give from 0 to %(points)d points: %(criterion)s")
    found = [
        {"field": one["field"], "text": words % {"points": one["points"], "criterion": one["text"]}} for one in faulty
    ]
    if "feedback" in form.errors:
        found.append({"field": "feedback", "text": _("This is longer than 5000 characters. Shorten it, then save.")})
    return found
