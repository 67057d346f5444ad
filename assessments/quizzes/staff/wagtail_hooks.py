"""The question bank in the CMS: its list, with what each question is for and what its answers say; filters, acts on
many questions at once, and questions that are kept."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_filters.filters import AllValuesFilter, CharFilter, ChoiceFilter, ModelChoiceFilter
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.ui.tables import Column
from wagtail.admin.widgets import Button, ButtonWithDropdown
from wagtail.snippets.bulk_actions.delete import DeleteBulkAction
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from assessments.quizzes import actions, bank_files
from assessments.quizzes.forms import TagForm
from assessments.quizzes.models import Question
from assessments.quizzes.models.questions import SEARCHED, QuestionQuerySet, kept_text, owners
from assessments.quizzes.reports import bank
from assessments.quizzes.rules import types
from courses.models.going_live import MayNotGoLive

STATE_NAMES = [
    ("live", pgettext_lazy("page status", "live")),
    ("changed", pgettext_lazy("page status", "live, changed since")),
    ("draft", pgettext_lazy("page status", "draft")),
    ("retired", pgettext_lazy("page status", "retired")),
]
USED = [
    (bank.LIVE, _("in a live quiz or lesson")),
    (bank.DRAFT, _("only in drafts of quizzes or lessons")),
    (bank.NOWHERE, _("nowhere")),
]
REVIEW = [("passed", _("the date has passed"))]
LOOK = [("yes", _("with something to look at")), ("no", _("nothing found"))]


# --- the list ------------------------------------------------------------------------------------------------------
class QuestionFilters(WagtailFilterSet):
    category = AllValuesFilter(label=_("Category"))
    sub_category = AllValuesFilter(label=_("Sub-category"))
    tag = CharFilter(label=_("Tags"), method="of_tag")
    owner = ModelChoiceFilter(label=_("Owner"), queryset=lambda _request: owners())
    state = ChoiceFilter(label=_("State"), choices=STATE_NAMES, method="of_state")
    used = ChoiceFilter(label=_("Used"), choices=USED, method="of_use")
    look = ChoiceFilter(label=_("To look at"), choices=LOOK, method="to_look_at")
    review = ChoiceFilter(label=_("Review"), choices=REVIEW, method="to_review")

    class Meta:
        model = Question
        fields = ("bank", "module", "objective", "type", "use", "live")

    def of_tag(self, rows: QuestionQuerySet, name: str, value: str) -> QuestionQuerySet:
        return rows.tagged(value)

    def of_state(self, rows: QuestionQuerySet, name: str, value: str) -> QuestionQuerySet:
        return rows.in_state(value)

    def of_use(self, rows: QuestionQuerySet, name: str, value: str) -> QuestionQuerySet:
        return bank.narrowed(rows, used=value, today=timezone.localdate())

    def to_look_at(self, rows: QuestionQuerySet, name: str, value: str) -> QuestionQuerySet:
        return bank.narrowed(rows, look=value, today=timezone.localdate())

    def to_review(self, rows: QuestionQuerySet, name: str, value: str) -> QuestionQuerySet:
        return rows.to_review(timezone.localdate())


class DeskColumn(Column):
    """Of what stands beside the question; its template has it as `value`."""

    def __init__(self, name: str, label: Any, template: str) -> None:
        super().__init__(name, label=label, accessor="desk", classname=f"bank-{name}")
        self.cell_template_name = template


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

    def get_base_queryset(self) -> Any:
        return super().get_base_queryset().select_related("owner", "locale")

    def get_table(self, object_list: Any) -> Any:
        rows = list(object_list)
        desks = bank.desks(rows, timezone.localdate())
        for row in rows:
            row.desk = desks[row.pk]
        return super().get_table(rows)

    def get_list_buttons(self, instance: Any) -> list[Any]:
        """Ours alone: what other packages hook in asks the database about each row, and half of it happens by itself
        when a question goes live."""
        items = [*self.get_list_more_buttons(instance), *self._own_buttons(instance)]
        shown = sorted(Button.from_menu_item(item) for item in items)
        label = gettext("More options for “%(title)s”") % {"title": instance}
        return [ButtonWithDropdown(buttons=shown, icon_name="dots-horizontal", attrs={"aria-label": label})]

    def _own_buttons(self, instance: Any) -> Iterator[MenuItem]:
        if instance.live and types.get(instance.type).can_be_marked_again:
            address = reverse("regrade", args=[instance.translation_key])
            yield MenuItem(_("Mark past answers again"), address, icon_name="history", priority=60)
        if self._may_translate and any(one.state == "missing" for one in instance.desk.languages):
            address = reverse("wagtail_localize:submit_snippet_translation", args=["quizzes", "question", instance.pk])
            yield MenuItem(_("Translate"), address, icon_name="wagtail-localize-language", priority=100)

    @cached_property
    def _may_translate(self) -> bool:
        return self.request.user.has_perm("wagtail_localize.submit_translation")


class QuestionViewSet(SnippetViewSet):
    model = Question
    index_view_class = QuestionIndex
    filterset_class = QuestionFilters
    icon = "help"
    menu_label = _("Questions")
    menu_order = 210
    add_to_admin_menu = True
    list_display = (
        "code",
        Column("stem", label=_("Question"), sort_key="stem", classname="bank-stem"),
        DeskColumn("filed", _("Type and topic"), "quizzes/staff/bank/filed.html"),
        DeskColumn("used", _("Used in"), "quizzes/staff/bank/used.html"),
        DeskColumn("answers", _("Answers"), "quizzes/staff/bank/answers.html"),
        DeskColumn("facility", _("Facility index"), "quizzes/staff/bank/facility.html"),
        DeskColumn("discrimination", _("Discrimination index"), "quizzes/staff/bank/discrimination.html"),
        DeskColumn("look", _("To look at"), "quizzes/staff/bank/look.html"),
        DeskColumn("kept", _("Owner and review"), "quizzes/staff/bank/kept.html"),
        DeskColumn("languages", _("State in each language"), "quizzes/staff/bank/languages.html"),
    )
    list_per_page = 50
    ordering = ("code",)
    # In the database itself, as an export narrows its questions too: the index cannot be asked for tags or owners.
    search_backend_name = None
    search_fields = SEARCHED


register_snippet(QuestionViewSet)


@hooks.register("insert_global_admin_css")
def bank_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("staff/bank.css"))


# --- acts on many --------------------------------------------------------------------------------------------------
class InListing:
    """“Select all in listing” says which list: what it was narrowed to comes along in the address."""

    request: HttpRequest

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        listing = Question.snippet_viewset.index_view
        view = listing.view_class(**listing.view_initkwargs)
        view.setup(self.request)
        return view.get_queryset().order_by().values_list("pk", flat=True)


@hooks.register("register_bulk_action")
class ExportSelected(SnippetBulkAction):
    """Of the questions that were ticked in the list, or of all that it was narrowed to."""

    display_name = _("Export")
    aria_label = _("Export the selected questions")
    action_type = "export"
    models = [Question]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        ticked = request.GET.getlist("id")
        asked = request.GET.copy() if "all" in ticked else QueryDict(mutable=True)
        asked.setlist("id", [one for one in ticked if one != "all"])
        return redirect(f"{reverse('question-export')}?{asked.urlencode()}")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.get(request)


class OnKeys(InListing, SnippetBulkAction):
    """An act that is said once and holds in every language."""

    models = [Question]
    template_name = "quizzes/staff/bank/act.html"
    heading: Any
    button: Any
    about: Any

    def check_perm(self, snippet: Any) -> bool:
        return self.request.user.has_perm(bank_files.MAY_PUBLISH)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        words = {"heading": self.heading, "button": self.button, "about": self.about}
        return super().get_context_data(**kwargs) | words

    def prepare_action(self, objects: Sequence[Question], objects_without_access: Any) -> HttpResponse | None:
        """The whole act: where it is refused, nothing of it stays."""
        if not objects:
            messages.error(self.request, gettext("You have no permission to do this."))
            return redirect(self.next_url)
        try:
            messages.success(self.request, self.act({row.translation_key for row in objects}))
        except (actions.NotRetired, MayNotGoLive) as refused:
            messages.error(self.request, self.why_not(refused))
        return redirect(self.next_url)

    def act(self, keys: set) -> str:
        raise NotImplementedError

    def why_not(self, refused: Any) -> str:
        raise NotImplementedError


@hooks.register("register_bulk_action")
class TagSelected(OnKeys):
    display_name = heading = button = _("Change tags")
    aria_label = _("Change the tags of the selected questions")
    action_type = "tag"
    form_class = TagForm
    about = _("The tags hold in every language, at once. A quiz that draws by a tag is published anew.")

    def check_perm(self, snippet: Any) -> bool:
        """Of a question that is live in any language, or is to be, they may decide which quiz asks it."""
        needed = bank_files.MAY_PUBLISH if snippet.translation_key in self._released else bank_files.MAY_CHANGE
        return self.request.user.has_perm(needed)

    @cached_property
    def _released(self) -> set[UUID]:
        rows = Question.objects.filter(Q(live=True) | Q(_revisions__approved_go_live_at__isnull=False))
        return set(rows.values_list("translation_key", flat=True))

    def act(self, keys: set) -> str:
        assert self.cleaned_form is not None
        given = self.cleaned_form.cleaned_data
        changed = actions.tag_questions(keys=keys, add=given["add"], remove=given["remove"], by=self.request.user)
        count = len({row.translation_key for row in changed})
        return ngettext("%(count)d question has other tags now.", "%(count)d questions have other tags now.", count) % {
            "count": count
        }

    def why_not(self, refused: MayNotGoLive) -> str:
        return " ".join([gettext("Nothing was changed."), *refused.messages])


@hooks.register("register_bulk_action")
class RetireSelected(OnKeys):
    display_name = heading = button = _("Retire")
    aria_label = _("Retire the selected questions")
    action_type = "retire"
    classes = {"serious"}
    about = _(
        "Nobody new is asked them, in any language. Open attempts and results keep them. Publishing one again brings "
        "it back."
    )

    def act(self, keys: set) -> str:
        count = len({row.translation_key for row in actions.retire_questions(keys=keys, by=self.request.user)})
        return ngettext("%(count)d question is retired.", "%(count)d questions are retired.", count) % {"count": count}

    def why_not(self, refused: actions.NotRetired) -> str:
        told = [gettext("Nothing was retired.")]
        for page, problems in refused.pages:
            words = {"title": page.get_admin_display_title(), "problems": " ".join(problems)}
            told.append(
                gettext("“%(title)s” could not go on: %(problems)s") % words
                if problems
                else gettext("“%(title)s” shows it to learners: take it out there first.") % words
            )
        return " ".join(told)


@hooks.register("register_bulk_action", order=1)  # in place of Wagtail's own
class DeleteSelected(InListing, DeleteBulkAction):
    models = [Question]


# --- what a change means -------------------------------------------------------------------------------------------
@hooks.register("before_publish")
def ask_what_it_means(request: HttpRequest, instance: Any) -> HttpResponse | None:
    """A question that changes live steps is saved as a draft by now; what that means is asked on a page of its own."""
    if not isinstance(instance, Question) or instance.draft() is None:
        return None
    return redirect("question-publishing", instance.translation_key, instance.locale.language_code)


# --- what is kept --------------------------------------------------------------------------------------------------
@hooks.register("before_delete_snippet")
def keep_used_questions(request: HttpRequest, instances: Sequence[Any]) -> HttpResponse | None:
    """A question somebody may have been asked is part of records."""
    ids = [one.pk for one in instances if isinstance(one, Question)]
    used = Question.objects.filter(pk__in=ids).used() if ids else set()
    if not used:
        return None
    codes = sorted({one.code for one in instances if isinstance(one, Question) and str(one.translation_key) in used})
    first = next(one for one in instances if str(one.translation_key) in used)
    buttons = [messages.button(_to_retire(first), gettext("Retire"))]
    messages.error(request, kept_text(", ".join(codes)), buttons=buttons if len(codes) == 1 else [])
    return redirect(bank_files.BANK)


@hooks.register("before_unpublish")
def retire_instead(request: HttpRequest, instance: Any) -> HttpResponse | None:
    """Wagtail would take it back in one language, while a live quiz that cannot do without it went on asking it."""
    return redirect(_to_retire(instance)) if isinstance(instance, Question) else None


def _to_retire(question: Question) -> str:
    address = reverse("wagtail_bulk_action", args=["quizzes", "question", "retire"])
    return f"{address}?id={question.pk}&next={reverse(bank_files.BANK)}"
