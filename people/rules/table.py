"""A table of people as HR systems write it: which encoding, which delimiter, which column is what."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from people.rules.cells import FORMULA, safe

ENCODINGS = ("utf-8", "utf-16", "cp1250", "cp1257")
CODE_PAGES = ("cp1250", "cp1257")
DELIMITERS = (";", ",", "\t")
COLUMNS = (
    *("email", "first_name", "last_name", "team", "job_role"),
    *("location", "tags", "language", "time_zone", "manager"),
)
# What people write above a column, in lower case; the first is what our template says.
HEADINGS = {
    "email": ("email", "e-mail", "mail", "adres e-mail", "e-pasts", "epasts"),
    "first_name": ("first_name", "first name", "imię", "imie", "vārds", "vards"),
    "last_name": ("last_name", "last name", "surname", "nazwisko", "uzvārds", "uzvards"),
    "team": ("team", "department", "zespół", "zespol", "dział", "komanda", "nodaļa"),
    "job_role": ("job_role", "job role", "position", "stanowisko", "amats"),
    "location": ("location", "site", "lokalizacja", "miejsce pracy", "atrašanās vieta", "darba vieta"),
    "tags": ("tags", "etykiety", "birkas"),
    "language": ("language", "język", "jezyk", "valoda"),
    "time_zone": ("time_zone", "time zone", "timezone", "strefa czasowa", "laika josla"),
    "manager": ("manager", "manager_email", "manager e-mail", "przełożony", "przelozony", "vadītājs", "vaditajs"),
}
# A line by which Excel is told the delimiter; it shows nobody the line, and counts rows without it.
HINT = re.compile(r"\ufeff?sep=([;,\t])\r?\n", re.IGNORECASE)
LETTERS = frozenset("ąćęłńóśźżāčēģīķļņšūžĄĆĘŁŃÓŚŹŻĀČĒĢĪĶĻŅŠŪŽ„”“–’€\xa0")


@dataclass(frozen=True)
class Limits:
    """The longest list that is read."""

    rows: int
    megabytes: int


ON_SCREEN = Limits(rows=20_000, megabytes=5)  # read three times over while somebody waits
ON_THE_SERVER = Limits(rows=200_000, megabytes=50)


class BadTable(ValueError):
    """The file as a whole cannot be read. `code` says why; messages.py has the words."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


@dataclass(frozen=True)
class Row:
    number: int  # as a spreadsheet counts: the headings are row 1
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    headings: tuple[str, ...]
    columns: tuple[str | None, ...]  # what each heading means to us; None: it is not read
    rows: tuple[Row, ...]

    def has(self, column: str) -> bool:
        return column in self.columns

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(heading for heading, column in zip(self.headings, self.columns, strict=True) if column is None)


def guess_encoding(data: bytes) -> str:
    """By the byte order mark, else UTF-8 if it is valid, else the code page that gives Polish or Latvian letters."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    best = max(CODE_PAGES, key=lambda encoding: _likeness(data, encoding))
    try:
        foreign = _foreign(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        return "utf-8" if _is_cut(data, error) else best
    # Two letters of a code page may by chance be one in UTF-8, "Ół" is a Cyrillic one; then nothing there is ours.
    by_chance = (
        foreign and not LETTERS.intersection(foreign) and LETTERS.issuperset(_foreign(data.decode(best, "replace")))
    )
    return best if by_chance else "utf-8"


def _foreign(text: str) -> str:
    return "".join(letter for letter in text if not letter.isascii())


def _is_cut(data: bytes, error: UnicodeDecodeError) -> bool:
    """UTF-8 all the way, and the last letter is not whole. In a code page no earlier letter would have passed."""
    return error.reason == "unexpected end of data" and not data[: error.start].isascii()


def _likeness(data: bytes, encoding: str) -> int:
    """How many of its letters are ours; -1 if one of them is not in the code page."""
    text = data.decode(encoding, "replace")
    return -1 if "\ufffd" in text else sum(letter in LETTERS for letter in text)


def decode(data: bytes, encoding: str, limits: Limits = ON_THE_SERVER) -> str:
    if len(data) > limits.megabytes * 1_000_000:
        raise BadTable("too-large", megabytes=limits.megabytes)
    if encoding != "utf-16" and b"\x00" in data:
        raise BadTable("no-table")
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError:
        raise BadTable("encoding", encoding=encoding) from None
    if "\x00" in text:
        raise BadTable("no-table")
    return text


def guess_delimiter(text: str) -> str:
    """What the line of headings is divided by; quotation marks protect."""
    if hint := HINT.match(text):
        return hint[1]
    line = text.lstrip("\r\n").partition("\n")[0]
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def read(text: str, delimiter: str, limits: Limits = ON_THE_SERVER) -> Table:
    hint = HINT.match(text)
    text = text[hint.end() :] if hint else text.lstrip("\ufeff")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        every = [(number, cells) for number, cells in enumerate(lines, 1) if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise BadTable("no-table") from None
    if not every:
        raise BadTable("empty")
    headings = tuple(cell.strip() for cell in every[0][1])
    columns = tuple(_meaning(heading) for heading in headings)
    twice = [column for column, count in Counter(columns).items() if column and count > 1]
    if twice:
        raise BadTable("column-twice", column=twice[0])
    if "email" not in columns:
        raise BadTable("no-email-column", headings=", ".join(headings)[:200])
    if len(every) - 1 > limits.rows:
        raise BadTable("too-many-rows", rows=limits.rows)
    if len(every) == 1:
        raise BadTable("empty")
    return Table(headings, columns, tuple(Row(number, _clean(cells)) for number, cells in every[1:]))


def _meaning(heading: str) -> str | None:
    known = heading.casefold()
    return next((column for column, names in HEADINGS.items() if known in names), None)


def _clean(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(_unguarded(cell.strip()) for cell in cells)


def _unguarded(cell: str) -> str:
    """The apostrophe that `safe` put in front, taken away again: a corrected error file can be imported."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def write(headings: Iterable[str], rows: Iterable[Iterable[str]], *, delimiter: str = ";") -> str:
    """With a byte order mark: without one, Excel takes UTF-8 for the code page of the machine."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([safe(heading) for heading in headings])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()
