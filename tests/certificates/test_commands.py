"""manage.py verify_certificate, manage.py render_certificates."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from certificates import actions, limited, seal, tasks
from certificates.models import MAX_TRIES, Rendering, private_storage
from tests.certificates.test_seal import with_byte_flipped

pytestmark = pytest.mark.django_db


def say(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def frozen(issue, ana, sealed):
    def make(**changes):
        certificate = issue(ana, **changes)
        tasks.attach_file(certificate=certificate, data=sealed, sealed_with=seal.current().fingerprint)
        return certificate

    return make


def test_a_file_that_there_was_no_time_to_check_is_not_called_false(tmp_path, monkeypatch):
    def stopped(script, data):
        raise limited.TooSlow("stopped after 20 seconds")

    monkeypatch.setattr(limited, "run", stopped)
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.4 as frozen")
    with pytest.raises(CommandError, match="not checked: stopped after 20 seconds; try again"):
        say("verify_certificate", str(tmp_path / "paper.pdf"))


@pytest.mark.slow
def test_a_number_and_a_file_are_found_genuine(frozen, sealed, tmp_path):
    certificate = frozen()
    (tmp_path / "paper.pdf").write_bytes(sealed)
    for what in (certificate.serial.lower(), str(tmp_path / "paper.pdf")):
        said = say("verify_certificate", what)
        assert certificate.serial in said
        assert "Ana Nowak" in said
        assert "demo seal" in said
        assert "valid" in said


@pytest.mark.slow
def test_a_forged_file_is_refused(frozen, sealed, tmp_path):
    frozen()
    (tmp_path / "paper.pdf").write_bytes(with_byte_flipped(sealed, sealed.index(b"/MediaBox") + 12))
    with pytest.raises(CommandError, match="not genuine: changed"):
        say("verify_certificate", str(tmp_path / "paper.pdf"))


@pytest.mark.slow
def test_genuine_is_not_yet_valid(frozen, publisher):
    certificate = frozen(valid_until=timezone.localdate() - timedelta(days=1))
    with pytest.raises(CommandError, match="genuine, but expired"):
        say("verify_certificate", certificate.serial)
    actions.revoke(certificate=certificate, by=publisher, reason="A test")
    with pytest.raises(CommandError, match="genuine, but revoked"):
        say("verify_certificate", certificate.serial)


def test_a_file_lost_or_not_made_yet_is_said(issue, ana, with_file):
    certificate = issue(ana)
    with pytest.raises(CommandError, match="not made yet"):
        say("verify_certificate", certificate.serial)
    private_storage().delete(with_file(certificate).path)
    with pytest.raises(CommandError, match="damaged"):
        say("verify_certificate", certificate.serial)


def test_what_is_neither_number_nor_file_is_said():
    with pytest.raises(CommandError, match="no certificate has this number"):
        say("verify_certificate", "7KQ4M-2XT9R-DA5VJ-3C8PZ")
    with pytest.raises(CommandError, match="neither a file nor"):
        say("verify_certificate", "nothing")


def test_parked_ones_are_listed_and_queued_again(issue, ana):
    parked, waiting = issue(ana), issue(ana)
    Rendering.objects.filter(certificate=parked).update(tries=MAX_TRIES, error="Failed: killed by signal 9")
    said = say("render_certificates")
    assert f"{parked.serial}  Failed: killed by signal 9" in said
    assert waiting.serial not in said
    assert "given up: 1, still being made: 1" in said
    assert "still being made: 2" in say("render_certificates", "--again")
    assert "given up: 0" in say("render_certificates")
