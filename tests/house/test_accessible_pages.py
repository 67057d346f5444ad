"""axe-core finds nothing on any page of the product that is not the CMS: what access.txt says somebody may read, what
it says is answered where a form was sent empty, and the pages that no address leads to.

No server: the pages come from Django's test client and are shown in Chromium as they are. Those of the real course,
with their scripts, are in tests/browser/test_axe.py.
"""

import mimetypes
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.contrib.staticfiles import finders
from django.db import transaction
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from assessments.quizzes import actions as quizzes
from assessments.quizzes.models import QuizAttempt
from courses import versions
from tests.browser.test_axe import findings
from tests.house.access import ROLES, declared
from tests.house.urls import all_urls
from tests.house.world import World, build
from tests.quizzes.factories import enrolled, quiz_version, right_fields
from tests.quizzes.test_leaks import KINDS
from training.models import ManagerRights

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.any_database,
    pytest.mark.browser,
    pytest.mark.xdist_group("axe at home"),
]
HOST = "http://testserver"
ERRORS = ("400.html", "403.html", "404.html", "500.html")
SHOWN = {"GET": {"ok", "invalid"}, "POST": {"invalid"}}
NOT_OURS = {"wagtailcore_login"}  # Wagtail's own, for pages with a restriction of their own, which a course never has
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


def is_cms(name: str) -> bool:
    return next(url.is_cms for url in all_urls() if url.name == name)


def declared_pages(world: World) -> dict[str, str]:
    """{what: html} of each address, for the first role that is shown something there."""
    pages = {}
    for row in declared():
        role = next((role for role in ROLES if row.outcomes[role] in SHOWN[row.verb]), None)
        if role is None or is_cms(row.url) or row.url in NOT_OURS:
            continue
        client = Client(headers={"accept-language": "en"}, raise_request_exception=False)
        client.cookies.load(world.cookies[role])
        with transaction.atomic():
            response = client.generic(row.verb, world.path(row.url, row.variant))
            transaction.set_rollback(True)
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming and response.content:
            pages[f"{row.verb} {row.label} ({role})"] = response.content.decode()
    return pages


def quiz_pages(ana, client: Client) -> dict[str, str]:
    """A question of each type, alone and all on one page; and when the time has run out."""
    pages = {}
    for fields in (
        {"kinds": KINDS},
        {"kinds": KINDS, "one_page": True},
        {"kinds": KINDS[:1], "time_limit_minutes": 30},
    ):
        with transaction.atomic():
            enrolment = enrolled(ana, **fields)
            attempt = quizzes.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
            if "time_limit_minutes" in fields:
                QuizAttempt.objects.update(started_at=LONG_AGO, deadline_at=LONG_AGO)
            name = "attempt-all" if "one_page" in fields else "question"
            for number in range(1, 2 if "one_page" in fields else len(attempt.keys) + 1):
                address = reverse(name, args=[attempt.key] if "one_page" in fields else [attempt.key, number])
                response = client.get(address)
                assert response.status_code == 200, address
                pages[f"{name} {number} {fields}"] = response.content.decode()
            transaction.set_rollback(True)
        versions.forget()  # it remembers by row, and these rows are gone
    return pages


def rare_pages(ana, client: Client) -> dict[str, str]:
    """A login that is locked, forms that are out of date, a result that waits for a mark."""
    enrolment = enrolled(ana, kinds=[*KINDS[:1], "essay"], pass_mark=50)
    attempt = quizzes.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    answer, stranger = reverse("answer", args=[attempt.key, 1]), Client(headers={"accept-language": "en"})
    answered = {"a form that is out of date": (422, client.post(answer, right_fields(attempt, 1)))}
    for number in (1, 2):
        save_url = reverse("answer", args=[attempt.key, number])
        client.post(save_url, {"idem": str(uuid4()), **right_fields(attempt, number)})
    client.post(reverse("hand-in", args=[attempt.key]))
    answered["a result that waits"] = (200, client.get(reverse("result", args=[attempt.key])))
    late = client.post(answer, {"idem": str(uuid4()), **right_fields(attempt, 1)})
    answered["an answer that came too late"] = (409, late)
    for _try in range(10):
        locked = stranger.post("/login/", {"username": ana.email, "password": "a wrong one"})
    answered["a locked login"] = (429, locked)
    assert QuizAttempt.objects.get().waits
    for name, (status, response) in answered.items():
        assert response.status_code == status, name
    return {name: response.content.decode() for name, (_status, response) in answered.items()}


def grant_pages(world: World) -> dict[str, str]:
    """What a manager may grant beside more time, which the organisation has to allow."""
    duty, pages = world.special["team-grant"]["assignment"], {}
    client = Client(headers={"accept-language": "en"})
    client.cookies.load(world.cookies["marek"])
    with transaction.atomic():
        ManagerRights.objects.create(may_waive=True)
        for act in ("waive", "proof"):
            response = client.get(reverse("team-grant", args=[duty, act]))
            assert response.status_code == 200, act
            pages[f"GET team-grant {act}"] = response.content.decode()
        transaction.set_rollback(True)
    return pages


def error_pages(world: World) -> dict[str, str]:
    request = RequestFactory().get("/")
    request.user, request.session = world.people["ana"], {}
    with translation.override("en"):
        return {name: render_to_string(name, {}, request) for name in ERRORS}


def served(route, pages: dict[str, str]) -> None:
    """The page that is asked for, or a file it needs."""
    path = urlsplit(route.request.url).path
    if path in pages:
        route.fulfill(body=pages[path], content_type="text/html; charset=utf-8")
    elif path.startswith("/static/"):
        found = finders.find(path.removeprefix("/static/"))
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        route.fulfill(body=Path(found).read_bytes(), content_type=kind)
    else:
        answer = Client().get(path)
        route.fulfill(body=answer.content, content_type=answer.headers["Content-Type"], status=answer.status_code)


def found_on(browser, by_name: dict[str, str]) -> list[str]:
    pages = {f"/page/{number}/": html for number, html in enumerate(by_name.values())}
    context = browser.new_context(viewport={"width": 360, "height": 800}, reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    page.route("**/*", lambda route: served(route, pages))
    found = []
    for name, path in zip(by_name, pages, strict=True):
        page.goto(HOST + path, wait_until="load")
        found += [f"{name}, {fault}" for fault in findings(page)]
    context.close()
    return found


def test_axe_finds_nothing_on_a_question_of_any_type_nor_when_the_time_is_over(ana, client_for, browser):
    pages = quiz_pages(ana, client_for(ana))
    assert len(pages) == len(KINDS) + 2
    found = found_on(browser, pages)
    assert not found, "\n".join(found)


def test_axe_finds_nothing_where_somebody_is_locked_out_too_late_or_waits_for_a_mark(ana, client_for, browser):
    found = found_on(browser, rare_pages(ana, client_for(ana)))
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_any_page_that_an_address_leads_to(world, browser):
    pages = declared_pages(world) | grant_pages(world) | error_pages(world)
    assert len(pages) > 60
    found = found_on(browser, pages)
    assert not found, "\n".join(found)
