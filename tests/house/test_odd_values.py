"""Odd values in every field that a view or a form of ours reads, at every address of access.txt: whatever is made of
them, nothing breaks. What is no number, no date, no JSON; what is too long or too large; what is no form at all."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from tests.house.access import REFUSALS, ROLES, declared
from tests.house.world import World, build

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
VALUES = ("99999999999999999999999999", "²", "9999-12-31", '{"a": [1]}', "\ud7ffą" + "x" * 300)
PACKAGES = ("lms", "courses", "assessments", "training", "certificates", "people", "evidence")
NAME = re.compile(
    r"""name="([a-zA-Z_-]+)" | (?:POST|GET|data|query|asked)(?:\.get(?:list)?\(|\[)"([a-zA-Z_-]+)" |
    ^\ {4}([a-z_]+)\ =\ forms\.""",
    re.VERBOSE | re.MULTILINE,
)


def names() -> list[str]:
    """Of the fields in our templates, views and forms."""
    files = [*settings.BASE_DIR.glob("templates/**/*.html")]
    files += [file for package in PACKAGES for file in (settings.BASE_DIR / package).rglob("*.py")]
    return sorted({name for file in files for found in NAME.findall(Path(file).read_text()) for name in found if name})


def odd_requests(verb: str, fields: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(what is odd, how it is sent)"""
    for value in VALUES:
        yield value[:30], {"data": dict.fromkeys(fields, value)}
    if verb == "POST":
        yield "a file", {"data": dict.fromkeys(fields, "x") | {"file": SimpleUploadedFile("ą.csv", b"PK\x03\x04\xff")}}
        yield "half a form", {"data": b"--x\r\nContent-Disp", "content_type": "multipart/form-data; boundary=x"}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def fault(client: Client, verb: str, path: str, sent: dict[str, Any]) -> str:
    """What broke; "" where nothing did. Nothing that the request did stays."""
    with transaction.atomic():
        try:
            response = getattr(client, verb.lower())(path, **sent)
            return f"status {response.status_code}" if response.status_code >= 500 else ""
        except Exception as error:  # whatever it is, it would have been a 500
            return f"{type(error).__name__}: {error}"[:200]
        finally:
            transaction.set_rollback(True)


def test_the_fields_of_our_pages_are_found():
    assert {"answer", "go", "q", "next", "language", "username", "reason", "file"} <= set(names())


def test_odd_values_break_nothing_anywhere(world):
    fields, faults = names(), []
    for row in declared():
        role = next((role for role in ROLES if row.outcomes[role] not in REFUSALS), None)
        if role is None:
            continue
        client = Client()
        client.cookies.load(world.cookies[role])
        path = world.path(row.url, row.variant)
        for what, sent in odd_requests(row.verb, fields):
            if broken := fault(client, row.verb, path, sent):
                faults.append(f"{row.verb} {row.label} as {role}, {what}: {broken}")
    assert not faults, "\n".join(faults)
