"""A chain of eight records, whole and sealed, for others to tamper with."""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.db import connection, transaction

from evidence import actions, head, rules, triggers
from evidence.models import Record
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


# --- what the owner of the database can do -------------------------------------------------------------------------
def run(statement: str, *params) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def remove(*seqs: int) -> None:
    for seq in seqs:
        run("DELETE FROM evidence_personal WHERE record_id = %s", seq)
        run("DELETE FROM evidence_record WHERE seq = %s", seq)


def append_by_hand(seq: int, **fields) -> None:
    """All that can be done without the key: a record that follows, with a hash made up."""
    last = Record.objects.order_by("-seq").first()
    content = {"seq": seq, "at": last.at, "kind": "course.completed", "subject": ANNA, "facts": {"score": 100}}
    content |= {"commitment": "", "previous": last.hash, "key_id": last.key_id} | fields
    made_up = rules.record_hash("not the key", **{name: content[name] for name in content if name != "key_id"})
    Record.objects.create(**{"hash": made_up} | content)


# --- what is found -------------------------------------------------------------------------------------------------
def problems(**options) -> list[Problem]:
    return list(Verification(**options).problems())


def kinds(**options) -> list[tuple[str, str]]:
    """What was found, as (place, kind)."""
    return [(problem.place, problem.kind.value) for problem in problems(**options)]


def head_file() -> dict:
    return json.loads(head.path().read_text())
