"""People in the CMS: the list, a person, roles, closing and opening accounts."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from evidence.models import Record
from people import actions, doors, roles
from people.models import Invitation, Mail, TeamLead, User
from tests.conftest import EVER_SINCE, PASSWORD, person

pytestmark = pytest.mark.usefixtures("staff_may_enter")
FACTS = {
    "email": "jana@example.org",
    "first_name": "Jana",
    "last_name": "Liepa",
    "team": "",
    "job_role": "Receptionist",
    "language": "lv",
}


def listed(client: Client, query: str = "") -> set[str]:
    page = client.get(f"/cms/people/{query}").content.decode()
    return set(re.findall(r"[\w.]+@example\.org", page))


@pytest.fixture
def boss(admin, with_password) -> User:
    return with_password(admin)


def url(name: str, who: User) -> str:
    return reverse(name, args=[who.key])


# --- the list ------------------------------------------------------------------------------------------------------
def test_the_list_is_searched_and_filtered(ana, marek, obcy, ela, admin, teams, client_for):
    client = client_for(admin)
    actions.set_password(person=ana, password=PASSWORD)
    actions.deactivate(person=obcy)
    assert listed(client) == {f"{name}@example.org" for name in ("ana", "marek", "olaf", "ela", "adam")}
    assert listed(client, "?q=now+ana") == {"ana@example.org"}
    assert listed(client, f"?team={teams.service.key}") == {"ana@example.org", "marek@example.org"}
    assert listed(client, f"?role={roles.ADMIN}") == {"adam@example.org"}
    assert listed(client, "?role=L%26D+editor") == {"ela@example.org"}
    assert listed(client, f"?role={roles.MANAGER}") == {"marek@example.org"}
    assert listed(client, "?state=deactivated") == {"olaf@example.org"}
    assert listed(client, "?state=active") == {"ana@example.org"}
    assert "ana@example.org" not in listed(client, "?state=waiting")


@pytest.mark.parametrize("typed", ["łucja", "ŁUCJA", "Łucja", "żółć", "ŚWIĘCICKA-ŻÓŁĆ", "święcicka-żółć", "ucj icka"])
def test_a_name_is_found_in_whatever_case_it_is_typed(typed, ana, admin, client_for):
    User.objects.filter(pk=ana.pk).update(first_name="Łucja", last_name="Święcicka-Żółć")
    assert listed(client_for(admin), f"?q={typed}") == {"ana@example.org"}
    assert not User.objects.named(f"{typed} źle")


def test_the_list_stands_in_the_order_of_the_alphabet(ana, marek, obcy, admin, client_for):
    for one, name in ((ana, "Ćwikła"), (marek, "Cyran"), (obcy, "Dąb"), (admin, "Żak")):
        User.objects.filter(pk=one.pk).update(last_name=name)
    admin.language = "pl"  # to an English reader Ć is a C with a mark
    admin.save(update_fields=["language"])
    page = client_for(admin).get("/cms/people/").content.decode()
    assert re.findall("Cyran|Ćwikła|Dąb|Żak", page[page.index("<tbody") :])[:4] == ["Cyran", "Ćwikła", "Dąb", "Żak"]


@pytest.mark.parametrize("query", ["?team=nonsense", "?team=00000000-0000-4000-8000-000000000000", "?q=%27"])
def test_a_filter_that_fits_nobody_says_so(query, admin, client_for):
    page = client_for(admin).get(f"/cms/people/{query}")
    assert page.status_code == 200
    assert b"Nobody was found." in page.content


def test_the_list_costs_the_same_for_many_and_has_pages_of_fifty(admin, teams, client_for, assert_queries_at_most):
    client = client_for(admin)
    client.get("/cms/people/")
    with assert_queries_at_most(40) as few:
        client.get("/cms/people/")
    for n in range(60):
        someone = person(f"P{n} Many", teams.desk, role=roles.AUDITOR)
        TeamLead.objects.create(team=teams.desk, person=someone, starts_on=EVER_SINCE)
    with assert_queries_at_most(len(few)):
        page = client.get("/cms/people/")
    assert len(page.context["page"].object_list) == 50
    assert len(listed(client, "?p=2")) == 11


# --- inviting ------------------------------------------------------------------------------------------------------
def test_who_is_invited_has_an_account_at_once_and_chooses_a_password_by_mail(
    ela, teams, client_for, link_in_mail, work, inbox
):
    response = client_for(ela).post("/cms/people/invite/", FACTS | {"team": str(teams.desk.key)})
    jana = User.objects.get(email="jana@example.org")
    assert response.url == url("person", jana)
    assert (jana.team, jana.language, jana.is_waiting) == (teams.desk, "lv", True)
    assert Invitation.objects.get().invited_by == ela
    visitor = Client()
    accepted = visitor.post(link_in_mail(), {"language": "pl", "new_password": PASSWORD})
    assert accepted.url == "/my/"
    again = User.objects.get(email="jana@example.org")
    assert (again.pk, again.language, again.is_waiting) == (jana.pk, "pl", False)
    assert Invitation.objects.get().person == jana


def test_an_address_that_is_taken_is_said_and_nothing_is_sent(ana, admin, client_for):
    page = client_for(admin).post("/cms/people/invite/", FACTS | {"email": "ANA@example.org"})
    assert page.status_code == 422
    assert b"Somebody has an account with this address." in page.content
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    "bad", [{"email": "x"}, {"first_name": "a\nb"}, {"language": "de"}, {"team": "1"}, {"last_name": ""}]
)
def test_a_broken_invitation_is_refused(bad, admin, client_for):
    assert client_for(admin).post("/cms/people/invite/", FACTS | bad).status_code == 422
    assert User.objects.count() == 1


def test_an_invitation_is_sent_again_and_only_the_newer_link_works(ela, client_for, link_in_mail):
    jana = actions.hire(**FACTS | {"team": None}, by=None)
    old = link_in_mail()
    client_for(ela).post(url("resend-invitation", jana))
    assert Mail.objects.count() == 2
    assert Client().get(old).status_code == 404
    assert Client().get(link_in_mail()).status_code == 200


def test_who_has_a_password_or_is_closed_out_is_not_invited_again(ana, obcy, with_password, ela, client_for):
    with_password(ana)
    actions.deactivate(person=obcy)
    for who in (ana, obcy):
        client_for(ela).post(url("resend-invitation", who))
    assert not Mail.objects.exists()


def test_a_link_does_not_open_an_account_that_was_closed_since(link_in_mail, teams):
    jana = actions.hire(**FACTS | {"team": None}, by=None)
    actions.deactivate(person=jana)
    assert Client().post(link_in_mail(), {"language": "pl", "new_password": PASSWORD}).status_code == 410
    assert not User.objects.get(pk=jana.pk).has_usable_password()


def test_a_corrected_address_takes_the_open_invitation_along(link_in_mail, admin, client_for):
    jana = actions.hire(**FACTS | {"team": None, "email": "stranger@example.org"}, by=admin)
    strangers = link_in_mail()
    client_for(admin).post(f"/cms/people/{jana.key}/", FACTS | {"tags": ""})
    assert Client().get(strangers).status_code == 404
    assert Client().post(strangers, {"language": "pl", "new_password": PASSWORD}).status_code == 404
    assert not User.objects.filter(email="stranger@example.org").exists()
    assert Mail.objects.latest("pk").to == "jana@example.org"
    assert Invitation.objects.get().invited_by == admin
    Client().post(link_in_mail(), {"language": "pl", "new_password": PASSWORD})
    assert User.objects.get(pk=jana.pk).has_usable_password()


def test_who_has_come_is_not_invited_again_for_a_new_address(ana, with_password):
    with_password(ana)
    actions.change_person(person=ana, email="nowak@example.org")
    assert not Mail.objects.exists()


# --- one person ----------------------------------------------------------------------------------------------------
def test_an_admin_changes_what_is_known(ana, admin, teams, client_for):
    facts = FACTS | {"team": str(teams.warehouse.key)}
    assert client_for(admin).post(url("person", ana), facts).status_code == 302
    fresh = User.objects.get(pk=ana.pk)
    assert (fresh.name, fresh.email, fresh.team) == ("Jana Liepa", "jana@example.org", teams.warehouse)
    assert (fresh.job_role, fresh.language) == ("Receptionist", "lv")


def test_an_address_of_somebody_else_is_refused(ana, obcy, admin, client_for):
    page = client_for(admin).post(url("person", ana), FACTS | {"email": obcy.email})
    assert page.status_code == 422
    assert User.objects.get(pk=ana.pk).email == "ana@example.org"


def test_the_page_shows_markup_in_a_name_as_text(admin, client_for):
    mallory = actions.hire(**FACTS | {"first_name": "<script>alert(1)</script>", "team": None}, by=None)
    for path in (url("person", mallory), "/cms/people/"):
        page = client_for(admin).get(path).content
        assert b"<script>alert(1)" not in page
        assert b"&lt;script&gt;" in page


# --- roles ---------------------------------------------------------------------------------------------------------
def test_roles_are_given_and_taken_with_ones_own_password_and_proof(ela, boss, client_for):
    client, session = client_for(boss), client_for(ela)
    assert session.get("/cms/").status_code == 200
    given = {"roles": [roles.AUDITOR], "password": PASSWORD}
    assert client.post(url("person-roles", ela), given).status_code == 302
    assert set(User.objects.get(pk=ela.pk).groups.values_list("name", flat=True)) == {roles.AUDITOR}
    record = Record.objects.get(kind="roles-changed")
    assert (record.subject, record.facts) == (
        ela.key,
        {"given": [roles.AUDITOR], "taken": [roles.EDITOR], "by": str(boss.key)},
    )
    assert session.get("/account/").url.startswith("/login/"), "a role that changed ends the login"


def test_the_same_roles_again_change_nothing(ela, boss, client_for):
    session = client_for(ela)
    client_for(boss).post(url("person-roles", ela), {"roles": [roles.EDITOR], "password": PASSWORD})
    assert not Record.objects.exists()
    assert session.get("/account/").status_code == 200


def test_a_new_admin_and_back(ana, boss, client_for):
    client = client_for(boss)
    client.post(url("person-roles", ana), {"roles": [roles.ADMIN], "password": PASSWORD})
    assert User.objects.get(pk=ana.pk).is_admin
    client.post(url("person-roles", ana), {"roles": [], "password": PASSWORD})
    fresh = User.objects.get(pk=ana.pk)
    assert (fresh.is_admin, fresh.is_staff) == (False, False)


@pytest.mark.parametrize(
    "sent", [{"password": "wrong"}, {"password": ""}, {"password": PASSWORD, "roles": ["Manager"]}]
)
def test_without_the_password_or_with_another_role_nothing_changes(sent, ana, boss, client_for):
    page = client_for(boss).post(url("person-roles", ana), {"roles": [roles.ADMIN]} | sent)
    assert page.status_code == 422
    assert not User.objects.get(pk=ana.pk).is_admin


def test_the_password_is_not_guessed_here(ana, boss, client_for):
    client = client_for(boss)
    for _ in range(doors.PASSWORD_CHANGE.tries):
        client.post(url("person-roles", ana), {"roles": [roles.ADMIN], "password": "wrong"})
    late = client.post(url("person-roles", ana), {"roles": [roles.ADMIN], "password": PASSWORD})
    assert late.status_code == 429
    assert late["Retry-After"]
    assert not User.objects.get(pk=ana.pk).is_admin


def test_nobody_changes_their_own_roles(boss, client_for):
    assert client_for(boss).post(url("person-roles", boss), {"roles": [], "password": PASSWORD}).status_code == 422
    assert User.objects.get(pk=boss.pk).is_admin


def test_the_last_admin_stays(ana, admin):
    other = actions.set_roles(person=ana, roles_given={roles.ADMIN}, by=admin)
    actions.deactivate(person=admin, by=other)
    with pytest.raises(actions.LastAdmin):
        actions.deactivate(person=other)
    with pytest.raises(actions.LastAdmin):
        actions.set_roles(person=other, roles_given=set(), by=admin)
    assert User.objects.get(pk=other.pk).is_admin


def test_a_group_of_wagtails_stays_when_roles_change(ela, admin):
    ela.groups.add(Group.objects.create(name="Someone's own"))
    actions.set_roles(person=ela, roles_given=set(), by=admin)
    assert set(ela.groups.values_list("name", flat=True)) == {"Someone's own"}


# --- closing and opening -------------------------------------------------------------------------------------------
def test_a_closed_account_is_out_at_once_and_an_old_login_does_not_come_back(ana, admin, client_for):
    session, client = client_for(ana), client_for(admin)
    client.post(url("deactivate-person", ana))
    assert session.get("/account/").url.startswith("/login/")
    client.post(url("reactivate-person", ana))
    assert User.objects.get(pk=ana.pk).is_active
    assert session.get("/account/").url.startswith("/login/")
    kinds = list(Record.objects.order_by("seq").values_list("kind", "subject", "facts"))
    by = {"by": str(admin.key)}
    assert kinds == [("account-closed", ana.key, by), ("account-opened", ana.key, by)]


def test_twice_is_once(ana, admin):
    for _ in range(2):
        actions.deactivate(person=ana, by=admin)
    assert Record.objects.count() == 1


def test_nobody_closes_their_own_account(admin, client_for):
    client_for(admin).post(url("deactivate-person", admin))
    assert User.objects.get(pk=admin.pk).is_active


# --- refusals ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["person", "person-roles", "deactivate-person", "reactivate-person"])
def test_acts_are_the_admins_alone(name, ana, ela, publisher, auditor, marek, client_for):
    for asker in (ela, publisher, auditor, marek, ana):
        assert client_for(asker).post(url(name, ana), FACTS | {"password": PASSWORD}).status_code == 404
    assert client_for(None).post(url(name, ana)).url.startswith("/login/")
    fresh = User.objects.get(pk=ana.pk)
    assert (fresh.is_active, fresh.email) == (True, "ana@example.org")


@pytest.mark.parametrize("name", ["person-roles", "deactivate-person", "reactivate-person", "resend-invitation"])
def test_a_get_does_nothing(name, ana, admin, client_for):
    assert client_for(admin).get(url(name, ana)).status_code == 405


def test_a_form_without_its_token_is_refused(ana, admin):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(url("deactivate-person", ana)).status_code == 403
    assert User.objects.get(pk=ana.pk).is_active


def test_l_and_d_sees_people_and_no_button_of_the_admins(ana, ela, client_for):
    page = client_for(ela).get(url("person", ana)).content
    assert b"Ana Nowak" in page
    assert b"Deactivate the account" not in page
    assert b'name="email"' not in page


def test_wagtails_own_screens_for_accounts_are_not_offered(admin, client_for):
    menu = client_for(admin).get("/cms/").content.decode()
    assert "/cms/people/" in menu
    assert "/cms/users/" not in menu
