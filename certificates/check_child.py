"""Reads the seal of one PDF: bytes on standard input, JSON on standard output. Started by limited.run().

Stricter than most viewers: one seal, over the whole file, with nothing after it. `pdfsig` calls a file valid to which
somebody appended an update after sealing; this does not.
"""

import hashlib
import io
import json
import logging
import sys

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext


def read_seal(pdf: bytes) -> dict[str, str]:
    """The problem is "" where the seal holds; else "not_a_pdf", "no_seal", "changed" (under the seal) or "appended"."""
    try:
        seals = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    except Exception:  # a broken file breaks the parser in any way it likes
        return {"problem": "not_a_pdf"}
    if not seals:
        return {"problem": "no_seal"}
    try:
        return _judge(seals[0], how_many=len(seals))
    except (PdfError, SignatureValidationError, ValueError, KeyError, TypeError):
        return {"problem": "changed"}


def _judge(seal, how_many: int) -> dict[str, str]:
    certificate = seal.signer_cert
    status = validate_pdf_signature(seal, ValidationContext(trust_roots=[certificate], allow_fetching=False))
    read = {
        "problem": "",
        "fingerprint": hashlib.sha256(certificate.dump()).hexdigest(),
        "subject": certificate.subject.human_friendly,
        "sealed_at": seal.self_reported_timestamp.isoformat() if seal.self_reported_timestamp else "",
    }
    if not (status.intact and status.valid):
        return {"problem": "changed"}
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    if how_many > 1 or not whole or status.modification_level != ModificationLevel.NONE or not status.docmdp_ok:
        return read | {"problem": "appended"}
    return read


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    json.dump(read_seal(sys.stdin.buffer.read()), sys.stdout)
