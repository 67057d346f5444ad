"""L&D's screens about certificates, inside the CMS: the register, revoking, reissuing, many PDFs at once."""

import uuid
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates import actions, rules
from certificates.forms import RegisterForm, ReissueForm, RevokeForm, SelectionForm, new_key
from certificates.models import Bundle, Certificate, private_storage
from certificates.subjects import subjects
from people.rules import alphabet

PAGE = 50


# --- the register --------------------------------------------------------------------------------------------------
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    form = _register_form(request, request.GET)
    return _register_page(request, form)


def _register_form(request: HttpRequest, data: QueryDict) -> RegisterForm:
    if not request.user.is_learning_staff:
        raise Http404
    rows = Certificate.objects.managed_by(request.user).exclude(course_key=None)
    issued = dict(rows.order_by().values_list("course_key").annotate(Max("course_title")))
    titles = issued | {key: title for key, title in subjects(get_language() or settings.LANGUAGE_CODE) if key in issued}
    courses = sorted(titles.items(), key=lambda pair: alphabet.key(pair[1]))
    return RegisterForm(data, courses=[(str(key), title) for key, title in courses])


def _register_page(request: HttpRequest, form: RegisterForm, problem: str = "") -> HttpResponse:
    found = form.found_by(request.user) if form.is_valid() else Certificate.objects.none()
    page = Paginator(found.with_state(), PAGE).get_page(request.GET.get("p"))
    today = timezone.localdate()
    context = {
        "form": form,
        "page": page,
        "elided_page_range": page.paginator.get_elided_page_range(page.number),
        "rows": [(certificate, certificate.state(today)) for certificate in page],
        "problem": problem,
        "limit": rules.BUNDLE_LIMIT,
        "new_key": new_key(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem or form.errors else HTTPStatus.OK
    return render(request, "certificates/staff/register.html", context, status=status)


@require_safe
def certificate(request: HttpRequest, serial: str) -> HttpResponse:
    """One certificate with its history: what it replaced, what replaced it, its PDF."""
    found = _managed(request, serial)
    state = found.state(timezone.localdate())
    context = {
        "certificate": found,
        "state": state,
        "revocation": found.revocation if state == rules.State.REVOKED else None,
        "newer": getattr(found, "superseded_by", None),
        "stands": state not in (rules.State.REVOKED, rules.State.SUPERSEDED),
    }
    return render(request, "certificates/staff/certificate.html", context)


def _managed(request: HttpRequest, serial: str) -> Certificate:
    mine = Certificate.objects.managed_by(request.user).with_state().select_related("holder", "supersedes")
    return get_object_or_404(mine.select_related("revocation__by").by_serial(serial))


# --- one certificate -----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, serial: str) -> HttpResponse:
    found = _managed(request, serial)
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.revoke(certificate=found, by=request.user, **form.cleaned_data)
        except actions.NotPossible:
            messages.info(request, _("This certificate was revoked already. Nothing was changed."))
        else:
            messages.success(request, _("Revoked. Whoever checks the number sees it from now on."))
        return redirect("certificate-staff", found.serial)
    return _confirm(request, "certificates/staff/revoke.html", found, form)


@require_http_methods(["GET", "HEAD", "POST"])
def reissue(request: HttpRequest, serial: str) -> HttpResponse:
    found = _managed(request, serial)
    form = ReissueForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            newer = actions.reissue(certificate=found, by=request.user, **form.cleaned_data)
        except actions.NotPossible:
            messages.info(request, _("This certificate was replaced or revoked already. Nothing was changed."))
            return redirect("certificate-staff", found.serial)
        messages.success(request, _("Issued anew. The earlier one says from now on that it was replaced."))
        return redirect("certificate-staff", newer.serial)
    return _confirm(request, "certificates/staff/reissue.html", found, form)


def _confirm(
    request: HttpRequest, template: str, certificate: Certificate, form: RevokeForm | ReissueForm
) -> HttpResponse:
    state = certificate.state(timezone.localdate())
    if request.method != "POST" and state in (rules.State.REVOKED, rules.State.SUPERSEDED):
        return redirect("certificate-staff", certificate.serial)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, template, {"certificate": certificate, "form": form}, status=status)


@require_POST
def try_again(request: HttpRequest) -> HttpResponse:
    """Take up the PDFs that were given up: the ticked ones, or all that the filters find."""
    form = _register_form(request, request.POST)
    chosen = SelectionForm(request.POST, register=form, user=request.user)
    if not chosen.is_valid():
        return _register_page(request, form, _first_problem(chosen))
    parked = Certificate.objects.managed_by(request.user).parked().filter(serial__in=chosen.serials())
    count = sum(actions.try_again(certificate=each) for each in parked)
    if count:
        text = ngettext("%(count)d PDF is being made again.", "%(count)d PDFs are being made again.", count)
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("None of these PDFs was given up, so nothing was changed."))
    return redirect("certificate-register")


# --- many at once --------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def downloads(request: HttpRequest) -> HttpResponse:
    """The zips that were asked for; a POST asks for one."""
    form = _register_form(request, request.POST)
    if request.method == "POST":
        return _request_download(request, form)
    rows = Bundle.objects.visible_to(request.user).select_related("requested_by").order_by("-requested_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("p"))
    now = timezone.now()
    context = {
        "page": page,
        "elided_page_range": page.paginator.get_elided_page_range(page.number),
        "rows": [(bundle, bundle.state(now)) for bundle in page],
    }
    return render(request, "certificates/staff/downloads.html", context)


def _request_download(request: HttpRequest, form: RegisterForm) -> HttpResponse:
    chosen = SelectionForm(request.POST, register=form, user=request.user)
    if not chosen.is_valid():
        return _register_page(request, form, _first_problem(chosen))
    key = chosen.cleaned_data["key"] or uuid.uuid4()
    try:
        requested = actions.request_bundle(key=key, serials=chosen.serials(), by=request.user)
    except actions.TooMany:
        text = _("One zip takes at most %(limit)d certificates. Narrow the filters and make several.")
        return _register_page(request, form, text % {"limit": rules.BUNDLE_LIMIT})
    return redirect("certificate-download", requested.key)


def _first_problem(form: SelectionForm) -> str:
    return next(str(text) for texts in form.errors.values() for text in texts)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def download(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """How one zip stands; a POST takes up one that failed."""
    bundle = _bundle(request, key)
    if request.method == "POST":
        if actions.try_bundle_again(requested=bundle):
            messages.success(request, _("The zip is being made again."))
        return redirect("certificate-download", bundle.key)
    context = {"bundle": bundle, "state": bundle.state(timezone.now()), "count": len(bundle.serials)}
    return render(request, "certificates/staff/download.html", context)


@require_safe
@never_cache
def download_file(request: HttpRequest, key: uuid.UUID) -> FileResponse:
    bundle = _bundle(request, key)
    if bundle.state(timezone.now()) != rules.BundleState.READY:
        raise Http404
    try:
        file = private_storage().open(bundle.path)
    except OSError as error:
        raise Http404 from error
    name = f"certificates-{timezone.localtime(bundle.requested_at):%Y-%m-%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    response["Content-Encoding"] = "identity"  # else the middleware compresses what is compressed already
    return response


def _bundle(request: HttpRequest, key: uuid.UUID) -> Bundle:
    return get_object_or_404(Bundle.objects.visible_to(request.user).select_related("requested_by"), key=key)
