"""The scenario editor in the CMS: twelve scenes written by keyboard, and the desk beside them keeps up."""

import json
import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Locator, Page, expect

from assessments.scenarios import actions
from assessments.scenarios.models import ScenarioPage
from courses.reports import shown_step
from tests.browser.test_editors import assert_accessible
from tests.browser.test_staff import speaks
from tests.conftest import person
from tests.factories import enrol, make_course
from tests.scenarios.factories import WALKOUT, play, scenario
from tests.scenarios.test_desk import with_another_scene

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
SCENES = 12
STOPS = 60


def script() -> str:
    head = [
        "scenario: Twelve scenes",
        "language: pl",
        "role: You work at the counter.",
        "setting: Friday",
        "customer: Bruno",
        "look: tall",
        "tension: 50",
        f"expert: {' '.join(f's{number}.listen' for number in range(SCENES))}",
    ]
    scenes = [scene(number) for number in range(SCENES)]
    return "\n".join(
        [*head, "", *scenes, "ending done good", "  text: He nods.", "ending gone bad", "  text: He goes."]
    )


def scene(number: int) -> str:
    onward = f"s{number + 1}" if number < SCENES - 1 else "done"
    return "\n".join(
        [
            f"scene s{number}",
            f"  says: Line {number}",
            f"  choice listen -> {onward}",
            "    text: I see.",
            "    then: He waits.",
            "    coaching: Calm.",
            "    tension: -5",
            "    quality: best",
            "  choice argue -> gone",
            "    text: No way.",
            "    then: He frowns.",
            "    coaching: Wait first.",
            "",
        ]
    )


def tab_to(page: Page, target: Locator, key: str = "Tab", stops: int = STOPS) -> None:
    target.wait_for()
    element = target.element_handle()
    for _stop in range(stops):
        if page.evaluate("element => element === document.activeElement", element):
            return
        page.keyboard.press(key)
    raise AssertionError(f"no {key} leads to {target}")


class Author:
    """Somebody with a keyboard in the editor of a new scenario: Tab, Enter, arrows and letters, nothing else."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def field(self, name: str) -> Locator:
        return self.page.locator(f"[name='nodes-{name}']")

    def write(self, name: str, text: str) -> None:
        tab_to(self.page, self.field(name))
        self.page.keyboard.type(text)

    def insert(self, kind: str) -> int:
        """A block after the last one; its key has the focus then. Gives the number in the names of its fields."""
        add = self.page.locator("#nodes-root [data-streamfield-stream-container] > div > button").last
        tab_to(self.page, add)
        self.page.keyboard.press("Enter")
        search = self.page.get_by_role("combobox", name="Search options…")
        expect(search).to_be_visible()
        tab_to(self.page, search)
        self.page.keyboard.type(kind)
        option = self.page.get_by_role("listbox").get_by_role("option")
        expect(option).to_have_count(1)
        expect(option).to_have_attribute("aria-selected", "true")
        self.page.keyboard.press("Enter")
        expect(self.field(f"{self.count}-value-key")).to_be_focused()
        self.count += 1
        return self.count - 1

    def scene(self, key: str, onward: str) -> None:
        at = self.insert("Scene")
        self.page.keyboard.type(key)
        self.write(f"{at}-value-say", "Well?")
        self.choice(f"{at}-value-choices-0", "listen", onward)
        tab_to(self.page, self.page.locator("[data-streamfield-list-add]").last)
        self.page.keyboard.press("Enter")
        expect(self.field(f"{at}-value-choices-1-value-key")).to_be_focused()
        self.choice(f"{at}-value-choices-1", "argue", "gone")

    def choice(self, name: str, key: str, to: str) -> None:
        self.write(f"{name}-value-key", key)
        self.write(f"{name}-value-text", key)
        self.write(f"{name}-value-to", to)

    def ending(self, key: str, outcome: str) -> None:
        at = self.insert("Ending")
        self.page.keyboard.type(key)
        tab_to(self.page, self.field(f"{at}-value-outcome"))
        while self.page.locator(":focus").input_value() != outcome:
            self.page.keyboard.press("ArrowDown")
        self.write(f"{at}-value-text", "He goes.")

    def press(self, key: str, action: str) -> None:
        """A button of the scene of this key, on or back along the form from wherever one is."""
        button = block(self.page, key).locator(
            f":scope > section > div > div > button[data-streamfield-action={action}]"
        )
        is_further = "other => !!(document.activeElement.compareDocumentPosition(other) & 4)"
        forward = self.page.evaluate(is_further, button.element_handle())
        tab_to(self.page, button, "Tab" if forward else "Shift+Tab", stops=1_000)
        self.page.keyboard.press("Enter")


def block(page: Page, key: str) -> Locator:
    """The scene of this key, as it stands in the form now."""
    held = page.locator("input[name^='nodes-'][name$='-value-key']").evaluate_all(
        "(all, key) => all.find(one => one.value === key && /^nodes-\\d+-value-key$/.test(one.name)"
        " && !one.closest('[aria-hidden=true]')).id",
        key,
    )
    return page.locator(f"#nodes-root [data-streamfield-stream-container] > [data-streamfield-child]:has(#{held})")


def write(page: Page, name: str, text: str) -> None:
    """Into a field of the rules, which are folded at first."""
    toggle = page.locator("[data-panel]:has([name=start_key])").last.locator("[data-panel-toggle]").first
    if toggle.get_attribute("aria-expanded") == "false":
        toggle.press("Enter")
    page.locator(f"[name={name}]").fill(text)


def gettext_in(language: str, text: str) -> str:
    with translation.override(language):
        return gettext(text)


def choice_target(page: Page, key: str) -> Locator:
    """Where the first choice of the scene leads to."""
    held = page.locator("input[name$='-value-key']").evaluate_all(
        "(all, key) => all.find(one => one.value === key && /^nodes-\\d+-value-key$/.test(one.name)).name", key
    )
    return page.locator(f"input[name='{held.replace('-value-key', '')}-value-choices-0-value-to']")


def spot(page: Page, key: str) -> Locator:
    return page.locator(f"a[data-spot={json.dumps(key)}]")


@pytest.fixture
def editor(tab, site) -> Callable[..., Page]:
    """editor("ela", "pl"): the editor of a scenario whose twelve scenes were typed in the script, from the first key to
    the last, by somebody who reads that language."""

    def written(who: str, language: str) -> Page:
        with translation.override(language):
            words = {name: gettext(name) for name in ("Script", "Save draft", "Saved as a draft.")}
        page = tab(who)
        page.goto(site.pages[f"script of {who}"][1])
        page.get_by_label(words["Script"]).focus()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(script())
        tab_to(page, page.get_by_role("button", name=words["Save draft"]))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.get_by_text(words["Saved as a draft."]).wait_for()
        page.goto(site.pages[f"editor of {who}"][1])
        expect(page.locator("a[data-spot]")).to_have_count(SCENES + 2)
        page.locator("#nodes-root").wait_for()
        return page

    return written


@pytest.mark.parametrize("who, language", [("publisher", "en"), ("ela", "pl")])
def test_an_author_writes_twelve_scenes_and_changes_them_by_keyboard(editor, who, language):
    page = editor(who, language)
    with translation.override(language):
        follow, add = gettext("Change them too"), gettext("Add the scene “%(key)s”") % {"key": "attic"}
    desk = page.locator("[data-scn-desk]")
    expect(desk.locator("[data-errors='0']")).to_be_visible()

    # a node of the map leads to the key of its scene
    spot(page, "s3").focus()
    page.keyboard.press("Enter")
    field = page.locator(":focus")
    expect(field).to_have_value("s3")

    # another key: what leads there is offered to follow
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("third")
    page.keyboard.press("Tab")
    offer = desk.get_by_role("button", name=follow)
    expect(offer).to_be_visible()
    offer.focus()
    page.keyboard.press("Enter")
    expect(choice_target(page, "s2")).to_have_value("third")
    expect(page.locator("[name=expert_path]")).to_have_value(
        " ".join(f"{'third' if number == 3 else f's{number}'}.listen" for number in range(SCENES))
    )
    expect(spot(page, "third")).to_be_visible()
    expect(desk.locator("[data-errors='0']")).to_be_visible()

    # so is a step of the expert path, when a choice has another key
    spot(page, "s1").focus()
    page.keyboard.press("Enter")
    held = choice_target(page, "s1").get_attribute("name").removesuffix("to")
    choice = page.locator(f"input[name='{held}key']")
    choice.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("hear")
    page.keyboard.press("Tab")
    offer.press("Enter")
    expect(page.locator("[name=expert_path]")).to_have_value(
        re.compile(r"^s0\.listen s1\.hear s2\.listen third\.listen ")
    )
    expect(choice).to_be_focused()

    # and a place that is named to begin with or to fail at is offered to be made
    for field, key in (("start_key", "cellar"), ("fail_to", "street")):
        write(page, field, key)
        if field == "fail_to":
            write(page, "fail_at", "90")
        made = gettext_in(language, "Add the scene “%(key)s”" if field == "start_key" else "Add the ending “%(key)s”")
        desk.get_by_role("button", name=made % {"key": key}).focus()
        page.keyboard.press("Enter")
        expect(spot(page, key)).to_be_visible()
    write(page, "start_key", "")
    write(page, "fail_at", "")

    # a target that is missing: the problem leads to the field, and offers the scene
    spot(page, "s0").focus()
    page.keyboard.press("Enter")
    target = choice_target(page, "s0")
    target.focus()
    expect(target).to_have_attribute("list", "scn-keys")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("attic")
    create = desk.get_by_role("button", name=add)
    expect(create).to_be_visible()
    desk.locator("a[data-field=to]").first.focus()
    page.keyboard.press("Enter")
    expect(target).to_be_focused()
    create.focus()
    page.keyboard.press("Enter")
    expect(spot(page, "attic")).to_be_visible()
    expect(page.locator(":focus")).to_have_value("attic")

    # a copy has a key of its own
    block = page.locator("[data-streamfield-child]").filter(has=page.locator("input[value='third'], input")).first
    block.locator("[data-streamfield-action=DUPLICATE]").first.focus()
    page.keyboard.press("Enter")
    expect(spot(page, "s0-2")).to_be_visible()


def test_twelve_scenes_are_typed_moved_doubled_and_deleted_with_the_keyboard_alone(ground, admin, page_for):
    speaks(admin, "en")
    module = make_course(lessons=0, steps=[scenario()], languages=["pl"]).steps["pl"][0].get_parent()
    page = page_for(admin)
    page.goto(reverse("wagtailadmin_pages:add", args=["scenarios", "scenariopage", module.pk]))
    expect(page.locator("#nodes-root button")).to_have_count(1)
    desk, author = page.locator("[data-scn-desk]"), Author(page)
    page.locator("[name=title]").focus()
    page.keyboard.type("Twelve scenes")
    for number in range(SCENES):
        author.scene(f"s{number}", f"s{number + 1}" if number < SCENES - 1 else "done")
    author.ending("done", "good")
    author.ending("gone", "bad")
    expect(page.locator("a[data-spot]")).to_have_count(SCENES + 2)
    expect(desk.locator("[data-errors='0']")).to_be_visible()

    nothing_leads_there = desk.get_by_text("Nothing leads to “s0”.")
    expect(nothing_leads_there).to_have_count(0)
    author.press("s0", "MOVE_DOWN")
    expect(nothing_leads_there).to_be_visible()
    author.press("s0", "MOVE_UP")
    expect(nothing_leads_there).to_have_count(0)

    author.press("s0", "DUPLICATE")
    expect(spot(page, "s0-2")).to_be_visible()
    expect(desk.get_by_text("Nothing leads to “s0-2”.")).to_be_visible()
    author.press("s0-2", "DELETE")
    expect(spot(page, "s0-2")).to_have_count(0)

    author.press("s5", "DELETE")
    expect(spot(page, "s5")).to_have_count(0)
    expect(desk.get_by_text("“listen” in “s4” leads to “s5”, which does not exist.")).to_be_visible()
    expect(desk.locator("[data-errors='0']")).to_have_count(0)


def test_what_names_a_skill_or_a_flag_is_offered_to_follow_it(ground, admin, page_for):
    speaks(admin, "en")
    written = make_course(lessons=0, steps=[scenario("SC-ASRT-2")], languages=["pl"]).steps["pl"][0]
    skill = written.skills[0].value["key"]
    page = page_for(admin)
    page.goto(reverse("wagtailadmin_pages:edit", args=[written.pk]))
    expect(page.locator("a[data-spot]").first).to_be_visible()
    follow = page.locator("[data-scn-desk]").get_by_role("button", name="Change them too")
    fields = "fields => fields.map(one => one.value)"

    def standing(ends: str) -> list[str]:
        return page.locator(f"[name^='nodes-'][name$='{ends}']").evaluate_all(fields)

    times = standing("-value-skill").count(skill)
    assert times
    toggle = page.locator("#skills-root, [data-contentpath=skills]").locator("[data-panel-toggle][aria-expanded=false]")
    while toggle.count():
        toggle.first.press("Enter")
    page.locator("[name='skills-0-value-key']").fill("patience")
    page.keyboard.press("Tab")
    follow.press("Enter")
    assert (standing("-value-skill").count("patience"), standing("-value-skill").count(skill)) == (times, 0)

    rules = [name for name in standing("-value") if name == "promised"]
    assert rules
    write(page, "flags", "warned vowed")
    page.keyboard.press("Tab")
    follow.press("Enter")
    assert (standing("-value").count("vowed"), standing("-value").count("promised")) == (len(rules), 0)
    expect(page.locator("[data-scn-desk] [data-errors='0']")).to_be_visible()


def test_axe_finds_nothing_on_the_desk(editor):
    page = editor("publisher", "en")
    assert_accessible(page, "[data-scn-desk]")


def test_axe_finds_nothing_on_how_it_is_played(live_server, teams, admin, page_for):
    course = make_course("played", lessons=0, steps=[scenario()])
    for number in range(5):
        enrolment = enrol(person(f"Osoba{number} Nowak", teams.desk), course)
        version = shown_step(enrolment, course.step_keys[0], "en").version
        play(actions.start_run(enrolment=enrolment, version=version), *WALKOUT)
    page = page_for(admin)
    page.goto(f"/cms/scenarios/analysis/{course.step_keys[0]}/")
    expect(page.get_by_role("heading", name="Where people went")).to_be_visible()
    assert_accessible(page, ".analysis")


@pytest.mark.parametrize("language", ["en", "pl"])
def test_scenes_are_brought_over_to_another_language_by_a_button_that_the_enter_key_is_not(
    ground, admin, page_for, language
):
    speaks(admin, language)
    course = make_course(lessons=0, steps=[scenario()], languages=["pl", "en"])
    source, behind = course.steps["pl"][0], course.steps["en"][0]
    with_another_scene(source).get_latest_revision().publish()
    page = page_for(admin)
    page.goto(reverse("wagtailadmin_pages:edit", args=[behind.pk]))
    page.locator("input[name=setting]").press("Enter")
    expect(page).to_have_url(re.compile(rf"/cms/pages/{behind.pk}/edit/"))
    assert behind.get_latest_revision_as_object().lags()
    with translation.override(language):
        button = gettext("Bring the scenes over to %(language)s") % {"language": gettext("English").lower()}
        done = gettext("Brought over as a draft. Texts that are new stand there in the source language.")
    page.get_by_role("button", name=re.compile(button, re.IGNORECASE)).click()
    expect(page.get_by_text(done)).to_be_visible()
    assert not ScenarioPage.objects.get(pk=behind.pk).get_latest_revision_as_object().lags()
