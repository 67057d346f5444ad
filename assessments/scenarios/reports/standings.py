"""How people stand in scenarios, on other screens."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from assessments import policy
from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.models.records import KNOWN, Mode, RunState
from assessments.words import decision_text
from courses.kinds import READY, Place, Standing
from courses.models import Enrolment


def standing(
    enrolments: Iterable[Enrolment], extra: Mapping[Place, int], asked_again: Mapping[Place, datetime]
) -> dict[Place, Standing]:
    """How each enrolment stands in each scenario it has tried, in one query, and one for rules not read before."""
    names = ("enrolment_id", "step_key", "key", "mode", "state", "started_at", "finished_at", "passed", "step_count")
    rows = (
        ScenarioRun.objects.filter(enrolment__in=list(enrolments))
        .exclude(state=RunState.ABANDONED)
        .order_by("number")
        .values(*names, "version_id")
    )
    tried: dict[Place, list[dict]] = {}
    for row in rows:
        place = row["enrolment_id"], str(row["step_key"])
        again = asked_again.get(place)
        if row["state"] == RunState.IN_PROGRESS or again is None or row["started_at"] >= again:
            tried.setdefault(place, []).append(row)
    now = timezone.now()
    standings = {place: _begun_or_passed(runs) for place, runs in tried.items()}
    others = {place: runs for place, runs in tried.items() if standings[place] is None}
    known = KNOWN.of({runs[-1]["version_id"] for runs in others.values()})
    for place, runs in others.items():
        standings[place] = _decided(runs, known[runs[-1]["version_id"]].tries, extra.get(place, 0), now)
    return {place: found for place, found in standings.items() if found}


def _begun_or_passed(runs: list[dict]) -> Standing | None:
    last = runs[-1]
    if last["state"] == RunState.IN_PROGRESS:
        if last["mode"] == Mode.PRACTICE:  # whoever went back has taken more steps than turns
            text = gettext("You stopped in the middle of practice")
        else:
            text = gettext("You stopped at turn %(number)s") % {"number": last["step_count"] + 1}
        return Standing("open", url=reverse("run", args=[last["key"]]), text=text)
    return READY if any(row["passed"] and row["mode"] == Mode.GRADED for row in runs) else None


def _decided(runs: list[dict], allowed: policy.Tries, extra: int, now: datetime) -> Standing:
    counted = [row for row in runs if row["mode"] == Mode.GRADED]
    verdict = policy.decide(
        allowed,
        taken=len(counted),
        extra=extra,
        last_ended_at=max((row["finished_at"] for row in counted), default=None),
        now=now,
    )
    return Standing(verdict.state, text=decision_text(verdict), until=verdict.until)
