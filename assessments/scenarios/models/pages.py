"""A branching scenario as a step of a course: scenes, choices and endings, how it is played, what counts as passed."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, int_list_validator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail_localize.fields import SynchronizedField, TranslatableField

from assessments.scenarios import messages
from assessments.scenarios.blocks import NodesBlock, SkillsBlock
from assessments.scenarios.rules import checker, graph
from courses.models import StepPage
from courses.models.fields import KeyListField

DEBRIEF, IMMEDIATE = "debrief", "immediate"
ALWAYS = "always"
FEEDBACK = [(DEBRIEF, _("in the debrief")), (IMMEDIATE, _("at once, in the first attempt"))]
METER = [(ALWAYS, _("while playing and in the debrief")), (DEBRIEF, _("only in the debrief"))]
GENDERS = [("f", _("a woman")), ("m", _("a man")), ("n", _("not said"))]
TENSION = [MinValueValidator(0), MaxValueValidator(graph.TENSION_MAX)]
HELP = _(
    "Scenes lead to one another by their keys. Nobody sees points, coaching or quality before the debrief. "
    "A draft may be unfinished; what goes live is proved: every choice leads on, every way comes to an ending."
)
NEUTRAL = (
    "customer_name",
    "customer_gender",
    "start_key",
    "fail_to",
    "feedback_timing",
    "meter_visible",
    "waits",
)
TEXTS = ("role", "setting", "customer_look", "skills", "nodes")


def good_or_partial() -> list[str]:
    return ["good", "partial"]


class ScenarioPage(StepPage):
    kind = "scenario"

    role = models.TextField(_("your part"), help_text=_("Who the learner is, where, what has happened before."))
    setting = models.CharField(
        _("place and time"), max_length=255, help_text=_("Example: Parcel counter, Friday 17:40")
    )
    customer_name = models.CharField(_("name"), max_length=80, help_text=_("Example: Bruno"))
    customer_gender = models.CharField(_("drawn as"), max_length=1, choices=GENDERS, default="n")
    customer_look = models.CharField(
        _("look"),
        max_length=255,
        blank=True,
        default="",
        help_text=_("For those who do not see the picture. Example: in a work jacket, phone in hand"),
    )
    nodes = StreamField(NodesBlock(), blank=True, verbose_name=_("scenes and endings"))
    start_key = models.CharField(
        _("begins with"), max_length=40, blank=True, default="", help_text=_("Empty: the first scene.")
    )
    tension_start = models.PositiveSmallIntegerField(_("tension at the start"), default=50, validators=TENSION)
    fail_at = models.PositiveSmallIntegerField(
        _("too much tension"),
        null=True,
        blank=True,
        validators=TENSION,
        help_text=_("Reaching it leads to the place below."),
    )
    fail_to = models.CharField(_("leads to"), max_length=40, blank=True, default="", help_text=_("Key of an ending."))
    pass_outcomes = KeyListField(
        _("endings that pass"),
        default=good_or_partial,
        help_text=_("Of good, partial, bad, stopped. Example: good partial"),
    )
    pass_min_score = models.SmallIntegerField(
        _("points needed to pass"), null=True, blank=True, help_text=_("Empty: the ending alone decides.")
    )
    skills = StreamField(SkillsBlock(), blank=True, verbose_name=_("skills"))
    flags = KeyListField(_("flags"), help_text=_("What choices may remember. Example: heard promised"))
    expert_path = KeyListField(
        _("expert path"), help_text=_("How an expert would play it. Example: open.listen story.wait close.thank")
    )
    feedback_timing = models.CharField(_("coaching"), max_length=10, choices=FEEDBACK, default=DEBRIEF)
    meter_visible = models.CharField(_("tension is shown"), max_length=10, choices=METER, default=ALWAYS)
    attempts_allowed = models.PositiveSmallIntegerField(
        _("attempts"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: as many as people like."),
    )
    waits = models.CharField(
        _("wait before each attempt, minutes"),
        max_length=80,
        blank=True,
        default="",
        validators=[int_list_validator(sep=" ")],
        help_text=_("Example: 0 30 1440 (the third one a day later)"),
    )

    content_panels = [
        *Page.content_panels,
        HelpPanel(content=HELP),
        MultiFieldPanel([FieldPanel("role"), FieldPanel("setting")], heading=_("Situation")),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("customer_name"), FieldPanel("customer_gender")]),
                FieldPanel("customer_look"),
            ],
            heading=_("Customer"),
        ),
        FieldPanel("nodes"),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("start_key"), FieldPanel("tension_start")]),
                FieldRowPanel([FieldPanel("fail_at"), FieldPanel("fail_to")]),
                FieldRowPanel([FieldPanel("pass_outcomes"), FieldPanel("pass_min_score")]),
                FieldRowPanel([FieldPanel("flags"), FieldPanel("expert_path")]),
                FieldRowPanel([FieldPanel("feedback_timing"), FieldPanel("meter_visible")]),
                FieldRowPanel([FieldPanel("attempts_allowed"), FieldPanel("waits")]),
            ],
            heading=_("Rules"),
        ),
        FieldPanel("skills"),
        *StepPage.step_panels,
    ]
    override_translatable_fields = [
        *(SynchronizedField(name) for name in NEUTRAL),
        *(TranslatableField(name) for name in TEXTS),
    ]
    template = "scenarios/preview.html"

    class Meta:
        verbose_name = _("scenario")

    def compile_body(self) -> dict[str, Any]:
        """The scenario in one language, in the words of the content pack; keys that are missing there are empty.

        {"role", "setting", "customer": {"name", "gender", "look"}, "start", "tension": {"start", "fail_at", "fail_to"},
        "pass": {"outcomes", "min_score"}, "attempts", "waits", "feedback", "meter", "skills": [{"key", "text"}],
        "flags", "expert_path", "nodes": [{"key", "speaker", "emotion", "scene", "say", "choices": [{"key", "text",
        "to", "tension", "score", "quality", "skill", "set", "if", "consequence", "coaching", "points"}]}],
        "endings": [{"key", "outcome", "text", "debrief", "reflection": [str]}]}
        """
        places = self.nodes.stream_block.plain(self.nodes)
        first = places["nodes"][0]["key"] if places["nodes"] else ""
        return {
            "role": self.role.strip(),
            "setting": self.setting.strip(),
            "customer": {
                "name": self.customer_name,
                "gender": self.customer_gender,
                "look": self.customer_look.strip(),
            },
            "start": self.start_key or first,
            "tension": {"start": self.tension_start, "fail_at": self.fail_at, "fail_to": self.fail_to},
            "pass": {"outcomes": list(self.pass_outcomes), "min_score": self.pass_min_score},
            "attempts": self.attempts_allowed,
            "waits": [int(minutes) for minutes in self.waits.split()],
            "feedback": self.feedback_timing,
            "meter": self.meter_visible,
            "skills": self.skills.stream_block.plain(self.skills),
            "flags": list(self.flags),
            "expert_path": list(self.expert_path),
            **places,
        }

    @staticmethod
    def structure_of(body: dict) -> object:
        """Keys, targets, numbers, conditions and rules: what decides how it plays. No text."""
        texts_of_choice = {"text", "consequence", "coaching"}
        nodes = [
            {name: node[name] for name in ("key", "speaker", "emotion")}
            | {"choices": [{k: v for k, v in choice.items() if k not in texts_of_choice} for choice in node["choices"]]}
            for node in body["nodes"]
        ]
        endings = [[end["key"], end["outcome"], len(end["reflection"])] for end in body["endings"]]
        neutral = ("start", "tension", "pass", "attempts", "waits", "feedback", "meter", "flags", "expert_path")
        return {
            **{name: body[name] for name in neutral},
            "gender": body["customer"]["gender"],
            "skills": [skill["key"] for skill in body["skills"]],
            "nodes": nodes,
            "endings": endings,
        }

    def body_problems(self) -> list[str]:
        return [messages.words(problem) for problem in checker.errors(graph.from_content(self.compile_body()))]

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict:
        """What the preview shows: the whole scenario, and everything the checker found."""
        found = checker.problems(graph.from_content(self.compile_body()))
        notes = [{"severity": problem.severity, "text": messages.words(problem)} for problem in found]
        return super().get_context(request, *args, **kwargs) | {"notes": notes}
