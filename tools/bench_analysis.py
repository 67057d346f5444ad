"""How long the item analysis of 100,000 attempts takes on PostgreSQL.

    BENCH_POSTGRES=postgres://user@host:port/postgres python tools/bench_analysis.py

Makes a database named `stats` there, fills it in SQL with one attempt each of so many people (10 of 20 questions, three
languages, one answer in twenty changed), prints the seconds and the greatest memory, and drops the database.
"""

import os
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

ATTEMPTS = int(os.environ.get("ATTEMPTS", "100000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
NAME = "stats"
POOL, DRAWN, OPTIONS = 20, 10, 4
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
STEP = uuid5(NAMESPACE_URL, "bench/step")


def key(*names: object) -> str:
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, names))))


def body(language: str) -> dict:
    pool = [
        {
            "key": key("question", number),
            "type": "single",
            "stem": f"What do you do, {number}? ({language})",
            "parts": [
                {"key": key("option", at), "text": f"Option {at}", "correct": at == 0, "feedback": ""}
                for at in range(OPTIONS)
            ],
            "code": f"Q-{number}",
            "module": "calm",
            "objective": "CALM-1",
        }
        for number in range(POOL)
    ]
    rules = {"pass_mark": 80, "must_pass": {}, "partial_credit": True, "shuffle_questions": False}
    return {"pool": pool, "draw": {"count": DRAWN, "per_objective_min": 0, "per_objective": {}}, "rules": rules}


def copies(model: type, template: int, count: int, **expressions: str) -> None:
    """So many rows like this one, some columns from an SQL expression of n."""
    from django.db import connection

    names = [field.column for field in model._meta.concrete_fields if not field.primary_key]  # type: ignore[attr-defined]
    values = ", ".join(expressions.get(name, f't."{name}"') for name in names)
    columns, table = ", ".join(f'"{name}"' for name in names), model._meta.db_table  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({columns}) SELECT {values} FROM "{table}" t, generate_series(1, {count}) n'
            f" WHERE t.id = {template}"
        )


def fill() -> None:
    from django.db import connection

    from courses.models import CourseVersion, Enrolment, Publication, StepVersion
    from people.models import User

    versions = []
    for language in ("pl", "lv", "en"):
        version = StepVersion.objects.create(
            step_key=STEP,
            kind="quiz",
            language=language,
            title="Bench",
            sha256=language,
            structure_sha256="bench",
            content={"body": body(language)},
        )
        Publication.objects.create(
            step_key=STEP, language=language, structure_sha256="bench", version=version, change="new"
        )
        versions.append(version.pk)
    person = User.objects.create_user("somebody@example.org")
    course = CourseVersion.objects.create(course_key=STEP, number=1, sha256="bench", content={"steps": []})
    enrolment = Enrolment.objects.create(person=person, course_key=STEP, course_version=course, created_at=AT)
    copies(User, person.pk, ATTEMPTS, key="gen_random_uuid()", email="'somebody' || n || '@example.org'")
    copies(Enrolment, enrolment.pk, ATTEMPTS, key="gen_random_uuid()", person_id=f"{person.pk} + n")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO quizzes_quizattempt (key, enrolment_id, step_key, version_id, number, seed, paper, flagged,
                started_at, finished_at, hand_in_kind, score, max, passed, marks)
            SELECT gen_random_uuid(), %s + n, %s, (%s::int[])[1 + n %% 3], 1, '', '[]', '[]', %s, %s, 'learner',
                sum(drawn.mark), count(*), sum(drawn.mark) >= 8,
                jsonb_agg(jsonb_build_object('question', drawn.question, 'module', 'calm', 'objective', 'CALM-1',
                    'mark', drawn.mark::text))
            FROM generate_series(1, %s) n
            CROSS JOIN LATERAL (SELECT random() + n * 0 AS able) person
            CROSS JOIN LATERAL (
                SELECT question, (random() < 0.3 + 0.6 * person.able)::int AS mark
                FROM unnest(%s::text[]) question ORDER BY random() LIMIT %s
            ) drawn
            GROUP BY n
            """,
            [
                *(enrolment.pk, STEP, versions, AT, AT, ATTEMPTS),
                *([key("question", number) for number in range(POOL)], DRAWN),
            ],
        )
        answer = """
            INSERT INTO quizzes_answer (attempt_id, question_key, seq, response, checked, version_id, idem, at)
            SELECT attempt.id, (row->>'question')::uuid, {seq}, jsonb_build_object('chosen', jsonb_build_array(
                CASE WHEN row->>'mark' = '1' THEN (%s::text[])[1] ELSE (%s::text[])[2 + floor(random() * 3)::int] END)),
                false, attempt.version_id, gen_random_uuid(), %s
            FROM quizzes_quizattempt attempt, jsonb_array_elements(attempt.marks) row WHERE {which}
        """
        options = [key("option", at) for at in range(OPTIONS)]
        cursor.execute(answer.format(seq=1, which="true"), [options, options, AT])
        cursor.execute(answer.format(seq=2, which="random() < 0.05"), [options, options, AT])
        cursor.execute("ANALYZE")


def measure() -> None:
    from assessments.quizzes.reports import analysis, sheets
    from courses import versions

    for which in (analysis.FIRST, analysis.BEST, analysis.LAST, analysis.ALL):
        selection = analysis.Selection(structure="bench", attempts=which)
        seconds = []
        for _ in range(ROUNDS):
            versions.content.cache_clear()
            begin = time.perf_counter()
            page = analysis.analysis(STEP, selection, "en")
            seconds.append(time.perf_counter() - begin)
        if page.figures is None or page.figures.size != ATTEMPTS:
            raise SystemExit("Not all attempts were counted.")
        listed = ", ".join(f"{one:.2f}" for one in seconds)
        print(f"{ATTEMPTS:,} attempts, {which}: {listed} s; consistency {page.figures.consistency:.1f} %")
    sheets.analysis_csv(page, "en")
    print(f"greatest memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    server = os.environ["BENCH_POSTGRES"]
    scratch = urlsplit(server)._replace(path=f"/{NAME}").geturl()
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f"CREATE DATABASE {NAME}")  # one that is there already is somebody else's: an error
        try:
            os.environ |= {"DATABASE_URL": scratch, "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "lms.settings"}
            import django
            from django.core.management import call_command
            from django.db import connections

            django.setup()
            call_command("migrate", verbosity=0)
            begin = time.perf_counter()
            fill()
            print(f"filled in {time.perf_counter() - begin:.0f} s", flush=True)
            django.conf.settings.DEBUG = False
            measure()
            connections.close_all()
            connections["default"].close_pool()
        finally:
            link.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


if __name__ == "__main__":
    main()
