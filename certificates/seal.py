"""The seal on the paper: PAdES B-B with the organisation's PKCS#12, or with a demo key made on the first run.

What the seal is worth is said by its own certificate and by nobody here: the demo key seals as well as any, but its
subject says that it is a demo, and no seal is called "qualified" by us. pyHanko takes a second to import, so it is
imported where a seal is put on, not by every process that knows certificates.
"""

import hashlib
import io
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner


class SealMissing(Exception):
    """The key of the seal cannot be used; the text says which file and why."""


@dataclass(frozen=True)
class Seal:
    signer: "SimpleSigner"
    fingerprint: str  # SHA-256 of the certificate

    def put_on(self, pdf: bytes) -> bytes:
        # In a thread of its own: pyHanko starts an event loop, and the caller may be running one already.
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(self._sign, pdf).result()

    def sign(self, data: bytes) -> bytes:
        """A signature of its own beside the data, over their SHA-256, as `openssl dgst -sha256 -verify` checks it."""
        return self.signer.sign_raw(data, "sha256")

    @property
    def certificate_pem(self) -> str:
        assert self.signer.signing_cert is not None
        return ssl.DER_cert_to_PEM_cert(self.signer.signing_cert.dump())

    def _sign(self, pdf: bytes) -> bytes:
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import fields, signers

        metadata = signers.PdfSignatureMetadata(
            field_name="Seal",
            name=settings.ORGANISATION,
            subfilter=fields.SigSeedSubFilter.PADES,
            md_algorithm="sha256",
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        )
        sealed = io.BytesIO()
        signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), metadata, signer=self.signer, output=sealed)
        return sealed.getvalue()


def current() -> Seal:
    if settings.SEAL_PKCS12:
        return _load(Path(settings.SEAL_PKCS12), settings.SEAL_PASSWORD)
    from certificates import demo_key

    return _load(demo_key.path(), "")


@lru_cache(maxsize=4)
def _load(path: Path, password: str) -> Seal:
    """Kept for as long as the process lives: opening a PKCS#12 is slow on purpose."""
    from pyhanko.sign.signers import SimpleSigner

    try:
        signer = SimpleSigner.load_pkcs12_data(path.read_bytes(), [], password.encode() or None)
    except (OSError, ValueError) as error:
        raise SealMissing(f"{path} cannot be opened: {error.__cause__ or error}") from error
    if signer.signing_cert is None:
        raise SealMissing(f"{path} holds no certificate")
    return Seal(signer, hashlib.sha256(signer.signing_cert.dump()).hexdigest())
