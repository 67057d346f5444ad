"""What a certificate says, whether it still stands, and the numbers printed on it. No Django here."""

import secrets
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

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
