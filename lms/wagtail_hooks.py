"""What the whole product adds to the CMS: ways for courses in and out (lms/packs/views.py)."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from courses.models import CataloguePage, CoursePage, ModulePage
from lms.packs import views


@hooks.register("register_admin_urls")
def pack_urls() -> list:
    return [
        path("new-course/", views.course_new, name="course-new"),
        path("import-course/", views.course_import, name="course-import"),
        path("courses/<int:page>/export/", views.course_export, name="course-export"),
        path("courses/<int:page>/export/file/", views.course_export_file, name="course-export-file"),
        path("modules/<int:page>/article/", views.article_import, name="article-import"),
    ]


@hooks.register("register_page_header_buttons")
def pack_buttons(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    yield from _buttons(page, user)


@hooks.register("register_page_listing_more_buttons")
def pack_listing_buttons(page: Page, user: Any, next_url: str | None = None) -> Iterator[Button]:
    yield from _buttons(page, user)


def _buttons(page: Page, user: Any) -> Iterator[Button]:
    kind = page.specific_class
    if kind is CataloguePage and views.may_publish(user):
        yield Button(_("New course"), reverse("course-new"), icon_name="plus", priority=5)
        yield Button(_("Import a course"), reverse("course-import"), icon_name="upload", priority=6)
    elif kind is CoursePage:
        yield Button(_("Export"), reverse("course-export", args=[page.pk]), icon_name="download", priority=70)
    elif kind is ModulePage:
        yield Button(
            _("Lesson from a file"), reverse("article-import", args=[page.pk]), icon_name="upload", priority=16
        )


class FirstCourse(Component):
    """On the home page of a site without courses."""

    order = 40

    def render_html(self, parent_context: Any = None) -> str:
        return render_to_string("lms/staff/first_course.html")


@hooks.register("construct_homepage_panels")
def quick_start(request: HttpRequest, panels: list) -> None:
    if views.may_publish(request.user) and not CoursePage.objects.exists():
        panels.append(FirstCourse())
