"""Who gets which mail about training today: what the plan says of those who are assigned, and the first mail of those
whom the next run assigns. Nothing is written."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from people.models import User
from training.models import FINISHED, Assignment, Leave, Requirement, coming, departed
from training.reminding import ASSIGNED, planned
from training.reports.dry_run import already_done


@dataclass
class Mailing:
    recipient: User
    kind: str
    courses: list[UUID]  # one for each training in it; none where the mail is not about single ones

    @property
    def trainings(self) -> int:
        return len(self.courses)


def mail_today(*, now: datetime, runs: Collection[datetime]) -> list[Mailing]:
    """At whatever hour it is asked; mail itself waits for an hour at which people are written to."""
    rules = list(Requirement.objects.filter(is_active=True).order_by("pk"))
    leaving = {pk for rule in rules for pk in departed(rule).order_by().values_list("pk", flat=True)}
    found: dict[tuple[int, str], Mailing] = {}
    for letter in planned(now=now, runs=runs, at_any_hour=True):
        stays = [item for item in letter.items if item.assignment.pk not in leaving]
        if stays or not letter.items:
            courses = [item.assignment.enrolment.course_key for item in stays]
            found[letter.recipient.pk, letter.kind] = Mailing(letter.recipient, letter.kind, courses)
    for rule in rules:
        for person in _told_at_once(rule, now):
            mailing = found.setdefault((person.pk, ASSIGNED), Mailing(person, ASSIGNED, []))
            mailing.courses.append(rule.course_key)
    return list(found.values())


def _told_at_once(rule: Requirement, now: datetime) -> QuerySet[User]:
    """Whom the next run assigns and writes to: neither on leave, nor done with it."""
    if not rule.reminder_plan.assigned:
        return User.objects.none()
    new = coming(rule, now)
    back = Assignment.objects.filter(FINISHED, requirement=rule, replaced_at=None, person=OuterRef("pk"))
    on_leave = Leave.objects.on(now.date()).filter(person=OuterRef("pk"))
    done = already_done(rule, set(new.order_by().values_list("pk", flat=True)), now)
    return new.filter(~Exists(back), ~Exists(on_leave)).exclude(pk__in=done).order_by("pk")
