"""A list from elsewhere: given, shown with all it would do, and then done or given back with reasons."""

import uuid

from django import forms
from django.contrib import messages as notes
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from people import messages
from people.actions import roster as actions
from people.models import RosterImport
from people.rules import roster as rules
from people.rules import table
from people.staff import admin

SHOWN = 200  # rows of each kind; the counts are of all
ENCODINGS = [
    ("utf-8", "UTF-8"),
    ("utf-16", "UTF-16"),
    ("cp1250", gettext_lazy("Windows-1250, Central European")),
    ("cp1257", gettext_lazy("Windows-1257, Baltic")),
]
# A tab by its name: browsers may change white space in the value of an option.
DELIMITERS = [(";", gettext_lazy("semicolon")), (",", gettext_lazy("comma")), ("tab", gettext_lazy("tab"))]
EXAMPLE = {
    "email": "anna.example@example.org",
    "first_name": "Anna",
    "last_name": "Example",
    "team": "Company > Customer service > Front desk",
    "job_role": "Receptionist",
    "location": "Gdańsk",
    "tags": "drives, night shift",
    "language": "pl",
    "time_zone": "Europe/Warsaw",
    "manager": "marek.example@example.org",
}


def _delimiter(value: str) -> str:
    return "\t" if value == "tab" else value


class ReadingForm(forms.Form):
    """How the file is read."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=ENCODINGS)
    delimiter = forms.TypedChoiceField(label=gettext_lazy("Delimiter"), choices=DELIMITERS, coerce=_delimiter)


class RosterForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("CSV file"))
    is_complete = forms.TypedChoiceField(
        label=gettext_lazy("Who is not in the list"),
        choices=[
            ("1", gettext_lazy("has left: deactivate the account")),
            ("0", gettext_lazy("stays as they are: this is a part of the people")),
        ],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        initial="1",
    )
    sends_invitations = forms.BooleanField(
        label=gettext_lazy("Invite who is new by mail"), required=False, initial=True
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"), choices=[("", gettext_lazy("work it out")), *ENCODINGS], required=False
    )
    delimiter = forms.TypedChoiceField(
        label=gettext_lazy("Delimiter"),
        choices=[("", gettext_lazy("work it out")), *DELIMITERS],
        coerce=_delimiter,
        required=False,
    )

    def clean_file(self) -> bytes:
        uploaded = self.cleaned_data["file"]
        if uploaded.size > table.ON_SCREEN.megabytes * 1_000_000:
            error = table.BadTable("too-large", megabytes=table.ON_SCREEN.megabytes)
            raise ValidationError(messages.of_table(error))
        return uploaded.read()


@require_http_methods(["GET", "HEAD", "POST"])
def import_people(request: HttpRequest) -> HttpResponse:
    asker = admin(request)
    form = RosterForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_bound and form.is_valid():
        data = dict(form.cleaned_data)
        uploaded = request.FILES["file"]
        try:
            kept = actions.keep(by=asker, file_name=uploaded.name or "", content=data.pop("file"), **data)
        except table.BadTable as error:
            form.add_error("file", messages.of_table(error))
        else:
            return redirect("import-preview", kept.key)
    columns = [(messages.FACTS[column], ", ".join(table.HEADINGS[column])) for column in table.COLUMNS]
    context = {"form": form, "columns": columns, "limits": table.ON_SCREEN}
    return render(request, "people/staff/import.html", context, status=422 if form.errors else 200)


@require_safe
def template(request: HttpRequest) -> HttpResponse:
    admin(request)
    return _csv(table.write(table.COLUMNS, [[EXAMPLE[column] for column in table.COLUMNS]]), "people.csv")


def _csv(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text.encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _kept(request: HttpRequest, key: uuid.UUID) -> RosterImport:
    """Any admin's: it would change the same people."""
    admin(request)
    return get_object_or_404(RosterImport.objects.select_related("by"), key=key)


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, roster: uuid.UUID) -> HttpResponse:
    """What the list would do, as people stand now. A POST reads the file in another way."""
    kept = _kept(request, roster)
    if kept.applied_at is not None:
        return render(request, "people/staff/imported.html", {"kept": kept})
    form = ReadingForm(request.POST if request.method == "POST" else None, initial=_read_as(kept))
    if form.is_bound and form.is_valid():
        try:
            actions.read_again(kept=kept, **form.cleaned_data)
        except table.BadTable as error:
            form.add_error(None, messages.of_table(error))
        else:
            return redirect("import-preview", kept.key)
    return _page(request, kept, form)


def _read_as(kept: RosterImport) -> dict[str, str]:
    return {"encoding": kept.encoding, "delimiter": "tab" if kept.delimiter == "\t" else kept.delimiter}


def _page(
    request: HttpRequest, kept: RosterImport, form: ReadingForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    plan = actions.plan_of(kept)
    kinds = [
        (_("Added"), [entry for entry in plan.entries if entry.is_new]),
        (_("Changed"), [entry for entry in plan.entries if entry.is_changed]),
        (_("Moved to another team"), [entry for entry in plan.entries if entry.is_moved]),
        (_("Account opened again"), [entry for entry in plan.entries if entry.returns]),
    ]
    context = {
        "kept": kept,
        "form": form,
        "plan": plan,
        "shown": actions.fingerprint(plan),
        "kinds": [(title, len(entries), entries[:SHOWN]) for title, entries in kinds],
        "fact_names": messages.FACTS,
        "leaving": plan.leaving[:SHOWN],
        "leaving_count": len(plan.leaving),
        "new_teams": [rules.path_text(path) for path in plan.new_teams[:SHOWN]],
        "new_teams_count": len(plan.new_teams),
        "managers": [(rules.path_text(path), email) for path, email in plan.managers[:SHOWN]],
        "managers_count": len(plan.managers),
        "problems": [(problem.row, messages.of_row(problem)) for problem in plan.problems[:SHOWN]],
        "problems_count": len(plan.problems),
        "unread": ", ".join(actions.table_of(kept).unread),
        "refusal": refusal,
        "shown_at_most": SHOWN,
    }
    return render(request, "people/staff/preview.html", context, status=422 if form.errors else status)


@require_POST
def apply(request: HttpRequest, roster: uuid.UUID) -> HttpResponse:
    kept = _kept(request, roster)
    try:
        actions.apply(
            kept=kept,
            by=request.user,
            shown=request.POST.get("shown", ""),
            many_are_meant=request.POST.get("many_are_meant") == "1",
        )
    except actions.AppliedAlready:
        return redirect("import-preview", kept.key)
    except actions.Stale:
        refusal = _("Nothing was changed: people or teams changed since you looked. This is how it would be now.")
    except actions.HasProblems:
        refusal = _("Nothing was changed: some rows cannot be read. Correct them and give the list again.")
    except actions.TooMany:
        refusal = _("Nothing was changed: more than one in ten would be deactivated. Confirm that this is meant.")
    else:
        notes.success(request, _("Done. The list was imported."))
        return redirect("import-preview", kept.key)
    return _page(request, kept, ReadingForm(initial=_read_as(kept)), refusal=refusal, status=422)


@require_safe
def errors(request: HttpRequest, roster: uuid.UUID) -> HttpResponse:
    """The rows that cannot be read, as they came, with the reason beside them."""
    kept = _kept(request, roster)
    if kept.applied_at is not None:
        raise Http404
    read = actions.table_of(kept)
    reasons: dict[int, list[str]] = {}
    for problem in actions.plan_of(kept).problems:
        reasons.setdefault(problem.row, []).append(messages.of_row(problem))
    width = len(read.headings)
    rows = [
        [*row.cells[:width], *[""] * (width - len(row.cells)), " ".join(reasons[row.number])]
        for row in read.rows
        if row.number in reasons
    ]
    return _csv(table.write([*read.headings, _("Reason")], rows, delimiter=kept.delimiter), "people-errors.csv")
