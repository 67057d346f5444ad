"""Practice: three questions a day from finished lessons, one a page, each explained at once. Nobody else reads it."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from assessments.quizzes import actions, reports
from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import STALE, Posted, Refused
from assessments.quizzes.views import form_key


def with_today(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the reader's own questions of today, and 404 for a question that is none of them."""

    @wraps(view)
    def inner(request: HttpRequest, question: UUID | None = None, **kwargs: Any) -> HttpResponse:
        today = reports.day(request.user, timezone.localdate(), get_language())
        if question is None:
            return view(request, today, **kwargs)
        if str(question) not in today.sources:
            raise Http404
        return view(request, today, str(question), **kwargs)

    return inner


@require_safe
@with_today
def practice(request: HttpRequest, today: reports.Day) -> HttpResponse:
    """To the next question of today; without one, when there will be some."""
    if today.left:
        return redirect("practice-one", today.left[0])
    return render(request, "quizzes/practice_done.html", {"today": today})


@require_safe
@with_today
def practice_one(request: HttpRequest, today: reports.Day, key: str) -> HttpResponse:
    return _page(request, today, key, today.page(key))


@require_POST
@with_today
def practice_answer(request: HttpRequest, today: reports.Day, key: str) -> HttpResponse:
    """Keep the answer, then explain. The first one of the day stays."""
    if today.page(key).explained is None:
        posted: Posted = dict(request.POST.lists())
        try:
            _keep(request, today, key, posted)
        except Refused as fault:
            kept = {} if fault.message == STALE else posted  # of an older page it would tick other options
            return _page(request, today, key, today.page(key, kept, fault), HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(reverse("practice-one", args=[key]) + "#explanation")


def _keep(request: HttpRequest, today: reports.Day, key: str, posted: Posted) -> None:
    """Raises Refused, also for a form of yesterday: its options stood in another order."""
    idem, source = form_key(request), today.sources[key]
    if request.POST.get("turn") != _turn(today, key):
        raise Refused(STALE, "")
    question = source.question()
    actions.keep_practice(
        person=request.user,
        step_key=source.version.step_key,
        block_key=source.block_key,
        question=question,
        response=types.get(question.type).parse(posted, question, today.order(key, question)),
        idem=idem,
    )


def _turn(today: reports.Day, key: str) -> str:
    """What stood on the screen: this text of the lesson, its options in today's order."""
    return f"{today.sources[key].version.sha256[:16]}-{today.seen[key]}"


def _page(
    request: HttpRequest, today: reports.Day, key: str, page: reports.OneQuestion, status: int = HTTPStatus.OK
) -> HttpResponse:
    context = {"today": today, "page": page, "key": key, "number": today.number(key), "turn": _turn(today, key)}
    return render(request, "quizzes/practice_one.html", context, status=status)
