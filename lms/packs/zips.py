"""Zip files that people send: looked at before anything is unpacked, and unpacked in memory only."""

import io
import lzma
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

MEGABYTE = 1_000_000
LINK = 0o120000
MODE = 0o170000
ENCRYPTED = 0x1


class ZipRefused(Exception):
    """Why this file is not opened, in the reader's language."""


@dataclass(frozen=True)
class Limits:
    """`ratio` counts from `ratio_from` bytes on: small texts shrink more than any bomb needs to."""

    file_bytes: int = 20 * MEGABYTE
    entries: int = 2_000
    entry_bytes: int = 30 * MEGABYTE
    total_bytes: int = 100 * MEGABYTE
    ratio: int = 200
    ratio_from: int = MEGABYTE


def unzipped(data: bytes, limits: Limits = Limits()) -> dict[str, bytes]:
    """Content by path; ZipRefused where the file could hurt."""
    if len(data) > limits.file_bytes:
        raise ZipRefused(_("The file is larger than %(count)d MB.") % {"count": limits.file_bytes // MEGABYTE})
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _look_at(entries, limits)
            return {entry.filename: _content(archive, entry) for entry in entries if not entry.is_dir()}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
        raise ZipRefused(_("The file is damaged or is no zip file.")) from error
    except (RuntimeError, LookupError, struct.error, zlib.error, lzma.LZMAError) as error:
        raise ZipRefused(_("The file is damaged or is no zip file.")) from error


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Never more than the size it declares, which was looked at: a header may lie."""
    with archive.open(entry) as file:
        return file.read(entry.file_size)


def _look_at(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise ZipRefused(_("There are more than %(count)d files in it.") % {"count": limits.entries})
    if sum(entry.file_size for entry in entries) > limits.total_bytes:
        raise ZipRefused(_("Unpacked it is larger than %(count)d MB.") % {"count": limits.total_bytes // MEGABYTE})
    names: set[str] = set()
    for entry in entries:
        name = {"name": entry.filename[:80]}
        if not _is_inside(entry.filename):
            raise ZipRefused(_("“%(name)s” leads out of the folder.") % name)
        if (entry.external_attr >> 16) & MODE == LINK:
            raise ZipRefused(_("“%(name)s” is a link to another file.") % name)
        if entry.flag_bits & ENCRYPTED:
            raise ZipRefused(_("“%(name)s” is locked with a password.") % name)
        if entry.filename in names:
            raise ZipRefused(_("“%(name)s” is in it twice.") % name)
        bomb = entry.file_size > max(limits.ratio_from, limits.ratio * entry.compress_size)
        if bomb or entry.file_size > limits.entry_bytes:
            raise ZipRefused(_("“%(name)s” is too large when unpacked.") % name)
        names.add(entry.filename)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return bool(name) and not path.is_absolute() and ".." not in path.parts and ":" not in name and "\x00" not in name
