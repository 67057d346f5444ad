import pytest
from django.test import Client

from people.forms import TIME_ZONES
from people.models import User
from tests.conftest import person

GOOD = {"language": "lv", "time_zone": "Europe/Riga", "theme": "dark"}


def test_the_account_page_shows_who_one_is_and_what_one_chose(ana, client_for):
    page = client_for(ana).get("/account/").content.decode()
    for fact in ("Ana Nowak", "ana@example.org", "Front desk", "Receptionist"):
        assert fact in page
    assert '<option value="en" selected>' in page
    assert '<option value="Europe/Warsaw" selected>' in page


def test_choices_are_saved_and_used_at_once(ana, client_for):
    client = client_for(ana)
    response = client.post("/account/", GOOD)
    assert (response.status_code, response.url) == (302, "/account/")
    assert response.cookies["django_language"].value == "lv"
    page = client.get("/account/").content.decode()
    assert '<html lang="lv" data-theme="dark"' in page
    ana.refresh_from_db()
    assert (ana.language, ana.time_zone, ana.theme) == ("lv", "Europe/Riga", "dark")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"language": "de"}, "id_language"),
        ({"time_zone": "Mars/Base"}, "id_time_zone"),
        ({"time_zone": "../../etc/passwd"}, "id_time_zone"),
        ({"theme": "pink"}, "id_theme"),
        ({"language": ""}, "id_language"),
    ],
)
def test_a_choice_that_does_not_exist_is_said_and_nothing_is_saved(ana, client_for, changes, field):
    page = client_for(ana).post("/account/", GOOD | changes)
    assert page.status_code == 422
    assert [error["field"] for error in page.context["errors"]] == [field]
    ana.refresh_from_db()
    assert (ana.language, ana.time_zone, ana.theme) == ("en", "Europe/Warsaw", "system")


def test_an_empty_form_names_every_field(ana, client_for):
    page = client_for(ana).post("/account/", {})
    assert {error["field"] for error in page.context["errors"]} == {"id_language", "id_time_zone", "id_theme"}


def test_extra_fields_change_nothing(ana, client_for):
    extra = {"is_superuser": "on", "email": "x@example.org", "team": "1", "user": "2"}
    client_for(ana).post("/account/", GOOD | extra)
    ana.refresh_from_db()
    assert (ana.is_superuser, ana.email, ana.team.name) == (False, "ana@example.org", "Front desk")


def test_a_time_zone_outside_the_short_list_stays_a_choice(teams, client_for):
    far = person("Far Away", teams.desk, time_zone="Pacific/Kiritimati")
    client = client_for(far)
    assert b"Pacific/Kiritimati" in client.get("/account/").content
    assert client.post("/account/", GOOD | {"time_zone": "Pacific/Kiritimati"}).status_code == 302


def test_every_time_zone_on_the_list_exists(ana):
    for zone in TIME_ZONES:
        ana.time_zone = zone
        ana.clean_fields()


def test_somebody_without_a_team_has_an_account_page_too(client_for, db):
    assert client_for(User.objects.create_user(email="alone@example.org")).get("/account/").status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_verbs_do_nothing(ana, client_for, method):
    assert getattr(client_for(ana), method)("/account/").status_code == 405


def test_the_account_page_costs_few_queries(ana, client_for, assert_queries_at_most):
    client = client_for(ana)
    with assert_queries_at_most(12):
        client.get("/account/")


# --- who can help --------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_help_page_says_whom_to_write_to(settings):
    settings.SUPPORT_EMAIL = "training@example.org"
    assert b'href="mailto:training@example.org"' in Client().get("/help/").content


@pytest.mark.django_db
def test_the_help_page_is_honest_when_nobody_is_named(settings):
    settings.SUPPORT_EMAIL = ""
    page = Client(headers={"accept-language": "en"}).get("/help/").content
    assert b"has not told us yet whom to write to" in page
    assert b"mailto:" not in page


@pytest.mark.django_db
def test_the_help_page_is_only_read():
    assert Client().post("/help/").status_code == 405
