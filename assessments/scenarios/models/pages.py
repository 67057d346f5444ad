"""A branching scenario as a step of a course: scenes, choices and endings, how it is played, what counts as passed."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.forms import Media
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, MultiFieldPanel, Panel
from wagtail.fields import StreamField
from wagtail.log_actions import log
from wagtail.models import Locale, Page, PageLogEntry
from wagtail_localize.fields import SynchronizedField, TranslatableField
from wagtail_localize.models import Translation

from assessments.scenarios import messages
from assessments.scenarios.blocks import NodesBlock, SkillsBlock
from assessments.scenarios.desk import STATES_WHILE_EDITING, desk
from assessments.scenarios.models.fields import NumberField
from assessments.scenarios.opening import opening
from assessments.scenarios.rules import checker, graph
from assessments.scenarios.rules.exploration import explore
from assessments.scenarios.rules.figures import lasting
from assessments.scenarios.rules.numbers import typed, whole
from assessments.scenarios.script import Script
from courses import examples
from courses.checks import rules as checks
from courses.models import StepPage
from courses.models.fields import KeyListField
from courses.models.going_live import once

DEBRIEF, IMMEDIATE = "debrief", "immediate"
ALWAYS = "always"
IMPORTED = "scenarios.import"  # in the page's history
FEEDBACK = [(DEBRIEF, _("in the debrief")), (IMMEDIATE, _("at once, in the first attempt"))]
METER = [(ALWAYS, _("while playing and in the debrief")), (DEBRIEF, _("only in the debrief"))]
GENDERS = [("f", _("a woman")), ("m", _("a man")), ("n", _("not said"))]
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


TYPED_TEXTS = ("role", "setting", "customer_name", "customer_gender", "customer_look", "start_key", "fail_to", "waits")
TYPED_NUMBERS = ("minutes", "tension_start", "fail_at", "pass_min_score", "attempts_allowed")
TYPED_WORDS = ("pass_outcomes", "flags", "expert_path")


class DeskPanel(Panel):
    """Map, problems, figures and outline beside the scenes: as last saved, and from then on as typed."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "scenarios/staff/desk_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict:
            page = self.instance
            if page.pk:
                address = reverse("scenario-desk", args=[page.locale.language_code, page.translation_key])
            else:
                module = self.form.parent_page
                address = reverse(
                    "scenario-desk-new", args=[module.locale.language_code, module.specific.translation_key]
                )
            return super().get_context_data(parent_context) | {"page": page, "address": address, "desk": desk(page)}

        @property
        def media(self) -> Media:
            return Media(js=["staff/scenario_desk.js"], css={"all": ["staff/scenario_desk.css"]})


def good_or_partial() -> list[str]:
    return ["good", "partial"]


SAID_FIRST = ("role", "setting", "customer_name")  # a draft may lack them; who plays it reads them first


class ScenarioPage(StepPage):
    kind = "scenario"

    minutes = NumberField(_("minutes"), default=5)
    role = models.TextField(_("your part"), help_text=_("Who the learner is, where, what has happened before."))
    setting = models.CharField(
        _("place and time"), max_length=255, help_text=_("Example: Parcel counter, Friday 17:40")
    )
    customer_name = models.CharField(pgettext_lazy("customer", "name"), max_length=80, help_text=_("Example: Bruno"))
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
    tension_start = NumberField(_("tension at the start"), default=50)
    fail_at = NumberField(
        _("too much tension"), null=True, blank=True, help_text=_("Reaching it leads to the place below.")
    )
    fail_to = models.CharField(_("leads to"), max_length=40, blank=True, default="", help_text=_("Key of an ending."))
    pass_outcomes = KeyListField(
        _("endings that pass"),
        default=good_or_partial,
        help_text=_("Of good, partial, bad, stopped. Example: good partial"),
    )
    pass_min_score = NumberField(
        _("points needed to pass"), null=True, blank=True, help_text=_("Empty: the ending alone decides.")
    )
    skills = StreamField(SkillsBlock(), blank=True, verbose_name=_("skills"))
    flags = KeyListField(_("flags"), help_text=_("What choices may remember. Example: heard promised"))
    expert_path = KeyListField(
        _("expert path"), help_text=_("How an expert would play it. Example: open.listen story.wait close.thank")
    )
    feedback_timing = models.CharField(_("coaching"), max_length=10, choices=FEEDBACK, default=DEBRIEF)
    meter_visible = models.CharField(_("tension is shown"), max_length=10, choices=METER, default=ALWAYS)
    attempts_allowed = NumberField(_("attempts"), null=True, blank=True, help_text=_("Empty: as many as people like."))
    waits = models.CharField(
        _("wait before each attempt, minutes"),
        max_length=80,
        blank=True,
        default="",
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
        DeskPanel(heading=_("Map and problems")),
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
            classname="collapsed",
        ),
        FieldPanel("skills"),
        *StepPage.step_panels,
    ]
    override_translatable_fields = [
        *StepPage.override_translatable_fields,
        *(SynchronizedField(name, overridable=False) for name in NEUTRAL),
        *(TranslatableField(name) for name in TEXTS),
    ]
    template = "scenarios/preview.html"

    class Meta:
        verbose_name = _("scenario")

    def compile(self) -> dict:
        return super().compile() | {"minutes": whole(self.minutes, 0)}  # a draft may hold anything

    @once
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
            "waits": [typed(minutes) for minutes in self.waits.split()],
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

    def marks(self) -> object:
        """Points, quality and where choices lead; which endings pass. A word changed is none of it."""
        body = self.compile_body()
        marked = ("key", "to", "score", "quality", "tension", "set", "if")
        choices = [
            [node["key"], *([choice[name] for name in marked] for choice in node["choices"])] for node in body["nodes"]
        ]
        endings = [[end["key"], end["outcome"]] for end in body["endings"]]
        return [choices, endings, body["pass"], body["tension"], body["expert_path"]]

    def structure(self) -> object:
        return self.structure_of(self.compile_body())

    def body_problems(self) -> list[str]:
        unsaid = [name for name in SAID_FIRST if not getattr(self, name).strip()]
        found = [
            gettext("Fill in “%(field)s”.") % {"field": self._meta.get_field(name).verbose_name} for name in unsaid
        ]
        found += [messages.words(problem) for problem in checker.errors(self.scenario())]
        if self.lags():
            found.append(gettext("The scenes and choices are not those of the source language. Bring them over first."))
        return found

    def source(self, *, draft: bool = False) -> "ScenarioPage | None":
        """The page that decides the structure, if it is another one: what is live there unless the draft is wanted."""
        if self.is_source():
            return None
        page = ScenarioPage.objects.filter(translation_key=self.translation_key, locale=Locale.get_default()).first()
        return page if page is None or (page.live and not draft) else page.get_latest_revision_as_object()

    def other_languages(self) -> "list[ScenarioPage]":
        """The drafts of the same scenario in the other languages."""
        if self.pk is None:
            return []
        others = ScenarioPage.objects.filter(translation_key=self.translation_key).exclude(pk=self.pk)
        return [page.get_latest_revision_as_object() for page in others.select_related("locale", "latest_revision")]

    def is_source(self) -> bool:
        return self.locale_id == Locale.get_default().pk

    def lags(self) -> bool:
        """Whether the structure differs from the one in the source language."""
        source = self.source()
        return source is not None and source.structure() != self.structure()

    def take_typed(self, data: QueryDict) -> None:
        """What stands in the editor's form, whatever it is; saves nothing. Raises ValueError for what is no such form.

        Fields are not cleaned: half a scenario is what an author has most of the time.
        """
        try:
            for name in ("nodes", "skills"):
                widget = self._meta.get_field(name).formfield().widget
                setattr(self, name, widget.value_from_datadict(data, {}, name))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not the form of a scenario") from error
        for name in TYPED_TEXTS:
            setattr(self, name, data.get(name, "").strip())
        for name in TYPED_WORDS:
            setattr(self, name, data.get(name, "").split())
        for name in TYPED_NUMBERS:
            setattr(self, name, typed(data.get(name)))

    def keep_import_report(self, report: dict[str, Any], by: Any) -> None:
        """In the page's history, where it stays for whoever works on the page later."""
        log(instance=self, action=IMPORTED, user=by, data=report)

    def import_report(self) -> dict[str, Any] | None:
        entry = PageLogEntry.objects.filter(page=self.pk, action=IMPORTED).order_by("-timestamp", "-pk").first()
        return entry.data if entry else None

    def is_translation(self) -> bool:
        """Whether the structure is decided elsewhere: on the page in the source language."""
        if self.is_source():
            return False
        return ScenarioPage.objects.filter(translation_key=self.translation_key, locale=Locale.get_default()).exists()

    def is_kept_by_translators(self) -> bool:
        """Whether its texts are written in the translation editor, which would write over what is changed here."""
        kept = Translation.objects.filter(source__object_id=self.translation_key, target_locale=self.locale_id)
        return kept.filter(enabled=True).exists()

    def errors(self) -> tuple[checks.Finding, ...]:
        """All else that is found is advice, and it is proved besides: nothing is explored for it."""
        return tuple(checks.examples_left(self.compile_body(), examples.texts()))

    def findings(self) -> tuple[checks.Finding, ...]:
        language, script = self.locale.language_code, Script(self.compile_body())
        return (
            *self.errors(),
            *checks.readability(script.prose(), language),
            *self._time(script.around(), language),
        )

    def _time(self, around: str, language: str) -> Iterator[checks.Finding]:
        scenario = self.scenario()
        if not checker.begins(scenario) or language not in checks.WORDS_PER_MINUTE:
            return
        if needed := lasting(explore(scenario, cap=STATES_WHILE_EDITING), scenario, around, language):
            yield from checks.time(whole(self.minutes, 0), needed / 60)

    def warnings(self) -> list[str]:
        proved = [problem for problem in checker.proved(self.scenario()) if problem.severity == "warning"]
        return [*map(messages.words, proved), *super().warnings()]

    def scenario(self) -> graph.Scenario:
        """What the checker looks at."""
        return graph.from_content(self.compile_body() | {"minutes": self.minutes})

    def renew_translation(self, by: Any) -> None:
        """The structure as the translation editor brings it: its own texts, in a new draft."""
        kept = Translation.objects.get(source__object_id=self.translation_key, target_locale=self.locale_id)
        kept.source.update_from_db()
        kept.save_target(user=by, publish=False)

    def get_context(self, request: Any, *args: Any, **kwargs: Any) -> dict:
        """What the preview shows: the opening scene, as somebody meets it who never played."""
        context = super().get_context(request, *args, **kwargs)
        shown = opening(context["content"]["body"], shows_meter=self.meter_visible == ALWAYS)
        return context | {"opening": shown}
