"""What the home page of the CMS asks of whoever opens it: only what this person may mend, in a constant number of
queries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Comment, CommentReply, Locale, Page, TaskState
from wagtail.permission_policies.pages import PagePermissionPolicy

from assessments.quizzes.bank_files import BANK, MAY_CHANGE, MAY_PUBLISH
from assessments.quizzes.reports import bank
from courses.models.going_live import edit_url
from courses.outline import reports
from courses.reports import unasked
from lms.packs.languages import CourseProgress
from people.models import User

SHOWN = 5
RECENT = timedelta(days=14)
LANGUAGES = dict(settings.LANGUAGES)
Codes = dict[int, str]  # {locale id: language}: one query for all that waits


@dataclass(frozen=True)
class Item:
    """language: of the title."""

    title: str
    url: str
    note: str
    language: str


@dataclass(frozen=True)
class Need:
    """One kind of thing that waits. items: the first of them; there are count. url: where all are listed."""

    heading: str
    count: int
    items: list[Item]
    url: str = ""

    @property
    def more(self) -> int:
        return self.count - len(self.items)


def needs(user: User, courses: list[CourseProgress], today: date) -> list[Need]:
    """courses: how far their languages are. What nobody waits for is left out."""
    pages, questions = editable(user), bank.drafts() if user.has_perm(MAY_CHANGE) else []
    codes = dict(Locale.objects.values_list("pk", "language_code"))
    found = [
        (_("Drafts with problems"), [*_broken(pages, codes), *_broken_questions(questions, codes)]),
        (_("Waiting for your review"), _reviews(user, codes)),
        (_("Questions that colleagues changed, not live yet"), _theirs(questions, user, codes)),
        (_("Comments for you"), _comments(user, pages, codes)),
        (_("Went live without saying what the change means"), _unasked(user)),
        (_("Translations that lag"), _lagging(courses)),
        (_("To be reviewed by a date that has passed"), _dated(pages, today)),
    ]
    return [Need(heading, len(items), items[:SHOWN]) for heading, items in found if items] + _questions(user, today)


def editable(user: User) -> Any:
    return PagePermissionPolicy().instances_user_has_permission_for(user, "change")


def _item(waits: Any, note: str, codes: Codes) -> Item:
    """A page or a question by its own name: it is what waits, none of its translations."""
    title = waits.get_admin_display_title() if isinstance(waits, Page) else str(waits)
    return Item(title, edit_url(waits), note, codes[waits.locale_id])


def _broken(pages: Any, codes: Codes) -> list[Item]:
    return [_item(one.page, one.errors[0], codes) for one in reports.broken_drafts(pages)]


def _broken_questions(drafts: list[bank.Draft], codes: Codes) -> list[Item]:
    return [_item(one.question, one.errors[0], codes) for one in drafts if one.errors]


def _theirs(drafts: list[bank.Draft], user: User, codes: Codes) -> list[Item]:
    """Questions have no workflow: who may publish them finds here what others have finished."""
    if not user.has_perm(MAY_PUBLISH):
        return []
    return [
        _item(one.question, one.author.name, codes)
        for one in drafts
        if one.author and one.author != user and not one.errors
    ]


def _reviews(user: User, codes: Codes) -> list[Item]:
    states = TaskState.objects.reviewable_by(user).select_related("revision", "revision__user")
    items = []
    for state in states.prefetch_related("revision__content_object").order_by("started_at"):
        subject = state.revision.content_object
        if subject is None:
            continue
        author = state.revision.user.name if state.revision.user else ""
        items.append(_item(subject, author, codes))
    return items


def _comments(user: User, pages: Any, codes: Codes) -> list[Item]:
    """Open ones on pages this person edits, where somebody else has the last word."""
    last = CommentReply.objects.filter(comment=OuterRef("pk")).order_by("-created_at", "-pk").values("user_id")[:1]
    theirs = Comment.objects.filter(resolved_at=None, page__in=pages)
    said_by = Coalesce(Subquery(last), F("user"), output_field=BigIntegerField())
    theirs = theirs.annotate(said_by=said_by).exclude(said_by=user.pk)
    return [
        _item(one.page, f"{one.user.name}: {one.text}", codes)
        for one in theirs.select_related("page", "user").order_by("-created_at", "-pk")
    ]


def _unasked(user: User) -> list[Item]:
    """Changes that were approved, published many at once or at a set time: the safe meaning was taken."""
    rows = {(row.step_key, row.language): row for row in unasked(timezone.now() - RECENT)}
    pages = PagePermissionPolicy().instances_user_has_permission_for(user, "publish").select_related("locale")
    found = pages.filter(translation_key__in=[key for key, _language in rows])
    mine = {(page.translation_key, page.locale.language_code): page for page in found}
    return [
        Item(
            mine[name].get_admin_display_title(),
            reverse("publications", args=[mine[name].pk]),
            row.get_change_display(),
            name[1],
        )
        for name, row in rows.items()
        if name in mine
    ]


def _lagging(courses: list[CourseProgress]) -> list[Item]:
    """Each by the name that the course has in the language which lags, or by its own as long as that has no other."""
    return [
        Item(
            one.titles[code],
            f"{reverse('course-translation', args=[one.course.pk])}?language={code}",
            f"{LANGUAGES[code]}: {note}",
            code if one.titles[code] != one.titles[settings.LANGUAGE_CODE] else settings.LANGUAGE_CODE,
        )
        for one in courses
        for code, state in one.languages.items()
        for note in _behind(state.missing, one.older.get(code, 0))
    ]


def _behind(missing: int, older: int) -> Iterator[str]:
    """In words: texts to be translated; and what is translated, and not live as its source is now."""
    if missing:
        yield ngettext("%(count)d text waits", "%(count)d texts wait", missing) % {"count": missing}
    if older:
        yield ngettext(
            "%(count)d page or question is older than its source and can be published",
            "%(count)d pages or questions are older than their source and can be published",
            older,
        ) % {"count": older}


def _dated(pages: Any, today: date) -> list[Item]:
    """The course, whatever its languages: by its name in the reader's."""
    due = reports.reviews_due(pages, today)
    called = reports.names(due)
    return [
        Item(name.title, edit_url(page), date_format(page.review_by, "SHORT_DATE_FORMAT"), name.language)
        for page in due
        if page.review_by and (name := called[page.translation_key])
    ]


def _questions(user: User, today: date) -> list[Need]:
    """All of them are listed in the bank, which shows one language: that of the first."""
    due = bank.reviews_due(today) if user.has_perm(MAY_CHANGE) else []
    if not due:
        return []
    items = [
        Item(str(row), edit_url(row), date_format(row.review_by, "SHORT_DATE_FORMAT"), row.locale.language_code)
        for row in due[:SHOWN]
        if row.review_by
    ]
    listed = f"{reverse(BANK)}?review=passed&locale={due[0].locale.language_code}"
    return [Need(_("Questions whose date of review has passed"), len(due), items, listed)]
