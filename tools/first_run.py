"""From an empty folder to the first page, as whoever tries Ostoja goes: a file to write the times to.

Clones this repository, runs `make demo` there, opens the login page and logs in with what demo.json says; then once
more as it is, and once more from the beginning. Nothing of this checkout is used but its commits, so commit first, and
nothing but Python's own library. The packages come from wherever pip gets them.
"""

import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 900  # seconds
BAR = 180  # seconds from the clone to the first page


def main(report: Path) -> None:
    port = free_port()
    with tempfile.TemporaryDirectory() as scratch:
        began = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), scratch], check=True)
        with demo(Path(scratch), port):
            first = time.monotonic() - began
            people = told(Path(scratch))
            log_in(port, people[0])
        again = timed(Path(scratch), port)
        assert told(Path(scratch)) == people, "a second run has changed who is there"
        anew = timed(Path(scratch), port, "RESET=1")
        assert {row["password"] for row in told(Path(scratch))}.isdisjoint(row["password"] for row in people)
    report.write_text(words(first, again, anew, len(people)), encoding="utf-8")
    print(f"→ {report}")


def timed(folder: Path, port: int, *arguments: str) -> float:
    began = time.monotonic()
    with demo(folder, port, *arguments):
        took = time.monotonic() - began
        log_in(port, told(folder)[0])
        return took


@contextmanager
def demo(folder: Path, port: int, *arguments: str) -> Iterator[None]:
    """`make demo` until its login page answers, and ended as by Ctrl-C."""
    others = ("DATABASE_URL", "REDIS_URL", "VAR_DIR", "MAKEFLAGS", "MAKELEVEL")
    clean = {name: value for name, value in os.environ.items() if name not in others}
    command = ["make", "demo", f"PORT={port}", *arguments]
    running = subprocess.Popen(command, cwd=folder, env=clean, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE
        while not answers(port):
            assert running.poll() is None, f"make demo ended with {running.returncode}"
            assert time.monotonic() < deadline, f"no page within {PATIENCE} seconds"
            time.sleep(0.1)
        yield
    finally:
        os.killpg(running.pid, signal.SIGINT)
        running.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    try:
        return browser().open(f"http://127.0.0.1:{port}/login/", timeout=5).status == 200
    except (URLError, OSError):
        return False


def browser() -> OpenerDirector:
    return build_opener(HTTPCookieProcessor(CookieJar()))


def told(folder: Path) -> list[dict[str, str]]:
    people: list[dict[str, str]] = json.loads((folder / "var" / "demo.json").read_text())["people"]
    return people


def log_in(port: int, person: dict[str, str]) -> None:
    visit, address = browser(), f"http://127.0.0.1:{port}/login/"
    page = visit.open(address).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token, "the login page has no form"
    sent = {"csrfmiddlewaretoken": token[1], "username": person["email"], "password": person["password"]}
    answer = visit.open(address, urlencode(sent).encode())
    assert answer.url.endswith("/my/"), f"{person['email']} came to {answer.url}"


def words(first: float, again: float, anew: float, people: int) -> str:
    verdict = "holds" if first < BAR else "**does not hold**"
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    return f"""# First run of {datetime.now(UTC):%Y-%m-%d}

`make first-run`: a clone into an empty folder, then `make demo` until the login page answers; whoever stands first of
the {people} people in demo.json logs in. {machine}.

| | seconds | bar |
|---|---:|---|
| clone, install, migrate, import, history, first page | {first:.0f} | under {BAR}: {verdict} |
| `make demo` again: the same people and passwords | {again:.0f} | |
| `make demo RESET=1`: everything anew, other passwords | {anew:.0f} | |
"""


if __name__ == "__main__":
    main(Path(sys.argv[1]))
