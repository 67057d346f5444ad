"""The question bank in the CMS, marking again, the way to the essays that wait, and the item analysis."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.menus import MenuItem as ListingItem
from wagtail.admin.widgets import Button
from wagtail.models import Page
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from assessments.quizzes import bank_files
from assessments.quizzes.models import Question, QuizPage
from assessments.quizzes.models.marking import MAY_MARK
from assessments.quizzes.rules import types
from assessments.quizzes.staff import analysis, regrading
from people.models import User


class QuestionIndex(IndexView):
    """The bank; what its list is narrowed to is what is exported."""

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        buttons, asked = list(super().header_more_buttons), self.request.GET.urlencode()
        if self.request.user.has_perm(bank_files.MAY_ADD):
            address = f"{reverse('question-import')}?{asked}"
            buttons.append(Button(_("Import questions"), url=address, icon_name="upload", priority=80))
        if self.request.user.has_perm(bank_files.MAY_CHANGE):
            address = f"{reverse('question-export')}?{asked}"
            buttons.append(Button(_("Export questions"), url=address, icon_name="download", priority=85))
        return buttons


class QuestionViewSet(SnippetViewSet):
    model = Question
    index_view_class = QuestionIndex
    icon = "help"
    menu_label = _("Questions")
    menu_order = 210
    add_to_admin_menu = True
    list_display = ("code", "stem", "type", "objective", "use", "status_string")
    list_filter = ("bank", "module", "objective", "type", "use", "live")
    list_per_page = 50
    ordering = ("code",)


register_snippet(QuestionViewSet)


@hooks.register("register_admin_urls")
def staff_urls() -> list:
    return [
        path("regrade/<uuid:question>/", regrading.regrade, name="regrade"),
        path("analysis/", analysis.analyses, name="analyses"),
        path("analysis/<uuid:step>/", analysis.analysis, name="analysis"),
        path("analysis/<uuid:step>/csv/", analysis.analysis_csv, name="analysis-csv"),
        path("questions/import/", bank_files.question_import, name="question-import"),
        path("questions/export/", bank_files.question_export, name="question-export"),
        path("questions/export/<slug:form>/", bank_files.question_file, name="question-file"),
    ]


@hooks.register("register_bulk_action")
class ExportSelected(SnippetBulkAction):
    """Of the questions that were ticked in the list."""

    display_name = _("Export")
    aria_label = _("Export the selected questions")
    action_type = "export"
    models = [Question]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = QueryDict(mutable=True)
        asked.setlist("id", [one for one in request.GET.getlist("id") if one != "all"])
        return redirect(f"{reverse('question-export')}?{asked.urlencode()}")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.get(request)


@hooks.register("register_page_header_buttons")
def quiz_buttons(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Of a quiz, all the questions it may draw."""
    if page.specific_class is QuizPage and user.has_perm(bank_files.MAY_CHANGE):
        address = f"{reverse('question-export')}?quiz={page.translation_key}&locale={page.locale.language_code}"
        yield Button(_("Export questions"), url=address, icon_name="download", priority=85)


@hooks.register("register_snippet_listing_buttons")
def regrade_button(snippet: Any, user: Any, next_url: str | None = None) -> Iterator[ListingItem]:
    """Beside a question that may have been answered by a wrong key."""
    if isinstance(snippet, Question) and snippet.live and types.get(snippet.type).can_be_marked_again:
        address = reverse("regrade", args=[snippet.translation_key])
        yield ListingItem(_("Mark past answers again"), address, icon_name="history", priority=60)


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
    return MarkingItem(_("Essays to mark"), reverse("marking"), icon_name="edit", order=255)


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
