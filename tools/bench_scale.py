"""What a large organisation costs, on PostgreSQL, beside a bare Django view measured in the same run.

    BENCH_POSTGRES=postgres://user@host:port/postgres make bench-scale      (writes docs/measurements/scale-<date>.md)

For each of SIZES (people; a team for every fifty) it makes a database `scale_<people>` there with `make_organisation`,
serves it as in production with one web process, measures, and drops it. KEEP=1 leaves it and takes one that was left.
What is asked of managers' pages comes first, then `training_day`, since that changes what they show.
"""

import http.client
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.serving import Browser, children_of, environment, free_port, manage, serve  # noqa: E402

SIZES = [int(size) for size in os.environ.get("SIZES", "1000,10000,100000").split(",")]
ROUNDS = int(os.environ.get("ROUNDS", "30"))
PAGES_OF_ALL = 5  # rounds of what takes a second
KEEP = bool(os.environ.get("KEEP"))
A_TEAM = 50  # people
DEPARTMENT, EXPORTED = 300, 10_000
PASSWORD = "measured-and-dropped-again"
LARGEST = max(SIZES)
# name of a figure: what it is, the bar, in which of the sizes it holds (None: all). Seconds and megabytes.
BARS = {
    "team of 300": 0.150,
    "team of all": 1.0,
    "trainings as CSV": 5.0,
    "courses as CSV": 5.0,
    "memory of CSV": 200,
    "training_day": 60.0,
}


@dataclass(frozen=True)
class Who:
    email: str
    people: int


# --- one size, in a process of its own -------------------------------------------------------------------------------
def measure(env: dict[str, str], monday: datetime) -> dict[str, float]:
    from training.models import Assignment

    figures: dict[str, float] = {"assignments": Assignment.objects.count()}
    head, department = lead_of_all(), lead_of(DEPARTMENT)
    figures |= {"people of the department": department.people, "people of all": head.people}
    with served("tools.bench_app:application", env) as (port, _worker):
        small, large = Browser(port), Browser(port)
        small.log_in(department.email, PASSWORD)
        large.log_in(head.email, PASSWORD)
        figures |= pages(small, "of 300", ROUNDS) | pages(large, "of all", PAGES_OF_ALL)
    exporter = head if head.people <= EXPORTED else lead_of_about(EXPORTED)
    figures["people exported"] = exporter.people
    for name, path in EXPORTS.items():
        figures |= exported(env, exporter.email, name, path)
    for name in ("training_day", "training_day again"):
        figures |= a_day(env, monday, name)
    return figures


EXPORTS = {
    "trainings as CSV": "/team/export/trainings/csv/?show=all",
    "courses as CSV": "/team/export/courses/csv/",
    "trainings as XLSX": "/team/export/trainings/xlsx/?show=all",
    "courses as XLSX": "/team/export/courses/xlsx/",
}
PAGES = {
    "bare": "/bare/",
    "team": "/team/",
    "everybody": "/team/?show=all",
    "by course": "/team/courses/",
    "forecast": "/team/forecast/",
}


def pages(browser: Browser, whose: str, rounds: int) -> dict[str, float]:
    """In turns, so that whatever else the machine does slows everything alike."""
    seconds: dict[str, list[float]] = {name: [] for name in PAGES}
    queries: dict[str, int] = {}
    for number in range(-1, rounds):
        for name, path in PAGES.items():
            begin = time.perf_counter()
            page = browser.get(path)
            took = time.perf_counter() - begin
            if page.status != 200:
                raise SystemExit(f"{path} was answered {page.status}")
            queries[name] = page.queries
            if number >= 0:
                seconds[name].append(took)
    figures = {f"{name} {whose}": statistics.median(found) for name, found in seconds.items()}
    return figures | {f"queries: {name} {whose}": count for name, count in queries.items()}


def exported(env: dict[str, str], email: str, name: str, path: str) -> dict[str, float]:
    """By a server of its own: what it has held in memory at most is this export's."""
    with served("lms.wsgi:application", env) as (port, worker):
        browser = Browser(port)
        browser.log_in(email, PASSWORD)
        browser.get("/my/")
        before = most_memory(worker)
        begin = time.perf_counter()
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        link.request("GET", path, headers={"Cookie": cookies, "Accept-Language": "pl"})
        response = link.getresponse()
        size = len(response.read(1))
        first = time.perf_counter() - begin
        while part := response.read(65536):
            size += len(part)
        took = time.perf_counter() - begin
        if response.status != 200:
            raise SystemExit(f"{path} was answered {response.status}")
        return {
            name: took,
            f"first byte of {name}": first,
            f"memory of {name}": most_memory(worker),
            f"memory before {name}": before,
            f"bytes of {name}": size,
        }


@contextmanager
def served(app: str, env: dict[str, str]) -> Iterator[tuple[int, int]]:
    """(port, number of the process that answers)"""
    port = free_port()
    with serve(app, port, env | {"BASE_URL": f"http://127.0.0.1:{port}"}, "--threads", "1") as server:
        yield port, children_of(server.pid)[0]


def most_memory(pid: int) -> float:
    """Megabytes (Linux)."""
    told = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in told if line.startswith("VmHWM")).split()[1]) / 1024


def a_day(env: dict[str, str], at: datetime, name: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--day", at.isoformat()]
    told = subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout
    found = json.loads(told.splitlines()[-1])
    return {name if key == "seconds" else f"{name}: {key}": value for key, value in found.items()}


def live_a_day(at: datetime) -> dict[str, float]:
    from training.actions.day import training_day

    begin, last = time.perf_counter(), time.perf_counter()
    did: dict[str, float] = {}
    spent: dict[str, float] = {}
    for done in training_day(at=at):
        now = time.perf_counter()
        did[done.what] = did.get(done.what, 0) + done.count
        spent[done.what] = spent.get(done.what, 0) + now - last
        last = now
    figures = {"seconds": time.perf_counter() - begin, **did}
    figures |= {f"seconds of {what}": seconds for what, seconds in spent.items()}
    return figures | {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


# --- who asks --------------------------------------------------------------------------------------------------------
def lead_of_all() -> Who:
    from people.models import User

    return _enter(User.objects.get(leads__team__depth=1))


def lead_of(count: int) -> Who:
    """Who leads one team that with all below it has about so many people."""
    from people.models import User

    path = min(_sizes().items(), key=lambda item: (abs(item[1] - count), item[0]))[0]
    return _enter(User.objects.filter(leads__team__path=path).first())


def lead_of_about(count: int) -> Who:
    """Somebody who leads as many teams as it takes."""
    from django.utils import timezone

    from people.models import Team, TeamLead, User

    taken: list[str] = []
    left = count
    for path, people in sorted(_sizes().items(), key=lambda item: (-item[1], item[0])):
        if people <= left and not any(path.startswith(one) or one.startswith(path) for one in taken):
            taken.append(path)
            left -= people
    person = User.objects.filter(leads__team__path=taken[0]).first()
    for team in Team.objects.filter(path__in=taken):
        TeamLead.objects.get_or_create(team=team, person=person, defaults={"starts_on": timezone.localdate()})
    return _enter(person)


def _sizes() -> dict[str, int]:
    """{path of a team: people in it and below}"""
    from django.db.models import Count

    from people.models import Team, User

    here = dict(User.objects.filter(is_active=True).values_list("team__path").annotate(count=Count("pk")))
    sizes: dict[str, int] = {}
    for path, count in here.items():
        for end in range(Team.steplen, len(path or "") + 1, Team.steplen):
            sizes[path[:end]] = sizes.get(path[:end], 0) + count
    return sizes


def _enter(person) -> Who:
    from people.models import User

    person.set_password(PASSWORD)
    person.save(update_fields=["password"])
    return Who(person.email, User.objects.managed_by(person).filter(is_active=True).count())


# --- the report ------------------------------------------------------------------------------------------------------
def report(found: dict[int, dict[str, float]], server: str) -> str:
    sizes = list(found)
    lines = [
        f"# Scale, {date.today().isoformat()}",
        "",
        f"`make bench-scale`: {ROUNDS} rounds, one web process, DEBUG off, the reader in Polish. Python "
        f"{platform.python_version()}, {server}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}.",
        "",
        table_head(sizes),
    ]

    def row(what: str, cell: Callable[[dict[str, float]], str], bar: str = "") -> None:
        lines.append(f"| {what} | {' | '.join(cell(found[size]) for size in sizes)} | {bar} |")

    def seconds(what: str, name: str) -> None:
        row(what, lambda figures: timed(figures, name), bar_of(found[sizes[-1]], name))

    row("assignments", lambda figures: f"{figures['assignments']:,.0f}")
    seconds("bare Django view", "bare of 300")
    row("**a manager's people**", lambda figures: f"{figures['people of the department']:.0f}")
    seconds("team", "team of 300")
    row("× bare", lambda figures: f"{figures['team of 300'] / figures['bare of 300']:.0f}")
    for what, name in (("team, all trainings", "everybody"), ("people by course", "by course"), ("forecast",) * 2):
        seconds(what, f"{name} of 300")
    row("**the head's people**", lambda figures: f"{figures['people of all']:,.0f}")
    for what, name in (
        ("team", "team"),
        ("team, all trainings", "everybody"),
        ("people by course", "by course"),
        ("forecast", "forecast"),
    ):
        seconds(what, f"{name} of all")
    row("**people exported, × 10 courses**", lambda figures: f"{figures['people exported']:,.0f}")
    for name in EXPORTS:
        seconds(name, name)
        row("first byte, memory", lambda figures, name=name: memory(figures, name))
    row("**training_day**, the Monday after", lambda figures: did(figures, "training_day"))
    seconds("it takes", "training_day")
    row("of that", lambda figures: spent(figures, "training_day"))
    row("memory", lambda figures: f"{figures['training_day: memory']:.0f} MB")
    seconds("the same again", "training_day again")
    row("which does", lambda figures: did(figures, "training_day again"))
    queries = {
        name: {figures[f"queries: {name} {whose}"] for figures in found.values() for whose in ("of 300", "of all")}
        for name in PAGES
    }
    counted = "; ".join(
        f"{name} {', '.join(f'{count:.0f}' for count in sorted(counts))}" for name, counts in queries.items()
    )
    lines += ["", f"Queries, of any size of team and company: {counted}."]
    return "\n".join(lines) + "\n"


def table_head(sizes: list[int]) -> str:
    names = " | ".join(f"{size:,} people" for size in sizes)
    return f"| | {names} | bar |\n|---|{'---:|' * len(sizes)}---|"


def timed(figures: dict[str, float], name: str) -> str:
    took = figures[name]
    return f"{took * 1000:.0f} ms" if took < 2 else f"{took:.1f} s"


def memory(figures: dict[str, float], name: str) -> str:
    size = figures[f"bytes of {name}"] / 1e6
    return f"{figures[f'first byte of {name}']:.1f} s, {figures[f'memory of {name}']:.0f} MB for {size:.1f} MB"


def did(figures: dict[str, float], name: str) -> str:
    what = ("assigned", "released", "cycles opened", "mails")
    return ", ".join(f"{figures.get(f'{name}: {one}', 0):,.0f} {one}" for one in what)


def spent(figures: dict[str, float], name: str) -> str:
    begin = f"{name}: seconds of "
    return ", ".join(
        f"{key.removeprefix(begin)} {value:.1f} s"
        for key, value in figures.items()
        if key.startswith(begin) and value >= 0.05
    )


def bar_of(figures: dict[str, float], name: str) -> str:
    """In the largest organisation."""
    if name not in BARS:
        return ""
    said = [f"{timed({name: BARS[name]}, name)}: {verdict(figures[name] <= BARS[name])}"]
    if name.endswith("CSV"):
        said.append(f"{BARS['memory of CSV']} MB: {verdict(figures[f'memory of {name}'] <= BARS['memory of CSV'])}")
    return "; ".join(said)


def verdict(holds: bool) -> str:
    return "holds" if holds else "**does not hold**"


# --- databases -------------------------------------------------------------------------------------------------------
def of_size(link: psycopg.Connection, server: str, folder: Path, size: int) -> dict[str, float]:
    name = f"scale_{size}"
    is_there = link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not (KEEP and is_there):
        link.execute(f"CREATE DATABASE {name}")  # one that is there already is somebody else's: an error
    env = environment(folder, free_port()) | {"DATABASE_URL": urlsplit(server)._replace(path=f"/{name}").geturl()}
    friday = datetime.combine(last_friday(), datetime.min.time(), UTC).replace(hour=10)
    try:
        if not (KEEP and is_there):
            begin = time.monotonic()
            size_of = ["--people", str(size), "--teams", str(max(6, size // A_TEAM)), "--now", friday.isoformat()]
            command = [sys.executable, "manage.py", "make_organisation", *size_of]
            subprocess.run(command, cwd=ROOT, env=env | {"DEBUG": "1"}, check=True)
            print(f"{size:,} people made in {time.monotonic() - begin:.0f} s", flush=True)
        told = folder / "figures.json"
        monday = friday + timedelta(days=2, hours=21, minutes=30)
        command = [sys.executable, __file__, "--one", monday.isoformat(), str(told)]
        subprocess.run(command, cwd=ROOT, env=env, check=True)
        return json.loads(told.read_text())
    finally:
        if not KEEP:
            link.execute(f"DROP DATABASE {name} WITH (FORCE)")


def last_friday() -> date:
    today = datetime.now(UTC).date()
    return today - timedelta(days=(today.weekday() - 4) % 7 or 7)


def set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "lms.settings"
    import django

    django.setup()


def main(target: Path) -> None:
    server = os.environ["BENCH_POSTGRES"]
    found: dict[int, dict[str, float]] = {}
    with (
        psycopg.connect(server, autocommit=True) as link,
        tempfile.TemporaryDirectory(prefix="ostoja-scale-") as folder,
    ):
        version = f"PostgreSQL {link.info.server_version // 10000}"
        env = environment(Path(folder), free_port()) | {"DATABASE_URL": server}
        manage(env, "collectstatic", "--noinput", "--verbosity", "0")
        for size in SIZES:
            found[size] = of_size(link, server, Path(folder), size)
            text = report(found, version)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    print(f"\n{text}\n→ {target}")


if __name__ == "__main__":
    if sys.argv[1] == "--day":
        set_up()
        print(json.dumps(live_a_day(datetime.fromisoformat(sys.argv[2]))))
    elif sys.argv[1] == "--one":
        set_up()
        Path(sys.argv[3]).write_text(json.dumps(measure(dict(os.environ), datetime.fromisoformat(sys.argv[2]))))
    else:
        main(Path(sys.argv[1]))
