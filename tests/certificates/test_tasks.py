"""The file of a certificate is made once, whatever dies on the way."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import FileSystemStorage, Storage
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certificates import actions, check, limited, pdf, tasks
from certificates.freezing import freeze
from certificates.models import MAX_TRIES, Certificate, CertificateFile, Damaged, Rendering, private_storage
from evidence.models import Record
from tests.certificates.conftest import reread

pytestmark = pytest.mark.django_db


def render(certificate) -> str:
    return tasks.render.call(certificate.serial)


def planned() -> int:
    """Tries in the queue, the one that was enqueued with the certificate among them."""
    return DBTaskResult.objects.filter(task_path="certificates.tasks.render").count()


@pytest.fixture
def broken(monkeypatch):
    """Drawing fails, as it would on a full disk or a name without letters."""

    def fail(certificate):
        raise limited.Failed("Refused: 2 pages instead of one")

    monkeypatch.setattr(pdf, "make", fail)


@pytest.fixture
def quick(monkeypatch):
    """Drawing and sealing without the seconds they take."""
    monkeypatch.setattr(pdf, "make", lambda certificate: b"drawn")
    counter = iter(range(100))
    # Each sealing gives other bytes, as the real one does.
    monkeypatch.setattr("certificates.seal.Seal.put_on", lambda seal, drawn: b"%%PDF sealed %d" % next(counter))


# --- the straight way ----------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_certificate_is_drawn_sealed_frozen_and_found_genuine(issue, ana):
    certificate = issue(ana, language="pl")
    assert render(certificate) == "made"
    file = reread(certificate).file
    data = file.read()
    assert data.startswith(b"%PDF")
    assert hashlib.sha256(data).hexdigest() == file.sha256
    assert file.size == len(data)
    verdict = check.check(data)
    assert (verdict.finding, verdict.certificate) == ("genuine", certificate)
    record = Record.objects.order_by("seq").last()
    assert (record.kind, record.facts["sha256"]) == ("certificate.sealed", file.sha256)


def test_a_second_try_finds_nothing_to_do(issue, ana, quick):
    certificate = issue(ana)
    assert render(certificate) == "made"
    frozen = reread(certificate).file
    data = frozen.read()
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert render(certificate) == "nothing to do"
    assert CertificateFile.objects.count() == 1
    assert reread(certificate).file.read() == data
    assert (
        private_storage().listdir("certificates/" + certificate.serial[:2])[1].count(certificate.serial + ".pdf") == 1
    )


def test_a_number_that_does_not_exist_is_nothing_to_do():
    assert tasks.render.call("7KQ4M-2XT9R-DA5VJ-3C8PZ") == "nothing to do"


def test_two_workers_with_the_same_certificate_make_one_file(issue, ana, quick):
    """The second comes while the first is drawing."""
    certificate = issue(ana)
    assert tasks._claim(certificate.serial) == certificate
    assert render(certificate) == "nothing to do"
    assert Rendering.objects.get().tries == 1


def test_whoever_is_slower_keeps_the_first_file(issue, ana, with_file):
    certificate = issue(ana)
    first = with_file(certificate, b"%PDF first")
    again = with_file(certificate, b"%PDF second")
    assert again == first
    assert reread(certificate).file.read() == b"%PDF first"
    assert Record.objects.filter(kind="certificate.sealed").count() == 1


# --- what goes wrong -----------------------------------------------------------------------------------------------
def test_a_worker_that_dies_has_planned_the_next_try_already(issue, ana, monkeypatch, quick):
    class Killed(BaseException):
        """Like kill -9: nobody catches it, nothing after it runs."""

    def die(certificate):
        raise Killed

    certificate = issue(ana)
    monkeypatch.setattr(pdf, "make", die)
    with pytest.raises(Killed):
        render(certificate)
    assert planned() == 2
    monkeypatch.setattr(pdf, "make", lambda certificate: b"drawn")
    with time_machine.travel(Rendering.objects.get().next_try_at):
        assert render(certificate) == "made"


def test_a_death_between_the_file_and_its_row_leaves_one_file(issue, ana, with_file, monkeypatch):
    certificate = issue(ana)

    def die(**values):
        raise OSError("the database went away")

    with monkeypatch.context() as patch:
        patch.setattr(CertificateFile.objects, "create", die)
        with pytest.raises(OSError):
            with_file(certificate, b"%PDF orphan")
    assert not reread(certificate).has_file
    assert not Record.objects.filter(kind="certificate.sealed").exists()
    assert with_file(certificate, b"%PDF kept").read() == b"%PDF kept"


def test_a_failure_is_written_down_and_tried_again(issue, ana, broken):
    certificate = issue(ana)
    assert render(certificate) == "tried"
    row = Rendering.objects.get()
    assert (row.tries, row.error) == (1, "Failed: Refused: 2 pages instead of one")
    assert planned() == 2
    assert list(Certificate.objects.waiting()) == [certificate]


def test_a_poisonous_certificate_is_parked_after_five_tries_and_others_go_on(issue, ana, broken, monkeypatch, quick):
    poisonous, healthy = issue(ana), issue(ana)
    make = pdf.make

    def poisoned(certificate):
        if certificate.serial == poisonous.serial:
            raise limited.Failed("killed by signal 9")
        return make(certificate)

    monkeypatch.setattr(pdf, "make", poisoned)
    outcomes = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(MAX_TRIES + 2):
            outcomes.append(render(poisonous))
            clock.shift(timedelta(days=1))
        assert render(healthy) == "made"
    assert outcomes == ["tried"] * 4 + ["parked"] + ["nothing to do"] * 2
    assert list(Certificate.objects.parked()) == [poisonous]
    assert reread(poisonous).is_parked
    assert Rendering.objects.get(certificate=poisonous).error == "Failed: killed by signal 9"


def test_a_parked_one_is_taken_up_again_when_its_cause_is_mended(issue, ana, quick):
    certificate = issue(ana)
    Rendering.objects.update(tries=MAX_TRIES, error="Failed: killed by signal 9")
    assert render(certificate) == "nothing to do"
    assert actions.try_again(certificate=certificate)
    assert not actions.try_again(certificate=certificate)
    assert planned() == 2
    assert render(certificate) == "made"


def test_a_missing_key_of_the_seal_is_written_down_too(issue, ana, quick, settings):
    settings.SEAL_PKCS12 = "/nowhere/seal.p12"
    assert render(issue(ana)) == "tried"
    assert "seal.p12 cannot be opened" in Rendering.objects.get().error


# --- freezing ------------------------------------------------------------------------------------------------------
def test_a_full_disk_leaves_nothing_half_written(monkeypatch, tmp_path):
    storage = FileSystemStorage(location=tmp_path)
    freeze(storage, "a/whole.pdf", b"before")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError):
        freeze(storage, "a/whole.pdf", b"after")
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["whole.pdf"]
    assert (tmp_path / "a" / "whole.pdf").read_bytes() == b"before"


def test_a_storage_without_paths_takes_the_file_as_well():
    class Bucket(Storage):
        """As S3 is: names and contents, and a taken name would get a suffix."""

        def __init__(self):
            self.kept = {}

        def exists(self, name):
            return name in self.kept

        def delete(self, name):
            self.kept.pop(name, None)

        def _save(self, name, content):
            self.kept[name] = content.read()
            return name

    bucket = Bucket()
    for data in (b"orphan", b"kept"):
        freeze(bucket, "a/whole.pdf", data)
    assert bucket.kept == {"a/whole.pdf": b"kept"}


def test_a_file_that_is_not_what_was_frozen_is_never_read(issue, ana, with_file):
    file = with_file(issue(ana))
    freeze(private_storage(), file.path, b"%PDF-1.4 another")
    with pytest.raises(Damaged, match="not what was frozen"):
        file.read()
    private_storage().delete(file.path)
    with pytest.raises(Damaged, match="cannot be read"):
        file.read()
