"""Certificates: one's own, one, the register, the zip."""

import csv
import io
import re
import zipfile
from uuid import uuid4

from django.core.cache import cache

from certificates import actions as certificates
from certificates.tasks import bundle as make_bundle
from tests.house.asking.session import SECTION, Asking, asks, page_of, same, within
from tests.house.asking.staff import refused_staff
from tests.house.asking.team import lead
from tests.house.oracle import Traces


@asks("certificates")
def own_certificates(asking: Asking) -> None:
    person = asking.person()
    answer = asking.get(person, "certificates")
    if answer is None:
        return
    own = {row.serial for row in asking.oracle.certificates.values() if row.holder_id == person.pk}
    same("numbers", set(Traces.SERIAL.findall(answer.text)), own)
    within("whom the page is about", asking.traces.of(answer.text), {person.pk})


@asks("certificate", "certificate-pdf", "verify-serial", often=5)
def one_certificate(asking: Asking) -> None:
    """Who has the paper may check it; all the rest is for who may see the person."""
    oracle, reader = asking.oracle, lead(asking)
    below = oracle.managed(reader)
    rows = [row for row in oracle.certificates.values() if row.holder_id in below] if asking.rng.random() < 0.6 else []
    row = asking.rng.choice(rows or list(oracle.certificates.values()))
    name = asking.rng.choice(["certificate", "certificate", "certificate-pdf", "verify-serial"])
    cache.clear()
    answer = asking.get(reader, name, row.serial) if name != "verify-serial" or reader.is_active else None
    if answer is None:
        return
    may = name == "verify-serial" or row.holder_id in oracle.sees(reader)
    has = name != "certificate-pdf" or row.pk in oracle.filed
    same("status", answer.status, 200 if may and has else 404)
    if answer.status == 200:
        within("whom it is about", asking.traces.of(answer.text), {row.holder_id})


def certificate_filters(asking: Asking) -> dict[str, str]:
    asked = {
        "q": asking.some(0.4, "Nowak", "alarm", "q01", "Jan", "boats q", "%"),
        "course": asking.some(0.25, *(str(course.key) for course in asking.organisation.courses)),
        "state": asking.some(0.3, "valid", "expired", "revoked", "superseded"),
        "file": asking.some(0.2, "made", "waiting", "parked"),
        "issued_from": asking.some(0.2, "2025-09-01"),
        "issued_to": asking.some(0.2, "2026-01-31"),
    }
    return {name: value for name, value in asked.items() if value}


@asks("certificate-register", often=4)
def certificate_register(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    asked = certificate_filters(asking) | {"p": asking.rng.choice(["1", "2"])}
    known = {str(row.course_key) for row in oracle.certificates.values()}
    answer = asking.get(reader, "certificate-register", asked=asked)
    if refused_staff(asking, reader, answer):
        return
    if asked.get("course", "") not in {"", *known}:
        same("no such course", answer.status, 422)
        return
    rows = oracle.issued(asked)
    page = page_of(rows, asked, "p")
    body = SECTION.findall(answer.text)
    same("numbers", re.findall(r"<code>([0-9A-Z-]{23})</code>", body[0]) if body else [], [row.serial for row in page])
    found = answer.number(r"(\d+) certificates? found")
    same("how many", found if found is not None else 0, len(rows))
    same("whom the page is about", asking.traces.of(answer.text), {row.holder_id for row in page})


@asks("certificate-staff", "certificate-revoke", "certificate-reissue")
def certificate_of_staff(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_staff)
    row = asking.rng.choice(list(oracle.certificates.values()))
    name = asking.rng.choice(["certificate-staff", "certificate-revoke", "certificate-reissue"])
    answer = asking.get(reader, name, row.serial)
    if refused_staff(asking, reader, answer):
        return
    if answer.status == 200:
        by = {asking.organisation.people[2].pk} if row.pk in oracle.revoked else set()
        within("whom it is about", asking.traces.of(answer.text), {row.holder_id} | by)


@asks("certificate-downloads", "certificate-download", "certificate-download-file", often=1)
def certificates_as_a_zip(asking: Asking) -> None:
    oracle = asking.oracle
    wanted = [row for row in oracle.issued(certificate_filters(asking)) if row.course_key]
    if not wanted:
        return
    staff = asking.reader(oracle.is_staff, 1)
    made = certificates.request_bundle(key=uuid4(), serials=[row.serial for row in wanted], by=staff)
    make_bundle.func(str(made.key))
    reader = asking.reader(oracle.is_staff, 0.6)
    answer = asking.get(reader, "certificate-download-file", made.key)
    if refused_staff(asking, reader, answer):
        return
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = [name for name in archive.namelist() if name.endswith(".pdf")]
        tables = [archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name.endswith(".csv")]
    same("files", len(files), sum(row.pk in oracle.filed for row in wanted))
    rows = list(csv.reader(io.StringIO(tables[0])))[1:]
    same("rows", [row[0] for row in rows], [row.serial for row in wanted])
    asking.get(reader, "certificate-download", made.key)
    listed = asking.get(reader, "certificate-downloads")
    within(
        "whom the list is about",
        asking.traces.of(listed.text),
        {one.pk for one in asking.people if oracle.is_staff(one)},
    )
