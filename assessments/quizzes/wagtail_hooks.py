"""The question bank in the CMS, and the item analysis."""

from collections.abc import Iterator

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.models import Page
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from assessments.quizzes import staff
from assessments.quizzes.models import Question, QuizPage
from people.models import User


class QuestionViewSet(SnippetViewSet):
    model = Question
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
        path("analysis/", staff.analyses, name="analyses"),
        path("analysis/<uuid:step>/", staff.analysis, name="analysis"),
        path("analysis/<uuid:step>/csv/", staff.analysis_csv, name="analysis-csv"),
    ]


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
