import pytest
from django.core.exceptions import ValidationError
from wagtail.models import Locale
from wagtail_localize.segments.extract import extract_segments

from assessments.scenarios.models import ScenarioPage
from assessments.scenarios.rules import checker, engine, graph
from assessments.scenarios.script import Script
from courses.checks.rules import readability
from courses.models import StepVersion
from tests.factories import make_course
from tests.scenarios.factories import IDS, scenario, values

pytestmark = pytest.mark.django_db
LANGUAGES = ("pl", "lv", "en")


def compiled(name: str, language: str) -> dict:
    return ScenarioPage(**values(name, language)).compile_body()


def page_in(name: str, language: str, **fields) -> ScenarioPage:
    return ScenarioPage(locale=Locale(language_code=language), **values(name, language) | fields)


@pytest.mark.parametrize("name", IDS)
def test_each_scenario_of_the_course_compiles_without_errors_to_one_structure(name):
    bodies = {language: compiled(name, language) for language in LANGUAGES}
    structures = [ScenarioPage.structure_of(body) for body in bodies.values()]
    assert structures[0] == structures[1] == structures[2]
    for language, body in bodies.items():
        assert checker.errors(graph.from_content(body)) == []
        assert list(readability(Script(body).prose(), language)) == []


@pytest.mark.parametrize("name", IDS)
def test_the_expert_path_of_each_scenario_leads_to_a_good_ending_that_passes(name):
    played = graph.from_content(compiled(name, "en"))
    state = engine.replay(played, [tuple(step.split(".")) for step in played.expert_path])
    assert engine.outcome(played, state) == "good"
    assert engine.passed(played, state)


def test_the_structure_holds_no_text():
    def texts(value):
        if isinstance(value, dict):
            return {text for part in value.values() for text in texts(part)}
        if isinstance(value, list):
            return {text for part in value for text in texts(part)}
        return {value} if isinstance(value, str) else set()

    body = compiled("SC-CALM-1", "en")
    spoken = {node["say"] for node in body["nodes"]} | {body["role"], body["setting"], body["customer"]["look"]}
    spoken |= {choice[part] for node in body["nodes"] for choice in node["choices"] for part in ("text", "coaching")}
    spoken |= {ending["text"] for ending in body["endings"]} | {skill["text"] for skill in body["skills"]}
    assert spoken
    assert not spoken & texts(ScenarioPage.structure_of(body))


def test_all_languages_publish_one_structure_and_their_own_texts():
    course = make_course(lessons=0, steps=[scenario()])
    versions = StepVersion.objects.filter(step_key=course.step_keys[0])
    assert versions.count() == 3
    assert len({version.structure_sha256 for version in versions}) == 1
    assert len({version.sha256 for version in versions}) == 3


def test_translators_meet_texts_and_never_keys():
    page = make_course(lessons=0, languages=["pl"], steps=[scenario()]).steps["pl"][0]
    segments = extract_segments(page)
    sent = {getattr(segment, "string", None) and segment.string.data for segment in segments} - {None}
    body = page.compile_body()
    assert body["nodes"][0]["say"] in sent
    assert body["skills"][0]["text"] in sent
    keys = {node["key"] for node in body["nodes"]} | {
        choice["to"] for node in body["nodes"] for choice in node["choices"]
    }
    assert not sent & (keys | {"customer", "angry", "best", "walkout", "open.breathe"})


@pytest.fixture
def live() -> ScenarioPage:
    return make_course(lessons=0, languages=["pl"], steps=[scenario()]).steps["pl"][0]


def leading_nowhere(page: ScenarioPage) -> ScenarioPage:
    page.nodes[0].value["choices"][0]["to"] = "nowhere"
    return page


def test_a_scenario_that_is_hard_to_read_is_told_so_and_goes_live(live):
    before = live.warnings()
    live.role = " ".join(["Obsługa"] * 9000)
    assert before == []
    found = [finding.code for finding in live.findings()]
    assert found == ["sentences-long", "hard-to-read", "minutes-off"]
    assert len(live.warnings()) == len(found)
    live.save_revision().publish()


@pytest.mark.parametrize("name", IDS)
def test_the_minutes_of_each_scenario_of_the_course_are_true_in_each_language(name):
    for language in LANGUAGES:
        assert [found.code for found in page_in(name, language).findings()] == []
        assert [found.code for found in page_in(name, language, minutes=20).findings()] == ["minutes-off"]


def test_a_scenario_that_cannot_be_played_yet_is_told_nothing_of_its_minutes():
    for broken in ({"nodes": []}, {"start_key": "nowhere"}):
        assert page_in("SC-CALM-1", "en", minutes=20, **broken).findings() == ()


def test_a_draft_with_problems_is_saved(live):
    revision = leading_nowhere(live).save_revision()
    draft = revision.as_object()
    assert draft.compile_body()["nodes"][0]["choices"][0]["to"] == "nowhere"


@pytest.mark.parametrize("route", ["publish", "save"])
def test_a_scenario_with_problems_does_not_go_live(live, route):
    broken = leading_nowhere(live)
    with pytest.raises(ValidationError, match="nowhere"):
        broken.save_revision().publish() if route == "publish" else broken.save()
    assert ScenarioPage.objects.get(pk=live.pk).compile_body()["nodes"][0]["choices"][0]["to"] != "nowhere"
    assert StepVersion.objects.filter(step_key=live.translation_key).count() == 1


def test_publishing_the_same_again_makes_no_new_version(live):
    live.save_revision().publish()
    assert StepVersion.objects.filter(step_key=live.translation_key).count() == 1


def test_half_typed_drafts_compile():
    page = ScenarioPage(title="Draft")
    page.nodes = [
        ("scene", {"key": None, "speaker": "customer", "emotion": "calm", "scene": None, "say": "", "choices": []}),
        ("ending", {"key": "", "outcome": "", "text": None, "debrief": "", "reflection": []}),
    ]
    page.nodes[0].value["choices"].append({"key": "a", "text": "", "to": None, "tension": "", "score": "2x"})
    body = page.compile_body()
    assert body["nodes"][0]["choices"][0]["tension"] == 0
    assert page.body_problems()


def test_an_empty_scenario_says_what_is_missing():
    *unsaid, no_scene = ScenarioPage(title="New").body_problems()[:4]
    assert unsaid == ["Fill in “your part”.", "Fill in “place and time”.", "Fill in “name”."]
    assert no_scene == "There is no scene “” to begin with."
