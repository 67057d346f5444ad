"""What was answered, part by part: the rows of the answer analysis, and what guessing would give. No Django."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from string import ascii_uppercase

from assessments.quizzes.rules.question import Question, Response


@dataclass(frozen=True)
class Choice:
    """One thing somebody can answer. given: the option, the left side or the item; taken: what was put to it, a right
    side's key or a place; "" for an option, which is only ticked."""

    given: str
    taken: str = ""


def choices(response: Response) -> Iterator[Choice]:
    """What one answer is made of. Nothing for words somebody wrote: they are nobody else's to count."""
    for key in response.get("chosen", ()):
        yield Choice(key)
    for left, right in response.get("pairs", {}).items():
        yield Choice(left, right)
    for place, key in enumerate(response.get("order", ()), 1):
        yield Choice(key, str(place))


@dataclass(frozen=True)
class Offered:
    """A choice that there was. name: "A", "B" … for options. is_right: None where no part alone is right or wrong."""

    choice: Choice
    name: str
    text: str
    is_right: bool


def offered(question: Question) -> list[Offered]:
    """Every choice of a question, in the editor's order; none for types that are answered in words."""
    if question.type in ("single", "multiple", "truefalse"):
        return [
            Offered(Choice(part["key"]), letter(at), part["text"], bool(part["correct"]))
            for at, part in enumerate(question.parts)
        ]
    if question.type == "matching":
        return [
            Offered(
                Choice(left["key"], right["key"]), "", f"{left['left']} → {right['right']}", left["key"] == right["key"]
            )
            for left in question.parts
            for right in question.parts
        ]
    if question.type == "ordering":
        return [
            Offered(Choice(part["key"], str(place)), "", f"{place}. {part['text']}", place == at)
            for at, part in enumerate(question.parts, 1)
            for place in range(1, len(question.parts) + 1)
        ]
    return []


def letter(at: int) -> str:
    return ascii_uppercase[at] if at < len(ascii_uppercase) else str(at + 1)


def random_guess(question: Question, *, partial: bool) -> Fraction | None:
    """Moodle, Quiz statistics calculations, "Random guess score": the mean mark of those who choose blindly.

    None where there is none: for words, and for several right options (how many a guesser ticks is not known).
    """
    count = len(question.parts)
    if not count:
        return None
    if question.type in ("single", "truefalse"):
        return Fraction(sum(1 for part in question.parts if part["correct"]), count)
    if question.type == "matching":
        return Fraction(1, count) if partial else Fraction(1, count**count)
    if question.type == "ordering":  # of a random order one item stands in its place, on the average
        return Fraction(1, count) if partial else Fraction(1, math.factorial(count))
    return None
