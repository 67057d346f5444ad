"""In the CMS, whatever screen led to it: a refusal is a message on the page one came from, never an error page; and
whoever approves a change is led to where they say what it means."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from courses.models.going_live import Unsaid


class RefusalsInWords:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        home = reverse("wagtailadmin_home")
        if not request.path.startswith(home):
            return None
        if isinstance(exception, Unsaid):
            return _led_to(request, exception.url)
        if not isinstance(exception, ValidationError):
            return None
        messages.error(request, " ".join(exception.messages))
        came_from = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure())
        return _led_to(request, came_from if is_ours else home)


def _led_to(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        # The CMS's own dialogues: they close, and the page behind them is that one.
        return JsonResponse({"step": "success", "redirect": address})
    return redirect(address)
