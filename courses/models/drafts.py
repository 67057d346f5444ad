"""What a draft would change, beside what is live; and which are due."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast
from wagtail.models import (
    COMMENTS_RELATION_NAME,
    Comment,
    DraftStateMixin,
    Locale,
    Page,
    Revision,
)

from courses import rules
from courses.models.going_live import Draft, Standing, Unsaid, decided
from courses.models.pages import CoursePage, ModulePage, PublishedPage, StepPage
from courses.models.records import Decision, Publication, RefusedExpiry, StepVersion
from people.models import User

AS_STORED = (  # of a page, whatever its revision says: Wagtail would ask for each whether it is still there
    "content_type",
    "locale",
    "owner",
    "locked_by",
    "alias_of",
    "latest_revision",
    "live_revision",
)
Name = tuple[UUID, str]  # key, language


def page_of(page_id: int, user: Any) -> Any:
    """The page as it is live, for L&D who may work on it; None for anybody else, and for pages that teach nothing."""
    page = Page.objects.filter(pk=page_id).specific().first()
    if not isinstance(page, (PublishedPage, ModulePage)) or not user.is_learning_staff:
        return None
    return page if page.permissions_for_user(user).can_edit() else None


class Stored:
    """What the database says about several pages: each sort is read once for all of them, when it is asked for."""

    def __init__(self, pages: Sequence[Any]) -> None:
        self._pages = pages

    def row(self, page: Any) -> Any:
        """The page as it stands, which a draft of it does not say; None where it is gone."""
        return self._rows.get(page.pk)

    def steps(self, page: Any) -> list[Page]:
        """The live steps of a module or a course, in their order."""
        return [step for step in self._steps if step.path.startswith(page.path)]

    def standing(self, page: Any) -> Standing:
        return self._live.get(page.pk), self._decided.get(_name(page))

    def current(self, page: Any) -> Publication | None:
        return self._current.get(_name(page))

    def content(self, page: Any) -> dict:
        """Of what is current."""
        return self._contents[self._current[_name(page)].version_id]

    def structures(self, page: Any) -> set[str]:
        """Of what is current in its language and in the source language: a translation that follows is no change."""
        names = {_name(page), (page.translation_key, settings.LANGUAGE_CODE)}
        return {self._current[name].structure_sha256 for name in names if name in self._current}

    @cached_property
    def _rows(self) -> dict[int, Any]:
        found: dict[int, Any] = {}
        for model in (CoursePage, ModulePage):
            wanted = [page.pk for page in self._pages if isinstance(page, model)]
            found |= model.objects.in_bulk(wanted) if wanted else {}
        return found

    @cached_property
    def _steps(self) -> list[Page]:
        above = [page for page in self._pages if isinstance(page, (CoursePage, ModulePage))]
        below = [Q(path__startswith=page.path, depth=_depth_of_steps(page)) for page in above]
        return list(Page.objects.live().filter(reduce(or_, below)).order_by("path")) if below else []

    @cached_property
    def _live(self) -> dict[int, int | None]:
        rows = Page._base_manager.filter(pk__in=[page.pk for page in self._pages])
        return dict(rows.values_list("pk", "live_revision_id"))

    @cached_property
    def _decided(self) -> dict[Name, int]:
        rows = Decision.objects.filter(page_key__in=self._keys).values_list("page_key", "language")
        return {(key, language): last for key, language, last in rows.annotate(last=models.Max("pk")).order_by()}

    @cached_property
    def _current(self) -> dict[Name, Publication]:
        return {(row.step_key, row.language): row for row in Publication.objects.newest(self._keys)}

    @cached_property
    def _contents(self) -> dict[int, dict]:
        current = [self._current[name].version_id for name in map(_name, self._pages) if name in self._current]
        return dict(StepVersion.objects.filter(pk__in=current).values_list("pk", "content"))

    @property
    def _keys(self) -> set[UUID]:
        return {page.translation_key for page in self._pages}


def _name(page: Any) -> Name:
    return page.translation_key, page.locale.language_code


def _depth_of_steps(page: Any) -> int:
    """Catalogue > course > module > step."""
    return page.depth + (2 if isinstance(page, CoursePage) else 1)


def draft_of(page: Any) -> Draft | None:
    """The draft against what is current; None where this was never published in its language, or keeps no versions."""
    return _draft_of(page, Stored([page]))


def _draft_of(page: Any, stored: Stored) -> Draft | None:
    if isinstance(page, ModulePage):
        row = stored.row(page)
        if row is None or not row.live:
            return None
        course, before, after = page.get_parent(), row.plain(), page.plain()
        return Draft(page, course.translation_key, before, after, False, stored.steps(page), stored.standing(page))
    if not isinstance(page, PublishedPage) or stored.current(page) is None:
        return None
    before, after = stored.content(page), page.compile()
    if isinstance(page, CoursePage):
        row = stored.row(page) or page
        before, after = before | row.terms(), after | page.terms()
        changes = row.terms() != page.terms()
        return Draft(page, page.translation_key, before, after, changes, stored.steps(page), stored.standing(page))
    structure = rules.structure_sha256(page.kind, page.structure_of(after["body"]))
    changes = structure not in stored.structures(page) or before["required_of"] != after["required_of"]
    return Draft(page, page.course_key(), before, after, changes, [page], stored.standing(page))


def draft_in(revision: Any) -> Draft | None:
    """What this revision of a page changes; None as for `draft_of`."""
    page = revision.as_object()
    page.fix()
    draft = draft_of(page)
    return draft and replace(draft, revision=revision)


def newest_drafts(pages: Sequence[Page]) -> dict[int, Draft]:
    """By id, each as it was last saved; of a page that nobody has yet, and of one that was never saved in the CMS, too.
    What is read of a lesson, is read of all of them at once."""
    rows = _with_those_above(list(Page.objects.filter(pk__in=[page.pk for page in pages]).specific()))
    revisions = Revision.objects.in_bulk([row.latest_revision_id for row in rows.values() if row.latest_revision_id])
    comments = defaultdict(list)
    for comment in Comment.objects.filter(page__in=rows, resolved_at=None):
        comments[comment.page_id].append(comment)
    latest = {pk: _latest(row, revisions.get(row.latest_revision_id), comments[pk]) for pk, row in rows.items()}
    _read_together([page for page in latest.values() if isinstance(page, StepPage)])
    stored = Stored(list(rows.values()))
    return {
        page.pk: _newest(latest[page.pk], revisions.get(rows[page.pk].latest_revision_id), stored) for page in pages
    }


def _with_those_above(pages: list[Any]) -> dict[int, Any]:
    """By id; each knows its language, and the pages it hangs below."""
    above = {page.path[:end] for page in pages for end in range(Page.steplen, len(page.path), Page.steplen)}
    by_path = {page.path: page for page in [*Page.objects.filter(path__in=above).specific(), *pages]}
    locales = Locale.objects.in_bulk()
    for path, page in by_path.items():
        page.locale, page._cached_parent_obj = locales[page.locale_id], by_path.get(path[: -Page.steplen])
    return {page.pk: page for page in pages}


def _latest(row: Any, revision: Revision | None, comments: list[Comment]) -> Any:
    """As `Revision.as_object`, without asking for each page what `row` knows, or whether it is there; fixed."""
    if revision is None:
        row.fix()
        return row
    setattr(row, COMMENTS_RELATION_NAME, comments)
    latest = row.with_content_json({name: revision.content[name] for name in revision.content if name not in AS_STORED})
    latest.locale, latest._cached_parent_obj = row.locale, row._cached_parent_obj
    latest.live_revision_id = row.live_revision_id
    latest.fix()
    return latest


def _read_together(steps: list[StepPage]) -> None:
    """What each of them would ask for by itself."""
    for step, cited in zip(steps, StepPage.sources_of(steps), strict=True):
        step.cited = cited
    for kind in {type(step) for step in steps}:
        kind.read_together([step for step in steps if type(step) is kind])


def _newest(latest: Any, revision: Revision | None, stored: Stored) -> Draft:
    draft = _draft_of(latest, stored) or Draft(latest, None, {}, {}, False, [], stored.standing(latest))
    return replace(draft, revision=revision)


def standing(subject: Any) -> Standing:
    """Of a page or a question, as stored: a draft holds the live revision of the day it was written. In each language
    the same page is published by its own decisions."""
    live = type(subject)._base_manager.filter(pk=subject.pk).values_list("live_revision_id", flat=True)
    rows = Decision.objects.filter(page_key=subject.translation_key, language=subject.locale.language_code)
    return next(iter(live), None), rows.aggregate(last=models.Max("pk"))["last"]


def publish_reviewed(review: Any, user: User | None) -> None:
    """The last approval was given. Raises Unsaid, where a person gave it and what they approve is a change."""
    decision = decided()
    page = review.content_object
    revision = page.revisions.get(pk=decision.revision_id) if decision else page.get_latest_revision()
    draft = draft_in(revision) if user and decision is None else None
    if draft and draft.is_change:
        raise Unsaid(review)
    revision.publish(user=user)


# --- scheduled --------------------------------------------------------------------------------------------------------


def due_revisions(now: datetime) -> list[Revision]:
    """What was to go live by now, the oldest appointment first."""
    return list(Revision.objects.filter(approved_go_live_at__lte=now).order_by("approved_go_live_at", "pk"))


def expired(now: datetime) -> list[Any]:
    """Live pages and snippets whose last day has passed, without those that could not be taken down then."""
    scheduled = [model for model in apps.get_models() if issubclass(model, DraftStateMixin)]
    kinds = [Page, *(model for model in scheduled if not issubclass(model, Page))]
    return [row for model in kinds for row in _expired(model, now)]


def _expired(model: Any, now: datetime) -> Any:
    refused = RefusedExpiry.objects.filter(
        content_type=ContentType.objects.get_for_model(model),
        object_id=Cast(OuterRef("pk"), CharField()),
        expire_at=OuterRef("expire_at"),
    )
    return model.objects.filter(~Exists(refused), live=True, expire_at__lt=now).order_by("expire_at")
