"""A demo organisation: three levels of teams, about forty people and ninety days of plausible history.

One colleague began a year ago, so that a certificate runs out soon; the others joined in the last ninety days. Each was
asked on the day of joining, as the rule asks. Who looks after the training has been there from the first day.

What people do goes through the same actions as in real life, with dates relative to today and a fixed seed; only
passwords differ from one demo to the next. Who there is and what they are asked (teams, people, leads, roles, the
requirement, the site's facts) is the ground they stand on, and written directly.
"""

import random
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from assessments.quizzes import actions as quizzes
from assessments.quizzes.rules.question import Question
from assessments.scenarios import actions as scenarios
from certificates import actions as certificates
from certificates.models import Certificate
from courses import actions as courses
from courses import reports
from courses.keys import pack_key
from courses.models import Enrolment, SiteFacts
from courses.rules import PinnedStep
from people import roles
from people.models import PersonTag, Team, TeamLead, User
from training import actions as training
from training.models import Requirement
from training.rules import audience

SEED = 20261122
DOMAIN = "zatoka.example"
COURSE = pack_key("calm-clear-safe", "calm-clear-safe")
WORDS = [
    "amber", "anchor", "apple", "autumn", "beach", "birch", "bread", "bridge", "calm", "candle", "cedar", "chair",
    "clay", "cloud", "coast", "copper", "daisy", "dune", "ember", "fern", "field", "fjord", "flint", "garden",
    "gentle", "harbor", "hazel", "heron", "honey", "island", "ivory", "kettle", "lantern", "leaf", "lemon", "linen",
    "maple", "meadow", "mill", "mint", "moss", "north", "oak", "ocean", "olive", "orchard", "paper", "pebble", "pine",
    "plum", "quiet", "rain", "reed", "river", "rowan", "sail", "sand", "shell", "silver", "sky", "slate", "snow",
    "spruce", "stone", "storm", "summer", "thyme", "tide", "tulip", "valley", "velvet", "violet", "willow", "winter",
    "wool",
]  # fmt: skip


@dataclass
class Cast:
    """Who the printed table names: (role, person, about)."""

    rows: list[tuple[str, User, str]] = field(default_factory=list)
    passwords: dict[int, str] = field(default_factory=dict)

    def as_json(self, url: str) -> dict:
        people = [
            {"role": role, "email": user.email, "password": self.passwords[user.pk], "about": about}
            for role, user, about in self.rows
        ]
        return {"url": url, "people": people}


# team path → (name, language, time zone, location)
TEAMS = [
    ("1", "Zatoka Serwis", "pl", "Europe/Warsaw", "Gdańsk"),
    ("1.1", "Obsługa klienta Polska", "pl", "Europe/Warsaw", "Gdańsk"),
    ("1.1.1", "Punkt obsługi Gdańsk", "pl", "Europe/Warsaw", "Gdańsk"),
    ("1.1.2", "Infolinia Gdynia", "pl", "Europe/Warsaw", "Gdynia"),
    ("1.2", "Klientu apkalpošana Latvija", "lv", "Europe/Riga", "Rīga"),
    ("1.2.1", "Rīgas klientu centrs", "lv", "Europe/Riga", "Rīga"),
    ("1.2.2", "Liepājas klientu centrs", "lv", "Europe/Riga", "Liepāja"),
    ("1.3", "Centrala", "pl", "Europe/Warsaw", "Gdańsk"),
]
# last name → tag: what a requirement can choose people by, beside teams, job roles and locations
TAGS = {
    **dict.fromkeys(("Wójcik", "Kamińska", "Bērziņa", "Balodis", "Lis"), "BHP"),
    **dict.fromkeys(("Sikora", "Pączek", "Łęcka"), "nocna zmiana"),
}

# first name, last name, team, job role, what they have done: see `_live`
PEOPLE = [
    ("Anna", "Wójcik", "1.1.1", "Doradca", "not started"),
    ("Łukasz", "Żurawski", "1.1.1", "Doradca", "in a lesson"),
    ("Zofia", "Kędzierska", "1.1.1", "Doradca", "in a quiz"),
    ("Piotr", "Święcicki", "1.1.1", "Doradca", "finished"),
    ("Ewa", "Gołębiowska", "1.1.1", "Doradca", "expires soon"),
    ("Tomasz", "Brzęczek", "1.1.1", "Doradca", "revoked"),
    ("Jānis", "Kalniņš", "1.2.1", "Konsultants", "overdue by 3"),
    ("Katarzyna", "Nowak", "1.1.2", "Konsultant", "finished"),
    ("Michał", "Jabłoński", "1.1.2", "Konsultant", "part 3"),
    ("Agnieszka", "Dąbrowska", "1.1.2", "Konsultant", "part 9"),
    ("Marcin", "Wiśniewski", "1.1.2", "Konsultant", "not started"),
    ("Joanna", "Kamińska", "1.1.2", "Konsultant", "finished"),
    ("Rafał", "Pączek", "1.1.2", "Konsultant", "overdue part 6"),
    ("Monika", "Łęcka", "1.1.2", "Konsultant", "part 14"),
    ("Grzegorz", "Sikora", "1.1.2", "Konsultant", "new"),
    ("Beata", "Źródlak", "1.1.1", "Doradca", "part 5"),
    ("Kamil", "Ćwikła", "1.1.1", "Doradca", "new"),
    ("Natalia", "Szymańska", "1.1.1", "Doradca", "finished"),
    ("Dorota", "Mazur", "1.1.1", "Doradca", "part 20"),
    ("Paweł", "Krawczyk", "1.1.1", "Doradca", "overdue"),
    ("Līga", "Bērziņa", "1.2.1", "Konsultants", "finished"),
    ("Kristīne", "Ozoliņa", "1.2.1", "Konsultants", "part 8"),
    ("Andris", "Liepiņš", "1.2.1", "Konsultants", "not started"),
    ("Ģirts", "Krūmiņš", "1.2.1", "Konsultants", "part 2"),
    ("Žanete", "Šķēle", "1.2.1", "Konsultants", "new"),
    ("Mārtiņš", "Eglītis", "1.2.1", "Konsultants", "part 12"),
    ("Ieva", "Jansone", "1.2.2", "Konsultants", "finished"),
    ("Edgars", "Balodis", "1.2.2", "Konsultants", "overdue part 4"),
    ("Sanita", "Vītola", "1.2.2", "Konsultants", "part 1"),
    ("Kaspars", "Zariņš", "1.2.2", "Konsultants", "not started"),
    ("Inese", "Pētersone", "1.2.2", "Konsultants", "new"),
    ("Raimonds", "Ķirsis", "1.2.2", "Konsultants", "part 17"),
    ("Marek", "Zieliński", "1.1", "Kierownik", "part 11"),
    ("Ilze", "Grīnberga", "1.2", "Vadītāja", "not started"),
    ("Barbara", "Lis", "1.1.2", "Lider", "finished"),
    ("Valdis", "Āboliņš", "1.2.2", "Vadītājs", "part 7"),
]

DUE_DAYS = 30
FIRST_DAY = 360  # days ago
# what they have done → how many days ago they were asked: late enough to be in time where they are, early enough to
# have done it. The one who began a year ago finished within three weeks.
ASKED = {
    "new": (1, 6),
    "not started": (5, 29),
    "in a lesson": (10, 29),
    "in a quiz": (10, 29),
    "part": (17, 29),
    "overdue by 3": (DUE_DAYS + 3, DUE_DAYS + 3),
    "overdue": (DUE_DAYS + 2, DUE_DAYS + 15),
    "finished": (40, 88),
    "revoked": (70, 88),
    "expires soon": (354, 354),
}
REVOKED_AGO = 19
EACH = timedelta(seconds=20)  # question of a quiz

# last name → teams led
LEADS = {"Zieliński": "1.1", "Grīnberga": "1.2", "Lis": "1.1.2", "Āboliņš": "1.2.2"}
DEPUTIES = {"Szymańska": "1.1.1"}

STAFF = [
    ("Ela", "Wrona", "editor", roles.EDITOR, "L&D editor: writes drafts and submits them"),
    ("Ieva", "Saulīte", "publisher", roles.PUBLISHER, "L&D publisher: approves and publishes"),
    ("Adam", "Rewers", "auditor", roles.AUDITOR, "Auditor: reads evidence and certificates"),
]

ADMIN = "Admińska"

ABOUT = {
    "Wójcik": "has not started the course",
    "Żurawski": "stopped in the middle of a lesson",
    "Kędzierska": "stopped in the middle of a quiz",
    "Święcicki": "finished, with a valid certificate",
    "Gołębiowska": "finished; the certificate runs out within 30 days",
    "Brzęczek": "finished; the certificate was revoked",
    "Kalniņš": "overdue by 3 days, reads Latvian",
    "Zieliński": "manager of a team with teams below it",
    "Lis": "leader of one team, who has finished the course herself",
}


def password() -> str:
    return "-".join(secrets.choice(WORDS) for _ in range(4)) + f"-{secrets.randbelow(90) + 10}"


REASONS = {
    "pl": "Pracujesz z klientami, a nasza polityka bezpieczeństwa wymaga tego raz w roku",
    "lv": "Jūs strādājat ar klientiem, un mūsu drošības politika to prasa reizi gadā",
    "en": "You work with customers, and our safety policy requires it once a year",
}
REVOKED = "Zaświadczenie wystawiono na niewłaściwe nazwisko"
SITE_FACTS = {
    "emergency_contact": {"pl": "112", "lv": "112", "en": "112"},
    "alarm": {
        "pl": "czerwony przycisk pod ladą",
        "lv": "sarkanā poga zem letes",
        "en": "the red button under the counter",
    },
    "supervisor_contact": {
        "pl": "dyżurny, numer 100",
        "lv": "dežurants, numurs 100",
        "en": "duty manager, extension 100",
    },
    "safe_room": {"pl": "pokój 12 na zapleczu", "lv": "12. telpa aiz letes", "en": "room 12 behind the counter"},
}


class Demo:
    """Makes the organisation as of `now`; `cast` says who is who afterwards."""

    def __init__(self, now: datetime, say: Callable[[str], None]) -> None:
        self.now, self.say = now, say
        self.random = random.Random(SEED)
        self.cast = Cast()
        self.teams: dict[str, Team] = {}
        self.people: dict[str, User] = {}
        self.asked: dict[str, int] = {}  # by last name: how many days ago
        self.passwords: dict[str, tuple[str, str]] = {}  # by last name: as it is printed, as it is stored

    def make(self) -> Cast:
        with transaction.atomic():
            self.say("teams and people")
            self._make_teams()
            self._make_people()
            self._fill_site_facts()
        self._live_ninety_days()
        return self.cast

    # --- who ---------------------------------------------------------------------------------------------------------
    def _make_teams(self) -> None:
        for path, name, *_more in TEAMS:
            above = path.rpartition(".")[0]
            made = Team.objects.get(pk=self.teams[above].pk).add_child(name=name) if above else Team.add_root(name=name)
            self.teams[path] = made
        self.teams = {path: Team.objects.get(pk=team.pk) for path, team in self.teams.items()}

    def _make_people(self) -> None:
        self._make_passwords([*ABOUT, *(last for _first, last, *_more in STAFF), ADMIN])
        for first, last, team, job, life in PEOPLE:
            self.asked[last] = self.random.randint(*ASKED[life.partition("part")[0].strip() or "part"])
            self._person(first, last, team, job, days_ago=self.asked[last])
        tagged = [(self.people[last], TAGS[last]) for last in self.people if last in TAGS]
        PersonTag.objects.bulk_create(PersonTag(person=person, name=tag) for person, tag in tagged)
        for last, team in LEADS.items():
            self._lead(last, team, TeamLead.Kind.MANAGER)
        for last, team in DEPUTIES.items():
            self._lead(last, team, TeamLead.Kind.DEPUTY, days=60)
        for last, about in ABOUT.items():
            role = "manager" if last in LEADS else "employee"
            self.cast.rows.append((role, self.people[last], about))
        for first, last, role, group, about in STAFF:
            user = self._person(first, last, "1.3", "L&D" if role != "auditor" else "Audyt")
            user.groups.add(Group.objects.get(name=group))
            self.cast.rows.append((role, user, about))
        admin = self._person("Iga", ADMIN, "1.3", "IT", is_superuser=True, is_staff=True)
        self.cast.rows.append(("admin", admin, "Admin: everything"))

    def _make_passwords(self, last_names: list[str]) -> None:
        """Only those who are named in the printed table log in: a password costs as much to store as to guess. So all
        processors work at it."""
        plain = [password() for _name in last_names]
        with ThreadPoolExecutor() as pool:
            stored = list(pool.map(make_password, plain))
        self.passwords = dict(zip(last_names, zip(plain, stored, strict=True), strict=True))

    def _person(self, first: str, last: str, team: str, job: str, days_ago: int = FIRST_DAY, **fields) -> User:
        _path, _name, language, zone, location = next(row for row in TEAMS if row[0] == team)
        user = User.objects.create_user(
            email=f"{ascii_name(first)}.{ascii_name(last)}@{DOMAIN}",
            first_name=first,
            last_name=last,
            language=language,
            time_zone=zone,
            team=self.teams[team],
            job_role=job,
            location=location,
            date_joined=self._ago(days_ago, hour=8, zone=zone),
            **fields,
        )
        self.people[last] = user
        if last in self.passwords:
            self.cast.passwords[user.pk], user.password = self.passwords[last]
            user.save(update_fields=["password"])
        return user

    def _lead(self, last: str, team: str, kind: str, days: int = 0) -> None:
        person = self.people[last]
        today = timezone.localdate(self.now, ZoneInfo(person.time_zone))  # as _person counts the day they joined
        TeamLead.objects.create(
            team=self.teams[team],
            person=person,
            kind=kind,
            starts_on=today - timedelta(days=5 if days else self.asked[last]),
            ends_on=today + timedelta(days=days) if days else None,
        )

    def _fill_site_facts(self) -> None:
        """Some facts are filled in, others are left open, so that the warning of an unfilled one can be seen."""
        facts = SiteFacts.load()
        facts.texts = SITE_FACTS
        facts.save()

    # --- what they did ---------------------------------------------------------------------------------------------
    def _ago(self, days: int, hour: int = 9, zone: str = "Europe/Warsaw") -> datetime:
        """So many days before today as the calendar on the wall says it there: at night that of UTC is a day behind."""
        place = ZoneInfo(zone)
        day = timezone.localdate(self.now, place) - timedelta(days=days)
        return datetime.combine(day, time(hour, self.random.randrange(60)), place)

    def _requirement(self, name: str, teams: list[str]) -> Requirement:
        group = audience.Group(teams=tuple(str(self.teams[team].key) for team in teams))
        return Requirement.objects.create(
            name=name,
            course_key=COURSE,
            audience=audience.written(audience.Groups((group,))),
            reasons=REASONS,
            due_days=DUE_DAYS,
            valid_months=12,
            starts_on=self._ago(FIRST_DAY).date(),
        )

    def _live_ninety_days(self) -> None:
        rule = self._requirement("Praca z trudnym klientem", ["1.1", "1.2"])
        for number, (_first, last, _team, _job, life) in enumerate(PEOPLE, 1):
            self.say(f"history of {number} of {len(PEOPLE)} people")
            with transaction.atomic():
                self._live(self.people[last], life, rule)

    def _live(self, person: User, life: str, rule: Requirement) -> None:
        at = self._ago(self.asked[person.last_name], zone=person.time_zone)
        assignment = training.assign(requirement=rule, person=person, at=at)
        enrolment = assignment.enrolment
        if life in ("finished", "expires soon", "revoked"):
            self._walk(enrolment, at + timedelta(days=1), steps=None)
        if life == "revoked":
            self._revoke(enrolment)
        if "part" in life:
            self._walk(enrolment, at + timedelta(days=1), steps=int(life.split()[-1]))
        if life == "in a lesson":
            self._walk(enrolment, at + timedelta(days=1), steps=2)
            self._stop_in_lesson(enrolment)
        if life == "in a quiz":
            self._stop_in_quiz(enrolment, at + timedelta(days=1))

    def _walk(self, enrolment: Enrolment, at: datetime, steps: int | None) -> datetime:
        """Take the required steps in order, about three a day; all of them when steps is None."""
        enrolment = courses.start(enrolment=enrolment, at=at)
        pinned = [step for step in enrolment.course_version.steps if step.key in enrolment.required]
        for number, step in enumerate(pinned if steps is None else pinned[:steps], 1):
            at += timedelta(minutes=step_minutes(step.kind, self.random), days=1 if number % 6 == 0 else 0)
            at = self._take(enrolment, step, at)
        return at

    def _take(self, enrolment: Enrolment, step: PinnedStep, at: datetime) -> datetime:
        """Finish one step; says when it was finished."""
        shown = reports.shown_step(enrolment, UUID(step.key), enrolment.person.language)
        if step.kind == "lesson":
            courses.complete_step(enrolment=enrolment, version=shown.version, at=at)
        if step.kind == "quiz":
            return self._take_quiz(enrolment, shown, at)
        if step.kind == "scenario":
            self._take_scenario(enrolment, shown, at)
        return at

    def _take_quiz(self, enrolment: Enrolment, shown: reports.Shown, at: datetime) -> datetime:
        """Passed at the second attempt now and then, as people do; a day lies between, whatever the waiting time."""
        attempt = self._answer(enrolment, shown, at, slips=5 if self.random.random() < 0.15 else 0)
        done_at = at + EACH * (len(attempt.keys) + 1)
        if not quizzes.hand_in(attempt=attempt, at=done_at).passed:
            at += timedelta(days=2)
            again = self._answer(enrolment, shown, at, slips=0)
            done_at = at + EACH * (len(again.keys) + 1)
            quizzes.hand_in(attempt=again, at=done_at)
        return done_at

    def _answer(self, enrolment: Enrolment, shown: reports.Shown, at: datetime, slips: int, only: int | None = None):
        attempt = quizzes.start_attempt(enrolment=enrolment, version=shown.version, at=at)
        for number, key in enumerate(attempt.keys[:only]):
            question = attempt.quiz.question(key)
            quizzes.save_answer(
                attempt=attempt,
                question_key=key,
                response=wrong(question) if number < slips else right(question),
                version=shown.version,
                idem=uuid5(attempt.key, key),
                checked=attempt.quiz.explains_at_once,
                at=at + EACH * (number + 1),
            )
        return attempt

    def _take_scenario(self, enrolment: Enrolment, shown: reports.Shown, at: datetime) -> None:
        run = scenarios.start_run(enrolment=enrolment, version=shown.version, at=at)
        for number, step in enumerate(shown.content["body"]["expert_path"], 1):
            run = scenarios.choose(
                run=run,
                seq=number,
                choice=step.partition(".")[2],
                idem=uuid5(run.key, str(number)),
                version=shown.version,
                at=at + timedelta(seconds=30 * number),
            )

    def _stop_in_lesson(self, enrolment: Enrolment) -> None:
        """Half way down: at the fourth block of the first unfinished lesson."""
        enrolment.refresh_from_db()
        outline = reports.outline(enrolment, enrolment.person.language)
        assert outline.next_step is not None
        shown = reports.shown_step(enrolment, UUID(outline.next_step.key), enrolment.person.language)
        block = shown.content["body"]["blocks"][3]["id"]
        courses.move_place(
            enrolment=enrolment, step_key=shown.version.step_key, anchor=f"b-{block}", at=self._ago(1, hour=15)
        )

    def _stop_in_quiz(self, enrolment: Enrolment, at: datetime) -> None:
        """Everything before the first quiz is done; of that three questions are answered."""
        enrolment = courses.start(enrolment=enrolment, at=at)
        first = next(number for number, step in enumerate(enrolment.course_version.steps) if step.kind == "quiz")
        at = self._walk(enrolment, at, steps=first)
        quiz = enrolment.course_version.steps[first]
        shown = reports.shown_step(enrolment, UUID(quiz.key), enrolment.person.language)
        attempt = self._answer(enrolment, shown, self._ago(1), slips=1, only=3)
        courses.move_place(enrolment=enrolment, step_key=attempt.step_key, at=self._ago(1))

    def _revoke(self, enrolment: Enrolment) -> None:
        certificate = Certificate.objects.get(completion_key=enrolment.completion.key)
        publisher = next(user for role, user, _about in self.cast.rows if role == "publisher")
        at = self._ago(REVOKED_AGO, hour=11)
        certificates.revoke(certificate=certificate, by=publisher, reason=REVOKED, reason_class="wrong-facts", at=at)


# --- what people answer --------------------------------------------------------------------------------------------
def right(question: Question) -> dict:
    if question.type == "ordering":
        return {"order": list(question.keys)}
    if question.type == "matching":
        return {"pairs": {key: key for key in question.keys}}
    return {"chosen": sorted(part["key"] for part in question.parts if part["correct"])}


def wrong(question: Question) -> dict:
    if question.type == "ordering":
        return {"order": list(reversed(question.keys))}
    if question.type == "matching":
        return {"pairs": dict(zip(question.keys, reversed(question.keys), strict=True))}
    return {"chosen": [next(part["key"] for part in question.parts if not part["correct"])]}


def step_minutes(kind: str, chance: random.Random) -> int:
    return {"lesson": 7, "quiz": 9, "scenario": 8}[kind] + chance.randrange(-2, 5)


def ascii_name(name: str) -> str:
    """The name as it stands in an e-mail address."""
    plain = unicodedata.normalize("NFKD", name.translate(str.maketrans("łŁ", "lL")))
    return plain.encode("ascii", "ignore").decode().lower()
