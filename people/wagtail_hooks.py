"""What people add to the CMS: the screens about people and teams, in the place of Wagtail's, which know no rules."""

from django.http import HttpRequest
from django.urls import include, path, reverse
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from people.staff import people, roster, scim, teams

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
