"""Random questions of random people at every address that shows somebody's data, each compared with the oracle.

`@asks("team")` puts a question into the table ASKS under the names of the addresses it goes to. A question picks its
reader and its filters with the dice of `Asking`, and fails with an AssertionError that says what was asked by whom.
Addresses that show nobody are in nobody.txt, each with the reason; tests/house/test_oracle.py holds the two against the
resolver.
"""

import csv
import io
import json
import random
import re
import zipfile
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from certificates import actions as certificates
from certificates.models import Certificate
from certificates.tasks import bundle as make_bundle
from lms.dates import short_date
from lms.proof import actions as packs
from lms.proof import verify
from lms.proof.models import PackForm
from lms.proof.rules import Asked
from lms.proof.tasks import make_pack
from people.models import User
from tests.house.oracle import AHEAD, HOME, OPEN, SHOWS, WORDS, Duty, Oracle, Traces, by_name, is_named
from tests.house.organisation import DAY, NOW, TODAY, Organisation
from training.models import Requirement
from training.reminding import DIGEST, TEAM, Planned, planned
from training.reports.dry_run import dry_run

PAGE = 50
FEWEST = 5  # people of whom figures are shown
WORDS_TYPED = ("an", "Nowak", "nowak ann", "q01", "q0", "p11", "example.org", "ow", "kal", "%", "_", "zzz", "ja lis")
NONSENSE = (
    {"show": "everything"},
    {"course": "?"},
    {"page": "0"},
    {"sort": "pay"},
    {"reports": "x"},
    {"ahead": "due-1"},
)
WRONG_PAGES = [wrong["page"] for wrong in NONSENSE if "page" in wrong]
SECTION = re.compile(r"<tbody>(.*?)</tbody>", re.DOTALL)
ROW = re.compile(r"<tr[ >].*?</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd][ >].*?</t[hd]>", re.DOTALL)
Question = Callable[["Asking"], None]
ASKS: dict[str, Question] = {}
OFTEN: dict[Question, int] = {}


def asks(*addresses: str, often: int = 2) -> Callable[[Question], Question]:
    def keep(question: Question) -> Question:
        ASKS.update(dict.fromkeys(addresses, question))
        OFTEN[question] = often
        return question

    return keep


@dataclass(frozen=True)
class Answer:
    status: int
    text: str  # without what every page says of its own reader
    content: bytes
    context: Any

    def rows(self, table: int = 0) -> list[list[str]]:
        """HTML of the cells of each row of a table."""
        bodies = SECTION.findall(self.text)
        return [CELL.findall(row) for row in ROW.findall(bodies[table])] if table < len(bodies) else []

    def number(self, pattern: str) -> int | None:
        found = re.search(pattern, plain(self.text))
        return int(found[1]) if found else None


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ").split())


def inner(text: str) -> str:
    """Of a page without what is the reader's own: its frame, the answers that wait in the browser, the field in which a
    search stands."""
    start, end = text.find("<main"), text.rfind("</main>")
    title = re.search(r"<title>.*?</title>", text, re.DOTALL)
    found = text[start:end] if start >= 0 else text
    found = re.sub(r'<(?:answer-queue|input[^>]*name="(?:q|name)")[^>]*>', "", found)
    return (title[0] if title and start >= 0 else "") + found


class Asking:
    """One session of questions. `asked` is what was asked last, for the message of a failure."""

    def __init__(self, organisation: Organisation, oracle: Oracle, seed: int) -> None:
        self.organisation, self.oracle, self.rng = organisation, oracle, random.Random(seed)
        self.traces = Traces(oracle)
        self.asked = ""
        self.people = list(oracle.people.values())
        self._clients: dict[int, Client] = {}
        self._monday: list[Planned] = []
        self.packs: dict[UUID, int] = {}

    # --- who asks ---
    def reader(self, fits: Callable[[User], bool], chance: float = 0.8) -> User:
        """Mostly somebody whom the screen is for; else anybody."""
        fitting = [one for one in self.people if one.is_active and fits(one)]
        return self.rng.choice(fitting if fitting and self.rng.random() < chance else self.people)

    def client(self, reader: User) -> Client:
        if reader.pk not in self._clients:
            client = self._clients[reader.pk] = Client()
            client.force_login(User.objects.get(pk=reader.pk), backend="django.contrib.auth.backends.ModelBackend")
        return self._clients[reader.pk]

    def get(self, reader: User, name: str, *args: Any, asked: Mapping[str, Any] | None = None) -> Answer | None:
        """None where an account is closed: then there was no way in, which is checked."""
        query = f"?{urlencode(asked, doseq=True)}" if asked else ""
        address = reverse(name, args=args) + query
        self.asked = f"{reader.email} asks {address}"
        response = self.client(reader).get(address)
        if not reader.is_active:
            same("the way in", (response.status_code, response["Location"][:7]), (302, "/login/"))
            return None
        return self._answer(response, asked or {})

    def _answer(self, response: HttpResponse, asked: Mapping[str, Any]) -> Answer:
        content = b"".join(response) if response.streaming else response.content
        text = inner(content.decode(errors="replace"))
        for value in asked.values():
            for said in value if isinstance(value, list) else [value]:
                text = text.replace(said, "") if said in self.traces.owners else text
        return Answer(response.status_code, text, content, getattr(response, "context", None))

    # --- what is asked ---
    def some(self, chance: float, *choices: Any) -> Any:
        """One of them, or "" for not at all."""
        return self.rng.choice(choices) if self.rng.random() < chance else ""

    def team_key(self) -> str:
        return str(self.rng.choice(list(self.oracle.teams.values())).key)

    def course_key(self) -> str:
        return self.rng.choice(list(self.oracle.titles))

    def person(self) -> User:
        return self.rng.choice(self.people)

    def below_or_anybody(self, reader: User) -> User:
        below = sorted(self.oracle.managed(reader))
        return self.oracle.people[self.rng.choice(below)] if below and self.rng.random() < 0.6 else self.person()

    def typed(self, chance: float = 0.3) -> str:
        return self.some(chance, *WORDS_TYPED)

    def selection(self, *sorts: str) -> tuple[dict[str, str], dict[str, str], bool]:
        """(what the oracle is told, what the address says, whether it says something nobody can read)"""
        asked = {
            "show": self.some(0.7, *SHOWS),
            "course": self.some(0.2, self.course_key()),
            "team": self.some(0.15, self.team_key()),
            "ahead": self.some(0.15, *AHEAD),
            "reports": self.some(0.3, "direct", "all"),
            "name": self.typed(0.25),
            "sort": self.some(0.6, *sorts, *(f"-{sort}" for sort in sorts)),
            "page": self.some(0.3, "2", "3", "9"),
        }
        asked = {name: value for name, value in asked.items() if value}
        wrong = self.rng.choice(NONSENSE) if self.rng.random() < 0.05 else {}
        return {name: value for name, value in asked.items() if name not in wrong}, asked | wrong, bool(wrong)

    def monday(self) -> list[Planned]:
        """What goes out in an hour in which everybody's digest is due."""
        if not self._monday:
            self._monday = planned(now=MONDAY, runs=[MONDAY.replace(hour=0, minute=0)])
        return self._monday


# --- comparing -----------------------------------------------------------------------------------------------------
class Differs(AssertionError):
    """What was shown is not what the oracle says."""


def same(what: str, got: Any, expected: Any) -> None:
    if got == expected:
        return
    if isinstance(got, set) and isinstance(expected, set):
        raise Differs(f"{what}: too many {sorted(got - expected)}, missing {sorted(expected - got)}")
    raise Differs(f"{what}: {got!r}, and the oracle says {expected!r}")


def within(what: str, got: set[int], allowed: set[int]) -> None:
    same(f"{what}, of nobody else", got - allowed, set())


def same_rows(what: str, got: list, expected: list, *, in_order: bool = True) -> None:
    """PostgreSQL sorts names by the reader's alphabet, which the oracle does not know: there the order is not asked."""
    shown, known = Counter(map(repr, got)), Counter(map(repr, expected))
    same(what, (shown - known, known - shown), (Counter(), Counter()))
    if in_order and connection.vendor == "sqlite":
        same(f"{what}, in their order", got, expected)


def page_of(rows: list, asked: Mapping[str, Any], name: str = "page") -> list:
    pages = max(1, -(-len(rows) // PAGE))
    number = min(int(asked.get(name) or 1), pages)
    return rows[PAGE * (number - 1) : PAGE * number]


def is_paging_known(rows: list) -> bool:
    """Who is on which page: there is but one, or the database sorts names as Python does."""
    return len(rows) <= PAGE or connection.vendor == "sqlite"


# --- a manager's screens -------------------------------------------------------------------------------------------
TEAM_SORTS = ("urgency", "person", "team", "course", "due", "valid_until")


def refused_team(asking: Asking, reader: User, answer: Answer | None) -> bool:
    """There is no such page for who leads nobody."""
    if answer is None:
        return True
    if asking.oracle.is_manager(reader):
        return False
    same("refused", answer.status, 404)
    return True


def lead(asking: Asking) -> User:
    return asking.reader(asking.oracle.is_manager, 0.85)


def shown_duty(asking: Asking, duty: Duty) -> tuple:
    title = asking.oracle.titles[str(duty.enrolment.course_key)]
    return duty.person.pk, asking.oracle.team_name(duty.person), title, WORDS[duty.status]


def shown_row(asking: Asking, cells: list[str]) -> tuple:
    (person,) = asking.traces.of(cells[0])
    return person, plain(cells[1]), plain(cells[2]), plain(cells[4])


def reminded(asking: Asking, duty: Duty) -> str:
    told = asking.oracle.last_reminded(duty) if duty.status in (*OPEN, "overdue") else None
    return f" Reminded: {short_date(told, TODAY, 'en')}" if told else ""


@asks("team", often=14)
def the_team(asking: Asking) -> None:
    oracle, reader = asking.oracle, lead(asking)
    asked, sent, is_wrong = asking.selection(*TEAM_SORTS)
    if asking.rng.random() < 0.1:
        asked, sent = asked | {"print": "1"}, sent | {"print": "1"}
    answer = asking.get(reader, "team", asked=sent)
    if refused_team(asking, reader, answer):
        return
    same("status", answer.status, 422 if is_wrong else 200)
    listed, trainings = oracle.listed(reader, asked), oracle.trainings(reader, asked)
    page = listed if asked.get("print") else page_of(listed, asked)
    rows = [shown_row(asking, cells) for cells in answer.rows()]
    same("rows", len(rows), len(page))
    if is_paging_known(listed):
        marks = ["" if asked.get("print") else reminded(asking, duty) for duty in page]
        shown = [shown_duty(asking, duty) for duty in page]
        same_rows("rows", rows, [(*row[:3], row[3] + mark) for row, mark in zip(shown, marks, strict=True)])
    same("whom the page is about", asking.traces.of(answer.text), {row[0] for row in rows} | printed_by(asked, reader))
    if asked.get("print"):
        return
    counts = {show: sum(duty.is_shown(show) for duty in trainings) for show in SHOWS}
    people = {duty.person.pk for duty in trainings if duty.is_shown("attention")}
    of_some = asked.get("name", "").strip() or asked.get("team")
    said = "(?:person was|people were) found" if of_some else "(?:person reports|people report) to you"
    same("people", answer.number(rf"(\d+) {said}"), len(oracle.looked_at(reader, asked)))
    same("who needs attention", answer.number(r"(\d+) (?:person needs|people need) attention"), len(people))
    if page:
        same("of", answer.number(r"\d+ to \d+ of (\d+)"), len(listed))
    if oracle.courses_of(reader, asked):
        tiles = [int(found) for found in re.findall(r'class="tile".*?<b>(\d+)</b>', answer.text, re.DOTALL)]
        same("tiles", tiles, [counts[show] for show in ("overdue", "due_soon", "expires_soon", "expired")])
    if trainings:
        key = re.search(r'<ul class="key num">(.*?)</ul>', answer.text, re.DOTALL)[1]
        bar = [int(found) for found in re.findall(r": (\d+)", plain(key))]
        same("bar", bar, [counts[show] for show in ("settled", "in_progress", "not_started", "late")])
    offered = set(re.findall(r'<option value="([0-9a-f-]{36})"', answer.text))
    if offered:
        same("courses to choose from", offered, set(oracle.courses_of(reader, asked)))


def printed_by(asked: Mapping[str, str], reader: User) -> set[int]:
    """Who made it stands on paper."""
    return {reader.pk} if asked.get("print") else set()


@asks("team-courses", often=8)
def the_matrix(asking: Asking) -> None:
    oracle, reader = asking.oracle, lead(asking)
    asked, sent, is_wrong = asking.selection("person", "team")
    answer = asking.get(reader, "team-courses", asked=sent)
    if refused_team(asking, reader, answer):
        return
    same("status", answer.status, 422 if is_wrong else 200)
    listed = oracle.matrix(reader, asked)
    page = page_of(listed, asked)
    rows = []
    for cells in answer.rows():
        (person,) = asking.traces.of("".join(cells))  # the cells lead to enrolments: all of one person
        words = [plain(cell) for cell in cells[2:]]
        rows.append((person, plain(cells[1]), ["" if word == "Not assigned" else word for word in words]))
    same("rows", len(rows), len(page))
    if is_paging_known(listed):
        same_rows("rows", rows, [(one.pk, oracle.team_name(one), words) for one, words in page])
    same("whom the page is about", asking.traces.of(answer.text), {row[0] for row in rows})
    if page:
        same("of", answer.number(r"\d+ to \d+ of (\d+)"), len(listed))


@asks("team-export", often=10)
def the_export(asking: Asking) -> None:
    oracle, reader = asking.oracle, lead(asking)
    screen, form = asking.rng.choice(["trainings", "courses"]), asking.rng.choice(["csv", "csv", "xlsx"])
    sorts = TEAM_SORTS if screen == "trainings" else ("person", "team")
    asked, sent, is_wrong = asking.selection(*sorts)
    answer = asking.get(reader, "team-export", screen, form, asked=sent)
    if refused_team(asking, reader, answer):
        return
    if is_wrong:
        same("not exported", answer.status, 302)
        return
    heads, rows, notes = read_file(answer.content, form)
    if screen == "trainings":
        expected = [exported(asking, duty) for duty in oracle.listed(reader, asked)]
    else:
        titles = [oracle.titles[key] for key in oracle.courses_of(reader, asked) if asked.get("course") in (None, key)]
        same("columns", heads[2:], titles)
        expected = [[one.name, oracle.team_name(one), *words] for one, words in oracle.matrix(reader, asked)]
    same_rows("rows", rows, expected)
    if form == "xlsx":
        same("rows it says it has", int(notes.split()[0]), len(expected))


def exported(asking: Asking, duty: Duty) -> list[str]:
    done = duty.enrolment.completed_at
    days = (duty.due_on, done.astimezone(ZoneInfo(duty.person.time_zone)).date() if done else None, duty.good_until)
    due, finished, until = (day.isoformat() if day else "" for day in days)
    _pk, team, title, word = shown_duty(asking, duty)
    return [duty.person.name, team, title, due, word, finished, until]


def read_file(content: bytes, form: str) -> tuple[list[str], list[list[str]], str]:
    """(headings, rows, what an Excel file says of its rows)"""
    if form == "csv":
        heads, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
        return heads, rows, ""
    book = load_workbook(io.BytesIO(content), read_only=True)
    heads, *rows = ([as_text(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True))
    notes = next(book.worksheets[1].iter_rows(values_only=True))[1]
    return heads, [row + [""] * (len(heads) - len(row)) for row in rows], notes


def as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return "" if value is None else str(value)


@asks("team-forecast", often=8)
def the_forecast(asking: Asking) -> None:
    oracle, reader = asking.oracle, lead(asking)
    asked, sent, is_wrong = asking.selection("team")
    asked.pop("ahead", None)  # the page shows them all
    asked.pop("page", None)
    if sent.pop("page", None) in WRONG_PAGES:
        is_wrong = False  # it is not sent
    answer = asking.get(reader, "team-forecast", asked=sent)
    if refused_team(asking, reader, answer):
        return
    if is_wrong:
        same("status", answer.status, 422)
        return
    same("whom the page is about", asking.traces.of(answer.text), set())
    trainings = oracle.trainings(reader, asked)
    of_team: dict[int, list[Duty]] = {}
    for duty in trainings:
        of_team.setdefault(duty.person.team_id, []).append(duty)
    teams = [(oracle.teams[pk].name, oracle.ahead(duties)) for pk, duties in of_team.items()]
    expected = [("All of them", oracle.ahead(trainings)), *(row for row in teams if any(row[1]))]
    ahead = answer.text.partition('id="trend"')
    rows = [
        (plain(cells[0]), [int(plain(cell)) for cell in cells[1:]]) for cells in Answer(200, ahead[0], b"", None).rows()
    ]
    same_rows("ahead, by team", rows, expected if any(expected[0][1]) else [], in_order=False)
    months = oracle.months(reader, asked, month_ends())
    shown = [(int(plain(cells[1])), int(plain(cells[2]))) for cells in Answer(200, ahead[2], b"", None).rows()]
    same("months", shown, months if any(total for total, _settled in months) else [])
    for screen, of_file in (("forecast", expected), ("trend", months)):
        _heads, lines, _notes = read_file(asking.get(reader, "team-export", screen, "csv", asked=sent).content, "csv")
        found = (
            [(line[0], [int(cell) for cell in line[1:]]) for line in lines]
            if screen == "forecast"
            else [(int(line[1]), int(line[2])) for line in lines]
        )
        same_rows(f"{screen}, exported", found, of_file, in_order=screen == "trend")
    follow_a_figure(asking, reader, ahead[0])


def follow_a_figure(asking: Asking, reader: User, html: str) -> None:
    """Each figure leads to a list of so many rows."""
    links = re.findall(r'<a href="[^"?]*\?([^"]*)">(?:<b>)?(\d+)<', html)
    if not links or asking.rng.random() < 0.5:
        return
    query, count = asking.rng.choice(links)
    address = f"{reverse('team')}?{unescape(query)}"
    asking.asked += f", and goes on to {address}"
    answer = Answer(200, inner(asking.client(reader).get(address).content.decode()), b"", None)
    same("rows of the list behind the figure", answer.number(r"\d+ to \d+ of (\d+)") or 0, int(count))


def month_ends() -> list[date]:
    """Of the eleven months before this one, and today."""
    found, first = [TODAY], TODAY.replace(day=1)
    for _each in range(11):
        last = first - DAY
        found.append(last.replace(day=monthrange(last.year, last.month)[1]))
        first = last.replace(day=1)
    return found[::-1]


def is_led(asking: Asking, reader: User, person: User) -> bool:
    return person.is_active and person.pk in asking.oracle.managed(reader)


def who_acted(asking: Asking, person: User) -> set[int]:
    """Whose names stand beside what happened to somebody."""
    oracle = asking.oracle
    mine = {duty.row.pk for duty in oracle.duties if duty.person.pk == person.pk}
    found = {row.by_id for row in oracle.events if row.assignment_id in mine}
    found |= {row.by_id for row in oracle.sendings if oracle.mails[row.mail_id].person_id == person.pk}
    found |= {row.approved_by_id for row in oracle.waivers if row.assignment_id in mine}
    leaves = [row for row in oracle.leaves if row.person_id == person.pk]
    found |= {pk for row in leaves for pk in (row.recorded_by_id, row.withdrawn_by_id)}
    return (found | {row.decided_by_id for row in oracle.proofs if row.assignment_id in mine}) - {None}


def about(asking: Asking, answer: Answer, person: User) -> None:
    """A page about one person: nothing of anybody else's, but the names of who did something."""
    found = asking.traces.of(answer.text)
    within("whom the page is about", found, {person.pk} | who_acted(asking, person))
    same("the person", person.pk in found, True)
    keys = {key for key in Traces.KEY.findall(answer.text) if asking.traces.owners.get(key) not in (None, person.pk)}
    same("keys of others", keys, set())


@asks("team-person", often=6)
def one_of_the_team(asking: Asking) -> None:
    reader = lead(asking)
    person = asking.below_or_anybody(reader)
    answer = asking.get(reader, "team-person", person.key)
    if refused_team(asking, reader, answer):
        return
    same("status", answer.status, 200 if is_led(asking, reader, person) else 404)
    if answer.status != 200:
        return
    about(asking, answer, person)
    oracle = asking.oracle
    asked = [duty for duty in oracle.current() if duty.person.pk == person.pk]
    ever = {duty.enrolment.pk for duty in oracle.duties if duty.person.pk == person.pk}
    own = [row for row in oracle.enrolments.values() if row.person_id == person.pk]
    alone = [
        row
        for row in own
        if row.pk not in {duty.enrolment.pk for duty in asked} and (row.started_at or row.pk not in ever)
    ]
    expected = [str(duty.enrolment.key) for duty in asked] + [str(row.key) for row in alone]
    shown = [Traces.KEY.findall(cells[0])[0] for cells in answer.rows()]
    same("trainings", sorted(shown), sorted(expected))


@asks("why", often=4)
def why(asking: Asking) -> None:
    reader = lead(asking)
    person = asking.below_or_anybody(reader)
    own = [row for row in asking.oracle.enrolments.values() if row.person_id == person.pk]
    if not own:
        return
    answer = asking.get(reader, "why", asking.rng.choice(own).key)
    if answer is None:
        return
    same("status", answer.status, 200 if person.pk in asking.oracle.sees(reader) else 404)
    if answer.status == 200:
        about(asking, answer, person)


@asks("team-remind", often=4)
def before_reminding(asking: Asking) -> None:
    oracle, reader = asking.oracle, lead(asking)
    wanted = {person.pk: person for person in (asking.below_or_anybody(reader) for _each in range(8))}
    answer = asking.get(reader, "team-remind", asked={"person": [str(one.key) for one in wanted.values()]})
    if refused_team(asking, reader, answer):
        return
    chosen = {pk for pk, one in wanted.items() if is_led(asking, reader, one)}
    if not chosen:
        same("nobody to remind", answer.status, 302)
        return
    shown = re.findall(r"<h2>(.*?)</h2>", answer.text, re.DOTALL)
    same("people", set().union(*(asking.traces.of(name) for name in shown)), chosen)
    lists = re.findall(r'<section class="card">(.*?)</section>', answer.text, re.DOTALL)
    found = {next(iter(asking.traces.of(card.partition("</h2>")[0]))): card.count("<li>") for card in lists}
    same("what is open", found, {pk: len(oracle.to_remind(oracle.people[pk])) for pk in chosen})
    senders = {row.by_id for row in oracle.sendings if row.recipient_id in chosen}
    within("whom the page is about", asking.traces.of(answer.text), chosen | senders)
    told = [gets_reminder(oracle, oracle.people[pk]) for pk in chosen]
    same("mails", answer.number(r"Send (\d+) reminders?"), sum(told))


def gets_reminder(oracle: Oracle, person: User) -> bool:
    """Of something at least that was not written about today."""
    today = NOW.astimezone(ZoneInfo(person.time_zone)).date()
    days = {row.pk: row.on for row in oracle.sendings if row.kind == "reminder"}
    last: dict[int, date] = {}
    for row in sorted(oracle.notices, key=lambda row: row.pk):
        if row.recipient_id == person.pk and row.sending_id in days:
            last[row.assignment_id] = days[row.sending_id]
    return any(last.get(pk) != today for pk in oracle.to_remind(person))


@asks("team-deputies")
def who_stands_in(asking: Asking) -> None:
    oracle, reader = asking.oracle, lead(asking)
    answer = asking.get(reader, "team-deputies")
    if refused_team(asking, reader, answer):
        return
    own = oracle.teams_of(reader, "manager")
    rows = [row for row in oracle.leads if row.team_id in own and row.kind == "deputy" and row.ends_on]
    coming = [row.person_id for row in rows if row.ends_on >= TODAY]
    cards = re.findall(r'<li class="card">\s*<b>(.*?)</b>', answer.text)
    same("deputies", sorted(pk for card in cards for pk in asking.traces.of(card)), sorted(coming))
    same("whom the page is about", asking.traces.of(answer.text), set(coming))


@asks("team-grant", "training-grant", often=4)
def granting(asking: Asking) -> None:
    oracle = asking.oracle
    is_staff = asking.rng.random() < 0.4
    reader = asking.reader(oracle.is_staff) if is_staff else lead(asking)
    person = asking.below_or_anybody(reader)
    duties = [duty for duty in oracle.duties if duty.person.pk == person.pk]
    if not duties:
        return
    duty = asking.rng.choice(duties)
    act = asking.rng.choice(["extend", "waive", "proof"])
    answer = asking.get(reader, "training-grant" if is_staff else "team-grant", duty.row.key, act)
    if answer is None:
        return
    may = oracle.is_staff(reader) and person.is_active if is_staff else is_led(asking, reader, person)
    is_current = not duty.row.replaced_at and not duty.row.released_at
    same("refused", answer.status == 404, not (may and is_current))
    if answer.status == 200:
        about(asking, answer, person)


@asks("team-leave", "training-leave")
def a_leave(asking: Asking) -> None:
    is_staff = asking.rng.random() < 0.4
    reader = asking.reader(asking.oracle.is_staff) if is_staff else lead(asking)
    person = asking.below_or_anybody(reader)
    answer = asking.get(reader, "training-leave" if is_staff else "team-leave", person.key)
    if answer is None:
        return
    may = asking.oracle.is_staff(reader) and person.is_active if is_staff else is_led(asking, reader, person)
    same("refused", answer.status == 404, not may)
    if answer.status == 200:
        about(asking, answer, person)


@asks("team-leave-withdraw", "training-leave-withdraw")
def taking_a_leave_back(asking: Asking) -> None:
    is_staff = asking.rng.random() < 0.4
    reader = asking.reader(asking.oracle.is_staff) if is_staff else lead(asking)
    person = asking.below_or_anybody(reader)
    leaves = [leave for leave in asking.oracle.leaves if leave.person_id == person.pk and not leave.withdrawn_at]
    if not leaves:
        return
    address = "training-leave-withdraw" if is_staff else "team-leave-withdraw"
    answer = asking.get(reader, address, asking.rng.choice(leaves).key)
    if answer is None:
        return
    may = asking.oracle.is_staff(reader) and person.is_active if is_staff else is_led(asking, reader, person)
    same("refused", answer.status == 404, not may)
    if answer.status == 200:
        about(asking, answer, person)


# --- mail that goes out --------------------------------------------------------------------------------------------
MONDAY = datetime(2026, 3, 23, 14, 30, tzinfo=UTC)  # after eight and before six on every clock there is here


def the_digest(asking: Asking, later: Oracle) -> None:
    """Of one lead, and one more letter of that hour; `later` is the oracle of that Monday."""
    person = asking.reader(lambda one: any(one.pk in told for told in later.told().values()), 0.9)
    asking.asked = f"the digest of {person.email}"
    mine = [letter for letter in asking.monday() if letter.kind == DIGEST and letter.recipient.pk == person.pk]
    figures = later.digest(person)
    is_told = any(person.pk in told for told in later.told().values())
    same("mails", len(mine), int(is_told and any(figures)))
    if mine:
        said = mine[0].figures
        told = (said.overdue, said.expired, said.due_this_week, said.expires_soon, said.people)
        same("figures", told, figures)
    the_letter(asking, later, asking.rng.choice(asking.monday()))


def the_letter(asking: Asking, later: Oracle, letter: Planned) -> None:
    """It is about one's own trainings, or about those of people below who still have to do them."""
    asking.asked = f"the mail {letter.key}"
    current = {duty.row.pk: duty for duty in later.current()}
    for item in letter.items:
        duty = current[item.assignment.pk]
        same("an open account", duty.person.is_active, True)
        same("somebody away", later.is_away(duty.person.pk), False)
        if letter.kind != TEAM:
            same("one's own", duty.person.pk, letter.recipient.pk)
            continue
        teams = {team for team, told in later.told().items() if letter.recipient.pk in told}
        same("of somebody below", bool(teams & set(later.chain(duty.person.team_id))), True)
        same("of somebody else", duty.person.pk != letter.recipient.pk, True)
        same("late", duty.status, "overdue")


@asks("training-mail", often=1)
def mail_of_today(asking: Asking) -> None:
    """Who would be written to has something to do or somebody below; who was, is who was."""
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    answer = asking.get(reader, "training-mail")
    if refused_staff(asking, reader, answer):
        return
    due, _heading, sent = answer.text.rpartition("<h2>Sent</h2>")
    newest = sorted(oracle.sendings, key=lambda row: -row.pk)[:100]
    shown = [asking.traces.of(cells[1]).pop() for cells in Answer(200, sent, b"", None).rows()]
    same("who was written to", shown, [row.recipient_id for row in newest])
    have = {duty.person.pk for duty in oracle.current()}
    lead = {pk for people in oracle.told().values() for pk in people}
    active = {one.pk for one in asking.people if one.is_active}
    named = {pk for cells in Answer(200, due, b"", None).rows() for pk in asking.traces.of(cells[0])}
    meant = {pk for pk in named if oracle.is_meant(oracle.people[pk])}  # whom the next run assigns first
    within("who would be", named, active & (have | lead | meant))


@asks("mail-preview")
def a_mail_as_it_would_read(asking: Asking) -> None:
    reader, person = asking.reader(asking.oracle.is_staff), asking.person()
    kind = asking.rng.choice(["training-new", "reminder", "reminder-expiring", "team-late", "team-digest"])
    asked = {"email": person.email, "kind": kind, "language": asking.rng.choice(["pl", "lv", "en"])}
    answer = asking.get(reader, "mail-preview", asked=asked)
    if not refused_staff(asking, reader, answer):
        below = asking.oracle.managed(person) if kind == "team-late" else set()
        within("whom the mail is about", asking.traces.of(answer.text), {person.pk} | below)


@asks("sent-mail", often=3)
def mail_that_went(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    asked = {"q": asking.typed(0.5), "kind": asking.some(0.4, "reminder", "team-digest"), "p": asking.some(0.3, "2")}
    answer = asking.get(reader, "sent-mail", asked=asked)
    if refused_staff(asking, reader, answer):
        return
    rows = [row for row in sorted(oracle.sendings, key=lambda row: -row.pk) if asked["kind"] in ("", row.kind)]
    rows = [row for row in rows if all(is_in_mail(oracle, row, word) for word in asked["q"].lower().split())]
    found = [asking.traces.of(cells[1]).pop() for cells in answer.rows()]
    same("recipients", found, [row.recipient_id for row in page_of(rows, asked, "p")])


def is_in_mail(oracle: Oracle, row: Any, word: str) -> bool:
    person, mail = oracle.people[row.recipient_id], oracle.mails[row.mail_id]
    return any(word in text.lower() for text in (person.first_name, person.last_name, mail.to, mail.subject))


@asks("wagtailadmin_home")
def mail_that_failed(asking: Asking) -> None:
    """Beside what editors have to do: mail that could not be delivered."""
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    answer = asking.get(reader, "wagtailadmin_home")
    if refused_staff(asking, reader, answer):
        return
    failed = [row for row in oracle.mails.values() if row.failed_at]
    same("mails given up", answer.number(r"(\d+) mails? of the last two weeks"), len(failed) or None)
    within("whom it is about", asking.traces.of(answer.text), {row.person_id for row in failed} | {reader.pk})


# --- one's own -----------------------------------------------------------------------------------------------------
@asks("calendar", often=5)
def calendar_feed(asking: Asking) -> None:
    cache.clear()  # how often one address may be asked for is another test's
    pk, token = asking.rng.choice(list(asking.organisation.calendars.items()))
    person = asking.oracle.people[pk]
    asking.asked = f"the calendar of {person.email}"
    response = Client().get(reverse("calendar", args=[token]))
    same("status", response.status_code, 200 if person.is_active else 404)
    if person.is_active:
        text = response.content.decode().replace("\r\n ", "")
        found = re.findall(r"^UID:([^@\r\n]+)@", text, re.MULTILINE)
        same_rows("events", sorted(found), sorted(asking.oracle.feed(person)))
        within("whom it is about", asking.traces.of(text), {pk})


@asks("my", often=5)
def my_training(asking: Asking) -> None:
    oracle, person = asking.oracle, asking.person()
    answer = asking.get(person, "my")
    if answer is None:
        return
    page = answer.context["page"]
    rows = [*([page.hero] if page.hero else []), *page.to_do, *page.no_duty]
    same("to do", {row.enrolment.pk for row in rows}, oracle.to_do(person))
    same("finished", {row.enrolment.pk for row in page.finished}, oracle.done(person))
    within("whom the page is about", asking.traces.of(answer.text), {person.pk})


@asks("account", "practice")
def own_pages(asking: Asking) -> None:
    person = asking.person()
    answer = asking.get(person, asking.rng.choice(["account", "practice"]))
    if answer is not None:
        within("whom the page is about", asking.traces.of(answer.text), {person.pk})


@asks("enrolment", "my-proof", "proof-file", "waiver-file", "result", "debrief", often=5)
def what_is_ones_own(asking: Asking) -> None:
    """Of some of it L&D sees the paper."""
    oracle = asking.oracle
    by_number = {duty.row.pk: duty for duty in oracle.duties}
    current = {duty.row.pk for duty in oracle.current()}
    name = asking.rng.choice(["enrolment", "my-proof", "proof-file", "waiver-file", "result", "debrief"])
    rows: dict[str, list[tuple[Any, int, bool]]] = {
        "enrolment": [(row.key, row.person_id, True) for row in oracle.enrolments.values()],
        "my-proof": [(duty.row.key, duty.person.pk, duty.row.pk in current) for duty in oracle.duties],
        "proof-file": [(row.key, by_number[row.assignment_id].person.pk, True) for row in oracle.proofs],
        "waiver-file": [
            (row.key, by_number[row.assignment_id].person.pk, bool(row.document)) for row in oracle.waivers
        ],
        "result": [(row.key, oracle.enrolments[row.enrolment_id].person_id, True) for row in oracle.attempts],
        "debrief": [(row.key, oracle.enrolments[row.enrolment_id].person_id, True) for row in oracle.runs],
    }
    key, owner, is_there = asking.rng.choice(rows[name])
    reader = oracle.people[owner] if asking.rng.random() < 0.4 else asking.person()
    answer = asking.get(reader, name, key)
    if answer is None:
        return
    may = reader.pk == owner or (name in ("proof-file", "waiver-file") and oracle.is_staff(reader))
    same("refused", answer.status == 404, not (may and is_there))
    if answer.status == 200:
        within("whom it is about", asking.traces.of(answer.text), {owner})


# --- certificates --------------------------------------------------------------------------------------------------
@asks("certificates")
def own_certificates(asking: Asking) -> None:
    person = asking.person()
    answer = asking.get(person, "certificates")
    if answer is None:
        return
    own = {row.serial for row in asking.oracle.certificates.values() if row.holder_id == person.pk}
    same("numbers", set(Traces.SERIAL.findall(answer.text)), own)
    within("whom the page is about", asking.traces.of(answer.text), {person.pk})


@asks("certificate", "certificate-pdf", "verify-serial", often=5)
def one_certificate(asking: Asking) -> None:
    """Who has the paper may check it; all the rest is for who may see the person."""
    oracle, reader = asking.oracle, lead(asking)
    below = oracle.managed(reader)
    rows = [row for row in oracle.certificates.values() if row.holder_id in below] if asking.rng.random() < 0.6 else []
    row = asking.rng.choice(rows or list(oracle.certificates.values()))
    name = asking.rng.choice(["certificate", "certificate", "certificate-pdf", "verify-serial"])
    cache.clear()
    answer = asking.get(reader, name, row.serial) if name != "verify-serial" or reader.is_active else None
    if answer is None:
        return
    may = name == "verify-serial" or row.holder_id in oracle.sees(reader)
    has = name != "certificate-pdf" or row.pk in oracle.filed
    same("status", answer.status, 200 if may and has else 404)
    if answer.status == 200:
        within("whom it is about", asking.traces.of(answer.text), {row.holder_id})


def certificate_filters(asking: Asking) -> dict[str, str]:
    asked = {
        "q": asking.some(0.4, "Nowak", "alarm", "q01", "Jan", "boats q", "%"),
        "course": asking.some(0.25, *(str(course.key) for course in asking.organisation.courses)),
        "state": asking.some(0.3, "valid", "expired", "revoked", "superseded"),
        "file": asking.some(0.2, "made", "waiting", "parked"),
        "issued_from": asking.some(0.2, "2025-09-01"),
        "issued_to": asking.some(0.2, "2026-01-31"),
    }
    return {name: value for name, value in asked.items() if value}


@asks("certificate-register", often=4)
def certificate_register(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    asked = certificate_filters(asking) | {"p": asking.rng.choice(["1", "2"])}
    known = {str(row.course_key) for row in oracle.certificates.values()}
    answer = asking.get(reader, "certificate-register", asked=asked)
    if refused_staff(asking, reader, answer):
        return
    if asked.get("course", "") not in {"", *known}:
        same("no such course", answer.status, 422)
        return
    rows = oracle.issued(asked)
    page = page_of(rows, asked, "p")
    body = SECTION.findall(answer.text)
    same("numbers", re.findall(r"<code>([0-9A-Z-]{23})</code>", body[0]) if body else [], [row.serial for row in page])
    found = answer.number(r"(\d+) certificates? found")
    same("how many", found if found is not None else 0, len(rows))
    same("whom the page is about", asking.traces.of(answer.text), {row.holder_id for row in page})


@asks("certificate-staff", "certificate-revoke", "certificate-reissue")
def certificate_of_staff(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    row = asking.rng.choice(list(oracle.certificates.values()))
    name = asking.rng.choice(["certificate-staff", "certificate-revoke", "certificate-reissue"])
    answer = asking.get(reader, name, row.serial)
    if refused_staff(asking, reader, answer):
        return
    if answer.status == 200:
        by = {asking.organisation.people[2].pk} if row.pk in oracle.revoked else set()
        within("whom it is about", asking.traces.of(answer.text), {row.holder_id} | by)


@asks("certificate-downloads", "certificate-download", "certificate-download-file", often=1)
def certificates_as_a_zip(asking: Asking) -> None:
    oracle = asking.oracle
    wanted = [row for row in oracle.issued(certificate_filters(asking)) if row.course_key]
    if not wanted:
        return
    staff = asking.reader(oracle.is_staff, 1)
    made = certificates.request_bundle(key=uuid4(), serials=[row.serial for row in wanted], by=staff)
    make_bundle.func(str(made.key))
    reader = asking.reader(oracle.is_staff, 0.6)
    answer = asking.get(reader, "certificate-download-file", made.key)
    if refused_staff(asking, reader, answer):
        return
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = [name for name in archive.namelist() if name.endswith(".pdf")]
        tables = [archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name.endswith(".csv")]
    same("files", len(files), sum(row.pk in oracle.filed for row in wanted))
    rows = list(csv.reader(io.StringIO(tables[0])))[1:]
    same("rows", [row[0] for row in rows], [row.serial for row in wanted])
    asking.get(reader, "certificate-download", made.key)
    listed = asking.get(reader, "certificate-downloads")
    within(
        "whom the list is about",
        asking.traces.of(listed.text),
        {one.pk for one in asking.people if oracle.is_staff(one)},
    )


# --- the register of training, and packs ---------------------------------------------------------------------------
def register_filters(asking: Asking) -> dict[str, str]:
    asked = {
        "name": asking.typed(0.3),
        "course": asking.some(0.3, asking.course_key()),
        "team": asking.some(0.3, asking.team_key()),
        "since": asking.some(0.2, "2025-11-01", "2026-03-01"),
        "until": asking.some(0.2, "2026-03-18", "2026-04-30"),
        "person": asking.some(0.2, str(asking.person().key)),
    }
    return {name: value for name, value in asked.items() if value}


def refused_audit(asking: Asking, reader: User, answer: Answer | None) -> bool:
    if answer is None:
        return True
    if asking.oracle.is_auditor(reader):
        return False
    same("refused", answer.status, 404)
    return True


def audited_name(asking: Asking, person: User) -> str:
    return f"Erased person {person.key.hex[:8]}" if person.key in asking.oracle.erased else person.name


def not_erased(asking: Asking, people: Iterable[int]) -> set[int]:
    return {pk for pk in people if asking.oracle.people[pk].key not in asking.oracle.erased}


@asks("training-register", often=6)
def the_register(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_auditor)
    asked = register_filters(asking) | {"p": asking.rng.choice(["1", "1", "2", "3"])}
    answer = asking.get(reader, "training-register", asked=asked)
    if refused_audit(asking, reader, answer):
        return
    rows = oracle.registered(asked)
    page = page_of(rows, asked, "p")
    same("how many", answer.number(r"(\d+) trainings? found"), len(rows))
    if rows:
        people = answer.number(r"They belong to (\d+) (?:person|people)")
        same("people", people, len({row.person_id for row in rows}))
    shown = [(plain(cells[0]).removesuffix(" Account closed"), plain(cells[2])) for cells in answer.rows()]
    expected = [
        (audited_name(asking, oracle.people[row.person_id]), oracle.titles[str(row.course_key)]) for row in page
    ]
    same("rows", shown, expected)
    for cells, row in zip(answer.rows(), page, strict=True):
        same("how it stands", plain(cells[4]) in {WORDS[word] for word in oracle.own_status(row)}, True)
    owners = {row.person_id for row in page}
    within("whom the page is about", asking.traces.of(answer.text), owners | chosen_person(asking, asked))
    within("who is named", asking.traces.named(answer.text), not_erased(asking, owners | chosen_person(asking, asked)))


def chosen_person(asking: Asking, asked: Mapping[str, str]) -> set[int]:
    return {asking.traces.owners[asked["person"]]} if asked.get("person") else set()


@asks("training-register-export", often=4)
def register_as_a_file(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_auditor)
    form, asked = asking.rng.choice(["csv", "csv", "xlsx"]), register_filters(asking)
    answer = asking.get(reader, "training-register-export", form, asked=asked)
    if refused_audit(asking, reader, answer):
        return
    _heads, rows, notes = read_file(answer.content, form)
    found = oracle.registered(asked)
    expected = [
        [
            audited_name(asking, oracle.people[row.person_id]),
            oracle.team_name(oracle.people[row.person_id]),
            oracle.titles[str(row.course_key)],
            str(row.cycle),
        ]
        for row in found
    ]
    same("rows", [[row[0], row[1], row[3], row[4]] for row in rows], expected)
    if form == "xlsx":
        same("rows it says it has", int(notes.split()[0]), len(expected))


@asks("evidence-packs", "evidence-pack", "evidence-pack-file", often=1)
def a_pack(asking: Asking) -> None:
    """Somebody asks for one; they get what the register finds, and anybody else gets nothing."""
    oracle = asking.oracle
    auditor = asking.reader(oracle.is_auditor, 1)
    asked = register_filters(asking)
    asked.pop("name", None)
    rows = oracle.registered(asked) if asked else []
    if not rows:
        return
    form = asking.rng.choice(list(PackForm))
    asking.asked = f"{auditor.email} asks for the pack {form} of {asked}"
    made = packs.request_pack(key=uuid4(), form=form, asked=as_asked(asked), by=User.objects.get(pk=auditor.pk))
    asking.packs[made.key] = auditor.pk
    same("made", make_pack.func(str(made.key)), "made")
    reader = auditor if asking.rng.random() < 0.7 else asking.reader(oracle.is_auditor, 0.6)
    listed = asking.get(reader, "evidence-packs")
    if refused_audit(asking, reader, listed):
        return
    mine = {str(key) for key, owner in asking.packs.items() if owner == reader.pk}
    same("one's own packs", len(re.findall(r'scope="row"><a', listed.text)), min(len(mine), PAGE))
    within_keys = set(Traces.KEY.findall(listed.text)) & {str(key) for key in asking.packs}
    same("keys of others' packs", within_keys - mine, set())
    same("the pack", asking.get(reader, "evidence-pack", made.key).status, 200 if reader.pk == auditor.pk else 404)
    answer = asking.get(reader, "evidence-pack-file", made.key)
    if reader.pk != auditor.pk:
        same("somebody else's", answer.status, 404)
        return
    if form == PackForm.EVIDENCE:
        in_evidence(asking, answer.content, rows)
    else:
        in_documents(asking, answer.content, rows)


def as_asked(asked: Mapping[str, str]) -> Asked:
    return Asked(
        person=UUID(asked["person"]) if "person" in asked else None,
        course=UUID(asked["course"]) if "course" in asked else None,
        team=UUID(asked["team"]) if "team" in asked else None,
        since=date.fromisoformat(asked["since"]) if "since" in asked else None,
        until=date.fromisoformat(asked["until"]) if "until" in asked else None,
    )


class Zip:
    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}

    def rows(self, name: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.files[name].decode("utf-8-sig"))))[1:]

    @property
    def counts(self) -> dict[str, int]:
        return json.loads(self.files["manifest.json"])["counts"]


def in_evidence(asking: Asking, content: bytes, rows: list) -> None:
    oracle, pack = asking.oracle, Zip(content)
    enrolments = {row.pk for row in rows}
    people = {row.person_id for row in rows}
    keys = {str(oracle.people[pk].key) for pk in people}
    completions = [row for row in oracle.completions if row.enrolment_id in enrolments]
    issued = certificates_for(oracle, completions)
    duties = [duty for duty in oracle.duties if duty.enrolment.pk in enrolments]
    attempts = [row for row in oracle.attempts if row.enrolment_id in enrolments and row.finished_at]
    runs = [row for row in oracle.runs if row.enrolment_id in enrolments and row.mode == "graded" and row.finished_at]
    files = [row for row in issued if row.pk in oracle.filed and oracle.people[row.holder_id].key not in oracle.erased]
    same("people", sorted(row[0] for row in pack.rows("people.csv")), sorted(keys))
    expected = sorted((str(duty.person.key), WORDS[duty.status]) for duty in duties)
    same("assignments", sorted((row[0], row[7]) for row in pack.rows("assignments.csv")), expected)
    same(
        "completions",
        sorted(row[10] for row in pack.rows("completions.csv")),
        sorted(str(row.key) for row in completions),
    )
    same("certificates", sorted(row[0] for row in pack.rows("certificates.csv")), sorted(row.serial for row in issued))
    owners = [str(oracle.people[oracle.enrolments[row.enrolment_id].person_id].key) for row in [*attempts, *runs]]
    same("attempts", sorted(row[0] for row in pack.rows("attempts.csv")), sorted(owners))
    same("PDFs", sum(name.endswith(".pdf") and name.startswith("certificates/") for name in pack.files), len(files))
    records = [json.loads(line) for line in pack.files[verify.RECORDS].splitlines()]
    known = {str(row.key) for row in completions} | {str(oracle.enrolments[pk].key) for pk in enrolments}
    known |= {str(duty.row.key) for duty in duties}
    known |= {row.serial for row in issued} | {
        str(row.key) for row in oracle.attempts if row.enrolment_id in enrolments
    }
    expected_records = [row.seq for row in oracle.records if belongs(row, people_keys=keys, known=known)]
    same("records", [row["seq"] for row in records], expected_records)
    counts = pack.counts
    left = {pk for pk in people if not oracle.people[pk].is_active}
    erased = {pk for pk in people if oracle.people[pk].key in oracle.erased}
    figures = {
        "people": len(people),
        "left": len(left),
        "erased": len(erased),
        "enrolments": len(rows),
        "assignments": len(duties),
        "completions": len(completions),
        "attempts": len(attempts) + len(runs),
        "certificates": len(issued),
        "files": len(files),
        "records": len(expected_records),
    }
    same("figures", {name: counts[name] for name in figures}, figures)
    nobody_else(asking, pack, people)


def belongs(record: Any, *, people_keys: set[str], known: set[str]) -> bool:
    """About somebody in the pack, and something of theirs that is in it; leaves, and that they were erased, always."""
    if str(record.subject) not in people_keys:
        return False
    facts = record.facts
    if record.kind in ("erased", "leave.recorded", "leave.withdrawn"):
        return True
    if "completion" in facts:
        return facts["completion"] in known
    return bool({facts.get(name) for name in ("enrolment", "assignment", "serial", "attempt")} & known)


def certificates_for(oracle: Oracle, completions: list) -> list[Certificate]:
    keys = {row.key for row in completions}
    return [row for row in oracle.certificates.values() if row.completion_key in keys]


def in_documents(asking: Asking, content: bytes, rows: list) -> None:
    oracle, pack = asking.oracle, Zip(content)
    enrolments = {row.pk for row in rows}
    issued = certificates_for(oracle, [row for row in oracle.completions if row.enrolment_id in enrolments])
    files = [row for row in issued if row.pk in oracle.filed and oracle.people[row.holder_id].key not in oracle.erased]
    same("register", sorted(row[0] for row in pack.rows("register.csv")), sorted(row.serial for row in issued))
    names = {f"documents/{oracle.people[row.holder_id].key}/{row.serial}.pdf" for row in files}
    same("documents", {name for name in pack.files if name.endswith(".pdf")}, names)
    counts = {"people": len({row.holder_id for row in files}), "documents": len(files), "certificates": len(issued)}
    same("figures", pack.counts, counts)
    nobody_else(asking, pack, {row.person_id for row in rows})


def nobody_else(asking: Asking, pack: Zip, people: set[int]) -> None:
    """In no file, but that the manifest says who asked; and nobody by name whose data was erased."""
    for name, content in pack.files.items():
        if name.startswith("manifest") or name == "verify.py":
            continue
        text = name + content.decode(errors="replace")
        within(name, asking.traces.of(text), people)
        within(name, asking.traces.named(text), not_erased(asking, people))


# --- L&D's and admins' lists ---------------------------------------------------------------------------------------
def refused_staff(asking: Asking, reader: User, answer: Answer | None) -> bool:
    """For nobody but L&D and admins there is anything below /cms/."""
    if answer is None:
        return True
    if asking.oracle.is_staff(reader):
        return False
    same("refused", answer.status, 404)
    return True


def refused_admin(asking: Asking, reader: User, answer: Answer | None) -> bool:
    if refused_staff(asking, reader, answer):
        return True
    if reader.is_superuser:
        return False
    same("refused", answer.status, 404)
    return True


def persons(asking: Asking, answer: Answer) -> list[int]:
    """Whom the first cell of each row is about."""
    return [asking.traces.of(cells[0]).pop() for cells in answer.rows()]


def sorted_people(people: Iterable[User]) -> list[User]:
    return sorted(people, key=lambda one: (*by_name(one), one.pk))


def same_people(asking: Asking, answer: Answer, found: list[User], asked: Mapping[str, str]) -> None:
    page = [one.pk for one in page_of(found, asked, "p")]
    if is_paging_known(found):
        same_rows("people", persons(asking, answer), page)
    same("how many", len(persons(asking, answer)), len(page))


@asks("people", often=4)
def accounts(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    asked = {
        "q": asking.typed(),
        "team": asking.some(0.3, asking.team_key(), "?"),
        "role": asking.some(0.3, "L&D editor", "Auditor", "Essay marker", "Manager", "Admin"),
        "state": asking.some(0.3, "active", "waiting", "deactivated"),
        "p": asking.some(0.3, "2", "3"),
    }
    answer = asking.get(reader, "people", asked=asked)
    if refused_staff(asking, reader, answer):
        return
    found = [one for one in asking.people if is_named(one, asked["q"]) and has_role(oracle, one, asked["role"])]
    if asked["state"]:
        found = [one for one in found if account_state(one) == asked["state"]]
    if asked["team"]:
        below = oracle.below_team(asked["team"])
        found = [one for one in found if one.pk in below]
    same_people(asking, answer, sorted_people(found), asked)


def has_role(oracle: Oracle, one: User, role: str) -> bool:
    if role == "Admin":
        return one.is_superuser
    if role == "Manager":
        return oracle.is_manager(one)
    return not role or role in oracle.roles[one.pk]


def account_state(one: User) -> str:
    if not one.is_active:
        return "deactivated"
    return "waiting" if one.password.startswith("!") else "active"


@asks("person", "training-person", "learner", often=4)
def one_person(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    person, name = asking.person(), asking.rng.choice(["person", "training-person", "learner"])
    own = [row for row in oracle.enrolments.values() if row.person_id == person.pk]
    if name == "learner" and not own:
        return
    answer = asking.get(reader, name, asking.rng.choice(own).key if name == "learner" else person.key)
    if not refused_staff(asking, reader, answer):
        same("status", answer.status, 200)
        about(asking, answer, person)


@asks("training-people", often=3)
def people_and_their_training(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    asked = {"q": asking.typed(0.5), "p": asking.some(0.3, "2", "3")}
    answer = asking.get(reader, "training-people", asked=asked)
    if refused_staff(asking, reader, answer):
        return
    same_people(
        asking,
        answer,
        sorted_people(one for one in asking.people if one.is_active and is_named(one, asked["q"])),
        asked,
    )
    waiting = sum(row.decided_at is None for row in oracle.proofs)
    same("proofs that wait", answer.number(r"(\d+) proofs? waits? for a decision"), waiting)


@asks("training-proofs", "training-proof", often=3)
def proofs(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    owner = {duty.row.pk: duty.person for duty in oracle.duties}
    if asking.rng.random() < 0.3:
        row = asking.rng.choice(oracle.proofs)
        answer = asking.get(reader, "training-proof", row.key)
        if not refused_staff(asking, reader, answer):
            about(asking, answer, owner[row.assignment_id])
        return
    asked = {"q": asking.typed(0.4), "all": asking.some(0.5, "1"), "p": asking.some(0.2, "2")}
    answer = asking.get(reader, "training-proofs", asked=asked)
    if refused_staff(asking, reader, answer):
        return
    rows = [row for row in oracle.proofs if asked["all"] or row.decided_at is None]
    rows.sort(key=lambda row: -row.pk if asked["all"] else row.pk)
    rows = [row for row in rows if all(is_in_proof(owner, row, word) for word in asked["q"].lower().split())]
    page = page_of(rows, asked, "p")
    shown = [(Traces.KEY.findall(cells[0])[0], asking.traces.of(cells[1]).pop()) for cells in answer.rows()]
    same("rows", shown, [(str(row.key), owner[row.assignment_id].pk) for row in page])


def is_in_proof(owner: Mapping[int, User], row: Any, word: str) -> bool:
    return word in row.title.lower() or is_named(owner[row.assignment_id], word)


@asks("learners", often=3)
def learners(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    asked = {"q": asking.typed(0.5), "p": asking.some(0.4, "2", "5")}
    answer = asking.get(reader, "learners", asked=asked)
    if refused_staff(asking, reader, answer):
        return
    rows = [row for row in oracle.enrolments.values() if is_named(oracle.people[row.person_id], asked["q"])]
    rows.sort(key=lambda row: (*by_name(oracle.people[row.person_id]), row.pk))
    page = page_of(rows, asked, "p")
    shown = [Traces.KEY.findall(cells[0])[0] for cells in answer.rows()]
    if is_paging_known(rows):
        same_rows("rows", shown, [str(row.key) for row in page])
    same("how many", len(shown), len(page))


@asks("quiz-attempts", often=3)
def attempts_at_a_quiz(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    asked = {"q": asking.typed(0.5), "p": asking.some(0.3, "2"), "state": asking.some(0.5, "open", "passed", "not_yet")}
    answer = asking.get(reader, "quiz-attempts", asking.organisation.quiz, asked=asked)
    if refused_staff(asking, reader, answer):
        return
    owner = {row.pk: oracle.people[oracle.enrolments[row.enrolment_id].person_id] for row in oracle.attempts}
    of_state = {
        "open": lambda row: row.finished_at is None,
        "passed": lambda row: row.passed is True,
        "not_yet": lambda row: row.passed is False,
    }
    wanted = of_state.get(asked["state"], lambda row: True)
    rows = [row for row in oracle.attempts if wanted(row) and is_named(owner[row.pk], asked["q"])]
    rows.sort(key=lambda row: (row.started_at, row.pk), reverse=True)
    page = page_of(rows, asked, "p")
    shown = [Traces.KEY.findall(cells[0])[0] for cells in answer.rows()]
    same("whose", shown, [str(oracle.enrolments[row.enrolment_id].key) for row in page])


@asks("requirements", "requirement", "new-requirement", often=3)
def rules_and_what_they_would_do(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    answer = asking.get(reader, "requirements")
    if not refused_staff(asking, reader, answer):
        counts = Counter(duty.row.requirement_id for duty in oracle.current())
        shown = {
            plain(cells[0]).removesuffix(" ( not in force )").removesuffix(" (not in force)"): int(plain(cells[2]))
            for cells in answer.rows()
        }
        same("people", shown, {row.name: counts[row.pk] for row in oracle.requirements.values()})
    rule = Requirement.objects.get(pk=asking.rng.choice(list(oracle.requirements)))
    rule.audience = audience(asking)
    asking.asked = f"the dry run of {rule.name} for {rule.audience}"
    members = oracle.members(rule.audience) if rule.is_active else set()
    have = {duty.person.pk for duty in oracle.current() if duty.row.requirement_id == rule.pk}
    shown_run = dry_run(proposed=rule, now=NOW)
    named = [asking.traces.named(" ".join(people.names)) for people in (shown_run.gains, shown_run.loses)]
    for found, expected, people in zip(
        named, (members - have, have - members), (shown_run.gains, shown_run.loses), strict=True
    ):
        same("how many", people.count, len(expected))
        same("who", found, expected) if len(expected) <= PAGE else within("who", found, expected)
    same("who stays", shown_run.stays, len(have & members))


def audience(asking: Asking, depth: int = 0) -> dict:
    if depth < 2 and asking.rng.random() < 0.5:
        parts = [audience(asking, depth + 1) for _each in range(asking.rng.randint(1, 3))]
        return asking.rng.choice([{"any": parts}, {"all": parts}, {"not": parts[0]}])
    return asking.rng.choice(
        [
            {"team": asking.team_key(), "below": asking.rng.random() < 0.7},
            {"job_role": asking.rng.choice(["Driver", "Receptionist", "Fitter"])},
            {"location": asking.rng.choice(["Riga", "Gdynia"])},
            {"person": str(asking.person().key)},
        ]
    )


@asks("teams", "edit-team", often=3)
def the_tree(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(lambda one: one.is_superuser, 0.7)
    team = asking.rng.choice(list(oracle.teams.values()))
    if asking.rng.random() < 0.5:
        answer = asking.get(reader, "edit-team", team.key)
        if not refused_admin(asking, reader, answer):
            leads = {row.person_id for row in oracle.leads if row.team_id == team.pk}
            same("whom the page is about", asking.traces.of(answer.text), leads)
            works = sum(one.team_id == team.pk for one in asking.people)
            same("people", answer.number(r"(\d+) (?:person works|people work) directly"), works)
        return
    answer = asking.get(reader, "teams")
    if refused_admin(asking, reader, answer):
        return
    leading = oracle.leading()
    shown = [(int(plain(cells[2])), asking.traces.of(cells[3])) for cells in answer.rows()]
    tree = sorted(oracle.teams.values(), key=lambda one: one.path)
    sizes = Counter(one.team_id for one in asking.people if one.is_active)
    same("teams", shown, [(sizes[one.pk], leading.get(one.pk, set())) for one in tree])


@asks("scim-tokens")
def for_admins_alone(asking: Asking) -> None:
    reader = asking.reader(lambda one: one.is_superuser, 0.6)
    answer = asking.get(reader, "scim-tokens")
    if answer is not None and not reader.is_superuser:
        same("refused", answer.status in (302, 404), True)
        same("whom it is about", asking.traces.of(answer.text), set())


@asks("scim:users", "scim:users-search", "scim:groups", "scim:groups-search", often=4)
def a_directory(asking: Asking) -> None:
    cache.clear()  # how much a directory may ask is another test's
    oracle = asking.oracle
    here = [one for one in asking.people if one.left_scim_at is None]
    kind, found, text = asking.rng.choice(
        [
            ("users", here, ""),
            ("users", [one for one in here if one.is_active], "active eq true"),
            ("users", [one for one in here if one.email.startswith("p01")], 'userName sw "p01"'),
            ("users", [one for one in here if "nowak" in one.last_name.lower()], 'name.familyName co "NOWAK"'),
            ("groups", list(oracle.teams.values()), ""),
        ]
    )
    start, count = asking.rng.choice([(1, 50), (1, 500), (21, 30), (400, 10)])
    asked = {"filter": text, "startIndex": start, "count": count}
    is_search, secret = asking.rng.random() < 0.4, asking.organisation.token
    if asking.rng.random() < 0.1:
        secret = "not the token"
    asking.asked = f"a directory asks for {kind}: {asked}"
    client, headers = Client(), {"Authorization": f"Bearer {secret}"}
    if is_search:
        body = json.dumps({name: value for name, value in asked.items() if value != ""})
        address = reverse(f"scim:{kind}-search")
        response = client.post(address, body, content_type="application/scim+json", headers=headers)
    else:
        response = client.get(f"/scim/v2/{kind.title()}?{urlencode(asked)}", headers=headers)
    if secret != asking.organisation.token:
        same("refused", (response.status_code, asking.traces.of(response.content.decode())), (401, set()))
        return
    told = response.json()
    found = sorted(found, key=lambda one: one.pk)
    same("how many", told["totalResults"], len(found))
    page = found[start - 1 : start - 1 + count]
    same("who", [one["id"] for one in told["Resources"]], [str(one.key) for one in page])
    if kind == "groups":
        members = [{str(one.key) for one in here if one.team_id == team.pk} for team in page]
        same("members", [{one["value"] for one in row.get("members", [])} for row in told["Resources"]], members)


# --- marking, and how quizzes and scenarios go ---------------------------------------------------------------------
@asks("marking", "essay", often=3)
def to_be_marked(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_marker)
    writers = {row.pk: oracle.enrolments[row.enrolment_id].person_id for row in oracle.attempts}
    if asking.rng.random() < 0.3:
        row = asking.rng.choice(oracle.essays)
        answer = asking.get(reader, "essay", row.key)
        if answer is not None:
            may = oracle.is_marker(reader) and row in oracle.to_mark(reader)
            same("status", answer.status, 302 if may else 404)
        return
    asked = {
        "days": asking.some(0.4, "7", "20"),
        "person": asking.some(0.3, asking.rng.choice(oracle.essays).candidate),
    }
    answer = asking.get(reader, "marking", asked=asked)
    if answer is None:
        return
    if not oracle.is_marker(reader):
        same("refused", answer.status, 404)
        return
    rows = [row for row in oracle.to_mark(reader) if asked["person"] in ("", row.candidate)]
    if asked["days"]:
        rows = [row for row in rows if row.handed_in_at <= NOW - int(asked["days"]) * DAY]
    same("how many", answer.number(r"(\d+) essays? waits?") or 0, len(rows))
    shown = re.findall(r'action="/marking/([0-9a-f-]{36})/claim/"', answer.text)
    same("essays", shown, [str(row.key) for row in rows])
    same("who wrote them", asking.traces.of(answer.text), set())
    same("nobody's own", reader.pk in {writers[row.attempt_id] for row in rows}, False)


@asks("analyses", "scenario-analyses")
def how_often(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    name = asking.rng.choice(["analyses", "scenario-analyses"])
    answer = asking.get(reader, name)
    if refused_staff(asking, reader, answer):
        return
    count = sum(row.finished_at is not None for row in oracle.attempts)
    if name == "scenario-analyses":
        count = sum(row.mode == "graded" for row in oracle.runs)
    same("attempts", [int(plain(cells[2])) for cells in answer.rows()], [count])
    if name == "analyses":
        firsts = [row for row in oracle.attempts if row.number == 1 and row.passed is not None]
        people = {oracle.enrolments[row.enrolment_id].person_id for row in firsts}
        percent = 100 * sum(row.passed for row in firsts) // len(firsts) if len(people) >= FEWEST else None
        said = "too few to say" if percent is None else f"{percent}%"
        same("passed at once", [plain(cells[3]) for cells in answer.rows()], [said])
    same("whom the page is about", asking.traces.of(answer.text), set())


@asks("analysis", "analysis-csv", "scenario-analysis", "scenario-analysis-csv", often=4)
def how_it_goes(asking: Asking) -> None:
    """How many people and attempts figures are of; of fewer than five, nothing."""
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    is_quiz, is_file = asking.rng.random() < 0.6, asking.rng.random() < 0.2
    asked = {
        "attempts": asking.some(0.6, "first", "all"),
        "since": asking.some(0.1, "2026-03-01"),
        "until": asking.some(0.1, "2026-03-01"),
        "language": asking.some(0.1, "en", "pl"),
    }
    if is_quiz:
        asked["attempts"] = asking.some(0.7, "first", "best", "last", "all")
        asked |= {"team": asking.some(0.3, asking.team_key()), "job_role": asking.some(0.2, "Driver", "Fitter")}
    asked = {name: value for name, value in asked.items() if value}
    name = ("analysis" if is_quiz else "scenario-analysis") + ("-csv" if is_file else "")
    step = asking.organisation.quiz if is_quiz else asking.organisation.scenario
    answer = asking.get(reader, name, step, asked=asked)
    if refused_staff(asking, reader, answer):
        return
    same("whom it is about", asking.traces.of(answer.text), set())
    if is_file:
        return
    chosen = chosen_attempts(asking, asked, is_quiz=is_quiz)
    people = {oracle.enrolments[row.enrolment_id].person_id for row in chosen}
    page = answer.context["page"]
    is_hidden = 0 < len(people) < FEWEST
    same("people", (page.people, page.is_hidden), (0 if is_hidden else len(people), is_hidden))
    if is_quiz and not is_hidden and people:
        same("attempts", page.figures.size, len(chosen))


def chosen_attempts(asking: Asking, asked: Mapping[str, str], *, is_quiz: bool) -> list:
    oracle = asking.oracle
    every = sorted(oracle.attempts if is_quiz else oracle.runs, key=lambda row: (row.started_at, row.pk))
    owner = {row.pk: oracle.people[oracle.enrolments[row.enrolment_id].person_id] for row in every}
    firsts: dict[int, int] = {}
    for row in every:
        firsts.setdefault(owner[row.pk].pk, row.pk)
    if is_quiz:
        rows = [row for row in every if row.finished_at and row.score is not None]
    else:
        rows = [row for row in every if row.mode == "graded"]
    which = asked.get("attempts") or "first"
    if which == "first":
        rows = [row for row in rows if row.pk == firsts[owner[row.pk].pk]]
    moment = "finished_at" if is_quiz else "started_at"
    day = {row.pk: getattr(row, moment).astimezone(HOME).date().isoformat() for row in rows}
    rows = [row for row in rows if asked.get("since", "") <= day[row.pk] <= asked.get("until", "9")]
    if asked.get("language", "en") != "en":
        rows = []  # everybody here reads English
    if asked.get("team"):
        below = oracle.below_team(asked["team"])
        rows = [row for row in rows if owner[row.pk].pk in below]
    if asked.get("job_role"):
        rows = [row for row in rows if owner[row.pk].job_role == asked["job_role"]]
    if which in ("best", "last"):
        rows = list({owner[row.pk].pk: row for row in rows}.values())
    return rows


# --- addresses that show nobody ------------------------------------------------------------------------------------
# Those that libraries bring, by where their views are written.
LIBRARIES = {
    "wagtail": "pages, pictures and documents as editors see them; its list of accounts and its home are asked",
    "wagtail_localize": "translations of pages",
    "django": "pages, uploads, and the words of scripts",
    "django_scim": "what the SCIM server can do",
}


def nobody() -> dict[str, str]:
    """{address: why it shows nobody}"""
    reason, found = "", {}
    for line in Path(__file__).with_name("nobody.txt").read_text().splitlines():
        if line.startswith("because "):
            reason = line.removeprefix("because ")
        elif line.startswith(" "):
            found |= dict.fromkeys(line.split(), reason)
    return found
