"""Makes an organisation of any size with years of training behind it: to see and to measure how much Ostoja carries.

A whole company of made-up people in a database of its own; 100,000 of them take long and much room."""

import sys
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lms.demo import password
from lms.organisation import Organisation, Size
from people.models import Team, User

WIDTH = 40


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        for name, usual in vars(Size()).items():
            parser.add_argument(f"--{name}", type=int, default=usual, help=f"{usual:,} if left out")
        parser.add_argument(
            "--now", type=datetime.fromisoformat, help="as of this moment, for example 2026-11-20T10:00Z"
        )

    def handle(self, *args: Any, now: datetime | None, **options: Any) -> None:
        if not settings.DEVELOPMENT:
            raise CommandError("Made-up people are for trying things out, with DEBUG=1.")
        size = Size(**{name: options[name] for name in vars(Size())})
        if min(vars(size).values()) < 1 or not size.depth <= size.teams <= size.people:
            raise CommandError("There are at least as many teams as levels, and as many people as teams.")
        call_command("migrate", verbosity=0)
        if User.objects.exists():
            raise CommandError(
                "This database already holds other data, and the organisation would mix with it. "
                "Give it a place of its own: VAR_DIR for SQLite, DATABASE_URL for PostgreSQL."
            )
        Organisation(size, now or timezone.now(), _Bar(self.stdout)).make()
        self._introduce()

    def _introduce(self) -> None:
        """Who can log in."""
        top = Team.objects.get(depth=1)
        lowest = Team.objects.filter(numchild__gt=0).order_by("-depth", "path").first() or top
        people = {
            "admin": User.objects.get(is_superuser=True),
            "leads everybody": User.objects.get(leads__team=top),
            "leads a department": User.objects.get(leads__team=lowest),
        }
        for role, person in people.items():
            said = password()
            person.set_password(said)
            person.save(update_fields=["password"])
            self.stdout.write(f"  {role:20} {person.email:45} {said}")


class _Bar:
    """On a terminal a line that grows; elsewhere a line for every tenth."""

    def __init__(self, out: Any) -> None:
        self._out, self._began, self._told = out, time.monotonic(), ("", -1)

    def __call__(self, what: str, done: int, of: int) -> None:
        tenth = (what, 10 * done // of)
        bar, seconds = "█" * (WIDTH * done // of), time.monotonic() - self._began
        line = f"{what:20} {bar:{WIDTH}} {100 * done // of:3}%, {seconds:.0f} s"
        if sys.stdout.isatty():
            self._out.write(f"\r{line}", ending="\n" if done == of else "")
            self._out.flush()
        elif tenth != self._told:
            self._told = tenth
            self._out.write(line)
            self._out.flush()
