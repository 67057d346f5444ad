"""verify.py in a pack, run as somebody without our software would: it says OK, or names what was changed."""

import base64
import hashlib
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.proof import verify

pytestmark = pytest.mark.django_db

RECORDS, HASHES = "evidence/records.jsonl", "evidence/hashes.csv"


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """In the folder, isolated, with no environment: nothing of ours can be imported."""
    command = [sys.executable, "-I", "-S", "verify.py", *arguments]
    done = subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def found(folder: Path) -> list[str]:
    """The same without starting a process."""
    return list(verify.problems(folder, "", []))


def lines(folder: Path, name: str = RECORDS) -> list[str]:
    return (folder / name).read_text().splitlines()


def write(folder: Path, written: list[str], name: str = RECORDS) -> None:
    (folder / name).write_text("".join(f"{line}\n" for line in written))


def seq_of(line: str) -> int:
    return json.loads(line)["seq"]


def test_a_pack_is_as_it_was_made(folder):
    code, said = run(folder)
    assert code == 0, said
    fingerprint = hashlib.sha256(verify.certificate((folder / "seal.pem").read_bytes())).hexdigest()
    assert said.splitlines() == [f"Signed with the seal {fingerprint}", "OK: the pack is as it was made"]
    assert run(folder, "--seal", fingerprint.upper())[0] == 0


def test_another_seal_than_the_one_asked_for_is_told(folder):
    code, said = run(folder, "--seal", "0" * 64)
    assert code == 1
    assert "seal.pem: not the seal that was asked for" in said
    assert "NOT OK: 1 problem" in said


KINDS = [
    "summary.pdf",
    "README.txt",
    "people.csv",
    "assignments.csv",
    "completions.csv",
    "certificates.csv",
    "attempts.csv",
    "certificates/*.pdf",
    "content/*.json",
    "content/*.html",
    RECORDS,
    HASHES,
    "SHA256SUMS",
    "manifest.json",
    "manifest.sig",
    "seal.pem",
]


@pytest.mark.parametrize("pattern", KINDS)
def test_one_changed_byte_is_named(folder, pattern):
    file = sorted(folder.glob(pattern))[0]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    code, said = run(folder)
    assert code == 1
    assert file.relative_to(folder).as_posix() in said


def test_every_kind_of_file_is_tried_above(folder):
    tried = {file for pattern in KINDS for file in folder.glob(pattern)} | {folder / "verify.py"}
    assert {file for file in folder.rglob("*") if file.is_file()} == tried


def test_a_script_that_was_changed_names_itself_while_it_runs_at_all(folder):
    with (folder / "verify.py").open("a") as script:
        script.write("# changed\n")
    assert found(folder) == ["verify.py: changed"]


@pytest.mark.parametrize("name", ["people.csv", RECORDS, "seal.pem", "manifest.json", "SHA256SUMS"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    code, said = run(folder)
    assert code == 1
    assert f"{name}: missing" in said


def test_a_file_that_was_added_is_named(folder):
    (folder / "certificates" / "forged.pdf").write_bytes(b"%PDF")
    assert found(folder) == ["certificates/forged.pdf: added, the pack was made without it"]


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "certificates/desktop.ini"])
def test_what_a_file_manager_leaves_in_a_folder_is_no_fault_of_the_pack(folder, name):
    (folder / name).write_bytes(b"how the icons stand")
    code, said = run(folder)
    assert code == 0
    assert f"{name}: no part of the pack" in said


def test_a_link_to_nowhere_is_a_file_that_was_added(folder):
    (folder / "more").symlink_to("nowhere")
    assert found(folder) == ["more: added, the pack was made without it"]


def test_a_removed_record_is_named(folder):
    kept = lines(folder)
    write(folder, kept[:2] + kept[3:])
    assert found(folder) == [f"{RECORDS}: changed", f"record {seq_of(kept[2])}: removed"]


def test_a_record_that_was_added_is_named(folder):
    kept = lines(folder)
    forged = json.loads(kept[-1]) | {"seq": seq_of(kept[-1]) + 1}
    write(folder, [*kept, json.dumps(forged)])
    assert f"record {forged['seq']}: added, the pack was made without it" in found(folder)


def test_a_record_that_stands_twice_is_named(folder):
    kept = lines(folder)
    write(folder, [*kept, kept[-1]])
    assert f"record {seq_of(kept[-1])}: added, the pack was made without it" in found(folder)


def test_records_that_changed_places_are_named(folder):
    kept = lines(folder)
    write(folder, [kept[1], kept[0], *kept[2:]])
    assert f"record {seq_of(kept[0])}: moved, it stands after record {seq_of(kept[1])}" in found(folder)


# --- with the hashes made right again, as somebody would who has all but the key -----------------------------------
def rehash(folder: Path) -> None:
    hashed = [f"{seq_of(line)},{hashlib.sha256(line.encode()).hexdigest()}" for line in lines(folder)]
    write(folder, hashed, HASHES)


def changed(folder: Path, place: int, **facts) -> int:
    kept = lines(folder)
    kept[place] = json.dumps(json.loads(kept[place]) | facts, sort_keys=True, separators=(",", ":"))
    write(folder, kept)
    rehash(folder)
    return seq_of(kept[place])


def place_of(folder: Path, kind: str) -> int:
    return next(place for place, line in enumerate(lines(folder)) if json.loads(line)["kind"] == kind)


def test_a_record_that_does_not_follow_is_named_even_with_new_hashes(folder):
    place = next(n for n in range(1, 99) if seq_of(lines(folder)[n]) == seq_of(lines(folder)[n - 1]) + 1)
    seq = changed(folder, place, previous="0" * 64)
    assert f"record {seq}: it does not follow record {seq - 1}" in found(folder)


def test_a_payload_that_is_another_is_named_even_with_new_hashes(folder):
    place = place_of(folder, "course.completed")
    personal = json.loads(lines(folder)[place])["personal"]
    personal["payload"]["name"] = "Somebody Else"
    seq = changed(folder, place, personal=personal)
    assert f"record {seq}: its personal payload is not the one it was written with" in found(folder)


def test_a_completion_whose_content_is_not_there_is_named(folder):
    place = place_of(folder, "course.completed")
    sha256 = json.loads(lines(folder)[place])["facts"]["steps"][0]["sha256"]
    (folder / "content" / f"{sha256}.json").unlink()
    seq = seq_of(lines(folder)[place])
    assert f"record {seq}: the content {sha256} that it names is missing" in found(folder)


def test_a_certificate_that_is_not_the_sealed_one_is_named_even_with_new_hashes(folder):
    pdf = next(folder.glob("certificates/*.pdf"))
    pdf.write_bytes(b"%PDF forged")
    seq = seq_of(lines(folder)[place_of(folder, "certificate.sealed")])
    assert f"certificates/{pdf.name}: not the file that record {seq} was written about" in found(folder)


def test_a_content_under_another_hash_is_named(folder):
    file = next(folder.glob("content/*.json"))
    file.write_bytes(b"{}")
    assert f"content/{file.name}: it does not have the hash that it is named by" in found(folder)


@pytest.mark.parametrize("line", ["", "{", "[]", "{}", '{"seq": "x"}', "null"])
def test_a_line_that_is_no_record_is_named_and_the_others_are_checked_still(folder, line):
    kept = lines(folder)
    write(folder, [kept[0], line, *kept[2:]])
    said = found(folder)
    assert f"{RECORDS}, line 2: changed so that it cannot be read" in said
    assert f"record {seq_of(kept[1])}: removed" in said


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_of_any_file_is_told(folder, data):
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != "verify.py")
    file = data.draw(st.sampled_from(files))
    before = file.read_bytes()
    place, bits = data.draw(st.integers(0, len(before) - 1)), data.draw(st.integers(1, 255))
    file.write_bytes(before[:place] + bytes([before[place] ^ bits]) + before[place + 1 :])
    try:
        assert found(folder)
    finally:
        file.write_bytes(before)


# --- signatures ----------------------------------------------------------------------------------------------------
def certificate_for(key) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "seal")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(datetime(2026, 1, 1)).not_valid_after(datetime(2036, 1, 1))
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return dated.sign(key, algorithm).public_bytes(Encoding.DER)


KEYS = [
    ("P-256", lambda: ec.generate_private_key(ec.SECP256R1())),
    ("P-384", lambda: ec.generate_private_key(ec.SECP384R1())),
    ("RSA", lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)),
]


@pytest.mark.parametrize("make", [make for _name, make in KEYS], ids=[name for name, _make in KEYS])
def test_signatures_are_judged_as_cryptography_judges_them(make):
    key = make()
    certificate = certificate_for(key)
    for number in range(8):
        data = f"manifest {number}".encode()
        if isinstance(key, rsa.RSAPrivateKey):
            signature = key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        else:
            signature = key.sign(data, ec.ECDSA(hashes.SHA256()))
        assert verify.is_signed(data, signature, certificate)
        assert not verify.is_signed(data + b"!", signature, certificate)
        assert not verify.is_signed(data, signature, certificate_for(make()))


def test_a_pack_that_was_forged_with_a_key_of_another_kind_is_never_ok(folder):
    seal = certificate_for(ec.generate_private_key(ec.SECP521R1()))
    body = base64.encodebytes(seal).decode()
    (folder / "seal.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n")
    (folder / "manifest.sig").write_bytes(b"garbage")
    (folder / "people.csv").write_text("Somebody Else\n")
    sums = "".join(f"{verify.sha256(folder / name)}  {name}\n" for name in verify.sums(folder))
    (folder / "SHA256SUMS").write_text(sums)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"sums": hashlib.sha256(sums.encode()).hexdigest()}))
    code, said = run(folder, "--seal", hashlib.sha256(seal).hexdigest())
    assert code == 2
    assert "NOT CHECKED" in said
    assert "Signed with" not in said
    assert "OK:" not in said


@pytest.mark.parametrize("manifest", [{"sums": "", "not_genuine": []}, [], {"sums": "", "files": 1, "not_genuine": 5}])
def test_a_manifest_of_another_shape_cannot_be_read(folder, manifest):
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert "manifest.json: changed so that it cannot be read" in found(folder)


def test_a_key_of_another_kind_is_not_judged():
    with pytest.raises(verify.OtherKey):
        verify.is_signed(b"data", b"signature", certificate_for(ed25519.Ed25519PrivateKey.generate()))
