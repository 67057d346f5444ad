"""Counting marks and answers in the database: how often each was seen, never a row an attempt.

SQL by hand, for SQLite and PostgreSQL: marks are a list inside each attempt, which the ORM cannot open.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from math import lcm
from types import MappingProxyType
from uuid import UUID

from django.db import connection
from django.db.models import F

from assessments.quizzes.models import Answer
from assessments.quizzes.models.records import QuizAttemptQuerySet
from assessments.quizzes.rules import statistics, types
from assessments.quizzes.rules.choices import Choice
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


CHOSEN = "quizzes_chosen_attempts"


@contextmanager
def held(attempts: QuizAttemptQuerySet) -> Iterator[None]:
    """Finds these attempts once and keeps what is asked of them in a temporary table, for the functions below.

    Who was first or best is worked out once, and the database knows how many there are: as a subquery it guesses a few
    hundred, and takes a hundred thousand one by one.
    """
    columns = attempts.order_by().annotate(language=F("version__language"), person=F("enrolment__person"))
    inner, parameters = columns.values("id", "score", "max", "language", "person").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {CHOSEN} AS {inner}", parameters)
        try:
            cursor.execute(f"ANALYZE {CHOSEN}")
            yield
        finally:
            cursor.execute(f"DROP TABLE {CHOSEN}")


def _rows(sql: str, parameters: Sequence[str] = ()) -> Iterator[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        while rows := cursor.fetchmany(2000):
            yield from rows


def people() -> dict[str, int]:
    """{language: how many people}; under "" all of them, whatever the language."""
    counted = dict(_rows(f"SELECT language, count(DISTINCT person) FROM {CHOSEN} GROUP BY language"))  # nosec B608
    return counted | dict(_rows(f"SELECT '', count(DISTINCT person) FROM {CHOSEN}"))  # nosec B608


def paper() -> int:
    """The highest total there could be."""
    return next(_rows(f"SELECT coalesce(max(max), 0) FROM {CHOSEN}"))[0]  # nosec B608


def samples(position: str, weights: Mapping[str, int] = MappingProxyType({})) -> dict[str, Sample]:
    """{language: what was scored, in points}. weights: of questions that do not simply give one point."""
    rows = list(_marks(position))
    read = cache(Fraction)
    unit = lcm(*(read(mark).denominator for _language, _question, _position, mark, _score, _times in rows))
    total = cache(lambda score: statistics.exact_total(Fraction(score), unit))
    found: dict[str, Sample] = defaultdict(Sample)
    for language, question, at, mark, score, times in rows:
        points = weights.get(question, 1) * read(mark)
        found[language].add_mark(at, question, points, total(score), times)
    for language, score, times in _rows(f"SELECT language, score, count(*) FROM {CHOSEN} GROUP BY language, score"):  # nosec B608
        found[language].add_total(total(str(score)), times)
    return dict(found)


def _marks(position: str) -> Iterator[tuple]:
    """(language, question, position, mark, score, attempts) of everything that was scored."""
    opened, entry, place = OPENED[connection.vendor]
    question, mark, objective = (entry.format(name) for name in ("question", "mark", "objective"))
    nth = f"row_number() OVER (PARTITION BY attempt.id, {objective} ORDER BY {place})"
    at = {BY_QUESTION: question, BY_PLACE: place, BY_OBJECTIVE: f"{objective} || ' ' || {nth}"}[position]
    sql = f"""
        SELECT language, question, position, mark, score, count(*)
        FROM (
            SELECT chosen.language, chosen.score, {question} AS question, {at} AS position, {mark} AS mark
            FROM {CHOSEN} AS chosen JOIN quizzes_quizattempt AS attempt ON attempt.id = chosen.id {opened}
        ) AS marked
        GROUP BY language, question, position, mark, score
    """  # nosec B608: our own words only
    for language, key, where, share, score, times in _rows(sql):
        if share is not None:  # what nobody scores
            yield language, key, where, share, str(score), times


def by_question() -> dict[str, Counter[statistics.Pair]]:
    """{question: {(mark, that and the share of the rest of the paper): attempts}}, over all quizzes and versions: what
    is beside the mark is a share, so that papers of different lengths stand side by side."""
    opened, entry, _place = OPENED[connection.vendor]
    question, mark, weight = (entry.format(name) for name in ("question", "mark", "weight"))
    sql = f"""
        SELECT {question}, {mark}, {weight}, chosen.score, chosen.max, count(*)
        FROM {CHOSEN} AS chosen JOIN quizzes_quizattempt AS attempt ON attempt.id = chosen.id {opened}
        GROUP BY {question}, {mark}, {weight}, chosen.score, chosen.max
    """  # nosec B608: our own words only
    found: dict[str, Counter[statistics.Pair]] = defaultdict(Counter)
    for key, share, points, score, most, times in _rows(sql):
        if share is not None:
            pair = statistics.beside_the_rest(Fraction(share), int(points or 1), Fraction(str(score)), most)
            found[key][pair] += times
    return found


def people_of_questions() -> dict[str, int]:
    """{question: how many people's marks are in that}: somebody may have met it in several quizzes."""
    opened, entry, _place = OPENED[connection.vendor]
    question, mark = (entry.format(name) for name in ("question", "mark"))
    sql = f"""
        SELECT {question}, count(DISTINCT chosen.person)
        FROM {CHOSEN} AS chosen JOIN quizzes_quizattempt AS attempt ON attempt.id = chosen.id {opened}
        WHERE {mark} IS NOT NULL GROUP BY {question}
    """  # nosec B608: our own words only
    return dict(_rows(sql))


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


def answers(kinds: Mapping[str, str]) -> dict[str, dict[Choice | None, Tally]]:
    """{question: {choice: tally}}, of the answers that count; under None all who answered, whatever they chose.

    kinds: {question: its type}."""
    found: dict[str, dict[Choice | None, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for question, response, times, points in _answered(list(kinds)):
        key, whole = str(UUID(str(question))), Fraction(str(points))
        tallies = found[key]
        tallies[None].add(times, whole)
        for choice in set(types.get(kinds[key]).choices(json.loads(response))):
            tallies[choice].add(times, whole)
    return found


def _answered(questions: Sequence[str]) -> Iterator[tuple]:
    if not questions:
        return iter(())
    asked = [Answer._meta.get_field("question_key").get_db_prep_value(UUID(key), connection) for key in questions]
    # seq > 1 is implied; it leaves the database only the few answers that replaced another to look through.
    sql = f"""
        SELECT answer.question_key, answer.response, count(*), sum(chosen.score)
        FROM quizzes_answer AS answer JOIN {CHOSEN} AS chosen ON chosen.id = answer.attempt_id
        WHERE answer.question_key IN ({", ".join(["%s"] * len(asked))}) AND NOT EXISTS (
            SELECT 1 FROM quizzes_answer AS later WHERE later.attempt_id = answer.attempt_id
            AND later.question_key = answer.question_key AND later.seq = answer.seq + 1 AND later.seq > 1)
        GROUP BY answer.question_key, answer.response
    """  # nosec B608: our own words only; keys travel as parameters
    return _rows(sql, asked)
