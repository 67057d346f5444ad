"""What courses add to the CMS: the learners, site facts that nobody filled in, and pages that keep records."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.models import Page

from courses import staff
from courses.models import SiteFacts
from courses.models.pages import PublishedPage, has_records


@hooks.register("register_admin_urls")
def staff_urls() -> list:
    return [
        path("learners/", staff.learners, name="learners"),
        path("learners/<uuid:enrolment>/", staff.learner, name="learner"),
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
    panels.append(UnfilledFacts())


@hooks.register("before_delete_page")
def keep_pages_with_records(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Also for the pages above: deleting a module would take its steps along."""
    if not has_records(page):
        return None
    messages.error(
        request,
        _(
            "“%(title)s” cannot be deleted: people have learned from it and their records refer to it. "
            "Unpublish it instead."
        )
        % {"title": page.get_admin_display_title()},
    )
    return redirect("wagtailadmin_explore", page.get_parent().pk)


@hooks.register("before_bulk_action")
def bulk_actions_keep_the_rules(
    request: HttpRequest, action_type: str, objects: list, action: Any
) -> HttpResponse | None:
    """Wagtail's bulk publish answers 500 to a page that may not go live; its bulk delete asks no hook of the page."""
    pages = [page for page in objects if isinstance(page, Page)]
    if action_type == "publish":
        refused = [page for page in pages if _latest_problems(page)]
        text = _("Nothing was published. These pages have problems: %(titles)s")
    elif action_type == "delete":
        refused = [page for page in pages if has_records(page)]
        text = _("Nothing was deleted. People have learned from these pages; unpublish them instead: %(titles)s")
    else:
        return None
    if not refused:
        return None
    messages.error(request, text % {"titles": ", ".join(page.get_admin_display_title() for page in refused)})
    return redirect("wagtailadmin_explore", refused[0].get_parent().pk)


def _latest_problems(page: Page) -> list[str]:
    latest = page.get_latest_revision_as_object()
    return latest.problems() if isinstance(latest, PublishedPage) else []
