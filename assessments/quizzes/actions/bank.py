"""The bank: questions of a file become drafts; questions are tagged, and retired when nobody is to be asked them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone

from assessments.quizzes.formats.document import Item, codes_for
from assessments.quizzes.models import Question, drafts
from assessments.quizzes.models.questions import QuestionQuerySet, recompiled_once
from courses.models import StepPage
from courses.models.going_live import MayNotGoLive
from people.models import User


@transaction.atomic
def import_questions(*, items: Sequence[Item], language: str, bank: str, key: UUID, by: User) -> list[Question]:
    """New drafts in that language. The same key twice makes them once."""
    locale = Question.locked_language(language)
    keys = [uuid5(key, str(place)) for place in range(len(items))]
    there = Question.objects.filter(translation_key__in=keys, locale=locale)
    if there.exists():
        return list(there)
    taken = Question.objects.filter(bank=bank, locale=locale).values_list("code", flat=True)
    made = []
    for item, code, own in zip(items, codes_for(items, taken), keys, strict=True):
        values = drafts.values_of(item, own) | {"code": code, "bank": bank}
        question = Question(translation_key=own, locale=locale, live=False, **values)
        question.save()
        question.save_revision(user=by, log_action=True, clean=False)
        made.append(question)
    return made


class NotRetired(Exception):
    """Lessons show them, or a quiz could no longer be drawn: [(page, its problems)]. Nothing was changed."""

    def __init__(self, pages: Sequence[tuple[StepPage, list[str]]]) -> None:
        super().__init__(len(pages))
        self.pages = pages


@transaction.atomic
def retire_questions(*, keys: Collection[UUID], by: User, at: datetime | None = None) -> list[Question]:
    """Take these questions out of every draw and lesson to come, in all their languages, all of them or none. Attempts
    and results keep them; publishing one again brings it back. Raises NotRetired."""
    now = at or timezone.now()
    rows = list(_locked(keys).filter(retired_at=None))
    shown: list[tuple[StepPage, list[str]]] = [(lesson, []) for row in rows if row.live for lesson in row.lessons()]
    if shown:
        raise NotRetired(shown)
    with recompiled_once() as left:
        for row in rows:
            row.retired_at = now
            if row.live:
                row.unpublish(user=by)
                continue
            row.save(update_fields=["retired_at"])
            row.revisions.update(approved_go_live_at=None)  # an appointment would bring it back
    if left:
        raise NotRetired([(page, page.problems()) for page in left])
    return rows


@transaction.atomic
def tag_questions(*, keys: Collection[UUID], add: Iterable[str], remove: Iterable[str], by: User) -> list[Question]:
    """Give these questions tags and take others away, in all their languages, live and in their drafts. Gives the rows
    that changed. Raises MayNotGoLive where a live quiz draws by a tag and would be short of questions."""
    added, removed, changed = list(add), set(remove), []
    with recompiled_once() as left:
        for row in _locked(keys):
            tags = _tags(row.tags, added, removed)
            if tags != row.tags:
                _set_tags(row, tags, by)
                changed.append(row)
    if left:
        raise MayNotGoLive(*(f"{page.title}: {problem}" for page in left for problem in page.problems()))
    return changed


def _tags(tags: Sequence[str], added: Sequence[str], removed: Collection[str]) -> list[str]:
    return [tag for tag in dict.fromkeys([*tags, *added]) if tag not in removed]


def _set_tags(row: Question, tags: list[str], by: User) -> None:
    """The draft that the next editor opens says the same as what is live, and so does what goes live by appointment."""
    draft = row.get_latest_revision_as_object() if row.latest_revision_id else None
    is_draft = row.has_unpublished_changes
    row.tags = tags
    if row.live:
        row.save()
    else:
        row.save(update_fields=["tags"])
    if draft is None:
        return
    for scheduled in row.revisions.exclude(approved_go_live_at=None):
        scheduled.content["tags"] = tags
        scheduled.save(update_fields=["content"])
    draft.tags = tags
    revision = draft.save_revision(user=by, changed=is_draft, log_action=True, clean=False)
    if row.live and not is_draft:
        Question.objects.filter(pk=row.pk).update(live_revision=revision)


def _locked(keys: Collection[UUID]) -> QuestionQuerySet:
    return Question.objects.filter(translation_key__in=keys).select_for_update(of=("self",)).order_by("pk")
