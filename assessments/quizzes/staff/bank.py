"""A question of the bank as its learners see it, in any language: what was saved last, and it leaves no trace."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from assessments.quizzes.models import Question
from people.staff import learning_staff


@require_safe
def question_preview(request: HttpRequest, question: UUID, language: str) -> HttpResponse:
    learning_staff(request)
    rows = Question.objects.in_language(language)
    row = get_object_or_404(rows, translation_key=question)
    return row.get_latest_revision_as_object().make_preview_request(request, preview_mode="")
