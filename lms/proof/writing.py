"""A pack as a zip: each file is written as it comes and hashed on the way; at the end the list of hashes is signed."""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Self

from django.utils import timezone

from certificates import seal
from lms.proof import verify
from training.exports import Table, csv_lines

FORMAT = 1


def sealed_with(file: IO[bytes]) -> str:
    """The fingerprint of the seal that signed a pack, as verify.py prints it."""
    with zipfile.ZipFile(file) as archive:
        return hashlib.sha256(verify.certificate(archive.read(verify.SEAL))).hexdigest()


class Pack:
    """`seal` says what is in it; nothing is added after that. Only names and hashes are kept in memory."""

    def __init__(self, file: IO[bytes], *, language: str) -> None:
        now = timezone.localtime()
        self._at = (now.year, now.month, now.day, now.hour, now.minute, now.second)
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._sums: list[str] = []
        self.language = language

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self._archive.close()

    def add(self, name: str, data: bytes) -> str:
        """Its hash."""
        return self.add_lines(name, [data])

    def add_lines(self, name: str, lines: Iterable[bytes]) -> str:
        digest = hashlib.sha256()
        with self._archive.open(self._entry(name), "w", force_zip64=True) as entry:
            for line in lines:
                digest.update(line)
                entry.write(line)
        self._sums.append(f"{digest.hexdigest()}  {name}\n")
        return digest.hexdigest()

    def add_table(self, name: str, table: Table) -> int:
        """How many rows it has."""
        count = 0

        def counted() -> Iterator:
            nonlocal count
            for row in table.rows:
                count += 1
                yield row

        lines = csv_lines(Table(table.name, table.headings, counted(), table.notes), self.language)
        self.add_lines(name, lines)
        return count

    def seal(self, manifest: dict[str, Any]) -> None:
        """`manifest`: what the pack is about; the numbers that verify.py asks for are added here."""
        key = seal.current()
        self.add(verify.SEAL, key.certificate_pem.encode())
        self.add("verify.py", Path(verify.__file__).read_bytes())
        sums = "".join(self._sums).encode()
        counted = {"format": FORMAT, "files": len(self._sums), "sums": hashlib.sha256(sums).hexdigest()}
        signed = json.dumps(manifest | counted, indent=1, ensure_ascii=False, sort_keys=True).encode()
        self._archive.writestr(self._entry(verify.SUMS), sums)
        self._archive.writestr(self._entry(verify.MANIFEST), signed)
        self._archive.writestr(self._entry(verify.SIGNATURE), key.sign(signed))

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self._at)
        entry.external_attr, entry.compress_type = 0o600 << 16, zipfile.ZIP_DEFLATED
        return entry
