import json
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings as project
from django.test import Client, RequestFactory
from django.utils import timezone

from people import actions, doors
from tests.conftest import PASSWORD
from tests.people.conftest import log_in

WRONG = "not the right password"


@pytest.fixture(autouse=True)
def everybody_has_a_password(ana, marek, with_password):
    for each in (ana, marek):
        with_password(each)


def test_an_e_mail_and_a_password_lead_to_my_training():
    response = log_in(Client(), "ana@example.org")
    assert (response.status_code, response.url) == (302, "/my/")


def test_the_address_may_be_written_in_any_case():
    assert log_in(Client(), " ANA@Example.org ").status_code == 302


def test_the_form_has_labels_and_what_password_managers_look_for():
    page = Client().get("/login/").content.decode()
    assert '<label for="id_username">' in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


@pytest.mark.parametrize(("email", "password"), [("ana@example.org", WRONG), ("nobody@example.org", PASSWORD)])
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(email, password):
    page = Client(headers={"accept-language": "en"}).post("/login/", {"username": email, "password": password})
    assert page.status_code == 422
    assert page.context["errors"] == [
        {
            "field": "id_username",
            "text": "This e-mail and password do not belong together. Check both, or set a new password.",
        }
    ]


def test_an_address_longer_than_any_is_a_wrong_one():
    """PostgreSQL keeps to the length of a column; SQLite would take it."""
    assert log_in(Client(), f"{'a' * 300}@example.org").status_code == 422
    assert len(AccessAttempt.objects.get().username) == doors.LONGEST


def test_a_closed_account_gets_that_answer_too(ana):
    actions.deactivate(person=ana)
    assert log_in(Client(), "ana@example.org").status_code == 422


@pytest.mark.parametrize("form", [{}, {"username": "ana@example.org"}, {"password": PASSWORD}])
def test_missing_and_broken_fields_are_said_and_count_as_no_try(form):
    page = Client().post("/login/", form)
    assert page.status_code == 422
    assert page.context["errors"]
    assert not AccessAttempt.objects.exists()


def test_a_form_without_its_token_is_refused():
    client = Client(enforce_csrf_checks=True)
    assert log_in(client, "ana@example.org").status_code == 403


def test_the_login_session_gets_a_new_id_at_login(ana):
    client = Client()
    session = client.session
    session["before"] = "login"
    session.save()
    client.cookies[project.SESSION_COOKIE_NAME] = session.session_key
    log_in(client, "ana@example.org")
    assert client.session.session_key != session.session_key


# --- where the login leads -----------------------------------------------------------------------------------------
def test_after_the_login_one_is_back_where_one_wanted_to_go():
    assert log_in(Client(), "ana@example.org", next="/account/?x=1").url == "/account/?x=1"


@pytest.mark.parametrize(
    "next_",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example",
        r"\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "https://testserver@evil.example/",
        "\thttps://evil.example",
        "/login/",
        "/login/?next=/login/",
        "/logout/",
    ],
)
def test_next_never_leads_away_or_round_in_circles(next_, client_for, ana):
    assert log_in(Client(), "ana@example.org", next=next_).url == "/my/"
    assert client_for(ana).get("/login/", {"next": next_}).url == "/my/"
    page = Client().get("/login/", {"next": next_})
    assert page.context["next"] == ""


def test_who_is_logged_in_needs_no_login_page(client_for, ana):
    assert client_for(ana).get("/login/", {"next": "/account/"}).url == "/account/"


def test_logging_out_is_a_post(client_for, ana):
    client = client_for(ana)
    assert client.get("/logout/").status_code == 405
    assert client.get("/account/").status_code == 200
    assert client.post("/logout/").url == "/login/"
    assert client.get("/account/").status_code == 302


def test_logging_out_twice_is_no_error(client_for):
    assert client_for(None).post("/logout/").url == "/login/"


# --- too many tries ------------------------------------------------------------------------------------------------
def test_ten_wrong_passwords_lock_this_account_from_this_address_and_nothing_else():
    here = Client(headers={"accept-language": "en"})
    answers = [log_in(here, "ana@example.org", WRONG).status_code for _ in range(10)]
    assert answers == [422] * 9 + [429]
    page = log_in(here, "ana@example.org")
    assert page.status_code == 429, "the right password is refused as well"
    assert b"for 15 minutes" in page.content
    assert page["Retry-After"] == "900"
    assert "_auth_user_id" not in here.session
    assert log_in(Client(), "marek@example.org").status_code == 302, "another account from the same address"
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert log_in(elsewhere, "ana@example.org").status_code == 302, "the same account from another address"


def test_writing_the_address_differently_gives_no_new_tries():
    spellings = ["ana@example.org", "ANA@example.org", " Ana@Example.Org "]
    for n in range(10):
        answer = log_in(Client(headers={"user-agent": f"browser {n}"}), spellings[n % 3], WRONG)
    assert answer.status_code == 429


def test_the_lock_opens_when_the_page_said_it_would_and_knocking_does_not_prolong_it():
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        for _ in range(10):
            log_in(Client(), "ana@example.org", WRONG)
    with time_machine.travel(start + timedelta(minutes=10), tick=False):
        page = Client(headers={"accept-language": "en"}).post(
            "/login/", {"username": "ana@example.org", "password": PASSWORD}
        )
        assert b"for 5 minutes" in page.content
    with time_machine.travel(start + timedelta(minutes=15, seconds=1), tick=False):
        assert log_in(Client(), "ana@example.org").status_code == 302


def test_a_success_starts_the_count_again():
    for _ in range(2):
        for _ in range(9):
            assert log_in(Client(), "ana@example.org", WRONG).status_code == 422
        assert log_in(Client(), "ana@example.org").status_code == 302


def test_the_page_for_too_many_tries_speaks_the_reader_s_language():
    client = Client(headers={"accept-language": "lv"})
    for _ in range(10):
        page = log_in(client, "ana@example.org", WRONG)
    assert b'<html lang="lv"' in page.content


def test_an_account_that_is_tried_from_everywhere_is_shut_until_its_owner_sets_a_new_password(ana):
    for n in range(doors.ACCOUNT.tries):
        log_in(Client(REMOTE_ADDR=f"192.0.2.{n}"), "ana@example.org", WRONG)
    elsewhere = Client(REMOTE_ADDR="198.51.100.1", headers={"accept-language": "en"})
    page = log_in(elsewhere, "ana@example.org")
    assert page.status_code == 429
    assert b"for 24 hours" in page.content
    assert b"opens the account at once" in page.content
    assert log_in(Client(REMOTE_ADDR="198.51.100.1"), "marek@example.org").status_code == 302


def test_one_address_alone_cannot_shut_an_account_for_everybody():
    for _ in range(doors.ACCOUNT.tries + 10):
        log_in(Client(), "ana@example.org", WRONG)
    assert log_in(Client(REMOTE_ADDR="198.51.100.1"), "ana@example.org").status_code == 302


def test_an_unknown_address_is_locked_like_a_known_one():
    for _ in range(10):
        page = log_in(Client(), "nobody@example.org", WRONG)
    assert page.status_code == 429


def test_no_password_is_written_down():
    log_in(Client(), "ana@example.org", WRONG)
    attempt = AccessAttempt.objects.get()
    assert WRONG not in f"{attempt.post_data}{attempt.get_data}"


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "expected"),
    [
        (False, "203.0.113.9", "192.0.2.1"),
        (True, "203.0.113.9", "203.0.113.9"),
        (True, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (True, "", "192.0.2.1"),
        (True, "nonsense", None),
        (True, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),  # one home, one door
        (True, "2001:db8:1:2::9", "2001:db8:1:2::"),
        (True, "::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_the_address_of_a_reader_is_what_our_own_proxy_wrote_last(settings, behind_proxy, forwarded, expected):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if behind_proxy else None
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": forwarded})
    assert doors.client_ip(request) == expected


def test_a_forged_forwarding_header_gives_no_new_tries():
    for n in range(10):
        answer = log_in(Client(headers={"x-forwarded-for": f"192.0.2.{n}"}), "ana@example.org", WRONG)
    assert answer.status_code == 429


# --- the other logins that come with Wagtail -----------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/cms/login/", "/_util/login/", "/cms/", "/cms/password_reset/"])
def test_there_is_no_second_door(path):
    form = {"username": "ana@example.org", "password": PASSWORD}
    for response in (Client().get(path), Client().post(path, form)):
        assert response.status_code == 302
        assert response.url.startswith("/login/")


def test_the_login_for_pages_leads_to_ours_also_for_who_is_logged_in(client_for, ana):
    assert client_for(ana).get("/_util/login/?next=/account/").url == "/login/?next=/account/"


# --- the demonstration ---------------------------------------------------------------------------------------------
@pytest.fixture
def demo_file(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    people = [
        {"role": "employee", "email": "ana@example.org", "password": PASSWORD, "about": "in the middle of a lesson"}
    ]
    (tmp_path / "demo.json").write_text(json.dumps({"url": "http://127.0.0.1:8000", "people": people}))
    return tmp_path / "demo.json"


def test_a_demonstration_shows_its_people_and_their_passwords(settings, demo_file):
    settings.DEMO = True
    page = Client().get("/login/").content.decode()
    assert "ana@example.org" in page
    assert PASSWORD in page
    assert "in the middle of a lesson" in page


def test_nothing_else_ever_does(settings, demo_file):
    settings.DEMO = False
    assert PASSWORD not in Client().get("/login/").content.decode()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"people": 1}', '{"people": [{"role": "x"}]}', "null"])
def test_a_broken_demo_file_shows_nobody(settings, demo_file, content):
    settings.DEMO = True
    demo_file.write_text(content)
    page = Client().get("/login/")
    assert page.status_code == 200
    assert page.context["demo_people"] == []


def test_no_demo_file_shows_nobody(settings, demo_file):
    settings.DEMO = True
    demo_file.unlink()
    assert Client().get("/login/").status_code == 200
