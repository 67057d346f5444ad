"""After a material change: people in progress owe the step once more, who has finished may begin a new cycle."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone
from django_tasks import task

from courses import rules
from courses.completing import complete_if_done, say_redo_by
from courses.models.records import CourseVersion, Enrolment, EnrolmentQuerySet, Redo, Rollout
from evidence import actions as evidence

BATCH = 100
AGAIN_AFTER = timedelta(minutes=5)


@task
def follow(rollout_id: int) -> str:
    """Take along everybody whom this change concerns, in batches of one transaction each.

    The next try is in the queue before the first batch. Should this worker die at any point it goes on from there;
    who was taken along has a row that says so, and is not met again.
    """
    rollout = Rollout.objects.select_related("decision", "course_version").get(pk=rollout_id)
    if not _left(rollout):
        return "nothing to do"
    follow.using(run_after=timezone.now() + AGAIN_AFTER).enqueue(rollout_id)
    taken = 0
    while batch := _left(rollout):
        taken += _take_along(rollout, batch)
    return f"{taken} enrolments"


def _left(rollout: Rollout) -> list[int]:
    redo = list(in_progress(rollout).values_list("pk", flat=True)[:BATCH])
    return redo or list(finished(rollout).values_list("pk", flat=True)[:BATCH])


def in_progress(rollout: Rollout) -> EnrolmentQuerySet:
    """Who was under way when it came into force, is still, and was not yet taken along."""
    begun = Enrolment.objects.in_progress().filter(
        course_key=rollout.decision.course_key, started_at__lte=rollout.at, completed_at=None
    )
    taken = Redo.objects.filter(enrolment=OuterRef("pk"), decision=rollout.decision)
    return begun.filter(~Exists(taken)).order_by("pk")


def finished(rollout: Rollout) -> EnrolmentQuerySet:
    """Who has finished, works here, and was not yet given the new cycle; nobody where none was asked for."""
    if not rollout.decision.new_cycle:
        return Enrolment.objects.none()
    done = Enrolment.objects.finished().filter(
        course_key=rollout.decision.course_key, person__is_active=True, completed_at__lte=rollout.at
    )
    given = Enrolment.objects.filter(person=OuterRef("person"), opened_by=rollout.decision)
    return done.filter(~Exists(given)).order_by("pk")


@transaction.atomic
def _take_along(rollout: Rollout, batch: list[int]) -> int:
    locked = Enrolment.objects.select_for_update(of=("self",)).filter(pk__in=batch).order_by("pk")
    list(locked)  # held now; who finished or was taken along meanwhile drops out of the two questions below
    under_way = list(in_progress(rollout).filter(pk__in=batch).select_related("course_version", "person"))
    for enrolment in under_way:
        _redo(rollout, enrolment)
    done = list(finished(rollout).filter(pk__in=batch).select_related("person"))
    opened = [(before, _new_cycle(rollout, before)) for before in done]
    # Only now the chain: whoever holds its head waits for nobody's row, or two could wait for each other.
    for enrolment in under_way:
        _prove_redo(rollout, enrolment, enrolment.course_version)
        complete_if_done(enrolment, timezone.now())  # nobody comes by again whose owed step is no longer required
    for before, after in opened:
        _prove_new_cycle(rollout, before, after)
    return len(under_way) + len(done)


def catch_up(enrolment: Enrolment) -> Enrolment:
    """What is in force for this enrolment, though the task did not come by yet. The row must be locked."""
    if enrolment.started_at is None or enrolment.completed_at:
        return enrolment
    taken = Redo.objects.filter(enrolment=enrolment, decision=OuterRef("decision"))
    waiting = Rollout.objects.filter(
        ~Exists(taken), decision__course_key=enrolment.course_key, at__gte=enrolment.started_at
    )
    followed = []
    for rollout in waiting.select_related("decision", "course_version").order_by("pk"):
        _redo(rollout, enrolment)
        followed.append((rollout, enrolment.course_version))
    for rollout, version in followed:
        _prove_redo(rollout, enrolment, version)
    return enrolment


def _redo(rollout: Rollout, enrolment: Enrolment) -> None:
    """Everything else this person has stays as it is: only the named steps change, and are owed once more."""
    decision, now = rollout.decision, timezone.now()
    steps = rules.taken_along(enrolment.course_version.steps, rollout.course_version.steps, set(decision.steps))
    if steps != enrolment.course_version.steps:
        content = enrolment.course_version.content | {"steps": [vars(step) for step in steps]}
        enrolment.course_version = CourseVersion.objects.of(enrolment.course_key, content)
        enrolment.save(update_fields=["course_version"])
    for key in decision.steps:
        last = Redo.objects.filter(enrolment=enrolment, step_key=key).aggregate(last=Max("round"))["last"] or 1
        Redo.objects.create(
            enrolment=enrolment, step_key=key, round=last + 1, decision=decision, due_on=decision.redo_by, at=now
        )
    say_redo_by(enrolment)


def _prove_redo(rollout: Rollout, enrolment: Enrolment, version: CourseVersion) -> None:
    decision = rollout.decision
    evidence.append(
        kind="step.to_redo",
        subject=enrolment.person.key,
        facts={
            "decision": str(decision.key),
            "enrolment": str(enrolment.key),
            "steps": decision.steps,
            "course_version": version.sha256,
            "redo_by": decision.redo_by.isoformat() if decision.redo_by else None,
        },
        personal={},
    )


def _new_cycle(rollout: Rollout, before: Enrolment) -> Enrolment:
    """Beside the finished one, of which nothing changes."""
    return Enrolment.objects.create(
        person=before.person,
        course_key=before.course_key,
        cycle=before.cycle + 1,
        course_version=rollout.course_version,
        valid_months=before.valid_months,
        created_at=timezone.now(),
        opened_by=rollout.decision,
        redo_by=rollout.decision.redo_by,
    )


def _prove_new_cycle(rollout: Rollout, before: Enrolment, opened: Enrolment) -> None:
    decision = rollout.decision
    evidence.append(
        kind="cycle.opened",
        subject=before.person.key,
        at=opened.created_at,
        facts={
            "decision": str(decision.key),
            "enrolment": str(opened.key),
            "after": str(before.key),
            "cycle": opened.cycle,
            "due_on": decision.redo_by.isoformat() if decision.redo_by else None,
        },
        personal={},
    )
