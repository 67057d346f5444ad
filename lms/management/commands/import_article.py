"""Makes a draft lesson of a text, Markdown or Word file: headings become sections, tables comparisons.
What a lesson has no place for is listed."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from courses.models import CoursePage, ModulePage
from lms.packs.bringing import ArticleRefused, bring_article


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a .txt, .md or .docx file")
        parser.add_argument("--course", required=True, help="the code of the course, for example calm-clear-safe")
        parser.add_argument("--module", type=int, default=1, help="which module of the course, counted from 1")
        parser.add_argument("--language", default=settings.LANGUAGE_CODE, help="of the file: pl, lv or en")

    def handle(self, *args: Any, **options: Any) -> None:
        module, path = self._module(options), Path(options["file"])
        try:
            with override("en"):
                brought = bring_article(module=module, name=path.name, data=path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except ArticleRefused as error:
            raise CommandError(f"{path}: {error}") from error
        for lost in brought.lost:
            self.stdout.write(self.style.WARNING(f"look at: {lost}"))
        page = brought.lesson
        self.stdout.write(f"{page.title}: a draft, {settings.BASE_URL}/cms/pages/{page.pk}/edit/")

    def _module(self, options: dict[str, Any]) -> ModulePage:
        courses = CoursePage.objects.filter(code=options["course"], locale__language_code=options["language"])
        modules = list(ModulePage.objects.child_of(courses[0]).order_by("path")) if courses else []
        if not 1 <= options["module"] <= len(modules):
            raise CommandError(
                f"There is no module {options['module']} in “{options['course']}” ({options['language']}); "
                f"it has {len(modules)}."
            )
        return modules[options["module"] - 1]
