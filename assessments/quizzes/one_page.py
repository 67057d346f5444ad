"""Taking a quiz with all its questions on one page. One form brings them all; it may be sent twice without harm."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from assessments.quizzes import actions, reports
from assessments.quizzes.models import QuizAttempt
from assessments.quizzes.reports import Sitting
from assessments.quizzes.rules import one_page, types
from assessments.quizzes.rules.question import Posted, Refused, Response
from assessments.quizzes.views import LEAVE, chosen_at, form_key, sat_version, sitting_now, too_late, with_own_attempt
from people.models import User
from people.views import or_language


@require_safe
@with_own_attempt
def attempt_all(request: HttpRequest, mine: QuizAttempt) -> HttpResponse:
    if not mine.is_open:
        return redirect("result", mine.key)
    if not mine.quiz.all_on_one_page:
        return redirect("attempt", mine.key)
    sat = sitting_now(mine)
    if mine.is_over(sat.now):
        return render(request, "quizzes/time_over.html", {"sitting": sat})
    return _page(request, reports.whole_page(sat))


def _page(request: HttpRequest, page: reports.WholePage, status: int = HTTPStatus.OK) -> HttpResponse:
    return render(request, "quizzes/attempt_all.html", {"page": page, "sitting": page.sitting}, status=status)


@require_POST
@or_language
@with_own_attempt
def answers(request: HttpRequest, mine: QuizAttempt) -> HttpResponse:
    """Save what is new, then go where the button says. The page's own script asks for JSON and goes nowhere."""
    if not mine.quiz.all_on_one_page:
        raise Http404
    posted: Posted = dict(request.POST.lists())
    sat, is_json = sitting_now(mine), request.headers.get("Accept") == "application/json"
    try:
        seen = _seen(request)
        responses, faults = _read(sat, posted, _answered_before(mine, seen))
        faults |= actions.save_answers(
            attempt=mine,
            responses=responses,
            version=sat_version(request, mine),
            idem=form_key(request),
            seen=seen,
            chosen_at=chosen_at(request),
        )
    except Refused as fault:
        faults = {1: fault}
    except actions.NotSaved as late:
        return too_late(request, mine, 1, late.state)
    if faults and is_json and chosen_at(request):
        return JsonResponse({"refused": str(faults[min(faults)].message)}, status=HTTPStatus.CONFLICT)
    if faults:
        return _page(request, reports.whole_page(sitting_now(mine), posted, faults), HTTPStatus.UNPROCESSABLE_ENTITY)
    if is_json:
        return JsonResponse({"saved_at": timezone.localtime(timezone.now()).strftime("%H:%M")})
    if request.POST.get("go") == LEAVE:
        return redirect("step", mine.enrolment.key, mine.step_key)
    return redirect("attempt-all" if request.POST.get("go") in User.Language.values else "attempt-check", mine.key)


def _seen(request: HttpRequest) -> int:
    """How many answers were kept when the page was opened; what is no number was never on it."""
    given = request.POST.get("seen", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 7 else 0


def _answered_before(mine: QuizAttempt, seen: int) -> set[str]:
    """The questions that had an answer when the page was opened."""
    return {str(key) for key in mine.answers.order_by("pk").values_list("question_key", flat=True)[:seen]}


def _read(sat: Sitting, posted: Posted, answered: set[str]) -> tuple[dict[int, Response], dict[int, Refused]]:
    """({number: answer}, {number: what is missing}). A question that nobody has touched is neither."""
    read: dict[int, Response] = {}
    faults: dict[int, Refused] = {}
    for entry in sat.entries:
        fields, question = one_page.part_of(posted, entry.number), sat.quiz.question(entry.key)
        if not any(any(values) for values in fields.values()) and not (fields and entry.key in answered):
            continue
        try:
            read[entry.number] = types.get(question.type).parse(fields, question, sat.attempt.order(entry.key))
        except Refused as fault:
            faults[entry.number] = fault
    return read, faults
