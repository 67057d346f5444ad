"""A server of its own for the browser tests: web and worker, a database, files. Nothing of it is shared with Django in
the process of the tests, which therefore never touches its rows."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg

HOUSE = Path(__file__).resolve().parents[2]
TO_START = 120.0  # seconds
TO_END = 30.0
OWN_REDIS = "/15"  # the tests in this process empty theirs
PACKAGES = ("lms", "courses", "assessments", "training", "certificates", "evidence", "people")


@dataclass(frozen=True)
class Site:
    url: str
    people: dict[str, str]  # who → e-mail
    pages: dict[str, tuple[str, str]]  # what → who opens it, address


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    kept = kept_port()
    port = kept.getsockname()[1]
    env = os.environ | {"DEBUG": "1", "DEMO": "0", "VAR_DIR": str(folder), "PORT": str(port), "LOG_LEVEL": "WARNING"}
    if redis := env.get("REDIS_URL"):
        env["REDIS_URL"] = urlsplit(redis)._replace(path=OWN_REDIS).geturl()
    with kept, database(env, folder), (folder / "server.log").open("w") as log:
        told = json.loads((folder / "stage.json").read_text())
        command = [sys.executable, "manage.py", "serve_demo", "--as-it-is", "--port", str(port)]
        server = subprocess.Popen(command, cwd=HOUSE, env=env, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until_it_answers(url, server, log.name)
            yield Site(url, told["people"], {what: tuple(page) for what, page in told["pages"].items()})
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(TO_END)


@contextmanager
def database(env: dict[str, str], folder: Path) -> Iterator[None]:
    """With the course and the people in it, as DATABASE_URL of env."""
    given = env.pop("DATABASE_URL", "")
    if not given.startswith(("postgres", "pgsql", "psql")):
        shutil.copyfile(with_course(env), folder / "ostoja.sqlite3")
        play("Stage().build()", env)
        yield
        return
    address = urlsplit(given)._replace(scheme="postgresql")
    name = f"{address.path.strip('/')}_browser"
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    with psycopg.connect(address._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(f'CREATE DATABASE "{name}"')
        env["DATABASE_URL"] = address._replace(path=f"/{name}").geturl()
        try:
            play("import_course(), Stage().build()", env)
            yield
        finally:
            connection.execute(drop)


def with_course(env: dict[str, str]) -> Path:
    """A SQLite file that holds the course. Made anew when the content or our code changed: it takes a minute."""
    sources = [file for package in PACKAGES for file in (HOUSE / package).rglob("*.py")]
    sources += [file for file in (HOUSE / "content").rglob("*") if file.is_file()]
    sources += [HOUSE / "requirements.txt"]
    fingerprint = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(sources))).hexdigest()
    made = HOUSE / "var" / f"course-{fingerprint[:16]}.sqlite3"
    made.parent.mkdir(exist_ok=True)
    with (made.parent / "course.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for earlier in made.parent.glob("course-*.sqlite3*"):
                earlier.unlink()
            unfinished = made.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            play("import_course()", env | {"DATABASE_URL": f"sqlite:///{unfinished}"})
            unfinished.rename(made)
    return made


def play(what: str, env: dict[str, str]) -> None:
    """Run something of stage.py on the server's database."""
    code = f"from tests.browser.stage import Stage, import_course; {what}"
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    done = subprocess.run(command, cwd=HOUSE, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def kept_port() -> socket.socket:
    """Bound, so that nobody is given that port before the server has it, which may: both say that they would share."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    return kept


def wait_until_it_answers(url: str, server: subprocess.Popen, log: str) -> None:
    deadline = time.monotonic() + TO_START
    while time.monotonic() < deadline:
        assert server.poll() is None, f"The server ended: {Path(log).read_text()}"
        try:
            urlopen(f"{url}/healthz", timeout=10).close()
            return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"The server did not answer within {TO_START:.0f} seconds: {Path(log).read_text()}")
