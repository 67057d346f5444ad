"""The only writers of attempts, answers and marks. Every act is one transaction and may be repeated without harm.

Locks are always taken in the same order: the Enrolment, then the attempt, then the essay.
"""

from assessments.quizzes.actions.attempts import (
    CHECKED,
    HANDED_IN,
    SUPERSEDED,
    TIME_OVER,
    NotAllowed,
    NotSaved,
    Saved,
    answering,
    check_answer,
    flag,
    forget_practice,
    hand_in,
    hand_in_overdue,
    keep_answer,
    keep_practice,
    practise,
    questions_met,
    save_answer,
    save_answers,
    start_attempt,
)
from assessments.quizzes.actions.bank import NotRetired, import_questions, retire_questions, tag_questions
from assessments.quizzes.actions.guests import Forgotten, answer_as_guest, begin_as_guest, forget_guests
from assessments.quizzes.actions.importing import SittingThere, bring_progress, bring_sitting
from assessments.quizzes.actions.marking import NotMarked, claim, mark, release
from assessments.quizzes.actions.regrading import PlanChanged, regrade, requeue_regradings

__all__ = [
    "CHECKED",
    "HANDED_IN",
    "SUPERSEDED",
    "TIME_OVER",
    "Forgotten",
    "NotAllowed",
    "NotMarked",
    "NotRetired",
    "NotSaved",
    "PlanChanged",
    "Saved",
    "SittingThere",
    "answer_as_guest",
    "answering",
    "begin_as_guest",
    "bring_progress",
    "bring_sitting",
    "check_answer",
    "claim",
    "flag",
    "forget_guests",
    "forget_practice",
    "hand_in",
    "hand_in_overdue",
    "import_questions",
    "keep_answer",
    "keep_practice",
    "mark",
    "practise",
    "questions_met",
    "regrade",
    "release",
    "requeue_regradings",
    "retire_questions",
    "save_answer",
    "save_answers",
    "start_attempt",
    "tag_questions",
]
