"""axe-core finds nothing on any kind of page: light and dark, on a phone and on a desk. And nothing has to be scrolled
sideways at 320 px; scripts run without errors and within the CSP (the `tab` fixture sees to that)."""

import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from tests.browser.stage import TYPES

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SETTLED = "() => !document.getAnimations().some(running => running instanceof CSSTransition)"
OF_COLOURS = ["color-contrast", "link-in-text-block"]
RUN = "([part, rules]) => axe.run(part || document, {runOnly: rules, resultTypes: ['violations']})"
WIDTHS = (1280, 360)
NARROWEST = 320
PAGES = (
    "login",
    "reset",
    "reset sent",
    "new password",
    "new password too late",
    "invitation",
    "invitation unknown",
    "help",
    "account",
    "password",
    "my, nothing",
    "my, new",
    "my, in the middle",
    "my, finished",
    "catalogue",
    "course page",
    "outline, new",
    "outline",
    "outline, finished",
    *(f"lesson {number}" for number in range(1, 6)),  # between them every kind of block
    "lesson, finished",
    "desk card",
    "quiz of new",
    "final of new",
    "quiz begun",
    "quiz passed",
    *(f"question, {kind}" for kind in TYPES),
    "question answered",
    "question explained",
    "check page",
    "result, passed",
    "result, not passed",
    "scenario of new",
    "scenario begun",
    "scenario passed",
    "scene",
    "scene, practice",
    "debrief, questions",
    "debrief",
    "transcript",
    "certificates",
    "certificates, none",
    "certificate, valid",
    "certificate, expired",
    "certificate, revoked",
    "verify",
    "verify, valid",
    "verify, expired",
    "verify, revoked",
    "verify, never issued",
    "verify, mistyped",
    "team",
)


def findings(page: Page) -> list[str]:
    """Each violation with the first places where it is."""
    found = []
    for look, fault in violations(page):
        places = [f"{node['target']} {node['html'][:160]}" for node in fault["nodes"][:3]]
        found.append(f"{look}: {fault['id']}, {fault['help']}\n    " + "\n    ".join(places))
    return found


def violations(page: Page, part: str | None = None) -> Iterator[tuple[str, dict]]:
    """In both themes and at both widths, in the page or in a part of it. Once all of it is there: a click waits for no
    more than the first bytes of the page that it leads to."""
    page.wait_for_load_state()
    page.evaluate(AXE)
    for look, rules in looks(page):
        for fault in page.evaluate(RUN, [part, rules])["violations"]:
            yield look, fault


def looks(page: Page) -> Iterator[tuple[str, dict]]:
    """Each look and what there is to ask of it: a theme changes nothing but colours. Afterwards it is as it was."""
    opened = page.viewport_size
    page.evaluate("scrollTo(0, 0)")  # what is half under the bar of a page that was scrolled is no smaller for that
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for theme, kind, values in (("light", "tag", RULES), ("dark", "rule", OF_COLOURS)):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            wait_until_settled(page)
            yield f"{theme} {width}", {"type": kind, "values": values}
    page.emulate_media(color_scheme="light")
    if opened:
        page.set_viewport_size(opened)


def wait_until_settled(page: Page) -> None:
    """Colours that are on their way from one theme to the other are nobody's colours; so it is with places."""
    while not page.evaluate(SETTLED):
        page.wait_for_timeout(20)


def too_wide(page: Page) -> list[str]:
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    wait_until_settled(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{width} pixels wide in a window of {NARROWEST}"] if width > NARROWEST else []


def out_of_place(page: Page) -> list[str]:
    """What a page is about begins in the left half of a wide window: nothing has pushed it into the column beside."""
    page.set_viewport_size({"width": max(WIDTHS), "height": 900})
    wait_until_settled(page)
    left = page.evaluate("document.querySelector('h1').getBoundingClientRect().left")
    return [f"its heading begins at {left:.0f} of {max(WIDTHS)} pixels"] if left > max(WIDTHS) / 2 else []


def assert_accessible(page: Page) -> None:
    found = findings(page) + too_wide(page) + out_of_place(page)
    assert not found, f"{page.url}\n" + "\n".join(found)


@pytest.mark.parametrize("what", PAGES)
def test_axe_finds_nothing_on_the_page(tab, site, what):
    who, path = site.pages[what]
    page = tab(who)
    page.goto(path)
    assert_accessible(page)


def test_axe_finds_nothing_where_there_is_nothing(tab, site):
    """The server runs with DEBUG, where Django has a page of its own for that: ours comes from here."""
    ours = Client(headers={"accept-language": "en"}).get("/there/is/nothing/")
    page = tab()
    page.route(
        "**/there/is/nothing/", lambda route: route.fulfill(status=404, body=ours.content, content_type="text/html")
    )
    page.goto("/there/is/nothing/")
    page.get_by_role("heading", name="There is nothing here").wait_for()
    assert_accessible(page)


def test_axe_checks_every_page_that_was_set_up(site):
    rest = {what for what in site.pages if what not in PAGES}
    assert all(" of " in what for what in rest), rest  # those of other tests


def test_axe_finds_nothing_on_a_refused_login(tab):
    page = tab()
    page.goto("/login/")
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("alert").wait_for()
    assert_accessible(page)


def test_axe_finds_nothing_on_a_question_that_asks_for_an_answer(tab, site):
    who, path = site.pages["quiz of erring"]
    page = tab(who)
    page.goto(path)
    page.get_by_role("button", name="Start the quiz").click()
    page.get_by_role("button", name="Check the answer").click()
    page.get_by_role("alert").wait_for()
    assert_accessible(page)


def test_axe_finds_nothing_on_a_number_that_is_mistyped(tab):
    page = tab()
    page.goto("/verify/")
    page.get_by_role("button", name="Check the number").click()
    page.get_by_role("heading", level=1).wait_for()
    assert_accessible(page)


def test_axe_finds_nothing_with_the_menu_of_languages_open(tab):
    page = tab()
    page.goto("/login/")
    page.get_by_text(re.compile(r"Language:\s*EN")).click()
    page.get_by_role("button", name="polski").wait_for()
    assert_accessible(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_look_that_a_person_chose_wins_over_that_of_the_device(tab, theme):
    """And axe finds nothing on that page either, whatever the device prefers."""
    page = tab("themed")
    page.goto("/account/")
    page.get_by_label("Colours").select_option(theme)
    page.get_by_role("button", name="Save the settings").click()
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    assert_accessible(page)
