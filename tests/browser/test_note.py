"""A note that was typed and not saved is not lost, whichever way its writer goes on."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from courses import actions
from courses.models import LessonPage, ModulePage, Reflection
from tests.browser.layout import at_last
from tests.factories import enrol, key_of, make_course

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
PROMPTS = ["When did you last lose your calm?", "What helped?"]
TYPED = ["At the counter, in the queue.", "Kāds pasmaidīja."]


def thoughtful(module: ModulePage, language: str, key: UUID) -> LessonPage:
    body = [{"type": "reflection", "id": str(key_of(prompt)), "value": {"prompt": prompt}} for prompt in PROMPTS]
    page = LessonPage(title="Two thoughts", slug="two", locale=module.locale, translation_key=key, body=body)
    return module.add_child(instance=page)


@pytest.fixture
def lesson(live_server, ana, page_for) -> Page:
    """Where both notes are typed and neither is saved."""
    course = make_course(lessons=0, steps=[thoughtful], languages=["pl", "en"])
    enrolment = actions.start(enrolment=enrol(ana, course))
    page = page_for(ana)
    page.add_init_script("AbortSignal.timeout = () => new AbortController().signal")  # a busy machine takes longer
    page.goto(f"/learn/{enrolment.key}/{course.step_keys[0]}/")
    expect(page.locator("keep-note:defined").first).to_be_attached()
    for note, text in zip(page.get_by_label("Your note").all(), TYPED, strict=True):
        note.fill(text)
    return page


def kept() -> list[str]:
    return sorted(Reflection.objects.values_list("text", flat=True))


def test_who_changes_the_language_finds_the_notes_on_the_same_page(lesson):
    lesson.get_by_text(re.compile(r"Language:\s*EN")).click()
    lesson.get_by_role("button", name="polski").click()
    expect(lesson.locator("html")).to_have_attribute("lang", "pl")
    notes = lesson.get_by_role("textbox")
    expect(notes).to_have_count(len(TYPED))
    for number, text in enumerate(TYPED):
        expect(notes.nth(number)).to_have_value(text)
    assert kept() == TYPED


def test_who_saves_one_note_or_goes_on_to_the_next_step_has_saved_the_other_too(lesson):
    lesson.get_by_role("button", name="Save the note").first.click()
    expect(lesson.get_by_text("Note saved at")).to_be_visible()
    expect(lesson.locator("keep-note:defined").first).to_be_attached()
    expect(lesson.get_by_role("textbox").last).to_have_value(TYPED[1])
    lesson.get_by_role("textbox").last.fill("Ktoś się uśmiechnął.")
    lesson.get_by_role("button", name="Save and continue").click()
    lesson.wait_for_url(re.compile(r"/learn/[^/]+/$"))
    assert kept() == sorted([TYPED[0], "Ktoś się uśmiechnął."])


def test_who_follows_a_link_has_saved_them_on_the_way(lesson):
    lesson.get_by_role("link", name="To the course").first.click()
    expect(lesson.get_by_role("heading", level=1)).not_to_have_text("Two thoughts")
    assert at_last(lesson, lambda: kept() == TYPED)  # they travel beside the next page; nothing tells of their arrival


def test_a_note_that_cannot_be_saved_holds_nobody_up(lesson):
    lesson.route("**/reflection/**", lambda route: route.abort())
    lesson.get_by_text(re.compile(r"Language:\s*EN")).click()
    lesson.get_by_role("button", name="polski").click()
    expect(lesson.locator("html")).to_have_attribute("lang", "pl")
    assert kept() == []
