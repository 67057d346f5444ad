"""Scenarios in the CMS as files and as text: the addresses, the buttons that lead there, a word for the history."""

from collections.abc import Iterator
from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.widgets import Button
from wagtail.models import Page

from assessments.scenarios import staff
from assessments.scenarios.models import ScenarioPage
from assessments.scenarios.models.pages import IMPORTED
from courses.models import ModulePage


@hooks.register("register_admin_urls")
def scenario_urls() -> list:
    return [
        path("scenarios/import/<int:module>/", staff.scenario_import, name="scenario-import"),
        path("scenarios/<int:scenario>/report/", staff.scenario_report, name="scenario-report"),
        path("scenarios/<int:scenario>/export/", staff.scenario_export, name="scenario-export"),
        path("scenarios/<int:scenario>/export/<slug:form>/", staff.scenario_file, name="scenario-file"),
        path("scenarios/<int:scenario>/script/", staff.scenario_script, name="scenario-script"),
    ]


@hooks.register("register_page_header_buttons")
def header_buttons(page: Page, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    yield from _buttons(page, user)


@hooks.register("register_page_listing_more_buttons")
def listing_buttons(page: Page, user: Any, next_url: str | None = None) -> Iterator[Button]:
    yield from _buttons(page, user)


def _buttons(page: Page, user: Any) -> Iterator[Button]:
    kind = page.specific_class
    if kind is ModulePage and page.permissions_for_user(user).can_add_subpage():
        address = reverse("scenario-import", args=[page.pk])
        yield Button(_("Import a scenario"), url=address, icon_name="upload", priority=80)
    if kind is ScenarioPage and page.permissions_for_user(user).can_edit():
        yield Button(
            _("Edit as a script"), url=reverse("scenario-script", args=[page.pk]), icon_name="code", priority=80
        )
        yield Button(_("Export"), url=reverse("scenario-export", args=[page.pk]), icon_name="download", priority=85)


@hooks.register("register_log_actions")
def name_the_import(actions: Any) -> None:
    actions.register_action(IMPORTED, _("Import a scenario"), _("Imported from a file"))
