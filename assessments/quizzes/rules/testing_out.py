"""What a pre-test shows to be known, and which lessons that waives. No Django."""

from collections.abc import Iterable, Mapping, Set
from fractions import Fraction

from assessments.quizzes.rules.grading import Marked


def known(marked: Iterable[Marked], *, right: int | None) -> frozenset[str]:
    """The objectives of which so many questions were answered wholly right; None: all that were asked.

    An answer that is right in part shows nothing, nor does a question that is not scored.
    """
    by_objective: dict[str, list[bool]] = {}
    for item in marked:
        if item.counts and item.objective:
            by_objective.setdefault(item.objective, []).append(item.mark == Fraction(1))
    return frozenset(name for name, each in by_objective.items() if sum(each) >= (right or len(each)))


def waived(taught: Mapping[str, Set[str]], objectives: Set[str]) -> list[str]:
    """Of {lesson: what it teaches} those that teach nothing but what is known; never one that names no objective."""
    return [lesson for lesson, of_lesson in taught.items() if of_lesson and of_lesson <= objectives]
