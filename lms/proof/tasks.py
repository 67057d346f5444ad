"""Away from any web request: packs are made, and removed when their time is over."""

from typing import IO

from django.utils import timezone
from django_tasks import task

from certificates import preparing
from certificates.freezing import freeze_written
from certificates.models import private_storage
from lms.proof import contents, personnel
from lms.proof.models import EvidencePack, PackForm

WRITERS = {PackForm.EVIDENCE: contents.write, PackForm.PERSONNEL: personnel.write}


@task
def make_pack(key: str) -> str:
    """Try once to make this pack; claimed and planned anew as zips of certificates are."""
    claimed = preparing.claim(EvidencePack.objects.select_related("person", "requested_by"), key, make_pack)
    if claimed is None:
        return "nothing to do"
    try:
        preparing.clear(claimed)  # what a killed worker left there
        counts = write(claimed)
    except Exception as error:  # whatever went wrong is written down, for whoever asked
        return preparing.record_failure(EvidencePack.objects.all(), claimed, error)
    size = private_storage().size(claimed.path)
    if not preparing.record_made(EvidencePack.objects.all(), claimed, clear_expired_packs, counts=counts, size=size):
        preparing.clear(claimed)
        return "to be made anew"
    return "made"


def write(asked: EvidencePack) -> dict[str, int]:
    """The file in private storage, whole or not at all; it is never in memory. How much of what is in it."""
    counts: dict[str, int] = {}

    def fill(file: IO[bytes]) -> None:
        counts.update(WRITERS[PackForm(asked.form)](asked, file))

    freeze_written(private_storage(), asked.path, fill)
    return counts


@task
def clear_expired_packs() -> int:
    """Remove the files of all packs whose time is over. How many files that were."""
    return sum(preparing.clear(expired) for expired in EvidencePack.objects.expired(timezone.now()).iterator())
