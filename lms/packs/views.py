"""L&D's ways for courses in and out, inside the CMS: a new course and its first publication, a course as a pack and
back, a file as a lesson."""

import uuid
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.models import CoursePage, ModulePage
from lms.models import CourseImport
from lms.packs.bringing import ENDS, ArticleRefused, bring_article
from lms.packs.dumping import zipped
from lms.packs.exporting import ExportError, export_course
from lms.packs.launching import LaunchRefused, launch
from lms.packs.reading import PackError
from lms.packs.rights import may_begin, may_publish
from lms.packs.sent import request_import, try_import_again
from lms.packs.starting import TITLE_LENGTH, StartError, start_course
from lms.packs.uploading import LIMITS
from lms.packs.zips import Limits

EARLIER = 10  # imports that are listed


def _beginners_only(request: HttpRequest) -> None:
    if not may_begin(request.user):
        raise PermissionDenied


# --- a new course --------------------------------------------------------------------------------------------------
class NewCourseForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Title"), max_length=TITLE_LENGTH)
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages"),
        choices=settings.LANGUAGES,
        initial=[code for code, _name in settings.LANGUAGES],
        widget=forms.CheckboxSelectMultiple,
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("A short name without spaces. Empty: it is made of the title."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def course_new(request: HttpRequest) -> HttpResponse:
    _beginners_only(request)
    form = NewCourseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        titles = dict.fromkeys(form.cleaned_data["languages"], form.cleaned_data["title"])
        try:
            course = start_course(titles=titles, code=form.cleaned_data["code"], by=request.user)
        except (StartError, PackError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request,
                _("“%(title)s” is a draft now, with a lesson, a scenario and a quiz to write over.")
                % {"title": course.title},
            )
            return redirect("course-outline", course.pk)
    return render(request, "lms/staff/course_new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def course_launch(request: HttpRequest, page: int) -> HttpResponse:
    course = get_object_or_404(CoursePage, pk=page)
    if not course.permissions_for_user(request.user).can_publish():
        raise Http404
    user: Any = request.user
    try:
        count = launch(course=course, by=user)
    except LaunchRefused as refused:
        messages.error(request, _("Nothing was published. This has to be put right first:"))
        for title, why in refused.reasons:
            messages.error(request, f"{title}: {why}")
    else:
        text = ngettext(
            "%(count)d page or question is published. The course is open to nobody until you open or assign it.",
            "%(count)d pages and questions are published. The course is open to nobody until you open or assign it.",
            count,
        )
        if count:
            messages.success(request, text % {"count": count})
        else:
            messages.info(request, _("This course was published before. Publish its pages themselves."))
    return redirect("course-outline", course.pk)


# --- a course as a pack, and back ----------------------------------------------------------------------------------
@require_safe
def course_export(request: HttpRequest, page: int) -> HttpResponse:
    """What the pack will hold, and what it cannot; the file itself is one link further."""
    course = get_object_or_404(CoursePage, pk=page)
    try:
        export, refused = export_course(course), ""
    except ExportError as error:
        export, refused = None, str(error)
    context = {"page": course, "export": export, "refused": refused}
    return render(request, "lms/staff/course_export.html", context, status=422 if refused else 200)


@require_safe
def course_export_file(request: HttpRequest, page: int) -> HttpResponse:
    course = get_object_or_404(CoursePage, pk=page)
    try:
        export = export_course(course)
    except ExportError:
        return redirect("course-export", course.pk)
    response = HttpResponse(zipped(export.files), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{export.id}.zip"'
    response["Cache-Control"] = "no-store"
    return response


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File"), max_length=200)

    def __init__(self, *args: Any, ends: tuple[str, ...], most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = most
        self.fields["file"].widget.attrs["accept"] = ",".join(ends)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > self.most:
            raise forms.ValidationError(_("The file is larger than %(count)d MB.") % {"count": self.most // 1_000_000})
        return file


class PackForm(FileForm):
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, ends=(".zip",), most=LIMITS.file_bytes, initial={"key": uuid.uuid4()}, **kwargs)


@require_http_methods(["GET", "HEAD", "POST"])
def course_import(request: HttpRequest) -> HttpResponse:
    _beginners_only(request)
    user: Any = request.user
    form = PackForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            return redirect(request_import(key=sent["key"] or uuid.uuid4(), data=sent["file"].read(), by=user))
        except PackError as error:
            form.add_error("file", _("The pack is refused: %(reason)s") % {"reason": error})
    now = timezone.now()
    earlier = CourseImport.objects.visible_to(user).order_by("-requested_at")[:EARLIER]
    context = {
        "form": form,
        "goes_live": may_publish(user),
        "earlier": [(one, one.state(now)) for one in earlier],
    }
    return render(request, "lms/staff/course_import.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def course_imported(request: HttpRequest, key: UUID) -> HttpResponse:
    """How it goes with what one sent, and what became of it. POST: try again what failed."""
    _beginners_only(request)
    user: Any = request.user
    sent = get_object_or_404(CourseImport.objects.visible_to(user), key=key)
    if request.method == "POST":
        try_import_again(sent=sent)
        return redirect(sent)
    context = {
        "sent": sent,
        "state": sent.state(timezone.now()),
        "course": CoursePage.of_key(sent.course_key) if sent.made_at else None,
    }
    return render(request, "lms/staff/course_imported.html", context)


# --- a file as a lesson --------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def article_import(request: HttpRequest, page: int) -> HttpResponse:
    module = get_object_or_404(ModulePage, pk=page)
    if not module.permissions_for_user(request.user).can_add_subpage():
        raise Http404
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = FileForm(*posted, ends=ENDS, most=Limits().file_bytes)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            brought = bring_article(module=module, name=file.name, data=file.read(), by=request.user)
        except ArticleRefused as error:
            form.add_error("file", str(error))
        else:
            messages.success(
                request,
                _("“%(title)s” is a draft now, with a source point for each heading. Add its objectives.")
                % {"title": brought.lesson.title},
            )
            for lost in brought.lost:
                messages.warning(request, lost)
            return redirect("wagtailadmin_pages:edit", brought.lesson.pk)
    context = {"form": form, "module": module}
    return render(request, "lms/staff/article_import.html", context, status=422 if form.errors else 200)
