"""The public check: by number and by PDF, without an account, and telling no more than the paper."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone

from certificates import actions, check, limited, seal, tasks, views
from tests.certificates.test_seal import with_byte_flipped, with_update_appended

pytestmark = pytest.mark.django_db
NEVER_ISSUED = "7KQ4M-2XT9R-DA5VJ-3C8PZ"


@pytest.fixture
def public(client_for):
    """Nobody in particular, who reads English."""
    client = client_for(None)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def check_of(certificate) -> str:
    return reverse("verify-serial", args=[certificate.serial])


# --- by number -----------------------------------------------------------------------------------------------------
def test_a_valid_certificate_shows_all_facts_of_the_paper(issue, ana, public):
    certificate = issue(ana, language="pl", course_title="Spokój", valid_until=date(2040, 3, 12))
    response = public.get(check_of(certificate))
    page = response.content.decode()
    assert response.status_code == 200
    assert "This certificate is valid" in page
    for fact in ("Ana Nowak", "2.5", "12 March 2026", "12 March 2040", certificate.serial, certificate.issuer):
        assert fact in page
    assert '<dd lang="pl">Spokój</dd>' in page
    assert "<dt>Course version</dt><dd>3</dd>" in page


def test_it_shows_nothing_that_is_not_on_the_paper(issue, ana, publisher, public):
    certificate = issue(ana)
    actions.revoke(certificate=certificate, by=publisher, reason="Ana told a secret", reason_class="mistake")
    other = issue(ana, course_title="Another course")
    page = public.get(check_of(certificate)).content.decode()
    for private in (
        ana.email,
        str(ana.key),
        "Front desk",
        "Receptionist",
        "secret",
        "Vera",
        other.serial,
        "Another course",
    ):
        assert private not in page


def test_an_expired_one_says_so_with_its_date(issue, ana, public):
    certificate = issue(ana, valid_until=date(2026, 3, 13))
    page = public.get(check_of(certificate)).content.decode()
    assert "This certificate has expired" in page
    assert "13 March 2026" in page


def test_it_is_valid_on_its_last_day(issue, ana, public):
    certificate = issue(ana, valid_until=timezone.localdate())
    assert "This certificate is valid" in public.get(check_of(certificate)).content.decode()


def test_a_revoked_one_says_when_and_why_and_is_never_404(issue, ana, publisher, public):
    certificate = issue(ana, valid_until=timezone.localdate() - timedelta(days=1))
    actions.revoke(certificate=certificate, by=publisher, reason="Internal", reason_class="mistake")
    response = public.get(check_of(certificate))
    page = response.content.decode()
    assert response.status_code == 200
    assert "This certificate was revoked" in page
    assert "it was issued by mistake" in page
    assert f"Revoked: {timezone.localdate():%-d %B %Y}" in page
    assert "is valid" not in page


def test_a_replaced_one_names_the_newer_to_its_holder_only(issue, ana, marek, publisher, public, client_for):
    old = issue(ana)
    new = actions.reissue(certificate=old, by=publisher)
    for client in (public, client_for(marek)):
        page = client.get(check_of(old)).content.decode()
        assert "replaced by a newer one" in page
        assert new.serial not in page
    assert new.serial in client_for(ana).get(check_of(old)).content.decode()


def test_a_number_never_issued_is_a_neutral_404(public):
    response = public.get(reverse("verify-serial", args=[NEVER_ISSUED]))
    assert response.status_code == 404
    page = response.content.decode()
    assert "No certificate has this number" in page
    assert NEVER_ISSUED in page


@pytest.mark.parametrize("typo", [NEVER_ISSUED[:-1] + "W", "7KQ4M", "%00", "<script>", "a" * 3000])
def test_a_typing_mistake_says_check_the_number(public, typo):
    response = public.get(reverse("verify") + typo + "/")
    assert response.status_code == 404
    assert "Check the number" in response.content.decode()


def test_whoever_is_logged_in_checks_as_well(issue, ana, obcy, client_for):
    assert client_for(obcy).get(check_of(issue(ana))).status_code == 200


def test_it_speaks_the_readers_language_and_marks_the_certificates(issue, ana, public):
    certificate = issue(ana, language="en", course_title="Calm first")
    response = public.get(check_of(certificate), headers={"accept-language": "lv"})
    assert '<html lang="lv"' in response.content.decode()
    assert '<dd lang="en">Calm first</dd>' in response.content.decode()


@pytest.mark.parametrize("path", ["/verify/", f"/verify/{NEVER_ISSUED}/", "/verify/nonsense/", "issued"])
def test_search_engines_are_kept_out_and_nothing_is_cached(issue, ana, public, path):
    response = public.get(check_of(issue(ana)) if path == "issued" else path)
    assert "noindex" in response["X-Robots-Tag"]
    assert '<meta name="robots" content="noindex' in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies.get("session")


# --- the form ------------------------------------------------------------------------------------------------------
def test_a_number_as_people_type_it_leads_to_its_page(public):
    response = public.get("/verify/", {"number": " 7kq4m 2xt9r da5vj 3c8pz "})
    assert response.status_code == 302
    assert response["Location"] == reverse("verify-serial", args=[NEVER_ISSUED])


@pytest.mark.parametrize(
    "typed, said",
    [
        ("", "Type the number"),
        ("   ", "Type the number"),
        ("7KQ4M-2XT9R-DA5VJ-3C8PW", "Check the number"),
        ("x" * 9999, "Check the number"),
    ],
)
def test_a_wrong_number_keeps_what_was_typed_and_says_what_to_do(public, typed, said):
    response = public.get("/verify/", {"number": typed})
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert 'href="#number"' in page
    assert typed[:20] in page


def test_who_checks_very_many_numbers_has_to_wait(issue, ana, public, monkeypatch):
    monkeypatch.setattr(views, "NUMBER_CHECKS", replace(views.NUMBER_CHECKS, tries=3))
    url = check_of(issue(ana))
    assert [public.get(url).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert public.get(url)["Retry-After"] == "60"
    assert public.get(url, REMOTE_ADDR="192.0.2.7").status_code == 200


# --- a PDF ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def upload(public):
    def send(data: bytes | None, name: str = "certificate.pdf"):
        file = BytesIO(data or b"")
        file.name = name
        return public.post(reverse("verify"), {} if data is None else {"file": file})

    return send


@pytest.fixture
def frozen(issue, ana, sealed):
    """A certificate whose file is a real sealed PDF."""
    certificate = issue(ana)
    tasks.attach_file(certificate=certificate, data=sealed, sealed_with=seal.current().fingerprint)
    return certificate


@pytest.mark.slow
def test_the_pdf_we_froze_is_genuine_and_shows_how_it_stands(frozen, sealed, upload, publisher):
    page = upload(sealed).content.decode()
    assert "The PDF is genuine" in page
    assert "This certificate is valid" in page
    assert frozen.serial in page
    actions.revoke(certificate=frozen, by=publisher, reason="A test")
    assert "This certificate was revoked" in upload(sealed).content.decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "forge, said",
    [
        (lambda sealed: with_byte_flipped(sealed, sealed.index(b"/MediaBox") + 12), "was changed after it was sealed"),
        (with_update_appended, "Something was added"),
        (lambda sealed: b"%PDF-1.4 hello", "not a PDF we can read"),
    ],
)
def test_a_forged_pdf_is_refused_and_says_what_to_do(frozen, sealed, upload, forge, said):
    response = upload(forge(sealed))
    page = response.content.decode()
    assert response.status_code == 200
    assert said in page
    assert "genuine" not in page
    assert "Ana Nowak" not in page


@pytest.mark.slow
def test_a_pdf_without_a_seal_is_told_from_a_forged_one(frozen, drawn, upload):
    assert "has no seal" in upload(drawn).content.decode()


def test_a_whole_seal_of_somebody_else_is_not_ours(frozen, sealed, upload, monkeypatch):
    read = {"problem": "", "fingerprint": "f" * 64, "subject": "Common Name: Somebody", "sealed_at": ""}
    monkeypatch.setattr(check, "read_seal", lambda data: read)
    page = upload(sealed).content.decode()
    assert "not sealed by us" in page
    assert "Somebody" in page


def test_a_busy_machine_calls_no_file_false(upload, monkeypatch):
    def stopped(script, data):
        raise limited.TooSlow("stopped after 20 seconds")

    monkeypatch.setattr(limited, "run", stopped)
    response = upload(b"%PDF-1.4 as frozen")
    page = response.content.decode()
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert "nothing is known about it yet" in page
    assert "not a PDF" not in page


def test_our_seal_on_a_file_that_is_not_in_the_register_is_not_genuine(frozen, sealed, upload, monkeypatch):
    read = {"problem": "", "fingerprint": seal.current().fingerprint, "subject": "Us", "sealed_at": ""}
    monkeypatch.setattr(check, "read_seal", lambda data: read)
    assert "not in our register" in upload(b"%PDF sealed by our key").content.decode()


def test_a_key_that_was_replaced_still_counts_as_ours(frozen, sealed, monkeypatch):
    read = {"problem": "", "fingerprint": seal.current().fingerprint, "subject": "Us", "sealed_at": ""}
    monkeypatch.setattr(check, "read_seal", lambda data: read)
    monkeypatch.setattr(seal, "current", lambda: seal.Seal(signer=None, fingerprint="0" * 64))
    assert check.check(sealed).certificate == frozen


@pytest.mark.parametrize(
    "data, said", [(None, "Choose the PDF"), (b"", "Choose the PDF"), (b"x" * (2 * 1024 * 1024 + 1), "too large")]
)
def test_no_file_and_too_large_a_file_are_said_clearly(upload, data, said):
    response = upload(data)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert 'href="#file"' in response.content.decode()


def test_text_in_place_of_a_file_is_no_file(public):
    assert public.post(reverse("verify"), {"file": "hello"}).status_code == 422


def test_who_checks_very_many_files_has_to_wait(upload, monkeypatch):
    monkeypatch.setattr(views, "FILE_CHECKS", replace(views.FILE_CHECKS, tries=1))
    assert [upload(None).status_code for _ in range(2)] == [422, 429]


def test_a_file_without_the_token_of_the_form_is_refused(client_for):
    client = client_for(None)
    client.handler.enforce_csrf_checks = True
    assert client.post(reverse("verify"), {}).status_code == 403


def test_a_number_is_only_looked_at(public):
    assert public.post(reverse("verify-serial", args=[NEVER_ISSUED])).status_code == 405
    assert public.put(reverse("verify")).status_code == 405
