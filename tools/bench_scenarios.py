"""How long the figures of a scenario with 100,000 runs take on PostgreSQL.

    BENCH_POSTGRES=postgres://user@host:port/postgres python tools/bench_scenarios.py

Makes a database named `runs` there, fills it (which takes minutes) with one run each of so many people: a random way
through five scenes, three languages, one in ten left in the middle. Prints the seconds and the greatest memory, and
drops the database. Without BENCH_POSTGRES the same on a SQLite file in `var/`. RUNS= and ROUNDS= change the numbers.
"""

import os
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

RUNS = int(os.environ.get("RUNS", "100000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
NAME = "runs"
SCENES, CHOICES = 5, 4
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
STEP = uuid5(NAMESPACE_URL, "bench/scenario")


def body(language: str) -> dict:
    """Five scenes in a row, each with four choices; how calm it is in the end is all that matters."""
    nodes = [
        {
            "key": f"s{scene}",
            "speaker": "customer",
            "emotion": "calm",
            "scene": "",
            "say": f"Line {scene} ({language})",
            "choices": [choice(scene, number) for number in range(CHOICES)],
        }
        for scene in range(SCENES)
    ]
    ending = {"text": "He leaves.", "debrief": "", "reflection": []}
    return {
        "role": "",
        "setting": "",
        "customer": {"name": "Bruno", "gender": "m", "look": ""},
        "start": "s0",
        "tension": {"start": 50, "fail_at": 100, "fail_to": "bad"},
        "pass": {"outcomes": ["good"], "min_score": None},
        "attempts": None,
        "waits": [],
        "feedback": "debrief",
        "meter": "always",
        "skills": [],
        "flags": [],
        "expert_path": [f"s{scene}.c0" for scene in range(SCENES)],
        "nodes": nodes,
        "endings": [ending | {"key": "good", "outcome": "good"}, ending | {"key": "bad", "outcome": "bad"}],
    }


def choice(scene: int, number: int) -> dict:
    onward = f"s{scene + 1}" if scene < SCENES - 1 else "good" if number < 2 else "bad"
    rules = {"score": 1, "quality": "ok", "skill": "", "set": [], "if": {}, "points": [], "consequence": "He nods."}
    texts = {"text": f"Reply {number}", "coaching": "Calm."}
    return rules | texts | {"key": f"c{number}", "to": onward, "tension": 5 * number - 5}


def fill(count: int) -> None:
    """In bulk through the models: the same on both databases."""
    import random
    from uuid import uuid4

    from assessments.scenarios.models import ScenarioRun, ScenarioStep
    from assessments.scenarios.rules import engine
    from assessments.scenarios.rules.graph import from_content
    from courses.models import CourseVersion, Enrolment, Publication, StepVersion
    from people.models import User

    versions = []
    for language in ("pl", "lv", "en"):
        facts = {"step_key": STEP, "kind": "scenario", "language": language, "title": "Bench", "sha256": language}
        version = StepVersion.objects.create(structure_sha256="bench", content={"body": body(language)}, **facts)
        Publication.objects.create(
            step_key=STEP, language=language, structure_sha256="bench", version=version, change="new"
        )
        versions.append(version)
    course = CourseVersion.objects.create(course_key=STEP, number=1, sha256="bench", content={"steps": []})
    scenario, dice = from_content(body("en")), random.Random(7)
    for begin in range(0, count, 5000):
        numbers = range(begin, min(begin + 5000, count))
        people = User.objects.bulk_create([User(email=f"somebody{number}@example.org") for number in numbers])
        enrolments = Enrolment.objects.bulk_create(
            [Enrolment(person=one, course_key=STEP, course_version=course, created_at=AT) for one in people]
        )
        runs, turns = [], []
        for enrolment in enrolments:
            run = ScenarioRun(
                enrolment=enrolment, step_key=STEP, version=dice.choice(versions), number=1, mode="graded", seed=1
            )
            run.started_at, state = AT, engine.start(scenario)
            for seq in range(1, dice.randint(1, SCENES) if dice.random() < 0.1 else 100):
                offered = [one.key for one in engine.shown(scenario, state, seed=dice.randrange(24))]
                if not offered:
                    break
                taken = dice.choice(offered)
                after = engine.take(scenario, state, taken)
                where = {"node_key": state.node, "choice_key": taken, "offered": offered, "score_after": after.score}
                how = {"tension_before": state.tension, "tension_after": after.tension, "decided_at": AT}
                turns.append(
                    ScenarioStep(
                        run=run, seq=seq, version=run.version, idem=uuid4(), seconds=dice.randrange(60), **where, **how
                    )
                )
                state, run.step_count = after, seq
            run.position = state
            if outcome := engine.outcome(scenario, state):
                run.state, run.finished_at, run.ending_key = "finished", AT, state.node
                run.outcome, run.passed = outcome, engine.passed(scenario, state)
            runs.append(run)
        ScenarioRun.objects.bulk_create(runs)
        ScenarioStep.objects.bulk_create(turns, batch_size=2000)


def measure() -> None:
    from assessments.scenarios.reports import analysis, sheets
    from courses import versions

    for which in (analysis.FIRST, analysis.ALL):
        selection = analysis.Selection(structure="bench", attempts=which)
        seconds = []
        for _ in range(ROUNDS):
            versions.forget()
            begin = time.perf_counter()
            page = analysis.analysis(STEP, selection, "en")
            seconds.append(time.perf_counter() - begin)
        if page.people != RUNS:
            raise SystemExit("Not all runs were counted.")
        print(f"{RUNS:,} runs, {which}: {', '.join(f'{one:.2f}' for one in seconds)} s")
    sheets.analysis_csv(page, "en")
    print(f"greatest memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def played(database: str) -> None:
    os.environ |= {"DATABASE_URL": database, "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "lms.settings"}
    import django
    from django.core.management import call_command
    from django.db import connection, connections

    django.setup()
    call_command("migrate", verbosity=0)
    begin = time.perf_counter()
    fill(RUNS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"filled in {time.perf_counter() - begin:.0f} s", flush=True)
    django.conf.settings.DEBUG = False
    measure()
    connections.close_all()
    if connection.vendor == "postgresql":
        connection.close_pool()


def main() -> None:
    server = os.environ.get("BENCH_POSTGRES")
    if not server:
        file = ROOT / "var" / "bench-runs.sqlite3"
        file.unlink(missing_ok=True)
        try:
            played(f"sqlite:///{file}")
        finally:
            file.unlink(missing_ok=True)
        return
    import psycopg

    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f"CREATE DATABASE {NAME}")  # one that is there already is somebody else's: an error
        try:
            played(urlsplit(server)._replace(path=f"/{NAME}").geturl())
        finally:
            link.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


if __name__ == "__main__":
    main()
