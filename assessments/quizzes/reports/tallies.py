"""Counting marks and answers in the database: how often each was seen, never a row an attempt.

Only the counting of marks is SQL by hand: they are a list inside each attempt, and the ORM cannot open it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache
from math import lcm
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, F, OuterRef, Sum

from assessments.quizzes.models import Answer
from assessments.quizzes.models.records import QuizAttemptQuerySet
from assessments.quizzes.rules import responses, statistics
from assessments.quizzes.rules.responses import Choice
from assessments.quizzes.rules.statistics import Sample

BY_QUESTION, BY_PLACE, BY_OBJECTIVE = "question", "place", "objective"  # what a position of the paper is

# {vendor: (marks opened into rows, a field of such a row, the place of the row)}
OPENED = {
    "postgresql": (
        "CROSS JOIN LATERAL jsonb_array_elements(attempt.marks) WITH ORDINALITY AS row(entry, place)",
        "row.entry->>'{}'",
        "row.place",
    ),
    "sqlite": ("JOIN json_each(attempt.marks) AS row", "json_extract(row.value, '$.{}')", "row.key + 1"),
}


def samples(attempts: QuizAttemptQuerySet, position: str) -> dict[str, Sample]:
    """{language: what was scored}."""
    rows = list(_marks(attempts, position))
    read = cache(Fraction)
    unit = lcm(*(read(mark).denominator for _language, _question, _position, mark, _score, _times in rows))
    total = cache(lambda score: statistics.exact_total(Fraction(score), unit))
    found: dict[str, Sample] = defaultdict(Sample)
    for language, question, at, mark, score, times in rows:
        found[language].add_mark(at, question, read(mark), total(score), times)
    for language, score, times in _scores(attempts):
        found[language].add_total(total(score), times)
    return dict(found)


def _scores(attempts: QuizAttemptQuerySet) -> Iterator[tuple]:
    counted = attempts.order_by().values("version__language", "score").annotate(times=Count("pk"))
    return counted.values_list("version__language", "score", "times").iterator()


def _marks(attempts: QuizAttemptQuerySet, position: str) -> Iterator[tuple]:
    """(language, question, position, mark, score, attempts) of everything that was scored."""
    opened, entry, place = OPENED[connection.vendor]
    question, mark, objective = (entry.format(name) for name in ("question", "mark", "objective"))
    nth = f"row_number() OVER (PARTITION BY attempt.id, {objective} ORDER BY {place})"
    at = {BY_QUESTION: question, BY_PLACE: place, BY_OBJECTIVE: f"{objective} || ' ' || {nth}"}[position]
    chosen = attempts.order_by().annotate(language=F("version__language")).values("id", "score", "marks", "language")
    inner, parameters = chosen.query.sql_with_params()
    # All that is put together here are our own words; values travel as parameters.
    sql = f"""
        SELECT language, question, position, mark, score, count(*)
        FROM (
            SELECT attempt.language, attempt.score, {question} AS question, {at} AS position, {mark} AS mark
            FROM ({inner}) AS attempt {opened}
            WHERE {mark} IS NOT NULL
        ) AS marked
        GROUP BY language, question, position, mark, score
    """  # nosec B608
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(2000):
            for language, key, where, share, score, times in rows:
                yield language, key, where, share, str(score), times


class Tally:
    """How often something was chosen, and the sum of the totals of those who did."""

    def __init__(self) -> None:
        self.times, self.points = 0, Fraction(0)

    def add(self, times: int, points: Fraction) -> None:
        self.times += times
        self.points += points

    def mean(self, paper: int) -> float | None:
        """The mean total, percent."""
        return float(100 * self.points / (self.times * paper)) if self.times else None


def answers(attempts: QuizAttemptQuerySet, questions: Iterable[str]) -> dict[str, dict[Choice | None, Tally]]:
    """{question: {choice: tally}}, of the answers that count; under None all who answered, whatever they chose."""
    found: dict[str, dict[Choice | None, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for row in _answered(attempts, list(questions)).iterator():
        tallies, points = found[str(row["question_key"])], Fraction(row["points"])
        tallies[None].add(row["times"], points)
        for choice in set(responses.choices(row["response"])):
            tallies[choice].add(row["times"], points)
    return found


def _answered(attempts: QuizAttemptQuerySet, questions: list[str]) -> Any:
    # seq > 1 is implied; it leaves the database only the few answers that replaced another to look through.
    replaced = Answer.objects.filter(
        attempt=OuterRef("attempt"), question_key=OuterRef("question_key"), seq=OuterRef("seq") + 1, seq__gt=1
    )
    counting = Answer.objects.filter(attempt__in=attempts.order_by().values("pk"), question_key__in=questions)
    return (
        counting.filter(~Exists(replaced))
        .order_by()
        .values("question_key", "response")
        .annotate(times=Count("pk"), points=Sum("attempt__score"))
    )
