"""Marking by people: points for criteria, and when a mark is settled. Exact to the last fraction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from assessments.quizzes.rules.question import Question

CLAIM = timedelta(minutes=45)  # so long an essay is kept for whoever has opened it
DIFFERENCE = 20


@dataclass(frozen=True)
class Marking:
    """How a quiz wants its essays marked. second: by two people, who do not see each other's mark. difference: percent
    of the points by which the two may differ; further apart a third decides. names: markers see who wrote it."""

    second: bool = False
    difference: int = DIFFERENCE
    names: bool = False


def share(question: Question, points: Mapping[str, int]) -> Fraction:
    """How much of what the criteria allow, 0..1. Raises ValueError where the points do not fit the criteria."""
    most = {part["key"]: part["points"] for part in question.parts}
    if points.keys() != most.keys():
        raise ValueError("points for each criterion are expected")
    if not all(0 <= points[key] <= most[key] for key in most):
        raise ValueError("more points than there are, or fewer than none")
    return Fraction(sum(points.values()), sum(most.values()))


def settled(shares: Sequence[Fraction], rules: Marking) -> Fraction | None:
    """The mark, or None while one more is needed. Two that lie near enough count by halves; the third one decides."""
    if not shares:
        return None
    if not rules.second:
        return shares[0]
    if len(shares) == 1:
        return None
    first, second = shares[:2]
    if abs(first - second) * 100 <= rules.difference:
        return (first + second) / 2
    return shares[2] if len(shares) > 2 else None
