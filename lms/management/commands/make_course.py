"""Starts a course: one lesson, one quiz and one scenario, valid, all of it drafts: its outline publishes the whole.

On a terminal it asks for what the flags do not say."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import override

from lms.packs.dumping import write_folder
from lms.packs.reading import PackError
from lms.packs.starting import StartError, blank_files, blank_pack, start_course, suggested_code


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        codes = list(dict(settings.LANGUAGES))
        parser.add_argument("--title", default="", help="in every language that has no title of its own")
        for code in codes:
            parser.add_argument(f"--title-{code}", default="", help=f"the title in this language ({code})")
        parser.add_argument("--language", action="append", choices=codes, help="repeat it for each; all if left out")
        parser.add_argument("--code", default="", help="short name, for example calm-clear-safe; made of the title")
        parser.add_argument("--folder", help="write a content pack to this new folder, and nothing to the site")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["title"] and not any(options[f"title_{code}"] for code, _name in settings.LANGUAGES):
            options = self._asked(options)
        languages = options["language"] or list(dict(settings.LANGUAGES))
        titles = {code: options[f"title_{code}"] or options["title"] for code in languages}
        try:
            with override("en"):
                if options["folder"]:
                    pack = blank_pack(titles=titles, code=options["code"])
                    write_folder(blank_files(pack), Path(options["folder"]))
                    self.stdout.write(
                        f"{options['folder']}: a content pack. Next: manage.py check_content, import_course"
                    )
                else:
                    course = start_course(titles=titles, code=options["code"])
                    self.stdout.write(f"{course.code}: {settings.BASE_URL}/cms/outline/{course.pk}/")
        except (StartError, PackError) as error:
            raise CommandError(str(error)) from error

    def _asked(self, options: dict[str, Any]) -> dict[str, Any]:
        if not sys.stdin.isatty():
            raise CommandError("Say --title, or run this on a terminal.")
        known = dict(settings.LANGUAGES)
        asked = self._ask("Languages", " ".join(options["language"] or known)).replace(",", " ").split()
        if unknown := [code for code in asked if code not in known]:
            raise CommandError(f"Not a language of this site: {', '.join(unknown)}")
        titles: dict[str, str] = {}
        for code in asked:
            titles[f"title_{code}"] = self._ask(f"Title ({code})", next(iter(titles.values()), ""))
        code = self._ask("Code", options["code"] or suggested_code(next(iter(titles.values()), "")))
        return options | titles | {"language": asked, "code": code}

    def _ask(self, what: str, proposed: str) -> str:
        while True:
            answer = input(f"{what} [{proposed}]: " if proposed else f"{what}: ").strip() or proposed
            if answer:
                return answer
