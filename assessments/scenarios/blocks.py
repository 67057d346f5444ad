"""Scenes, choices and endings as blocks in the editor. They refer to one another by keys that the author gives, which
are the same in every language: translators meet texts only. `plain()` takes half-typed drafts as they are."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from assessments.scenarios.rules.graph import EMOTIONS, OUTCOMES, QUALITIES, SPEAKERS
from assessments.scenarios.rules.numbers import typed
from courses.blocks import KeyBlock as LessonKeyBlock
from courses.blocks import Neutral, PointsBlock

SPEAKER_NAMES = {
    "customer": _("Customer"),
    "colleague": _("Colleague"),
    "manager": _("Manager"),
    "narrator": _("Narrator (nobody speaks)"),
}
EMOTION_NAMES = {
    "calm": _("calm"),
    "irritated": _("irritated"),
    "angry": _("angry"),
    "threatening": _("threatening"),
    "sad": _("sad"),
    "relieved": _("relieved"),
}
QUALITY_NAMES = {
    "best": _("best: what an expert would do"),
    "ok": _("ok: does no harm"),
    "poor": _("poor: makes it harder"),
    "unsafe": _("unsafe: breaks a safety rule"),
}
OUTCOME_NAMES = {
    "good": _("good"),
    "partial": _("partly good"),
    "bad": _("bad"),
    "stopped": _("stopped for safety"),
}
PREVIEW = "scenarios/block_preview.html"


class KeyBlock(LessonKeyBlock):
    """Whatever is typed: the checker says what cannot be a key, and a draft is kept meanwhile."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 40, "validators": ()} | kwargs)


class NumberField(forms.Field):
    """Whatever is typed: the checker says what cannot be the number, and a draft is kept meanwhile. As text, since a
    browser sends nothing of what it does not take for a number."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | str | None:
        return typed(value)


class NumberBlock(Neutral, blocks.FieldBlock):
    def __init__(self, required: bool = True, help_text: Any = None, **kwargs: Any) -> None:
        self.field = NumberField(required=required, help_text=help_text)
        super().__init__(**kwargs)


class OptionBlock(Neutral, blocks.ChoiceBlock):
    """One of a few words the program knows, by the names editors know them by."""

    @classmethod
    def of(cls, words: tuple[str, ...], names: dict[str, Any], **kwargs: Any) -> "OptionBlock":
        return cls(choices=[(word, names[word]) for word in words], **kwargs)


class RulesBlock(blocks.StreamBlock):
    """When a choice is offered (all of it must hold) and which flag it sets. Empty for most choices."""

    tension_at_most = NumberBlock(
        label=_("Only if the tension is at most"),
        icon="order-down",
        help_text=_("From 0 to 100. Example: 60, for an offer that is heard only while it is not too tense"),
    )
    tension_at_least = NumberBlock(
        label=_("Only if the tension is at least"),
        icon="order-up",
        help_text=_("From 0 to 100. Example: 70, for ending the call, which nobody does before"),
    )
    needs_flag = KeyBlock(
        label=_("Only if this flag is set"),
        icon="lock-open",
        help_text=_("One that an earlier choice sets. Example: knows-name"),
    )
    needs_no_flag = KeyBlock(
        label=_("Only if this flag is not set"),
        icon="lock",
        help_text=_("The choice is gone once it is set. Example: apologised, so that nobody does it twice"),
    )
    sets_flag = KeyBlock(
        label=_("Sets this flag"),
        icon="tag",
        help_text=_("Remembered to the end, for the conditions of later choices. Example: apologised"),
    )

    class Meta:
        block_counts = {"tension_at_most": {"max_num": 1}, "tension_at_least": {"max_num": 1}}

    def plain(self, value: Any) -> dict[str, Any]:
        """{"set": [flag], "if": {…}} as in the content pack."""
        words: dict[str, list] = {name: [] for name in self.child_blocks}
        for child in value or ():
            if child.value not in (None, ""):
                words[child.block_type].append(child.value)
        conditions: dict[str, Any] = {}
        if words["tension_at_least"]:
            conditions["tension_min"] = typed(words["tension_at_least"][0])
        if words["tension_at_most"]:
            conditions["tension_max"] = typed(words["tension_at_most"][0])
        if words["needs_flag"]:
            conditions["flags"] = words["needs_flag"]
        if words["needs_no_flag"]:
            conditions["not_flags"] = words["needs_no_flag"]
        return {"set": words["sets_flag"], "if": conditions}


class ChoiceBlock(blocks.StructBlock):
    key = KeyBlock(label=_("Key"), help_text=_("Names this choice within its scene. Example: listen"))
    text = blocks.TextBlock(
        label=_("What one says or does"), rows=2, help_text=_("Example: “Please tell me from the start.”")
    )
    to = KeyBlock(label=_("Leads to"), help_text=_("Key of a scene or an ending. Example: story"))
    consequence = blocks.TextBlock(
        label=_("What happens then"),
        rows=2,
        required=False,
        default="",
        help_text=_("Shown at once, in the other person's behaviour. Example: Her shoulders drop."),
    )
    coaching = blocks.TextBlock(
        label=_("Coaching"),
        rows=2,
        required=False,
        default="",
        help_text=_("Shown in the debrief. Example: The pause was hers, and the reason came."),
    )
    tension = NumberBlock(
        label=_("Changes the tension by"),
        default=0,
        help_text=_("Example: -15 calms, 15 makes it harder."),
    )
    quality = OptionBlock.of(
        QUALITIES, QUALITY_NAMES, label=_("How good it is"), default="ok", help_text=_("Never shown while playing.")
    )
    score = NumberBlock(label=_("Points"), default=0, help_text=_("Count once in an attempt. Example: 2"))
    skill = KeyBlock(label=_("Skill"), required=False, default="", help_text=_("Key of a skill. Example: listen"))
    points = PointsBlock()
    rules = RulesBlock(required=False, label=_("Conditions and flags"), collapsed=True)

    class Meta:
        icon = "arrow-right"
        label = _("Choice")
        help_text = _("What people really say, the tempting mistakes too. Example: “Please calm down.”")
        label_format = "{key} → {to}"
        form_layout = blocks.BlockGroup(
            children=["key", "text", "to", "consequence", "coaching", "tension", "quality"],
            settings=["score", "skill", "points", "rules"],
        )

    def plain(self, value: Any) -> dict[str, Any]:
        texts = ("key", "text", "to", "consequence", "coaching", "quality", "skill")
        return {
            **{name: text(value.get(name)) for name in texts},
            "tension": number(value.get("tension")),
            "score": number(value.get("score")),
            "points": text(value.get("points")).split(),
            **self.child_blocks["rules"].plain(value.get("rules")),
        }


class SceneBlock(blocks.StructBlock):
    key = KeyBlock(label=_("Key"), help_text=_("Names this scene in the scenario. Example: open"))
    speaker = OptionBlock.of(
        SPEAKERS,
        SPEAKER_NAMES,
        label=_("Who speaks"),
        default="customer",
        help_text=_("Example: the narrator, where something happens and nobody says a word"),
    )
    emotion = OptionBlock.of(
        EMOTIONS, EMOTION_NAMES, label=_("Mood"), default="calm", help_text=_("Drawn in the face.")
    )
    scene = blocks.TextBlock(
        label=_("What one sees"),
        rows=2,
        required=False,
        default="",
        help_text=_("Example: He turns the phone towards you."),
    )
    say = blocks.TextBlock(
        label=_("What is said"), rows=2, required=False, default="", help_text=_("Without quotation marks.")
    )
    choices = blocks.ListBlock(ChoiceBlock(), min_num=0, label=_("Choices"))

    class Meta:
        icon = "comment"
        label = _("Scene")
        label_format = "{key}"
        description = _("What one meets and what one may say or do; each choice leads to another scene or an ending")
        help_text = _("One moment, two to four choices. Example: he asks for the manager; agree, ask why, or refuse")
        preview_value = {
            "key": "open",
            "speaker": "customer",
            "emotion": "angry",
            "scene": "He turns the phone towards you.",
            "say": "It says: ready for collection.",
            "choices": [{"key": "listen", "text": "“Please tell me from the start.”", "to": "story"}],
        }
        preview_template = PREVIEW

    def plain(self, value: Any) -> dict[str, Any]:
        choices = value.get("choices") or ()
        choice = self.child_blocks["choices"].child_block
        return {
            **{name: text(value.get(name)) for name in ("key", "speaker", "emotion", "scene", "say")},
            "choices": [choice.plain(item) for item in choices],
        }


class EndingBlock(blocks.StructBlock):
    key = KeyBlock(label=_("Key"), help_text=_("Names this ending in the scenario. Example: plan"))
    outcome = OptionBlock.of(
        OUTCOMES,
        OUTCOME_NAMES,
        label=_("How it ends"),
        default="good",
        help_text=_(
            "The rules of the scenario say which of these pass. Example: stopped for safety, where one leaves the room"
        ),
    )
    text = blocks.TextBlock(
        label=_("What happens"), rows=3, help_text=_("Example: At half past seven the boots are in his car.")
    )
    debrief = blocks.TextBlock(
        label=_("What made the difference"), rows=3, required=False, default="", help_text=_("Read in the debrief.")
    )
    reflection = blocks.ListBlock(
        blocks.TextBlock(rows=1, label=_("Question"), help_text=_("Example: Which pause would you like to have back?")),
        min_num=0,
        label=_("Questions to think about"),
        help_text=_("Only the learner ever reads the answers."),
    )

    class Meta:
        icon = "flag"
        label = _("Ending")
        label_format = "{key}"
        description = _("How the conversation ends, and what to think about afterwards")
        help_text = _("What happens, never a mark. Example: the customer leaves with a plan")
        preview_value = {
            "key": "plan",
            "outcome": "good",
            "text": "At half past seven the boots are in his car.",
            "debrief": "What turned it was the pause.",
            "reflection": ["Which pause would you like to have back?"],
        }
        preview_template = PREVIEW

    def plain(self, value: Any) -> dict[str, Any]:
        return {
            **{name: text(value.get(name)) for name in ("key", "outcome", "text", "debrief")},
            "reflection": [text(question) for question in value.get("reflection") or ()],
        }


class NodesBlock(blocks.StreamBlock):
    scene = SceneBlock()
    ending = EndingBlock()

    class Meta:
        collapsed = True  # a page of keys: thirty open scenes are a page nobody finds their way in

    def plain(self, value: Any) -> dict[str, list[dict]]:
        """{"nodes": […], "endings": […]}, each in the author's order."""
        found: dict[str, list[dict]] = {"scene": [], "ending": []}
        for child in value or ():
            found[child.block_type].append(child.block.plain(child.value))
        return {"nodes": found["scene"], "endings": found["ending"]}


class SkillBlock(blocks.StructBlock):
    key = KeyBlock(label=_("Key"), help_text=_("Example: listen"))
    text = blocks.CharBlock(label=_("Skill"), max_length=160, help_text=_("Example: Listening to the end"))

    class Meta:
        icon = "pick"
        label = _("Skill")
        label_format = "{key}"
        description = _("Something the scenario practises")
        help_text = _(
            "Two to five in a scenario; choices name them by their key. Example: listen: Listening to the end"
        )
        preview_value = {"key": "listen", "text": "Listening to the end"}
        preview_template = PREVIEW


class SkillsBlock(blocks.StreamBlock):
    skill = SkillBlock()

    def plain(self, value: Any) -> list[dict[str, str]]:
        return [{name: text(child.value.get(name)) for name in ("key", "text")} for child in value or ()]


def text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def number(value: Any) -> int | str:
    """A draft that was never cleaned holds numbers as text, or nothing."""
    return typed(value) or 0
