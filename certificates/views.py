"""Own certificates, and the public check: by number, or of a PDF somebody was sent."""

import logging
from datetime import timedelta
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certificates import check, limited, pdf, rules
from certificates.models import Certificate, Damaged
from people.doors import Door, client_ip

logger = logging.getLogger(__name__)

NUMBER_CHECKS = Door("verify", 120, timedelta(minutes=1))
FILE_CHECKS = Door("verify-file", 10, timedelta(minutes=1))  # each costs a process


# --- one's own -----------------------------------------------------------------------------------------------------
@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    own = Certificate.objects.filter(holder=request.user).with_state().order_by("-issued_on", "-pk")
    rows = [(certificate, certificate.state(today)) for certificate in own]
    return render(request, "certificates/certificates.html", {"rows": rows})


@require_safe
def certificate(request: HttpRequest, serial: str) -> HttpResponse:
    """The accessible original: everything the paper says, and how it stands today."""
    return _certificate_page(request, _visible(request, serial))


@require_safe
@never_cache
def certificate_pdf(request: HttpRequest, serial: str) -> HttpResponse:
    """The frozen bytes, or nothing: a PDF is never made while somebody waits for it."""
    certificate = _visible(request, serial)
    if not certificate.has_file:
        raise Http404
    try:
        data = certificate.file.read()
    except Damaged as error:
        logger.error("Certificate %s: %s", certificate.serial, error)
        return _certificate_page(request, certificate, is_damaged=True, status=HTTPStatus.SERVICE_UNAVAILABLE)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{certificate.serial}.pdf"'
    return response


def _visible(request: HttpRequest, serial: str) -> Certificate:
    return get_object_or_404(Certificate.objects.visible_to(request.user).with_state().by_serial(serial))


def _certificate_page(
    request: HttpRequest, certificate: Certificate, *, is_damaged: bool = False, status: int = HTTPStatus.OK
) -> HttpResponse:
    context = _facts(certificate) | {
        # The form of the revocation promises: for the holder and staff. A manager and an auditor see its kind.
        "reads_reason": certificate.holder_id == request.user.pk or request.user.is_learning_staff,
        "is_damaged": is_damaged,
        "verify_address": pdf.verify_address(certificate.serial),
    }
    return render(request, "certificates/certificate.html", context, status=status)


# --- everybody -----------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _verify_file(request)
    if "number" not in request.GET:
        return _form(request)
    typed = request.GET["number"][:100]
    serial = rules.normalise(typed)
    if rules.is_well_formed(serial):
        return redirect("verify-serial", serial)
    return _form(request, number=typed, errors=[{"field": "number", "text": _number_problem(typed)}])


@require_safe
@never_cache
def verify_serial(request: HttpRequest, serial: str) -> HttpResponse:
    """What the paper says, and whether it still stands. A number that was ever issued is never 404."""
    if not NUMBER_CHECKS.opens_for(client_ip(request)):
        return _too_many(request, NUMBER_CHECKS)
    found = Certificate.objects.with_state().by_serial(serial).first()
    if found:
        return _verdict(request, found)
    shown = rules.normalise(serial[:100])
    context = {"serial": shown, "is_well_formed": rules.is_well_formed(shown), "number": serial[:100], "errors": []}
    return _public(request, "certificates/verify_unknown.html", context, HTTPStatus.NOT_FOUND)


def _verify_file(request: HttpRequest) -> HttpResponse:
    if not FILE_CHECKS.opens_for(client_ip(request)):
        return _too_many(request, FILE_CHECKS)
    upload = request.FILES.get("file")
    if upload is None or not upload.size:
        return _form(request, errors=[{"field": "file", "text": _("Choose the PDF of a certificate.")}])
    if upload.size > check.MAX_BYTES:
        too_large = _("This file is too large to be a certificate of ours: they have less than 2 MB.")
        return _form(request, errors=[{"field": "file", "text": too_large}])
    try:
        verdict = check.check(upload.read())
    except limited.TooSlow:
        return _not_now(request)
    if verdict.certificate:
        return _verdict(request, verdict.certificate, file_verdict=verdict)
    return _form(request, file_verdict=verdict)


def _verdict(request: HttpRequest, certificate: Certificate, file_verdict: check.Verdict | None = None) -> HttpResponse:
    holder = request.user.is_authenticated and certificate.holder_id == request.user.pk
    context = _facts(certificate) | {
        "checked_at": timezone.localtime(),
        "file_verdict": file_verdict,
        # Only the holder learns the number of the newer one: it is not on this paper.
        "newer": certificate.superseded_by if holder and hasattr(certificate, "superseded_by") else None,
        "number": "",
        "errors": [],
    }
    return _public(request, "certificates/verify_serial.html", context)


def _form(
    request: HttpRequest,
    *,
    number: str = "",
    errors: list[dict[str, str]] | None = None,
    file_verdict: check.Verdict | None = None,
    status: int | None = None,
) -> HttpResponse:
    context = {"number": number, "errors": errors or [], "file_verdict": file_verdict}
    usual = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return _public(request, "certificates/verify.html", context, status or usual)


def _number_problem(typed: str) -> str:
    if not typed.strip():
        return _("Type the number that is printed on the certificate.")
    return _("Check the number: it has 20 characters, and at least one of them is not right.")


def _too_many(request: HttpRequest, door: Door) -> HttpResponse:
    response = _public(request, "certificates/too_many.html", {}, HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = int(door.within.total_seconds())
    return response


def _not_now(request: HttpRequest) -> HttpResponse:
    text = _("There was no time to check this file, so nothing is known about it yet. Try again in a minute.")
    response = _form(request, errors=[{"field": "file", "text": text}], status=HTTPStatus.SERVICE_UNAVAILABLE)
    response["Retry-After"] = 60
    return response


def _public(request: HttpRequest, template: str, context: dict, status: int = HTTPStatus.OK) -> HttpResponse:
    """Whoever has the paper may look; search engines may not."""
    response = render(request, template, context, status=status)
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _facts(certificate: Certificate) -> dict:
    state = certificate.state(timezone.localdate())
    return {
        "certificate": certificate,
        "state": state,
        "revocation": certificate.revocation if state == rules.State.REVOKED else None,
    }
