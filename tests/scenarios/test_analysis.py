"""What L&D learn of a scenario: every figure beside a slow count of the same runs, and nothing of fewer than five."""

import csv
import io
import random
import re
from collections import Counter, defaultdict
from datetime import timedelta
from statistics import median_low

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.privacy import PEOPLE_AT_LEAST
from assessments.scenarios import actions, reports
from assessments.scenarios.models import ScenarioPage, ScenarioRun
from assessments.scenarios.reports import analysis as figures
from assessments.scenarios.reports import sheets
from assessments.selecting import ALL, Selection
from courses.reports import shown_step
from tests.conftest import person
from tests.factories import Course, enrol, make_course, ready_site
from tests.scenarios.factories import EXPERT, LOW, WALKOUT, play, scenario
from tests.scenarios.test_playing import NOON, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(db) -> Course:
    ready_site()
    return make_course(lessons=0, steps=[scenario()])


def begin(who, course: Course, language: str = "en", at=NOON, **fields) -> ScenarioRun:
    enrolment = enrol(who, course)
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, language).version
    return actions.start_run(enrolment=enrolment, version=version, at=at, **fields)


def everybody(teams, count: int):
    return [person(f"Osoba{number} Nowak", teams.desk) for number in range(count)]


def structure(course: Course) -> str:
    return figures.structures(course.step_keys[0])[0].sha256


def page_of(course: Course, **selection) -> figures.Analysis:
    chosen = Selection(structure=structure(course), **selection)
    return figures.analysis(course.step_keys[0], chosen, "en")


def strolled(teams, course: Course, count: int = 24) -> list[ScenarioRun]:
    """Runs of so many people, who choose at random; one in four leaves before the end."""
    dice, runs = random.Random(7), []
    for number, who in enumerate(everybody(teams, count)):
        run, at = begin(who, course, ("en", "pl")[number % 2], seed=number), NOON
        for _ in range(dice.randint(1, 3) if number % 4 == 0 else 40):
            if not run.is_open:
                break
            at += timedelta(seconds=dice.randint(1, 30))
            run = play(run, dice.choice(reports.shown_keys(run)), at=at)
        runs.append(ScenarioRun.objects.get(pk=run.pk))
    return runs


def test_every_figure_is_what_a_slow_count_gives(teams, course):
    runs = strolled(teams, course)
    page = page_of(course)
    steps = [(run, step) for run in runs for step in run.steps.all()]
    taken = Counter((step.node_key, step.choice_key) for _run, step in steps)
    offered = Counter((step.node_key, key) for _run, step in steps for key in step.offered)
    stopped = Counter(run.node_key for run in runs if run.is_open)
    seconds = defaultdict(list)
    for _run, step in steps:
        seconds[step.node_key].append(step.seconds)
    assert (page.people, page.finished) == (len(runs), sum(not run.is_open for run in runs))
    assert page.passed == pytest.approx(100 * sum(bool(run.passed) for run in runs) / page.finished)
    shown = [scene for scene in page.scenes if not scene.is_few]
    assert len(shown) >= 5
    for scene in shown:
        here = sum(times for (node, _choice), times in taken.items() if node == scene.key)
        assert (scene.arrived, scene.stopped) == (here + stopped[scene.key], stopped[scene.key])
        assert scene.typical == median_low(sorted(seconds[scene.key]))
        for choice in scene.choices:
            at = (scene.key, choice.key)
            who = [run for run in runs if any((step.node_key, step.choice_key) == at for step in run.steps.all())]
            ended = [run for run in who if run.outcome]
            bad = [run for run in ended if run.outcome in ("bad", "stopped")]
            assert (choice.times, choice.offered, choice.runs, choice.bad) == (
                taken[at],
                offered[at],
                len(who),
                len(bad),
            )
            assert choice.share == (pytest.approx(100 * taken[at] / offered[at]) if offered[at] else None)
            assert choice.bad_share == (pytest.approx(100 * len(bad) / len(ended)) if ended else None)
    for row in page.turns:
        after = sorted(step.tension_after for _run, step in steps if step.seq == row.turn)
        assert (row.runs, row.tension[2]) == (len(after), median_low(after))
        assert row.tension == sorted(row.tension)
    assert sum(ending.runs for ending in page.endings) == page.finished


def test_who_comes_to_a_scene_goes_on_or_stands_there(teams, course):
    """In people, where nobody went round in circles: what flows in is what flows out and what stays."""
    for number, who in enumerate(everybody(teams, 30)):
        choices = (EXPERT, LOW, WALKOUT)[number % 3]
        play(begin(who, course), *choices[: None if number % 2 else 2])
    page = page_of(course)
    into, out = Counter({"open": 30}), Counter[str]()
    for way in page.flow.ways:
        into[way.goal] += way.runs or 0
        out[way.origin] += way.runs or 0
    for scene in page.scenes:
        if not scene.is_few:
            assert into[scene.key] == scene.arrived == out[scene.key] + scene.stopped
    assert sum(into[ending.key] for ending in page.endings) == page.finished
    most = max(page.flow.ways, key=lambda way: way.runs or 0)
    assert most.width == max(way.width for way in page.flow.ways) == figures.WIDEST


def test_too_much_tension_flows_where_it_led(teams, course):
    for who in everybody(teams, 5):
        play(begin(who, course), *WALKOUT)
    ways = {(way.origin, way.goal): way.runs for way in page_of(course).flow.ways if way.runs}
    assert [goal for _origin, goal in ways].count("walkout") == 1
    assert set(ways.values()) == {5}


def test_where_too_much_tension_may_lead_is_a_thin_line_before_anybody_went_there(teams, course):
    for who in everybody(teams, 5):
        play(begin(who, course), *EXPERT)
    ways = {(way.origin, way.goal): way for way in page_of(course).flow.ways}
    assert (ways["story", "walkout"].runs, ways["story", "walkout"].width) == (0, 1)
    assert (ways["defend", "walkout"].runs, ways["defend", "walkout"].width) == (None, 1)
    assert ("open", "walkout") not in ways  # the tension is never too much so early


# --- never of fewer than five --------------------------------------------------------------------------------------


def test_fewer_than_five_people_are_not_shown_however_often_they_tried(teams, course):
    people = everybody(teams, PEOPLE_AT_LEAST - 1)
    for who in people:
        for day in range(3):
            at = NOON + timedelta(days=day)
            play(begin(who, course, at=at), *LOW, at=at)
    for attempts in ("first", ALL):
        page = page_of(course, attempts=attempts)
        assert (page.is_hidden, page.people, page.scenes, page.flow) == (True, 0, [], None)
    play(begin(person("Piąta Osoba", teams.desk), course), *LOW)
    assert page_of(course).people == PEOPLE_AT_LEAST


def test_a_scene_where_fewer_than_five_decided_says_nothing(teams, course):
    people = everybody(teams, 12)
    for number, who in enumerate(people):
        play(begin(who, course), *(EXPERT if number < 4 else ("excuse", "rules")))
    page = page_of(course)
    few = {scene.key: scene for scene in page.scenes}["story"]
    assert (few.is_few, few.choices, few.arrived, few.typical) == (True, [], 0, None)
    assert {way.runs for way in page.flow.ways if way.origin == "story"} == {None}
    assert all(row.runs >= PEOPLE_AT_LEAST for row in page.turns)
    assert page.improvement is None


def test_one_person_going_round_and_round_is_one_person(teams, course):
    """Four people at a scene, however often they come back to it."""
    for number, who in enumerate(everybody(teams, 9)):
        run = begin(who, course)
        play(run, *(["breathe", "model", "name"] + ["model", "name"] * 3 if number < 4 else ["excuse"]))
    cold = {scene.key: scene for scene in page_of(course).scenes}["story"]
    assert cold.is_few


def test_somebody_who_tried_five_times_is_one_person_at_every_scene_and_turn(teams, course):
    """With all attempts counted, nobody's own way is told; the others all left after one turn."""
    alone, *others = everybody(teams, 6)
    for day in range(6):
        at = NOON + timedelta(days=day)
        play(begin(alone, course, at=at), *LOW, at=at)
    for who in others:
        play(begin(who, course), *LOW[:1])
    page = page_of(course, attempts=ALL)
    assert page.people == 6
    shown = [scene for scene in page.scenes if not scene.is_few]
    assert [scene.key for scene in shown] == [page.scenes[0].key]
    assert [row.turn for row in page.turns] == [1]


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ({"en": 5, "pl": 5}, ["en", "pl"]),
        ({"en": 5, "pl": 4}, []),  # the four would be the difference
        ({"en": 9, "lv": 6, "pl": 1}, ["en"]),  # and so would the one, without Latvian
        ({"en": 6, "lv": 3, "pl": 2}, ["en"]),  # the others are five together
        ({"en": 5}, ["en"]),
    ],
)
def test_a_language_stands_beside_the_sum_where_nobody_is_the_difference(people, told, teams, course):
    spoken = [language for language, count in people.items() for _person in range(count)]
    for language, who in zip(spoken, everybody(teams, len(spoken)), strict=True):
        play(begin(who, course, language), *LOW)
    page = page_of(course)
    assert (page.people, [language for language, _count in page.languages]) == (len(spoken), told)
    assert [language for language in people if not page_of(course, language=language).is_hidden] == told


def test_at_a_scene_too_where_others_decided_no_language_tells_of_them(teams, course):
    for number, who in enumerate(everybody(teams, 12)):
        play(begin(who, course, "pl" if number < 6 else "en"), *(WALKOUT if number in (0, *range(6, 12)) else LOW))
    scenes = {scene.key: scene for scene in page_of(course).scenes}
    assert [row.by_language for row in scenes["open"].choices if row.times]
    assert all(None not in row.by_language for row in scenes["open"].choices if row.times)
    assert scenes["defend"].arrived == 7  # six in English, one in Polish
    assert all(row.by_language == [None, None] for row in scenes["defend"].choices)


def test_a_language_nobody_began_in_is_no_secret(teams, course, ela, client_for):
    for who in everybody(teams, 5):
        play(begin(who, course), *LOW)
    assert not page_of(course, language="lv").is_hidden
    url = reverse("scenario-analysis", args=[course.step_keys[0]])
    assert "Nobody has begun such an attempt yet." in text(client_for(ela).get(url, {"language": "lv"}))


def test_whoever_asks_for_a_language_that_would_tell_of_somebody_reads_why_not(teams, course, ela, client_for):
    for number, who in enumerate(everybody(teams, 6)):
        play(begin(who, course, "en" if number else "pl"), *LOW)
    url = reverse("scenario-analysis", args=[course.step_keys[0]])
    assert "or fewer than 5 are left out" in text(client_for(ela).get(url, {"language": "en"}))


# --- which attempts ------------------------------------------------------------------------------------------------


def test_first_attempts_are_those_of_people_who_had_not_seen_it(teams, course):
    people = everybody(teams, 6)
    for who in people:
        play(begin(who, course), *LOW, at=NOON)
        play(begin(who, course, at=NOON + timedelta(days=1)), *EXPERT, at=NOON + timedelta(days=1))
    first, both = page_of(course), page_of(course, attempts=ALL)
    assert (first.finished, first.passed, both.finished, both.passed) == (6, 0, 12, 50)
    better = first.improvement
    assert (better.people, better.passed_first, better.passed_second) == (6, 0, 6)
    assert better.points > 0
    assert better.tension < 0
    assert both.improvement is None


def test_practice_counts_nowhere(teams, course):
    for who in everybody(teams, 5):
        done = play(begin(who, course), *WALKOUT)
        play(actions.practise(run=done, turn=1), *EXPERT)
    page = page_of(course, attempts=ALL)
    assert (page.finished, page.passed) == (5, 0)
    assert figures.scenarios("en")[0].attempts == 5


def test_the_period_is_when_they_began(teams, course):
    for number, who in enumerate(everybody(teams, 10)):
        at = NOON + timedelta(days=number // 5)
        play(begin(who, course, at=at), *LOW, at=at)
    day = NOON.date()
    assert page_of(course, until=day).people == page_of(course, since=day + timedelta(days=1)).people == 5
    assert page_of(course, since=day + timedelta(days=2)).people == 0


def test_a_typo_and_a_translation_do_not_part_the_figures_and_a_changed_choice_does(teams, course):
    people = everybody(teams, 12)
    for who in people[:5]:
        play(begin(who, course, "pl"), *LOW)
    page = ScenarioPage.objects.get(translation_key=course.step_keys[0], locale__language_code="en")
    page.nodes[0].value["say"] = "A word was wrong."
    page.save_revision().publish()
    for who in people[5:10]:
        play(begin(who, course, "en"), *LOW)
    assert len(figures.structures(course.step_keys[0])) == 1
    before = structure(course)
    assert (page_of(course).people, dict(page_of(course).languages)) == (10, {"en": 5, "pl": 5})
    for language in ("pl", "en", "lv"):
        page = ScenarioPage.objects.get(translation_key=course.step_keys[0], locale__language_code=language)
        page.nodes[0].value["choices"][0]["tension"] = 33
        page.save_revision().publish()
    for who in people[10:]:
        play(begin(who, course), "scan")
    assert [row.attempts for row in figures.structures(course.step_keys[0])] == [2, 10]
    assert figures.analysis(course.step_keys[0], Selection(structure=before), "en").people == 10


# --- what is said --------------------------------------------------------------------------------------------------


def test_the_choice_that_most_often_leads_to_a_bad_ending_is_named(teams, course):
    for number, who in enumerate(everybody(teams, 10)):
        play(begin(who, course), *(WALKOUT if number < 6 else EXPERT))
    _scene, choice = page_of(course).misleading
    assert choice.bad == 6
    assert choice.weight == max(one.weight for row in page_of(course).scenes for one in row.choices)


# --- on the screen -------------------------------------------------------------------------------------------------


@pytest.fixture
def played(teams, course):
    return strolled(teams, course, 16)


def address(name: str, course: Course) -> str:
    return reverse(name, args=[course.step_keys[0]])


def test_ld_see_map_shares_tension_and_no_name(played, course, ela, client_for):
    page = text(client_for(ela).get(address("scenario-analysis", course)))
    for words in ("Where people went", "What people chose", "Tension by turn", "Endings", "16 people."):
        assert words in page
    assert "Osoba" not in page
    assert 'class="scn-flow"' in page
    assert "Ana Nowak" not in page


def test_the_tension_after_each_turn_is_a_chart_and_a_table_of_its_percentiles(played, course, ela, client_for):
    page = client_for(ela).get(address("scenario-analysis", course)).content.decode()
    section = page[page.index('<h2 id="tension">') :]
    section = section[: section.index("</section>")]
    assert section.count("<svg") == 1
    shown = re.findall(r'<td class="number">([^<]*)</td>', section)
    turns = page_of(course).turns
    assert len(turns) > 1
    assert shown == [str(value) for turn in turns for value in (turn.runs, *turn.tension)]
    assert all(turn.tension == sorted(turn.tension) for turn in turns)


def test_fewer_than_five_read_why_nothing_is_shown(teams, course, ela, client_for):
    play(begin(person("Jedna Osoba", teams.desk), course), *LOW)
    page = text(client_for(ela).get(address("scenario-analysis", course)))
    assert "Fewer than 5 people match." in page
    assert "Where people went" not in page
    assert "Download as CSV" not in page


def test_before_anybody_played_it_says_so(course, ela, client_for):
    assert "Nobody has begun such an attempt yet." in text(client_for(ela).get(address("scenario-analysis", course)))


def test_the_list_of_scenarios_and_the_pages_lead_there(played, course, ela, client_for):
    client, url = client_for(ela), address("scenario-analysis", course)
    page = course.steps["en"][0]
    module = reverse("wagtailadmin_explore", args=[page.get_parent().pk])
    for place in (reverse("scenario-analyses"), reverse("wagtailadmin_pages:edit", args=[page.pk]), module):
        assert url in client.get(place).content.decode()
    assert f'<a href="{url}" lang="en">' in client.get(reverse("scenario-analyses")).content.decode()


def test_a_period_that_ends_before_it_begins_is_told(course, ela, client_for):
    client = client_for(ela)
    for name in ("scenario-analysis", "scenario-analysis-csv"):
        response = client.get(address(name, course), {"since": "2026-03-02", "until": "2026-03-01"})
        assert response.status_code == 422
        assert "The last day is before the first one." in text(response)
    days = ({"since": "x"}, {"since": "0001-01-01"}, {"until": "9999-12-31"})
    for wrong in (*days, {"language": "xx"}, {"structure": "0" * 64}, {"attempts": "none"}):
        assert client.get(address("scenario-analysis", course), wrong).status_code == 422


def test_the_csv_holds_every_figure(played, course, ela, client_for):
    response = client_for(ela).get(address("scenario-analysis-csv", course))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert ["People", "16"] in rows
    page = page_of(course)
    assert ["Finished attempts", str(page.finished)] in rows
    for code, _people in page.languages:
        assert any(f"{code}, %" in row for row in rows)
    scene, choice = page.misleading
    assert ["Most often leads to a bad ending:", scene.key, choice.key] in rows
    for turn in page.turns:
        assert [str(value) for value in (turn.turn, turn.runs, *turn.tension)] in rows
    for ending in page.endings:
        assert any(row[:1] == [ending.key] and row[2] == str(ending.runs) for row in rows if len(row) > 2)
    for way in page.flow.ways:
        assert [way.origin, way.goal, "" if way.runs is None else str(way.runs)] in rows
    for scene in page.scenes:
        figures = (scene.arrived, scene.stopped, scene.typical, scene.slow)
        row = next(row for row in rows if row[:1] == [scene.key])
        assert scene.is_few or [row[2], row[3], row[5], row[6]] == ["" if one is None else str(one) for one in figures]
    choices = [(scene, choice) for scene in page.scenes for choice in scene.choices]
    for scene, choice in choices:
        assert any(row[:2] == [scene.key, choice.key] and row[5] == str(choice.times) for row in rows)
    assert [row[0] for row in rows if row].count("Turn") == 1
    assert any(row and row[0] == "From" for row in rows)


def test_texts_that_look_like_formulas_are_no_formulas(played, course):
    page = page_of(course)
    object.__setattr__(page, "title", "=1+1")
    assert "'=1+1" in sheets.analysis_csv(page, "pl").splitlines()[0]


def test_the_page_costs_the_same_for_few_as_for_many(teams, course, ela, client_for):
    client, url = client_for(ela), address("scenario-analysis", course)
    people = everybody(teams, 30)
    counted = []
    for some in (people[:6], people[6:]):
        for who in some:
            play(begin(who, course), *LOW)
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        counted.append(len(queries))
    assert counted[1] <= counted[0] <= 60


@pytest.mark.parametrize("name", ["scenario-analysis", "scenario-analysis-csv"])
def test_managers_learners_and_auditors_never_see_it(course, name, ana, marek, irena, obcy, auditor, ela, client_for):
    url = address(name, course)
    for user in (ana, marek, irena, obcy, auditor):
        assert client_for(user).get(url).status_code == 404
    assert "/login/" in client_for(None).get(url).url
    assert client_for(ela).post(url).status_code == 405
    assert client_for(ela).get(reverse(name, args=[course.key])).status_code == 404
