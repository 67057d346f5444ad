"""The tokens of identity providers: made and revoked here, shown once."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from people import doors
from people.actions import scim_tokens as actions
from people.models import ScimToken
from people.scim.views import base_url
from people.staff import admin, forms
from people.staff.people import too_often


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The list; a POST makes one, and its answer is the only page that ever shows it."""
    asker = admin(request)
    if request.method != "POST":
        return _page(request, forms.TokenForm(admin=asker))
    refused = too_often(request, asker)
    if refused:
        return refused
    form = forms.TokenForm(request.POST, admin=asker)
    if not form.is_valid():
        return _page(request, form, status=422)
    doors.PASSWORD_CHANGE.forget(str(asker.key))
    made, token = actions.make(name=form.cleaned_data["name"], by=asker)
    return _page(request, forms.TokenForm(admin=asker), made=made, token=token)


def _page(
    request: HttpRequest, form: forms.TokenForm, *, made: ScimToken | None = None, token: str = "", status: int = 200
) -> HttpResponse:
    found = ScimToken.objects.select_related("made_by").order_by("-made_at", "-pk")
    context = {"form": form, "tokens": found, "made": made, "token": token, "base_url": base_url()}
    return render(request, "people/staff/tokens.html", context, status=status)


@require_POST
def revoke(request: HttpRequest, token_key: uuid.UUID) -> HttpResponse:
    asker = admin(request)
    token = get_object_or_404(ScimToken, key=token_key)
    actions.revoke(token=token, by=asker)
    messages.success(request, _("Revoked: %(name)s.") % {"name": token.name})
    return redirect("scim-tokens")
