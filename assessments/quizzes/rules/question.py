"""A question as it was published, and what every type of question can do. No Django.

A new type is one module in `types/` (it holds a QuestionType as TYPE), the two templates of its name in
templates/quizzes/types/, and one test file.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from assessments.quizzes.rules.choices import Choice, Offered

Order = Sequence[str]  # keys of a question's parts as one person sees them
Response = dict[str, Any]  # an answer in the normal form of its type: keys of parts, never places on a screen
Posted = Mapping[str, Sequence[str]]  # form fields: places on a screen, so that no key ever leaves the server


def _(text: str) -> str:
    """Marks a text for the translators. Whoever shows it translates it: rules know no language."""
    return text


class Refused(ValueError):
    """The posted fields are no answer. message says what to do; field names the control it stands beside."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.message, self.field = message, field


STALE = _("This page was out of date. Here is the current one; please answer again.")
OVERTAKEN = _("You answered this question elsewhere since then, and that answer counts.")
NOTHING_CHOSEN = _("Choose an answer before you go on.")
NOTHING_WRITTEN = _("Write a few words before you go on.")
NOT_OFFERED = _("This answer is not one of those on the page. Choose again.")


@dataclass(frozen=True)
class Field:
    """What an editor fills in for one part of a question.

    kind: "text", "flag", "whole" (a number from `low` to `high`), "decimal", "choice" or "picture". Only texts and the
    alternative text of a picture are translated; the rest decides what is right, once for all languages.
    """

    name: str
    label: str
    help: str
    kind: str = "text"
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    low: int = 0
    high: int = 100
    default: Any = None

    @property
    def is_neutral(self) -> bool:
        return self.kind not in ("text", "picture")


PICTURE = Field(
    "picture",
    _("Picture"),
    _("Where it says more than words. Example: the alarm button"),
    kind="picture",
    required=False,
)


@dataclass(frozen=True)
class PartSpec:
    """What questions of a type are made of: options, items or pairs, one block each in the editor."""

    name: str
    label: str
    icon: str
    description: str
    fields: tuple[Field, ...]
    preview: Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """parts: [{"key", …the fields of the type's PartSpec}] in the editor's order (of an ordering the right one)."""

    key: str
    type: str
    stem: str
    parts: tuple[Mapping[str, Any], ...] = ()
    code: str = ""
    module: str = ""
    objective: str = ""
    points: tuple[str, ...] = ()
    model_answer: str = ""
    rubric: tuple[str, ...] = ()
    picture: Mapping[str, Any] | None = None  # {"src", "width", "height", "alt"}
    category: str = ""
    sub_category: str = ""
    tags: tuple[str, ...] = ()
    keeps_order: bool = False  # of its options, wherever those of others are shuffled

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Question":
        """From the compiled JSON of a quiz or lesson."""
        lists = {name: tuple(data.get(name, ())) for name in ("parts", "points", "rubric", "tags")}
        return cls(**{**data, **lists})

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(part["key"] for part in self.parts)

    def part(self, key: str) -> Mapping[str, Any]:
        return next(part for part in self.parts if part["key"] == key)

    def of_kind(self, kind: str) -> list[Mapping[str, Any]]:
        """The parts of one kind, where questions of a type are made of several."""
        return [part for part in self.parts if part["kind"] == kind]


class QuestionType:
    """name: as stored. label, hints, problems: texts for the translators. scored: whether it counts in a grade.
    manual: a person marks it, so that its mark comes later. more_parts: where one kind of part is not enough. no_guess:
    why it has no random guess score, where it has none."""

    name: ClassVar[str]
    label: ClassVar[str]
    part: ClassVar[PartSpec | None] = None
    more_parts: ClassVar[tuple[PartSpec, ...]] = ()
    scored: ClassVar[bool] = True
    manual: ClassVar[bool] = False
    always_shuffled: ClassVar[bool] = False  # the editor's order would give the answer away
    no_guess: ClassVar[str] = _(
        "No random guess score: words and numbers that people write are not chosen from anything."
    )

    @property
    def specs(self) -> tuple[PartSpec, ...]:
        return ((self.part,) if self.part else ()) + self.more_parts

    @property
    def can_be_marked_again(self) -> bool:
        """By a corrected key: where there is one."""
        return self.scored and not self.manual

    def hints(self, question: Question, *, partial: bool) -> tuple[str, ...]:
        """What to do, and how part marks work, each a sentence of its own."""
        raise NotImplementedError

    def shuffle(self, question: Question, rng: random.Random) -> list[str]:
        """An order of the parts for one person."""
        keys = list(question.keys)
        rng.shuffle(keys)
        return keys

    def parse(self, posted: Posted, question: Question, order: Order) -> Response:
        """The answer in normal form. Raises Refused."""
        raise NotImplementedError

    def posted(self, question: Question, order: Order, response: Response) -> dict[str, list[str]]:
        """The form fields that give this answer: parse() backwards."""
        raise NotImplementedError

    def fits(self, question: Question, response: Response) -> bool:
        """Whether an earlier answer still speaks of this question, whose parts may have changed since."""
        raise NotImplementedError

    def mark(self, question: Question, response: Response, *, partial: bool) -> Fraction:
        """How much of the answer is right, 0..1. partial: whether something between 0 and 1 is possible."""
        raise NotImplementedError

    def shown(self, question: Question, order: Order, posted: Posted, prefix: str = "") -> dict[str, Any]:
        """All that may be sent to somebody who has not answered: no key, no feedback. `posted` fills the form;
        `prefix` keeps ids apart where one page holds several questions."""
        raise NotImplementedError

    def explained(self, question: Question, order: Order, response: Response | None) -> dict[str, Any]:
        """What was right and why, for somebody who has answered (or has handed in without an answer: None)."""
        raise NotImplementedError

    def problems(self, question: Question) -> list[str]:
        """Why such a question may not go live."""
        return []

    def choices(self, response: Response) -> Iterable[Choice]:
        """What one answer is made of. Nothing for words somebody wrote: they are nobody else's to count."""
        return ()

    def offered(self, question: Question) -> list[Offered]:
        """Every choice of a question, in the editor's order; none where it is answered in words."""
        return []

    def random_guess(self, question: Question, *, partial: bool) -> Fraction | None:
        """Moodle, Quiz statistics calculations, "Random guess score": the mean mark of those who choose blindly.

        None where there is none (`no_guess`)."""
        return self.guess(question, partial=partial) if question.parts else None

    def guess(self, question: Question, *, partial: bool) -> Fraction | None:
        """The same of a question that has parts."""
        return None


def written(posted: Posted, name: str, *, longest: int, too_long: str) -> str:
    """A text that somebody wrote, without what no database takes. Raises Refused."""
    text = first(posted, name).replace("\x00", "").strip()
    if not text:
        raise Refused(NOTHING_WRITTEN, name)
    if len(text) > longest:
        raise Refused(too_long, name)
    return text


def first(posted: Posted, name: str) -> str:
    values = posted.get(name, ())
    return values[0].strip() if values else ""


def place(value: str, count: int) -> int | None:
    """The place 0..count-1 that a form value ("1".."count") stands for."""
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 4 else 0
    return number - 1 if 1 <= number <= count else None
