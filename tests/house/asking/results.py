"""Marking, and how quizzes and scenarios go."""

import re
from collections.abc import Mapping

from tests.house.asking.session import FEWEST, Asking, asks, plain, same
from tests.house.asking.staff import refused_staff
from tests.house.oracle import HOME
from tests.house.organisation import DAY, NOW


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
