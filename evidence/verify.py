"""Reads the whole chain, a page at a time, and says what is wrong with it and where."""

from collections.abc import Generator, Iterator
from pathlib import Path

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from evidence import head, keys, rules, triggers
from evidence.models import Head, Personal, Record
from evidence.rules import Anchor, Kind, Problem

PAGE = 500


class Verification:
    """`problems()` does the work, once; `count`, `seq` and `behind` are known afterwards."""

    def __init__(self, *, copies: list[Path] | None = None, may_lack_head: bool = False) -> None:
        """copies: signed heads of earlier days, kept elsewhere. may_lack_head: the operator is about to make one."""
        self.count = self.seq = self.behind = 0
        self._copies = copies or []
        self._may_lack_head = may_lack_head

    def problems(self) -> Iterator[Problem]:
        for name in triggers.missing():
            yield Problem(Kind.TRIGGERS, name, "the trigger is missing or switched off")
        # In this order: what is appended meanwhile only makes the chain longer than what was read of its heads.
        signed = yield from self._signed_head()
        copies = yield from self._signed_copies()
        row = Head.objects.filter(pk=1).first() or Head()
        total = Record.objects.count()
        walk = rules.Walk(
            keys=keys.by_id(),
            anchors=[*signed, *copies, Anchor("row in evidence_head", Kind.HEAD_ROW, row.seq, row.hash)],
            signed=max((anchor.seq for anchor in signed), default=0),
            locate=lambda hash: Record.objects.filter(hash=hash).values_list("seq", flat=True).first(),
        )
        yield from _walk(walk)
        yield from walk.finish()
        yield from _after_the_walk(walk, total)
        self.count, self.seq = walk.count, walk.seq
        self.behind = walk.seq - max((anchor.seq for anchor in signed), default=0)

    def _signed_head(self) -> Generator[Problem, None, list[Anchor]]:
        try:
            signed = head.read()
        except rules.ForgedHead as error:
            yield Problem(Kind.HEAD_FILE, str(head.path()), f"forged or damaged: {error}")
            return []
        if signed:
            return [Anchor("signed head", Kind.HEAD_FILE, signed.seq, signed.hash)]
        if Record.objects.exists() and not self._may_lack_head:
            yield Problem(Kind.HEAD_FILE, str(head.path()), "head missing, though there are records")
        return []

    def _signed_copies(self) -> Generator[Problem, None, list[Anchor]]:
        anchors = []
        for file in self._copies:
            try:
                copy = head.read(file)
            except rules.ForgedHead as error:
                yield Problem(Kind.HEAD_FILE, str(file), f"forged or damaged: {error}")
                continue
            if copy:
                anchors.append(Anchor(f"copy {file}", Kind.HEAD_FILE, copy.seq, copy.hash))
            else:
                yield Problem(Kind.HEAD_FILE, str(file), "there is no such file")
        return anchors


def _walk(walk: rules.Walk) -> Iterator[Problem]:
    after: int | None = None
    while rows := _page(after):
        numbers = [seq for seq, _ in rows if isinstance(seq, int)]
        for seq, entry in rows:
            if not isinstance(seq, int):  # SQLite takes what it is given
                yield Problem(Kind.UNREADABLE, f"record {seq!r}", "its number is not a whole number")
            else:
                yield from walk.check(entry) if entry else walk.unreadable(seq)
        if not numbers:
            return
        after = numbers[-1]


def _after_the_walk(walk: rules.Walk, total: int) -> Iterator[Problem]:
    row = Head.objects.filter(pk=1).first() or Head()
    if walk.seq > row.seq:
        text = f"it stands at {row.seq}, the chain ends at record {walk.seq} with the hash {walk.hash}"
        yield Problem(Kind.HEAD_ROW, "row in evidence_head", text)
    if walk.count < total:
        yield Problem(
            Kind.INSERTED, "evidence_record", f"{total - walk.count} rows with a number that is taken, or is none"
        )
    lost = Personal.objects.filter(~Exists(Record.objects.filter(seq=OuterRef("record_id"))))
    for seq in lost.values_list("record_id", flat=True).iterator():
        yield Problem(Kind.PERSONAL, f"evidence_personal {seq}", "a personal payload without a record")


def _page(after: int | None) -> list[tuple[int, rules.Entry | None]]:
    """Number and entry of the next records; None in place of an entry that cannot be read."""
    rows = Record.objects.order_by("seq")
    if after is not None:
        rows = rows.filter(seq__gt=after)
    try:
        return [(record.seq, _entry(record)) for record in _with_personal(rows)[:PAGE]]
    except Exception:  # whatever a driver or a field makes of a value that is none
        return [(seq, _entry_or_none(seq)) for seq in rows.values_list("seq", flat=True)[:PAGE]]


def _entry_or_none(seq: int) -> rules.Entry | None:
    try:
        return _entry(_with_personal(Record.objects.filter(seq=seq))[0])
    except Exception:  # as above; the caller reports it with its number
        return None


def _with_personal(rows: QuerySet[Record]) -> QuerySet[Record]:
    """In one query, so that an erasure that happens meanwhile is seen whole or not at all."""
    erasures = Record.objects.filter(subject=OuterRef("subject"), kind=rules.ERASED).order_by("-seq")
    return rows.select_related("personal").annotate(erased_by=Subquery(erasures.values("seq")[:1]))


def _entry(record) -> rules.Entry:
    """`record`: a Record with `erased_by` annotated."""
    personal = getattr(record, "personal", None)
    return rules.Entry(
        seq=record.seq,
        at=record.at,
        kind=record.kind,
        subject=record.subject,
        facts=record.facts,
        commitment=record.commitment,
        previous=record.previous,
        key_id=record.key_id,
        hash=record.hash,
        personal=(personal.salt, personal.payload) if personal else None,
        erased_by=record.erased_by,
    )
