"""A chain of eight records, whole and sealed, for others to tamper with."""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.db import transaction

from evidence import actions, head, triggers
from evidence.rules import ErasureReason, Problem
from evidence.verify import Verification

ANNA = UUID("0a" * 16)
BOLEK = UUID("0b" * 16)
LENGTH = 8  # records in `chain`


@pytest.fixture
def append() -> Callable:
    def append(kind: str = "course.completed", subject: UUID | None = ANNA, **fields):
        with transaction.atomic():
            return actions.append(
                kind=kind, subject=subject, **{"facts": {"score": 80}, "personal": {"name": "Żaneta Ķirse"}} | fields
            )

    return append


@pytest.fixture
def chain(db, append) -> SimpleNamespace:
    """1 to 6 are of two people (3 holds nothing personal), 7 erases Bolek (2 and 5), 8 comes after it."""
    append()
    append(subject=BOLEK)
    append("setting.changed", None, personal={})
    append("certificate.issued", facts={"serial": "7K3QW", "hours": "1.5", "steps": [1, {"two": None}]})
    append("certificate.issued", BOLEK)
    append("allowance.granted")
    actions.erase(subject=BOLEK, reason=ErasureReason.REQUEST, by=None)
    append(subject=BOLEK)
    actions.seal()
    return SimpleNamespace(anna=ANNA, bolek=BOLEK, erased=(2, 5), erasure=7, never_personal=3, length=LENGTH)


@pytest.fixture
def tampering(chain) -> Iterator[SimpleNamespace]:
    """The chain in the hands of somebody who owns the database: triggers are lifted."""
    with triggers.lifted():
        yield chain


def problems(**options) -> list[Problem]:
    return list(Verification(**options).problems())


def kinds(**options) -> list[tuple[str, str]]:
    """What was found, as (place, kind)."""
    return [(problem.place, problem.kind.value) for problem in problems(**options)]


def head_file() -> dict:
    return json.loads(head.path().read_text())
