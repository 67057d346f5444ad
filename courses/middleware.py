"""A refusal in the CMS is a message on the page one came from, whatever screen led to it; never an error page."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from courses.models.pages import Refused


class RefusalsInWords:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        home = reverse("wagtailadmin_home")
        if not isinstance(exception, Refused) or not request.path.startswith(home):
            return None
        messages.error(request, " ".join(exception.messages))
        came_from = request.headers.get("Referer", "")
        is_ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure())
        address = came_from if is_ours else home
        if request.headers.get("X-Requested-With") == "XMLHttpRequest":
            # The CMS's own dialogues: they close, and the page behind them shows the message.
            return JsonResponse({"step": "success", "redirect": address})
        return redirect(address)
