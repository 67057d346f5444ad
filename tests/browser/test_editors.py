"""The editors' tasks as a newcomer would do them, in English and in Polish; and axe-core on our panels in the CMS."""

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, pgettext
from playwright.sync_api import Page, expect

from courses import actions
from people.models import User
from tests.browser.editor import once_it_notices_changes
from tests.browser.layout import at_last
from tests.browser.test_axe import violations
from tests.factories import make_course
from tests.quizzes.factories import quiz
from tests.scenarios.factories import scenario

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
HOLDS_ITS_OPTIONS = """chooser => {
  const box = chooser.getBoundingClientRect();
  const edges = [...chooser.querySelectorAll("[role=option]")].map(option => option.getBoundingClientRect());
  return edges.length > 0 && edges.every(edge => box.left <= edge.left && edge.right <= box.right);
}"""


@pytest.fixture
def course(live_server, admin, ana):
    """Ana is taking it."""
    made = make_course(lessons=2)
    for language, steps in made.steps.items():
        steps[1].title = f"Words that help ({language})"
        steps[1].save()
    actions.start(enrolment=actions.enrol(person=ana, course_key=made.key))
    return made


def assert_accessible(page: Page, panel: str) -> None:
    """One panel of ours: what stands around it is Wagtail's."""
    found = [
        (look, fault["id"], fault["help"], fault["nodes"][0]["html"][:200]) for look, fault in violations(page, panel)
    ]
    assert found == []


@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_publishes_finds_the_outline_and_moves_a_step_by_keyboard(course, admin, page_for, language):
    User.objects.filter(pk=admin.pk).update(language=language)
    page = page_for(admin, javascript=False)
    title = course.pages[language].title
    first, second = (step.title for step in course.steps[language][:2])
    with translation.override(language):
        down = gettext("Move “%(title)s” down") % {"title": first}
        checks, live = gettext("Checks"), pgettext("page status", "live")
    page.goto("/cms/")
    page.get_by_role("rowheader").get_by_role("link").first.click()
    page.goto(reverse("course-outline", args=[course.pages[language].pk]))
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    expect(page.get_by_role("columnheader", name=checks)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=first)).to_contain_text(live)
    page.get_by_role("button", name=down).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader").first).to_contain_text(second)
    expect(page.get_by_role("button", name=down)).to_be_focused()


def test_the_previews_of_a_quiz_and_a_scenario_fit_a_phone_and_a_desk(live_server, admin, page_for):
    made = make_course(lessons=0, languages=["en"], steps=[quiz(), scenario()])
    page = page_for(admin)
    starts = (("Start the quiz", "Question 1 of 5"), ("Start", "What do you say or do?"))
    for step, (start, group) in zip(made.steps["en"], starts, strict=True):
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(reverse("wagtailadmin_pages:view_draft", args=[step.pk]))
            page.get_by_role("link", name=start).click()
            expect(page.get_by_role("group", name=group)).to_be_in_viewport()
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert_accessible(page, "main")


@pytest.mark.parametrize(("width", "least"), [(1280, 230), (1024, 180), (390, 120)])
def test_titles_have_room_in_the_list_of_steps(course, admin, page_for, width, least):
    page = page_for(admin, width=width)
    page.goto(reverse("wagtailadmin_explore", args=[course.modules["pl"].pk]))
    table = page.get_by_role("main").get_by_role("table")
    title = table.get_by_role("cell").filter(has_text=course.steps["pl"][0].title).first
    title.wait_for()
    assert at_last(page, lambda: title.bounding_box()["width"] >= least)
    assert at_last(page, lambda: table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth"))


@pytest.mark.parametrize(("language", "insert"), [("en", "Insert a block"), ("pl", "Dodaj blok")])
def test_the_chooser_of_blocks_fits_a_phone(course, admin, page_for, language, insert):
    User.objects.filter(pk=admin.pk).update(language=language)
    page = page_for(admin, width=390)
    page.goto(reverse("wagtailadmin_pages:edit", args=[course.steps["en"][0].pk]))
    page.get_by_role("button", name=insert).first.click()
    chooser = page.locator(".w-combobox-container")
    chooser.get_by_role("option").first.wait_for()
    assert at_last(page, lambda: chooser.evaluate(HOLDS_ITS_OPTIONS))


def test_axe_finds_nothing_on_the_outline_and_on_the_courses_of_the_home_page(course, admin, page_for):
    page = page_for(admin)
    page.goto("/cms/")
    expect(page.get_by_role("region", name="Courses")).to_be_visible()
    assert_accessible(page, "section[aria-labelledby=course-health]")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(reverse("course-outline", args=[course.pages["en"].pk]))
        page.locator("details summary").first.click()
        assert_accessible(page, ".outline")


@pytest.mark.parametrize("language", ["en", "pl"])
def test_the_checks_of_a_lesson_stand_beside_its_preview(course, admin, page_for, language):
    User.objects.filter(pk=admin.pk).update(language=language)
    page = page_for(admin)
    with translation.override(language):
        words = {"checks": gettext("Toggle checks"), "found": gettext("No practice question")}
    page.goto(reverse("wagtailadmin_pages:edit", args=[course.steps["en"][0].pk]))
    page.get_by_role("button", name=words["checks"]).click()
    expect(page.get_by_role("heading", name=words["found"])).to_be_visible()


@pytest.mark.parametrize(
    ("step", "field", "typed", "found"),
    [
        (quiz(minutes=4), "draw_count", "12", "Correct the minutes in the settings, or the length of the step."),
        (scenario(), "role", "misunderstanding " * 1000, "Use shorter sentences and"),
    ],
    ids=["quiz", "scenario"],
)
def test_the_checks_of_a_quiz_and_a_scenario_follow_what_is_typed(
    live_server, admin, page_for, step, field, typed, found
):
    made = make_course(lessons=0, languages=["en"], steps=[step])
    page = page_for(admin)
    page.goto(reverse("wagtailadmin_pages:edit", args=[made.steps["en"][0].pk]))
    page.get_by_role("button", name="Toggle checks").click()
    expect(page.locator("[data-content-word-count]")).not_to_have_text("-")  # looked at, as it was saved
    expect(page.get_by_text(found)).to_have_count(0)
    once_it_notices_changes(page)
    page.locator(f"[name={field}]").fill(typed)
    expect(page.get_by_text(found)).to_be_visible()
