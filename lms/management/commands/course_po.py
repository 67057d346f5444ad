"""The texts of a course for translators: `export` writes a zip of PO files, `import` takes it, or one file of it, back.
What comes in is remembered; --publish lets what is complete go live."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from courses.models import CoursePage
from lms.packs.languages import publish_waiting
from lms.packs.po import PoRefused, begin_following, export_zip, import_po, source_of


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["export", "import"])
        parser.add_argument("course", help="its code, for example calm-clear-safe")
        parser.add_argument("language", choices=[code for code, _name in settings.LANGUAGES])
        parser.add_argument("file", type=Path)
        parser.add_argument("--publish", action="store_true", help="with import: what is complete goes live")

    def handle(self, *args: Any, **options: Any) -> None:
        page = CoursePage.objects.filter(code=options["course"]).first()
        if page is None:
            raise CommandError(f"There is no course “{options['course']}”.")
        course, language = source_of(page), options["language"]
        if language == course.locale.language_code:
            raise CommandError(f"“{language}” is the language the course is translated from.")
        with override("en"):
            try:
                if options["act"] == "export":
                    self._export(course, language, options["file"])
                else:
                    self._import(course, language, options["file"], publish=options["publish"])
            except OSError as error:
                raise CommandError(f"{options['file']}: {error.strerror}") from error
            except PoRefused as refused:
                raise CommandError("Nothing was imported.\n" + str(refused)) from refused

    def _export(self, course: CoursePage, language: str, path: Path) -> None:
        begin_following(course)
        content = export_zip(course, language)
        with path.open("xb") as file:
            file.write(content)
        self.stdout.write(f"{course.code} ({language}): {path}")

    def _import(self, course: CoursePage, language: str, path: Path, *, publish: bool) -> None:
        taken = import_po(course, language, path.read_bytes())
        counts = f"{taken.written} written, {taken.same} unchanged, {taken.fuzzy} fuzzy left out, {taken.empty} empty"
        self.stdout.write(f"{course.code} ({language}): {counts}")
        for name in taken.changed:
            self.stdout.write(self.style.WARNING(f"{name}: some of its source texts have changed since the export"))
        if publish:
            done, refused = publish_waiting(course, language, by=None)
            self.stdout.write(f"{len(done)} published")
            for source, why in refused.items():
                self.stdout.write(self.style.WARNING(f"{source}: {why}"))
