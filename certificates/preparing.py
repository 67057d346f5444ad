"""How a prepared file is made in a task: claimed by one worker, planned anew before each try, cleared away at last."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from certificates.models import MAX_BUNDLE_TRIES, Prepared, private_storage
from certificates.rules import BundleState

logger = logging.getLogger(__name__)

# Longer than one try can take: until the pause is over nobody else touches it.
PAUSE = timedelta(minutes=15)
LASTS = timedelta(days=7)

Made = TypeVar("Made", bound=Prepared)


@transaction.atomic
def claim(rows: QuerySet[Made], key: str, task: Any) -> Made | None:
    """One more try of this row, ours alone; the try after it is in the queue already, should this worker die."""
    found = rows.filter(key=key, made_at=None, tries__lt=MAX_BUNDLE_TRIES).first()
    now = timezone.now()
    if found is None or (found.next_try_at or now) > now:
        return None
    until = now + PAUSE
    mine = rows.filter(pk=found.pk, tries=found.tries, made_at=None)
    if not mine.update(tries=F("tries") + 1, next_try_at=until):
        return None
    found.tries += 1
    if found.tries < MAX_BUNDLE_TRIES:
        task.using(run_after=until).enqueue(key)
    return found


@transaction.atomic
def record_made(rows: QuerySet[Made], made: Made, clear: Any, **facts: object) -> bool:
    """False: it was taken back meanwhile (`make_anew`), and may not be fetched."""
    now = timezone.now()
    until = now + LASTS
    mine = rows.filter(pk=made.pk, made_at=None, tries=made.tries)
    if not mine.update(made_at=now, expires_at=until, error="", **facts):
        return False
    clear.using(run_after=until).enqueue()
    return True


@transaction.atomic
def make_anew(rows: QuerySet[Made], task: Any) -> int:
    """What of these is being made at this moment counts for nothing: it is made again, once that try must be over."""
    begun = list(rows.filter(made_at=None, tries__gt=0, next_try_at__isnull=False).select_for_update(of=("self",)))
    for prepared in begun:
        type(prepared)._default_manager.filter(pk=prepared.pk).update(tries=0)
        task.using(run_after=prepared.next_try_at).enqueue(str(prepared.key))
    return len(begun)


def record_failure(rows: QuerySet[Made], failed: Made, error: Exception) -> str:
    """Nothing is running any more, so the last try says at once that it failed."""
    reason = f"{type(error).__name__}: {error}"[:400]
    given_up = failed.tries >= MAX_BUNDLE_TRIES
    row = rows.filter(pk=failed.pk, tries=failed.tries, made_at=None)
    row.update(error=reason, **({"next_try_at": None} if given_up else {}))
    name = type(failed).__name__
    logger.warning("%s %s was not made (try %d of %d): %s", name, failed.key, failed.tries, MAX_BUNDLE_TRIES, reason)
    return "given up" if given_up else "tried"


@transaction.atomic
def give_up(rows: QuerySet[Made], refused: Made, reason: str) -> None:
    """No further try: it would be refused again."""
    row = rows.filter(pk=refused.pk, tries=refused.tries, made_at=None)
    row.update(tries=MAX_BUNDLE_TRIES, next_try_at=None, error=reason[:400])


@transaction.atomic
def requeue(rows: QuerySet[Made], task: Any) -> int:
    """New tasks for those of these whose own died with a worker before it began. Doing so twice is harmless, since
    only one task gets to claim each. How many."""
    keys = list(rows.order_by("pk").values_list("key", flat=True))
    for key in keys:
        task.enqueue(str(key))
    return len(keys)


@transaction.atomic
def try_again(rows: QuerySet[Made], requested: Made, task: Any) -> bool:
    """Take up a failed one again. False: it is made, or still being made."""
    if requested.state(timezone.now()) != BundleState.FAILED:
        return False
    failed = rows.filter(pk=requested.pk, tries=requested.tries, made_at=None)
    if not failed.update(tries=0, next_try_at=None, error=""):
        return False
    task.enqueue(str(requested.key))
    return True


@transaction.atomic
def expire(rows: list[Made]) -> int:
    """Before their time: nobody can fetch them any more, and once that is saved their files go. How many there were."""
    for prepared in rows:
        type(prepared)._default_manager.filter(pk=prepared.pk).update(expires_at=timezone.now())
        transaction.on_commit(partial(clear, prepared), robust=True)
    return len(rows)


def clear(prepared: Prepared) -> int:
    """Remove its files, whole or half. How many those were."""
    storage = private_storage()
    try:
        _folders, files = storage.listdir(prepared.folder)
    except FileNotFoundError:
        return 0
    for name in files:
        storage.delete(f"{prepared.folder}/{name}")
    return len(files)
