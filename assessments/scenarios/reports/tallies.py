"""Counting what was chosen in the database: how often, never a row a run.

SQL by hand, for SQLite and PostgreSQL: who took a choice counts once however often they came round to it, and the ORM
cannot count the rows of a grouping.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.db.models import F

from assessments.scenarios.models.records import ScenarioRunQuerySet
from assessments.scenarios.rules.graph import TENSION_MAX

CHOSEN = "scenarios_chosen_runs"
LONGEST = 900  # seconds; whoever took longer went away meanwhile


@contextmanager
def held(runs: ScenarioRunQuerySet) -> Iterator[None]:
    """Finds these runs once and keeps what is asked of them in a temporary table, for the functions below."""
    columns = runs.order_by().annotate(language=F("version__language"), person=F("enrolment__person"))
    wanted = ("id", "outcome", "passed", "node_key", "language", "person")
    inner, parameters = columns.values(*wanted).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {CHOSEN} AS {inner}", parameters)
        try:
            cursor.execute(f"ANALYZE {CHOSEN}")
            yield
        finally:
            cursor.execute(f"DROP TABLE {CHOSEN}")


def _rows(sql: str, parameters: Sequence[str | int] = ()) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def people() -> dict[str, int]:
    """{language: how many people}; under "" all of them, whatever the language."""
    counted = dict(_rows(f"SELECT language, count(DISTINCT person) FROM {CHOSEN} GROUP BY language"))  # nosec B608
    return counted | dict(_rows(f"SELECT '', count(DISTINCT person) FROM {CHOSEN}"))  # nosec B608


@dataclass(frozen=True)
class Standing:
    """Runs that stand at a place: at an ending, which has an outcome, or where they were left."""

    language: str
    node: str
    outcome: str
    runs: int
    passed: int


def standings() -> list[Standing]:
    sql = f"""
        SELECT language, node_key, outcome, count(*), sum(CASE WHEN passed THEN 1 ELSE 0 END)
        FROM {CHOSEN} GROUP BY language, node_key, outcome
    """  # nosec B608: our own words only
    return [Standing(*row) for row in _rows(sql)]


@dataclass(frozen=True)
class Decision:
    """A choice in one language, by how the runs ended ("" while they are open). times: decisions; runs: each once,
    however often it came round; of these, onward: those that went where the choice leads, over: those to whom the
    tension was too much then."""

    language: str
    node: str
    choice: str
    outcome: str
    times: int
    runs: int
    onward: int
    over: int


def decisions(fail_at: int | None) -> list[Decision]:
    sql = f"""
        SELECT language, node_key, choice_key, outcome, sum(times), count(*), sum(onward), sum(over_it)
        FROM (
            SELECT step.run_id, chosen.language, chosen.outcome, step.node_key, step.choice_key, count(*) AS times,
                max(CASE WHEN step.tension_after < %s THEN 1 ELSE 0 END) AS onward,
                max(CASE WHEN step.tension_after < %s THEN 0 ELSE 1 END) AS over_it
            FROM {CHOSEN} AS chosen JOIN scenarios_scenariostep AS step ON step.run_id = chosen.id
            GROUP BY step.run_id, chosen.language, chosen.outcome, step.node_key, step.choice_key
        ) AS taken
        GROUP BY language, node_key, choice_key, outcome
    """  # nosec B608: our own words only
    too_much = TENSION_MAX + 1 if fail_at is None else fail_at
    return [Decision(*row[:4], *(int(number) for number in row[4:])) for row in _rows(sql, [too_much, too_much])]


def offered() -> dict[tuple[str, str, str], int]:
    """{(language, scene, choice): how often it was on the screen}"""
    sql = f"""
        SELECT chosen.language, step.node_key, step.offered, count(*)
        FROM {CHOSEN} AS chosen JOIN scenarios_scenariostep AS step ON step.run_id = chosen.id
        GROUP BY chosen.language, step.node_key, step.offered
    """  # nosec B608: our own words only
    found: dict[tuple[str, str, str], int] = {}
    for language, node, keys, times in _rows(sql):
        for key in json.loads(keys) if isinstance(keys, str) else keys:
            found[language, node, key] = found.get((language, node, key), 0) + times
    return found


def people_at(nodes: Sequence[str]) -> dict[tuple[str, str], int]:
    """{(language, scene): how many people decided there}; under "" in whatever language."""
    if not nodes:
        return {}
    sql = f"""
        WITH been AS (
            SELECT DISTINCT chosen.person, chosen.language, step.node_key
            FROM {CHOSEN} AS chosen JOIN scenarios_scenariostep AS step ON step.run_id = chosen.id
            WHERE step.node_key IN ({", ".join(["%s"] * len(nodes))})
        )
        SELECT language, node_key, count(*) FROM been GROUP BY language, node_key
        UNION ALL SELECT '', node_key, count(DISTINCT person) FROM been GROUP BY node_key
    """  # nosec B608: our own words only; keys travel as parameters
    return {(language, node): people for language, node, people in _rows(sql, nodes)}


def people_by_turn() -> dict[int, int]:
    """{turn: how many people took so many}"""
    sql = f"""
        SELECT step.seq, count(DISTINCT chosen.person)
        FROM {CHOSEN} AS chosen JOIN scenarios_scenariostep AS step ON step.run_id = chosen.id
        GROUP BY step.seq
    """  # nosec B608: our own words only
    return dict(_rows(sql))


def tensions() -> dict[int, dict[int, int]]:
    """{turn: {tension after it: runs}}"""
    sql = f"""
        SELECT step.seq, step.tension_after, count(*)
        FROM {CHOSEN} AS chosen JOIN scenarios_scenariostep AS step ON step.run_id = chosen.id
        GROUP BY step.seq, step.tension_after
    """  # nosec B608: our own words only
    found: dict[int, dict[int, int]] = {}
    for turn, tension, runs in _rows(sql):
        found.setdefault(turn, {})[tension] = runs
    return found


def seconds() -> dict[str, dict[int, int]]:
    """{scene: {seconds until somebody decided: times}}"""
    sql = f"""
        SELECT node_key, lasted, count(*)
        FROM (
            SELECT step.node_key, CASE WHEN step.seconds > {LONGEST} THEN {LONGEST} ELSE step.seconds END AS lasted
            FROM {CHOSEN} AS chosen JOIN scenarios_scenariostep AS step ON step.run_id = chosen.id
            WHERE step.seconds IS NOT NULL
        ) AS timed
        GROUP BY node_key, lasted
    """  # nosec B608: our own words only
    found: dict[str, dict[int, int]] = {}
    for node, lasted, times in _rows(sql):
        found.setdefault(node, {})[lasted] = times
    return found


@dataclass(frozen=True)
class Improvement:
    """Of those who took a second attempt that counts and finished it: how many passed in the first and in the second,
    how far points and the tension at the end moved, on average."""

    people: int
    passed_first: int
    passed_second: int
    points: float
    tension: float


def improvement() -> Improvement | None:
    sql = f"""
        SELECT count(*), sum(CASE WHEN earlier.passed THEN 1 ELSE 0 END), sum(CASE WHEN later.passed THEN 1 ELSE 0 END),
            avg(later.score - earlier.score), avg(later.tension - earlier.tension)
        FROM {CHOSEN} AS chosen
        JOIN scenarios_scenariorun AS earlier ON earlier.id = chosen.id AND earlier.outcome <> ''
        JOIN courses_stepversion AS told ON told.id = earlier.version_id
        JOIN scenarios_scenariorun AS later ON later.enrolment_id = earlier.enrolment_id
            AND later.step_key = earlier.step_key AND later.mode = 'graded' AND later.outcome <> ''
            AND later.number > earlier.number
        JOIN courses_stepversion AS retold ON retold.id = later.version_id
            AND retold.structure_sha256 = told.structure_sha256
        WHERE NOT EXISTS (
            SELECT 1 FROM scenarios_scenariorun AS amid
            WHERE amid.enrolment_id = earlier.enrolment_id AND amid.step_key = earlier.step_key
                AND amid.mode = 'graded' AND amid.number > earlier.number AND amid.number < later.number
        )
    """  # nosec B608: our own words only
    people, first, second, points, tension = _rows(sql)[0]
    return Improvement(people, first, second, float(points), float(tension)) if people else None
