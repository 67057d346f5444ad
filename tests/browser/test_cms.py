"""axe-core on every page of ours in the CMS, as the access matrix knows them: with an object behind each address."""

import pytest
from playwright.sync_api import Error, Page

from tests.browser.test_axe import AXE, RULES
from tests.house.access import declared
from tests.house.urls import all_urls
from tests.house.world import build

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
RUN = """rules => axe.run('main', {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})"""


def is_page(page: Page, path: str) -> bool:
    """Whether it is one to look at: no file, and no part of another."""
    try:
        page.goto(path, wait_until="domcontentloaded")
    except Error as error:
        if "Download is starting" in error.message:
            return False
        raise
    return page.locator("main").count() == 1


def test_axe_finds_nothing_on_any_page_of_ours(ground, page_for):
    world = build()
    page, found = page_for(world.people["admin"]), []
    page.route("**/*.js*", lambda route: route.abort())  # the pages are the server's; Wagtail's scripts double the time
    ours = {url.name for url in all_urls() if url.is_cms and url.is_own}
    rows = [row for row in declared() if row.url in ours and row.verb == "GET" and row.outcomes["admin"] == "ok"]
    for row in rows:
        if not is_page(page, world.path(row.url, row.variant)):
            continue
        page.evaluate(AXE)
        faults = page.evaluate(RUN, RULES)["violations"]
        found += [(row.label, fault["id"], fault["nodes"][0]["html"][:200]) for fault in faults]
    assert len(rows) > 40
    assert found == []
