"""Who is to be written to now about which training: worked out from the rows, and nothing is written here.
training.actions.letters sends it, the command's dry run and L&D's screen show it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils import timezone

from people.models import Mail, Team, TeamLead, User
from training.models import (
    Assignment,
    AssignmentEvent,
    AssignmentQuerySet,
    Happening,
    Leave,
    Notice,
    ReportOrder,
    Requirement,
    Sending,
)
from training.rules import due, reminders
from training.rules.status import Status, status
from training.words import CHANGED

ASSIGNED, REMINDER, EXPIRING, TEAM, DIGEST = "training-new", "reminder", "reminder-expiring", "team-late", "team-digest"
LOOKS_BACK = timedelta(days=14)  # what was assigned longer ago is news to nobody
WEEK = timedelta(days=7)
REPORT, REPORT_ENDED = "team-report", "team-report-ended"


@dataclass(frozen=True)
class Item:
    assignment: Assignment
    step: str
    about: date
    is_late: bool = False  # by hand or in a preview, when the step does not say so


@dataclass(frozen=True)
class Figures:
    """Of everybody below a manager, without the manager: trainings, and how many people they are of."""

    overdue: int = 0
    expired: int = 0
    due_this_week: int = 0
    expires_soon: int = 0
    people: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))

    def __sub__(self, other: "Figures") -> "Figures":
        return Figures(*(mine - theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass
class Planned:
    """One mail. `key` is what it is for, and keeps it from being sent twice."""

    key: str
    kind: str
    recipient: User
    on: date
    items: list[Item] = field(default_factory=list)
    figures: Figures | None = None
    order: ReportOrder | None = None


def planned(*, now: datetime, runs: Collection[datetime], at_any_hour: bool = False) -> list[Planned]:
    """runs: as rules.reminders.digest_is_due takes them. at_any_hour: what would go today, were it a time at which we
    write."""
    moment = _Moment(now, runs, at_any_hour)
    letters: dict[str, Planned] = {}
    rules = list(Requirement.objects.filter(is_active=True).order_by("pk"))
    for zone in moment.zones():
        for rule in rules:
            moment.for_learners(rule, zone, letters)
            moment.for_managers(rule, zone, letters)
    moment.digests(letters)
    moment.reports(letters)
    sent = set(Sending.objects.filter(on__gte=timezone.localdate(now) - WEEK - due.DAY).values_list("key", flat=True))
    return [letter for key, letter in letters.items() if key not in sent]


class _Moment:
    """Who leads whom and who is away, read once."""

    def __init__(self, now: datetime, runs: Collection[datetime], at_any_hour: bool) -> None:
        self.now, self.runs, self.at_any_hour = now, runs, at_any_hour
        self._told: dict[str, dict[int, User]] | None = None
        self._owed: dict[str, bool] = {}

    def zones(self) -> list[str]:
        return list(User.objects.filter(is_active=True).order_by().values_list("time_zone", flat=True).distinct())

    def local(self, zone: str) -> datetime:
        return self.now.astimezone(ZoneInfo(zone))

    def may_write(self, zone: str) -> bool:
        return self.at_any_hour or reminders.may_write(self.local(zone))

    # --- learners ---
    def for_learners(self, rule: Requirement, zone: str, letters: dict[str, Planned]) -> None:
        if not self.may_write(zone):
            return
        today = self.local(zone).date()
        for kind, step, about, row in self._falling(rule, zone, today):
            _put(letters, kind, row.person, today, Item(row, step, getattr(row, about)))

    def _falling(self, rule: Requirement, zone: str, today: date) -> Iterator[tuple[str, str, str, Assignment]]:
        """(kind of mail, step, the day it is about, whom it falls on)"""
        plan = rule.reminder_plan
        here = _here(Assignment.objects.unsettled(), rule, zone, today)
        new = {row.pk: row for row in _new(here, self.now, today)} if plan.assigned else {}
        for row in new.values():
            yield ASSIGNED, reminders.ASSIGNED, "first_due_on", row
        steps = {step.name: step for step in reminders.steps(plan)}
        if steps:
            for row in _not_today(_not_told(_on_a_step(here, list(steps.values()), zone, today)), today):
                if _was_there(row, steps[row.step], told_today=row.pk in new):
                    yield REMINDER, row.step, "first_due_on", row
        if plan.expiring:
            done = _here(Assignment.objects.settled(), rule, zone, today)
            again = here.filter(cycle__gt=1, enrolment__opened_by=None)  # else a change asks: that is news, no end
            for about, rows in (("good_until", done), ("due_on", again)):
                for row in _ending(rows, about, plan.expiring, today):
                    yield EXPIRING, reminders.EXPIRING, about, row

    # --- managers ---
    def for_managers(self, rule: Requirement, zone: str, letters: dict[str, Planned]) -> None:
        today = self.local(zone).date()
        here = _here(Assignment.objects.unsettled(), rule, zone, today)
        for level, step in enumerate(reminders.manager_steps(rule.reminder_plan)):
            rows = list(_on_a_step(here, [step], zone, today).filter(person__team__isnull=False))
            asked = Assignment.objects.unsettled().filter(requirement=rule)
            said = Notice.objects.filter(step=step.name, assignment__in=asked.values("pk"))
            told = set(said.values_list("assignment_id", "about", "recipient_id"))
            for row in rows:
                for lead in self.leads_above(row.person, level):
                    if (row.pk, row.first_due_on, lead.pk) not in told and self.may_write(lead.time_zone):
                        day = self.local(lead.time_zone).date()
                        _put(letters, TEAM, lead, day, Item(row, step.name, row.first_due_on))

    def leads_above(self, person: User, level: int) -> list[User]:
        """Those who are told about this person: level 0 the nearest, 1 those above them. Never the person."""
        path = person.team.path if person.team else ""
        while path:
            told = {pk: lead for pk, lead in self.told.get(path, {}).items() if pk != person.pk}
            if told and level == 0:
                return list(told.values())
            level -= bool(told)
            path = path[: -Team.steplen]
        return []

    @property
    def told(self) -> dict[str, dict[int, User]]:
        """{path of a team: who of its leads is told today}"""
        if self._told is None:
            self._told = self._who_is_told()
        return self._told

    def _who_is_told(self) -> dict[str, dict[int, User]]:
        today = timezone.localdate(self.now)
        leads: dict[str, list[TeamLead]] = {}
        rows = TeamLead.objects.on(today).filter(person__is_active=True).select_related("person__team", "team")
        for row in rows:
            leads.setdefault(row.team.path, []).append(row)
        away = set(Leave.objects.on(today).values_list("person_id", flat=True))
        found = {}
        for path, here in leads.items():
            managers = {row.person_id for row in here if row.kind == TeamLead.Kind.MANAGER}
            deputies = {(row.person_id, row.ends_on is not None) for row in here if row.person_id not in managers}
            told = reminders.who_is_told(managers, deputies, away)
            found[path] = {row.person_id: row.person for row in here if row.person_id in told}
        return found

    # --- the digest of the week ---
    def digests(self, letters: dict[str, Planned]) -> None:
        leads: dict[int, tuple[User, list[str]]] = {}
        for path, told in self.told.items():
            for pk, lead in told.items():
                if self.digest_is_due(lead.time_zone):
                    leads.setdefault(pk, (lead, []))[1].append(path)
        if not leads:
            return
        for lead, figures in self.figures_below(leads):
            if figures != Figures():
                today = self.local(lead.time_zone).date()
                monday = today - timedelta(days=today.weekday())
                key = f"{DIGEST}/{lead.key}/{monday}"
                letters[key] = Planned(key, DIGEST, lead, today, figures=figures)

    def figures_below(self, leads: dict[int, tuple[User, list[str]]]) -> Iterator[tuple[User, Figures]]:
        by_team, own = self._figures(set(leads))
        for pk, (lead, paths) in leads.items():
            tops = [path for path in paths if not any(path != other and path.startswith(other) for other in paths)]
            below = [figures for path, figures in by_team.items() if path.startswith(tuple(tops))]
            figures = sum(below, Figures())
            if lead.team and lead.team.path.startswith(tuple(tops)):
                figures -= own.get(pk, Figures())
            yield lead, figures

    def digest_is_due(self, zone: str) -> bool:
        if zone not in self._owed:
            local = self.local(zone)
            at = datetime.combine(local, reminders.DIGEST_AT, local.tzinfo) if self.at_any_hour else local
            self._owed[zone] = reminders.digest_is_due([run.astimezone(local.tzinfo) for run in self.runs], at)
        return self._owed[zone]

    # --- what managers ordered ---
    def reports(self, letters: dict[str, Planned]) -> None:
        """Worked out by a task of its own, with the rights that the person has then."""
        last_day = timezone.localdate(self.now) + 2 * due.DAY  # later than it is anywhere
        owed = Q(next_on__lte=last_day) | Q(last__mail__withdrawn_at__isnull=False)
        orders = ReportOrder.objects.open().filter(owed, person__is_active=True)
        for order in orders.select_related("person", "last__mail").order_by("pk"):
            today = self.local(order.person.time_zone).date()
            on = order.owed(today)
            if on and self.may_write(order.person.time_zone):
                key = order.sending_key(on)
                letters[key] = Planned(key, REPORT, order.person, today, order=order)

    def _figures(self, leads: set[int]) -> tuple[dict[str, Figures], dict[int, Figures]]:
        today = timezone.localdate(self.now)
        rows = Assignment.objects.current().filter(person__is_active=True).with_status(self.now, today)
        soon = Q(is_due_soon=True) & (Q(due_at__lte=self.now + WEEK) | Q(enrolment_redo_by__lt=today + WEEK))
        counts = {
            "overdue": Count("pk", filter=Q(status=Status.OVERDUE)),
            "expired": Count("pk", filter=Q(status=Status.EXPIRED)),
            "due_this_week": Count("pk", filter=soon),
            "expires_soon": Count("pk", filter=Q(status=Status.EXPIRES_SOON)),
            "people": Count("person", distinct=True),  # each in one team: what is added up counts nobody twice
        }
        needed = rows.filter(Q(status__in=(Status.OVERDUE, Status.EXPIRED, Status.EXPIRES_SOON)) | soon).order_by()
        names = list(counts)
        by_team = needed.filter(person__team__isnull=False).values_list("person__team__path").annotate(**counts)
        own = needed.filter(person__in=leads).values_list("person_id").annotate(**counts)
        return (
            {path: Figures(*figures) for path, *figures in by_team.values_list("person__team__path", *names)},
            {pk: Figures(*figures) for pk, *figures in own.values_list("person_id", *names)},
        )


def digest_figures(*, lead: User, now: datetime) -> Figures:
    """What a digest would tell them now; of who is told about no team, nothing."""
    moment = _Moment(now, (), at_any_hour=True)
    paths = [path for path, told in moment.told.items() if lead.pk in told]
    if not paths:
        return Figures()
    ((_lead, figures),) = moment.figures_below({lead.pk: (lead, paths)})
    return figures


def _put(letters: dict[str, Planned], kind: str, recipient: User, day: date, item: Item) -> None:
    """One mail of a kind a person and day, whatever it is about."""
    key = f"{kind}/{recipient.key}/{day}"
    letters.setdefault(key, Planned(key, kind, recipient, day)).items.append(item)


def by_hand(*, people: Sequence[User], now: datetime) -> list[Planned]:
    """A reminder of everything that is open to each of these who is here, but of what they were reminded of today."""
    letters = []
    for person, rows in open_rows(people=people, now=now).items():
        day = _today(person, now)
        step = reminders.by_hand(day)
        open_today = [(row, row.first_due_on) for row in rows if row.reminded_on != day]
        items = [Item(row, step, about, is_late(row, now, day)) for row, about in open_today if about]
        if items:
            key = f"{REMINDER}/{person.key}/{day}/{items[0].assignment.key}"  # reminded of it once a day at most
            letters.append(Planned(key, REMINDER, person, day, items))
    return letters


def is_late(row: Assignment, now: datetime, today: date) -> bool:
    return status(row.facts(row.enrolment), now, today) == Status.OVERDUE


def _today(person: User, now: datetime) -> date:
    return now.astimezone(ZoneInfo(person.time_zone)).date()


def open_rows(*, people: Sequence[User], now: datetime) -> dict[User, list[Assignment]]:
    """What each of these still has to do by `first_due_on`, with `reminded_on` and `reminded_by` (None: the plan) of
    the last time; nothing for who is on leave. A fixed number of queries."""
    by_key = {person.pk: person for person in people if person.is_active}
    away = Leave.objects.on(timezone.localdate(now)).filter(person=OuterRef("person"))
    rows = (
        Assignment.objects.unsettled()
        .with_first_due()
        .filter(~Exists(away), person__in=by_key, first_due_on__isnull=False)
        .annotate(reminded_on=reminded_on(), reminded_by=Subquery(_last_reminder().values("sending__by")[:1]))
        .select_related("enrolment", "requirement")
        .order_by("first_due_on", "pk")
    )
    found: dict[User, list[Assignment]] = {person: [] for person in by_key.values()}
    for row in rows:
        found[by_key[row.person_id]].append(row)
    return found


def reminded_on() -> Subquery:
    """For assignments: the day their person was last reminded of them, by the plan or by somebody."""
    return Subquery(_last_reminder().values("sending__on")[:1])


def _last_reminder():
    told = Notice.objects.filter(assignment=OuterRef("pk"), recipient=OuterRef("person"), sending__kind=REMINDER)
    return told.order_by("-pk")


def is_still_asked(mail: Mail) -> bool:
    """Whether anything that a mail to a learner asks for is still to be done."""
    return Assignment.objects.unsettled().filter(notices__sending__mail=mail).exists()


def _here(rows: AssignmentQuerySet, rule: Requirement, zone: str, today: date) -> AssignmentQuerySet:
    """Of this rule, with people who live in this zone and are not on leave."""
    on_leave = Leave.objects.on(today).filter(person=OuterRef("person"))
    found = rows.filter(~Exists(on_leave), requirement=rule, person__time_zone=zone, person__is_active=True)
    found = found.with_first_due().select_related("person__team", "enrolment", "requirement")
    return found.defer("requirement__audience")


def _on_a_step(rows: AssignmentQuerySet, steps: Sequence[reminders.Step], zone: str, today: date) -> AssignmentQuerySet:
    """On whom one of these falls today, as `step`; they follow each other: one row is on one of them. `told_on`: when
    somebody was last told that it is theirs to do."""
    found = Case(*(When(_falls_q(step, zone, today), then=Value(step.name)) for step in steps), default=Value(""))
    begun = Q(ends_on__lte=today - timedelta(days=steps[0].starts) + due.DAY)  # of whatever zone: quickly found
    told = Notice.objects.filter(assignment=OuterRef("pk"), step=reminders.ASSIGNED).order_by("-pk")
    rows = rows.filter(begun).annotate(step=found).exclude(step="")
    return rows.annotate(told_on=Subquery(told.values("sending__on")[:1]))


def _falls_q(step: reminders.Step, zone: str, today: date) -> Q:
    """Late is counted from the end of the grace, which due_at has; the day by which a change asks for something has
    none."""
    from_day = today - timedelta(days=step.starts)
    until_day = None if step.ends is None else today - timedelta(days=step.ends)
    by_change = Q(first_due_on__lte=from_day)
    by_change &= Q(first_due_on__gt=until_day) if until_day else Q()
    if step.starts <= 0:
        return by_change
    by_rule = Q(first_due_on=F("due_on"), due_at__lte=due.due_at(from_day, zone))
    by_rule &= Q(due_at__gt=due.due_at(until_day, zone)) if until_day else Q()
    return by_rule | Q(Q(due_on=None) | Q(due_on__gt=F("first_due_on"))) & by_change


def _not_told(rows: AssignmentQuerySet) -> AssignmentQuerySet:
    told = Notice.objects.filter(assignment=OuterRef("pk"), step=OuterRef("step"), about=OuterRef("first_due_on"))
    return rows.filter(~Exists(told))


def _not_today(rows: AssignmentQuerySet, today: date) -> AssignmentQuerySet:
    """Whom nobody has reminded by hand today: then the step has its turn tomorrow."""
    step = reminders.by_hand(today)
    return rows.filter(~Exists(Notice.objects.filter(assignment=OuterRef("pk"), step=step)))


def _was_there(row: Assignment, step: reminders.Step, *, told_today: bool) -> bool:
    """Who was assigned, or told of it, after the moment of a step had passed was told the date then."""
    if row.first_due_on != row.due_on:
        return True  # a change asks for it, and says so by no other mail
    assert row.due_on  # on some day it fell: _around() asked for it
    since = row.assigned_at.astimezone(ZoneInfo(row.time_zone)).date()
    return not told_today and max(since, row.told_on or since) < row.due_on + timedelta(days=step.starts)


def _new(rows: AssignmentQuerySet, now: datetime, today: date) -> AssignmentQuerySet:
    """Assigned lately, or while somebody was on a leave that ended or was withdrawn lately; or asked for again, lately:
    of who came back and of whom a change of the course asks it. Once for each of these, and once for each date."""
    told = Notice.objects.filter(assignment=OuterRef("pk"), step=reminders.ASSIGNED)
    ended = Q(withdrawn_at=None, ends_on__lt=today, ends_on__gte=today - LOOKS_BACK)
    was_away = Leave.objects.filter(ended | Q(withdrawn_at__gte=now - LOOKS_BACK), person=OuterRef("person"))
    first = Q(~Exists(told), Q(assigned_at__gte=now - LOOKS_BACK) | Exists(was_away), cycle=1)
    since = Notice.objects.filter(
        assignment=OuterRef("assignment"), step=reminders.ASSIGNED, sending__at__gte=OuterRef("at")
    )
    asked = Q(what=Happening.RETURNED) | Q(what=Happening.CYCLE, reason=CHANGED)
    events = AssignmentEvent.objects.filter(asked, ~Exists(since), assignment=OuterRef("pk"), at__gte=now - LOOKS_BACK)
    return rows.filter(first | Exists(events)).exclude(Exists(told.filter(about=OuterRef("first_due_on"))))


def _ending(rows: AssignmentQuerySet, field_name: str, days: int, today: date) -> AssignmentQuerySet:
    """Once for each end, whether the next cycle is open by then or not."""
    told = Notice.objects.filter(
        assignment__requirement=OuterRef("requirement"),
        recipient=OuterRef("person"),
        step=reminders.EXPIRING,
        about=OuterRef(field_name),
    )
    last = today + timedelta(days=days)
    return rows.filter(~Exists(told), ends_on__lte=last, **{f"{field_name}__gt": today, f"{field_name}__lte": last})
