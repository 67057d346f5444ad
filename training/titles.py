"""Titles of courses and steps, in the reader's language where there is one."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from courses.models import Publication
from courses.reports import in_language


def titles(keys: Iterable, language: str) -> dict[str, str]:
    """{course or step key: title}, in one query. What was never published has a word too: links need one."""
    wanted = list(keys)
    found: dict[str, dict] = {}
    for row in Publication.objects.newest(wanted):
        found.setdefault(str(row.step_key), {})[row.language] = row.version
    known = {key: in_language(versions, language).title for key, versions in found.items()}
    return {str(key): known.get(str(key)) or _("Unnamed") for key in wanted}
