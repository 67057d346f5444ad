"""What is in an evidence pack, in the order in which it is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from assessments.quizzes.models import Answer, QuizAttempt
from assessments.scenarios.models import ScenarioRun, ScenarioStep
from certificates import limited, rules, seal
from certificates.models import Certificate, Damaged
from certificates.pdf import printable
from courses.models import Enrolment, StepCompletion, StepVersion
from courses.rules import canonical
from lms.proof import evidence, readable, tables, trainings
from lms.proof.models import EvidencePack
from lms.proof.people import erased, shown_name
from lms.proof.writing import Pack
from people.models import Team, User
from training.exports import Table
from training.titles import titles


@dataclass(frozen=True)
class Scope:
    """What was asked for, and what that is today."""

    asked: EvidencePack
    found: QuerySet[Enrolment]
    now: datetime

    @property
    def language(self) -> str:
        return self.asked.language

    def notes(self) -> list[tuple[str, str]]:
        return about([self.asked], self.language)[0]


def scope_of(asked: EvidencePack) -> Scope:
    return Scope(asked, trainings.found(asked.asked, asked.requested_by), timezone.now())


def about(packs: Sequence[EvidencePack], language: str) -> list[list[tuple[str, str]]]:
    """What each is about, in words; as many queries for fifty as for one."""
    courses = titles({pack.course_key for pack in packs if pack.course_key}, language)
    teams = dict(Team.objects.filter(key__in={pack.team_key for pack in packs}).values_list("key", "name"))
    people = {pack.person.pk: pack.person for pack in packs if pack.person}
    gone = set(User.objects.filter(erased("key"), pk__in=people).values_list("pk", flat=True))
    return [
        [
            (_("Person"), shown_name(pack.person, pack.person.pk in gone) if pack.person else ""),
            (_("Course"), courses[str(pack.course_key)] if pack.course_key else ""),
            (_("Team"), teams.get(pack.team_key, str(pack.team_key)) if pack.team_key else ""),
            (_("Days"), _days(pack)),
        ]
        for pack in packs
    ]


def _days(pack: EvidencePack) -> str:
    days = [day.isoformat() if day else "…" for day in (pack.since, pack.until)]
    return " – ".join(days) if pack.since or pack.until else ""


def name_of(person: User) -> str:
    is_erased = User.objects.filter(erased("key"), pk=person.pk).exists()
    return shown_name(person, is_erased)


# --- writing it ----------------------------------------------------------------------------------------------------
def write(asked: EvidencePack, file: IO[bytes]) -> dict[str, int]:
    """How much of what is in it."""
    scope = scope_of(asked)
    known = evidence.known_of(scope.found)
    with translation.override(asked.language), Pack(file, language=asked.language) as pack:
        counts = _write_tables(pack, scope)
        counts["certificates"], counts["files"] = _write_certificates(pack, scope)
        counts["contents"] = _write_contents(pack, scope)
        counts["records"], wrong = evidence.write(pack, scope.found, known)
        pack.add("summary.pdf", _summary(scope, counts, wrong))
        pack.add("README.txt", render_to_string("proof/readme.txt", {"scope": scope, "counts": counts}).encode())
        pack.seal(manifest(scope, counts, wrong))
    return counts


def manifest(scope: Scope, counts: dict[str, int], not_genuine: list[int]) -> dict[str, Any]:
    return {
        "kind": scope.asked.form,
        "pack": str(scope.asked.key),
        "made_at": tables.moment(scope.now),
        "issuer": settings.ORGANISATION,
        "asked": scope.asked.asked.facts(),
        "requested_by": str(scope.asked.requested_by.key),
        "counts": counts,
        "head": evidence.signed_head(),
        "not_genuine": not_genuine,
    }


def _write_tables(pack: Pack, scope: Scope) -> dict[str, int]:
    made = {
        "people": tables.people(scope.found),
        "assignments": tables.assignments(scope.found, now=scope.now, language=scope.language),
        "completions": tables.completions(scope.found),
        "attempts": tables.attempts(scope.found),
    }
    counts = {"enrolments": scope.found.count()}
    counts |= {name: pack.add_table(f"{name}.csv", table) for name, table in made.items()}
    people = scope.found.order_by().values("person").distinct()
    counts["left"] = people.filter(person__is_active=False).count()
    counts["erased"] = people.filter(erased("person__key")).count()
    return counts


def _write_certificates(pack: Pack, scope: Scope) -> tuple[int, int]:
    """How many certificates, and how many of their PDFs, are in the pack."""
    names: dict[int, str] = {}

    def rows() -> Iterator[list]:
        for certificate in tables.certificates_of(scope.found).iterator(chunk_size=tables.CHUNK):
            name, remark, _data = file_of(certificate, certificate.is_erased)
            if name:
                names[certificate.pk] = name
            yield tables.certificate_row(certificate, certificate.is_erased, name, remark)

    headings = [heading() for heading in tables.CERTIFICATE_HEADINGS]
    count = pack.add_table("certificates.csv", Table("certificates", headings, rows(), []))
    for certificate in tables.certificates_of(scope.found).iterator(chunk_size=tables.CHUNK):
        if certificate.pk in names:
            pack.add(names[certificate.pk], certificate.file.read())
    return count, len(names)


def file_of(certificate: Certificate, is_erased: bool) -> tuple[str, str, bytes]:
    """Where its PDF is in the pack, or why it is not; and the PDF."""
    if is_erased:
        return "", _("The PDF names a person whose data was erased."), b""
    if not certificate.has_file:
        return "", _("The PDF is not made yet."), b""
    try:
        data = certificate.file.read()
    except Damaged:
        return "", _("The PDF cannot be read."), b""
    return f"certificates/{rules.file_name(certificate.holder_name, certificate.serial)}", "", data


def shown_to(found: QuerySet[Enrolment]) -> QuerySet[StepVersion]:
    """Each version of a step that somebody finished, answered or played in these enrolments."""
    keys = found.order_by().values("pk")
    shown: tuple[QuerySet, ...] = (
        StepCompletion.objects.filter(enrolment__in=keys),
        QuizAttempt.objects.filter(enrolment__in=keys),
        Answer.objects.filter(attempt__enrolment__in=keys),
        ScenarioRun.objects.filter(enrolment__in=keys),
        ScenarioStep.objects.order_by().filter(run__enrolment__in=keys),
    )
    wanted = Q()
    for rows in shown:
        wanted |= Q(pk__in=rows.values("version"))
    return StepVersion.objects.filter(wanted)


def _write_contents(pack: Pack, scope: Scope) -> int:
    """Under its hash, as it was hashed, and beside it as a page; the same content once."""
    count, last = 0, ""
    for version in shown_to(scope.found).order_by("sha256").iterator(chunk_size=20):
        if version.sha256 == last:
            continue
        count, last = count + 1, version.sha256
        pack.add(f"content/{version.sha256}.json", canonical(version.content))
        drawn = readable.page(
            title=version.title, language=version.language, sha256=version.sha256, content=version.content
        )
        pack.add(f"content/{version.sha256}.html", drawn)
    return count


# --- the summary ---------------------------------------------------------------------------------------------------
def _summary(scope: Scope, counts: dict[str, int], wrong: list[int]) -> bytes:
    key = seal.current()
    context = {
        "issuer": printable(settings.ORGANISATION),
        "language": scope.language,
        "notes": [(name, printable(text)) for name, text in scope.notes() if text],
        "made_at": timezone.localtime(scope.now),
        "requested_by": printable(scope.asked.requested_by.name),
        "figures": figures(counts),
        "wrong": ", ".join(map(str, wrong[:20])),
        "head": evidence.signed_head(),
        "fingerprint": key.fingerprint,
        "key": scope.asked.key,
    }
    return key.put_on(limited.run("render_child.py", render_to_string("proof/summary_pdf.html", context).encode()))


def figures(counts: dict[str, int]) -> list[tuple[str, int]]:
    named = {
        "people": _("People"),
        "left": _("of these, accounts closed"),
        "erased": _("of these, personal data erased"),
        "enrolments": _("Trainings"),
        "assignments": _("Assignments"),
        "completions": _("Completions"),
        "attempts": _("Results of attempts"),
        "certificates": _("Certificates"),
        "files": _("PDFs of certificates in the pack"),
        "contents": _("Contents as they were shown"),
        "records": _("Evidence records"),
        "documents": _("Documents"),
    }
    return [(named[name], counts[name]) for name in named if name in counts]
