"""For the measuring tools: a demo of their own, served as in production, and a small browser without JavaScript."""

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from lxml import html

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(folder: Path, port: int) -> dict[str, str]:
    """As in production, on this port, with everything in this folder."""
    keys = {name: secrets.token_urlsafe(40) for name in ("SECRET_KEY", "EVIDENCE_KEY")}
    env = os.environ | keys | {"VAR_DIR": str(folder), "MEDIA_ROOT": str(folder / "media"), "LOG_LEVEL": "ERROR"}
    env |= {"DEBUG": "0", "DEMO": "0", "BASE_URL": f"http://127.0.0.1:{port}", "ALLOWED_HOSTS": "127.0.0.1"}
    for name in ("DATABASE_URL", "REDIS_URL"):
        env.pop(name, None)
    return env


def make_demo(folder: Path, port: int) -> tuple[dict, dict[str, str]]:
    """A demo in this folder: what demo.json says, and the environment that serves it with DEBUG off."""
    env = environment(folder, port)
    manage(env | {"DEBUG": "1", "DEMO": "1"}, "demo")
    manage(env, "collectstatic", "--noinput", "--verbosity", "0")
    return json.loads((folder / "demo.json").read_text()), env


def make_course(folder: Path, port: int) -> dict[str, str]:
    """The real course without anybody in it, and the environment that serves it."""
    env = environment(folder, port)
    fill_with_course(env)
    return env


def fill_with_course(env: dict[str, str]) -> None:
    """The same, wherever this environment keeps its data."""
    for command in (["migrate"], ["set_up_site"], ["import_course", "content/calm-clear-safe"]):
        manage(env, *command)
    manage(env, "collectstatic", "--noinput", "--verbosity", "0")


def manage(env: dict[str, str], *command: str) -> None:
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serve(app: str, port: int, env: dict[str, str], *options: str) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    patient = ["--timeout", "300", "--log-level", "error"]  # a busy machine takes long to begin
    server = subprocess.Popen([*command, *patient, *options], cwd=ROOT, env=env)
    try:
        wait_for(port, server)
        yield server
    finally:
        server.terminate()
        server.wait()


def wait_for(port: int, server: subprocess.Popen, patience: float = 300) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    said = "it takes too long" if server.poll() is None else f"it ended with {server.returncode}"
    raise SystemExit(f"the server did not start: {said}")


@dataclass
class QueryCount:
    """As a connection's execute_wrapper: what was asked while it stood there, without BEGIN and COMMIT."""

    queries: int = 0

    def __call__(self, execute, sql, params, many, context):
        self.queries += 1
        return execute(sql, params, many, context)


def children_of(pid: int) -> list[int]:
    """Processes that this one started (Linux)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@dataclass
class Page:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def location(self) -> str:
        return urlsplit(self.headers["Location"]).path

    @property
    def queries(self) -> int:
        return int(self.headers["X-Queries"])

    @property
    def computed(self) -> float:
        """Seconds of the web process's own computing."""
        return float(self.headers["X-Computed"])

    def form(self, action_ends_with: str):
        """The form that posts there, as lxml reads it."""
        forms = html.fromstring(self.body).forms
        return next(form for form in forms if form.get("action", "").endswith(action_ends_with))


def hidden(form) -> dict[str, str]:
    return {part.get("name"): part.get("value") for part in form.inputs if part.get("type") == "hidden"}


@dataclass
class Browser:
    """Keeps cookies and one connection; follows nothing by itself."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> Page:
        return self.request("GET", path)

    def post(self, path: str, form: dict[str, str] | None = None) -> Page:
        """With the token a page would have carried."""
        return self.request("POST", path, {"csrfmiddlewaretoken": self.cookies.get("csrf", ""), **(form or {})})

    def request(self, method: str, path: str, form: dict[str, str] | None = None) -> Page:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers["Accept-Language"] = "pl"
        body = urlencode(form) if form is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        page = Page(response.status, response.headers, response.read())
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return page

    def log_in(self, email: str, password: str) -> None:
        form = hidden(self.get("/login/").form(""))
        page = self.post("/login/", {**form, "username": email, "password": password})
        if page.status != 302:
            raise SystemExit(f"{email} could not log in: {page.status}")

    def question_with_options(self, attempt: str) -> tuple[str, dict[str, str]]:
        """The address of a question that is answered by choosing one option, and the form that answers it."""
        for number in range(1, 50):
            form = self.get(f"{attempt}{number}/").form("answer/")
            options = [part for part in form.inputs if part.get("type") == "radio"]
            if options:
                return f"{attempt}{number}/", hidden(form) | {options[0].get("name"): options[0].get("value")}
        raise SystemExit("no question with options among fifty")
