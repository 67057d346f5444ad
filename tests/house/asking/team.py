"""A manager's screens."""

import csv
import io
import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from openpyxl import load_workbook

from lms.dates import short_date
from people.models import User
from tests.house.asking.session import (
    WRONG_PAGES,
    Answer,
    Asking,
    asks,
    inner,
    is_paging_known,
    page_of,
    plain,
    same,
    same_rows,
    within,
)
from tests.house.oracle import OPEN, SHOWS, WORDS, Duty, Oracle, Traces
from tests.house.organisation import DAY, NOW, TODAY

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
