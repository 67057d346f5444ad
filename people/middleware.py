"""Who may come in at all, and in which language and time zone they are met."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from people.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]

# The url names that answer without a login. Everything else asks for one, whoever wrote it.
PUBLIC = frozenset(
    {
        "home",
        "login",
        "logout",
        "password_reset",
        "password_reset_done",
        "password_reset_confirm",
        "password_reset_complete",
        "invitation",
        "language",
        "help",
        "verify",
        "verify-serial",
        "healthz",
        "readyz",
        "calendar",
        "self-check",
        "self-check-start",
        "self-check-question",
        "self-check-answer",
        "self-check-result",
    }
)
# The same for everybody, and kept by browsers: no need to know who asks.
FILES = (settings.STATIC_URL, settings.MEDIA_URL, "/css/")
STAFF = "/cms/"
# A directory has no login; people.scim.auth asks it for its token at each address.
DIRECTORY = "scim"


class LoginRequired:
    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _is_file(request) and request.user.is_authenticated:
            # What a person saw must not come back from the browser's memory after they left.
            add_never_cache_headers(response)
        return response

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        if _is_file(request) or _is_public(request):
            return None
        if not request.user.is_authenticated:
            return _to_login(request)
        if request.path_info.startswith(STAFF) and not request.user.is_learning_staff:
            raise Http404
        return None


def _is_file(request: HttpRequest) -> bool:
    return request.path_info.startswith(FILES)


def _is_public(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and (match.view_name in PUBLIC or match.namespace == DIRECTORY)


def _to_login(request: HttpRequest) -> HttpResponse:
    """Back to this page after the login; for an act that was sent too late, to the page that held its form."""
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    form_page = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(form_page, {request.get_host()}, require_https=request.is_secure()):
        return redirect_to_login(form_page)
    return HttpResponseRedirect(resolve_url(settings.LOGIN_URL))


class PersonPreferences:
    """The path's language, else the person's, else the cookie's, else the browser's, else Polish."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_file(request):
            return self.get_response(request)
        person = request.user if request.user.is_authenticated else None
        with translation.override(_language(request, person)), timezone.override(_time_zone(person)):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        if person is None:
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def _language(request: HttpRequest, person: User | None) -> str:
    from_path = translation.get_language_from_path(request.path_info)
    if from_path:
        return from_path
    if person is not None and person.language in User.Language.values:
        return person.language
    return translation.get_language_from_request(request)


def _time_zone(person: User | None) -> zoneinfo.ZoneInfo | None:
    if person is None:
        return None
    try:
        return zoneinfo.ZoneInfo(person.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None
