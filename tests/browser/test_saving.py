"""What a page calls saved is saved, what is not is never called so, and no act counts twice."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import pack

pytestmark = pytest.mark.slow
UNSAVED = "Not saved yet. Trying again."
SAVED = re.compile(r"^Saved \d\d:\d\d$")


def opened(tab, site, what: str) -> Page:
    who, path = site.pages[what]
    page = tab(who)
    page.goto(path)
    return page


def press(page: Page, what: Locator, *, twice: bool = False) -> None:
    """Until another document is there. The second click of a double one aborts what the first began, as in life."""
    page.evaluate("document.documentElement.dataset.before = 'the click'")
    what.dblclick() if twice else what.click()
    expect(page.locator("html:not([data-before])")).to_be_attached()
    page.wait_for_load_state("networkidle")  # the second click has been answered too


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def ready(page: Page) -> Page:
    """Once a choice is saved by itself: the script that does it is fetched after the page has loaded."""
    expect(page.locator("save-answer:defined").first).to_be_attached()
    return page


def begin_final(tab, site, who: str) -> Page:
    """A question of the final assessment with a choice of at least three: nothing is explained before its end, answers
    can change. The order of questions is drawn, so one with fewer may come first."""
    page = opened(tab, site, f"final of {who}")
    press(page, button(page, "Start the quiz"))
    while page.get_by_role("radio").count() < 3:
        answer_anything(page)
        press(page, button(page, "Save and continue"))
    return ready(page)


def answer_anything(page: Page) -> None:
    """Anything that can be saved."""
    for field in page.get_by_role("radio").all()[:1]:
        field.check()
    for field in page.get_by_role("checkbox").all()[:2]:
        field.check()
    for at, field in enumerate(page.get_by_role("combobox").all(), 1):
        field.select_option(index=at)


def said(page: Page) -> Locator:
    return page.get_by_role("status")


def cut_off(page: Page) -> None:
    """Until nothing gets through: a browser that was told so may still let a first request out, and lose its reply."""
    ready(page)
    page.context.set_offline(True)
    page.wait_for_function("fetch(location.href, {cache: 'no-store'}).then(() => false, () => true)")


def test_an_answer_is_saved_the_moment_it_is_chosen(tab, site):
    page = begin_final(tab, site, "saver")
    key = page.locator("#answer-form [name=idem]")
    shown = key.input_value()
    page.get_by_role("radio").nth(1).check()
    expect(said(page)).to_have_text(SAVED)
    assert key.input_value() == f"{shown[:-4]}0001"  # counts, so that the server knows what was chosen last
    page.reload()
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    expect(said(page)).to_have_text(SAVED)


def test_without_a_network_nothing_is_called_saved_and_afterwards_it_is(tab, site):
    page = begin_final(tab, site, "backer")
    page.get_by_role("radio").nth(0).check()
    expect(said(page)).to_have_text(SAVED)

    cut_off(page)
    page.get_by_role("radio").nth(2).check()
    expect(said(page)).to_have_text(UNSAVED)
    page.get_by_role("radio").nth(1).check()
    page.wait_for_timeout(300)
    expect(said(page)).to_have_text(UNSAVED)

    page.context.set_offline(False)
    expect(said(page)).to_have_text(SAVED)
    page.reload()
    expect(page.get_by_role("radio").nth(1)).to_be_checked()


def queued(page: Page) -> list[str]:
    return page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('answer:'))")


def at_a_choice(page: Page, start: str, number: int) -> tuple[str, int]:
    """The next question with radio buttons from this number on, open in the tab."""
    for at in range(number, number + 30):
        page.goto(f"{start}{at}/")
        if page.get_by_role("radio").count() > 1:
            return ready(page).url, at
    raise AssertionError("no question with a choice")


def test_answers_of_several_pages_are_sent_by_a_page_that_is_opened_later(tab, site):
    page = begin_final(tab, site, "queuer")
    start, _slash, number = page.url.rstrip("/").rpartition("/")
    start += "/"
    first, at = at_a_choice(page, start, int(number))  # those before it were answered on the way
    other = page.context.new_page()
    second, at = at_a_choice(other, start, at + 1)
    already = page.context.new_page()
    already.goto(f"{start}check/")
    answered = already.get_by_text("Answered", exact=True).count()

    for window in (page, other):
        cut_off(window)
        window.get_by_role("radio").nth(1).check()
        expect(said(window)).to_have_text(UNSAVED)
    button(other, "Save and continue").click(no_wait_after=True)  # there is nothing that could be shown next
    page.close()
    other.close()
    page = already
    page.context.set_offline(False)

    page.goto(f"{start}check/")
    expect(page.get_by_text("Answered", exact=True)).to_have_count(answered + 2)
    assert queued(page) == []
    for address in (first, second):
        page.goto(address)
        expect(page.get_by_role("radio").nth(1)).to_be_checked()
        expect(said(page)).to_have_text(SAVED)


def test_an_answer_is_not_called_saved_where_the_server_refuses_it_afterwards(tab, site):
    page = begin_final(tab, site, "overtaken")
    elsewhere = tab("overtaken")
    elsewhere.goto(page.url)
    ready(elsewhere)
    cut_off(page)
    page.get_by_role("radio").nth(0).check()
    expect(said(page)).to_have_text(UNSAVED)
    elsewhere.get_by_role("radio").nth(2).check()
    expect(said(elsewhere)).to_have_text(SAVED)
    page.context.set_offline(False)
    told = page.get_by_role("alert")
    expect(told).to_contain_text("You answered this question elsewhere since then, and that answer counts.")
    expect(said(page)).to_have_text("")
    page.reload()
    expect(page.get_by_role("radio").nth(2)).to_be_checked()

    cut_off(page)
    page.get_by_role("radio").nth(0).check()
    expect(said(page)).to_have_text(UNSAVED)
    elsewhere.goto(re.sub(r"\d+/$", "check/", page.url))
    press(elsewhere, button(elsewhere, "Hand in"))
    page.context.set_offline(False)
    expect(told).to_contain_text("The quiz was handed in already")
    assert queued(page) == []


def test_an_answer_whose_reply_was_lost_is_not_called_saved_once_another_counts(tab, site):
    page = begin_final(tab, site, "unheard")
    elsewhere = tab("unheard")
    elsewhere.goto(page.url)
    ready(elsewhere)

    def lose_the_reply(route):
        route.fetch()
        route.abort("internetdisconnected")

    page.route("**/answer/", lose_the_reply)
    page.get_by_role("radio").nth(0).check()
    expect(said(page)).to_have_text(UNSAVED)
    elsewhere.get_by_role("radio").nth(2).check()
    expect(said(elsewhere)).to_have_text(SAVED)
    page.unroute("**/answer/")
    expect(page.get_by_role("alert")).to_contain_text("You answered this question elsewhere since then")
    expect(said(page)).to_have_text("")
    page.reload()
    expect(page.get_by_role("radio").nth(2)).to_be_checked()


def test_an_attempt_is_handed_in_with_the_answers_that_waited(tab, site):
    page = begin_final(tab, site, "erring")
    cut_off(page)
    page.get_by_role("radio").nth(1).check()
    expect(said(page)).to_have_text(UNSAVED)
    check = re.sub(r"\d+/$", "check/", page.url)
    other = page.context.new_page()
    page.close()
    other.route("**/answer/", lambda route: route.abort())
    other.context.set_offline(False)
    other.goto(check)
    expect(other.get_by_role("alert")).to_contain_text("An answer of yours is not saved yet.")
    other.unroute("**/answer/")
    press(other, button(other, "Hand in"))
    expect(other).to_have_url(re.compile("/result/$"))
    assert queued(other) == []
    expect(other.get_by_role("alert")).to_have_count(0)  # it came before the attempt was handed in


def test_a_double_click_on_start_check_or_hand_in_counts_once(tab, site):
    page = opened(tab, site, "quiz of doubler")
    press(page, button(page, "Start the quiz"), twice=True)
    number = 0
    while not page.get_by_role("heading", name="Check your answers").count():
        number += 1
        expect(page.get_by_text(f"Question {number} of")).to_be_visible()
        answer_anything(page)
        press(page, button(page, "Check the answer"), twice=True)
        expect(page.get_by_role("region", name=re.compile("right|Right"))).to_be_visible()
        press(page, page.get_by_role("navigation", name="Next steps").get_by_role("link").last)
    press(page, button(page, "Hand in"), twice=True)
    expect(page.get_by_role("heading", name="All your answers")).to_be_visible()
    page.goto(site.pages["quiz of doubler"][1])
    expect(page.get_by_role("link", name=re.compile("^Attempt "))).to_have_count(1)


def test_a_double_click_on_save_and_continue_skips_no_question(tab, site):
    page = begin_final(tab, site, "doubler")
    here = page.url
    number = int(here.rstrip("/").rpartition("/")[2])
    page.get_by_role("radio").first.check()
    press(page, button(page, "Save and continue"), twice=True)
    expect(page.get_by_text(f"Question {number + 1} of")).to_be_visible()
    page.goto(here)
    expect(page.get_by_role("radio").first).to_be_checked()


def test_a_double_click_on_a_reply_is_one_turn(tab, site):
    page = opened(tab, site, "scenario of doubler")
    choices = pack.expert_choices(pack.scenario(page.get_by_role("heading", level=1).inner_text(), "en"))
    press(page, button(page, "Start"), twice=True)
    press(page, page.get_by_role("button", name=pack.pattern(choices[0]["text"]["en"])), twice=True)
    expect(page.get_by_text("Turn 2", exact=True)).to_be_visible()
    page.goto(site.pages["scenario of doubler"][1])
    expect(page.get_by_role("heading", name="You stopped at turn 2")).to_be_visible()


def test_in_two_tabs_the_last_answer_counts(tab, site):
    first = begin_final(tab, site, "tabber")
    second = tab("tabber")
    second.goto(first.url)
    ready(second)
    first.get_by_role("radio").nth(0).check()
    expect(said(first)).to_have_text(SAVED)
    second.get_by_role("radio").nth(2).check()
    expect(said(second)).to_have_text(SAVED)
    first.reload()
    expect(first.get_by_role("radio").nth(2)).to_be_checked()


def test_in_two_tabs_a_turn_is_taken_once(tab, site):
    first = opened(tab, site, "scenario of tabber")
    scenario = pack.scenario(first.get_by_role("heading", level=1).inner_text(), "en")
    press(first, button(first, "Start"))
    second = tab("tabber")
    second.goto(first.url)
    choice = pack.expert_choices(scenario)[0]["text"]["en"]
    press(first, first.get_by_role("button", name=pack.pattern(choice)))
    others = second.get_by_role("group").get_by_role("button").all()
    press(second, next(other for other in others if pack.plain(other.inner_text()).find(pack.plain(choice)) < 0))
    expect(second.get_by_text("You had answered that turn already.")).to_be_visible()
    expect(second.get_by_text("Turn 2", exact=True)).to_be_visible()
    expect(second.get_by_role("region", name="What came of your choice")).to_contain_text(pack.plain(choice))


def test_the_back_button_shows_where_the_conversation_stands_now(tab, site):
    page = opened(tab, site, "scenario of backer")
    choices = pack.expert_choices(pack.scenario(page.get_by_role("heading", level=1).inner_text(), "en"))
    press(page, button(page, "Start"))
    for choice in choices[:2]:
        press(page, page.get_by_role("button", name=pack.pattern(choice["text"]["en"])))
    page.go_back()
    page.goto(site.pages["scenario of backer"][1])
    expect(page.get_by_role("heading", name="You stopped at turn 3")).to_be_visible()
