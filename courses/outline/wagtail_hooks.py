"""The outline in the CMS: its addresses, the way to it, columns and filters of the explorer, checks beside the
preview, and courses on the home page."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django_filters.filters import ChoiceFilter, NumberFilter
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column
from wagtail.admin.userbar import ContentCheckerItem
from wagtail.admin.views.pages.listing import ExplorableIndexView, GenericPageFilterSet
from wagtail.admin.views.pages.ordering import SetPagePositionView
from wagtail.admin.viewsets.pages import PageViewSet, page_viewset_registry
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from courses.checks import messages
from courses.models import CataloguePage, CoursePage, ModulePage, StepPage
from courses.models.pages import hold_order
from courses.outline import reports, views


@hooks.register("register_admin_urls")
def outline_urls() -> list:
    return [
        path("outline/<int:course>/", views.outline, name="course-outline"),
        path("outline/<int:course>/move/<int:page>/", views.move, name="outline-move"),
    ]


def course_of(page: Page) -> CoursePage | None:
    return CoursePage.objects.ancestor_of(page, inclusive=True).select_related("locale").first()


@hooks.register("register_page_header_buttons")
def outline_button(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Any:
    if not isinstance(page.specific_deferred, CoursePage | ModulePage | StepPage):
        return
    if (course := course_of(page)) and course.permissions_for_user(user).can_edit():
        url = reverse("course-outline", args=[course.pk])
        yield Button(_("Course outline"), url, icon_name="list-ol", priority=5)


# --- explorer: columns and filters of courses, modules and steps ----------------------------------------------------
STATES = [
    (reports.LIVE, pgettext_lazy("page status", "live")),
    (reports.CHANGED, pgettext_lazy("page status", "live, changed since")),
    (reports.DRAFT, pgettext_lazy("page status", "draft")),
]
ELSEWHERE = [  # of a page in another language
    (reports.OLDER, pgettext_lazy("page status", "live in an older version")),
    (reports.MISSING, pgettext_lazy("page status", "missing")),
]
CHECKS = [("errors", _("with problems")), ("warnings", _("with advice")), ("clean", _("nothing found"))]
PEOPLE = [("yes", _("somebody is taking it")), ("no", _("nobody is taking it"))]


class CourseListFilters(GenericPageFilterSet):
    """What is not in a column of the database is looked up in the outline, which the view has at hand."""

    state = ChoiceFilter(label=_("State"), choices=STATES, method="of_state")
    minutes = NumberFilter(label=_("Minutes, at most"), min_value=0, method="within_minutes")
    people = ChoiceFilter(label=_("People"), choices=PEOPLE, method="with_people")

    def of_state(self, pages: Any, name: str, value: str) -> Any:
        wanted = {
            reports.LIVE: {"live": True, "has_unpublished_changes": False},
            reports.CHANGED: {"live": True, "has_unpublished_changes": True},
            reports.DRAFT: {"live": False},
        }
        return pages.filter(**wanted[value])

    def within_minutes(self, pages: Any, name: str, value: Any) -> Any:
        return self._where(pages, lambda facts: facts.minutes <= value)

    def with_people(self, pages: Any, name: str, value: str) -> Any:
        return self._where(pages, lambda facts: bool(facts.taking) == (value == "yes"))

    def _where(self, pages: Any, test: Any) -> Any:
        facts = self.request.courses_facts
        return pages.filter(pk__in=[pk for pk, known in facts.items() if test(known)])


class CourseFilters(CourseListFilters):
    """Of modules and steps, whose checks are known."""

    checks = ChoiceFilter(label=_("Checks"), choices=CHECKS, method="with_checks")

    def with_checks(self, pages: Any, name: str, value: str) -> Any:
        tests = {
            "errors": lambda facts: facts.errors,
            "warnings": lambda facts: facts.warnings,
            "clean": lambda facts: not facts.errors and not facts.warnings,
        }
        return self._where(pages, tests[value])


class CourseFacts:
    """A course in the list of courses: what one query for all of them can tell. Its checks are in its outline."""

    def __init__(self, minutes: int, taking: int, languages: list[reports.Language]) -> None:
        self.minutes, self.taking, self.languages = minutes, taking, languages


class FactColumn(Column):
    """Of the row of the outline that belongs to a page; empty for others."""

    def __init__(self, name: str, **given: Any) -> None:
        super().__init__(name, classname=f"course-fact {name}", **given)

    def get_value(self, instance: Any) -> Any:
        facts = getattr(instance, "course_facts", None)
        return self.accessor(facts) if facts else ""


def checks_in_words(facts: Any) -> str:
    errors, warnings = len(facts.errors), len(facts.warnings)
    found = [ngettext("%(count)d problem", "%(count)d problems", errors) % {"count": errors}] if errors else []
    if warnings:
        words = ngettext("%(count)d piece of advice", "%(count)d pieces of advice", warnings)
        found.append(words % {"count": warnings})
    return ", ".join(found)


def languages_in_words(facts: Any) -> str:
    """As in the outline: of a course how much of it is live in each language, of what is in it how each one stands."""
    if isinstance(facts, CourseFacts):
        return ", ".join(map(_of_course, facts.languages))
    standing: dict[str, list[str]] = {}
    for language in facts.languages:
        standing.setdefault(language.state, []).append(language.code.upper())
    names = dict([*STATES, *ELSEWHERE])
    return "; ".join(f"{', '.join(codes)}: {names[state]}" for state, codes in standing.items())


def _of_course(language: reports.Language) -> str:
    return gettext("%(name)s: %(live)s%% live") % {"name": language.name, "live": language.percent_live}


class CourseExplorer(ExplorableIndexView):
    @cached_property
    def filterset_class(self) -> Any:
        return CourseListFilters if isinstance(self.parent_page, CataloguePage) else CourseFilters

    @cached_property
    def columns(self) -> list:
        minutes = FactColumn("minutes", label=_("Minutes"), accessor=lambda facts: facts.minutes)
        checks = FactColumn("checks", label=_("Checks"), accessor=checks_in_words)
        people = FactColumn("people", label=_("Taking it now"), accessor=lambda facts: facts.taking)
        languages = FactColumn("languages", label=_("Languages"), accessor=languages_in_words)
        of_course = [minutes, languages, people]
        own = of_course if isinstance(self.parent_page, CataloguePage) else [minutes, languages, checks, people]
        return [*self.base_columns[:-1], *own, self.base_columns[-1]]

    def get_ordering(self) -> Any:
        """Modules and steps in the order people take them, unless another one is asked for."""
        is_chosen = self.is_searching or self.is_explicitly_ordered
        return super().get_ordering() if is_chosen or isinstance(self.parent_page, CataloguePage) else None

    def get_base_queryset(self) -> Any:
        self.request.courses_facts = self._facts()
        return super().get_base_queryset()

    def get_table(self, object_list: Any) -> Any:
        for page in object_list:
            page.course_facts = self.request.courses_facts.get(page.pk)
        return super().get_table(object_list)

    def _facts(self) -> dict[int, Any]:
        course = course_of(self.parent_page)
        if course:
            return reports.course_outline(course).rows
        steps, taking = reports.minutes_below(self.parent_page), reports.taking()
        pages = list(CoursePage.objects.child_of(self.parent_page).select_related("locale"))
        spoken = reports.spoken(pages)
        return {
            page.pk: CourseFacts(
                sum(minutes for below, minutes in steps if below.startswith(page.path)),
                taking.get(str(page.translation_key), 0),
                spoken[page.pk],
            )
            for page in pages
        }


class CourseViewSet(PageViewSet):
    """Only the explorer below the pages of a course is ours; how each page is edited stays with its own viewset."""

    index_view_class = CourseExplorer

    def get_index_view_kwargs(self, **kwargs: Any) -> dict:
        """The view says itself which columns and filters it has."""
        given = super().get_index_view_kwargs(**kwargs)
        return {name: value for name, value in given.items() if name not in ("columns", "filterset_class")}

    def on_register(self) -> None:
        for parent in (CataloguePage, CoursePage, ModulePage):
            page_viewset_registry.values_by_parent_model[parent] = self


@hooks.register("register_admin_viewset")
def course_explorer() -> PageViewSet:
    return CourseViewSet()


class SetPositionInCourse(SetPagePositionView):
    """As the outline moves: nobody else meanwhile, and in every language or in none (`models/pages: moved`)."""

    @transaction.atomic
    def post(self, request: HttpRequest, page_to_move_id: int, *args: Any, **kwargs: Any) -> HttpResponse:
        hold_order(get_object_or_404(Page, pk=page_to_move_id))
        return super().post(request, page_to_move_id, *args, **kwargs)


class InCourseViewSet(PageViewSet):
    """Modules and steps are dragged to their place by our view; every other view of theirs is Wagtail's."""

    set_page_position_view_class = SetPositionInCourse

    def on_register(self) -> None:
        for model in (ModulePage, StepPage):
            page_viewset_registry.register(model, self)


@hooks.register("register_admin_viewset")
def dragging_in_courses() -> PageViewSet:
    return InCourseViewSet()


@hooks.register("insert_global_admin_css")
def narrow_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("staff/narrow.css"))


# --- checks beside the preview --------------------------------------------------------------------------------------
class StepChecker(ContentCheckerItem):
    """Wagtail's content checker with ours: the preview marks in data-found what the server found, while one writes."""

    def get_axe_run_only(self, request: HttpRequest) -> list[str]:
        return [*super().get_axe_run_only(request), *messages.NAMES]

    def get_axe_custom_rules(self, request: HttpRequest) -> list[dict]:
        ours = [
            {
                "id": code,
                "impact": "moderate",
                "selector": f'[data-found~="{code}"]',
                "tags": ["best-practice"],
                "any": ["ostoja-found-nothing"],
                "enabled": True,
            }
            for code in messages.NAMES
        ]
        return [*super().get_axe_custom_rules(request), *ours]

    def get_axe_custom_checks(self, request: HttpRequest) -> list[dict]:
        # No element has this attribute, so that whatever a rule selects is a finding.
        nothing = {
            "id": "ostoja-found-nothing",
            "evaluate": "attr-non-space-content-evaluate",
            "options": {"attribute": "data-found-nothing"},
        }
        return [*super().get_axe_custom_checks(request), nothing]

    def get_axe_messages(self, request: HttpRequest) -> dict:
        ours = {code: {"error_name": name, "help_text": messages.HELP[code]} for code, name in messages.NAMES.items()}
        return super().get_axe_messages(request) | ours


@hooks.register("construct_wagtail_userbar")
def check_steps(request: HttpRequest, items: list, page: Page | None) -> None:
    if page is None or not isinstance(page.specific_deferred, StepPage):
        return
    for place, item in enumerate(items):
        if isinstance(item, ContentCheckerItem):
            items[place] = StepChecker(in_editor=item.in_editor)


# --- home -----------------------------------------------------------------------------------------------------------
class CoursesPanel(Component):
    """How the courses are; nothing on an empty site, where another panel says how to begin."""

    order = 60

    def render_html(self, parent_context: Any = None) -> str:
        found = reports.health(timezone.localdate())
        return render_to_string("courses/staff/home_courses.html", {"courses": found}) if found else ""


@hooks.register("construct_homepage_panels")
def courses_on_the_home_page(request: HttpRequest, panels: list) -> None:
    panels.append(CoursesPanel())
