"""Compile our .po catalogues to .mo with polib: GNU gettext's msgfmt may be missing, and .mo files are not in git."""

from pathlib import Path

import polib
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compile the interface's translations (needs no gettext installed)."
    requires_system_checks: list[str] = []

    def handle(self, *args, **options) -> None:
        for folder in settings.LOCALE_PATHS:
            for catalogue in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                compile_catalogue(catalogue)


def compile_catalogue(catalogue: Path) -> None:
    """Written beside and moved into place: a server that starts meanwhile reads the old file or the new one."""
    unfinished = catalogue.with_suffix(".mo.new")
    polib.pofile(str(catalogue)).save_as_mofile(str(unfinished))
    unfinished.replace(catalogue.with_suffix(".mo"))
