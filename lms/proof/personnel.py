"""Certificates for Polish personnel files: each document a file of its own, beside it an XML with its metadata.

After § 13 of the regulation on employee documentation (Dz.U. 2018 poz. 2369); prepared for legal review, and says so.
The numbers and names of the elements are ours. We hold no PESEL, so that the element is there and empty.
"""

from typing import IO
from xml.etree import ElementTree

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from certificates.bundles import STATES
from certificates.models import Certificate
from lms.proof import contents, tables
from lms.proof.contents import Scope
from lms.proof.models import EvidencePack
from lms.proof.writing import Pack
from training.exports import Table

NOTICE = "Przygotowano do oceny prawnej. Prepared for legal review."
PART = "B"  # the part of a personnel file that qualifications got during employment go to


def write(asked: EvidencePack, file: IO[bytes]) -> dict[str, int]:
    """How much of what is in it."""
    scope = contents.scope_of(asked)
    with translation.override(asked.language), Pack(file, language=asked.language) as pack:
        counts = _write_documents(pack, scope)
        context = {"scope": scope, "counts": counts, "notice": NOTICE}
        pack.add("README.txt", render_to_string("proof/readme_personnel.txt", context).encode())
        pack.seal(contents.manifest(scope, counts, []) | {"notice": NOTICE})
    return counts


def _write_documents(pack: Pack, scope: Scope) -> dict[str, int]:
    people, documents, rows = set(), 0, []
    for certificate in tables.certificates_of(scope.found).iterator(chunk_size=tables.CHUNK):
        source, remark, data = contents.file_of(certificate, certificate.is_erased)
        name = ""
        if source:
            people.add(certificate.holder_id)
            documents += 1
            folder = f"documents/{certificate.holder.key}"
            name = f"{folder}/{certificate.serial}.pdf"
            sha256 = pack.add(name, data)
            pack.add(f"{folder}/{certificate.serial}.xml", metadata(certificate, sha256))
        rows.append(tables.certificate_row(certificate, certificate.is_erased, name, remark))
    headings = [heading() for heading in tables.CERTIFICATE_HEADINGS]
    pack.add_table("register.csv", Table("register", headings, rows, []))
    return {"people": len(people), "documents": documents, "certificates": len(rows)}


def metadata(certificate: Certificate, sha256: str) -> bytes:
    """The XML of one document. In Polish, whatever language the pack is in: Polish law asks for it."""
    with translation.override("pl"):
        return _metadata(certificate, sha256)


def _metadata(certificate: Certificate, sha256: str) -> bytes:
    holder = certificate.holder
    document = ElementTree.Element("dokument", {"wersja": "1", "uwaga": NOTICE})
    _add(document, "identyfikatorDokumentu", certificate.serial)
    _add(document, "identyfikatorPliku", f"{certificate.serial}.pdf")
    _add(document, "skrotPliku", sha256, algorytm="SHA-256")
    _add(document, "czescAkt", PART, uwaga="do potwierdzenia przez pracodawcę")
    _add(document, "rodzajDokumentu", "zaświadczenie o ukończeniu szkolenia")
    _add(document, "tytul", certificate.course_title)
    _add(document, "dataDokumentu", certificate.issued_on.isoformat())
    _add(document, "dataUtworzeniaPliku", tables.moment(certificate.file.made_at))
    if certificate.valid_until:
        _add(document, "waznyDo", certificate.valid_until.isoformat())
    _add(document, "stan", str(STATES[certificate.state(timezone.localdate())]()))
    employer = ElementTree.SubElement(document, "pracodawca")
    _add(employer, "nazwa", certificate.issuer or settings.ORGANISATION)
    person = ElementTree.SubElement(document, "pracownik")
    _add(person, "imie", holder.first_name)
    _add(person, "nazwisko", holder.last_name)
    _add(person, "imieINazwiskoNaDokumencie", certificate.holder_name)
    _add(person, "pesel", "", uwaga="system nie przechowuje numeru PESEL")
    _add(person, "identyfikatorPracownika", str(holder.key))
    ElementTree.indent(document)
    return ElementTree.tostring(document, encoding="utf-8", xml_declaration=True)


def _add(parent: ElementTree.Element, name: str, text: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, name, attributes).text = text
