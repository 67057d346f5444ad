"""Makes a draft lesson of a text, Markdown or Word file: headings become sections and source points, tables
comparisons. What a lesson has no place for is listed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import override

from courses.models import CoursePage, ModulePage
from lms.packs.bringing import ArticleRefused, bring_article, new_module


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a .txt, .md or .docx file")
        parser.add_argument("--course", required=True, help="the code of the course, for example calm-clear-safe")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--module", type=int, default=1, help="which module of the course, counted from 1")
        where.add_argument("--new-module", metavar="TITLE", help="make a module for it, after the others")
        parser.add_argument("--language", default=settings.LANGUAGE_CODE, help="of the file: pl, lv or en")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            with override("en"), transaction.atomic():  # no module is left of a file that is refused
                module = self._module(options)
                brought = bring_article(module=module, name=path.name, data=path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except ArticleRefused as error:
            raise CommandError(f"{path}: {error}") from error
        for lost in brought.lost:
            self.stdout.write(self.style.WARNING(f"look at: {lost}"))
        page = brought.lesson
        self.stdout.write(f"{page.title}: a draft, {settings.BASE_URL}/cms/pages/{page.pk}/edit/")
        self.stdout.write(f"source points: {' '.join(page.points)}")

    def _module(self, options: dict[str, Any]) -> ModulePage:
        course = CoursePage.objects.filter(code=options["course"], locale__language_code=options["language"]).first()
        if course and options["new_module"]:
            return new_module(course=course, title=options["new_module"])
        modules = list(ModulePage.objects.child_of(course).order_by("path")) if course else []
        if not 1 <= options["module"] <= len(modules):
            raise CommandError(
                f"There is no module {options['module']} in “{options['course']}” ({options['language']}); "
                f"it has {len(modules)}."
            )
        return modules[options["module"] - 1]
