"""Zip packages that people send, for quizzes and scenarios alike: measured before anything is unpacked, read up to a
limit, unpacked in memory only. No Django: whoever reads a package puts the code of a refusal into words."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

END, END_SIZE, COMMENT_MAX = b"PK\x05\x06", 22, 65_535
BIG_LOCATOR, BIG_LOCATOR_SIZE = b"PK\x06\x07", 20
LINK, MODE, LOCKED = 0o120000, 0o170000, 0x1
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    ValueError,
    OSError,
    RuntimeError,
    LookupError,
)


class ZipRefused(Exception):
    """code: zip-broken, zip-many, zip-twice, zip-path, zip-link, zip-locked, zip-lacks, zip-large, zip-dense."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True)
class Limits:
    """contents: bytes of the table of contents. ratio: how often smaller a file may be packed, counted from
    `ratio_from` bytes on, because small texts shrink more than any bomb needs to."""

    entries: int = 2_000
    contents: int = 400_000
    entry_bytes: int = 4_000_000
    total_bytes: int = 20_000_000
    ratio: int = 200
    ratio_from: int = 1_000_000


class Package:
    """The files of one zip, each read when it is asked for. What is not asked for stays packed."""

    def __init__(self, data: bytes, limits: Limits = Limits()) -> None:
        self.limits, self.read_bytes = limits, 0
        _measure(data, limits)
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
        except BROKEN as error:
            raise ZipRefused("zip-broken") from error
        entries = self.archive.infolist()
        if len(entries) > limits.entries:
            raise ZipRefused("zip-many", most=limits.entries)
        for entry in entries:
            _look_at(entry)
        self.entries: Mapping[str, zipfile.ZipInfo] = {entry.filename: entry for entry in entries}
        if len(self.entries) < len(entries):
            raise ZipRefused("zip-twice")

    @property
    def names(self) -> list[str]:
        return [name for name, entry in self.entries.items() if not entry.is_dir()]

    def read(self, name: str) -> bytes:
        entry = self.entries.get(name)
        if entry is None:
            raise ZipRefused("zip-lacks", name=name[:60])
        if entry.flag_bits & LOCKED:
            raise ZipRefused("zip-locked")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ZipRefused("zip-broken")  # the others may ask for any amount of memory
        most = min(self.limits.entry_bytes, self.limits.total_bytes - self.read_bytes)
        found = self._content(entry, most)
        if len(found) > most:
            raise ZipRefused("zip-large", name=name[:60], most=most)
        if len(found) > max(self.limits.ratio_from, self.limits.ratio * entry.compress_size):
            raise ZipRefused("zip-dense", name=name[:60])
        self.read_bytes += len(found)
        return found

    def _content(self, entry: zipfile.ZipInfo, most: int) -> bytes:
        """What the zip says of the size may be a lie: so the reading itself has an end."""
        try:
            with self.archive.open(entry) as file:
                return file.read(most + 1)
        except BROKEN as error:
            raise ZipRefused("zip-broken") from error


def _measure(data: bytes, limits: Limits) -> None:
    """zipfile reads the whole table of contents before anybody could ask how long it is."""
    at = data.rfind(END, max(0, len(data) - COMMENT_MAX - END_SIZE))
    if at < 0 or len(data) - at < END_SIZE:
        raise ZipRefused("zip-broken")
    if data[max(0, at - BIG_LOCATOR_SIZE) : at].startswith(BIG_LOCATOR):
        raise ZipRefused("zip-many", most=limits.entries)
    entries, contents = struct.unpack_from("<HI", data, at + 10)
    if entries > limits.entries or contents > limits.contents:
        raise ZipRefused("zip-many", most=limits.entries)


def _look_at(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if name.startswith("/") or "\\" in name or ":" in name or "\x00" in name or ".." in name.split("/"):
        raise ZipRefused("zip-path", name=name[:60])
    if (entry.external_attr >> 16) & MODE == LINK:
        raise ZipRefused("zip-link", name=name[:60])
