"""People as L&D sees them: their trainings, what was granted, and the proofs that wait for a decision."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from people.models import User, name_order, searched
from training import forms, rights
from training.actions import standing
from training.models import Equivalence, Leave, Waiver
from training.reports import person as reports
from training.staff import learning_staff
from training.titles import titles

PAGE = 50


@require_safe
def training_people(request: HttpRequest) -> HttpResponse:
    """Somebody by name or address."""
    asker = learning_staff(request)
    query = request.GET.get("q", "").strip()[:100]
    found = User.objects.visible_to(asker).filter(is_active=True).named(query).select_related("team")
    page = Paginator(found.order_by(*name_order(get_language()), "pk"), PAGE).get_page(request.GET.get("p"))
    waiting = Equivalence.objects.visible_to(asker).waiting().count()
    context = {"page": page, "query": query, "waiting": waiting}
    return render(request, "training/staff/people.html", context)


@require_safe
def training_person(request: HttpRequest, person: UUID) -> HttpResponse:
    asker = learning_staff(request)
    found = get_object_or_404(User.objects.visible_to(asker).select_related("team"), key=person)
    record = reports.person_record(
        person=found, now=timezone.now(), today=timezone.localdate(), language=get_language() or "", reader=asker
    )
    context = {
        "record": record,
        "may": rights.acts(rights.asker(asker, found), rights.granted_by_managers()) if found.is_active else (),
        "leaves": Leave.objects.filter(person=found).select_related("withdrawn_by").order_by("-starts_on", "-pk"),
        "proofs": Equivalence.objects.visible_to(asker).filter(assignment__person=found).order_by("-pk"),
        "waivers": Waiver.objects.visible_to(asker)
        .filter(assignment__person=found)
        .select_related("approved_by")
        .order_by("-pk"),
    }
    return render(request, "training/staff/person.html", context)


@require_safe
def training_proofs(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, the oldest first; ?all=1: everything, the newest first."""
    asker = learning_staff(request)
    query, shows_all = request.GET.get("q", "").strip()[:100], request.GET.get("all") == "1"
    rows = Equivalence.objects.visible_to(asker).select_related("assignment__person", "assignment__enrolment")
    of_person = (f"assignment__person__{name}" for name in ("first_name", "last_name", "email"))
    rows = searched(rows, query, *of_person, "title")
    rows = rows.order_by("-pk") if shows_all else rows.waiting().order_by("pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("p"))
    named = titles({row.assignment.enrolment.course_key for row in page}, get_language() or "")
    context = {
        "rows": [(row, named[str(row.assignment.enrolment.course_key)]) for row in page],
        "page": page,
        "query": query,
        "shows_all": shows_all,
    }
    return render(request, "training/staff/proofs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def training_proof(request: HttpRequest, proof: UUID) -> HttpResponse:
    """One proof; a POST accepts or refuses it."""
    asker = learning_staff(request)
    rows = Equivalence.objects.visible_to(asker).select_related(
        "assignment__person", "assignment__enrolment", "offered_by", "decided_by"
    )
    found = get_object_or_404(rows, key=proof)
    may_decide = Equivalence.objects.decidable_by(asker).filter(pk=found.pk).exists()
    form = forms.DecideForm(accepted=False)
    if request.method == "POST":
        if not may_decide:
            raise Http404
        accepted = request.POST.get("decision") == "accept"
        form = forms.DecideForm(request.POST, accepted=accepted)
        if form.is_valid():
            return _decide(request, found, accepted, form.cleaned_data["reason"], asker)
    key = found.assignment.enrolment.course_key
    context = {
        "proof": found,
        "course": titles([key], get_language() or "")[str(key)],
        "form": form,
        "may_decide": may_decide and not found.decided_at,
    }
    return render(request, "training/staff/proof.html", context, status=422 if form.errors else 200)


def _decide(request: HttpRequest, proof: Equivalence, accepted: bool, reason: str, by: User) -> HttpResponse:
    is_told = accepted or standing.is_asked(proof.assignment)
    try:
        standing.decide_equivalence(equivalence=proof, accepted=accepted, reason=reason, by=by)
    except standing.NotPossible:
        messages.warning(request, _("Nothing was changed: this training is done, waived, or decided already."))
    else:
        told = _("Decided. %(name)s gets a mail that says so.") % {"name": proof.assignment.person}
        messages.success(request, told if is_told else _("Decided. Nobody gets a mail about it."))
    return redirect("training-proofs")
