"""What a certificate says, whether it still stands, and the numbers printed on it. No Django here."""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from anyascii import anyascii

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U
LENGTH = 20
GROUP = 5

# What people type for what is printed: I and L are read as 1, O as 0; every kind of dash and space is left out.
_AS_PRINTED = str.maketrans("ILO", "110", "-‐‑‒–—−_ \t\n\r\u00a0\u202f")


class State(StrEnum):
    VALID = "valid"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


@dataclass(frozen=True)
class Facts:
    """What the paper says beside the holder's name, as it was on the day of issue."""

    course_title: str
    course_version: str
    hours: Decimal
    issued_on: date
    valid_until: date | None  # the last day on which it is valid
    language: str
    course_key: UUID | None = None  # which course, in all its versions and languages: for the register


def state(*, revoked: bool, superseded: bool, valid_until: date | None, today: date) -> State:
    if revoked:
        return State.REVOKED
    if superseded:
        return State.SUPERSEDED
    if valid_until is not None and today > valid_until:
        return State.EXPIRED
    return State.VALID


def new_serial() -> str:
    """95 random bits and a check character: "7KQ4M-2XT9R-DA5VJ-3C8PZ"."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return grouped(body + check_character(body))


def check_character(body: str) -> str:
    """The last character: each value times its weight 1, 3, 5, …, summed modulo 32, so that it stays in the alphabet.

    Odd weights have an inverse modulo 32: every single wrong character is noticed. Two neighbours swapped are noticed
    unless their values differ by exactly 16 (0 and G, 1 and H, …: 1 swap in 31); no odd weights can do better, since
    the difference of two of them is even. Of other mistakes 1 in 32 slips through: then the number is looked up in
    vain, or, with a chance of about 1 in 2^95 for each number issued, is somebody else's.
    """
    total = sum((2 * place + 1) * ALPHABET.index(character) for place, character in enumerate(body))
    return ALPHABET[total % len(ALPHABET)]


def normalise(text: str) -> str:
    """The number as it is printed, from what somebody typed; nonsense stays nonsense for is_well_formed to refuse."""
    return grouped(text.upper().translate(_AS_PRINTED))


def grouped(characters: str) -> str:
    return "-".join(characters[at : at + GROUP] for at in range(0, len(characters), GROUP))


def is_well_formed(serial: str) -> bool:
    """Four groups of five, all of the alphabet, and the check character is right."""
    characters = serial.replace("-", "")
    if len(characters) != LENGTH or serial != grouped(characters) or not set(characters) <= set(ALPHABET):
        return False
    return check_character(characters[:-1]) == characters[-1]


def is_beginning_of_serial(serial: str) -> bool:
    """At least one whole group, with a digit or more groups: a word of five letters is a word."""
    characters = serial.replace("-", "")
    if not GROUP <= len(characters) <= LENGTH or serial != grouped(characters) or not set(characters) <= set(ALPHABET):
        return False
    return any(character.isdigit() for character in characters)


# --- how a certificate looks ---------------------------------------------------------------------------------------
class Layout(StrEnum):
    CLASSIC = "classic"  # to the left, on the drawn paper: also the look of whatever was issued without a design
    CENTRED = "centred"
    PLAIN = "plain"  # a thin border and nothing drawn


TEXT_LENGTHS = {"heading": 60, "statement": 120, "signatory": 60, "signatory_role": 60, "note": 160}


def design_hash(content: dict, logo: bytes) -> str:
    """Of a design as it is frozen: the same look is the same row."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode() + b"\0" + logo).hexdigest()


# --- many at once --------------------------------------------------------------------------------------------------
BUNDLE_LIMIT = 5_000
NAME_LENGTH = 60
_NO_FILE_NAME = re.compile(r"[^A-Za-z0-9]+")


class BundleState(StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


def bundle_state(
    *, made: bool, expires_at: datetime | None, tries_left: bool, next_try_at: datetime | None, now: datetime
) -> BundleState:
    """While a try may still be running nobody calls it failed, be it the last one."""
    if made:
        return BundleState.EXPIRED if expires_at is None or now >= expires_at else BundleState.READY
    if tries_left or (next_try_at is not None and now < next_try_at):
        return BundleState.WAITING
    return BundleState.FAILED


def file_name(holder_name: str, serial: str) -> str:
    """Letters a-z, digits and dashes: safe in every system. The number in it makes it the only one of its name."""
    name = _NO_FILE_NAME.sub("-", anyascii(holder_name)).strip("-")[:NAME_LENGTH].strip("-")
    return f"{name}-{serial}.pdf" if name else f"{serial}.pdf"
