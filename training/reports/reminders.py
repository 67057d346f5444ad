"""Before somebody is reminded by hand: of what, and who reminded them last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from people.models import User
from training.models import Assignment
from training.reminding import open_rows
from training.rules.status import grace_until, status
from training.titles import titles


@dataclass(frozen=True)
class Open:
    """One training. reminded_by: "" where the plan did it."""

    course: str
    due_on: date | None
    grace_until: date | None
    reminded_on: date | None
    reminded_by: str
    is_by_reader: bool
    is_told_today: bool


@dataclass(frozen=True)
class Reminded:
    person_key: UUID
    person: str
    open: list[Open]

    @property
    def gets_mail(self) -> bool:
        return any(not row.is_told_today for row in self.open)


@dataclass(frozen=True)
class Preview:
    people: list[Reminded]

    @property
    def count(self) -> int:
        """How many mails it would be."""
        return sum(person.gets_mail for person in self.people)


def preview(*, people: Sequence[User], reader: User, now: datetime, language: str) -> Preview:
    """people have been fetched with permission."""
    found = open_rows(people=people, now=now)
    rows = [row for each in found.values() for row in each]
    named = titles({row.enrolment.course_key for row in rows}, language)
    senders = {person.pk: person.name for person in User.objects.filter(pk__in={row.reminded_by for row in rows})}
    shown = []
    for person, mine in found.items():
        today = now.astimezone(ZoneInfo(person.time_zone)).date()
        shown.append(
            Reminded(
                person.key,
                person.name,
                [
                    Open(
                        course=named[str(row.enrolment.course_key)],
                        due_on=row.first_due_on,
                        grace_until=_grace_until(row, now, today),
                        reminded_on=row.reminded_on,
                        reminded_by=senders.get(row.reminded_by or 0, ""),
                        is_by_reader=row.reminded_by == reader.pk,
                        is_told_today=row.reminded_on == today,
                    )
                    for row in mine
                ],
            )
        )
    return Preview(shown)


def _grace_until(row: Assignment, now: datetime, today: date) -> date | None:
    return grace_until(status(row.facts(row.enrolment), now, today), row.first_due_on, row.grace_days, today)
