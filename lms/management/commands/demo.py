"""Makes the demo: database, course, organisation. Run again it changes nothing; --reset starts over."""

import json
import shutil
from itertools import chain
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from lms.demo import DOMAIN, Demo
from people.models import User

PACK = settings.BASE_DIR / "content" / "calm-clear-safe"
FILLED = ("auth", "contenttypes", "wagtailcore")  # migrations put roles, permissions, languages and a root page there
OTHER_DATA = (
    "This database already holds other data, and the demo would mix with it. "
    "Give the demo a place of its own: VAR_DIR for SQLite, DATABASE_URL for PostgreSQL."
)

OLDER = "This demo was made by an older version of Ostoja. Make a new one: make demo RESET=1"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="drop the demo that is there and make a new one")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("The demo runs with DEBUG on only: its people and passwords are printed for everybody.")
        told = settings.VAR_DIR / "demo.json"
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        if self._is_there(told) and not options["reset"]:
            if _is_older():
                raise CommandError(OLDER)
            # The port may be another one than when the demo was made.
            demo = json.loads(told.read_text()) | {"url": settings.BASE_URL}
            _write(told, demo)
            self._print(demo)
            return
        if _tables_of_others():
            raise CommandError(OTHER_DATA)
        if self._may_go(told):
            self._drop(told)
        elif not _is_empty():
            raise CommandError(OTHER_DATA)
        _write(told, {"url": settings.BASE_URL, "people": [], "database": _database()})
        self._say("database")
        call_command("migrate", verbosity=0)
        call_command("set_up_site")
        call_command("import_course", str(PACK))
        cast = Demo(timezone.now(), self._say).make()
        demo = cast.as_json(settings.BASE_URL) | {"database": _database()}
        _write(told, demo)
        self._print(demo)

    def _is_there(self, told: Path) -> bool:
        """Whether the people of the file are those of the database: a file left over from another one is no demo."""
        if not told.exists() or self._was_cut_short(told):
            return False
        emails = [person["email"] for person in json.loads(told.read_text())["people"]]
        try:
            return User.objects.filter(email__in=emails).count() == len(emails)
        except DatabaseError:
            return False

    def _was_cut_short(self, told: Path) -> bool:
        """The file is written first without people, once the database was seen to be empty, and with them last."""
        return told.exists() and not json.loads(told.read_text())["people"]

    def _may_go(self, told: Path) -> bool:
        """Only what a demo made: the file has to name this very database. A whole demo goes with whoever was added to
        it, since --reset asked for that; one that was cut short only while nobody but its own people are there."""
        if not told.exists() or json.loads(told.read_text()).get("database") != _database():
            return False
        return self._is_there(told) or (self._was_cut_short(told) and self._has_only_demo_people())

    def _has_only_demo_people(self) -> bool:
        try:
            return not User.objects.exclude(email__endswith=f"@{DOMAIN}").exists()
        except DatabaseError:
            return True  # no tables, nobody

    def _drop(self, told: Path) -> None:
        if connection.vendor == "sqlite":
            connection.close()
            for suffix in ("", "-wal", "-shm"):
                Path(f"{connection.settings_dict['NAME']}{suffix}").unlink(missing_ok=True)
        else:
            with connection.cursor() as cursor:
                cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        for suffix in ("", ".lock", ".new"):
            Path(f"{settings.EVIDENCE_HEAD}{suffix}").unlink(missing_ok=True)
        shutil.rmtree(settings.PRIVATE_ROOT, ignore_errors=True)
        told.unlink()

    def _say(self, what: str) -> None:
        self.stdout.write(f"… {what}")

    def _print(self, demo: dict) -> None:
        url = demo["url"]
        self.stdout.write(f"\nOstoja, demo: {url}\n")
        for name, path in (
            ("My training", "/my/"),
            ("Team", "/team/"),
            ("Course editor", "/cms/"),
            ("Check a certificate", "/verify/"),
        ):
            self.stdout.write(f"  {name:20} {url}{path}")
        self.stdout.write("")
        for person in demo["people"]:
            self.stdout.write(f"  {person['role']:10} {person['email']:40} {person['password']:32} {person['about']}")
        self.stdout.write(f"\nAlso in {settings.VAR_DIR / 'demo.json'}\n")


def _database() -> dict[str, str]:
    """Which database this is, without who may enter it."""
    told = connection.settings_dict
    return {name.lower(): str(told[name]) for name in ("ENGINE", "HOST", "PORT", "NAME")}


def _write(told: Path, demo: dict) -> None:
    told.write_text(json.dumps(demo, ensure_ascii=False, indent=1))


def _is_older() -> bool:
    """Migrations wait: another version made it."""
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
    except SystemExit:
        return True
    return False


def _tables_of_others() -> set[str]:
    """Tables and views that no app of ours makes. Nothing is migrated beside them, and they are never dropped."""
    ours = tuple(f"{config.label}_" for config in apps.get_app_configs())
    with connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor, include_views=True)
    known = {"django_migrations", *connection.introspection.django_table_names(include_views=True)}
    return {name for name in there if name not in known and not name.startswith(ours)}


def _is_empty() -> bool:
    """No table yet, or no row but those that migrations leave: no people, no course, no record of anything."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
    if not there:
        return True
    models = chain(*(config.get_models() for config in apps.get_app_configs() if config.label not in FILLED))
    try:
        return not any(model._base_manager.exists() for model in models)
    except DatabaseError:
        return False  # the tables of another version, which nobody asked to change
