"""Scenarios in the CMS as files and as text: the addresses, the buttons that lead there, a word for the history."""

from collections.abc import Iterator
from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.models import Page

from assessments.scenarios import analyses, staff
from assessments.scenarios.models import ScenarioPage
from assessments.scenarios.models.pages import IMPORTED
from courses.models import ModulePage


@hooks.register("register_admin_urls")
def scenario_urls() -> list:
    return [
        path("scenarios/analysis/", analyses.scenario_analyses, name="scenario-analyses"),
        path("scenarios/analysis/<uuid:step>/", analyses.scenario_analysis, name="scenario-analysis"),
        path("scenarios/analysis/<uuid:step>/csv/", analyses.scenario_analysis_csv, name="scenario-analysis-csv"),
        path("scenarios/<slug:language>/import/<uuid:module>/", staff.scenario_import, name="scenario-import"),
        path("scenarios/<slug:language>/<uuid:scenario>/report/", staff.scenario_report, name="scenario-report"),
        path("scenarios/<slug:language>/<uuid:scenario>/export/", staff.scenario_export, name="scenario-export"),
        path(
            "scenarios/<slug:language>/<uuid:scenario>/export/<slug:form>/", staff.scenario_file, name="scenario-file"
        ),
        path("scenarios/<slug:language>/<uuid:scenario>/script/", staff.scenario_script, name="scenario-script"),
        path("scenarios/<slug:language>/<uuid:scenario>/desk/", staff.scenario_desk, name="scenario-desk"),
        path("scenarios/<slug:language>/new/<uuid:module>/desk/", staff.scenario_desk_new, name="scenario-desk-new"),
        path("scenarios/<slug:language>/<uuid:scenario>/play/", staff.scenario_play, name="scenario-play"),
        path(
            "scenarios/<slug:language>/<uuid:scenario>/structure/", staff.scenario_structure, name="scenario-structure"
        ),
    ]


@hooks.register("register_page_header_buttons")
def header_buttons(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    kind = page.specific_class
    if kind is ModulePage and page.permissions_for_user(user).can_add_subpage():
        yield Button(_("Import a scenario"), url=_address("scenario-import", page), icon_name="upload", priority=80)
    if kind is ScenarioPage and page.permissions_for_user(user).can_edit():
        yield Button(_("Edit as a script"), url=_address("scenario-script", page), icon_name="code", priority=80)
        yield Button(_("Try it out"), url=_address("scenario-play", page), icon_name="media", priority=75)
        yield Button(_("Export"), url=_address("scenario-export", page), icon_name="download", priority=85)


@hooks.register("register_page_header_buttons")
@hooks.register("register_page_listing_more_buttons")
def analysis_button(page: Page, user: Any, *view: Any, **kwargs: Any) -> Iterator[Button]:
    """On a scenario that was ever published, and beside it in a list of pages."""
    if page.specific_class is ScenarioPage and (page.live or page.first_published_at):
        address = reverse("scenario-analysis", args=[page.translation_key])
        yield Button(_("How it is played"), url=address, icon_name="view", priority=70)


@hooks.register("register_reports_menu_item")
def analyses_item() -> MenuItem:
    return MenuItem(
        _("How scenarios are played"), reverse("scenario-analyses"), name="scenarios", icon_name="view", order=310
    )


def _address(name: str, page: Page) -> str:
    return reverse(name, args=[page.locale.language_code, page.translation_key])


@hooks.register("register_log_actions")
def name_the_import(actions: Any) -> None:
    actions.register_action(IMPORTED, _("Import a scenario"), _("Imported from a file"))
