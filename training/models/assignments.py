"""What a rule asks of one person in one cycle, and everything that happened to that."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Case, Count, Exists, ExpressionWrapper, F, Min, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from courses.models import Enrolment
from people.models import User
from training.models.requirements import Requirement, RequirementVersion
from training.rules import due
from training.rules.selection import SHOWN, URGENCY
from training.rules.status import DUE_SOON, EXPIRES_SOON, Facts, Status, first_due


def private() -> Storage:
    return storages["private"]


def proof_path(row: models.Model, name: str) -> str:
    """Never under a name that somebody chose."""
    return f"proofs/{uuid.uuid4().hex}"


# What another qualification is good for comes before what an enrolment says: it is only asked where there is one.
GOOD_UNTIL = Case(
    When(good_until_other__isnull=False, then=F("good_until_other")),
    default=F("enrolment_valid_until"),
    output_field=models.DateField(null=True),
)


FIRST_DUE_ON = Case(
    When(
        Q(enrolment_redo_by__isnull=False) & (Q(due_on=None) | Q(due_on__gt=F("enrolment_redo_by"))),
        then=F("enrolment_redo_by"),
    ),
    default=F("due_on"),
    output_field=models.DateField(null=True),
)


FINISHED = Q(enrolment_completed_at__isnull=False) | Q(equivalent_on__isnull=False)
# The day on which somebody has to do something about it next. Indexed: whatever is behind or lies ahead is found by it.
ENDS_ON = Case(When(FINISHED, then=GOOD_UNTIL), default=FIRST_DUE_ON, output_field=models.DateField(null=True))


UNSETTLED = Q(replaced_at=None, released_at=None, enrolment_completed_at=None, equivalent_on=None, waived_at=None)
STATUS_FOLLOWS_FROM = (
    *("waived_at", "equivalent_on", "good_until_other", "due_on", "due_at"),
    *("enrolment_started_at", "enrolment_completed_at", "enrolment_valid_until", "enrolment_redo_by"),
)


class AssignmentQuerySet(models.QuerySet):
    def visible_to(self, user: User) -> "AssignmentQuerySet":
        return self.filter(person__in=User.objects.visible_to(user).values("pk"))

    def managed_by(self, user: User) -> "AssignmentQuerySet":
        return self.of(User.objects.managed_by(user).filter(is_active=True))

    def of(self, people: models.QuerySet[User]) -> "AssignmentQuerySet":
        return self.filter(person__in=people.values("pk"))

    def current(self) -> "AssignmentQuerySet":
        """The newest cycle of each duty that somebody still has."""
        return self.filter(replaced_at=None, released_at=None)

    def unsettled(self) -> "AssignmentQuerySet":
        """Still to be done: neither finished, nor made good by something else, nor waived."""
        return self.filter(UNSETTLED)

    def asked_by_change(self) -> "AssignmentQuerySet":
        """Of which a change of the course asks something by a day that no leave and no extension moves."""
        return self.filter(enrolment_redo_by__isnull=False)

    def settled(self) -> "AssignmentQuerySet":
        """Done for now, with `good_until`: the last day it is good for, or None for good."""
        return self.current().filter(FINISHED, waived_at=None).annotate(good_until=GOOD_UNTIL)

    def renewable(self) -> "AssignmentQuerySet":
        """Settled until a day, or waived for this one cycle: another follows."""
        this_cycle = Q(waived_at__isnull=False, waived_until=None, good_until_other__isnull=False)
        rows = self.current().filter(this_cycle | FINISHED & Q(waived_at=None))
        return rows.annotate(good_until=GOOD_UNTIL).filter(good_until__isnull=False)

    def with_first_due(self) -> "AssignmentQuerySet":
        """Adds `first_due_on`: rules.status.first_due in SQL; and `ends_on`, for filters."""
        return self.annotate(first_due_on=FIRST_DUE_ON).alias(ends_on=ENDS_ON)

    def with_status(self, now: datetime, today: date) -> "AssignmentQuerySet":
        """Adds `status`, `is_due_soon`, `first_due_on` and `ends_on`: rules.status in SQL. One test holds the two
        together."""
        overdue = Q(due_at__lte=now) | Q(enrolment_redo_by__lt=today)
        due_soon = Q(due_at__lte=now + DUE_SOON) | Q(enrolment_redo_by__lt=today + DUE_SOON)
        rows = self.with_first_due().alias(good_until=GOOD_UNTIL)
        is_near = ExpressionWrapper(Q(ends_on__lte=today + EXPIRES_SOON), output_field=models.BooleanField())
        return rows.alias(is_near=is_near).annotate(
            is_due_soon=Case(
                When(Q(waived_at__isnull=False) | FINISHED | overdue, then=Value(False)),
                When(due_soon, then=Value(True)),
                default=Value(False),
            ),
            status=Case(
                When(waived_at__isnull=False, then=Value(Status.WAIVED)),
                When(FINISHED & Q(good_until__lt=today), then=Value(Status.EXPIRED)),
                When(FINISHED & Q(good_until__lte=today + EXPIRES_SOON), then=Value(Status.EXPIRES_SOON)),
                When(FINISHED, then=Value(Status.FINISHED)),
                When(overdue, then=Value(Status.OVERDUE)),
                When(enrolment_started_at__isnull=False, then=Value(Status.IN_PROGRESS)),
                default=Value(Status.NOT_STARTED),
                output_field=models.CharField(),
            ),
        )

    # Asked for after with_status(): the same words as in rules.selection.

    def showing(self, show: str) -> "AssignmentQuerySet":
        """Whatever needs attention ends soon or has: asked first, it is found without the others."""
        return (self.near() if SHOWN[show].is_near else self).filter(shown_as(show))

    def near(self) -> "AssignmentQuerySet":
        """What may need attention, and is soon found; all others are far."""
        return self.filter(is_near=True)

    def count_far(self) -> dict[str, Any]:
        """{status: how many} of all others, and `first`: the next of the days on which they end. Nothing far is late,
        due soon or running out, so its status follows from less: of a million rows that is told twice as fast."""
        asked, begun = Q(waived_at=None), Q(enrolment_started_at__isnull=False)
        rows = self.order_by().filter(Q(is_near=False) | Q(ends_on=None))
        found = rows.aggregate(
            total=Count("pk"),
            waived=Count("pk", filter=~asked),
            finished=Count("pk", filter=asked & FINISHED),
            in_progress=Count("pk", filter=asked & ~FINISHED & begun),
            first=Min(ENDS_ON, filter=asked),
        )
        far = {str(status): found[status] for status in (Status.WAIVED, Status.FINISHED, Status.IN_PROGRESS)}
        return far | {str(Status.NOT_STARTED): found["total"] - sum(far.values()), "first": found["first"]}

    def with_urgency(self) -> "AssignmentQuerySet":
        """Adds `urgency`: rules.selection.urgency in SQL."""
        ranks = [When(shown_as(show), then=Value(rank)) for rank, show in enumerate(URGENCY)]
        return self.annotate(urgency=Case(*ranks, output_field=models.PositiveSmallIntegerField()))


def shown_as(show: str) -> Q:
    shown = SHOWN[show]
    statuses = Q(status__in=[str(status) for status in shown.statuses])
    return statuses | Q(is_due_soon=True) if shown.due_soon else statuses


class Assignment(models.Model):
    """One person, one requirement, one cycle. due_at (UTC) is derived from due_on, the grace and time_zone.

    due_on is what counts today: base_due_on (what the rule gave, or somebody after it), moved by the days of leave
    since clock_from. series_on is the first due date of the first cycle, which later ones may be counted from.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="assignments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments")
    cycle = models.PositiveSmallIntegerField(default=1)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="assignments")
    reasons = models.JSONField(default=dict)
    assigned_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    time_zone = models.CharField(max_length=40)
    due_at = models.DateTimeField(null=True, blank=True)
    version = models.ForeignKey(
        RequirementVersion, models.PROTECT, null=True, blank=True, related_name="assignments", db_index=False
    )
    joined_on = models.DateField(null=True, blank=True)
    series_on = models.DateField(null=True, blank=True)
    base_due_on = models.DateField(null=True, blank=True)
    clock_from = models.DateField(null=True, blank=True)
    grace_days = models.PositiveSmallIntegerField(default=0)
    waived_at = models.DateTimeField(null=True, blank=True)
    waived_until = models.DateField(null=True, blank=True)  # the last day of it; None: for this cycle
    equivalent_on = models.DateField(null=True, blank=True)
    good_until_other = models.DateField(null=True, blank=True)  # of another qualification, or a prior completion
    released_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)  # the next cycle stands beside it
    # As its enrolment says, kept by the database (training.triggers): for queries, and as old as this instance is.
    enrolment_started_at = models.DateTimeField(null=True, editable=False)
    enrolment_completed_at = models.DateTimeField(null=True, editable=False)
    enrolment_valid_until = models.DateField(null=True, editable=False)
    enrolment_redo_by = models.DateField(null=True, editable=False)
    status: str  # this and the next two only after with_status()
    is_due_soon: bool
    first_due_on: date | None
    good_until: date  # only after settled() and renewable()
    reminded_on: date | None  # this and the next only from reminding.open_rows()
    reminded_by: int | None
    step: str  # and this and the next from reminding.planned()
    told_on: date | None

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["requirement", "person", "cycle"], name="assignment_once_a_cycle"),
            models.CheckConstraint(
                condition=Q(due_on=None, due_at=None) | Q(due_on__isnull=False, due_at__isnull=False),
                name="assignment_due_date_and_instant_together",
            ),
            # Whatever two schedulers do at once: one duty is one open row.
            models.UniqueConstraint(
                fields=["requirement", "person"], condition=Q(replaced_at=None), name="assignment_one_is_current"
            ),
        ]
        indexes = [
            models.Index(F("person"), F("due_at"), name="assignment_person_due"),
            # The newest cycle of each duty, without those of years before: what every list and every run begins with.
            # With all that its status follows from, and a line of a file: without a look at the table.
            models.Index(
                fields=["person"],
                include=["id", "version", "grace_days", *STATUS_FOLLOWS_FROM],
                condition=Q(replaced_at=None, released_at=None),
                name="assignment_standing",
            ),
            # Of years of assignments one in forty: what each run of a rule looks through.
            models.Index(fields=["requirement", "person"], condition=UNSETTLED, name="assignment_unsettled"),
            # Whether anybody of a team is asked by a wording of a rule.
            models.Index(
                fields=["version", "person"],
                condition=Q(replaced_at=None, released_at=None),
                name="assignment_wording",
            ),
            models.Index(
                ENDS_ON,
                include=["id", "person", *STATUS_FOLLOWS_FROM],
                condition=Q(replaced_at=None, released_at=None),
                name="assignment_ends",
            ),
            models.Index(
                F("due_on"), condition=Q(replaced_at=None, released_at=None, waived_at=None), name="assignment_due"
            ),
        ]

    @property
    def cycle_joined_on(self) -> date:
        """Rows from before cycles were counted say less; what they mean is the day they were assigned."""
        return self.joined_on or self.assigned_at.astimezone(ZoneInfo(self.time_zone)).date()

    def next_due(self, completed_on: date) -> date | None:
        """By the rule of today: the last day that a completion on this day is good for."""
        planned = self.base_due_on or self.due_on or completed_on
        cycle = due.Cycle(self.cycle_joined_on, self.series_on or planned, planned, completed_on)
        return due.next_due(self.requirement.plan, cycle)

    def due_with(self, leaves: "Iterable[Leave]", today: date) -> date:
        """Due on this day, when these are all the leaves there are: worked out from what none of them moves."""
        assert self.base_due_on
        since = self.clock_from or self.cycle_joined_on
        spans = [(leave.starts_on, leave.ends_on or max(today, leave.starts_on)) for leave in leaves]
        return due.paused(self.base_due_on, since, [span for span in spans if span[0] <= today])

    def facts(self, enrolment: Enrolment) -> Facts:
        """For rules.status; what with_status says in SQL."""
        of_enrolment = facts_of(enrolment)
        return replace(
            of_enrolment,
            due_at=self.due_at,
            completed_at=of_enrolment.completed_at or (self.assigned_at if self.equivalent_on else None),
            valid_until=self.good_until_other or of_enrolment.valid_until,
            waived=self.waived_at is not None,
        )

    def settled_on(self) -> date | None:
        if self.equivalent_on:
            return self.equivalent_on
        finished = self.enrolment.completed_at
        return finished.astimezone(ZoneInfo(self.time_zone)).date() if finished else None

    def reason(self, language: str) -> str:
        return self.reasons.get(language) or self.reasons.get(settings.LANGUAGE_CODE) or ""


def facts_of(enrolment: Enrolment) -> Facts:
    """Of a course that nobody asked for."""
    return Facts(
        started_at=enrolment.started_at,
        completed_at=enrolment.completed_at,
        valid_until=enrolment.valid_until,
        redo_by=enrolment.redo_by,
    )


def newcomers(requirement: Requirement) -> models.QuerySet[User]:
    """In the audience, and without this duty."""
    has_it = Assignment.objects.current().filter(requirement=requirement, person=OuterRef("pk"))
    return requirement.members.filter(~Exists(has_it))


def coming(requirement: Requirement, now: datetime) -> models.QuerySet[User]:
    """The newcomers on whose calendar the rule applies already: the next run assigns them."""
    rows = newcomers(requirement)
    zones = rows.order_by().values_list("time_zone", flat=True).distinct()
    begun = [zone for zone in zones if requirement.starts_on <= now.astimezone(ZoneInfo(zone)).date()]
    return rows.filter(time_zone__in=begun)


def departed(requirement: Requirement) -> AssignmentQuerySet:
    """Duties of who is no longer in the audience; all of them where the rule is put aside."""
    rows = Assignment.objects.current().filter(requirement=requirement)
    still_in = requirement.members.filter(pk=OuterRef("person"))
    return rows.filter(~Exists(still_in)) if requirement.is_active else rows


def renewals(requirement: Requirement, latest: date) -> AssignmentQuerySet:
    """Whose renewal window may be open on some clock of the world on this day; rules.due.opens_on has the last word."""
    horizon = latest + timedelta(days=requirement.window_days)
    return Assignment.objects.renewable().filter(requirement=requirement, good_until__lte=horizon)


def reopened(requirement: Requirement) -> AssignmentQuerySet:
    """Finished, and since then a change of the course has opened a new cycle of it for this person."""
    opened = Enrolment.objects.filter(
        course_key=requirement.course_key,
        opened_by__isnull=False,
        completed_at=None,
        person=OuterRef("person"),
        cycle__gt=OuterRef("enrolment__cycle"),
    )
    done = Assignment.objects.settled().filter(requirement=requirement, enrolment_completed_at__isnull=False)
    return done.filter(Exists(opened))


class Happening(models.TextChoices):
    ASSIGNED = "assigned", _("Assigned")
    RELEASED = "released", _("Released")
    RETURNED = "returned", _("Assigned again")
    CYCLE = "cycle", _("New cycle")
    EXTENDED = "extended", _("Extended")
    WAIVED = "waived", _("Waived")
    WAIVER_ENDED = "waiver-ended", _("Waiver ended")
    EQUIVALENT = "equivalent", _("Another qualification accepted")
    PAUSED = "paused", _("Date moved by a leave")
    RESUMED = "resumed", _("Leave withdrawn, date moved back")


class AssignmentEvent(models.Model):
    """Append-only: what happened to an assignment, by whom (None: by rule) and why. `reason` is a person's words, or
    one of the words of training.words.REASONS."""

    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="events")
    what = models.CharField(max_length=12, choices=Happening)
    reason = models.CharField(max_length=500, blank=True)
    due_on = models.DateField(null=True)  # the due date from then on
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.assignment_id}: {self.what}"


class WaiverQuerySet(models.QuerySet["Waiver"]):
    def visible_to(self, user: User) -> "WaiverQuerySet":
        """As with proofs: whom it is about, and L&D. A paper may say more of somebody than a manager need know."""
        if not user.is_active:
            return self.none()
        return self if user.is_learning_staff else self.filter(assignment__person=user)


class Waiver(models.Model):
    """Append-only: somebody need not take a training, for a reason, until a day (None: in this cycle)."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="waivers")
    reason = models.CharField(max_length=500)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    until = models.DateField(null=True)
    document = models.FileField(upload_to=proof_path, storage=private, blank=True)
    at = models.DateTimeField()

    objects = WaiverQuerySet.as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"waiver of {self.assignment_id}"


class EquivalenceQuerySet(models.QuerySet["Equivalence"]):
    def visible_to(self, user: User) -> "EquivalenceQuerySet":
        """Whose proof it is, and L&D: a manager sees that something was accepted, not the paper."""
        if not user.is_active:
            return self.none()
        return self if user.is_learning_staff else self.filter(assignment__person=user)

    def decidable_by(self, user: User) -> "EquivalenceQuerySet":
        """L&D decides, but nobody about their own training."""
        found = self.exclude(assignment__person=user)
        return found if user.is_active and user.is_learning_staff else self.none()

    def waiting(self) -> "EquivalenceQuerySet":
        return self.filter(decided_at=None)


class Equivalence(models.Model):
    """Another qualification, offered with a proof in place of a training; L&D accepts or refuses it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="equivalences")
    title = models.CharField(max_length=200)
    obtained_on = models.DateField()
    valid_until = models.DateField(null=True)
    proof = models.FileField(upload_to=proof_path, storage=private)
    sha256 = models.CharField(max_length=64)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    accepted = models.BooleanField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = EquivalenceQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["assignment"], condition=Q(decided_at=None), name="equivalence_one_waits"),
            models.CheckConstraint(
                condition=Q(decided_at=None, accepted=None, decided_by=None)
                | Q(decided_at__isnull=False, accepted__isnull=False, decided_by__isnull=False),
                name="equivalence_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class LeaveQuerySet(models.QuerySet["Leave"]):
    def in_force(self) -> "LeaveQuerySet":
        """Those that count: all but what was withdrawn."""
        return self.filter(withdrawn_at=None)

    def on(self, today: date) -> "LeaveQuerySet":
        return self.not_over(today).filter(starts_on__lte=today)

    def not_over(self, today: date) -> "LeaveQuerySet":
        """On this day, or to come."""
        return self.in_force().filter(Q(ends_on=None) | Q(ends_on__gte=today))


@dataclass(frozen=True)
class Moved:
    """By which day it is to be done, with a leave and without it."""

    assignment: Assignment
    before: date
    after: date


class Leave(models.Model):
    """Somebody is away from a day to a day (both included; None: until further notice): the clock stands still.
    Withdrawn, it was recorded by mistake: it stays as a record and moves nothing."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="leaves")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_because = models.CharField(max_length=500, blank=True)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["person", "starts_on"], condition=Q(withdrawn_at=None), name="leave_in_force_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="leave_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="leave_withdrawn_by_somebody",
            ),
        ]

    def moved(self, at: datetime) -> "Iterator[Moved]":
        """What is due on another day because of this leave, the first to come first."""
        others = self._others()
        rows = Assignment.objects.unsettled().filter(person=self.person_id, base_due_on__isnull=False)
        for row in rows.select_related("enrolment", "requirement").order_by("due_on", "pk"):
            without = row.due_with(others, at.astimezone(ZoneInfo(row.time_zone)).date())
            before, after = (first_due(day, row.enrolment_redo_by) for day in (row.due_on, without))
            if before and after and before != after:
                yield Moved(row, before, after)
        for row, without in self.waived():
            following = row.next_due(without)
            if row.good_until_other and following and row.good_until_other != following:
                yield Moved(row, row.good_until_other, following)

    def waived(self) -> "Iterator[tuple[Assignment, date]]":
        """What was waived for its whole cycle when this leave had moved its date, which the next cycle is counted from;
        and that date without the leave."""
        others = self._others()
        rows = Assignment.objects.current().filter(
            person=self.person_id, waived_at__isnull=False, waived_until=None, base_due_on__isnull=False
        )
        for row in rows.select_related("enrolment", "requirement").order_by("due_on", "pk"):
            then = row.waived_at.astimezone(ZoneInfo(row.time_zone)).date()
            without = row.due_with(others, then)
            if row.due_on == row.due_with([*others, self], then) != without:
                yield row, without

    def _others(self) -> "list[Leave]":
        return list(Leave.objects.in_force().filter(person=self.person_id).exclude(pk=self.pk))

    def __str__(self) -> str:
        return f"{self.person_id}: {self.starts_on}"
