"""The records of the evidence chain that belong to a pack: found, checked once more with the key, written as lines."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from django.db.models import Max, Q, QuerySet

from assessments.quizzes.models import QuizAttempt
from courses.models import Completion, Enrolment
from evidence import head, keys
from evidence.models import Record
from evidence.rules import ForgedHead, record_hash, utc
from lms.proof import rules, verify
from lms.proof.tables import certificates_of
from lms.proof.writing import Pack
from people.models import User
from training.models import Assignment

CHUNK = 500


def known_of(found: QuerySet[Enrolment]) -> rules.Known:
    """Read before anything is written: what is finished meanwhile belongs to no pack that was begun before."""
    rows = found.order_by()
    attempts = QuizAttempt.objects.filter(enrolment__in=rows.values("pk"))
    completions = Completion.objects.filter(enrolment__in=rows.values("pk"))
    asked = Assignment.objects.filter(enrolment__in=rows.values("pk"))
    return rules.Known(
        last=Record.objects.aggregate(last=Max("seq"))["last"] or 0,
        enrolments=_keys(rows, "key"),
        assignments=_keys(asked, "key"),
        completions=_keys(completions, "key"),
        serials=_keys(certificates_of(found).order_by(), "serial"),
        courses=_keys(rows, "course_key"),
        requirements=_keys(asked, "requirement__key"),
        attempts=_keys(attempts, "key"),
    )


def _keys(rows: QuerySet, field: str) -> frozenset[str]:
    return frozenset(str(value) for value in rows.values_list(field, flat=True).distinct().iterator(chunk_size=CHUNK))


def write(pack: Pack, found: QuerySet[Enrolment], known: rules.Known) -> tuple[int, list[int]]:
    """How many records there are, and the numbers of those that are not genuine."""
    hashes: list[bytes] = []
    wrong: list[int] = []

    def lines() -> Iterator[bytes]:
        for record in _records(found, known):
            line = line_of(record)
            hashes.append(f"{record.seq},{hashlib.sha256(line).hexdigest()}\n".encode())
            if not is_genuine(record):
                wrong.append(record.seq)
            yield line + b"\n"

    pack.add_lines(verify.RECORDS, lines())
    pack.add_lines(verify.HASHES, hashes)
    return len(hashes), wrong


def _records(found: QuerySet[Enrolment], known: rules.Known) -> Iterator[Record]:
    people = User.objects.filter(pk__in=found.order_by().values("person")).values("key")
    rows = Record.objects.filter(Q(subject__in=people) | Q(kind__in=rules.OF_COURSES))
    rows = rows.filter(seq__lte=known.last).select_related("personal")
    for record in rows.order_by("seq").iterator(chunk_size=CHUNK):
        if rules.belongs(record.kind, record.facts, known):
            yield record


def line_of(record: Record) -> bytes:
    content: dict[str, Any] = {
        "seq": record.seq,
        "at": utc(record.at),
        "kind": record.kind,
        "subject": str(record.subject) if record.subject else None,
        "facts": record.facts,
        "commitment": record.commitment,
        "previous": record.previous,
        "key_id": record.key_id,
        "hash": record.hash,
    }
    personal = getattr(record, "personal", None)
    if personal and record.kind in rules.READABLE:
        content["personal"] = {"salt": personal.salt, "payload": personal.payload}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def is_genuine(record: Record) -> bool:
    """Its hash was made with one of our keys, over what it says now."""
    secret = keys.by_id().get(record.key_id)
    if secret is None:
        return False
    try:
        expected = record_hash(
            secret,
            seq=record.seq,
            at=record.at,
            kind=record.kind,
            subject=record.subject,
            facts=record.facts,
            commitment=record.commitment,
            previous=record.previous,
        )
    except ValueError:
        return False
    return record.hash == expected


def signed_head() -> dict[str, Any] | None:
    """How far the chain had grown; None where no head can be read, which `verify_evidence` says more about."""
    try:
        found = head.read()
    except ForgedHead:
        return None
    return asdict(found) if found else None
