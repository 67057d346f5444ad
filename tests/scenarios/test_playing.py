import html
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from assessments.scenarios import actions
from assessments.scenarios.models import ScenarioPage, ScenarioRun, ScenarioStep
from assessments.scenarios.rules import engine
from assessments.scenarios.script import Script
from courses import actions as courses
from courses import versions
from courses.models import Publication, StepCompletion
from courses.reports import shown_step
from evidence import actions as evidence
from tests.factories import enrol, make_course
from tests.scenarios.factories import EXPERT, LOW, WALKOUT, play, scenario, values

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)


def text(response) -> str:
    """What a browser would read in the page, whatever stands in it: attributes, comments and all."""
    return re.sub(r"\s+", " ", html.unescape(response.content.decode()).replace("\N{NO-BREAK SPACE}", " "))


def form_of(response) -> dict[str, str]:
    """The hidden fields of the form that chooses."""
    return dict(re.findall(r'type="hidden" name="(seq|idem|version)" value="([^"]*)"', response.content.decode()))


def number_of(response, words: str) -> str:
    """The number of the reply that says this."""
    buttons = re.findall(r'name="choice" value="(\d+)".*?</button>', response.content.decode(), re.DOTALL)
    found = re.findall(
        r'value="(\d+)"[^>]*><kbd[^>]*>\d+</kbd><span>(.*?)</span>', response.content.decode(), re.DOTALL
    )
    assert [number for number, _words in found] == buttons
    return next(number for number, said in found if words in html.unescape(said))


@pytest.fixture
def player(ana, client_for):
    return client_for(ana)


@pytest.fixture
def intro_url(run) -> str:
    return reverse("step", args=[run.enrolment.key, run.step_key])


@pytest.fixture
def run_url(run) -> str:
    return reverse("run", args=[run.key])


@pytest.fixture
def choose_url(run) -> str:
    return reverse("choose", args=[run.key])


# --- the page before it begins -------------------------------------------------------------------------------------


def test_before_it_begins_one_reads_who_one_is_and_what_will_happen(player, enrolment, course):
    url = reverse("step", args=[enrolment.key, course.step_keys[1]])
    page = text(player.get(url))
    for words in (
        "The parcel that was never there",
        "You work at the parcel counter of a stationery shop",
        "Parcel counter in a shopping centre, Friday 17:40",
        "Bruno, in a work jacket, phone in hand",
        "about 7 minutes",
        "Start",
    ):
        assert words in page
    assert not ScenarioRun.objects.exists()


def test_start_leads_into_the_run_and_twice_into_the_same_one(player, enrolment, course):
    url = reverse("run-start", args=[enrolment.key, course.step_keys[1]])
    first, second = player.post(url), player.post(url)
    run = ScenarioRun.objects.get()
    assert first.url == second.url == reverse("run", args=[run.key])


def test_an_open_run_is_gone_on_with_and_recalled_in_one_line(player, run, run_url, intro_url):
    play(run, "breathe")
    page = text(player.get(intro_url))
    assert "You stopped at turn 2" in page
    assert "He looks at the scanner on the counter, then at you." in page
    assert f'href="{run_url}"' in page


def test_earlier_attempts_lead_to_their_debriefs(player, run, intro_url):
    play(run, *LOW, at=NOON)
    page = text(player.get(intro_url))
    assert reverse("debrief", args=[run.key]) in page
    assert "Try again" in page


def test_whoever_may_not_start_reads_why_and_until_when(ana, player):
    enrolment = enrol(ana, make_course("limited", lessons=0, steps=[scenario(attempts_allowed=1)]))
    shown = shown_step(enrolment, enrolment.course_version.steps[0].key, "en")
    play(actions.start_run(enrolment=enrolment, version=shown.version), *LOW)
    page = player.get(reverse("step", args=[enrolment.key, shown.version.step_key]))
    assert "All attempts are used." in text(page)
    start_url = reverse("run-start", args=[enrolment.key, shown.version.step_key])
    assert start_url not in text(page)
    assert "All attempts are used." in text(player.post(start_url, follow=True))
    assert ScenarioRun.objects.count() == 1


# --- a scene -------------------------------------------------------------------------------------------------------


def test_a_scene_shows_who_speaks_how_tense_it_is_and_every_reply(player, run_url):
    page = text(player.get(run_url))
    for words in (
        "It says: ready for collection. Yesterday nothing, today nothing.",
        "He turns the phone towards you",
        "Turn 1",
        "55 of 100",
        "Bruno. Mood: angry",
        "Yesterday was not my shift at all",
        "Two trips for nothing. Please tell me from the start.",
    ):
        assert words in page
    assert "What happened so far" not in page


def test_a_reply_leads_to_the_next_scene_with_what_came_of_it_on_top(player, run_url, choose_url):
    scene = player.get(run_url)
    reply = number_of(scene, "Two trips for nothing")
    response = player.post(choose_url, form_of(scene) | {"choice": reply}, follow=True)
    assert response.redirect_chain == [(run_url, 302)]
    page = text(response)
    assert page.index("His finger leaves the screen.") < page.index("Message yesterday at ten past four.")
    for words in ("Turn 2", "45 of 100", "medium, and falling", "What happened so far"):
        assert words in page


def test_the_replies_stand_in_one_order_at_every_showing(player, run_url):
    replies = [re.findall(r"<kbd[^>]*>\d</kbd><span>(.*?)</span>", text(player.get(run_url))) for _showing in range(2)]
    assert len(replies[0]) == 3
    assert replies[0] == replies[1]


def test_the_last_reply_leads_to_the_debrief(player, run, run_url, choose_url):
    play(run, *EXPERT[:-1])
    scene = player.get(run_url)
    final = scene.context["scene"].options.index(next(o for o in scene.context["scene"].options if o in FINAL_REPLIES))
    response = player.post(choose_url, form_of(scene) | {"choice": final + 1})
    assert response.url == reverse("debrief", args=[run.key])
    assert StepCompletion.objects.exists()
    assert player.get(run_url).url == reverse("debrief", args=[run.key])


FINAL_REPLIES = [
    block["value"]["text"]
    for scene_ in values("SC-CALM-1", "en")["nodes"]
    if scene_["value"]["key"] == "close"
    for block in scene_["value"]["choices"]
    if block["value"]["key"] == "thank"
]


def hidden_words(body: dict, run: ScenarioRun) -> dict[str, str]:
    """{where: text} of everything that a player may not know yet."""
    seen = {step.node_key for step in run.steps.all()} | {run.node_key}
    taken = {(step.node_key, step.choice_key) for step in run.steps.all()}
    offered = {choice.key for choice in engine.offered(run.scenario, run.position)}
    hidden = {}
    for node in body["nodes"]:
        for part in ("scene", "say") if node["key"] not in seen else ():
            hidden[f"{node['key']}.{part}"] = node[part]
        for choice in node["choices"]:
            name = f"{node['key']}.{choice['key']}"
            hidden[f"{name} coaching"] = choice["coaching"]
            if (node["key"], choice["key"]) not in taken:
                hidden[f"{name} consequence"] = choice["consequence"]
                if not (node["key"] == run.node_key and choice["key"] in offered):
                    hidden[f"{name} text"] = choice["text"]
    for ending in body["endings"]:
        for part in ("text", "debrief"):
            hidden[f"{ending['key']} {part}"] = ending[part]
        hidden |= {f"{ending['key']} question {n}": question for n, question in enumerate(ending["reflection"])}
    return {where: words for where, words in hidden.items() if words}


@pytest.mark.parametrize("choices", [EXPERT, WALKOUT, ("scan", "promise", "correct", "thank")])
@pytest.mark.parametrize("language", ["en", "pl", "lv"])
def test_nothing_of_what_is_not_reached_is_in_any_byte_before_it_is(
    player, run, run_url, intro_url, ana, language, choices
):
    ana.language = language
    ana.save()
    for choice in (None, *choices[:-1]):
        run = play(run, choice) if choice else run
        body = player.get(run_url).context["content"]["body"]
        hidden = hidden_words(body, run)
        assert len(hidden) > 50
        for url in (run_url, intro_url):
            page = text(player.get(url))
            assert [where for where, words in hidden.items() if words in page] == []


def test_no_key_that_tells_what_a_reply_is_worth_is_sent(player, run_url):
    main = player.get(run_url).content.decode()
    for word in ("breathe", "excuse", "best", "poor", "unsafe", "walkout", "quality", "score"):
        assert not re.search(rf'["=]{word}["\s>]', main)


def test_tension_is_not_shown_where_the_scenario_keeps_it_for_the_debrief(ana, player):
    enrolment = enrol(ana, make_course("quiet", lessons=0, steps=[scenario(meter_visible="debrief")]))
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, "en").version
    page = text(player.get(reverse("run", args=[actions.start_run(enrolment=enrolment, version=version).key])))
    assert "Tension" not in page
    assert "of 100" not in page
    assert "Turn 1" in page


def test_coaching_at_once_is_for_the_first_attempt_where_the_author_wants_it(ana, player):
    enrolment = enrol(ana, make_course("guided", lessons=0, steps=[scenario(feedback_timing="immediate")]))
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, "en").version
    coaching = "One silent breath bought two seconds"
    first = play(actions.start_run(enrolment=enrolment, version=version), "breathe")
    assert coaching in text(player.get(reverse("run", args=[first.key])))
    play(first, "model", "type", "louder", "pick")
    second = play(actions.start_run(enrolment=enrolment, version=version), "breathe")
    assert coaching not in text(player.get(reverse("run", args=[second.key])))


# --- again, too late, wrong ----------------------------------------------------------------------------------------


def test_a_double_click_is_one_turn(player, run_url, choose_url):
    form = form_of(player.get(run_url)) | {"choice": "1"}
    first, second = player.post(choose_url, form), player.post(choose_url, form)
    assert first.url == second.url == run_url
    assert ScenarioStep.objects.count() == 1


def test_the_second_of_two_tabs_is_told_where_the_conversation_stands(player, run_url, choose_url):
    first, second = player.get(run_url), player.get(run_url)
    player.post(choose_url, form_of(first) | {"choice": number_of(first, "Two trips for nothing")})
    late = player.post(choose_url, form_of(second) | {"choice": number_of(second, "Yesterday was not")}, follow=True)
    assert "You had answered that turn already." in text(late)
    assert "Message yesterday at ten past four." in text(late)
    assert ScenarioStep.objects.get().choice_key == "breathe"


def test_going_back_and_choosing_otherwise_does_not_undo_a_turn(player, run_url, choose_url):
    scene = player.get(run_url)
    player.post(choose_url, form_of(scene) | {"choice": number_of(scene, "Two trips for nothing")})
    again = player.post(choose_url, form_of(scene) | {"choice": number_of(scene, "Yesterday was not")}, follow=True)
    assert "You had answered that turn already." in text(again)
    assert ScenarioStep.objects.get().choice_key == "breathe"


def test_a_form_sent_after_the_end_leads_to_the_debrief(player, run, run_url, choose_url):
    scene = player.get(run_url)
    play(run, *LOW)
    response = player.post(choose_url, form_of(scene) | {"choice": "1"}, follow=True)
    assert response.redirect_chain[-1][0] == reverse("debrief", args=[run.key])


@pytest.mark.parametrize(
    "wrong",
    [
        {"choice": ""},
        {"choice": "0"},
        {"choice": "-1"},
        {"choice": "4"},
        {"choice": "breathe"},
        {"choice": "9" * 5000},
        {"choice": "²"},
        {"seq": "one"},
        {"idem": "x"},
        {"idem": ""},
    ],
)
def test_a_reply_that_is_not_there_is_refused_with_the_scene_as_it_stands(player, run_url, choose_url, wrong):
    response = player.post(choose_url, form_of(player.get(run_url)) | {"choice": "1"} | wrong)
    assert response.status_code == 422
    assert "Choose one of the replies below." in text(response)
    assert "Two trips for nothing" in text(response)
    assert not ScenarioStep.objects.exists()


@pytest.mark.parametrize("seq", ["0", "2", "-1", str(10**30)])
def test_a_turn_that_is_not_the_present_one_changes_nothing(player, run_url, choose_url, seq):
    form = form_of(player.get(run_url)) | {"choice": "1", "seq": seq}
    assert player.post(choose_url, form).url == run_url
    assert not ScenarioStep.objects.exists()


def test_an_empty_form_is_refused(player, choose_url):
    assert player.post(choose_url, {}).status_code == 422


def test_a_wording_that_came_later_is_never_what_a_run_was_played_on(player, run, run_url, choose_url):
    page = ScenarioPage.objects.get(translation_key=run.step_key, locale__language_code="pl")
    page.nodes[0].value["say"] = "Poprawione zdanie."
    page.save_revision().publish()
    later = Publication.objects.newest([run.step_key]).get(language="pl").version
    player.post(choose_url, form_of(player.get(run_url)) | {"choice": "1", "version": later.sha256})
    played = ScenarioStep.objects.get().version
    assert (played.language, played != later) == ("pl", True)


@pytest.mark.parametrize("version", ["", "0" * 64, "ą" * 64])
def test_an_unknown_version_on_the_form_counts_as_the_one_the_run_began_with(player, run, run_url, choose_url, version):
    player.post(choose_url, form_of(player.get(run_url)) | {"choice": "1", "version": version})
    assert ScenarioStep.objects.get().version == run.version


# --- languages, and what changes meanwhile -------------------------------------------------------------------------


def test_switching_the_language_in_the_middle_keeps_everything(player, ana, run, run_url, choose_url):
    play(run, "breathe")
    ana.language = "pl"
    ana.save()
    scene = player.get(run_url)
    page = text(scene)
    assert "Wczoraj wiadomość, dziesięć po czwartej." in page
    assert "Patrzy na odłożony skaner" in page
    assert "45" in page
    ana.language = "lv"
    ana.save()
    player.post(choose_url, form_of(scene) | {"choice": number_of(scene, "Milczysz, kiwasz")})
    step = ScenarioStep.objects.last()
    assert (step.seq, step.choice_key, step.version.language) == (2, "wait", "pl")
    assert "Pauzi" not in text(player.get(run_url))
    assert "Atrod: meitene futbola tērpā" in text(player.get(run_url))


def test_the_step_is_completed_in_the_language_that_stood_on_the_screen(player, ana, run, run_url, choose_url):
    play(run, *EXPERT[:-1])
    ana.language = "pl"
    ana.save()
    scene = player.get(run_url)
    thank = next(
        c["text"] for n in scene.context["content"]["body"]["nodes"] for c in n["choices"] if c["key"] == "thank"
    )
    player.post(choose_url, form_of(scene) | {"choice": scene.context["scene"].options.index(thank) + 1})
    assert StepCompletion.objects.get().version.language == "pl"


def test_where_a_translation_is_missing_the_original_is_shown_and_marked(ana, player):
    enrolment = enrol(ana, make_course("polish", languages=["pl"], lessons=0, steps=[scenario()]))
    version = shown_step(enrolment, enrolment.course_version.steps[0].key, "en").version
    run = play(actions.start_run(enrolment=enrolment, version=version), "breathe")
    for url in (reverse("step", args=[enrolment.key, version.step_key]), reverse("run", args=[run.key])):
        assert 'lang="pl"' in player.get(url).content.decode()
    assert (
        'lang="pl"'
        in player.get(reverse("debrief", args=[play(run, "model", "type", "louder", "pick").key])).content.decode()
    )


def test_an_edit_in_the_middle_changes_nothing_for_a_run_that_is_open(player, course, run, run_url, choose_url):
    play(run, "breathe")
    for language in ("pl", "en"):  # what decides is the source's say, and the others follow
        page = ScenarioPage.objects.get(translation_key=run.step_key, locale__language_code=language)
        for scene in page.nodes:
            if scene.block_type == "scene" and scene.value["key"] == "story":
                scene.value["say"] = "An altogether new text."
                scene.value["choices"][0]["tension"] = 33
        page.save_revision().publish()
    assert "Message yesterday at ten past four." in text(player.get(run_url))
    page.unpublish()
    scene = player.get(run_url)
    player.post(choose_url, form_of(scene) | {"choice": number_of(scene, "Which shop is it from?")})
    assert ScenarioRun.objects.get(pk=run.pk).tension == 45 + 10


def test_in_each_language_a_run_keeps_the_words_of_the_day_it_began(player, run, run_url):
    page = ScenarioPage.objects.get(translation_key=run.step_key, locale__language_code="pl")
    page.nodes[0].value["say"] = "Poprawione zdanie."
    page.save_revision().publish()
    run.enrolment.person.language = "pl"
    run.enrolment.person.save()
    assert "Poprawione zdanie." not in text(player.get(run_url))


def test_a_wording_of_an_import_that_began_before_and_ended_afterwards_does_not_reach_it_either(
    player, run, run_url, choose_url, monkeypatch
):
    page = ScenarioPage.objects.get(translation_key=run.step_key, locale__language_code="pl")
    page.nodes[0].value["say"] = "Zdanie z długiego importu."
    with monkeypatch.context() as patched:
        patched.setattr("django.utils.timezone.now", lambda: run.started_at - timedelta(minutes=1))
        page.save_revision().publish()
    newest = Publication.objects.newest([run.step_key]).get(language="pl")
    assert newest.at < run.started_at
    run.enrolment.person.language = "pl"
    run.enrolment.person.save()
    scene = player.get(run_url)
    assert "Zdanie z długiego importu." not in text(scene)
    player.post(choose_url, form_of(scene) | {"choice": "1", "version": newest.version.sha256})
    assert run.steps.get().version_id == run.wordings["pl"] != newest.version_id
    beginning = reverse("step", args=[run.enrolment.key, run.step_key])
    assert "Zdanie z długiego importu." not in text(player.get(beginning))


def test_a_run_of_before_has_its_wording_by_the_time(player, run, run_url):
    ScenarioRun.objects.update(wordings=None)
    page = ScenarioPage.objects.get(translation_key=run.step_key, locale__language_code="pl")
    page.nodes[0].value["say"] = "Poprawione zdanie."
    page.save_revision().publish()
    run.enrolment.person.language = "pl"
    run.enrolment.person.save()
    page = text(player.get(run_url))
    assert "Poprawione zdanie." not in page
    assert Script(versions.content(run.wordings["pl"])["body"]).nodes[run.node_key]["say"] in page


def test_facts_of_the_organisation_stand_in_their_places(ana, player):
    enrolment = enrol(ana, make_course("safety", lessons=0, steps=[scenario("SC-SAFE-1")]))
    page = text(player.get(reverse("step", args=[enrolment.key, enrolment.course_version.steps[0].key])))
    assert "{{" not in page
    assert "your organisation has not filled this in yet" in page


# Queries; the two ends of the transaction are among them. `docs/measurements/choice-2026-11-23.md` says what they are.
CHOICE, PROOF, STEP, COURSE = 9, 4, 5, 11

# --- what it costs -------------------------------------------------------------------------------------------------


def test_a_scene_costs_few_queries_whatever_happened_before(player, run, run_url, assert_queries_at_most):
    player.get(run_url)
    with assert_queries_at_most(8) as first:
        player.get(run_url)
    play(run, *(["breathe", "model", "name"] + ["model", "name"] * 6))
    with assert_queries_at_most(len(first)):
        player.get(run_url)


def test_the_page_before_it_costs_at_most_twelve_queries(player, run, intro_url, assert_queries_at_most):
    player.get(intro_url)
    with assert_queries_at_most(12):
        player.get(intro_url)


@pytest.mark.parametrize(("language", "most"), [("en", CHOICE), ("pl", CHOICE + 1)], ids=["en", "pl"])
def test_a_choice_costs_nine_queries_and_one_more_in_another_language(
    player, ana, run, run_url, choose_url, language, most, assert_queries_at_most
):
    ana.language = language
    ana.save()
    player.post(choose_url, form_of(player.get(run_url)) | {"choice": "1"})  # the process has met these texts now
    form = form_of(player.get(run_url)) | {"choice": "1"}
    with assert_queries_at_most(most):
        player.post(choose_url, form)
    assert ScenarioStep.objects.count() == 2


@pytest.mark.parametrize(
    ("path", "besides", "most"),
    [
        (WALKOUT, "", CHOICE + PROOF),
        (EXPERT, "", CHOICE + PROOF + STEP),
        (EXPERT, "the rest of the course is done", CHOICE + PROOF + STEP + COURSE),
        (WALKOUT, "practice", CHOICE),
        (EXPERT, "practice", CHOICE),
    ],
)
def test_a_choice_that_ends_it_costs_the_choice_and_what_ends_with_it(
    path, besides, most, player, enrolment, course, assert_queries_at_most
):
    lesson, step = (shown_step(enrolment, key, "en").version for key in course.step_keys)
    evidence.append(kind="x", subject=None, facts={}, personal={})  # the first record ever makes the head, too
    if besides:
        courses.complete_step(enrolment=enrolment, version=step if besides == "practice" else lesson)
    run = actions.start_run(enrolment=enrolment, version=step, seed=1)
    run = play(run, *path[:-1])
    form = form_of(player.get(reverse("run", args=[run.key])))
    keys = [choice.key for choice in engine.shown(run.scenario, run.position, seed=1)]
    with assert_queries_at_most(most):
        player.post(reverse("choose", args=[run.key]), form | {"choice": str(keys.index(path[-1]) + 1)})
    assert not ScenarioRun.objects.in_progress().exists()


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["run", "choose", "debrief", "run-reflection"])
def test_a_run_is_nobody_elses(run, name, obcy, marek, irena, ela, publisher, auditor, admin, client_for):
    url = reverse(name, args=[run.key])
    for user in (obcy, marek, irena, ela, publisher, auditor, admin):
        client = client_for(user)
        response = client.get(url) if name in ("run", "debrief") else client.post(url, {"choice": "1"})
        assert response.status_code == 404
    assert "/login/" in client_for(None).get(url).url
    assert not ScenarioStep.objects.exists()


def test_wrong_verbs_are_refused(player, run, run_url, choose_url):
    assert player.post(run_url).status_code == 405
    assert player.post(reverse("debrief", args=[run.key])).status_code == 405
    assert player.get(choose_url).status_code == 405
    assert player.get(reverse("run-reflection", args=[run.key])).status_code == 405
    assert player.get(reverse("run-start", args=[run.enrolment.key, run.step_key])).status_code == 405


def test_unknown_runs_and_steps_are_not_found(player, enrolment, course):
    for name in ("run", "debrief"):
        assert player.get(reverse(name, args=[uuid4()])).status_code == 404
    assert player.post(reverse("choose", args=[uuid4()])).status_code == 404
    for step in (uuid4(), course.step_keys[0]):  # the latter is a lesson
        assert player.post(reverse("run-start", args=[enrolment.key, step])).status_code == 404


def test_nobody_starts_a_run_in_anothers_enrolment(enrolment, course, obcy, marek, ela, client_for):
    url = reverse("run-start", args=[enrolment.key, course.step_keys[1]])
    for user in (obcy, marek, ela):
        assert client_for(user).post(url).status_code == 404
    assert not ScenarioRun.objects.exists()


def test_a_form_without_its_token_is_refused(ana, run, choose_url):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(choose_url, {"choice": "1", "seq": "1", "idem": str(uuid4())}).status_code == 403
    assert not ScenarioStep.objects.exists()
