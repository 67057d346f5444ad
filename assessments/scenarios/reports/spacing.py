"""The scenario somebody might practise in today, for their own page."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.models.records import Mode
from assessments.scenarios.reports.known import KNOWN
from assessments.scenarios.rules import spacing
from courses.kinds import Place


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
    for row in runs.values("step_key", "mode", "passed", "started_at", "finished_at", "version_id"):
        if str(row["step_key"]) in newest:
            rows[str(row["step_key"])].append(row)
    known = KNOWN.of({of_one[-1]["version_id"] for of_one in rows.values()})
    passed = (_passed(key, of_one, known[of_one[-1]["version_id"]].practises) for key, of_one in rows.items())
    found = [one for one in passed if one]
    chosen = spacing.offer(found, today)
    if chosen is None:
        return None
    return Variant((newest[chosen.key], chosen.key), (newest[chosen.like], chosen.like))


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
