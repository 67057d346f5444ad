"""What is in a pack, who may have one, and how its making goes."""

import csv
import io
import json
import re
import subprocess
import sys
import tracemalloc
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
import time_machine
from django.core.files.storage import Storage
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, pgettext
from django_tasks_db.models import DBTaskResult
from pypdf import PdfReader

from assessments.scenarios import actions as scenarios
from assessments.scenarios.models import ScenarioRun
from certificates import actions as certificates
from certificates import preparing
from certificates.models import Certificate, private_storage
from certificates.tasks import bundle
from courses.models import StepVersion
from courses.rules import sha256
from evidence import actions as evidence
from evidence import triggers
from evidence.models import Record
from lms.proof import actions, contents, readable, rules, tasks, verify
from lms.proof.models import EvidencePack, PackForm
from lms.proof.rules import Asked
from people import actions as people
from people import private
from tests.proof.conftest import content_of, make, unpacked
from tests.training.staff import course_of, train
from training import actions as training
from training.actions import standing
from training.models import Requirement

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PRIVATE_NOTE = "nobody but me reads this"


@pytest.fixture
def no_drawing(monkeypatch):
    """Without the second that the summary takes."""
    monkeypatch.setattr(contents, "_summary", lambda *_: b"%PDF")


def opened(pack: EvidencePack) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content_of(pack)))


def table(archive: zipfile.ZipFile, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))[1:]


def records(archive: zipfile.ZipFile) -> list[dict]:
    return [json.loads(line) for line in archive.read("evidence/records.jsonl").splitlines()]


def told(pack: EvidencePack, folder: Path) -> list[str]:
    return list(verify.problems(unpacked(content_of(pack), folder), "", []))


# --- what is in it -------------------------------------------------------------------------------------------------
def test_a_pack_of_a_person_holds_everything_about_them_and_nothing_of_others(
    finished, finish, obcy, ana, auditor, ask
):
    finish(obcy)
    pack = make(ask(auditor, person=ana.key))
    archive = opened(pack)
    certificate = Certificate.objects.get(holder=ana)
    assert [row[1] for row in table(archive, "people.csv")] == ["Ana Nowak"]
    assert [row[1:3] for row in table(archive, "assignments.csv")] == [["Ana Nowak", "Calm first (en)"]]
    assert [row[1] for row in table(archive, "completions.csv")] == ["Ana Nowak"]
    assert [row[2] for row in table(archive, "attempts.csv")] == ["Quiz", "Scenario"]
    assert archive.read(f"certificates/Ana-Nowak-{certificate.serial}.pdf") == f"%PDF {certificate.serial}".encode()
    about = {record["subject"] for record in records(archive)}
    assert about == {str(ana.key)}
    assert obcy.email not in archive.read("people.csv").decode()
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert str(obcy.key).encode() not in everything
    text = PdfReader(io.BytesIO(archive.read("summary.pdf"))).pages[0].extract_text()
    assert "Ana Nowak" in text
    assert str(pack.key) in text
    counts = {"people": 1, "enrolments": 1, "assignments": 1, "completions": 1, "attempts": 2, "certificates": 1}
    assert counts.items() <= pack.counts.items()


def test_figures_in_its_tables_are_written_as_its_reader_writes_them(finished, auditor, ask, no_drawing):
    auditor.language = "lv"
    auditor.save()
    archive = opened(make(ask(auditor, course=finished.course_key)))
    (completion,) = list(
        csv.DictReader(io.StringIO(archive.read("completions.csv").decode("utf-8-sig")), delimiter=";")
    )
    (quiz, _scenario) = list(
        csv.DictReader(io.StringIO(archive.read("attempts.csv").decode("utf-8-sig")), delimiter=";")
    )
    with translation.override("lv"):
        assert completion[gettext("Hours")] == str(finished.completion.hours).replace(".", ",")
        assert quiz[gettext("Points")] == "0,000"
        assert quiz[pgettext("attempt", "Number")] == "1"


def test_the_contents_are_those_that_were_shown(finished, auditor, ask, no_drawing):
    archive = opened(make(ask(auditor, course=finished.course_key)))
    shown = {name.removeprefix("content/").removesuffix(".json") for name in archive.namelist() if ".json" in name}
    named = {step["sha256"] for step in finished.completion.path}
    assert named <= shown
    for name in named:
        content = json.loads(archive.read(f"content/{name}.json"))
        assert sha256(content) == name
        assert content == StepVersion.objects.filter(sha256=name).first().content
        assert content["title"] in archive.read(f"content/{name}.html").decode()


def test_payloads_with_answers_and_choices_stay_out(finished, auditor, ask, no_drawing):
    found = {record["kind"]: record for record in records(opened(make(ask(auditor, course=finished.course_key))))}
    assert found["course.completed"]["personal"]["payload"]["name"] == "Ana Nowak"
    assert "personal" not in found["scenario.finished"]
    assert found["scenario.finished"]["commitment"]


def test_what_was_granted_is_in_the_pack_and_its_reason_is_not(course, ana, publisher, auditor, ask, no_drawing):
    today = timezone.localdate()
    everybody = {"course_key": course.key, "audience": {"person": str(ana.key)}, "starts_on": today}
    rules_of = [Requirement.objects.create(name=name, **everybody) for name in ("Front desk", "Safety")]
    first, second = (training.assign(requirement=rule, person=ana) for rule in rules_of)
    paper = {"title": "A seminar", "obtained_on": today, "proof": b"%PDF", "by": publisher}
    standing.extend(assignment=first, until=first.due_on + DAY, reason="Illness", by=publisher)
    refused = standing.offer_equivalence(assignment=first, **paper)
    standing.decide_equivalence(equivalence=refused, accepted=False, reason="Unreadable", by=publisher)
    accepted = standing.offer_equivalence(assignment=first, **paper)
    standing.decide_equivalence(equivalence=accepted, accepted=True, reason="", by=publisher)
    standing.waive(assignment=second, reason="Illness", by=publisher)
    standing.record_leave(person=ana, starts_on=today, ends_on=None, by=publisher)
    granted = [
        "assignment.extended",
        "equivalence.offered",
        "equivalence.refused",
        "equivalence.offered",
        "assignment.equivalent",
        "assignment.waived",
        "leave.recorded",
    ]
    found = records(opened(make(ask(auditor, course=course.key))))
    assert [record["kind"] for record in found] == granted
    assert not [record for record in found if "personal" in record]
    train([ana], course_of("clear"))
    other = records(opened(make(ask(auditor, course=course_of("clear").course_key))))
    assert [record["kind"] for record in other] == ["leave.recorded"]


def test_people_who_left_stay_in_the_counts(finished, finish, ana, obcy, admin, auditor, ask, no_drawing):
    finish(obcy)
    people.deactivate(person=obcy, by=admin)
    pack = make(ask(auditor, course=finished.course_key))
    assert (pack.counts["people"], pack.counts["left"], pack.counts["erased"]) == (2, 1, 0)
    assert {row[1] for row in table(opened(pack), "people.csv")} == {ana.name, obcy.name}


def test_the_erased_stay_in_the_counts_under_a_pseudonym_and_their_records_verify(
    finished, finish, obcy, auditor, ask, tmp_path
):
    finish(obcy)
    evidence.erase(subject=obcy.key, reason="request", by=None)
    pack = make(ask(auditor, course=finished.course_key))
    assert (pack.counts["people"], pack.counts["completions"], pack.counts["erased"]) == (2, 2, 1)
    archive = opened(pack)
    pseudonym = table(archive, "people.csv")[1][1]
    assert obcy.key.hex[:8] in pseudonym
    assert table(archive, "completions.csv")[1][1] == pseudonym
    everything = b"".join(archive.read(name) for name in archive.namelist() if not name.startswith("content/"))
    for secret in (obcy.last_name, obcy.email):
        assert secret.encode() not in everything
    assert not any(obcy.last_name in name for name in archive.namelist())
    assert [record["seq"] for record in records(archive) if record["subject"] == str(obcy.key)]
    assert told(pack, tmp_path / "unpacked") == []


def test_a_record_that_was_changed_in_the_database_is_named_by_the_pack(finished, auditor, ask, tmp_path):
    changed = Record.objects.get(kind="course.completed")
    with triggers.lifted():
        Record.objects.filter(pk=changed.pk).update(facts=changed.facts | {"hours": "99"})
    pack = make(ask(auditor, course=finished.course_key))
    assert told(pack, tmp_path / "unpacked") == [f"record {changed.seq}: not genuine already when the pack was made"]
    text = PdfReader(io.BytesIO(opened(pack).read("summary.pdf"))).pages[0].extract_text()
    assert f": {changed.seq}" in text


def test_what_is_finished_while_the_pack_is_made_breaks_nothing(
    finished, finish, obcy, auditor, ask, no_drawing, monkeypatch, tmp_path
):
    write = contents._write_contents

    def meanwhile(*arguments) -> int:
        count = write(*arguments)
        finish(obcy)
        return count

    monkeypatch.setattr(contents, "_write_contents", meanwhile)
    pack = make(ask(auditor, course=finished.course_key))
    assert told(pack, tmp_path / "unpacked") == []
    assert str(obcy.key) not in {record["subject"] for record in records(opened(pack))}


def test_a_damaged_pdf_is_told_and_the_others_are_still_worth_having(finished, auditor, ask, no_drawing):
    certificate = Certificate.objects.get()
    Path(private_storage().path(certificate.file.path)).write_bytes(b"not what was frozen")
    archive = opened(make(ask(auditor, course=finished.course_key)))
    assert [row[-2:] for row in table(archive, "certificates.csv")] == [["", "The PDF cannot be read."]]
    assert not [name for name in archive.namelist() if name.endswith(".pdf") and "/" in name]


def test_memory_stays_the_same_however_much_is_in_it(finished, auditor, ask, no_drawing, monkeypatch):
    """Each content is large; forty of them never lie in memory together."""
    large = "x" * 1_000_000
    monkeypatch.setattr(readable, "page", lambda **_: large.encode())
    monkeypatch.setattr(contents, "canonical", lambda _: large.encode())
    version = StepVersion.objects.latest("pk")
    StepVersion.objects.bulk_create(
        StepVersion(
            step_key=uuid.uuid4(),
            kind="lesson",
            language="en",
            sha256=f"{number:064}",
            structure_sha256=version.structure_sha256,
            content={},
        )
        for number in range(40)
    )
    monkeypatch.setattr(contents, "shown_to", lambda _: StepVersion.objects.all())
    pack = ask(auditor, course=finished.course_key)
    make(ask(auditor, person=finished.person.key))  # what is imported once is not counted
    tracemalloc.start()
    make(pack)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


# --- for personnel files -------------------------------------------------------------------------------------------
def test_documents_for_personnel_files_come_one_by_one_with_their_metadata(finished, ana, publisher, ask, tmp_path):
    pack = make(ask(publisher, form=PackForm.PERSONNEL, person=ana.key))
    archive, certificate = opened(pack), Certificate.objects.get()
    beside = f"documents/{ana.key}/{certificate.serial}"
    assert archive.read(f"{beside}.pdf") == f"%PDF {certificate.serial}".encode()
    document = ElementTree.fromstring(archive.read(f"{beside}.xml"))
    found = {element.tag: element.text for element in document.iter()}
    assert found["identyfikatorDokumentu"] == certificate.serial
    assert found["identyfikatorPliku"] == f"{certificate.serial}.pdf"
    assert found["skrotPliku"] == certificate.file.sha256
    assert (found["imie"], found["nazwisko"]) == ("Ana", "Nowak")
    with translation.override("pl"):
        assert (found["czescAkt"], found["stan"]) == ("B", pgettext("certificate status", "Valid"))
    assert not found["pesel"]
    assert "Prepared for legal review" in document.attrib["uwaga"]
    assert "Prepared for legal review" in archive.read("README.txt").decode()
    assert pack.counts == {"people": 1, "documents": 1, "certificates": 1}
    assert told(pack, tmp_path / "unpacked") == []
    (tmp_path / "unpacked" / f"{beside}.xml").write_bytes(b"<forged/>")
    assert list(verify.problems(tmp_path / "unpacked", "", [])) == [f"{beside}.xml: changed"]


def test_no_document_of_the_erased_is_filed(finished, ana, publisher, ask):
    evidence.erase(subject=ana.key, reason="request", by=None)
    archive = opened(make(ask(publisher, form=PackForm.PERSONNEL, person=ana.key)))
    assert not [name for name in archive.namelist() if name.startswith("documents/")]
    assert len(table(archive, "register.csv")) == 1


# --- asking --------------------------------------------------------------------------------------------------------
def test_asking_twice_is_asking_once_and_on_record(finished, ana, auditor):
    key = uuid.uuid4()
    for _ in range(2):
        actions.request_pack(key=key, form=PackForm.EVIDENCE, asked=Asked(person=ana.key), by=auditor)
    assert EvidencePack.objects.count() == 1
    assert DBTaskResult.objects.filter(task_path="lms.proof.tasks.make_pack").count() == 1
    record = Record.objects.get(kind="evidence.exported")
    assert record.subject == auditor.key
    assert (record.facts["pack"], record.facts["person"], record.facts["form"]) == (str(key), str(ana.key), "evidence")


@pytest.mark.parametrize("who", ["ana", "marek"])
def test_nobody_else_may_ask(finished, ana, who, request):
    with pytest.raises(actions.NotAllowed):
        actions.request_pack(
            key=uuid.uuid4(), form=PackForm.EVIDENCE, asked=Asked(person=ana.key), by=request.getfixturevalue(who)
        )
    assert not EvidencePack.objects.exists()


def test_the_key_of_somebody_elses_pack_gets_nothing(finished, ana, auditor, publisher, ask):
    theirs = ask(auditor, person=ana.key)
    with pytest.raises(actions.NotAllowed):
        actions.request_pack(key=theirs.key, form=PackForm.EVIDENCE, asked=Asked(person=ana.key), by=publisher)


def test_what_is_asked_has_to_be_something(finished, auditor, ask, monkeypatch):
    with pytest.raises(actions.NothingAsked):
        ask(auditor)
    with pytest.raises(actions.NothingAsked):
        ask(auditor, name="Ana")
    with pytest.raises(actions.NothingFound):
        ask(auditor, person=uuid.uuid4())
    monkeypatch.setattr(actions, "PACK_LIMIT", 0)
    with pytest.raises(actions.TooMuch):
        ask(auditor, course=finished.course_key)
    assert not Record.objects.filter(kind="evidence.exported").exists()


# --- making --------------------------------------------------------------------------------------------------------
def test_a_pack_is_made_once(finished, auditor, ask, no_drawing):
    pack = make(ask(auditor, course=finished.course_key))
    before = content_of(pack)
    assert tasks.make_pack.func(str(pack.key)) == "nothing to do"
    assert content_of(pack) == before


def test_a_failure_is_written_down_leaves_nothing_and_can_be_tried_again(
    finished, auditor, ask, no_drawing, monkeypatch
):
    pack = ask(auditor, course=finished.course_key)
    with monkeypatch.context() as patch:
        patch.setattr(contents, "_write_contents", lambda *_: 1 / 0)
        for _ in range(3):
            said = tasks.make_pack.func(str(pack.key))
            EvidencePack.objects.update(next_try_at=None)
    pack.refresh_from_db()
    assert said == "given up"
    assert "ZeroDivisionError" in pack.error
    assert private_storage().listdir(pack.folder)[1] == []
    assert actions.try_pack_again(requested=pack)
    assert make(pack).error == ""


def test_a_pack_is_removed_after_seven_days(finished, auditor, ask, no_drawing):
    pack = make(ask(auditor, course=finished.course_key))
    with time_machine.travel(timezone.now() + preparing.LASTS, tick=False):
        assert tasks.clear_expired_packs.func() == 1
        assert not private_storage().exists(pack.path)


def test_a_pack_whose_task_died_is_queued_again(finished, auditor, ask):
    ask(auditor, course=finished.course_key)
    assert actions.requeue(waiting_since=timezone.now()) == 1
    EvidencePack.objects.update(tries=3)
    assert actions.requeue(waiting_since=timezone.now()) == 0


def test_whoever_is_erased_is_in_no_file_that_lies_ready(
    finished, finish, ana, obcy, auditor, publisher, client_for, ask, no_drawing, django_capture_on_commit_callbacks
):
    finish(obcy)
    about_her = [make(ask(auditor, person=ana.key)), make(ask(auditor, course=finished.course_key))]
    about_him = make(ask(auditor, person=obcy.key))
    hers, his = (Certificate.objects.get(holder=person).serial for person in (ana, obcy))
    zips = [certificates.request_bundle(key=uuid.uuid4(), serials=[serial], by=publisher) for serial in (hers, his)]
    for each in zips:
        bundle.func(str(each.key))
    run = ScenarioRun.objects.get(enrolment=finished)
    scenarios.save_reflections(run=run, texts=["I was afraid"])
    with django_capture_on_commit_callbacks(execute=True):
        call_command("erase_person", ana.email, "--reason", "request", "--no-input")
    assert not any(private.told(ana).values())
    assert Record.objects.get(kind="erased").facts["private"] == 4
    for pack in about_her:
        assert client_for(auditor).get(reverse("evidence-pack-file", args=[pack.key])).status_code == 404
        assert not private_storage().exists(pack.path)
    assert client_for(auditor).get(reverse("evidence-pack-file", args=[about_him.key])).status_code == 200
    assert [private_storage().exists(each.path) for each in zips] == [False, True]
    make(ask(auditor, course=finished.course_key))
    assert private.told(ana)["packs of evidence"] == [], "what is made from now on names nobody"


def test_what_is_being_made_while_somebody_is_erased_is_made_anew(
    finished, ana, auditor, ask, no_drawing, monkeypatch, django_capture_on_commit_callbacks
):
    """The erasure falls between the reading of a name and the moment from which the file could be fetched."""
    asked = ask(auditor, course=finished.course_key)
    record_made = preparing.record_made

    def erased_first(rows, made, clear, **facts):
        assert private_storage().exists(made.path)
        with django_capture_on_commit_callbacks(execute=True):
            call_command("erase_person", ana.email, "--reason", "request", "--no-input")
        return record_made(rows, made, clear, **facts)

    with monkeypatch.context() as patched:
        patched.setattr(preparing, "record_made", erased_first)
        assert tasks.make_pack.func(str(asked.key)) == "to be made anew"
    asked.refresh_from_db()
    assert (asked.made_at, asked.tries) == (None, 0)
    assert not private_storage().exists(asked.path)
    assert DBTaskResult.objects.filter(task_path=tasks.make_pack.module_path, run_after=asked.next_try_at).count() == 2
    with time_machine.travel(asked.next_try_at + timedelta(seconds=1), tick=False):
        assert tasks.make_pack.func(str(asked.key)) == "made"
    asked.refresh_from_db()
    with private_storage().open(asked.path) as file, zipfile.ZipFile(file) as made:
        assert ana.last_name.encode() not in b"".join(made.read(name) for name in made.namelist())


# --- pages ---------------------------------------------------------------------------------------------------------
def test_from_the_register_to_the_file(finished, ana, auditor, client_for, no_drawing, tmp_path):
    client = client_for(auditor)
    sent = {"person": str(ana.key), "form": "evidence", "key": str(uuid.uuid4())}
    asked = client.post(reverse("evidence-packs"), sent)
    pack = EvidencePack.objects.get()
    assert asked.url == pack.get_absolute_url()
    assert "Look again" in client.get(asked.url).content.decode()
    make(pack)
    page = client.get(asked.url).content.decode()
    assert reverse("evidence-pack-file", args=[pack.key]) in page
    assert "python verify.py" in page
    assert "which answers are right" in page
    file = client.get(reverse("evidence-pack-file", args=[pack.key]))
    data = b"".join(file.streaming_content)
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    script = unpacked(data, tmp_path / "elsewhere") / "verify.py"
    said = subprocess.run([sys.executable, "-I", script], capture_output=True, text=True, check=True).stdout
    assert f"Signed with the seal {re.search('<code>([0-9a-f]{64})</code>', page)[1]}" in said
    assert "attachment" in file["Content-Disposition"]
    assert "no-store" in file["Cache-Control"]
    assert pack.get_absolute_url() in client.get(reverse("evidence-packs")).content.decode()


def test_a_file_that_is_gone_leaves_the_page_of_its_pack(finished, auditor, client_for, ask, no_drawing):
    pack = make(ask(auditor, course=finished.course_key))
    private_storage().delete(pack.path)
    page = client_for(auditor).get(pack.get_absolute_url())
    assert page.status_code == 200
    assert "<code>" not in page.content.decode()


def test_the_list_says_what_each_pack_is_about_at_the_same_cost(
    finished, finish, ana, obcy, teams, auditor, client_for, ask, assert_queries_at_most
):
    finish(obcy)
    day = timezone.localdate(finished.created_at)
    ask(auditor, person=obcy.key, course=finished.course_key)
    evidence.erase(subject=obcy.key, reason="request", by=None)
    ask(auditor, team=teams.desk.key, since=day)
    client, address = client_for(auditor), reverse("evidence-packs")
    with CaptureQueriesContext(connection) as few:
        assert "Erased person" in client.get(address).content.decode()
    for _each in range(3):
        ask(auditor, person=ana.key)
        ask(auditor, team=teams.desk.key, until=day)
    with assert_queries_at_most(len(few)):
        page = client.get(address).content.decode()
    assert (page.count("<bdi>Ana Nowak</bdi>"), page.count(f"<bdi>{teams.desk.name}</bdi>")) == (3, 4)
    assert page.count(f"… – {day}") == 3
    assert "Olaf" not in page


@pytest.mark.parametrize(
    "sent, words",
    [
        ({"form": "evidence"}, "A pack is about a person, a course, a team or some days."),
        ({"form": "evidence", "person": str(uuid.uuid4())}, "Nothing was found"),
        ({"form": "nonsense", "since": "2026-01-01"}, "Choose what is to be made."),
        ({"form": "evidence", "since": "tomorrow"}, "Enter a valid date."),
        ({"form": "evidence", "since": "2026-02-02", "until": "2026-01-01"}, "This day is before the first one."),
        ({"form": "evidence", "until": "9999-12-31"}, "Ensure this value is less than or equal to"),
    ],
)
def test_what_cannot_be_made_is_said(finished, auditor, client_for, sent, words):
    auditor.language = "en"
    auditor.save()
    answer = client_for(auditor).post(reverse("evidence-packs"), sent)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not EvidencePack.objects.exists()


def test_a_pack_is_fetched_by_who_asked_and_by_nobody_else(
    finished, ana, auditor, publisher, admin, marek, client_for, ask, no_drawing
):
    pack = make(ask(auditor, person=ana.key))
    addresses = [reverse(name, args=[pack.key]) for name in ("evidence-pack", "evidence-pack-file")]
    for address in addresses:
        assert client_for(auditor).get(address).status_code == 200
        for other in (publisher, admin, ana, marek):
            assert client_for(other).get(address).status_code == 404
    assert client_for(publisher).post(addresses[0]).status_code == 404
    assert str(pack.key) not in client_for(admin).get(reverse("evidence-packs")).content.decode()
    auditor.groups.clear()
    for address in addresses:
        assert client_for(type(auditor).objects.get(pk=auditor.pk)).get(address).status_code == 404


def test_a_pack_that_is_not_ready_or_is_gone_has_no_file(finished, auditor, client_for, ask, no_drawing):
    pack, client = ask(auditor, course=finished.course_key), client_for(auditor)
    address = reverse("evidence-pack-file", args=[pack.key])
    assert client.get(address).status_code == 404
    storage: Storage = private_storage()
    storage.delete(make(pack).path)
    assert client.get(address).status_code == 404


def test_a_failed_pack_says_why_and_is_taken_up_by_a_button(finished, auditor, client_for, ask):
    pack, client = ask(auditor, course=finished.course_key), client_for(auditor)
    EvidencePack.objects.update(tries=3, error="OSError: no space")
    assert "OSError: no space" in client.get(pack.get_absolute_url()).content.decode()
    assert client.post(pack.get_absolute_url()).url == pack.get_absolute_url()
    pack.refresh_from_db()
    assert (pack.tries, pack.error) == (0, "")


# --- rules ---------------------------------------------------------------------------------------------------------
def known(**keys) -> rules.Known:
    names = ("enrolments", "assignments", "completions", "serials", "courses", "requirements", "attempts")
    return rules.Known(last=0, **{name: frozenset(keys.get(name, ())) for name in names})


@pytest.mark.parametrize(
    "kind, facts, what",
    [
        ("quiz.handed_in", {"enrolment": "1"}, {"enrolments": "1"}),
        ("certificate.issued", {"completion": "1", "serial": "2"}, {"completions": "1"}),
        ("certificate.sealed", {"serial": "1"}, {"serials": "1"}),
        ("essay.marked", {"attempt": "1"}, {"attempts": "1"}),
        ("publication.decided", {"course": "1"}, {"courses": "1"}),
        ("requirement.saved", {"requirement": "1"}, {"requirements": "1"}),
        ("assignment.waived", {"assignment": "1"}, {"assignments": "1"}),
        ("equivalence.offered", {"assignment": "1"}, {"assignments": "1"}),
        ("erased", {}, {}),
        ("leave.recorded", {"starts_on": "2026-01-01"}, {}),
    ],
)
def test_a_record_belongs_to_what_it_names(kind, facts, what):
    assert rules.belongs(kind, facts, known(**what))
    assert rules.belongs(kind, facts, known()) == (kind in rules.OF_PEOPLE)


def test_a_record_of_a_course_that_is_about_a_person_does_not_belong_by_its_course():
    assert not rules.belongs("course.completed", {"course": "1", "completion": "2"}, known(courses="1"))


@pytest.mark.parametrize("value", ["<script>1</script>", "a &amp; b", "1 < 2", None, 7, ["<b>x</b>"], {"<": ">"}])
def test_a_readable_content_runs_nothing(value):
    page = readable.page(title="<script>", language="en", sha256="0", content={"text": value}).decode()
    assert "<script" not in page
    assert "<b>" not in page


def test_a_readable_content_keeps_its_words():
    page = readable.page(title="T", language="pl", sha256="0", content={"a": ["<p>Zażółć &amp; gęślą</p><p>jaźń</p>"]})
    assert "Zażółć &amp; gęślą<br>jaźń" in page.decode()
