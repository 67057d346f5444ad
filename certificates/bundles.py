"""Many certificates in one zip with a table of contents, written to the disk one PDF after the other."""

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import IO

from django.utils import timezone, translation
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from certificates import rules
from certificates.freezing import freeze_written
from certificates.models import Bundle, Certificate, Damaged, private_storage
from people.models import User
from people.rules import cells

CHUNK = 100
INDEX = "index.csv"


def make(bundle: Bundle) -> tuple[int, int]:
    """How many PDFs are in it, and its size in bytes. One PDF is in memory at a time."""
    included = 0

    def fill(file: IO[bytes]) -> None:
        nonlocal included
        with translation.override(bundle.language), zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            rows = [_add(archive, certificate) for certificate in _certificates(bundle)]
            archive.writestr(_entry(INDEX), _table(rows, cells.separator(bundle.language)))
        included = sum(1 for row in rows if row[-2])

    freeze_written(private_storage(), bundle.path, fill)
    return included, private_storage().size(bundle.path)


def ready_with(person: User) -> list[Bundle]:
    """Those that can be fetched now and hold a certificate of this person."""
    serials = set(Certificate.objects.filter(holder=person).values_list("serial", flat=True))
    return [bundle for bundle in Bundle.objects.ready(timezone.now()) if serials & set(bundle.serials)]


def told_with(person: User) -> list[dict[str, str]]:
    """For a copy of somebody's data."""
    return [{"key": str(bundle.key), "requested_at": bundle.requested_at.isoformat()} for bundle in ready_with(person)]


def _certificates(bundle: Bundle) -> Iterator[Certificate]:
    """In the order in which they were asked for."""
    for start in range(0, len(bundle.serials), CHUNK):
        serials = bundle.serials[start : start + CHUNK]
        found = {row.serial: row for row in Certificate.objects.with_state().filter(serial__in=serials)}
        yield from (found[serial] for serial in serials if serial in found)


def _add(archive: zipfile.ZipFile, certificate: Certificate) -> list[str]:
    """Its line in the table. A PDF that is missing or damaged is told there, and the others are still worth having."""
    name, problem = "", ""
    if certificate.has_file:
        try:
            data = certificate.file.read()
        except Damaged:
            problem = _("The PDF cannot be read.")
        else:
            name = rules.file_name(certificate.holder_name, certificate.serial)
            archive.writestr(_entry(name), data)
    else:
        problem = _("The PDF is not made yet.")
    return [*_facts(certificate), name, problem]


def _facts(certificate: Certificate) -> list[str]:
    state = certificate.state(timezone.localdate())
    return [
        certificate.serial,
        certificate.holder_name,
        certificate.course_title,
        certificate.course_version,
        cells.exact(certificate.hours, get_language() or ""),
        certificate.issued_on.isoformat(),
        certificate.valid_until.isoformat() if certificate.valid_until else "",
        STATES[state](),
    ]


STATES = {
    rules.State.VALID: lambda: pgettext("certificate status", "Valid"),
    rules.State.EXPIRED: lambda: pgettext("certificate status", "Expired"),
    rules.State.SUPERSEDED: lambda: pgettext("certificate status", "Replaced by a newer one"),
    rules.State.REVOKED: lambda: pgettext("certificate status", "Revoked"),
}


def _table(rows: list[list[str]], delimiter: str) -> bytes:
    """UTF-8 with a mark at its beginning, without which Excel reads no Polish and no Latvian letter."""
    headings = [
        _("Certificate number"),
        pgettext("person", "Name"),
        _("Course"),
        _("Course version"),
        _("Hours"),
        _("Issued"),
        _("Valid until"),
        _("Status"),
        _("File"),
        _("Remark"),
    ]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([cells.safe(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _entry(name: str) -> zipfile.ZipInfo:
    now = timezone.localtime()
    entry = zipfile.ZipInfo(name, (now.year, now.month, now.day, now.hour, now.minute, now.second))
    entry.external_attr = 0o600 << 16
    return entry
