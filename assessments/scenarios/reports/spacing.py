"""The scenario somebody might practise in today, for their own page; and which it will be, for a debrief."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.models.records import KNOWN, Mode
from assessments.scenarios.rules import spacing
from courses.kinds import Place

OF_A_RUN = ("step_key", "mode", "passed", "started_at", "finished_at", "version_id")


@dataclass(frozen=True)
class Variant:
    """place: of the scenario to practise in; like: of the one it is a variant of."""

    place: Place
    like: Place


def variant(done: Mapping[Place, datetime], today: date) -> Variant | None:
    """Of the scenarios that one person has finished, each with when that was first. In one query, and a second one for
    versions that were not read yet; in none where all of it is long ago. The newest cycle is led to."""
    newest = {key: pk for pk, key in sorted(done)}
    first = {key: min(at for (_pk, other), at in done.items() if other == key) for key in newest}
    if len(newest) < 2 or all(spacing.is_lapsed(timezone.localdate(at), today) for at in first.values()):
        return None
    rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    runs = ScenarioRun.objects.filter(enrolment__in={pk for pk, _key in done}).order_by("pk")
    for row in runs.values(*OF_A_RUN):
        if str(row["step_key"]) in newest:
            rows[str(row["step_key"])].append(row)
    chosen = spacing.offer(_all_passed(rows), today)
    if chosen is None:
        return None
    return Variant((newest[chosen.key], chosen.key), (newest[chosen.like], chosen.like))


@dataclass(frozen=True)
class Ahead:
    """What is offered on one's own page in so many days, by its title in the language it was last played in."""

    days: int
    title: str
    language: str


def ahead(run: ScenarioRun, today: date) -> Ahead | None:
    """After a run that passed, in one query, and a second one for versions that were not read yet."""
    rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    runs = ScenarioRun.objects.filter(enrolment__person=run.enrolment.person_id).order_by("pk")
    for row in runs.values(*OF_A_RUN, "version__title", "version__language"):
        rows[str(row["step_key"])].append(row)
    found = spacing.ahead(_all_passed(rows), str(run.step_key), today)
    if found is None:
        return None
    days, offer = found
    last = rows[offer.key][-1]
    return Ahead(days, last["version__title"], last["version__language"])


def _all_passed(rows: Mapping[str, list[Mapping[str, Any]]]) -> list[spacing.Passed]:
    known = KNOWN.of({of_one[-1]["version_id"] for of_one in rows.values()})
    passed = (_passed(key, of_one, known[of_one[-1]["version_id"]].practises) for key, of_one in rows.items())
    return [one for one in passed if one]


def _passed(key: str, rows: list[Mapping[str, Any]], practises: frozenset[str]) -> spacing.Passed | None:
    passes = [row["finished_at"] for row in rows if row["passed"] and row["mode"] == Mode.GRADED]
    if not passes:
        return None
    return spacing.Passed(
        key=key,
        practises=practises,
        first_on=timezone.localdate(min(passes)),
        last_on=timezone.localdate(max(row["started_at"] for row in rows)),
    )
