"""Rows by the million: COPY on PostgreSQL, bulk_create elsewhere. For made-up data only: no action is
called, nothing is proved, and the primary keys are given here."""

import json
from collections.abc import Sequence
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models
from django.db.models import Max

BATCH = 500


class Table:
    """names: the fields of each row, foreign keys by their number (`person_id`); the others have what the model says.
    is_counted: the rows get primary keys in their order; else the first name is the primary key."""

    def __init__(self, model: type[models.Model], *names: str, is_counted: bool = True) -> None:
        self.model, self.is_counted = model, is_counted
        fields = {field.attname: field for field in model._meta.concrete_fields}
        self.names = ("id", *names) if is_counted else names
        rest = [field for name, field in fields.items() if name not in self.names]
        self._rest = {field.attname: field.get_default() for field in rest}
        self._fields = [fields[name] for name in (*self.names, *self._rest)]
        self._json = [place for place, field in enumerate(self._fields) if isinstance(field, models.JSONField)]
        self._rows: list[tuple] = []
        self._last = model._default_manager.aggregate(last=Max("pk"))["last"] or 0 if is_counted else 0
        self.written = 0

    def add(self, *values: Any) -> int:
        """The primary key of the row."""
        if not self.is_counted:
            self._rows.append(values)
            return values[0]
        self._last += 1
        self._rows.append((self._last, *values))
        return self._last

    def write(self) -> None:
        if connection.vendor == "postgresql":
            self._copy()
        else:
            made = (self.model(**self._rest, **dict(zip(self.names, row, strict=True))) for row in self._rows)
            self.model._default_manager.bulk_create(made, batch_size=BATCH)
        self.written += len(self._rows)
        self._rows.clear()

    def _copy(self) -> None:
        quoted = connection.ops.quote_name
        columns = ", ".join(quoted(field.column or "") for field in self._fields)
        rest = tuple(self._rest.values())
        with connection.cursor() as cursor:
            into = f"COPY {quoted(self.model._meta.db_table)} ({columns}) FROM STDIN"
            with cursor.copy(into) as copy:
                for row in self._rows:
                    copy.write_row(self._plain((*row, *rest)) if self._json else (*row, *rest))

    def _plain(self, row: tuple) -> Sequence[Any]:
        plain = list(row)
        for place in self._json:
            plain[place] = json.dumps(row[place], ensure_ascii=False)
        return plain


def write_all(*tables: Table) -> None:
    for table in tables:
        table.write()


def settle(*tables: Table) -> None:
    """What comes next is numbered after these rows, and the database knows what it holds."""
    counted = [table.model for table in tables if table.is_counted]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), counted):
            cursor.execute(statement)
        cleans = connection.vendor == "postgresql" and not connection.in_atomic_block
        cursor.execute("VACUUM ANALYZE" if cleans else "ANALYZE")
