"""What every test may ask for, and what keeps tests apart from each other. The cast itself is in tests/cast.py."""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.template import engines
from django.template.base import Node
from django.test import Client, TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from playwright.sync_api import Browser, Page, sync_playwright

from assessments.scenarios.rules import checker
from certificates import limited
from courses import reports, versions
from people.models import User
from tests import remembered
from tests.cast import EVER_SINCE, PASSWORD, hire, make_teams, person  # noqa: F401  tests import them from here
from tools import chromium

HOUSE = Path(__file__).resolve().parent.parent
PATIENCE = 90_000  # milliseconds for what a browser waits for: the machine may be busy


# --- which tests run -------------------------------------------------------------------------------------------------
def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="for a second database: leave out what needs none")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return
    chosen = {item: asks_the_database(item) for item in items}
    config.hook.pytest_deselected(items=[item for item in items if not chosen[item]])
    items[:] = [item for item in items if chosen[item]]


def asks_the_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("any_database"):
        return False
    asking = {"db", "transactional_db", "django_db_setup", "site"} & set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or asking)


# --- the cast ------------------------------------------------------------------------------------------------------
@pytest.fixture
def teams(db) -> SimpleNamespace:
    return make_teams()


@pytest.fixture
def ana(teams) -> User:
    """An employee of the front desk."""
    return hire("ana", teams)


@pytest.fixture
def marek(teams) -> User:
    """Ana's manager: leads the team above hers."""
    return hire("marek", teams)


@pytest.fixture
def obcy(teams) -> User:
    """A stranger: an employee of another branch."""
    return hire("obcy", teams)


@pytest.fixture
def irena(teams) -> User:
    """A manager, but of the other branch."""
    return hire("irena", teams)


@pytest.fixture
def ela(teams) -> User:
    """L&D editor: writes drafts."""
    return hire("ela", teams)


@pytest.fixture
def publisher(teams) -> User:
    return hire("publisher", teams)


@pytest.fixture
def auditor(teams) -> User:
    return hire("auditor", teams)


@pytest.fixture
def admin(teams) -> User:
    return hire("admin", teams)


@pytest.fixture
def client_for() -> Callable[[User | None], Client]:
    """client_for(ana): a logged-in client; client_for(None): nobody's."""

    def client(user: User | None) -> Client:
        made = Client()
        if user is not None:
            made.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return made

    return client


# --- keeping tests apart -------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """SQLite tests run on a file with WAL, as production does: a database in memory would share one connection."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = f"{settings.VAR_DIR}/test.sqlite3"
        connection.settings_dict["OPTIONS"]["timeout"] = PATIENCE / 1000  # of fifty at once the last waits for all


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings) -> bool:
    """On SQLite a copy of a database with all migrations run: they take longer than most test runs."""
    if connection.vendor != "sqlite":
        return False
    shutil.copyfile(migrated(), connection.settings_dict["TEST"]["NAME"])
    return True


def migrated() -> Path:
    """Made anew when a migration or a dependency changed, by one process while the others wait."""
    sources = [*HOUSE.glob("*/migrations/*.py"), *HOUSE.glob("*/*/migrations/*.py")]
    sources += [HOUSE / "evidence" / "triggers.py", HOUSE / "training" / "triggers.py", HOUSE / "requirements.txt"]
    fingerprint = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(sources))).hexdigest()
    made = HOUSE / "var" / f"migrated-{fingerprint[:16]}.sqlite3"
    made.parent.mkdir(exist_ok=True)
    with (made.parent / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            unfinished = made.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            env = os.environ | {"DATABASE_URL": f"sqlite:///{unfinished}"}
            subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=HOUSE, env=env, check=True)
            unfinished.rename(made)
    return made


@pytest.fixture(scope="session", autouse=True)
def flush_lifts_append_only_triggers():
    """The one place where the triggers of append-only tables are lifted.

    A transactional test (live server, threads) cannot be rolled back: Django empties every table after it, and the
    triggers that protect evidence refuse exactly that.
    """
    flush = TransactionTestCase._fixture_teardown

    def flush_with_triggers_lifted(self):
        from evidence import triggers

        with triggers.lifted():
            flush(self)
        remembered.forget()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_with_triggers_lifted)
        yield


@pytest.fixture(scope="session", autouse=True)
def patience():
    """Drawing takes a second of computing; on a machine busy with other tests that may be many seconds of waiting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limited, "WALL_SECONDS", 120)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Playwright leaves its loop marked as running in this thread between its calls; only tests with a browser want
    that. To others, run by the same worker afterwards, asyncio.run() would be refused, and Django would hold a second
    connection. Around a test's whole protocol: a fixture would come after the one that opens the transaction."""
    running = asyncio._get_running_loop()
    if running is None or "browser" in getattr(item, "fixturenames", ()):
        return (yield)
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(running)


@pytest.fixture(autouse=True)
def fresh_surroundings(settings, tmp_path):
    """What a test leaves outside the database: cached values and the evidence head."""
    settings.EVIDENCE_HEAD = tmp_path / "evidence-head.json"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; no test is about strength
    forget()
    remembered.open_journal()
    yield
    remembered.close_journal()
    translation.deactivate()
    timezone.deactivate()
    forget()  # a fixture of a module is built between two tests: rows rolled back here may leave it their numbers


# As they were loaded: a test may have put something else in their place, and that is still there at its end.
KEPT = (checker.proved.cache_clear, reports.names_facts.cache_clear, versions.forget)


def forget() -> None:
    """Whatever this process keeps of rows."""
    cache.clear()
    for forget_it in KEPT:
        forget_it()


# --- what tests ask for --------------------------------------------------------------------------------------------
@pytest.fixture
def assert_queries_at_most() -> Callable:
    """`with assert_queries_at_most(12): …` shows the queries when there were more."""

    @contextmanager
    def at_most(limit: int) -> Iterator[CaptureQueriesContext]:
        with CaptureQueriesContext(connection) as queries:
            yield queries
        listing = "\n".join(f"{n:3} {query['sql'][:300]}" for n, query in enumerate(queries, 1))
        assert len(queries) <= limit, f"{len(queries)} queries, at most {limit} allowed:\n{listing}"

    return at_most


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """tool("pdfsig"): its path. Without it the test is skipped; with REQUIRE_TOOLS=1 it fails."""

    def path(name: str) -> str:
        return shutil.which(name) or missing(f"{name} is not installed", required="REQUIRE_TOOLS")

    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all tests of a process; without one the test is skipped, with REQUIRE_BROWSER=1 it fails."""
    executable = chromium.find() or missing("no Chromium (make test says why)", required="REQUIRE_BROWSER")
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        launched = playwright.chromium.launch(executable_path=executable, args=sandbox)
        yield launched
        launched.close()


@pytest.fixture
def page_for(browser, live_server, client_for) -> Iterator[Callable[..., Page]]:
    """page_for(ana, width=360, dark=True, javascript=False): a logged-in tab; goto("/my/") is on the live server."""
    contexts = []

    def page(
        user: User | None, *, width: int = 1280, height: int = 800, dark: bool = False, javascript: bool = True
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        for cookie in client_for(user).cookies.values():
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        return context.new_page()

    yield page
    for context in contexts:
        context.close()
    wait_for_the_last_requests()


def wait_for_the_last_requests() -> None:
    """What a page had sent when it was closed, a save perhaps, is answered before the tables are emptied: its rows
    would collide with that, or stay for the next test."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:  # as socketserver calls them
            thread.join(PATIENCE / 1000)


def missing(what: str, *, required: str) -> NoReturn:
    (pytest.fail if os.environ.get(required) == "1" else pytest.skip)(what)


# --- templates: an undefined variable is a mistake, not an empty string --------------------------------------------
class UndefinedVariable(AssertionError):
    pass


class Undefined:
    """Stands in Django's `string_if_invalid`: raises for our own templates, stays silent for Wagtail's and Django's."""

    def __contains__(self, text: str) -> bool:
        return text == "%s"

    def __mod__(self, variable: object) -> str:
        template = self._template()
        if template.startswith(str(HOUSE / "templates")):
            raise UndefinedVariable(f"{template}: {variable} is not defined") from None
        return ""

    @staticmethod
    def _template() -> str:
        """The file of the node that is being rendered: the nearest one up the stack."""
        frame = sys._getframe(2)
        while frame:
            node = frame.f_locals.get("self")
            if isinstance(node, Node) and getattr(node, "origin", None):
                return node.origin.name
            frame = frame.f_back
        return ""


@pytest.fixture(autouse=True)
def undefined_template_variables_fail():
    """For each test: one that sets DEBUG makes Django build its engines anew, for all that come after it."""
    engines["django"].engine.string_if_invalid = Undefined()


# --- a small course (tests/lessons.py) -----------------------------------------------------------------------------
@pytest.fixture
def tree(db) -> SimpleNamespace:
    from tests import lessons

    return lessons.plant()


@pytest.fixture
def enrolment(tree, ana):
    from courses import actions

    return actions.enrol(person=ana, course_key=tree.course_key)
