"""The faults of django-quiz-app (dependencies.md of the design), each as a test that ours has not."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from assessments.quizzes import actions
from assessments.quizzes.models import Answer, Question, QuizAttempt, QuizPage
from assessments.quizzes.rules.grading import Marked, by_objective
from courses.models.going_live import MayNotBeDeleted
from tests.quizzes.factories import enrolled, quiz_course, quiz_version, right_fields


@pytest.fixture
def browser(client_for, ana):
    return client_for(ana)


def test_answering_the_same_question_again_and_again_scores_it_once(browser, attempt):
    """Theirs saved the score before the answer: a crash and a retry gave 5,610 points in a quiz of two questions."""
    for _again in range(20):
        form = {"idem": str(uuid4())} | right_fields(attempt, 1)
        browser.post(reverse("answer", args=[attempt.key, 1]), form)
    done = actions.hand_in(attempt=attempt)
    assert (done.score, done.max) == (1, 5)


def test_an_answer_that_crashed_before_it_was_saved_scores_nothing(browser, attempt, monkeypatch):
    def crash(**kwargs):
        raise RuntimeError

    monkeypatch.setattr("assessments.quizzes.actions.attempts.Answer.objects.create", crash)
    with pytest.raises(RuntimeError):
        browser.post(reverse("answer", args=[attempt.key, 1]), {"idem": str(uuid4())} | right_fields(attempt, 1))
    assert actions.hand_in(attempt=attempt).score == 0


def test_two_windows_answer_each_its_own_question(browser, attempt):
    """Theirs ignored the question that was posted and answered whichever came next."""
    second = {"idem": str(uuid4())} | right_fields(attempt, 2)
    first = {"idem": str(uuid4())} | right_fields(attempt, 1)
    browser.post(reverse("answer", args=[attempt.key, 2]), second)
    browser.post(reverse("answer", args=[attempt.key, 1]), first)
    assert {str(row.question_key) for row in Answer.objects.all()} == set(attempt.keys[:2])
    assert actions.hand_in(attempt=attempt).score == 2


def test_a_quiz_of_three_hundred_questions_fits(ana, answer):
    """Theirs kept the questions in a string of 1,024 characters."""
    enrolment = enrolled(ana, kinds=["truefalse"] * 300)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    assert len(QuizAttempt.objects.get(pk=attempt.pk).paper) == 300
    answer(attempt, 300)
    assert actions.hand_in(attempt=attempt).max == 300


def test_a_name_that_is_part_of_another_is_counted_by_itself():
    """Theirs searched categories in one long string: "Calm" also found "Calm voice"."""
    marked = [Marked("a", "m", "CALM-1", 1), Marked("b", "m", "CALM-10", 0), Marked("c", "m", "CALM-1, again", 0)]
    assert {name: (share.points, share.maximum) for name, share in by_objective(marked).items()} == {
        "CALM-1": (1, 1),
        "CALM-10": (0, 1),
        "CALM-1, again": (0, 1),
    }


def test_an_empty_quiz_does_not_go_live_and_its_draft_is_no_error(db):
    """Theirs answered an empty quiz with a 500."""
    module = quiz_course(kinds=["single"]).modules["en"]
    empty = {"title": "Empty", "pool_modules": ["none"], "locale": module.locale}
    with pytest.raises(ValidationError, match="There is no question to draw"):
        module.add_child(instance=QuizPage(slug="empty", **empty))
    draft = module.add_child(instance=QuizPage(slug="draft", live=False, **empty))
    assert draft.make_preview_request(preview_mode="").status_code == 200


def test_deleting_questions_and_unpublishing_the_quiz_leaves_results_as_they_were(browser, attempt, answer_all):
    """Theirs deleted the results together with the quiz."""
    answer_all(attempt)
    actions.hand_in(attempt=attempt)
    address = reverse("result", args=[attempt.key])
    before = browser.get(address).content
    page = QuizPage.objects.get(translation_key=attempt.step_key)
    with pytest.raises(MayNotBeDeleted):
        page.delete()
    with pytest.raises(MayNotBeDeleted):
        Question.objects.all().delete()
    Question._base_manager.all().delete()  # as no screen does
    page.unpublish()
    after = browser.get(address)
    assert after.status_code == 200
    assert after.content.count(b"SECRET why") == before.count(b"SECRET why")
    assert QuizAttempt.objects.get().score == 5


def test_editing_a_question_changes_no_past_result_and_no_open_attempt(browser, attempt, answer_all):
    """Theirs showed past sittings with the questions as they are now."""
    for question in Question.objects.all():
        question.stem = "Rewritten since"
        question.save()
    assert "Rewritten since" not in browser.get(reverse("question", args=[attempt.key, 1])).content.decode()
    answer_all(attempt)
    actions.hand_in(attempt=attempt)
    assert "Rewritten since" not in browser.get(reverse("result", args=[attempt.key])).content.decode()


def test_no_score_ever_exceeds_its_maximum(browser, attempt, answer_all):
    """Theirs did, and showed 100 % instead."""
    answer_all(attempt)
    done = actions.hand_in(attempt=attempt)
    assert done.score <= done.max


def test_one_person_has_one_open_attempt(attempt, enrolment, version):
    """Theirs allowed two open sittings of one quiz, and could not say which to resume."""
    assert actions.start_attempt(enrolment=enrolment, version=version) == attempt
