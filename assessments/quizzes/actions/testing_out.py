"""What a pre-test that was handed in waives."""

from datetime import datetime

from assessments.quizzes.models import QuizAttempt
from assessments.quizzes.rules import testing_out
from courses import actions as courses
from courses import versions
from courses.models import Enrolment, StepVersion
from courses.reports import in_language


def waive_known(attempt: QuizAttempt, *, language: str, at: datetime) -> Enrolment:
    """Lessons whose objectives this pre-test showed to be known count as finished, and say by which attempt. Nothing
    is ever taken back. Of any other quiz nothing happens."""
    if not attempt.quiz.is_pre_test:
        return attempt.enrolment
    objectives = testing_out.known(attempt.marked, right=attempt.quiz.rules["test_out"]["right"])
    lessons = _lessons(attempt.enrolment, language)
    taught = {key: _objectives(version) for key, version in lessons.items()}
    found = testing_out.waived(taught, objectives)
    if not found:
        return attempt.enrolment
    return courses.waive_steps(
        enrolment=attempt.enrolment,
        steps=[lessons[key] for key in found],
        attempt=attempt.key,
        objectives=sorted(set().union(*(taught[key] for key in found))),
        at=at,
    )


def _lessons(enrolment: Enrolment, language: str) -> dict[str, StepVersion]:
    """{step key: the lesson as this person would read it}"""
    texts = versions.texts([enrolment.course_version])[enrolment.course_version_id]
    return {
        step.key: in_language(texts[step.key, step.structure], language)
        for step in enrolment.course_version.steps
        if step.kind == "lesson"
    }


def _objectives(version: StepVersion) -> frozenset[str]:
    return frozenset(objective["id"] for objective in versions.content(version.pk)["objectives"])
