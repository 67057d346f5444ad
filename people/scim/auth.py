"""Who may come in: the bearer of a token that an admin made. Where there is none, nothing is here."""

import json
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django_scim.constants import SCIM_CONTENT_TYPE, SchemaURI

from people import doors
from people.models import Invitation, ScimToken

View = Callable[..., HttpResponse]


def error(status: int, detail: str, scim_type: str = "") -> HttpResponse:
    body = {"schemas": [SchemaURI.ERROR], "status": str(status), "detail": detail}
    if scim_type:
        body["scimType"] = scim_type
    return HttpResponse(json.dumps(body), content_type=SCIM_CONTENT_TYPE, status=status)


def token_required(view: View) -> View:
    """django-scim2 puts this around each of its views."""

    def checked(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not ScimToken.objects.valid().exists():
            raise Http404
        token = _token(request)
        if token is None:
            return _turned_away(request)
        if not doors.SCIM.opens_for(str(token.key)):
            return _wait(doors.SCIM)
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    return checked


def _token(request: HttpRequest) -> ScimToken | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        return None
    return ScimToken.objects.valid().filter(token_sha256=Invitation.digest(token.strip())).first()


def _turned_away(request: HttpRequest) -> HttpResponse:
    if not doors.SCIM_GUESS.opens_for(doors.client_ip(request)):
        return _wait(doors.SCIM_GUESS)
    response = error(401, "A valid bearer token is needed.")
    response["WWW-Authenticate"] = 'Bearer realm="SCIM"'
    return response


def _wait(door: doors.Door) -> HttpResponse:
    response = error(429, "Too many requests.")
    response["Retry-After"] = str(int(door.within.total_seconds()))
    return response
