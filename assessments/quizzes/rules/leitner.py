"""When a practice question comes again: the Leitner system. No Django.

Source: Sebastian Leitner, "So lernt man lernen. Der Weg zum Erfolg", Herder, Freiburg 1972 (the card file): a question
answered rightly moves one box up, one answered wrongly goes back to the first box, and each box is opened less often
than the one before. Five boxes, each opened half as often as the one before it, as in
https://en.wikipedia.org/wiki/Leitner_system: box 1 after a day, then 2, 4, 8 and 16 days.

Two things are said here that paper leaves open. Of several answers on one day the first counts: the others follow its
explanation. A right answer before its box is opened changes nothing, since it says little so early; a wrong one does.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = (1, 2, 4, 8, 16)  # after which box 1, 2 … is opened
A_DAY = 3  # questions


@dataclass(frozen=True)
class Answered:
    day: date
    right: bool


@dataclass(frozen=True)
class Card:
    """box: 1 to 5. due_on: the first day on which it is asked again."""

    box: int
    due_on: date


def card(answers: Iterable[Answered]) -> Card | None:
    """Where a question is after these answers, in their order; None for one that was never answered."""
    found = None
    for answer in _first_of_each_day(answers):
        found = _moved(found, answer)
    return found


def _first_of_each_day(answers: Iterable[Answered]) -> Iterable[Answered]:
    by_day: dict[date, Answered] = {}
    for answer in answers:
        by_day.setdefault(answer.day, answer)
    return by_day.values()


def _moved(found: Card | None, answer: Answered) -> Card:
    if not answer.right:
        return _in_box(1, answer.day)
    if found is None:
        return _in_box(2, answer.day)
    if answer.day < found.due_on:
        return found
    return _in_box(min(found.box + 1, len(DAYS)), answer.day)


def _in_box(box: int, day: date) -> Card:
    return Card(box, day + timedelta(days=DAYS[box - 1]))


def todays(
    questions: Sequence[str], past: Mapping[str, Sequence[Answered]], today: date, *, most: int = A_DAY
) -> list[str]:
    """Which of these questions to ask today: those due, of the lowest box and the longest due first; then those never
    answered, in their order. What was answered today changes nothing, so that the list stays all day."""
    cards = {key: card(one for one in past.get(key, ()) if one.day < today) for key in questions}
    due = [(found.box, found.due_on, key) for key, found in cards.items() if found and found.due_on <= today]
    fresh = [key for key, found in cards.items() if found is None]
    return ([key for _box, _day, key in sorted(due)] + fresh)[:most]
