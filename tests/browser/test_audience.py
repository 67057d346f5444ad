"""For whom a requirement is, chosen among many teams: by keyboard with a search, and without any script."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Locator, Page, expect

from people.models import User
from tests.browser.test_editors import assert_accessible
from tests.factories import make_course

pytestmark = [pytest.mark.slow, pytest.mark.any_database]


@pytest.fixture
def maker(ground, publisher, teams) -> User:
    make_course()
    publisher.user_permissions.add(*Permission.objects.filter(codename__in=("change_requirement", "access_admin")))
    for number in range(30):
        teams.warehouse.add_child(name=f"Gate {number}")
    teams.warehouse.add_child(name="Łódź, Żabia 3")
    return publisher


def words(language: str) -> dict[str, str]:
    texts = ("In one of these teams", "Search in the list", "Show what it would do")
    with translation.override(language):
        opens = gettext("Choose from the list (%(count)s)") % {"count": 35}
        return {text: gettext(text) for text in texts} | {"open": opens}


def field(page: Page, said: dict[str, str]) -> Locator:
    return page.get_by_role("group", name=said["In one of these teams"], exact=True)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_team_is_found_by_typing_and_ticked_by_keyboard(maker, page_for, language):
    User.objects.filter(pk=maker.pk).update(language=language)
    page, said = page_for(maker), words(language)
    page.goto(reverse("new-requirement"))
    teams = field(page, said)
    opener = teams.get_by_text(said["open"])
    opener.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    search = teams.get_by_role("searchbox", name=said["Search in the list"])
    expect(search).to_be_focused()
    page.keyboard.type("lodz, zab")
    found = teams.get_by_role("checkbox", name="Łódź, Żabia 3")
    expect(found).to_be_visible()
    expect(teams.get_by_role("checkbox", name="Warehouse", exact=True)).to_be_visible()  # the way to it
    expect(teams.get_by_role("checkbox", name="Gate 7", exact=True)).to_be_hidden()
    page.keyboard.press("Enter")

    expect(search).to_be_focused()  # nothing was sent
    while not found.evaluate("box => box === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(found).to_be_checked()
    search.fill("nowhere at all")
    expect(found).to_be_visible()  # what is ticked stays in sight
    assert_accessible(page, ".ticks-field")


def test_without_a_script_teams_are_ticked_all_the_same_and_stand_on_top_afterwards(maker, page_for):
    page, said = page_for(maker, javascript=False), words("en")
    page.goto(reverse("new-requirement"))
    teams = field(page, said)
    teams.get_by_text(said["open"]).click()
    expect(teams.get_by_role("searchbox")).to_be_hidden()
    teams.get_by_role("checkbox", name="Gate 7", exact=True).check()
    page.get_by_role("button", name=said["Show what it would do"]).click()  # a name is missing: the form again
    chosen = field(page, said).get_by_role("checkbox")
    expect(chosen).to_have_count(1)
    expect(chosen.first).to_be_checked()
    expect(field(page, said).get_by_role("checkbox", name="Gate 7 Riverside Services / Warehouse")).to_be_visible()
