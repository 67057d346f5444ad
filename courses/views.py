"""The course and its lessons, as somebody enrolled in it meets them."""

from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import actions, kinds, practice, reports, rules
from courses.models import CoursePage, Enrolment, Reflection

REFLECTION_LIMIT = 5000


def own(request: HttpRequest, enrolment: UUID) -> Enrolment:
    mine = get_object_or_404(Enrolment.objects.open_for(request.user), key=enrolment)
    mine.person = request.user  # known, so not asked for again
    return mine


class NotTheirStep(Http404):
    """A step that the course has, or had, in another version than this person's."""


def shown_or_404(enrolment: Enrolment, step: UUID) -> reports.Shown:
    try:
        return reports.shown_step(enrolment, step, get_language())
    except reports.NotInCourse as error:
        raise (NotTheirStep if reports.is_of_course(enrolment.course_key, step) else Http404) from error


def or_back_to_the_course(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever comes to a step that was withdrawn, by an old link or an old form, is told so on their course's page."""

    @wraps(view)
    def inner(request: HttpRequest, enrolment: UUID, **where: Any) -> HttpResponse:
        try:
            return view(request, enrolment, **where)
        except NotTheirStep:
            text = _(
                "That step is not, or no longer, part of your course. Nothing is asked of you for it, and what you "
                "finished stays finished. Your L&D team can tell you more."
            )
            link = format_html('<a href="{}">{}</a>', reverse("help"), _("Who can help"))
            messages.info(request, format_html("{} {}", text, link))
            return redirect("enrolment", enrolment)

    return inner


@require_safe
def enrolment(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    mine = own(request, enrolment)
    return render(request, "courses/enrolment.html", {"outline": reports.outline(mine, get_language())})


@require_POST
def begin(request: HttpRequest, course: UUID) -> HttpResponse:
    """Enrol oneself in a course that is open to everybody."""
    page = _open_page(course, get_language())
    try:
        mine = actions.enrol(person=request.user, course_key=page.translation_key)
    except actions.NotPublished:
        messages.error(request, _("This course has no lessons yet."))
        return redirect(page.get_url(request))
    return redirect("enrolment", mine.key)


def _open_page(course: UUID, language: str) -> CoursePage:
    """In this language if there is one: whoever reads another one may begin what is on their screen all the same."""
    pages = list(CoursePage.objects.live().filter(translation_key=course, is_open=True).select_related("locale"))
    if not pages:
        raise Http404
    return next((page for page in pages if page.locale.language_code == language), pages[0])


@require_POST
def start(request: HttpRequest, enrolment: UUID) -> HttpResponse:
    mine = actions.start(enrolment=own(request, enrolment))
    return redirect(reports.outline(mine, get_language()).continue_url or reverse("enrolment", args=[mine.key]))


@require_safe
@or_back_to_the_course
def step(request: HttpRequest, enrolment: UUID, step: UUID) -> HttpResponse:
    """GET of any step: what its kind shows for it."""
    mine = own(request, enrolment)
    shown = shown_or_404(mine, step)
    return kinds.get(shown.version.kind).view(request, mine, shown)


def lesson(
    request: HttpRequest,
    enrolment: Enrolment,
    shown: reports.Shown,
    status: int = 200,
    fault: Any = None,
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:
    """fault: what a practice question found wrong with the answer just sent. typed: notes that were not saved, by
    block."""
    outline = reports.beside(enrolment, get_language(), shown)
    key = str(shown.version.step_key)
    kept = Reflection.objects.filter(enrolment=enrolment, step_key=key).values_list("block_key", "text")
    notes = dict(kept) | dict(typed or {})
    context = {
        "enrolment": enrolment,
        "shown": shown,
        "content": shown.content,
        "parts": rules.lesson_parts(shown.content["body"]["blocks"], notes),
        "steps_here": {row.key for row in outline.steps},
        "practice": practice.shown(enrolment, shown, fault),
        "outline": outline,
        "current": key,
        "is_done": any(row.key == key and row.is_done for row in outline.steps),
        "redo": next((row.redo for row in outline.to_redo if row.key == key), None),
        "before": outline.before(key),
        "after": outline.after(key),
    }
    return render(request, "courses/lesson.html", context, status=status)


@require_POST
@or_back_to_the_course
def complete(request: HttpRequest, enrolment: UUID, step: UUID) -> HttpResponse:
    """The explicit act that finishes a lesson. Other kinds finish by their own acts."""
    mine = own(request, enrolment)
    shown = shown_or_404(mine, step)
    if shown.version.kind != "lesson":
        raise Http404
    if actions.changed_while_read(enrolment=mine, version=shown.version, seen=request.POST.get("version", "")):
        messages.info(request, _("This lesson changed while you were reading. Please read it again as it is now."))
        return redirect("step", mine.key, step)
    was_complete = mine.completed_at
    mine = actions.complete_step(enrolment=mine, version=shown.version)
    if mine.completed_at and not was_complete:
        return redirect("enrolment", mine.key)
    following = reports.outline(mine, get_language()).after(str(step))
    if following:
        actions.move_place(enrolment=mine, step_key=UUID(following.key))
        return redirect(following.url)
    return redirect("enrolment", mine.key)


@require_POST
def place(request: HttpRequest, enrolment: UUID, step: UUID) -> HttpResponse:
    """Where the reader is on the page. Sent by the page itself while one reads; nobody's progress depends on it."""
    mine = own(request, enrolment)
    shown_or_404(mine, step)
    actions.keep_place(enrolment=mine, step_key=step, anchor=request.POST.get("anchor", "")[:64])
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_POST
@or_back_to_the_course
def reflection(request: HttpRequest, enrolment: UUID, step: UUID, block: str) -> HttpResponse:
    mine = own(request, enrolment)
    shown = shown_or_404(mine, step)
    blocks = {row["id"] for row in shown.content["body"].get("blocks", []) if row["kind"] == "reflection"}
    if block not in blocks:
        raise Http404
    text = request.POST.get("text", "").replace("\r\n", "\n").strip()  # a line end is one character, as in the field
    if len(text) > REFLECTION_LIMIT:
        messages.error(
            request, _("Your note is longer than 5,000 characters. It was not saved; shorten it and save again.")
        )
        return lesson(request, mine, shown, status=HTTPStatus.UNPROCESSABLE_ENTITY, typed={block: text})
    is_leaving = request.headers.get("Accept") == "application/json"  # by keep-note.js, on the way to another page
    actions.save_reflection(enrolment=mine, step_key=step, block_key=block, text=text, is_leaving=is_leaving)
    if is_leaving:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    saved_at = timezone.localtime().strftime("%H:%M")
    messages.success(request, _("Note saved at %(time)s. Only you can read it.") % {"time": saved_at})
    return redirect(reverse("step", args=[mine.key, step]) + f"#b-{block}")


@require_safe
@or_back_to_the_course
def job_aid(request: HttpRequest, enrolment: UUID, step: UUID, block: str) -> HttpResponse:
    """A desk card on a page of its own, made for print."""
    shown = shown_or_404(own(request, enrolment), step)
    cards = [row for row in shown.content["body"].get("blocks", []) if row["kind"] == "job_aid" and row["id"] == block]
    if not cards:
        raise Http404
    back = reverse("step", args=[enrolment, step]) + f"#b-{block}"
    return render(request, "courses/job_aid.html", {"card": cards[0], "shown": shown, "back": back})
