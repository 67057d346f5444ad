"""Taking a quiz, one question a page. Every act is a plain POST that may be sent twice without harm."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid5

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from assessments.quizzes import actions, reports
from assessments.quizzes.models import QuizAttempt
from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import OVERTAKEN, STALE, Posted, Question, Refused
from courses import actions as courses
from courses import versions
from courses.models import Enrolment, StepVersion
from courses.reports import Shown
from courses.views import lesson, or_back_to_the_course, own, shown_or_404
from people.models import User
from people.views import or_language

# Where to go after saving; a number is a question, a language the same page in it.
NEXT, CHECK, REVIEW, LEAVE = "next", "check", "review", "leave"
NOT_ANSWERS = {"csrfmiddlewaretoken", "idem", "version", "from", "go", "on", "age"}
WHY = {
    actions.HANDED_IN: _("The quiz was handed in already, perhaps in another window. What was saved before counts."),
    actions.CHECKED: _("You checked this question already, so its answer stays as it is."),
    actions.TIME_OVER: _("It came after the time was over. What was saved before counts."),
    actions.SUPERSEDED: OVERTAKEN,
}


def intro(request: HttpRequest, enrolment: Enrolment, shown: Shown) -> HttpResponse:
    """GET of the step: the rules, before any clock runs."""
    page = reports.intro(enrolment, shown, timezone.now())
    context = {"page": page, "enrolment": enrolment, "shown": shown, "content": shown.content}
    return render(request, "quizzes/intro.html", context | {"why_not": reports.decision_text(page.decision)})


@require_POST
@or_back_to_the_course
def attempt_start(request: HttpRequest, enrolment: UUID, step: UUID) -> HttpResponse:
    mine = courses.start(enrolment=own(request, enrolment))
    shown = shown_or_404(mine, step)
    if shown.version.kind != "quiz":
        raise Http404
    try:
        attempt = actions.start_attempt(enrolment=mine, version=shown.version)
    except actions.NotAllowed as refused:
        messages.error(request, reports.decision_text(refused.decision) or gettext("You have passed this quiz."))
        return redirect("step", mine.key, step)
    return redirect("attempt", attempt.key)


def with_own_attempt(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the attempt of that key; 404 when it is somebody else's."""

    @wraps(view)
    def inner(request: HttpRequest, key: UUID, **kwargs: Any) -> HttpResponse:
        mine = get_object_or_404(QuizAttempt.objects.open_for(request.user), key=key)
        return view(request, mine, **kwargs)

    return inner


def sitting_now(mine: QuizAttempt) -> reports.Sitting:
    return reports.sitting(mine, get_language(), timezone.now())


def question_key(mine: QuizAttempt, number: int) -> str:
    if not 1 <= number <= len(mine.keys):
        raise Http404
    return mine.keys[number - 1]


@require_safe
@with_own_attempt
def attempt(request: HttpRequest, mine: QuizAttempt) -> HttpResponse:
    """Go on where one stopped, on whatever device."""
    if not mine.is_open:
        return redirect("result", mine.key)
    if mine.quiz.all_on_one_page:
        return redirect("attempt-all", mine.key)
    number = sitting_now(mine).resume_at
    return redirect("question", mine.key, number) if number else redirect("attempt-check", mine.key)


@require_safe
@with_own_attempt
def question(request: HttpRequest, mine: QuizAttempt, number: int) -> HttpResponse:
    question_key(mine, number)
    if not mine.is_open:
        return redirect("result", mine.key)
    if mine.quiz.all_on_one_page:
        return redirect(reverse("attempt-all", args=[mine.key]) + f"#question-{number}")
    sat = sitting_now(mine)
    if mine.is_over(sat.now):
        return render(request, "quizzes/time_over.html", {"sitting": sat})
    return question_response(request, reports.question_page(sat, number))


def question_response(request: HttpRequest, page: reports.QuestionPage, status: int = HTTPStatus.OK) -> HttpResponse:
    go = CHECK if page.sitting.explains_at_once else REVIEW if came_from_review(request) else NEXT
    return render(request, "quizzes/question.html", {"page": page, "sitting": page.sitting, "go": go}, status=status)


def came_from_review(request: HttpRequest) -> bool:
    return REVIEW in (request.GET.get("from"), request.POST.get("from"), request.POST.get("go"))


@require_POST
@or_language
def answer(request: HttpRequest, key: UUID, number: int) -> HttpResponse:
    """Save the answer, then go where the button says. The page's own script asks for JSON and goes nowhere."""
    go = request.POST.get("go", "")
    try:
        with actions.answering(person=request.user, key=key) as mine:
            asked = question_key(mine, number)
            if not has_answer(request) and go not in ("", NEXT, CHECK, REVIEW):
                return go_on(request, mine, number)
            is_checked = go == CHECK and mine.quiz.explains_at_once
            saved = save(request, mine, asked, checked=is_checked, keep=actions.keep_answer)
    except QuizAttempt.DoesNotExist:
        raise Http404 from None
    except Refused as fault:
        mine = QuizAttempt.objects.open_for(request.user).get(key=key)
        page = reports.question_page(sitting_now(mine), number, dict(request.POST.lists()), fault)
        return question_response(request, page, HTTPStatus.UNPROCESSABLE_ENTITY)
    except actions.NotSaved as late:
        return too_late(request, mine, number, late.state)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"saved_at": timezone.localtime(saved.answer.at).strftime("%H:%M")})
    return go_on(request, mine, number)


def has_answer(request: HttpRequest) -> bool:
    return any(any(values) for name, values in request.POST.lists() if name not in NOT_ANSWERS)


def save(
    request: HttpRequest,
    mine: QuizAttempt,
    key: str,
    *,
    checked: bool,
    keep: Callable[..., actions.Saved] = actions.save_answer,
) -> actions.Saved:
    """Raises Refused, NotSaved."""
    question = mine.quiz.question(key)
    response = types.get(question.type).parse(dict(request.POST.lists()), question, mine.order(key))
    idem = form_key(request)
    # The page's script may have saved this very answer under the form's key already: checking it is an act of its own.
    return keep(
        attempt=mine,
        question_key=key,
        response=response,
        version=sat_version(request, mine),
        idem=uuid5(idem, CHECK) if checked else idem,
        checked=checked,
        chosen_at=chosen_at(request),
    )


def chosen_at(request: HttpRequest) -> datetime | None:
    """Of an answer that waited for a network; its page says for how many milliseconds."""
    age = request.POST.get("age", "")
    is_number = age.isascii() and age.isdigit() and len(age) < 12
    return timezone.now() - timedelta(milliseconds=int(age)) if is_number else None


def form_key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("idem", ""))
    except ValueError:
        raise Refused(STALE, "") from None


def seen_version(request: HttpRequest, pinned: StepVersion) -> StepVersion:
    """The version whose texts stood on the screen: the same questions, perhaps in another language."""
    sha256 = request.POST.get("version", "")
    if sha256 == pinned.sha256:
        return pinned
    try:
        return versions.named(pinned.step_key, pinned.structure_sha256, sha256)
    except StepVersion.DoesNotExist:
        return pinned


def sat_version(request: HttpRequest, mine: QuizAttempt) -> StepVersion:
    """The same of an attempt: whatever a form says, of each language only what was there when it began."""
    named = seen_version(request, mine.pinned)
    return reports.shown_to(mine, named.language).version if named != mine.pinned else named


def go_on(request: HttpRequest, mine: QuizAttempt, number: int) -> HttpResponse:
    go, total = request.POST.get("go", ""), len(mine.keys)
    if go == LEAVE:
        return redirect("step", mine.enrolment.key, mine.step_key)
    if go == CHECK:
        return redirect(reverse("question", args=[mine.key, number]) + "#explanation")
    if go.isascii() and go.isdigit() and 1 <= int(go[:4]) <= total:
        return redirect("question", mine.key, int(go[:4]))
    if go in User.Language.values:
        again = reverse("question", args=[mine.key, number])
        return redirect(f"{again}?from={REVIEW}" if came_from_review(request) else again)
    if go == REVIEW or number == total:
        return redirect("attempt-check", mine.key)
    return redirect("question", mine.key, number + 1)


def too_late(request: HttpRequest, mine: QuizAttempt, number: int, state: str) -> HttpResponse:
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"refused": str(WHY[state])}, status=HTTPStatus.CONFLICT)
    context = {"attempt": mine, "number": number, "state": state, "why": WHY[state]}
    return render(request, "quizzes/too_late.html", context, status=HTTPStatus.CONFLICT)


@require_POST
@with_own_attempt
def flag(request: HttpRequest, mine: QuizAttempt, number: int) -> HttpResponse:
    """Mark a question for review. What was chosen on the page is saved on the way, so that nothing is lost."""
    key = question_key(mine, number)
    if has_answer(request):
        try:
            save(request, mine, key, checked=False)
        except Refused as fault:
            page = reports.question_page(sitting_now(mine), number, dict(request.POST.lists()), fault)
            return question_response(request, page, HTTPStatus.UNPROCESSABLE_ENTITY)
        except actions.NotSaved as late:
            if late.state not in (actions.CHECKED, actions.SUPERSEDED):
                return too_late(request, mine, number, late.state)
    actions.flag(attempt=mine, question_key=key, on=request.POST.get("on") == "1")
    return redirect("question", mine.key, number)


@require_safe
@with_own_attempt
def attempt_check(request: HttpRequest, mine: QuizAttempt) -> HttpResponse:
    """All questions with what is answered and what is marked, before handing in."""
    if not mine.is_open:
        return redirect("result", mine.key)
    sat = sitting_now(mine)
    template = "quizzes/time_over.html" if mine.is_over(sat.now) else "quizzes/attempt_check.html"
    return render(request, template, {"sitting": sat})


@require_POST
@with_own_attempt
def hand_in(request: HttpRequest, mine: QuizAttempt) -> HttpResponse:
    actions.hand_in(attempt=mine)
    return redirect("result", mine.key)


@require_safe
@with_own_attempt
def result(request: HttpRequest, mine: QuizAttempt) -> HttpResponse:
    if mine.is_open:
        return redirect("attempt", mine.key)
    page = reports.result(mine, get_language(), timezone.now())
    context = {"page": page, "sitting": page.sitting, "enrolment": mine.enrolment}
    return render(request, "quizzes/result.html", context | {"why_not": reports.decision_text(page.decision)})


@require_POST
@or_back_to_the_course
def practice_question(request: HttpRequest, enrolment: UUID, step: UUID, block: str) -> HttpResponse:
    """Answer a practice question of a lesson: the lesson then shows the explanation beneath it."""
    mine = own(request, enrolment)
    shown = shown_or_404(mine, step)
    question = practised(request, shown, block)
    posted: Posted = dict(request.POST.lists())
    try:
        idem = form_key(request)
        response = types.get(question.type).parse(posted, question, reports.practice_order(mine, question))
    except Refused as fault:
        problem = reports.PracticeFault(block, posted, fault)
        return lesson(request, mine, shown, HTTPStatus.UNPROCESSABLE_ENTITY, problem)
    actions.practise(enrolment=mine, step_key=step, block_key=block, question=question, response=response, idem=idem)
    return redirect(reverse("step", args=[mine.key, step]) + f"#b-{block}")


def practised(request: HttpRequest, shown: Shown, block: str) -> Question:
    """The question that stood on the screen: the form names the version of the lesson it was made from."""
    version = seen_version(request, shown.version)
    for row in versions.content(version.pk)["body"].get("blocks", []):
        if row["id"] == block and row["kind"] == "knowledge_check" and row["question"]:
            return Question.of(row["question"])
    raise Http404
