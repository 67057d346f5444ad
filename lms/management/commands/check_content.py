"""Checks a content pack and says what is wrong with it: exit status 0 no errors, 1 errors, 2 it cannot be read."""

import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import override

from lms.packs.checks import ERROR, INFO, WARNING, Finding, check_pack, read_sources
from lms.packs.reading import PackError, read_pack

LABELS = {INFO: "info ", WARNING: "WARN ", ERROR: "ERROR"}


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", default=str(settings.BASE_DIR / "content" / "calm-clear-safe"))
        parser.add_argument("--sources", help="folder of the source articles: also checks what was left out or copied")
        parser.add_argument("--require-all-lessons", action="store_true", help="a lesson not yet written is an error")
        parser.add_argument("--quiet", action="store_true", help="no measurements, only warnings and errors")

    def handle(self, *args: Any, **options: Any) -> None:
        with override("en"):  # what is wrong is worded in the language of the reader: here the one of the command line
            try:
                pack = read_pack(Path(options["folder"]))
                sources = read_sources(Path(options["sources"])) if options["sources"] else None
            except PackError as error:
                self.stderr.write(f"FATAL {error}")
                sys.exit(2)
            findings = check_pack(pack, sources, require_all=options["require_all_lessons"])
        shown = [severity for severity in LABELS if severity != INFO or not options["quiet"]]
        for severity in shown:
            self._print(severity, findings)
        counts = Counter(finding.severity for finding in findings)
        told = [f"1 {name}" if counts[name] == 1 else f"{counts[name]} {name}s" for name in (ERROR, WARNING)]
        self.stdout.write(", ".join(told))
        if counts[ERROR]:
            sys.exit(1)

    def _print(self, severity: str, findings: list[Finding]) -> None:
        for finding in findings:
            if finding.severity == severity:
                self.stdout.write(f"{LABELS[severity]} {finding}")
