import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from wagtail.models import Locale, Page, Site

from courses.models import CataloguePage, ReviewTask
from lms.packs.site import set_up_site
from people import roles


@pytest.fixture
def site(db) -> None:
    set_up_site()


def test_the_second_time_nothing_is_made(site):
    assert set_up_site() == []


def test_there_is_a_catalogue_in_each_language_linked_as_translations(site):
    pages = CataloguePage.objects.all()
    assert {page.locale.language_code for page in pages} == {"pl", "lv", "en"}
    assert len({page.translation_key for page in pages}) == 1
    assert all(page.live for page in pages)


def test_the_polish_catalogue_is_the_root_and_wagtails_welcome_is_gone(site):
    root = Site.objects.get().root_page
    assert root.locale.language_code == "pl"
    assert isinstance(root.specific, CataloguePage)
    assert not Page.objects.filter(slug="home").exists()
    assert Locale.get_default().language_code == "pl"


def test_addresses_follow_the_setting(site, settings):
    settings.BASE_URL = "https://training.example"
    assert set_up_site() == ["site training.example:443"]
    assert Site.objects.get().root_url == "https://training.example"


def test_editors_write_and_publishers_publish(site, ela, publisher):
    root = Site.objects.get().root_page
    may = root.permissions_for_user
    assert may(ela).can_edit()
    assert may(ela).can_add_subpage()
    assert not may(ela).can_publish()
    assert may(publisher).can_publish()
    assert may(publisher).can_unpublish()


@pytest.mark.parametrize(
    "permission, editor, of_publisher",
    [
        ("wagtailadmin.access_admin", True, True),
        ("quizzes.add_question", True, True),
        ("quizzes.change_question", True, True),
        ("quizzes.publish_question", False, True),
        ("quizzes.delete_question", False, True),
        ("courses.change_sitefacts", False, True),
        ("people.change_user", False, False),
    ],
)
def test_what_each_role_may_do(site, ela, publisher, permission, editor, of_publisher):
    assert ela.has_perm(permission) is editor
    assert publisher.has_perm(permission) is of_publisher


def test_images_are_for_both_roles_and_for_nobody_else(site, client_for, ela, publisher, ana, auditor):
    for user, status in ((ela, 200), (publisher, 200)):
        assert client_for(user).get("/cms/images/add/").status_code == status
    for user in (ana, auditor):
        assert client_for(user).get("/cms/images/add/").status_code != 200


def test_drafts_go_to_publishers_for_review(site):
    assert [group.name for group in ReviewTask.objects.get().groups.all()] == [roles.PUBLISHER]
    assert set(Group.objects.values_list("name", flat=True)) == set(roles.ALL)


def test_the_command_says_what_it_made(db, capsys):
    call_command("set_up_site")
    assert "made: catalogue lv" in capsys.readouterr().out
    call_command("set_up_site")
    assert capsys.readouterr().out == "The site is set up already.\n"
