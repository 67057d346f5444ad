"""A mail server that does as it is told, and the worker that talks to it."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from django.test import Client
from django_tasks_db.management.commands.db_worker import Worker

from people import actions
from people.models import Invitation, Mail
from tests.browser.server import kept_port
from tests.conftest import PASSWORD
from tests.factories import ready_site

TO_ANSWER = 60  # seconds: the machine may be busy


class Inbox:
    """What the server accepted, and how it is to answer: an SMTP reply, or "die" to hang up after the whole mail."""

    def __init__(self):
        self.mails: list[EmailMessage] = []
        self.rcpt = "250 OK"
        self.data = "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):
        if self.data.startswith("2") or self.data == "die":
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.data == "die":
            server.transport.abort()
        return "250 OK" if self.data == "die" else self.data


@pytest.fixture
def inbox(settings):
    kept = kept_port()
    port = kept.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, TO_ANSWER
    box = Inbox()
    server = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=TO_ANSWER)
    with kept:
        server.start()
        yield box
        server.stop()


@pytest.fixture
def work(monkeypatch) -> Callable[[], None]:
    """What `db_worker --batch` does: every task that is due, then home."""
    # Between tasks a worker drops idle connections; ours holds the transaction of the test.
    monkeypatch.setattr("django_tasks_db.management.commands.db_worker.close_old_connections", lambda: None)

    def until_idle():
        Worker(
            queue_names=["default"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id="test",
            excluded_queue_names=[],
        ).run()

    return until_idle


@pytest.fixture
def invite(admin, teams) -> Callable[..., Invitation]:
    def one(**changes) -> Invitation:
        facts = {
            "email": "jana@example.org",
            "first_name": "Jana",
            "last_name": "Liepa",
            "team": teams.desk,
            "job_role": "Receptionist",
            "language": "lv",
            "by": admin,
        }
        return actions.invite(**facts | changes)

    return one


@pytest.fixture
def link_in_mail() -> Callable[[], str]:
    """The path of the link in the newest mail."""

    def path() -> str:
        found = re.findall(r"http://127\.0\.0\.1:8000(/\S+)", Mail.objects.latest("pk").text)
        assert len(found) == 1, "one link a mail"
        return found[0]

    return path


@pytest.fixture
def staff_may_enter(db) -> None:
    """L&D's groups with what Wagtail asks of who comes to the CMS."""
    ready_site()


@pytest.fixture
def with_password() -> Callable:
    """The person, with the password of the cast."""

    def given(person):
        return actions.set_password(person=person, password=PASSWORD)

    return given


def log_in(client: Client, email: str, password: str = PASSWORD, **more):
    return client.post("/login/", {"username": email, "password": password, **more})
