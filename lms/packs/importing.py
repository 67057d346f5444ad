"""A content pack becomes pages: first a plan, then, if it is wanted, the writing of it in one transaction.

    plan  = plan_import(pack)     what would happen to each object in each language; reads only
    apply(plan)                   makes it so

An object is known by (pack id, object id, language). Two hashes are kept of each: of what the pack said and of what
then stood in the database. So an edit in the pack is told from an edit made here, and the latter is left alone.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Page

from assessments.quizzes.models.questions import recompiled_once
from courses import actions, translations
from courses.models import CoursePage, ReviewRules
from lms.models import ImportedObject
from lms.packs.articles import plan_sources, write_sources
from lms.packs.change import Action, Change
from lms.packs.checks import check_pack, errors
from lms.packs.objects import COURSE, ORDER, PAGES, QUESTION, PackObject, pack_objects
from lms.packs.pictures import Library, kept_with
from lms.packs.reading import Pack, PackError
from lms.packs.site import set_up_site
from lms.packs.state import Place, Standing, plain, settled
from lms.packs.translating import link
from lms.packs.writing import Writer, indexed_at_the_end
from people.models import User


@dataclass(frozen=True)
class Plan:
    pack: Pack
    course_key: UUID
    changes: tuple[Change, ...]
    sources: tuple[Change, ...]  # articles and their points

    @property
    def writes(self) -> list[Change]:
        return [change for change in self.changes if change.is_write]

    @property
    def is_empty(self) -> bool:
        return not self.writes and not any(change.is_write for change in self.sources)

    @property
    def left_alone(self) -> list[Change]:
        return [change for change in (*self.changes, *self.sources) if change.action == Action.LEAVE]

    def counts(self) -> Counter[str]:
        return Counter(str(change.action) for change in (*self.changes, *self.sources))


def refuse_faulty(pack: Pack) -> None:
    """PackError with the first error of the pack's checks."""
    found = errors(check_pack(pack))
    if found:
        first, more = found[0], len(found) - 1
        and_more = ngettext(
            "%(reason)s (and %(count)d more: manage.py check_content)",
            "%(reason)s (and %(count)d more: manage.py check_content)",
            more,
        )
        reason = and_more % {"reason": first.text, "count": more} if more else first.text
        raise PackError(first.file, first.key, reason)


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
    return Plan(pack, course_key, tuple(changes), plan_sources(pack, course_key, force=force))


def _place(row: ImportedObject) -> Place:
    return row.kind, row.key, row.language


class _Planner:
    def __init__(self, objects: list[PackObject], rows: dict, standing: Standing, force: bool) -> None:
        self.by_name = {one.name: one for one in objects}
        self.rows, self.standing, self.force = rows, standing, force
        self.counted = counted_keys(rows.values())
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
            return Action.LEAVE, _("%(name)s was deleted here") % {"name": one.parent}
        if found is None:
            return (Action.CREATE, "") if row is None else (Action.LEAVE, _("it was deleted here"))
        if row is None:
            return Action.LEAVE, _("it was here before the first import")
        if reason := self._edited(place, row):
            return Action.LEAVE, reason
        if row.is_gone:
            return Action.UPDATE, _("it is back in the pack")
        is_same = row.pack_sha256 == one.sha256 or _says_how_it_stands(one, row, found)
        return (Action.UNCHANGED, "") if is_same else (Action.UPDATE, "")

    def _edited(self, place: Place, row: ImportedObject) -> str:
        found = self.standing.found[place]
        if found.has_unpublished_changes and found.live:
            return _("it has a draft here")
        if self.standing.sha256(place, row.fields) == row.state_sha256:
            return ""
        return _("it was changed here") if found.live else _("it was unpublished here")

    def _order(self, one: PackObject, row: ImportedObject | None) -> tuple[Action, str]:
        above = self.by_name[one.parent, one.language]
        parent = self.standing.found.get((above.kind, above.key, above.language))
        if above.name in self.missing:
            return Action.LEAVE, _("%(name)s was deleted here") % {"name": one.parent}
        kept = self.rows.get(above.name)
        if row is None or kept is None or kept.is_gone:
            return Action.CREATE, ""
        if self.standing.order_sha256(parent, self.counted) != row.state_sha256:
            return Action.LEAVE, _("it was changed here")
        return (Action.UNCHANGED, "") if row.pack_sha256 == one.sha256 else (Action.UPDATE, "")

    def farewell(self, row: ImportedObject) -> Change:
        place = _place(row)
        found = self.standing.found.get(place)
        action, reason = Action.UNPUBLISH, _("it left the pack")
        if found is None:
            action, reason = Action.UNCHANGED, _("it left the pack and was deleted here")
        elif not self.force and (edited := self._edited(place, row)):
            action, reason = Action.LEAVE, _("it left the pack, but %(reason)s") % {"reason": edited}
        return Change(action, row.kind, row.object_id, row.language, row.key, reason)


def _says_how_it_stands(one: PackObject, row: ImportedObject, found: Any) -> bool:
    """Beside what it said before it names fields that it left unsaid, as they are here: an export says all of them."""
    before = {name: value for name, value in one.values.items() if name in row.fields}
    if len(before) == len(one.values) or replace(one, values=before).sha256 != row.pack_sha256:
        return False
    return all(plain(found, name) == settled(one.values[name]) for name in one.values.keys() - before.keys())


# --- the writing ---------------------------------------------------------------------------------------------------
def apply(
    plan: Plan,
    tick: Callable[[Change], None] = lambda change: None,
    by: User | None = None,
    *,
    as_drafts: bool = False,
) -> None:
    """All of it or nothing. `tick` is called after each written object. by: who brings it; None where it is whoever
    runs the site. as_drafts: nothing goes live, so it has to be a course of which nothing is here. Raises PackError
    where a page refuses, or this person may not publish what changes."""
    if as_drafts:
        refuse_what_is_here(plan)
    library = Library(plan.pack.media, by)
    with kept_with(library), transaction.atomic(), actions.batch():
        set_up_site()
        if plan.is_empty:
            return
        with indexed_at_the_end() as written, translations.as_given():
            write_sources(plan.pack, plan.course_key, plan.sources)
            _write(plan, written, tick, library, as_drafts)
        if as_drafts:
            link(written)  # of what goes live the texts are remembered then
        _remember(plan)
        actions.refresh_course(course_key=plan.course_key)


def refuse_what_is_here(plan: Plan) -> None:
    """Drafts are of a course of which nothing is here yet."""
    is_here = CoursePage.objects.filter(code=plan.pack.id).exists()
    if is_here or any(change.action != Action.CREATE for change in plan.changes):
        text = _("Some of this course is here already, and an import over it goes live: ask a publisher.")
        raise PackError("course.yaml", plan.pack.id, text)


def _write(plan: Plan, written: list[Any], tick: Callable[[Change], None], library: Library, as_drafts: bool) -> None:
    standing = Standing(change.place for change in plan.changes)
    named = {(change.id, change.language): standing.found.get(change.place) for change in plan.changes}
    writer = Writer({name: row for name, row in named.items() if isinstance(row, Page)}, library, library.by, as_drafts)

    def write(changes: list[Change]) -> None:
        for change in changes:
            if row := writer.write(change, standing.found.get(change.place)):
                written.append(row)
            tick(change)

    def chosen(*kinds: str) -> list[Change]:
        return [change for change in plan.writes if change.object and change.kind in kinds]

    with recompiled_once() as left:
        write(chosen(QUESTION))
    write(chosen(*PAGES))
    write(chosen(ORDER))
    with recompiled_once() as still_left:
        write([change for change in plan.writes if change.object is None])
    _refuse_own_marks(writer)
    _publish_left(plan, {page.pk: page for page in [*left, *still_left]})


def _refuse_own_marks(writer: Writer) -> None:
    """Who brings a pack changed what is in it: answer keys and scores that are live need a second person."""
    if writer.remarked and writer.by and ReviewRules.load().four_eyes:
        text = _(
            "It changes answer keys or scores that are live, and those need a second person: %(names)s. Change them in "
            "the CMS, have a colleague approve them, then import the rest."
        )
        file = writer.remarked[0].file
        names = ", ".join(dict.fromkeys(one.id for one in writer.remarked))
        raise PackError(file, "", text % {"names": names})


def _publish_left(plan: Plan, pages: dict[int, Any]) -> None:
    """Quizzes that could not do with the questions half way: now that all have changed, they must."""
    for pk, page in pages.items():
        fresh = type(page).objects.get(pk=pk)
        if not fresh.live:
            continue
        if problems := fresh.problems():
            name = next((change.id for change in plan.changes if change.key == fresh.translation_key), fresh.title)
            raise PackError("questions.yaml", name, " ".join(problems))
        fresh.save()


def _remember(plan: Plan) -> None:
    """What the pack said and what now stands here, for the next import to compare with."""
    standing = Standing(change.place for change in plan.changes)
    known = {(row.object_id, row.language): row for row in ImportedObject.objects.filter(pack_id=plan.pack.id)}
    now = timezone.now()
    rows = []
    for change in plan.writes:
        name = change.id, change.language
        row = known.setdefault(
            name, ImportedObject(pack_id=plan.pack.id, object_id=change.id, language=change.language)
        )
        row.kind, row.key, row.imported_at = change.kind, change.key, now
        row.is_gone = change.action == Action.UNPUBLISH
        if change.object:
            row.fields, row.pack_sha256 = sorted(change.object.values), change.object.sha256
        rows.append(row)
    counted = counted_keys(known.values())
    places = {(change.id, change.language): change.place for change in plan.changes if change.kind in PAGES}
    for row, change in zip(rows, plan.writes, strict=True):
        if change.object and change.kind == ORDER:
            parent = standing.found.get(places[change.object.parent, change.language])
            row.state_sha256 = standing.order_sha256(parent, counted)
        else:
            row.state_sha256 = standing.sha256(change.place, row.fields)
    remembered = ["kind", "key", "fields", "pack_sha256", "state_sha256", "is_gone", "imported_at"]
    known_rows, new_rows = [row for row in rows if row.pk], [row for row in rows if not row.pk]
    ImportedObject.objects.bulk_update(known_rows, remembered)
    ImportedObject.objects.bulk_create(new_rows)


def counted_keys(rows: Iterable[ImportedObject]) -> set[str]:
    """Of the pages whose order the pack decides."""
    return {str(row.key) for row in rows if row.kind in PAGES and not row.is_gone}
