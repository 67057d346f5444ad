"""The checks of a content pack: first its form, then, only where the form is right, its meaning."""

from dataclasses import replace

from django.utils.translation import gettext

from lms.packs import form
from lms.packs.checks import (  # noqa: F401  each registers its checks
    language,
    lessons,
    pictures,
    questions,
    references,
    scenarios,
)
from lms.packs.checks.finding import CHECKS, ERROR, INFO, WARNING, Finding, error
from lms.packs.checks.sources import check_sources, read_sources
from lms.packs.checks.whole import check_whole
from lms.packs.reading import Pack
from lms.packs.whole import is_export

__all__ = ["ERROR", "INFO", "WARNING", "Finding", "check_pack", "errors", "read_sources"]


def check_pack(pack: Pack, sources: dict[str, str] | None = None, *, require_all: bool = False) -> list[Finding]:
    """Everything found. `sources` (text by file name) adds the comparison with the articles; `require_all` makes a
    lesson that is planned but not written an error."""
    if faults := [error(*fault) for fault in form.faults(pack)]:
        return faults
    if is_export(pack):
        return list(check_whole(pack))
    found = [finding for check in CHECKS for finding in check(pack)]
    if sources is not None:
        found += check_sources(pack, sources)
    if require_all:
        found = [replace(one, severity=ERROR) if one.text == gettext(lessons.NOT_WRITTEN) else one for one in found]
    return found


def errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == ERROR]
