from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from lms.catalogues import compile_catalogue


class Command(BaseCommand):
    help = "Compile the interface's translations (needs no gettext installed)."
    requires_system_checks: list[str] = []

    def handle(self, *args, **options) -> None:
        for folder in settings.LOCALE_PATHS:
            for catalogue in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                compile_catalogue(catalogue)
