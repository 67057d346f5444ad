"""Imports a content pack as pages. Only what changed in the pack is written; what was changed here is left alone.

A pack that fails its checks is refused before anything is written."""

import logging
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lms.packs.change import Action, Change
from lms.packs.importing import Plan, apply, plan_import
from lms.packs.reading import PackError, read_pack

LINES_EVERY = 100  # written objects, in a pipe


@contextmanager
def _quiet() -> Iterator[None]:
    """Wagtail logs each page it makes: the summary says it shorter."""
    logger = logging.getLogger("wagtail")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", help="for example content/calm-clear-safe")
        parser.add_argument("--dry-run", action="store_true", help="print what would happen, write nothing")
        parser.add_argument("--force", action="store_true", help="overwrite what was changed here")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            # Refusals of pages are worded in the language that is active: here the one of the command line.
            with override("en"), _quiet():
                plan = plan_import(read_pack(Path(options["folder"])), force=options["force"])
                if options["dry_run"]:
                    self._print_plan(plan)
                else:
                    with self._progress(plan) as tick:
                        apply(plan, tick)
        except PackError as error:
            raise CommandError(f"The pack is refused. {error}") from error
        self._summary(plan, "would be " if options["dry_run"] else "")

    def _print_plan(self, plan: Plan) -> None:
        for change in (*plan.changes, *plan.sources):
            if change.action != Action.UNCHANGED:
                self.stdout.write(str(change))

    @contextmanager
    def _progress(self, plan: Plan) -> Iterator[Callable[[Change], None]]:
        """A bar on a terminal, now and then a line in a pipe."""
        total = len(plan.writes)
        if not total or not self.stdout.isatty():
            yield self._lines(total)
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(), transient=True) as progress:
            task = progress.add_task("Importing", total=total)
            yield lambda change: progress.advance(task)

    def _lines(self, total: int) -> Callable[[Change], None]:
        done = 0

        def tick(change: Change) -> None:
            nonlocal done
            done += 1
            if done % LINES_EVERY == 0 or done == total:
                self.stdout.write(f"{done} of {total} written")

        return tick

    def _summary(self, plan: Plan, would: str) -> None:
        for change in plan.left_alone:
            self.stdout.write(self.style.WARNING(f"left alone: {change.label}: {change.reason}"))
        counts = plan.counts()
        told = [
            (counts[Action.CREATE], "created"),
            (counts[Action.UPDATE], "updated"),
            (counts[Action.UNCHANGED], "unchanged"),
            (counts[Action.LEAVE], "left alone"),
            (counts[Action.UNPUBLISH], "unpublished"),
        ]
        self.stdout.write(f"{plan.pack.id}: " + ", ".join(f"{count} {would}{what}" for count, what in told))
        if counts[Action.LEAVE] and not would:
            self.stdout.write("What was changed here was left alone. --force overwrites it.")
