"""The addresses at which something is granted to one person: by a manager on the team's pages, by L&D in the CMS, and a
proof offered by the person. Who may is one rule (rules.rights); what may not be is 404, or says why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from people.forms import summary
from people.models import User
from training import forms, proofs, rights
from training.actions import local_day, standing
from training.models import Assignment, Equivalence, Leave, Waiver
from training.rules.rights import Act, Asker
from training.rules.status import first_due
from training.staff import learning_staff
from training.titles import titles

TITLES: dict[str, Promise] = {
    Act.EXTEND: gettext_lazy("Extend the due date"),
    Act.WAIVE: gettext_lazy("Waive the training"),
    Act.OFFER: gettext_lazy("Another qualification in its place"),
    Act.LEAVE: gettext_lazy("Leave of absence"),
}
# Said to a manager who may see the person: a 404 would not tell them whom to ask.
REFUSALS: dict[str, Promise] = {
    Act.EXTEND: gettext_lazy("Managers do not extend due dates here. Ask L&D."),
    Act.WAIVE: gettext_lazy("Managers do not waive trainings here. Ask L&D."),
    Act.LEAVE: gettext_lazy("Managers do not record leaves here. Ask L&D."),
}
BUTTONS: dict[str, Promise] = {
    Act.EXTEND: gettext_lazy("Extend the date"),
    Act.WAIVE: gettext_lazy("Waive it"),
    Act.OFFER: gettext_lazy("Hand in the proof"),
    Act.LEAVE: gettext_lazy("Record the leave"),
}


@dataclass(frozen=True)
class Desk:
    """Where it is done: the pages around the forms, and where they lead back to."""

    grant: str
    withdraw: str
    back: Callable[[User], str]


TEAM = Desk(
    "training/grant.html",
    "training/withdraw_leave.html",
    lambda person: reverse("team-person", args=[person.key]),
)
STAFF = Desk(
    "training/staff/grant.html",
    "training/staff/withdraw_leave.html",
    lambda person: reverse("training-person", args=[person.key]),
)
OWN = Desk("training/grant.html", "", lambda person: reverse("my"))


def below(user: Any) -> Any:
    """The people somebody leads today."""
    return User.objects.managed_by(user).filter(is_active=True)


def _who(request: HttpRequest) -> User:
    """Whoever is logged in: LoginRequired lets nobody else as far as here."""
    assert isinstance(request.user, User)
    return request.user


# --- one training of one person ------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def team_grant(request: HttpRequest, assignment: UUID, act: str) -> HttpResponse:
    return _grant(request, below(request.user), assignment, act, TEAM)


@require_http_methods(["GET", "HEAD", "POST"])
def staff_grant(request: HttpRequest, assignment: UUID, act: str) -> HttpResponse:
    learning_staff(request)
    return _grant(request, User.objects.filter(is_active=True), assignment, act, STAFF)


@require_http_methods(["GET", "HEAD", "POST"])
def own_proof(request: HttpRequest, assignment: UUID) -> HttpResponse:
    return _grant(request, User.objects.filter(pk=request.user.pk), assignment, Act.OFFER, OWN)


def _grant(request: HttpRequest, people: Any, key: UUID, act: str, desk: Desk) -> HttpResponse:
    rows = Assignment.objects.current().of(people).select_related("requirement", "enrolment", "person")
    row = get_object_or_404(rows, key=key)
    asked = rights.asker(_who(request), row.person)
    allowed = rights.granted_by_managers()
    if act not in ACTS:
        raise Http404
    if act not in rights.acts(asked, allowed):
        return _refused(request, Act(act), asked, desk.back(row.person))
    latest = rights.latest(row, asked, allowed) if act == Act.EXTEND else None
    if act == Act.EXTEND and row.due_on is None:
        raise Http404
    form = _form(request, Act(act), latest)
    page = _Page(request, desk, Act(act), row.person, form, row, latest)
    if request.method != "POST":
        if why_not := _why_no_day(row, latest) if act == Act.EXTEND else "":
            return page.left(why_not)
        return page.shown() if _is_open(row) else page.closed()
    if not form.is_valid():
        return page.shown(status=422)
    try:
        said = ACTS[Act(act)](row, form.cleaned_data, _who(request))
    except standing.Earlier:
        form.add_error("until", _("Choose a day after %(date)s.") % {"date": _day_that_holds(row)})
        return page.shown(status=422)
    except standing.AskedByChange as error:
        form.add_error("until", _by_change(error.day))
        return page.shown(status=422)
    except standing.AnotherWaits:
        return page.left(_("Nothing was changed: another proof waits. Hand in a new one once L&D has decided."))
    except standing.NotPossible:
        return page.closed()
    messages.success(request, said)
    return redirect(desk.back(row.person))


def _refused(request: HttpRequest, act: Act, asked: Asker, back: str) -> HttpResponse:
    """Nobody but a manager gets as far as that, and L&D with their own training."""
    messages.warning(request, _("Nobody grants anything to themself.") if asked.is_self else str(REFUSALS[act]))
    return redirect(back)


def _is_open(row: Assignment) -> bool:
    return row.enrolment.completed_at is None and row.equivalent_on is None and row.waived_at is None


def _why_no_day(row: Assignment, latest: date | None) -> str:
    """Instead of a form in which no day would do."""
    holds, by_change = max(row.due_on or date.min, local_day(timezone.now(), row.time_zone)), row.enrolment.redo_by
    if by_change and by_change <= holds:
        return _by_change(by_change)
    if latest and latest <= holds:
        return _("Managers cannot extend this due date any further. For more time, ask L&D.")
    return ""


def _by_change(day: date) -> str:
    text = _(
        "A change of the course asks for this training by %(date)s. More time does not move that day: "
        "only L&D can set a later one, by publishing the change anew."
    )
    return text % {"date": date_format(day, "DATE_FORMAT")}


def _day_that_holds(row: Assignment) -> str:
    today = local_day(timezone.now(), row.time_zone)
    return date_format(max(row.due_on or today, today), "DATE_FORMAT")


def _form(request: HttpRequest, act: Act, latest: Any) -> django_forms.Form:
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    if act == Act.EXTEND:
        return forms.ExtendForm(*given, latest=latest)
    return {Act.WAIVE: forms.WaiveForm, Act.OFFER: forms.OfferForm, Act.LEAVE: forms.LeaveForm}[act](*given)


def _extend(row: Assignment, said: Mapping, by: User) -> str:
    standing.extend(assignment=row, by=by, **said)
    return _("Extended. %(name)s gets a mail that says so.") % {"name": row.person.name}


def _waive(row: Assignment, said: Mapping, by: User) -> str:
    standing.waive(assignment=row, by=by, **said)
    return _("Waived. %(name)s gets a mail that says so.") % {"name": row.person.name}


def _offer(row: Assignment, said: Mapping, by: User) -> str:
    standing.offer_equivalence(assignment=row, by=by, **said)
    return _("Handed in. L&D looks at it; until they accept it, the training is still due.")


ACTS: dict[Act, Callable[[Assignment, Mapping, User], str]] = {
    Act.EXTEND: _extend,
    Act.WAIVE: _waive,
    Act.OFFER: _offer,
}


@dataclass(frozen=True)
class _Page:
    request: HttpRequest
    desk: Desk
    act: Act
    person: User
    form: django_forms.Form
    row: Assignment | None = None
    latest: Any = None

    def shown(self, status: int = 200) -> HttpResponse:
        course = ""
        if self.row:
            key = self.row.enrolment.course_key
            course = titles([key], get_language() or "")[str(key)]
        context = {
            "title": TITLES[self.act],
            "button": BUTTONS[self.act],
            "person": self.person,
            "is_own": self.person.pk == self.request.user.pk,
            "course": course,
            "due_on": first_due(self.row.due_on, self.row.enrolment.redo_by) if self.row else None,
            "latest": self.latest,
            "leaves": _leaves_of(self.person) if not self.row else (),
            "form": self.form,
            "errors": summary(self.form),
            "back": self.desk.back(self.person),
        }
        return render(self.request, self.desk.grant, context, status=status)

    def closed(self) -> HttpResponse:
        return self.left(_("Nothing was changed: this training is done, waived, or decided already."))

    def left(self, why: str) -> HttpResponse:
        messages.warning(self.request, why)
        return redirect(self.desk.back(self.person))


# --- a leave -------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def team_leave(request: HttpRequest, person: UUID) -> HttpResponse:
    return _leave(request, get_object_or_404(below(request.user), key=person), TEAM)


@require_http_methods(["GET", "HEAD", "POST"])
def staff_leave(request: HttpRequest, person: UUID) -> HttpResponse:
    learning_staff(request)
    return _leave(request, get_object_or_404(User, key=person, is_active=True), STAFF)


def _leave(request: HttpRequest, person: User, desk: Desk) -> HttpResponse:
    """One more leave, or another last day for one that begins on the same day."""
    asked = rights.asker(_who(request), person)
    if Act.LEAVE not in rights.acts(asked, rights.granted_by_managers()):
        return _refused(request, Act.LEAVE, asked, desk.back(person))
    form = _form(request, Act.LEAVE, None)
    page = _Page(request, desk, Act.LEAVE, person, form)
    if request.method != "POST":
        return page.shown()
    if not form.is_valid():
        return page.shown(status=422)
    standing.record_leave(person=person, by=_who(request), **form.cleaned_data)
    messages.success(
        request, _("Recorded. The due dates of %(name)s wait for as long as the leave lasts.") % {"name": person.name}
    )
    if Assignment.objects.unsettled().asked_by_change().filter(person=person).exists():
        messages.warning(request, _("If a change of the course asks for something again, its due date stays."))
    return redirect(desk.back(person))


@require_http_methods(["GET", "HEAD", "POST"])
def team_leave_withdraw(request: HttpRequest, leave: UUID) -> HttpResponse:
    return _withdraw(request, below(request.user), leave, TEAM)


@require_http_methods(["GET", "HEAD", "POST"])
def staff_leave_withdraw(request: HttpRequest, leave: UUID) -> HttpResponse:
    learning_staff(request)
    return _withdraw(request, User.objects.filter(is_active=True), leave, STAFF)


def _withdraw(request: HttpRequest, people: Any, key: UUID, desk: Desk) -> HttpResponse:
    """Says which dates change, and to which; a POST does it."""
    leaves = Leave.objects.filter(person__in=people).select_related("person")
    leave = get_object_or_404(leaves, key=key)
    asked, back = rights.asker(_who(request), leave.person), desk.back(leave.person)
    if Act.LEAVE not in rights.acts(asked, rights.granted_by_managers()):
        return _refused(request, Act.LEAVE, asked, back)
    form = forms.WithdrawForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _withdrawn(request, leave, form.cleaned_data["reason"], back)
    if leave.withdrawn_at:
        messages.warning(request, _("Nothing was changed: this leave is withdrawn already."))
        return redirect(back)
    moved = list(leave.moved(timezone.now()))
    named = titles([row.assignment.enrolment.course_key for row in moved], get_language() or "")
    context = {
        "leave": leave,
        "person": leave.person,
        "moved": [(named[str(row.assignment.enrolment.course_key)], row) for row in moved],
        "today": timezone.localdate(),
        "form": form,
        "errors": summary(form),
        "back": back,
    }
    return render(request, desk.withdraw, context, status=422 if form.errors else 200)


def _withdrawn(request: HttpRequest, leave: Leave, reason: str, back: str) -> HttpResponse:
    try:
        standing.withdraw_leave(leave=leave, reason=reason, by=_who(request))
    except standing.NotPossible:
        messages.warning(request, _("Nothing was changed: this leave is withdrawn already."))
    else:
        said = _("Withdrawn. No due date waits for this leave. %(name)s gets a mail that says so.")
        messages.success(request, said % {"name": leave.person.name})
    return redirect(back)


def _leaves_of(person: User) -> Any:
    return Leave.objects.filter(person=person).select_related("withdrawn_by").order_by("-starts_on", "-pk")


# --- papers --------------------------------------------------------------------------------------------------------
@require_safe
def proof_file(request: HttpRequest, proof: UUID) -> FileResponse:
    found = get_object_or_404(Equivalence.objects.visible_to(_who(request)), key=proof)
    return _file(found.proof, f"proof-{found.offered_at:%Y-%m-%d}")


@require_safe
def waiver_file(request: HttpRequest, waiver: UUID) -> FileResponse:
    found = get_object_or_404(Waiver.objects.visible_to(_who(request)).exclude(document=""), key=waiver)
    return _file(found.document, f"waiver-{found.at:%Y-%m-%d}")


def _file(file: Any, name: str) -> FileResponse:
    try:
        return proofs.download(file, name)
    except FileNotFoundError:
        raise Http404 from None
