"""The outline of a course in the CMS: what it is made of, what it needs, and its order."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.models import CoursePage
from courses.outline import actions, reports


def _editable(request: HttpRequest, page: Any) -> Any:
    """Its tester of permissions; 404 for who may not edit it."""
    allowed = page.permissions_for_user(request.user)
    if not allowed.can_edit():
        raise Http404
    return allowed


@require_safe
def outline(request: HttpRequest, course: int) -> HttpResponse:
    found = get_object_or_404(CoursePage.objects.select_related("locale"), pk=course)
    allowed = _editable(request, found)
    context = {
        "outline": reports.course_outline(found),
        "may_add": allowed.can_add_subpage(),
        "may_move": allowed.can_reorder_children(),
        "is_new": not found.live and found.first_published_at is None,
        "may_publish": allowed.can_publish(),
    }
    return render(request, "courses/staff/outline.html", context)


@require_POST
def move(request: HttpRequest, course: int, page: int) -> HttpResponse:
    """The answer leads back to the button that was pressed, or to its twin where that one has nowhere left to go."""
    found = get_object_or_404(CoursePage.objects.select_related("locale"), pk=course)
    moved = get_object_or_404(found.get_descendants(), pk=page)
    if not _editable(request, found).can_reorder_children():
        raise Http404
    up, at = request.POST.get("way") != "down", request.POST.get("at", "")
    if at.isdecimal() and len(at) < 6 and actions.move(page=moved, up=up, at=int(at), by=request.user):
        name = reports.names_in(found, [moved])[moved.translation_key]
        messages.success(request, _("“%(title)s” was moved, in every language.") % {"title": name.title})
    else:
        messages.warning(request, _("The order had changed meanwhile. Nothing was moved."))
    return redirect(f"{reverse('course-outline', args=[found.pk])}#{'up' if up else 'down'}-{moved.pk}")
