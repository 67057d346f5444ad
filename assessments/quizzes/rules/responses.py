"""What was answered, part by part: the rows of the answer analysis, and what guessing would give. No Django."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from string import ascii_uppercase

from assessments.quizzes.rules import types
from assessments.quizzes.rules.judging import weights
from assessments.quizzes.rules.question import Question, Response, _
from assessments.quizzes.rules.types import judgement, rating


@dataclass(frozen=True)
class Choice:
    """One thing somebody can answer. given: the option, the left side, the item or the response; taken: what was put to
    it, a right side's key, a place, an end ("best") or a step of the scale; "" for an option, which is only ticked."""

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
    for end in judgement.WORDS:
        if end in response:
            yield Choice(response[end], end)
    for key, step in response.get("rated", {}).items():
        yield Choice(key, str(step))


@dataclass(frozen=True)
class Offered:
    """A choice that there was. name: "A", "B" … for options, and for responses of which one is best and one worst.
    said: what was said of it, a text for the translators."""

    choice: Choice
    name: str
    text: str
    is_right: bool
    said: str = ""

    @property
    def is_option(self) -> bool:
        """Ticked or not, rather than put somewhere."""
        return not self.choice.taken


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
    if question.type == "judgement":
        weight = weights(question)
        ends = {judgement.BEST: max(weight.values()), judgement.WORST: min(weight.values())}
        return [
            Offered(Choice(key, end), letter(at), question.part(key)["text"], weight[key] == ends[end], words)
            for at, key in enumerate(weight)
            for end, words in judgement.WORDS.items()
        ]
    if question.type == "rating":
        return [
            Offered(Choice(key, str(step)), "", question.part(key)["text"], weight == step, words)
            for key, weight in weights(question).items()
            for step, words in rating.SCALE.items()
        ]
    return []


def letter(at: int) -> str:
    return ascii_uppercase[at] if at < len(ascii_uppercase) else str(at + 1)


def random_guess(question: Question, *, partial: bool) -> Fraction | None:
    """Moodle, Quiz statistics calculations, "Random guess score": the mean mark of those who choose blindly. Of
    weighted options that is the mean of what they are worth, over all answers there could be.

    None where there is none (`why_no_guess`).
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
    if question.type == "judgement":
        pairs = [{judgement.BEST: best, judgement.WORST: worst} for best, worst in permutations(question.keys, 2)]
        return _mean([_mark(question, pair, partial) for pair in pairs])
    if question.type == "rating":
        alone = [
            _mean([rating.SHARE_BY_DISTANCE.get(abs(weight - step), Fraction(0)) for step in rating.SCALE])
            for weight in weights(question).values()
        ]
        return _mean(alone) if partial else Fraction(1, len(rating.SCALE) ** count)
    return None


def why_no_guess(question: Question) -> str:
    """Why it has no random guess score, for the translators."""
    if question.type == "multiple":
        return _("No random guess score: how many options a guesser ticks is not known.")
    return _("No random guess score: words and numbers that people write are not chosen from anything.")


def _mark(question: Question, response: Response, partial: bool) -> Fraction:
    return types.get(question.type).mark(question, response, partial=partial)


def _mean(shares: list[Fraction]) -> Fraction:
    return sum(shares, Fraction(0)) / len(shares)
