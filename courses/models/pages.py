"""Catalogue > course > module > step. A page that goes live is compiled into a StepVersion in the same transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.admin.utils import quote
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.log_actions import get_active_log_context
from wagtail.models import (
    AbstractGroupApprovalTask,
    DraftStateMixin,
    Locale,
    Page,
    PageViewRestriction,
    Revision,
    TaskState,
)
from wagtail_localize.fields import BaseTranslatableField, SynchronizedField, TranslatableField

from courses import examples, practice, rules, translations
from courses.blocks import LessonBody, Objectives
from courses.checks import messages as check_messages
from courses.checks import rules as checks
from courses.models.fields import KeyListField
from courses.models.records import CourseVersion, Decision, Enrolment, Publication, StepCompletion, StepVersion
from courses.models.site import ReviewRules
from courses.models.sources import SourcePoint
from people.models import User

REQUIRED_OF = [
    (rules.EVERYONE, _("required of everybody")),
    (rules.MANAGERS, _("required of team leaders, open to all")),
    (rules.NOBODY, _("optional")),
]


NOTE_MAX = Decision._meta.get_field("note").max_length
OWN_ADDRESS = BaseTranslatableField("slug")  # each language keeps its own; translators never meet it


@dataclass(frozen=True)
class Surroundings:
    """What the steps of a course are checked against: its source points and its bank, in one language."""

    points: frozenset[str]
    bank: tuple[practice.BankQuestion, ...]


def has_records(page: Page) -> bool:
    """Whether anybody is enrolled in, or finished, what this page or any page below it teaches: begun or not, passed or
    not, an enrolment names the steps of its version."""
    keys = set(page.get_descendants(inclusive=True).values_list("translation_key", flat=True))
    enrolled = Enrolment.objects.filter(course_key__in=keys)
    if enrolled.exists() or StepCompletion.objects.filter(step_key__in=keys).exists():
        return True
    held = CourseVersion.objects.filter(Exists(Enrolment.objects.filter(course_version=OuterRef("pk"))))
    return any(UUID(step.key) in keys for version in held.iterator() for step in version.steps)


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


class MayNotBeDeleted(Refused):
    """People have records of it, or are enrolled in it."""


def kept_text(page: Page) -> str:
    words = {"title": page.get_admin_display_title()}
    return (
        gettext(
            "“%(title)s” cannot be deleted: people are enrolled in it or have learned from it, and their records "
            "refer to it. Unpublish it instead."
        )
        % words
    )


class Unsaid(Exception):
    """A review was about to make a change live, and whoever approves it has not said what it means. Nothing of the
    approval stays; `url` leads to where it is asked."""

    def __init__(self, review: Any) -> None:
        task = review.current_task_state
        super().__init__(str(review))
        given = {"approve": task.pk} | ({"note": task.comment[:NOTE_MAX]} if task.comment else {})
        self.url = f"{reverse('publishing', args=[review.object_id])}?{urlencode(given)}"


def examples_in(content: dict) -> list[str]:
    """What of it still reads as in the example that a new course begins with, in the reader's language."""
    return list(map(check_messages.words, checks.examples_left(content, examples.texts())))


_decision: ContextVar[Decision | None] = ContextVar("courses_decision", default=None)
_going: ContextVar["Draft | None"] = ContextVar("courses_going", default=None)


@contextmanager
def deciding(decision: Decision | None, draft: "Draft | None" = None) -> Iterator[None]:
    """What goes live in here was decided upon: its publications say so. draft: what goes live, asked already whether it
    may."""
    tokens = _decision.set(decision), _going.set(draft)
    try:
        yield
    finally:
        _decision.reset(tokens[0])
        _going.reset(tokens[1])


def going_now(subject: Any) -> "Draft | None":
    """The draft that `deciding` makes live, where that is what is about to be saved."""
    draft = _going.get()
    if draft is None or (type(draft.page), draft.page.pk) != (type(subject), subject.pk):
        return None
    return draft if subject.live_revision_id == draft.revision.pk else None


class Fixed:
    """What of a page or a question is worked out once, as soon as nothing of it changes any more."""

    known: dict | None = None  # {method: what it gave since it was fixed}

    def fix(self) -> None:
        """From here on nothing of it is changed, nor of the bank around it."""
        self.known = {}


def once(method: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(method)
    def worked_out(page: Any) -> Any:
        if page.known is None:
            return method(page)
        if method not in page.known:
            page.known[method] = method(page)
        return page.known[method]

    return worked_out


@contextmanager
def _going_live(page: Any) -> Iterator[None]:
    """While it goes live it is fixed; whoever asked whether it may has worked it out already."""
    before, draft = page.known, going_now(page)
    page.known = draft.page.known if draft else (before or {})
    try:
        yield
    finally:
        page.known = before


def publisher_of(page: Page) -> User | None:
    """Who makes it live: whoever decided, else whoever is at work in the CMS, else who wrote the revision. To be asked
    before it is saved: only then a new revision is told from a page that is merely compiled anew."""
    if decision := _decision.get():
        return decision.decided_by
    if at_work := get_active_log_context().user:
        return at_work
    revision = page.live_revision
    if revision is None or Page.objects.filter(pk=page.pk, live_revision=revision).exists():
        return None
    return revision.user


# --- four eyes -----------------------------------------------------------------------------------------------------


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


class ReviewTask(AbstractGroupApprovalTask):
    """Approval by a publisher, who is not the one that changed answer keys or scores. Never approves what is broken."""

    class Meta:
        verbose_name = _("approval by a second person")

    def get_actions(self, obj: Any, user: Any) -> list:
        actions = super().get_actions(obj, user)
        if not actions or not hasattr(obj, "marks") or not is_barred(obj.get_latest_revision_as_object(), user):
            return actions
        return [action for action in actions if action[0] != "approve"]

    def on_action(self, task_state: TaskState, user: Any, action_name: str, **kwargs: Any) -> Any:
        draft = None if _going.get() else task_state.revision.as_object()
        if action_name == "approve" and isinstance(draft, PublishedPage):
            draft.may_go_live(user)
        return super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls) -> str:
        return gettext("Members of the chosen groups approve; nobody approves answer keys or scores of their own")


# --- scheduled -----------------------------------------------------------------------------------------------------


def due_revisions(now: datetime) -> list[Revision]:
    """What was to go live by now, the oldest appointment first."""
    return list(Revision.objects.filter(approved_go_live_at__lte=now).order_by("approved_go_live_at", "pk"))


def expired(now: datetime) -> list[Any]:
    """Live pages and snippets whose last day has passed."""
    scheduled = [model for model in apps.get_models() if issubclass(model, DraftStateMixin)]
    kinds = [Page, *(model for model in scheduled if not issubclass(model, Page))]
    return [row for model in kinds for row in model.objects.filter(live=True, expire_at__lt=now).order_by("expire_at")]


# --- what a change is ----------------------------------------------------------------------------------------------


def page_of(page_id: int, user: Any) -> Any:
    """The page as it is live, for L&D who may work on it; None for anybody else, and for pages that teach nothing."""
    page = Page.objects.filter(pk=page_id).specific().first()
    if not isinstance(page, (PublishedPage, ModulePage)) or not user.is_learning_staff:
        return None
    return page if page.permissions_for_user(user).can_edit() else None


Standing = tuple[int | None, int | None]  # the revision that is live, and the newest decision about it


@dataclass(frozen=True)
class Draft:
    """What is to go live beside what is live, for whoever is asked what the change means. before, after: plain content.
    steps: what could be redone because of it. standing: of what is live, so that whoever decides next knows of it.
    revision: what goes live; None where it is live already."""

    page: Any
    course_key: Any
    before: dict
    after: dict
    changes_structure: bool
    steps: list[Any]
    standing: "Standing"
    revision: Any = None

    @property
    def is_change(self) -> bool:
        return self.before != self.after


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
    decision = _decision.get()
    page = review.content_object
    revision = page.revisions.get(pk=decision.revision_id) if decision else page.get_latest_revision()
    draft = draft_in(revision) if user and decision is None else None
    if draft and draft.is_change:
        raise Unsaid(review)
    revision.publish(user=user)


# --- pages ---------------------------------------------------------------------------------------------------------


class KeptPage(Fixed, Page):
    """Unpublished rather than deleted once people have records of it, also from code.

    The permission to delete is left alone: Wagtail would refuse without a reason, or hide the button without one.
    """

    class Meta:
        abstract = True

    def get_view_restrictions(self) -> Any:
        """Wagtail reads all pages above this one before it asks for theirs; mostly nothing is restricted at all."""
        every = PageViewRestriction.objects.all()
        return super().get_view_restrictions() if every.exists() else every.none()

    def marks(self) -> object:
        """What decides between right and wrong here, in plain data; None where nothing does."""
        return None

    def problems(self) -> list[str]:
        """Why this page may not go live, in the reader's language; empty when it may."""
        return []

    def may_go_live(self, user: User | None) -> None:
        """Raises MayNotGoLive. user: who asks; None where no person does."""
        if problems := self.problems():
            raise MayNotGoLive(*problems)
        if is_barred(self, user):
            raise MayNotGoLive(barred_text())

    def warnings(self) -> list[str]:
        """Advice in the reader's language; it never keeps a page from going live."""
        return []

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        if has_records(self):
            raise MayNotBeDeleted(kept_text(self))
        return super().delete(*args, **kwargs)


class PublishedPage(KeptPage):
    """A page whose live content is kept, version by version, as compiled JSON."""

    kind: ClassVar[str] = ""
    base_form_class = StepForm

    class Meta:
        abstract = True

    def problems(self) -> list[str]:
        return translations.problems(self)

    def compile(self) -> dict:
        """The content of a StepVersion (its docstring has the shape)."""
        raise TypeError(f"{type(self).__name__} does not say how it is compiled")

    @staticmethod
    def structure_of(body: dict) -> object:
        """The body without texts: equal in every language."""
        return {}

    def save(self, clean: bool = True, **kwargs: Any) -> Any:
        # With update_fields Wagtail stores side facts (draft title, lock); the instance may hold draft values then.
        if not self.live or kwargs.get("update_fields") is not None:
            return super().save(clean=clean, **kwargs)
        with _going_live(self), transaction.atomic():
            if not going_now(self):
                self.may_go_live(None if _decision.get() else get_active_log_context().user)
            by = publisher_of(self)
            saved = super().save(clean=clean, **kwargs)
            StepVersion.objects.publish(self, decision=_decision.get(), by=by)
            translations.went_live(self)
            return saved


class CataloguePage(KeptPage):
    """Lists the courses somebody may see."""

    max_count_per_parent = 1
    parent_page_types = ["wagtailcore.Page"]
    template = "courses/catalogue.html"

    class Meta:
        verbose_name = _("catalogue")

    def route(self, request: Any, path_components: list[str]) -> Any:
        """A course is asked for as what it is: Wagtail asks for a page, and then for what kind of page that is."""
        below = CoursePage.objects.child_of(self).filter(slug__in=path_components[:1])
        if course := below.first():
            return course.route(request, path_components[1:])
        return super().route(request, path_components)

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict:
        courses = CoursePage.objects.child_of(self).live().filter(CoursePage.seen_by(request.user))
        return super().get_context(request, *args, **kwargs) | {"courses": courses}


class CoursePage(PublishedPage):
    kind = "course"

    code = models.SlugField(_("code"), max_length=80, help_text=_("Example: calm-clear-safe"))
    summary = models.TextField(_("summary"), help_text=_("What people will be able to do, in one sentence."))
    audience = models.TextField(_("who it is for"), blank=True, default="")
    hours = models.DecimalField(
        _("hours on the certificate"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: counted from the minutes of the required steps."),
    )
    valid_months = models.PositiveSmallIntegerField(
        _("certificate valid for, months"), null=True, blank=True, help_text=_("Empty: it does not run out.")
    )
    review_by = models.DateField(
        _("review by"), null=True, blank=True, help_text=_("When somebody should read the course again. Empty: never.")
    )
    is_open = models.BooleanField(
        _("open to everybody"), default=False, help_text=_("People may begin it without being assigned to it.")
    )

    parent_page_types = ["courses.CataloguePage"]
    template = "courses/course.html"
    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("audience"),
        MultiFieldPanel(
            [
                FieldPanel("code"),
                FieldPanel("hours"),
                FieldPanel("valid_months"),
                FieldPanel("is_open"),
                FieldPanel("review_by"),
            ],
            heading=_("Rules"),
        ),
    ]
    override_translatable_fields = [
        OWN_ADDRESS,
        SynchronizedField("code", overridable=False),
        SynchronizedField("review_by"),
        TranslatableField("summary"),
        TranslatableField("audience"),
    ]

    class Meta:
        verbose_name = _("course")

    def compile(self) -> dict:
        return {
            "schema": 1,
            "kind": self.kind,
            "title": self.title,
            "minutes": 0,
            "required_of": rules.NOBODY,
            "module": None,
            "objectives": [],
            "sources": [],
            "points": [],
            "body": {"code": self.code, "summary": self.summary, "audience": self.audience},
        }

    def problems(self) -> list[str]:
        unsaid = [] if self.summary.strip() else [gettext("Say in one sentence what people will be able to do.")]
        return [*super().problems(), *unsaid, *examples_in({"summary": self.summary})]

    def warnings(self) -> list[str]:
        """Of the whole course, as it is live."""
        around = self.surroundings()
        lessons = LessonPage.objects.descendant_of(self).live().values_list("points", flat=True)
        taught = {point for points in lessons for point in points}
        tested = {point for question in around.bank for point in question.points}
        found = checks.course(around.points, taught=taught, tested=tested)
        return check_messages.of_severity(found, checks.WARNING)

    def terms(self) -> dict:
        """What decides the certificate, beside the steps; not part of the page's own version."""
        return {"hours": self.hours, "valid_months": self.valid_months}

    @staticmethod
    def seen_by(user: Any) -> models.Q:
        """A course is seen by those enrolled in it, by L&D, and by all where it is marked open."""
        if user.is_learning_staff:
            return models.Q()
        mine = Enrolment.objects.filter(person=user).values("course_key")
        return models.Q(is_open=True) | models.Q(translation_key__in=mine)

    def serve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """As `seen_by`, of one course."""
        enrolment = self.enrolment_of(request.user)
        if not (enrolment or self.is_open or request.user.is_learning_staff):
            raise Http404
        return super().serve(request, *args, enrolment=enrolment, **kwargs)

    def enrolment_of(self, person: User) -> Enrolment | None:
        """The newest."""
        return Enrolment.objects.filter(person=person, course_key=self.translation_key).order_by("-cycle").first()

    def surroundings(self) -> Surroundings:
        return CoursePage.surroundings_of([self])[self.pk]

    @staticmethod
    def surroundings_of(courses: "Sequence[CoursePage]") -> dict[int, Surroundings]:
        """By the id of each page: two queries, however many courses; one more for those that are drafts, whose
        questions are drafts with them."""
        points: dict[Any, set[str]] = {course.translation_key: set() for course in courses}
        current = SourcePoint.objects.filter(course_key__in=points, is_current=True)
        for key, code in current.values_list("course_key", "code"):
            points[key].add(code)
        names = {course.pk: (course.code, course.locale.language_code) for course in courses}
        unborn = {names[course.pk] for course in courses if not course.live}
        banks = practice.banks(set(names.values()) - unborn) | practice.banks(unborn, drafts=True)
        return {
            course.pk: Surroundings(frozenset(points[course.translation_key]), tuple(banks[names[course.pk]]))
            for course in courses
        }

    def step_pages(self) -> list[tuple[str, str]]:
        """(step key, module key) of every live step of a live module, in the order of the tree."""
        pages = self.get_descendants().live().order_by("path").values_list("path", "depth", "translation_key")
        modules: dict[str, str] = {}
        steps = []
        for path, depth, key in pages:
            if depth == self.depth + 1:
                modules[path] = str(key)
            elif depth == self.depth + 2 and path[: -Page.steplen] in modules:
                steps.append((str(key), modules[path[: -Page.steplen]]))
        return steps

    @classmethod
    def of_key(cls, course_key: Any) -> "CoursePage | None":
        """The page of the course in the source language; where it has none there, in its oldest one."""
        pages = list(cls.objects.filter(translation_key=course_key).select_related("locale").order_by("pk"))
        source = Locale.get_default().pk
        return next((page for page in pages if page.locale_id == source), pages[0] if pages else None)

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict:
        """With the enrolment that `serve` found; a preview comes without."""
        enrolment = kwargs["enrolment"] if "enrolment" in kwargs else self.enrolment_of(request.user)
        return super().get_context(request, *args, **kwargs) | {
            "enrolment": enrolment,
            "modules": ModulePage.objects.child_of(self).live(),
            "may_begin": enrolment is None and self.is_open,
        }


class ModulePage(KeptPage):
    base_form_class = StepForm
    override_translatable_fields = [OWN_ADDRESS]

    objectives = StreamField(Objectives(), blank=True, verbose_name=_("objectives"))

    parent_page_types = ["courses.CoursePage"]
    content_panels = [*Page.content_panels, FieldPanel("objectives")]

    class Meta:
        verbose_name = _("module")

    preview_modes: ClassVar[list] = []  # nobody is shown a module by itself: its steps have previews

    def serve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return redirect(self.get_parent().get_url(request))

    def objective_texts(self) -> dict[str, str]:
        return {child.value["id"]: child.value["text"] for child in self.objectives}

    def problems(self) -> list[str]:
        said = {"objectives": list(self.objective_texts().values())}
        return [*translations.problems(self), *examples_in(said)]

    def save(self, clean: bool = True, **kwargs: Any) -> Any:
        if not self.live or kwargs.get("update_fields") is not None:
            return super().save(clean=clean, **kwargs)
        with transaction.atomic():
            if not going_now(self):
                self.may_go_live(None)
            before, by = ModulePage.objects.filter(pk=self.pk).first(), publisher_of(self)
            saved = super().save(clean=clean, **kwargs)
            for step in self._steps_that_name_it(everywhere=before is not None and before.plain() != self.plain()):
                StepVersion.objects.publish(step, decision=_decision.get(), by=by)
            translations.went_live(self)
            return saved

    def plain(self) -> dict:
        """What steps say of it: its title and its objectives."""
        texts = self.objective_texts()
        return {"title": self.title, "objectives": [{"id": name, "text": text} for name, text in texts.items()]}

    def _steps_that_name_it(self, *, everywhere: bool) -> Iterator["StepPage"]:
        """Its own steps carry its title and objectives; after a change so do those of other modules that name it."""
        yield from self.get_children().live().specific()
        if everywhere:
            others = self.get_parent().get_descendants().live().not_descendant_of(self).specific()
            yield from (page for page in others if isinstance(page, StepPage) and page.names_modules)


class StepPage(PublishedPage):
    """One thing people do in a course. A kind of step subclasses this and says `kind`, `compile_body`, `structure_of`,
    `body_problems` and `template`."""

    minutes = models.PositiveSmallIntegerField(_("minutes"), default=5)
    required_of = models.CharField(_("required of"), max_length=10, choices=REQUIRED_OF, default=rules.EVERYONE)
    objectives = KeyListField(_("objectives"), help_text=_("Short names of the module's objectives. Example: CALM-1"))
    points = KeyListField(_("source points"), help_text=_("Which points of the source articles this teaches or tests."))

    given: Surroundings | None = None  # set by who looks at all steps of a course at once

    parent_page_types = ["courses.ModulePage"]
    subpage_types: ClassVar[list] = []
    names_modules: ClassVar[bool] = False  # says the titles of other modules, and is compiled anew when one changes
    override_translatable_fields = [OWN_ADDRESS]
    step_panels = [
        MultiFieldPanel(
            [FieldPanel("minutes"), FieldPanel("required_of"), FieldPanel("objectives"), FieldPanel("points")],
            heading=_("Settings"),
            classname="collapsed",
        )
    ]

    class Meta:
        abstract = True

    def serve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Learning happens under /learn/; who is not enrolled has nothing to see here, but L&D sees the preview."""
        mine = Enrolment.objects.filter(person=request.user, course_key=self.course_key()).order_by("-cycle").first()
        if mine:
            return redirect("step", mine.key, self.translation_key)
        if request.user.is_learning_staff:
            return super().serve(request, *args, **kwargs)
        raise Http404

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict:
        return super().get_context(request, *args, **kwargs) | {"content": self.compile()}

    def get_preview_context(self, request: Any, mode_name: str) -> dict:
        """With what the checks found, of the whole page and by block: the list of checks beside the preview reads it
        there."""
        codes: dict[str, list[str]] = {}
        for finding in self.findings():
            codes.setdefault(finding.block, []).append(finding.code)
        return self.get_context(request) | {"found": " ".join(codes.pop("", [])), "found_in": codes}

    def compile_body(self) -> dict:
        raise TypeError(f"{type(self).__name__} does not say how it is compiled")

    def body_problems(self) -> list[str]:
        return []

    def problems(self) -> list[str]:
        known = self.given.points if self.given else self._sources().keys() if self.points else set()
        unknown = set(self.points) - known
        missing = [gettext("Unknown source point: %(point)s") % {"point": point} for point in sorted(unknown)]
        errors = check_messages.of_severity(self.errors(), checks.ERROR)
        return [*super().problems(), *missing, *self.body_problems(), *errors]

    def errors(self) -> tuple[checks.Finding, ...]:
        """Of the findings at least those that keep it from going live: a kind of step may leave dear advice out."""
        return self.findings()

    def findings(self) -> tuple[checks.Finding, ...]:
        """What the content checks say of it."""
        return ()

    def warnings(self) -> list[str]:
        return check_messages.of_severity(self.findings(), checks.WARNING)

    # --- preview: as a learner in the middle of the course, in each language; nothing is written ----------------------
    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        own = self.locale.language_code if self.locale_id else settings.LANGUAGE_CODE
        names = dict(settings.LANGUAGES)
        others = [(code, name) for code, name in settings.LANGUAGES if code != own]
        return [("", names.get(own, own)), *others]

    def serve_preview(self, request: Any, mode_name: str) -> Any:
        page = self.in_language(mode_name) if mode_name else self
        language = mode_name or self.locale.language_code
        request.is_preview = True
        page.given = page.get_parent().get_parent().specific.surroundings()  # of a draft course its draft questions too
        with practice.prepared(page.given.bank):
            context = page.get_preview_context(request, mode_name)
        with override(language):
            # Rendered here, so that the words around the text are in its language too.
            template = page.get_preview_template(request, mode_name)
            return TemplateResponse(request, template, context | {"position": page.position()}).render()

    def in_language(self, code: str) -> "StepPage":
        """Its latest draft in that language; where there is none, what learners see then: this one."""
        found = type(self).objects.filter(translation_key=self.translation_key, locale__language_code=code).first()
        return found.get_latest_revision_as_object() if found else self

    def position(self) -> tuple[int, int]:
        """(its number in the course, how many there are): a step that is not live yet comes after all the others."""
        course = self.get_parent().get_parent().specific
        keys = [key for key, _module in course.step_pages()]
        own = str(self.translation_key)
        return (keys.index(own) + 1, len(keys)) if own in keys else (len(keys) + 1, len(keys) + 1)

    def module(self) -> ModulePage:
        return self.get_parent().specific

    def course_key(self) -> Any:
        return self.get_parent().get_parent().translation_key

    def _sources(self) -> dict[str, dict]:
        found = SourcePoint.objects.filter(course_key=self.course_key(), code__in=self.points, is_current=True)
        return {
            point.code: {"article": point.article.title, "section": point.section}
            for point in found.select_related("article")
        }

    def compile(self) -> dict:
        module, sources = self.module(), self._sources()
        texts = module.objective_texts()
        cited = {(source["article"], source["section"]): source for source in sources.values()}
        return {
            "schema": 1,
            "kind": self.kind,
            "title": self.title,
            "minutes": self.minutes,
            "required_of": self.required_of,
            "module": {"key": str(module.translation_key), "title": module.title},
            "objectives": [{"id": name, "text": texts.get(name, "")} for name in self.objectives],
            "sources": [cited[pair] for pair in sorted(cited)],
            "points": list(self.points),
            "body": self.compile_body(),
        }


class ReadOnce:
    """Surroundings, read once for each course and language: for who saves many steps while the questions and source
    points stay as they are."""

    def __init__(self) -> None:
        self._known: dict[str, Surroundings] = {}  # by the path of the course

    @contextmanager
    def around(self, step: StepPage, module: Page) -> Iterator[None]:
        path = module.path[: -Page.steplen]
        if path not in self._known:
            self._known[path] = module.get_parent().specific.surroundings()
        step.given = self._known[path]
        try:
            with practice.prepared(step.given.bank):
                yield
        finally:
            step.given = None


class LessonPage(StepPage):
    kind = "lesson"

    body = StreamField(LessonBody(), blank=True, verbose_name=_("lesson"))

    content_panels = [*Page.content_panels, FieldPanel("body"), *StepPage.step_panels]
    template = "courses/lesson_preview.html"

    class Meta:
        verbose_name = _("lesson")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict:
        context = super().get_context(request, *args, **kwargs)
        blocks = context["content"]["body"]["blocks"]
        return context | {"parts": rules.lesson_parts(blocks), "practice": {}}

    def get_preview_context(self, request: Any, mode_name: str) -> dict:
        context = super().get_preview_context(request, mode_name)
        blocks = context["content"]["body"]["blocks"]
        parts = rules.lesson_parts(blocks)
        for part in parts:
            part["found"] = " ".join(
                code for block in part.get("dialogues", [part]) for code in context["found_in"].get(block["id"], [])
            )
        return context | {"parts": parts, "practice": practice.previewed(blocks)}

    def findings(self) -> tuple[checks.Finding, ...]:
        blocks = self.compile_body()["blocks"]
        own = [block for block in blocks if block["kind"] != "knowledge_check"]  # a question says its own
        left = [found for block in own for found in checks.examples_left(block, examples.texts(), block["id"])]
        found = checks.lesson(
            blocks, language=self.locale.language_code, declared=self.minutes, graded=self._graded(blocks)
        )
        return (*left, *found)

    def _graded(self, blocks: list[dict]) -> list[checks.Asked]:
        """The questions that its practice questions could give away."""
        if not any(block["kind"] == "knowledge_check" and block["question"] for block in blocks):
            return []
        surroundings = self.given or self.get_parent().get_parent().specific.surroundings()
        return [question.asked for question in surroundings.bank if question.is_graded]

    @once
    def compile_body(self) -> dict:
        block = self.body.stream_block
        return {"blocks": block.plain(self.body, self.locale.language_code)}

    @staticmethod
    def structure_of(body: dict) -> object:
        return [{"id": block["id"], "kind": block["kind"]} for block in body["blocks"]]

    def body_problems(self) -> list[str]:
        if not self.body:
            return [gettext("The lesson has no content yet.")]
        blocks = self.compile_body()["blocks"]
        lost = [block for block in blocks if block["kind"] == "knowledge_check" and block["question"] is None]
        links = [block["step"] for block in blocks if block["kind"] == "scenario"]
        text = gettext("A practice question of this lesson is not published in this language.")
        return [text] * len(lost) + self._links_to_nowhere(links)

    def _links_to_nowhere(self, keys: list[str]) -> list[str]:
        if not keys or self.given or translations.are_given():
            return []
        course = self.get_parent().get_parent()
        known = {str(key) for key in Page.objects.descendant_of(course).values_list("translation_key", flat=True)}
        text = gettext("A link leads to no scenario of this course: %(key)s")
        return [text % {"key": key} for key in keys if key not in known]
