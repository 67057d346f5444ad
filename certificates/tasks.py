"""Away from any web request: making the PDF (draw, seal, freeze, once a certificate), and zips of many of them."""

import hashlib
import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tasks import task

from certificates import bundles, pdf, preparing, seal
from certificates.freezing import freeze
from certificates.models import (
    MAX_TRIES,
    Bundle,
    Certificate,
    CertificateFile,
    Rendering,
    private_storage,
)
from evidence import actions as evidence

logger = logging.getLogger(__name__)

# Longer than one try can take: until the pause is over nobody else touches the certificate.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))


@task
def render(serial: str) -> str:
    """Try once to make the file of this certificate, unless it is made, parked, or in another worker's hands.

    Claiming a try plans the next one in the same transaction. Should this worker die at any point, the next try is in
    the queue already; after a success it finds nothing to do.
    """
    certificate = _claim(serial)
    if certificate is None:
        return "nothing to do"
    try:
        key = seal.current()
        attach_file(certificate=certificate, data=key.put_on(pdf.make(certificate)), sealed_with=key.fingerprint)
    except Exception as error:  # whatever went wrong is written down, and the other certificates go on
        return _record_failure(certificate, error)
    return "made"


@transaction.atomic
def _claim(serial: str) -> Certificate | None:
    certificate = Certificate.objects.select_related("rendering").filter(serial=serial, file=None).first()
    if certificate is None:
        return None
    now, tries = timezone.now(), certificate.rendering.tries
    if tries >= MAX_TRIES or (certificate.rendering.next_try_at or now) > now:
        return None
    until = now + PAUSES[min(tries, len(PAUSES) - 1)]
    # Two workers may both have read the row: the one whose update finds the same count of tries has it.
    mine = Rendering.objects.filter(certificate=certificate, tries=tries)
    if not mine.update(tries=F("tries") + 1, next_try_at=until):
        return None
    if tries + 1 < MAX_TRIES:
        render.using(run_after=until).enqueue(serial)
    return certificate


@transaction.atomic
def attach_file(*, certificate: Certificate, data: bytes, sealed_with: str) -> CertificateFile:
    """Freeze these bytes as the certificate's file. Where there is one already it stays, and these are dropped."""
    certificate = Certificate.objects.select_for_update(of=("self",)).select_related("holder").get(pk=certificate.pk)
    frozen = CertificateFile.objects.filter(certificate=certificate).first()
    if frozen:
        return frozen
    path = f"certificates/{certificate.serial[:2]}/{certificate.serial}.pdf"
    freeze(private_storage(), path, data)
    sha256 = hashlib.sha256(data).hexdigest()
    evidence.append(
        kind="certificate.sealed",
        subject=certificate.holder.key,
        facts={"serial": certificate.serial, "sha256": sha256, "sealed_with": sealed_with},
        personal={},
    )
    return CertificateFile.objects.create(
        certificate=certificate, path=path, sha256=sha256, size=len(data), sealed_with=sealed_with
    )


def _record_failure(certificate: Certificate, error: Exception) -> str:
    row = Rendering.objects.get(certificate=certificate)
    reason = f"{type(error).__name__}: {error}"[:400]
    Rendering.objects.filter(pk=row.pk).update(error=reason)
    logger.warning("Certificate %s was not made (try %d of %d): %s", certificate.serial, row.tries, MAX_TRIES, reason)
    return "parked" if row.tries >= MAX_TRIES else "tried"


# --- many at once --------------------------------------------------------------------------------------------------
@task
def bundle(key: str) -> str:
    """Try once to make this zip; claimed and planned anew as in render()."""
    claimed = preparing.claim(Bundle.objects.all(), key, bundle)
    if claimed is None:
        return "nothing to do"
    try:
        preparing.clear(claimed)  # what a killed worker left there
        included, size = bundles.make(claimed)
    except Exception as error:  # whatever went wrong is written down, for whoever asked
        return preparing.record_failure(Bundle.objects.all(), claimed, error)
    if not preparing.record_made(Bundle.objects.all(), claimed, clear_expired, included=included, size=size):
        preparing.clear(claimed)
        return "to be made anew"
    return "made"


@task
def clear_expired() -> int:
    """Remove the files of all bundles whose time is over. How many files that were."""
    return sum(preparing.clear(expired) for expired in Bundle.objects.expired(timezone.now()).iterator())
