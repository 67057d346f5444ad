from assessments.quizzes.models.pages import QuizPage
from assessments.quizzes.models.questions import Question
from assessments.quizzes.models.records import Answer, PracticeAnswer, QuizAttempt

__all__ = ["Answer", "PracticeAnswer", "Question", "QuizAttempt", "QuizPage"]
