"""The question bank in the CMS."""

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from assessments.quizzes.models import Question


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
