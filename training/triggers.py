"""The dates of an enrolment that say how an assignment stands, kept beside the assignment by the database itself.

Counting a million assignments by status reads one table then, and no code path can forget to say what has changed:
whatever writes an enrolment, its assignments follow in the same statement; whatever writes an assignment, these columns
come from its enrolment. An instance in memory does not see it: ask its enrolment, or read the row again.

SQLite rebuilds a table when a later migration alters it, drops its triggers silently and stumbles over those of the
other table. A migration that alters training_assignment or courses_enrolment there begins with `Unfollow()` and ends
with `FollowEnrolment()`. A test asks whether the triggers are there.
"""

from django.db.migrations.operations.base import Operation

from evidence.triggers import Execute

DATES = ("started_at", "completed_at", "valid_until", "redo_by")
BESIDE = tuple(f"enrolment_{name}" for name in DATES)
FROM = ", ".join(DATES)
INTO = ", ".join(BESIDE)
NEW = ", ".join(f"NEW.{name}" for name in DATES)
OLD = ", ".join(f"OLD.{name}" for name in DATES)
NEW_BESIDE = ", ".join(f"NEW.{name}" for name in BESIDE)

ENROLMENT, ASSIGNMENT, NEWCOMER = (
    "courses_enrolment_followed",
    "training_assignment_follows",
    "training_assignment_new_follows",
)
TABLES = {ENROLMENT: "courses_enrolment", ASSIGNMENT: "training_assignment", NEWCOMER: "training_assignment"}

# A new assignment holds its enrolment (FOR SHARE) until it is there itself: who changes the enrolment at that moment
# would not see it yet. A change of the assignment must not: whoever completes a course holds the enrolment, and waits
# for this row.
BEHIND = "courses_enrolment WHERE courses_enrolment.id = training_assignment.enrolment_id"
FILL = f"UPDATE training_assignment SET ({INTO}) = (SELECT {FROM} FROM {BEHIND})"  # nosec B608: our own words only
POSTGRESQL = (
    f"""
CREATE OR REPLACE FUNCTION courses_enrolment_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE training_assignment SET ({INTO}) = ROW ({NEW}) WHERE enrolment_id = NEW.id;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {ENROLMENT} AFTER UPDATE OF {FROM} ON courses_enrolment
    FOR EACH ROW WHEN (({OLD}) IS DISTINCT FROM ({NEW})) EXECUTE FUNCTION courses_enrolment_follow();
""",  # nosec B608: our own words only
    FILL,
    f"""
CREATE OR REPLACE FUNCTION training_assignment_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.enrolment_id IS DISTINCT FROM OLD.enrolment_id THEN
        PERFORM 1 FROM courses_enrolment WHERE id = NEW.enrolment_id FOR SHARE;
    END IF;
    SELECT {FROM} INTO {NEW_BESIDE} FROM courses_enrolment WHERE id = NEW.enrolment_id;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER {NEWCOMER} BEFORE INSERT ON training_assignment
    FOR EACH ROW EXECUTE FUNCTION training_assignment_follow();
CREATE OR REPLACE TRIGGER {ASSIGNMENT} BEFORE UPDATE OF enrolment_id, {INTO} ON training_assignment
    FOR EACH ROW EXECUTE FUNCTION training_assignment_follow();
""",  # nosec B608: our own words only
)
SQLITE = (
    f"""CREATE TRIGGER IF NOT EXISTS {ENROLMENT} AFTER UPDATE OF {FROM} ON courses_enrolment
    WHEN ({OLD}) IS NOT ({NEW})
    BEGIN UPDATE training_assignment SET ({INTO}) = ({NEW}) WHERE enrolment_id = NEW.id; END""",  # nosec B608: our own words only
    FILL,
    f"""CREATE TRIGGER IF NOT EXISTS {NEWCOMER} AFTER INSERT ON training_assignment
    BEGIN {FILL} WHERE id = NEW.id; END""",
    f"""CREATE TRIGGER IF NOT EXISTS {ASSIGNMENT} AFTER UPDATE OF enrolment_id, {INTO} ON training_assignment
    WHEN ({NEW_BESIDE}) IS NOT (SELECT {FROM} FROM courses_enrolment WHERE id = NEW.enrolment_id)
    BEGIN {FILL} WHERE id = NEW.id; END""",  # nosec B608: our own words only
)


class FollowEnrolment(Operation):
    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label, state) -> None:
        """Django's models do not know of triggers."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        install(schema_editor.connection.vendor, schema_editor.execute)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        remove(schema_editor.connection.vendor, schema_editor.execute)

    def describe(self) -> str:
        return "Keep the dates of an enrolment beside its assignments"


class Unfollow(FollowEnrolment):
    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:
        remove(schema_editor.connection.vendor, schema_editor.execute)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:
        install(schema_editor.connection.vendor, schema_editor.execute)

    def describe(self) -> str:
        return "Let the dates beside assignments be, while a table is rebuilt"


def install(vendor: str, execute: Execute) -> None:
    """In this order: enrolments are held from the first trigger on, and what is there is filled without the others."""
    for statement in POSTGRESQL if vendor == "postgresql" else SQLITE:
        execute(statement, None)


def remove(vendor: str, execute: Execute) -> None:
    for name, table in TABLES.items():
        execute(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if vendor == "postgresql" else ""), None)
