"""Every address × everybody × GET and POST has a declared outcome (access.txt), and behaves as declared.

Everything that belongs to somebody belongs to Ana here. An address that is not declared fails, and so does an act that
was refused and wrote something all the same, or a GET that wrote at all.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.house.access import CMS_TABLE, REFUSALS, ROLES, STAFF, TABLE, VERBS, declared, outcome
from tests.house.urls import Url, all_urls
from tests.house.world import World, build

pytestmark = pytest.mark.django_db
ROWS = list(declared())
NOT_STAFF = ("anonymous", "ana", "obcy", "marek", "irena", "auditor")
# What Wagtail gives to anybody who asks; there is nothing to learn from it: icons, and words for its scripts.
HARMLESS = {"wagtailadmin_sprite", "wagtailadmin_javascript_catalog", "wagtail_localize:javascript_catalog"}
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b(?!.*\b(django_session|axes_\w+)\b)", re.IGNORECASE | re.DOTALL)
# Wagtail notes who is editing at this moment and what a file weighs, and begins settings when they are first asked for.
NOTES = {"wagtailadmin_home", "wagtailadmin_account", "wagtaildocs:edit", "wagtailsettings:edit"}
NOTES |= {f"wagtailadmin_pages:{act}" for act in ("edit", "view_draft")} | {"wagtailsnippets_quizzes_question:edit"}
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
    response, written = reply(client, verb, path)
    return outcome(response), written


def reply(client: Client, verb: str, path: str) -> tuple[HttpResponse, list[str]]:
    client.raise_request_exception = False
    with undone(), CaptureQueriesContext(connection) as queries:
        response = client.generic(verb, path)
        return response, [query["sql"] for query in queries if WRITES.match(query["sql"])]


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


# --- Wagtail's own addresses -----------------------------------------------------------------------------------------
def of_wagtail() -> list[tuple[str, Url]]:
    """(label, address): several routes may share a name."""
    urls = [url for url in all_urls() if url.is_cms and not declared_here(url)]
    seen: Counter = Counter()
    labels = []
    for url in urls:
        seen[url.name] += 1
        labels.append(url.name if seen[url.name] == 1 else f"{url.name}#{seen[url.name]}")
    return list(zip(labels, urls, strict=True))


@pytest.mark.any_database  # none of its queries is ours
@pytest.mark.parametrize("role", NOT_STAFF)
def test_the_cms_is_closed_to(role, world, logged_in):
    for _label, url in of_wagtail():
        if url.name in HARMLESS:
            continue
        for verb in VERBS:
            path = address(url, world.in_cms(url.name))
            got, written = answer(logged_in(role), verb, path)  # anew: one of the addresses logs out
            assert got in REFUSALS | {"redirect"}, f"{verb} {path} ({url.name})"
            assert written == [], f"{verb} {path} ({url.name})"


@pytest.mark.any_database
@pytest.mark.parametrize("role", STAFF)
def test_the_cms_gives_staff_what_is_declared(role, world, logged_in):
    """Wagtail's templates count on undefined variables being nothing."""
    engines["django"].engine.string_if_invalid = ""
    home, got = reverse("wagtailadmin_home"), {}
    for label, url in of_wagtail():
        for verb in VERBS:
            response, written = reply(logged_in(role), verb, address(url, world.in_cms(url.name)))
            is_refused = outcome(response) == "redirect" and response["Location"] == home  # with a message
            got[label, verb] = "denied" if is_refused else outcome(response)
            if got[label, verb] in REFUSALS or (verb == "GET" and url.name not in NOTES):
                assert written == [], f"{verb} {label}"
    assert got == {(row.label, row.verb): row.outcomes[role] for row in declared(CMS_TABLE, STAFF)}


def address(url: Url, known: Mapping[str, Any] | None = None) -> str:
    """With a value for each place in it: an example, where none is known. Old-style routes have their places in
    brackets."""
    of_type = {name: EXAMPLES.get(type(converter).__name__, "1") for name, converter in url.converters.items()}
    values = of_type | {name: str(value) for name, value in (known or {}).items()}
    route = re.sub(r"\(\?:(\w+)\|[^()]*\)", r"\1", url.route)  # the first of two
    route = re.sub(r"<(?:\w+:)?(\w+)>", lambda place: values[place[1]], route)
    route = re.sub(r"\(\?P<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)", lambda place: values.get(place[1], "1"), route)
    return "/" + route.replace("\\", "")


def test_the_addresses_tried_are_real(world, logged_in):
    """Guards the guard: were they wrong, everybody would be told 404, and the tests above would pass."""
    paths = {address(url, world.in_cms(url.name)) for url in all_urls()}
    page, question = (world.in_cms(of) for of in ("wagtailadmin_pages", "wagtailsnippets_quizzes_question"))
    assert reverse("wagtailadmin_pages:edit", args=[page["page_id"]]) in paths
    assert reverse("wagtailsnippets_quizzes_question:edit", args=[question["pk"]]) in paths
    assert answer(logged_in("ela"), "GET", reverse("wagtailadmin_home"))[0] == "ok"
