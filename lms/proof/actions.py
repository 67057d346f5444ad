"""Asking for a pack: on record, since the data of people leaves the system with it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from certificates import preparing
from evidence import actions as evidence
from lms.proof import trainings
from lms.proof.models import EvidencePack, PackForm, may_audit
from lms.proof.rules import PACK_LIMIT, Asked
from lms.proof.tasks import make_pack
from people.models import User


class NotAllowed(Exception):
    """Neither an auditor nor L&D nor an admin."""


class NothingAsked(Exception):
    """No person, course, team or days: a pack of everything is nobody's question."""


class NothingFound(Exception):
    """Nobody's training is of this kind."""


class TooMuch(Exception):
    """More trainings than one pack takes."""


@transaction.atomic
def request_pack(*, key: UUID, form: PackForm, asked: Asked, by: User) -> EvidencePack:
    """The same key is the same request, however often it is sent. Raises the exceptions above."""
    if not may_audit(by):
        raise NotAllowed
    if earlier := EvidencePack.objects.visible_to(by).filter(key=key).first():
        return earlier
    _check(asked, by)
    now = timezone.now()
    facts = {
        "requested_by": by,
        "requested_at": now,
        "language": by.language,
        "form": form,
        "person": trainings.person_of(asked, by),
        "course_key": asked.course,
        "team_key": asked.team,
        "since": asked.since,
        "until": asked.until,
    }
    requested, created = EvidencePack.objects.get_or_create(key=key, defaults=facts)
    if not created:
        raise NotAllowed  # somebody else's key
    make_pack.enqueue(str(key))
    evidence.append(
        kind="evidence.exported",
        subject=by.key,
        at=now,
        facts={"pack": str(key), "form": str(form), **asked.facts()},
        personal={},
    )
    return requested


@transaction.atomic
def forget_packs(*, person: User) -> int:
    """Packs that may name somebody who is erased are gone before their time, and those that are being made at this
    moment are made anew. How many could be fetched."""
    named = EvidencePack.objects.naming(person)
    preparing.make_anew(named, make_pack)  # first: whatever is recorded as made while this waits is ready below
    return preparing.expire(list(named.ready(timezone.now())))


def _check(asked: Asked, by: User) -> None:
    if asked.is_everything or asked.name:
        raise NothingAsked
    count = trainings.found(asked, by).count()
    if not count:
        raise NothingFound
    if count > PACK_LIMIT:
        raise TooMuch(count)


def try_pack_again(*, requested: EvidencePack) -> bool:
    """Take up a failed one again. False: it is made, or still being made."""
    return preparing.try_again(EvidencePack.objects.all(), requested, make_pack)


def requeue(*, waiting_since: datetime) -> int:
    """Packs whose task was lost. How many."""
    return preparing.requeue(EvidencePack.objects.lost(waiting_since), make_pack)
