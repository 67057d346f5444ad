import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from people import actions, doors
from people.models import Mail, User
from tests.conftest import PASSWORD, person
from tests.people.conftest import log_in

NEW = "four quiet words here"


@pytest.fixture(autouse=True)
def ana_has_a_password(ana, with_password):
    with_password(ana)


def ask(email: str = "ana@example.org", client: Client | None = None, **headers):
    return (client or Client()).post("/password-reset/", {"email": email}, headers=headers)


def follow(client: Client, link: str) -> str:
    """The link of the mail takes the token out of the address, so that it is in no Referer."""
    response = client.get(link)
    assert response.status_code == 302
    assert response.url.endswith("/set-password/")
    return response.url


def set_password(link: str, password: str = NEW, client: Client | None = None):
    client = client or Client()
    return client.post(follow(client, link), {"new_password": password})


# --- a forgotten password ------------------------------------------------------------------------------------------
def test_the_mail_comes_in_the_persons_language_with_one_link_to_our_own_address(ana, link_in_mail):
    actions.set_language(person=ana, language="lv")
    ask()
    mail = Mail.objects.get()
    assert (mail.to, mail.person, mail.language, mail.kind) == ("ana@example.org", ana, "lv", "password_reset")
    assert 'lang="lv"' in mail.html
    assert mail.html.count("<a ") == 1
    assert re.fullmatch(rf"/password-reset/{ana.key}/[\w-]+/", link_in_mail())


def test_a_known_and_an_unknown_address_get_the_same_answer():
    known, unknown = ask(), ask("nobody@example.org")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url) == (302, "/password-reset/sent/")
    assert {mail.to for mail in Mail.objects.all()} == {"ana@example.org"}
    assert Client().get("/password-reset/sent/").status_code == 200


def test_the_address_may_be_written_in_any_case():
    ask("ANA@Example.org")
    assert Mail.objects.count() == 1


def test_a_closed_account_gets_no_mail(ana):
    actions.deactivate(person=ana)
    ask()
    assert not Mail.objects.exists()


@pytest.mark.parametrize("email", ["", "nonsense", "a@example.org\nBcc: b@example.org", "x" * 300])
def test_what_is_no_address_is_said(email):
    page = ask(email)
    assert page.status_code == 422
    assert page.context["errors"][0]["field"] == "id_email"


def test_a_forged_host_never_gets_into_the_mail(settings, link_in_mail):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
    assert ask(host="evil.example").status_code == 400
    ask(**{"x-forwarded-host": "evil.example", "referer": "https://evil.example/"})
    assert "evil" not in Mail.objects.get().text
    assert link_in_mail().startswith("/password-reset/")


def test_the_link_sets_a_new_password_once(link_in_mail):
    ask()
    done = set_password(link_in_mail())
    assert done.url == "/password-reset/done/"
    assert Client().get(done.url).status_code == 200
    assert log_in(Client(), "ana@example.org", NEW).status_code == 302
    assert log_in(Client(), "ana@example.org", PASSWORD).status_code == 422
    assert Client().get(link_in_mail()).status_code == 410


def test_the_link_works_for_an_hour(link_in_mail):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        ask()
    with time_machine.travel(start + timedelta(minutes=59), tick=False):
        assert Client().get(link_in_mail()).status_code == 302
    with time_machine.travel(start + timedelta(minutes=61), tick=False):
        assert Client().get(link_in_mail()).status_code == 410


def test_the_link_dies_with_the_account_the_address_and_the_password(ana, link_in_mail):
    ask()
    for change in ({"is_active": False}, {"email": "other@example.org"}, {"password": "!"}):
        was = {name: getattr(ana, name) for name in change}
        User.objects.filter(pk=ana.pk).update(**change)
        assert Client().get(link_in_mail()).status_code == 410, change
        User.objects.filter(pk=ana.pk).update(**was)
    assert Client().get(link_in_mail()).status_code == 302


def test_closing_the_account_while_the_form_is_open_closes_the_form(ana, link_in_mail):
    ask()
    client = Client()
    form = follow(client, link_in_mail())
    actions.deactivate(person=ana)
    assert client.post(form, {"new_password": NEW}).status_code == 410
    assert User.objects.get(pk=ana.pk).check_password(PASSWORD)


@pytest.mark.parametrize("key", ["1", "MQ", "00000000-0000-0000-0000-000000000000", "x" * 400, "ą"])
def test_a_made_up_link_is_a_kind_refusal(key):
    assert Client().get(f"/password-reset/{key}/abc-def/").status_code == 410


def test_one_persons_token_does_not_open_anothers_account(obcy, link_in_mail, ana):
    ask()
    token = link_in_mail().split("/")[3]
    assert Client().get(f"/password-reset/{obcy.key}/{token}/").status_code == 410


def test_a_weak_password_is_said_and_the_link_still_works(link_in_mail):
    ask()
    client = Client(headers={"accept-language": "en"})
    form = follow(client, link_in_mail())
    page = client.post(form, {"new_password": "short"})
    assert page.status_code == 422
    assert page.context["errors"][0]["field"] == "id_new_password"
    assert client.post(form, {"new_password": NEW}).status_code == 302


def test_a_new_password_logs_out_everywhere(ana, client_for, link_in_mail):
    elsewhere = client_for(ana)
    assert elsewhere.get("/account/").status_code == 200
    ask()
    set_password(link_in_mail())
    assert elsewhere.get("/account/").status_code == 302


def test_a_new_password_opens_a_locked_account(link_in_mail):
    for n in range(doors.ACCOUNT.tries):
        log_in(Client(REMOTE_ADDR=f"192.0.2.{n // 10}"), "ana@example.org", "wrong")
    for _ in range(10):
        log_in(Client(), "ana@example.org", "wrong")
    ask()
    set_password(link_in_mail())
    assert log_in(Client(), "ana@example.org", NEW).status_code == 302


def test_asking_again_and_again_is_stopped_and_the_mailbox_is_spared():
    answers = [ask() for _ in range(doors.RESET.tries + 1)]
    assert [answer.status_code for answer in answers] == [302] * doors.RESET.tries + [429]
    assert b'href="/password-reset/"' not in answers[-1].content, "advice that would not help"
    assert Mail.objects.count() == doors.RESET_MAIL.tries
    assert ask(client=Client(REMOTE_ADDR="192.0.2.9")).status_code == 302


# --- a change of mind ----------------------------------------------------------------------------------------------
def test_changing_the_password_keeps_this_login_and_ends_the_others(ana, client_for):
    here, there = client_for(ana), client_for(ana)
    response = here.post("/account/password/", {"old_password": PASSWORD, "new_password": NEW})
    assert (response.status_code, response.url) == (302, "/account/")
    assert b"Your password is changed" in here.get("/account/").content
    assert there.get("/account/").status_code == 302
    assert User.objects.get(pk=ana.pk).check_password(NEW)


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, {"id_old_password", "id_new_password"}),
        ({"old_password": "wrong", "new_password": NEW}, {"id_old_password"}),
        ({"old_password": PASSWORD, "new_password": "short"}, {"id_new_password"}),
        ({"old_password": PASSWORD, "new_password": "ana@example.org"}, {"id_new_password"}),
    ],
)
def test_a_change_that_is_not_good_yet_says_why(ana, client_for, form, fields):
    page = client_for(ana).post("/account/password/", form)
    assert page.status_code == 422
    assert {error["field"] for error in page.context["errors"]} == fields
    assert User.objects.get(pk=ana.pk).check_password(PASSWORD)


def test_a_stolen_login_session_cannot_guess_the_password(ana, client_for):
    client = client_for(ana)
    form = {"old_password": "wrong", "new_password": NEW}
    answers = [client.post("/account/password/", form).status_code for _ in range(doors.PASSWORD_CHANGE.tries + 1)]
    assert answers == [422] * doors.PASSWORD_CHANGE.tries + [429]


def test_nobody_changes_a_password_without_a_login():
    assert Client().post("/account/password/", {}).url.startswith("/login/")


def test_somebody_who_never_had_a_password_gets_no_reset_mail(teams):
    person("Only Imported", teams.desk)
    ask("only@example.org")
    assert not Mail.objects.exists()
