"""Catalogue > course > module > step. A page that goes live is compiled into a StepVersion in the same transaction."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Locale, Page, PagePermissionTester
from wagtail_localize.fields import SynchronizedField, TranslatableField

from courses import rules
from courses.blocks import LessonBody, Objectives
from courses.models.fields import KeyListField
from courses.models.records import Enrolment, StepCompletion, StepVersion
from courses.models.sources import SourcePoint

REQUIRED_OF = [
    (rules.EVERYONE, _("required of everybody")),
    (rules.MANAGERS, _("required of team leaders, open to all")),
    (rules.NOBODY, _("optional")),
]


class KeepsRecords(PagePermissionTester):
    """A page that people have learning records of may be unpublished, never deleted."""

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        return super().can_delete(ignore_bulk) and not has_records(self.page)


def has_records(page: Page) -> bool:
    """Whether anybody was enrolled in, or finished, what this page or any page below it teaches."""
    keys = list(page.get_descendants(inclusive=True).values_list("translation_key", flat=True))
    enrolled = Enrolment.objects.filter(course_key__in=keys, started_at__isnull=False)
    return enrolled.exists() or StepCompletion.objects.filter(step_key__in=keys).exists()


class StepForm(WagtailAdminPageForm):
    """Drafts may be unfinished; what goes live may not."""

    _is_draft = False

    def defer_required_fields(self) -> None:
        # Wagtail calls this for drafts, autosave and preview only, never for publishing or submitting.
        self._is_draft = True
        super().defer_required_fields()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self._is_draft or self.errors:
            return
        for problem in self.instance.problems():
            self.add_error(None, problem)


class PublishedPage(Page):
    """A page whose live content is kept, version by version, as compiled JSON."""

    kind: ClassVar[str] = ""
    base_form_class = StepForm

    class Meta:
        abstract = True

    def permissions_for_user(self, user: Any) -> PagePermissionTester:
        return KeepsRecords(user, self)

    def problems(self) -> list[str]:
        """Why this page may not go live, in the reader's language; empty when it may."""
        return []

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
        if problems := self.problems():
            raise ValidationError(problems)
        with transaction.atomic():
            saved = super().save(clean=clean, **kwargs)
            StepVersion.objects.publish(self)
            return saved


class CataloguePage(Page):
    """Lists the courses somebody may see."""

    max_count_per_parent = 1
    parent_page_types = ["wagtailcore.Page"]
    template = "courses/catalogue.html"

    class Meta:
        verbose_name = _("catalogue")

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
            [FieldPanel("code"), FieldPanel("hours"), FieldPanel("valid_months"), FieldPanel("is_open")],
            heading=_("Rules"),
        ),
    ]
    override_translatable_fields = [
        SynchronizedField("code"),
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

    @staticmethod
    def seen_by(user: Any) -> models.Q:
        """A course is seen by those enrolled in it, by L&D, and by all where it is marked open."""
        if user.is_learning_staff:
            return models.Q()
        mine = Enrolment.objects.filter(person=user).values("course_key")
        return models.Q(is_open=True) | models.Q(translation_key__in=mine)

    def serve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if not CoursePage.objects.filter(self.seen_by(request.user), pk=self.pk).exists():
            raise Http404
        return super().serve(request, *args, **kwargs)

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
        mine = Enrolment.objects.filter(person=request.user, course_key=self.translation_key)
        enrolment = mine.order_by("-cycle").first()
        return super().get_context(request, *args, **kwargs) | {
            "enrolment": enrolment,
            "modules": ModulePage.objects.child_of(self).live(),
            "may_begin": enrolment is None and self.is_open,
        }


class ModulePage(Page):
    objectives = StreamField(Objectives(), blank=True, verbose_name=_("objectives"))

    parent_page_types = ["courses.CoursePage"]
    content_panels = [*Page.content_panels, FieldPanel("objectives")]

    class Meta:
        verbose_name = _("module")

    def serve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return redirect(self.get_parent().get_url(request))

    def permissions_for_user(self, user: Any) -> PagePermissionTester:
        return KeepsRecords(user, self)

    def objective_texts(self) -> dict[str, str]:
        return {child.value["id"]: child.value["text"] for child in self.objectives}

    def save(self, clean: bool = True, **kwargs: Any) -> Any:
        with transaction.atomic():
            saved = super().save(clean=clean, **kwargs)
            if self.live and kwargs.get("update_fields") is None:
                for step in self.get_children().live().specific():
                    StepVersion.objects.publish(step)  # its steps carry the module's title and objectives
            return saved


class StepPage(PublishedPage):
    """One thing people do in a course. A kind of step subclasses this and says `kind`, `compile_body`, `structure_of`,
    `body_problems` and `template`."""

    minutes = models.PositiveSmallIntegerField(_("minutes"), default=5)
    required_of = models.CharField(_("required of"), max_length=10, choices=REQUIRED_OF, default=rules.EVERYONE)
    objectives = KeyListField(_("objectives"), help_text=_("Short names of the module's objectives. Example: CALM-1"))
    points = KeyListField(_("source points"), help_text=_("Which points of the source articles this teaches or tests."))

    parent_page_types = ["courses.ModulePage"]
    subpage_types: ClassVar[list] = []
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

    def compile_body(self) -> dict:
        raise TypeError(f"{type(self).__name__} does not say how it is compiled")

    def body_problems(self) -> list[str]:
        return []

    def problems(self) -> list[str]:
        unknown = set(self.points) - self._sources().keys() if self.points else set()
        missing = [gettext("Unknown source point: %(point)s") % {"point": point} for point in sorted(unknown)]
        return [*missing, *self.body_problems()]

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


class LessonPage(StepPage):
    kind = "lesson"

    body = StreamField(LessonBody(), blank=True, verbose_name=_("lesson"))

    content_panels = [*Page.content_panels, FieldPanel("body"), *StepPage.step_panels]
    template = "courses/lesson_preview.html"

    class Meta:
        verbose_name = _("lesson")

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict:
        context = super().get_context(request, *args, **kwargs)
        return context | {"parts": rules.lesson_parts(context["content"]["body"]["blocks"]), "practice": {}}

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
        return [gettext("A practice question of this lesson is not published in this language.") for _block in lost]
