"""The calendar feed: what is in it, who gets it, and that its address is a secret."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from certificates import actions as certificates
from courses.models import Publication
from people import actions as people
from people import doors
from people.actions import calendar
from people.models import CalendarLink
from tests.certificates.conftest import facts
from training import actions
from training.actions import standing
from training.models import Assignment, Requirement


@pytest.fixture
def rule(tree, teams):
    return Requirement.objects.create(
        name="Desks",
        course_key=tree.course_key,
        audience={"team": str(teams.service.key), "below": True},
        due_days=30,
        starts_on=date(2026, 11, 1),
    )


@pytest.fixture
def assigned(rule, ana):
    return actions.assign(requirement=rule, person=ana)


@pytest.fixture
def address(ana):
    return f"/calendar/{calendar.renew(person=ana).token}.ics"


def events(address: str) -> dict[str, dict]:
    answer = Client().get(address)
    assert answer.status_code == 200
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    return {str(event["UID"]): event for event in found}


def certificate(holder, *, valid_until: date, **changes):
    issued = min(timezone.localdate(), valid_until)
    return certificates.issue(
        completion_key=uuid4(), holder=holder, facts=facts(issued_on=issued, valid_until=valid_until, **changes)
    )


# --- what is in it -------------------------------------------------------------------------------------------------
def test_a_due_date_is_a_whole_day_with_a_link_and_a_lasting_name(assigned, address):
    ((uid, event),) = events(address).items()
    assert uid == f"due-{assigned.key}@127.0.0.1"
    assert event["DTSTART"].dt == assigned.due_on
    assert event["DTEND"].dt == assigned.due_on + timedelta(days=1)
    title = Publication.objects.get(step_key=assigned.enrolment.course_key, language="en").version.title
    assert str(event["SUMMARY"]) == f"Due: {title}"
    assert str(event["URL"]).endswith(f"/learn/{assigned.enrolment.key}/")
    assert event.walk("VALARM")[0]["TRIGGER"].dt == timedelta(days=-1)
    assert Client().get(address).content == Client().get(address).content, "nothing in it changes by itself"


def test_a_date_that_moves_keeps_its_name(assigned, address):
    before = set(events(address))
    moved = assigned.due_on + timedelta(days=7)
    Assignment.objects.filter(pk=assigned.pk).update(due_on=moved, due_at=assigned.due_at + timedelta(days=7))
    assert set(events(address)) == before
    assert events(address)[before.pop()]["DTSTART"].dt == moved


def test_a_calendar_that_keeps_what_it_read_sees_that_a_date_was_moved(assigned, ela, address):
    (before,) = events(address).values()
    standing.extend(assignment=assigned, until=assigned.due_on + timedelta(days=7), reason="Ill", by=ela)
    (after,) = events(address).values()
    assert after["DTSTART"].dt == before["DTSTART"].dt + timedelta(days=7)
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["DTSTAMP"].dt >= before["DTSTAMP"].dt


@pytest.mark.parametrize("how", ["finished", "waived"])
def test_what_is_done_or_waived_is_no_longer_due(how, assigned, address):
    if how == "waived":
        Assignment.objects.filter(pk=assigned.pk).update(waived_at=timezone.now())
    else:
        type(assigned.enrolment).objects.filter(pk=assigned.enrolment.pk).update(
            started_at=timezone.now(), completed_at=timezone.now()
        )
    assert events(address) == {}


def test_what_is_overdue_stays(assigned, address):
    Assignment.objects.filter(pk=assigned.pk).update(due_on=date(2026, 1, 1), due_at=datetime(2026, 1, 2, tzinfo=UTC))
    assert [event["DTSTART"].dt for event in events(address).values()] == [date(2026, 1, 1)]


def test_the_end_of_a_certificate_is_in_it(ana, address):
    last = timezone.localdate() + timedelta(days=300)
    made = certificate(ana, valid_until=last)
    ((uid, event),) = events(address).items()
    assert uid == f"expires-{made.serial}@127.0.0.1"
    assert event["DTSTART"].dt == last
    assert "Calm, clear, safe" in str(event["SUMMARY"])


def test_the_end_of_another_qualification_is_in_it(assigned, ana, ela, address):
    ends = timezone.localdate() + timedelta(days=90)
    offer = standing.offer_equivalence(
        assignment=assigned,
        title="First aid",
        obtained_on=timezone.localdate(),
        valid_until=ends,
        proof=b"%PDF",
        by=ana,
    )
    standing.decide_equivalence(equivalence=offer, accepted=True, reason="", by=ela)
    (event,) = events(address).values()
    assert event["DTSTART"].dt == ends
    assert str(event["SUMMARY"]).startswith("Valid until today: ")


def test_revoked_replaced_and_long_ended_certificates_are_not(ana, admin, address):
    today = timezone.localdate()
    revoked = certificate(ana, valid_until=today + timedelta(days=10))
    certificates.revoke(certificate=revoked, by=admin, reason="x")
    replaced = certificate(ana, valid_until=today + timedelta(days=20))
    newer = certificates.reissue(certificate=replaced, by=admin)
    certificate(ana, valid_until=today - timedelta(days=366))
    assert set(events(address)) == {f"expires-{newer.serial}@127.0.0.1"}


def test_of_one_course_the_later_end_counts(ana, address):
    course, today = uuid4(), timezone.localdate()
    certificate(ana, valid_until=today + timedelta(days=10), course_key=course)
    later = certificate(ana, valid_until=today + timedelta(days=400), course_key=course)
    assert set(events(address)) == {f"expires-{later.serial}@127.0.0.1"}


def test_it_speaks_the_persons_language_whatever_the_reader_sends(assigned, ana, address):
    people.set_language(person=ana, language="pl")
    answer = Client(headers={"accept-language": "lv"}).get(address)
    assert answer["Content-Language"] == "pl"
    title = Publication.objects.get(step_key=assigned.enrolment.course_key, language="pl").version.title
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert title in str(event["SUMMARY"])


def test_a_title_cannot_add_lines(ana, address):
    evil = "A\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:B; C, D"
    certificate(ana, valid_until=timezone.localdate(), course_title=evil.replace("\r\n", "\\n"))
    assert len(events(address)) == 1


def test_nobody_elses_dates_are_in_it(rule, ana, marek, address):
    actions.assign(requirement=rule, person=marek)
    certificate(marek, valid_until=timezone.localdate())
    assert events(address) == {}


def test_it_costs_the_same_for_many(tree, ana, teams, address, assert_queries_at_most):
    def more(count: int) -> None:
        for n in range(count):
            requirement = Requirement.objects.create(
                name=f"R{n}", course_key=tree.course_key, audience={}, due_days=n, starts_on=date(2026, 11, 1)
            )
            actions.assign(requirement=requirement, person=ana)
            certificate(ana, valid_until=timezone.localdate())

    more(1)
    with assert_queries_at_most(12) as few:
        Client().get(address)
    more(30)
    with assert_queries_at_most(len(few)):
        assert len(events(address)) == 62


# --- the address ---------------------------------------------------------------------------------------------------
def test_the_account_page_makes_shows_renews_and_switches_off(ana, client_for):
    client = client_for(ana)
    assert CalendarLink.objects.count() == 0
    assert b".ics" not in client.get("/account/").content
    client.post("/account/calendar/", {"act": "renew"})
    first = ana_link(ana)
    assert f"http://127.0.0.1:8000/calendar/{first}.ics".encode() in client.get("/account/").content
    client.post("/account/calendar/", {"act": "renew"})
    second = ana_link(ana)
    assert Client().get(f"/calendar/{first}.ics").status_code == 404
    assert Client().get(f"/calendar/{second}.ics").status_code == 200
    client.post("/account/calendar/", {"act": "off"})
    assert Client().get(f"/calendar/{second}.ics").status_code == 404
    assert not CalendarLink.objects.exists()


def ana_link(ana) -> str:
    return CalendarLink.objects.get(person=ana).token


def test_the_table_holds_no_address(ana):
    link = calendar.renew(person=ana)
    assert len(link.token) == 64
    assert link.token not in str(CalendarLink.objects.values().get())


def test_with_another_key_of_the_site_the_address_works_and_is_not_shown_wrong(ana, address, settings, client_for):
    settings.SECRET_KEY = "another key, long enough for everybody's peace of mind"
    assert Client().get(address).status_code == 200
    assert CalendarLink.objects.get().token == ""
    page = client_for(ana).get("/account/").content
    assert b".ics" not in page
    assert b"can no longer be shown" in page


def test_it_is_kept_by_nobody_and_found_by_no_search(address):
    answer = Client().get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert Client().head(address).status_code == 200


# --- refusals ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "0" * 64, "ą", "%00", "..", "x" * 3000])
def test_a_wrong_address_is_not_found(token):
    assert Client().get(f"/calendar/{token}.ics").status_code == 404


def test_who_was_deactivated_has_no_feed_until_they_come_back(ana, address):
    people.deactivate(person=ana)
    assert Client().get(address).status_code == 404
    people.reactivate(person=ana)
    assert Client().get(address).status_code == 200


def test_another_login_is_no_help_and_no_hindrance(obcy, address, client_for):
    assert client_for(obcy).get(address).status_code == 200
    assert client_for(obcy).get(f"/calendar/{'0' * 64}.ics").status_code == 404


def test_guesses_and_greed_are_slowed_down(address, monkeypatch):
    monkeypatch.setattr(doors, "CALENDAR", doors.Door("calendar", 2, doors.QUARTER))
    monkeypatch.setattr(doors, "CALENDAR_GUESS", doors.Door("calendar-guess", 2, doors.QUARTER))
    assert [Client().get(address).status_code for _ in range(3)] == [200, 200, 429]
    assert [Client().get("/calendar/guess.ics").status_code for _ in range(3)] == [404, 404, 429]


@pytest.mark.parametrize("act", ["", "nonsense"])
def test_no_other_act(act, ana, client_for):
    assert client_for(ana).post("/account/calendar/", {"act": act}).url == "/account/"
    assert not CalendarLink.objects.exists()


def test_a_link_is_ones_own_and_never_made_by_a_get(ana, client_for):
    assert client_for(ana).get("/account/calendar/").status_code == 405
    assert client_for(None).post("/account/calendar/", {"act": "renew"}).url.startswith("/login/")
    assert Client().post("/calendar/x.ics").status_code == 405
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    assert forged.post("/account/calendar/", {"act": "renew"}).status_code == 403
    assert not CalendarLink.objects.exists()
