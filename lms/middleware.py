"""What every request and every answer has to go through, whichever package it is for."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from itertools import chain
from traceback import walk_tb

from csp.constants import SELF
from csp.middleware import CSPMiddleware, PolicyParts
from django.core.exceptions import BadRequest
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import is_valid_path
from django.utils.datastructures import MultiValueDictKeyError

NUL = "\x00"


class ContentSecurityPolicy(CSPMiddleware):
    """Nothing of ours is shown inside another page, but for the previews beside the CMS's forms."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if getattr(request, "is_preview", False):  # Wagtail's mark on the request that it makes for a preview
            parts.replace = {**(parts.replace or {}), "frame-ancestors": [SELF]}
        return parts


class NoNul:
    """A NUL is no character: nobody types one, no form of ours sends one, and PostgreSQL takes none in a text. A query
    or a form that has one cannot be read (400); a cookie that has one was not sent."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if NUL not in value}
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        if any(NUL in text for text in _texts(request)):
            raise BadRequest("a NUL in a query or a form")


def _texts(request: HttpRequest) -> Iterator[str]:
    for name, values in chain(request.GET.lists(), request.POST.lists()):
        yield name
        yield from values


class BackToForms:
    """An address that only takes forms, opened as a page, leads to the nearest page above it: /attempts/…/1/answer/ to
    the question. People come there when they change the language or reload on a page that answered a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or request.method != "GET":
            return response
        if "text/html" not in request.headers.get("Accept", ""):  # a program, which is to be told
            return response
        return HttpResponseRedirect(_page_above(request.path_info))


def _page_above(path: str) -> str:
    """Of an address with a slash at its end; the first above it that there is, whoever may open it."""
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if is_valid_path(path):
            break
    return path


class WholeForms:
    """Wagtail's editors count on every field of their forms, and its choosers on being asked only for what they have a
    form for. What arrives without cannot be read (400)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, MultiValueDictKeyError):
            return response_for_exception(request, BadRequest(f"no field {exception} in a form"))
        if request.method == "POST" and _is_nothing_to_a_chooser(exception):
            return response_for_exception(request, BadRequest(f"a form that was not sent whole: {exception}"))
        return None


def _is_nothing_to_a_chooser(exception: Exception) -> bool:
    """It took a field or a form that is not there for one that is. The same in any other code stays a fault."""
    if not isinstance(exception, AttributeError) or exception.obj is not None:
        return False
    *_above, (frame, _line) = walk_tb(exception.__traceback__)
    module = frame.f_globals["__name__"]
    return module.startswith("wagtail.admin.") and "chooser" in module
