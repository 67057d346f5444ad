"""The doors, the language switch, the account page, and where to find help."""

import math
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic import FormView

from people import actions, doors, forms, reports, rules
from people.actions import calendar
from people.models import CalendarLink, Invitation, User

PASSWORD_BACKEND = "django.contrib.auth.backends.ModelBackend"


def _person(request: HttpRequest) -> User:
    """Whoever is logged in: LoginRequired lets nobody else as far as the views that ask."""
    assert isinstance(request.user, User)
    return request.user


class FormPage(FormView):
    """Django's form views with our error summary, and 422 for a form that has to be filled in again."""

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"errors": forms.summary(context["form"])}


# --- login ---------------------------------------------------------------------------------------------------------
class LoginView(FormPage, auth_views.LoginView):
    authentication_form = forms.LoginForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if doors.ACCOUNT.is_shut_for(self._account()):
            return too_many_tries(request, doors.ACCOUNT.within, mail_helps=True)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        doors.ACCOUNT.forget(self._account())
        return super().form_valid(form)

    def form_invalid(self, form):
        # A try that axes turned away checked no password: it must not help to shut the account for everybody.
        turned_away = getattr(self.request, "axes_locked_out", False)
        if form.has_error(NON_FIELD_ERRORS, "invalid_login") and not turned_away:
            doors.ACCOUNT.opens_for(self._account())
        return super().form_invalid(form)

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        url = super().get_redirect_url()
        return "" if urlsplit(url).path in {reverse("login"), reverse("logout")} else url

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        # Django calls the host name the site's name; ours comes from the context processor.
        del context["site"], context["site_name"]
        return context | {"demo_people": reports.demo_people()}

    def _account(self) -> str:
        return doors.account(self.request, self.request.POST)


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: dict | None = None):
    """What axes shows: too many wrong passwords for this account from this address."""
    tries = AccessAttempt.objects.filter(
        username=doors.account(request, credentials), ip_address=doors.client_ip(request)
    )
    now = timezone.now()
    last = tries.aggregate(last=Max("attempt_time"))["last"] or now
    return too_many_tries(request, last + get_cool_off(request) - now, mail_helps=True)


def too_many_tries(request: HttpRequest, wait: timedelta, *, mail_helps: bool = False) -> HttpResponse:
    """`mail_helps`: a new password by mail opens the door before the time is over."""
    minutes = max(1, math.ceil(wait.total_seconds() / 60))
    hours = minutes // 60 if minutes > 90 else 0
    context = {"minutes": minutes, "hours": hours, "mail_helps": mail_helps}
    page = render(request, "people/locked_out.html", context, status=429)
    page["Retry-After"] = minutes * 60
    return page


# --- passwords -----------------------------------------------------------------------------------------------------
class PasswordResetView(FormPage, auth_views.PasswordResetView):
    form_class = forms.PasswordResetForm

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not doors.RESET.opens_for(doors.client_ip(request)):
            return too_many_tries(request, doors.RESET.within)
        return super().post(request, *args, **kwargs)


class PasswordResetConfirmView(FormPage, auth_views.PasswordResetConfirmView):
    form_class = forms.SetPasswordForm  # type: ignore[assignment]

    def get_user(self, uidb64: str) -> User | None:
        """The link names the person by key. Who may not log in may not set a password either."""
        try:
            return User.objects.filter(key=uidb64, is_active=True).first()
        except ValidationError:
            return None

    def form_valid(self, form):
        # Whoever reads the mail is the person: the failures of whoever guessed must not keep them out.
        forget_failures(username=self.user.email)
        doors.ACCOUNT.forget(self.user.email)
        return super().form_valid(form)

    def render_to_response(self, context, **kwargs):
        if not self.validlink:
            kwargs["status"] = 410
        return super().render_to_response(context, **kwargs)


class PasswordChangeView(FormPage, auth_views.PasswordChangeView):
    form_class = forms.PasswordChangeForm  # type: ignore[assignment]
    success_url = reverse_lazy("account")

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not doors.PASSWORD_CHANGE.opens_for(str(_person(request).key)):
            return too_many_tries(request, doors.PASSWORD_CHANGE.within)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        doors.PASSWORD_CHANGE.forget(str(_person(self.request).key))
        messages.success(self.request, _("Your password is changed. Other devices are logged out."))
        return super().form_valid(form)


# --- invitations ---------------------------------------------------------------------------------------------------
@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    offer = Invitation.objects.with_token(token)
    if offer is None:
        return _unknown_invitation(request)
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        _speak(request, offer.language)
    if request.method == "POST":
        return _accept(request, offer)
    if offer.state(timezone.now()) != "open":
        return _closed_invitation(request, offer)
    form = forms.InvitationForm(offer.as_person(), initial={"language": translation.get_language()})
    return _invitation_page(request, offer, form)


def _accept(request: HttpRequest, offer: Invitation) -> HttpResponse:
    if not doors.INVITATION.opens_for(offer.token_sha256):
        return too_many_tries(request, doors.INVITATION.within)
    # A used link is a login: it asks for the password of the account that was made with it.
    account = offer.person.email if offer.person else ""
    if account and doors.ACCOUNT.is_shut_for(account):
        return too_many_tries(request, doors.ACCOUNT.within, mail_helps=True)
    form = forms.InvitationForm(offer.as_person(), request.POST)
    if not form.is_valid():
        return _invitation_page(request, offer, form, status=422)
    try:
        person = actions.accept_invitation(
            invitation=offer, password=form.cleaned_data["new_password"], language=form.cleaned_data["language"]
        )
    except actions.InvitationClosed:
        if account:
            doors.ACCOUNT.opens_for(account)
        return _closed_invitation(request, offer)
    login(request, person, backend=PASSWORD_BACKEND)
    return _remember(redirect("my"), person.language)


def _invitation_page(
    request: HttpRequest, offer: Invitation, form: forms.InvitationForm, status: int = 200
) -> HttpResponse:
    context = {"form": form, "errors": forms.summary(form), "invitation": offer}
    return render(request, "people/invitation.html", context, status=status)


def _unknown_invitation(request: HttpRequest) -> HttpResponse:
    if not doors.INVITATION.opens_for(doors.client_ip(request)):
        return too_many_tries(request, doors.INVITATION.within)
    return _no_invitation(request, "unknown", status=404)


def _closed_invitation(request: HttpRequest, offer: Invitation) -> HttpResponse:
    state = "expired" if offer.state(timezone.now()) == "expired" else "used"
    return _no_invitation(request, state, inviter=offer.invited_by, status=410)


def _no_invitation(request: HttpRequest, state: str, *, status: int, inviter: User | None = None) -> HttpResponse:
    context = {"state": state, "inviter": inviter, "days": rules.INVITATION_LASTS.days}
    return render(request, "people/invitation_closed.html", context, status=status)


# --- language ------------------------------------------------------------------------------------------------------
def swap_prefix(url: str, language: str) -> str:
    """/pl/kurs/ becomes /lv/kurs/; an address without a language stays as it is."""
    parts = urlsplit(url)
    present = translation.get_language_from_path(parts.path)
    if not present:
        return url
    rest = parts.path.partition("/")[2].partition("/")[2]
    return urlunsplit(parts._replace(path=f"/{language}/{rest}"))


@require_POST
def language(request: HttpRequest, translated: Callable[[str, str], str] = swap_prefix) -> HttpResponse:
    """Switch, and come back to the same page: `translated(url, language)` knows where it is in the new language."""
    chosen = request.POST.get("language", "")
    back = _same_site(request, request.POST.get("next"), request.headers.get("Referer"))
    if chosen not in User.Language.values:
        messages.error(request, _("This language is not offered."))
        return HttpResponseRedirect(back)
    if request.user.is_authenticated:
        actions.set_language(person=request.user, language=chosen)
    return _remember(HttpResponseRedirect(translated(back, chosen)), chosen)


def or_language(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Of a form of somebody who is signed in, whose buttons for languages are places to go to, so that nothing typed is
    lost: what becomes of the form is told in the language that was chosen."""

    @wraps(view)
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        chosen = request.POST.get("go", "")
        if chosen not in User.Language.values:
            return view(request, **kwargs)
        actions.set_language(person=_person(request), language=chosen)
        _speak(request, chosen)
        return _remember(view(request, **kwargs), chosen)

    return inner


def _same_site(request: HttpRequest, *urls: str | None) -> str:
    """The first of these that stays on this site."""
    allowed = {request.get_host()}
    secure = request.is_secure()
    return next((url for url in urls if url and url_has_allowed_host_and_scheme(url, allowed, secure)), "/")


def _remember(response: HttpResponse, language: str) -> HttpResponse:
    """For the pages before the login."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=timedelta(days=365),
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


def _speak(request: HttpRequest, language: str) -> None:
    """For the rest of this request; PersonPreferences puts the thread's language back."""
    translation.activate(language)
    request.LANGUAGE_CODE = language


# --- account and help ----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    form = forms.PreferencesForm(request.POST if request.method == "POST" else None, person=_person(request))
    if not form.is_bound or not form.is_valid():
        link = CalendarLink.objects.filter(person=_person(request)).first()
        context = {"form": form, "errors": forms.summary(form), "link": link, "base_url": settings.BASE_URL}
        return render(request, "people/account.html", context, status=422 if form.is_bound else 200)
    person = actions.save_preferences(person=_person(request), **form.cleaned_data)
    with translation.override(person.language):
        messages.success(request, _("Saved."))
    return _remember(redirect("account"), person.language)


@require_POST
def calendar_link(request: HttpRequest) -> HttpResponse:
    """Switch one's calendar link on, renew it, or switch it off."""
    act = request.POST.get("act")
    if act == "renew":
        calendar.renew(person=_person(request))
        messages.success(request, _("There is a new address for your calendar. An earlier one no longer works."))
    elif act == "off":
        calendar.switch_off(person=_person(request))
        messages.success(request, _("Your calendar link is switched off."))
    return redirect("account")


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "people/help.html")
