"""Whoever leaves a lesson in the middle comes back to the same place, on any device; without scripts it is whole."""

from uuid import UUID

import pytest
from playwright.sync_api import expect

from courses import actions
from courses.models import LessonPage, ModulePage, StepCompletion
from tests.factories import enrol, key_of, lesson, make_course

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
PARAGRAPH = "<p>" + "Look around before the doors open, and breathe out slowly. " * 6 + "</p>"
HEADINGS = ["The doors", "The queue", "The first word", "The last word"]
# Asked after the page's own observer, it is answered after it, too.
SEEN = """part => new Promise(seen => {
    part.scrollIntoView()
    const look = ([entry]) => entry.isIntersecting && seen()
    new IntersectionObserver(look, {rootMargin: '-20% 0px -60%'}).observe(part)
})"""


def long_lesson(module: ModulePage, language: str, key: UUID) -> LessonPage:
    """Longer than any screen."""
    body = [
        {"type": "concept", "id": str(key_of(heading)), "value": {"heading": heading, "body": PARAGRAPH, "points": ""}}
        for heading in HEADINGS
    ]
    page = LessonPage(title="Before the queue", slug="long", locale=module.locale, translation_key=key, body=body)
    return module.add_child(instance=page)


@pytest.fixture
def enrolment(live_server, ana):
    course = make_course(lessons=0, steps=[long_lesson, lesson], languages=["en"])
    return actions.start(enrolment=enrol(ana, course))


def test_who_leaves_a_lesson_in_the_middle_comes_back_to_the_same_place_on_another_device(enrolment, ana, page_for):
    page = page_for(ana, height=500)
    page.clock.install(time=0)
    page.clock.pause_at(1)  # its own hand would send the place now and then, before anybody looks for that
    page.goto("/my/")
    page.get_by_role("link", name="Continue").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before the queue")
    expect(page.locator("keep-place:defined")).to_be_visible()
    page.locator(f"#b-{key_of('The first word')}").evaluate(SEEN)
    with page.expect_response("**/place/"):
        page.clock.fast_forward(6_000)
    phone = page_for(ana, width=360, height=600)
    phone.goto("/my/")
    phone.get_by_role("link", name="Continue").first.click()
    expect(phone.get_by_role("heading", name="The first word")).to_be_in_viewport()
    expect(phone.get_by_role("heading", name="The doors")).not_to_be_in_viewport()


def test_without_scripts_the_lesson_is_whole(enrolment, ana, page_for):
    page = page_for(ana, width=360, javascript=False)
    page.goto("/my/")
    page.get_by_role("link", name="Continue").first.click()
    for heading in HEADINGS:
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    expect(page.locator("keep-place").get_by_text("Look around before the doors open")).to_have_count(len(HEADINGS))
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A calm voice (en)")
    assert StepCompletion.objects.filter(enrolment=enrolment).count() == 1
