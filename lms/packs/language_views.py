"""L&D's screen of the languages of a course: what lags, PO files out and in, and what is complete going live."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from wagtail.models import Page
from wagtail_localize.models import Translation, get_edit_url

from assessments.quizzes.models import Question
from courses.models import CoursePage
from courses.outline.reports import Name, names_in
from lms.packs.languages import begin, publish_waiting, rows_of
from lms.packs.po import (
    LIMITS,
    PoRefused,
    Taken,
    begin_following,
    course_of,
    export_one,
    export_zip,
    import_po,
    is_followed,
    source_of,
)
from lms.packs.translating import NOTHING
from lms.packs.views import FileForm

LANGUAGES = dict(settings.LANGUAGES)


class Upload(FileForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, ends=(".zip", ".po"), most=LIMITS.file_bytes, **kwargs)
        self.fields["file"].label = gettext_lazy("Zip of PO files, or one PO file")


def others(course: CoursePage) -> list[str]:
    """The languages this course is translated into. Only what is written in the source language of the site is."""
    if course.locale.language_code != settings.LANGUAGE_CODE:
        return []
    pages = CoursePage.objects.filter(translation_key=course.translation_key).exclude(locale=course.locale_id)
    found = set(pages.values_list("locale__language_code", flat=True))
    return [code for code in LANGUAGES if code in found]


def _fetch(request: HttpRequest, page: int) -> tuple[CoursePage, str]:
    """The course in its source language, and the language asked for, "" where it has no other. Who may not edit the
    course finds nothing."""
    found = get_object_or_404(CoursePage, pk=page)
    if not found.permissions_for_user(request.user).can_edit():
        raise Http404
    course = source_of(found)
    languages = others(course)
    asked = request.GET.get("language") or found.locale.language_code
    if asked == course.locale.language_code:
        asked = languages[0] if languages else ""
    if asked and asked not in languages:
        raise Http404
    return course, asked


@require_http_methods(["GET", "HEAD", "POST"])
def course_translation(request: HttpRequest, page: int) -> HttpResponse:
    course, language = _fetch(request, page)
    if not language:
        name = names_in(course, [course])[course.translation_key]
        return render(request, "lms/staff/course_translation.html", {"course": course, "name": name, "language": ""})
    if request.method == "POST" and request.POST.get("act") == "follow":
        return _follow(request, course, language)
    if request.method == "POST" and request.POST.get("act") == "publish":
        return _publish(request, course, language)
    if request.method == "POST" and request.POST.get("act") == "begin":
        return _begin(request, course, language)
    form = Upload(*((request.POST, request.FILES) if request.method == "POST" else ()))
    faults: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            taken = import_po(course, language, form.cleaned_data["file"].read(), by=request.user)
        except PoRefused as refused:
            faults = refused.faults
        else:
            _tell(request, taken)
            return redirect(_address(course, language))
    rows = rows_of(course, language)
    called = names_in(course, [course, *(row.source for row in rows if isinstance(row.source, Page))])
    context = {
        "course": course,
        "name": called[course.translation_key],
        "language": language,
        "language_name": LANGUAGES[language],
        "languages": [(code, LANGUAGES[code]) for code in others(course)],
        "is_followed": is_followed(course),
        "total": sum((row.progress for row in rows), NOTHING),
        "rows": [
            (row, called.get(row.source.translation_key) or _name(row.source), row.target and get_edit_url(row.target))
            for row in rows
            if _needs_somebody(row)
        ],
        "waiting": sum(row.waits for row in rows),
        "may_publish": course.permissions_for_user(request.user).can_publish(),
        "form": form,
        "faults": faults,
    }
    status = 422 if form.errors or faults else 200
    return render(request, "lms/staff/course_translation.html", context, status=status)


def _name(question: Question) -> Name:
    """Only pages are told in the reader's language: a question is known by its short name."""
    return Name(str(question), settings.LANGUAGE_CODE)


def _needs_somebody(row: Any) -> bool:
    return row.progress.missing > 0 or row.waits or row.target is None


def _address(course: CoursePage, language: str) -> str:
    return f"{reverse('course-translation', args=[course.pk])}?language={language}"


def _tell(request: HttpRequest, taken: Taken) -> None:
    text = ngettext("%(count)d text was taken.", "%(count)d texts were taken.", taken.written)
    messages.success(request, text % {"count": taken.written})
    if taken.fuzzy:
        text = ngettext(
            "%(count)d fuzzy text was left out: look it over and take the mark off.",
            "%(count)d fuzzy texts were left out: look them over and take the marks off.",
            taken.fuzzy,
        )
        messages.warning(request, text % {"count": taken.fuzzy})
    if taken.changed:
        text = _("The source has changed since these files were made. What changed was left out: %(names)s")
        messages.warning(request, text % {"names": ", ".join(taken.changed[:10])})


def _follow(request: HttpRequest, course: CoursePage, language: str) -> HttpResponse:
    begin_following(course)
    messages.success(request, _("The texts of this course can be translated now."))
    return redirect(_address(course, language))


def _publish(request: HttpRequest, course: CoursePage, language: str) -> HttpResponse:
    if not course.permissions_for_user(request.user).can_publish():
        raise PermissionDenied
    done, refused = publish_waiting(course, language, by=request.user)
    text = ngettext("%(count)d translation is live now.", "%(count)d translations are live now.", len(done))
    messages.success(request, text % {"count": len(done)})
    for source, why in list(refused.items())[:10]:
        messages.error(request, f"{source}: {why}")
    return redirect(_address(course, language))


def _begin(request: HttpRequest, course: CoursePage, language: str) -> HttpResponse:
    key = request.POST.get("key", "")
    row = next((row for row in rows_of(course, language) if str(row.source.translation_key) == key), None)
    if row is None:
        raise Http404
    if row.translation is None and row.target is not None:
        return redirect(get_edit_url(row.target))
    translation = begin(row.source, language, by=request.user)
    return redirect(translation.get_target_instance_edit_url())


@require_safe
def course_po(request: HttpRequest, page: int) -> HttpResponse:
    course, language = _fetch(request, page)
    if not language:
        raise Http404
    if not is_followed(course):
        return redirect(_address(course, language))  # where it says so, and can be begun
    return _file(export_zip(course, language), f"{course.code}-{language}.zip", "application/zip")


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


# --- in place of wagtail-localize's own, whose files hold the keys of blocks and are taken as they come --------------
def _one(request: HttpRequest, translation_id: int) -> tuple[Translation, Any, CoursePage]:
    translation = get_object_or_404(Translation, pk=translation_id)
    target = translation.get_target_instance()
    if isinstance(target, Page):
        allowed = target.permissions_for_user(request.user).can_edit()
    else:
        allowed = isinstance(target, Question) and request.user.has_perm("quizzes.change_question")
    course = course_of(translation.source.get_source_instance()) if allowed else None
    if course is None:
        raise Http404
    return translation, target, course


@require_safe
def po_download(request: HttpRequest, translation_id: int) -> HttpResponse:
    translation, target, course = _one(request, translation_id)
    language = translation.target_locale.language_code
    name = f"{course.code}-{target.pk}-{language}.po"
    return _file(export_one(translation, course), name, "text/x-gettext-translation")


@require_POST
def po_upload(request: HttpRequest, translation_id: int) -> HttpResponse:
    translation, target, course = _one(request, translation_id)
    form = Upload(request.POST, request.FILES)
    if not form.is_valid():
        for fault in form.errors.get("file", []):
            messages.error(request, str(fault))
        return redirect(get_edit_url(target))
    try:
        language = translation.target_locale.language_code
        _tell(request, import_po(course, language, form.cleaned_data["file"].read(), by=request.user))
    except PoRefused as refused:
        for fault in refused.faults:
            messages.error(request, fault)
    return redirect(get_edit_url(target))
