"""What it takes to go live: refusals, what was decided, four eyes, the forms. For pages, and questions of the bank."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.fields import StreamField
from wagtail.log_actions import get_active_log_context
from wagtail.models import Page, Revision

from courses.models.records import Decision
from courses.models.site import ReviewRules
from people.models import User

NOTE_MAX = Decision._meta.get_field("note").max_length


def edit_url(subject: Any) -> str:
    """Where a page or a snippet is edited, without asking the database who may."""
    if isinstance(subject, Page):
        return reverse("wagtailadmin_pages:edit", args=[subject.pk])
    return reverse(subject.snippet_viewset.get_url_name("edit"), args=[quote(subject.pk)])


class Refused(ValidationError):
    """Nothing was done; the messages say why. In the CMS they are shown in place of an error page."""


class MayNotGoLive(Refused):
    """What was to go live stays a draft."""

    def __init__(self, *problems: str) -> None:
        super().__init__({NON_FIELD_ERRORS: list(problems)})  # by field, as wagtail-localize reads it


class MayNotBeTakenDown(Refused):
    """What is live still needs it."""


class MayNotBeDeleted(Refused):
    """People have records of it, or are enrolled in it."""


class Unsaid(Exception):
    """A review was about to make a change live, and whoever approves it has not said what it means. Nothing of the
    approval stays; `url` leads to where it is asked."""

    def __init__(self, review: Any) -> None:
        task = review.current_task_state
        super().__init__(str(review))
        given = {"approve": task.pk} | ({"note": task.comment[:NOTE_MAX]} if task.comment else {})
        self.url = f"{reverse('publishing', args=[review.object_id])}?{urlencode(given)}"


Standing = tuple[int | None, int | None]  # the revision that is live, and the newest decision about it


@dataclass(frozen=True)
class Draft:
    """What is to go live beside what is live, for whoever is asked what the change means. before, after: plain content.
    steps: what could be redone because of it. standing: of what is live, so that whoever decides next knows of it.
    revision: what goes live; None where it is live already, or was never saved in the CMS."""

    page: Any
    course_key: Any
    before: dict
    after: dict
    changes_structure: bool
    steps: list[Any]
    standing: Standing
    revision: Any = None

    @property
    def is_change(self) -> bool:
        return self.before != self.after


_decision: ContextVar[Decision | None] = ContextVar("courses_decision", default=None)
_going: ContextVar[Draft | None] = ContextVar("courses_going", default=None)


@contextmanager
def deciding(decision: Decision | None, draft: Draft | None = None) -> Iterator[None]:
    """What goes live in here was decided upon: its publications say so. draft: what goes live, asked already whether it
    may."""
    tokens = _decision.set(decision), _going.set(draft)
    try:
        yield
    finally:
        _decision.reset(tokens[0])
        _going.reset(tokens[1])


def decided() -> Decision | None:
    """What was decided about what goes live now; None where nothing was."""
    return _decision.get()


def going() -> Draft | None:
    """The draft that `deciding` makes live."""
    return _going.get()


def going_now(subject: Any) -> Draft | None:
    """The same, where that is what is about to be saved."""
    draft = going()
    if draft is None or (type(draft.page), draft.page.pk) != (type(subject), subject.pk):
        return None
    return draft if subject.live_revision_id == draft.revision.pk else None


class Fixed:
    """What of a page or a question is worked out once, as soon as nothing of it changes any more."""

    known: dict | None = None  # {method: what it gave since it was fixed}

    def fix(self) -> None:
        """From here on nothing of it is changed, nor of the bank around it."""
        self.known = {}

    def tell(self, method: Callable[[Any], Any], gives: Any) -> None:
        """What a method under `once` would work out: whoever looks at many pages has read it for all of them."""
        assert self.known is not None, "of a page that is fixed"
        self.known[method.__wrapped__] = gives  # type: ignore[attr-defined]

    def fix_as_held(self) -> None:
        """Again, under the lock: nothing that was known before it counts, nor what stood around it then."""
        for name in ("_cached_parent_obj", "cited"):
            self.__dict__.pop(name, None)
        self.fix()


def once(method: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(method)
    def worked_out(page: Any) -> Any:
        if page.known is None:
            return method(page)
        if method not in page.known:
            page.known[method] = method(page)
        return page.known[method]

    return worked_out


def _give_ids(page: Any) -> None:
    """To blocks made in code: else they would get them while the page is saved, after it was worked out."""
    for field in page._meta.fields:
        if isinstance(field, StreamField):
            getattr(page, field.name).get_prep_value()


@contextmanager
def going_live(page: Any) -> Iterator[None]:
    """While it goes live it is fixed; whoever asked whether it may has worked it out already."""
    before, draft = page.known, going_now(page)
    if draft is None:
        _give_ids(page)
    page.known = draft.page.known if draft else (before or {})
    try:
        yield
    finally:
        page.known = before


def publisher_of(page: Page) -> User | None:
    """Who makes it live: whoever decided, else whoever is at work in the CMS, else who wrote the revision. To be asked
    before it is saved: only then a new revision is told from a page that is merely compiled anew."""
    if decision := decided():
        return decision.decided_by
    if at_work := get_active_log_context().user:
        return at_work
    revision = page.live_revision
    if revision is None or Page.objects.filter(pk=page.pk, live_revision=revision).exists():
        return None
    return revision.user


# --- four eyes --------------------------------------------------------------------------------------------------------


def changed_marks(draft: Any, editor: User | None = None) -> set[int]:
    """Who changed answer keys or scores since what is live: ids of people. editor: has this draft open, unsaved.

    For whatever keeps revisions and has `marks()`: pages, and questions of the bank.
    """
    live = type(draft).objects.filter(pk=draft.pk, live=True).first() if draft.pk else None
    approved = live.marks() if live else None
    if draft.marks() == approved:
        return set()
    authors, before = set(), approved
    for revision in _since(draft, live):
        now = revision.as_object().marks()
        if now != before:
            authors.add(revision.user_id)
        before = now
    if editor and draft.marks() != before:
        authors.add(editor.pk)
    return authors - {None}


def _since(draft: Any, live: Any) -> Any:
    if not draft.pk:
        return []
    revisions = draft.revisions.order_by("created_at", "pk")
    approved = live.live_revision if live else None
    # What is live is among them: what the CMS saves by itself is written over in its place, even when it is live.
    return revisions.filter(created_at__gte=approved.created_at) if approved else revisions


def is_barred(draft: Any, user: User | None, editor: User | None = None) -> bool:
    """Whether this person may not publish or approve it, because the answer keys or scores in it are their own."""
    if user is None or not ReviewRules.load().four_eyes:
        return False
    return user.pk in changed_marks(draft, editor)


def barred_text() -> str:
    return gettext(
        "You changed answer keys or scores here, so somebody else has to publish or approve them. Save the draft and "
        "ask a colleague, or submit it for review."
    )


# --- forms ------------------------------------------------------------------------------------------------------------


def _is_known(latest: Revision, data: Any) -> bool:
    """Whether this form was opened on the newest revision, or made it itself; or does not say on which."""
    if own := data.get("overwrite_revision_id"):
        return str(latest.pk) == own
    loaded = data.get("loaded_revision_id")
    # While somebody writes, each saving of theirs takes the place of the one before: same number, another moment.
    moment = data.get("loaded_revision_created_at") or latest.created_at.isoformat()
    return not loaded or (str(latest.pk), latest.created_at.isoformat()) == (loaded, moment)


class GoingLiveForm:
    """For forms of pages and snippets. Drafts may be unfinished; what goes live may not, nor overwrite a colleague."""

    _is_draft = False

    def defer_required_fields(self) -> None:
        # Wagtail calls this for drafts, autosave and preview only, never for publishing or submitting.
        self._is_draft = True
        super().defer_required_fields()  # type: ignore[misc]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self._is_draft or self.errors:  # type: ignore[attr-defined]
            return
        for problem in [*self.instance.problems(), *self._review_problems()]:  # type: ignore[attr-defined]
            self.add_error(None, problem)  # type: ignore[attr-defined]

    def _review_problems(self) -> list[str]:
        data, user = self.data, getattr(self, "for_user", None)  # type: ignore[attr-defined]
        found = []
        if other := self._overtaken(data, user):
            found.append(other)
        approves = data.get("action-workflow-action") and data.get("workflow-action-name") == "approve"
        if (data.get("action-publish") or approves) and is_barred(self.instance, user, user):  # type: ignore[attr-defined]
            found.append(barred_text())
        return found

    def _overtaken(self, data: Any, user: User | None) -> str:
        """A colleague saved since this form was opened: pressing again is then a choice, not an accident."""
        latest = self.instance.latest_revision if self.instance.pk else None  # type: ignore[attr-defined]
        if latest is None or _is_known(latest, data) or latest.user == user:
            return ""
        when = date_format(localtime(latest.created_at), "SHORT_DATETIME_FORMAT")
        if latest.user is None:
            return gettext(
                "A newer version came from elsewhere at %(when)s, after you opened this page. Nothing of yours was "
                "saved yet. Compare with it in the history, take over what you need, then press the button again to "
                "use yours."
            ) % {"when": when}
        words = {"name": latest.user.name, "when": when}
        return (
            gettext(
                "%(name)s saved a newer version at %(when)s, after you opened this page. Nothing of yours was saved "
                "yet. Compare with it in the history, take over what you need, then press the button again to use "
                "yours."
            )
            % words
        )


class StepForm(GoingLiveForm, WagtailAdminPageForm):
    pass
