"""What is one's own: training, pages, calendar."""

import re
from typing import Any

from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.house.asking.session import Asking, asks, same, same_rows, within


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
