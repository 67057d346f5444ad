"""One's own certificates: the list, the page that is the accessible original, the frozen PDF."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates import actions
from certificates.models import MAX_TRIES, Rendering, private_storage

pytestmark = pytest.mark.django_db


def page_of(certificate) -> str:
    return reverse("certificate", args=[certificate.serial])


def pdf_of(certificate) -> str:
    return reverse("certificate-pdf", args=[certificate.serial])


# --- the list ------------------------------------------------------------------------------------------------------
def test_the_list_holds_ones_own_newest_first_with_their_state(issue, with_file, ana, marek, publisher, client_for):
    old = issue(ana, course_title="Older course", issued_on=date(2024, 1, 2), valid_until=date(2025, 1, 2))
    new = issue(ana, course_title="Newer course")
    with_file(new)
    issue(marek, course_title="Marek's course")
    actions.revoke(certificate=issue(ana, course_title="Taken back"), by=publisher, reason="A test")
    page = client_for(ana).get(reverse("certificates")).content.decode()
    assert page.index("Newer course") < page.index("Older course")
    assert "Marek" not in page
    for word in ("Valid", "Expired", "Revoked"):
        assert word in page
    assert page_of(old) in page
    assert pdf_of(new) in page
    assert pdf_of(old) not in page, "not made yet"


def test_an_empty_list_says_what_will_appear(ana, client_for):
    assert "No certificate yet" in client_for(ana).get(reverse("certificates")).content.decode()


def test_the_list_costs_the_same_with_one_and_with_thirty(issue, ana, client_for, assert_queries_at_most):
    client = client_for(ana)
    for count in (1, 29):
        for _ in range(count):
            issue(ana)
        with assert_queries_at_most(6):
            client.get(reverse("certificates"))


# --- the page ------------------------------------------------------------------------------------------------------
def test_the_page_says_all_that_the_paper_says(issue, ana, client_for, settings):
    certificate = issue(ana, language="pl", course_title="Spokój w rozmowie", valid_until=date(2040, 3, 12))
    page = client_for(ana).get(page_of(certificate)).content.decode()
    for fact in ("Ana Nowak", "2.5", "12 March 2026", "12 March 2040", certificate.serial, certificate.issuer):
        assert fact in page
    assert '<dd lang="pl">Spokój w' in page
    assert "<dt>Course version</dt><dd>3</dd>" in page
    assert f"{settings.BASE_URL}/verify/{certificate.serial}/" in page
    assert "score" not in page.lower()


def test_the_page_costs_at_most_twelve_queries(issue, with_file, ana, marek, client_for, assert_queries_at_most):
    certificate = issue(ana)
    with_file(certificate)
    for person in (ana, marek):
        client = client_for(person)
        with assert_queries_at_most(12):
            client.get(page_of(certificate))


def test_the_pdf_is_offered_once_it_is_made(issue, with_file, ana, client_for):
    certificate, client = issue(ana), client_for(ana)
    before = client.get(page_of(certificate)).content.decode()
    assert "is being made" in before
    assert f'<a href="{reverse("help")}">Who can help</a>' in before
    assert pdf_of(certificate) not in before
    with_file(certificate)
    assert pdf_of(certificate) in client.get(page_of(certificate)).content.decode()


def test_a_parked_pdf_says_who_can_help_and_tells_staff_why(issue, ana, publisher, client_for):
    certificate = issue(ana)
    Rendering.objects.update(tries=MAX_TRIES, error="Failed: killed by signal 9")
    own = client_for(ana).get(page_of(certificate)).content.decode()
    assert "could not be made" in own
    assert reverse("help") in own
    assert "signal 9" not in own
    assert "signal 9" in client_for(publisher).get(page_of(certificate)).content.decode()


def test_a_revoked_one_says_when_why_and_what_the_issuer_says(issue, ana, publisher, client_for):
    certificate = issue(ana)
    actions.revoke(certificate=certificate, by=publisher, reason="Sat by a colleague", reason_class="rules-broken")
    page = client_for(ana).get(page_of(certificate)).content.decode()
    assert "the rules of the assessment were broken" in page
    assert "Sat by a colleague" in page
    assert "Vera" not in page


@pytest.mark.parametrize("tries", [0, MAX_TRIES])
def test_without_its_pdf_only_a_valid_one_is_called_valid(issue, ana, publisher, client_for, tries):
    certificate = issue(ana)
    Rendering.objects.update(tries=tries)
    page = client_for(ana).get(page_of(certificate)).content.decode()
    assert "The certificate is valid" in page
    actions.revoke(certificate=certificate, by=publisher, reason="Sat by a colleague")
    page = client_for(ana).get(page_of(certificate)).content.decode()
    assert "certificate is valid" not in page
    assert "The PDF" in page


def test_what_the_issuer_says_is_for_the_holder_and_l_and_d(
    issue, ana, marek, auditor, ela, admin, publisher, client_for
):
    certificate = issue(ana)
    actions.revoke(certificate=certificate, by=publisher, reason="Sat by a colleague", reason_class="rules-broken")
    pages = {who: client_for(who).get(page_of(certificate)).content for who in (ana, ela, admin, marek, auditor)}
    assert [b"Sat by a colleague" in page for page in pages.values()] == [True, True, True, False, False]
    assert all(b"the rules of the assessment were broken" in page for page in pages.values())


def test_a_replaced_one_leads_to_the_newer(issue, ana, publisher, client_for):
    old = issue(ana)
    new = actions.reissue(certificate=old, by=publisher)
    assert page_of(new) in client_for(ana).get(page_of(old)).content.decode()


def test_an_expired_one_says_so(issue, ana, client_for):
    certificate = issue(ana, valid_until=timezone.localdate() - timedelta(days=1))
    assert "Expired" in client_for(ana).get(page_of(certificate)).content.decode()


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}", "Ana\u202ekawoN"]
)
def test_a_hostile_name_is_shown_as_text(issue, ana, client_for, name):
    ana.first_name = name
    ana.save()
    page = client_for(ana).get(page_of(issue(ana))).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert ">14 " not in page


def test_the_number_may_be_typed_in_small_letters(issue, ana, client_for):
    certificate = issue(ana)
    assert client_for(ana).get(f"/certificates/{certificate.serial.lower()}/").status_code == 200


# --- the frozen bytes ----------------------------------------------------------------------------------------------
def test_the_pdf_is_the_frozen_bytes_kept_by_no_cache(issue, with_file, ana, client_for):
    certificate = issue(ana)
    with_file(certificate, b"%PDF-1.4 exactly these")
    response = client_for(ana).get(pdf_of(certificate))
    assert response.content == b"%PDF-1.4 exactly these"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{certificate.serial}.pdf"'
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_pdf_that_is_not_made_yet_is_not_found(issue, ana, client_for):
    assert client_for(ana).get(pdf_of(issue(ana))).status_code == 404


def test_a_damaged_file_is_never_handed_out(issue, with_file, ana, client_for, caplog):
    certificate = issue(ana)
    private_storage().delete(with_file(certificate).path)
    response = client_for(ana).get(pdf_of(certificate))
    assert response.status_code == 503
    assert "cannot be read at the moment" in response.content.decode()
    assert certificate.serial in caplog.text


# --- refusals ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("url", [page_of, pdf_of])
def test_who_may_see_a_certificate_and_who_may_not(issue, with_file, ana, request, client_for, url):
    certificate = issue(ana)
    with_file(certificate)
    for name, expected in {
        "ana": 200,
        "marek": 200,
        "ela": 200,
        "publisher": 200,
        "auditor": 200,
        "admin": 200,
        "obcy": 404,
        "irena": 404,
    }.items():
        assert client_for(request.getfixturevalue(name)).get(url(certificate)).status_code == expected, name
    assert client_for(None).get(url(certificate)).status_code == 302


def test_somebody_who_left_the_team_is_not_seen_by_the_old_manager(issue, ana, marek, teams, client_for):
    certificate = issue(ana)
    ana.team = teams.warehouse
    ana.save()
    assert client_for(marek).get(page_of(certificate)).status_code == 404


@pytest.mark.parametrize("number", ["7KQ4M-2XT9R-DA5VJ-3C8PZ", "nonsense", "%00", "١٢٣", "a" * 5000, "..%2F..%2Fetc"])
def test_numbers_that_are_nobodys_are_not_found(ana, client_for, number):
    for path in (f"/certificates/{number}/", f"/certificates/{number}/pdf/"):
        assert client_for(ana).get(path).status_code == 404


def test_nothing_here_is_done_by_post(issue, ana, client_for):
    certificate = issue(ana)
    for url in (reverse("certificates"), page_of(certificate), pdf_of(certificate)):
        assert client_for(ana).post(url).status_code == 405
