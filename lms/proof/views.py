"""The register of training and packs of evidence, for auditors, L&D and admins; for anybody else there are no such
pages."""

import uuid
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from certificates.models import private_storage
from certificates.rules import BundleState
from lms.proof import actions, contents, tables, trainings, writing
from lms.proof.forms import PackRequestForm, RegisterForm
from lms.proof.models import EvidencePack, PackForm, may_audit
from lms.proof.rules import PACK_LIMIT, Asked
from training import exports

PAGE = 50
View = Callable[..., HttpResponseBase]


def for_auditors(view: View) -> View:
    @wraps(view)
    def asked(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if not may_audit(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return asked


def _form(request: HttpRequest, data) -> RegisterForm:
    return RegisterForm(data, courses=trainings.courses(get_language()), teams=trainings.teams())


# --- the register --------------------------------------------------------------------------------------------------
@require_safe
@for_auditors
def register(request: HttpRequest) -> HttpResponse:
    """Every enrolment that the filters find, newest first."""
    return _register_page(request, _form(request, request.GET))


def _register_page(request: HttpRequest, form: RegisterForm, problem: str = "") -> HttpResponse:
    asked = form.asked if form.is_valid() else Asked()
    found = trainings.found(asked, request.user) if form.is_valid() else trainings.found(asked, request.user).none()
    page = Paginator(trainings.with_people(found), PAGE).get_page(request.GET.get("p"))
    shown = request.GET.copy() if request.method == "GET" else request.POST.copy()
    for name in ("p", "csrfmiddlewaretoken", "form", "key"):
        shown.pop(name, None)
    context = {
        "form": form,
        "page": page,
        "rows": trainings.rows_of(page, now=timezone.now(), today=timezone.localdate(), language=get_language()),
        "people": trainings.count_people(found),
        "person": _person_chosen(asked, request),
        "query": shown.urlencode(),
        "problem": problem,
        "forms": PackForm.choices,
        "new_key": uuid.uuid4(),
        "today": timezone.localdate(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem or form.errors else HTTPStatus.OK
    return render(request, "proof/register.html", context, status=status)


def _person_chosen(asked: Asked, request: HttpRequest) -> str:
    person = trainings.person_of(asked, request.user)
    return contents.name_of(person) if person else ""


@require_safe
@for_auditors
def register_export(request: HttpRequest, form: str) -> HttpResponseBase:
    """What the filters find, all pages of it. Filters it cannot read are shown on the page, not exported."""
    if form not in ("csv", "xlsx"):
        raise Http404
    filters = _form(request, request.GET)
    if not filters.is_valid():
        return redirect(f"{reverse('training-register')}?{request.GET.urlencode()}")
    found, now, language = trainings.found(filters.asked, request.user), timezone.now(), get_language()
    table = tables.register(found, notes=_notes(request, filters, now), now=now, language=language)
    name = f"ostoja-register-{timezone.localdate():%Y-%m-%d}.{form}"
    if form == "xlsx":
        return FileResponse(exports.xlsx(table), as_attachment=True, filename=name, content_type=exports.XLSX_TYPE)
    response = StreamingHttpResponse(exports.csv_lines(table, language), content_type=exports.CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _notes(request: HttpRequest, filters: RegisterForm, now) -> list[tuple[str, str]]:
    """What one must know to read the table, in the reader's language."""
    made = timezone.localtime(now)
    chosen = [(str(field.label), _chosen(field)) for field in filters.visible_fields()]
    person = _person_chosen(filters.asked, request)
    notes = [
        (_("Made"), f"{made:%Y-%m-%d %H:%M} ({made.tzinfo})"),
        (_("Made for"), request.user.name),
        (_("Person"), person),
        *chosen,
        *((str(tables.words.STATUSES[status]), str(text)) for status, text in tables.words.MEANINGS.items()),
    ]
    return [note for note in notes if note[1]]


def _chosen(field) -> str:
    """What stands in a filter, in words."""
    value = field.value() or ""
    return str(dict(getattr(field.field, "choices", ())).get(value, value)) if value else ""


# --- packs ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@for_auditors
@never_cache
def packs(request: HttpRequest) -> HttpResponse:
    """One's own packs; a POST asks for one."""
    if request.method == "POST":
        return _request_pack(request)
    rows = EvidencePack.objects.visible_to(request.user).select_related("person").order_by("-requested_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("p"))
    now, found = timezone.now(), list(page)
    told = contents.about(found, get_language() or "")
    context = {
        "page": page,
        "rows": [
            (pack, pack.state(now), [text for _name, text in notes if text])
            for pack, notes in zip(found, told, strict=True)
        ],
        "today": timezone.localdate(),
    }
    return render(request, "proof/packs.html", context)


def _request_pack(request: HttpRequest) -> HttpResponse:
    filters, chosen = _form(request, request.POST), PackRequestForm(request.POST)
    if not filters.is_valid():
        return _register_page(request, filters)
    if not chosen.is_valid():
        return _register_page(request, filters, _("Choose what is to be made."))
    key, form = chosen.cleaned_data["key"] or uuid.uuid4(), PackForm(chosen.cleaned_data["form"])
    try:
        requested = actions.request_pack(key=key, form=form, asked=filters.asked, by=request.user)
    except actions.NothingAsked:
        text = _("A pack is about a person, a course, a team or some days. Choose one; a person by their name below.")
        return _register_page(request, filters, text)
    except actions.NothingFound:
        return _register_page(request, filters, _("Nothing was found, so there is nothing to put into a pack."))
    except actions.TooMuch:
        text = _("One pack takes at most %(limit)d trainings. Narrow the filters and make several.")
        return _register_page(request, filters, text % {"limit": PACK_LIMIT})
    except actions.NotAllowed as error:
        raise Http404 from error
    return redirect("evidence-pack", requested.key)


@require_http_methods(["GET", "HEAD", "POST"])
@for_auditors
@never_cache
def pack(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """How one pack stands; a POST takes up one that failed."""
    found = _pack(request, key)
    if request.method == "POST":
        if actions.try_pack_again(requested=found):
            messages.success(request, _("The pack is being made again."))
        return redirect("evidence-pack", found.key)
    state = found.state(timezone.now())
    context = {
        "pack": found,
        "state": state,
        "seal": _seal_of(found) if state == BundleState.READY else "",
        "notes": [note for note in contents.scope_of(found).notes() if note[1]],
        "figures": contents.figures(found.counts),
    }
    return render(request, "proof/pack.html", context)


def _seal_of(made: EvidencePack) -> str:
    """Told here, since what a pack says of its own seal proves nothing."""
    try:
        with private_storage().open(made.path) as file:
            return writing.sealed_with(file)
    except OSError:
        return ""


@require_safe
@for_auditors
@never_cache
def pack_file(request: HttpRequest, key: uuid.UUID) -> FileResponse:
    found = _pack(request, key)
    if found.state(timezone.now()) != BundleState.READY:
        raise Http404
    try:
        file = private_storage().open(found.path)
    except OSError as error:
        raise Http404 from error
    name = f"ostoja-{found.form}-{timezone.localtime(found.requested_at):%Y-%m-%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    response["Content-Encoding"] = "identity"  # else the middleware compresses what is compressed already
    return response


def _pack(request: HttpRequest, key: uuid.UUID) -> EvidencePack:
    mine = EvidencePack.objects.visible_to(request.user).select_related("person", "requested_by")
    return get_object_or_404(mine, key=key)
