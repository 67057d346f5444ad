import zoneinfo

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from people import actions
from people.middleware import PersonPreferences
from people.models import User
from people.views import swap_prefix


def spoken(path: str = "/my/", user: User | None = None, **extra) -> tuple[str, str]:
    """The language and the time zone a view would see."""
    seen = []

    def view(request):
        assert translation.get_language() == request.LANGUAGE_CODE
        seen.append((translation.get_language(), timezone.get_current_timezone_name()))
        return HttpResponse()

    request = RequestFactory().get(path, **extra)
    request.user = user or AnonymousUser()
    response = PersonPreferences(view)(request)
    assert response["Content-Language"] == seen[0][0]
    return seen[0]


@pytest.mark.parametrize(
    ("cookie", "browser", "expected"),
    [
        ("", "", "pl"),
        ("", "lv", "lv"),
        ("", "lv-LV,lv;q=0.9,en;q=0.8", "lv"),
        ("", "de,fr;q=0.9", "pl"),
        ("", "de,en-GB;q=0.5", "en"),
        ("en", "lv", "en"),
        ("de", "lv", "lv"),
        ("<script>", "nonsense;;;q=x", "pl"),
    ],
)
def test_before_the_login_the_cookie_speaks_then_the_browser_then_polish(cookie, browser, expected):
    assert spoken(headers={"accept-language": browser, "cookie": f"django_language={cookie}"})[0] == expected


def test_a_person_keeps_the_language_they_chose_whatever_browser_and_cookie_say():
    latvian = User(language="lv")
    assert spoken(user=latvian, headers={"accept-language": "en", "cookie": "django_language=pl"})[0] == "lv"


def test_a_path_with_a_language_speaks_that_language():
    assert spoken("/en/safety/", user=User(language="lv"))[0] == "en"
    assert spoken("/lv/", headers={"accept-language": "en"})[0] == "lv"
    assert spoken("/my/", user=User(language="lv"))[0] == "lv", "my is also the code of Burmese"


def test_the_clock_is_the_persons_own():
    assert spoken(user=User(time_zone="Europe/Riga"))[1] == "Europe/Riga"
    assert spoken()[1] == "Europe/Warsaw"
    assert spoken(user=User(time_zone="Europe/Atlantis"))[1] == "Europe/Warsaw"
    assert spoken(user=User(time_zone="../../etc/passwd"))[1] == "Europe/Warsaw"


def test_the_next_reader_on_the_same_thread_inherits_nothing():
    translation.activate("en")
    spoken(user=User(language="lv", time_zone="Europe/Riga"))
    assert translation.get_language() == "en"
    assert timezone.get_current_timezone() == zoneinfo.ZoneInfo("Europe/Warsaw")


@pytest.mark.django_db
def test_pages_before_the_login_say_what_they_depend_on():
    vary = Client().get("/login/")["Vary"]
    assert "Accept-Language" in vary
    assert "Cookie" in vary


# --- the switch ----------------------------------------------------------------------------------------------------
def switch(client: Client, language: str = "lv", next_: str = "/help/", **extra):
    return client.post("/language/", {"language": language, "next": next_}, **extra)


@pytest.mark.django_db
def test_anybody_can_switch_and_stays_on_the_page():
    client = Client(headers={"accept-language": "en"})
    response = switch(client, "lv", "/help/?a=1")
    assert (response.status_code, response.url) == (302, "/help/?a=1")
    cookie = response.cookies["django_language"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("lv", "Lax", True)
    assert b'<html lang="lv"' in client.get("/help/").content


def test_a_person_who_switches_keeps_the_language_on_every_device(ana, client_for):
    switch(client_for(ana), "lv")
    assert b'<html lang="lv"' in client_for(ana).get("/account/").content
    assert User.objects.get(pk=ana.pk).language == "lv"


def test_on_a_page_with_a_language_in_its_address_the_address_switches_too(ana, client_for):
    assert switch(client_for(ana), "lv", "/pl/kurs/?x=1#y").url == "/lv/kurs/?x=1#y"
    assert switch(client_for(ana), "en", "/lv/").url == "/en/"
    assert switch(client_for(ana), "en", "/my/").url == "/my/"


@pytest.mark.parametrize("language", ["de", "", "PL", "<b>"])
def test_an_unknown_language_changes_nothing_and_says_so(ana, client_for, language):
    client = client_for(ana)
    response = switch(client, language)
    assert response.url == "/help/"
    assert "django_language" not in response.cookies
    assert b"This language is not offered." in client.get("/help/").content
    assert User.objects.get(pk=ana.pk).language == "en"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "next_", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_the_switch_never_leads_away(next_):
    assert switch(Client(), "lv", next_).url == "/"
    assert switch(Client(), "lv", next_, headers={"referer": "https://evil.example/"}).url == "/"
    assert (
        switch(Client(), "lv", next_, headers={"referer": "http://testserver/help/"}).url == "http://testserver/help/"
    )


@pytest.mark.django_db
def test_a_get_switches_nothing():
    assert Client().get("/language/?language=lv&next=/").status_code == 405


def test_switching_needs_the_forms_token(ana):
    client = Client(enforce_csrf_checks=True)
    assert switch(client).status_code == 403


paths = st.from_regex(r"/(pl|lv|en)/([a-z0-9-]{1,8}/){0,3}(\?[a-z]=[a-z0-9])?", fullmatch=True)


@given(path=paths, to=st.sampled_from(["pl", "lv", "en"]))
def test_swapping_the_prefix_changes_only_the_prefix_and_can_be_undone(path, to):
    swapped = swap_prefix(path, to)
    assert swapped.startswith(f"/{to}/")
    assert swapped[3:] == path[3:]
    assert swap_prefix(swapped, path[1:3]) == path


def test_a_language_nobody_offers_is_refused_by_the_action(ana):
    with pytest.raises(ValueError, match="No such language"):
        actions.set_language(person=ana, language="de")
