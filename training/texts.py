"""What a mail takes from the database beside its facts: titles, how long it takes, and the organisation's own words."""

from collections.abc import Iterable

from courses import versions
from courses.models import Enrolment, StepCompletion
from courses.reports import in_language
from training.emails import OURS, Said
from training.models import Wording
from training.titles import titles


class TitlesByLanguage:
    """Asked for once a course and language; the organisation's own words all at once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._minutes: dict[tuple[int, bool, frozenset[str], str], int] = {}
        self._done: dict[int, frozenset[str]] = {}
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
        """What this course still requires of this person; of who has finished it, or not begun, all of it."""
        if enrolment.pk not in self._done:
            self.read_done([enrolment])
        done = self._done[enrolment.pk]
        key = enrolment.course_version_id, enrolment.as_manager, done, language
        if key not in self._minutes:
            version, left = enrolment.course_version, enrolment.required - done
            found = versions.texts([version])[version.pk]
            steps = [found.get((step.key, step.structure)) for step in version.steps if step.key in left]
            self._minutes[key] = sum(in_language(texts, language).minutes for texts in steps if texts)
        return self._minutes[key]

    def read_done(self, enrolments: Iterable[Enrolment]) -> None:
        """What each of these who is in the middle of it has done: asked once for all the mails of a batch."""
        wanted = {enrolment.pk: enrolment for enrolment in enrolments}
        done: dict[int, set[str]] = {pk: set() for pk in wanted}
        if begun := [enrolment for enrolment in wanted.values() if enrolment.is_in_progress]:
            rows = StepCompletion.objects.current().filter(enrolment__in=begun).order_by()
            for pk, step in rows.values_list("enrolment_id", "step_key"):
                done[pk].add(str(step))
        self._done |= {pk: frozenset(steps) for pk, steps in done.items()}
