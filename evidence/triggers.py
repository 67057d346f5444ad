"""Tables the database itself keeps append-only.

In a migration of any app, after the one that makes the table:

    from evidence.triggers import append_only

    operations = [append_only("courses_completion"), append_only("evidence_personal", delete=False)]

An UPDATE or DELETE of a row then raises IntegrityError ("courses_completion is append-only: UPDATE refused"), through
the ORM and in SQL alike; on PostgreSQL TRUNCATE does as well. Running it twice changes nothing; it is reversible.

SQLite rebuilds a table when a later migration alters it, and drops its triggers silently: repeat `append_only` at the
end of such a migration. `verify_evidence` and a test compare what the migrations ask for with what is there.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION append_only_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
# Not internal, and neither disabled nor meant for replicas only.
INSTALLED = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": """
        SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND relnamespace = current_schema()::regnamespace
    """,
}
Execute = Callable[[str, None], object]  # with None, not (): a % in the text is then left alone


class AppendOnly(Operation):
    reduces_to_sql = True
    reversible = True

    def __init__(self, table: str, update: bool = True, delete: bool = True) -> None:
        self.table = table
        self.events = ["UPDATE"] * update + ["DELETE"] * delete

    def state_forwards(self, app_label, state) -> None:
        """Django's models do not know of triggers."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        self.install(schema_editor.connection.vendor, schema_editor.execute)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        self.remove(schema_editor.connection.vendor, schema_editor.execute)

    def describe(self) -> str:
        return f"Refuse {' and '.join(self.events)} on {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.table}_append_only"

    def names(self, vendor: str) -> list[str]:
        return [self._name(event) for event in self._events(vendor)]

    def install(self, vendor: str, execute: Execute) -> None:
        if vendor == "postgresql":
            execute(POSTGRESQL_FUNCTION, None)
        for event in self._events(vendor):
            execute(self._create(vendor, event), None)

    def remove(self, vendor: str, execute: Execute) -> None:
        on_table = f' ON "{self.table}"' if vendor == "postgresql" else ""
        for name in self.names(vendor):
            execute(f'DROP TRIGGER IF EXISTS "{name}"{on_table}', None)

    def _events(self, vendor: str) -> list[str]:
        return [*self.events, "TRUNCATE"] if vendor == "postgresql" else self.events

    def _name(self, event: str) -> str:
        return f"{self.table}_no_{event.lower()}"

    def _create(self, vendor: str, event: str) -> str:
        if vendor == "postgresql":
            each = "STATEMENT" if event == "TRUNCATE" else "ROW"
            return (
                f'CREATE OR REPLACE TRIGGER "{self._name(event)}" BEFORE {event} ON "{self.table}" '
                f"FOR EACH {each} EXECUTE FUNCTION append_only_refuse()"
            )
        return (
            f'CREATE TRIGGER IF NOT EXISTS "{self._name(event)}" BEFORE {event} ON "{self.table}" '
            f"BEGIN SELECT RAISE(ABORT, '{self.table} is append-only: {event} refused'); END"
        )


append_only = AppendOnly  # reads as what it does, in a list of operations


def missing() -> list[str]:
    """The triggers the migrations ask for that are not in the database, or are switched off."""
    expected = [name for operation in _protections() for name in operation.names(connection.vendor)]
    there = _installed()
    return [name for name in dict.fromkeys(expected) if name not in there]


@contextmanager
def lifted(*tables: str) -> Iterator[None]:
    """For tests only: without the triggers of these tables, or of all. What was there before is there again after."""
    if not settings.TESTING:
        raise RuntimeError("the triggers that protect evidence are lifted in tests only")
    there = _installed()
    chosen = [
        operation
        for operation in _protections()
        if (not tables or operation.table in tables) and there.issuperset(operation.names(connection.vendor))
    ]
    _all(chosen, AppendOnly.remove)
    try:
        yield
    finally:
        _all(chosen, AppendOnly.install)


@cache
def _protections() -> list[AppendOnly]:
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    operations = [operation for migration in loader.disk_migrations.values() for operation in migration.operations]
    return [operation for operation in operations if isinstance(operation, AppendOnly)]


def _installed() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(INSTALLED[connection.vendor])
        return {name for (name,) in cursor.fetchall()}


def _all(operations: list[AppendOnly], act: Callable[[AppendOnly, str, Execute], None]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A trigger cannot be touched while a deferred foreign key of the same transaction is still to be checked.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for operation in operations:
            act(operation, connection.vendor, cursor.execute)
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
