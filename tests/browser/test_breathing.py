"""The breathing exercise, started: the script alone on a page, without a server."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

SCRIPT = Path(__file__).parents[2] / "lms" / "static" / "js" / "breath-pacer.js"
PACER = """<breath-pacer data-in="1" data-hold="0" data-out="1" data-rounds="2" data-in-text="Breathe in"
data-out-text="Breathe out" data-round-text="Round %d of 2" data-start-text="Start" data-stop-text="Stop"
data-done-text="Well done"></breath-pacer>"""

pytestmark = pytest.mark.any_database


@pytest.fixture
def pacer(browser):
    context = browser.new_context()
    page = context.new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1)  # otherwise it goes on beside what run_for adds, and a breath is over before it is read
    page.set_content(PACER)
    page.add_script_tag(path=str(SCRIPT))
    yield page
    context.close()


def test_it_counts_breaths_in_words_that_are_read_out_and_ends_by_itself(pacer):
    words = pacer.locator("[aria-live=polite]")
    pacer.get_by_role("button", name="Start").press("Enter")
    for number in (1, 2):
        expect(words).to_have_text("Breathe in")
        expect(pacer.get_by_text(f"Round {number} of 2")).to_be_visible()
        pacer.clock.run_for(1000)
        expect(words).to_have_text("Breathe out")  # a hold of no seconds is left out
        pacer.clock.run_for(1000)
    expect(words).to_have_text("Well done")
    expect(pacer.get_by_role("button", name="Start")).to_be_visible()


def test_it_stops_when_it_is_told_to(pacer):
    pacer.get_by_role("button", name="Start").click()
    pacer.get_by_role("button", name="Stop").click()
    pacer.clock.run_for(5000)
    expect(pacer.locator("[aria-live=polite]")).to_have_text("")
    expect(pacer.get_by_role("button", name="Start")).to_be_visible()
