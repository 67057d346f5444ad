"""What else L&D does with a course, as a newcomer would do it, in English and in Polish: pasting from Word and looking
at it, reading what differs, being refused, sending texts to a translator, and taking a course along."""

import io
import re
import zipfile

import polib
import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext
from playwright.sync_api import Page, expect
from wagtail.rich_text import RichText

from assessments.quizzes.models import Question
from certificates import pdf
from certificates.models import CertificateLook
from courses import actions
from courses.models import CoursePage, LessonPage, Publication
from courses.models.going_live import barred_text
from courses.models.pages import kept_text
from lms.models import CourseImport
from lms.packs.sent import import_sent
from lms.templatetags.ostoja import rich
from tests.browser.editor import once_it_notices_changes
from tests.browser.test_staff import speaks
from tests.factories import make_course, ready_site
from tests.packs.conftest import import_mini
from tests.quizzes.factories import make_question

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
PHONE, DESK = 375, 1280  # pixels, of Wagtail's preview
# As Word puts it on the clipboard: its own styles and classes, bullets typed as signs, a picture and a table.
FROM_WORD = """
<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word"><head>
<meta name=Generator content="Microsoft Word 15"><style>p.MsoNormal {margin:0cm; font-family:Calibri}</style></head>
<body lang=PL style='tab-interval:35.4pt'><!--StartFragment-->
<h2 style='mso-pagination:none'><span lang=PL style='color:#2F5496'>Before the doors open<o:p></o:p></span></h2>
<p class=MsoNormal><span style='font-family:"Comic Sans MS";color:red'>Look <b
style='mso-bidi-font-weight:normal'>around</b>, then read <a href="https://example.org/queue"><span
style='color:#0563C1'>the page about queues</span></a>.<o:p></o:p></span></p>
<p class=MsoNormal><img width=160 height=90 src="cid:image002.png" alt="Queue"></p>
<table class=MsoTableGrid border=1><tr><td style='border:solid'><p class=MsoNormal>Eight<o:p></o:p></p></td></tr>
</table>
<p class=MsoListParagraphCxSpFirst style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;
</span></span></span><![endif]>Water<o:p></o:p></p>
<p class=MsoListParagraphCxSpLast style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;
</span></span></span><![endif]>A chair<o:p></o:p></p>
<!--EndFragment--></body></html>
"""
PASTE = """(element, html) => {
    const data = new DataTransfer()
    data.setData('text/html', html)
    data.setData('text/plain', element.ownerDocument.createRange().createContextualFragment(html).textContent)
    element.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}))
}"""


@pytest.fixture
def course(ground, publisher, ana):
    """Ana is taking it."""
    ready_site()
    made = make_course(lessons=2)
    actions.start(enrolment=actions.enrol(person=ana, course_key=made.key))
    return made


@pytest.fixture
def mini(ground, publisher) -> CoursePage:
    """The course of the small pack, in its source language."""
    import_mini()
    return CoursePage.objects.get(locale__language_code="pl")


# --- writing and looking -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_lesson_is_looked_at_in_another_language_and_on_a_phone_while_a_text_from_word_is_pasted(
    course, ela, page_for, language
):
    speaks(ela, language)
    page = page_for(ela)
    with translation.override(language):
        words = {
            "preview": gettext("Toggle preview"),
            "mode": gettext("Preview mode"),
            "phone": gettext("Preview in mobile size"),
            "desk": gettext("Preview in desktop size"),
        }
    page.goto(reverse("wagtailadmin_pages:edit", args=[course.steps["pl"][0].pk]))
    page.get_by_role("button", name=words["preview"]).click()
    frame = page.frame_locator("#w-preview-iframe")
    lesson = frame.get_by_role("article")
    expect(lesson.get_by_role("heading", level=1)).to_have_text("A calm voice (pl)")
    page.get_by_label(words["mode"]).select_option("en")
    expect(lesson.get_by_role("heading", level=1)).to_have_text("A calm voice (en)")
    expect(frame.locator("html")).to_have_attribute("lang", "en")
    page.get_by_label(words["mode"]).select_option("")
    expect(lesson.get_by_role("heading", level=1)).to_have_text("A calm voice (pl)")
    for name, width in (("desk", DESK), ("phone", PHONE)):
        page.get_by_role("radio", name=words[name]).check(force=True)
        expect(page.locator("#w-preview-iframe")).to_have_css("width", f"{width}px")
    once_it_notices_changes(page)
    text = page.locator("[data-contentpath=body] .public-DraftEditor-content").first
    text.click()
    page.keyboard.press("Control+A")
    text.evaluate(PASTE, FROM_WORD)
    pasted = lesson.locator(".rich")
    expect(pasted.get_by_role("heading", name="Before the doors open")).to_be_visible()
    expect(pasted.get_by_role("listitem")).to_have_text(["Water", "A chair"])
    link = pasted.get_by_role("link", name="the page about queues")
    expect(link).to_have_attribute("href", "https://example.org/queue")
    # Of a table its words, of a picture nothing, not even an empty line.
    expect(pasted.get_by_role("paragraph")).to_have_text(["Look around, then read the page about queues.", "Eight"])
    expect(pasted.locator("[style], [class], img, table")).to_have_count(0)


def test_what_word_pastes_into_a_hook_keeps_its_headings_below_the_title_of_the_lesson(course, ela, page_for):
    lesson = LessonPage.objects.get(pk=course.steps["pl"][0].pk)
    lesson.body = [("hook", {"body": RichText("<p>Monday.</p>"), "points": ""})]
    lesson.save_revision(user=ela)
    speaks(ela, "en")
    page = page_for(ela)
    page.goto(reverse("wagtailadmin_pages:edit", args=[lesson.pk]))
    text = page.locator("[data-contentpath=body] .public-DraftEditor-content").first
    text.click()
    page.keyboard.press("Control+A")
    text.evaluate(PASTE, FROM_WORD)
    expect(page.locator("input[name=body-0-value-body]")).to_have_value(re.compile("Before the doors open"))
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("has been updated").first).to_be_visible()
    (hook,) = LessonPage.objects.get(pk=lesson.pk).get_latest_revision_as_object().compile_body()["blocks"]
    shown = rich(hook["body"])
    assert "<h2>Before the doors open</h2>" in shown
    assert shown.count("<li>") == 2
    assert '<a href="https://example.org/queue" rel="noopener">the page about queues</a>' in shown
    assert not re.search("Mso|style|<span|<img|<table", shown)


# --- what differs, and what stays ----------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_publishes_reads_what_differs_and_unpublishes_what_cannot_be_deleted(course, publisher, page_for, language):
    lesson = LessonPage.objects.get(pk=course.steps["pl"][0].pk)
    lesson.body[0].value["heading"] = "A calm hand"
    lesson.save_revision(user=publisher)
    speaks(publisher, language)
    page = page_for(publisher, javascript=False)
    with translation.override(language):
        words = {
            "publish": gettext("Publish"),
            "differs": gettext("What differs"),
            "compare": re.compile(re.escape(gettext("Compare, %(language)s, %(when)s").split(",")[0])),
            "unpublish": gettext("Unpublish"),
            "sure": gettext("Yes, unpublish it"),
            "kept": kept_text(lesson),
        }
    page.goto(reverse("publishing", args=[lesson.pk]))
    expect(page.locator("del")).to_have_text(["voice"])
    expect(page.locator("ins")).to_have_text(["hand"])
    page.get_by_role("button", name=words["publish"], exact=True).click()
    page.wait_for_url(re.compile(r"/cms/pages/\d+/$"))
    page.goto(reverse("publications", args=[lesson.pk]))
    page.get_by_role("link", name=words["compare"]).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(words["differs"])
    expect(page.get_by_role("row").filter(has=page.locator("ins"))).to_contain_text("A calm hand")
    page.goto(reverse("wagtailadmin_pages:delete", args=[lesson.pk]))
    expect(page.get_by_role("status")).to_contain_text(words["kept"])
    page.get_by_role("link", name=words["unpublish"], exact=True).press("Enter")
    page.get_by_role("button", name=words["sure"]).click()
    page.wait_for_url(re.compile(r"/cms/pages/\d+/$"))
    assert LessonPage.objects.get(pk=lesson.pk).live is False


@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_changed_an_answer_key_asks_a_colleague_to_publish_it(ground, publisher, page_for, language):
    ready_site()
    question = make_question("KEY", language="pl")
    speaks(publisher, language)
    page = page_for(publisher)
    with translation.override(language):
        words = {"more": gettext("More actions"), "publish": gettext("Publish"), "barred": barred_text()}
    page.goto(reverse("wagtailsnippets_quizzes_question:edit", args=[question.pk]))
    page.locator("[name=parts-0-value-correct]").uncheck()
    page.locator("[name=parts-1-value-correct]").check()
    page.get_by_role("button", name=words["more"]).click()
    page.get_by_role("button", name=words["publish"], exact=True).click()
    expect(page.get_by_text(words["barred"]).first).to_be_visible()
    expect(page.locator("[name=parts-1-value-correct]")).to_be_checked()  # nothing of theirs is lost
    assert Question.objects.get(pk=question.pk).parts[0].value["correct"]


# --- out and in ----------------------------------------------------------------------------------------------------
def saved(page: Page, name: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    return download.value.path().read_bytes()


def zip_of(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def files_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def upload(page: Page, label: str, name: str, data: bytes, button: str) -> None:
    page.get_by_label(label).set_input_files({"name": name, "mimeType": "application/zip", "buffer": data})
    page.get_by_role("button", name=button, exact=True).click()


def translated(data: bytes, words: dict[str, str]) -> bytes:
    """As it comes back from a translator."""
    files = {}
    for name, content in files_of(data).items():
        texts = polib.pofile(content.decode())
        for entry in texts:
            if entry.msgid in words:
                entry.msgstr, entry.flags = words[entry.msgid], []
        files[name] = str(texts).encode()
    return zip_of(files)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_texts_go_to_a_translator_and_come_back_and_the_course_is_taken_along(mini, publisher, page_for, language):
    lesson = LessonPage.objects.get(title="Własne słowa")
    next(block for block in lesson.body if block.block_type == "concept").value["heading"] = "Nowy nagłówek"
    lesson.save_revision().publish()
    speaks(publisher, language)
    page = page_for(publisher, javascript=False)
    with translation.override(language):
        words = {
            "po": gettext("Download the PO files"),
            "zip": gettext("Zip of PO files, or one PO file"),
            "import": gettext("Import"),
            "taken": ngettext("%(count)d text was taken.", "%(count)d texts were taken.", 1) % {"count": 1},
            "go live": gettext("Publish what is complete"),
            "live": ngettext("%(count)d translation is live now.", "%(count)d translations are live now.", 1)
            % {"count": 1},
            "course": gettext("Download the course"),
            "file": gettext("File"),
            "again": gettext("Look again"),
            "imported": gettext("There was nothing to import: no page or question differs."),
        }
    page.goto(f"{reverse('course-translation', args=[mini.pk])}?language=lv")
    texts = translated(saved(page, words["po"]), {"Nowy nagłówek": "Jauns virsraksts"})
    upload(page, words["zip"], "texts.zip", texts, words["import"])
    expect(page.get_by_role("status")).to_contain_text(words["taken"])
    page.get_by_role("button", name=words["go live"]).click()
    expect(page.get_by_role("status")).to_contain_text(words["live"])
    shown = Publication.objects.filter(step_key=lesson.translation_key, language="lv").latest("pk").version
    assert "Jauns virsraksts" in str(shown.content)
    page.goto(reverse("course-export", args=[mini.pk]))
    pack = saved(page, words["course"])
    assert "Jauns virsraksts" in b"".join(files_of(pack).values()).decode()
    page.goto(reverse("course-import"))
    upload(page, words["file"], "course.zip", pack, words["import"])
    import_sent.func(str(CourseImport.objects.get().key))  # the worker's part
    page.get_by_role("link", name=words["again"]).click()
    expect(page.get_by_role("main")).to_contain_text(words["imported"])


# --- how certificates look -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "pl"])
def test_the_look_of_certificates_is_changed_and_seen_before_it_is_saved(
    ground, publisher, page_for, monkeypatch, language
):
    ready_site()
    monkeypatch.setattr(pdf, "make", lambda certificate: b"%PDF-1.4 quick")  # drawing it takes seconds
    speaks(publisher, language)
    page = page_for(publisher)
    with translation.override(language):
        words = {
            "polish": str(dict(settings.LANGUAGES)["pl"]),
            "preview": gettext("Toggle preview"),
            "save": gettext("Save"),
        }
    page.goto(reverse("wagtailsettings:edit", args=["certificates", "certificatelook"]))
    page.locator("[name=layout]").select_option("plain")
    page.get_by_role("tab", name=words["polish"]).click()
    page.locator("[name=heading_pl]").fill("Zaświadczenie")
    page.get_by_role("button", name=words["preview"]).click()
    expect(page.frame_locator("#w-preview-iframe").get_by_role("heading", level=1)).to_have_text("Zaświadczenie")
    page.get_by_role("button", name=words["save"], exact=True).click()
    expect(page.get_by_role("status")).to_be_visible()
    assert CertificateLook.objects.get().design.words("pl")["heading"] == "Zaświadczenie"
