"""The file that holds the signed head, outside the database.

Written after a commit, so a killed process may leave it some records behind the chain; it is never ahead of it.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from evidence import keys, rules


def path() -> Path:
    return Path(settings.EVIDENCE_HEAD)


@contextmanager
def locked() -> Iterator[None]:
    """One writer at a time. The lock is a file of its own: the head itself is replaced with each write."""
    path().parent.mkdir(parents=True, exist_ok=True)
    with open(f"{path()}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def read(file: Path | None = None) -> rules.SignedHead | None:
    """None: there is no file. Raises rules.ForgedHead."""
    try:
        text = (file or path()).read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None
    return rules.read_head(text, keys.by_id())


def write(*, seq: int, hash: str) -> None:
    """Whole or not at all, whatever happens in between. Call it under `locked()`."""
    head = rules.sign_head(settings.EVIDENCE_KEY, seq=seq, hash=hash, at=timezone.now())
    fresh = Path(f"{path()}.new")
    with open(fresh, "w") as file:
        json.dump(asdict(head), file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path())
    folder = os.open(path().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def begin() -> None:
    """The head of an empty chain, written before its first record: from here on a missing file is an alarm."""
    with locked():
        if not path().exists():
            write(seq=0, hash=rules.GENESIS)
