"""Every address × everybody × GET and POST has a declared outcome (access.txt), and behaves as declared.

Everything that belongs to somebody belongs to Ana here. An address that is not declared fails, and so does an act that
was refused and wrote something all the same, or a GET that wrote at all.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.house.access import REFUSALS, ROLES, TABLE, VERBS, declared, outcome
from tests.house.urls import Url, all_urls
from tests.house.world import World, build

pytestmark = pytest.mark.django_db
ROWS = list(declared())
NOT_STAFF = ("anonymous", "ana", "obcy", "marek", "irena", "auditor")
# Of the CMS, what Wagtail gives to anybody who asks, and nobody could learn anything from: icons, and words for scripts.
HARMLESS = {"wagtailadmin_sprite", "wagtailadmin_javascript_catalog"}
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b(?!.*\b(django_session|axes_\w+)\b)", re.IGNORECASE | re.DOTALL)
EXAMPLES = {"int": 1, "str": "1", "slug": "a", "uuid": "00000000-0000-4000-8000-000000000000", "path": "a"}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Built once: each request below is undone by itself."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answer(client, verb: str, path: str) -> tuple[str, list[str]]:
    """What came back, and what was written."""
    client.raise_request_exception = False
    with undone(), CaptureQueriesContext(connection) as queries:
        response = client.generic(verb, path)
        return outcome(response), [query["sql"] for query in queries if WRITES.match(query["sql"])]


def declared_here(url: Url) -> bool:
    return url.is_own or not url.is_cms


def test_every_address_is_declared():
    lines = {(row.url, row.verb) for row in ROWS}
    missing = {
        f"{url.name} {verb}  ({url.route})"
        for url in all_urls()
        if declared_here(url)
        for verb in VERBS
        if (url.name, verb) not in lines
    }
    assert missing == set(), f"say in {TABLE.name} who gets what there"


def test_nothing_is_declared_that_is_not_there():
    assert {row.url for row in ROWS} - {url.name for url in all_urls()} == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.verb} {row.label}")
def test_everybody_gets_what_is_declared(row, world, client_for):
    path = world.path(row.url, row.variant)
    got = {}
    for role in ROLES:
        got[role], written = answer(client_for(world.people[role]), row.verb, path)
        if row.verb == "GET" or got[role] in REFUSALS:
            assert written == [], f"{role} was answered {got[role]!r}, and yet"
    assert got == row.outcomes


@pytest.mark.parametrize("role", NOT_STAFF)
def test_the_cms_is_closed_to(role, world, client_for):
    client = client_for(world.people[role])
    for url in all_urls():
        if not url.is_cms or url.name in HARMLESS or declared_here(url):
            continue
        for path in addresses(url):
            for verb in VERBS:
                got, written = answer(client, verb, path)
                assert got in REFUSALS | {"redirect"}, f"{verb} {path} ({url.name})"
                assert written == [], f"{verb} {path} ({url.name})"


def addresses(url: Url) -> Iterator[str]:
    """The address with an example of each value in it; positional groups of old-style routes get one, too."""
    names = {
        name: EXAMPLES.get(type(of).__name__.removesuffix("Converter").lower().replace("string", "str"), "1")
        for name, of in url.converters.items()
    }
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(names[match[1]]), url.route)
    yield "/" + re.sub(r"\(\?P<\w+>.*?\)(?=/|$)|\([^?].*?\)(?=/|$)", "1", route)


def test_an_examples_address_is_the_address(world):
    """Guards the guard: were the addresses above wrong, everybody would get a 404, and the test would pass."""
    paths = {path for url in all_urls() for path in addresses(url)}
    assert reverse("wagtailadmin_pages:edit", args=[1]) in paths
    assert reverse("wagtailusers_users:edit", args=["1"]) in paths
