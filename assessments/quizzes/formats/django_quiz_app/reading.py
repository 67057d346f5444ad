"""Its `dumpdata` JSON or its SQLite file, as one and the same Dump."""

import hashlib
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from assessments.quizzes.formats.django_quiz_app.checking import check
from assessments.quizzes.formats.django_quiz_app.dump import (
    MODELS,
    PACKAGE,
    QUESTION,
    SQLITE,
    TABLES,
    Dump,
    Row,
    SourceRefused,
)


def read(path: Path) -> Dump:
    """The dump, checked row by row. Raises SourceRefused."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceRefused(f"{path}: {error.strerror}") from error
    rows, others = _from_sqlite(path) if data.startswith(SQLITE) else _from_json(data)
    dump = Dump(hashlib.sha256(data).hexdigest(), rows, others)
    check(dump)
    return dump


def _from_json(data: bytes) -> tuple[list[Row], Counter[str]]:
    try:
        listed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SourceRefused(f"This is neither JSON nor an SQLite file: {error}") from error
    if not isinstance(listed, list):
        raise SourceRefused("This JSON was not made by dumpdata: it is no list of rows.")
    rows, others = [], Counter[str]()
    for place, item in enumerate(listed):
        if not (isinstance(item, dict) and isinstance(item.get("model"), str) and isinstance(item.get("fields"), dict)):
            raise SourceRefused(f"Entry {place + 1} was not made by dumpdata: it has no model and fields.")
        if item["model"] in MODELS:
            rows.append(Row(place, item["model"], item.get("pk"), item["fields"]))
        else:
            others[item["model"]] += 1
    return _some(rows), others


def _from_sqlite(path: Path) -> tuple[list[Row], Counter[str]]:
    """Opened so that nothing can be written to it."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)) as base:
            base.row_factory = sqlite3.Row
            names = [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            tables = {name: _table(base, name) for name in names if name in TABLES}
            others = Counter({name: _count(base, name) for name in names if name not in TABLES})
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise SourceRefused(f"The SQLite file cannot be read: {error}") from error
    links: dict[Any, list[Any]] = {}
    for link in tables.get("quiz_question_quiz", ()):
        links.setdefault(link["question"], []).append(link["quiz"])
    rows: list[Row] = []
    for table, values in tables.items():
        for fields in values:
            pk = fields.pop("id") if "id" in fields else fields.pop("question_ptr")
            if TABLES[table] == QUESTION:
                fields["quiz"] = links.get(pk, [])
            rows.append(Row(len(rows), TABLES[table], pk, fields))
    return _some(rows), +others


def _some(rows: list[Row]) -> list[Row]:
    if not rows:
        raise SourceRefused(f"There is no row of {PACKAGE} in this file.")
    return rows


def _table(base: sqlite3.Connection, name: str) -> list[dict[str, Any]]:
    rows = [dict(row) for row in base.execute(f"SELECT * FROM {_quoted(name)}")]  # nosec B608  a name cannot be a parameter
    return [{column.removesuffix("_id"): value for column, value in row.items()} for row in rows]


def _count(base: sqlite3.Connection, name: str) -> int:
    found = base.execute(f"SELECT count(*) FROM {_quoted(name)}")  # nosec B608  a name cannot be a parameter
    return int(found.fetchone()[0])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
