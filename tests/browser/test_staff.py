"""Tasks of L&D as a newcomer would do them, by what stands on the screen, in English and in Polish: the register of
certificates, publishing with a meaning, a translation side by side. And axe-core on our panels among them."""

import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation.trans_real import DjangoTranslation
from playwright.sync_api import Page, Request, Route, expect
from wagtail.models import Locale

from certificates import actions as certificates
from certificates import tasks
from certificates.models import Bundle, Certificate, Revocation
from certificates.rules import Facts
from courses import actions
from courses.models import CoursePage, LessonPage, ModulePage, Publication, Term
from courses.reports import shown_step
from lms.packs.importing import apply, plan_import
from lms.packs.reading import read_pack
from lms.packs.site import _review, _roles, review_name, set_up_site
from people.models import User
from tests.browser.editor import once_it_notices_changes
from tests.browser.layout import at_last
from tests.browser.test_editors import assert_accessible
from tests.factories import make_course
from tests.packs.conftest import MINI
from tools.own_words import write_over

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
PANEL = ".nice-padding"


@pytest.fixture
def course(ground, publisher, ana):
    """Ana is taking it, and has read its first lesson."""
    made = make_course(lessons=2)
    _roles()
    _review()
    enrolment = actions.enrol(person=ana, course_key=made.key)
    version = shown_step(enrolment, made.step_keys[0], "pl").version
    actions.complete_step(enrolment=enrolment, version=version)
    return made


@pytest.fixture
def certificate(ground, publisher, ana) -> Certificate:
    set_up_site()
    today = timezone.localdate()
    facts = Facts("Calm first", "1", 3, today, today + timedelta(days=365), "en")
    return certificates.issue(completion_key=uuid4(), holder=ana, facts=facts)


@pytest.fixture
def private_folder(settings, tmp_path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "private"},
        }
    }


def speaks(user: User, language: str) -> None:
    User.objects.filter(pk=user.pk).update(language=language)


def said(language: str, *texts: str) -> dict[str, str]:
    with translation.override(language):
        return {text: gettext(text) for text in texts}


def to_add(model: type[Model], language: str) -> str:
    """What the link above a list of Wagtail's is called."""
    with translation.override(language):
        return gettext("Add %(model_name)s") % {"model_name": model._meta.verbose_name}


def from_menu(page: Page, *names: str) -> Page:
    page.goto("/cms/")
    menu = page.get_by_role("navigation").first
    for name in names:
        menu.get_by_role("link", name=name, exact=True).or_(menu.get_by_role("button", name=name, exact=True)).click()
    return page


# --- the register of certificates ----------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_issues_anew_after_a_change_of_name_and_revokes_finds_the_way(
    certificate, publisher, ana, page_for, language
):
    User.objects.filter(pk=ana.pk).update(last_name="Kowalska")
    speaks(publisher, language)
    page = page_for(publisher, javascript=False)
    with translation.override(language):
        words = {
            "certificates": gettext("Certificates"),
            "search": gettext("Search"),
            "anew": gettext("Issue anew"),
            "issue": gettext("Issue the new certificate"),
            "revoke it": gettext("Revoke this certificate"),
            "reason": gettext("Reason"),
            "revoke": gettext("Revoke"),
            "shown": gettext("Reason shown to the public"),
            "for staff": gettext("Reason for the holder and staff"),
            "public": gettext("See what the public sees"),
            "class": str(Revocation.Reason.choices[0][1]),
        }
    page.goto("/cms/")
    page.goto(reverse("certificate-register"))
    page.get_by_role("search").get_by_role("textbox").first.fill("Nowak")
    page.get_by_role("search").get_by_role("button", name=words["search"]).click()
    page.get_by_role("rowheader").get_by_role("link").click()
    page.get_by_role("link", name=words["anew"]).click()
    page.get_by_label(words["reason"]).fill("Married")
    page.get_by_role("button", name=words["issue"]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kowalska")
    expect(page.get_by_role("link", name=certificate.serial)).to_be_visible()
    page.get_by_role("link", name=words["revoke"], exact=True).click()
    page.get_by_label(words["shown"]).select_option(label=words["class"])
    page.get_by_label(words["for staff"]).fill("Issued by mistake")
    page.get_by_role("button", name=words["revoke it"]).click()
    page.get_by_role("link", name=words["public"]).click()
    expect(page.get_by_role("main")).to_contain_text(words["class"])
    assert Revocation.objects.get().certificate.supersedes == certificate


@pytest.mark.parametrize("language", ["en", "pl"])
def test_certificates_are_taken_away_as_a_zip(certificate, publisher, page_for, private_folder, language):
    tasks.attach_file(certificate=certificate, data=b"%PDF-1.7", sealed_with="0" * 64)
    speaks(publisher, language)
    page = page_for(publisher, javascript=False)
    with translation.override(language):
        words = {
            "choose": gettext("Choose %(name)s, %(number)s")
            % {"name": certificate.holder_name, "number": certificate.serial},
            "make": gettext("Make a zip of those chosen"),
            "again": gettext("Look again"),
            "download": gettext("Download the zip"),
        }
    page.goto(reverse("certificate-register"))
    page.get_by_role("checkbox", name=words["choose"]).check()
    page.get_by_role("button", name=words["make"]).click()
    tasks.bundle.func(str(Bundle.objects.get().key))  # the worker's part
    page.get_by_role("link", name=words["again"]).click()
    with page.expect_download() as download:
        page.get_by_role("link", name=words["download"]).click()
    with zipfile.ZipFile(download.value.path()) as archive:
        names = archive.namelist()
    assert [name for name in names if certificate.serial in name], names


# --- publishing with a meaning -------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_publishes_says_that_people_redo_it_and_until_when(course, publisher, ana, page_for, language):
    lesson = course.steps["pl"][0]
    lesson.title = "Drill"
    lesson.save_revision(user=publisher)
    speaks(publisher, language)
    page = page_for(publisher, javascript=False)
    with translation.override(language):
        words = {
            "history": gettext("Publish the draft, or ask people to redo what is live"),
            "material": gettext("Material: people have to redo it"),
            "by": gettext("By when"),
            "why": gettext("Why"),
            "publish": gettext("Publish"),
        }
    page.goto(reverse("publications", args=[lesson.pk]))
    page.get_by_role("link", name=words["history"]).click()
    page.get_by_role("radio", name=words["material"]).check()
    page.get_by_role("button", name=words["publish"], exact=True).click()
    expect(page.get_by_role("radio", name=words["material"])).to_be_checked()  # by when was not said
    page.get_by_label(words["by"]).fill((timezone.localdate() + timedelta(days=7)).isoformat())
    page.get_by_label(words["why"]).fill("The drill is new")
    page.get_by_role("button", name=words["publish"], exact=True).click()
    page.wait_for_url("**/cms/pages/**")
    row = Publication.objects.filter(step_key=lesson.translation_key, language="pl").latest("pk")
    assert (row.change, row.decision.note, row.decision.decided_by) == ("material", "The drill is new", publisher)


def test_axe_finds_nothing_where_the_meaning_is_asked_and_on_what_needs_somebody(course, publisher, page_for):
    lesson = course.steps["pl"][0]
    lesson.body = []
    lesson.save_revision(user=publisher)
    page = page_for(publisher)
    for name in ("publishing", "publications"):
        page.goto(reverse(name, args=[lesson.pk]))
        assert_accessible(page, PANEL)
    page.goto(f"/cms/bulk/wagtailcore/page/publish/?id={lesson.pk}&next=/cms/")
    expect(page.get_by_role("radio").first).to_be_checked()
    assert_accessible(page, PANEL)
    page.goto("/cms/")
    expect(page.get_by_role("region", name="What needs you")).to_be_visible()
    assert_accessible(page, "section[aria-labelledby=needs-you]")


# --- a translation side by side ------------------------------------------------------------------------------------
@pytest.fixture
def lagging(ground, publisher) -> LessonPage:
    """A lesson whose heading has changed in Polish since it was translated."""
    apply(plan_import(read_pack(MINI)))
    lesson = LessonPage.objects.get(title="Własne słowa")
    next(block for block in lesson.body if block.block_type == "concept").value["heading"] = "Nowy nagłówek"
    lesson.save_revision().publish()
    return lesson


def called(page: LessonPage, language: str) -> str:
    """As a list of the CMS names it to who reads that language."""
    return page.get_translation(Locale.objects.get(language_code=language)).title


@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_translates_is_led_from_the_home_page_to_the_text_that_waits(lagging, publisher, page_for, language):
    speaks(publisher, language)
    page = page_for(publisher)
    with translation.override(language):
        words = {"needs": gettext("What needs you"), "translate": gettext("Translate")}
    page.goto("/cms/")
    page.get_by_role("link", name=re.compile("latvie|łotew|Latvian")).first.click()
    row = page.get_by_role("row").filter(has_text=called(lagging, language))
    row.get_by_role("link", name=words["translate"]).click()
    expect(page.get_by_text("Nowy nagłówek").first).to_be_visible()


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_text_is_translated_beside_its_source_and_goes_live(lagging, publisher, page_for, language):
    speaks(publisher, language)
    page, said = page_for(publisher), of_script(language)
    latvian = lagging.get_translation(Locale.objects.get(language_code="lv"))
    page.goto(reverse("wagtailadmin_pages:edit", args=[latvian.pk]))
    text = page.get_by_role("listitem").filter(has=page.get_by_text("Nowy nagłówek", exact=True)).last
    text.get_by_role("button", name=said("Translate"), exact=True).click()
    text.get_by_role("textbox").fill("Jauns virsraksts")
    with page.expect_response(lambda response: response.request.method == "PUT"):  # it is shown before it is saved
        text.get_by_role("button", name=said("Save"), exact=True).click()
    expect(text).to_contain_text("Jauns virsraksts")
    with page.expect_navigation():
        page.get_by_role("button", name=said("Publish in ")).click()
    shown = Publication.objects.filter(step_key=lagging.translation_key, language="lv").latest("pk").version
    assert "Jauns virsraksts" in str(shown.content)


def test_the_source_stands_beside_its_translation_and_above_it_on_a_phone(lagging, publisher, page_for):
    page = page_for(publisher, width=1280)
    latvian = lagging.get_translation(Locale.objects.get(language_code="lv"))
    page.goto(reverse("wagtailadmin_pages:edit", args=[latvian.pk]))
    segment = page.locator(".js-translation-editor li.complete").first

    def where(element: str) -> dict[str, float]:
        return segment.locator(element).evaluate("element => element.getBoundingClientRect().toJSON()")

    def is_beside() -> bool:
        source, translated = where("> p"), where("> div")
        return source["right"] <= translated["left"] + 1 and abs(source["top"] - translated["top"]) < 30

    def is_above() -> bool:
        source, translated = where("> p"), where("> div")
        return source["top"] + 20 < translated["top"] and translated["left"] < source["right"] / 2

    assert at_last(page, is_beside)
    page.set_viewport_size({"width": 360, "height": 800})
    assert at_last(page, is_above)


@pytest.mark.parametrize("language", ["pl", "lv"])
def test_the_screen_of_a_translation_has_no_english_around_its_texts(lagging, publisher, page_for, language):
    speaks(publisher, language)
    page = page_for(publisher)
    latvian = lagging.get_translation(Locale.objects.get(language_code="lv"))
    page.goto(reverse("wagtailadmin_pages:edit", args=[latvian.pk]))
    segment = page.locator(".js-translation-editor li.complete").first
    expect(segment).to_contain_text(timezone.localdate().strftime(".%Y"))
    assert timezone.localdate().strftime("%B") not in segment.inner_text()
    assert " translation" not in page.locator(".js-translation-editor").inner_text()


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_term_is_added_and_seen_beside_the_text_that_is_translated(lagging, publisher, page_for, language):
    speaks(publisher, language)
    words = said(
        language, "Snippets", "terms", "Polish", "Latvian", "note", "Save", "Translate", "Notes for the translator"
    )
    page = from_menu(page_for(publisher), words["Snippets"])
    page.get_by_role("link", name=words["terms"].capitalize()).click()
    page.get_by_role("link", name=to_add(Term, language)).click()
    for name, text in (("Polish", "nagłówek"), ("Latvian", "virsraksts"), ("note", "Of a page")):
        page.get_by_role("textbox", name=words[name]).fill(text)
    page.get_by_role("button", name=words["Save"], exact=True).click()
    expect(page.get_by_role("table")).to_contain_text("nagłówek")
    page.goto("/cms/")
    page.get_by_role("link", name=re.compile("latvie|łotew|Latvian")).first.click()
    row = page.get_by_role("row").filter(has_text=called(lagging, language))
    row.get_by_role("link", name=words["Translate"]).click()
    notes = page.get_by_role("complementary", name=words["Notes for the translator"])
    expect(notes.get_by_role("definition").filter(has_text="virsraksts")).to_contain_text("Of a page")


def test_axe_finds_nothing_on_the_translation_of_a_course(lagging, publisher, page_for):
    page = page_for(publisher)
    course = lagging.get_parent().get_parent()
    page.goto(f"{reverse('course-translation', args=[course.pk])}?language=lv")
    assert_accessible(page, PANEL)
    page.goto("/cms/")
    assert_accessible(page, "section[aria-labelledby=languages-panel]")


# --- a lesson, from blank to published, by keyboard ----------------------------------------------------------------
def of_script(language: str) -> Callable[[str], str]:
    """gettext of the texts that Wagtail's scripts put on the page."""
    return DjangoTranslation(language, domain="djangojs").gettext


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_lesson_is_written_from_blank_to_published_by_keyboard(course, publisher, page_for, language):
    speaks(publisher, language)
    page, said = page_for(publisher), of_script(language)
    with translation.override(language):
        words = {
            "add": gettext("Add: %(kind)s") % {"kind": gettext("Lesson")},
            "title": gettext("Title"),
            "block": gettext("Concept"),
            "heading": gettext("Heading"),
            "more": gettext("More actions"),
            "publish": gettext("Publish"),
        }
    page.goto(reverse("course-outline", args=[course.pages["pl"].pk]))
    page.get_by_role("link", name=words["add"]).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.get_by_role("textbox", name=words["title"]).focus()
    page.keyboard.type("Before the queue")
    page.get_by_role("button", name=said("Insert a block")).focus()
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name=said("Search options…")).focus()
    page.keyboard.type(words["block"])
    option = page.get_by_role("listbox").get_by_role("option")
    expect(option).to_have_count(1)
    expect(option).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name=words["heading"])).to_be_focused()
    page.keyboard.type("Arrive first")
    page.keyboard.press("Tab")  # past the button that comments on the heading
    page.keyboard.press("Tab")
    page.keyboard.type("Look around before the doors open.")
    # The editor of texts hands over what was written a moment after the last key.
    expect(page.locator("input[name=body-0-value-body]")).to_have_value(re.compile(r"the doors open\."))
    page.get_by_role("button", name=words["more"]).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name=words["publish"], exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cms/pages/\d+/$"))
    made = LessonPage.objects.get(title="Before the queue")
    assert made.live
    assert "Look around before the doors open." in str(made.body)


HAS_ADDRESS = re.compile(rb'name="slug"\r\n\r\n[^\r]')


def test_a_button_pressed_while_the_page_is_saving_itself_waits_for_it(course, publisher, page_for):
    """Sent beside that save, it made a second page of the same address: an error page."""
    page = page_for(publisher)
    held, happened = [], []

    def hold(route: Route) -> None:
        request = route.request
        if not held and not request.is_navigation_request() and HAS_ADDRESS.search(request.post_data_buffer or b""):
            held.append(route)
        else:
            route.continue_()

    def note(request: Request) -> None:
        if request.method == "POST" and request.is_navigation_request():
            happened.append("button sent")

    page.route("**/cms/pages/add/courses/lessonpage/*/", hold)
    page.on("request", note)
    page.goto(reverse("wagtailadmin_pages:add", args=["courses", "lessonpage", course.modules["pl"].pk]))
    for again in range(1000):  # before the editor stands ready it saves nothing, or a page without an address
        if held:
            break
        if again % 20 == 0:  # it saves when nothing was typed for half a second; keys make the address of the title
            page.get_by_role("textbox", name="Title").fill("")
            page.keyboard.type(f"Pressed too soon {again}")
        page.wait_for_timeout(100)
    page.get_by_role("button", name="Save draft").click()
    happened.append("save let go")
    with page.expect_response(lambda response: response.request.is_navigation_request()):
        held[0].continue_()
    page.wait_for_url(re.compile(r"/cms/pages/\d+/edit/$"))
    expect(page.get_by_text("Pressed too soon").first).to_be_visible()
    assert happened == ["save let go", "button sent"]
    assert LessonPage.objects.filter(title__startswith="Pressed too soon").count() == 1


ASKS_BEFORE_LEAVING = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"


def test_what_is_typed_while_the_page_saves_itself_is_saved_next_without_another_key(course, ela, page_for):
    """Wagtail's editor takes what its form holds after a save for what was saved; a tab closed then lost the words."""
    speaks(ela, "en")
    page, saves = page_for(ela), []
    lesson = LessonPage.objects.get(pk=course.steps["pl"][0].pk)
    address = reverse("wagtailadmin_pages:edit", args=[lesson.pk])

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            saves.append(route)
        if route.request.method != "POST" or len(saves) > 2:
            route.continue_()

    page.route(f"**{address}", hold)
    page.goto(address)
    once_it_notices_changes(page)
    title = page.get_by_role("textbox", name="Title")
    title.fill("Before the save")
    assert at_last(page, lambda: bool(saves))
    title.fill("During the save")
    saves[0].continue_()
    assert at_last(page, lambda: len(saves) == 2)
    assert page.evaluate(ASKS_BEFORE_LEAVING)
    saves[1].continue_()
    assert at_last(page, lambda: lesson.revisions.filter(content__title="During the save").exists())
    page.wait_for_timeout(2000)
    assert len(saves) == 2, "what is saved is not saved again"
    assert not page.evaluate(ASKS_BEFORE_LEAVING)


# --- a course of one's own ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "pl"])
def test_an_editor_begins_the_first_course_a_file_becomes_a_lesson_and_a_publisher_publishes_it(
    ground, ela, publisher, page_for, language
):
    set_up_site()
    speaks(ela, language)
    speaks(publisher, language)
    page = page_for(ela, javascript=False)
    with translation.override(language):
        words = {
            "first": gettext("Your first course"),
            "new": gettext("New course"),
            "title": gettext("Title"),
            "make": gettext("Make the course"),
            "file": gettext("File"),
            "bring": gettext("Make a draft lesson"),
            "publish": gettext("Publish the whole course in this language"),
            "refused": gettext("Nothing was published. This has to be put right first:"),
        }
    page.goto("/cms/")
    page.get_by_role("region", name=words["first"]).get_by_role("link", name=words["new"]).click()
    page.get_by_label(words["title"]).fill("Waiting well")
    page.get_by_role("button", name=words["make"]).click()
    page.wait_for_url(re.compile(r"/cms/outline/\d+/$"))
    outline = page.url
    expect(page.get_by_role("button", name=words["publish"])).to_have_count(0)
    module = ModulePage.objects.filter(locale__language_code="pl").first()
    page.goto(reverse("article-import", args=[module.pk]))
    written = b"# Before the queue\n\nLook around.\n\n## Doors\n\nThey open at eight."
    page.get_by_label(words["file"]).set_input_files({"name": "q.md", "mimeType": "text/markdown", "buffer": written})
    page.get_by_role("button", name=words["bring"]).click()
    page.wait_for_url("**/edit/")
    assert not LessonPage.objects.live().exists()
    page.goto("/cms/")
    expect(page.get_by_role("region", name=words["first"])).to_have_count(0)
    other = page_for(publisher, javascript=False)
    other.goto(outline)
    other.get_by_role("button", name=words["publish"]).click()
    expect(other.get_by_text(words["refused"])).to_be_visible()
    write_over(CoursePage.objects.get(locale__language_code="pl"))
    other.get_by_role("button", name=words["publish"]).click()
    expect(other.get_by_role("button", name=words["publish"])).to_have_count(0)
    assert LessonPage.objects.get(title="Before the queue").live


# Counts what a person does: each press of a button or link, each field they fill in or tick.
COUNTED = """for (const [event, name] of [['click', 'clicks'], ['change', 'fields']])
    addEventListener(event, given => {
        if (given.isTrusted) localStorage.setItem(name, 1 + Number(localStorage.getItem(name)))
    }, true)"""
MOST_CLICKS, MOST_FIELDS = 2, 1  # to a course with a lesson, a quiz and a scenario, from the first page of the CMS


@pytest.mark.parametrize("language", ["en", "pl"])
def test_two_clicks_and_one_field_make_a_course_with_a_lesson_a_quiz_and_a_scenario(ground, ela, page_for, language):
    """Two minutes are plenty for them. That it is valid: tests/packs/test_starting.py."""
    set_up_site()
    speaks(ela, language)
    page = page_for(ela)
    page.add_init_script(COUNTED)
    with translation.override(language):
        new, title, make = gettext("New course"), gettext("Title"), gettext("Make the course")
    page.goto("/cms/")
    page.get_by_role("link", name=new).first.click()
    page.get_by_label(title).fill("Waiting well")
    page.get_by_role("button", name=make).click()
    page.wait_for_url(re.compile(r"/cms/outline/\d+/$"))
    counted = page.evaluate("['clicks', 'fields'].map(name => Number(localStorage.getItem(name)))")
    assert 0 < counted[0] <= MOST_CLICKS
    assert 0 < counted[1] <= MOST_FIELDS
    for code, _name in settings.LANGUAGES:
        course = CoursePage.objects.get(title="Waiting well", locale__language_code=code)
        steps = course.get_descendants().filter(depth=course.depth + 2).specific()
        assert sorted(step.kind for step in steps) == ["lesson", "quiz", "scenario"]
        assert not any(step.live for step in steps)


# --- review --------------------------------------------------------------------------------------------------------
def test_an_approval_pressed_while_the_page_saves_itself_is_no_act_of_that_save(course, ela, publisher, page_for):
    """The button of a review puts its act into the form at once; a save that went along with it would have approved
    before anybody was asked what the change means."""
    speaks(publisher, "en")
    lesson = LessonPage.objects.get(pk=course.steps["pl"][0].pk)
    lesson.save_revision(user=ela)
    lesson.title = "Drill"
    lesson.save_revision(user=ela)
    lesson.get_workflow().start(lesson, ela)
    page, saves = page_for(publisher), []
    address = reverse("wagtailadmin_pages:edit", args=[lesson.pk])

    def hold(route: Route) -> None:
        if "application/json" in route.request.headers.get("accept", ""):
            saves.append(route)
        if len(saves) != 1 or saves[0] is not route:
            route.continue_()

    page.route(f"**{address}", hold)
    page.goto(address)
    once_it_notices_changes(page)
    page.get_by_role("textbox", name="Title").fill("Drill, at last")
    assert at_last(page, lambda: bool(saves))
    acts = page.get_by_role("navigation").last
    acts.get_by_role("button", name="More actions").click()
    acts.get_by_role("button", name="Approve and Publish").click()
    page.get_by_role("textbox", name="Title").fill("Drill, at long last")
    saves[0].continue_()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Approve and publish").click()
    page.wait_for_url(re.compile(r"/cms/pages/\d+/$"))
    assert not [save for save in saves if b"action-workflow-action" in save.request.post_data_buffer]
    lesson.refresh_from_db()
    assert (lesson.title, lesson.live) == ("Drill, at long last", True)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_draft_is_sent_to_review_commented_on_and_approved(course, ela, publisher, page_for, language):
    speaks(ela, language)
    speaks(publisher, language)
    lesson = LessonPage.objects.get(pk=course.steps["pl"][0].pk)
    lesson.title = "Drill"
    lesson.save_revision(user=ela)
    author, page, said = page_for(ela), page_for(publisher), of_script(language)
    with translation.override(language):
        words = {
            "more": gettext("More actions"),
            "submit": gettext("Submit to %(workflow_name)s") % {"workflow_name": review_name()},
            "needs": gettext("What needs you"),
            "title": gettext("Title"),
            "add comment": gettext("Add comment"),
            "approve": gettext("%(label)s and Publish") % {"label": gettext("Approve")},
            "approve and publish": gettext("Approve and publish"),
        }
    author.goto(reverse("wagtailadmin_pages:edit", args=[lesson.pk]))
    acts = author.get_by_role("navigation").last
    acts.get_by_role("button", name=words["more"]).click()
    acts.get_by_role("button", name=words["submit"]).click()
    author.wait_for_url(re.compile(r"/cms/pages/\d+/$"))
    page.goto("/cms/")
    page.get_by_role("region", name=words["needs"]).get_by_role("link", name="Drill").click()
    page.wait_for_load_state()  # what a script opens is not opened before
    page.get_by_role("region", name=words["title"]).get_by_role("button", name=words["add comment"]).click()
    page.get_by_role("textbox", name=said("Enter your comments...")).fill("Say which drill")
    keep = page.get_by_role("button", name=said("Comment"), exact=True)
    keep.press("Enter")  # by key: comments move to their place beside the field, and a click may miss
    expect(keep).to_have_count(0)
    acts = page.get_by_role("navigation").last
    acts.get_by_role("button", name=words["more"]).click()
    acts.get_by_role("button", name=words["approve"]).click()
    page.get_by_role("radio").first.check()  # what the change means is asked first
    page.get_by_role("button", name=words["approve and publish"]).click()
    page.wait_for_url(re.compile(r"/cms/pages/\d+/$"))
    author.goto("/cms/")
    expect(author.get_by_role("region", name=words["needs"])).to_contain_text("Say which drill")
    assert LessonPage.objects.get(pk=lesson.pk).title == "Drill"
