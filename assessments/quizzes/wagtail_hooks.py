"""Staff screens of quizzes in the CMS: the bank and its files, marking again, essays that wait, the item analysis."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets import Button
from wagtail.models import Page

from assessments.quizzes import bank_files
from assessments.quizzes.models import QuizPage
from assessments.quizzes.models.marking import MAY_MARK
from assessments.quizzes.reports.analysis import hardest
from assessments.quizzes.staff import analysis, attempts, bank, publishing, regrading
from assessments.quizzes.staff import wagtail_hooks as bank_hooks  # noqa: F401  registers the bank
from people.models import User


@hooks.register("register_admin_urls")
def staff_urls() -> list:
    return [
        path("regrade/<uuid:question>/", regrading.regrade, name="regrade"),
        path("attempts/<uuid:step>/", attempts.quiz_attempts, name="quiz-attempts"),
        path("analysis/", analysis.analyses, name="analyses"),
        path("analysis/<uuid:step>/", analysis.analysis, name="analysis"),
        path("analysis/<uuid:step>/csv/", analysis.analysis_csv, name="analysis-csv"),
        path("questions/<uuid:question>/<slug:language>/", bank.question_preview, name="question-preview"),
        path(
            "questions/publishing/<uuid:question>/<slug:language>/",
            publishing.question_publishing,
            name="question-publishing",
        ),
        path("questions/import/", bank_files.question_import, name="question-import"),
        path("questions/export/", bank_files.question_export, name="question-export"),
        path("questions/export/<slug:form>/", bank_files.question_file, name="question-file"),
    ]


@hooks.register("register_page_header_buttons")
def quiz_buttons(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Of a quiz, all the questions it may draw."""
    if page.specific_class is QuizPage and user.has_perm(bank_files.MAY_CHANGE):
        address = f"{reverse('question-export')}?quiz={page.translation_key}&locale={page.locale.language_code}"
        yield Button(_("Export questions"), url=address, icon_name="download", priority=85)


@hooks.register("register_permissions")
def permissions() -> QuerySet[Permission]:
    """So that a group of any name can be given it, in the CMS."""
    app, codename = MAY_MARK.split(".")
    return Permission.objects.filter(content_type__app_label=app, codename=codename)


class MarkingItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_MARK)


@hooks.register("register_admin_menu_item")
def marking_item() -> MenuItem:
    """The heading's own words are cut off there in Polish."""
    return MarkingItem(pgettext_lazy("menu", "Essays to mark"), reverse("marking"), icon_name="edit", order=255)


@hooks.register("register_reports_menu_item")
def analyses_item() -> MenuItem:
    return MenuItem(_("Item analysis"), reverse("analyses"), name="item-analysis", icon_name="view", order=300)


@hooks.register("register_page_header_buttons")
def analysis_button(page: Page, user: User, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """On a quiz that was ever published."""
    if page.specific_class is QuizPage and page.first_published_at:
        yield Button(
            _("Item analysis"), reverse("analysis", args=[page.translation_key]), icon_name="view", priority=75
        )


@hooks.register("register_page_header_buttons")
def attempts_button(page: Page, user: User, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    if page.specific_class is QuizPage and page.first_published_at and user.is_learning_staff:
        yield Button(
            _("Attempts"), reverse("quiz-attempts", args=[page.translation_key]), icon_name="history", priority=74
        )


@hooks.register("register_page_header_buttons")
def self_check_button(page: Page, user: User, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """The address to give to guests, while there is something at it."""
    if page.specific_class is QuizPage and page.live and page.specific.open_to_guests:
        address = reverse("self-check", args=[page.translation_key])
        yield Button(_("Self-check"), address, icon_name="group", priority=80)


class QuizzesPanel(Component):
    """Beside the courses: where people fail. Nothing while too few have tried."""

    order = 61

    def render_html(self, parent_context: Any = None) -> str:
        rows = hardest(get_language())
        return render_to_string("quizzes/staff/home_quizzes.html", {"rows": rows}) if rows else ""


@hooks.register("construct_homepage_panels")
def quizzes_on_the_home_page(request: HttpRequest, panels: list) -> None:
    user: Any = request.user
    if user.is_learning_staff:
        panels.append(QuizzesPanel())
