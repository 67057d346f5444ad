"""The register of training, and evidence packs."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from certificates.models import Certificate
from lms.proof import actions as packs
from lms.proof import verify
from lms.proof.models import PackForm
from lms.proof.rules import Asked
from lms.proof.tasks import make_pack
from people.models import User
from tests.house.asking.session import PAGE, Answer, Asking, asks, page_of, plain, same, within
from tests.house.asking.team import read_file
from tests.house.oracle import WORDS, Oracle, Traces


def register_filters(asking: Asking) -> dict[str, str]:
    asked = {
        "name": asking.typed(0.3),
        "course": asking.some(0.3, asking.course_key()),
        "team": asking.some(0.3, asking.team_key()),
        "since": asking.some(0.2, "2025-11-01", "2026-03-01"),
        "until": asking.some(0.2, "2026-03-18", "2026-04-30"),
        "person": asking.some(0.2, str(asking.person().key)),
    }
    return {name: value for name, value in asked.items() if value}


def refused_audit(asking: Asking, reader: User, answer: Answer | None) -> bool:
    if answer is None:
        return True
    if asking.oracle.is_auditor(reader):
        return False
    same("refused", answer.status, 404)
    return True


def audited_name(asking: Asking, person: User) -> str:
    return f"Erased person {person.key.hex[:8]}" if person.key in asking.oracle.erased else person.name


def not_erased(asking: Asking, people: Iterable[int]) -> set[int]:
    return {pk for pk in people if asking.oracle.people[pk].key not in asking.oracle.erased}


@asks("training-register", often=6)
def the_register(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_auditor)
    asked = register_filters(asking) | {"p": asking.rng.choice(["1", "1", "2", "3"])}
    answer = asking.get(reader, "training-register", asked=asked)
    if refused_audit(asking, reader, answer):
        return
    rows = oracle.registered(asked)
    page = page_of(rows, asked, "p")
    same("how many", answer.number(r"(\d+) trainings? found"), len(rows))
    if rows:
        people = answer.number(r"They belong to (\d+) (?:person|people)")
        same("people", people, len({row.person_id for row in rows}))
    shown = [(plain(cells[0]).removesuffix(" Account closed"), plain(cells[2])) for cells in answer.rows()]
    expected = [
        (audited_name(asking, oracle.people[row.person_id]), oracle.titles[str(row.course_key)]) for row in page
    ]
    same("rows", shown, expected)
    for cells, row in zip(answer.rows(), page, strict=True):
        same("how it stands", plain(cells[4]) in {WORDS[word] for word in oracle.own_status(row)}, True)
    owners = {row.person_id for row in page}
    within("whom the page is about", asking.traces.of(answer.text), owners | chosen_person(asking, asked))
    within("who is named", asking.traces.named(answer.text), not_erased(asking, owners | chosen_person(asking, asked)))


def chosen_person(asking: Asking, asked: Mapping[str, str]) -> set[int]:
    return {asking.traces.owners[asked["person"]]} if asked.get("person") else set()


@asks("training-register-export", often=4)
def register_as_a_file(asking: Asking) -> None:
    oracle, reader = asking.oracle, asking.reader(asking.oracle.is_auditor)
    form, asked = asking.rng.choice(["csv", "csv", "xlsx"]), register_filters(asking)
    answer = asking.get(reader, "training-register-export", form, asked=asked)
    if refused_audit(asking, reader, answer):
        return
    _heads, rows, notes = read_file(answer.content, form)
    found = oracle.registered(asked)
    expected = [
        [
            audited_name(asking, oracle.people[row.person_id]),
            oracle.team_name(oracle.people[row.person_id]),
            oracle.titles[str(row.course_key)],
            str(row.cycle),
        ]
        for row in found
    ]
    same("rows", [[row[0], row[1], row[3], row[4]] for row in rows], expected)
    if form == "xlsx":
        same("rows it says it has", int(notes.split()[0]), len(expected))


@asks("evidence-packs", "evidence-pack", "evidence-pack-file", often=1)
def a_pack(asking: Asking) -> None:
    """Somebody asks for one; they get what the register finds, and anybody else gets nothing."""
    oracle = asking.oracle
    auditor = asking.reader(oracle.is_auditor, 1)
    asked = register_filters(asking)
    asked.pop("name", None)
    rows = oracle.registered(asked) if asked else []
    if not rows:
        return
    form = asking.rng.choice(list(PackForm))
    asking.asked = f"{auditor.email} asks for the pack {form} of {asked}"
    made = packs.request_pack(key=uuid4(), form=form, asked=as_asked(asked), by=User.objects.get(pk=auditor.pk))
    asking.packs[made.key] = auditor.pk
    same("made", make_pack.func(str(made.key)), "made")
    reader = auditor if asking.rng.random() < 0.7 else asking.reader(oracle.is_auditor, 0.6)
    listed = asking.get(reader, "evidence-packs")
    if refused_audit(asking, reader, listed):
        return
    mine = {str(key) for key, owner in asking.packs.items() if owner == reader.pk}
    same("one's own packs", len(re.findall(r'scope="row"><a', listed.text)), min(len(mine), PAGE))
    within_keys = set(Traces.KEY.findall(listed.text)) & {str(key) for key in asking.packs}
    same("keys of others' packs", within_keys - mine, set())
    same("the pack", asking.get(reader, "evidence-pack", made.key).status, 200 if reader.pk == auditor.pk else 404)
    answer = asking.get(reader, "evidence-pack-file", made.key)
    if reader.pk != auditor.pk:
        same("somebody else's", answer.status, 404)
        return
    if form == PackForm.EVIDENCE:
        in_evidence(asking, answer.content, rows)
    else:
        in_documents(asking, answer.content, rows)


def as_asked(asked: Mapping[str, str]) -> Asked:
    return Asked(
        person=UUID(asked["person"]) if "person" in asked else None,
        course=UUID(asked["course"]) if "course" in asked else None,
        team=UUID(asked["team"]) if "team" in asked else None,
        since=date.fromisoformat(asked["since"]) if "since" in asked else None,
        until=date.fromisoformat(asked["until"]) if "until" in asked else None,
    )


class Zip:
    def __init__(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            self.files = {name: archive.read(name) for name in archive.namelist()}

    def rows(self, name: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.files[name].decode("utf-8-sig"))))[1:]

    @property
    def counts(self) -> dict[str, int]:
        return json.loads(self.files["manifest.json"])["counts"]


def in_evidence(asking: Asking, content: bytes, rows: list) -> None:
    oracle, pack = asking.oracle, Zip(content)
    enrolments = {row.pk for row in rows}
    people = {row.person_id for row in rows}
    keys = {str(oracle.people[pk].key) for pk in people}
    completions = [row for row in oracle.completions if row.enrolment_id in enrolments]
    issued = certificates_for(oracle, completions)
    duties = [duty for duty in oracle.duties if duty.enrolment.pk in enrolments]
    attempts = [row for row in oracle.attempts if row.enrolment_id in enrolments and row.finished_at]
    runs = [row for row in oracle.runs if row.enrolment_id in enrolments and row.mode == "graded" and row.finished_at]
    files = [row for row in issued if row.pk in oracle.filed and oracle.people[row.holder_id].key not in oracle.erased]
    same("people", sorted(row[0] for row in pack.rows("people.csv")), sorted(keys))
    expected = sorted((str(duty.person.key), WORDS[duty.status]) for duty in duties)
    same("assignments", sorted((row[0], row[7]) for row in pack.rows("assignments.csv")), expected)
    same(
        "completions",
        sorted(row[10] for row in pack.rows("completions.csv")),
        sorted(str(row.key) for row in completions),
    )
    same("certificates", sorted(row[0] for row in pack.rows("certificates.csv")), sorted(row.serial for row in issued))
    owners = [str(oracle.people[oracle.enrolments[row.enrolment_id].person_id].key) for row in [*attempts, *runs]]
    same("attempts", sorted(row[0] for row in pack.rows("attempts.csv")), sorted(owners))
    same("PDFs", sum(name.endswith(".pdf") and name.startswith("certificates/") for name in pack.files), len(files))
    records = [json.loads(line) for line in pack.files[verify.RECORDS].splitlines()]
    known = {str(row.key) for row in completions} | {str(oracle.enrolments[pk].key) for pk in enrolments}
    known |= {str(duty.row.key) for duty in duties}
    known |= {row.serial for row in issued} | {
        str(row.key) for row in oracle.attempts if row.enrolment_id in enrolments
    }
    expected_records = [row.seq for row in oracle.records if belongs(row, people_keys=keys, known=known)]
    same("records", [row["seq"] for row in records], expected_records)
    counts = pack.counts
    left = {pk for pk in people if not oracle.people[pk].is_active}
    erased = {pk for pk in people if oracle.people[pk].key in oracle.erased}
    figures = {
        "people": len(people),
        "left": len(left),
        "erased": len(erased),
        "enrolments": len(rows),
        "assignments": len(duties),
        "completions": len(completions),
        "attempts": len(attempts) + len(runs),
        "certificates": len(issued),
        "files": len(files),
        "records": len(expected_records),
    }
    same("figures", {name: counts[name] for name in figures}, figures)
    nobody_else(asking, pack, people)


def belongs(record: Any, *, people_keys: set[str], known: set[str]) -> bool:
    """About somebody in the pack, and something of theirs that is in it; leaves, and that they were erased, always."""
    if str(record.subject) not in people_keys:
        return False
    facts = record.facts
    if record.kind in ("erased", "leave.recorded", "leave.withdrawn"):
        return True
    if "completion" in facts:
        return facts["completion"] in known
    return bool({facts.get(name) for name in ("enrolment", "assignment", "serial", "attempt")} & known)


def certificates_for(oracle: Oracle, completions: list) -> list[Certificate]:
    keys = {row.key for row in completions}
    return [row for row in oracle.certificates.values() if row.completion_key in keys]


def in_documents(asking: Asking, content: bytes, rows: list) -> None:
    oracle, pack = asking.oracle, Zip(content)
    enrolments = {row.pk for row in rows}
    issued = certificates_for(oracle, [row for row in oracle.completions if row.enrolment_id in enrolments])
    files = [row for row in issued if row.pk in oracle.filed and oracle.people[row.holder_id].key not in oracle.erased]
    same("register", sorted(row[0] for row in pack.rows("register.csv")), sorted(row.serial for row in issued))
    names = {f"documents/{oracle.people[row.holder_id].key}/{row.serial}.pdf" for row in files}
    same("documents", {name for name in pack.files if name.endswith(".pdf")}, names)
    counts = {"people": len({row.holder_id for row in files}), "documents": len(files), "certificates": len(issued)}
    same("figures", pack.counts, counts)
    nobody_else(asking, pack, {row.person_id for row in rows})


def nobody_else(asking: Asking, pack: Zip, people: set[int]) -> None:
    """In no file, but that the manifest says who asked; and nobody by name whose data was erased."""
    for name, content in pack.files.items():
        if name.startswith("manifest") or name == "verify.py":
            continue
        text = name + content.decode(errors="replace")
        within(name, asking.traces.of(text), people)
        within(name, asking.traces.named(text), not_erased(asking, people))
