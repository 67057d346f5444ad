"""How people stand in scenarios, on other screens."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from assessments import policy
from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.models.records import Mode, RunState, tries
from assessments.words import decision_text
from courses.kinds import READY, Place, Standing
from courses.models import Enrolment

RULES = {"attempts": "version__content__body__attempts", "waits": "version__content__body__waits"}


def standing(
    enrolments: Iterable[Enrolment], extra: Mapping[Place, int], asked_again: Mapping[Place, datetime]
) -> dict[Place, Standing]:
    """How each enrolment stands in each scenario it has tried, in one query."""
    names = ("enrolment_id", "step_key", "key", "mode", "state", "started_at", "finished_at", "passed", "step_count")
    rows = (
        ScenarioRun.objects.filter(enrolment__in=list(enrolments))
        .exclude(state=RunState.ABANDONED)
        .order_by("number")
        .values(*names, *RULES.values())
    )
    tried: dict[Place, list[dict]] = {}
    for row in rows:
        place = row["enrolment_id"], str(row["step_key"])
        again = asked_again.get(place)
        if row["state"] == RunState.IN_PROGRESS or again is None or row["started_at"] >= again:
            tried.setdefault(place, []).append(row)
    now = timezone.now()
    return {place: _standing(runs, extra.get(place, 0), now) for place, runs in tried.items()}


def _standing(runs: list[dict], extra: int, now: datetime) -> Standing:
    last = runs[-1]
    if last["state"] == RunState.IN_PROGRESS:
        if last["mode"] == Mode.PRACTICE:  # whoever went back has taken more steps than turns
            text = gettext("You stopped in the middle of practice")
        else:
            text = gettext("You stopped at turn %(number)s") % {"number": last["step_count"] + 1}
        return Standing("open", url=reverse("run", args=[last["key"]]), text=text)
    counted = [row for row in runs if row["mode"] == Mode.GRADED]
    if any(row["passed"] for row in counted):
        return READY
    verdict = policy.decide(
        tries({name: last[column] for name, column in RULES.items()}),
        taken=len(counted),
        extra=extra,
        last_ended_at=max((row["finished_at"] for row in counted), default=None),
        now=now,
    )
    return Standing(verdict.state, text=decision_text(verdict), until=verdict.until)
