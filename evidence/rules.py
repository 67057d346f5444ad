"""The evidence chain as pure functions: what is hashed and how, and what is wrong with a chain somebody tampered with.

commitment = SHA-256(salt, personal payload)
hash       = HMAC-SHA256(key, (seq, at, kind, subject, facts, commitment, previous)), `previous` is the hash before it
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

GENESIS = "0" * 64  # what the first record names as the hash before it
ERASED = "erased"  # the kind of the record that says personal payloads were erased


class ErasureReason(StrEnum):
    """A closed list: free text could name the very person who is being forgotten."""

    REQUEST = "request"  # the person asked
    RETENTION = "retention"  # the period of keeping is over
    MISTAKE = "mistake"  # it should never have been recorded


# --- hashing -------------------------------------------------------------------------------------------------------
class NotCanonical(ValueError):
    """The value would not come back from both databases as it went in."""


def canonical(value: object) -> str:
    """JSON with one spelling only. Floats are refused (PostgreSQL respells them); so is what JSON cannot hold."""
    _refuse_what_changes(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotCanonical("text with a lone surrogate cannot be recorded") from error
    return text


def _refuse_what_changes(value: object) -> None:
    match value:
        case None | bool() | int():
            return
        case str():
            if "\0" in value:
                raise NotCanonical("text with a NUL character cannot be recorded")
        case list() | tuple():
            for item in value:
                _refuse_what_changes(item)
        case dict():
            for name, item in value.items():
                if not isinstance(name, str):
                    raise NotCanonical(f"the name {name!r} is not text")
                _refuse_what_changes(name)
                _refuse_what_changes(item)
        case _:
            raise NotCanonical(f"{type(value).__name__} cannot be recorded: write it as text or as a whole number")


def _mac(secret: str, purpose: str, value: object) -> str:
    """The purpose keeps the uses of one key apart: the signature of a head is never the hash of a record."""
    message = f"ostoja.evidence.{purpose}\n{canonical(value)}"
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def key_id(secret: str) -> str:
    """Names a key without telling it."""
    return _mac(secret, "key", None)[:16]


def utc(at: datetime) -> str:
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise NotCanonical("a time without a time zone cannot be recorded")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def commitment(salt: str, payload: object) -> str:
    return hashlib.sha256(f"{salt}\n{canonical(payload)}".encode()).hexdigest()


def record_hash(
    secret: str,
    *,
    seq: int,
    at: datetime,
    kind: str,
    subject: UUID | None,
    facts: object,
    commitment: str,
    previous: str,
) -> str:
    content = [seq, utc(at), kind, str(subject) if subject else None, facts, commitment, previous]
    return _mac(secret, "record", content)


# --- the signed head -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class SignedHead:
    """How far the chain had grown, signed. Kept outside the database."""

    seq: int
    hash: str
    at: str
    key_id: str
    signature: str


class ForgedHead(ValueError):
    """The file is not a head that was signed with one of our keys."""


def sign_head(secret: str, *, seq: int, hash: str, at: datetime) -> SignedHead:
    return SignedHead(seq, hash, utc(at), key_id(secret), _mac(secret, "head", [seq, hash, utc(at)]))


def read_head(text: str, keys: dict[str, str]) -> SignedHead:
    """`keys`: key id to secret. Raises ForgedHead."""
    try:
        head = SignedHead(**json.loads(text))
        genuine = hmac.compare_digest(head.signature, _mac(keys[head.key_id], "head", [head.seq, head.hash, head.at]))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ForgedHead("it is not a signed head") from error
    if not genuine:
        raise ForgedHead("its signature is wrong")
    return head


# --- walking the chain ---------------------------------------------------------------------------------------------
class Kind(StrEnum):
    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    DETACHED = "detached"
    UNREADABLE = "unreadable"
    UNKNOWN_KEY = "unknown key"
    CUT = "cut"
    PERSONAL = "personal payload"
    HEAD_ROW = "head row"
    HEAD_FILE = "head file"
    TRIGGERS = "triggers"


@dataclass(frozen=True)
class Problem:
    kind: Kind
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}: {self.text}"


@dataclass(frozen=True)
class Anchor:
    """Something outside the records that says which hash the record `seq` has. `kind` names a contradiction."""

    name: str
    kind: Kind
    seq: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A record as it stands in the database."""

    seq: int
    at: datetime
    kind: str
    subject: UUID | None
    facts: object
    commitment: str  # empty: it never had a personal payload
    previous: str
    key_id: str
    hash: str
    personal: tuple[str, object] | None = None  # salt, payload
    erased_by: int | None = None  # the newest record that says the payloads of this subject were erased


class Walk:
    """Checks records one by one in the order of their numbers, remembering only the last one.

    keys:   key id to secret
    signed: up to which record the signed head vouches for the chain
    locate: hash to the number of the record that carries it, or None; asked only about records that are wrong
    """

    def __init__(
        self, *, keys: dict[str, str], anchors: Iterable[Anchor], signed: int, locate: Callable[[str], int | None]
    ) -> None:
        self.seq, self.hash, self.count = 0, GENESIS, 0
        self._keys, self._signed, self._locate = keys, signed, locate
        self._anchors = list(anchors)
        self._sound = True  # the last record was genuine, so the next one must follow it

    def check(self, entry: Entry) -> Iterator[Problem]:
        yield from self._place(entry.seq)
        genuine = self._is_genuine(entry, entry.seq)
        if not genuine:
            yield self._not_genuine(entry)
        elif self._sound and entry.previous != self.hash:
            yield Problem(Kind.DETACHED, f"record {entry.seq}", "genuine, but it does not follow the record before it")
        yield from self._personal(entry)
        yield from self._step(entry.seq, entry.hash, sound=genuine)

    def unreadable(self, seq: int) -> Iterator[Problem]:
        """A row with values that are none: a date that is no date, JSON that is no JSON."""
        yield from self._place(seq)
        yield Problem(Kind.UNREADABLE, f"record {seq}", "changed so that its values cannot be read")
        yield from self._step(seq, "", sound=False)

    def finish(self) -> Iterator[Problem]:
        for anchor in self._anchors:
            if anchor.seq > self.seq:
                text = f"the {anchor.name} names record {anchor.seq}, the chain ends at record {self.seq}"
                yield Problem(Kind.CUT, "end of the chain", text)
            elif anchor.seq == 0 and anchor.hash == GENESIS:
                continue
            else:
                yield Problem(anchor.kind, anchor.name, f"it names a record {anchor.seq} that is not there")

    def _place(self, seq: int) -> Iterator[Problem]:
        expected = self.seq + 1
        if seq > expected:
            gone = f"record {expected}" if seq == expected + 1 else f"records {expected} to {seq - 1}"
            yield Problem(Kind.REMOVED, gone, f"not there; the next one is record {seq}")
            self._sound = False
        if seq < expected:
            yield Problem(Kind.INSERTED, f"record {seq}", "a record with a number that is taken or below 1")
            self._sound = False

    def _step(self, seq: int, hash: str, *, sound: bool) -> Iterator[Problem]:
        for anchor in [anchor for anchor in self._anchors if anchor.seq == seq]:
            self._anchors.remove(anchor)
            if anchor.hash != hash:
                yield Problem(anchor.kind, f"record {seq}", f"the {anchor.name} names another record with this number")
        self.seq, self.hash, self._sound = seq, hash, sound
        self.count += 1

    def _is_genuine(self, entry: Entry, seq: int) -> bool:
        secret = self._keys.get(entry.key_id)
        if secret is None:
            return False
        try:
            expected = record_hash(
                secret,
                seq=seq,
                at=entry.at,
                kind=entry.kind,
                subject=entry.subject,
                facts=entry.facts,
                commitment=entry.commitment,
                previous=entry.previous,
            )
        except (ValueError, OverflowError, RecursionError):
            return False
        return entry.hash == expected

    def _not_genuine(self, entry: Entry) -> Problem:
        place = f"record {entry.seq}"
        if entry.key_id not in self._keys:
            return Problem(Kind.UNKNOWN_KEY, place, f"its hash was made with a key that is not ours: {entry.key_id!r}")
        if moved_from := self._true_place(entry):
            return Problem(Kind.REORDERED, place, f"this is record {moved_from}, moved here")
        if entry.seq > self._signed:
            return Problem(Kind.INSERTED, place, "its hash is wrong and no signed head names it: appended by hand")
        return Problem(Kind.CHANGED, place, "its hash is wrong: it was changed, or written by hand")

    def _true_place(self, entry: Entry) -> int | None:
        """A moved record still names the one it followed: its own place was where that one stands, or the next."""
        before = 0 if entry.previous == GENESIS else self._locate(entry.previous)
        if before is None:
            return None
        return next((seq for seq in (before, before + 1) if self._is_genuine(entry, seq)), None)

    def _personal(self, entry: Entry) -> Iterator[Problem]:
        erased = entry.erased_by is not None and entry.erased_by > entry.seq
        if text := _personal_fault(entry, erased):
            yield Problem(Kind.PERSONAL, f"record {entry.seq}", text)


def _personal_fault(entry: Entry, erased: bool) -> str:
    if entry.personal is None:
        gone = bool(entry.commitment) and not erased
        return "its personal payload was removed, and no record says that it was erased" if gone else ""
    if not entry.commitment:
        return "it never had a personal payload, now it has one"
    if erased:
        return f"its personal payload is back, though record {entry.erased_by} says that it was erased"
    try:
        same = commitment(*entry.personal) == entry.commitment
    except (ValueError, RecursionError):
        same = False
    return "" if same else "its personal payload was altered"
