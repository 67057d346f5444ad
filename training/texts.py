"""What a mail takes from the database beside its facts: titles, and the organisation's own words."""

from training.emails import OURS, Said
from training.models import Wording
from training.titles import titles


class TitlesByLanguage:
    """Asked for once a course and language; the organisation's own words all at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._said: dict[tuple[str, str], Said] | None = None

    def said(self, kind: str, language: str) -> Said:
        if self._said is None:
            rows = Wording.objects.all()
            self._said = {(row.kind, row.language): Said(row.subject, row.opening, row.why) for row in rows}
        return self._said.get((kind, language), OURS)

    def __call__(self, key: str, language: str) -> str:
        if (key, language) not in self._known:
            self._known[key, language] = titles([key], language)[key]
        return self._known[key, language]
