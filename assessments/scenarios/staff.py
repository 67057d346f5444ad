"""L&D's screens for scenarios as files and as text, inside the CMS. Who may, is for the page's permissions to say."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_safe

from assessments.scenarios import actions, trying
from assessments.scenarios.desk import STATES_WHILE_EDITING, desk
from assessments.scenarios.formats import document as doc
from assessments.scenarios.formats import files, script, words
from assessments.scenarios.formats.document import Document, Finding, Refused
from assessments.scenarios.forms import ImportForm, PlayForm, ScriptForm
from assessments.scenarios.messages import words as problem_words
from assessments.scenarios.models import ScenarioPage, drafts
from assessments.scenarios.rules import checker
from assessments.scenarios.rules.graph import from_content
from courses.models import ModulePage
from people.models import User

Lines = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Told:
    """One line of a list: where, what, and the line of the script it is about (0: none)."""

    text: str
    place: str = ""
    line: int = 0
    severity: str = ""


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)  # nobody else gets into the CMS


def _module(request: HttpRequest, language: str, key: uuid.UUID) -> ModulePage:
    module = get_object_or_404(ModulePage, translation_key=key, locale__language_code=language)
    if not module.permissions_for_user(request.user).can_add_subpage():
        raise Http404
    return module


def _draft(request: HttpRequest, language: str, key: uuid.UUID) -> ScenarioPage:
    """The scenario as it was last saved, published or not."""
    page = get_object_or_404(ScenarioPage, translation_key=key, locale__language_code=language)
    if not page.permissions_for_user(request.user).can_edit():
        raise Http404
    return page.get_latest_revision_as_object()


# --- beside the scenes ----------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def scenario_desk(request: HttpRequest, language: str, scenario: uuid.UUID) -> HttpResponse:
    """Map, problems, figures and outline: of the draft as it was last saved, or of the form as it is typed now.

    Posting the form saves nothing; it only carries what is on the screen.
    """
    return _desk(request, _draft(request, language, scenario))


@require_http_methods(["GET", "HEAD", "POST"])
def scenario_desk_new(request: HttpRequest, language: str, module: uuid.UUID) -> HttpResponse:
    """The same for a scenario that was never saved."""
    return _desk(request, ScenarioPage(locale=_module(request, language, module).locale))


def _desk(request: HttpRequest, page: ScenarioPage) -> HttpResponse:
    if request.method != "POST":
        return render(request, "scenarios/staff/desk_page.html", {"page": page, "desk": desk(page)})
    try:
        page.take_typed(request.POST)
    except ValueError:
        return render(request, "scenarios/staff/desk.html", {"page": page, "desk": None}, status=422)
    return render(request, "scenarios/staff/desk.html", {"page": page, "desk": desk(page)})


@require_safe
def scenario_play(request: HttpRequest, language: str, scenario: uuid.UUID) -> HttpResponse:
    """The draft played from any scene, with any tension and flags. Where one stands is in the address alone."""
    page = _draft(request, language, scenario)
    form = PlayForm(request.GET or None, script=from_content(page.compile_body()))
    stand = form.stand() if form.is_bound and form.is_valid() else None
    status = 422 if form.is_bound and stand is None else 200
    context = {"page": page, "form": form, "scene": trying.scene(form.script, stand) if stand else None}
    return render(request, "scenarios/staff/play.html", context, status=status)


@require_http_methods(["POST"])
def scenario_structure(request: HttpRequest, language: str, scenario: uuid.UUID) -> HttpResponse:
    """Scenes, choices and rules of the source language into the draft of another one, which keeps its texts."""
    page = _draft(request, language, scenario)
    if page.permissions_for_user(request.user).page_locked() or not page.is_translation():
        raise Http404
    actions.bring_structure(page=page, by=_person(request))
    messages.success(request, _("Brought over as a draft. Texts that are new stand there in the source language."))
    return redirect("wagtailadmin_pages:edit", page.pk)


# --- in ------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def scenario_import(request: HttpRequest, language: str, module: uuid.UUID) -> HttpResponse:
    parent = _module(request, language, module)
    form = ImportForm(request.POST or None, request.FILES or None, initial={"key": uuid.uuid4()})
    faults: list[Told] = []
    if request.method == "POST" and form.is_valid():
        uploaded = form.cleaned_data["file"]
        try:
            files.refuse_large(uploaded.name, uploaded.size)
            with override(parent.locale.language_code):
                go_on = _("Continue")
            imported = files.read(uploaded.name, uploaded.read(), go_on=go_on)
        except Refused as refused:
            faults = _told(refused.findings)
        else:
            page = actions.import_scenario(
                module=parent,
                imported=imported,
                file_name=uploaded.name,
                key=form.cleaned_data["key"],
                by=_person(request),
            )
            return redirect("scenario-report", language, page.translation_key)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "module": parent, "faults": faults}
    return render(request, "scenarios/staff/import.html", context, status=status)


@require_safe
def scenario_report(request: HttpRequest, language: str, scenario: uuid.UUID) -> HttpResponse:
    """What the last import of this page did not carry, and what the checker says of the draft as it is now."""
    page = _draft(request, language, scenario)
    report = page.import_report()
    if report is None:
        raise Http404
    notes = [Finding(one["code"], one["line"], one["where"], one["params"]) for one in report["notes"]]
    if report["is_more"]:
        notes.append(Finding("more"))
    document = drafts.document_of(page)
    context = {
        "page": page,
        "file": report["file"],
        "notes": _told(notes),
        "problems": _problems(document, {}),
        "counts": {
            "scenes": len(document.scenes),
            "choices": sum(len(scene.choices) for scene in document.scenes),
            "endings": len(document.endings),
        },
    }
    return render(request, "scenarios/staff/report.html", context)


# --- out -----------------------------------------------------------------------------------------------------------
@require_safe
def scenario_export(request: HttpRequest, language: str, scenario: uuid.UUID) -> HttpResponse:
    return render(request, "scenarios/staff/export.html", {"page": _draft(request, language, scenario)})


@require_safe
def scenario_file(request: HttpRequest, language: str, scenario: uuid.UUID, form: str) -> HttpResponse:
    page = _draft(request, language, scenario)
    if form not in files.FORMATS:
        raise Http404
    kind = files.FORMATS[form]
    text = kind.write(drafts.document_of(page), page.translation_key)
    name = f"{page.slug}-{page.locale.language_code}.{kind.ending}"
    headers = {"Content-Disposition": content_disposition_header(True, name) or ""}
    return HttpResponse(text, content_type=f"{kind.content_type}; charset=utf-8", headers=headers)


# --- the script ----------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def scenario_script(request: HttpRequest, language: str, scenario: uuid.UUID) -> HttpResponse:
    """The whole scenario in one field. What is wrong in it is told line by line, and nothing is lost."""
    page = _draft(request, language, scenario)
    closed = _closed(request, page)
    if request.method == "POST" and not closed:
        return _script_saved(request, page)
    document = drafts.document_of(page)
    text = script.write(document)
    form = ScriptForm(initial={"text": text, "shown": drafts.digest(document)})
    context = {
        "page": page,
        "form": form,
        "faults": [],
        "problems": _problems(document, script.read(text).lines),
        "closed": closed,
    }
    return render(request, "scenarios/staff/script.html", context, status=409 if request.method == "POST" else 200)


def _script_saved(request: HttpRequest, page: ScenarioPage) -> HttpResponse:
    form = ScriptForm(request.POST)
    faults: list[Told] = []
    if form.is_valid():
        try:
            read = script.read(form.cleaned_data["text"])
            document = _in_its_language(read.document, page)
            actions.save_draft(page=page, document=document, shown=form.cleaned_data["shown"], by=_person(request))
        except Refused as refused:
            faults = _told(refused.findings)
        except actions.StructureChanged as changed:
            faults = [_structure(place, choice, name, read.lines) for place, choice, name in changed.places]
        except actions.ChangedMeanwhile:
            faults = [
                Told(_("Somebody else saved this scenario meanwhile. Copy your text, reload, and paste it again."))
            ]
        else:
            messages.success(request, _("Saved as a draft."))
            return redirect("scenario-script", page.locale.language_code, page.translation_key)
    context = {"page": page, "form": form, "faults": faults, "problems": [], "closed": ""}
    return render(request, "scenarios/staff/script.html", context, status=422)


def _closed(request: HttpRequest, page: ScenarioPage) -> str:
    """Why the script of this page can only be read; empty where it can be saved."""
    if page.permissions_for_user(request.user).page_locked():
        return _("This page is locked. The script can be read, not saved.")
    if page.alias_of_id:
        return _("This page repeats another one. Change that one.")
    if page.is_kept_by_translators():
        return _("The texts of this page are written in the translation editor. The script can be read, not saved.")
    return ""


def _in_its_language(document: Document, page: ScenarioPage) -> Document:
    language = page.locale.language_code
    if document.language != language:
        raise Refused(Finding("language-differs", 1, params={"said": document.language, "language": language}))
    return document


# --- what is told --------------------------------------------------------------------------------------------------
def _told(findings: Iterable[Finding]) -> list[Told]:
    return [Told(words.words(finding), words.place(finding), finding.line) for finding in findings]


def _structure(place: str, choice: str, name: str, lines: Lines) -> Told:
    where = ".".join(part for part in (place, choice) if part)
    found = Finding("structure-changed", _line(lines, place, choice), where, {"name": name})
    return _told([found])[0]


def _problems(document: Document, lines: Lines) -> list[Told]:
    found = checker.problems(from_content(doc.body_of(document)), cap=STATES_WHILE_EDITING)
    return [
        Told(
            problem_words(problem),
            line=_line(lines, problem.node, problem.choice),
            severity=problem.severity,
        )
        for problem in found
    ]


def _line(lines: Lines, place: str, choice: str) -> int:
    return lines.get((place, choice)) or lines.get((place, ""), 0)
