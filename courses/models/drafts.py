"""What a draft would change, beside what is live; and which are due."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from wagtail.models import (
    DraftStateMixin,
    Locale,
    Page,
    Revision,
)

from courses import rules
from courses.models.going_live import Draft, Standing, Unsaid, decided
from courses.models.pages import CoursePage, ModulePage, PublishedPage
from courses.models.records import Decision, Publication, StepVersion
from people.models import User


def page_of(page_id: int, user: Any) -> Any:
    """The page as it is live, for L&D who may work on it; None for anybody else, and for pages that teach nothing."""
    page = Page.objects.filter(pk=page_id).specific().first()
    if not isinstance(page, (PublishedPage, ModulePage)) or not user.is_learning_staff:
        return None
    return page if page.permissions_for_user(user).can_edit() else None


def draft_of(page: Any) -> Draft | None:
    """The draft against what is current; None where this was never published in its language, or keeps no versions."""
    if isinstance(page, ModulePage):
        live = ModulePage.objects.filter(pk=page.pk, live=True).first()
        course = page.get_parent()
        steps = list(page.get_children().live())
        return live and Draft(page, course.translation_key, live.plain(), page.plain(), False, steps, standing(page))
    if not isinstance(page, PublishedPage):
        return None
    current = Publication.objects.newest([page.translation_key]).filter(language=page.locale.language_code).first()
    if current is None:
        return None
    before, after = StepVersion.objects.get(pk=current.version_id).content, page.compile()
    if isinstance(page, CoursePage):
        live = CoursePage.objects.filter(pk=page.pk).first() or page
        steps = list(page.get_descendants().live().filter(depth=page.depth + 2).order_by("path"))
        before, after = before | live.terms(), after | page.terms()
        changes = live.terms() != page.terms()
        return Draft(page, page.translation_key, before, after, changes, steps, standing(page))
    structure = rules.structure_sha256(page.kind, page.structure_of(after["body"]))
    known = Publication.objects.structures_now(page.translation_key, page.locale.language_code)
    changes = structure not in known or before["required_of"] != after["required_of"]
    return Draft(page, page.course_key(), before, after, changes, [page], standing(page))


def draft_in(revision: Any) -> Draft | None:
    """What this revision of a page changes; None as for `draft_of`."""
    page = revision.as_object()
    page.fix()
    draft = draft_of(page)
    return draft and replace(draft, revision=revision)


def newest_drafts(pages: Sequence[Page]) -> dict[int, Draft]:
    """By id, each as it was last saved; of a page that nobody has yet, and of one that was never saved in the CMS, too.
    What many have in common (the pages above them, their language) is read once."""
    rows = _with_those_above(list(Page.objects.filter(pk__in=[page.pk for page in pages]).specific()))
    revisions = Revision.objects.in_bulk([row.latest_revision_id for row in rows.values() if row.latest_revision_id])
    return {page.pk: _newest(rows[page.pk], revisions.get(rows[page.pk].latest_revision_id)) for page in pages}


def _with_those_above(pages: list[Any]) -> dict[int, Any]:
    """By id; each knows its language, and the pages it hangs below."""
    above = {page.path[:end] for page in pages for end in range(Page.steplen, len(page.path), Page.steplen)}
    by_path = {page.path: page for page in [*Page.objects.filter(path__in=above).specific(), *pages]}
    locales = Locale.objects.in_bulk()
    for path, page in by_path.items():
        page.locale, page._cached_parent_obj = locales[page.locale_id], by_path.get(path[: -Page.steplen])
    return {page.pk: page for page in pages}


def _newest(row: Any, revision: Any) -> Draft:
    latest = row.with_content_json(revision.content) if revision else row
    latest.locale, latest._cached_parent_obj = row.locale, row._cached_parent_obj
    latest.fix()
    return replace(draft_of(latest) or _of_nobody(latest), revision=revision)


def _of_nobody(page: Any) -> Draft:
    return Draft(page, None, {}, {}, False, [], standing(page))


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
    """Live pages and snippets whose last day has passed."""
    scheduled = [model for model in apps.get_models() if issubclass(model, DraftStateMixin)]
    kinds = [Page, *(model for model in scheduled if not issubclass(model, Page))]
    return [row for model in kinds for row in model.objects.filter(live=True, expire_at__lt=now).order_by("expire_at")]
