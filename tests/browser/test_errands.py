"""The rarer tasks of L&D, walked as a newcomer would: from the first page of the CMS on, by links and buttons as they
are named, in English and in Polish."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from playwright.sync_api import Page, expect

from assessments.scenarios.models import ScenarioPage
from certificates import pdf
from certificates.models import CourseLook, design_for
from courses import actions
from courses.models import Decision, LessonPage, SiteFacts
from courses.models.going_live import barred_text
from courses.site_facts import NAMES
from lms.packs.site import review_name
from people import roles
from tests.browser.test_staff import from_menu, of_script, said, speaks, to_add
from tests.cast import person
from tests.factories import Course, enrol, make_course, ready_site
from tests.scenarios.factories import PARCEL, scenario, values

pytestmark = [pytest.mark.slow, pytest.mark.any_database]


@pytest.fixture
def course(ground, publisher, ana) -> Course:
    """Ana is taking it."""
    ready_site()
    made = make_course(lessons=2)
    actions.start(enrolment=enrol(ana, made))
    return made


def led_to(page: Page, course: str, step: str) -> Page:
    """To a step of a course: over the home page and the outline, which name both in the reader's language."""
    page.goto("/cms/")
    page.get_by_role("rowheader").get_by_role("link", name=course).click()
    page.get_by_role("rowheader").get_by_role("link", name=step).first.click()
    page.wait_for_url("**/edit/")
    return page


def act(page: Page, more: str, name: str) -> None:
    """One of the acts at the foot of the editor."""
    page.wait_for_load_state()  # what a script opens is not opened before
    acts = page.get_by_role("navigation").last
    acts.get_by_role("button", name=more).click()
    acts.get_by_role("button", name=name, exact=True).click()


# --- finding ----------------------------------------------------------------------------------------------------------
def narrow(page: Page, words: dict[str, str], by: str, to: str) -> None:
    page.wait_for_load_state()
    page.get_by_role("button", name=words["Show filters"]).click()
    page.get_by_role("button", name=words[by], exact=True).click()
    page.get_by_role("combobox", name=words[by]).select_option(to)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_looks_for_a_course_and_for_steps_with_problems_narrows_the_list(course, publisher, page_for, language):
    broken = LessonPage.objects.get(pk=course.steps["pl"][1].pk)
    broken.title, broken.body = "Unfinished", []
    broken.save_revision(user=publisher)
    make_course("other", title="Clear words", lessons=1)
    speaks(publisher, language)
    words = said(language, "Pages", "Show filters", "People", "Checks", "with problems", "somebody is taking it")
    page = from_menu(page_for(publisher), words["Pages"])
    page.get_by_role("dialog").get_by_role("link", name=re.compile("^Szkolenia( |$)")).click()
    titles = page.get_by_role("table").get_by_role("link", name=re.compile(r"^[^:']+ \(pl\)$"))
    expect(titles).to_have_text(["Calm first (pl)", "Clear words (pl)"])
    narrow(page, words, "People", words["somebody is taking it"])
    expect(titles).to_have_text(["Calm first (pl)"])
    for title in ("Calm first (pl)", "Calm (pl)"):
        page.get_by_role("link", name=f"'{title}'").click()
    narrow(page, words, "Checks", words["with problems"])
    expect(titles).to_have_count(0)
    page.get_by_role("table").get_by_role("link", name="Unfinished").click()
    page.wait_for_url("**/edit/")


# --- going live -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_change_goes_live_as_a_new_version_for_newcomers_and_the_history_says_so(
    course, publisher, page_for, language
):
    speaks(publisher, language)
    texts = ("New version for newcomers", "new version for newcomers", "Why", "What was published")
    words = said(language, "Reflection", "Actions", "More actions", "Publish", *texts)
    page = led_to(page_for(publisher), f"Calm first ({language})", f"A calm voice ({language})")
    block = page.get_by_role("region", name=words["Reflection"])
    block.get_by_role("button", name=of_script(language)("Delete")).click()
    expect(block).to_have_count(0)
    act(page, words["More actions"], words["Publish"])
    page.get_by_role("radio", name=words["New version for newcomers"]).check()
    page.get_by_label(words["Why"]).fill("Shorter")
    page.get_by_role("button", name=words["Publish"], exact=True).click()
    page.wait_for_url(re.compile(r"/cms/pages/\d+/$"))
    page.get_by_role("table").get_by_role("link", name="A calm voice (pl)", exact=True).first.click()
    page.wait_for_load_state()
    page.get_by_role("button", name=words["Actions"], exact=True).first.click()
    page.get_by_role("link", name=words["What was published"]).click()
    expect(page.get_by_role("row").filter(has_text="Shorter")).to_contain_text(words["new version for newcomers"])


@pytest.mark.parametrize("language", ["en", "pl"])
def test_two_drafts_are_ticked_and_go_live_with_one_answer(course, publisher, page_for, language):
    for number, step in enumerate(course.steps["pl"]):
        step.title = f"Better {number}"
        step.save_revision(user=publisher)
    speaks(publisher, language)
    words = said(language, "Publish selected pages", "Publish", "Why")
    shown = {"pl": "Better 0", "en": "A calm voice (en)"}  # the outline names it in the reader's language
    page = led_to(page_for(publisher), f"Calm first ({language})", shown[language])
    page.goto(reverse("wagtailadmin_explore", args=[course.modules["pl"].pk]))
    for number in (0, 1):
        page.get_by_role("row").filter(has_text=f"Better {number}").get_by_role("checkbox").check()
    page.get_by_role("link", name=words["Publish selected pages"], exact=True).click()
    for number in (0, 1):
        expect(page.get_by_role("heading", name=f"Better {number}")).to_be_visible()  # with what differs
    expect(page.get_by_role("radio").first).to_be_checked()
    page.get_by_label(words["Why"]).fill("Clearer names")
    page.get_by_role("button", name=words["Publish"], exact=True).click()
    page.wait_for_url(re.compile(r"/cms/pages/\d+/"))
    titles = (
        LessonPage.objects.live().filter(title__startswith="Better").order_by("path").values_list("title", flat=True)
    )
    assert list(titles) == ["Better 0", "Better 1"]
    notes = Decision.objects.values_list("note", "change", "decided_by")
    assert list(notes) == [("Clearer names", "editorial", publisher.pk)] * 2


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_change_is_given_a_time_and_goes_live_then(course, publisher, page_for, language):
    course.steps["pl"][0].save_revision().publish()  # as all that was written in the CMS: live by a revision
    speaks(publisher, language)
    words = said(
        language,
        "Toggle status",
        "Set schedule",
        "go live date/time",
        "Save schedule",
        "More actions",
        "Schedule to publish",
        "Publish",
        "Heading",
        "“%(title)s” goes live at the time that was set.",
    )
    page = led_to(page_for(publisher), f"Calm first ({language})", f"A calm voice ({language})")
    page.get_by_role("textbox", name=words["Heading"]).fill("A calm hand")
    page.get_by_role("button", name=words["Toggle status"]).click()
    page.get_by_role("button", name=words["Set schedule"]).click()
    when = timezone.localtime() + timedelta(days=1)
    page.get_by_role("textbox", name=words["go live date/time"]).fill(f"{when:%Y-%m-%d %H:%M}")
    with page.expect_navigation():  # not at once, where the page is just saving itself
        page.get_by_role("button", name=words["Save schedule"]).press("Enter")  # the calendar may lie over it
    act(page, words["More actions"], words["Schedule to publish"])
    page.get_by_role("button", name=words["Publish"], exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(
        words["“%(title)s” goes live at the time that was set."] % {"title": "A calm voice (pl)"}
    )
    lesson = LessonPage.objects.get(pk=course.steps["pl"][0].pk)
    assert "A calm hand" not in str(lesson.body)
    with time_machine.travel(when, tick=False):
        call_command("publish_due")
    assert "A calm hand" in str(LessonPage.objects.get(pk=lesson.pk).body)


def opening_alone() -> dict[str, Any]:
    """A scenario of one scene, since the editor of a long one takes seconds to open."""
    fields = values(PARCEL, "pl")
    opening, *others = fields["nodes"]
    for choice in opening["value"]["choices"]:
        choice["value"]["to"] = "good" if choice["value"]["quality"] == "best" else "partial"
    endings = [node for node in others if node["value"]["key"] in ("good", "partial")]
    rules = {"expert_path": ["open.breathe"], "pass_min_score": 1, "fail_at": None, "fail_to": "", "flags": []}
    return {"nodes": [opening, *endings], **rules}


@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_changed_scores_cannot_approve_them_and_a_colleague_can(ground, teams, publisher, page_for, language):
    ready_site()
    played = make_course(lessons=0, languages=["pl"], steps=[scenario(**opening_alone())]).steps["pl"][0]
    colleague = person("Wera Druga", teams.company, role=roles.PUBLISHER)
    for user in (publisher, colleague):
        speaks(user, language)
    words = said(language, "More actions", "Publish", "Settings", "Points", "Scene", "What needs you")
    with translation.override(language):
        barred = barred_text()
        submit = gettext("Submit to %(workflow_name)s") % {"workflow_name": review_name()}
        approve = gettext("%(label)s and Publish") % {"label": gettext("Approve")}
        send_back = gettext("Request changes")
    page, said_by_script = led_to(page_for(publisher), "Calm first (pl)", played.title), of_script(language)
    scene = page.get_by_role("region", name=f"{words['Scene']} open")
    scene.get_by_role("button", name=said_by_script("Toggle section")).click()
    choice = scene.get_by_role("region", name="excuse")
    choice.get_by_role("button", name=words["Settings"]).click()
    choice.locator("[name$=-value-score]").fill("7")
    act(page, words["More actions"], words["Publish"])
    expect(page.get_by_text(barred).first).to_be_visible()
    act(page, words["More actions"], submit)
    page.wait_for_url(re.compile(r"/cms/pages/\d+/$"))
    led_to(page, "Calm first (pl)", played.title)
    acts = page.get_by_role("navigation").last
    acts.get_by_role("button", name=words["More actions"]).click()
    expect(acts.get_by_role("button", name=send_back)).to_be_visible()
    expect(acts.get_by_role("button", name=approve)).to_have_count(0)
    other = page_for(colleague)
    other.goto("/cms/")
    other.get_by_role("region", name=words["What needs you"]).get_by_role("link", name=played.title).click()
    act(other, words["More actions"], approve)
    other.get_by_role("radio").first.check()  # what the change means is asked first
    other.get_by_role("button", name=said(language, "Approve and publish")["Approve and publish"]).click()
    other.wait_for_url(re.compile(r"/cms/pages/\d+/$"))
    assert ScenarioPage.objects.get(pk=played.pk).nodes[0].value["choices"][0]["score"] == 7


# --- what the organisation says of itself -----------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "pl"])
def test_one_course_gets_a_look_of_its_own(course, publisher, page_for, monkeypatch, language):
    monkeypatch.setattr(pdf, "make", lambda certificate: b"%PDF-1.4 quick")  # drawing it takes seconds
    speaks(publisher, language)
    words = said(language, "Settings", "Certificates of one course", "Course", "layout", "Heading", "Save", "Polish")
    page = from_menu(page_for(publisher), words["Settings"], words["Certificates of one course"])
    page.get_by_role("link", name=to_add(CourseLook, language)).click()
    page.get_by_role("combobox", name=words["Course"]).select_option(label=f"Calm first ({language})")
    page.get_by_role("combobox", name=words["layout"]).select_option("plain")
    page.wait_for_load_state()
    page.get_by_role("tab", name=words["Polish"]).click()
    page.get_by_role("textbox", name=words["Heading"]).fill("Zaświadczenie")
    page.get_by_role("button", name=words["Save"], exact=True).click()
    expect(page.get_by_role("table").get_by_role("link", name="Calm first")).to_be_visible()
    design = design_for(course.key)
    assert design
    assert (design.content["layout"], design.words("pl")["heading"]) == ("plain", "Zaświadczenie")
    assert design_for(None) is None
    assert CourseLook.objects.count() == 1


@pytest.mark.parametrize("language", ["en", "pl"])
def test_once_the_facts_of_the_organisation_are_filled_in_the_home_page_no_longer_warns(
    ground, publisher, page_for, language
):
    ready_site()
    speaks(publisher, language)
    words = said(
        language, "Facts of your organisation are missing", "Fill them in", "Facts of our organisation", "Save"
    )
    page = page_for(publisher)
    page.goto("/cms/")
    warning = page.get_by_role("region", name=words["Facts of your organisation are missing"])
    warning.get_by_role("link", name=words["Fill them in"]).click()
    expect(page.get_by_role("tab")).to_have_count(len(settings.LANGUAGES))
    page.wait_for_load_state()
    for tab in page.get_by_role("tab").all():
        tab.click()
        panel = page.get_by_role("tabpanel", name=tab.inner_text())
        expect(panel.get_by_role("textbox")).to_have_count(len(NAMES))
        for field in panel.get_by_role("textbox").all():
            field.fill("Call 112")
    page.get_by_role("button", name=words["Save"], exact=True).click()
    expect(page.get_by_role("status")).to_contain_text(words["Facts of our organisation"])
    page.goto("/cms/")
    expect(warning).to_have_count(0)
    assert SiteFacts.load().texts["alarm"] == {code: "Call 112" for code, _name in settings.LANGUAGES}
