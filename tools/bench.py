"""How fast the learner's screens are, beside a bare Django view measured in the same run.

    make bench      (writes docs/measurements/bench-<date>.md; BENCH_POSTGRES=postgres://… adds saving answers there)

Makes a demo of its own in a temporary folder and serves it as in production, with one web process. An employee in the
second year, with a certificate of the first and half way through the real course again, learns over HTTP; a manager
looks at the team and exports it; all of that and the bare view take turns, so that whatever else the machine does slows
everything alike. Ends with 1 where a bar does not hold.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from uuid import UUID, uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools import chromium  # noqa: E402
from tools.serving import Browser, QueryCount, free_port, hidden, make_demo, serve  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "200"))
RENDERINGS = int(os.environ.get("RENDERINGS", "40"))  # so many that one in twenty is among them
QUERIES_AT_MOST = 12
TIMES_AT_MOST = 3
TEAM = 300
BYTES_AT_MOST = 90_000
DOES_NOT = "**does not hold**"


@dataclass
class Measured:
    """One kind of request. `prepare` does what has to come before it, outside the clock. times_at_most: the bare view's
    time; None for what is no learner's page. queries_at_most: None for an act that finishes a step, with its evidence.
    ending: where a visit is counted that led to a debrief."""

    name: str
    browser: Browser
    prepare: Callable[[], tuple[str, str, dict[str, str] | None]]  # method, path, form
    times_at_most: int | None = TIMES_AT_MOST
    queries_at_most: int | None = QUERIES_AT_MOST
    ending: "Measured | None" = None
    seconds: list[float] = field(default_factory=list)
    computed: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)

    def visit(self) -> None:
        method, path, form = self.prepare()
        begin = time.perf_counter()
        page = self.browser.get(path) if method == "GET" else self.browser.post(path, form)
        took = time.perf_counter() - begin
        if page.status == HTTPStatus.TOO_MANY_REQUESTS:  # anybody may check a certificate, but not as fast as this
            time.sleep(int(page.headers["Retry-After"]))
            self.visit()
            return
        if page.status >= 400 or (method == "GET" and page.status != HTTPStatus.OK):
            raise SystemExit(f"{method} {path} was answered {page.status}")
        ended = page.status == HTTPStatus.FOUND and "/debrief/" in page.location
        counted = self.ending if self.ending and ended else self
        counted.seconds.append(took)
        counted.computed.append(page.computed)
        counted.queries.append(page.queries)
        counted.sizes.append(len(page.body))

    def forget(self) -> None:
        self.seconds.clear()
        self.computed.clear()
        self.queries.clear()
        self.sizes.clear()

    @property
    def holds(self) -> bool:
        return self.queries_at_most is None or max(self.queries) <= self.queries_at_most

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def usual_queries(self) -> int:
        return statistics.mode(self.queries)

    @property
    def shown_queries(self) -> str:
        most = max(self.queries)
        return str(most) if most == self.usual_queries else f"{self.usual_queries} ({most})"

    @property
    def shown_size(self) -> str:
        return f"{statistics.median(self.sizes) / 1000:.1f} kB" if any(self.sizes) else ""

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.seconds, n=20)[-1]

    @property
    def times(self) -> str:
        return f"{ms(self.median)} | {ms(self.p95)}"


# --- what people do ------------------------------------------------------------------------------------------------
def of_an_employee(browser: Browser, email: str) -> list[Measured]:
    from assessments.quizzes.models import QuizAttempt
    from assessments.scenarios.models import ScenarioRun
    from certificates.models import Certificate
    from courses.models import CoursePage

    enrolment = half_way_again(email)
    person = enrolment.person
    first = steps_to_do(enrolment)
    attempt = browser.post(f"{first['quiz']}attempt/").location
    question, answer = browser.question_with_options(attempt)
    together = all_on_one_page(email)
    ends = Measured("the choice that ends a scenario", browser, dict, times_at_most=None, queries_at_most=None)
    handed_in = QuizAttempt.objects.ended().filter(enrolment=enrolment).latest("pk").key
    played = ScenarioRun.objects.finished().filter(enrolment__person=person).latest("pk").key
    about = CoursePage.objects.get(translation_key=enrolment.course_key, locale__language_code=person.language)
    pages = {
        "bare Django view": "/bare/",
        "my training": "/my/",
        "the catalogue": f"/{person.language}/",
        "the page about a course": f"/{person.language}/{about.slug}/",
        "the course": f"/learn/{enrolment.key}/",
        "a lesson": first["lesson"],
        "a quiz, before it begins": first["quiz"],
        "a quiz question": question,
        "check your answers": f"{attempt}check/",
        "the result of a quiz": f"/attempts/{handed_in}/result/",
        "a quiz on one page": together,
        "a scenario, before it begins": first["scenario"],
        "the debrief of a scenario": f"/runs/{played}/debrief/",
        "the transcript of a scenario": f"/runs/{played}/transcript/",
        "a desk card": desk_card(enrolment),
        "why one is asked": f"/enrolments/{enrolment.key}/why/",
        "a question of practice": browser.get("/practice/").location,
        "the certificates": "/certificates/",
        "a certificate": f"/certificates/{Certificate.objects.held_by(person).latest('pk').serial}/",
        "the account": "/account/",
    }
    return [
        *looked_at(browser, pages),
        Measured("a scene", browser, lambda: ("GET", scene(browser, first["scenario"]), None)),
        Measured("saving an answer", browser, lambda: ("POST", f"{question}answer/", answer | {"idem": str(uuid4())})),
        Measured("a scenario choice", browser, lambda: scenario_choice(browser, first["scenario"]), ending=ends),
        ends,
    ]


def looked_at(browser: Browser, pages: dict[str, str]) -> list[Measured]:
    return [Measured(name, browser, lambda path=path: ("GET", path, None)) for name, path in pages.items()]


def of_anybody(browser: Browser, serial: str) -> list[Measured]:
    """Without an account."""
    check = f"/self-check/{open_to_guests()}/"
    browser.get(check)
    question = browser.post(f"{check}start/").location
    pages = {
        "help": "/help/",
        "the check of a certificate": f"/verify/{serial}/",
        "a self-check, before it begins": check,
        "a question of a self-check": question,
    }
    return looked_at(browser, pages)


def of_a_latecomer(browser: Browser, email: str) -> list[Measured]:
    return looked_at(browser, {"when the time of a quiz is over": time_over(email)})


def half_way_again(email: str):
    """The enrolment of somebody whose certificate runs out soon: the next cycle is open, and half of it is done."""
    from courses.models import Enrolment
    from lms.demo import Demo
    from training import actions
    from training.models import Requirement

    now = datetime.now(UTC)
    for rule in Requirement.objects.all():
        actions.open_cycles(requirement=rule, at=now)
    enrolment = Enrolment.objects.select_related("course_version", "person").get(person__email=email, cycle=2)
    Demo(now, print)._walk(enrolment, now - timedelta(days=20), steps=len(enrolment.required) // 2)
    return enrolment


def steps_to_do(enrolment) -> dict[str, str]:
    """By kind of step the address of the first one that is not done."""
    from courses.models import StepCompletion

    done = {str(row.step_key) for row in StepCompletion.objects.filter(enrolment=enrolment)}
    first: dict[str, str] = {}
    for step in enrolment.course_version.steps:
        if step.key not in done:
            first.setdefault(step.kind, f"/learn/{enrolment.key}/{step.key}/")
    return first


def desk_card(enrolment) -> str:
    """The address of the first one in the course."""
    from courses.reports import shown_step

    for step in enrolment.course_version.steps:
        shown = shown_step(enrolment, UUID(step.key), enrolment.person.language)
        for block in shown.content["body"].get("blocks", []):
            if block["kind"] == "job_aid":
                return f"/learn/{enrolment.key}/{step.key}/card/{block['id']}/"
    raise SystemExit("no lesson has a desk card")


def time_over(email: str) -> str:
    """The address of a question that was not answered in time: somebody began the final quiz yesterday."""
    from assessments.quizzes import actions as quizzes
    from courses import actions as courses
    from courses.models import Enrolment
    from courses.reports import shown_step

    yesterday = datetime.now(UTC) - timedelta(days=1)
    enrolment = courses.start(enrolment=Enrolment.objects.get(person__email=email), at=yesterday)
    for step in enrolment.course_version.steps:
        version = shown_step(enrolment, UUID(step.key), enrolment.person.language).version
        if step.kind == "quiz" and version.content["body"]["rules"]["minutes"]:
            attempt = quizzes.start_attempt(enrolment=enrolment, version=version, at=yesterday)
            return f"/attempts/{attempt.key}/1/"
    raise SystemExit("no quiz has a time limit")


def all_on_one_page(email: str) -> str:
    """The address of a quiz that shows all its questions at once."""
    from assessments.quizzes import actions as quizzes
    from assessments.quizzes.rules.quiz import AFTER_HAND_IN
    from courses import actions as courses
    from courses.reports import shown_step
    from people.models import User

    person = User.objects.get(email=email)
    quiz = quiz_of_its_own("Na jednej stronie", "one-page", one_page=True, feedback=AFTER_HAND_IN)
    enrolment = courses.enrol(person=person, course_key=quiz.course().translation_key)
    version = shown_step(enrolment, quiz.translation_key, person.language).version
    return f"/attempts/{quizzes.start_attempt(enrolment=enrolment, version=version).key}/all/"


def open_to_guests() -> UUID:
    """The key of a quiz that anybody may take."""
    return quiz_of_its_own("Sprawdź się", "self-check", open_to_guests=True, required_of="nobody").translation_key


def quiz_of_its_own(title: str, code: str, **fields):
    """In a small course beside the real one."""
    from assessments.quizzes.models import QuizPage
    from lms.packs.launching import launch
    from lms.packs.starting import start_course
    from tools.own_words import write_over

    course = start_course(titles={"pl": title}, code=code, by=None)
    write_over(course)
    launch(course=course)
    quiz = QuizPage.objects.descendant_of(course).get()
    for name, value in fields.items():
        setattr(quiz, name, value)
    quiz.save()
    return quiz


def of_a_manager(browser: Browser) -> list[Measured]:
    paths = {
        "the team": "/team/?show=all",
        "the team by course": "/team/courses/",
        "its trainings as CSV": "/team/export/trainings/csv/?show=all",
        "its trainings as XLSX": "/team/export/trainings/xlsx/?show=all",
        "its courses as XLSX": "/team/export/courses/xlsx/",
    }
    return [
        Measured(name, browser, lambda path=path: ("GET", path, None), times_at_most=None)
        for name, path in paths.items()
    ]


def fill_team(lead) -> None:
    """So many people that the manager's list has pages."""
    from people.models import TeamLead, User
    from training import actions
    from training.models import Requirement

    team = TeamLead.objects.filter(person=lead).first().team
    rule, now = Requirement.objects.first(), datetime.now(UTC)
    for number in range(TEAM - User.objects.managed_by(lead).count()):
        name = {"first_name": "Ewa", "last_name": f"N{number}"}
        person = User.objects.create_user(email=f"team{number}@example.org", password=None, team=team, **name)
        actions.assign(requirement=rule, person=person, at=now - timedelta(days=number % 40))


def scene(browser: Browser, scenario: str) -> str:
    """Where the run stands; after an ending the next one begins."""
    return browser.post(f"{scenario}run/").location


def scenario_choice(browser: Browser, scenario: str) -> tuple[str, str, dict[str, str]]:
    """The first choice of the scene that stands."""
    form = browser.get(scene(browser, scenario)).form("choose/")
    button = next(part for part in form.iter("button") if part.get("name"))
    return "POST", form.get("action"), hidden(form) | {button.get("name"): button.get("value")}


def measure(measured: list[Measured]) -> None:
    visited = [one for one in measured if one not in [other.ending for other in measured]]
    for one in visited:
        for _ in range(5):
            one.visit()
    for one in measured:
        one.forget()
    for number in range(ROUNDS):
        for one in visited:
            one.visit()
        if sys.stdout.isatty():
            print(f"\rround {number + 1} of {ROUNDS}", end="", flush=True)


def certificate_renderings(email: str, browser: Browser) -> Measured:
    """What the worker does for each: claiming it, drawing in a child process, sealing, freezing."""
    from django.db import connection

    from certificates.tasks import render
    from people.models import User

    holder = User.objects.get(email=email)
    rendering = Measured("a certificate, in the worker", browser, dict, times_at_most=None, queries_at_most=None)
    for _ in range(RENDERINGS):
        serial, count = issued_to(holder), QueryCount()
        begin = time.perf_counter()
        with connection.execute_wrapper(count):
            told = render.call(serial)
        rendering.seconds.append(time.perf_counter() - begin)
        rendering.queries.append(count.queries)
        if told != "made":
            raise SystemExit(f"the certificate {serial} was not made: {told}")
    return rendering


def issued_to(holder) -> str:
    """The serial of one more certificate, of a course elsewhere."""
    from certificates import actions
    from certificates.rules import Facts

    today = date.today()
    facts = Facts("Pierwsza pomoc", "1", Decimal(2), today, today + timedelta(days=365), "pl")
    return actions.issue(completion_key=uuid4(), holder=holder, facts=facts).serial


def first_view(port: int, cookies: dict[str, str]) -> dict[str, int] | None:
    """Bytes on the wire of a first visit to /my/ with nothing cached, by kind of file, as Chromium counts them."""
    executable = chromium.find()
    if executable is None:
        return None
    from playwright.sync_api import sync_playwright

    sizes: dict[str, int] = {}
    kinds: dict[str, str] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        context = browser.new_context(locale="pl-PL", viewport={"width": 360, "height": 740})
        url = f"http://127.0.0.1:{port}"
        context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
        network.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}))
        network.send("Network.enable")
        page.goto(f"{url}/my/", wait_until="networkidle")
        browser.close()
    by_kind: dict[str, int] = {}
    for request, size in sizes.items():
        kind = kinds.get(request, "Other").lower()
        by_kind[kind] = by_kind.get(kind, 0) + int(size)
    return by_kind


# --- the report ----------------------------------------------------------------------------------------------------
def report(measured: list[Measured], rendering: Measured, view: dict[str, int] | None, answers: str) -> str:
    bare = measured[0]
    lines = [
        f"# Benchmark of {date.today().isoformat()}",
        "",
        f"`make bench`: {ROUNDS} rounds, one web process, SQLite, DEBUG off, the real course, the reader in Polish. "
        f"{machine()}",
        "",
        "| | median | p95 | × bare | × bare, computing | queries | size | bars |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for one in (one for one in measured if len(one.seconds) > 1):
        times = one.median / bare.median
        holds = one.holds and (one.times_at_most is None or times <= one.times_at_most)
        has_bar = one is not bare and (one.times_at_most or one.queries_at_most)
        verdict = bar(holds) if has_bar else ""
        computing = statistics.median(one.computed) / statistics.median(bare.computed)
        shown = f"{one.times} | {times:.1f} | {computing:.1f} | {one.shown_queries} | {one.shown_size}"
        lines.append(f"| {one.name} | {shown} | {verdict} |")
    lines.append(f"| {rendering.name} | {rendering.times} | | | {rendering.shown_queries} | | |")
    lines += ["", f"Bars: {QUERIES_AT_MOST} queries; a learner's screen {TIMES_AT_MOST} × the bare view."]
    lines += [
        "",
        "Queries: the usual number, in brackets the greatest, by which the bar is judged. A choice that ends "
        "a scenario finishes a step, with its evidence, and has no bar.",
        "",
        f"The reader has finished the course a year ago, holds its certificate, and is half way through it again. "
        f"Certificates: {len(rendering.seconds)}, each with all that the worker does for it.",
    ]
    lines += [
        "",
        "Computing is the web process's own: what else the machine does is not in it. Size: before compression.",
    ]
    lines += ["", f"The manager's team has {TEAM} people. Exports are read to their end."]
    lines += ["", answers]
    lines += ["", *first_view_lines(view)]
    return "\n".join(lines) + "\n"


def answers_at_once() -> str:
    """Needs PostgreSQL, and so a process of its own: this one is bound to its SQLite file."""
    env = os.environ | {"ROUNDS": "10"}
    env.pop("DJANGO_SETTINGS_MODULE", None)
    told = subprocess.run(
        [sys.executable, "tools/bench_answers.py"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, check=False
    )
    return told.stdout.strip() or "Saving answers of 8 clients at once: the measuring ended with an error."


def first_view_lines(view: dict[str, int] | None) -> list[str]:
    if view is None:
        return ["First view of /my/: not measured, there is no Chromium here."]
    parts = ", ".join(f"{kind} {size / 1000:.1f}" for kind, size in sorted(view.items(), key=lambda item: -item[1]))
    total = sum(view.values())
    return [
        f"Cold first view of /my/ in Polish, with fonts, as transferred: **{total / 1000:.1f} kB** ({parts}). "
        f"At most {BYTES_AT_MOST / 1000:.0f} kB: {bar(total <= BYTES_AT_MOST)}."
    ]


def bar(holds: bool) -> str:
    return "holds" if holds else DOES_NOT


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def machine() -> str:
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}."


def main(target: Path) -> None:
    port = free_port()
    answers = answers_at_once()
    with tempfile.TemporaryDirectory(prefix="ostoja-bench-") as folder:
        demo, env = make_demo(Path(folder), port)
        os.environ |= env | {"DJANGO_SETTINGS_MODULE": "lms.settings"}
        import django

        django.setup()
        from certificates.models import Certificate
        from people.models import User

        person = next(row for row in demo["people"] if row["role"] == "employee" and "runs out" in row["about"])
        newcomer = next(row for row in demo["people"] if "has not started" in row["about"])
        lead = next(row for row in demo["people"] if row["role"] == "manager")
        fill_team(User.objects.get(email=lead["email"]))
        with serve("tools.bench_app:application", port, env, "--threads", "1"):
            browser, late, manager = Browser(port), Browser(port), Browser(port)
            browser.log_in(person["email"], person["password"])
            manager.log_in(lead["email"], lead["password"])
            late.log_in(newcomer["email"], newcomer["password"])
            measured = [
                *of_an_employee(browser, person["email"]),
                *of_anybody(Browser(port), str(Certificate.objects.latest("pk").serial)),
                *of_a_latecomer(late, newcomer["email"]),
                *of_a_manager(manager),
            ]
            view = first_view(port, browser.cookies)
            measure(measured)
        text = report(measured, certificate_renderings(person["email"], browser), view, answers)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    print(f"\n{text}\n→ {target}")
    if DOES_NOT in text:
        raise SystemExit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
