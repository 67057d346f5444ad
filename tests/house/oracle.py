"""What everybody may see, worked out slowly: plain Python over rows that were read once, row by row.

Written from what the documents say, not from the queries: nothing here asks the database a question, and nothing here
is shared with `visible_to`, `managed_by`, `reports` or `rules`. A fault would have to be made twice to go unseen.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group

from assessments.quizzes.models import Essay, Mark, QuizAttempt
from assessments.scenarios.models import ScenarioRun
from certificates.models import Certificate, CertificateFile, Rendering, Revocation
from courses.models import Completion, Enrolment
from evidence.models import Record
from people.models import Mail, PersonTag, Team, TeamLead, User
from training.models import Assignment, AssignmentEvent, Equivalence, Leave, Notice, Requirement, Sending, Waiver
from training.rules import audience

DAY = timedelta(days=1)
OPEN = ("not_started", "in_progress")
HOME = ZoneInfo("Europe/Warsaw")  # the organisation's own clock
# {what a list shows: statuses, and whether what is due soon is among it}
SHOWS: dict[str, tuple[set[str], bool]] = {
    "attention": ({"overdue", "expired", "expires_soon"}, True),
    "due_soon": (set(), True),
    "late": ({"overdue", "expired"}, False),
    "settled": ({"finished", "expires_soon", "waived"}, False),
    "not_started": ({"not_started"}, False),
    "in_progress": ({"in_progress"}, False),
    "overdue": ({"overdue"}, False),
    "finished": ({"finished"}, False),
    "expires_soon": ({"expires_soon"}, False),
    "expired": ({"expired"}, False),
    "waived": ({"waived"}, False),
    "all": ({"not_started", "in_progress", "overdue", "finished", "expires_soon", "expired", "waived"}, False),
}
AHEAD = ("due-30", "due-60", "due-90", "expires-30", "expires-60", "expires-90")
URGENCY = ("overdue", "expired", "due_soon", "expires_soon", "not_started", "in_progress", "finished", "waived")
WORDS = {
    "overdue": "Overdue",
    "expired": "Expired",
    "expires_soon": "Expires soon",
    "not_started": "Not started",
    "in_progress": "In progress",
    "finished": "Finished",
    "waived": "Waived",
}


@dataclass(frozen=True)
class Duty:
    """One assignment and how it stands today."""

    row: Assignment
    enrolment: Enrolment
    person: User
    status: str
    is_due_soon: bool
    due_on: date | None  # by the rule, or by what a change asks for, whichever is first
    good_until: date | None

    def is_shown(self, show: str) -> bool:
        statuses, due_soon = SHOWS[show]
        return self.status in statuses or (due_soon and self.is_due_soon)

    @property
    def urgency(self) -> int:
        return URGENCY.index("due_soon" if self.is_due_soon else self.status)

    def is_ahead(self, ahead: str, today: date) -> bool:
        what, _dash, days = ahead.partition("-")
        last = today + int(days) * DAY
        if what == "due":
            return self.status in OPEN and self.due_on is not None and self.due_on <= last
        return self.status in ("finished", "expires_soon") and self.good_until is not None and self.good_until <= last


def in_order(rows: Iterable[Any], key: Callable[[Any], Any], *, descending: bool) -> list:
    """Stable; what is missing stays last, whichever way round."""
    rows = list(rows)
    there = [row for row in rows if key(row) is not None]
    return sorted(there, key=key, reverse=descending) + [row for row in rows if key(row) is None]


class Oracle:
    """titles: {course key: its title}."""

    def __init__(self, now: datetime, today: date, titles: Mapping[Any, str]) -> None:
        self.now, self.today, self.titles = now, today, titles
        self.people: dict[int, User] = {row.pk: row for row in User.objects.all()}
        self.teams: dict[int, Team] = {row.pk: row for row in Team.objects.all()}
        self.leads = list(TeamLead.objects.all())
        self.tags: dict[int, set[str]] = defaultdict(set)
        for tag in PersonTag.objects.all():
            self.tags[tag.person_id].add(tag.name)
        groups = {row.pk: row.name for row in Group.objects.all()}
        self.roles: dict[int, set[str]] = defaultdict(set)
        for given in User.groups.through.objects.all():
            self.roles[given.user_id].add(groups[given.group_id])
        self.enrolments: dict[int, Enrolment] = {row.pk: row for row in Enrolment.objects.all()}
        self.assignments = list(Assignment.objects.all())
        self.requirements: dict[int, Requirement] = {row.pk: row for row in Requirement.objects.all()}
        self.completions = list(Completion.objects.all())
        self.certificates: dict[int, Certificate] = {row.pk: row for row in Certificate.objects.all()}
        self.revoked = {row.pk for row in Revocation.objects.all()}
        self.filed = {row.pk for row in CertificateFile.objects.all()}
        self.tries = {row.pk: row.tries for row in Rendering.objects.all()}
        self.replaced = {row.supersedes_id for row in self.certificates.values() if row.supersedes_id}
        self.leaves = list(Leave.objects.all())
        self.waivers = list(Waiver.objects.all())
        self.proofs = list(Equivalence.objects.all())
        self.mails: dict[int, Mail] = {row.pk: row for row in Mail.objects.all()}
        self.sendings = list(Sending.objects.all())
        self.notices = list(Notice.objects.all())
        self.events = list(AssignmentEvent.objects.all())
        self.attempts = list(QuizAttempt.objects.all())
        self.essays = list(Essay.objects.all())
        self.marks = list(Mark.objects.all())
        self.runs = list(ScenarioRun.objects.all())
        self.records = list(Record.objects.all())
        self.erased = {row.subject for row in self.records if row.kind == "erased"}
        self._parents = self._find_parents()
        self.duties = [self._duty(row) for row in self.assignments]
        self._leading: dict[str, dict[int, set[int]]] = {}
        self._told: dict[int, set[int]] = {}

    # --- who leads whom ---
    def _find_parents(self) -> dict[int, int | None]:
        """A team's path is that of the one above and four characters more."""
        by_path = {team.path: pk for pk, team in self.teams.items()}
        return {pk: by_path.get(team.path[:-4]) for pk, team in self.teams.items()}

    def chain(self, team: int | None) -> list[int]:
        """The team and all above it, the nearest first."""
        found = []
        while team is not None:
            found.append(team)
            team = self._parents[team]
        return found

    def is_below(self, person: User, team: int) -> bool:
        return team in self.chain(person.team_id)

    def leading(self, kind: str = "") -> dict[int, set[int]]:
        """{team: who leads it today}"""
        if kind not in self._leading:
            self._leading[kind] = self._who_leads(kind)
        return self._leading[kind]

    def _who_leads(self, kind: str) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for row in self.leads:
            begun, over = row.starts_on <= self.today, row.ends_on is not None and row.ends_on < self.today
            if begun and not over and kind in ("", row.kind):
                found.setdefault(row.team_id, set()).add(row.person_id)
        return found

    def teams_of(self, reader: User, kind: str = "") -> set[int]:
        return {team for team, people in self.leading(kind).items() if reader.pk in people}

    def is_manager(self, reader: User) -> bool:
        return bool(self.teams_of(reader))

    def managed(self, reader: User) -> set[int]:
        """Everybody below, whether their account is open or not."""
        led = self.teams_of(reader)
        below = {pk for pk, one in self.people.items() if any(team in led for team in self.chain(one.team_id))}
        return below - {reader.pk}

    def direct(self, reader: User) -> set[int]:
        """No other lead in between: one reports to the leads of the nearest team above that has any, the lead of a team
        to those of the nearest such team above that."""
        leading = self.leading()

        def nearest(team: int | None) -> set[int]:
            return next((leading[one] for one in self.chain(team) if leading.get(one)), set())

        found = set()
        for pk in self.managed(reader):
            of_leads = [
                team
                for team, people in leading.items()
                if pk in people and reader.pk not in people and reader.pk in nearest(self._parents[team])
            ]
            if reader.pk in nearest(self.people[pk].team_id) or of_leads:
                found.add(pk)
        return found

    # --- roles ---
    def is_staff(self, reader: User) -> bool:
        """L&D and admins."""
        return reader.is_superuser or bool(self.roles[reader.pk] & {"L&D editor", "L&D publisher"})

    def is_auditor(self, reader: User) -> bool:
        return self.is_staff(reader) or "Auditor" in self.roles[reader.pk]

    def is_marker(self, reader: User) -> bool:
        return reader.is_superuser or "Essay marker" in self.roles[reader.pk]

    def sees(self, reader: User) -> set[int]:
        """Whose standing and certificates this person may see."""
        return set(self.people) if self.is_auditor(reader) else {reader.pk} | self.managed(reader)

    # --- how everybody stands ---
    def _duty(self, row: Assignment) -> Duty:
        enrolment = self.enrolments[row.enrolment_id]
        good_until = row.good_until_other or enrolment.valid_until
        days = [day for day in (row.due_on, enrolment.redo_by) if day]
        status = self._status(row, enrolment, good_until)
        return Duty(
            row=row,
            enrolment=enrolment,
            person=self.people[row.person_id],
            status=status,
            is_due_soon=status in OPEN and self._is_late(row, enrolment, 14 * DAY),
            due_on=min(days) if days else None,
            good_until=good_until,
        )

    def _status(self, row: Assignment, enrolment: Enrolment, good_until: date | None) -> str:
        if row.waived_at:
            return "waived"
        if enrolment.completed_at or row.equivalent_on:
            return self._how_good(good_until)
        if self._is_late(row, enrolment, timedelta(0)):
            return "overdue"
        return "in_progress" if enrolment.started_at else "not_started"

    def _how_good(self, until: date | None) -> str:
        if until is None or until > self.today + 30 * DAY:
            return "finished"
        return "expires_soon" if until >= self.today else "expired"

    def _is_late(self, row: Assignment, enrolment: Enrolment, ahead: timedelta) -> bool:
        """Or will be, so much later."""
        by_rule = row.due_at is not None and row.due_at <= self.now + ahead
        return by_rule or (enrolment.redo_by is not None and enrolment.redo_by < self.today + ahead)

    def current(self) -> list[Duty]:
        return [duty for duty in self.duties if not duty.row.replaced_at and not duty.row.released_at]

    def own_status(self, enrolment: Enrolment) -> set[str]:
        """What may be said of an enrolment in the register: how the most pressing duty stands that it fulfils today, or
        one that it did; without any, it alone."""
        today = [duty for duty in self.current() if duty.enrolment.pk == enrolment.pk]
        if today:
            return {min(today, key=lambda duty: duty.urgency).status}
        ever = {duty.status for duty in self.duties if duty.enrolment.pk == enrolment.pk}
        return ever or {self._status(Assignment(), enrolment, enrolment.valid_until)}

    # --- a manager's screens: `asked` is what the address says, without what nobody can read ---
    def everybody(self, reader: User, asked: Mapping[str, str]) -> set[int]:
        below = self.direct(reader) if asked.get("reports") == "direct" else self.managed(reader)
        return {pk for pk in below if self.people[pk].is_active}

    def looked_at(self, reader: User, asked: Mapping[str, str]) -> list[User]:
        people = [self.people[pk] for pk in sorted(self.everybody(reader, asked))]
        if asked.get("team"):
            people = [one for one in people if one.team_id and str(self.teams[one.team_id].key) == asked["team"]]
        return [one for one in people if is_named(one, asked.get("name", ""))]

    def courses_of(self, reader: User, asked: Mapping[str, str]) -> list[str]:
        """Keys of all that is assigned below, by title."""
        below = self.everybody(reader, asked)
        keys = {str(duty.enrolment.course_key) for duty in self.current() if duty.person.pk in below}
        return sorted(keys, key=lambda key: in_alphabet(self.titles[key]))

    def trainings(self, reader: User, asked: Mapping[str, str]) -> list[Duty]:
        """Of whatever kind; what the list shows of them is one more step."""
        people = {one.pk for one in self.looked_at(reader, asked)}
        found = [duty for duty in self.current() if duty.person.pk in people]
        if asked.get("course"):
            found = [duty for duty in found if str(duty.enrolment.course_key) == asked["course"]]
        if asked.get("ahead"):
            found = [duty for duty in found if duty.is_ahead(asked["ahead"], self.today)]
        return found

    def listed(self, reader: User, asked: Mapping[str, str]) -> list[Duty]:
        """In the order of the list: what was asked for, then the most urgent, then by date and name."""
        shown = [duty for duty in self.trainings(reader, asked) if duty.is_shown(asked.get("show") or "attention")]
        shown.sort(key=lambda duty: (*by_name(duty.person), duty.row.pk))
        shown = in_order(shown, lambda duty: duty.due_on, descending=False)
        shown.sort(key=lambda duty: duty.urgency)
        places = {key: place for place, key in enumerate(self.courses_of(reader, asked))}
        keys: dict[str, Callable[[Duty], Any]] = {
            "urgency": lambda duty: duty.urgency,
            "person": lambda duty: by_name(duty.person),
            "team": lambda duty: in_alphabet(self.team_name(duty.person)) or None,
            "course": lambda duty: places[str(duty.enrolment.course_key)],
            "due": lambda duty: duty.due_on,
            "valid_until": lambda duty: duty.good_until,
        }
        sort = asked.get("sort") or "urgency"
        return in_order(shown, keys[sort.lstrip("-")], descending=sort.startswith("-"))

    def matrix(self, reader: User, asked: Mapping[str, str]) -> list[tuple[User, list[str]]]:
        """(person, the word of each course); of two duties in one course the more pressing."""
        columns = [key for key in self.courses_of(reader, asked) if asked.get("course", key) in ("", key)]
        of_person = defaultdict(list)
        for duty in self.trainings(reader, asked):
            of_person[duty.person.pk].append(duty)
        people = self.looked_at(reader, asked)
        show = asked.get("show") or "all"
        if show != "all":
            people = [one for one in people if any(duty.is_shown(show) for duty in of_person[one.pk])]
        sort = asked.get("sort") or "person"
        people.sort(key=lambda one: (*by_name(one), one.pk))
        key = by_name if sort.endswith("person") else lambda one: in_alphabet(self.team_name(one)) or None
        people = in_order(people, key, descending=sort.startswith("-"))
        return [(one, [self._word(of_person[one.pk], column) for column in columns]) for one in people]

    @staticmethod
    def _word(duties: list[Duty], course: str) -> str:
        pressing = sorted(
            (duty for duty in duties if str(duty.enrolment.course_key) == course),
            key=lambda duty: (duty.urgency, duty.due_on or date.max, duty.row.pk),
        )
        return WORDS[pressing[0].status] if pressing else ""

    def ahead(self, duties: Iterable[Duty]) -> list[int]:
        rows = list(duties)
        return [sum(duty.is_ahead(word, self.today) for duty in rows) for word in AHEAD]

    def months(self, reader: User, asked: Mapping[str, str], ends: Iterable[date]) -> list[tuple[int, int]]:
        """(trainings there were at the end of that day, those finished or waived then)"""
        people = {one.pk for one in self.looked_at(reader, asked)}
        rows = [duty for duty in self.duties if duty.person.pk in people]
        if asked.get("course"):
            rows = [duty for duty in rows if str(duty.enrolment.course_key) == asked["course"]]
        found = []
        for day in ends:
            end = datetime.combine(day + DAY, time.min, HOME)
            there = [duty for duty in rows if self._was_there(duty, end)]
            found.append((len(there), sum(self._was_settled(duty, day, end) for duty in there)))
        return found

    def _was_there(self, duty: Duty, end: datetime) -> bool:
        row = duty.row
        gone = [at for at in (row.released_at, row.replaced_at) if at and at < end]
        return row.assigned_at < end and not gone

    def _was_settled(self, duty: Duty, day: date, end: datetime) -> bool:
        row, done_at = duty.row, duty.enrolment.completed_at
        done = (done_at is not None and done_at < end) or (row.equivalent_on is not None and row.equivalent_on <= day)
        is_good = duty.good_until is None or duty.good_until >= day
        return (row.waived_at is not None and row.waived_at < end) or (done and is_good)

    def team_name(self, person: User) -> str:
        return self.teams[person.team_id].name if person.team_id else ""

    def below_team(self, key: str) -> set[int]:
        """People of the team with this key and of all below it."""
        team = next((pk for pk, one in self.teams.items() if str(one.key) == key), None)
        return {pk for pk, one in self.people.items() if team is not None and team in self.chain(one.team_id)}

    # --- reminders and the digest ---
    def last_reminded(self, duty: Duty) -> date | None:
        """The day of the last reminder to the person themself."""
        sent = {row.pk: row for row in self.sendings if row.kind == "reminder"}
        mine = [row for row in self.notices if row.assignment_id == duty.row.pk and row.sending_id in sent]
        mine = [row for row in mine if row.recipient_id == duty.person.pk]
        return sent[max(mine, key=lambda row: row.pk).sending_id].on if mine else None

    def is_away(self, person: int) -> bool:
        here = [row for row in self.leaves if row.person_id == person and row.starts_on <= self.today]
        return any(not row.withdrawn_at and (row.ends_on is None or row.ends_on >= self.today) for row in here)

    def to_remind(self, person: User) -> set[int]:
        """What somebody could be reminded of by hand: numbers of assignments."""
        if self.is_away(person.pk) or not person.is_active:
            return set()
        return {
            duty.row.pk
            for duty in self.current()
            if duty.person.pk == person.pk and duty.status in (*OPEN, "overdue") and duty.due_on
        }

    def told(self) -> dict[int, set[int]]:
        """{team: who of its leads is written to}: managers who are here; deputies for a time; others where none is."""
        if not self._told:
            self._told = self._who_is_told()
        return self._told

    def _who_is_told(self) -> dict[int, set[int]]:
        found = {}
        for team in self.teams:
            rows = [row for row in self.leads if row.team_id == team and self.people[row.person_id].is_active]
            rows = [
                row for row in rows if row.starts_on <= self.today and (not row.ends_on or row.ends_on >= self.today)
            ]
            managers = {row.person_id for row in rows if row.kind == "manager"}
            here = {pk for pk in managers if not self.is_away(pk)}
            deputies = {
                row.person_id
                for row in rows
                if row.person_id not in managers and not self.is_away(row.person_id) and (row.ends_on or not here)
            }
            found[team] = here | deputies
        return found

    def digest(self, lead: User) -> tuple[int, int, int, int, int]:
        """Overdue, expired, due this week, expiring soon: of all below the teams somebody is written to about; and of
        how many people these are."""
        teams = {team for team, people in self.told().items() if lead.pk in people}
        about = [
            duty
            for duty in self.current()
            if duty.person.is_active
            and duty.person.pk != lead.pk
            and any(team in teams for team in self.chain(duty.person.team_id))
        ]
        soon = [duty for duty in about if duty.is_due_soon and self._is_late(duty.row, duty.enrolment, 7 * DAY)]
        overdue, expired, expiring = (
            [duty for duty in about if duty.status == word] for word in ("overdue", "expired", "expires_soon")
        )
        people = {duty.person.pk for duty in (*overdue, *expired, *soon, *expiring)}
        return len(overdue), len(expired), len(soon), len(expiring), len(people)

    # --- a person's own ---
    def to_do(self, person: User) -> set[int]:
        """Enrolments that this person's own page asks to be done: what nobody asks for and nobody began is not among
        them, nor what is waived or made good by something else for everybody who asks."""
        found = set()
        for enrolment in self._own(person):
            if enrolment.completed_at:
                continue
            asked = [duty for duty in self.current() if duty.enrolment.pk == enrolment.pk]
            ever = any(duty.enrolment.pk == enrolment.pk for duty in self.duties)
            is_excused = bool(asked) and all(duty.row.waived_at or duty.row.equivalent_on for duty in asked)
            if (enrolment.started_at or asked or not ever) and not is_excused:
                found.add(enrolment.pk)
        return found

    def done(self, person: User) -> set[int]:
        return {enrolment.pk for enrolment in self._own(person) if enrolment.completed_at}

    def _own(self, person: User) -> list[Enrolment]:
        return [row for row in self.enrolments.values() if row.person_id == person.pk]

    def is_meant(self, person: User) -> bool:
        """By any rule that is in force, whether they are assigned yet or not."""
        team = self.teams.get(person.team_id)
        above = [one for one in self.teams.values() if team and team.path.startswith(one.path)]
        known = audience.Person(
            key=str(person.key),
            team=str(team.key) if team else "",
            teams=tuple(str(one.key) for one in above),
            job_role=person.job_role,
            location=person.location,
            tags=frozenset(self.tags[person.pk]),
        )
        return any(audience.includes(row.audience, known) for row in self.requirements.values() if row.is_active)

    def feed(self, person: User) -> set[str]:
        """What a calendar holds: "due-<key of the assignment>", "expires-<number of the certificate>", and
        "ends-<key of the assignment>" where another qualification counts until a day."""
        mine = [duty for duty in self.current() if duty.person.pk == person.pk]
        due = {f"due-{duty.row.key}" for duty in mine if duty.status in (*OPEN, "overdue") and duty.due_on}
        accepted = [duty for duty in mine if duty.row.equivalent_on and not duty.row.waived_at and duty.good_until]
        ends = {f"ends-{duty.row.key}" for duty in accepted if duty.good_until >= self.today - 365 * DAY}
        newest: dict[Any, Certificate] = {}
        for row in self.certificates.values():
            stands = row.pk not in self.revoked and row.pk not in self.replaced
            recent = row.valid_until is not None and row.valid_until >= self.today - 365 * DAY
            if row.holder_id == person.pk and stands and recent:
                before = newest.get(row.course_key)
                if before is None or (row.valid_until, row.pk) > (before.valid_until, before.pk):
                    newest[row.course_key] = row
        return due | ends | {f"expires-{row.serial}" for row in newest.values()}

    # --- the registers ---
    def registered(self, asked: Mapping[str, str]) -> list[Enrolment]:
        """The register of training, newest first."""
        since = date.fromisoformat(asked["since"]) if asked.get("since") else None
        until = date.fromisoformat(asked["until"]) if asked.get("until") else None
        found = []
        for row in sorted(self.enrolments.values(), key=lambda row: -row.pk):
            person = self.people[row.person_id]
            if asked.get("person") and str(person.key) != asked["person"]:
                continue
            if asked.get("course") and str(row.course_key) != asked["course"]:
                continue
            if asked.get("team") and person.pk not in self.below_team(asked["team"]):
                continue
            if (since or until) and not self._happened(row, since, until):
                continue
            if asked.get("name") and (person.key in self.erased or not is_named(person, asked["name"])):
                continue
            found.append(row)
        return found

    def _happened(self, row: Enrolment, since: date | None, until: date | None) -> bool:
        """Assigned, begun, finished or due, by a rule or by a change, in these days of the organisation's calendar."""
        moments = [row.created_at, row.completed_at]
        days = [at.astimezone(HOME).date() for at in moments if at]
        of = [duty for duty in self.duties if duty.enrolment.pk == row.pk]
        due = [duty.due_on for duty in of] if of else [row.redo_by]
        days += [day for day in due if day]
        return any((since is None or day >= since) and (until is None or day <= until) for day in days)

    def issued(self, asked: Mapping[str, str]) -> list[Certificate]:
        """The register of certificates, newest first."""
        rows = sorted(self.certificates.values(), key=lambda row: (row.issued_on, row.pk), reverse=True)
        return [row for row in rows if self._is_wanted(row, asked)]

    def _is_wanted(self, row: Certificate, asked: Mapping[str, str]) -> bool:
        words = asked.get("q", "").lower().split()
        file = "made" if row.pk in self.filed else "parked" if self.tries[row.pk] >= 5 else "waiting"
        return (
            all(word in row.holder_name.lower() or word in row.course_title.lower() for word in words)
            and asked.get("course", "") in ("", str(row.course_key))
            and asked.get("state", "") in ("", self.state_of(row))
            and asked.get("file", "") in ("", file)
            and (not asked.get("issued_from") or row.issued_on >= date.fromisoformat(asked["issued_from"]))
            and (not asked.get("issued_to") or row.issued_on <= date.fromisoformat(asked["issued_to"]))
        )

    def state_of(self, row: Certificate) -> str:
        if row.pk in self.revoked:
            return "revoked"
        if row.pk in self.replaced:
            return "superseded"
        return "expired" if row.valid_until and row.valid_until < self.today else "valid"

    def to_mark(self, reader: User) -> list[Essay]:
        """What waits for this person: nothing of their own, nothing they have marked; oldest first."""
        marked = {mark.essay_id for mark in self.marks if mark.marker_id == reader.pk}
        writers = {row.pk: self.enrolments[row.enrolment_id].person_id for row in self.attempts}
        waiting = [row for row in self.essays if row.settled_at is None and row.pk not in marked]
        return sorted(
            (row for row in waiting if writers[row.attempt_id] != reader.pk), key=lambda row: (row.handed_in_at, row.pk)
        )

    # --- for whom a rule is ---
    def members(self, expression: Mapping) -> set[int]:
        return {pk for pk, one in self.people.items() if one.is_active and self._fits(one, expression)}

    def _fits(self, one: User, said: Mapping) -> bool:
        if "any" in said:
            return any(self._fits(one, part) for part in said["any"])
        if "all" in said:
            return all(self._fits(one, part) for part in said["all"])
        if "not" in said:
            return not self._fits(one, said["not"])
        if "team" in said and said.get("below", True):
            return one.pk in self.below_team(said["team"])
        if "team" in said:
            return one.team_id is not None and str(self.teams[one.team_id].key) == said["team"]
        if "person" in said:
            return str(one.key) == said["person"]
        return one.job_role == said["job_role"] if "job_role" in said else one.location == said["location"]


def by_name(person: User) -> tuple:
    return in_alphabet(person.last_name), in_alphabet(person.first_name)


def in_alphabet(text: str) -> list[tuple[str, int]]:
    """Letters with a mark come after the plain one, and vowels with a macron with it."""
    key = []
    for letter in text.lower():
        plain, *marks = unicodedata.normalize("NFD", letter.replace("ł", "l\u0327"))
        place = 2 if plain == "z" and marks and marks != ["\u0301"] else 1
        key.append((plain, 0 if marks in ([], ["\u0304"]) else place))
    return key


def is_named(person: User, query: str) -> bool:
    """Each word is somewhere in the first name, the last name or the address."""
    names = [text.lower() for text in (person.first_name, person.last_name, person.email)]
    return all(any(word in name for name in names) for word in query.lower().split())


class Traces:
    """Finds out whom a text is about: by names, addresses, numbers of certificates, keys of anything that is theirs."""

    NAME, MAIL = re.compile(r"-q(\d{3})\b"), re.compile(r"\bp(\d{3})@")
    KEY = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
    SERIAL = re.compile(r"\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}\b")

    def __init__(self, oracle: Oracle) -> None:
        self.by_number = {row.email[1:4]: pk for pk, row in oracle.people.items()}
        person_of = {pk: row.person_id for pk, row in oracle.enrolments.items()}
        self.owners: dict[str, int] = {str(row.key): pk for pk, row in oracle.people.items()}
        for rows in (oracle.enrolments.values(), oracle.assignments, oracle.completions):
            self.owners |= {str(row.key): row.person_id for row in rows}
        for rows in (oracle.attempts, oracle.runs):
            self.owners |= {str(row.key): person_of[row.enrolment_id] for row in rows}
        by_assignment = {row.pk: row.person_id for row in oracle.assignments}
        for rows in (oracle.waivers, oracle.proofs):
            self.owners |= {str(row.key): by_assignment[row.assignment_id] for row in rows}
        self.owners |= {row.serial: row.holder_id for row in oracle.certificates.values()}

    def named(self, text: str) -> set[int]:
        """By name or address."""
        found = {*self.NAME.findall(text), *self.MAIL.findall(text)}
        return {self.by_number[number] for number in found if number in self.by_number}

    def of(self, text: str) -> set[int]:
        keys = {*self.KEY.findall(text), *self.SERIAL.findall(text)}
        return self.named(text) | {self.owners[key] for key in keys if key in self.owners}
