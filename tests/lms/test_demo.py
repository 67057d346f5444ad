"""What `manage.py demo` may throw away or build on: a demo of this very database, an empty one, and nothing else."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from lms.demo import DOMAIN, Cast, Demo
from lms.management.commands import demo
from people.models import User

pytestmark = pytest.mark.django_db


class Dropped(Exception):
    """The database would be gone."""


@pytest.fixture
def told(settings, tmp_path, monkeypatch):
    """told(people, database): demo.json as a demo left it."""

    def drop(*_arguments):
        raise Dropped

    def write(people: list, database: dict | None) -> None:
        facts = {"url": "http://127.0.0.1:8000", "people": people}
        (tmp_path / "demo.json").write_text(json.dumps(facts | ({"database": database} if database else {})))

    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(demo.Command, "_drop", drop)
    monkeypatch.setattr(demo, "call_command", lambda *_arguments, **_options: None)
    return write


def employee() -> dict:
    user = User.objects.create_user(email=f"anna@{DOMAIN}", first_name="Anna", last_name="W")
    return {"email": user.email, "password": "x", "role": "employee", "about": ""}


@pytest.mark.parametrize("database", [{"engine": "sqlite", "host": "", "port": "", "name": "elsewhere"}, None])
@pytest.mark.parametrize("is_whole", [False, True])
def test_what_a_demo_of_another_database_left_is_no_reason_to_drop_this_one(told, database, is_whole):
    person = employee()
    told([person] if is_whole else [], database)
    with pytest.raises(CommandError, match="already holds other data"):
        call_command("demo", "--reset")


def test_a_demo_that_was_cut_short_is_made_again(told):
    employee()
    told([], demo._database())
    with pytest.raises(Dropped):
        call_command("demo")


def test_but_not_where_somebody_else_has_come_since(told, ana):
    employee()
    told([], demo._database())
    with pytest.raises(CommandError, match="already holds other data"):
        call_command("demo")


def test_a_whole_demo_goes_when_it_is_asked_for_only(told, ana, capsys):
    told([employee()], demo._database())
    call_command("demo")
    assert f"anna@{DOMAIN}" in capsys.readouterr().out
    with pytest.raises(Dropped):
        call_command("demo", "--reset")


def test_a_demo_of_an_older_version_is_named_and_not_served(told, ana, monkeypatch, capsys):
    def migrate(name, *_arguments, check_unapplied, **_options):
        assert (name, check_unapplied) == ("migrate", True)
        raise SystemExit(1)

    told([employee()], demo._database())
    monkeypatch.setattr(demo, "call_command", migrate)
    with pytest.raises(CommandError, match=r"older version of Ostoja.*make demo RESET=1"):
        call_command("demo")
    assert DOMAIN not in capsys.readouterr().out


# --- what it leaves alone ------------------------------------------------------------------------------------------
@pytest.fixture
def migrated(told, monkeypatch):
    """What the demo calls, instead of calling it."""
    called: list[str] = []
    monkeypatch.setattr(demo, "call_command", lambda name, *_arguments, **_options: called.append(name))
    return called


def test_where_nobody_is_the_demo_is_made(told, migrated, monkeypatch):
    monkeypatch.setattr(demo.Demo, "make", lambda self: demo_cast())
    call_command("demo")
    assert migrated == ["migrate", "set_up_site", "import_course"]


def demo_cast() -> Cast:
    user = User.objects.create_user(email=f"anna@{DOMAIN}", first_name="Anna", last_name="W")
    return Cast(rows=[("employee", user, "")], passwords={user.pk: "x"})


@pytest.mark.parametrize("database", [None, "mine"])
def test_a_table_of_another_program_is_neither_joined_nor_dropped(told, migrated, database):
    """Whatever the file says: DROP SCHEMA would take that table along."""
    told([employee()] if database else [], demo._database() if database else None)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE ledger (amount integer)")
    with pytest.raises(CommandError, match="already holds other data"):
        call_command("demo", "--reset")
    assert not migrated


def test_a_course_without_people_is_other_data_too_and_is_not_migrated(tree, told, migrated):
    with pytest.raises(CommandError, match="already holds other data"):
        call_command("demo")
    assert not migrated


def test_the_tables_of_another_version_are_left_as_they_are(told, migrated, monkeypatch):
    def without_a_column(_manager):
        raise DatabaseError

    monkeypatch.setattr("django.db.models.query.QuerySet.exists", without_a_column)
    with pytest.raises(CommandError, match="already holds other data"):
        call_command("demo")
    assert not migrated


# --- what it says --------------------------------------------------------------------------------------------------
def test_another_port_is_in_the_file_too(told, settings, capsys):
    told([employee()], demo._database())
    settings.BASE_URL = "http://127.0.0.1:8001"
    call_command("demo")
    assert "http://127.0.0.1:8001/my/" in capsys.readouterr().out
    assert json.loads((settings.VAR_DIR / "demo.json").read_text())["url"] == settings.BASE_URL


def test_with_debug_off_there_is_no_demo(settings):
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError, match="runs with DEBUG on only"):
        call_command("demo")


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["make", "demo", "DEBUG=0", "PYTHON=no-such-python"], "The demo runs with DEBUG on only"),
        ([sys.executable, "manage.py", "demo"], "SECRET_KEY is not set."),
    ],
)
def test_debug_off_in_the_environment_is_a_sentence_and_no_traceback(command, sentence):
    env = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"} | {"DEBUG": "0"}
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False)
    assert done.returncode
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


ASKED = """
import django, json
django.setup()
from django.test import Client
client = Client(enforce_csrf_checks=True, raise_request_exception=False, headers={"accept-language": "lv"})
answers = {
    "mistyped": client.get("/there/is/nothing/"),
    "unreadable": client.get("/verify/?serial=%00"),
    "without a token": client.post("/login/"),
    "broken": client.get("/verify/0000-0000-0000-0000-0000/"),
    "a file": client.get("/static/js/ostoja.js"),
    "developers'": client.get("/styleguide/"),
}
print(json.dumps({name: [answer.status_code, answer.getvalue().decode()] for name, answer in answers.items()}))
"""


def test_the_demo_answers_what_is_mistyped_or_refused_with_our_pages_in_the_readers_language(tmp_path):
    """In a process of its own, for these are settings; its database has no tables, so that something breaks."""
    env = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    env |= {"DEBUG": "1", "DEMO": "1", "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "lms.settings"}
    done = subprocess.run(
        [sys.executable, "-c", ASKED], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=True
    )
    answers = json.loads(done.stdout)
    assert {name: status for name, (status, _html) in answers.items()} == {
        "mistyped": 404,
        "unreadable": 400,
        "without a token": 403,
        "broken": 500,
        "a file": 200,
        "developers'": 404,
    }
    for name, (_status, html) in answers.items():
        if name != "a file":
            assert '<html lang="lv"' in html, name
            assert "DJANGO_SETTINGS_MODULE" not in html, name


@pytest.mark.parametrize("hour", [9, 23])
def test_days_are_counted_by_the_calendar_of_the_place(hour):
    """At eleven at night in London the next day has begun in Riga."""
    made = Demo(datetime(2026, 11, 22, hour, tzinfo=UTC), print)
    today = date(2026, 11, 22 if hour == 9 else 23)
    assert made._ago(33, zone="Europe/Riga").date() == today - timedelta(days=33)
