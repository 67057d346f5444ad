"""What a change means: asked between editing and going live, and kept as the history of the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses import actions, reports, rules
from courses.actions import Choice
from courses.forms import ChoiceForm, seen
from courses.models import Publication, StepPage
from courses.models.drafts import draft_in, draft_of, page_of
from courses.models.going_live import NOTE_MAX, Draft, edit_url
from courses.models.pages import KeptPage
from courses.words import field_label, sort_label
from people.models import User

# --- what is asked, wherever somebody makes a change live ------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What stands before whoever is asked: what changes, whom it concerns, what it may mean, and the form."""

    drafts: Sequence[Draft]
    heads: reports.Heads
    choices: tuple[str, ...]
    form: ChoiceForm
    is_overtaken: bool

    @property
    def is_answered(self) -> bool:
        return self.form.is_bound and self.form.is_valid()

    @property
    def status(self) -> HTTPStatus:
        if self.is_overtaken:
            return HTTPStatus.CONFLICT
        return HTTPStatus.UNPROCESSABLE_ENTITY if self.form.is_bound else HTTPStatus.OK

    @property
    def is_mixed(self) -> bool:
        """For newcomers where the structure changed; where it did not, the words are everybody's."""
        return len({draft.changes_structure for draft in self.drafts}) > 1

    @property
    def differences(self) -> list[tuple[str, list[dict]]]:
        return [(title_of(draft.page), readable(draft.before, draft.after)) for draft in self.drafts]


def asked(request: HttpRequest, drafts: Sequence[Draft], *, is_live: bool = False) -> Asked:
    """is_live: it is live already, so that it is redone or there is nothing to decide."""
    today = timezone.localdate()
    is_overtaken = request.POST.get("seen", "") not in ("", seen(drafts))
    heads = reports.heads({draft.course_key for draft in drafts}, today)
    changes_structure = any(draft.changes_structure for draft in drafts)
    choices = rules.offered(changes_structure=changes_structure, concerns_anybody=heads.concerns_anybody)
    choices = choices[1:] if is_live else choices
    posted = request.POST if request.method == "POST" and not is_overtaken else None
    note = request.GET.get("note", "")[:NOTE_MAX]
    form = ChoiceForm(posted, drafts=drafts, heads=heads, choices=choices, today=today, note=note)
    return Asked(drafts, heads, choices, form, is_overtaken)


def acted(request: HttpRequest, asked: Asked, act: Callable[[Choice], str], back: str) -> HttpResponse | None:
    """What the answer leads to; None while there is none yet. act says where it leads. Where somebody was quicker at
    this very moment, it is asked once more."""
    if asked.is_overtaken:
        _say_overtaken(request)
    if not asked.is_answered:
        return None
    return tried(request, lambda: act(asked.form.choice()), back)


def tried(request: HttpRequest, act: Callable[[], str], back: str) -> HttpResponse:
    try:
        return redirect(act())
    except actions.Overtaken:
        _say_overtaken(request)
        return redirect(request.get_full_path())
    except actions.NotPublished:
        messages.error(request, _("Nothing was changed: no step of this course is live."))
    except ValidationError as refused:  # ours, or Wagtail's: an address that another page has by now
        messages.error(request, " ".join([_("Nothing was published; your draft is kept."), *refused.messages]))
    return redirect(back)


def _say_overtaken(request: HttpRequest) -> None:
    text = _("Somebody changed this page while you were here. Nothing was published. This is how it stands now.")
    messages.warning(request, text)


def say_nothing_to_decide(request: HttpRequest) -> None:
    messages.info(request, _("There is nothing to publish here, and nobody who could redo it."))


def say_published(request: HttpRequest, draft: Draft) -> None:
    planned = draft.page.go_live_at and draft.page.go_live_at > timezone.now()
    text = _("“%(title)s” goes live at the time that was set.") if planned else _("“%(title)s” is published.")
    messages.success(request, text % {"title": title_of(draft.page)})


def title_of(subject: Any) -> str:
    return subject.get_admin_display_title() if isinstance(subject, KeptPage) else str(subject)


def shown(request: HttpRequest, asked: Asked, back: str, **context: Any) -> HttpResponse:
    """The page that asks about one draft."""
    (draft,) = asked.drafts
    context |= {
        "asked": asked,
        "title": title_of(draft.page),
        "back": back,
        "is_draft": draft.revision is not None,
        "go_live_at": draft.page.go_live_at if draft.revision else None,
        "others": _other_languages(draft),
    }
    return render(request, "courses/staff/publishing.html", context, status=asked.status)


def _other_languages(draft: Draft) -> str:
    """In which languages learners go on with the older version until it is translated."""
    step = next((one for one in draft.steps if isinstance(one, StepPage)), None)
    if step is None or step.locale.language_code != settings.LANGUAGE_CODE:
        return ""
    names = dict(settings.LANGUAGES)
    codes = step.get_translations().live().order_by("locale__pk").values_list("locale__language_code", flat=True)
    return ", ".join(str(names[code]) for code in codes)


# --- one page ------------------------------------------------------------------------------------------------------


def _page_or_404(request: HttpRequest, page_id: int) -> Any:
    page = page_of(page_id, request.user)
    if page is None:
        raise Http404
    return page


@require_http_methods(["GET", "HEAD", "POST"])
def publishing(request: HttpRequest, page_id: int) -> HttpResponse:
    """The draft beside what is live, and what it means for people. Without a draft: whether they redo what is live.

    ?approve= names the task of a review: the answer is its approval. ?note= is what was written with the approval."""
    page, by = _page_or_404(request, page_id), cast(User, request.user)
    if not page.permissions_for_user(by).can_publish():
        raise PermissionDenied
    back = edit_url(page)
    approving = _task_to_approve(page, request) if "approve" in request.GET else None
    if approving is None and "approve" in request.GET:
        messages.info(request, _("This no longer waits for your approval."))
        return redirect(back)
    revision = page.get_latest_revision() if page.has_unpublished_changes else None
    draft = draft_in(revision) if revision else draft_of(page)
    if draft is None:
        raise Http404
    question = asked(request, [draft], is_live=revision is None)
    if not question.choices and not question.is_overtaken:
        say_nothing_to_decide(request)
        return redirect(back)

    def act(choice: Choice) -> str:
        if revision is None:
            actions.ask_again(draft=draft, choice=choice, by=by)
            text = _("People in progress redo “%(title)s”. They see it within minutes.")
            messages.success(request, text % {"title": title_of(draft.page)})
            return reverse("publications", args=[page.pk])
        actions.publish(drafts=[draft], choice=choice, by=by, approving=approving)
        say_published(request, draft)
        return reverse("wagtailadmin_explore", args=[page.get_parent().pk])

    if done := acted(request, question, act, back):
        return done
    advice = draft.page.warnings() if revision else []
    return shown(request, question, back, advice=advice, approving=approving)


def _task_to_approve(page: Any, request: HttpRequest) -> Any:
    """The named task, while the page waits for it. Who may not approve it is refused."""
    task = page.current_workflow_task_state
    if task is None or str(task.pk) != request.GET["approve"]:
        return None
    if "approve" not in {name for name, *_rest in task.task.specific.get_actions(page, request.user)}:
        raise PermissionDenied
    return task


# --- the history ---------------------------------------------------------------------------------------------------


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
        {"field": field_label(row.field), "sort": sort_label(row.sort), "row": row}
        for row in rules.differences(before, after)
    ]
