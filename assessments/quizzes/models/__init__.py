from assessments.quizzes.models.guests import GuestAnswer, GuestSitting
from assessments.quizzes.models.imported import ImportedProgress, ImportedSitting
from assessments.quizzes.models.marking import Essay, Mark
from assessments.quizzes.models.pages import QuizPage
from assessments.quizzes.models.questions import Question
from assessments.quizzes.models.records import Answer, PracticeAnswer, QuizAttempt
from assessments.quizzes.models.regrading import Regraded, Regrading, RegradingLeft

__all__ = [
    "Answer",
    "Essay",
    "GuestAnswer",
    "GuestSitting",
    "ImportedProgress",
    "ImportedSitting",
    "Mark",
    "PracticeAnswer",
    "Question",
    "QuizAttempt",
    "QuizPage",
    "Regraded",
    "Regrading",
    "RegradingLeft",
]
