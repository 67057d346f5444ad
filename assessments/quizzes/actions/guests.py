"""Self-checks without an account: begun, answered, forgotten after three days. None of it is ever training."""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from assessments.quizzes.models import GuestAnswer, GuestSitting
from assessments.quizzes.models.guests import hashed
from assessments.quizzes.rules.question import Response
from assessments.quizzes.rules.quiz import Quiz
from courses import versions
from courses.models import Publication, StepVersion


@transaction.atomic
def begin_as_guest(*, guest: str, version: StepVersion, at: datetime | None = None) -> GuestSitting:
    """A new paper for this browser, in place of the one it had at this quiz. What is over goes on the way."""
    now = at or timezone.now()
    forget_guests(at=now)
    GuestSitting.objects.filter(guest=hashed(guest), step_key=version.step_key).delete()
    quiz = Quiz(versions.content(version.pk)["body"])
    fields = {
        "version": version,
        "paper": quiz.new_paper(seed=secrets.token_hex(16), seen={}),
        "wordings": Publication.objects.wordings(version),
        "started_at": now,
    }
    sitting, _created = GuestSitting.objects.get_or_create(
        guest=hashed(guest), step_key=version.step_key, defaults=fields
    )
    return sitting


class Forgotten(Exception):
    """The sitting is gone: this browser began anew in another window, or three days are over."""


@transaction.atomic
def answer_as_guest(
    *, sitting: GuestSitting, question_key: str, response: Response, at: datetime | None = None
) -> GuestAnswer:
    """The first answer stays: its explanation was shown. Raises Forgotten."""
    if GuestSitting.objects.select_for_update().filter(pk=sitting.pk).first() is None:
        raise Forgotten
    answer, _created = GuestAnswer.objects.get_or_create(
        sitting=sitting, question_key=question_key, defaults={"response": response, "at": at or timezone.now()}
    )
    return answer


@transaction.atomic
def forget_guests(*, at: datetime | None = None) -> int:
    """Delete what was begun three days ago or earlier. Says how many self-checks there were."""
    over = GuestSitting.objects.over(at or timezone.now())
    _rows, by_table = over.delete()
    return by_table.get(GuestSitting._meta.label, 0)
