"""Files in and out: which format a file is of, how large it may be, and in which letters."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from assessments.scenarios.formats import csv_table, h5p, json_text, script, twee, twee_in
from assessments.scenarios.formats.document import Document, Finding, Imported, Refused

TEXT_BYTES_MAX = 2_000_000
PACKAGE_BYTES_MAX = 50_000_000
H5P = "h5p"
READERS: dict[str, Callable[[str], Imported]] = {
    "txt": script.read,
    "scenario": script.read,
    "tw": twee_in.read,
    "twee": twee_in.read,
    "csv": csv_table.read,
    "json": json_text.read,
}
ENDINGS = (*READERS, H5P)


@dataclass(frozen=True)
class Format:
    name: str
    ending: str
    content_type: str
    write: Callable[[Document, UUID | None], str]


FORMATS = {
    one.name: one
    for one in (
        Format("script", "txt", "text/plain", lambda document, key: script.write(document)),
        Format("twee", "twee", "text/plain", twee.write),
        Format("csv", "csv", "text/csv", lambda document, key: csv_table.write(document)),
        Format("json", "json", "application/json", lambda document, key: json_text.write(document)),
    )
}


def refuse_large(file_name: str, size: int) -> None:
    """Before anything is read. Refused also where the name has an ending that none of our formats has."""
    ending = _ending(file_name)
    if ending not in ENDINGS:
        raise Refused(Finding("ending-unknown", params={"endings": ", ".join(f".{one}" for one in ENDINGS)}))
    most = PACKAGE_BYTES_MAX if ending == H5P else TEXT_BYTES_MAX
    if size > most:
        raise Refused(Finding("file-large", params={"most": most // 1_000_000}))


def read(file_name: str, data: bytes, *, go_on: str) -> Imported:
    """go_on: what a choice says that only leads on. Refused with the reason; nothing else comes out of a bad file."""
    refuse_large(file_name, len(data))
    if _ending(file_name) == H5P:
        return h5p.read(data, go_on=go_on)
    return READERS[_ending(file_name)](decoded(data))


def decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused(Finding("encoding"))
    if b"\0" in data:
        raise Refused(Finding("nul"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(Finding("encoding", line)) from error


def _ending(file_name: str) -> str:
    return file_name.rpartition(".")[2].lower()
