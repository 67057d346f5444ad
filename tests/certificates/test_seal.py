"""The seal: other people's tools accept it, and what they let pass ours does not."""

import asyncio
import io
import random
import subprocess
import threading

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf import PdfReader

from certificates import demo_key, limited, seal
from certificates.check_child import read_seal

pytestmark = pytest.mark.slow


@pytest.fixture
def pdfsig(tool, tmp_path):
    def read(document: bytes) -> str:
        (tmp_path / "sealed.pdf").write_bytes(document)
        return subprocess.run([tool("pdfsig"), tmp_path / "sealed.pdf"], capture_output=True, text=True).stdout

    return read


def with_byte_flipped(document: bytes, place: int) -> bytes:
    return document[:place] + bytes([document[place] ^ 1]) + document[place + 1 :]


def with_update_appended(document: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    writer.set_info(generic.DictionaryObject({generic.pdf_name("/Title"): generic.pdf_string("Doctor of Calm")}))
    updated = io.BytesIO()
    writer.write(updated)
    assert updated.getvalue().startswith(document)
    return updated.getvalue()


def test_pdfsig_takes_the_seal_for_valid_and_whole(sealed, pdfsig):
    read = pdfsig(sealed)
    assert "Signature is Valid." in read
    assert "Total document signed" in read
    assert "ETSI.CAdES.detached" in read


def test_our_check_takes_the_seal_for_valid(sealed):
    read = read_seal(sealed)
    assert read["problem"] == ""
    assert read["fingerprint"] == seal.current().fingerprint
    assert read["sealed_at"]


def test_sealing_changes_nothing_of_what_was_drawn(drawn, sealed, tool, tmp_path):
    assert sealed.startswith(drawn)
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    subprocess.run([tool("qpdf"), "--check", tmp_path / "sealed.pdf"], check=True, capture_output=True)


def test_the_seal_forbids_any_later_change(sealed):
    catalog = PdfReader(io.BytesIO(sealed)).trailer["/Root"]
    parameters = catalog["/Perms"]["/DocMDP"]["/Reference"][0]["/TransformParams"]
    assert parameters["/P"] == 1


def test_one_flipped_byte_is_refused_by_pdfsig_and_by_us(sealed, pdfsig):
    flipped = with_byte_flipped(sealed, sealed.index(b"/MediaBox") + 12)
    assert "Signature is Valid." not in pdfsig(flipped)
    assert "Digest Mismatch" in pdfsig(flipped)
    assert read_seal(flipped)["problem"] == "changed"


def test_an_appended_update_is_refused_by_us_though_pdfsig_lets_it_pass(sealed, pdfsig):
    updated = with_update_appended(sealed)
    assert "Signature is Valid." in pdfsig(updated)
    assert read_seal(updated)["problem"] == "appended"


def test_anything_after_the_end_is_refused(sealed):
    assert read_seal(sealed + b"\n% more")["problem"] == "appended"


def test_no_flipped_byte_of_the_signed_range_is_missed(sealed):
    """The bytes outside it are those of the signature itself; the stored hash watches over them."""
    start, end = sealed.index(b"/Contents <"), sealed.index(b">", sealed.index(b"/Contents <"))
    places = [place for place in range(len(sealed)) if not start < place < end]
    missed = [
        place
        for place in random.Random(7).sample(places, 150)
        if not read_seal(with_byte_flipped(sealed, place))["problem"]
    ]
    assert missed == []


@pytest.mark.parametrize(
    "document, problem",
    [
        (b"", "not_a_pdf"),
        (b"hello", "not_a_pdf"),
        (b"%PDF-1.4\n%%EOF", "not_a_pdf"),
        (b"%PDF-1.7\n" + b"1 0 obj<<" * 5000, "not_a_pdf"),
    ],
)
def test_what_is_no_pdf_is_called_so(document, problem):
    assert read_seal(document)["problem"] == problem


def test_a_pdf_without_a_seal_is_called_so(drawn):
    assert read_seal(drawn)["problem"] == "no_seal"


def test_the_check_also_runs_as_a_child(sealed):
    assert b'"problem": ""' in limited.run("check_child.py", sealed)


def test_a_seal_is_put_on_within_a_running_event_loop(drawn):
    async def meanwhile() -> bytes:
        return seal.current().put_on(drawn)

    assert read_seal(asyncio.run(meanwhile()))["problem"] == ""


# --- keys ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def no_key_yet(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    seal._load.cache_clear()
    yield tmp_path / "seal" / "demo.p12"
    seal._load.cache_clear()


def test_the_demo_key_says_that_it_is_one_and_only_its_owner_reads_it(no_key_yet):
    certificate = seal.current().signer.signing_cert
    assert "demo" in certificate.subject.native["common_name"]
    assert no_key_yet.stat().st_mode & 0o777 == 0o600
    assert no_key_yet.parent.stat().st_mode & 0o777 == 0o700


def test_workers_that_start_together_share_one_demo_key(no_key_yet, monkeypatch):
    monkeypatch.setattr(demo_key, "_make", lambda: str(threading.get_ident()).encode())
    start, seen = threading.Barrier(8), []

    def look() -> None:
        start.wait()
        seen.append(demo_key.path().read_bytes())

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len(set(seen)) == 1
    assert [file.name for file in no_key_yet.parent.iterdir()] == ["demo.p12"]


@pytest.fixture
def own_pkcs12(settings, no_key_yet, tmp_path):
    """A PKCS#12 with a password, as an organisation would bring."""
    key, certificate, _others = pkcs12.load_key_and_certificates(demo_key._make(), None)
    file = tmp_path / "own.p12"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(b"own", key, certificate, None, BestAvailableEncryption(b"long secret"))
    )
    settings.SEAL_PKCS12, settings.SEAL_PASSWORD = str(file), "long secret"
    return file


def test_an_organisation_brings_its_own_key(own_pkcs12, no_key_yet, drawn):
    sealed = seal.current().put_on(drawn)
    assert read_seal(sealed)["fingerprint"] == seal.current().fingerprint
    assert not no_key_yet.exists(), "no demo key is made then"


def test_a_wrong_password_is_said_clearly(own_pkcs12, settings):
    settings.SEAL_PASSWORD = "wrong"
    with pytest.raises(seal.SealMissing, match=r"own\.p12 cannot be opened"):
        seal.current()


def test_a_missing_key_is_said_clearly(settings, no_key_yet):
    settings.SEAL_PKCS12 = "/nowhere/seal.p12"
    with pytest.raises(seal.SealMissing, match=r"seal\.p12 cannot be opened"):
        seal.current()


def test_the_deployment_check_names_a_demo_seal_and_a_broken_key(own_pkcs12, settings):
    from certificates.apps import seal_is_ours

    assert seal_is_ours(None) == []
    settings.SEAL_PASSWORD = "wrong"
    assert [message.id for message in seal_is_ours(None)] == ["certificates.E001"]
    settings.SEAL_PKCS12 = ""
    assert [message.id for message in seal_is_ours(None)] == ["certificates.I001"]
