"""What a change means: asked between editing and going live, and kept as the history of the page."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses import actions, reports, rules
from courses.forms import ChoiceForm, seen
from courses.models import Publication, StepPage
from courses.models.pages import Draft, Refused, draft_of, page_of
from courses.words import field_label, sort_label


def _page_or_404(request: HttpRequest, page_id: int) -> Any:
    page = page_of(page_id, request.user)
    if page is None:
        raise Http404
    return page


@require_http_methods(["GET", "HEAD", "POST"])
def publishing(request: HttpRequest, page_id: int) -> HttpResponse:
    """The draft beside what is live, and what it means for people. Without a draft: whether they redo what is live."""
    page = _page_or_404(request, page_id)
    if not page.permissions_for_user(request.user).can_publish():
        raise PermissionDenied
    revision = page.get_latest_revision() if page.has_unpublished_changes else None
    draft = draft_of(revision.as_object() if revision else page)
    if draft is None:
        raise Http404
    if is_overtaken := request.POST.get("seen", "") not in ("", seen(draft)):
        _say_overtaken(request)
    today = timezone.localdate()
    heads = reports.heads(draft.course_key, today)
    choices = rules.offered(changes_structure=draft.changes_structure, concerns_anybody=heads.concerns_anybody)
    choices = choices if revision else choices[1:]  # what is live already is redone, or there is nothing to decide
    if not choices:
        messages.info(request, _("There is nothing to publish here, and nobody who could redo it."))
        return redirect("wagtailadmin_pages:edit", page.pk)
    asked: dict[str, Any] = {"draft": draft, "heads": heads, "choices": choices, "today": today}
    posted = request.POST if request.method == "POST" and not is_overtaken else None
    form = ChoiceForm(posted, **asked)
    if form.is_bound and form.is_valid():
        return _act(request, page, revision, draft, form)
    context = {
        "page": page,
        "is_draft": revision is not None,
        "heads": heads,
        "choices": choices,
        "form": form,
        "differences": readable(draft.before, draft.after),
        "advice": draft.page.warnings() if revision else [],
        "go_live_at": draft.page.go_live_at if revision else None,
        "others": _other_languages(draft.page),
    }
    return render(request, "courses/staff/publishing.html", context, status=_status(form, is_overtaken))


def _other_languages(page: Any) -> str:
    """In which languages learners go on with the older version until it is translated."""
    if not isinstance(page, StepPage) or page.locale.language_code != settings.LANGUAGE_CODE:
        return ""
    names = dict(settings.LANGUAGES)
    codes = page.get_translations().live().order_by("locale__pk").values_list("locale__language_code", flat=True)
    return ", ".join(str(names[code]) for code in codes)


def _status(form: ChoiceForm, is_overtaken: bool) -> HTTPStatus:
    if is_overtaken:
        return HTTPStatus.CONFLICT
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK


def _act(request: HttpRequest, page: Any, revision: Any, draft: Draft, form: ChoiceForm) -> HttpResponse:
    """Where it leads: to the question once more where somebody was quicker at this very moment."""
    by: Any = request.user
    choice, title = form.choice(), {"title": draft.page.get_admin_display_title()}
    try:
        if revision is None:
            actions.ask_again(draft=draft, choice=choice, by=by)
            messages.success(request, _("People in progress redo “%(title)s”. They see it within minutes.") % title)
            return redirect("publications", page.pk)
        draft.page.may_go_live(by)
        live = form.cleaned_data["live_revision"]
        actions.publish(page=page, revision=revision, choice=choice, by=by, live_revision=live)
    except actions.Overtaken:
        _say_overtaken(request)
        return redirect("publishing", page.pk)
    except actions.NotPublished:
        messages.error(request, _("Nothing was changed: no step of this course is live."))
        return redirect("wagtailadmin_pages:edit", page.pk)
    except Refused as refused:
        messages.error(request, " ".join([_("Nothing was published; your draft is kept."), *refused.messages]))
        return redirect("wagtailadmin_pages:edit", page.pk)
    planned = draft.page.go_live_at and draft.page.go_live_at > timezone.now()
    text = _("“%(title)s” goes live at the time that was set.") if planned else _("“%(title)s” is published.")
    messages.success(request, text % title)
    return redirect("wagtailadmin_explore", page.get_parent().pk)


def _say_overtaken(request: HttpRequest) -> None:
    text = _("Somebody changed this page while you were here. Nothing was published. This is how it stands now.")
    messages.warning(request, text)


@require_safe
def publications(request: HttpRequest, page_id: int) -> HttpResponse:
    """What was published of this page in each language: when, by whom, what it meant and why."""
    page = _page_or_404(request, page_id)
    may_publish = page.permissions_for_user(request.user).can_publish()
    context = {"page": page, "past": reports.history(page.translation_key), "may_publish": may_publish}
    return render(request, "courses/staff/publications.html", context)


@require_safe
def publication(request: HttpRequest, page_id: int, number: int) -> HttpResponse:
    """One publication beside the one before it. Answer keys are part of it: only L&D comes here."""
    page = _page_or_404(request, page_id)
    rows = Publication.objects.select_related("version", "published_by", "decision")
    found = get_object_or_404(rows, pk=number, step_key=page.translation_key)
    earlier = reports.before(found)
    differences = readable(earlier.content if earlier else {}, found.version.content)
    context = {"page": page, "publication": found, "earlier": earlier, "differences": differences}
    return render(request, "courses/staff/publication.html", context)


def readable(before: dict, after: dict) -> list[dict]:
    """Differences with their names in words."""
    return [
        {"field": field_label(row.field), "within": row.within, "sort": sort_label(row.sort), "row": row}
        for row in rules.differences(before, after)
    ]
