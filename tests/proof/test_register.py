"""The register of training: everybody's, filtered, paged, exported; for auditors, L&D and admins alone."""

import csv
import io
import uuid
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from certificates import actions as certificates
from certificates.models import Certificate
from courses import actions as courses
from courses.models import Enrolment
from courses.reports import shown_step
from evidence import actions as evidence
from lms.proof import trainings
from lms.proof.rules import Asked
from people.models import User
from tests.training.staff import course_of, people, train
from training.models import Assignment, Requirement
from training.rules.status import Status, first_due

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def crowd(teams, auditor) -> SimpleNamespace:
    """Sixty people in three teams, two courses; one has left and one was erased."""
    auditor.language = "en"
    auditor.save()
    desk, service = people(30, teams.desk), people(30, teams.service)
    train(desk, course_of("calm"))
    train(service, course_of("calm"))
    train(desk[:11], course_of("clear"))
    User.objects.filter(pk=desk[0].pk).update(is_active=False)
    asked_again = Enrolment.objects.filter(person__in=[desk[0], desk[2], desk[4]])
    asked_again.update(redo_by=timezone.localdate() + 8 * DAY)
    Assignment.objects.filter(person=desk[4]).delete()
    evidence_of(desk[1])
    return SimpleNamespace(desk=desk, service=service, total=71)


def evidence_of(person: User) -> None:
    """Something to erase, erased."""
    with transaction.atomic():
        evidence.append(kind="course.completed", subject=person.key, facts={}, personal={"name": person.name})
    evidence.erase(subject=person.key, reason="request", by=None)


def found(user: User, **asked) -> set[int]:
    return set(trainings.found(Asked(**asked), user).values_list("pk", flat=True))


def test_it_counts_everybody_also_who_left_and_who_was_erased(crowd, auditor, client_for):
    page = client_for(auditor).get(reverse("training-register")).content.decode()
    assert "71 trainings found" in page
    assert "They belong to 60 people." in page
    assert page.count('<th scope="row">') == 50
    both = client_for(auditor).get(reverse("training-register"), {"p": 2}).content.decode()
    assert page.count('<th scope="row">') + both.count('<th scope="row">') == 71
    everything = page + both
    assert f"Erased person {crowd.desk[1].key.hex[:8]}" in everything
    assert crowd.desk[1].email not in everything
    assert "Account closed" in everything


def test_the_erased_are_not_found_by_their_name(crowd, auditor):
    assert found(auditor, name=crowd.desk[2].email)
    assert not found(auditor, name=crowd.desk[1].email)
    assert found(auditor, person=crowd.desk[1].key)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_filters_find_what_a_slow_reader_finds(crowd, teams, auditor, data):
    today = timezone.localdate()
    day = st.none() | st.integers(-60, 60).map(lambda days: today + days * DAY)
    asked = Asked(
        person=data.draw(st.sampled_from([None, None, crowd.desk[3].key, uuid.uuid4()])),
        course=data.draw(st.sampled_from([None, course_of("calm").course_key, course_of("clear").course_key])),
        team=data.draw(st.sampled_from([None, teams.desk.key, teams.service.key, teams.company.key, uuid.uuid4()])),
        since=data.draw(day),
        until=data.draw(day),
        name=data.draw(st.sampled_from(["", "", "person", "00003"])),
    )
    everything = Enrolment.objects.select_related("person__team").prefetch_related("assignments")
    slow = {row.pk for row in everything if fits(row, asked, crowd, {t.key: t for t in vars(teams).values()})}
    assert set(trainings.found(asked, auditor).values_list("pk", flat=True)) == slow


def fits(row: Enrolment, asked: Asked, crowd, teams) -> bool:
    """One row at a time, in words."""
    person = row.person
    if asked.person and person.key != asked.person:
        return False
    if asked.course and row.course_key != asked.course:
        return False
    if asked.team and not (asked.team in teams and person.team.path.startswith(teams[asked.team].path)):
        return False
    named = f"{person.name} {person.email}".lower()
    if asked.name and (person.pk == crowd.desk[1].pk or not all(word in named for word in asked.words)):
        return False
    moments = [timezone.localdate(at) for at in (row.created_at, row.completed_at) if at]
    by_rule = [each.due_on for each in row.assignments.all()] or [None]
    days = moments + [day for day in (first_due(due_on, row.redo_by) for due_on in by_rule) if day]
    inside = [day for day in days if (asked.since or day) <= day <= (asked.until or day)]
    return bool(inside) or not (asked.since or asked.until)


def test_it_costs_the_same_with_few_and_with_many(teams, auditor, client_for):
    client, counts = client_for(auditor), []
    for first, more in ((0, 1), (1, 40)):
        train(people(more, teams.desk, first=first), course_of("calm"))
        client.get(reverse("training-register"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("training-register"))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20


def test_the_list_is_exported_whole(crowd, auditor, client_for):
    client = client_for(auditor)
    address = reverse("training-register-export", args=["csv"])
    text = b"".join(client.get(address).streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 1 + crowd.total
    assert crowd.desk[1].email not in text
    some = b"".join(client.get(address, {"course": str(course_of("clear").course_key)}).streaming_content)
    assert len(list(csv.reader(io.StringIO(some.decode("utf-8-sig"))))) == 1 + 11


def test_a_list_says_the_same_in_both_kinds_of_file_in_the_readers_language(crowd, auditor, client_for):
    auditor.language, auditor.time_zone = "lv", "Pacific/Auckland"
    auditor.save()
    client, asked = client_for(auditor), {"course": str(course_of("calm").course_key)}
    files = [reverse("training-register-export", args=[form]) for form in ("csv", "xlsx")]
    text, book = (b"".join(client.get(file, asked).streaming_content) for file in files)
    table = [row.split(";") for row in text.decode("utf-8-sig").splitlines()]
    sheet = load_workbook(io.BytesIO(book)).worksheets[0]
    assert table == [[shown(cell.value) for cell in row] for row in sheet.iter_rows()]
    with translation.override("lv"):
        said = {"closed", "active", "personal data erased"}
        assert {row[2] for row in table[1:]} == {pgettext("account", word) for word in said}
        assert _("Erased person %(number)s") % {"number": crowd.desk[1].key.hex[:8]} in {row[0] for row in table}


def shown(value) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else value or ""


def row_of(person: User) -> trainings.Row:
    """Read in Warsaw."""
    found = trainings.with_people(Enrolment.objects.filter(person=person))
    (row,) = trainings.rows_of(found, now=timezone.now(), today=timezone.localdate(), language="en")
    return row


def test_of_two_rules_the_more_pressing_one_is_shown(teams):
    (person,) = people(1, teams.desk)
    (late,) = train([person], course_of("calm"), [(-3, False, False, None, False)])
    later = Requirement.objects.create(
        name="Later", course_key=course_of("calm").course_key, audience={"any": []}, starts_on="2026-01-01"
    )
    other = Assignment.objects.get(pk=late.pk)
    other.pk, other.key, other.requirement = None, uuid.uuid4(), later
    other.due_on, other.due_at = late.due_on + 300 * DAY, late.due_at + 300 * DAY
    other.save()
    assert (row_of(person).status, row_of(person).due_on) == (Status.OVERDUE, late.due_on)
    Assignment.objects.filter(pk=late.pk).update(released_at=timezone.now())
    assert (row_of(person).status, row_of(person).due_on) == (Status.NOT_STARTED, other.due_on)


def test_the_days_shown_are_those_that_the_status_counts(teams):
    today = timezone.localdate()
    (person,) = people(1, teams.desk)
    train([person], course_of("calm"), [(200, True, False, None, False)])
    Enrolment.objects.update(redo_by=today - DAY)
    assert (row_of(person).status, row_of(person).due_on) == (Status.OVERDUE, today - DAY)
    Assignment.objects.update(equivalent_on=today - 9 * DAY, good_until_other=today - DAY)
    row = row_of(person)
    assert (row.status, row.finished_on, row.valid_until) == (Status.EXPIRED, today - 9 * DAY, today - DAY)


def test_the_day_of_finishing_is_the_one_on_the_certificate(teams):
    (person,) = people(1, teams.desk)
    User.objects.update(time_zone="Europe/Riga")
    train([person], course_of("calm"), [(-9, True, True, None, False)])
    Enrolment.objects.update(completed_at=datetime(2026, 11, 30, 22, 30, tzinfo=UTC))  # 00:30 in Riga
    assert row_of(person).finished_on == date(2026, 12, 1)


def test_a_revoked_certificate_is_named_with_the_day_on_the_page_and_in_the_file(
    tree, ana, auditor, publisher, client_for
):
    auditor.language = "en"
    auditor.save()
    enrolment = courses.enrol(person=ana, course_key=tree.course_key)
    for key in tree.keys:
        courses.complete_step(enrolment=enrolment, version=shown_step(enrolment, key, "en").version)
    certificates.revoke(certificate=Certificate.objects.get(), by=publisher, reason="Sat by a colleague")
    today = timezone.localdate()
    client = client_for(auditor)
    assert "Revoked: " in client.get(reverse("training-register")).content.decode()
    file = client.get(reverse("training-register-export", args=["csv"]))
    lines = list(csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig"))))
    headings = next(line for line in lines if "Certificate number" in line)
    row = dict(zip(headings, lines[lines.index(headings) + 1], strict=False))
    assert row["Certificate number"] == Certificate.objects.get().serial
    assert row["Revoked"] == today.isoformat()


def test_the_workbook_says_what_it_shows(crowd, auditor, client_for):
    asked = {"course": str(course_of("clear").course_key), "since": "2020-01-01"}
    file = client_for(auditor).get(reverse("training-register-export", args=["xlsx"]), asked)
    book = load_workbook(io.BytesIO(b"".join(file.streaming_content)))
    assert book.worksheets[0].max_row == 1 + 11
    about = {row[0].value: row[1].value for row in book.worksheets[1].iter_rows()}
    assert about["From this day"] == "2020-01-01"
    assert about["Made for"] == auditor.name


def test_a_filter_that_cannot_be_read_is_said_and_not_exported(crowd, auditor, client_for):
    client = client_for(auditor)
    for asked in ({"since": "x"}, {"team": "x"}, {"course": str(uuid.uuid4())}, {"person": "x"}):
        assert client.get(reverse("training-register"), asked).status_code == 422
        assert client.get(reverse("training-register-export", args=["csv"]), asked).status_code == 302
    assert client.get(reverse("training-register-export", args=["pdf"])).status_code == 404


@pytest.mark.parametrize("name", ["training-register", "training-register-export", "evidence-packs"])
def test_there_is_no_register_for_anybody_else(crowd, ana, marek, irena, ela, auditor, client_for, name):
    address = reverse(name, args=["csv"] if "export" in name else [])
    for person in (ana, marek, irena):
        assert client_for(person).get(address).status_code == 404
    for person in (ela, auditor):
        assert client_for(person).get(address).status_code == 200
    assert client_for(None).get(address).status_code == 302


def test_only_auditors_have_it_in_their_menu(crowd, ana, auditor, client_for):
    address = reverse("training-register")
    assert address in client_for(auditor).get("/my/").content.decode()
    assert address not in client_for(ana).get("/my/").content.decode()
