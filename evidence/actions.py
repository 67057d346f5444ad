"""The only writer of evidence: append a record, erase what is personal, seal how far the chain has grown."""

import secrets
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


def append(*, kind: str, subject: UUID | None, facts: dict, personal: dict, at: datetime | None = None) -> Record:
    """Records one fact in the caller's transaction: what it proves and the proof are saved together or not at all.

    `subject` is the key of the person; `facts` hold nothing personal; `personal` may be empty. Both hold text, whole
    numbers, booleans, None, lists and dicts only: a float raises rules.NotCanonical.
    """
    last = _locked_head()
    salt = secrets.token_hex(32)
    content: dict[str, Any] = {
        "seq": last.seq + 1,
        "at": at or timezone.now(),
        "kind": kind,
        "subject": subject,
        "facts": facts,
        "commitment": rules.commitment(salt, personal) if personal else "",
        "previous": last.hash,
    }
    record = Record.objects.create(
        **content, key_id=rules.key_id(settings.EVIDENCE_KEY), hash=rules.record_hash(settings.EVIDENCE_KEY, **content)
    )
    if personal:
        Personal.objects.create(record=record, salt=salt, payload=personal)
    last.seq, last.hash = record.seq, record.hash
    last.save(update_fields=["seq", "hash"])
    # robust: the record is saved by then; a full disk under the head file must not turn a saved act into an error page.
    transaction.on_commit(seal, robust=True)
    return record


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
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("evidence is written inside the transaction of what it proves")
    last, created = Head.objects.select_for_update().get_or_create(pk=1)
    if created and Record.objects.exists():
        raise ChainBroken("evidence_head is empty, though there are records")
    if created:
        head.begin()
    return last
