"""Lists of L&D and admins, and a directory."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from people.models import User
from tests.house.asking.session import (
    PAGE,
    Answer,
    Asking,
    asks,
    is_paging_known,
    page_of,
    plain,
    same,
    same_rows,
    within,
)
from tests.house.asking.team import about
from tests.house.oracle import Oracle, Traces, by_name, is_named
from tests.house.organisation import NOW
from training.models import Requirement
from training.reports.dry_run import dry_run


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
