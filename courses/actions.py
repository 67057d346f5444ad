"""The only writer of course records. Every act is one transaction, locks the Enrolment first, and may be repeated."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from courses import emails, rules
from courses.completing import complete_if_done, say_redo_by
from courses.models import (
    Allowance,
    CoursePage,
    CourseVersion,
    Decision,
    Enrolment,
    Place,
    Publication,
    Reflection,
    RefusedExpiry,
    RefusedPublication,
    Rollout,
    StepCompletion,
    StepVersion,
)
from courses.models.drafts import due_revisions, expired, standing
from courses.models.going_live import Draft, deciding
from courses.models.records import Change, Redo, round_at
from courses.tasks import catch_up, finished, follow, in_progress
from evidence import actions as evidence
from people import actions as people
from people.emails import Letter
from people.models import User

logger = logging.getLogger(__name__)
_waiting: ContextVar[set[UUID] | None] = ContextVar("courses_waiting", default=None)


class NotPublished(Exception):
    """The course has no live step, so nobody can begin it."""


# --- versions ------------------------------------------------------------------------------------------------------


@contextmanager
def batch() -> Iterator[None]:
    """Many pages change together (an import): the course version is made once, at the end."""
    token = _waiting.set(set())
    try:
        yield
        waiting = _waiting.get() or set()
    finally:
        _waiting.reset(token)
    for course_key in waiting:
        refresh_course(course_key=course_key)


@transaction.atomic
def refresh_course(*, course_key: UUID) -> CourseVersion | None:
    """The version of the course as its live pages stand now. Who has not begun moves to it; who has stays."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.add(course_key)
        return None
    version = _version_now(course_key)
    if version is None:
        return None
    # Whose row somebody holds is beginning at this moment, and takes the version of that moment: nobody waits for them.
    behind = Enrolment.objects.filter(course_key=course_key, started_at=None).exclude(course_version=version)
    free = behind.select_for_update(skip_locked=True).values("pk")
    Enrolment.objects.filter(pk__in=free, started_at=None).update(course_version=version)
    return version


def _version_now(course_key: UUID) -> CourseVersion | None:
    page = CoursePage.of_key(course_key)
    content = _course_content(page) if page else None
    return None if content is None else CourseVersion.objects.of(course_key, content)


def _course_content(page: CoursePage) -> dict | None:
    placed = page.step_pages()
    current = _current_versions([key for key, _module in placed])
    steps = [
        rules.PinnedStep(key, current[key].structure_sha256, current[key].kind, current[key].required_of, module)
        for key, module in placed
        if key in current
    ]
    if not steps:
        return None
    minutes = sum(current[step.key].minutes for step in steps if step.required_of == rules.EVERYONE)
    hours = page.hours or rules.hours(minutes)
    return {"steps": [vars(step) for step in steps], "hours": str(hours), "valid_months": page.valid_months}


def _current_versions(step_keys: list[str]) -> dict[str, StepVersion]:
    """Each step's newest version in the source language, whose structure the others follow; of a step without one, what
    was published last."""
    source = settings.LANGUAGE_CODE
    rows = Publication.objects.newest(step_keys)
    ordered = sorted(rows, key=lambda row: (row.language == source, row.pk))
    return {str(row.step_key): row.version for row in ordered}


# --- publishing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """What somebody says a change means. steps: keys of those to redo; the rest only where it is material."""

    change: str
    note: str = ""
    steps: tuple[str, ...] = ()
    redo_by: date | None = None
    new_cycle: bool = False


class Overtaken(Exception):
    """Somebody saved or published meanwhile: what was seen is not what would go live."""


@transaction.atomic
def publish(
    *, drafts: Sequence[Draft], choice: Choice, by: User, besides: Sequence[Draft] = (), approving: Any = None
) -> list[Decision]:
    """Make these drafts live, or plan them for their dates, with what they mean. All of it or nothing.

    besides: drafts that go live along with them and change nothing that people have. approving: the task of a review,
    whose approval makes them live. Raises Overtaken, and what a page refuses to go live with.
    """
    for draft in sorted([*drafts, *besides], key=lambda one: one.page.pk):
        if _moment(_hold(draft).latest_revision) != _moment(draft.revision):
            raise Overtaken
    each = _each([_with_revision(draft, by) for draft in drafts], choice)
    decided = [(draft, _decide(draft, own, by, draft.revision.pk)) for draft, own in each]
    for draft, decision in sorted([*decided, *((_with_revision(draft, by), None) for draft in besides)], key=_place):
        _make_live(draft, by, decision, approving, choice.note)
    for draft, decision in decided:
        is_live, _decided = standing(draft.page)
        if is_live == draft.revision.pk:
            _roll_out(decision)
    decisions = [decision for _draft, decision in decided]
    for decision in decisions:
        _prove_decision(decision)
    return decisions


def _hold(draft: Draft) -> Any:
    """Its row, until the transaction ends. Raises Overtaken where what is live is not what it was when the draft was
    read. A page lies in two tables: which draft is the newest stands in one, what is live in the other; both are
    locked."""
    row = type(draft.page).objects.select_for_update(no_key=True).get(pk=draft.page.pk)
    if standing(row) != draft.standing:
        raise Overtaken
    return row


def _with_revision(draft: Draft, by: User) -> Draft:
    """A page that was never saved in the CMS has none yet."""
    return draft if draft.revision else replace(draft, revision=draft.page.save_revision(user=by))


def _moment(revision: Any) -> tuple | None:
    """What the CMS saves by itself is written over in its place: the same row, at another time."""
    return revision and (revision.pk, revision.created_at)


def _place(going: tuple[Draft, Decision | None]) -> str:
    """A course goes live before its steps, which are checked and compiled by what stands above them."""
    return getattr(going[0].page, "path", "")  # a question has none


def _each(drafts: Sequence[Draft], choice: Choice) -> Iterator[tuple[Draft, Choice]]:
    """What one choice means for each of several drafts. A step is redone once, because of itself where it changes
    itself; what none of the chosen steps is redone for has its safe meaning."""
    left = set(choice.steps)
    for draft in sorted(drafts, key=lambda one: one.page not in one.steps):
        mine = left & {str(step.translation_key) for step in draft.steps}
        left -= mine
        if choice.change == Change.MATERIAL and mine:
            yield draft, replace(choice, steps=tuple(mine))
        else:
            yield draft, replace(choice, change=rules.safe(changes_structure=draft.changes_structure))


def _make_live(draft: Draft, by: User, decision: Decision | None = None, approving: Any = None, note: str = "") -> None:
    """Whether they may publish here was asked in the view. Whether the page may go live is asked here, of what is held
    by now; of one that only gets its date, too."""
    draft.page.fix_as_held()
    draft.page.may_go_live(by)
    with deciding(decision, draft):
        if approving:
            approving.task.specific.on_action(approving, by, "approve", comment=note)
        else:
            draft.revision.publish(user=by, skip_permission_checks=True)


@transaction.atomic
def ask_again(*, draft: Draft, choice: Choice, by: User) -> Decision:
    """People redo what is live already: it went live by a route that asked nobody, or its meaning is seen only now.
    Raises Overtaken where somebody published or decided since the draft was read."""
    _hold(draft)
    decision = _decide(draft, choice, by, None)
    _roll_out(decision)
    _prove_decision(decision)
    return decision


def _decide(draft: Draft, choice: Choice, by: User, revision_id: int | None) -> Decision:
    is_material = choice.change == Change.MATERIAL
    return Decision.objects.create(
        page_key=draft.page.translation_key,
        course_key=draft.course_key,
        language=draft.page.locale.language_code,
        revision_id=revision_id,
        change=choice.change,
        note=choice.note,
        steps=sorted(choice.steps) if is_material else [],
        redo_by=choice.redo_by if is_material else None,
        new_cycle=choice.new_cycle and is_material,
        decided_by=by,
        decided_at=timezone.now(),
    )


def _prove_decision(decision: Decision) -> None:
    """Last in its transaction: whoever holds the head of the chain waits for nobody's row."""
    evidence.append(
        kind="publication.decided",
        subject=decision.decided_by.key,
        at=decision.decided_at,
        facts={
            "decision": str(decision.key),
            "page": str(decision.page_key),
            "course": str(decision.course_key),
            "language": decision.language,
            "revision": decision.revision_id,
            "change": decision.change,
            "steps": decision.steps,
            "redo_by": decision.redo_by.isoformat() if decision.redo_by else None,
            "new_cycle": decision.new_cycle,
        },
        personal={"name": decision.decided_by.name, "note": decision.note},
    )


def _roll_out(decision: Decision) -> None:
    """In force from now on; whom it concerns is taken along by a task, since they may be thousands."""
    if decision.change != Change.MATERIAL or Rollout.objects.filter(decision=decision).exists():
        return
    version = refresh_course(course_key=decision.course_key)
    if version is None:
        raise NotPublished(str(decision.course_key))
    rollout = Rollout.objects.create(decision=decision, course_version=version, at=timezone.now())
    follow.enqueue(rollout.pk)


@transaction.atomic
def requeue_rollouts(*, waiting_since: datetime) -> int:
    """New tasks for changes in force since then that somebody is still to be taken along by: their own task died with a
    worker before it began. Doing so twice is harmless: nobody is taken along twice. Says how many."""
    rollouts = Rollout.objects.filter(at__lte=waiting_since).select_related("decision").order_by("pk")
    left = [rollout.pk for rollout in rollouts if in_progress(rollout).exists() or finished(rollout).exists()]
    for rollout_id in left:
        follow.enqueue(rollout_id)
    return len(left)


@dataclass(frozen=True)
class Due:
    """What became of one appointment. problem: why it was not kept, "" where it was."""

    label: str
    is_expiry: bool = False
    problem: str = ""


def publish_due(*, at: datetime | None = None) -> Iterator[Due]:
    """Keep the appointments, one by one: what may not go live becomes a draft again, its author is told; what cannot
    be taken down stays; and the others go on. Run twice, killed anywhere, each is kept once."""
    now = at or timezone.now()
    for row in expired(now):
        if done := _expire(row):
            yield done
    for revision in due_revisions(now):
        if done := _publish_due(revision):
            yield done


def _expire(row: Any) -> Due | None:
    planner = row.live_revision.user if row.live_revision else None
    language = planner.language if planner else settings.LANGUAGE_CODE
    try:
        with transaction.atomic(), translation.override(language):
            return _expire_locked(row)
    except Exception as error:  # whatever it is, the others go on
        is_surprise = not isinstance(error, ValidationError)
        logger.warning("%r was not taken down at its time: %s", row, error, exc_info=is_surprise)
        with translation.override(language):
            return _refuse_expiry(row, planner, _why(error))


def _expire_locked(row: Any) -> Due | None:
    current = type(row).objects.select_for_update(of=("self",)).filter(pk=row.pk, live=True).first()
    if current is None or current.expire_at != row.expire_at:
        return None  # another run was quicker, or it has another time by now
    current.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    return Due(str(current), is_expiry=True)


@transaction.atomic
def _refuse_expiry(row: Any, planner: User | None, reason: str) -> Due:
    """It stays live, and who edits it is told; it is tried again when somebody has given it another time."""
    _row, is_new = RefusedExpiry.objects.get_or_create(
        content_type=ContentType.objects.get_for_model(row),
        object_id=str(row.pk),
        expire_at=row.expire_at,
        defaults={"label": str(row)[:255], "reason": reason, "at": timezone.now()},
    )
    if is_new:
        _tell(planner, emails.not_taken_down, str(row), reason)
    return Due(str(row), is_expiry=True, problem=reason)


def _why(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else type(error).__name__


def _publish_due(revision: Any) -> Due | None:
    language = revision.user.language if revision.user else settings.LANGUAGE_CODE
    try:
        with transaction.atomic(), translation.override(language):
            return _publish_locked(revision)
    except Exception as error:  # whatever it is, the others go on
        logger.warning("Scheduled revision %s did not go live: %s", revision.pk, error)
        with translation.override(language):
            return _refuse(revision, _why(error))


def _publish_locked(revision: Any) -> Due | None:
    current = type(revision).objects.select_for_update(of=("self",)).filter(pk=revision.pk).first()
    if current is None or current.approved_go_live_at is None:
        return None  # another run was quicker, or it was cancelled
    decision = Decision.objects.filter(revision_id=current.pk).order_by("-pk").first()
    with deciding(decision):
        current.publish(
            user=decision.decided_by if decision else current.user,
            log_action="wagtail.publish.scheduled",
            skip_permission_checks=True,  # asked when the time was set, or by whoever approved it
        )
    if decision:
        _roll_out(decision)
    return Due(current.object_str)


@transaction.atomic
def _refuse(revision: Any, reason: str) -> Due:
    _row, is_new = RefusedPublication.objects.get_or_create(
        revision_id=revision.pk,
        defaults={
            "content_type": revision.content_type,
            "object_id": revision.object_id,
            "label": revision.object_str[:255],
            "reason": reason,
            "at": timezone.now(),
        },
    )
    type(revision).objects.filter(pk=revision.pk).update(approved_go_live_at=None)
    if is_new:
        _tell(revision.user, emails.not_published, revision.object_str, reason)
    return Due(revision.object_str, problem=reason)


def _tell(author: User | None, letter: Callable[..., Letter], label: str, reason: str) -> None:
    if author and author.is_active:
        people.send_mail(person=author, **asdict(letter(author=author, label=label, reason=reason)))


# --- from elsewhere ------------------------------------------------------------------------------------------------


@transaction.atomic
def bring_step(*, step_key: UUID, language: str, content: dict, structure: object) -> StepVersion:
    """A step, or the course's own page, as it was taught elsewhere. It becomes current only where none is."""
    version, _created = StepVersion.objects.get_or_create(
        step_key=step_key,
        language=language,
        sha256=rules.sha256(content),
        defaults={
            "kind": content["kind"],
            "title": content["title"],
            "minutes": content["minutes"],
            "required_of": content["required_of"],
            "module_title": (content["module"] or {}).get("title", ""),
            "summary": content["body"].get("summary", ""),
            "structure_sha256": rules.structure_sha256(content["kind"], structure),
            "content": content,
        },
    )
    if not Publication.objects.filter(step_key=step_key, language=language).exists():
        Publication.objects.make_current(version)
    return version


@transaction.atomic
def bring_version(*, course_key: UUID, content: dict) -> CourseVersion:
    """The version of a course that was taught elsewhere: it says what was learnt, and nobody can begin it."""
    return CourseVersion.objects.of(course_key, content)


@transaction.atomic
def bring_enrolment(*, person: User, version: CourseVersion, at: datetime) -> Enrolment:
    """That this person was learning there since then; a second call gives the same enrolment."""
    fields = {"course_version": version, "created_at": at, "started_at": at}
    enrolment, _created = Enrolment.objects.get_or_create(
        person=person, course_key=version.course_key, cycle=1, defaults=fields
    )
    return enrolment


# --- learning ------------------------------------------------------------------------------------------------------


@transaction.atomic
def enrol(*, person: User, course_key: UUID, valid_months: int | None = None, at: datetime | None = None) -> Enrolment:
    """This person's enrolment in the course; a second call gives the same one. Raises NotPublished."""
    found = Enrolment.objects.filter(person=person, course_key=course_key).order_by("-cycle").first()
    if found:
        return found
    version = refresh_course(course_key=course_key)
    if version is None:
        raise NotPublished(str(course_key))
    fields = {"course_version": version, "valid_months": valid_months, "created_at": at or timezone.now()}
    try:
        with transaction.atomic():
            return Enrolment.objects.create(person=person, course_key=course_key, cycle=1, **fields)
    except IntegrityError:
        return Enrolment.objects.get(person=person, course_key=course_key, cycle=1)


@transaction.atomic
def enrol_many(
    *,
    people: Sequence[User],
    course_key: UUID,
    fits: Callable[[Enrolment], bool],
    valid_months: int | None = None,
    at: datetime | None = None,
) -> dict[int, Enrolment]:
    """{person: enrolment}, in a few statements: the newest one where it fits, else the next beside it. Nothing of an
    earlier one changes. Raises NotPublished."""
    newest = _newest(people, course_key)
    missing = [person for person in people if person.pk not in newest or not fits(newest[person.pk])]
    if not missing:
        return newest
    version = refresh_course(course_key=course_key)
    if version is None:
        raise NotPublished(str(course_key))
    # Who enrols by hand at this moment is met by the constraint, and their row is the one that is read back.
    Enrolment.objects.bulk_create(
        (
            Enrolment(
                person=person,
                course_key=course_key,
                cycle=newest[person.pk].cycle + 1 if person.pk in newest else 1,
                course_version=version,
                valid_months=valid_months,
                created_at=at or timezone.now(),
            )
            for person in missing
        ),
        ignore_conflicts=True,
    )
    return newest | _newest(missing, course_key)


def _newest(people: Sequence[User], course_key: UUID) -> dict[int, Enrolment]:
    rows = Enrolment.objects.filter(person__in=[person.pk for person in people], course_key=course_key)
    return {row.person_id: row for row in rows.order_by("cycle")}


def locked(enrolment: Enrolment) -> Enrolment:
    """The row as it stands now, held until the transaction ends."""
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("course_version", "person")
        .get(pk=enrolment.pk)
    )


@transaction.atomic
def start(*, enrolment: Enrolment, at: datetime | None = None) -> Enrolment:
    """Begin: from now on the enrolment stays on the version it has. Beginning twice changes nothing."""
    enrolment = locked(enrolment)
    if enrolment.started_at:
        return enrolment
    if _waiting.get() is None and (version := _version_now(enrolment.course_key)):
        enrolment.course_version = version
    enrolment.started_at = at or timezone.now()
    enrolment.as_manager = enrolment.person.is_manager
    enrolment.save(update_fields=["course_version", "started_at", "as_manager"])
    return enrolment


@transaction.atomic
def move_place(*, enrolment: Enrolment, step_key: UUID, anchor: str = "", at: datetime | None = None) -> Place:
    start(enrolment=enrolment, at=at)
    fields = {"step_key": step_key, "anchor": anchor, "at": at or timezone.now()}
    place, _created = Place.objects.update_or_create(enrolment=enrolment, defaults=fields)
    return place


@transaction.atomic
def keep_place(*, enrolment: Enrolment, step_key: UUID, anchor: str) -> None:
    """Where the reader is on a page. One that is finished keeps nobody: as it is left, it still says where it was read,
    and that may come after the step that follows was opened."""
    enrolment = start(enrolment=enrolment)
    if not StepCompletion.objects.current().filter(enrolment=enrolment, step_key=step_key).exists():
        move_place(enrolment=enrolment, step_key=step_key, anchor=anchor)


@transaction.atomic
def save_reflection(
    *, enrolment: Enrolment, step_key: UUID, block_key: str, text: str, is_leaving: bool = False
) -> Reflection:
    """is_leaving: saved on the way to another page, which is where the reader is then."""
    move = keep_place if is_leaving else move_place
    move(enrolment=enrolment, step_key=step_key, anchor=f"b-{block_key}")
    note, _created = Reflection.objects.update_or_create(
        enrolment=enrolment, step_key=step_key, block_key=block_key, defaults={"text": text, "at": timezone.now()}
    )
    return note


@transaction.atomic
def forget_reflections(*, person: User) -> int:
    """All notes of one person, for good: they are erased. Says how many there were."""
    count, _by_table = Reflection.objects.filter(enrolment__person=person).delete()
    return count


@transaction.atomic(savepoint=False)  # within an act it stands or falls with it
def complete_step(
    *,
    enrolment: Enrolment,
    version: StepVersion,
    score: Fraction | None = None,
    began_at: datetime | None = None,
    at: datetime | None = None,
) -> Enrolment:
    """This step is finished; with the last required one the course is. A second call changes nothing.

    score is the share reached, 0..1. began_at: when the attempt began; it counts for the round of that moment.
    Completion is decided here, in the transaction of the act, from our own rows.
    """
    at = at or timezone.now()
    enrolment = locked(enrolment)
    enrolment = catch_up(enrolment if enrolment.started_at else start(enrolment=enrolment, at=at))
    decimal = (
        None if score is None else (Decimal(score.numerator) / Decimal(score.denominator)).quantize(Decimal("0.00001"))
    )
    done = StepCompletion(
        enrolment=enrolment,
        step_key=version.step_key,
        round=round_at(enrolment, version.step_key, began_at or at),
        version=version,
        score=decimal,
        completed_at=at,
    )
    if decimal is not None and not 0 <= decimal <= 1:
        raise ValueError(f"a score of {decimal}")  # the database would pass it over, as what is finished already
    StepCompletion.objects.bulk_create([done], ignore_conflicts=True)  # what is finished already stays as it is
    if enrolment.redo_by:
        say_redo_by(enrolment)
    complete_if_done(enrolment, at)
    return enrolment


@transaction.atomic
def waive_steps(
    *,
    enrolment: Enrolment,
    steps: Sequence[StepVersion],
    attempt: UUID,
    objectives: Sequence[str],
    at: datetime | None = None,
) -> Enrolment:
    """An attempt at a pre-test showed that what these steps teach is known: they count as finished, and say by which
    attempt. What was finished before stays as it is; a second call changes nothing.

    A step that was asked for once more is done once more: its text is not the one the pre-test was written for."""
    at = at or timezone.now()
    enrolment = catch_up(locked(start(enrolment=enrolment, at=at)))
    again = set(Redo.objects.filter(enrolment=enrolment).values_list("step_key", flat=True))
    waived = []
    for version in steps:
        if version.step_key in again:
            continue
        completion, is_new = StepCompletion.objects.get_or_create(
            enrolment=enrolment,
            step_key=version.step_key,
            round=1,
            defaults={"version": version, "completed_at": at, "waived_by": attempt},
        )
        waived += [completion] if is_new else []
    if waived:
        evidence.append(
            kind="steps.waived",
            subject=enrolment.person.key,
            at=at,
            facts={
                "enrolment": str(enrolment.key),
                "attempt": str(attempt),
                "objectives": list(objectives),
                "steps": [{"step": str(row.step_key), "sha256": row.version.sha256} for row in waived],
            },
            personal={"name": enrolment.person.name},
        )
    complete_if_done(enrolment, at)
    return enrolment


def changed_while_read(*, enrolment: Enrolment, version: StepVersion, seen: str) -> bool:
    """Whether this lesson is to be redone, and what was read is not what is to be read. seen: hash of what was."""
    owed = round_at(enrolment, version.step_key, timezone.now()) > 1
    other = StepVersion.objects.filter(step_key=version.step_key, sha256=seen).exclude(pk=version.pk)
    return owed and other.filter(language=version.language).exists()


@transaction.atomic
def allow(
    *,
    enrolment: Enrolment,
    step_key: UUID,
    reason: str,
    by: User,
    extra_attempts: int = 0,
    extra_time_percent: int = 0,
    key: UUID | None = None,
) -> Allowance:
    """L&D gives one person more attempts or more time, with a reason. `key` makes a repeated click one act."""
    enrolment = locked(enrolment)
    fields = {
        "enrolment": enrolment,
        "step_key": step_key,
        "extra_attempts": extra_attempts,
        "extra_time_percent": extra_time_percent,
        "reason": reason,
        "granted_by": by,
        "created_at": timezone.now(),
    }
    allowance, created = (
        Allowance.objects.get_or_create(key=key, defaults=fields) if key else (Allowance.objects.create(**fields), True)
    )
    if created:
        evidence.append(
            kind="allowance.granted",
            subject=enrolment.person.key,
            facts={
                "enrolment": str(enrolment.key),
                "step": str(step_key),
                "extra_attempts": extra_attempts,
                "extra_time_percent": extra_time_percent,
            },
            personal={"name": enrolment.person.name, "reason": reason, "granted_by": by.name},
        )
    return allowance
