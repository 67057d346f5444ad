"""The only writer of evidence: append a record, erase what is personal, seal how far the chain has grown."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from evidence import head, rules
from evidence.models import Head, Personal, Record
from people.models import User


class ChainBroken(Exception):
    """Going on would hide that somebody tampered with the chain. `verify_evidence` names the place."""


@dataclass(frozen=True)
class Fact:
    kind: str
    subject: UUID | None
    facts: dict
    personal: dict
    at: datetime


_gathered: ContextVar[list[Fact] | None] = ContextVar("evidence_gathered", default=None)


def append(
    *, kind: str, subject: UUID | None, facts: dict, personal: dict, at: datetime | None = None
) -> Record | None:
    """Records one fact in the caller's transaction: what it proves and the proof are saved together or not at all.

    `subject` is the key of the person; `facts` hold nothing personal; `personal` may be empty. Both hold text, whole
    numbers, booleans, None, lists and dicts only: a float raises rules.NotCanonical. None within `together`.
    """
    fact = Fact(kind, subject, facts, personal, at or timezone.now())
    gathered = _in_transaction(_gathered.get())
    if gathered is None:
        return _write([fact])[0]
    gathered.append(fact)
    return None


@contextmanager
def together() -> Iterator[None]:
    """Around an act that proves several things: what is appended in here is written as its last, in that order and at
    once. The end of the chain is held no longer than that, and three proofs cost as many queries as one. What raises
    after an append has to leave this block: whoever caught it inside would prove what was rolled back."""
    if _in_transaction(_gathered.get()) is not None:
        yield  # the act around this one writes
        return
    gathered: list[Fact] = []
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    if gathered:
        _write(gathered)


def _in_transaction(gathered: list[Fact] | None) -> list[Fact] | None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("evidence is written inside the transaction of what it proves")
    return gathered


def _write(gathered: Sequence[Fact]) -> list[Record]:
    last, records, payloads = _locked_head(), [], []
    for fact in gathered:
        salt = secrets.token_hex(32)
        content: dict[str, Any] = {
            "seq": last.seq + 1,
            "at": fact.at,
            "kind": fact.kind,
            "subject": fact.subject,
            "facts": fact.facts,
            "commitment": rules.commitment(salt, fact.personal) if fact.personal else "",
            "previous": last.hash,
        }
        name, digest = rules.key_id(settings.EVIDENCE_KEY), rules.record_hash(settings.EVIDENCE_KEY, **content)
        record = Record(**content, key_id=name, hash=digest)
        records.append(record)
        if fact.personal:
            payloads.append(Personal(record=record, salt=salt, payload=fact.personal))
        last.seq, last.hash = record.seq, record.hash
    Record.objects.bulk_create(records)
    if payloads:
        Personal.objects.bulk_create(payloads)
    last.save(update_fields=["seq", "hash"])
    # robust: the record is saved by then; a full disk under the head file must not turn a saved act into an error page.
    transaction.on_commit(seal, robust=True)
    return records


@transaction.atomic
def erase(*, subject: UUID, reason: rules.ErasureReason, by: User | None, private: int = 0) -> Record | None:
    """Forgets what the records say about this person and records that. None: there was nothing to forget.

    private: how much beside the records was forgotten in the same transaction (people.private).
    """
    reason = rules.ErasureReason(reason)
    _locked_head()  # before the payloads go: a record of this person must not slip in between forgetting and saying so
    erased, _ = Personal.objects.filter(record__subject=subject).delete()
    if not erased and not private:
        return None
    facts = {"reason": reason.value, "by": str(by.key) if by else None, "payloads": erased}
    if private:
        facts["private"] = private
    return append(kind=rules.ERASED, subject=subject, facts=facts, personal={})


def seal(*, anew: bool = False) -> None:
    """Moves the signed head forward to the end of the chain; never backwards, and never over what contradicts it.

    `anew` makes a head where there is none: an operator's decision, since a removed head hides a cut tail.
    """
    with head.locked():
        last = Head.objects.filter(pk=1).first() or Head()
        signed = head.read()
        if signed is None and not anew:
            raise ChainBroken(f"the signed head {head.path()} is missing")
        if signed and signed.seq and not Record.objects.filter(seq=signed.seq, hash=signed.hash).exists():
            raise ChainBroken(f"the signed head {head.path()} names a record {signed.seq} that is not in the chain")
        if signed is None or signed.seq < last.seq:
            head.write(seq=last.seq, hash=last.hash)


def _locked_head() -> Head:
    last, created = Head.objects.select_for_update().get_or_create(pk=1)
    if created and Record.objects.exists():
        raise ChainBroken("evidence_head is empty, though there are records")
    if created:
        head.begin()
    return last
