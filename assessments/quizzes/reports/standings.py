"""How people stand in quizzes they have tried: for the outline of a course."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from assessments import policy, words
from assessments.quizzes.models import QuizAttempt
from assessments.quizzes.models.records import MARKING
from courses.kinds import Place, Standing
from courses.models import Enrolment


def standing(
    enrolments: Iterable[Enrolment], extra: Mapping[Place, int], asked_again: Mapping[Place, datetime]
) -> dict[Place, Standing]:
    """How each enrolment stands in each quiz it has tried, in one query."""
    rows = (
        QuizAttempt.objects.filter(enrolment__in=list(enrolments))
        .order_by("number")
        .values(
            "enrolment_id", "step_key", "key", "started_at", "finished_at", "passed", "version__content__body__rules"
        )
    )
    tried: dict[Place, list[Any]] = {}
    for row in rows:
        place = row["enrolment_id"], str(row["step_key"])
        again = asked_again.get(place)
        if row["finished_at"] is None or again is None or row["started_at"] >= again:
            tried.setdefault(place, []).append(row)
    now = timezone.now()
    return {place: _standing(tries, extra.get(place, 0), now) for place, tries in tried.items()}


def _standing(tries: list[dict], extra: int, now: datetime) -> Standing:
    last = tries[-1]
    if last["finished_at"] is None:
        return Standing("open", url=reverse("attempt", args=[last["key"]]), text=gettext("Not handed in yet"))
    if any(row["passed"] for row in tries):
        return Standing("ready")
    if any(row["passed"] is None for row in tries):
        return Standing(MARKING, text=gettext("Handed in. It waits for marking."))
    rules = last["version__content__body__rules"]
    verdict = policy.decide(
        policy.Tries(rules["attempts"], tuple(rules["waits"])),
        taken=len(tries),
        extra=extra,
        last_ended_at=last["finished_at"],
        now=now,
    )
    return Standing(verdict.state, text=decision_text(verdict), until=verdict.until)


def decision_text(verdict: policy.Decision) -> str:
    """What happens next and who can help, in words; "" where a new attempt may simply start."""
    if verdict.state == MARKING:
        return gettext("Your last attempt waits for marking. The result is here as soon as it is marked.")
    return words.decision_text(verdict)
