"""L&D's screens for questions as files, inside the CMS: a file is read, looked at, and becomes drafts; and back."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from assessments.quizzes import actions
from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats import files
from assessments.quizzes.formats.document import Entry, Finding, Imported, Refused, TruthWords
from assessments.quizzes.formats.words import words
from assessments.quizzes.forms import READ_MAX, ExportFilter, ImportForm, TakeForm
from assessments.quizzes.models import Question, QuizPage, drafts
from assessments.quizzes.reports.bank import narrowed
from assessments.quizzes.rules import types
from people.models import User

SALT, A_DAY = "quizzes.import", 24 * 60 * 60
MAY_ADD, MAY_CHANGE, MAY_PUBLISH = "quizzes.add_question", "quizzes.change_question", "quizzes.publish_question"
BANK = "wagtailsnippets_quizzes_question:list"


@dataclass(frozen=True)
class Row:
    """One question in a report. is_taken: it is in the file, or becomes a draft."""

    number: int
    name: str
    is_taken: bool
    type: str
    stem: str
    told: tuple[str, ...]
    needs: tuple[str, ...] = ()


def _allow(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def truth_words(language: str) -> TruthWords:
    with override(language):
        return TruthWords(pgettext("answer", "True"), pgettext("answer", "False"))


# --- in --------------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def question_import(request: HttpRequest) -> HttpResponse:
    """A file is read and its report shown; what the report shows becomes drafts when that is said."""
    _allow(request, MAY_ADD)
    if request.method == "POST" and "read" in request.POST:
        return _take(request)
    first = {"language": request.GET.get("locale") or settings.LANGUAGE_CODE, "bank": request.GET.get("bank", "")}
    if request.method != "POST":
        return _form(request, ImportForm(initial=first))
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, status=422)
    uploaded, language, bank = (form.cleaned_data[name] for name in ("file", "language", "bank"))
    try:
        files.refuse_large(uploaded.name, uploaded.size)
        imported = files.read(uploaded.name, uploaded.read(), truth_words(language))
        return _preview(request, imported, uploaded.name, language, bank)
    except Refused as refused:
        return _form(request, form, fault=words(refused.finding), status=422)


def _form(request: HttpRequest, form: ImportForm, *, fault: str = "", status: int = 200) -> HttpResponse:
    return render(request, "quizzes/staff/import.html", {"form": form, "fault": fault}, status=status)


def _preview(request: HttpRequest, imported: Imported, file_name: str, language: str, bank: str) -> HttpResponse:
    entries = _with_codes(imported.entries, language, bank)
    items = [entry.item for entry in entries if entry.item]
    read = signing.dumps(
        {"items": [doc.as_json(item) for item in items], "language": language, "bank": bank}, salt=SALT, compress=True
    )
    if len(read) > READ_MAX:
        raise Refused("file-large", most=files.TEXT_BYTES_MAX / 1_000_000)
    context = {
        "file": file_name,
        "bank": bank,
        "language": dict(settings.LANGUAGES)[language],
        "notes": [words(note) for note in imported.notes],
        "rows": _rows(entries, with_needs=True),
        "taken": len(items),
        "refused": len(entries) - len(items),
        "form": TakeForm(initial={"read": read, "key": uuid.uuid4()}),
    }
    return render(request, "quizzes/staff/import_preview.html", context)


def _with_codes(entries: Sequence[Entry], language: str, bank: str) -> list[Entry]:
    """With the short names that the drafts will get, where theirs are taken."""
    taken = set(Question.objects.in_language(language).filter(bank=bank).values_list("code", flat=True))
    given = iter(doc.codes_for([entry.item for entry in entries if entry.item], taken))
    return [_with_code(entry, next(given)) if entry.item else entry for entry in entries]


def _with_code(entry: Entry, code: str) -> Entry:
    if entry.name in ("", code):
        return replace(entry, name=code)
    told = Finding("code-taken", {"code": entry.name, "given": code})
    return replace(entry, findings=(*entry.findings, told))


def _take(request: HttpRequest) -> HttpResponse:
    form = TakeForm(request.POST)
    try:
        read = signing.loads(request.POST["read"], salt=SALT, max_age=A_DAY) if form.is_valid() else None
    except signing.BadSignature:
        read = None
    if read is None:
        fault = _("What was read of the file is no longer there. Choose the file again.")
        return _form(request, ImportForm(), fault=fault, status=422)
    made = actions.import_questions(
        items=[doc.from_json(item) for item in read["items"]],
        language=read["language"],
        bank=read["bank"],
        key=form.cleaned_data["key"],
        by=cast("User", request.user),  # nobody else gets into the CMS
    )
    said = ngettext("%(count)d question is a draft now.", "%(count)d questions are drafts now.", len(made))
    messages.success(request, said % {"count": len(made)})
    return redirect(f"{reverse(BANK)}?locale={read['language']}&bank={read['bank']}")


# --- out -------------------------------------------------------------------------------------------------------------
@require_safe
def question_export(request: HttpRequest) -> HttpResponse:
    """What each format carries of the questions chosen, and the files."""
    _allow(request, MAY_CHANGE)
    questions, languages = _chosen(request)
    language = languages[0] if len(languages) == 1 else ""
    is_much = len(questions) > doc.QUESTIONS_MAX
    items = [drafts.item_of(question) for question in questions] if language and not is_much else []
    context = {
        "count": len(items),
        "language": dict(settings.LANGUAGES).get(language, ""),
        "languages": [(_address(request, locale=code), dict(settings.LANGUAGES)[code]) for code in languages],
        "is_much": is_much,
        "most": doc.QUESTIONS_MAX,
        "formats": [_format(request, form, items, language) for form in files.FORMATS.values()] if items else [],
    }
    return render(request, "quizzes/staff/export.html", context)


@require_safe
def question_file(request: HttpRequest, form: str) -> HttpResponse:
    _allow(request, MAY_CHANGE)
    questions, languages = _chosen(request)
    if form not in files.FORMATS:
        raise Http404
    if len(languages) != 1 or len(questions) > doc.QUESTIONS_MAX:  # the page says why, and what to do
        return redirect(reverse("question-export") + _address(request))
    kind = files.FORMATS[form]
    written = files.write(kind, [drafts.item_of(question) for question in questions], truth_words(languages[0]))
    headers = {"Content-Disposition": content_disposition_header(True, f"questions-{languages[0]}.{kind.ending}") or ""}
    return HttpResponse(written.data, content_type=kind.content_type, headers=headers)


def _chosen(request: HttpRequest) -> tuple[list[Question], list[str]]:
    """(the questions in the order of their short names, their languages)"""
    form = ExportFilter(request.GET)
    if not form.is_valid():
        raise Http404
    given = form.cleaned_data
    rows = Question.objects.chosen(
        search=given["q"],
        ids=form.ids,
        locale__language_code=given["locale"],
        **{name: given[name] for name in ("bank", "module", "objective", "type", "use", "live")},
        **{name: given[name] for name in ("category", "sub_category", "tag", "owner", "state")},
    )
    today = timezone.localdate()
    rows = rows.to_review(today) if given["review"] else rows
    rows = narrowed(rows, used=given["used"], look=given["look"], today=today)
    if given["quiz"]:
        quiz = get_object_or_404(
            QuizPage, translation_key=given["quiz"], locale__language_code=given["locale"] or settings.LANGUAGE_CODE
        )
        rows = rows.filter(pk__in=[question.pk for question in quiz.questions()])
    found = list(rows.select_related("locale", "latest_revision").order_by("code", "pk")[: doc.QUESTIONS_MAX + 1])
    return found, sorted({question.locale.language_code for question in found})


def _address(request: HttpRequest, **more: str) -> str:
    asked = request.GET.copy()
    for name, value in more.items():
        asked[name] = value
    return f"?{asked.urlencode()}"


def _format(request: HttpRequest, form: files.Format, items: Sequence[Any], language: str) -> dict[str, Any]:
    entries = files.fitted(form, items, truth_words(language))
    address = reverse("question-file", args=[form.name]) + _address(request)
    return {
        "name": form.name,
        "address": address,
        "count": sum(entry.item is not None for entry in entries),
        "rows": [row for row in _rows(entries) if row.told],
    }


# --- what is told ----------------------------------------------------------------------------------------------------
def _rows(entries: Iterable[Entry], *, with_needs: bool = False) -> list[Row]:
    return [_row(entry, with_needs=with_needs) for entry in entries]


def _row(entry: Entry, *, with_needs: bool) -> Row:
    item = entry.item
    return Row(
        number=entry.number,
        name=entry.name,
        is_taken=item is not None,
        type=_(types.get(item.type).label) if item else "",
        stem=item.stem[:200] if item else "",
        told=tuple(dict.fromkeys(words(finding) for finding in entry.findings)),
        needs=tuple(_(one) for one in types.get(item.type).problems(item.published())) if item and with_needs else (),
    )
