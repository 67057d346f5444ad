"""An organisation of any size, with years of mandatory training behind it: what `manage.py make_organisation` makes.

The courses are published, the rules saved and the roles given by the same acts as in real life. People, teams and what
they did are written in bulk (`lms/years.py`), with dates by the same rules as the acts, relative to `now` and with a
fixed seed: afterwards `training_day` finds nobody to assign, nobody to release and no cycle to open.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from courses import actions as courses
from courses.models import CourseVersion, Publication
from lms.bulk import Table, settle, write_all
from lms.demo import DOMAIN, PEOPLE, REASONS, ascii_name
from lms.packs.importing import apply, plan_import
from lms.packs.reading import Pack
from lms.packs.site import set_up_site
from lms.packs.starting import blank_pack
from lms.years import Course, Duty, Person, Years
from people.models import PersonTag, Team, TeamLead, User
from training.actions import requirements
from training.models import Requirement

SEED = 20261122
BELOW = 5  # teams below each, but for the topmost levels
YEAR = 365
NAMES = ("Zatoka Serwis", "Pion", "Region", "Oddział", "Dział", "Zespół")  # by depth
ROLES = ("Doradca", "Konsultantka", "Magazynier", "Kierowca", "Analityczka")
OUTSIDE = "outside"  # a tag of those whom not all rules ask
LATVIAN = 5  # every so many-th person reads Latvian and lives by the clock of Riga
SUBJECTS = (
    ("Praca z trudnym klientem", "Darbs ar grūtu klientu", "Working with difficult customers"),
    ("Ochrona danych osobowych", "Personas datu aizsardzība", "Protection of personal data"),
    ("Pożar i ewakuacja", "Ugunsgrēks un evakuācija", "Fire and evacuation"),
    ("Pierwsza pomoc", "Pirmā palīdzība", "First aid"),
    ("Bezpieczna praca przy ekranie", "Droša darbs pie ekrāna", "Safe work at a screen"),
    ("Hasła i oszustwa w sieci", "Paroles un krāpšana tīklā", "Passwords and fraud online"),
    ("Przeciw mobbingowi", "Pret mobingu", "Against bullying"),
    ("Konflikt interesów", "Interešu konflikts", "Conflicts of interest"),
    ("Dźwiganie i transport", "Celšana un pārvietošana", "Lifting and carrying"),
    ("Kasa i gotówka", "Kase un skaidra nauda", "Tills and cash"),
)
# Repeated in turn; each is asked for every year.
RULES: tuple[dict[str, Any], ...] = (
    {"due_days": 30},
    {"due_days": 14, "anchor": "month", "window_days": 14},
    {"due_days": 30, "grace_days": 7},
    {"due_days": 60, "anchor": "due"},
    {"due_days": 30, "first_due": "yearly", "due_month": 3, "due_day": 31},
)


@dataclass(frozen=True)
class Size:
    people: int = 100_000
    teams: int = 2_000
    depth: int = 6
    requirements: int = 10
    years: int = 3


@dataclass
class _Node:
    pk: int
    path: str
    name: str
    depth: int
    children: int = 0


class Organisation:
    """progress(what, done, of) is told how far it is."""

    def __init__(self, size: Size, now: datetime, progress: Callable[[str, int, int], None]) -> None:
        self.size, self.now, self.progress = size, now, progress
        self.random = random.Random(SEED)
        self.begins = now.date() - timedelta(days=YEAR * size.years + YEAR // 2)

    def make(self) -> None:
        set_up_site()
        admin = User.objects.create_superuser(
            f"admin@{DOMAIN}", first_name="Iga", last_name="Admińska", date_joined=self._morning(self.begins)
        )
        keys = self._publish()
        with transaction.atomic():
            nodes, people = self._hire()
        duties = [self._duty(number, key, nodes[0], admin) for number, key in enumerate(keys)]
        years = Years(self.now, self.random, people)
        years.live(duties, lambda done, of: self.progress("years of training", done, of))
        settle(*years.tables)

    # --- courses and rules -----------------------------------------------------------------------------------------
    def _publish(self) -> list[UUID]:
        keys = []
        for number in range(self.size.requirements):
            self.progress("courses", number, self.size.requirements)
            plan = plan_import(small_pack(number))
            apply(plan)
            keys.append(plan.course_key)
        self.progress("courses", self.size.requirements, self.size.requirements)
        return keys

    def _duty(self, number: int, key: UUID, top: _Node, admin: User) -> Duty:
        everybody: dict = {"team": str(Team.objects.get(pk=top.pk).key), "below": True}
        audiences = (
            everybody,
            {"any": [{"job_role": role} for role in ROLES]},
            {"all": [everybody, {"not": {"tag": OUTSIDE}}]},
        )
        said = RULES[number % len(RULES)] | {
            "name": _titles(number)["pl"],
            "course_key": key,
            "audience": audiences[number % len(audiences)],
            "reasons": REASONS,
            "valid_months": 12,
            "reminders": {"before": [14, 3]},
            "starts_on": self.begins,
        }
        rule = requirements.save(requirement=None, said=said, by=admin)
        return Duty(
            rule=Requirement.objects.get(pk=rule.pk),
            version=rule.versions.get().pk,
            course=_course(key),
            asks_outside=number % len(audiences) != len(audiences) - 1,
        )

    # --- teams and people --------------------------------------------------------------------------------------------
    def _hire(self) -> tuple[list[_Node], list[Person]]:
        nodes = tree(self.size.teams, self.size.depth)
        teams = Table(Team, "path", "depth", "numchild", "name", "key")
        for node in nodes:
            node.pk = teams.add(node.path, node.depth, node.children, node.name, self._key())
        people = [self._person(number, nodes) for number in range(self.size.people)]
        accounts = Table(
            User,
            *("password", "is_superuser", "is_staff", "is_active", "date_joined", "first_name", "last_name", "email"),
            *("key", "language", "time_zone", "team_id", "job_role"),
        )
        tags = Table(PersonTag, "person_id", "name")
        leads = Table(TeamLead, "team_id", "person_id", "kind", "starts_on")
        waiting = make_password(None)
        for number, person in enumerate(people):
            first, _space, last = person.name.partition(" ")
            joined = self._morning(person.joined_on)
            role = ROLES[number % len(ROLES)]
            person.pk = accounts.add(
                *(waiting, False, False, person.left_on is None, joined, first, last, person.email),
                *(person.key, person.language, person.time_zone, nodes[person.team].pk, role),
            )
            if person.is_outside:
                tags.add(person.pk, OUTSIDE)
            if person.leads:
                leads.add(nodes[person.team].pk, person.pk, TeamLead.Kind.MANAGER.value, person.joined_on)
        write_all(teams, accounts, tags, leads)
        settle(teams, accounts, tags, leads)
        return nodes, people

    def _person(self, number: int, nodes: list[_Node]) -> Person:
        """The first of each team leads it, has been there from the beginning, and stays."""
        team = number * len(nodes) // self.size.people
        leads = number == 0 or (number - 1) * len(nodes) // self.size.people != team
        first, last = self.random.choice(PEOPLE)[0], self.random.choice(PEOPLE)[1]
        is_newer = not leads and self.random.random() < 0.1
        first_day, last_day = (YEAR // 2, (self.now.date() - self.begins).days) if is_newer else (0, YEAR)
        joined_on = self.begins + timedelta(days=self.random.randrange(first_day, last_day))
        leaves = not leads and self.random.random() < 0.03
        left_on = self.now.date() - timedelta(days=self.random.randrange(1, 700)) if leaves else None
        return Person(
            key=self._key(),
            name=f"{first} {last}",
            email=f"{ascii_name(first)}.{ascii_name(last)}.{number}@{DOMAIN}",
            language="lv" if number % LATVIAN == 0 else "pl",
            time_zone="Europe/Riga" if number % LATVIAN == 0 else "Europe/Warsaw",
            team=team,
            path=nodes[team].path,
            joined_on=joined_on,
            left_on=max(left_on, joined_on) if left_on else None,
            leads=leads,
            is_outside=not leads and self.random.random() < 0.01,
        )

    def _key(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    @staticmethod
    def _morning(day: date) -> datetime:
        return datetime.combine(day, time(6), ZoneInfo("Europe/Warsaw"))


def tree(teams: int, depth: int) -> list[_Node]:
    """So many teams on so many levels, one at the top and about BELOW below each; in the order of their paths."""
    sizes = [max(1, round(teams * (BELOW - 1) / BELOW ** (depth - level))) for level in range(depth - 1)]
    sizes = [1, *sizes[1:], max(1, teams - 1 - sum(sizes[1:]))] if depth > 1 else [1]
    nodes = [_Node(0, Team._get_path("", 1, 1), NAMES[0], 1)]
    above = list(nodes)
    for level, size in enumerate(sizes[1:], 2):
        here = []
        for number in range(size):
            parent = above[number * len(above) // size] if size >= len(above) else above[number]
            parent.children += 1
            step = "" if parent.depth == 1 else parent.name.partition(" ")[2] + "."
            name = f"{NAMES[min(level, len(NAMES)) - 1]} {step}{parent.children:03}"
            here.append(_Node(0, Team._get_path(parent.path, level, parent.children), name, level))
        nodes, above = nodes + here, here
    return sorted(nodes, key=lambda node: node.path)


# --- one small course ------------------------------------------------------------------------------------------------
def _titles(number: int) -> dict[str, str]:
    turn, place = divmod(number, len(SUBJECTS))
    again = f" {turn + 1}" if turn else ""
    return {language: f"{title}{again}" for language, title in zip(("pl", "lv", "en"), SUBJECTS[place], strict=True)}


def small_pack(number: int) -> Pack:
    """The blank course with nothing but its lesson: whoever has read it has finished."""
    pack = blank_pack(titles=_titles(number), code=f"training-{number + 1}")
    (module,) = pack.course["modules"]
    ((file, lesson),) = pack.lessons.items()
    read = [block for block in lesson["blocks"] if block["kind"] != "knowledge_check"]
    course = pack.course | {"modules": [module | {"steps": [lesson["id"]]}], "assessments": []}
    return replace(
        pack,
        course=_written_over(course, number),
        questions=pack.questions | {"questions": []},
        lessons={file: _written_over(lesson | {"blocks": read}, number)},
        scenarios={},
    )


def _written_over(node: Any, number: int) -> Any:
    """With a number at the end of each paragraph: texts that read as in the blank course may not go live."""
    if isinstance(node, list):
        return [_written_over(part, number) for part in node]
    if not isinstance(node, dict):
        return node
    if node.keys() == dict(settings.LANGUAGES).keys():
        return {code: "\n".join(f"{line} ({number + 1})" for line in text.splitlines()) for code, text in node.items()}
    return {name: part if name == "title" else _written_over(part, number) for name, part in node.items()}


def _course(key: UUID) -> Course:
    """As it is published now."""
    version: CourseVersion | None = courses.refresh_course(course_key=key)
    assert version is not None
    (step,) = version.steps
    titles = {row.language: row.version.title for row in Publication.objects.newest([key])}
    texts = {row.language: row.version for row in Publication.objects.newest([step.key])}
    return Course(key, version, UUID(step.key), titles, texts)
