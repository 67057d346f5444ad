"""What people add to the CMS: the screens about people and teams, in the place of Wagtail's, which know no rules; and
mail that could not be delivered, for those who can do something about it."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import include, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component

from people.models import Mail, MailQuerySet
from people.staff import people, roster, scim, teams

RECENT = timedelta(days=14)
SHOWN = 5

urls = [
    path("", people.people, name="people"),
    path("invite/", people.invite_person, name="invite-person"),
    path("<uuid:person>/", people.person, name="person"),
    path("<uuid:person>/invitation/", people.resend_invitation, name="resend-invitation"),
    path("<uuid:person>/roles/", people.person_roles, name="person-roles"),
    path("<uuid:person>/deactivate/", people.deactivate_person, name="deactivate-person"),
    path("<uuid:person>/reactivate/", people.reactivate_person, name="reactivate-person"),
    # the tree
    path("teams/", teams.teams, name="teams"),
    path("teams/<uuid:team>/", teams.edit_team, name="edit-team"),
    path("teams/<uuid:team>/delete/", teams.delete_team, name="delete-team"),
    path("teams/<uuid:team>/leads/", teams.add_lead, name="add-lead"),
    path("teams/<uuid:team>/leads/end/", teams.end_lead, name="end-lead"),
    # lists from elsewhere
    path("import/", roster.import_people, name="import-people"),
    path("import/template.csv", roster.template, name="import-template"),
    path("import/<uuid:roster>/", roster.preview, name="import-preview"),
    path("import/<uuid:roster>/apply/", roster.apply, name="import-apply"),
    path("import/<uuid:roster>/errors.csv", roster.errors, name="import-errors"),
    path("scim/", scim.tokens, name="scim-tokens"),
    path("scim/<uuid:token_key>/revoke/", scim.revoke, name="scim-revoke"),
]


@hooks.register("register_admin_urls")
def people_urls() -> list:
    return [path("people/", include(urls))]


@hooks.register("register_admin_menu_item")
def people_item() -> MenuItem:
    return MenuItem(gettext_lazy("People"), reverse("people"), icon_name="user", order=260)


@hooks.register("construct_settings_menu")
def no_second_way_to_accounts(request: HttpRequest, items: list) -> None:
    items[:] = [item for item in items if item.name not in ("users", "groups")]


class FailedMail(Component):
    """To whom, about what and when: never the text, which may hold a link that lets its reader in."""

    order = 70

    def __init__(self, failed: MailQuerySet, count: int) -> None:
        self.failed, self.count = failed, count

    def render_html(self, parent_context: Any = None) -> str:
        newest = self.failed.defer("text", "html").order_by("-failed_at", "-pk")[:SHOWN]
        return render_to_string("people/staff/failed_mail.html", {"mails": newest, "count": self.count})


@hooks.register("construct_homepage_panels")
def warn_of_failed_mail(request: HttpRequest, panels: list) -> None:
    failed = Mail.objects.visible_to(request.user).given_up_since(timezone.now() - RECENT)  # type: ignore[arg-type]
    if count := failed.count():
        panels.append(FailedMail(failed, count))
