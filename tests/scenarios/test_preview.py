"""The preview of a scenario in the CMS: what a learner in the middle of the course meets, and nothing is kept of it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape
from wagtail.test.utils.form_data import nested_form_data, streamfield

from assessments.scenarios.models import ScenarioPage, ScenarioRun
from courses.models import Enrolment
from evidence.models import Record
from lms.templatetags.ostoja import nbsp
from tests.factories import make_course, ready_site
from tests.scenarios.factories import scenario

WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
LANGUAGES = ("pl", "lv", "en")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def read_in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def pages() -> dict[str, ScenarioPage]:
    course = make_course(lessons=1, languages=LANGUAGES, steps=[scenario()])
    return {language: ScenarioPage.objects.get(pk=course.steps[language][-1].pk) for language in LANGUAGES}


def seen(page: ScenarioPage, mode: str = "") -> str:
    answer = page.make_preview_request(preview_mode=mode)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(text: str) -> str:
    return nbsp(escape(text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_shows_the_part_and_the_opening_scene_in_each_language_and_leaves_no_trace(pages, language):
    with CaptureQueriesContext(connection) as queries:
        page = seen(pages["pl"], "" if language == "pl" else language)
    assert [query["sql"] for query in queries if WRITES.match(query["sql"])] == []
    body = pages[language].compile_body()
    assert shown(body["setting"]) in page
    assert shown(body["customer"]["look"]) in page
    first = body["nodes"][0]
    assert shown(first["say"]) in page
    assert all(shown(choice["text"]) in page for choice in first["choices"])


def test_it_marks_what_the_checks_found_where_the_list_of_checks_looks(pages):
    page = pages["en"]
    assert "data-found" not in seen(page)
    page.minutes, page.role = 40, " ".join(["understanding"] * 1000)
    assert '<h1 data-found="hard-to-read minutes-off">' in seen(page)


def test_it_stands_in_the_middle_of_the_course(pages):
    assert "Step 2 of 2" in seen(pages["en"])


def test_it_shows_no_other_scene_no_key_and_nothing_of_what_choices_are_worth(pages):
    page, body = seen(pages["en"]), pages["en"].compile_body()
    first, *others = body["nodes"]
    hidden = [choice[name] for choice in first["choices"] for name in ("consequence", "coaching")]
    hidden += [text for node in others for text in (node["say"], node["scene"])]
    hidden += [text for ending in body["endings"] for text in (ending["text"], ending["debrief"])]
    assert not [text for text in hidden if text and shown(text) in page]
    assert not [choice["key"] for choice in first["choices"] if f'"{choice["key"]}"' in page]
    for sign in ("→", "What the checker found", "walkout"):
        assert sign not in page


def test_each_look_shows_the_choices_in_one_order(pages):
    def order() -> list[str]:
        return re.findall(r"</kbd><span>(.*?)</span>", seen(pages["en"]))

    assert len(order()) == len(pages["en"].compile_body()["nodes"][0]["choices"])
    assert order() == order()


def test_what_is_only_in_the_debrief_is_not_shown_before(pages):
    assert "of 100" in seen(pages["en"])
    pages["en"].meter_visible = "debrief"
    assert "of 100" not in seen(pages["en"])


@pytest.mark.parametrize(
    "broken",
    [{"nodes": []}, {"start_key": "nowhere"}, {"start_key": "walkout"}],
    ids=["no scenes", "an unknown beginning", "an ending to begin with"],
)
def test_a_draft_without_an_opening_scene_says_so(pages, broken):
    for name, value in broken.items():
        setattr(pages["en"], name, value)
    page = seen(pages["en"])
    assert "There is no opening scene yet" in page
    assert 'id="choices"' not in page


def test_half_a_draft_shows_what_there_is(pages):
    page = pages["en"]
    page.role = page.setting = page.customer_name = page.customer_gender = page.start_key = ""
    page.nodes = [("scene", {"key": None, "speaker": "", "emotion": "", "scene": None, "say": "Hm.", "choices": []})]
    text = seen(page)
    assert "Hm." in text
    assert "There is nothing to choose here." in text
    page.nodes = [("scene", {"key": "a", "speaker": "customer", "emotion": "none", "say": "Hm.", "choices": []})] * 2
    assert "Hm." in seen(page)


def test_a_scenario_whose_form_is_half_empty_is_previewed(client_for, ela):
    ready_site()
    course, client = make_course(lessons=0, languages=["en"], steps=[scenario()]), client_for(ela)
    address = reverse("wagtailadmin_pages:preview_on_edit", args=[course.steps["en"][0].pk])
    fields = {"title": "Half", "slug": "half", "tension_start": "50", "minutes": "5", "required_of": "everyone"}
    streams = {"nodes": streamfield([]), "skills": streamfield([])}
    form = nested_form_data(fields | streams | {"comments": dict.fromkeys(("TOTAL_FORMS", "INITIAL_FORMS"), "0")})
    before = ScenarioRun.objects.count(), Enrolment.objects.count(), Record.objects.count()
    assert client.post(address, form).json()["is_valid"]
    text = client.get(address).content.decode()
    assert "There is no opening scene yet" in text
    assert "wagtail-userbar-template" in text  # without it nothing is checked while one types
    assert before == (ScenarioRun.objects.count(), Enrolment.objects.count(), Record.objects.count())
