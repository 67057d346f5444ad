"""Puts a file into private storage whole or not at all."""

import os
import tempfile
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import Storage


def freeze(storage: Storage, name: str, data: bytes) -> None:
    """On a disk: a draft beside it, flushed, then renamed over whatever a killed worker left there.

    Other storages (S3) have no paths and take a file whole or not at all by themselves.
    """
    try:
        path = Path(storage.path(name))
    except NotImplementedError:
        storage.delete(name)
        storage.save(name, ContentFile(data))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    _rename_into_place(path, data)


def _rename_into_place(path: Path, data: bytes) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".draft")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """The name, too, has to survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
