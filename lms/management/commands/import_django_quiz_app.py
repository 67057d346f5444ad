"""Brings over what a site with django-quiz-app 0.5 holds: quizzes, questions, people, sittings, progress.

SOURCE is its `dumpdata` JSON or its SQLite file, which is only read. Done again, it writes only what is new."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from assessments.quizzes.formats.django_quiz_app import SourceRefused
from lms.packs.django_quiz_app import Fate, Plan, apply, plan_move, why_left


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="dumpdata JSON, or the SQLite file")
        parser.add_argument("--dry-run", action="store_true", help="report what would happen, write nothing")
        parser.add_argument(
            "--language",
            default=settings.LANGUAGE_CODE,
            choices=list(dict(settings.LANGUAGES)),
            help="of the quizzes, and of people who come new",
        )
        parser.add_argument("--media", type=Path, help="its MEDIA_ROOT, where the figures of questions lie")
        parser.add_argument(
            "--leave-out-broken", action="store_true", help="import the rest; without this, a broken row stops it all"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with override("en"):
                plan = plan_move(Path(options["source"]), language=options["language"], media=options["media"])
                stops = plan.broken and not options["leave_out_broken"]
                if not (options["dry_run"] or stops):
                    apply(plan)
                self._report(plan)
        except SourceRefused as error:
            raise CommandError(f"Nothing was read. {error}") from error
        if stops:
            count = len(plan.broken)
            rows = "1 row is broken" if count == 1 else f"{count} rows are broken or need one that is"
            raise CommandError(
                f"{rows}. Nothing was written. Mend this there, or import all the rest: --leave-out-broken"
            )
        if options["dry_run"]:
            self.stdout.write("A dry run: nothing was written.")
        elif plan.is_empty:
            self.stdout.write("Everything was here already: nothing was written.")

    def _report(self, plan: Plan) -> None:
        for outcome in plan.outcomes:
            if outcome.fate == Fate.LEFT:
                self.stdout.write(self.style.WARNING(f"left out: {outcome.row.name}: {outcome.reason}"))
        for table, count in sorted(plan.dump.others.items()):
            rows = "1 row" if count == 1 else f"{count} rows"
            self.stdout.write(f"left out: {table}, {rows}: {why_left(table)}")
        for row, text in plan.notes():
            self.stdout.write(f"look at: {row.name}: {text}")
        counts = plan.counts()
        for table, fates in counts.items():
            self._line(table, {fate: fates[fate] for fate in Fate})
        self._line("in all", {fate: sum(fates[fate] for fates in counts.values()) for fate in Fate})

    def _line(self, name: str, fates: dict[Fate, int]) -> None:
        told = ", ".join(f"{number} {fate}" for fate, number in fates.items())
        self.stdout.write(f"{name}: {sum(fates.values())} read, {told}")
