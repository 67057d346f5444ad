"""A quiz as a step of a course: which questions it draws, how often one may try, what counts as passed."""

from collections.abc import Iterator, Sequence
from functools import partial, reduce
from operator import or_
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.models import Page
from wagtail_localize.fields import SynchronizedField, TranslatableField

from assessments.quizzes.blocks import Sections
from assessments.quizzes.models.fields import NumberListField, NumberTableField
from assessments.quizzes.models.questions import GRADED, PartsField, Question
from assessments.quizzes.models.uses import USES, Uses
from assessments.quizzes.rules import lasting, types
from assessments.quizzes.rules import quiz as rules
from assessments.quizzes.rules.beginning import beginning
from assessments.quizzes.rules.marking import DIFFERENCE, Marking
from assessments.quizzes.rules.paper import Draw, asked_at_least, surely_asked
from assessments.quizzes.rules.question import Question as PublishedQuestion
from assessments.quizzes.rules.sections import POINTS_MAX, Filed, Section, Source, divided, missing
from courses.checks import rules as checks
from courses.models import CoursePage, ModulePage, StepPage
from courses.models.fields import KeyListField
from courses.models.going_live import once
from courses.rules import NOBODY

FEEDBACK = [
    (rules.IMMEDIATE, _("after each question")),
    (rules.AFTER_HAND_IN, _("after handing in")),
    (rules.AFTER_LAST, _("after the last attempt")),
]
REVIEW = [
    (rules.EXPLANATIONS, _("the right answers and why")),
    (rules.VERDICTS, _("which answers were right")),
    (rules.SCORE, _("the score alone")),
]
RULES = (  # the same in every language
    "pool_modules",
    "pool_objectives",
    "draw_count",
    "per_objective_min",
    "draw_per_objective",
    "pass_mark",
    "must_pass",
    "must_pass_objective",
    "attempts_allowed",
    "waits",
    "time_limit_minutes",
    "feedback",
    "review",
    "one_page",
    "shuffle_questions",
    "shuffle_options",
    "partial_credit",
    "second_marker",
    "marks_may_differ",
    "names_for_markers",
    *USES,
)
PERCENT = [MaxValueValidator(100)]


class QuizPage(StepPage):
    kind = "quiz"
    names_modules = True

    pool_modules = KeyListField(_("modules"), help_text=_("Questions of these modules may be drawn. Example: calm"))
    pool_objectives = KeyListField(
        _("objectives to draw from"), help_text=_("And questions of these. Example: CALM-1 SAFE-3")
    )
    draw_count = models.PositiveSmallIntegerField(
        _("questions to draw"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: all of them."),
    )
    per_objective_min = models.PositiveSmallIntegerField(_("at least, of each objective"), default=0)
    draw_per_objective = NumberTableField(
        _("exactly, of each objective"), help_text=_("In place of the two numbers above. Example: CALM-1=1 SAFE-3=2")
    )
    sections = PartsField(
        Sections(),
        blank=True,
        verbose_name=_("sections"),
        help_text=_(
            "In place of everything above: the paper in parts, one after the other. A question belongs to one section: "
            "to the first that names it, else to the first that may draw it."
        ),
    )
    pass_mark = models.PositiveSmallIntegerField(
        _("pass mark, %"), default=80, validators=PERCENT, help_text=_("0: whoever hands it in has passed.")
    )
    must_pass = NumberTableField(
        _("pass mark of a module, %"), help_text=_("Needed besides the pass mark. Example: safety=80")
    )
    must_pass_objective = NumberTableField(
        _("pass mark of an objective, %"), help_text=_("Needed besides the pass mark. Example: SAFE-3=100")
    )
    attempts_allowed = models.PositiveSmallIntegerField(
        _("attempts"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: as many as people like."),
    )
    waits = NumberListField(
        _("wait before each attempt, minutes"), help_text=_("Example: 0 30 1440 (the third one a day later)")
    )
    time_limit_minutes = models.PositiveSmallIntegerField(
        _("time limit, minutes"), null=True, blank=True, validators=[MinValueValidator(1)], help_text=_("Empty: none.")
    )
    feedback = models.CharField(_("explanations"), max_length=20, choices=FEEDBACK, default=rules.AFTER_HAND_IN)
    review = models.CharField(
        _("people then read"),
        max_length=20,
        choices=REVIEW,
        default=rules.EXPLANATIONS,
        help_text=_("Besides the score. Where answers are explained after each question, they have read it already."),
    )
    one_page = models.BooleanField(
        _("all questions on one page"),
        default=False,
        help_text=_("Off: one a page. Always one a page where each is explained at once."),
    )
    shuffle_questions = models.BooleanField(_("shuffle the questions"), default=True)
    shuffle_options = models.BooleanField(_("shuffle the options"), default=True)
    partial_credit = models.BooleanField(
        _("part marks"),
        default=True,
        help_text=_("Where an answer can be right in part. Off: all or nothing."),
    )
    second_marker = models.BooleanField(
        _("essays are marked by two people"), default=False, help_text=_("Neither sees the mark of the other.")
    )
    marks_may_differ = models.PositiveSmallIntegerField(
        _("two marks may differ by, % of the points"),
        default=DIFFERENCE,
        validators=[MaxValueValidator(100)],
        help_text=_("Near enough, their mean counts. Further apart, a third person decides."),
    )
    names_for_markers = models.BooleanField(
        _("markers see who wrote an essay"), default=False, help_text=_("Off: they see a number in place of the name.")
    )
    tests_out = models.BooleanField(
        _("pre-test"),
        default=False,
        help_text=_(
            "Taken once, by whoever likes. Whoever shows that they know all objectives of a lesson need not read it. "
            "There is no pass mark."
        ),
    )
    known_from = models.PositiveSmallIntegerField(
        _("an objective is known from so many right answers"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: all that were asked about it."),
    )
    open_to_guests = models.BooleanField(
        _("open to guests"),
        default=False,
        help_text=_(
            "Anybody may take it as a self-check, without an account. Its questions and explanations are public then."
        ),
    )
    text_passed = models.TextField(_("when passed"), blank=True, default="", help_text=_("Read above the result."))
    text_not_yet = models.TextField(
        _("when not yet passed"), blank=True, default="", help_text=_("Read above the result.")
    )

    content_panels = [
        *Page.content_panels,
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("pool_modules"), FieldPanel("pool_objectives")]),
                FieldRowPanel([FieldPanel("draw_count"), FieldPanel("per_objective_min")]),
                FieldPanel("draw_per_objective"),
                FieldPanel("sections"),
                FieldRowPanel([FieldPanel("shuffle_questions"), FieldPanel("shuffle_options")]),
                FieldPanel("one_page"),
            ],
            heading=_("Questions"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("pass_mark"),
                FieldRowPanel([FieldPanel("must_pass"), FieldPanel("must_pass_objective")]),
                FieldRowPanel([FieldPanel("attempts_allowed"), FieldPanel("waits")]),
                FieldPanel("time_limit_minutes"),
                FieldRowPanel([FieldPanel("feedback"), FieldPanel("review")]),
                FieldPanel("partial_credit"),
            ],
            heading=_("Rules"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("second_marker"),
                FieldPanel("marks_may_differ"),
                FieldPanel("names_for_markers"),
            ],
            heading=_("Essays"),
            classname="collapsed",
        ),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel("tests_out"), FieldPanel("known_from")]), FieldPanel("open_to_guests")],
            heading=_("Other uses"),
            classname="collapsed",
        ),
        MultiFieldPanel([FieldPanel("text_passed"), FieldPanel("text_not_yet")], heading=_("Texts")),
        *StepPage.step_panels,
    ]
    override_translatable_fields = [
        *StepPage.override_translatable_fields,
        *(SynchronizedField(name, overridable=False) for name in RULES),
        TranslatableField("sections"),
        TranslatableField("text_passed"),
        TranslatableField("text_not_yet"),
    ]
    template = "quizzes/quiz_preview.html"

    class Meta:
        verbose_name = _("quiz")

    @classmethod
    def live_in_bank(cls, banks: set[str], locale_id: int) -> list["QuizPage"]:
        """The live quizzes of the courses that ask from these banks, in one language."""
        courses = CoursePage.objects.filter(code__in=banks, locale_id=locale_id)
        return [quiz for course in courses for quiz in cls.objects.descendant_of(course).live()]

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What the preview shows: the quiz as somebody meets it who never took it."""
        context = super().get_context(request, *args, **kwargs)
        return context | {"start": beginning(context["content"]["body"], timezone.now())}

    def course(self) -> CoursePage:
        return self.get_parent().get_parent().specific

    def takes(self, question: Question) -> bool:
        """Whether the quiz may draw it, were it live."""
        return self.asks(question) and question.use == GRADED and question.bank == self.course().code

    def asks(self, question: Filed) -> bool:
        if sources := self.sources():
            return any(source.takes(question) for source in sources)
        return question.module in self.pool_modules or question.objective in self.pool_objectives

    def sources(self) -> list[Source]:
        """Of each section in turn; none where the paper is not divided."""
        return [child.block.source(child.value) for child in self.sections]

    def questions(self) -> list[Question]:
        """The pool in this language, by short name, so that it stands in the same order in every language."""
        bank = Question.objects.live().filter(bank=self.course().code, locale_id=self.locale_id, use=GRADED)
        if self.sections:  # by tags too, which no database finds in a list in the same way
            return [question for question in bank.order_by("code") if self.asks(question)]
        of_pool = models.Q(module__in=self.pool_modules) | models.Q(objective__in=self.pool_objectives)
        return list(bank.filter(of_pool).order_by("code"))

    @classmethod
    def read_together(cls, steps: Sequence["QuizPage"]) -> None:
        """Their pools, and the modules of their courses."""
        courses = {step.pk: step.course() for step in steps}
        bank = Question.objects.live().filter(bank__in={course.code for course in courses.values()}, use=GRADED)
        questions = list(bank.filter(locale__in={step.locale_id for step in steps}).order_by("code"))
        below = (models.Q(path__startswith=one.path, depth=one.depth + 1) for one in courses.values())
        modules = list(ModulePage.objects.filter(reduce(or_, below)))
        for step in steps:
            course = courses[step.pk]
            own = [one for one in questions if (one.bank, one.locale_id) == (course.code, step.locale_id)]
            step.tell(QuizPage._compiled_pool, [one.compiled() for one in own if step.asks(one)])
            step.tell(QuizPage._modules, [one for one in modules if one.path.startswith(course.path)])

    @once
    def _modules(self) -> list[ModulePage]:
        """Of its course."""
        return list(ModulePage.objects.child_of(self.course()))

    def draw(self) -> Draw:
        """Of the whole pool; where there are sections, each of them draws for itself."""
        return Draw() if self.sections else Draw(self.draw_count, self.per_objective_min, dict(self.draw_per_objective))

    def uses(self) -> Uses:
        return Uses(self.tests_out, self.known_from, self.open_to_guests, self.required_of == NOBODY)

    def compile_body(self) -> dict[str, Any]:
        draw = self.draw()
        pool = self._compiled_pool()
        modules, objectives = self._names(pool)
        return {
            "pool": pool,
            "draw": {
                "count": draw.count,
                "per_objective_min": draw.per_objective_min,
                "per_objective": draw.per_objective,
            },
            "rules": {
                "pass_mark": self.pass_mark,
                "must_pass": dict(self.must_pass),
                "attempts": self.attempts_allowed,
                "waits": list(self.waits),
                "minutes": self.time_limit_minutes,
                "feedback": self.feedback,
                "shuffle_questions": self.shuffle_questions,
                "shuffle_options": self.shuffle_options,
                "partial_credit": self.partial_credit,
            }
            | self._marking()
            | self._chosen_rules()
            | self.uses().rules(),
            "modules": modules,
            "objectives": objectives,
            "texts": {"passed": self.text_passed.strip(), "not_yet": self.text_not_yet.strip()},
            **({"sections": self._compiled_sections(pool)} if self.sections else {}),
            **self.uses().body(),
        }

    def _compiled_sections(self, pool: list[dict[str, Any]]) -> list[dict[str, Any]]:
        keys_of = divided(self.sources(), [(question["key"], PublishedQuestion.of(question)) for question in pool])
        return [
            child.block.plain(child.value) | {"key": child.id or f"new-{at}", "keys": list(keys)}
            for at, (child, keys) in enumerate(zip(self.sections, keys_of, strict=True), 1)
        ]

    def _marking(self) -> dict[str, Any]:
        """Only what differs from the rule, so that quizzes of before stay what they are."""
        chosen: dict[str, Any] = {
            "second": self.second_marker,
            "difference": self.marks_may_differ,
            "names": self.names_for_markers,
        }
        return {"marking": chosen} if Marking(**chosen) != Marking() else {}

    def _chosen_rules(self) -> dict[str, Any]:
        """The same of rules that came later."""
        chosen = {
            "must_pass_objective": dict(self.must_pass_objective),
            "review": "" if self.review == rules.EXPLANATIONS else self.review,
            "one_page": self.one_page,
        }
        return {name: value for name, value in chosen.items() if value}

    def _names(self, pool: list[dict]) -> tuple[dict[str, str], dict[str, str]]:
        """({module: title}, {objective: text}) of the pool, in this language, as the pages of the course name them."""
        modules, objectives = {}, {}
        for page in self._modules():
            texts = page.objective_texts()
            for question in pool:
                if question["objective"] in texts:
                    modules[question["module"]] = page.title
                    objectives[question["objective"]] = texts[question["objective"]]
        return dict(sorted(modules.items())), dict(sorted(objectives.items()))

    @staticmethod
    def structure_of(body: dict) -> object:
        """What is marked and how: questions with their keys and right answers, the draw, the rules. No text."""
        neutral = ("key", "type", "module", "objective")
        pool = [
            {name: question[name] for name in neutral}
            | {"parts": [_neutral(question["type"], part) for part in question["parts"]]}
            for question in body["pool"]
        ]
        parts = [{name: section[name] for name in section if name != "title"} for section in body.get("sections", ())]
        whole = {"pool": pool, "draw": body["draw"], "rules": body["rules"]}
        return whole | ({"sections": parts} if parts else {})

    def body_problems(self) -> list[str]:
        return self._compiled_problems(self._compiled_pool())

    @once
    def _compiled_pool(self) -> list[dict[str, Any]]:
        """Where somebody looks at all steps of a course, the bank has been read already."""
        if self.given is None:
            return [question.compiled() for question in self.questions()]
        graded = [question.compiled() for question in self.given.bank if question.is_graded]
        return [question for question in graded if self.asks(PublishedQuestion.of(question))]

    def findings(self) -> tuple[checks.Finding, ...]:
        """How its questions read, all of them together (one alone is too short to measure), and how long it takes."""
        language, pool = self.locale.language_code, self._compiled_pool()
        stems = (question["stem"] for question in pool)
        return (*checks.readability(stems, language), *self._time(pool, language))

    def _time(self, pool: list[dict[str, Any]], language: str) -> Iterator[checks.Finding]:
        if not pool or language not in checks.WORDS_PER_MINUTE:
            return
        seconds = lasting.seconds(pool, language, explained=self._explains())
        sections = self._sections_of([PublishedQuestion.of(question) for question in pool])
        needed = lasting.of_sections(sections, seconds) if sections else lasting.of_draw(self.draw(), pool, seconds)
        yield from checks.time(self.minutes, needed / 60)

    def _explains(self) -> bool:
        return self.review == rules.EXPLANATIONS or self.feedback == rules.IMMEDIATE

    def problems_with(self, question: Question) -> list[str]:
        """Why this quiz could not stay live with that question as it is now: for whoever publishes the question."""
        pool = [other for other in self.questions() if other.pk != question.pk]
        if self.takes(question):
            pool.append(question)
        return [f"{self.title}: {problem}" for problem in self._pool_problems(pool)]

    def _pool_problems(self, questions: list[Question]) -> list[str]:
        return self._compiled_problems([question.compiled() for question in questions])

    def _compiled_problems(self, compiled: list[dict[str, Any]]) -> list[str]:
        pool = [PublishedQuestion.of(question) for question in compiled]
        scored = [question for question in pool if types.get(question.type).scored]
        draw, asked = self.draw(), len({question.objective for question in pool})
        found = (
            [] if scored else [gettext("There is no question to draw: publish some for these modules or objectives.")]
        )
        for name, short in draw.lacking(pool).items():
            words = {"objective": name, "short": short}
            found.append(gettext("Questions missing for %(objective)s: %(short)d.") % words)
        if draw.count and not draw.per_objective and draw.count > len(pool):
            found.append(
                gettext("It draws %(count)d questions, there are %(pool)d.") % {"count": draw.count, "pool": len(pool)}
            )
        if draw.count and draw.per_objective_min * asked > draw.count:
            found.append(gettext("It draws too few questions to ask about every objective."))
        unknown = set(self.must_pass) - {question.module for question in scored}
        found += [
            gettext("No question belongs to the module “%(module)s”.") % {"module": name} for name in sorted(unknown)
        ]
        unasked = set(self.must_pass_objective) - {question.objective for question in scored}
        found += [
            gettext("No question asks about the objective “%(objective)s”.") % {"objective": name}
            for name in sorted(unasked)
        ]
        sections = self._sections_of(pool)
        found += self._section_problems(pool, sections)
        found += [] if found or self.tests_out else self._chance_problems(pool, draw, sections)
        return found + self.uses().problems(pool, surely_asked(pool, draw, sections))

    def _chance_problems(self, pool: Sequence[PublishedQuestion], draw: Draw, sections: Sequence[Section]) -> list[str]:
        """What a paper may lack, if it happens to be drawn so, and would be passed without."""
        least = partial(asked_at_least, pool, draw, sections)
        if draw.count == 0:
            return []  # its field says so itself
        if self.pass_mark and not least():
            return [gettext("A paper may hold no question that counts: draw more, or have fewer that nobody scores.")]
        missed = [name for name in sorted(self.must_pass) if not least(module=name)]
        missed += [name for name in sorted(self.must_pass_objective) if not least(objective=name)]
        words = gettext("A paper may ask nothing about “%(name)s”, which has a pass mark of its own. Draw more of it.")
        return [words % {"name": name} for name in missed]

    def _sections_of(self, pool: list[PublishedQuestion]) -> list[Section]:
        keys_of = divided(self.sources(), [(question.key, question) for question in pool])
        plain = [child.block.plain(child.value) for child in self.sections]
        return [Section(key="", keys=keys, **values) for keys, values in zip(keys_of, plain, strict=True)]

    def _section_problems(self, pool: list[PublishedQuestion], sections: list[Section]) -> list[str]:
        found, points = [], sum(section.points for section in sections)
        if points > POINTS_MAX:
            words = gettext("The sections give %(points)d points together; %(most)d is the most a paper may give.")
            found.append(words % {"points": points, "most": POINTS_MAX})
        for at, (source, section) in enumerate(zip(self.sources(), sections, strict=True), 1):
            said = {"section": section.title or at}
            found += [
                gettext("Section “%(section)s”: no question is filed under “%(name)s”.") % (said | {"name": name})
                for name in missing(source, pool)
            ]
            if not section.keys:
                found.append(gettext("Section “%(section)s” has no question to draw.") % said)
            elif section.short:
                counts = {"count": section.length, "pool": len(section.keys)}
                words = gettext("Section “%(section)s”: it draws %(count)d questions, there are %(pool)d.")
                found.append(words % (said | counts))
        return found


def _neutral(kind: str, part: dict[str, Any]) -> list[Any]:
    """What decides about an answer and is the same in each language."""
    fields = [field.name for spec in types.get(kind).specs for field in spec.fields if field.is_neutral]
    more = {name: part[name] for name in sorted(fields) if name in part and name != "correct"}
    return [part["key"], part.get("correct"), *([more] if more else [])]
