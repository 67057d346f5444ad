"""A self-check: a quiz that is open to guests, taken without an account. What was answered stays for three days, for
this browser alone, whoever is signed in there; it is never training."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from assessments.quizzes import actions, reports
from assessments.quizzes.models import GuestSitting
from assessments.quizzes.models.guests import KEPT
from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import STALE, Posted, Refused
from courses.reports import Shown
from people.doors import Door, client_ip

COOKIE, PATH = "self-check", "/self-check/"
# A whole class may sit behind the one address of its company.
BEGINNINGS = Door("self-check", 100, timedelta(minutes=15))
ANSWERS = Door("self-check-answer", 3000, timedelta(minutes=15))


def public(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever has the address may look; search engines may not, and no cache keeps it."""

    @never_cache
    @wraps(view)
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = view(request, **kwargs)
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response

    return inner


def not_more_than(door: Door) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def inner(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if door.opens_for(client_ip(request)):
                return view(request, **kwargs)
            minutes = door.within // timedelta(minutes=1)
            response = render(request, "quizzes/self_check_too_often.html", {"minutes": minutes}, status=429)
            response["Retry-After"] = int(door.within.total_seconds())
            return response

        return inner

    return decorate


def open_or_404(step: UUID) -> Shown:
    try:
        return reports.open_quiz(step, get_language())
    except reports.NotOpen as error:
        raise Http404 from error


def guest_of(request: HttpRequest) -> str:
    """The key of this browser, "" where it has none that we signed in the last three days."""
    return request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=KEPT) or ""


def sitting_of(request: HttpRequest, step: UUID) -> GuestSitting | None:
    return GuestSitting.objects.open_for(guest_of(request), timezone.now()).filter(step_key=step).first()


def with_sitting(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view what this browser began at this quiz; without that it goes to the start."""

    @wraps(view)
    def inner(request: HttpRequest, step: UUID, **kwargs: Any) -> HttpResponse:
        open_or_404(step)
        sitting = sitting_of(request, step)
        if sitting is None:
            return redirect("self-check", step)
        check = reports.self_check(sitting, get_language())
        if not 1 <= kwargs.get("number", 1) <= check.total:
            raise Http404
        return view(request, check, **kwargs)

    return inner


@require_safe
@public
def self_check(request: HttpRequest, step: UUID) -> HttpResponse:
    """What it is and what is kept, before anything is."""
    shown = open_or_404(step)
    sitting = sitting_of(request, step)
    begun = reports.self_check(sitting, get_language()) if sitting else None
    total = reports.length_of(shown)
    context = {"shown": shown, "total": total, "begun": begun, "days": KEPT // timedelta(days=1)}
    return render(request, "quizzes/self_check.html", context)


@require_POST
@public
@not_more_than(BEGINNINGS)
def self_check_start(request: HttpRequest, step: UUID) -> HttpResponse:
    shown = open_or_404(step)
    guest = guest_of(request) or secrets.token_urlsafe(32)
    actions.begin_as_guest(guest=guest, version=shown.version)
    response = redirect("self-check-question", step, 1)
    response.set_signed_cookie(
        COOKIE,
        guest,
        salt=COOKIE,
        max_age=KEPT,
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@require_safe
@public
@with_sitting
def self_check_question(request: HttpRequest, check: reports.SelfCheck, number: int) -> HttpResponse:
    return _page(request, check, number, check.page(number))


@require_POST
@public
@not_more_than(ANSWERS)
@with_sitting
def self_check_answer(request: HttpRequest, check: reports.SelfCheck, number: int) -> HttpResponse:
    """Keep the answer, then explain."""
    key = check.sitting.keys[number - 1]
    question = check.quiz.question(key)
    posted: Posted = dict(request.POST.lists())
    if key not in check.answers:
        try:
            if request.POST.get("turn") != check.turn:  # a form of a paper that this browser had before
                raise Refused(STALE, "")
            response = types.get(question.type).parse(posted, question, check.sitting.order(key))
            actions.answer_as_guest(sitting=check.sitting, question_key=key, response=response)
        except Refused as fault:
            kept = {} if fault.message == STALE else posted  # of an older page it would tick other options
            page = check.page(number, kept, fault)
            return _page(request, check, number, page, HTTPStatus.UNPROCESSABLE_ENTITY)
        except actions.Forgotten:
            return redirect("self-check", check.step_key)
    return redirect(reverse("self-check-question", args=[check.step_key, number]) + "#explanation")


@require_safe
@public
@with_sitting
def self_check_result(request: HttpRequest, check: reports.SelfCheck) -> HttpResponse:
    return render(request, "quizzes/self_check_result.html", {"check": check, "days": KEPT // timedelta(days=1)})


def _page(
    request: HttpRequest, check: reports.SelfCheck, number: int, page: reports.OneQuestion, status: int = HTTPStatus.OK
) -> HttpResponse:
    following = number + 1 if number < check.total else 0
    context = {"check": check, "page": page, "number": number, "following": following}
    return render(request, "quizzes/self_check_question.html", context, status=status)
