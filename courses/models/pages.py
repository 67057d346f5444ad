"""Catalogue > course > module > step. A page that goes live is compiled into a StepVersion in the same transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.log_actions import get_active_log_context
from wagtail.models import (
    AbstractGroupApprovalTask,
    Locale,
    Page,
    PageViewRestriction,
    TaskState,
)
from wagtail_localize.fields import BaseTranslatableField, SynchronizedField, TranslatableField

from courses import examples, practice, rules, translations
from courses.blocks import LessonBody, Objectives
from courses.checks import messages as check_messages
from courses.checks import rules as checks
from courses.models.fields import KeyListField
from courses.models.going_live import (
    Fixed,
    MayNotBeDeleted,
    MayNotGoLive,
    StepForm,
    barred_text,
    decided,
    going,
    going_live,
    going_now,
    is_barred,
    once,
    publisher_of,
)
from courses.models.records import CourseVersion, Enrolment, StepCompletion, StepVersion
from courses.models.sources import SourcePoint
from people.models import User

REQUIRED_OF = [
    (rules.EVERYONE, _("required of everybody")),
    (rules.MANAGERS, _("required of team leaders, open to all")),
    (rules.NOBODY, _("optional")),
]


OWN_ADDRESS = BaseTranslatableField("slug")  # each language keeps its own; translators never meet it
_leads: ContextVar[bool] = ContextVar("courses_leads", default=False)  # a page was moved, its translations follow


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


def kept_text(page: Page) -> str:
    words = {"title": page.get_admin_display_title()}
    return (
        gettext(
            "“%(title)s” cannot be deleted: people are enrolled in it or have learned from it, and their records "
            "refer to it. Unpublish it instead."
        )
        % words
    )


def examples_in(content: dict) -> list[str]:
    """What of it still reads as in the example that a new course begins with, in the reader's language."""
    return list(map(check_messages.words, checks.examples_left(content, examples.texts())))


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
        draft = None if going() else task_state.revision.as_object()
        if action_name == "approve" and isinstance(draft, PublishedPage):
            draft.may_go_live(user)
        return super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls) -> str:
        return gettext("Members of the chosen groups approve; nobody approves answer keys or scores of their own")


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
        with going_live(self), transaction.atomic():
            if not going_now(self):
                self.may_go_live(None if decided() else get_active_log_context().user)
            by = publisher_of(self)
            saved = super().save(clean=clean, **kwargs)
            StepVersion.objects.publish(self, decision=decided(), by=by)
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
        return [*super().problems(), *unsaid, *self._code_problems(), *examples_in({"summary": self.summary})]

    def _code_problems(self) -> list[str]:
        """Questions are filed under the code: another one would take them from the quizzes that are live, and a code
        of two courses would give one the questions of the other."""
        rows = CoursePage.objects.filter(models.Q(code=self.code) | models.Q(pk=self.pk))
        found = list(rows.values_list("pk", "translation_key", "code"))
        if any(code == self.code and key != self.translation_key for _pk, key, code in found):
            text = gettext("Another course has the code “%(code)s”. Each has its own: questions are filed under it.")
            return [text % {"code": self.code}]
        before = next((code for pk, _key, code in found if pk == self.pk), self.code)
        if before == self.code or not self._has_questions_filed_under(before):
            return []
        return [gettext("The code stays “%(code)s”: questions are filed under it.") % {"code": before}]

    def _has_questions_filed_under(self, code: str) -> bool:
        """Those of another course, of which this one is a copy, are not its own."""
        if CoursePage.objects.filter(code=code).exclude(translation_key=self.translation_key).exists():
            return False
        return any(practice.banks([(code, language) for language, _name in settings.LANGUAGES], drafts=True).values())

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
        enrolment = self.enrolment_of(request.user)
        if not self.is_shown_to(request.user, enrolment):
            raise Http404
        return super().serve(request, *args, enrolment=enrolment, **kwargs)

    def is_shown_to(self, person: User, enrolment: Enrolment | None) -> bool:
        """As `seen_by`, of one course. enrolment: theirs, if they have one."""
        return bool(enrolment or self.is_open or person.is_learning_staff)

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
        """The course, for whoever sees that one."""
        course = self.get_parent().specific
        if not course.is_shown_to(request.user, course.enrolment_of(request.user)):
            raise Http404
        return redirect(course.get_url(request))

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
                StepVersion.objects.publish(step, decision=decided(), by=by)
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
    cited: dict[str, dict] | None = None  # its source points, set by who reads those of many steps at once

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
        return self.sources_of([self])[0] if self.cited is None else self.cited

    @staticmethod
    def sources_of(steps: "Sequence[StepPage]") -> list[dict[str, dict]]:
        """Where the points of each step stand: one query, however many steps there are."""
        codes = {code for step in steps for code in step.points}
        rows = SourcePoint.objects.filter(
            course_key__in={step.course_key() for step in steps if step.points}, code__in=codes, is_current=True
        )
        found = {(point.course_key, point.code): point.cited() for point in rows.select_related("article")}
        names = [[(step.course_key(), code) for code in step.points] for step in steps]
        return [{name[1]: found[name] for name in of_step if name in found} for of_step in names]

    @classmethod
    def read_together(cls, steps: Sequence[Any]) -> None:
        """What several of this kind, fixed, would each ask the database for: read once for all of them, and told."""

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


def moved(instance: Page, parent_page_before: Page, parent_page_after: Page, **_given: Any) -> None:
    """Wagtail moved a page. A step says the name and the objectives of its module, so it is compiled anew in another
    one; and a course is built alike in every language. An import places and compiles all of it itself."""
    if translations.are_given() or not issubclass(instance.specific_class, (ModulePage, StepPage)):
        return
    if parent_page_before == parent_page_after:
        _order_along(instance, parent_page_after)
        return
    page = instance.specific
    if isinstance(page, StepPage) and page.live:
        StepVersion.objects.publish(page, by=get_active_log_context().user)
    _move_along(page, parent_page_after)


def _move_along(page: Page, parent: Page) -> None:
    """The same page in the other languages; what has its place or its address there already stays."""
    places = {place.locale_id: place for place in parent.get_translations()}
    for other in page.get_translations():
        place = places.get(other.locale_id)
        if place and not place.get_children().filter(slug=other.slug).exists():
            other.move(place, pos="last-child", user=get_active_log_context().user)


def hold_order(page: Page) -> None:
    """Nobody else moves anything in its course, in any language, until the transaction ends."""
    keys = page.get_ancestors().type(CoursePage).values("translation_key")
    list(CoursePage.objects.filter(translation_key__in=keys).select_for_update(of=("self",)).order_by("pk"))


@transaction.atomic
def _order_along(page: Page, parent: Page) -> None:
    """The same page in the other languages, between the same neighbours, as far as those are there."""
    if _leads.get():
        return  # it follows one that was moved
    token = _leads.set(True)
    try:
        keys = list(parent.get_children().values_list("translation_key", flat=True))
        for other in page.get_translations():
            if other.get_parent().translation_key == parent.translation_key:
                _put_in_order(other, keys)
    finally:
        _leads.reset(token)


def _put_in_order(page: Page, keys: list[UUID]) -> None:
    """keys: of all neighbours, in the order that is wanted."""
    there = {one.translation_key: one for one in page.get_siblings()}
    wanted = [key for key in keys if key in there]
    if wanted == [key for key in there if key in keys]:
        return
    at = wanted.index(page.translation_key)
    target, pos = (there[wanted[at - 1]], "right") if at else (there[wanted[1]], "left")
    page.move(target, pos=pos, user=get_active_log_context().user)


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
