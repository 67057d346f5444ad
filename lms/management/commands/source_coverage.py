"""How many teaching points of each source article are taught by a live lesson and tested by a live question."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.packs.coverage import Coverage, courses, coverage


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--course", help="code of the course; without it all courses")
        parser.add_argument("--missing", action="store_true", help="list the points that are not taught or not tested")
        parser.add_argument("--fail-under", type=float, metavar="PERCENT", help="exit 1 when less than this is taught")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [course for course in courses() if options["course"] in (None, course.code)]
        if not chosen:
            raise CommandError(
                "No course with source articles here. First: manage.py import_course content/calm-clear-safe"
            )
        lowest = 100.0
        for course in chosen:
            rows = coverage(course)
            self.stdout.write(course.title)
            width = max(len(row.article) for row in rows)
            for row in rows:
                self._line(row.article.ljust(width), row)
            whole = Coverage(
                "together",
                tuple(point for row in rows for point in row.points),
                frozenset(point for row in rows for point in row.taught),
                frozenset(point for row in rows for point in row.tested),
            )
            self._line(whole.article.ljust(width), whole)
            if options["missing"]:
                self.stdout.write(f"  not taught: {' '.join(whole.untaught) or 'none'}")
                self.stdout.write(f"  not tested: {' '.join(whole.untested) or 'none'}")
            lowest = min(lowest, 100 * len(whole.taught) / len(whole.points))
        if options["fail_under"] is not None and lowest < options["fail_under"]:
            self.stderr.write(f"{lowest:.1f} % taught, at least {options['fail_under']:g} % asked for")
            sys.exit(1)

    def _line(self, name: str, row: Coverage) -> None:
        total = len(row.points)
        self.stdout.write(f"  {name}  {len(row.taught):3} of {total} taught, {len(row.tested):3} of {total} tested")
