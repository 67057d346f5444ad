"""Is this PDF one of ours, byte for byte? The seal is read in a child process, the register in the database."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from certificates import limited, seal
from certificates.models import Certificate, CertificateFile

MAX_BYTES = 2 * 1024 * 1024


class Finding(StrEnum):
    GENUINE = "genuine"  # sealed by us, nothing changed or added, and the very file that was frozen
    NOT_A_PDF = "not_a_pdf"
    NO_SEAL = "no_seal"
    CHANGED = "changed"  # under the seal
    APPENDED = "appended"  # after the seal
    FOREIGN = "foreign"  # a whole seal, but of somebody else
    NOT_FROZEN = "not_frozen"  # our seal, but no file of our register: a copy from another installation, say


@dataclass(frozen=True)
class Verdict:
    """`certificate` is there for a genuine file and for no other."""

    finding: Finding
    sealed_by: str = ""
    sealed_at: str = ""
    certificate: Certificate | None = None


def check(data: bytes) -> Verdict:
    """Raises limited.TooSlow."""
    read = read_seal(data)
    if read["problem"]:
        return Verdict(Finding(read["problem"]))
    if not _is_ours(read["fingerprint"]):
        return Verdict(Finding.FOREIGN, read["subject"], read["sealed_at"])
    certificate = Certificate.objects.with_state().filter(file__sha256=hashlib.sha256(data).hexdigest()).first()
    finding = Finding.GENUINE if certificate else Finding.NOT_FROZEN
    return Verdict(finding, read["subject"], read["sealed_at"], certificate)


def read_seal(data: bytes) -> dict[str, str]:
    """What check_child.read_seal finds. A file that breaks the reader counts as no PDF.

    Raises limited.TooSlow: a busy machine must not call a genuine paper false.
    """
    if len(data) > MAX_BYTES:
        return {"problem": Finding.NOT_A_PDF}
    try:
        return json.loads(limited.run("check_child.py", data))
    except limited.TooSlow:
        raise
    except limited.Failed:
        return {"problem": Finding.NOT_A_PDF}


def _is_ours(fingerprint: str) -> bool:
    """Any key we ever sealed with: a change of keys does not make older certificates foreign."""
    return CertificateFile.objects.filter(sealed_with=fingerprint).exists() or fingerprint == seal.current().fingerprint
