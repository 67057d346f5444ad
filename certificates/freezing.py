"""Puts a file into private storage whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from django.core.files.base import File
from django.core.files.storage import Storage

Fill = Callable[[IO[bytes]], object]


def freeze(storage: Storage, name: str, data: bytes) -> None:
    freeze_written(storage, name, lambda file: file.write(data))


def freeze_written(storage: Storage, name: str, fill: Fill) -> None:
    """Whatever `fill` writes, which need never be in memory at once.

    On a disk: a draft beside it, flushed, then renamed over whatever a killed worker left there.

    Other storages (S3) have no paths and take a file whole or not at all by themselves.
    """
    try:
        path = Path(storage.path(name))
    except NotImplementedError:
        with tempfile.TemporaryFile() as draft:
            fill(draft)
            draft.seek(0)
            storage.delete(name)
            storage.save(name, File(draft))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    _rename_into_place(path, fill)


def _rename_into_place(path: Path, fill: Fill) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".draft")
    try:
        with os.fdopen(handle, "wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """The name, too, has to survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
