from certificates.models.designs import Design
from certificates.models.prepared import MAX_BUNDLE_TRIES, Prepared, PreparedQuerySet
from certificates.models.records import (
    MAX_TRIES,
    Bundle,
    Certificate,
    CertificateFile,
    Damaged,
    Rendering,
    Revocation,
    private_storage,
)
from certificates.models.site import CertificateLook, CourseLook, design_for

__all__ = [
    "MAX_BUNDLE_TRIES",
    "MAX_TRIES",
    "Bundle",
    "Certificate",
    "CertificateFile",
    "CertificateLook",
    "CourseLook",
    "Damaged",
    "Design",
    "Prepared",
    "PreparedQuerySet",
    "Rendering",
    "Revocation",
    "design_for",
    "private_storage",
]
