"""The bank: questions that quizzes draw from and lessons practise with, one row a language."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.log_actions import get_active_log_context
from wagtail.models import DraftStateMixin, Locale, PreviewableMixin, RevisionMixin, TranslatableMixin
from wagtail.search import index
from wagtail_localize.fields import SynchronizedField

from assessments.quizzes.blocks import Parts, picture_of
from assessments.quizzes.models.fields import TagListField
from assessments.quizzes.models.records import QuizAttempt
from assessments.quizzes.rules import paper, types
from assessments.quizzes.rules.question import Question as PublishedQuestion
from courses import practice, translations
from courses.checks.messages import words as check_words
from courses.checks.rules import Asked, given_away, vocabulary
from courses.models import CoursePage, LessonPage, StepPage, StepVersion
from courses.models.drafts import draft_of, standing
from courses.models.fields import KeyListField
from courses.models.going_live import (
    Draft,
    Fixed,
    GoingLiveForm,
    MayNotBeDeleted,
    MayNotBeTakenDown,
    MayNotGoLive,
    barred_text,
    going_now,
    is_barred,
)
from courses.models.pages import ReadOnce, examples_in
from courses.practice import BankQuestion
from courses.reports import Heads, heads
from people import roles
from people.models import User

GRADED, PRACTICE = "graded", "practice"
# What of a compiled question is wording or filing; all the rest decides between right and wrong.
PROSE = {"stem", "text", "feedback", "explanation", "model_answer", "rubric", "points", "code", "module", "objective"}
IF_SAID = ("category", "sub_category", "tags", "keeps_order")  # compiled only where somebody has said so
PROSE |= set(IF_SAID)
USES = [(GRADED, _("graded: drawn by quizzes")), (PRACTICE, _("practice: shown in lessons, never counts"))]

SEARCHED = ("stem", "code", "category", "sub_category", "objective")  # by the list of the bank and by its exports
KEY = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STATES: dict[str, dict[str, Any]] = {
    "live": {"live": True, "has_unpublished_changes": False},
    "changed": {"live": True, "has_unpublished_changes": True},
    "draft": {"live": False, "retired_at": None},
    "retired": {"retired_at__isnull": False},
}

_held: ContextVar[dict[int, str] | None] = ContextVar("quizzes_held", default=None)  # {question: bank it was live in}


def type_choices() -> list[tuple[str, Any]]:
    """A function, so that a new type of question needs no migration."""
    return [(kind.name, _(kind.label)) for kind in types.ALL.values()]


class QuestionForm(GoingLiveForm, WagtailAdminModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "owner" in self.fields:
            self.fields["owner"].queryset = owners()


def owners() -> QuerySet[User]:
    """Who may look after a question: L&D and admins."""
    learning_staff = models.Q(groups__name__in=[roles.EDITOR, roles.PUBLISHER]) | models.Q(is_superuser=True)
    return User.objects.filter(learning_staff, is_active=True).order_by("last_name", "first_name", "pk").distinct()


def keys_in(text: str) -> set[str]:
    """All keys that stand in stored JSON, of questions and of anything else."""
    return set(KEY.findall(text))


class PartsField(StreamField):
    """A StreamField whose migrations do not list its blocks: a new type of question needs none."""

    def deconstruct(self) -> tuple:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("block_lookup", None)
        return name, path, [[], *args[1:]], kwargs


def kept_text(codes: str) -> str:
    text = gettext(
        "Nothing was deleted. These questions were published in a quiz or a lesson, and records name them; retire them "
        "instead: %(codes)s"
    )
    return text % {"codes": codes}


class QuestionQuerySet(models.QuerySet):
    def live(self) -> "QuestionQuerySet":
        return self.filter(live=True)

    def never_published(self) -> "QuestionQuerySet":
        return self.filter(live=False, first_published_at=None, retired_at=None)

    def in_language(self, language: str) -> "QuestionQuerySet":
        return self.filter(locale__language_code=language)

    def source_of(self, key: UUID) -> "QuestionQuerySet":
        """The row in the source language, else the oldest: one of all that are the same question."""
        rows = self.filter(translation_key=key).annotate(
            is_source=models.Case(models.When(locale__language_code=settings.LANGUAGE_CODE, then=0), default=1)
        )
        return self.filter(pk__in=rows.order_by("is_source", "pk").values("pk")[:1])

    def tagged(self, tag: str) -> "QuestionQuerySet":
        """By the text of the list, which every database searches alike. Tags are plain short names."""
        text = self.annotate(tags_text=Cast("tags", models.TextField()))
        return text.filter(tags_text__contains=f'"{tag}"')

    def delete(self) -> tuple[int, dict[str, int]]:
        if used := self.used():
            codes = self.filter(translation_key__in=used).values_list("code", flat=True)
            raise MayNotBeDeleted(kept_text(", ".join(sorted(set(codes)))))
        return super().delete()

    delete.queryset_only = True  # type: ignore[attr-defined]  # as of Django's own: no Question.objects.delete()
    delete.alters_data = True  # type: ignore[attr-defined]

    def used(self) -> set[str]:
        """The keys of those that any quiz or lesson was ever published with: attempts and records name them."""
        keys = {str(key) for key in self.values_list("translation_key", flat=True)}
        texts = StepVersion.objects.annotate(text=Cast("content", models.TextField())).values_list("text", flat=True)
        if len(keys) == 1:
            return keys if texts.filter(text__contains=min(keys)).exists() else set()
        return set().union(*(keys & keys_in(text) for text in texts.iterator())) if keys else set()

    def in_state(self, state: str) -> "QuestionQuerySet":
        return self.filter(**STATES[state])

    def to_review(self, today: date) -> "QuestionQuerySet":
        """Those whose date of review has passed. A retired question asks for nothing."""
        return self.filter(review_by__lt=today, retired_at=None)

    def chosen(
        self, *, tag: str = "", state: str = "", search: str = "", ids: Sequence[int] = (), **fields: Any
    ) -> "QuestionQuerySet":
        """Those that a list was narrowed to; what is empty does not narrow it."""
        found = self.filter(**{name: value for name, value in fields.items() if value not in ("", None)})
        found = found.tagged(tag) if tag else found
        found = found.in_state(state) if state else found
        if search:
            fields_with = (models.Q(**{f"{name}__icontains": search}) for name in SEARCHED)
            found = found.filter(reduce(or_, fields_with))
        return found.filter(pk__in=ids) if ids else found


class Question(Fixed, PreviewableMixin, DraftStateMixin, RevisionMixin, TranslatableMixin, index.Indexed, models.Model):
    """A question in one language. What it is and which answers are right is decided once, in the source language."""

    code = models.CharField(_("short name"), max_length=40, help_text=_("Never shown to learners. Example: Q-CALM-06"))
    bank = models.SlugField(_("bank"), max_length=80, help_text=_("Which course asks it. Example: calm-clear-safe"))
    type = models.CharField(_("type"), max_length=20, choices=type_choices, default="single")
    use = models.CharField(_("use"), max_length=10, choices=USES, default=GRADED)
    module = models.SlugField(_("module"), max_length=80, blank=True, help_text=_("Example: calm"))
    objective = models.CharField(_("objective"), max_length=40, blank=True, help_text=_("Example: CALM-2"))
    category = models.CharField(
        _("category"),
        max_length=250,
        blank=True,
        default="",
        help_text=_("Results are summed by it. Example: keeping calm"),
    )
    sub_category = models.CharField(
        _("sub-category"), max_length=250, blank=True, default="", help_text=_("Example: breathing")
    )
    tags = TagListField(
        _("tags"), help_text=_("Short names of your own, to find questions and to draw by. Example: phone new-2027")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
        help_text=_("Who looks after it. Never shown to learners."),
    )
    review_by = models.DateField(
        _("review by"), null=True, blank=True, help_text=_("The list of questions warns when the day has passed.")
    )
    retired_at = models.DateTimeField(null=True, editable=False)
    points = KeyListField(_("source points"), help_text=_("Which points of the source articles it asks about."))
    difficulty = models.DecimalField(
        _("expected share right"),
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
        help_text=_("0.8: four of five people should get it right."),
    )
    stem = models.TextField(_("question"), help_text=_("Ends with what to decide. Example: What do you say first?"))
    picture = models.ForeignKey(
        "wagtailimages.Image",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture"),
        help_text=_("The name of its file can be read by learners: it must not give the answer away."),
    )
    picture_alt = models.CharField(
        _("what the picture shows"),
        max_length=300,
        blank=True,
        default="",
        help_text=_("Read to those who do not see it. Example: A customer leans over the counter"),
    )
    parts = PartsField(
        Parts(),
        blank=True,
        verbose_name=_("answers"),
        help_text=_("As the type asks: options, items in their right order, pairs, accepted answers, criteria."),
    )
    keeps_order = models.BooleanField(
        _("keep the options in this order"),
        default=False,
        help_text=_("For numbers, years and “none of these”. Where a quiz shuffles options, it leaves these alone."),
    )
    model_answer = models.TextField(
        _("model answer"),
        blank=True,
        default="",
        help_text=_(
            "For reflections and essays: what the writer compares with. For typed answers: what people read whose "
            "answer is none of those accepted."
        ),
    )
    rubric = models.TextField(
        _("criteria"), blank=True, default="", help_text=_("For reflections: one criterion a line.")
    )

    objects = QuestionQuerySet.as_manager()

    base_form_class = QuestionForm
    panels = [
        HelpPanel(template="quizzes/staff/impact.html"),
        FieldPanel("stem"),
        FieldRowPanel([FieldPanel("picture"), FieldPanel("picture_alt")]),
        FieldPanel("type"),
        FieldPanel("parts"),
        FieldPanel("keeps_order"),
        MultiFieldPanel(
            [FieldPanel("model_answer"), FieldPanel("rubric")], heading=_("Model answer"), classname="collapsed"
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("code"), FieldPanel("bank")]),
                FieldRowPanel([FieldPanel("use"), FieldPanel("difficulty")]),
                FieldRowPanel([FieldPanel("module"), FieldPanel("objective")]),
                FieldRowPanel([FieldPanel("category"), FieldPanel("sub_category")]),
                FieldPanel("tags"),
                FieldPanel("points"),
                FieldRowPanel([FieldPanel("owner"), FieldPanel("review_by")]),
            ],
            heading=_("Settings"),
        ),
    ]
    search_fields = [
        index.SearchField("stem"),
        index.SearchField("code"),
        index.AutocompleteField("stem"),
        index.AutocompleteField("code"),
        index.FilterField("locale"),
        index.FilterField("type"),
        index.FilterField("use"),
        index.FilterField("module"),
    ]
    override_translatable_fields = [
        SynchronizedField(name, overridable=False)
        for name in (
            "code",
            "bank",
            "type",
            "use",
            "module",
            "objective",
            "category",
            "sub_category",
            "tags",
            "keeps_order",
            "points",
            "difficulty",
            "owner",
            "review_by",
            "retired_at",
        )
    ]

    class Meta(TranslatableMixin.Meta):
        verbose_name, verbose_name_plural = _("question"), _("questions")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["bank", "code", "locale"], name="question_code_once_a_language"),
            models.CheckConstraint(condition=models.Q(use__in=[GRADED, PRACTICE]), name="question_use_known"),
            models.CheckConstraint(
                condition=models.Q(live=False) | models.Q(retired_at=None), name="question_retired_is_not_live"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.stem[:80]}"

    @classmethod
    def compiled_for(cls, question_key: str, language: str) -> dict[str, Any] | None:
        """The live practice question of that key, compiled: what a lesson shows of it."""
        try:
            question = (
                cls.objects.live().in_language(language).filter(translation_key=question_key, use=PRACTICE).first()
            )
        except ValidationError:  # no key at all
            return None
        return question.compiled() if question else None

    @classmethod
    def choices_for(cls, language: str) -> list[tuple[str, str]]:
        """(key, label) of the practice questions an editor may put into a lesson."""
        return [(str(row.translation_key), str(row)) for row in cls.objects.in_language(language).filter(use=PRACTICE)]

    @classmethod
    def banks_of(
        cls, wanted: Collection[tuple[str, str]], drafts: bool = False
    ) -> dict[tuple[str, str], list[BankQuestion]]:
        """The live questions of courses, by (code, language); drafts: those never published too, as their editors see
        them. Their texts come from the stored JSON: a whole bank of blocks is slow."""
        codes, languages = {code for code, _language in wanted}, {language for _code, language in wanted}
        rows = cls.objects.filter(bank__in=codes, locale__language_code__in=languages).select_related("locale")
        rows = (rows.live() | rows.never_published()).select_related("latest_revision") if drafts else rows.live()
        found: dict[tuple[str, str], list[BankQuestion]] = {name: [] for name in wanted}
        for question in rows.order_by("code"):
            if (question.bank, question.locale.language_code) in found:
                found[question.bank, question.locale.language_code].append(question.as_edited().in_bank())
        return found

    def as_edited(self) -> "Question":
        """Where it was never published, its newest draft, without asking the database once more."""
        if self.live or self.latest_revision is None:
            return self
        draft = type(self).from_serializable_data(self.latest_revision.content, check_fks=False)
        draft.pk, draft.locale = self.pk, self.locale
        return draft

    def in_bank(self) -> BankQuestion:
        return BankQuestion(
            key=str(self.translation_key),
            is_graded=self.use == GRADED,
            points=tuple(self.points),
            asked=self.asked(),
            version=f"{self.stem} {list(self.parts.raw_data)} {self.model_answer} {self.rubric}",
            compiled=cache(self.compiled),
        )

    def asked(self) -> Asked:
        values = [part["value"] for part in self.parts.raw_data]
        options = [value.get(name) for value in values for name in ("text", "left", "right")]
        return Asked(self.code, self.stem, tuple(str(option) for option in options if option))

    @staticmethod
    def locked_language(language: str) -> Locale:
        """Held until the transaction ends: short names are given out by one at a time."""
        return Locale.objects.select_for_update().get(language_code=language)

    def compiled(self) -> dict[str, Any]:
        """All a learner's attempt needs, as JSON: the fields of rules.question.Question."""
        kind = types.get(self.type)
        return (
            {
                "key": str(self.translation_key),
                "type": self.type,
                "stem": self.stem.strip(),
                "parts": self.parts.stream_block.plain(self.parts, [spec.name for spec in kind.specs]),
                "code": self.code,
                "module": self.module,
                "objective": self.objective,
                "points": list(self.points),
                "model_answer": self.model_answer.strip(),
                "rubric": [line.strip() for line in self.rubric.splitlines() if line.strip()],
            }
            | ({"picture": picture_of(self.picture, self.picture_alt.strip())} if self.picture else {})
            | self._said()
        )

    def _said(self) -> dict[str, Any]:
        return {name: value for name in IF_SAID if (value := getattr(self, name))}

    def problems(self) -> list[str]:
        """Why it may not go live, in the reader's language."""
        found = self.own_problems()
        if _held.get() is not None:
            return found  # quizzes and lessons are looked at when all the questions are in place
        found += [problem for quiz in self.quizzes() for problem in quiz.problems_with(self)]
        return found + (self._lessons_lose_it() if self.use == GRADED else self._problems_in_lessons())

    def own_problems(self) -> list[str]:
        """Those of the question itself, whatever asks or shows it."""
        question = PublishedQuestion.of(self.compiled())
        found = [*translations.problems(self), *examples_in(self.compiled())]
        found += [gettext("Write the question.")] if not question.stem else []
        kind = types.get(self.type)
        found += [gettext(problem) for problem in kind.problems(question)]
        if self.picture and not self.picture_alt.strip():
            found.append(gettext("Say in words what the picture shows."))
        if self.use == PRACTICE and kind.manual:
            found.append(gettext("Nobody marks practice: make it a reflection."))
        if self.use == GRADED and not self.objective:
            found.append(gettext("Say which objective it asks about: quizzes draw by objective."))
        return found

    def _problems_in_lessons(self) -> list[str]:
        """Why live lessons could not stay live with this practice question as it is now."""
        with practice.prepared([self.in_bank()]):
            return [f"{lesson.title}: {problem}" for lesson in self.lessons() for problem in lesson.problems()]

    def _lessons_lose_it(self) -> list[str]:
        """A graded question that lessons show, or that is the same as a practice question they show."""
        found = [
            gettext("It stays a practice question: the live lesson “%(lesson)s” shows it.") % {"lesson": lesson.title}
            for lesson in self.lessons()
        ]
        for other in _practised_like([self]):
            if other.lessons():
                found.append(check_words(given_away(other.code, self.code)))
        return found

    def quizzes(self) -> list[Any]:
        """The live quizzes of its bank, in its language; also of the one it is live in until now."""
        from assessments.quizzes.models.pages import QuizPage

        return QuizPage.live_in_bank({self.bank, self._live_in()}, self.locale_id)

    def _live_in(self) -> str:
        """The bank it is live in; its own where it is not live."""
        stored = Question.objects.live().filter(pk=self.pk).values_list("bank", flat=True) if self.pk else ()
        return next(iter(stored), self.bank)

    def lessons(self) -> list[LessonPage]:
        """The live lessons that practise with it, in its language."""
        return _lessons_with({str(self.translation_key)}, self.locale_id)

    def save(self, **kwargs: Any) -> None:
        # With update_fields Wagtail stores side facts (latest revision); the instance may hold draft values then.
        if kwargs.get("update_fields") is not None:
            return super().save(**kwargs)
        if self.live:
            self.retired_at = None  # publishing it again brings it back
            if not going_now(self):
                self.may_go_live(get_active_log_context().user)
        with transaction.atomic():
            before = Question.objects.live().filter(pk=self.pk).values_list("bank", flat=True).first()
            super().save(**kwargs)
            if self.live or before is not None:
                recompile(self, before or self.bank)
            if self.live:
                translations.went_live(self)
        return None

    def unpublish(self, set_expired: bool = False, **kwargs: Any) -> Any:
        """At its set time it is taken down in all its languages, as it is retired. Nobody is there to read what live
        quizzes and lessons would lack: it stays, in every language, where one does in any."""
        if not set_expired:
            return super().unpublish(**kwargs)
        with transaction.atomic():
            with recompiled_once() as left:
                for row in self._live_in_every_language():
                    super(Question, row).unpublish(set_expired=True, **kwargs)
            if left:
                raise MayNotBeTakenDown([f"{page.title}: {problem}" for page in left for problem in page.problems()])
        return None

    def _live_in_every_language(self) -> "list[Question]":
        """Itself first, which the caller goes on with."""
        others = Question.objects.live().filter(translation_key=self.translation_key).exclude(pk=self.pk)
        return [self, *others.select_for_update(of=("self",)).order_by("pk")]

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if Question.objects.filter(pk=self.pk).used():
            raise MayNotBeDeleted(kept_text(self.code))
        return super().delete(*args, **kwargs)

    def impact(self) -> "Impact":
        """What publishing it changes, for whoever is about to."""
        if not self.pk:
            return Impact()
        stored = Question.objects.live().filter(pk=self.pk).first()
        rows = [row for row in (self, stored) if row]
        graded = [row for row in rows if row.use == GRADED]
        return Impact(
            quizzes=[quiz for quiz in self.quizzes() if any(quiz.asks(row) for row in graded)],
            lessons=self.lessons() if any(row.use == PRACTICE for row in rows) else [],
            people=people_in_attempts(str(self.translation_key)),
            heads=self._heads(),
        )

    def _heads(self) -> Heads | None:
        """Of the course that its bank belongs to."""
        course = CoursePage.objects.filter(code=self.bank).order_by("pk").values_list("translation_key", flat=True)
        return heads(course[:1], timezone.localdate()) if course else None

    def draft(self, revision: Any = None) -> Draft | None:
        """What making this live would change, for whoever is asked what it means; None where no live step becomes
        another. The steps are those of one course; elsewhere such a change keeps its safe meaning."""
        found = [self._changed(step) for step in _users_of([self], {self.pk: self._live_in()})]
        drafts = [draft for draft in found if draft and draft.is_change]
        if not drafts:
            return None
        stored = Question.objects.live().filter(pk=self.pk).first()
        course_key = drafts[0].course_key
        return Draft(
            page=self,
            course_key=course_key,
            before=stored.compiled() if stored else {},
            after=self.compiled(),
            changes_structure=any(draft.changes_structure for draft in drafts),
            steps=[draft.page for draft in drafts if draft.course_key == course_key],
            standing=standing(self),
            revision=revision,
        )

    def _changed(self, step: StepPage) -> Draft | None:
        """The step with this question in the bank, in its place, beside the step as it is live."""
        course = step.get_parent().get_parent().specific
        around = course.surroundings()
        own, known = self.in_bank(), {one.key: one for one in around.bank}
        bank = list((known | {own.key: own}).values())
        if own.key not in known or known[own.key].asked.code != self.code:  # else it stays where the database has it
            bank.sort(key=lambda one: one.asked.code)
        if self.bank != course.code and own.is_graded:  # it leaves the bank of this course
            bank.remove(own)
        step.given = replace(around, bank=tuple(bank))
        with practice.prepared(step.given.bank):
            return draft_of(step)

    def may_go_live(self, user: Any) -> None:
        """Raises MayNotGoLive. user: who asks; None where no person does."""
        if problems := self.problems():
            raise MayNotGoLive(*problems)
        if is_barred(self, user):
            raise MayNotGoLive(barred_text())

    def marks(self) -> object:
        """The answer key: which parts there are and what is said to be right, in whatever way its type says it; None
        of a practice question."""
        if self.use != GRADED:
            return None
        compiled = self.compiled()
        parts = [{name: part[name] for name in part.keys() - PROSE} for part in compiled.pop("parts")]
        return {name: compiled[name] for name in compiled.keys() - PROSE} | {"parts": parts}

    # --- preview: as learners see it, with the explanations beneath ------------------------------------------------
    def get_preview_template(self, request: Any, mode_name: str) -> str:
        return "quizzes/question_preview.html"

    def get_preview_context(self, request: Any, mode_name: str) -> dict[str, Any]:
        question, kind = PublishedQuestion.of(self.compiled()), types.get(self.type)
        order = paper.order(question, seed="preview")
        return super().get_preview_context(request, mode_name) | {
            "stem": question.stem,
            "picture": question.picture,
            "kind": kind.name,
            "hints": kind.hints(question, partial=True),
            "shown": kind.shown(question, order, {}),
            "explained": kind.explained(question, order, None),
        }


@dataclass(frozen=True)
class Impact:
    """quizzes, lessons: live ones that are published anew. people: in attempts that ask it, which stay as they are.
    heads: who is taking the course, or has finished it."""

    quizzes: list[Any] = field(default_factory=list)
    lessons: list[LessonPage] = field(default_factory=list)
    people: int = 0
    heads: Heads | None = None


def people_in_attempts(key: str) -> int:
    """How many people have the question on a paper that is not handed in yet."""
    attempts = QuizAttempt.objects.filter(finished_at=None).annotate(text=Cast("paper", models.TextField()))
    return attempts.filter(text__contains=key).aggregate(people=models.Count("enrolment__person", distinct=True))[
        "people"
    ]


def recompile(question: Question, before: str) -> None:
    """Publish anew, in this transaction, every live quiz that may draw the question and every lesson that shows it.
    before: the bank it was live in."""
    held = _held.get()
    if held is None:
        _publish_users_of([question], {question.pk: before})
    else:
        held.setdefault(question.pk, before)


@contextmanager
def recompiled_once() -> Iterator[list[StepPage]]:
    """Many questions change together (an import): each quiz and lesson is compiled once, at the end. Gives a list that
    then holds the pages which could not be, and stay as they were."""
    left: list[StepPage] = []
    token = _held.set({})
    try:
        yield left
        held = _held.get() or {}
    finally:
        _held.reset(token)
    left.extend(_publish_users_of(Question.objects.filter(pk__in=held), held))


@transaction.atomic
def _publish_users_of(questions: Iterable[Question], before: Mapping[int, str]) -> list[StepPage]:
    """Those that are left: a question was taken back, and what remains is too little for them."""
    left, read = [], ReadOnce()
    for page in _held_now(_users_of(questions, before)):
        with read.around(page, page.get_parent()):
            page.fix()
            if page.problems():
                left.append(page)
            else:
                page.save()
    return left


def _held_now(pages: Iterable[StepPage]) -> Iterator[StepPage]:
    """As they are live by now, and nobody publishes them until the transaction ends: each is saved whole, and would
    write over what went live since it was read."""
    for page in sorted(pages, key=lambda one: one.pk):
        if held := type(page).objects.select_for_update(no_key=True).filter(pk=page.pk, live=True).first():
            yield held


def _users_of(questions: Iterable[Question], before: Mapping[int, str]) -> Iterator[StepPage]:
    """The live quizzes and lessons that show any of them, in a few queries for each language. before: {question: the
    bank it was live in}"""
    from assessments.quizzes.models.pages import QuizPage

    banks: dict[int, set[str]] = {}
    keys: dict[int, set[str]] = {}
    for question in questions:
        banks.setdefault(question.locale_id, set()).update({question.bank, before.get(question.pk, question.bank)})
        keys.setdefault(question.locale_id, set()).add(str(question.translation_key))
    for same in _practised_like([question for question in questions if question.live]):
        keys[same.locale_id].add(str(same.translation_key))
    for locale_id in banks:
        yield from QuizPage.live_in_bank(banks[locale_id], locale_id)
        yield from _lessons_with(keys[locale_id], locale_id)


def _practised_like(questions: Iterable[Question]) -> list[Question]:
    """The live practice questions in the words of one of these, which are graded: a lesson may not show them."""
    graded = {(one.bank, one.locale_id, vocabulary(one.asked())): one for one in questions if one.use == GRADED}
    rows = Question.objects.live().filter(bank__in={bank for bank, _locale, _words in graded}, use=PRACTICE)
    rows = rows.filter(locale__in={locale for _bank, locale, _words in graded}) if graded else rows.none()
    found = [(row, graded.get((row.bank, row.locale_id, vocabulary(row.asked())))) for row in rows]
    return [row for row, same in found if same and same.pk != row.pk]


def _lessons_with(keys: set[str], locale_id: int) -> list[LessonPage]:
    lessons = LessonPage.objects.live().filter(locale_id=locale_id)
    with_text = lessons.annotate(body_text=Cast("body", models.TextField()))
    if len(keys) == 1:
        return list(with_text.filter(body_text__contains=keys.pop()))
    texts = with_text.values_list("pk", "body_text").iterator()
    return list(lessons.filter(pk__in=[pk for pk, text in texts if any(key in text for key in keys)]))
