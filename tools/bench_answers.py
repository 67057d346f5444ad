"""How many answers 8 people at once have saved in a second, beside a bare Django view that inserts one row, in one run.

    BENCH_POSTGRES=postgres://user@host:port/postgres python tools/bench_answers.py      (part of `make bench`)

Makes a database named `answers` there with the real course, and drops it in the end. One web process with 8 threads,
as docs/operating.md has it; both kinds of request take turns, so that whatever else the machine does slows them alike.
Each client answers the questions of an attempt of its own, over and over, as one who changes their mind; in each round
they are other people. Ends with 1 where it is less than half of the bare view.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.serving import Browser, environment, fill_with_course, free_port, hidden, serve  # noqa: E402

NAME = "answers"
CLIENTS = 8
ROUNDS = int(os.environ.get("ROUNDS", "10"))
SECONDS = 3.0  # of each kind, in each round
AT_LEAST = 0.5

Act = Callable[[], None]


def postgres() -> str:
    """The server to measure on, or nothing."""
    server = os.environ.get("BENCH_POSTGRES") or os.environ.get("DATABASE_URL", "")
    return server if urlsplit(server).scheme in ("postgres", "postgresql") else ""


@dataclass
class Client:
    """One person with an attempt. `forms`: address and fields of questions that are answered by choosing one option."""

    browser: Browser
    forms: list[tuple[str, dict[str, str]]]

    def acts(self, kind: str) -> Iterator[Act]:
        for address, fields in cycle(self.forms):
            path = "/bare/insert/" if kind == "bare" else f"{address}answer/"
            yield lambda path=path, fields=fields: self.post(path, fields | {"idem": str(uuid4())})

    def post(self, path: str, fields: dict[str, str]) -> None:
        page = self.browser.post(path, fields)
        if page.status != 200 and "/attempts/" not in page.headers.get("Location", ""):
            raise SystemExit(f"POST {path} was answered {page.status}")


# --- what is there -------------------------------------------------------------------------------------------------
def fill(env: dict[str, str], port: int) -> list[tuple[Browser, str]]:
    """People who are logged in and enrolled, each with the address of the final."""
    os.environ |= env | {"DJANGO_SETTINGS_MODULE": "lms.settings"}
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections
    from django.test import Client as TestClient

    from assessments.quizzes.models import QuizPage
    from courses import actions
    from courses.models import CoursePage
    from people.models import User

    course = CoursePage.objects.live().get(locale__language_code="pl")
    final = QuizPage.objects.live().filter(locale=course.locale).order_by("-path").first()
    found = []
    for number in range(CLIENTS * (1 + ROUNDS)):
        name = {"first_name": "Ewa", "last_name": f"N{number}"}
        person = User.objects.create_user(email=f"client{number}@example.org", password=None, **name)
        enrolment = actions.enrol(person=person, course_key=course.translation_key)
        session = TestClient()
        session.force_login(person)
        cookie = settings.SESSION_COOKIE_NAME
        browser = Browser(port, {cookie: session.cookies[cookie].value})
        found.append((browser, f"/learn/{enrolment.key}/{final.translation_key}/"))
    connections["default"].close()
    connections["default"].close_pool()
    return found


def with_attempt(browser: Browser, step: str) -> Client:
    browser.get(step)
    attempt = browser.post(f"{step}attempt/").location
    forms, number = [], 1
    while (page := browser.get(f"{attempt}{number}/")).status == 200:
        form = page.form("answer/")
        options = [part for part in form.inputs if part.get("type") == "radio"]
        if options:
            forms.append((f"{attempt}{number}/", hidden(form) | {options[0].get("name"): options[0].get("value")}))
        number += 1
    return Client(browser, forms)


# --- the measuring -------------------------------------------------------------------------------------------------
def throughput(clients: list[Client], kind: str) -> float:
    """Requests answered in a second by all clients together."""
    until = time.perf_counter() + SECONDS

    def one(client: Client) -> int:
        client.browser.connection = None  # the server closes one that was idle
        count = 0
        for act in client.acts(kind):
            act()
            count += 1
            if time.perf_counter() > until:
                break
        return count

    begin = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as pool:
        done = sum(pool.map(one, clients))
    return done / (time.perf_counter() - begin)


def measure(clients: list[Client]) -> dict[str, list[float]]:
    """clients: those of a round to warm up, and of each round that counts."""
    found: dict[str, list[float]] = {"bare": [], "answer": []}
    for number in range(1 + ROUNDS):
        at_once = clients[number * CLIENTS : (number + 1) * CLIENTS]
        for kind, rates in found.items():
            rate = throughput(at_once, kind)
            if number:
                rates.append(rate)
    return found


def run(server: str, port: int) -> dict[str, list[float]]:
    scratch = urlsplit(server)._replace(path=f"/{NAME}").geturl()
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f"CREATE DATABASE {NAME}")  # one that is there already is somebody else's: an error
        try:
            with tempfile.TemporaryDirectory(prefix="ostoja-bench-") as folder:
                env = environment(Path(folder), port) | {"DATABASE_URL": scratch}
                fill_with_course(env)
                people = fill(env, port)
                with serve("tools.bench_app:application", port, env, "--workers", "1", "--threads", str(CLIENTS)):
                    return measure([with_attempt(*one) for one in people])
        finally:
            link.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def told(found: dict[str, list[float]]) -> tuple[str, bool]:
    bare, answer = (statistics.median(found[kind]) for kind in ("bare", "answer"))
    share = statistics.median(mine / other for mine, other in zip(found["answer"], found["bare"], strict=True))
    holds = share >= AT_LEAST
    text = (
        f"Saving answers, {CLIENTS} clients at once, PostgreSQL, one web process with {CLIENTS} threads: "
        f"**{answer:.0f} a second**, beside {bare:.0f} of a bare Django view that inserts one row in the same run, "
        f"which is {share:.2f} of it. At least {AT_LEAST}: {'holds' if holds else '**does not hold**'}."
    )
    return text, holds


def main() -> int:
    server = postgres()
    if not server:
        print("Saving answers of 8 clients at once: not measured, BENCH_POSTGRES names no PostgreSQL.")
        return 0
    text, holds = told(run(server, free_port()))
    print(text)
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main())
