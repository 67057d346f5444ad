"""Every page on which scenarios are written, brought in and out, and looked at by L&D: axe-core finds nothing there,
and nothing has to be scrolled sideways but what is made for it (a map, a table)."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from assessments.scenarios import actions
from assessments.scenarios.formats import twee_in
from assessments.scenarios.models import ScenarioPage
from courses.reports import shown_step
from tests.browser.layout import at_last
from tests.browser.test_editors import assert_accessible
from tests.browser.test_staff import speaks
from tests.conftest import person
from tests.factories import enrol, make_course, ready_site
from tests.scenarios.factories import WALKOUT, play, scenario

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
NARROWEST, ON_A_DESK, BESIDE = 320, 1280, 1500  # pixels; in the last the map stands beside the scenes
STORY = """:: StoryTitle
A late parcel, and a title that is long enough for any window in which somebody may ever read it

:: Start
<<widget>>Where is it?
[[I see.->Nowhere at all]]
"""
# What sticks out to the right of the window, and of no box that one may scroll.
STICKS_OUT = """part => [...document.querySelectorAll(part + ' *')].filter(one => {
  if (one.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let box = one.parentElement; box && !box.matches(part); box = box.parentElement)
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(box).overflowX)) return false;
  return true;
}).map(one => one.outerHTML.slice(0, 120))"""
IN_ITS_PLACE = "box => box.scrollWidth <= box.clientWidth"


@pytest.fixture
def addresses(ground, teams, publisher) -> dict[str, str]:
    ready_site()
    course = make_course(lessons=0, steps=[scenario()], languages=["pl", "en"])
    for number in range(5):
        enrolment = enrol(person(f"Osoba{number} Nowak", teams.desk), course)
        version = shown_step(enrolment, course.step_keys[0], "en").version
        play(actions.start_run(enrolment=enrolment, version=version), *WALKOUT)
    page = course.steps["pl"][0]
    module = page.get_parent().specific
    brought = actions.import_scenario(
        module=module, imported=twee_in.read(STORY), file_name="late.twee", key=uuid4(), by=publisher
    )
    here = ["pl", page.translation_key]
    return {
        "map without JavaScript": reverse("scenario-desk", args=here),
        "script": reverse("scenario-script", args=here),
        "trying it out": reverse("scenario-play", args=here) + "?at=story&tension=90&flags=heard",
        "import": reverse("scenario-import", args=["pl", module.translation_key]),
        "report": reverse("scenario-report", args=["pl", brought.translation_key]),
        "problems of an import": reverse("scenario-desk", args=["pl", brought.translation_key]),
        "export": reverse("scenario-export", args=here),
        "scenarios": reverse("scenario-analyses"),
        "analysis": reverse("scenario-analysis", args=here[1:]),
    }


@pytest.mark.parametrize("language", ["en", "pl"])
def test_axe_finds_nothing_and_nothing_sticks_out_where_scenarios_are_written_and_looked_at(
    addresses, publisher, page_for, language
):
    speaks(publisher, language)
    page = page_for(publisher, javascript=True)
    for what, address in addresses.items():
        page.set_viewport_size({"width": ON_A_DESK, "height": 900})
        page.goto(address)
        assert_accessible(page, ".nice-padding")
        page.set_viewport_size({"width": NARROWEST, "height": 900})
        assert at_last(page, lambda: sticking_out(page) == []), (what, sticking_out(page))


def sticking_out(page: Page) -> list[str]:
    return page.evaluate(STICKS_OUT, ".nice-padding")


@pytest.mark.parametrize("width", [NARROWEST, ON_A_DESK, BESIDE])
def test_the_desk_is_as_wide_as_its_place_and_the_map_is_scrolled_alone(ground, publisher, page_for, width):
    ready_site()
    speaks(publisher, "pl")
    written = make_course(lessons=0, steps=[scenario()], languages=["pl"]).steps["pl"][0]
    page = page_for(publisher)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(reverse("wagtailadmin_pages:edit", args=[written.pk]))
    expect(page.locator("a[data-spot]").first).to_be_visible()
    for box in ("[data-scn-desk]", ".scn-desk", ".scn-desk > section >> nth=0", ".scn-figures"):
        assert at_last(page, lambda box=box: page.locator(box).evaluate(IN_ITS_PLACE)), box
    title = page.locator("#scn-problems")
    assert at_last(page, lambda: title.evaluate("title => title.getBoundingClientRect().right") <= width)
    if width == BESIDE:  # there it stays in view, below what Wagtail lets float over the page
        page.mouse.move(width / 3, 500)
        page.mouse.wheel(0, 2_000)
        expect(page.get_by_label("Miejsce i czas")).not_to_be_in_viewport()
        floats = page.locator(".w-minimap__collapse-all--floating").bounding_box()
        assert page.locator(".w-panel:has(> * [data-scn-desk])").bounding_box()["y"] >= floats["y"] + floats["height"]


def test_whatever_is_typed_as_a_key_is_kept_as_a_draft_and_told(ground, publisher, page_for):
    """What cannot be a key is the checker's to say. Refusing to save it would lose what else was typed."""
    ready_site()
    speaks(publisher, "en")
    written = make_course(lessons=0, steps=[scenario()], languages=["pl"]).steps["pl"][0]
    page = page_for(publisher)
    page.goto(reverse("wagtailadmin_pages:edit", args=[written.pk]))
    page.locator("#nodes-root [data-streamfield-child]").first.wait_for()
    page.locator("a[data-spot=open]").press("Enter")
    page.locator("[name=nodes-0-value-key]").fill("początek")
    page.locator("[name=nodes-0-value-choices-0-value-to]").fill("gdzie indziej")
    expect(page.get_by_text("“początek” cannot be a key.")).to_be_visible()
    expect(page.get_by_text("leads to “gdzie indziej”, which does not exist.")).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("has been updated").first).to_be_visible()
    draft = ScenarioPage.objects.get(pk=written.pk).get_latest_revision_as_object().nodes[0].value
    assert (draft["key"], draft["choices"][0]["to"]) == ("początek", "gdzie indziej")


def test_whatever_is_typed_as_a_number_is_kept_as_a_draft_and_told(ground, publisher, page_for):
    """So is the key that a copy of a scene with the longest of keys is given."""
    ready_site()
    speaks(publisher, "en")
    written = make_course(lessons=0, steps=[scenario()], languages=["pl"]).steps["pl"][0]
    written.nodes[0].value["key"] = "k" * 40
    written.save_revision(clean=False)
    page = page_for(publisher)
    page.goto(reverse("wagtailadmin_pages:edit", args=[written.pk]))
    page.locator("#nodes-root [data-streamfield-child]").first.wait_for()
    page.locator(f"a[data-spot={'k' * 40}]").press("Enter")
    page.locator("[name=nodes-0-value-choices-0-value-tension]").fill("999")
    page.locator("[name=nodes-0-value-choices-1-value-tension]").fill("a bit")
    told = page.get_by_role("link", name=re.compile("from -100 to 100, not by “a bit”"))
    expect(told).to_be_visible()
    expect(page.get_by_text("from -100 to 100, not by “999”")).to_be_visible()
    told.press("Enter")
    expect(page.locator("[name=nodes-0-value-choices-1-value-tension]")).to_be_focused()
    page.locator("#nodes-root [data-streamfield-action=DUPLICATE]").first.click()
    expect(page.locator(f"a[data-spot={'k' * 38}-2]")).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("has been updated").first).to_be_visible()
    draft = ScenarioPage.objects.get(pk=written.pk).get_latest_revision_as_object().nodes
    assert [choice["tension"] for choice in draft[0].value["choices"]][:2] == [999, "a bit"]
    assert "k" * 38 + "-2" in [place.value["key"] for place in draft]


def test_on_a_phone_the_map_of_a_debrief_is_as_large_as_it_is_drawn(ground, teams, ana, page_for):
    course = make_course(lessons=0, steps=[scenario()], languages=["en"])
    enrolment = enrol(ana, course)
    run = actions.start_run(enrolment=enrolment, version=shown_step(enrolment, course.step_keys[0], "en").version)
    run = play(run, *WALKOUT)
    actions.save_reflections(run=run, texts=["Turn two."])
    page: Page = page_for(ana)
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    page.goto(reverse("debrief", args=[run.key]))
    drawing = page.get_by_role("img", name=re.compile("Map of the scenario"))
    drawn = drawing.bounding_box()
    assert (drawn["width"], drawn["height"]) == tuple(int(drawing.get_attribute(side)) for side in ("width", "height"))
    assert page.evaluate("document.documentElement.scrollWidth") == NARROWEST
