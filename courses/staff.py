"""L&D's screens about learners, inside the CMS: who is enrolled, where they stand, and help for who is stuck."""

import uuid

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses import actions, reports
from courses.models import Enrolment
from people.models import name_order, searched

PAGE = 50


class AllowanceForm(forms.Form):
    """One more attempt, or more time, for one step of one enrolment."""

    step = forms.ChoiceField(label=gettext_lazy("Step"))
    extra_attempts = forms.IntegerField(
        label=gettext_lazy("More attempts"), min_value=0, max_value=10, initial=1, required=False
    )
    extra_time_percent = forms.IntegerField(
        label=gettext_lazy("More time, percent"), min_value=0, max_value=400, initial=0, required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, help_text=gettext_lazy("It is kept as evidence, with your name.")
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, outline: reports.Outline, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        step_field = self.fields["step"]
        assert isinstance(step_field, forms.ChoiceField)
        step_field.choices = [(step.key, step.title) for step in outline.steps if step.kind.name != "lesson"]

    def clean(self) -> dict:
        data = super().clean() or {}
        if not data.get("extra_attempts") and not data.get("extra_time_percent"):
            raise forms.ValidationError(_("Give at least one more attempt or more time."))
        return data


def _staff_only(request: HttpRequest) -> None:
    if not request.user.is_learning_staff:
        raise PermissionDenied


@require_safe
def learners(request: HttpRequest) -> HttpResponse:
    _staff_only(request)
    query = request.GET.get("q", "").strip()[:100]
    found = Enrolment.objects.visible_to(request.user).select_related("person__team", "course_version")
    found = searched(found, query, "person__first_name", "person__last_name", "person__email")
    ordered = found.order_by(*name_order(get_language(), "person__"), "pk")
    page = Paginator(ordered, PAGE).get_page(request.GET.get("p"))
    outlines = reports.outlines(list(page.object_list), get_language(), next_only=True)
    rows = [outlines[enrolment.pk] for enrolment in page.object_list]
    return render(request, "courses/staff/learners.html", {"rows": rows, "page": page, "query": query})


@require_http_methods(["GET", "HEAD", "POST"])
def learner(request: HttpRequest, enrolment: uuid.UUID) -> HttpResponse:
    """One enrolment, step by step; and the form that helps who has used up their attempts."""
    _staff_only(request)
    found = get_object_or_404(
        Enrolment.objects.visible_to(request.user).select_related("person__team", "course_version"), key=enrolment
    )
    outline = reports.outline(found, get_language())
    form = AllowanceForm(
        request.POST if request.method == "POST" else None, outline=outline, initial={"key": uuid.uuid4()}
    )
    if request.method == "POST" and form.is_valid():
        actions.allow(
            enrolment=found,
            step_key=uuid.UUID(form.cleaned_data["step"]),
            extra_attempts=form.cleaned_data["extra_attempts"] or 0,
            extra_time_percent=form.cleaned_data["extra_time_percent"] or 0,
            reason=form.cleaned_data["reason"],
            by=request.user,
            key=form.cleaned_data["key"],
        )
        messages.success(request, _("Granted. %(name)s sees it at once.") % {"name": found.person.name})
        return redirect("learner", found.key)
    allowances = found.allowances.select_related("granted_by").order_by("-created_at")
    context = {"outline": outline, "person": found.person, "form": form, "allowances": allowances}
    return render(request, "courses/staff/learner.html", context, status=422 if form.errors else 200)
