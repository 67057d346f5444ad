"""What the screens of a quiz show, as plain data."""

from assessments.quizzes.reports.practising import PracticeFault, practice, practice_order
from assessments.quizzes.reports.results import ResultPage, result
from assessments.quizzes.reports.sittings import QuestionPage, Sitting, intro, question_page, sitting
from assessments.quizzes.reports.standings import decision_text, standing

__all__ = [
    "PracticeFault",
    "QuestionPage",
    "ResultPage",
    "Sitting",
    "decision_text",
    "intro",
    "practice",
    "practice_order",
    "question_page",
    "result",
    "sitting",
    "standing",
]
