import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from people import actions, roles
from people.models import User
from tests.conftest import person


@pytest.mark.django_db
def test_an_e_mail_address_is_kept_in_lower_case_however_it_comes():
    User.objects.create_user(email="Ana.Nowak@Example.ORG")
    User.objects.bulk_create([User(email="BULK@example.org")])
    assert set(User.objects.values_list("email", flat=True)) == {"ana.nowak@example.org", "bulk@example.org"}
    assert User.objects.get(email="ANA.nowak@example.org").email == "ana.nowak@example.org"


@pytest.mark.django_db
def test_one_mailbox_is_one_person():
    User.objects.create_user(email="ana@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(email="ANA@example.org")


@pytest.mark.django_db
def test_nobody_is_made_without_an_address():
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user(email="")


def test_a_name_falls_back_to_the_address():
    assert User(email="x@example.org").name == "x@example.org"
    assert User(email="x@example.org").initials == "X"
    assert User(email="x@example.org", first_name="Ana", last_name="Šiliņa").initials == "AŠ"


def test_only_l_and_d_and_admins_are_learning_staff(ana, marek, ela, publisher, auditor, admin):
    assert [each.is_learning_staff for each in (ana, marek, ela, publisher, auditor, admin)] == [
        False,
        False,
        True,
        True,
        False,
        True,
    ]


def test_a_role_is_given_by_name(ana, admin):
    assert not ana.is_auditor
    assert actions.set_roles(person=ana, roles_given={roles.AUDITOR}, by=admin).is_auditor
    with pytest.raises(ValueError, match="No such role"):
        actions.set_roles(person=ana, roles_given={"King"}, by=admin)


def test_a_time_zone_is_one_that_exists(ana):
    ana.time_zone = "Europe/Atlantis"
    with pytest.raises(ValidationError):
        ana.clean_fields()


def test_preferences_are_checked_before_anything_is_saved(ana):
    good = {"language": "lv", "time_zone": "Europe/Riga", "theme": "dark"}
    for wrong in ({"language": "de"}, {"time_zone": "Mars/Base"}, {"theme": "pink"}):
        with pytest.raises((ValueError, ValidationError)):
            actions.save_preferences(person=ana, **good | wrong)
    ana.refresh_from_db()
    assert (ana.language, ana.time_zone, ana.theme) == ("en", "Europe/Warsaw", "system")
    actions.save_preferences(person=ana, **good)
    ana.refresh_from_db()
    assert (ana.language, ana.time_zone, ana.theme) == ("lv", "Europe/Riga", "dark")


def test_somebody_may_have_no_team(teams, marek):
    lonely = person("Solo Flight", None)
    assert lonely not in User.objects.managed_by(marek)
    assert lonely in User.objects.visible_to(lonely)
