"""The register in the CMS: search, filters, paging, and the acts on one certificate."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certificates import actions, rules
from certificates.models import MAX_TRIES, Certificate, Rendering
from evidence.models import Personal, Record
from people.models import User
from tests.certificates.conftest import reread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cms")]
STRANGERS = ("ana", "marek", "irena", "obcy", "auditor")


def names(response) -> list[str]:
    return [certificate.holder_name for certificate, _state in response.context["rows"]]


def staff_page(certificate: Certificate, act: str = "staff") -> str:
    return reverse(f"certificate-{act}", args=[certificate.serial])


@pytest.fixture
def look_for(publisher, client_for):
    """look_for(q="…"): the names that the register finds."""

    def find(**filters) -> list[str]:
        response = client_for(publisher).get(reverse("certificate-register"), filters)
        assert response.status_code == 200
        return names(response)

    return find


@pytest.fixture
def named(issue):
    def make(first: str, last: str, **facts) -> Certificate:
        person = User.objects.create_user(f"{uuid.uuid4()}@example.org", first_name=first, last_name=last)
        return issue(person, **facts)

    return make


# --- finding -------------------------------------------------------------------------------------------------------
def test_it_shows_name_course_days_state_and_number_of_every_certificate(named, publisher, client_for):
    certificate = named("Łucja", "Żak", course_title="Calm first", valid_until=date(2040, 3, 12))
    page = client_for(publisher).get(reverse("certificate-register")).content.decode()
    for fact in ("Łucja Żak", "Calm first", certificate.serial, staff_page(certificate)):
        assert fact in page


@pytest.mark.parametrize("typed", ["Łucja", "łucja", "ŻAK łucja", "calm żak", "  Calm  "])
def test_words_are_found_in_name_and_course_in_any_case(typed, named, look_for):
    named("Łucja", "Żak", course_title="Calm first")
    named("Jan", "Lis", course_title="Fire safety")
    assert look_for(q=typed) == ["Łucja Żak"]


def test_a_course_is_found_and_offered_by_its_name_in_the_language_of_the_reader(
    named, publisher, client_for, look_for, monkeypatch
):
    calm, fire = uuid.uuid4(), uuid.uuid4()
    known = {"en": "Calm first", "lv": "Vispirms miers"}
    monkeypatch.setattr("certificates.staff.subjects", lambda language: [(calm, known[language]), (uuid.uuid4(), "X")])
    named("Łucja", "Żak", course_title="Najpierw spokój", course_key=calm)
    named("Jan", "Lis", course_title="Bezpieczny ogień", course_key=fire)
    for language, typed in (("en", "CALM żak"), ("lv", "miers"), ("lv", "spokój")):
        publisher.language = language
        publisher.save()
        assert look_for(q=typed) == ["Łucja Żak"]
    assert look_for(q="calm lis") == []
    form = client_for(publisher).get(reverse("certificate-register")).context["form"]
    assert [title for key, title in form.fields["course"].choices if key] == ["Bezpieczny ogień", "Vispirms miers"]


def test_a_number_is_found_however_it_is_typed(named, look_for):
    certificate = named("Łucja", "Żak")
    named("Jan", "Lis")
    plain = certificate.serial.replace("-", "")
    for typed in (certificate.serial, certificate.serial.lower(), plain, plain.lower(), f" {plain[:7]} {plain[7:]} "):
        assert look_for(q=typed) == ["Łucja Żak"], typed


def test_the_beginning_of_a_number_is_enough(named, look_for):
    certificate = named("Łucja", "Żak")
    Certificate.objects.filter(pk=certificate.pk).update(serial="7KQ4M-2XT9R-DA5VJ-3C8PZ")
    named("Jan", "Lis")
    for typed in ("7kq4m", "7KQ4M-2X", "7kq4m2xt9rda"):
        assert look_for(q=typed) == ["Łucja Żak"], typed


def test_a_word_of_five_letters_is_a_word(named, look_for):
    named("Marek", "Lis")
    assert look_for(q="marek") == ["Marek Lis"]


@pytest.mark.parametrize("typed", ["%", "_", "'", '"; --', "\\", "x" * 100, "7KQ4M-2XT9R-DA5VJ-3C8PZ"])
def test_what_is_not_there_is_not_found(typed, named, look_for):
    named("Łucja", "Żak")
    assert look_for(q=typed) == []


def test_days_and_course_narrow_it_down(named, look_for):
    course = uuid.uuid4()
    named("Early", "One", issued_on=date(2025, 1, 31))
    named("Middle", "One", issued_on=date(2025, 2, 1), course_key=course)
    named("Late", "One", issued_on=date(2025, 3, 1), course_key=course)
    assert look_for(issued_from="2025-02-01") == ["Late One", "Middle One"]
    assert look_for(issued_from="2025-02-01", issued_to="2025-02-01") == ["Middle One"]
    assert look_for(course=str(course), issued_to="2025-02-28") == ["Middle One"]


def test_states_and_missing_pdfs_can_be_filtered(named, publisher, with_file, look_for):
    named("Valid", "One")
    named("Expired", "One", issued_on=date(2024, 1, 1), valid_until=date(2025, 1, 1))
    actions.revoke(certificate=(revoked := named("Revoked", "One")), by=publisher, reason="A test")
    old = named("Old", "One")
    actions.reissue(certificate=old, by=publisher)
    with_file(revoked)
    Rendering.objects.filter(certificate__holder_name="Expired One").update(tries=MAX_TRIES)
    assert look_for(state="revoked") == ["Revoked One"]
    assert look_for(state="expired") == ["Expired One"]
    assert look_for(state="superseded") == ["Old One"]
    assert sorted(look_for(state="valid")) == ["Old One", "Valid One"]
    assert look_for(file="made") == ["Revoked One"]
    assert look_for(file="parked") == ["Expired One"]
    assert sorted(look_for(file="waiting")) == ["Old One", "Old One", "Valid One"]


@given(
    revoked=st.booleans(),
    superseded=st.booleans(),
    until=st.one_of(st.none(), st.integers(0, 4)),
    today=st.integers(0, 5),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_filter_by_state_agrees_with_the_rules(revoked, superseded, until, today, issue, ana, publisher):
    start = date(2026, 3, 12)
    certificate = issue(ana, valid_until=None if until is None else start + timedelta(days=until))
    if superseded:
        actions.reissue(certificate=certificate, by=publisher)
    if revoked:
        actions.revoke(certificate=certificate, by=publisher, reason="A test")
    day = start + timedelta(days=today)
    state = reread(certificate).state(day)
    for each in rules.State:
        found = Certificate.objects.filter(pk=certificate.pk).in_state(each, day).exists()
        assert found == (each == state), each


@pytest.mark.parametrize(
    "filters",
    [
        {"issued_from": "yesterday"},
        {"issued_from": "2026-02-30"},
        {"issued_from": "2026-03-02", "issued_to": "2026-03-01"},
        {"state": "gone"},
        {"course": "calm"},
        {"q": "x" * 101},
    ],
)
def test_a_filter_that_makes_no_sense_is_told(filters, named, publisher, client_for):
    named("Łucja", "Żak")
    response = client_for(publisher).get(reverse("certificate-register"), filters)
    assert response.status_code == 422
    assert response.context["form"].errors
    assert names(response) == []


def test_it_is_paged_by_fifty_and_the_filters_stay(named, publisher, client_for):
    for number in range(51):
        named("Ola", f"Nr {number}")
    response = client_for(publisher).get(reverse("certificate-register"), {"q": "Ola", "p": 2})
    assert len(response.context["rows"]) == 1
    assert "q=Ola" in response.content.decode()


def test_it_costs_the_same_with_one_and_with_forty(named, publisher, client_for, assert_queries_at_most):
    client = client_for(publisher)
    client.get(reverse("certificate-register"))
    counts = []
    for more in (1, 39):
        for number in range(more):
            named("Ola", f"Nr {number}", course_key=uuid.uuid5(uuid.NAMESPACE_URL, str(number)))
        with assert_queries_at_most(16) as queries:
            client.get(reverse("certificate-register"), {"q": "Ola"})
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("language", ["pl", "en"])
def test_it_speaks_the_language_of_its_reader(language, named, publisher, client_for):
    publisher.language = language
    publisher.save()
    named("Łucja", "Żak")
    page = client_for(publisher).get(reverse("certificate-register")).content.decode()
    with translation.override(language):
        assert ngettext("%(count)s certificate found", "%(count)s certificates found", 1) % {"count": 1} in page
        for words in ("Make a zip of those chosen", "Issued from", "Certificate number"):
            assert gettext(words) in page


def test_names_are_shown_as_text(named, publisher, client_for):
    named("<b>Bold</b>", "Żak")
    page = client_for(publisher).get(reverse("certificate-register")).content.decode()
    assert "&lt;b&gt;Bold" in page
    assert "<b>Bold" not in page


# --- one certificate -----------------------------------------------------------------------------------------------
def test_revoking_asks_for_reasons_and_the_public_reads_the_class_alone(named, publisher, client_for):
    certificate = named("Łucja", "Żak")
    client = client_for(publisher)
    page = client.get(staff_page(certificate, "revoke"))
    assert page.status_code == 200
    assert client.post(staff_page(certificate, "revoke"), {"reason": "Because"}).status_code == 422
    assert (
        client.post(staff_page(certificate, "revoke"), {"reason_class": "mistake", "reason": "  "}).status_code == 422
    )
    assert reread(certificate).state(timezone.localdate()) == "valid"

    sent = {"reason_class": "wrong-facts", "reason": "The hours were wrong"}
    answer = client.post(staff_page(certificate, "revoke"), sent)
    assert answer.status_code == 302
    assert answer["Location"] == staff_page(certificate)
    public = client_for(None).get(reverse("verify-serial", args=[certificate.serial])).content.decode()
    assert str(reread(certificate).revocation.get_reason_class_display()) in public
    assert "The hours were wrong" not in public
    assert "The hours were wrong" in client.get(staff_page(certificate)).content.decode()


def test_revoking_twice_is_revoking_once(named, publisher, client_for):
    certificate = named("Łucja", "Żak")
    client = client_for(publisher)
    for reason in ("First", "Second"):
        answer = client.post(staff_page(certificate, "revoke"), {"reason_class": "other", "reason": reason})
        assert answer["Location"] == staff_page(certificate)
    assert reread(certificate).revocation.reason == "First"
    assert Record.objects.filter(kind="certificate.revoked").count() == 1


def test_a_new_name_gets_a_new_certificate_linked_to_the_old(named, publisher, client_for):
    certificate = named("Łucja", "Żak", hours=Decimal("3"), valid_until=date(2040, 1, 1))
    User.objects.filter(pk=certificate.holder_id).update(last_name="Lis")
    client = client_for(publisher)
    page = client.get(staff_page(certificate, "reissue")).content.decode()
    assert "Łucja Żak" in page
    assert "Łucja Lis" in page
    assert client.post(staff_page(certificate, "reissue"), {"reason": ""}).status_code == 422
    for _click in range(2):
        assert client.post(staff_page(certificate, "reissue"), {"reason": "She married"}).status_code == 302
    newer = Certificate.objects.get(supersedes=certificate)
    assert (newer.holder_name, newer.hours, newer.valid_until) == ("Łucja Lis", 3, date(2040, 1, 1))
    assert newer.reissue_reason == "She married"
    assert Certificate.objects.count() == 2
    record = Record.objects.filter(kind="certificate.issued").latest("seq")
    assert record.facts["supersedes"] == certificate.serial
    assert Personal.objects.get(record=record).payload["reason"] == "She married"
    assert newer.serial in client.get(staff_page(certificate)).content.decode()
    assert certificate.serial in client.get(staff_page(newer)).content.decode()


def test_nothing_is_offered_for_a_certificate_that_no_longer_stands(named, publisher, client_for):
    certificate = named("Łucja", "Żak")
    actions.revoke(certificate=certificate, by=publisher, reason="A test")
    client = client_for(publisher)
    page = client.get(staff_page(certificate)).content.decode()
    for act in ("revoke", "reissue"):
        assert staff_page(certificate, act) not in page
        assert client.get(staff_page(certificate, act))["Location"] == staff_page(certificate)
    assert client.post(staff_page(certificate, "reissue"), {"reason": "x"})["Location"] == staff_page(certificate)
    assert Certificate.objects.count() == 1


def test_given_up_pdfs_are_made_again_the_ticked_ones_or_all_that_were_found(named, publisher, client_for):
    first, second, third = (named("Ola", str(number)) for number in range(3))
    Rendering.objects.exclude(certificate=third).update(tries=MAX_TRIES, error="Failed: no key")
    client = client_for(publisher)
    assert "Failed: no key" in client.get(staff_page(first)).content.decode()
    again = reverse("certificate-try-again")
    assert client.post(again, {"serial": [first.serial, third.serial]}).status_code == 302
    assert list(Certificate.objects.parked()) == [second]
    assert client.post(again, {"whole": "on", "file": "parked"}).status_code == 302
    assert not Certificate.objects.parked().exists()
    assert client.post(again).status_code == 422


@pytest.mark.parametrize("language", ["pl", "en"])
@pytest.mark.parametrize("act", ["staff", "revoke", "reissue"])
def test_the_pages_of_one_certificate_speak_the_language_of_their_reader(act, language, named, publisher, client_for):
    publisher.language = language
    publisher.save()
    words = {
        "staff": "See what the public sees",
        "revoke": "Revoke this certificate",
        "reissue": "Issue the new certificate",
    }
    page = client_for(publisher).get(staff_page(named("Łucja", "Żak"), act)).content.decode()
    with translation.override(language):
        assert gettext(words[act]) in page


# --- the home page -------------------------------------------------------------------------------------------------
def test_the_home_page_tells_of_given_up_pdfs_while_there_are_any(named, ela, client_for):
    certificate = named("Łucja", "Żak")
    link = f"{reverse('certificate-register')}?file=parked"
    assert link not in client_for(ela).get(reverse("wagtailadmin_home")).content.decode()
    Rendering.objects.filter(certificate=certificate).update(tries=MAX_TRIES)
    assert link in client_for(ela).get(reverse("wagtailadmin_home")).content.decode()


# --- refusals ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", STRANGERS)
def test_nobody_else_sees_or_does_anything_here(who, request, named, client_for):
    certificate = named("Łucja", "Żak")
    client = client_for(request.getfixturevalue(who))
    for url in (reverse("certificate-register"), staff_page(certificate), staff_page(certificate, "revoke")):
        assert client.get(url).status_code == 404
    sent = {"reason_class": "mistake", "reason": "x"}
    for act in ("revoke", "reissue"):
        assert client.post(staff_page(certificate, act), sent).status_code == 404
    assert client.post(reverse("certificate-try-again"), {"serial": certificate.serial}).status_code == 404
    assert reread(certificate).state(timezone.localdate()) == "valid"


def test_the_rows_themselves_are_closed_to_everybody_but_staff(named, ana, marek, auditor, ela, admin):
    named("Łucja", "Żak")
    assert [Certificate.objects.managed_by(user).count() for user in (ana, marek, auditor, ela, admin)] == [
        0,
        0,
        0,
        1,
        1,
    ]
    ela.is_active = False
    assert not Certificate.objects.managed_by(ela).exists()


def test_an_unknown_number_is_not_there(publisher, client_for):
    client = client_for(publisher)
    for serial in ("7KQ4M-2XT9R-DA5VJ-3C8PZ", "nonsense", "x" * 300):
        assert client.get(reverse("certificate-staff", args=[serial])).status_code == 404


@pytest.mark.parametrize("url", ["certificate-register", "certificate-try-again"])
def test_only_the_declared_verbs_are_taken(url, publisher, client_for):
    client = client_for(publisher)
    assert (client.post if url == "certificate-register" else client.get)(reverse(url)).status_code == 405
