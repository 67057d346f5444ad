"""Rules: the list, and one of them with what it would do before it is saved."""

import uuid
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from people.models import User
from training.actions import requirements as actions
from training.models import MAY_CHANGE, Requirement
from training.reports.dry_run import DryRun, dry_run
from training.rules import audience
from training.rules.audience import Group
from training.staff import forms, learning_staff, rule_maker
from training.titles import titles

BUTTONS = ("csrfmiddlewaretoken", "save", "add_group", "change")


@require_safe
def requirements(request: HttpRequest) -> HttpResponse:
    asker = learning_staff(request)
    current = Q(assignments__replaced_at=None, assignments__released_at=None)
    rows = (
        Requirement.objects.visible_to(asker)
        .annotate(size=Count("assignments", filter=current))
        .order_by("-is_active", "name", "pk")
    )
    named = titles({row.course_key for row in rows}, get_language())
    versions = dict(Requirement.objects.annotate(last=Max("versions__number")).values_list("pk", "last"))
    context = {
        "rows": [(row, named[str(row.course_key)], versions[row.pk] or 0) for row in rows],
        "may_change": asker.has_perm(MAY_CHANGE),
    }
    return render(request, "training/staff/requirements.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_requirement(request: HttpRequest) -> HttpResponse:
    return _edit(request, rule_maker(request), None)


@require_http_methods(["GET", "HEAD", "POST"])
def requirement(request: HttpRequest, requirement: uuid.UUID) -> HttpResponse:
    """One rule; a POST shows what its new words would do, and a second one saves them."""
    asker = rule_maker(request)
    found = get_object_or_404(Requirement.objects.changeable_by(asker), key=requirement)
    return _edit(request, asker, found)


@dataclass
class Filled:
    """The form and its groups; `keeps` where the audience was written by other means and no form can hold it."""

    form: forms.RequirementForm
    groups: list[forms.GroupForm]
    keeps: dict | None

    def is_valid(self) -> bool:
        if not all([self.form.is_valid(), *(group.is_valid() for group in self.groups)]):
            return False
        self.form.check_groups(group.group for group in self.groups)
        return self.form.is_valid()

    def said(self) -> dict[str, Any]:
        written = audience.written(self.form.groups(group.group for group in self.groups))
        return self.form.said() | {"audience": self.keeps or written}


def _edit(request: HttpRequest, asker: User, found: Requirement | None) -> HttpResponse:
    if request.method != "POST":
        return _form(request, found, _unbound(found))
    wants_more = "add_group" in request.POST
    filled = _bound(request, found, more=wants_more)
    if wants_more or "change" in request.POST:
        return _form(request, found, filled)
    if not filled.is_valid():
        return _form(request, found, filled, status=422)
    said = filled.said()
    proposed = copy(found) if found else Requirement()
    for name, value in said.items():
        setattr(proposed, name, value)
    shown = dry_run(proposed=proposed, now=timezone.now())
    if request.POST.get("save") != shown.fingerprint:
        return _dry_run(request, found, proposed, shown)
    note = filled.form.cleaned_data["note"]
    try:
        saved = actions.save(requirement=found, said=said, by=asker, note=note, counts=shown.counts)
    except actions.Unchanged:
        messages.info(request, _("Nothing was changed."))
        return redirect("requirements")
    told = _("Saved: %(name)s. People are assigned and released within the hour.")
    if begins := _begins(saved):
        told = _("Saved: %(name)s. It applies from %(date)s: nobody is assigned before.")
    messages.success(request, told % {"name": saved, "date": begins})
    return redirect("requirements")


def _unbound(found: Requirement | None) -> Filled:
    read = audience.groups_of(found.audience) if found else audience.Groups()
    groups = read.groups if read else ()
    choices = forms.group_choices(groups)
    return Filled(
        form=forms.RequirementForm(requirement=found, initial=forms.initial_of(found, read) if found else None),
        groups=[
            forms.GroupForm(prefix=f"group{number}", choices=choices, initial=vars(group))
            for number, group in enumerate(groups or (Group(),))
        ],
        keeps=found.audience if found and read is None else None,
    )


def _bound(request: HttpRequest, found: Requirement | None, *, more: bool) -> Filled:
    asked = request.POST.get("groups", "1")
    count = min(int(asked), forms.MOST_GROUPS) if asked.isascii() and asked.isdigit() and len(asked) < 3 else 1
    read = audience.groups_of(found.audience) if found else None
    choices = forms.group_choices(read.groups if read else ())
    groups = [forms.GroupForm(request.POST, prefix=f"group{number}", choices=choices) for number in range(count)]
    if more and count < forms.MOST_GROUPS:
        groups.append(forms.GroupForm(prefix=f"group{count}", choices=choices))
    return Filled(
        form=forms.RequirementForm(request.POST, requirement=found),
        groups=groups,
        keeps=found.audience if found and read is None else None,
    )


def _form(request: HttpRequest, found: Requirement | None, filled: Filled, *, status: int = 200) -> HttpResponse:
    context = {
        "requirement": found,
        "form": filled.form,
        "groups": filled.groups,
        "keeps": filled.keeps,
        "versions": found.versions.select_related("saved_by").order_by("-number") if found else [],
        "may_add": len(filled.groups) < forms.MOST_GROUPS,
    }
    return render(request, "training/staff/requirement.html", context, status=status)


def _dry_run(request: HttpRequest, found: Requirement | None, proposed: Requirement, shown: DryRun) -> HttpResponse:
    """What was typed travels with it, so that nothing is kept on the server before the yes."""
    typed = [(name, value) for name, values in request.POST.lists() if name not in BUTTONS for value in values]
    context = {
        "requirement": found,
        "proposed": proposed,
        "shown": shown,
        "kinds": [
            (_("Would get it"), shown.gains),
            (_("Of these, have done it already"), shown.satisfied),
            (_("Would be released"), shown.loses),
        ],
        "typed": typed,
        "has_changed": bool(request.POST.get("save")),
        "begins": _begins(proposed),
    }
    return render(request, "training/staff/dry_run.html", context, status=422 if request.POST.get("save") else 200)


def _begins(rule: Requirement) -> str:
    """The day from which on it applies, where that is still to come."""
    return date_format(rule.starts_on, "DATE_FORMAT") if rule.starts_on > timezone.localdate() else ""
