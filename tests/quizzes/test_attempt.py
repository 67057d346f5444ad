"""The life of an attempt, at the level of its actions."""

import random
from datetime import timedelta
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from assessments.quizzes import actions
from assessments.quizzes.actions import attempts
from assessments.quizzes.models import Answer, QuizAttempt
from assessments.quizzes.models.records import decision
from assessments.quizzes.rules import form_keys
from assessments.quizzes.rules.question import STALE, Refused
from courses import actions as courses
from courses.models import StepCompletion
from evidence.models import Record
from tests.quizzes.factories import enrolled, quiz_version, worst_response


def at(minutes: float):
    return timezone.now() + timedelta(minutes=minutes)


# --- starting ------------------------------------------------------------------------------------------------------


def test_starting_fixes_questions_and_their_order_for_good(attempt):
    assert len(attempt.paper) == 5
    again = QuizAttempt.objects.get(pk=attempt.pk)
    assert again.paper == attempt.paper
    assert again.number == 1


def test_starting_twice_goes_on_with_the_same_attempt(attempt, enrolment, version):
    again = actions.start_attempt(enrolment=enrolment, version=version)
    assert again.pk == attempt.pk
    assert QuizAttempt.objects.count() == 1


def test_starting_in_another_language_goes_on_with_the_same_attempt(ana):
    enrolment = enrolled(ana, languages=("pl", "en"))
    first = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment, "en"))
    assert actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment, "pl")).pk == first.pk


def test_starting_begins_the_course_and_remembers_the_place(attempt, enrolment):
    enrolment.refresh_from_db()
    assert enrolment.started_at is not None
    assert enrolment.place.step_key == attempt.step_key


def test_the_database_itself_refuses_a_second_open_attempt(attempt):
    with pytest.raises(IntegrityError), transaction.atomic():
        QuizAttempt.objects.create(
            enrolment=attempt.enrolment,
            step_key=attempt.step_key,
            version=attempt.version,
            number=2,
            seed="s",
            paper=[],
            started_at=timezone.now(),
        )


def test_the_database_itself_refuses_a_graded_attempt_without_a_grade(attempt):
    with pytest.raises(IntegrityError), transaction.atomic():
        QuizAttempt.objects.filter(pk=attempt.pk).update(finished_at=timezone.now())


def test_attempts_are_counted_and_waited_for(ana):
    enrolment = enrolled(ana, attempts_allowed=2, waits=[0, 30])
    version = quiz_version(enrolment)
    actions.hand_in(attempt=actions.start_attempt(enrolment=enrolment, version=version))
    with pytest.raises(actions.NotAllowed) as refused:
        actions.start_attempt(enrolment=enrolment, version=version)
    assert refused.value.decision.state == "waiting"

    second = actions.start_attempt(enrolment=enrolment, version=version, at=at(31))
    actions.hand_in(attempt=second, at=at(32))
    with pytest.raises(actions.NotAllowed) as refused:
        actions.start_attempt(enrolment=enrolment, version=version, at=at(10_000))
    assert refused.value.decision.state == "used_up"


def test_a_granted_attempt_can_be_started(ana, publisher):
    enrolment = enrolled(ana, attempts_allowed=1)
    version = quiz_version(enrolment)
    actions.hand_in(attempt=actions.start_attempt(enrolment=enrolment, version=version))
    courses.allow(enrolment=enrolment, step_key=version.step_key, reason="Fire alarm", by=publisher, extra_attempts=1)
    assert actions.start_attempt(enrolment=enrolment, version=version).number == 2


def test_a_new_attempt_asks_what_the_person_has_not_met_yet(ana):
    enrolment = enrolled(ana, kinds=["single"] * 6, draw_count=3)
    version = quiz_version(enrolment)
    first = actions.hand_in(attempt=actions.start_attempt(enrolment=enrolment, version=version))
    second = actions.start_attempt(enrolment=enrolment, version=version)
    assert not set(first.keys) & set(second.keys)


# --- answering -----------------------------------------------------------------------------------------------------


def test_the_last_answer_is_the_one_that_counts_and_the_earlier_ones_stay(attempt, answer):
    question = attempt.quiz.question(attempt.keys[0])
    answer(attempt, 1, worst_response(question))
    last = answer(attempt, 1)
    assert attempt.answers_now()[question.key] == last.answer
    assert [row.seq for row in attempt.answers.order_by("seq")] == [1, 2]


def test_the_same_form_sent_twice_is_one_answer(attempt, answer):
    idem = uuid4()
    first = answer(attempt, 1, idem=idem)
    second = answer(attempt, 1, idem=idem)
    assert (second.answer, second.is_new) == (first.answer, False)
    assert Answer.objects.count() == 1


def test_an_old_form_that_comes_once_more_does_not_undo_a_newer_answer(attempt, answer):
    question, idem = attempt.quiz.question(attempt.keys[0]), uuid4()
    answer(attempt, 1, worst_response(question), idem=idem)
    newest = answer(attempt, 1)
    with pytest.raises(actions.NotSaved) as late:
        answer(attempt, 1, worst_response(question), idem=idem)
    assert late.value.state == "superseded"
    assert attempt.answers_now()[question.key] == newest.answer


def test_the_same_form_with_another_answer_is_refused_and_never_called_saved(attempt, answer):
    question, idem = attempt.quiz.question(attempt.keys[0]), uuid4()
    first = answer(attempt, 1, worst_response(question), idem=idem)
    with pytest.raises(Refused):
        answer(attempt, 1, idem=idem)
    with pytest.raises(Refused):
        answer(attempt, 2, idem=idem)
    assert attempt.answers_now() == {question.key: first.answer}


def test_an_answer_that_travelled_slowly_does_not_undo_one_chosen_later_on_the_same_page(attempt, answer):
    question, page = attempt.quiz.question(attempt.keys[0]), form_keys.new()
    slow, quick = UUID(int=page.int + 1), UUID(int=page.int + 2)
    newest = answer(attempt, 1, idem=quick)
    late = answer(attempt, 1, worst_response(question), idem=slow)
    assert (late.answer, late.is_new) == (newest.answer, False)
    assert Answer.objects.get() == newest.answer


def test_nor_one_chosen_in_another_window_meanwhile(attempt, answer):
    question, page = attempt.quiz.question(attempt.keys[0]), form_keys.new()
    answer(attempt, 1, worst_response(question), idem=UUID(int=page.int + 2))
    elsewhere = answer(attempt, 1, idem=form_keys.new())
    answer(attempt, 1, worst_response(question), idem=UUID(int=page.int + 1))
    assert attempt.answers_now()[question.key] == elsewhere.answer


def test_among_many_answers_the_same_ones_count(attempt, answer, monkeypatch):
    """Whether all that was answered before is read, or only what can say whether one more counts."""
    chance, start = random.Random(11), timezone.now()
    pages = [form_keys.new() for _ in range(3)]
    sent = []
    for second in range(120):
        number, page = chance.choice([1, 1, 2]), chance.choice(pages)
        waited = chance.choice([None, None, second - chance.randrange(1, 9)])
        sent.append(
            {
                "number": number,
                "response": chance.choice([None, worst_response(attempt.quiz.question(attempt.keys[number - 1]))]),
                "idem": UUID(int=page.int + chance.randrange(1, 60)),
                "at": start + timedelta(seconds=second),
                "chosen_at": None if waited is None else start + timedelta(seconds=waited),
            }
        )

    def outcome(one):
        given = {name: value for name, value in one.items() if name not in ("number", "response")}
        try:
            saved = answer(attempt, one["number"], one["response"], **given)
        except actions.NotSaved as late:
            return late.state
        except Refused as fault:
            return fault.message
        return saved.is_new, saved.answer.seq, saved.answer.idem

    told = []
    for many in (2, 1000):
        monkeypatch.setattr(attempts, "MANY", many)
        with transaction.atomic():
            told.append([outcome(one) for one in sent])
            transaction.set_rollback(True)
    assert told[0] == told[1]
    kinds = {row if isinstance(row, str) else row[0] for row in told[0]}
    assert {True, False, "superseded", STALE} <= kinds


# --- answers that waited for a network -------------------------------------------------------------------------------
def test_an_answer_that_waited_does_not_undo_what_was_answered_elsewhere_meanwhile(attempt, answer):
    question = attempt.quiz.question(attempt.keys[0])
    elsewhere = answer(attempt, 1, at=at(-1))
    with pytest.raises(actions.NotSaved) as late:
        answer(attempt, 1, worst_response(question), chosen_at=at(-2))
    assert late.value.state == "superseded"
    assert attempt.answers_now() == {question.key: elsewhere.answer}


def test_one_whose_reply_was_lost_is_not_called_saved_once_another_was_chosen_elsewhere(attempt, answer):
    question, page = attempt.quiz.question(attempt.keys[0]), form_keys.new()
    here = {"response": worst_response(question), "idem": UUID(int=page.int + 1)}
    answer(attempt, 1, **here, at=at(-3))
    elsewhere = answer(attempt, 1, at=at(-2))
    with pytest.raises(actions.NotSaved) as late:
        answer(attempt, 1, **here, chosen_at=at(-3))
    assert late.value.state == "superseded"
    again = answer(attempt, 1, here["response"], idem=form_keys.new(), at=at(-1))
    told = answer(attempt, 1, **here, chosen_at=at(-3))
    assert not told.is_new, "the answer that counts says the same"
    assert attempt.answers_now() == {question.key: again.answer}
    assert [row.pk for row in Answer.objects.order_by("seq")][1:] == [elsewhere.answer.pk, again.answer.pk]


@pytest.mark.parametrize("is_same_page, chosen", [(False, -1), (True, -3)])
def test_it_counts_where_it_was_chosen_later_or_on_the_same_page(attempt, answer, is_same_page, chosen):
    question, page = attempt.quiz.question(attempt.keys[0]), form_keys.new()
    other = UUID(int=page.int + 1) if is_same_page else form_keys.new()
    answer(attempt, 1, worst_response(question), idem=other, at=at(-2))
    waited = answer(attempt, 1, idem=UUID(int=page.int + 2), chosen_at=at(chosen))
    assert waited.is_new
    assert attempt.answers_now() == {question.key: waited.answer}


@pytest.mark.parametrize("checked", [False, True])
def test_one_that_its_form_had_brought_already_is_not_kept_twice(attempt, answer, checked):
    first = answer(attempt, 1, checked=checked)
    assert answer(attempt, 1, chosen_at=at(-2)) == actions.Saved(first.answer, is_new=False)
    assert Answer.objects.count() == 1


def test_one_that_comes_after_the_time_is_late_whenever_it_was_chosen(timed, answer):
    with time_machine.travel("2026-11-23 10:30:11 +0100", tick=False), pytest.raises(actions.NotSaved) as late:
        answer(timed, 1, chosen_at=at(-10))
    assert late.value.state == "time_over"


def test_a_checked_question_takes_no_other_answer(attempt, answer):
    answer(attempt, 1, checked=True)
    with pytest.raises(actions.NotSaved) as late:
        answer(attempt, 1)
    assert late.value.state == "checked"


def test_checking_twice_with_one_form_is_one_answer(attempt, answer):
    idem = uuid4()
    assert answer(attempt, 1, idem=idem, checked=True).is_new
    assert not answer(attempt, 1, idem=idem, checked=True).is_new


def test_an_answer_after_handing_in_is_refused(attempt, answer):
    actions.hand_in(attempt=attempt)
    with pytest.raises(actions.NotSaved) as late:
        answer(attempt, 1)
    assert late.value.state == "handed_in"
    assert not Answer.objects.exists()


@pytest.mark.parametrize("change", [{"response": {"chosen": []}}, {"checked": True}])
def test_an_answer_is_never_changed_in_the_database(attempt, answer, change):
    answer(attempt, 1)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Answer.objects.update(**change)


def test_an_answer_is_never_removed_from_the_database(attempt, answer):
    answer(attempt, 1)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Answer.objects.all().delete()


def test_a_question_is_marked_for_review_and_the_mark_taken_away(attempt):
    key = attempt.keys[2]
    actions.flag(attempt=attempt, question_key=key, on=True)
    assert actions.flag(attempt=attempt, question_key=key, on=True).flagged == [key]
    assert actions.flag(attempt=attempt, question_key=key, on=False).flagged == []


def test_nothing_is_marked_for_review_after_handing_in(attempt):
    actions.hand_in(attempt=attempt)
    assert actions.flag(attempt=attempt, question_key=attempt.keys[0], on=True).flagged == []


# --- handing in ----------------------------------------------------------------------------------------------------


def test_all_right_passes_and_completes_the_step_and_the_course(attempt, answer_all, enrolment):
    answer_all(attempt)
    done = actions.hand_in(attempt=attempt)
    assert (done.passed, done.score, done.max, done.hand_in_kind) == (True, 5, 5, "learner")
    assert StepCompletion.objects.get(enrolment=enrolment).score == 1
    enrolment.refresh_from_db()
    assert enrolment.completed_at == done.finished_at


def test_nothing_answered_does_not_pass_and_completes_nothing(attempt, enrolment):
    done = actions.hand_in(attempt=attempt)
    assert (done.passed, done.score, done.max) == (False, 0, 5)
    assert not StepCompletion.objects.exists()


def test_handing_in_twice_gives_the_same_result(attempt, answer_all):
    answer_all(attempt)
    first = actions.hand_in(attempt=attempt)
    second = actions.hand_in(attempt=attempt, at=at(5))
    assert (second.finished_at, second.score) == (first.finished_at, first.score)
    assert Record.objects.filter(kind="quiz.handed_in").count() == 1
    assert StepCompletion.objects.count() == 1


def test_marks_are_kept_exactly_and_the_score_is_rounded_down(attempt, answer):
    number = next(at for at, key in enumerate(attempt.keys, 1) if attempt.quiz.question(key).type == "matching")
    question = attempt.quiz.question(attempt.keys[number - 1])
    first, second, third = question.keys
    answer(attempt, number, {"pairs": {first: first, second: second, third: first}})
    done = actions.hand_in(attempt=attempt)
    marks = {row["question"]: row["mark"] for row in done.marks}
    assert marks[question.key] == "2/3"
    assert str(done.score) == "0.666"


def test_the_evidence_of_a_result_names_no_person_and_no_score(attempt, ana):
    actions.hand_in(attempt=attempt)
    record = Record.objects.get(kind="quiz.handed_in")
    assert record.subject == ana.key
    assert record.facts["attempt"] == str(attempt.key)
    assert "score" not in record.facts
    assert ana.email not in str(record.facts)
    assert ana.last_name not in str(record.facts)


def test_a_result_and_its_evidence_stand_or_fall_together(attempt, answer_all, monkeypatch):
    answer_all(attempt)

    def broken(**kwargs):
        raise RuntimeError

    monkeypatch.setattr("assessments.quizzes.actions.attempts.courses.complete_step", broken)
    with pytest.raises(RuntimeError):
        actions.hand_in(attempt=attempt)
    attempt.refresh_from_db()
    assert attempt.is_open
    assert not Record.objects.filter(kind="quiz.handed_in").exists()


def test_a_clock_that_was_set_back_makes_no_negative_duration(attempt):
    done = actions.hand_in(attempt=attempt, at=at(-60))
    assert done.finished_at == done.started_at


def test_whoever_passed_a_counted_quiz_cannot_start_it_again(ana, answer_all):
    enrolment = enrolled(ana, attempts_allowed=3)
    version = quiz_version(enrolment)
    attempt = actions.start_attempt(enrolment=enrolment, version=version)
    answer_all(attempt)
    actions.hand_in(attempt=attempt)
    with pytest.raises(actions.NotAllowed) as refused:
        actions.start_attempt(enrolment=enrolment, version=version)
    assert refused.value.decision.state == "passed"


def test_a_worse_attempt_afterwards_takes_nothing_away(attempt, answer_all, enrolment, version):
    answer_all(attempt)
    actions.hand_in(attempt=attempt)
    actions.hand_in(attempt=actions.start_attempt(enrolment=enrolment, version=version))
    assert StepCompletion.objects.get(enrolment=enrolment).score == 1


def test_a_module_with_a_pass_mark_of_its_own_can_fail_the_whole(ana, answer):
    enrolment = enrolled(ana, kinds=["single"] * 5, pass_mark=40, must_pass={"calm": 80})
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    for number in (1, 2, 3):
        answer(attempt, number)
    assert actions.hand_in(attempt=attempt).passed is False


# --- time ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def timed(ana):
    """An attempt of 30 minutes, started at 10:00."""
    with time_machine.travel("2026-11-23 10:00 +0100", tick=False):
        enrolment = enrolled(ana, time_limit_minutes=30)
        yield actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))


def fresh(attempt: QuizAttempt) -> QuizAttempt:
    return QuizAttempt.objects.open_for(attempt.enrolment.person).get(pk=attempt.pk)


def test_an_answer_in_the_last_second_counts(timed, answer):
    with time_machine.travel("2026-11-23 10:30:00 +0100", tick=False):
        assert answer(timed, 1).is_new


def test_an_answer_after_the_time_is_refused_and_the_saved_ones_are_graded(timed, answer):
    answer(timed, 1)
    with time_machine.travel("2026-11-23 10:30:11 +0100", tick=False):
        with pytest.raises(actions.NotSaved) as late:
            answer(timed, 2)
        assert late.value.state == "time_over"
        done = actions.hand_in(attempt=timed)
    assert (done.score, done.hand_in_kind) == (1, "time_over")


def test_a_retry_of_an_answer_saved_in_time_is_not_called_late(timed, answer):
    idem = uuid4()
    first = answer(timed, 1, idem=idem)
    with time_machine.travel("2026-11-23 11:00 +0100", tick=False):
        assert answer(timed, 1, idem=idem).answer == first.answer


def test_more_time_granted_before_the_start_counts(ana, publisher):
    enrolment = enrolled(ana, time_limit_minutes=30)
    version = quiz_version(enrolment)
    courses.allow(
        enrolment=enrolment, step_key=version.step_key, reason="Dyslexia", by=publisher, extra_time_percent=50
    )
    attempt = actions.start_attempt(enrolment=enrolment, version=version)
    assert attempt.deadline_at - attempt.started_at == timedelta(minutes=45)


def test_more_time_granted_during_the_attempt_counts_at_once(timed, answer, publisher):
    courses.allow(
        enrolment=timed.enrolment, step_key=timed.step_key, reason="Fire alarm", by=publisher, extra_time_percent=100
    )
    assert fresh(timed).until - timed.started_at == timedelta(minutes=60)
    with time_machine.travel("2026-11-23 10:45 +0100", tick=False):
        assert answer(timed, 1).is_new


def test_starting_again_closes_an_attempt_whose_time_is_over(timed, answer):
    answer(timed, 1)
    with time_machine.travel("2026-11-23 12:00 +0100", tick=False):
        second = actions.start_attempt(enrolment=timed.enrolment, version=timed.version)
    timed.refresh_from_db()
    assert (timed.hand_in_kind, timed.score) == ("time_over", 1)
    assert second.number == 2


def test_an_overdue_attempt_is_closed_also_where_no_other_may_start(ana):
    with time_machine.travel("2026-11-23 10:00 +0100", tick=False):
        enrolment = enrolled(ana, time_limit_minutes=30, attempts_allowed=1)
        attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    with time_machine.travel("2026-11-23 12:00 +0100", tick=False), pytest.raises(actions.NotAllowed):
        actions.start_attempt(enrolment=enrolment, version=attempt.version)
    attempt.refresh_from_db()
    assert attempt.hand_in_kind == "time_over"


def test_an_overdue_attempt_that_passes_when_closed_is_the_result(timed, answer_all):
    answer_all(timed)
    with time_machine.travel("2026-11-23 12:00 +0100", tick=False):
        found = actions.start_attempt(enrolment=timed.enrolment, version=timed.version)
    assert (found.pk, found.passed) == (timed.pk, True)


# --- who may see ---------------------------------------------------------------------------------------------------


def test_results_are_seen_by_oneself_learning_staff_and_auditors_never_by_managers(
    attempt, ana, marek, obcy, ela, publisher, auditor, admin
):
    seen_by = {
        person: QuizAttempt.objects.visible_to(person).exists() for person in (ana, ela, publisher, auditor, admin)
    }
    assert all(seen_by.values())
    assert not QuizAttempt.objects.visible_to(marek).exists()
    assert not QuizAttempt.objects.visible_to(obcy).exists()


def test_only_its_owner_may_act_in_an_attempt(attempt, ana, marek, admin):
    assert QuizAttempt.objects.open_for(ana).get() == attempt
    assert not QuizAttempt.objects.open_for(marek).exists()
    assert not QuizAttempt.objects.open_for(admin).exists()


def test_the_decision_counts_this_step_of_this_enrolment_only(attempt, obcy):
    from tests.factories import Course, enrol

    other = enrol(obcy, Course(key=attempt.enrolment.course_key, title=""))
    verdict = decision(other, attempt.step_key, attempt.quiz, timezone.now())
    assert verdict.number == 1


def test_part_marks_can_be_switched_off(ana, answer):
    enrolment = enrolled(ana, kinds=["matching"], partial_credit=False)
    attempt = actions.start_attempt(enrolment=enrolment, version=quiz_version(enrolment))
    first, second, third = attempt.quiz.question(attempt.keys[0]).keys
    answer(attempt, 1, {"pairs": {first: first, second: second, third: first}})
    assert Fraction(actions.hand_in(attempt=attempt).marks[0]["mark"]) == 0
