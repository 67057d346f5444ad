"""Files in and out: which format a file is of, how large it may be, and what of each question a format carries."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from assessments.quizzes.formats import aiken, gift, moodle, qti, qti_out
from assessments.quizzes.formats.document import Entry, Finding, Imported, Item, Refused, TruthWords
from assessments.quizzes.formats.markup import name, parse

TEXT_BYTES_MAX = 1_500_000
PACKAGE_BYTES_MAX = 20_000_000
TEXTS, XML, PACKAGE = ("txt", "gift"), "xml", "zip"
ENDINGS = (*TEXTS, XML, PACKAGE)
Fit = Callable[[Item, TruthWords, list[Finding]], Item]


@dataclass(frozen=True)
class Format:
    name: str
    ending: str
    content_type: str
    fit: Fit
    write: Callable[[Iterable[Item], TruthWords], bytes]


FORMATS = {
    one.name: one
    for one in (
        Format("gift", "gift", "text/plain", gift.fit, lambda items, truth: gift.write(items, truth).encode()),
        Format(
            "moodle", "xml", "application/xml", moodle.fit, lambda items, truth: moodle.write(items, truth).encode()
        ),
        Format("qti", "zip", "application/zip", qti_out.fit, qti_out.write),
    )
}


@dataclass(frozen=True)
class Written:
    """A file, and what of each question is not in it."""

    data: bytes
    entries: tuple[Entry, ...]


def fitted(form: Format, items: Iterable[Item], truth: TruthWords) -> tuple[Entry, ...]:
    """Each question as the format carries it; without an item where it is left out."""
    return tuple(_fitted(form, item, place, truth) for place, item in enumerate(items, 1))


def _fitted(form: Format, item: Item, place: int, truth: TruthWords) -> Entry:
    findings: list[Finding] = []
    try:
        return Entry(place, item.code, form.fit(item, truth, findings), tuple(findings))
    except Refused as refused:
        return Entry(place, item.code, None, (refused.finding,))


def write(form: Format, items: Iterable[Item], truth: TruthWords) -> Written:
    entries = fitted(form, items, truth)
    return Written(form.write([entry.item for entry in entries if entry.item], truth), entries)


def refuse_large(file_name: str, size: int) -> None:
    """Before anything is read. Refused also where the name has an ending that none of our formats has."""
    ending = _ending(file_name)
    if ending not in ENDINGS:
        raise Refused("ending-unknown", endings=", ".join(f".{one}" for one in ENDINGS))
    most = PACKAGE_BYTES_MAX if ending == PACKAGE else TEXT_BYTES_MAX
    if size > most:
        raise Refused("file-large", most=most / 1_000_000)


def read(file_name: str, data: bytes, truth: TruthWords) -> Imported:
    """Refused with the reason; nothing else comes out of a bad file."""
    refuse_large(file_name, len(data))
    ending = _ending(file_name)
    if ending == PACKAGE:
        return qti.read_package(data)
    if ending == XML:
        return _xml(data, truth)
    text = decoded(data)
    return aiken.read(text, truth) if aiken.is_aiken(text) else gift.read(text, truth)


def _xml(data: bytes, truth: TruthWords) -> Imported:
    found = name(parse(data))
    if found == "quiz":
        return moodle.read(data, truth)
    if found in ("qti-assessment-item", "assessmentItem"):
        return qti.read(data)
    raise Refused("xml-other", name=found[:60])


def decoded(data: bytes) -> str:
    if b"\0" in data:
        raise Refused("nul")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("encoding") from error


def _ending(file_name: str) -> str:
    return file_name.rpartition(".")[2].lower()
