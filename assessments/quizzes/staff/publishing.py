"""What a change of a question means for the quizzes and lessons that show it: asked before it goes live."""

from typing import cast
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from assessments.quizzes import bank_files
from assessments.quizzes.models import Question
from courses import actions, staff_publishing
from courses.actions import Choice
from courses.models.going_live import edit_url
from people.models import User
from people.staff import learning_staff


@require_http_methods(["GET", "HEAD", "POST"])
def question_publishing(request: HttpRequest, question: UUID, language: str) -> HttpResponse:
    learning_staff(request)
    if not request.user.has_perm(bank_files.MAY_PUBLISH):
        raise PermissionDenied
    rows, by = Question.objects.in_language(language), cast(User, request.user)
    row = get_object_or_404(rows, translation_key=question)
    revision, back = row.latest_revision if row.has_unpublished_changes else None, edit_url(row)
    draft = revision.as_object().draft(revision) if revision else None
    if draft is None:
        staff_publishing.say_nothing_to_decide(request)
        return redirect(back)

    def act(choice: Choice) -> str:
        actions.publish(drafts=[draft], choice=choice, by=by)
        staff_publishing.say_published(request, draft)
        return reverse(bank_files.BANK)

    asked = staff_publishing.asked(request, [draft])
    done = staff_publishing.acted(request, asked, act, back)
    return done or staff_publishing.shown(request, asked, back, steps=draft.steps)
