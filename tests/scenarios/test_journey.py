"""One's own way beside an expert's, drawn and in words; what was not met stays unnamed while it can be found out."""

import re
from dataclasses import replace

import pytest
from django.urls import reverse

from assessments.scenarios import actions, reports
from assessments.scenarios.models import ScenarioRun
from assessments.scenarios.reports.journey import journey
from assessments.scenarios.rules.plan import plan
from assessments.scenarios.script import Script
from courses import actions as courses
from courses.reports import shown_step
from tests.factories import enrol, make_course
from tests.scenarios.factories import EXPERT, LOW, WALKOUT, play, scenario, storming, thought
from tests.scenarios.test_playing import NOON, text

pytestmark = pytest.mark.django_db
THERE = "An expert comes through here, too, and goes"


def journey_of(run: ScenarioRun):
    mine = ScenarioRun.objects.open_for(run.enrolment.person).get(pk=run.pk)
    return reports.debrief(mine, "en", NOON, {}).journey


def names(drawn) -> set[str]:
    return {spot.label for spot in drawn.spots}


def test_an_experts_own_way_is_one_way(run):
    mine = journey_of(play(run, *EXPERT))
    assert [way.is_mine for way in mine.ways] == [way.is_expert for way in mine.ways]
    assert sum(way.is_mine for way in mine.ways) == len(EXPERT)
    assert {stop.said for stop in mine.mine[:-1]} == {f"{THERE} the same way on."}
    assert mine.mine[-1].said == "An expert arrives here, too."
    assert [stop.place for stop in mine.mine] == [stop.place for stop in mine.expert]


def test_where_ways_part_both_are_drawn_and_said(run):
    mine = journey_of(play(run, *WALKOUT))
    assert sum(way.is_mine for way in mine.ways) == len(WALKOUT)
    assert sum(way.is_expert for way in mine.ways) == len(EXPERT)
    assert [stop.said for stop in mine.mine] == [
        f"{THERE} another way on.",
        *["An expert does not come through here."] * len(WALKOUT),
    ]
    assert sorted(spot.turns for spot in mine.spots if spot.turns) == ["1", "2", "3"]


def test_a_way_that_no_choice_names_is_drawn_too(run):
    """The tension was too much, which led to an ending that the choice does not lead to."""
    done = play(run, *WALKOUT)
    last = done.scenario.choice(done.steps.last().node_key, WALKOUT[-1])
    assert last.to != done.ending_key
    assert sum(way.is_mine for way in journey_of(done).ways) == len(WALKOUT)


def test_an_ending_that_only_too_much_tension_leads_to_has_its_lines_before_anybody_went_there(ana, player):
    enrolment = enrol(ana, make_course("stormy", lessons=0, steps=[storming()]))
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, "en").version
    run = play(actions.start_run(enrolment=enrolment, version=version), *LOW)
    drawn = plan(run.scenario)
    lines = {way.path: way for way in journey_of(run).ways}
    origins = {key for key in drawn.at if drawn.line(key, "storm").path in lines}
    assert origins == {"cold", "defend", "queue", "story"}
    assert drawn.line("open", "storm").path not in lines  # the tension is never too much so early
    possible = [lines[drawn.line(key, "storm").path] for key in origins]
    assert {(way.is_mine, way.is_expert) for way in possible} == {(False, False)}
    page = text(player.get(reverse("debrief", args=[thought(run).key])))
    line = drawn.line("story", "storm").path
    assert f'<path d="{line}" stroke="var(--field)" stroke-width="1"/>' in page
    walked = play(actions.start_run(enrolment=enrolment, version=version), *WALKOUT)
    assert walked.ending_key == "storm"
    gone = {way.path: way.is_mine for way in journey_of(walked).ways}
    assert [key for key in origins if gone[drawn.line(key, "storm").path]] == [walked.steps.last().node_key]


def test_other_possible_ways_are_told_in_words_and_only_from_places_that_have_a_name(player, run):
    done = play(run, *WALKOUT)
    words = {key: node["say"] or node["scene"] for key, node in Script(run.version.content["body"]).nodes.items()}
    drawn = journey_of(done)
    others, out = {fork.place: fork.goals for fork in drawn.others}, drawn.mine[-1].place
    assert set(others) == {words[key] for key in ("open", "defend", "queue")}
    assert [stop.place for stop in others[words["defend"]]].count(out) == 1
    assert {stop.place or stop.said for goals in others.values() for stop in goals} == {
        out,
        "A place you have not been to yet.",
    }
    page = text(player.get(reverse("debrief", args=[thought(done).key])))
    told = page.split("Other possible ways")[1].split("</details>")[0]
    assert told.count("A place you have not been to yet.") == sum(
        not stop.place for goals in others.values() for stop in goals
    )
    assert words["cold"][:20] not in told


def test_words_and_lines_tell_as_many_other_ways_once_everything_has_its_name(run):
    drawn = journey_of(play(run, *EXPERT))
    told = sum(len(fork.goals) for fork in drawn.others)
    assert told == sum(not way.is_mine and not way.is_expert for way in drawn.ways) > len(EXPERT)


def test_what_was_not_met_has_no_name_while_an_attempt_remains(player, run):
    done = play(run, *WALKOUT)
    mine = journey_of(done)
    assert "?" in names(mine)
    assert sum(spot.label != "?" for spot in mine.spots) == len(WALKOUT) + 1
    assert {stop.place for stop in mine.expert[1:]} == {""}
    assert mine.expert[-1].said == "An ending you have not been to yet."
    page = text(player.get(reverse("debrief", args=[thought(done).key])))
    drawn = re.findall(r"<text[^>]*>([^<]*)</text>", page)
    assert drawn.count("?") == len(mine.spots) - len(WALKOUT) - 1
    assert not {"close", "handover", "good", "depot"} & set(drawn)


@pytest.fixture
def player(ana, client_for):
    return client_for(ana)


def test_what_was_met_in_another_attempt_is_known(run, enrolment):
    first = play(run, *WALKOUT)
    unknown = sum(spot.label == "?" for spot in journey_of(first).spots)
    again = play(actions.start_run(enrolment=enrolment, version=run.version), *LOW)
    assert sum(spot.label == "?" for spot in journey_of(first).spots) < unknown
    assert names(journey_of(first)) == names(journey_of(again))


def test_after_passing_everything_has_its_name(run, enrolment):
    failed = play(run, *WALKOUT)
    play(actions.start_run(enrolment=enrolment, version=run.version), *EXPERT)
    assert "?" not in names(journey_of(failed))
    assert all(stop.place for stop in journey_of(failed).expert)


def test_when_attempts_are_used_up_everything_has_its_name_and_one_more_takes_it_back(ana, ela):
    enrolment = enrol(ana, make_course("limited", lessons=0, steps=[scenario(attempts_allowed=1, waits="")]))
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, "en").version
    done = play(actions.start_run(enrolment=enrolment, version=version), *WALKOUT)
    assert "?" not in names(journey_of(done))
    courses.allow(enrolment=enrolment, step_key=version.step_key, extra_attempts=1, reason="a fire alarm", by=ela)
    assert "?" in names(journey_of(done))


def test_nothing_is_named_while_the_last_attempt_is_open(ana):
    enrolment = enrol(ana, make_course("limited", lessons=0, steps=[scenario(attempts_allowed=2, waits="")]))
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, "en").version
    first = play(actions.start_run(enrolment=enrolment, version=version), *WALKOUT)
    last = actions.start_run(enrolment=enrolment, version=version)
    assert "?" in names(journey_of(first))
    play(last, *WALKOUT)
    assert "?" not in names(journey_of(first))


def test_a_scenario_without_an_experts_way_shows_ones_own(run):
    done = play(run, *WALKOUT)
    done.scenario = replace(done.scenario, expert_path=())
    alone = journey(done, Script(run.version.content["body"]), done.path(), names=None)
    assert alone.expert == []
    assert {stop.said for stop in alone.mine} == {""}
    assert not any(way.is_expert for way in alone.ways)
