"""The blocks of a lesson, named after teaching moves. Each turns into plain data in `plain()`, which is what learners
are shown and what is kept as proof; the editor never meets layout."""

import re
from typing import Any

from django.core.validators import RegexValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import BlockGroup

from courses import practice
from courses.rules import lesson_parts

TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul"]
HEADINGS = ["h1", "h2", "h3", "h4"]  # as they are pasted; `under` gives each its place on the page
HEADING = re.compile(r"<(/?)h([1-6])(?=[\s>])")
KEY = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", _("Use letters, digits, - . and _, without spaces."))


class Neutral:
    """Mixin for values without a language: translators never meet them."""

    def get_translatable_segments(self, value: object) -> list:
        return []

    def restore_translated_segments(self, value: object, segments: object) -> object:
        return value


class KeyBlock(Neutral, blocks.CharBlock):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 64, "validators": (KEY,)} | kwargs)


class PointsBlock(Neutral, blocks.CharBlock):
    """Ids of the source points a block teaches, separated by spaces."""

    def __init__(self, **kwargs: Any) -> None:
        defaults = {
            "required": False,
            "default": "",
            "label": _("Source points"),
            "help_text": _("Which points of the source articles this teaches. Example: S001-06 S003-15"),
        }
        super().__init__(**defaults | kwargs)


def body(**kwargs: Any) -> blocks.RichTextBlock:
    return blocks.RichTextBlock(**{"features": TEXT_FEATURES, "label": _("Text")} | kwargs)


def html(value: Any) -> str:
    """The stored source of rich text: what the editor wrote, before Wagtail's own rewriting."""
    return str(getattr(value, "source", value) or "")


def under(rich: str, level: int = 2) -> str:
    """Its headings below one of this level (that of a block is an h2), without leaving a level out: who listens to a
    page jumps from one to the next. What was pasted may begin anywhere."""
    levels = sorted({found for _end, found in HEADING.findall(rich)})
    places = {found: level + min(1 + at, 2) for at, found in enumerate(levels)}
    return HEADING.sub(lambda found: f"<{found[1]}h{places[found[2]]}", rich)


class TeachingBlock(blocks.StructBlock):
    """A block of a lesson. Subclasses say in `plain()` what a learner gets of it."""

    points = PointsBlock()

    def get_form_layout(self) -> BlockGroup:
        """What people read first; what is for the record is folded away."""
        read = [name for name in self.child_blocks if name != "points"]
        return BlockGroup(children=read, settings=["points"])

    def plain(self, value: Any, language: str) -> dict:
        """Only the points, unless a subclass has more to show."""
        return {}

    def get_preview_context(self, value: Any, parent_context: Any = None) -> dict:
        context = super().get_preview_context(value, parent_context=parent_context)
        part = {"id": "preview", "kind": self.name, **self.plain(value, get_language() or "en")}
        return context | {"part": lesson_parts([part])[0], "practice": {}}


class HookBlock(TeachingBlock):
    body = body(
        features=[*HEADINGS, *TEXT_FEATURES],
        help_text=_("A short scene the reader knows from work. Example: Monday, 8:02, the first call…"),
    )

    class Meta:
        icon = "pick"
        label = _("Hook")
        group = _("Explain")
        description = _("Opens the lesson with a moment everybody knows")
        help_text = _("One at the start, three or four sentences. Example: a call that goes wrong in its first minute")
        preview_value = {"body": "<p>Monday, 8:02. The first call.</p>", "points": ""}
        preview_template = "courses/block_preview.html"

    def plain(self, value: Any, language: str) -> dict:
        return {"body": under(html(value["body"]), 1)}  # the heading above it is that of the lesson


class ConceptBlock(TeachingBlock):
    heading = blocks.CharBlock(label=_("Heading"), max_length=160, help_text=_("Example: Your voice leads the way"))
    body = body(features=[*HEADINGS, *TEXT_FEATURES], help_text=_("One idea, in paragraphs of at most 60 words."))

    class Meta:
        icon = "doc-full"
        label = _("Concept")
        group = _("Explain")
        description = _("Explains one idea")
        help_text = _("A second idea gets a block of its own. Example: why a calm voice calms others")
        preview_value = {
            "heading": "Your voice leads the way",
            "body": "<p>People tune in to each other.</p>",
            "points": "",
        }
        preview_template = "courses/block_preview.html"

    def plain(self, value: Any, language: str) -> dict:
        return {"heading": value["heading"], "body": under(html(value["body"]))}


class TurnBlock(blocks.StructBlock):
    who = blocks.ChoiceBlock(
        choices=[("customer", _("Customer")), ("agent", _("You"))],
        default="customer",
        label=_("Who"),
        help_text=_("Whose words these are. Example: the customer's, for “Twice for nothing!”"),
    )
    say = blocks.TextBlock(label=_("Says"), rows=2, help_text=_("As people speak. Example: I have waited for an hour!"))

    class Meta:
        label = _("Line")


class DialogueBlock(TeachingBlock):
    variant = blocks.ChoiceBlock(
        choices=[("bad", _("Makes it harder")), ("good", _("Helps"))],
        default="good",
        label=_("This conversation"),
        help_text=_("What comes of the agent's words. Example: a sigh and “That is not my job” make it harder."),
    )
    setting = blocks.CharBlock(
        required=False,
        default="",
        max_length=200,
        label=_("Setting"),
        help_text=_("Where it happens. Example: At the counter, just before closing"),
    )
    turns = blocks.ListBlock(TurnBlock(), min_num=2, label=_("Lines"))
    comment = blocks.TextBlock(
        label=_("Comment"), rows=2, help_text=_("What made the difference. Example: The sigh took three seconds.")
    )

    class Meta:
        icon = "openquote"
        label = _("Dialogue")
        group = _("Show")
        description = _("A short conversation; two in a row, one of each kind, stand side by side")
        help_text = _("Few lines, then what made the difference. Example: the same complaint, answered twice")
        preview_value = {
            "variant": "good",
            "setting": "At the counter",
            "turns": [{"who": "customer", "say": "Twice for nothing!"}, {"who": "agent", "say": "Please tell me."}],
            "comment": "The first sentence is about the customer.",
            "points": "",
        }
        preview_template = "courses/block_preview.html"

    def plain(self, value: Any, language: str) -> dict:
        turns = [{"who": turn["who"], "say": turn["say"]} for turn in value["turns"]]
        return {"variant": value["variant"], "setting": value["setting"], "turns": turns, "comment": value["comment"]}


class ListOfTextBlock(TeachingBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=160, help_text=_("Example: Before you answer"))
    items = blocks.ListBlock(
        blocks.TextBlock(rows=1, label=_("Item"), help_text=_("One thing to do. Example: Breathe out slowly")),
        min_num=1,
        label=_("Items"),
    )

    def plain(self, value: Any, language: str) -> dict:
        return {"title": value["title"], "items": list(value["items"])}


class ChecklistBlock(ListOfTextBlock):
    class Meta:
        icon = "list-ul"
        label = _("Checklist")
        group = _("Show")
        description = _("Things to do or look for, one short line each")
        help_text = _("Three to seven lines that begin with a verb. Example: Put the pen down")
        preview_value = {"title": "Before you answer", "items": ["Breathe out", "Put the pen down"], "points": ""}
        preview_template = "courses/block_preview.html"


class JobAidBlock(ListOfTextBlock):
    class Meta:
        icon = "clipboard-list"
        label = _("Desk card")
        group = _("Practise")
        description = _("A card to print and keep at the desk; it gets a print page of its own")
        help_text = _("What helps in the middle of a conversation. Example: how to end a call, step by step")
        preview_value = {"title": "Five steps to calm", "items": ["Breathe", "Listen", "Sum up"], "points": ""}
        preview_template = "courses/block_preview.html"


class RowBlock(blocks.StructBlock):
    cells = blocks.ListBlock(
        blocks.TextBlock(rows=1, label=_("Cell"), help_text=_("A few words. Example: Please tell me from the start")),
        min_num=2,
        label=_("Cells"),
    )

    class Meta:
        label = _("Row")


class ComparisonBlock(TeachingBlock):
    columns = blocks.ListBlock(
        blocks.CharBlock(label=_("Column heading"), help_text=_("Example: Instead of")),
        min_num=2,
        max_num=5,
        label=_("Columns"),
    )
    rows = blocks.ListBlock(RowBlock(), min_num=1, label=_("Rows"))

    class Meta:
        icon = "table"
        label = _("Comparison")
        group = _("Show")
        description = _("A small table, for example instead of / say")
        help_text = _(
            "Two or three columns fit on a phone. Example: Instead of “Calm down”, say “Please tell me from the start”"
        )
        preview_value = {
            "columns": ["Instead of", "Say"],
            "rows": [{"cells": ["Calm down", "Please tell me from the start"]}],
            "points": "",
        }
        preview_template = "courses/block_preview.html"

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        width = len(value["columns"])
        if any(len(row["cells"]) != width for row in value["rows"]):
            message = _("Each row needs as many cells as there are columns.")
            raise blocks.StructBlockValidationError(non_block_errors=[message])
        return value

    def plain(self, value: Any, language: str) -> dict:
        return {"columns": list(value["columns"]), "rows": [list(row["cells"]) for row in value["rows"]]}


class CardBlock(blocks.StructBlock):
    front = blocks.TextBlock(rows=1, label=_("Front"), help_text=_("What is asked. Example: “You people!”"))
    back = blocks.TextBlock(
        rows=2, label=_("Back"), help_text=_("The answer. Example: Anger at the company, not at you")
    )

    class Meta:
        label = _("Card")


class FlashcardsBlock(TeachingBlock):
    cards = blocks.ListBlock(CardBlock(), min_num=1, label=_("Cards"))

    class Meta:
        icon = "copy"
        label = _("Flashcards")
        group = _("Practise")
        description = _("A question on the front, the answer on the back")
        help_text = _(
            "For what should be known by heart. Example: a sentence in front, what it really means on the back"
        )
        preview_value = {"cards": [{"front": "“You people!”", "back": "Anger at the company"}], "points": ""}
        preview_template = "courses/block_preview.html"

    def plain(self, value: Any, language: str) -> dict:
        return {"cards": [{"front": card["front"], "back": card["back"]} for card in value["cards"]]}


class SecondsBlock(Neutral, blocks.IntegerBlock):
    pass


class BreathingBlock(TeachingBlock):
    in_seconds = SecondsBlock(
        default=4,
        min_value=1,
        max_value=15,
        label=_("Breathe in, seconds"),
        help_text=_("Nobody should have to gasp. Example: 4"),
    )
    hold_seconds = SecondsBlock(
        default=0,
        min_value=0,
        max_value=15,
        label=_("Hold, seconds"),
        help_text=_("0 leaves the pause out. Example: 2"),
    )
    out_seconds = SecondsBlock(
        default=6,
        min_value=1,
        max_value=15,
        label=_("Breathe out, seconds"),
        help_text=_("Longer than breathing in: that is what calms. Example: 6"),
    )
    rounds = SecondsBlock(
        default=4,
        min_value=1,
        max_value=20,
        label=_("Rounds"),
        help_text=_("How many times in and out. Example: 4 rounds of 10 seconds are 40 seconds."),
    )
    body = body(help_text=_("What to do with the breath. Example: Breathe in through the nose."))

    class Meta:
        icon = "rotate"
        label = _("Breathing")
        group = _("Practise")
        description = _("A breathing exercise with a pacer that works without seeing or hearing it")
        help_text = _("Under two minutes, so that people really do it. Example: 4 seconds in, 6 out, 4 rounds")
        preview_value = {
            "in_seconds": 4,
            "hold_seconds": 0,
            "out_seconds": 6,
            "rounds": 4,
            "body": "<p>Breathe in through the nose.</p>",
            "points": "",
        }
        preview_template = "courses/block_preview.html"

    def plain(self, value: Any, language: str) -> dict:
        numbers = {name: value[name] for name in ("in_seconds", "hold_seconds", "out_seconds", "rounds")}
        return {**numbers, "body": html(value["body"])}


class ReflectionBlock(TeachingBlock):
    prompt = blocks.TextBlock(
        label=_("Question to think about"),
        rows=2,
        help_text=_("Only the writer ever sees the answer. Example: When did a customer last make you angry?"),
    )

    class Meta:
        icon = "edit"
        label = _("Reflection")
        group = _("Practise")
        description = _("A private note; nobody but its writer reads it")
        help_text = _("One open question about the reader's own work. Example: What calms you fastest?")
        preview_value = {"prompt": "When did a customer last make you angry?", "points": ""}
        preview_template = "courses/block_preview.html"

    def plain(self, value: Any, language: str) -> dict:
        return {"prompt": value["prompt"]}


class QuestionKeyBlock(Neutral, blocks.ChoiceBlock):
    """Chooses a practice question by its key, the same in every language."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"choices": self.offered} | kwargs)

    @staticmethod
    def offered() -> list[tuple[str, str]]:
        return practice.choices(get_language() or "pl")


class PracticeQuestionBlock(TeachingBlock):
    question = QuestionKeyBlock(
        label=_("Question"), help_text=_("Questions of the bank whose use is practice. Example: Q-CALM-P01")
    )

    class Meta:
        icon = "help"
        label = _("Practice question")
        group = _("Practise")
        description = _("A question from the bank with an explanation at once; it never counts")
        help_text = _("Right after what it asks about. Example: below a checklist, a question about its first step")
        preview_value = {"question": "", "points": ""}
        preview_template = "courses/block_preview.html"

    def get_preview_context(self, value: Any, parent_context: Any = None) -> dict:
        context = super().get_preview_context(value, parent_context=parent_context)
        return context | {
            "part": context["part"] | {"question": {"stem": "“Twice for nothing!” What do you say first?"}}
        }

    def plain(self, value: Any, language: str) -> dict:
        key = str(value["question"] or "")
        return {"key": key, "question": practice.compile_question(key, language)}


class ScenarioLinkBlock(TeachingBlock):
    step = KeyBlock(
        label=_("Key of the scenario"),
        help_text=_("The last part of its address when people take it. Example: 7d1f0a6e-5d0b-5f0e-9f55-2f4b8f6a1c11"),
    )

    class Meta:
        icon = "comment"
        label = _("Scenario link")
        group = _("Practise")
        description = _("Leads to a scenario of this course")
        help_text = _(
            "At the end of a lesson, to try out what it teaches. Example: after listening, the talk about a lost parcel"
        )
        preview_value = {"step": "", "points": ""}
        preview_template = "courses/block_preview.html"

    def plain(self, value: Any, language: str) -> dict:
        return {"step": value["step"]}


class LessonBody(blocks.StreamBlock):
    hook = HookBlock()
    concept = ConceptBlock()
    dialogue = DialogueBlock()
    checklist = ChecklistBlock()
    comparison = ComparisonBlock()
    flashcards = FlashcardsBlock()
    breathing = BreathingBlock()
    reflection = ReflectionBlock()
    knowledge_check = PracticeQuestionBlock()
    job_aid = JobAidBlock()
    scenario = ScenarioLinkBlock()

    def plain(self, value: Any, language: str) -> list[dict]:
        """[{"id", "kind", "points": […], …what the block's own plain() gives}], in order."""
        return [
            {
                "id": child.id,
                "kind": child.block_type,
                "points": child.value["points"].split(),
                **child.block.plain(child.value, language),
            }
            for child in value
        ]


class ObjectiveBlock(blocks.StructBlock):
    id = KeyBlock(label=_("Short name"), help_text=_("Example: CALM-1"))
    bloom = blocks.ChoiceBlock(
        choices=[
            ("remember", _("remember")),
            ("understand", _("understand")),
            ("apply", _("apply")),
            ("analyse", _("analyse")),
            ("evaluate", _("evaluate")),
            ("create", _("create")),
        ],
        default="apply",
        label=_("Level"),
        help_text=_("What people do with it. Example: apply, for keeping an even voice in a real call"),
    )
    text = blocks.CharBlock(
        max_length=240, label=_("After this, people can"), help_text=_("Start with a verb. Example: keep an even voice")
    )

    class Meta:
        icon = "tick"
        label = _("Objective")
        help_text = _(
            "Something that can be seen. Example: sum up a complaint in one sentence, not: know about complaints"
        )


class Objectives(blocks.StreamBlock):
    objective = ObjectiveBlock()
