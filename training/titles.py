"""Titles of courses and steps, in the reader's language where there is one."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import override

from courses.models import Publication
from courses.reports import in_language


def titles(keys: Iterable, language: str) -> dict[str, str]:
    """{course or step key: title}, in one query. What was never published has a word too: links need one. All in this
    language, whichever is active: the rows of a file are read while it is sent."""
    wanted = list(keys)
    found: dict[str, dict] = {}
    for row in Publication.objects.newest(wanted):
        found.setdefault(str(row.step_key), {})[row.language] = row.version
    known = {key: in_language(versions, language).title for key, versions in found.items()}
    with override(language):
        unnamed = _("Unnamed")
    return {str(key): known.get(str(key)) or unnamed for key in wanted}
