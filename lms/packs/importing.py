"""A content pack becomes pages: first a plan, then, if it is wanted, the writing of it in one transaction.

    plan  = plan_import(pack)     what would happen to each object in each language; reads only
    apply(plan)                   makes it so

An object is known by (pack id, object id, language). Two hashes are kept of each: of what the pack said and of what
then stood in the database. So an edit in the pack is told from an edit made here, and the latter is left alone.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page

from assessments.quizzes.models import QuizPage
from assessments.quizzes.models.questions import recompiled_once
from courses import actions
from lms.models import ImportedObject
from lms.packs.articles import plan_articles, write_articles
from lms.packs.change import Action, Change
from lms.packs.checks import check_pack, errors
from lms.packs.objects import COURSE, ORDER, PAGES, QUIZ, PackObject, pack_objects
from lms.packs.reading import Pack, PackError
from lms.packs.site import set_up_site
from lms.packs.state import Place, Standing
from lms.packs.writing import Writer, indexed_at_the_end


@dataclass(frozen=True)
class Plan:
    pack: Pack
    course_key: UUID
    changes: tuple[Change, ...]
    articles: Counter[str]  # sources and their points, by action

    @property
    def writes(self) -> list[Change]:
        return [change for change in self.changes if change.is_write]

    @property
    def is_empty(self) -> bool:
        return not self.writes and set(self.articles) <= {Action.UNCHANGED}

    def counts(self) -> Counter[str]:
        return Counter(str(change.action) for change in self.changes) + self.articles


def refuse_faulty(pack: Pack) -> None:
    """PackError with the first error of the pack's checks."""
    found = errors(check_pack(pack))
    if found:
        more = f" (and {len(found) - 1} more: manage.py check_content)" if len(found) > 1 else ""
        raise PackError(found[0].file, found[0].key, found[0].text + more)


# --- the plan ------------------------------------------------------------------------------------------------------
def plan_import(pack: Pack, *, force: bool = False) -> Plan:
    """What an import would do. force: what was changed here is overwritten. Raises PackError."""
    refuse_faulty(pack)
    objects = pack_objects(pack)
    rows = {(row.object_id, row.language): row for row in ImportedObject.objects.filter(pack_id=pack.id)}
    named = {one.name for one in objects}
    gone = [row for name, row in rows.items() if name not in named and not row.is_gone]
    standing = Standing([(one.kind, one.key, one.language) for one in objects] + [_place(row) for row in gone])
    planner = _Planner(objects, rows, standing, force)
    changes = [planner.change(one) for one in objects]
    changes += [planner.farewell(row) for row in reversed(gone) if row.kind != ORDER]
    course_key = next(one.key for one in objects if one.kind == COURSE)
    return Plan(pack, course_key, tuple(changes), plan_articles(pack, course_key))


def _place(row: ImportedObject) -> Place:
    return row.kind, row.key, row.language


class _Planner:
    def __init__(self, objects: list[PackObject], rows: dict, standing: Standing, force: bool) -> None:
        self.by_name = {one.name: one for one in objects}
        self.rows, self.standing, self.force = rows, standing, force
        self.counted = {str(row.key) for row in rows.values() if row.kind in PAGES and not row.is_gone}
        self.missing: set[tuple[str, str]] = set()  # pages that were deleted here: nothing can stand below them

    def change(self, one: PackObject) -> Change:
        row = self.rows.get(one.name)
        action, reason = self._order(one, row) if one.kind == ORDER else self._action(one, row)
        if action == Action.LEAVE and self.force and (one.parent, one.language) not in self.missing:
            exists = one.kind == ORDER or (one.kind, one.key, one.language) in self.standing.found
            action = Action.UPDATE if exists else Action.CREATE
        if (
            action == Action.LEAVE
            and one.kind in PAGES
            and (one.kind, one.key, one.language) not in self.standing.found
        ):
            self.missing.add(one.name)
        return Change(action, one.kind, one.id, one.language, one.key, reason, one)

    def _action(self, one: PackObject, row: ImportedObject | None) -> tuple[Action, str]:
        place = one.kind, one.key, one.language
        found = self.standing.found.get(place)
        if (one.parent, one.language) in self.missing:
            return Action.LEAVE, f"{one.parent} was deleted here"
        if found is None:
            return (Action.CREATE, "") if row is None else (Action.LEAVE, "it was deleted here")
        if row is None:
            return Action.LEAVE, "it was here before the first import"
        if reason := self._edited(place, row):
            return Action.LEAVE, reason
        if row.is_gone:
            return Action.UPDATE, "it is back in the pack"
        return (Action.UNCHANGED, "") if row.pack_sha256 == one.sha256 else (Action.UPDATE, "")

    def _edited(self, place: Place, row: ImportedObject) -> str:
        found = self.standing.found[place]
        if found.has_unpublished_changes and found.live:
            return "it has a draft here"
        if self.standing.sha256(place) == row.state_sha256:
            return ""
        return "it was changed here" if found.live else "it was unpublished here"

    def _order(self, one: PackObject, row: ImportedObject | None) -> tuple[Action, str]:
        above = self.by_name[one.parent, one.language]
        parent = self.standing.found.get((above.kind, above.key, above.language))
        if above.name in self.missing:
            return Action.LEAVE, f"{one.parent} was deleted here"
        if row is None:
            return Action.CREATE, ""
        if self.standing.order_sha256(parent, self.counted) != row.state_sha256:
            return Action.LEAVE, "it was changed here"
        return (Action.UNCHANGED, "") if row.pack_sha256 == one.sha256 else (Action.UPDATE, "")

    def farewell(self, row: ImportedObject) -> Change:
        place = _place(row)
        found = self.standing.found.get(place)
        action, reason = Action.UNPUBLISH, "it left the pack"
        if found is None:
            action, reason = Action.UNCHANGED, "it left the pack and was deleted here"
        elif not self.force and (edited := self._edited(place, row)):
            action, reason = Action.LEAVE, f"it left the pack, but {edited}"
        return Change(action, row.kind, row.object_id, row.language, row.key, reason)


# --- the writing ---------------------------------------------------------------------------------------------------
def apply(plan: Plan, tick: Callable[[Change], None] = lambda change: None) -> None:
    """All of it or nothing. `tick` is called after each written object."""
    set_up_site()
    if plan.is_empty:
        return
    with transaction.atomic():
        rows: list[Any] = []
        with indexed_at_the_end(rows), actions.batch(), recompiled_once():
            write_articles(plan.pack, plan.course_key)
            _write(plan, rows, tick)
        _refuse_broken_quizzes(plan)
        actions.refresh_course(course_key=plan.course_key)
        _remember(plan)


def _write(plan: Plan, rows: list[Any], tick: Callable[[Change], None]) -> None:
    standing = Standing(change.place for change in plan.changes)
    pages = {(change.id, change.language): standing.found.get(change.place) for change in plan.changes}
    writer = Writer({name: page for name, page in pages.items() if isinstance(page, Page)})
    for change in plan.writes:
        if change.action == Action.UNPUBLISH:
            writer.unpublish(standing.found[change.place])
        elif change.kind == ORDER:
            writer.arrange(change.object)
        elif change.action == Action.CREATE:
            rows.append(writer.create(change.object))
        else:
            rows.append(writer.update(change.object, standing.found[change.place]))
        tick(change)


def _refuse_broken_quizzes(plan: Plan) -> None:
    """Questions change one by one, quizzes are judged when all of them have."""
    if not any(change.kind == "question" for change in plan.writes):
        return
    for change in plan.changes:
        if change.kind == QUIZ and change.object:
            quiz = QuizPage.objects.filter(translation_key=change.key, locale__language_code=change.language).first()
            if quiz and quiz.live and (problems := quiz.problems()):
                raise PackError(change.object.file, f"{change.id} ({change.language})", " ".join(problems))


def _remember(plan: Plan) -> None:
    standing = Standing(change.place for change in plan.changes)
    gone = [change for change in plan.writes if change.action == Action.UNPUBLISH]
    now = timezone.now()
    known = ImportedObject.objects.filter(pack_id=plan.pack.id)
    for change in gone:
        known.filter(object_id=change.id, language=change.language).update(
            is_gone=True, state_sha256=standing.sha256(change.place), imported_at=now
        )
    counted = {str(change.key) for change in plan.changes if change.kind in PAGES and change not in gone}
    rows = []
    for change in plan.writes:
        one = change.object
        if one is None:
            continue
        rows.append(
            ImportedObject(
                pack_id=plan.pack.id,
                object_id=change.id,
                language=change.language,
                kind=change.kind,
                key=change.key,
                pack_sha256=one.sha256,
                state_sha256=_state(plan, standing, change, counted),
                imported_at=now,
            )
        )
    ImportedObject.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["pack_id", "object_id", "language"],
        update_fields=["kind", "key", "pack_sha256", "state_sha256", "is_gone", "imported_at"],
    )


def _state(plan: Plan, standing: Standing, change: Change, counted: set[str]) -> str:
    if change.kind != ORDER:
        return standing.sha256(change.place)
    above = next(
        other.place for other in plan.changes if other.id == change.object.parent and other.language == change.language
    )
    return standing.order_sha256(standing.found.get(above), counted)
