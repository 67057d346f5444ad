"""What the screens of a quiz show, as plain data."""

from assessments.quizzes.reports.daily import Day, Known, day
from assessments.quizzes.reports.marking import EssayPage, Queue, essay_page, queue
from assessments.quizzes.reports.one_question import OneQuestion
from assessments.quizzes.reports.practising import (
    PracticeFault,
    practice,
    practice_order,
    practice_preview,
    practice_told,
)
from assessments.quizzes.reports.results import ResultPage, result
from assessments.quizzes.reports.self_check import NotOpen, SelfCheck, length_of, open_quiz, self_check
from assessments.quizzes.reports.sittings import (
    QuestionPage,
    Sitting,
    WholePage,
    intro,
    question_page,
    shown_to,
    sitting,
    whole_page,
)
from assessments.quizzes.reports.standings import decision_text, standing

__all__ = [
    "Day",
    "EssayPage",
    "Known",
    "NotOpen",
    "OneQuestion",
    "PracticeFault",
    "QuestionPage",
    "Queue",
    "ResultPage",
    "SelfCheck",
    "Sitting",
    "WholePage",
    "day",
    "decision_text",
    "essay_page",
    "intro",
    "length_of",
    "open_quiz",
    "practice",
    "practice_order",
    "practice_preview",
    "practice_told",
    "question_page",
    "queue",
    "result",
    "self_check",
    "shown_to",
    "sitting",
    "standing",
    "whole_page",
]
