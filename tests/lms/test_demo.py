"""What `manage.py demo` may throw away: a demo of this very database, and nothing else."""

import json

import pytest
from django.core.management import CommandError, call_command

from lms.demo import DOMAIN
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

    settings.DEBUG, settings.VAR_DIR = True, tmp_path
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
