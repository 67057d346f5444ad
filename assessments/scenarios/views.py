"""Playing a scenario, one scene a page. Every act is a plain POST that may be sent twice without harm."""

import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.scenarios import actions, reports
from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.models.records import RunState
from courses import versions
from courses.models import Enrolment, StepVersion
from courses.reports import Shown, shown_in
from courses.views import or_back_to_the_course, own, shown_or_404

REFLECTION_LIMIT = 5000
SHA256 = re.compile(r"[0-9a-f]{64}")


def intro(request: HttpRequest, enrolment: Enrolment, shown: Shown) -> HttpResponse:
    """GET of the step: who one is, where, and what will happen."""
    page = reports.intro(enrolment, shown, timezone.now())
    context = {"page": page, "enrolment": enrolment, "shown": shown, "content": shown.content}
    return render(request, "scenarios/intro.html", context)


@require_POST
@or_back_to_the_course
def run_start(request: HttpRequest, enrolment: UUID, step: UUID) -> HttpResponse:
    mine = own(request, enrolment)
    shown = shown_or_404(mine, step)
    if shown.version.kind != "scenario":
        raise Http404
    try:
        started = actions.start_run(enrolment=mine, version=shown.version)
    except actions.NotAllowed as refused:
        messages.error(request, reports.decision_text(refused.decision) or _("You have passed this scenario."))
        return redirect("step", mine.key, step)
    return redirect("run", started.key)


def with_own_run(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the run of that key; 404 when it is somebody else's."""

    @wraps(view)
    def inner(request: HttpRequest, key: UUID, **kwargs: Any) -> HttpResponse:
        return view(request, get_object_or_404(ScenarioRun.objects.open_for(request.user), key=key), **kwargs)

    return inner


@require_safe
@with_own_run
def run(request: HttpRequest, mine: ScenarioRun) -> HttpResponse:
    """Go on where one stopped, on whatever device."""
    return scene_response(request, mine) if mine.is_open else elsewhere(mine)


def elsewhere(mine: ScenarioRun) -> HttpResponse:
    """Where a run that is over leads."""
    if mine.state == RunState.FINISHED:
        return redirect("debrief", mine.key)
    return redirect("step", mine.enrolment.key, mine.step_key)


def scene_response(
    request: HttpRequest, mine: ScenarioRun, error: str = "", status: int = HTTPStatus.OK
) -> HttpResponse:
    scene = reports.scene(mine, get_language())
    errors = [{"field": "choices", "text": error}] if error else []
    context = {"scene": scene, "shown": scene.shown, "content": scene.shown.content, "errors": errors}
    return render(request, "scenarios/run.html", context, status=status)


@require_POST
@with_own_run
def choose(request: HttpRequest, mine: ScenarioRun) -> HttpResponse:
    """Take a choice, then show what came of it."""
    try:
        seq, number = int(request.POST.get("seq", "")), int(request.POST.get("choice", ""))
        idem = UUID(request.POST.get("idem", ""))
    except ValueError:
        return refused(request, mine)
    try:
        mine = actions.choose(
            run=mine,
            choice=reports.chosen_key(mine, seq, number),
            seq=seq,
            idem=idem,
            version=played_version(request, mine),
        )
    except actions.StaleTurn as stale:
        messages.info(request, _("You had answered that turn already. This is where the conversation stands now."))
        return redirect("run", stale.run.key)
    except actions.NotOffered as unknown:
        return refused(request, unknown.run)
    return redirect("run", mine.key) if mine.is_open else redirect("debrief", mine.key)


@require_POST
@with_own_run
def run_rewind(request: HttpRequest, mine: ScenarioRun) -> HttpResponse:
    """Go back to an earlier turn, in practice."""
    try:
        seq, back_to = int(request.POST.get("seq", "")), int(request.POST.get("to", ""))
        idem = UUID(request.POST.get("idem", ""))
    except ValueError:
        return refused(request, mine, _("Choose the turn to go back to from the list below."))
    try:
        version = played_version(request, mine)
        mine = actions.rewind(run=mine, to=back_to, seq=seq, idem=idem, version=version)
    except actions.StaleTurn as stale:
        messages.info(request, _("You had answered that turn already. This is where the conversation stands now."))
        return redirect("run", stale.run.key)
    except actions.NotOffered as unknown:
        return refused(request, unknown.run, _("One goes back in practice only, and only to a turn that was taken."))
    return redirect("run", mine.key)


def refused(request: HttpRequest, mine: ScenarioRun, error: str = "") -> HttpResponse:
    """Nothing was taken: show where the run stands."""
    if not mine.is_open:
        return elsewhere(mine)
    error = error or _("Choose one of the replies below.")
    return scene_response(request, mine, error, HTTPStatus.UNPROCESSABLE_ENTITY)


def played_version(request: HttpRequest, mine: ScenarioRun) -> StepVersion:
    """The version whose texts stood on the screen: the same scenario, perhaps in another language. Whatever a form
    says, of each language only what was there when the run began."""
    pinned, sha256 = mine.version, request.POST.get("version", "")
    if sha256 == pinned.sha256 or not SHA256.fullmatch(sha256):
        return pinned
    try:
        named = versions.named(pinned.step_key, pinned.structure_sha256, sha256)
    except (StepVersion.DoesNotExist, StepVersion.MultipleObjectsReturned):
        return pinned
    return shown_in(pinned, named.language, mine.started_at, mine.wordings).version


@require_safe
@with_own_run
def debrief(request: HttpRequest, mine: ScenarioRun) -> HttpResponse:
    if mine.state != RunState.FINISHED:
        return redirect("run", mine.key) if mine.is_open else elsewhere(mine)
    return debrief_response(request, mine)


def debrief_response(
    request: HttpRequest, mine: ScenarioRun, errors: list[dict] | None = None, typed: dict[int, str] | None = None
) -> HttpResponse:
    page = reports.debrief(mine, get_language(), timezone.now(), typed or {})
    context = {"page": page, "shown": page.shown, "content": page.shown.content, "errors": errors or []}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "scenarios/debrief.html", context, status=status)


@require_POST
@with_own_run
def run_practise(request: HttpRequest, mine: ScenarioRun) -> HttpResponse:
    """Practice from a turn of a finished run on."""
    if mine.state != RunState.FINISHED:
        raise Http404
    try:
        started = actions.practise(run=mine, turn=int(request.POST.get("turn", "")))
    except (ValueError, actions.NotOffered):
        errors = [{"field": "turned", "text": _("There is no such turn in this attempt.")}]
        return debrief_response(request, mine, errors)
    except actions.Underway as underway:
        messages.info(request, _("An attempt that counts is open. Take it to its end first, then practise."))
        return redirect("run", underway.run.key)
    return redirect("run", started.key)


@require_safe
@with_own_run
def transcript(request: HttpRequest, mine: ScenarioRun) -> HttpResponse:
    """The whole conversation on paper."""
    if mine.state != RunState.FINISHED:
        raise Http404
    page = reports.transcript(mine, get_language())
    return render(
        request, "scenarios/transcript.html", {"page": page, "shown": page.shown, "content": page.shown.content}
    )


@require_POST
@with_own_run
def run_reflection(request: HttpRequest, mine: ScenarioRun) -> HttpResponse:
    """Keep the answers to the questions of the ending, for their writer alone; skipping keeps what stands there."""
    if mine.state != RunState.FINISHED:
        raise Http404
    questions = range(reports.questions(mine))
    typed = {number: request.POST.get(f"answer-{number}", "").strip() for number in questions}
    too_long = [number for number, text in typed.items() if len(text) > REFLECTION_LIMIT]
    if too_long:
        text = _("Your answer is longer than 5,000 characters. It was not saved; shorten it and save again.")
        errors = [{"field": f"answer-{number}", "text": text} for number in too_long]
        return debrief_response(request, mine, errors, typed)
    actions.save_reflections(run=mine, texts=list(typed.values()))
    if any(typed.values()):
        words = {"time": timezone.localtime().strftime("%H:%M")}
        messages.success(request, _("Your answers were saved at %(time)s. Only you can read them.") % words)
    return redirect("debrief", mine.key)
