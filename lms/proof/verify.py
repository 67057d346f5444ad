"""Checks this pack: python verify.py

Nothing but Python is needed. Checked are the signature of the list of files, each file against that list, each record
against its own hash and the chain, and what the records say about certificates and contents. Anything wrong is named.

    python verify.py                         exit status 0: the pack is as it was made; 1: it is not; 2: not checked,
                                             since the signature is of a kind that this script does not know
    python verify.py --seal FINGERPRINT      also: it was signed with the seal of this fingerprint

A pack that was made anew and signed with another key is whole too: compare the fingerprint with the organisation's.
Whoever changes a pack may change this script as well: take one you trust, or do the first steps by hand:

    openssl x509 -in seal.pem -pubkey -noout > key.pem
    openssl dgst -sha256 -verify key.pem -signature manifest.sig manifest.json
    sha256sum SHA256SUMS        (the manifest names it)
    sha256sum -c SHA256SUMS
"""

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

SUMS, MANIFEST, SIGNATURE, SEAL = "SHA256SUMS", "manifest.json", "manifest.sig", "seal.pem"
RECORDS, HASHES = "evidence/records.jsonl", "evidence/hashes.csv"
NOT_CHECKED = (
    f"NOT CHECKED: the signature of {MANIFEST}, on which everything else rests. Its key is neither RSA nor on P-256 or "
    "P-384. Check it by hand with openssl: the first lines of this script say how."
)
CHUNK = 1 << 20
OF_FILE_MANAGERS = (".DS_Store", "Thumbs.db", "desktop.ini")  # they put these into any folder that they show


class Unreadable(Exception):
    """A file that everything else rests on cannot be read."""


# --- files ---------------------------------------------------------------------------------------------------------
def sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError as error:
        raise Unreadable(f"{name}: missing") from error


def sums(folder: Path) -> dict[str, str]:
    """{name of a file: its hash}, as the list says."""
    listed = {}
    for line in read(folder, SUMS).decode(errors="replace").splitlines():
        digest, _space, name = line.partition("  ")
        listed[name] = digest
    return listed


def check_files(folder: Path, listed: dict[str, str], notes: list[str]) -> Iterator[str]:
    for name, digest in listed.items():
        file = folder / name
        if not file.is_file():
            yield f"{name}: missing"
        elif sha256(file) != digest:
            yield f"{name}: changed"
    known = {*listed, SUMS, MANIFEST, SIGNATURE}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_dir() or name in known:
            continue
        if file.name in OF_FILE_MANAGERS:
            notes.append(f"{name}: no part of the pack, left there by a file manager")
        else:
            yield f"{name}: added, the pack was made without it"


def check_contents(folder: Path) -> Iterator[str]:
    """Each content lies under its own hash."""
    for file in sorted(folder.glob("content/*.json")):
        if sha256(file) != file.stem:
            yield f"content/{file.name}: it does not have the hash that it is named by"


# --- records -------------------------------------------------------------------------------------------------------
def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def lines(folder: Path, name: str) -> Iterator[str]:
    try:
        with (folder / name).open(encoding="utf-8", errors="replace", newline="\n") as opened:
            for line in opened:
                yield line.rstrip("\n")
    except FileNotFoundError:
        return


def known_hashes(folder: Path) -> dict[int, str]:
    """{number of a record: hash of its line}"""
    known = {}
    for line in lines(folder, HASHES):
        seq, _comma, digest = line.partition(",")
        if seq.isdigit():
            known[int(seq)] = digest
    return known


def check_records(folder: Path) -> Iterator[str]:
    """Which record was changed, removed or added, and whether each follows the one before it."""
    known, before = known_hashes(folder), None
    seen: set[int] = set()
    for place, line in enumerate(lines(folder, RECORDS), 1):
        try:
            record = json.loads(line)
            seq = int(record["seq"])
        except (ValueError, KeyError, TypeError):
            yield f"{RECORDS}, line {place}: changed so that it cannot be read"
            continue
        if seq not in known or seq in seen:
            yield f"record {seq}: added, the pack was made without it"
            continue
        seen.add(seq)
        if hashlib.sha256(line.encode()).hexdigest() != known[seq]:
            yield f"record {seq}: changed"
            continue
        yield from check_record(folder, record)
        if before and before["seq"] >= seq:
            yield f"record {seq}: moved, it stands after record {before['seq']}"
        elif before and before["seq"] + 1 == seq and before["hash"] != record["previous"]:
            yield f"record {seq}: it does not follow record {before['seq']}"
        before = record
    for seq in sorted(set(known) - seen):
        yield f"record {seq}: removed"


def check_record(folder: Path, record: dict) -> Iterator[str]:
    personal = record.get("personal")
    if personal:
        text = f"{personal['salt']}\n{canonical(personal['payload'])}"
        if hashlib.sha256(text.encode()).hexdigest() != record["commitment"]:
            yield f"record {record['seq']}: its personal payload is not the one it was written with"
    facts = record["facts"]
    if record["kind"] == "course.completed":
        for step in facts["steps"]:
            if not (folder / "content" / f"{step['sha256']}.json").is_file():
                yield f"record {record['seq']}: the content {step['sha256']} that it names is missing"
    if record["kind"] == "certificate.sealed":
        for file in folder.glob(f"certificates/*{facts['serial']}.pdf"):
            if sha256(file) != facts["sha256"]:
                yield f"certificates/{file.name}: not the file that record {record['seq']} was written about"


# --- the signature: RSA (PKCS #1 v1.5) and ECDSA, with SHA-256 -------------------------------------------------------
class OtherKey(Exception):
    """A key of a kind that is not checked here."""


def der(data: bytes, at: int = 0) -> tuple[int, bytes, int]:
    """Tag and content of the element that begins here, and where it ends."""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
    if at + length > len(data):
        raise ValueError("cut short")
    return tag, data[at : at + length], at + length


def parts(data: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(data):
        tag, content, at = der(data, at)
        found.append((tag, content))
    return found


def certificate(pem: bytes) -> bytes:
    body = pem.split(b"-----BEGIN CERTIFICATE-----")[1].split(b"-----END CERTIFICATE-----")[0]
    return base64.b64decode(b"".join(body.split()))


def public_key(certificate: bytes) -> tuple[bytes, bytes, bytes]:
    """Kind of the key, its parameters, its bits."""
    to_be_signed = parts(parts(der(certificate)[1])[0][1])
    fields = to_be_signed[1:] if to_be_signed[0][0] == 0xA0 else to_be_signed  # a version comes first in most
    algorithm, bits = parts(fields[5][1])
    kind, *parameters = parts(algorithm[1])
    return kind[1], parameters[0][1] if parameters else b"", bits[1][1:]


RSA = bytes.fromhex("2a864886f70d010101")
ELLIPTIC = bytes.fromhex("2a8648ce3d0201")
SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
# name: field, a, order, base point
CURVES = {
    bytes.fromhex("2a8648ce3d030107"): (  # P-256
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        -3,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        (
            0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
            0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
        ),
    ),
    bytes.fromhex("2b81040022"): (  # P-384
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        -3,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        (
            0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
            0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
        ),
    ),
}
Point = tuple[int, int] | None


def is_signed(data: bytes, signature: bytes, certificate: bytes) -> bool:
    kind, parameters, bits = public_key(certificate)
    digest = hashlib.sha256(data).digest()
    if kind == RSA:
        return is_rsa(digest, signature, bits)
    if kind == ELLIPTIC and parameters in CURVES:
        return is_ecdsa(digest, signature, bits, parameters)
    raise OtherKey


def is_rsa(digest: bytes, signature: bytes, bits: bytes) -> bool:
    modulus, exponent = (int.from_bytes(content, "big") for _tag, content in parts(der(bits)[1]))
    size = (modulus.bit_length() + 7) // 8
    padded = b"\0\1" + b"\xff" * (size - len(SHA256_INFO) - len(digest) - 3) + b"\0" + SHA256_INFO + digest
    return pow(int.from_bytes(signature, "big"), exponent, modulus).to_bytes(size, "big") == padded


def is_ecdsa(digest: bytes, signature: bytes, bits: bytes, curve: bytes) -> bool:
    field, a, order, base = CURVES[curve]
    half = len(bits) // 2
    key = (int.from_bytes(bits[1 : half + 1], "big"), int.from_bytes(bits[half + 1 :], "big"))
    tag, content, end = der(signature)
    (r_tag, r_bytes), (s_tag, s_bytes) = parts(content)
    if (tag, r_tag, s_tag, end) != (0x30, 0x02, 0x02, len(signature)):
        return False
    r, s = int.from_bytes(r_bytes, "big"), int.from_bytes(s_bytes, "big")
    if bits[0] != 4 or not (0 < r < order and 0 < s < order):
        return False
    inverse = pow(s, -1, order)
    by_base = times(int.from_bytes(digest, "big") * inverse % order, base, field, a)
    found = add(by_base, times(r * inverse % order, key, field, a), field, a)
    return found is not None and found[0] % order == r


def add(one: Point, other: Point, field: int, a: int) -> Point:
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % field == 0:
        return None
    if one == other:
        slope = (3 * x1 * x1 + a) * pow(2 * y1, -1, field) % field
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, field) % field
    x = (slope * slope - x1 - x2) % field
    return x, (slope * (x1 - x) - y1) % field


def times(number: int, point: Point, field: int, a: int) -> Point:
    total: Point = None
    while number:
        if number & 1:
            total = add(total, point, field, a)
        point, number = add(point, point, field, a), number >> 1
    return total


# --- all of it -----------------------------------------------------------------------------------------------------
def check_signature(folder: Path, wanted: str, notes: list[str]) -> Iterator[str]:
    manifest, signature, pem = (read(folder, name) for name in (MANIFEST, SIGNATURE, SEAL))
    signed: bool | None = None
    try:
        seal = certificate(pem)
        signed = is_signed(manifest, signature, seal)
    except OtherKey:
        pass
    except (ValueError, IndexError, OverflowError):
        yield f"{SIGNATURE} or {SEAL}: changed so that it cannot be read"
        return
    found = hashlib.sha256(seal).hexdigest()
    if signed:
        notes.append(f"Signed with the seal {found}")
    elif signed is None:
        notes += [f"{SEAL} is {found}", NOT_CHECKED]
    else:
        yield f"{MANIFEST}: changed, or its signature {SIGNATURE} or the certificate {SEAL} was"
    if wanted and wanted.replace(":", "").lower() != found:
        yield f"{SEAL}: not the seal that was asked for; this one is {found}"


def check_manifest(folder: Path, listed: dict[str, str]) -> Iterator[str]:
    try:
        manifest = json.loads(read(folder, MANIFEST))
        expected, files, found_wrong = manifest["sums"], manifest["files"], list(manifest["not_genuine"])
    except (ValueError, KeyError, TypeError):
        yield f"{MANIFEST}: changed so that it cannot be read"
        return
    if sha256(folder / SUMS) != expected:
        yield f"{SUMS}: changed"
    if len(listed) != files:
        yield f"{SUMS}: it names {len(listed)} files, the pack was made with {files}"
    for seq in found_wrong:
        yield f"record {seq}: not genuine already when the pack was made"


def problems(folder: Path, wanted: str, notes: list[str]) -> Iterator[str]:
    try:
        listed = sums(folder)
        yield from check_signature(folder, wanted, notes)
        yield from check_manifest(folder, listed)
        yield from check_files(folder, listed, notes)
    except Unreadable as error:
        yield str(error)
        return
    yield from check_contents(folder)
    yield from check_records(folder)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks the pack of evidence that this file is a part of.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--seal", default="", metavar="FINGERPRINT", help="SHA-256 of the certificate to expect")
    asked = parser.parse_args()
    notes: list[str] = []
    found = 0
    for problem in problems(asked.folder, asked.seal, notes):
        found += 1
        say(problem)
    for note in notes:
        say(note)
    if found:
        say(f"NOT OK: {found} " + ("problem" if found == 1 else "problems"))
        return 1
    if NOT_CHECKED in notes:
        return 2
    say("OK: the pack is as it was made")
    return 0


if __name__ == "__main__":
    sys.exit(main())
