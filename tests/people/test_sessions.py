"""Who may come in at all: the middleware, and what happens to a login when the account is closed."""

import pytest
from django.test import Client
from django.urls import reverse

from people import actions
from people.models import User


@pytest.mark.django_db
def test_without_a_login_every_page_leads_to_the_login_and_back():
    assert Client().get("/account/?tab=1").url == "/login/?next=/account/%3Ftab%3D1"
    assert Client().head("/account/").status_code == 302


@pytest.mark.django_db
def test_an_act_without_a_login_leads_back_to_the_page_that_held_its_form():
    act = Client().post("/account/", {"language": "lv"}, headers={"referer": "http://testserver/account/?a=1"})
    assert act.url == "/login/?next=http%3A//testserver/account/%3Fa%3D1" or act.url.endswith("/account/%3Fa%3D1")
    assert Client().post("/account/").url == "/login/"
    foreign = Client().post("/account/", headers={"referer": "https://evil.example/"})
    assert foreign.url == "/login/"


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_no_other_verb_is_a_way_in(method):
    assert getattr(Client(), method)("/account/").url == "/login/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    ["login", "password_reset", "password_reset_done", "password_reset_complete", "help", "healthz", "stylesheet"],
)
def test_the_open_pages_answer_without_a_login(name):
    path = reverse(name, args=["x"] if name == "stylesheet" else [])
    assert Client().get(path).status_code == 200


def test_a_closed_account_is_out_at_the_next_request(ana, client_for):
    client = client_for(ana)
    assert client.get("/account/").status_code == 200
    actions.deactivate(person=ana)
    assert client.get("/account/").url.startswith("/login/")
    assert client.post("/account/", {"language": "lv"}).url.startswith("/login/")
    assert User.objects.get(pk=ana.pk).language == "en", "nothing was done in its name"


def test_a_personal_page_does_not_come_back_after_the_logout(ana, client_for):
    client = client_for(ana)
    for path in ("/account/", "/help/", "/nothing-here/", "/account/password/"):
        cache = client.get(path)["Cache-Control"]
        assert "no-store" in cache
        assert "private" in cache


@pytest.mark.django_db
def test_the_stylesheet_is_kept_by_browsers_and_depends_on_nobody(ana, client_for):
    sheet = client_for(ana).get(reverse("stylesheet", args=["x"]))
    assert "no-store" not in sheet["Cache-Control"]
    assert "Cookie" not in sheet.get("Vary", "")


@pytest.mark.parametrize(
    "path", ["/cms/", "/cms/pages/", "/cms/users/", "/cms/reports/", "/cms/sprite/", "/cms/jsi18n/"]
)
def test_nobody_but_l_and_d_and_admins_finds_anything_under_cms(path, ana, marek, auditor, client_for):
    for reader in (ana, marek, auditor):
        assert client_for(reader).get(path).status_code == 404
        assert client_for(reader).post(path).status_code == 404
    assert client_for(None).get(path).url.startswith("/login/")


def test_an_admin_reaches_the_cms(admin, client_for):
    assert client_for(admin).get("/cms/").status_code == 200


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(ela, client_for):
    client = client_for(ela)
    assert client.get("/cms/users/").status_code != 404
    ela.groups.clear()
    assert client.get("/cms/users/").status_code == 404
