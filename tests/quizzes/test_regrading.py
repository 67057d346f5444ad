"""A key was wrong: what marking again would change, doing it, and what it never takes away."""

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from assessments.quizzes import actions
from assessments.quizzes.actions import regrading as regrading_actions
from assessments.quizzes.actions.regrading import mark_again
from assessments.quizzes.models import Question, QuizAttempt, Regraded, Regrading
from assessments.quizzes.models import regrading as regrading_models
from assessments.quizzes.models.regrading import plan, shown
from assessments.quizzes.staff import regrading
from courses import actions as courses
from courses.models import Completion, StepCompletion
from evidence.models import Record
from tests.factories import enrol, key_of, ready_site
from tests.quizzes.factories import BANK, quiz_course, quiz_version


@pytest.fixture
def course(db):
    ready_site()
    return quiz_course(kinds=["single"])


@pytest.fixture
def sat(course, answer) -> Callable[..., QuizAttempt]:
    def sit(person, place: int) -> QuizAttempt:
        """Handed in with the option of this place; the key says the first one is right."""
        enrolment = enrol(person, course)
        attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
        answer(attempt, 1, {"chosen": [attempt.quiz.question(attempt.keys[0]).keys[place]]})
        return actions.hand_in(attempt=attempt)

    return sit


def correct(right: int) -> Question:
    """L&D publishes the question with another key."""
    question = Question.objects.get(translation_key=key_of(BANK, "S1"))
    for at, part in enumerate(question.parts):
        part.value["correct"] = at == right
    question.save()
    return Question.objects.get(pk=question.pk)


def regrade(question: Question, by, **more) -> Regrading:
    made = agree(question, by, **more)
    work(made)
    return made


def agree(question: Question, by, **more) -> Regrading:
    fields = {"digest": plan(question).digest, "reason": "Option B was right.", "key": uuid4()} | more
    return actions.regrade(question=question, by=by, **fields)


def work(made: Regrading) -> str:
    """The worker's part."""
    return mark_again.func(made.pk)


def waiting() -> int:
    """How many tasks are in the queue."""
    return DBTaskResult.objects.filter(task_path=mark_again.module_path).count()


def test_the_preview_says_who_changes_from_what_to_what_and_writes_nothing(sat, ana, obcy, ela):
    sat(ana, 1)
    sat(obcy, 2)
    found = plan(correct(1))
    rows = [(row.attempt.enrolment.person, row.change.before, row.change.after) for row in shown(found, found.changes)]
    assert rows == [(ana, 0, 1)]
    assert (found.newly_passed, found.keep_their_pass, found.same, found.unfit) == (1, 0, 1, 0)
    assert not Regrading.objects.exists()
    assert QuizAttempt.objects.filter(passed=True).count() == 0


def test_the_answer_that_counts_is_the_last_one_before_handing_in(course, ana, answer):
    enrolment = enrol(ana, course)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    options = attempt.quiz.question(attempt.keys[0]).keys
    for place in (1, 2, 0):
        answer(attempt, 1, {"chosen": [options[place]]})
    actions.hand_in(attempt=attempt)
    found = plan(correct(1))
    assert [(change.before, change.after) for change in found.changes] == [(1, 0)]
    assert (plan(correct(0)).changes, plan(correct(0)).same) == ([], 1)


def test_a_preview_reads_whole_attempts_only_of_the_people_on_its_page(
    sat, ana, obcy, marek, ela, client_for, monkeypatch
):
    """Those of a company would not fit in memory."""
    monkeypatch.setattr(regrading, "PAGE", 1)
    for person in (ana, obcy, marek):
        sat(person, 1)
    question = correct(1)
    read, real = [], QuizAttempt.from_db.__func__
    monkeypatch.setattr(QuizAttempt, "from_db", classmethod(lambda *seen: read.append(seen) or real(*seen)))
    page = client_for(ela).get(reverse("regrade", args=[question.translation_key]))
    assert "3 attempts get another mark." in page.content.decode()
    assert len(read) == 1


def test_publishing_another_key_alone_changes_no_mark(sat, ana):
    attempt = sat(ana, 1)
    correct(1)
    attempt.refresh_from_db()
    assert attempt.passed is False


def test_who_passes_now_completes_the_course_now(sat, ana, ela):
    attempt = sat(ana, 1)
    regrade(correct(1), ela)
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.score, attempt.marked[0].mark) == (True, 1, Fraction(1))
    assert Completion.objects.get(enrolment=attempt.enrolment).completed_at > attempt.finished_at


def test_what_was_granted_is_never_taken_away(sat, ana, ela):
    attempt = sat(ana, 0)
    completion, step = Completion.objects.get(), StepCompletion.objects.get()
    question = correct(1)
    assert plan(question).keep_their_pass == 1
    regrade(question, ela)
    attempt.refresh_from_db()
    assert (attempt.passed, attempt.score, attempt.marked[0].mark) == (True, 0, 0)
    assert Completion.objects.get().completed_at == completion.completed_at
    assert StepCompletion.objects.get().score == step.score
    row = Regraded.objects.get()
    assert (row.passed_before, row.passed_after, row.mark_before, row.mark_after) == (True, True, "1", "0")


def test_the_database_itself_refuses_a_pass_that_is_taken_away(sat, ana, ela):
    attempt = sat(ana, 0)
    made = Regrading.objects.create(question_key=uuid4(), question={}, reason="x", by=ela, at=attempt.finished_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Regraded.objects.create(
            regrading=made, attempt=attempt, mark_before="1", mark_after="0", passed_before=True, passed_after=False
        )


def test_it_leaves_a_record_for_each_person_and_one_of_the_act(sat, ana, obcy, ela):
    sat(ana, 1)
    sat(obcy, 1)
    made = regrade(correct(1), ela)
    records = Record.objects.filter(kind="quiz.regraded").order_by("seq")
    assert [record.subject for record in records] == [ana.key, obcy.key]
    assert records[0].facts["passed_before"] is False
    assert records[0].personal.payload["reason"] == "Option B was right."
    act = Record.objects.get(kind="question.regraded")
    assert (act.facts["regrading"], act.facts["changed"], act.facts["by"]) == (str(made.key), 2, str(ela.key))


def test_it_is_one_act_however_often_it_is_sent_and_nothing_is_left_to_change(sat, ana, ela):
    sat(ana, 1)
    question, key = correct(1), uuid4()
    digest = plan(question).digest
    first = regrade(question, ela, key=key, digest=digest)
    assert regrade(question, ela, key=key, digest=digest) == first
    assert Regraded.objects.count() == 1
    assert plan(question).changes == []


def test_what_was_not_in_the_preview_is_not_done(sat, ana, ela):
    sat(ana, 1)
    question = correct(1)
    digest = plan(question).digest
    correct(2)
    with pytest.raises(actions.PlanChanged):
        regrade(question, ela, digest=digest)
    assert not Regrading.objects.exists()


def test_a_worker_that_dies_in_the_middle_leaves_whole_batches_and_the_next_goes_on(
    sat, ana, obcy, marek, ela, monkeypatch
):
    monkeypatch.setattr("assessments.quizzes.actions.regrading.BATCH", 2)
    for person in (ana, obcy, marek):
        sat(person, 1)
    made = agree(correct(1), ela)
    real, calls = courses.complete_step, []

    def dies(**kwargs):
        calls.append(kwargs)
        if len(calls) in (2, 5):  # in the middle of the first batch; then, the next time, in the last one
            raise SystemExit
        return real(**kwargs)

    monkeypatch.setattr("assessments.quizzes.actions.attempts.courses.complete_step", dies)
    for done in (0, 2):
        with pytest.raises(SystemExit):
            work(made)
        assert QuizAttempt.objects.filter(passed=True).count() == Completion.objects.count() == done
        assert (made.regraded.count(), made.left.count()) == (done, 3 - done)
        assert Record.objects.filter(kind="quiz.regraded").count() == done
        assert not Record.objects.filter(kind="question.regraded").exists()
    assert waiting() == 3, "the next try is in the queue before the first batch"
    assert work(made) == "1 attempts"
    assert QuizAttempt.objects.filter(passed=True).count() == Completion.objects.count() == 3
    assert Record.objects.filter(kind="quiz.regraded").count() == 3
    assert Record.objects.get(kind="question.regraded").facts["changed"] == 3
    assert work(made) == "nothing to do"
    assert Record.objects.filter(kind__in=["quiz.regraded", "question.regraded"]).count() == 4


@pytest.fixture
def poison(monkeypatch) -> Callable:
    """Completing a step goes wrong for this person, in this way."""

    def bad_for(person, fault: Exception) -> None:
        real = courses.complete_step

        def complete_step(**kwargs):
            if kwargs["enrolment"].person == person:
                raise fault
            return real(**kwargs)

        monkeypatch.setattr("assessments.quizzes.actions.attempts.courses.complete_step", complete_step)

    return bad_for


@pytest.mark.parametrize("size", [2, 50])
def test_an_attempt_that_cannot_be_marked_is_set_aside_and_the_others_go_on(
    sat, ana, obcy, marek, ela, monkeypatch, poison, size, caplog
):
    monkeypatch.setattr("assessments.quizzes.actions.regrading.BATCH", size)
    bad = sat(ana, 1)
    good = [sat(person, 1) for person in (obcy, marek)]
    made = agree(correct(1), ela)
    poison(ana, ValueError("rotten"))
    assert work(made) == "2 attempts"
    assert list(QuizAttempt.objects.filter(passed=True).order_by("pk")) == good
    left = made.left.get()
    assert left.attempt == bad
    assert left.set_aside_at is not None
    assert str(bad.key) in caplog.text
    assert [record.subject for record in Record.objects.filter(kind="quiz.regraded").order_by("seq")] == [
        person.key for person in (obcy, marek)
    ]
    act = Record.objects.get(kind="question.regraded")
    assert (act.facts["changed"], act.facts["set_aside"]) == (2, 1)
    assert work(made) == "nothing to do"
    assert actions.requeue_regradings(waiting_since=made.at) == 0


def test_where_the_last_one_is_set_aside_the_act_is_proved_all_the_same(sat, ana, ela, poison):
    sat(ana, 1)
    made = agree(correct(1), ela)
    poison(ana, ValueError("rotten"))
    work(made)
    assert Record.objects.get(kind="question.regraded").facts["changed"] == 0


def test_what_was_set_aside_is_in_the_next_preview_and_marked_once_the_cause_is_gone(
    sat, ana, obcy, ela, poison, monkeypatch
):
    bad = sat(ana, 1)
    sat(obcy, 1)
    question = correct(1)
    poison(ana, ValueError("rotten"))
    regrade(question, ela)
    monkeypatch.undo()
    assert [change.attempt_id for change in plan(question).changes] == [bad.pk]
    regrade(question, ela)
    assert QuizAttempt.objects.filter(passed=True).count() == 2


def test_a_fault_of_the_machine_sets_nobody_aside(sat, ana, obcy, ela, poison):
    for person in (ana, obcy):
        sat(person, 1)
    made = agree(correct(1), ela)
    poison(ana, OperationalError("the disk is full"))
    with pytest.raises(OperationalError):
        work(made)
    assert made.left.to_do().count() == 2
    assert waiting() == 2, "the next try is in the queue"


def test_two_workers_at_once_prove_the_act_once(sat, ana, ela):
    sat(ana, 1)
    made = agree(correct(1), ela)
    batch = list(made.left.values_list("pk", flat=True))
    assert [regrading_actions._mark_batch(made, batch) for _worker in range(2)] == [1, 0]
    assert Record.objects.filter(kind="question.regraded").count() == 1


def test_a_lost_task_is_queued_again_as_long_as_something_is_left(sat, ana, ela):
    sat(ana, 1)
    made = agree(correct(1), ela)
    DBTaskResult.objects.all().delete()
    assert actions.requeue_regradings(waiting_since=made.at - timedelta(minutes=1)) == 0
    assert actions.requeue_regradings(waiting_since=made.at) == 1
    assert waiting() == 1
    work(made)
    assert actions.requeue_regradings(waiting_since=made.at) == 0


def test_until_the_worker_comes_no_mark_has_changed(sat, ana, ela):
    attempt = sat(ana, 1)
    made = agree(correct(1), ela)
    attempt.refresh_from_db()
    assert attempt.passed is False
    assert not made.regraded.exists()
    assert waiting() == 1


def test_what_was_agreed_to_is_done_whatever_is_published_meanwhile(sat, ana, ela):
    attempt = sat(ana, 1)
    made = agree(correct(1), ela)
    correct(2)
    work(made)
    attempt.refresh_from_db()
    assert attempt.passed
    assert [part["correct"] for part in made.question["parts"]] == [False, True, False, False]


def test_an_act_of_more_attempts_than_one_write_takes_is_agreed_to_whole(sat, ana, obcy, marek, ela, monkeypatch):
    monkeypatch.setattr("assessments.quizzes.actions.regrading.AGREED_AT_ONCE", 2)
    for person in (ana, obcy, marek):
        sat(person, 1)
    made = agree(correct(1), ela)
    assert made.left.count() == 3
    assert work(made) == "3 attempts"


def test_a_second_act_waits_until_the_first_is_done(sat, ana, obcy, ela, monkeypatch):
    sat(ana, 1)
    sat(obcy, 2)
    first = agree(correct(1), ela)
    other = correct(2)
    digest = plan(other).digest
    with monkeypatch.context() as patch:
        patch.setattr(regrading_actions, "plan", None)  # nor is anything worked out for it
        with pytest.raises(actions.PlanChanged):
            agree(other, ela, digest=digest)
    work(first)
    regrade(other, ela)
    assert Regrading.objects.count() == 2
    assert QuizAttempt.objects.filter(passed=True).count() == 2


def test_a_batch_costs_the_same_of_one_attempt_and_of_many(sat, ana, obcy, marek, ela):
    """But for who passes now: each of them completes a step."""

    def cost(*people) -> int:
        correct(0)
        for person in people:
            sat(person, 0)
        made = agree(correct(1), ela)
        with CaptureQueriesContext(connection) as queries:
            work(made)
        assert made.regraded.count() == len(people)
        return len(queries)

    assert cost(ana) == cost(obcy, marek)


def test_an_answer_that_names_what_is_gone_keeps_its_mark(sat, ana, ela):
    sat(ana, 3)
    question = Question.objects.get(translation_key=key_of(BANK, "S1"))
    question.parts = question.parts.raw_data[:3]
    question.save()
    found = plan(Question.objects.get(pk=question.pk))
    assert (found.changes, found.unfit) == ([], 1)


def test_an_attempt_under_way_is_left_alone(ana, course, answer, ela):
    enrolment = enrol(ana, course)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    answer(attempt, 1)
    assert plan(correct(1)).changes == []


# --- the page ------------------------------------------------------------------------------------------------------
def test_l_and_d_reads_the_preview_gives_a_reason_and_the_learner_reads_that_it_happened(sat, ana, ela, client_for):
    attempt = sat(ana, 1)
    question = correct(1)
    browser, url = client_for(ela), reverse("regrade", args=[question.translation_key])
    page = browser.get(url).content.decode()
    assert "Ana Nowak" in page
    assert "0% → 100%" in page
    form = {"digest": plan(question).digest, "key": str(uuid4())}
    refused = browser.post(url, form)
    assert refused.status_code == 422
    assert not Regrading.objects.exists()
    done = browser.post(url, form | {"reason": "Option B was right."}, follow=True).content.decode()
    assert "Past answers are being marked again: 0 attempts are done." in done
    assert "1 attempt is still to come." in done
    assert "Option B was right." in done
    assert 'name="digest"' not in done
    work(Regrading.objects.get())
    done = browser.get(url).content.decode()
    assert "Nothing would change." in done
    assert "(1 attempt)" in done
    result = client_for(ana).get(reverse("result", args=[attempt.key])).content.decode()
    assert "Your answers were marked again" in result


def test_a_long_preview_has_pages_and_the_act_is_of_all_of_it(sat, ana, obcy, ela, client_for, monkeypatch):
    monkeypatch.setattr(regrading, "PAGE", 1)
    sat(ana, 1)
    sat(obcy, 1)
    question = correct(1)
    browser, url = client_for(ela), reverse("regrade", args=[question.translation_key])
    pages = [browser.get(url, {"p": number}).content.decode() for number in (1, 2)]
    assert [(ana.name in page, obcy.name in page) for page in pages] in (
        [(True, False), (False, True)],
        [(False, True), (True, False)],
    )
    form = {"digest": plan(question).digest, "key": str(uuid4()), "reason": "Option B was right."}
    assert "2 attempts are still to come." in browser.post(url, form, follow=True).content.decode()
    work(Regrading.objects.get())
    assert "(2 attempts)" in browser.get(url).content.decode()


def test_l_and_d_reads_whose_attempt_could_not_be_marked_and_what_to_do(
    sat, ana, obcy, ela, client_for, poison, monkeypatch
):
    bad = sat(ana, 1)
    sat(obcy, 1)
    question = correct(1)
    made = agree(question, ela)
    poison(ana, ValueError("rotten"))
    browser, url = client_for(ela), reverse("regrade", args=[question.translation_key])
    monkeypatch.setattr("assessments.quizzes.actions.regrading.BATCH", 1)
    regrading_actions._mark_or_set_aside(made, [made.left.get(attempt=bad).pk])
    during = browser.get(url).content.decode()
    work(made)
    after = browser.get(url).content.decode()
    assert "1 attempt is still to come." in during
    assert 'name="digest"' in after
    for page in (during, after):
        assert "1 attempt could not be marked again and keeps its mark" in page
        assert f"{ana.name}: {bad.version.title}, attempt 1" in page
        assert str(bad.key) in page
        assert "finds the reason in its log" in page
    monkeypatch.undo()
    regrade(question, ela)
    assert "could not be marked again" not in browser.get(url).content.decode()


def test_of_many_that_could_not_be_marked_the_first_are_named_and_all_are_counted(
    sat, ana, obcy, marek, ela, client_for, monkeypatch
):
    for person in (ana, obcy, marek):
        sat(person, 1)
    question = correct(1)
    made = agree(question, ela)
    first, second, _last = made.left.order_by("pk").values_list("pk", flat=True)
    regrading_actions._set_aside(made, [first, second])
    monkeypatch.setattr(regrading, "NAMED", 1)
    browser, url = client_for(ela), reverse("regrade", args=[question.translation_key])
    during = browser.get(url).content.decode()
    work(made)
    after = browser.get(url).content.decode()
    for page in (during, after):
        assert "2 attempts could not be marked again and keep their marks" in page
        assert page.count("(<code>") == 1
        assert "<li>…</li>" in page


def test_those_who_answered_alike_are_marked_by_one_look_and_a_preview_costs_the_same_of_many(
    sat, ana, obcy, marek, ela, client_for, monkeypatch
):
    looked, real = [], regrading_models._mark_again
    monkeypatch.setattr(regrading_models, "_mark_again", lambda *seen: looked.append(seen) or real(*seen))
    sat(ana, 1)
    question = correct(1)
    browser, url = client_for(ela), reverse("regrade", args=[question.translation_key])

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url).status_code == 200
        return len(queries)

    cost()
    one = cost()
    for person in (obcy, marek):
        sat(person, 1)
    looked.clear()
    assert cost() == one
    assert len(looked) == 2, "one for each version of the quiz, not for each of three people"


def test_pressed_twice_it_is_agreed_to_once_and_says_how_it_goes(sat, ana, ela, client_for):
    sat(ana, 1)
    question = correct(1)
    browser, url = client_for(ela), reverse("regrade", args=[question.translation_key])
    form = {"digest": plan(question).digest, "key": str(uuid4()), "reason": "Option B was right."}
    assert [browser.post(url, form).status_code for _time in range(2)] == [302, 302]
    other = browser.post(url, form | {"key": str(uuid4())})
    assert other.status_code == 422
    assert "Something has changed meanwhile." in other.content.decode()
    assert "are being marked again" in other.content.decode()
    work(Regrading.objects.get())
    assert browser.post(url, form).status_code == 302
    assert Regraded.objects.count() == Regrading.objects.count() == 1


def test_a_preview_that_is_out_of_date_is_shown_anew(sat, ana, ela, client_for):
    sat(ana, 1)
    question = correct(1)
    form = {"digest": "0" * 64, "key": str(uuid4()), "reason": "Wrong key."}
    page = client_for(ela).post(reverse("regrade", args=[question.translation_key]), form)
    assert page.status_code == 422
    assert "Something has changed meanwhile." in page.content.decode()


def test_refusals(sat, ana, marek, auditor, ela, client_for):
    sat(ana, 1)
    question = correct(1)
    url = reverse("regrade", args=[question.translation_key])
    for user in (ana, marek, auditor):
        assert client_for(user).get(url).status_code == 404
        assert client_for(user).post(url, {"reason": "Mine."}).status_code == 404
    assert client_for(None).get(url).status_code == 302
    assert client_for(ela).get(reverse("regrade", args=[uuid4()])).status_code == 404
    assert not Regrading.objects.exists()
