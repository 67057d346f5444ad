"""Writes a whole course to a content pack: a new folder, or a file that ends in .zip. The same course gives the same
bytes. What a pack cannot hold is named."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from courses.models import CoursePage
from lms.packs.dumping import write_folder, zipped
from lms.packs.exporting import ExportError, export_course
from lms.packs.reading import PackError


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("course", help="its code, for example calm-clear-safe")
        parser.add_argument("to", nargs="?", help="a new folder or FILE.zip; the code of the course if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        page = CoursePage.objects.filter(code=options["course"]).first()
        if page is None:
            known = ", ".join(sorted(set(CoursePage.objects.values_list("code", flat=True)))) or "none"
            raise CommandError(f"There is no course “{options['course']}”. Courses here: {known}")
        to = Path(options["to"] or options["course"])
        try:
            with override("en"):
                export = export_course(page)
                if to.suffix == ".zip":
                    self._write_new(to, zipped(export.files))
                else:
                    write_folder(export.files, to)
        except (ExportError, PackError) as error:
            raise CommandError(str(error)) from error
        for lost in export.lost:
            self.stdout.write(self.style.WARNING(f"not in the pack: {lost}"))
        self.stdout.write(f"{export.id}: {len(export.files)} files in {to}")

    def _write_new(self, path: Path, content: bytes) -> None:
        try:
            with path.open("xb") as file:
                file.write(content)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
