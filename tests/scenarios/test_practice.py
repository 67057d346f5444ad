"""Practice: it begins in the middle of what was played, one goes back in it, and it counts for nothing."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.scenarios import actions, reports
from assessments.scenarios.models import ScenarioRun, ScenarioStep
from assessments.scenarios.models.records import decision
from courses.models import StepCompletion
from courses.reports import shown_step
from evidence.models import Record
from tests.factories import enrol, make_course
from tests.scenarios.factories import EXPERT, LOW, WALKOUT, play, scenario, thought
from tests.scenarios.test_playing import NOON, form_of, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def player(ana, client_for):
    return client_for(ana)


def back(run: ScenarioRun, to: int, **changes) -> ScenarioRun:
    form = {"seq": run.step_count + 1, "idem": uuid4(), "version": run.version}
    return actions.rewind(run=run, to=to, **form | changes)


@pytest.fixture
def practice(run) -> ScenarioRun:
    """Of the walkout, from its second turn on."""
    return actions.practise(run=play(run, *WALKOUT), turn=2, seed=2)


# --- beginning -----------------------------------------------------------------------------------------------------


def test_practice_takes_over_the_turns_before_and_leaves_the_finished_run_alone(run, practice):
    done = ScenarioRun.objects.get(pk=run.pk)
    assert (practice.mode, practice.number, practice.is_open, practice.version) == ("practice", 2, True, run.version)
    assert [step.choice_key for step in practice.steps.all()] == [WALKOUT[0]]
    first = done.steps.get(seq=1)
    assert (practice.tension, practice.step_count) == (first.tension_after, 1)
    assert practice.node_key == done.steps.get(seq=2).node_key
    assert (done.state, done.ending_key, done.step_count) == ("finished", "walkout", 3)


def test_pressed_twice_it_is_the_same_practice(run, practice):
    assert actions.practise(run=ScenarioRun.objects.get(pk=run.pk), turn=2) == practice
    assert ScenarioRun.objects.count() == 2


def test_other_practice_is_left_and_kept(run, practice):
    play(practice, "rules")
    other = actions.practise(run=ScenarioRun.objects.get(pk=run.pk), turn=1)
    practice.refresh_from_db()
    assert (practice.state, practice.step_count, practice.passed) == ("abandoned", 2, None)
    assert (other.step_count, other.number) == (0, 3)
    assert list(reports.differing_runs()) == []


@pytest.mark.parametrize("turn", [0, 4, -1])
def test_a_turn_that_was_not_taken_is_no_place_to_begin(run, turn):
    with pytest.raises(actions.NotOffered):
        actions.practise(run=play(run, *WALKOUT), turn=turn)


def test_an_attempt_that_counts_is_never_put_aside_for_practice(run, enrolment):
    done = play(run, *LOW)
    again = actions.start_run(enrolment=enrolment, version=run.version)
    with pytest.raises(actions.Underway) as underway:
        actions.practise(run=done, turn=1)
    assert underway.value.run == again


def test_practice_is_put_aside_for_an_attempt_that_counts(run, practice, enrolment):
    again = actions.start_run(enrolment=enrolment, version=run.version)
    practice.refresh_from_db()
    assert (again.mode, again.number, practice.state) == ("graded", 3, "abandoned")


# --- counting for nothing ------------------------------------------------------------------------------------------


def test_practice_that_goes_well_finishes_no_step_and_leaves_no_record(run, practice, enrolment):
    records = Record.objects.count()
    done = play(back(practice, 0), *EXPERT)
    assert (done.state, done.passed) == ("finished", True)
    assert not StepCompletion.objects.exists()
    assert Record.objects.count() == records
    place = (enrolment.pk, str(run.step_key))
    assert reports.standing([enrolment], {}, {})[place].state == "ready"


def test_practice_uses_up_no_attempt_and_makes_nobody_wait(ana):
    enrolment = enrol(ana, make_course("limited", lessons=0, steps=[scenario(attempts_allowed=2, waits="0 30")]))
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, "en").version
    first = play(actions.start_run(enrolment=enrolment, version=version, at=NOON), *LOW, at=NOON)
    before = decision(enrolment, version.step_key, version.content["body"], NOON)
    later = NOON.replace(hour=20)
    play(actions.practise(run=first, turn=1, at=later), *WALKOUT, at=later)
    assert decision(enrolment, version.step_key, version.content["body"], NOON) == before
    place = (enrolment.pk, str(version.step_key))
    ScenarioRun.objects.filter(pk=first.pk).update(finished_at=NOON.replace(year=2020))
    assert reports.standing([enrolment], {}, {})[place].state == "ready"


# --- going back ----------------------------------------------------------------------------------------------------


def test_going_back_is_a_step_and_nothing_is_forgotten(practice):
    on = play(practice, "rules")
    tension = ScenarioStep.objects.get(run=on, seq=1).tension_after
    there = back(on, 1)
    assert (there.step_count, there.tension, there.node_key) == (3, tension, practice.node_key)
    assert [step.kind for step in there.steps.all()] == ["choice", "choice", "rewind"]
    assert [step.seq for step in there.path()] == [1]
    further = play(there, "rules")
    assert [step.seq for step in further.path()] == [1, 4]
    assert list(reports.differing_runs()) == []


def test_back_to_the_start_is_the_start(practice):
    there = back(practice, 0)
    assert (there.node_key, there.tension, there.score, there.flags) == ("open", 55, 0, [])


def test_the_same_going_back_twice_is_one(practice):
    idem, seq = uuid4(), practice.step_count + 1
    once = back(practice, 0, idem=idem, seq=seq)
    twice = back(once, 0, idem=idem, seq=seq)
    assert twice.position == once.position
    assert practice.steps.count() == 2
    with pytest.raises(actions.StaleTurn):
        back(practice, 0, idem=uuid4(), seq=seq)
    with pytest.raises(actions.StaleTurn):
        back(twice, 0, idem=idem, seq=seq + 1)


def test_only_to_a_turn_that_stands_and_only_in_practice(run, practice):
    on = play(practice, "rules")
    for to in (2, 7, -1):  # 2 is where one stands
        with pytest.raises(actions.NotOffered):
            back(on, to)
    gone = play(back(on, 0), "breathe")
    with pytest.raises(actions.NotOffered):
        back(gone, 1)  # a turn that was taken back
    with pytest.raises(actions.NotOffered):
        back(back(gone, 0), 0)  # nothing is left to go back from
    graded = play(actions.start_run(enrolment=run.enrolment, version=run.version), "breathe")
    with pytest.raises(actions.NotOffered):
        back(graded, 0)
    assert list(reports.differing_runs()) == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_wherever_one_goes_back_to_replaying_gives_where_one_stands(data, run, practice):
    """Against a slow model: a list of choices that is cut."""
    run = actions.practise(run=ScenarioRun.objects.get(pk=run.pk), turn=1, seed=3)
    stands: list[tuple[int, str]] = [(step.seq, step.choice_key) for step in run.path()]
    for _ in range(6):
        run = ScenarioRun.objects.get(pk=run.pk)
        if not run.is_open:
            break
        if stands and data.draw(st.booleans()):
            to = data.draw(st.sampled_from([0, *(seq for seq, _choice in stands)][:-1]))
            run = back(run, to)
            stands = [turn for turn in stands if turn[0] <= to]
        else:
            choice = data.draw(st.sampled_from(reports.shown_keys(run)))
            run = play(run, choice)
            stands.append((run.step_count, choice))
        assert [(step.seq, step.choice_key) for step in run.path()] == stands
    assert list(reports.differing_runs()) == []


# --- on the screen -------------------------------------------------------------------------------------------------


def test_the_debrief_offers_the_moment_it_turned(player, run):
    done = thought(play(run, "scan", "status", "depot", "never"))  # rose most in turn 2, where nothing better was left
    page = text(player.get(reverse("debrief", args=[run.key])))
    assert "Practise from turn 1" in page
    response = player.post(reverse("run-practise", args=[done.key]), {"turn": "1"})
    practice = ScenarioRun.objects.latest("pk")
    assert response.url == reverse("run", args=[practice.key])
    assert "Practice: it counts for nothing, and you can go back." in text(player.get(response.url))


def test_where_nothing_could_be_better_nothing_is_offered(player, run):
    assert "Practise from turn" not in text(player.get(reverse("debrief", args=[thought(play(run, *EXPERT)).key])))


def test_one_goes_back_with_a_button_and_never_in_what_counts(player, run, practice):
    play(practice, "rules")
    url = reverse("run", args=[practice.key])
    page = player.get(url)
    offered = re.findall(r'name="to" value="(\d+)"', page.content.decode())
    assert offered == ["0", "1"]
    assert "Go back to turn 2" in text(page)
    response = player.post(reverse("run-rewind", args=[practice.key]), form_of(page) | {"to": "1"})
    assert response.url == url
    assert "Turn 2:" in text(player.get(url))
    stale = player.post(reverse("run-rewind", args=[practice.key]), form_of(page) | {"to": "0"}, follow=True)
    assert "You had answered that turn already." in text(stale)
    graded = play(actions.start_run(enrolment=run.enrolment, version=run.version), "breathe")
    page = player.get(reverse("run", args=[graded.key]))
    assert 'name="to"' not in page.content.decode()
    refused = player.post(reverse("run-rewind", args=[graded.key]), form_of(page) | {"to": "0"})
    assert refused.status_code == 422
    assert "One goes back in practice only" in text(refused)


def test_the_turns_of_a_debrief_are_those_that_stand(player, practice):
    done = play(back(play(practice, "rules"), 0), *EXPERT)
    page = text(player.get(reverse("debrief", args=[thought(done).key])))
    assert page.count("Tension after it:") == len(EXPERT)
    assert "This was practice. To finish the step, take an attempt that counts." in page


def test_who_comes_back_in_the_middle_reads_where_they_stand(player, practice, enrolment):
    play(back(practice, 0), "breathe")
    page = text(player.get(reverse("step", args=[enrolment.key, practice.step_key])))
    assert "You stopped at turn 2" in page
    assert "Leave the practice and start an attempt that counts" in page
    place = (enrolment.pk, str(practice.step_key))
    assert reports.standing([enrolment], {}, {})[place].text == "You stopped in the middle of practice"


def test_a_form_that_says_nothing_is_told_what_is_missing(player, run, practice):
    assert player.post(reverse("run-rewind", args=[practice.key]), {}).status_code == 422
    for turn in ("", "x", "9", "9" * 30):
        assert player.post(reverse("run-practise", args=[run.key]), {"turn": turn}).status_code == 422
    assert player.post(reverse("run-practise", args=[practice.key]), {"turn": "1"}).status_code == 404


def test_practice_waits_for_an_attempt_that_counts_and_says_so(player, run, enrolment):
    done = play(run, *LOW)
    again = actions.start_run(enrolment=enrolment, version=run.version)
    response = player.post(reverse("run-practise", args=[done.key]), {"turn": "1"}, follow=True)
    assert response.redirect_chain[0][0] == reverse("run", args=[again.key])
    assert "An attempt that counts is open." in text(response)


def test_going_back_costs_few_queries(player, practice, assert_queries_at_most):
    form = form_of(player.get(reverse("run", args=[practice.key]))) | {"to": "0"}
    with assert_queries_at_most(10):
        player.post(reverse("run-rewind", args=[practice.key]), form)


# --- on paper ------------------------------------------------------------------------------------------------------


def test_the_transcript_holds_everything_that_was_said_and_where_one_went_back(player, practice):
    done = play(back(back(play(practice, "rules"), 1), 0), *EXPERT)
    page = text(player.get(reverse("transcript", args=[done.key])))
    for words in ("You went back to turn 2.", "Put the scanner down and breathe out.", "How it ended", "19:30"):
        assert words in page


def test_an_open_run_has_no_transcript(player, run):
    assert player.get(reverse("transcript", args=[run.key])).status_code == 404


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["run-rewind", "run-practise", "transcript"])
def test_practice_is_nobody_elses(run, practice, name, obcy, marek, irena, ela, publisher, auditor, admin, client_for):
    url = reverse(name, args=[run.key])
    for user in (obcy, marek, irena, ela, publisher, auditor, admin):
        client = client_for(user)
        response = client.get(url) if name == "transcript" else client.post(url, {"turn": "1"})
        assert response.status_code == 404
    assert "/login/" in client_for(None).get(url).url
    wrong = client_for(run.enrolment.person)
    assert (wrong.post(url) if name == "transcript" else wrong.get(url)).status_code == 405
