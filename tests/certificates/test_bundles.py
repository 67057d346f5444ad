"""Many certificates in one zip: asked for once, made in a task, private, and gone after seven days."""

import csv
import io
import tracemalloc
import uuid
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.storage import Storage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, pgettext
from django_tasks_db.models import DBTaskResult
from hypothesis import given
from hypothesis import strategies as st

from certificates import actions, bundles, preparing, rules, tasks
from certificates.models import MAX_BUNDLE_TRIES, Bundle, Certificate, CertificateFile, private_storage
from evidence.models import Record
from people.models import User
from people.rules import cells

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cms")]
LIST = "certificate-downloads"


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "private"},
        }
    }


@pytest.fixture
def sealed_for(issue, with_file):
    """sealed_for("Ana Lis"): a certificate whose PDF is there."""

    def make(name: str, **facts) -> Certificate:
        first, _space, last = name.partition(" ")
        person = User.objects.create_user(f"{uuid.uuid4()}@example.org", first_name=first, last_name=last)
        certificate = issue(person, **facts)
        with_file(certificate, f"%PDF {certificate.serial}".encode())
        return certificate

    return make


def ask(by: User, *certificates: Certificate, key: uuid.UUID | None = None) -> Bundle:
    return actions.request_bundle(key=key or uuid.uuid4(), serials=[each.serial for each in certificates], by=by)


def make(bundle: Bundle) -> str:
    return tasks.bundle.func(str(bundle.key))


def opened(bundle: Bundle) -> zipfile.ZipFile:
    return zipfile.ZipFile(private_storage().open(bundle.path))


def table(archive: zipfile.ZipFile, delimiter: str = ";") -> list[list[str]]:
    text = archive.read("index.csv").decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def planned(task: str) -> int:
    return DBTaskResult.objects.filter(task_path=f"certificates.tasks.{task}").count()


def files_of(bundle: Bundle) -> list[str]:
    return private_storage().listdir(bundle.folder)[1]


# --- rules ---------------------------------------------------------------------------------------------------------
@given(st.text(max_size=200))
def test_every_name_makes_a_safe_file_name(name):
    made = rules.file_name(name, "7KQ4M-2XT9R-DA5VJ-3C8PZ")
    assert made.endswith("7KQ4M-2XT9R-DA5VJ-3C8PZ.pdf")
    assert set(made) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.")
    assert len(made) <= 90
    assert not made.startswith(("-", "."))


@pytest.mark.parametrize(
    "name, made",
    [
        ("Łucja Żak-Lis", "Lucja-Zak-Lis"),
        ("Ģirts Šķēle", "Girts-Skele"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "CON"),
        ("C:\\Windows\\x", "C-Windows-x"),
    ],
)
def test_names_keep_what_can_be_read(name, made):
    assert rules.file_name(name, "S") == f"{made}-S.pdf"


def test_a_name_of_nothing_is_the_number_alone():
    assert rules.file_name(" \u202e ", "S") == "S.pdf"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1"])
def test_no_cell_is_a_formula(text):
    assert cells.safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Ana", "2026-03-12", "", "a=b"])
def test_other_cells_stay_as_they_are(text):
    assert cells.safe(text) == text


NOW = datetime(2026, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "made, expires, tries_left, next_try, state",
    [
        (False, None, True, None, "waiting"),
        (False, None, True, NOW - timedelta(hours=1), "waiting"),
        (False, None, False, NOW + timedelta(minutes=1), "waiting"),  # the last try is under way
        (False, None, False, NOW, "failed"),
        (False, None, False, None, "failed"),
        (True, NOW + timedelta(seconds=1), True, None, "ready"),
        (True, NOW, True, None, "expired"),
        (True, None, True, None, "expired"),
    ],
)
def test_the_state_of_a_bundle(made, expires, tries_left, next_try, state):
    assert (
        rules.bundle_state(made=made, expires_at=expires, tries_left=tries_left, next_try_at=next_try, now=NOW) == state
    )


# --- asking --------------------------------------------------------------------------------------------------------
def test_asking_twice_with_one_key_is_asking_once(sealed_for, publisher):
    certificate, key = sealed_for("Ana Lis"), uuid.uuid4()
    assert ask(publisher, certificate, key=key) == ask(publisher, certificate, certificate, key=key)
    assert Bundle.objects.get().serials == [certificate.serial]
    assert planned("bundle") == 1
    record = Record.objects.get(kind="certificates.exported")
    assert record.facts == {"bundle": str(key), "serials": [certificate.serial]}
    assert record.subject == publisher.key


def test_too_many_are_refused_before_anything_is_written(publisher, monkeypatch, sealed_for):
    monkeypatch.setattr(rules, "BUNDLE_LIMIT", 1)
    with pytest.raises(actions.TooMany):
        ask(publisher, sealed_for("Ana Lis"), sealed_for("Jan Lis"))
    assert not Bundle.objects.exists()


# --- making --------------------------------------------------------------------------------------------------------
def test_it_holds_each_pdf_and_a_table_of_all(sealed_for, issue, ana, publisher):
    first, second = sealed_for("Łucja Żak"), sealed_for("=Jan Lis", course_title="Fire; safety")
    missing = issue(ana)
    publisher.language = "pl"
    bundle = ask(publisher, first, second, missing)
    assert make(bundle) == "made"
    bundle.refresh_from_db()
    assert bundle.state(timezone.now()) == "ready"
    assert (bundle.included, bundle.left_out) == (2, 1)
    archive = opened(bundle)
    assert archive.testzip() is None
    assert bundle.size == private_storage().size(bundle.path)
    names = [f"Lucja-Zak-{first.serial}.pdf", f"Jan-Lis-{second.serial}.pdf"]
    assert archive.namelist() == [*names, "index.csv"]
    assert archive.read(names[0]) == f"%PDF {first.serial}".encode()
    heading, *rows = table(archive)
    with translation.override("pl"):
        assert heading[0] == gettext("Certificate number")
        assert rows[0][7] == pgettext("certificate status", "Valid")
    assert [row[0] for row in rows] == [first.serial, second.serial, missing.serial]
    assert rows[1][1:3] == ["'=Jan Lis", "Fire; safety"]
    assert [row[8] for row in rows] == [*names, ""]
    assert rows[2][9]
    assert rows[0][4] == str(first.hours).replace(".", ",")  # Excel would take 4.50 for a month


def test_two_people_of_one_name_have_two_files(sealed_for, publisher):
    bundle = ask(publisher, sealed_for("Jan Lis"), sealed_for("Jan Lis"))
    make(bundle)
    assert len(set(opened(bundle).namelist())) == 3


def test_the_table_is_for_the_spreadsheet_of_whoever_asked(sealed_for, publisher):
    publisher.language = "en"
    bundle = ask(publisher, sealed_for("Jan Lis"))
    make(bundle)
    assert len(table(opened(bundle), ",")[0]) == 10
    assert opened(bundle).read("index.csv").startswith(b"\xef\xbb\xbf")


def test_a_damaged_pdf_is_left_out_and_told(sealed_for, publisher):
    sound, damaged = sealed_for("Jan Lis"), sealed_for("Ola Lis")
    private_storage().delete(CertificateFile.objects.get(certificate=damaged).path)
    bundle = ask(publisher, sound, damaged)
    assert make(bundle) == "made"
    bundle.refresh_from_db()
    assert bundle.left_out == 1
    assert table(opened(bundle), ",")[2][9]


def test_one_pdf_is_in_memory_at_a_time(sealed_for, issue, ana, with_file, publisher):
    certificates = [issue(ana) for _ in range(12)]
    for certificate in certificates:
        with_file(certificate, certificate.serial.encode() * 45_000)  # a megabyte
    bundle = ask(publisher, *certificates)
    tracemalloc.start()
    make(bundle)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    bundle.refresh_from_db()
    assert bundle.size > 12_000_000
    assert peak < 6_000_000


def test_its_queries_grow_by_hundreds_not_by_ones(sealed_for, publisher, django_assert_max_num_queries, monkeypatch):
    bundle = ask(publisher, *(sealed_for(f"Jan Nr{number}") for number in range(12)))
    with django_assert_max_num_queries(2):
        bundles.make(bundle)
    monkeypatch.setattr(bundles, "CHUNK", 5)
    with django_assert_max_num_queries(4):
        bundles.make(bundle)


# --- trouble -------------------------------------------------------------------------------------------------------
def test_only_one_worker_gets_it_and_what_is_made_is_not_made_again(sealed_for, publisher, monkeypatch):
    bundle = ask(publisher, sealed_for("Jan Lis"))
    inside = []
    really = bundles.make
    monkeypatch.setattr(bundles, "make", lambda row: inside.append(make(bundle)) or really(row))
    assert make(bundle) == "made"
    assert inside == ["nothing to do"]
    assert make(bundle) == "nothing to do"


def test_a_killed_worker_leaves_nothing_half_and_the_next_try_is_planned(sealed_for, publisher, monkeypatch):
    bundle = ask(publisher, sealed_for("Jan Lis"), sealed_for("Ola Lis"))

    class Killed(BaseException):
        pass

    def die(row):
        private_storage().save(f"{bundle.folder}/half.draft", io.BytesIO(b"half"))
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(bundles, "make", die)
        with pytest.raises(Killed):
            make(bundle)
    bundle.refresh_from_db()
    assert bundle.state(timezone.now()) == "waiting"
    assert planned("bundle") == 2
    assert make(bundle) == "nothing to do", "in somebody's hands, as far as anybody knows"
    with time_machine.travel(timezone.now() + preparing.PAUSE, tick=False):
        assert make(bundle) == "made"
    assert files_of(bundle) == ["certificates.zip"]


def test_a_worker_that_was_only_slow_does_not_spoil_what_the_next_one_made(sealed_for, publisher, monkeypatch):
    bundle = ask(publisher, sealed_for("Jan Lis"))
    really = bundles.make

    def slow(row):
        monkeypatch.setattr(bundles, "make", really)
        with time_machine.travel(timezone.now() + preparing.PAUSE, tick=False):
            assert make(bundle) == "made"
        raise FileNotFoundError("the draft is gone")

    monkeypatch.setattr(bundles, "make", slow)
    make(bundle)
    bundle.refresh_from_db()
    assert bundle.state(timezone.now()) == "ready"
    assert bundle.error == ""


def test_a_full_disk_is_told_after_three_tries_and_can_be_tried_again(sealed_for, publisher, monkeypatch):
    bundle = ask(publisher, sealed_for("Jan Lis"))

    def full(*args):
        raise OSError(28, "No space left on device")

    outcomes = []
    with monkeypatch.context() as patch, time_machine.travel(timezone.now(), tick=False) as clock:
        patch.setattr("certificates.freezing.os.fsync", full)
        for _ in range(MAX_BUNDLE_TRIES + 1):
            outcomes.append(make(bundle))
            clock.shift(timedelta(hours=1))
    assert outcomes == ["tried", "tried", "given up", "nothing to do"]
    assert files_of(bundle) == []
    bundle.refresh_from_db()
    assert bundle.state(timezone.now()) == "failed"
    assert "No space left" in bundle.error
    assert actions.try_bundle_again(requested=bundle)
    bundle.refresh_from_db()
    assert not actions.try_bundle_again(requested=bundle)
    assert make(bundle) == "made"


def test_a_storage_without_paths_takes_it_as_well(sealed_for, publisher, monkeypatch):
    class Bucket(Storage):
        def __init__(self):
            self.kept = {}

        def exists(self, name):
            return name in self.kept

        def delete(self, name):
            self.kept.pop(name, None)

        def size(self, name):
            return len(self.kept[name])

        def _save(self, name, content):
            self.kept[name] = content.read()
            return name

    certificate = sealed_for("Jan Lis")
    bundle, bucket = ask(publisher, certificate), Bucket()
    monkeypatch.setattr(bundles, "private_storage", lambda: bucket)
    assert bundles.make(bundle)[0] == 1
    assert zipfile.ZipFile(io.BytesIO(bucket.kept[bundle.path])).testzip() is None


def test_its_file_goes_after_seven_days_and_the_row_stays(sealed_for, publisher, client_for):
    old, kept = ask(publisher, sealed_for("Jan Lis")), None
    make(old)
    url = reverse("certificate-download-file", args=[old.key])
    assert client_for(publisher).get(url).status_code == 200
    assert planned("clear_expired") == 1
    with time_machine.travel(timezone.now() + preparing.LASTS, tick=False):
        client = client_for(publisher)
        assert client.get(url).status_code == 404, "also where no worker has cleared it yet"
        kept = ask(publisher, sealed_for("Ola Lis"))
        make(kept)
        assert tasks.clear_expired.func() == 1
        assert tasks.clear_expired.func() == 0
        assert files_of(old) == []
        assert files_of(kept) == ["certificates.zip"]
        with translation.override("en"):
            publisher.language = "en"
            publisher.save()
            assert "seven days" in client.get(old.get_absolute_url()).content.decode()


# --- screens -------------------------------------------------------------------------------------------------------
def test_the_ticked_ones_are_asked_for_and_only_those(sealed_for, publisher, client_for):
    first, _second, third = (sealed_for(f"Ola Nr{number}") for number in range(3))
    client, key = client_for(publisher), str(uuid.uuid4())
    for _click in range(2):
        answer = client.post(reverse(LIST), {"serial": [first.serial, third.serial], "key": key})
        assert answer["Location"] == reverse("certificate-download", args=[key])
    assert set(Bundle.objects.get().serials) == {first.serial, third.serial}


def test_all_that_the_filters_find_are_asked_for(sealed_for, publisher, client_for):
    found = {sealed_for(f"Ola Nr{number}").serial for number in range(3)}
    sealed_for("Jan Lis")
    sent = {"whole": "on", "q": "ola", "key": str(uuid.uuid4())}
    assert client_for(publisher).post(reverse(LIST), sent).status_code == 302
    assert set(Bundle.objects.get().serials) == found


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"serial": ["nonsense"]},
        {"whole": "on", "q": "nobody"},
        {"whole": "on", "issued_from": "yesterday"},
        {"key": "x", "whole": "on"},
    ],
)
def test_nothing_chosen_or_nonsense_is_told(sent, sealed_for, publisher, client_for):
    sealed_for("Jan Lis")
    response = client_for(publisher).post(reverse(LIST), sent)
    assert response.status_code == 422
    assert response.context["problem"]
    assert not Bundle.objects.exists()


def test_more_than_fit_are_told(sealed_for, publisher, client_for, monkeypatch):
    monkeypatch.setattr(rules, "BUNDLE_LIMIT", 1)
    for name in ("Jan Lis", "Ola Lis"):
        sealed_for(name)
    response = client_for(publisher).post(reverse(LIST), {"whole": "on"})
    assert response.status_code == 422
    assert not Bundle.objects.exists()


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize(
    "changes, words",
    [
        ({}, "The zip is being made. You can leave this page and come back."),
        ({"tries": MAX_BUNDLE_TRIES, "error": "OSError"}, "The zip could not be made. Nothing half made was kept."),
        ({"tries": 1, "error": "OSError"}, "The last try did not work. Another one follows by itself."),
    ],
)
def test_its_page_tells_how_it_stands(changes, words, language, sealed_for, publisher, client_for):
    publisher.language = language
    publisher.save()
    bundle = ask(publisher, sealed_for("Jan Lis"))
    Bundle.objects.update(**changes)
    client = client_for(publisher)
    with translation.override(language):
        assert gettext(words) in client.get(bundle.get_absolute_url()).content.decode()
        assert gettext("Zips of certificates") in client.get(reverse(LIST)).content.decode()


def test_it_is_streamed_to_whoever_may(sealed_for, publisher, ela, client_for):
    bundle = ask(publisher, sealed_for("Jan Lis"))
    url = reverse("certificate-download-file", args=[bundle.key])
    assert client_for(publisher).get(url).status_code == 404, "not made yet"
    make(bundle)
    response = client_for(ela).get(url, headers={"accept-encoding": "gzip"})
    assert response.streaming
    assert zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))).testzip() is None
    assert response["Content-Disposition"].startswith("attachment;")
    assert "no-store" in response["Cache-Control"]
    private_storage().delete(bundle.path)
    assert client_for(ela).get(url).status_code == 404


def test_a_failed_one_is_taken_up_again_from_its_page(sealed_for, publisher, client_for):
    bundle = ask(publisher, sealed_for("Jan Lis"))
    Bundle.objects.update(tries=MAX_BUNDLE_TRIES, error="OSError")
    for _click in range(2):
        assert client_for(publisher).post(bundle.get_absolute_url()).status_code == 302
    assert planned("bundle") == 2
    assert make(bundle) == "made"


def test_the_list_costs_the_same_with_one_and_with_thirty(sealed_for, publisher, client_for, assert_queries_at_most):
    certificate, client, counts = sealed_for("Jan Lis"), client_for(publisher), []
    for more in (1, 29):
        for _ in range(more):
            ask(publisher, certificate)
        with assert_queries_at_most(14) as queries:
            client.get(reverse(LIST))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("who", ["ana", "marek", "irena", "obcy", "auditor"])
def test_nobody_else_asks_sees_or_downloads(who, request, sealed_for, publisher, client_for):
    bundle = ask(publisher, sealed_for("Jan Lis"))
    make(bundle)
    client = client_for(request.getfixturevalue(who))
    for url in (reverse(LIST), bundle.get_absolute_url(), reverse("certificate-download-file", args=[bundle.key])):
        assert client.get(url).status_code == 404
    assert client.post(reverse(LIST), {"whole": "on"}).status_code == 404
    assert Bundle.objects.count() == 1
