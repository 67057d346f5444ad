"""Many at once, each on a connection of its own."""

import threading
from uuid import uuid4

import pytest
from django.db import connections

from assessments.scenarios import actions
from assessments.scenarios.models import ScenarioRun, ScenarioStep
from courses.models import StepCompletion
from courses.reports import shown_step
from evidence.models import Record
from tests.scenarios.factories import EXPERT, play

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
AT_ONCE = 6


def at_once(act) -> list:
    """What act(number) gave or raised in each of several threads that set off together."""
    barrier, results = threading.Barrier(AT_ONCE), [None] * AT_ONCE

    def work(number: int) -> None:
        barrier.wait()
        try:
            results[number] = act(number)
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_the_same_form_sent_many_times_at_once_is_one_turn(run):
    idem = uuid4()

    def click(_number: int) -> ScenarioRun:
        mine = ScenarioRun.objects.get(pk=run.pk)
        return actions.choose(run=mine, choice="breathe", seq=1, idem=idem, version=mine.version)

    assert {result.node_key for result in at_once(click)} == {"story"}
    assert ScenarioStep.objects.count() == 1


def test_many_tabs_at_once_make_one_turn_and_the_others_are_told(run):
    def click(number: int) -> ScenarioRun:
        mine = ScenarioRun.objects.get(pk=run.pk)
        choice = ("breathe", "excuse", "scan")[number % 3]
        return actions.choose(run=mine, choice=choice, seq=1, idem=uuid4(), version=mine.version)

    results = at_once(click)
    assert sum(isinstance(result, actions.StaleTurn) for result in results) == AT_ONCE - 1
    step, stored = ScenarioStep.objects.get(), ScenarioRun.objects.get()
    assert (stored.step_count, stored.tension) == (1, step.tension_after)


def test_starting_many_times_at_once_makes_one_run(enrolment, course):
    version = shown_step(enrolment, course.step_keys[1], "en").version
    runs = at_once(lambda _number: actions.start_run(enrolment=enrolment, version=version))
    assert {run.pk for run in runs} == {ScenarioRun.objects.get().pk}


def test_the_last_turn_sent_many_times_at_once_completes_the_step_once(run):
    last, idem = play(run, *EXPERT[:-1]), uuid4()

    def click(_number: int) -> ScenarioRun:
        mine = ScenarioRun.objects.get(pk=last.pk)
        return actions.choose(run=mine, choice=EXPERT[-1], seq=5, idem=idem, version=mine.version)

    assert all(result.passed for result in at_once(click))
    assert StepCompletion.objects.count() == 1
    assert Record.objects.filter(kind="scenario.finished").count() == 1
