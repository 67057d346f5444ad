"""Essays: the queue, points by criteria, two who mark at once, and a completion that waits for it."""

import re
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.quizzes import actions, reports
from assessments.quizzes.models import Essay, Mark, Question, QuizAttempt
from assessments.quizzes.models.marking import EssayQuerySet
from assessments.quizzes.models.regrading import plan
from assessments.quizzes.rules.marking import CLAIM
from courses.models import Completion, StepCompletion
from evidence.models import Record
from people.models import Mail, User
from tests.conftest import person
from tests.factories import enrol, ready_site
from tests.quizzes.factories import enrolled, quiz_course, quiz_version
from tests.quizzes.samples import best

KINDS = ("single", "essay")


def marker(name: str) -> User:
    user = person(name, None)
    user.user_permissions.add(Permission.objects.get(codename="mark_essays"))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def inga(teams) -> User:
    """A marker who is not of L&D."""
    return marker("Inga Marker")


@pytest.fixture
def hand_in(ana, answer_all) -> Callable[..., QuizAttempt]:
    def handed_in(writer: User = ana, kinds=KINDS, **fields) -> QuizAttempt:
        enrolment = enrolled(writer, kinds=kinds, **fields)
        attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
        answer_all(attempt)
        return actions.hand_in(attempt=attempt)

    return handed_in


def give(essay: Essay, by: User, *points: int, **more) -> Essay:
    keys = [part["key"] for part in essay.given.question.parts]
    assert actions.claim(essay=essay, by=by)
    return actions.mark(essay=essay, by=by, points=dict(zip(keys, points, strict=True)), **more)


def kinds_of_evidence() -> list[str]:
    return list(Record.objects.order_by("seq").values_list("kind", flat=True))


# --- completion waits ----------------------------------------------------------------------------------------------
def test_an_essay_is_not_graded_when_it_is_handed_in(hand_in):
    attempt = hand_in()
    assert (attempt.waits, attempt.passed, attempt.score) == (True, None, None)
    assert sorted(item.waits for item in attempt.marked) == [False, True]
    assert not StepCompletion.objects.exists()
    assert Essay.objects.count() == 1


def test_an_essay_nobody_wrote_needs_no_marker(ana, answer):
    enrolment = enrolled(ana, kinds=KINDS)
    attempt = actions.hand_in(attempt=actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment)))
    assert (attempt.waits, attempt.passed, attempt.score, attempt.max) == (False, False, 0, 2)
    assert not Essay.objects.exists()


def test_the_last_mark_completes_the_course_in_its_own_transaction(hand_in, inga, monkeypatch):
    attempt = hand_in()
    essay = Essay.objects.get()

    def broken(**kwargs):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("assessments.quizzes.actions.attempts.courses.complete_step", broken)
        with pytest.raises(RuntimeError):
            give(essay, inga, 2, 2)
    assert not Mark.objects.exists()
    give(essay, inga, 2, 2)
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.score, attempt.max) == (True, 2, 2)
    assert Completion.objects.filter(enrolment=attempt.enrolment).exists()
    assert {"essay.marked", "quiz.marked", "course.completed"} <= set(kinds_of_evidence())


def test_a_low_mark_ends_the_wait_without_a_pass_and_another_attempt_may_start(hand_in, inga):
    attempt = hand_in()
    with pytest.raises(actions.NotAllowed) as refused:
        actions.start_attempt(enrolment=attempt.enrolment, version=attempt.version)
    assert refused.value.decision.state == "marking"
    give(Essay.objects.get(), inga, 1, 0)
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.score) == (False, 1.25)
    assert actions.start_attempt(enrolment=attempt.enrolment, version=attempt.version).number == 2


def test_with_two_essays_the_attempt_waits_for_both(hand_in, inga):
    attempt = hand_in(kinds=("essay", "essay"))
    first, second = Essay.objects.order_by("pk")
    give(first, inga, 2, 2)
    attempt.refresh_from_db()
    assert attempt.waits
    give(second, inga, 2, 1)
    attempt.refresh_from_db()
    assert attempt.passed
    assert [item.mark for item in attempt.marked if item.key == str(second.question_key)] == [Fraction(3, 4)]


def test_the_learner_reads_that_it_waits_on_the_result_the_step_and_the_front_page(hand_in, ana, client_for):
    attempt = hand_in()
    browser = client_for(ana)
    result = browser.get(reverse("result", args=[attempt.key])).content.decode()
    assert "Handed in: it waits for marking" in result
    assert "Not yet:" not in result
    assert "Your last attempt waits for marking" in result
    assert re.search(r"1\s+of\s+1\b", result), "of the objective what is marked, not the essay as nothing"
    step = browser.get(reverse("step", args=[attempt.enrolment.key, attempt.step_key])).content.decode()
    assert "Your last attempt waits for marking" in step
    assert "Handed in. It waits for marking." in browser.get(reverse("my")).content.decode()


def test_the_learner_reads_points_and_words_and_no_name_of_a_marker(hand_in, inga, ana, client_for):
    attempt = hand_in()
    url = reverse("result", args=[attempt.key])
    assert "A warm beginning." not in client_for(ana).get(url).content.decode()
    give(Essay.objects.get(), inga, 2, 1, feedback="A warm beginning.")
    page = client_for(ana).get(url).content.decode()
    assert "A warm beginning." in page
    assert "1 of 2" in page
    assert "Inga" not in page


# --- locking -------------------------------------------------------------------------------------------------------
def test_marking_past_answers_again_never_touches_what_a_person_gave(hand_in, inga, ela, client_for):
    """The menu of an essay does not offer it; whoever has the address changes nothing either."""
    ready_site()
    attempt = hand_in()
    essay = give(Essay.objects.get(), inga, 2, 2)
    question = Question.objects.get(translation_key=essay.question_key)
    found = plan(question)
    assert (found.changes, found.same, found.unfit) == ([], 0, 0)
    page = client_for(ela).get(reverse("regrade", args=[question.translation_key])).content.decode()
    assert "Nothing would change." in page
    with pytest.raises(actions.PlanChanged):
        actions.regrade(question=question, digest=found.digest, reason="No.", by=ela, key=uuid4())
    attempt.refresh_from_db()
    assert attempt.passed


def test_of_two_who_open_an_essay_only_one_gets_it(hand_in, inga):
    hand_in()
    essay, other = Essay.objects.get(), marker("Otto Marker")
    assert actions.claim(essay=essay, by=inga)
    assert not actions.claim(essay=essay, by=other)
    assert actions.claim(essay=essay, by=inga)  # a second click is no fault


def test_without_the_condition_in_the_update_both_would_get_it(hand_in, inga, monkeypatch):
    """Guards the guard."""
    hand_in()
    essay, other = Essay.objects.get(), marker("Otto Marker")
    monkeypatch.setattr(EssayQuerySet, "free_for", lambda rows, user, now: rows)
    assert actions.claim(essay=essay, by=inga)
    assert actions.claim(essay=essay, by=other)


def test_a_claim_ends_by_itself_and_who_lost_it_can_no_longer_mark(hand_in, inga):
    hand_in()
    essay, other, now = Essay.objects.get(), marker("Otto Marker"), timezone.now()
    assert actions.claim(essay=essay, by=inga, at=now)
    assert not actions.claim(essay=essay, by=other, at=now + CLAIM - timedelta(seconds=1))
    assert actions.claim(essay=essay, by=other, at=now + CLAIM)
    points = {part["key"]: 1 for part in essay.given.question.parts}
    with pytest.raises(actions.NotMarked):
        actions.mark(essay=essay, by=inga, points=points)


def test_who_was_too_slow_gets_back_what_they_wrote(hand_in, inga, client_for):
    hand_in()
    essay, other = Essay.objects.get(), marker("Otto Marker")
    actions.claim(essay=essay, by=inga, at=timezone.now() - CLAIM)
    assert actions.claim(essay=essay, by=other)
    fields = {f"points-{at}": "1" for at in (1, 2)} | {"feedback": "Look at <b>the second</b> part."}
    answer = client_for(inga).post(reverse("essay", args=[essay.key]), fields)
    assert answer.status_code == 409
    assert "Look at &lt;b&gt;the second&lt;/b&gt; part." in answer.content.decode()
    assert not essay.marks.exists()
    essay.refresh_from_db()
    assert essay.claimed_by == other


def test_giving_it_back_frees_it_for_others_and_nobody_can_give_back_anothers(hand_in, inga):
    hand_in()
    essay, other = Essay.objects.get(), marker("Otto Marker")
    actions.claim(essay=essay, by=inga)
    actions.release(essay=essay, by=other)
    assert not actions.claim(essay=essay, by=other)
    actions.release(essay=essay, by=inga)
    assert actions.claim(essay=essay, by=other)


def test_the_same_mark_twice_is_one_mark(hand_in, inga):
    hand_in()
    essay = give(Essay.objects.get(), inga, 2, 2)
    actions.mark(essay=essay, by=inga, points={})
    assert Mark.objects.count() == 1
    assert kinds_of_evidence().count("essay.marked") == 1


def test_a_mark_is_never_changed_or_removed(hand_in, inga):
    hand_in()
    give(Essay.objects.get(), inga, 2, 2)
    for act in (lambda: Mark.objects.update(share="0"), lambda: Mark.objects.all().delete()):
        with pytest.raises(IntegrityError, match="append-only"):
            with_savepoint(act)


def with_savepoint(act: Callable[[], object]) -> None:
    with transaction.atomic():
        act()


# --- two markers ---------------------------------------------------------------------------------------------------
def test_two_marks_that_are_near_enough_count_by_halves(hand_in, inga):
    attempt = hand_in(second_marker=True, marks_may_differ=25)
    essay = give(Essay.objects.get(), inga, 2, 2)
    assert essay.settled_at is None
    essay = give(Essay.objects.get(), marker("Otto Marker"), 2, 1)
    assert essay.share == "7/8"
    attempt.refresh_from_db()
    assert attempt.passed


def test_a_third_decides_where_two_are_far_apart(hand_in, inga):
    attempt = hand_in(second_marker=True, marks_may_differ=25)
    for user, points in ((inga, (2, 2)), (marker("Otto Marker"), (0, 0))):
        assert give(Essay.objects.get(), user, *points).settled_at is None
    assert give(Essay.objects.get(), marker("Uta Marker"), 1, 2).share == "3/4"
    attempt.refresh_from_db()
    assert attempt.passed


def test_nobody_marks_the_same_essay_twice(hand_in, inga):
    hand_in(second_marker=True)
    give(Essay.objects.get(), inga, 2, 2)
    assert not actions.claim(essay=Essay.objects.get(), by=inga)
    assert not Essay.objects.open_for(inga).exists()


def test_the_queue_says_what_waits_for_another_marker(hand_in, inga, client_for):
    hand_in(second_marker=True, marks_may_differ=25)
    other, waits = marker("Otto Marker"), "1 essay that you have marked waits for another marker."
    for user, points in ((inga, (2, 2)), (other, (0, 0))):
        assert waits not in client_for(user).get(reverse("marking")).content.decode()
        give(Essay.objects.get(), user, *points)
        assert waits in client_for(user).get(reverse("marking")).content.decode()
    give(Essay.objects.get(), marker("Uta Marker"), 1, 2)
    assert waits not in client_for(other).get(reverse("marking")).content.decode()


def test_nobody_marks_what_they_wrote(hand_in, inga):
    hand_in(inga)
    assert not Essay.objects.open_for(inga).exists()
    assert not actions.claim(essay=Essay.objects.get(), by=inga)


def test_a_second_marker_sees_nothing_of_the_first_mark(hand_in, inga, client_for):
    hand_in(second_marker=True)
    give(Essay.objects.get(), inga, 2, 1, feedback="Seen only by the writer.")
    other = marker("Otto Marker")
    essay = Essay.objects.get()
    actions.claim(essay=essay, by=other)
    page = client_for(other).get(reverse("essay", args=[essay.key])).content.decode()
    assert "Seen only by the writer." not in page
    assert "Neither sees the mark of the other." in page


# --- the pages -----------------------------------------------------------------------------------------------------
def test_a_marker_marks_from_the_queue_and_reads_no_name(hand_in, inga, ana, client_for):
    hand_in()
    browser, essay = client_for(inga), Essay.objects.get()
    queue = browser.get(reverse("marking")).content.decode()
    assert essay.candidate in queue
    page = browser.post(reverse("essay-claim", args=[essay.key]), follow=True).content.decode()
    for name in (ana.first_name, ana.last_name, ana.email, str(ana.key)):
        assert name not in queue + page
    assert "Mine." in page
    form = {"points-1": "2", "points-2": "1", "feedback": "Warm."}
    done = browser.post(reverse("essay", args=[essay.key]), form, follow=True)
    assert done.redirect_chain == [(reverse("marking"), 302)]
    assert Mark.objects.get().share == "3/4"


def test_filters_that_hide_what_waits_do_not_say_that_all_is_marked(hand_in, inga, client_for):
    hand_in()
    browser, url = client_for(inga), reverse("marking")
    hidden = browser.get(url, {"days": 3}).content.decode()
    assert "Essays wait, but none fits these filters." in hidden
    assert "has its mark" not in hidden
    assert 'name="days"' in hidden
    give(Essay.objects.get(), inga, 2, 2)
    done = browser.get(url).content.decode()
    assert "Every essay you may mark has its mark." in done
    assert 'name="days"' not in done
    assert "0 essays" not in done


def test_names_are_shown_where_the_quiz_says_so(hand_in, inga, ana, client_for):
    hand_in(names_for_markers=True)
    assert ana.name in client_for(inga).get(reverse("marking")).content.decode()


@pytest.mark.parametrize("points", ["", "-1", "3", "1.5", "two"])
def test_points_that_are_none_are_told_by_criterion(hand_in, inga, client_for, points):
    hand_in()
    essay = Essay.objects.get()
    actions.claim(essay=essay, by=inga)
    form = {"points-1": points, "points-2": "1", "feedback": "Kept."}
    page = client_for(inga).post(reverse("essay", args=[essay.key]), form)
    assert page.status_code == 422
    assert "Give from 0 to 2 points" in page.content.decode()
    assert 'id="error-points-1"' in page.content.decode()
    assert 'aria-describedby="hint-points-1 error-points-1"' in page.content.decode()
    assert 'id="error-points-2"' not in page.content.decode()
    assert "Kept." in page.content.decode()
    assert not Mark.objects.exists()


def test_the_queue_is_filtered_by_quiz_by_person_and_by_age(hand_in, inga, client_for):
    attempt = hand_in()
    essay = Essay.objects.get()
    now = timezone.now()

    def found(**filters) -> int:
        return len(reports.queue(inga, filters, now + timedelta(days=3)).rows)

    assert found() == found(quiz=str(attempt.step_key)) == found(person=essay.candidate) == found(days="3") == 1
    assert found(quiz=str(uuid4())) == found(person="0" * 8) == found(days="4") == 0
    bad = client_for(inga).get(reverse("marking"), {"quiz": "x", "person": "'", "days": "-1", "p": "9" * 30})
    assert bad.status_code == 200


def test_one_persons_number_is_the_same_in_a_quiz_and_another_in_the_next(hand_in):
    attempt = hand_in(kinds=("essay", "essay"))
    assert len(set(Essay.objects.values_list("candidate", flat=True))) == 1
    attempt.step_key = uuid4()
    assert Essay.number_of(attempt) != Essay.objects.first().candidate


def test_the_queue_costs_as_much_with_thirty_as_with_one(teams, inga, client_for):
    course = quiz_course(kinds=["essay"])
    browser = client_for(inga)
    counts = []
    for number in range(30):
        enrolment = enrol(person(f"Writer{number} Example", teams.desk), course)
        attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
        actions.save_answer(
            attempt=attempt,
            question_key=attempt.keys[0],
            response=best(attempt.quiz.question(attempt.keys[0])),
            version=attempt.version,
            idem=uuid4(),
        )
        actions.hand_in(attempt=attempt)
        if number in (0, 29):
            browser.get(reverse("marking"))  # the version's content is read once a process
            with CaptureQueriesContext(connection) as queries:
                browser.get(reverse("marking"))
            counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_refusals(hand_in, inga, ana, marek, ela, publisher, auditor, client_for):
    hand_in()
    essay = Essay.objects.get()
    for user in (ana, marek, ela, publisher, auditor):
        browser = client_for(user)
        assert browser.get(reverse("marking")).status_code == 404
        assert browser.get(reverse("essay", args=[essay.key])).status_code == 404
        assert browser.post(reverse("essay-claim", args=[essay.key])).status_code == 404
        assert browser.post(reverse("essay-release", args=[essay.key])).status_code == 404
    browser = client_for(inga)
    assert browser.get(reverse("essay", args=[essay.key])).status_code == 302  # not opened from the queue
    assert browser.get(reverse("essay-claim", args=[essay.key])).status_code == 405
    assert isinstance(Essay.objects.open_for(ana), QuerySet)
    assert not Essay.objects.open_for(ana).exists()


# --- telling the writer --------------------------------------------------------------------------------------------
def test_the_writer_reads_in_their_language_that_the_result_is_there_once_all_is_marked(hand_in, ana, inga):
    ana.language = "lv"
    ana.save()
    attempt = hand_in(kinds=("essay", "essay"))
    first, second = attempt.essays.order_by("pk")
    give(first, inga, 2, 2)
    assert not Mail.objects.filter(kind="essays_marked").exists()
    give(second, inga, 1, 0, feedback="SECRET words")
    give_again = QuizAttempt.objects.get(pk=attempt.pk).essays.get(pk=second.pk)
    actions.mark(essay=give_again, by=inga, points={})  # the same marker a second time
    mail = Mail.objects.get(kind="essays_marked")
    assert (mail.person, mail.language) == (ana, "lv")
    assert "Quiz on calm" in mail.subject
    assert reverse("result", args=[attempt.key]) in mail.text
    assert not any(word in mail.text + mail.html for word in ("SECRET", "passed", "Passed"))


def test_nobody_is_written_to_who_has_left(hand_in, ana, inga):
    attempt = hand_in()
    User.objects.filter(pk=ana.pk).update(is_active=False)
    give(attempt.essays.get(), inga, 2, 2)
    assert QuizAttempt.objects.get().passed
    assert not Mail.objects.filter(kind="essays_marked").exists()
