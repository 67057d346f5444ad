"""The key that seals where the organisation has given none. Its subject says that it is a demo."""

import os
import tempfile
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils import timezone


def path() -> Path:
    file = settings.VAR_DIR / "seal" / "demo.p12"
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create_once(file, _make())
    return file


def _make() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())  # made and opened in no time, which RSA is not
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, settings.ORGANISATION[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, "Ostoja demo seal, not for production"),
        ]
    )
    now = timezone.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_sealing_only(), critical=True)
        .sign(key, hashes.SHA256())
    )
    return pkcs12.serialize_key_and_certificates(b"demo seal", key, certificate, None, NoEncryption())


def _sealing_only() -> x509.KeyUsage:
    wanted = {"digital_signature", "content_commitment"}
    others = ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only")
    return x509.KeyUsage(**{use: use in wanted for use in (*wanted, *others, "decipher_only")})


def _create_once(file: Path, data: bytes) -> None:
    """Of two workers that both found no key, one's is kept and the other takes it too."""
    with tempfile.NamedTemporaryFile(dir=file.parent) as draft:  # readable by its owner alone
        draft.write(data)
        draft.flush()
        os.fsync(draft.fileno())
        try:
            os.link(draft.name, file)
        except FileExistsError:
            return
