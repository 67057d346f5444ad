"""A course that was never published goes live as a whole, in one language: what was begun from the blank pack, what an
editor brought as drafts, or what was written page by page."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import LogContext
from wagtail.models import Page

from assessments.quizzes.models import Question
from assessments.quizzes.models.questions import recompiled_once
from courses import actions
from courses.models import CoursePage
from people.models import User


class LaunchRefused(Exception):
    """Nothing went live. reasons: (title of what refuses, why, in the reader's language)."""

    def __init__(self, reasons: list[tuple[str, str]]) -> None:
        super().__init__()
        self.reasons = reasons


def launch(*, course: CoursePage, by: User | None = None) -> int:
    """How many pages and questions went live: the questions of its bank first, because lessons and quizzes take them
    as they are live. All of it or nothing; nothing of a course that was published before, where each change has its
    meaning. by: None where it is whoever runs the site. Raises LaunchRefused."""
    with transaction.atomic(), LogContext(user=by), actions.batch():
        found = CoursePage.objects.select_for_update(of=("self",)).get(pk=course.pk)
        if found.live or found.first_published_at:
            return 0
        bank = Question.objects.never_published().filter(bank=found.code, locale=found.locale_id)
        questions = list(bank.order_by("code"))
        refused: list[tuple[str, str]] = []
        with recompiled_once() as left:
            for question in questions:
                refused += _publish(question, by)
        refused += [(page.title, " ".join(page.problems())) for page in left]
        pages = [] if refused else list(found.get_descendants(inclusive=True).not_live().order_by("path").specific())
        for page in pages:
            refused += _publish(page, by)
        if refused:
            raise LaunchRefused(refused)
        actions.refresh_course(course_key=found.translation_key)
    return len(questions) + len(pages)


def _publish(row: Any, by: User | None) -> list[tuple[str, str]]:
    """Its newest draft; why it may not go live, where it may not."""
    revision = row.latest_revision or row.save_revision(clean=False)
    draft = revision.as_object()
    if draft.go_live_at and draft.go_live_at > timezone.now():
        return [(_name(draft), _("It is set to go live later. Take that date off, or publish page by page."))]
    try:
        draft.may_go_live(by)
        with transaction.atomic():
            revision.publish(user=by)
    except ValidationError as refused:
        return [(_name(draft), " ".join(refused.messages))]
    return []


def _name(draft: Any) -> str:
    return draft.title if isinstance(draft, Page) else draft.code
