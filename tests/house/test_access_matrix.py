"""Every address × everybody × GET and POST has a declared outcome (access.txt), and behaves as declared.

Everything that belongs to somebody belongs to Ana here. An address that is not declared fails, and so does an act that
was refused and wrote something all the same, or a GET that wrote at all.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.house.access import REFUSALS, ROLES, TABLE, VERBS, declared, outcome
from tests.house.urls import Url, all_urls
from tests.house.world import World, build

pytestmark = pytest.mark.django_db
ROWS = list(declared())
NOT_STAFF = ("anonymous", "ana", "obcy", "marek", "irena", "auditor")
# What Wagtail gives to anybody who asks; there is nothing to learn from it: icons, and words for its scripts.
HARMLESS = {"wagtailadmin_sprite", "wagtailadmin_javascript_catalog", "wagtail_localize:javascript_catalog"}
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b(?!.*\b(django_session|axes_\w+)\b)", re.IGNORECASE | re.DOTALL)
EXAMPLES = {"UUIDConverter": "00000000-0000-4000-8000-000000000000"}  # "1" is good for all the others


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Built once: each request below is undone by itself."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def logged_in(world) -> Callable[[str], Client]:
    """logged_in("ana"): a client of hers, with the cookies to itself."""

    def client_of(role: str) -> Client:
        client = Client()
        client.cookies.load(world.cookies[role])
        return client

    return client_of


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def answer(client: Client, verb: str, path: str) -> tuple[str, list[str]]:
    """What came back, and what was written."""
    client.raise_request_exception = False
    with undone(), CaptureQueriesContext(connection) as queries:
        response = client.generic(verb, path)
        return outcome(response), [query["sql"] for query in queries if WRITES.match(query["sql"])]


def declared_here(url: Url) -> bool:
    return url.is_own or not url.is_cms


def test_every_address_is_declared():
    lines = {(row.url, row.verb) for row in ROWS}
    urls = [url for url in all_urls() if declared_here(url)]
    missing = [f"{url.name} {verb}" for url in urls for verb in VERBS if (url.name, verb) not in lines]
    assert missing == [], f"say in {TABLE.name} who gets what there"


def test_nothing_is_declared_that_is_not_there():
    assert {row.url for row in ROWS} - {url.name for url in all_urls()} == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.verb} {row.label}")
def test_everybody_gets_what_is_declared(row, world, logged_in):
    path = world.path(row.url, row.variant)
    got = {}
    for role in ROLES:
        with undone():
            got[role], written = answer(logged_in(role), row.verb, path)
        if row.verb == "GET" or got[role] in REFUSALS:
            assert written == [], f"{role} was answered {got[role]!r}, and yet"
    assert got == row.outcomes


@pytest.mark.parametrize("role", NOT_STAFF)
def test_the_cms_is_closed_to(role, logged_in):
    client = logged_in(role)
    for url in all_urls():
        if not url.is_cms or url.name in HARMLESS or declared_here(url):
            continue
        for verb in VERBS:
            got, written = answer(client, verb, address(url))
            assert got in REFUSALS | {"redirect"}, f"{verb} {address(url)} ({url.name})"
            assert written == [], f"{verb} {address(url)} ({url.name})"


def address(url: Url) -> str:
    """With an example of each value in it; old-style routes have their values in brackets."""
    of_type = {name: EXAMPLES.get(type(converter).__name__, "1") for name, converter in url.converters.items()}
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: of_type[match[1]], url.route)
    return "/" + re.sub(r"\(\?P<\w+>[^()]*\)", "1", route).replace("\\", "")


def test_the_addresses_tried_are_real(logged_in):
    """Guards the guard: were they wrong, everybody would be told 404, and the tests above would pass."""
    paths = {address(url) for url in all_urls()}
    assert reverse("wagtailadmin_pages:edit", args=[1]) in paths
    assert reverse("wagtailusers_users:edit", args=["1"]) in paths
    assert answer(logged_in("ela"), "GET", reverse("wagtailadmin_home"))[0] == "ok"
