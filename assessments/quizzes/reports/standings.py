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
from courses import versions
from courses.kinds import Place, Standing
from courses.models import Enrolment

TRIES = versions.Fact("body__rules", made=lambda rules: policy.Tries(rules["attempts"], tuple(rules["waits"])))


def standing(
    enrolments: Iterable[Enrolment], extra: Mapping[Place, int], asked_again: Mapping[Place, datetime]
) -> dict[Place, Standing]:
    """How each enrolment stands in each quiz it has tried, in one query, and one for rules not read before."""
    rows = (
        QuizAttempt.objects.filter(enrolment__in=list(enrolments))
        .order_by("number")
        .values("enrolment_id", "step_key", "key", "started_at", "finished_at", "passed", "version_id")
    )
    tried: dict[Place, list[Any]] = {}
    for row in rows:
        place = row["enrolment_id"], str(row["step_key"])
        again = asked_again.get(place)
        if row["finished_at"] is None or again is None or row["started_at"] >= again:
            tried.setdefault(place, []).append(row)
    now = timezone.now()
    standings = {place: _begun_or_passed(tries) for place, tries in tried.items()}
    others = {place: tries for place, tries in tried.items() if standings[place] is None}
    allowed = TRIES.of({tries[-1]["version_id"] for tries in others.values()})
    for place, tries in others.items():
        standings[place] = _decided(tries, allowed[tries[-1]["version_id"]], extra.get(place, 0), now)
    return {place: found for place, found in standings.items() if found}


def _begun_or_passed(tries: list[dict]) -> Standing | None:
    last = tries[-1]
    if last["finished_at"] is None:
        return Standing("open", url=reverse("attempt", args=[last["key"]]), text=gettext("Not handed in yet"))
    if any(row["passed"] for row in tries):
        return Standing("ready")
    if any(row["passed"] is None for row in tries):
        return Standing(MARKING, text=gettext("Handed in. It waits for marking."))
    return None


def _decided(tries: list[dict], allowed: policy.Tries, extra: int, now: datetime) -> Standing:
    verdict = policy.decide(
        allowed,
        taken=len(tries),
        extra=extra,
        last_ended_at=tries[-1]["finished_at"],
        now=now,
    )
    return Standing(verdict.state, text=decision_text(verdict), until=verdict.until)


def decision_text(verdict: policy.Decision) -> str:
    """What happens next and who can help, in words; "" where a new attempt may simply start."""
    if verdict.state == MARKING:
        return gettext("Your last attempt waits for marking. The result is here as soon as it is marked.")
    return words.decision_text(verdict)
