"""Screens that join everybody: a person's own page, the front door, health, errors."""

from http import HTTPStatus

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from lms import reports

_is_migrated = False  # see _migrations_waiting


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect("my" if request.user.is_authenticated else "login")


@require_safe
def my(request: HttpRequest) -> HttpResponse:
    """What to do, why, how long, by when, and one button that continues where one stopped."""
    page = reports.my_training(
        person=request.user, now=timezone.now(), today=timezone.localdate(), language=get_language()
    )
    return render(request, "lms/my.html", {"page": page, "today": timezone.localdate()})


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"ok": True})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve: the database answers and no migration waits."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        waiting = _migrations_waiting()
    except DatabaseError:
        return JsonResponse({"database": False}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    status = HTTPStatus.SERVICE_UNAVAILABLE if waiting else HTTPStatus.OK
    return JsonResponse({"database": True, "migrations_waiting": waiting}, status=status)


def _migrations_waiting() -> int:
    """Every module of migrations is read for the answer, and anybody may ask: once nothing waits, nothing will while
    this process lives, since new migrations come with new code."""
    global _is_migrated
    if _is_migrated:
        return 0
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _is_migrated = not waiting
    return waiting


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=HTTPStatus.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", status=HTTPStatus.INTERNAL_SERVER_ERROR)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose security token is missing or old: say so, keep nothing half done."""
    return render(request, "lms/stale_form.html", status=HTTPStatus.FORBIDDEN)
