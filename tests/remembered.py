"""What takes long to build is built once a process; after that its rows are written as they were.

    @remembered
    def make_course(...) -> Course: ...

Building a course means saving dozens of pages with all their checks: half a second, in thousands of tests. The first
test that calls the builder pays it. Then the rows that came of it are compared with those before, and any later test
that stands where the first one stood gets exactly these rows, in a few milliseconds. Models in the result are read
anew each time, so no test sees what another one did to them.

"Stands where the first one stood": the same builder with the same arguments, after the same other builders, on the
same day, and nothing else written yet in this test but rows of tables named in `BESIDE`. Anything else builds plainly.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import lru_cache, wraps
from types import FunctionType, SimpleNamespace
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

# People and what comes with them: no builder looks at them.
BESIDE = ("people_", "django_session", "axes_", "evidence_", "django_tasks_database_", "wagtailusers_")
_WRITES = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)

Rows = dict[Any, tuple]  # by primary key


@dataclass(frozen=True)
class TableChange:
    table: str
    columns: tuple[str, ...]
    key: str
    written: tuple[tuple, ...]
    gone: tuple[Any, ...]  # primary keys: of rows that changed too, which are written anew

    def apply(self) -> None:
        name, key = connection.ops.quote_name(self.table), connection.ops.quote_name(self.key)
        into = ", ".join(map(connection.ops.quote_name, self.columns))
        values = ", ".join(["%s"] * len(self.columns))
        with connection.cursor() as cursor:
            if self.gone:
                cursor.executemany(f"DELETE FROM {name} WHERE {key} = %s", [(one,) for one in self.gone])
            if self.written:
                cursor.executemany(f"INSERT INTO {name} ({into}) VALUES ({values})", list(self.written))


@dataclass(frozen=True)
class Recording:
    made_at: Any
    changes: tuple[TableChange, ...]
    result: Any

    def play(self) -> Any:
        for change in self.changes:
            change.apply()
        return _read_anew(self.result)


@dataclass
class Journal:
    """What this test has written so far."""

    strange: set[str] = field(default_factory=set)  # tables, by others than remembered builders
    built: list[str] = field(default_factory=list)
    recording: set[str] | None = None

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        found = _WRITES.match(sql)
        if found and self.recording is not None:
            self.recording.add(found[1])
        elif found:
            self.strange.add(found[1])
        return execute(sql, params, many, context)

    def is_clean(self, beside: tuple[str, ...]) -> bool:
        return not any(not table.startswith(beside) for table in self.strange)


_journal: list[Journal] = []
_recordings: dict[str, Recording] = {}


def open_journal() -> Journal:
    """For the fixture that surrounds each test; close_journal() ends it."""
    _journal[:] = [Journal()]
    connection.execute_wrappers.append(_journal[0])
    return _journal[0]


def close_journal() -> None:
    for journal in _journal:
        if journal in connection.execute_wrappers:
            connection.execute_wrappers.remove(journal)
    _journal.clear()


def forget() -> None:
    """After a flush the tables start from other rows."""
    _recordings.clear()
    _shape.cache_clear()


def remembered(builder: Callable | None = None, *, beside: tuple[str, ...] = BESIDE) -> Callable:
    if builder is None:
        return lambda builder: remembered(builder, beside=beside)

    @wraps(builder)
    def build(*args: Any, **kwargs: Any) -> Any:
        journal = _journal[0] if _journal else None
        if journal is None or journal.recording is not None or not connection.in_atomic_block:
            return builder(*args, **kwargs)
        called = f"{builder.__module__}.{builder.__qualname__}{_named(args)}{_named(kwargs)}"
        if " at 0x" in called or not journal.is_clean(beside):
            return builder(*args, **kwargs)
        now = timezone.now()
        name = f"{now.date()} {called} after {journal.built}"
        recording = _recordings.get(name)
        if recording and recording.made_at > now:
            return builder(*args, **kwargs)
        journal.built.append(called)
        journal.recording = set()
        try:
            if recording is None:
                recording = _recordings[name] = _record(lambda: builder(*args, **kwargs), journal.recording)
            return recording.play()
        finally:
            journal.recording = None

    return build


def _record(build: Callable[[], Any], written: set[str]) -> Recording:
    """Builds, looks, takes it back: what was built then comes from the recording, the first time too."""
    before = transaction.savepoint()
    result = build()
    after = {table: _rows(table) for table in sorted(written)}
    transaction.savepoint_rollback(before)
    changes = [_change(table, rows) for table, rows in after.items()]
    return Recording(timezone.now(), tuple(change for change in changes if change.written or change.gone), result)


def _change(table: str, after: tuple[tuple[str, ...], str, Rows]) -> TableChange:
    columns, key, rows = after
    earlier = _rows(table)[2]
    written = tuple(row for pk, row in rows.items() if earlier.get(pk) != row)
    gone = tuple(pk for pk, row in earlier.items() if rows.get(pk) != row)
    return TableChange(table, columns, key, written, gone)


@lru_cache
def _shape(table: str) -> tuple[str, tuple[str, ...]]:
    """(primary key, columns). Asking SQLite for them costs more than most tests."""
    with connection.cursor() as cursor:
        key = connection.introspection.get_primary_key_column(cursor, table)
        assert key, f"{table} has no primary key of one column"
        return key, tuple(column.name for column in connection.introspection.get_table_description(cursor, table))


def _rows(table: str) -> tuple[tuple[str, ...], str, Rows]:
    quoted = connection.ops.quote_name
    key, columns = _shape(table)
    with connection.cursor() as cursor:
        # On SQLite the plus keeps the values as they are stored: a column's type would turn them into Python's.
        plus = "+" if connection.vendor == "sqlite" else ""
        cursor.execute(f"SELECT {', '.join(plus + quoted(name) for name in columns)} FROM {quoted(table)}")
        at = columns.index(key)
        return columns, key, {row[at]: tuple(row) for row in cursor.fetchall()}


# --- what was called, in words: closures by what they close over ----------------------------------------------------
def _named(value: Any) -> str:
    if isinstance(value, FunctionType):
        cells = [_named(cell.cell_contents) for cell in value.__closure__ or ()]
        return f"{value.__module__}.{value.__qualname__}{cells}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_named(one)}" for key, one in sorted(value.items())) + "}"
    if isinstance(value, list | tuple):
        return f"({', '.join(map(_named, value))})"
    return repr(value)


# --- models in the result, as they stand in the database -------------------------------------------------------------
def _read_anew(result: Any) -> Any:
    wanted: dict[type[models.Model], set] = {}
    for instance in _models_in(result):
        wanted.setdefault(type(instance), set()).add(instance.pk)
    found = {model: model._base_manager.in_bulk(pks) for model, pks in wanted.items()}
    return _with(result, found)


def _models_in(value: Any) -> Iterable[models.Model]:
    if isinstance(value, models.Model):
        yield value
        return
    for part in _parts(value).values():
        yield from _models_in(part)


def _parts(value: Any) -> dict:
    if isinstance(value, dict):
        return value
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    if isinstance(value, SimpleNamespace):
        return vars(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in fields(value) if one.init}
    return {}


def _with(value: Any, found: dict[type[models.Model], dict]) -> Any:
    if isinstance(value, models.Model):
        return found[type(value)][value.pk]
    parts = {name: _with(part, found) for name, part in _parts(value).items()}
    if isinstance(value, dict):
        return parts
    if isinstance(value, list | tuple):
        return type(value)(parts.values())
    if isinstance(value, SimpleNamespace):
        return SimpleNamespace(**parts)
    return replace(value, **parts) if parts else value
