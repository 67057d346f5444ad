from datetime import UTC, datetime, timedelta
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.scenarios import actions, reports
from assessments.scenarios.models import ReflectionAnswer, ScenarioRun, ScenarioStep, records
from assessments.scenarios.rules import engine
from courses import actions as courses
from courses.models import Completion, Place, StepCompletion
from courses.reports import shown_step
from evidence.models import Personal, Record
from tests.factories import enrol, make_course
from tests.scenarios.factories import EXPERT, LOW, WALKOUT, play, scenario

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def version_of(enrolment, language="en"):
    return shown_step(enrolment, enrolment.course_version.steps[-1].key, language).version


def start(enrolment, **fields) -> ScenarioRun:
    return actions.start_run(enrolment=enrolment, version=version_of(enrolment), **fields)


def test_a_scenario_is_put_together_once_for_all_who_play_its_version(run, assert_queries_at_most):
    put_together = run.scenario
    with assert_queries_at_most(0):
        assert records.scenario_of(run.version_id) is put_together


def test_what_maps_of_a_version_draw_is_explored_once_for_all_of_them_and_not_to_play_it(run, monkeypatch):
    explored = Mock(wraps=records.explore)
    monkeypatch.setattr(records, "explore", explored)
    run = play(run, *WALKOUT)
    assert explored.call_count == 0
    assert records.ways_of(run.version_id) is records.ways_of(run.version_id)
    assert explored.call_count == 1
    assert ("story", "walkout") in records.ways_of(run.version_id)


# --- starting ------------------------------------------------------------------------------------------------------


def test_a_run_begins_at_the_first_scene_and_is_the_place_somebody_stopped(run, enrolment, course):
    assert (run.node_key, run.tension, run.score, run.step_count, run.number) == ("open", 55, 0, 0, 1)
    assert (run.is_open, run.mode) == (True, "graded")
    assert Place.objects.get(enrolment=enrolment).step_key == course.step_keys[1]
    enrolment.refresh_from_db()
    assert enrolment.started_at


def test_starting_again_goes_on_with_the_open_run(run, enrolment):
    assert start(enrolment) == run
    assert ScenarioRun.objects.count() == 1


def test_a_finished_run_is_followed_by_a_new_one(run, enrolment):
    play(run, *LOW)
    again = start(enrolment)
    assert (again.number, again.mode, again.is_open) == (2, "graded", True)


def test_after_passing_every_further_run_is_practice_and_changes_nothing(run, enrolment):
    play(run, *EXPERT)
    practice = start(enrolment)
    assert practice.mode == "practice"
    records = Record.objects.count()
    assert play(practice, *WALKOUT).passed is False
    assert StepCompletion.objects.get().version_id == run.version_id
    assert Record.objects.count() == records


@pytest.fixture
def limited(ana):
    """Two attempts, the second after half an hour."""
    return enrol(ana, make_course("limited", lessons=0, steps=[scenario(attempts_allowed=2, waits="0 30")]))


def test_attempts_and_waits_are_kept_and_one_more_can_be_granted(limited, ela):
    play(start(limited, at=NOON), *LOW, at=NOON)
    with pytest.raises(actions.NotAllowed) as waiting:
        start(limited, at=NOON + timedelta(minutes=29))
    assert (waiting.value.decision.state, waiting.value.decision.until) == ("waiting", NOON + timedelta(minutes=30))
    later = NOON + timedelta(minutes=30)
    play(start(limited, at=later), *LOW, at=later)
    with pytest.raises(actions.NotAllowed) as used_up:
        start(limited, at=later + timedelta(days=9))
    assert used_up.value.decision.state == "used_up"
    step = limited.course_version.steps[-1].key
    courses.allow(enrolment=limited, step_key=step, extra_attempts=1, reason="a fire alarm", by=ela)
    assert start(limited, at=later).number == 3


# --- choosing ------------------------------------------------------------------------------------------------------


def test_a_choice_is_kept_with_what_was_offered_and_what_it_did(run):
    after = play(run, "breathe", at=NOON)
    step = ScenarioStep.objects.get()
    assert (step.seq, step.node_key, step.choice_key, step.kind) == (1, "open", "breathe", "choice")
    assert (step.tension_before, step.tension_after, step.score_after) == (55, 45, 2)
    assert sorted(step.offered) == ["breathe", "excuse", "scan"]
    assert (step.decided_at, step.version) == (NOON, run.version)
    assert (after.node_key, after.tension, after.score, after.step_count) == ("story", 45, 2, 1)


def test_the_expert_path_passes_completes_the_step_and_proves_it(run, enrolment, ana):
    later = run.started_at + timedelta(hours=1)
    done = play(run, *EXPERT, at=later)
    ended = (done.state, done.ending_key, done.outcome, done.passed, done.finished_at)
    assert ended == ("finished", "good", "good", True, later)
    completion = StepCompletion.objects.get(enrolment=enrolment)
    assert (completion.step_key, completion.version_id) == (run.step_key, run.version_id)
    record = Record.objects.get(kind="scenario.finished")
    assert (record.subject, record.facts["passed"], record.facts["turns"]) == (ana.key, True, 5)
    assert Personal.objects.get(record=record).payload["outcome"] == "good"


def test_what_the_record_says_in_the_open_names_no_outcome_and_no_choice(run):
    play(run, *WALKOUT)
    assert not {"outcome", "ending", "score"} & set(Record.objects.get(kind="scenario.finished").facts)


def test_the_last_required_step_completes_the_course(run, enrolment, course):
    lesson = shown_step(enrolment, course.step_keys[0], "en").version
    courses.complete_step(enrolment=enrolment, version=lesson)
    assert not Completion.objects.exists()
    play(run, *EXPERT)
    assert Completion.objects.get().enrolment == enrolment


@pytest.mark.parametrize(("choices", "ending"), [(LOW, "partial"), (WALKOUT, "walkout")])
def test_an_ending_that_does_not_pass_finishes_the_run_and_not_the_step(run, choices, ending):
    done = play(run, *choices)
    assert (done.ending_key, done.passed, done.state) == (ending, False, "finished")
    assert not StepCompletion.objects.exists()
    assert Record.objects.filter(kind="scenario.finished").count() == 1


def choose(run, choice="breathe", **changes):
    form = {"choice": choice, "seq": run.step_count + 1, "idem": uuid4(), "version": run.version}
    return actions.choose(run=run, **form | changes)


def test_the_same_form_twice_is_one_turn(run):
    idem = uuid4()
    first = choose(run, idem=idem)
    second = choose(run, idem=idem)
    assert second.position == first.position
    assert ScenarioStep.objects.count() == 1


def test_the_same_form_with_another_choice_is_told_that_the_turn_is_over(run):
    idem = uuid4()
    choose(run, idem=idem)
    with pytest.raises(actions.StaleTurn) as stale:
        choose(run, "excuse", idem=idem)
    assert stale.value.run.node_key == "story"
    assert ScenarioStep.objects.count() == 1


@pytest.mark.parametrize("seq", [0, 1, 3, 99])
def test_another_turn_than_the_present_one_is_refused(run, seq):
    play(run, "breathe")
    with pytest.raises(actions.StaleTurn):
        choose(run, "wait", seq=seq)
    assert ScenarioStep.objects.count() == 1


@pytest.mark.parametrize("choice", ["", "wait", "nonsense"])
def test_a_choice_that_is_not_offered_is_refused(run, choice):
    with pytest.raises(actions.NotOffered) as refused:
        choose(run, choice)
    assert refused.value.run.node_key == "open"
    assert not ScenarioStep.objects.exists()


def test_a_choice_hidden_by_its_condition_is_refused(run):
    at_facts = play(run, "scan")
    with pytest.raises(actions.NotOffered):
        choose(at_facts, "restate")


def test_nothing_can_be_chosen_after_the_end(run):
    done = play(run, *LOW)
    with pytest.raises(actions.StaleTurn):
        choose(done, "breathe")


# --- what the database itself keeps --------------------------------------------------------------------------------


def test_a_turn_can_be_neither_changed_nor_removed(run):
    play(run, "breathe")
    for act in (lambda: ScenarioStep.objects.update(choice_key="excuse"), lambda: ScenarioStep.objects.all().delete()):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            act()
    assert ScenarioStep.objects.get().choice_key == "breathe"


def test_two_runs_cannot_be_open_at_once(run):
    run.pk, run.key, run.number = None, uuid4(), 2
    run._state.adding = True
    with pytest.raises(IntegrityError), transaction.atomic():
        run.save()


@pytest.mark.parametrize(
    "fields",
    [{"tension": 101}, {"state": "finished"}, {"ending_key": "good"}, {"passed": True}, {"finished_at": NOON}],
)
def test_a_run_that_contradicts_itself_is_refused(run, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        ScenarioRun.objects.filter(pk=run.pk).update(**fields)


# --- replay --------------------------------------------------------------------------------------------------------


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(picks=st.lists(st.integers(0, 11), max_size=12))
def test_replaying_the_stored_steps_gives_the_stored_run(enrolment, picks):
    with transaction.atomic():
        run = start(enrolment)
        for pick in picks:
            if run.is_open:
                keys = reports.shown_keys(run)
                run = play(run, keys[pick % len(keys)])
        stored = ScenarioRun.objects.get(pk=run.pk)
        steps = [(step.node_key, step.choice_key) for step in stored.steps.all()]
        assert engine.replay(stored.scenario, steps) == stored.position
        assert list(reports.differing_runs()) == []
        transaction.set_rollback(True)


def test_check_runs_names_a_run_that_does_not_follow_from_its_steps(run, enrolment, capsys):
    done = play(run, *LOW)
    call_command("check_runs")
    assert "1 of 1" in capsys.readouterr().out
    tampered = {"score": 99, "tension": 1, "node_key": "good", "passed": True, "step_count": 2}
    for field, value in tampered.items():
        true = getattr(done, field)
        ScenarioRun.objects.filter(pk=run.pk).update(**{field: value})
        with pytest.raises(CommandError, match="1 of 1"):
            call_command("check_runs")
        assert str(run.key) in capsys.readouterr().out
        ScenarioRun.objects.filter(pk=run.pk).update(**{field: true})
    call_command("check_runs")


def test_a_run_that_went_back_follows_from_its_steps_too(run):
    after = play(run, "breathe", "model")
    back = {"seq": 3, "kind": "rewind", "rewound_to": 1, "node_key": "cold", "version": run.version, "idem": uuid4()}
    where = {"tension_before": after.tension, "tension_after": 45, "score_after": 2, "decided_at": NOON}
    ScenarioStep.objects.create(run=after, **back, **where)
    after.position = engine.replay(after.scenario, [("open", "breathe")])
    after.step_count = 3
    after.save()
    assert list(reports.differing_runs()) == []


# --- who may see what ----------------------------------------------------------------------------------------------


def test_runs_are_seen_by_their_owner_by_learning_staff_and_auditors_and_never_by_managers(
    run, ana, marek, irena, obcy, ela, publisher, auditor, admin
):
    seen = {
        user
        for user in (ana, marek, irena, obcy, ela, publisher, auditor, admin)
        if ScenarioRun.objects.visible_to(user)
    }
    assert seen == {ana, ela, publisher, auditor, admin}
    may_act = {user for user in (ana, marek, irena, obcy, ela, auditor, admin) if ScenarioRun.objects.open_for(user)}
    assert may_act == {ana}


def test_reflections_are_their_writers_alone(run, ana, marek, ela, auditor, admin):
    done = play(run, *LOW)
    actions.save_reflections(run=done, texts=["I spoke too fast.", ""])
    actions.save_reflections(run=done, texts=["I spoke too fast.", "I will wait."])
    assert list(ReflectionAnswer.objects.order_by("question").values_list("text", flat=True)) == [
        "I spoke too fast.",
        "I will wait.",
    ]
    readers = {user for user in (ana, marek, ela, auditor, admin) if ReflectionAnswer.objects.open_for(user)}
    assert readers == {ana}
