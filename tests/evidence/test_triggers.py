"""Append-only tables: the database refuses, whoever asks."""

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.state import ProjectState

from evidence import triggers
from evidence.models import Head, Personal, Record
from evidence.triggers import append_only
from tests.evidence.conftest import kinds

TABLE = "evidence_test_scratch"


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refused(statement: str) -> str:
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        run(statement)
    return str(refusal.value).splitlines()[0]


@pytest.mark.parametrize(
    "act",
    [
        lambda: Record.objects.filter(seq=1).update(kind="other"),
        lambda: Record.objects.get(seq=1).save(),
        lambda: Record.objects.get(seq=3).delete(),
        lambda: Record.objects.filter(seq=3).delete(),
        lambda: Record.objects.bulk_update([Record(seq=1, kind="other")], ["kind"]),
        lambda: Personal.objects.filter(record=1).update(payload={}),
        lambda: Head.objects.all().delete(),
        lambda: Head.objects.create(id=2),
    ],
)
def test_the_orm_is_refused(chain, act):
    before = list(Record.objects.order_by("seq").values())
    with pytest.raises(IntegrityError), transaction.atomic():
        act()
    assert list(Record.objects.order_by("seq").values()) == before


def test_sql_is_refused_with_a_clear_message(chain):
    assert (
        refused("UPDATE evidence_record SET kind = 'x' WHERE seq = 1")
        == "evidence_record is append-only: UPDATE refused"
    )
    assert refused("DELETE FROM evidence_record WHERE seq = 8") == "evidence_record is append-only: DELETE refused"
    assert refused("UPDATE evidence_personal SET salt = ''") == "evidence_personal is append-only: UPDATE refused"
    assert refused("DELETE FROM evidence_head") == "evidence_head is append-only: DELETE refused"


def test_truncate_is_refused(chain):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    run("SET CONSTRAINTS ALL IMMEDIATE")
    assert refused("TRUNCATE evidence_record CASCADE").endswith("is append-only: TRUNCATE refused")
    assert refused("TRUNCATE evidence_head") == "evidence_head is append-only: TRUNCATE refused"


def test_every_trigger_the_migrations_ask_for_is_there(db):
    """Fails when a later migration rebuilt a table on SQLite: repeat `append_only` at the end of that migration."""
    assert triggers.missing() == []


def test_a_missing_trigger_is_a_problem(chain):
    on_table = ' ON "evidence_record"' if connection.vendor == "postgresql" else ""
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")
    run(f"DROP TRIGGER evidence_record_no_delete{on_table}")
    assert kinds() == [("evidence_record_no_delete", "triggers")]


def test_a_trigger_that_is_switched_off_is_a_problem(chain):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite cannot switch a trigger off")
    run("SET CONSTRAINTS ALL IMMEDIATE")
    run("ALTER TABLE evidence_record DISABLE TRIGGER evidence_record_no_update")
    assert kinds() == [("evidence_record_no_update", "triggers")]


# --- lifting -------------------------------------------------------------------------------------------------------
def test_lifted_triggers_are_back_afterwards_also_after_an_error(chain):
    with pytest.raises(ZeroDivisionError), triggers.lifted():
        Record.objects.filter(seq=1).update(seq=1 / 0)
    assert triggers.missing() == []
    refused("UPDATE evidence_record SET kind = 'x' WHERE seq = 1")


def test_lifting_inside_lifting_restores_once(chain):
    with triggers.lifted():
        with triggers.lifted():
            pass
        Record.objects.filter(seq=1).update(kind="other")
    assert triggers.missing() == []


def test_only_the_named_tables_are_lifted(chain):
    with triggers.lifted("evidence_personal"):
        Personal.objects.filter(record=1).update(payload={})
        refused("UPDATE evidence_record SET kind = 'x' WHERE seq = 1")


def test_outside_tests_nothing_is_lifted(chain, settings):
    settings.TESTING = False
    with pytest.raises(RuntimeError), triggers.lifted():
        pass
    assert triggers.missing() == []


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_can_be_emptied(append):
    append()  # the flush after this test fails unless the triggers are lifted around it; the next one finds them back


@pytest.mark.django_db(transaction=True)
def test_after_the_flush_the_triggers_are_back(append):
    assert not Record.objects.exists()
    append()
    assert triggers.missing() == []


# --- the migration operation ---------------------------------------------------------------------------------------
class Scratch(models.Model):
    note = models.CharField(max_length=20)

    class Meta:
        app_label = "evidence_test"
        db_table = TABLE


@pytest.fixture
def scratch(transactional_db):
    with connection.schema_editor() as editor:
        editor.create_model(Scratch)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(Scratch)


def migrate(operation: append_only, direction: str = "forwards") -> None:
    with connection.schema_editor(atomic=True) as editor:
        getattr(operation, f"database_{direction}")("evidence", editor, ProjectState(), ProjectState())


def test_the_operation_protects_any_table_twice_is_once_and_back_is_back(scratch):
    operation = append_only(TABLE)
    migrate(operation)
    migrate(operation)
    Scratch.objects.create(note="here")
    assert refused(f"UPDATE {TABLE} SET note = 'x'") == f"{TABLE} is append-only: UPDATE refused"
    assert refused(f"DELETE FROM {TABLE}") == f"{TABLE} is append-only: DELETE refused"
    migrate(operation, "backwards")
    migrate(operation, "backwards")
    assert Scratch.objects.update(note="x") == 1
    assert Scratch.objects.all().delete()[0] == 1


@pytest.mark.parametrize("allowed", ["update", "delete"])
def test_one_of_the_two_may_stay_allowed(scratch, allowed):
    migrate(append_only(TABLE, **{allowed: False}))
    Scratch.objects.create(note="here")
    if allowed == "update":
        Scratch.objects.update(note="x")
        refused(f"DELETE FROM {TABLE}")
    else:
        refused(f"UPDATE {TABLE} SET note = 'x'")
        Scratch.objects.all().delete()


def test_the_operation_says_what_it_does():
    operation = append_only("courses_place", delete=False)
    assert operation.describe() == "Refuse UPDATE on courses_place"
    assert operation.migration_name_fragment == "courses_place_append_only"
    assert operation.deconstruct() == ("AppendOnly", ("courses_place",), {"delete": False})
