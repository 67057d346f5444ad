"""Adds, changes, moves and deactivates people as a CSV list says; the screen “Import a list” does the same.

Done again with the same list it changes nothing. All rows or none: with a row that cannot be read nothing is changed.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import override

from people import messages
from people.actions import roster
from people.rules import table


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="say what it would do, and change nothing")
        parser.add_argument("--part", action="store_true", help="who is not in the list stays as they are")
        parser.add_argument("--no-invitations", action="store_true", help="mail nobody")
        parser.add_argument("--many-are-meant", action="store_true", help="even if more than one in ten would leave")
        parser.add_argument("--encoding", choices=table.ENCODINGS, default="")
        parser.add_argument("--delimiter", choices=(*table.DELIMITERS[:2], "tab"), default="")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(str(error)) from None
        with transaction.atomic(), override("en"):  # its own words are English; mails keep to each person's language
            self._import(options, content)
            transaction.set_rollback(options["dry_run"])

    def _import(self, options: dict, content: bytes) -> None:
        try:
            kept = roster.keep(
                by=None,
                file_name=options["file"].name,
                content=content,
                encoding=options["encoding"],
                delimiter=options["delimiter"].replace("tab", "\t"),
                is_complete=not options["part"],
                sends_invitations=not options["no_invitations"],
                limits=table.ON_THE_SERVER,
            )
        except table.BadTable as error:
            raise CommandError(messages.of_table(error)) from None
        plan = roster.plan_of(kept)
        self.stdout.write(f"Read as {kept.encoding}, divided by {kept.delimiter!r}.")
        for problem in plan.problems:
            self.stderr.write(f"row {problem.row}: {messages.of_row(problem)}")
        if plan.problems:
            rows = "1 row" if len(plan.problems) == 1 else f"{len(plan.problems)} rows"
            raise CommandError(f"{rows} cannot be read; nothing was changed.")
        if plan.deactivates_many and not options["many_are_meant"]:
            raise CommandError(
                f"{len(plan.leaving)} of {plan.active} accounts would be deactivated; nothing was changed. "
                "Add --many-are-meant if that is so, or --part if the list is a part of the people."
            )
        roster.apply(kept=kept, by=None, shown=roster.fingerprint(plan), many_are_meant=True)
        counts = ", ".join(f"{name} {count}" for name, count in roster.counts(plan).items())
        self.stdout.write(("Would be: " if options["dry_run"] else "Done: ") + counts)
