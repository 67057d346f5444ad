import re
from datetime import UTC, datetime
from functools import partial

import pytest
from django.urls import reverse

from assessments.scenarios import actions, reports
from assessments.scenarios.models import ReflectionAnswer, ScenarioRun
from courses.kinds import READY
from courses.models import SourceArticle, SourcePoint
from courses.reports import outline, shown_step
from tests.factories import enrol, make_course
from tests.scenarios.factories import EXPERT, LOW, WALKOUT, play, scenario, thought
from tests.scenarios.test_playing import text

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def player(ana, client_for):
    return client_for(ana)


def told(player, run: ScenarioRun) -> str:
    """The whole debrief, once its questions were skipped."""
    return text(player.get(url_of(thought(run))))


def url_of(run: ScenarioRun) -> str:
    return reverse("debrief", args=[run.key])


def seen(run: ScenarioRun) -> reports.Debrief:
    return reports.debrief(ScenarioRun.objects.open_for(run.enrolment.person).get(pk=run.pk), "en", NOON, {})


def test_an_unfinished_run_has_no_debrief(player, run):
    assert player.get(url_of(run)).url == reverse("run", args=[run.key])


def test_own_thoughts_come_before_anything_that_was_kept_back(player, run):
    page = text(player.get(url_of(play(run, *EXPERT))))
    assert "At 19:30 the football boots are in the back of his car." in page
    assert "Which pause in a recent talk would you like to have back?" in page
    for later in ("You could not bring the parcel here", "One silent breath", "What you said, and what it did", "Try"):
        assert later not in page


def test_what_came_of_the_last_choice_is_told_at_once_and_before_how_it_ended(player, run):
    last = run.scenario.choice("close", EXPERT[-1])
    run = play(run, *EXPERT)
    page = text(player.get(url_of(run)))
    parts = ["What came of your choice", last.text, last.consequence, "At 19:30 the football boots"]
    assert all(parts)
    assert [page.index(part) for part in parts] == sorted(page.index(part) for part in parts)
    assert last.coaching not in page


@pytest.mark.parametrize("answer", ["", "The second pause."])
def test_saved_or_skipped_the_turns_come_next(player, run, answer):
    url = reverse("run-reflection", args=[play(run, *EXPERT).key])
    page = text(player.post(url, {"answer-0": answer}, follow=True))
    assert "One silent breath bought two seconds" in page
    assert ("Your answers were saved at" in page) is bool(answer)
    assert f">{answer}</textarea>" in page


def test_in_the_debrief_own_thoughts_stand_first(player, run):
    page = told(player, play(run, *EXPERT))
    parts = [
        "At 19:30 the football boots are in the back of his car.",  # how it ended
        "Which pause in a recent talk would you like to have back?",  # what one makes of it
        "You could not bring the parcel here",  # what made the difference
        "How the tension moved",
        "What you said, and what it did",
        "One silent breath bought two seconds",  # coaching of turn 1
    ]
    assert [page.index(part) for part in parts] == sorted(page.index(part) for part in parts)
    assert "You have finished this step." in page


def test_each_turn_says_what_it_did_and_what_would_have_helped(run):
    page = seen(play(run, "scan", "status", "depot", "never"))
    assert [turn.effect for turn in page.turns] == ["harder", "harder", "helped", "harder"]
    assert page.turns[0].better.startswith("Put the scanner down and breathe out.")
    assert page.turns[2].better == ""
    assert page.levels == [60, 70, 55, 60]
    assert (page.before, page.worst) == (55, 2)
    assert page.skills == ["Listening to the end", "Summing up in your own words", "Saying only what you know"]


def test_what_would_have_helped_is_only_what_was_offered(run):
    """The very best reply at the third scene needs that he was heard, and he was not."""
    page = seen(play(run, "scan", "promise", "hotline"))
    texts = {choice["key"]: choice["text"] for choice in page.shown.content["body"]["nodes"][5]["choices"]}
    assert set(texts) == {"status", "promise", "restate", "ask"}
    assert page.turns[1].better in (texts["ask"], texts["status"])
    assert page.turns[1].better != texts["restate"]


def test_a_turn_without_effect_is_neither_help_nor_harm(run):
    page = seen(play(run, "breathe", "wait", "restate", "depot", "address"))
    assert page.turns[-1].effect == "neutral"


def test_calm_that_was_bought_is_no_help_and_a_hard_truth_no_harm(ana, player):
    enrolment = enrol(ana, make_course("boots", lessons=0, steps=[scenario("SC-ASRT-1")]))
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, "en").version
    run = play(actions.start_run(enrolment=enrolment, version=version), "sure", "back", "yours", "quiet", "own")
    assert [turn.effect for turn in seen(run).turns[:4]] == ["calmer", "tenser", "harder", "calmer"]
    page = told(player, run)
    assert page.count("Calmer for now") == 2
    assert page.count("Tenser for now") == 1


def test_one_tries_again_from_where_something_better_was_offered_not_from_where_the_truth_cost_calm(ana):
    enrolment = enrol(ana, make_course("boots", lessons=0, steps=[scenario("SC-ASRT-1")]))
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, "en").version
    start = partial(actions.start_run, enrolment=enrolment, version=version)
    page = seen(play(start(), "sure", "back", "maybe", "suggest", "truth"))
    assert (page.worst, page.turned) == (2, 1)
    assert [bool(turn.better) for turn in page.turns] == [True, False, False, False, False]
    page = seen(play(start(), "sure", "back", "yours", "quiet", "own"))
    assert (page.worst, page.turned) == (2, 3)  # of those with something better the steepest
    page = seen(play(start(), "ask", "maybe", "suggest", "truth"))
    assert page.turned == 0


def test_under_the_curve_stands_each_turn_with_its_word_and_number(player, run):
    page = told(player, play(run, "scan", "status", "depot", "never"))
    curve = page.partition("How the tension moved")[2].partition("</ol>")[0]
    assert re.findall(r"<b>Turn (\d)</b>([^<]+)<", curve) == [
        ("1", "High, 60"),
        ("2", "High, 70"),
        ("3", "High, 55"),
        ("4", "High, 60"),
    ]


def test_texts_of_scenes_that_were_not_reached_stay_unknown(player, run):
    page = told(player, play(run, *WALKOUT))
    assert "He leaves with one kick at the door frame." in page
    for unknown in (
        "The depot has found the parcel",  # scene "close"
        "At 19:30 the football boots",  # ending "good"
        "Ilona comes out of the back office",  # scene "handover"
    ):
        assert unknown not in page


def test_an_ending_that_does_not_pass_says_what_to_do_and_never_failed(player, run):
    page = told(player, play(run, *WALKOUT))
    assert "Not yet finished: to finish this step, bring the conversation to a better ending." in page
    assert "failed" not in page.lower().split("</style>")[-1]
    assert reverse("run-start", args=[run.enrolment.key, run.step_key]) in page


def test_a_good_enough_ending_with_too_few_points_says_so(player, run):
    assert "too few choices on the way there helped" in text(player.get(url_of(play(run, *LOW))))


def test_continue_and_try_again_are_acts_that_work(player, run):
    done = play(run, *LOW)
    again = player.post(reverse("run-start", args=[run.enrolment.key, run.step_key]))
    assert again.url == reverse("run", args=[ScenarioRun.objects.latest("pk").key])
    assert reverse("start", args=[run.enrolment.key]) in told(player, done)
    assert player.post(reverse("start", args=[run.enrolment.key])).status_code == 302


def test_the_best_attempt_stands_beside_this_one(player, run):
    first = play(run, *EXPERT)
    second = play(actions.start_run(enrolment=run.enrolment, version=run.version), *WALKOUT)
    assert seen(second).best == first
    assert seen(first).best is None
    page = told(player, second)
    assert "Not a good ending this time" in page
    assert "This was practice." in page
    assert "5 turns" in page
    assert "This is your best attempt so far." in told(player, first)


def test_each_turn_leads_to_the_lesson_and_the_article_it_goes_back_to(ana, player, run, course):
    article = SourceArticle.objects.create(
        course_key=course.key, file="a.txt", title="Calm under pressure", language="pl"
    )
    fields = {"lines": "1", "texts": {}, "kind": "principle", "module": "calm", "treatment": "as-is"}
    SourcePoint.objects.create(article=article, course_key=course.key, code="S001-06", section="Breathing", **fields)
    for lesson in (pages[0] for pages in course.steps.values()):
        lesson.points = ["S001-06"]
        lesson.save_revision().publish()
    page = told(player, play(run, *EXPERT))
    lesson = reverse("step", args=[run.enrolment.key, course.step_keys[0]])
    source = '<span lang="pl">Calm under pressure: Breathing</span>'
    assert re.search(rf'<a href="{lesson}#sources">\s*{source}\s*</a>', page)
    assert f'<a href="{lesson}" lang="en">A calm voice (en)</a>' in page


def test_the_debrief_costs_at_most_twelve_queries_however_long_the_run_was(player, run, assert_queries_at_most):
    long = play(run, *(["breathe", "model", "name"] + ["model", "name"] * 6), "wait", "restate", "depot", "thank")
    player.get(url_of(thought(long)))
    with assert_queries_at_most(12):
        player.get(url_of(long))


# --- own thoughts --------------------------------------------------------------------------------------------------


def test_thoughts_are_saved_and_found_again(player, run):
    url = reverse("run-reflection", args=[play(run, *LOW).key])
    response = player.post(url, {"answer-0": " I stopped listening. ", "answer-1": ""}, follow=True)
    page = text(response)
    assert response.redirect_chain[0][0] == url_of(run)
    assert "Only you can read them." in page
    assert "I stopped listening.</textarea>" in page
    player.post(url, {"answer-0": "I stopped listening.", "answer-1": "One moment, please."})
    assert ReflectionAnswer.objects.count() == 2


def test_a_thought_that_is_too_long_is_kept_on_the_page_and_not_cut(player, run):
    long = "a" * 5001
    response = player.post(
        reverse("run-reflection", args=[play(run, *LOW).key]), {"answer-0": long, "answer-1": "short"}
    )
    assert response.status_code == 422
    assert long in text(response)
    assert "short" in text(response)
    assert "shorten it and save again" in text(response)
    assert not ReflectionAnswer.objects.exists()


def test_what_was_not_asked_is_not_saved(player, run):
    player.post(reverse("run-reflection", args=[play(run, *LOW).key]), {"answer-7": "x", "answer-0": "ab"})
    assert set(ReflectionAnswer.objects.values_list("question", "text")) == {(0, "ab"), (1, "")}


def test_an_open_run_asks_nothing_yet(player, run):
    assert player.post(reverse("run-reflection", args=[run.key]), {"answer-0": "x"}).status_code == 404


# --- how somebody stands -------------------------------------------------------------------------------------------


def standing_of(run) -> object:
    return reports.standing([run.enrolment], {}, {}).get((run.enrolment.pk, str(run.step_key)), READY)


def test_an_open_run_is_where_the_one_button_leads(run):
    assert (standing_of(run).state, standing_of(run).url) == ("open", reverse("run", args=[run.key]))
    assert outline(run.enrolment, "en").continue_url == reverse("run", args=[run.key])


def test_a_finished_run_leaves_the_step_ready(run):
    play(run, *LOW)
    assert standing_of(run).state == "ready"


def test_waiting_and_used_up_say_when_and_who_can_help(ana, settings):
    enrolment = enrol(ana, make_course("limited", lessons=0, steps=[scenario(attempts_allowed=2, waits="0 30")]))
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, "en").version
    first = play(actions.start_run(enrolment=enrolment, version=version), *LOW)
    assert standing_of(first).state == "waiting"
    assert "You can try again from" in standing_of(first).text
    ScenarioRun.objects.filter(pk=first.pk).update(started_at=NOON, finished_at=NOON.replace(year=2020))
    settings.SUPPORT_EMAIL = "training@example.org"
    second = play(actions.start_run(enrolment=enrolment, version=version), *LOW)
    assert standing_of(second).state == "used_up"
    assert "training@example.org" in standing_of(second).text


def test_standing_costs_the_same_for_one_enrolment_as_for_many(run, course, teams, assert_queries_at_most):
    from tests.conftest import person

    everybody = [run.enrolment]
    for number in range(5):
        enrolment = enrol(person(f"Anna{number} Kowalska", teams.desk), course)
        play(actions.start_run(enrolment=enrolment, version=run.version), "breathe")
        everybody.append(enrolment)
    with assert_queries_at_most(2):
        assert len(reports.standing(everybody, {}, {})) == 6
