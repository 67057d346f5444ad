"""What is on a manager's screen as a file: CSV for any spreadsheet, XLSX with a sheet that says what it shows."""

import csv
import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import IO

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from people.emails import File
from people.models import User
from people.rules import cells
from training import words
from training.models import ReportOrder, shown_as
from training.rendering import Report
from training.reports import courses, forecast, team
from training.reports.ordered import in_words
from training.reports.scope import Scope, scope_of
from training.rules.selection import ATTENTION, COURSES, FORECAST, TRAININGS, Selection

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMN_WIDTH = 24
LINES_AT_ONCE = 500
MOST_MAILED = 10_000_000  # bytes; larger ones are refused by many mail servers

Value = str | date | int | None


@dataclass(frozen=True)
class Table:
    """rows may be read once: they come from the database as they are written."""

    name: str
    headings: list[str]
    rows: Iterable[Sequence[Value]]
    notes: list[tuple[str, str]]  # what it shows, for whom, when; what its words mean


# --- tables --------------------------------------------------------------------------------------------------------
def trainings(*, manager: User, selection: Selection, now: datetime, today: date, language: str) -> Table:
    scope = scope_of(manager=manager, selection=selection, now=now, today=today, language=language)
    found = team.all_rows(scope=scope, selection=selection, language=language)
    statuses = {status: str(word) for status, word in words.STATUSES.items()}
    return Table(
        name=_("Trainings"),
        headings=[str(words.COLUMNS[name]) for name in team.COLUMNS],
        rows=(
            (row.person, row.team, row.course, row.due_on, statuses[row.status], row.completed_on, row.valid_until)
            for row in found
        ),
        notes=_notes(manager, scope, selection, now),
    )


def by_course(*, manager: User, selection: Selection, now: datetime, today: date, language: str) -> Table:
    scope = scope_of(manager=manager, selection=selection, now=now, today=today, language=language)
    statuses = {status: str(word) for status, word in words.STATUSES.items()}
    found = courses.all_rows(scope=scope, selection=selection, language=language)
    return Table(
        name=_("People by course"),
        headings=[
            str(words.COLUMNS["person"]),
            str(words.COLUMNS["team"]),
            *courses.columns(scope, selection).values(),
        ],
        rows=(
            (row.person, row.team, *(statuses[cell.status] if cell else None for cell in row.cells)) for row in found
        ),
        notes=_notes(manager, scope, selection, now),
    )


def ahead(*, manager: User, selection: Selection, now: datetime, today: date, language: str) -> Table:
    asked = selection.but(ahead="")  # as on the screen: the page shows them all
    scope = scope_of(manager=manager, selection=asked, now=now, today=today, language=language)
    rows = forecast.all_rows(scope, today)
    totals = [sum(row[name] for row in rows) for name in forecast.NAMES]
    return Table(
        name=_("What lies ahead"),
        headings=[str(words.COLUMNS["team"]), *(str(word) for word in words.AHEAD.values())],
        rows=[
            [_("All of them"), *totals],
            *([row["person__team__name"], *(row[name] for name in forecast.NAMES)] for row in rows),
        ],
        notes=[*_notes(manager, scope, asked, now), (_("Ahead"), _("Within 60 days counts within 30 days too."))],
    )


def past(*, manager: User, selection: Selection, now: datetime, today: date, language: str) -> Table:
    asked = selection.but(ahead="")
    scope = scope_of(manager=manager, selection=asked, now=now, today=today, language=language)
    return Table(
        name=_("Month by month"),
        headings=[_("Month"), _("Trainings"), _("Finished or waived"), pgettext("column", "Share")],
        rows=[
            [month.ends, month.total, month.settled, _percent(month.percent)]
            for month in forecast.months(scope, asked.course, today)
        ],
        notes=[
            *_notes(manager, scope, asked, now),
            (_("Month"), _("All months are about the people whom you lead today.")),
        ],
    )


def _percent(value: int | None) -> str | None:
    return None if value is None else pgettext("a figure", "%(number)s%%") % {"number": value}


TABLES = {
    "trainings": (trainings, TRAININGS),
    "courses": (by_course, COURSES),
    "forecast": (ahead, FORECAST),
    "trend": (past, FORECAST),
}


def file_name(screen: str, form: str, today: date) -> str:
    return f"ostoja-{screen}-{today:%Y-%m-%d}.{form}"


def _notes(manager: User, scope: Scope, selection: Selection, now: datetime) -> list[tuple[str, str]]:
    """What one must know to read the table, in the reader's language."""
    made = timezone.localtime(now)
    course = scope.courses.get(selection.course) or selection.course
    order = str(words.SORTS[selection.sort])
    notes = [
        (_("Made"), f"{made:%Y-%m-%d %H:%M} ({made.tzinfo})"),
        (_("Made for"), manager.name),
        (_("People"), _("Direct reports") if selection.only_direct else _("Direct and indirect reports")),
        (_("Shows"), str(words.SHOWN[selection.show])),
        (_("Course"), course or _("All courses")),
        (_("Team"), scope.team or selection.team),
        (_("Ahead"), str(words.AHEAD[selection.ahead]) if selection.ahead else ""),
        (_("Name contains"), selection.name),
        (_("Sorted by"), _("%(order)s, descending") % {"order": order} if selection.is_descending else order),
        ("", ""),
        *((str(words.STATUSES[status]), str(meaning)) for status, meaning in words.MEANINGS.items()),
        (str(words.SHOWN["due_soon"]), str(words.DUE_SOON_MEANS)),
        (_("Due date"), _("A due date ends with the day in the person's own time zone.")),
        (_("Grace"), _("Where a requirement gives extra time after its due date, nobody is overdue before that ends.")),
    ]
    return [note for note in notes if note[1] or not note[0]]


# --- files ---------------------------------------------------------------------------------------------------------
class _Echo:
    """csv.writer writes into this, and gets back what it wrote."""

    def write(self, line: str) -> str:
        return line


class _Lines:
    """The lines of a table as CSV: what the one file is made of, and what the other is compared by."""

    def __init__(self, language: str | None) -> None:
        self._writer = csv.writer(_Echo(), delimiter=cells.separator(language or ""))

    def first(self, headings: Iterable[str]) -> bytes:
        return f"{cells.BOM}{self._writer.writerow([cells.safe(heading) for heading in headings])}".encode()

    def row(self, row: Sequence[Value]) -> bytes:
        return self._writer.writerow([_as_text(value) for value in row]).encode()


def csv_lines(table: Table, language: str | None) -> Iterator[bytes]:
    """Many at once: what is sent by itself costs a server more than it takes to make."""
    lines, rows = _Lines(language), iter(table.rows)
    yield lines.first(table.headings)
    while some := list(islice(rows, LINES_AT_ONCE)):
        yield b"".join(map(lines.row, some))


def _as_text(value: Value) -> str:
    if isinstance(value, str):
        return cells.safe(value)
    return "" if value is None else str(value)


def xlsx(table: Table) -> IO[bytes]:
    """A temporary file, read from its beginning; rows go to the disk as they come. The hash on its second sheet is that
    of the same table as CSV."""
    lines = _Lines(get_language())
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.name)
    sheet.freeze_panes = "B2"
    for column in range(1, len(table.headings) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = COLUMN_WIDTH
    sheet.append([_cell(sheet, heading, bold=True) for heading in table.headings])
    count, hashed = 0, hashlib.sha256(lines.first(table.headings))
    for row in table.rows:
        sheet.append([_cell(sheet, value) for value in row])
        hashed.update(lines.row(row))
        count += 1
    _about(book, table, count, hashed.hexdigest())
    file = tempfile.TemporaryFile()  # noqa: SIM115  whoever sends it closes it
    book.save(file)
    file.seek(0)
    return file


def _about(book: Workbook, table: Table, count: int, sha256: str) -> None:
    sheet = book.create_sheet(_("About this table"))
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = COLUMN_WIDTH, 4 * COLUMN_WIDTH
    rows = ngettext("%(count)d row", "%(count)d rows", count) % {"count": count}
    for name, text in [(table.name, rows), (_("SHA-256 of the table as CSV"), sha256), *table.notes]:
        sheet.append([_cell(sheet, name, bold=True), _cell(sheet, text)])


def _cell(sheet, value: Value, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=cells.safe(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"  # text, whatever it begins with
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    if bold:
        cell.font = Font(bold=True)
    return cell


# --- by mail -------------------------------------------------------------------------------------------------------
def ordered(order: ReportOrder, now: datetime) -> Report:
    """The very file that its screen would give now. Inside rendering.seen_by."""
    manager, selection, language = order.person, order.selection, order.person.language
    today = timezone.localdate(now)
    make, _screen = TABLES[order.screen]
    table = make(manager=manager, selection=selection, now=now, today=today, language=language)
    counted = _Counted(table.rows)
    content = _content(replace(table, rows=counted), order.form, language)
    name = file_name(order.screen, order.form, today)
    kind = XLSX_TYPE if order.form == "xlsx" else CSV_TYPE
    scope = scope_of(manager=manager, selection=selection, now=now, today=today, language=language)
    shown = scope.assignments.showing(selection.show)
    return Report(
        file=File(name, kind, content) if len(content) <= MOST_MAILED else None,
        rows=counted.count,
        needing=shown.filter(shown_as(ATTENTION)).aggregate(people=Count("person", distinct=True))["people"],
        shows=in_words(order.screen, selection, scope.courses.get(selection.course, ""), scope.team),
    )


class _Counted:
    def __init__(self, rows: Iterable[Sequence[Value]]) -> None:
        self.rows, self.count = rows, 0

    def __iter__(self) -> Iterator[Sequence[Value]]:
        for row in self.rows:
            self.count += 1
            yield row


def _content(table: Table, form: str, language: str) -> bytes:
    if form == "csv":
        return b"".join(csv_lines(table, language))
    with xlsx(table) as file:
        return file.read()
