"""What an installation under https:// sends beside its pages, asked of one: in a process of its own, since these are
settings; all other tests run without https."""

import json
import os
import subprocess
import sys
from http.cookies import SimpleCookie
from types import SimpleNamespace

import pytest
from django.conf import settings

pytestmark = [pytest.mark.slow, pytest.mark.any_database]

ASKED = """
import django, json
django.setup()
from django.core.management import call_command
from django.test import Client
from people.models import User
call_command("migrate", verbosity=0)
User.objects.create_user(email="ana@example.org", password="four words are easy", first_name="Ana", last_name="K")
client = Client(headers={"host": "training.example.org"})
sign_in = {"username": "ana@example.org", "password": "four words are easy"}
answers = {
    "plain": client.get("/login/"),
    "login": client.post("/login/", sign_in, secure=True),
    "language": client.post("/language/", {"language": "lv", "next": "/my/"}, secure=True),
}
cookies = {name: answer.cookies.output(header="", sep="\\n") for name, answer in answers.items()}
print(json.dumps({name: [answer.status_code, dict(answer.headers), cookies[name]] for name, answer in answers.items()}))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, SimpleNamespace]:
    """{act: its status, headers and cookies} as an installation with DEBUG off gives them."""
    folder = tmp_path_factory.mktemp("https")
    env = {name: value for name, value in os.environ.items() if name not in ("DEBUG", "DEMO", "REDIS_URL")} | {
        "ALLOWED_HOSTS": "training.example.org",
        "BASE_URL": "https://training.example.org",
        "DATABASE_URL": f"sqlite:///{folder / 'own.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "EVIDENCE_KEY": "for this test alone, and long enough for it 0123456789",
        "SECRET_KEY": "for this test alone, and long enough for it, too 0123456789",
        "VAR_DIR": str(folder),
    }
    command = [sys.executable, "-c", ASKED]
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=env, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return {
        act: SimpleNamespace(status=status, headers=headers, cookies=SimpleCookie(cookies))
        for act, (status, headers, cookies) in told.items()
    }


def test_a_page_is_asked_for_again_over_https(answers):
    assert answers["plain"].status == 301
    assert answers["plain"].headers["Location"] == "https://training.example.org/login/"
    assert not answers["plain"].cookies


@pytest.mark.parametrize(
    "act, name, is_hidden",
    [
        ("login", "__Host-session", True),
        ("login", "__Host-csrf", False),  # the editor of the CMS and the page that saves answers read it
        ("language", "django_language", True),
    ],
)
def test_a_cookie_goes_over_https_alone_and_to_this_site_alone(answers, act, name, is_hidden):
    cookie = answers[act].cookies[name]
    assert cookie["secure"] is True
    assert cookie["samesite"] == "Lax"
    assert bool(cookie["httponly"]) is is_hidden
    assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_there_are_no_other_cookies(answers):
    assert answers["login"].cookies.keys() == {"__Host-session", "__Host-csrf"}
    assert answers["language"].cookies.keys() == {"django_language"}


@pytest.mark.parametrize("act", ["login", "language"])
def test_browsers_are_told_to_come_back_by_https_alone_for_a_year(answers, act):
    assert answers[act].status == 302
    assert answers[act].headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
