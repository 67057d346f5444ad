"""What the package itself showed of a result: what is imported has to equal it."""

import re
from decimal import ROUND_HALF_UP, Decimal

from assessments.quizzes.formats.django_quiz_app.dump import CATEGORY, Dump


def percent(score: int, questions: int) -> int:
    """Of one sitting. Its arithmetic is in floats, and halves are rounded up as in the Python 2 it ran on."""
    if questions < 1:
        return 0
    return 100 if score > questions else max(0, _rounded(score / questions * 100))


def passed(score: int, questions: int, pass_mark: int) -> bool:
    """By the rounded figure: 2 of 3 passed where 67% was asked."""
    return percent(score, questions) >= pass_mark


def _rounded(number: float) -> int:
    return int(Decimal(number).quantize(Decimal(1), ROUND_HALF_UP))


def category_names(dump: Dump) -> list[str]:
    return [one["category"] for _pk, one in sorted(dump.found[CATEGORY].items())]


def shown_scores(score: str, categories: list[str]) -> dict[str, tuple[int, int, int]]:
    """{category: (score, possible, percent)}. It took the first place where the name was found, in capitals or not, so
    that a category could get the counts of another whose name ends with its own."""
    shown = {}
    for name in categories:
        found = re.search(re.escape(name) + r",([0-9]+),([0-9]+),", score, re.IGNORECASE)
        got, possible = (int(found[1]), int(found[2])) if found else (0, 0)
        shown[name] = got, possible, _rounded(got / possible * 100) if possible else 0
    return shown


def own_scores(score: str) -> dict[str, tuple[int, int]]:
    """{category: (score, possible)} as they stand in the string."""
    words = score.split(",")[:-1]
    return {words[at]: (int(words[at + 1]), int(words[at + 2])) for at in range(0, len(words), 3)}
