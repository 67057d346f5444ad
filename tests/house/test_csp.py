"""Every page that an employee or anybody gets comes with a Content-Security-Policy that allows nothing inline and no
foreign host, and asks for nothing that it forbids. Which pages there are, access.txt says."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from lxml import html

from tests.house.access import Row, declared
from tests.house.urls import all_urls
from tests.house.world import World, build

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
LEARNERS = ("anonymous", "ana")
SHOWN = {"ok", "invalid", "gone", "missing"}
CMS = {url.name for url in all_urls() if url.is_cms}
ROWS = [
    row
    for row in declared()
    if row.verb == "GET" and row.url not in CMS and SHOWN & {row.outcomes[role] for role in LEARNERS}
]
OURS = {"'none'", "'self'", "data:"}
LOADED = (
    "//script/@src | //img/@src | //img/@srcset | //source/@src | //source/@srcset | //video/@src | //audio/@src"
    " | //iframe/@src | //embed/@src | //object/@data | //link/@href | //*[name()='use' or name()='image']/@*"
)
INLINE = "//style | //*[@style] | //@*[starts-with(name(), 'on')]/.. | //script[not(@src)][not(@nonce)]"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def pages(world: World, row: Row) -> Iterator[HttpResponse]:
    """The page as each of them is shown it; what is no page, a file or a feed, loads nothing."""
    for role in LEARNERS:
        client = Client(headers={"accept-language": "en"})
        client.cookies.load(world.cookies[role])
        with transaction.atomic():
            response = client.get(world.path(row.url, row.variant))
            transaction.set_rollback(True)
        if response.get("Content-Type", "").startswith("text/html") and not response.has_header("Location"):
            yield response


def policy(response: HttpResponse) -> dict[str, list[str]]:
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}


def is_ours(address: str) -> bool:
    """On this site; a data: address is part of the page."""
    return not address.startswith("//") and "://" not in address


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label)
def test_a_learners_page_allows_nothing_inline_and_asks_no_foreign_host(row, world):
    for response in pages(world, row):
        allowed = policy(response)
        assert allowed["default-src"] == ["'none'"]
        assert allowed["style-src"] == ["'self'"]
        assert {source for source in allowed["script-src"] if not source.startswith("'nonce-")} == {"'self'"}
        assert "unsafe" not in response["Content-Security-Policy"]
        assert {
            source for sources in allowed.values() for source in sources if not source.startswith("'nonce-")
        } <= OURS
        page = html.fromstring(response.content)
        assert [address for address in page.xpath(LOADED) if not is_ours(address)] == []
        assert [html.tostring(found)[:200] for found in page.xpath(INLINE) if not is_data(found)] == []


def is_data(element: html.HtmlElement) -> bool:
    return element.tag == "script" and element.get("type") == "application/json"


def test_the_pages_looked_at_are_those_of_learning(world):
    """Guards the guard."""
    shown = {row.label for row in ROWS for page in pages(world, row) if page.status_code == 200}
    assert len(shown) > 30
    assert {"my", "step", "step#quiz", "step#scenario", "question", "run", "debrief", "certificate", "verify"} <= shown
