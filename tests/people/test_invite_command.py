"""`manage.py invite`: how the first people come in."""

import pytest
from django.core.management import CommandError, call_command

from people.models import Invitation, Mail


def invite(email="new@example.org", team="Front desk"):
    call_command("invite", email, "Līga", "Bērziņa", team=team, language="lv")


def test_it_invites_by_mail_in_the_language_given(teams):
    invite()
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.team, invitation.language) == ("new@example.org", teams.desk, "lv")
    assert Mail.objects.get().language == "lv"


def test_inviting_again_renews_the_one_invitation(teams):
    invite()
    invite()
    assert Invitation.objects.count() == 1


def test_who_has_an_account_is_not_invited(ana):
    with pytest.raises(CommandError, match="has an account already"):
        invite(ana.email)


def test_a_team_that_is_not_there_or_a_broken_address_is_named(teams):
    with pytest.raises(CommandError, match="0 teams are called"):
        invite(team="Nowhere")
    with pytest.raises(CommandError):
        invite("not an address")
    assert not Invitation.objects.exists()
