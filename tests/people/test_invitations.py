import re
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from people import actions, doors
from people.models import Invitation, Mail, User
from tests.conftest import PASSWORD, person

GOOD = {"language": "lv", "new_password": PASSWORD}


def accept(path: str, client: Client | None = None, **changes):
    return (client or Client()).post(path, GOOD | changes)


def test_an_invitation_is_a_mail_with_one_link_in_the_invited_persons_language(invite, link_in_mail):
    invite(language="lv")
    mail = Mail.objects.get()
    assert (mail.to, mail.language, mail.kind, mail.person) == ("jana@example.org", "lv", "invitation", None)
    assert 'lang="lv"' in mail.html
    assert re.fullmatch(r"/invitations/[\w-]{43}/", link_in_mail())
    assert mail.html.count("<a ") == 1


def test_the_token_is_only_in_the_mail(invite, link_in_mail, inbox, work):
    invite()
    token = link_in_mail().split("/")[2]
    stored = Invitation.objects.values().get()
    assert token not in str(stored)
    assert Invitation.objects.with_token(token).pk == stored["id"]
    work()
    assert token in inbox.mails[0].get_body(("plain",)).get_content()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith(("people_", "django_tasks")):
                cursor.execute(f"SELECT * FROM {table}")
                assert token not in str(cursor.fetchall()), table


def test_an_invitation_undone_sends_nothing(invite):
    def act():
        invite()
        raise RuntimeError("the act around it fails")

    with pytest.raises(RuntimeError), transaction.atomic():
        act()
    assert not Invitation.objects.exists()
    assert not Mail.objects.exists()


def test_the_link_leads_to_an_active_person_in_the_team_with_the_role_and_language(invite, link_in_mail, teams):
    invite(language="pl")
    client = Client()
    page = client.get(link_in_mail())
    assert page.status_code == 200
    assert b'<html lang="pl"' in page.content
    assert b"jana@example.org" in page.content
    response = accept(link_in_mail(), client)
    assert (response.status_code, response.url) == (302, "/my/")
    jana = User.objects.get(email="jana@example.org")
    assert (jana.name, jana.team, jana.job_role, jana.language) == ("Jana Liepa", teams.desk, "Receptionist", "lv")
    assert jana.is_active
    assert not jana.is_staff
    assert not jana.is_learning_staff
    assert jana.check_password(PASSWORD)
    assert client.get("/account/").context["user"] == jana, "logged in"
    invitation = Invitation.objects.get()
    assert invitation.person == jana
    assert invitation.accepted_at is not None


def test_extra_fields_change_nothing(invite, link_in_mail, teams):
    invite()
    accept(link_in_mail(), is_staff="1", is_superuser="1", email="boss@example.org", team=str(teams.company.pk))
    jana = User.objects.get(email="jana@example.org")
    assert (jana.is_staff, jana.is_superuser, jana.team) == (False, False, teams.desk)
    assert not User.objects.filter(email="boss@example.org").exists()


def test_a_double_click_makes_one_person_and_both_answers_lead_in(invite, link_in_mail):
    invite()
    first, second = accept(link_in_mail()), accept(link_in_mail())
    assert first.url == second.url == "/my/"
    assert User.objects.filter(email="jana@example.org").count() == 1


def test_a_used_link_is_closed_to_everybody_without_the_password(invite, link_in_mail):
    invite()
    accept(link_in_mail())
    thief = Client()
    response = accept(link_in_mail(), thief, new_password="another long password")
    assert response.status_code == 410
    assert "_auth_user_id" not in thief.session
    assert User.objects.get(email="jana@example.org").check_password(PASSWORD)
    page = Client().get(link_in_mail())
    assert page.status_code == 410
    assert b"Adam Wilk" in page.content, "who to ask"


def test_a_used_link_does_not_open_a_closed_account(invite, link_in_mail):
    invite()
    accept(link_in_mail())
    actions.deactivate(person=User.objects.get(email="jana@example.org"))
    assert accept(link_in_mail()).status_code == 410


def test_an_invitation_lasts_fourteen_days_to_the_second(invite, link_in_mail):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        invite()
    with time_machine.travel(start + timedelta(days=14, seconds=-1), tick=False):
        assert Client().get(link_in_mail()).status_code == 200
    with time_machine.travel(start + timedelta(days=14), tick=False):
        page = Client().get(link_in_mail())
        assert page.status_code == 410
        assert b"Adam Wilk" in page.content
        assert accept(link_in_mail()).status_code == 410
    assert not User.objects.filter(email="jana@example.org").exists()


def test_a_second_invitation_renews_the_first_and_only_the_newer_link_works(invite, link_in_mail):
    invite(team=None)
    old = link_in_mail()
    invite()
    assert Invitation.objects.count() == 1
    assert Client().get(old).status_code == 404
    assert accept(link_in_mail()).url == "/my/"


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["nonsense", "x" * 500, "%00", "ąę", "..", "0"])
def test_an_unknown_link_is_a_kind_404(token):
    page = Client().get(f"/invitations/{token}/")
    assert page.status_code == 404
    assert (
        b"This invitation is not known here"
        in Client(headers={"accept-language": "en"}).get(f"/invitations/{token}/").content
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"new_password": ""}, "Choose a password."),
        ({"new_password": "too short"}, "This password is too short. It must contain at least 15 characters."),
        ({"new_password": "jana@example.org"}, "too similar"),
        ({"language": "de"}, "Select a valid choice."),
        ({"language": ""}, "This field is required."),
    ],
)
def test_a_form_that_is_not_good_yet_says_why_and_keeps_the_invitation(invite, link_in_mail, changes, says):
    invite(language="en")
    page = accept(link_in_mail(), **changes)
    assert page.status_code == 422
    assert any(says in error["text"] for error in page.context["errors"])
    assert page.context["errors"][0]["field"] in {"id_language", "id_new_password"}
    assert not User.objects.filter(email="jana@example.org").exists()
    assert accept(link_in_mail()).url == "/my/"


def test_long_passwords_and_letters_of_every_kind_are_welcome(invite, link_in_mail):
    invite()
    password = "Zażółć gęślą jaźń 🌊 " * 8
    accept(link_in_mail(), new_password=password)
    assert User.objects.get(email="jana@example.org").check_password(password)


def test_somebody_who_is_here_is_not_invited_again(invite, ana):
    with pytest.raises(actions.AlreadyHere):
        invite(email=" ANA@example.org ")
    assert not Mail.objects.exists()


def test_an_invitation_to_somebody_who_came_by_another_way_is_closed(invite, link_in_mail):
    invite()
    actions.set_password(person=person("Jana Liepa", None), password="a password of her own")
    assert accept(link_in_mail()).status_code == 410


@pytest.mark.parametrize(
    "changes",
    [
        {"email": "not an address"},
        {"email": "jana@example.org\nBcc: thief@example.org"},
        {"first_name": "Jana\r\nBcc: thief@example.org"},
        {"last_name": ""},
        {"first_name": "x" * 151},
        {"job_role": "a\x00b"},
        {"language": "de"},
    ],
)
def test_broken_facts_are_refused_before_anything_is_written(invite, changes):
    with pytest.raises(ValidationError):
        invite(**changes)
    assert not Invitation.objects.exists()
    assert not Mail.objects.exists()


def test_markup_in_a_name_stays_text(invite, link_in_mail):
    invite(first_name="<script>alert(1)</script>")
    page = Client().get(link_in_mail())
    assert b"<script>alert" not in page.content
    assert b"&lt;script&gt;alert" in page.content


def test_a_cookie_s_language_wins_over_the_invitation_s(invite, link_in_mail):
    invite(language="lv")
    client = Client()
    client.cookies["django_language"] = "en"
    assert b'<html lang="en"' in client.get(link_in_mail()).content


def test_the_database_keeps_one_open_invitation_for_an_address(invite):
    invitation = invite()
    copy = {
        "email": invitation.email,
        "first_name": "J",
        "last_name": "L",
        "language": "lv",
        "expires_at": timezone.now() + timedelta(days=1),
        "token_sha256": "0" * 64,
    }
    for wrong in (
        copy,
        copy | {"email": "x@example.org", "token_sha256": invitation.token_sha256},
        copy | {"email": "x@example.org", "accepted_at": timezone.now()},
        copy | {"email": "x@example.org", "expires_at": timezone.now() - timedelta(days=1)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.create(**wrong)


def test_guessing_links_is_slowed_down_without_closing_the_door_to_the_invited(invite, link_in_mail):
    invite()
    client = Client()
    answers = [client.get(f"/invitations/guess-{n}/").status_code for n in range(doors.INVITATION.tries + 1)]
    assert answers == [404] * doors.INVITATION.tries + [429]
    assert client.get(link_in_mail()).status_code == 200


def test_guessing_the_password_behind_a_used_link_is_slowed_down(invite, link_in_mail):
    invite()
    accept(link_in_mail())
    for n in range(doors.INVITATION.tries):
        answer = accept(link_in_mail(), new_password=f"a wrong long password {n}")
    assert answer.status_code == 429
    assert accept(link_in_mail()).status_code == 429


def test_guesses_at_a_used_link_and_at_the_login_count_together(invite, link_in_mail, monkeypatch):
    monkeypatch.setattr(doors, "ACCOUNT", doors.Door("account", 4, doors.QUARTER))
    invite()
    accept(link_in_mail())
    for n in range(2):
        assert accept(link_in_mail(), new_password=f"a wrong long password {n}").status_code == 410
        Client().post("/login/", {"username": "jana@example.org", "password": f"a wrong long password {n}"})
    assert accept(link_in_mail()).status_code == 429
    assert Client().post("/login/", {"username": "jana@example.org", "password": PASSWORD}).status_code == 429


def test_only_get_and_post(invite, link_in_mail):
    invite()
    assert Client().put(link_in_mail()).status_code == 405
    assert Client().delete(link_in_mail()).status_code == 405
