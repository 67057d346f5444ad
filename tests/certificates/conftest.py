"""Certificates without a course above them, and papers without a database below them."""

import uuid
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from certificates import actions, pdf, seal, tasks
from certificates.models import Certificate, CertificateFile
from certificates.rules import TEXT_LENGTHS, Facts
from tests.factories import ready_site

TODAY = date(2026, 11, 23)


def facts(**changes) -> Facts:
    usual = {
        "course_title": "Calm, clear, safe",
        "course_version": "3",
        "hours": Decimal("2.50"),
        "issued_on": date(2026, 3, 12),
        "valid_until": None,
        "language": "en",
    }
    return Facts(**usual | changes)


@pytest.fixture
def issue() -> Callable[..., Certificate]:
    """issue(ana, language="pl"): a certificate, its PDF not made yet."""

    def make(holder, *, key: uuid.UUID | None = None, **changes) -> Certificate:
        return actions.issue(completion_key=key or uuid.uuid4(), holder=holder, facts=facts(**changes))

    return make


@pytest.fixture
def with_file() -> Callable[..., CertificateFile]:
    """with_file(certificate): its file, frozen, without the second that drawing it takes."""

    def make(certificate: Certificate, data: bytes = b"%PDF-1.4 as frozen") -> CertificateFile:
        return tasks.attach_file(certificate=certificate, data=data, sealed_with="0" * 64)

    return make


@pytest.fixture
def cms(db) -> None:
    """The roles may enter Wagtail's admin."""
    ready_site()


def reread(certificate: Certificate) -> Certificate:
    return Certificate.objects.with_state().get(pk=certificate.pk)


# --- papers: drawn and sealed once a session ------------------------------------------------------------------------
def paper(**changes) -> SimpleNamespace:
    """What pdf.make() needs to know."""
    usual = {
        "serial": "7KQ4M-2XT9R-DA5VJ-3C8PZ",
        "holder_name": "Anna Bērziņa-Wiśniewska",
        "course_title": "Spokojnie, jasno, bezpiecznie",
        "course_version": "3",
        "hours_shown": Decimal("2.5"),
        "issued_on": date(2026, 3, 12),
        "valid_until": date(2027, 3, 12),
        "language": "en",
        "issuer": "Baltijas Veikali",
        "design": None,
        "layout": "classic",
        "words": dict.fromkeys(TEXT_LENGTHS, ""),
    }
    return SimpleNamespace(**usual | changes)


@pytest.fixture(scope="session")
def drawn() -> bytes:
    return pdf.make(paper())


@pytest.fixture(scope="session")
def sealed(drawn) -> bytes:
    return seal.current().put_on(drawn)
