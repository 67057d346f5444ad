"""What the screens of a quiz show, as plain data."""

from assessments.quizzes.reports.marking import EssayPage, Queue, essay_page, queue
from assessments.quizzes.reports.practising import PracticeFault, practice, practice_order, practice_preview
from assessments.quizzes.reports.results import ResultPage, result
from assessments.quizzes.reports.sittings import (
    QuestionPage,
    Sitting,
    WholePage,
    intro,
    question_page,
    sitting,
    whole_page,
)
from assessments.quizzes.reports.standings import decision_text, standing

__all__ = [
    "EssayPage",
    "PracticeFault",
    "QuestionPage",
    "Queue",
    "ResultPage",
    "Sitting",
    "WholePage",
    "decision_text",
    "essay_page",
    "intro",
    "practice",
    "practice_order",
    "practice_preview",
    "question_page",
    "queue",
    "result",
    "sitting",
    "standing",
    "whole_page",
]
