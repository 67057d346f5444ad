"""What certificates add to the CMS: the register, the look of one course's certificates, PDFs that were given up."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.search import SearchArea
from wagtail.admin.ui.components import Component
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from certificates import staff
from certificates.models import Certificate, CourseLook


@hooks.register("register_admin_urls")
def staff_urls() -> list:
    return [
        path("certificates/", staff.register, name="certificate-register"),
        path("certificates/try-again/", staff.try_again, name="certificate-try-again"),
        path("certificates/downloads/", staff.downloads, name="certificate-downloads"),
        path("certificates/downloads/<uuid:key>/", staff.download, name="certificate-download"),
        path("certificates/downloads/<uuid:key>/zip/", staff.download_file, name="certificate-download-file"),
        path("certificates/<str:serial>/", staff.certificate, name="certificate-staff"),
        path("certificates/<str:serial>/revoke/", staff.revoke, name="certificate-revoke"),
        path("certificates/<str:serial>/reissue/", staff.reissue, name="certificate-reissue"),
    ]


class OfLearningStaff:
    """Menu and search show the register to L&D and admins alone."""

    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.is_learning_staff  # type: ignore[union-attr]


class RegisterItem(OfLearningStaff, MenuItem):
    pass


class RegisterSearch(OfLearningStaff, SearchArea):
    pass


@hooks.register("register_admin_menu_item")
def register_item() -> MenuItem:
    return RegisterItem(gettext_lazy("Certificates"), reverse("certificate-register"), icon_name="success", order=260)


@hooks.register("register_admin_search_area")
def register_search() -> SearchArea:
    return RegisterSearch(
        gettext_lazy("Certificates"),
        reverse("certificate-register"),
        name="certificates",
        icon_name="success",
        order=260,
    )


class GivenUp(Component):
    """Warns on the home page while PDFs were given up: their cause needs somebody."""

    order = 60

    def __init__(self, parked: int) -> None:
        self.parked = parked

    def render_html(self, parent_context: Any = None) -> str:
        return render_to_string("certificates/staff/given_up.html", {"parked": self.parked})


@hooks.register("construct_homepage_panels")
def warn_of_certificates_given_up(request: HttpRequest, panels: list) -> None:
    parked = Certificate.objects.managed_by(request.user).parked().count()  # type: ignore[arg-type]
    if parked:
        panels.append(GivenUp(parked))


class CourseLooks(SnippetViewSet):
    model = CourseLook
    icon = "success"
    menu_label = gettext_lazy("Certificates of one course")
    list_display = ["title", "layout"]
    add_to_settings_menu = True


register_snippet(CourseLooks)
