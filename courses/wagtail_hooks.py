"""What courses add to the CMS: the learners, what needs somebody, what a change means, and pages that keep records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.components import Component
from wagtail.admin.views.pages.bulk_actions.publish import PublishBulkAction
from wagtail.admin.widgets import Button
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from courses import actions, staff, staff_publishing
from courses.actions import Choice
from courses.forms import SourceArticleForm, SourcePointForm, text_field
from courses.models import ModulePage, RefusedExpiry, RefusedPublication, SiteFacts, SourceArticle, SourcePoint
from courses.models.drafts import draft_of, newest_drafts
from courses.models.going_live import Draft, MayNotGoLive, Refused, edit_url
from courses.models.pages import KeptPage, PublishedPage, has_records, kept_text
from courses.models.records import Change, RefusedAppointment
from courses.outline import wagtail_hooks as outline_hooks  # noqa: F401  registers the outline
from courses.rules import EDITORIAL

UNCHANGED = Choice(EDITORIAL)  # nobody is asked about what is no change of what is live


@hooks.register("register_admin_urls")
def staff_urls() -> list:
    return [
        path("learners/", staff.learners, name="learners"),
        path("learners/<uuid:enrolment>/", staff.learner, name="learner"),
        path("publishing/<int:page_id>/", staff_publishing.publishing, name="publishing"),
        path("publications/<int:page_id>/", staff_publishing.publications, name="publications"),
        path("publications/<int:page_id>/<int:number>/", staff_publishing.publication, name="publication"),
    ]


@hooks.register("register_admin_menu_item")
def learners_item() -> MenuItem:
    return MenuItem(gettext_lazy("Learners"), reverse("learners"), icon_name="group", order=250)


class UnfilledFacts(Component):
    """Warns on the home page while facts of the organisation are missing: learners see a sentence that says so."""

    order = 50

    def render_html(self, parent_context: Any = None) -> str:
        missing = SiteFacts.load().unfilled()
        return render_to_string("courses/staff/unfilled_facts.html", {"missing": len(missing)}) if missing else ""


@hooks.register("construct_homepage_panels")
def warn_of_unfilled_facts(request: HttpRequest, panels: list) -> None:
    if request.user.has_perm("courses.change_sitefacts"):  # type: ignore[union-attr]
        panels.append(UnfilledFacts())


@dataclass(frozen=True)
class Missed:
    """An appointment that could not be kept. url: where it is mended."""

    row: RefusedAppointment
    url: str


class RefusedAppointments(Component):
    """What was to go live, or to be taken down, at a set time and was not; until it is dealt with."""

    order = 40

    def __init__(self, publications: list[Missed], expiries: list[Missed]) -> None:
        self.context = {"publications": publications, "expiries": expiries}

    def render_html(self, parent_context: Any = None) -> str:
        return render_to_string("courses/staff/refused_appointments.html", self.context)


def _not_published(user: Any) -> list[Missed]:
    """Without what went live since."""
    return _missed(user, RefusedPublication, lambda row, one: (one.last_published_at or row.at) <= row.at)


def _not_taken_down(user: Any) -> list[Missed]:
    """Without what was taken down since, or has another time by now."""
    return _missed(user, RefusedExpiry, lambda row, one: one.live and one.expire_at == row.expire_at)


def _missed(user: Any, kind: type[RefusedAppointment], is_waiting: Callable[[Any, Any], bool]) -> list[Missed]:
    """The newest first, of what this person edits and what still is there."""
    rows = list(kind._default_manager.select_related("content_type").order_by("-at")[:100])
    wanted: dict[Any, list[str]] = {}
    for row in rows:
        wanted.setdefault(row.content_type, []).append(row.object_id)
    found = {
        (kind, str(subject.pk)): subject
        for kind, ids in wanted.items()
        for subject in kind.get_all_objects_for_this_type(pk__in=ids)
    }
    pairs = [(row, found.get((row.content_type, row.object_id))) for row in rows]
    waiting = [(row, one) for row, one in pairs if one and is_waiting(row, one)]
    mine = set(_editable(user, [one.pk for _row, one in waiting if isinstance(one, Page)]))
    return [
        Missed(row, edit_url(one))
        for row, one in waiting
        if (one.pk in mine if isinstance(one, Page) else user.is_learning_staff)
    ]


def _editable(user: Any, pages: list[int]) -> Any:
    allowed = PagePermissionPolicy().instances_user_has_permission_for(user, "change")
    return allowed.filter(pk__in=pages).values_list("pk", flat=True)


@hooks.register("construct_homepage_panels")
def warn_of_refused_appointments(request: HttpRequest, panels: list) -> None:
    publications, expiries = _not_published(request.user), _not_taken_down(request.user)
    if publications or expiries:
        panels.append(RefusedAppointments(publications, expiries))


# --- publishing ----------------------------------------------------------------------------------------------------


@hooks.register("before_publish_page")
def ask_what_it_means(request: HttpRequest, page: Page) -> HttpResponse | None:
    """A change of what is live is saved as a draft by now; what it means is asked on a page of its own."""
    draft = draft_of(page)
    return redirect("publishing", page.pk) if draft and draft.is_change else None


@hooks.register("register_bulk_action", order=1)  # in place of Wagtail's own
class PublishSelected(PublishBulkAction):
    """Asks once what all the changes mean, on the page that Wagtail asks to be sure; all of them go live or none."""

    template_name = "courses/staff/publishing_many.html"

    def check_perm(self, page: Page) -> bool:
        """A page of Wagtail's own (its welcome) is nothing that goes live here."""
        return issubclass(page.specific_class, KeptPage) and super().check_perm(page)

    @cached_property
    def chosen(self) -> list[Page]:
        return self.get_actionable_objects()[0]

    @cached_property
    def below(self) -> list[Page]:
        """What may go along: the drafts below the chosen pages."""
        found = {one.pk: one for page in self.chosen for one in page.get_descendants().not_live()}
        ticked = {page.pk for page in self.chosen}
        return [one for one in found.values() if one.pk not in ticked and self.check_perm(one)]

    @cached_property
    def drafts(self) -> dict[int, Draft]:
        """Of each page, read once: what is asked about and checked is what goes live, or nothing does."""
        return newest_drafts([*self.chosen, *self.below])

    @cached_property
    def asked(self) -> staff_publishing.Asked:
        return staff_publishing.asked(self.request, [draft for draft in self.drafts.values() if draft.is_change])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"asked": self.asked}

    def prepare_action(self, objects: list, objects_without_access: Any) -> HttpResponse:
        """The whole act: where it is refused, nothing of it stays."""
        assert self.cleaned_form is not None
        if not objects:
            messages.error(self.request, _("You have no permission to do this."))
            return redirect(self.next_url)
        below = self.below if self.cleaned_form.cleaned_data["include_descendants"] else []

        def act(choice: Choice = UNCHANGED) -> str:
            going = [self.drafts[page.pk] for page in (*objects, *below)]
            try:
                self.publish(going, choice)
            except MayNotGoLive:
                if refused := self.refused(going):
                    return self.say_refused(refused)
                raise
            messages.success(self.request, self.get_success_message(len(objects), len(below)))
            return self.next_url

        if not self.asked.drafts:
            return staff_publishing.tried(self.request, act, self.next_url)
        done = staff_publishing.acted(self.request, self.asked, act, self.next_url)
        return done or self.render_to_response(self.get_context_data(), status=self.asked.status)

    def publish(self, going: list[Draft], choice: Choice) -> None:
        drafts = [draft for draft in going if draft.is_change]
        besides = [draft for draft in going if not draft.is_change]
        meant = {str(step.translation_key) for draft in drafts for step in draft.steps}
        if choice.change == Change.MATERIAL and not meant.issuperset(choice.steps):
            raise Refused(
                _("Steps to redo were chosen that do not go live now. Publish the drafts below, too, or choose others.")
            )
        actions.publish(drafts=drafts, choice=choice, by=self.request.user, besides=besides)

    def refused(self, going: list[Draft]) -> dict[Any, list[str]]:
        """Why these pages may not go live: the first of them has kept all back, and each is named."""
        return {draft.page: why for draft in going if (why := _refusal(draft.page, self.request.user))}

    def say_refused(self, refused: dict[Any, list[str]]) -> str:
        """Leads to where they are mended."""
        titles = [f"{page.get_admin_display_title()} ({' '.join(why)})" for page, why in refused.items()]
        text = _("Nothing was published. These pages have problems: %(titles)s")
        messages.error(self.request, text % {"titles": ", ".join(titles)})
        return reverse("wagtailadmin_explore", args=[next(iter(refused)).get_parent().pk])


def _refusal(page: KeptPage, user: Any) -> list[str]:
    try:
        page.may_go_live(user)
    except MayNotGoLive as refused:
        return refused.messages
    return []


@hooks.register("register_page_header_buttons")
def history_button(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    if isinstance(page.specific_deferred, (PublishedPage, ModulePage)):
        url = reverse("publications", args=[page.pk])
        yield Button(gettext_lazy("What was published"), url, icon_name="history", priority=70)


@hooks.register("insert_global_admin_css")
def staff_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("staff/publishing.css"))


# --- sources -------------------------------------------------------------------------------------------------------


class SourceArticles(SnippetViewSet):
    model = SourceArticle
    icon = "doc-full"
    list_display = ["title", "file", "language"]
    search_fields = ["title", "file"]
    search_backend_name = None
    edit_handler = ObjectList(
        [FieldPanel(name) for name in ("course", "title", "file", "language")], base_form_class=SourceArticleForm
    )


class SourcePoints(SnippetViewSet):
    model = SourcePoint
    icon = "tasks"
    list_display = ["code", "article", "section", "kind"]
    list_filter = ["article", "kind", "is_current"]
    search_fields = ["code", "section"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            *(FieldPanel(name) for name in ("article", "code", "section", "lines", "kind")),
            MultiFieldPanel(
                [FieldPanel(text_field(code)) for code, _name in settings.LANGUAGES],
                heading=gettext_lazy("What it says"),
            ),
            FieldPanel("is_current"),
        ],
        base_form_class=SourcePointForm,
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return SourcePoint.objects.select_related("article").order_by("article__title", "code")


register_snippet(SourceArticles)
register_snippet(SourcePoints)


# --- what cannot be done -------------------------------------------------------------------------------------------


@hooks.register("before_delete_page")
def keep_pages_with_records(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Also for the pages above: deleting a module would take its steps along."""
    if not has_records(page):
        return None
    unpublish = messages.button(reverse("wagtailadmin_pages:unpublish", args=[page.pk]), _("Unpublish"))
    messages.error(request, kept_text(page), buttons=[unpublish] if page.live else [])
    return redirect("wagtailadmin_explore", page.get_parent().pk)


@hooks.register("before_bulk_action")
def bulk_delete_keeps_pages_with_records(
    request: HttpRequest, action_type: str, objects: list, action: Any
) -> HttpResponse | None:
    """Wagtail's bulk delete asks no hook of the page."""
    pages = [page for page in objects if isinstance(page, Page)] if action_type == "delete" else []
    refused = [page for page in pages if has_records(page)]
    if not refused:
        return None
    text = _(
        "Nothing was deleted. People are enrolled in a course here or have learned from these pages; unpublish "
        "them instead: %(titles)s"
    )
    messages.error(request, text % {"titles": ", ".join(page.get_admin_display_title() for page in refused)})
    return redirect("wagtailadmin_explore", refused[0].get_parent().pk)
