"""What a mail takes from the database beside its facts: titles, and the organisation's own words."""

from courses import versions
from courses.models import Enrolment
from courses.reports import in_language
from training.emails import OURS, Said
from training.models import Wording
from training.titles import titles


class TitlesByLanguage:
    """Asked for once a course and language; the organisation's own words all at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._minutes: dict[tuple[int, bool, str], int] = {}
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

    def minutes(self, enrolment: Enrolment, language: str) -> int:
        """What this course requires of this person, from its beginning to its end."""
        key = enrolment.course_version_id, enrolment.as_manager, language
        if key not in self._minutes:
            version, required = enrolment.course_version, enrolment.required
            found = versions.texts([version])[version.pk]
            steps = [found.get((step.key, step.structure)) for step in version.steps if step.key in required]
            self._minutes[key] = sum(in_language(texts, language).minutes for texts in steps if texts)
        return self._minutes[key]
