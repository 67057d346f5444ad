"""The product in a browser, as people meet it: a real server, found by role and name like a reader would."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response, expect
from wagtail.models import Collection, Locale
from wagtail.models import Page as WagtailPage

from tests.browser.server import Site, running
from tests.cast import PASSWORD
from tests.conftest import PATIENCE

# What Chromium itself writes about an answer that a test asked for: a refused form, an unknown page, no network.
EXPECTED = re.compile(r"Failed to load resource: .*(404|409|410|422|ERR_INTERNET_DISCONNECTED)")

expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker takes all tests of the site, which is built once. First: xdist reads the groups in this hook too."""
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.browser)
        if "site" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("site"))


@pytest.fixture(scope="session")
def site(browser, tmp_path_factory) -> Iterator[Site]:
    """`browser` first: without Chromium nothing is built."""
    with running(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="session")
def cookies(browser, site) -> Callable[[str], list]:
    """Logs somebody in, once."""
    known: dict[str, list] = {}

    def of(who: str) -> list:
        if who not in known:
            context = browser.new_context(base_url=site.url, locale="en")
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto("/login/")
            log_in(page, site.people[who], {"email": "E-mail", "password": "Password", "go": "Log in"})
            known[who] = context.cookies()
            context.close()
        return known[who]

    return of


def log_in(page: Page, email: str, words: dict[str, str]) -> None:
    page.get_by_label(words["email"]).fill(email)
    page.get_by_label(words["password"]).fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name=words["go"], exact=True).click()


@pytest.fixture
def tab(browser, site, cookies) -> Iterator[Callable[..., Page]]:
    """tab("saver", width=360, javascript=False): a tab of somebody who is logged in, of nobody without a name.

    Afterwards the test fails where a page broke: script errors, violations of the CSP, missing files, answers 5xx.
    """
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    def opened(
        who: str = "", *, width: int = 1280, height: int = 900, javascript: bool = True, language: str = "en"
    ) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            reduced_motion="reduce",
            locale=language,
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        if who:
            context.add_cookies(cookies(who))
        page = context.new_page()
        page.on("console", lambda message: faults.extend(complaint(message)))
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("response", lambda response: faults.extend(broken(response)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


def complaint(message: ConsoleMessage) -> list[str]:
    if message.type != "error" or EXPECTED.match(message.text):
        return []
    return [f"{message.location.get('url')}: {message.text}"]


def broken(response: Response) -> list[str]:
    """A page may be refused (an unknown address) and so may a save (half an answer); a file may not be missing."""
    is_file = response.request.resource_type not in ("document", "fetch")
    return [f"{response.status} {response.url}"] if response.status >= (400 if is_file else 500) else []


@pytest.fixture
def ground(live_server) -> None:
    """What migrations leave and the flush after each test of a server takes away."""
    for code, _name in settings.LANGUAGES:
        Locale.objects.get_or_create(language_code=code)
    if not WagtailPage.objects.filter(depth=1).exists():
        WagtailPage.add_root(title="Root", slug="root", locale=Locale.get_default())
    if not Collection.objects.filter(depth=1).exists():
        Collection.add_root(name="Root")
    for app, codename in (("wagtailadmin", "access_admin"), ("wagtail_localize", "submit_translation")):
        kind, _made = ContentType.objects.get_or_create(
            app_label=app, model="admin" if app == "wagtailadmin" else "translationsource"
        )
        if not Permission.objects.filter(codename=codename).exists():
            Permission.objects.create(codename=codename, content_type=kind, name=codename)
