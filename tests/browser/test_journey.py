"""From the login page to a certificate that anybody can check: the whole real course, in each language, on a phone,
without JavaScript, by pressing what the pages offer. In every quiz and every scenario the language changes half way."""

import re
from collections.abc import Callable

import pytest
from django.utils.translation import gettext, override, pgettext
from playwright.sync_api import Locator, Page, expect

from tests.browser import pack
from tests.browser.conftest import log_in
from tests.browser.stage import LEARNERS

pytestmark = pytest.mark.slow
NAMES = {"pl": "polski", "lv": "latviešu", "en": "English"}
AFTER = {"pl": "lv", "lv": "en", "en": "pl"}
PAGES = 200  # more than the course has steps, with all that lies between them
RENDERING = 90  # looks, one a second, for the worker to make the PDF


class Walk:
    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language

    # --- what is on the page -----------------------------------------------------------------------------------------
    def say(self, text: str, context: str = "") -> str:
        with override(self.language):
            return pgettext(context, text) if context else gettext(text)

    def button(self, text: str, context: str = "") -> Locator:
        return self.page.get_by_role("button", name=self.say(text, context), exact=True)

    def link(self, text: str) -> Locator:
        return self.page.get_by_role("link", name=self.say(text), exact=True)

    def heading(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    def press(self, what: Locator) -> None:
        with self.page.expect_navigation():
            what.click()
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.page.viewport_size["width"], f"{self.page.url} is {wide} pixels wide"

    def switch_language(self) -> None:
        shown = re.compile(rf"{self.say('Language:')}\s*{self.language.upper()}")
        self.page.get_by_text(shown).click()
        self.language = AFTER[self.language]
        self.press(self.page.get_by_role("button", name=NAMES[self.language], exact=True))
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)

    # --- the course --------------------------------------------------------------------------------------------------
    def to_the_certificate(self) -> None:
        for _ in range(PAGES):
            if self.link("See your certificate").is_visible():
                return
            self.take_the_next_step()
        raise AssertionError(f"no certificate after {PAGES} pages; now at {self.page.url}")

    def take_the_next_step(self) -> None:
        following = self.say("Continue: %(title)s") % {"title": ""}
        meets = self.page.get_by_role("heading", name=self.say("You will meet"))
        talk = self.page.get_by_role("main").filter(has=meets)
        offers: list[tuple[Locator, Callable[[Locator], None]]] = [
            (talk.get_by_role("button", name=self.say("Start", "scenario"), exact=True), self.play),
            (self.button("Start", "course"), self.press),
            (self.button("Start the quiz"), self.take_quiz),
            (self.button("Save and continue"), self.press),
            (self.link("Go on with the course"), self.press),
            (self.page.get_by_role("link", name=following.strip()), self.press),
        ]
        here = self.heading()
        for offer, take in offers:
            if offer.count() == 1 and offer.is_visible():
                take(offer)
                return
        raise AssertionError(f"nothing to press at {self.page.url}: {here}")

    # --- a quiz ------------------------------------------------------------------------------------------------------
    def take_quiz(self, start: Locator) -> None:
        self.press(start)
        number = 0
        while self.heading() != self.say("Check your answers"):
            number += 1
            if number == 2:
                self.switch_in_quiz()
            self.answer(self.question())
            checks = self.button("Check the answer")
            if checks.count():
                self.press(checks)
                self.press(self.page.get_by_role("navigation", name=self.say("Next steps")).get_by_role("link").last)
            else:
                self.press(self.button("Save and continue"))
        self.press(self.button("Hand in"))
        assert self.heading().startswith(self.say("Passed: %(points)s of %(total)s").partition("%")[0])

    def question(self) -> dict:
        return pack.question(self.heading(), self.language)

    def switch_in_quiz(self) -> None:
        """The same question stays open, and what was answered stays answered."""
        here = self.question()
        self.switch_language()
        assert self.question()["id"] == here["id"]
        right = self.page.get_by_role("button", name=re.compile(rf"^1 ?, {self.say('right', 'answer')}$"))
        if self.button("Check the answer").count():
            expect(right).to_be_visible()
            return
        self.press(self.page.get_by_role("button", name=self.say("Question %(number)s") % {"number": 1}, exact=True))
        self.assert_answered(self.question())
        self.press(self.button("Save and continue"))

    def answer(self, question: dict) -> None:
        for field, value in self.fields(question):
            if value is None:
                field.check()
            else:
                field.select_option(label=value)

    def assert_answered(self, question: dict) -> None:
        for field, value in self.fields(question):
            if value is None:
                expect(field).to_be_checked()
            else:
                assert field.evaluate("select => select.selectedOptions[0].text") == value

    def fields(self, question: dict) -> list[tuple[Locator, str | None]]:
        """What to tick (None), and what to choose from which list, for the right answer."""
        if question["type"] == "ordering":
            places = enumerate((item["text"][self.language] for item in question["items"]), 1)
            return [(self.page.get_by_label(text, exact=True), str(at)) for at, text in places]
        if question["type"] == "matching":
            pairs = [(pair["left"][self.language], pair["right"][self.language]) for pair in question["pairs"]]
            return [(self.page.get_by_label(left, exact=True), right) for left, right in pairs]
        texts = [option["text"][self.language] for option in question["options"] if option["correct"]]
        return [(self.page.get_by_label(text, exact=True), None) for text in texts]

    # --- a scenario --------------------------------------------------------------------------------------------------
    def play(self, start: Locator) -> None:
        scenario = pack.scenario(self.heading(), self.language)
        self.press(start)
        before: dict = {}
        for number, choice in enumerate(pack.expert_choices(scenario), 1):
            if number == 2:
                self.switch_in_scenario(before)
            self.press(self.page.get_by_role("button", name=pack.pattern(choice["text"][self.language])))
            before = choice
        self.press(self.button("Skip the questions"))
        self.press(self.button("Continue"))

    def switch_in_scenario(self, before: dict) -> None:
        """The same turn stays open, and what was said before stands there in the other language."""
        turn = self.say("Turn %(turn)s") % {"turn": 2}
        expect(self.page.get_by_text(turn, exact=True)).to_be_visible()
        self.switch_language()
        expect(self.page.get_by_text(self.say("Turn %(turn)s") % {"turn": 2}, exact=True)).to_be_visible()
        came = self.page.get_by_role("region", name=self.say("What came of your choice"))
        said = pack.plain(before["text"][self.language])
        assert said in pack.plain(came.inner_text())

    # --- the certificate ---------------------------------------------------------------------------------------------
    def open_certificate(self) -> None:
        self.press(self.link("See your certificate"))
        course = self.page.get_by_role("main").get_by_role("link", name=re.compile("^(Calm|Spokojnie|Mierīgi)"))
        self.press(course)

    def download_pdf(self) -> bytes:
        download = self.link("Download the PDF")
        for _ in range(RENDERING):
            if download.count():
                break
            self.page.wait_for_timeout(1000)
            self.page.reload()
        with self.page.expect_download() as downloading:
            download.click()
        return downloading.value.path().read_bytes()


ELSEWHERE = pytest.mark.any_database  # one walk on each further database is enough


@pytest.mark.parametrize("language", ["pl", pytest.param("lv", marks=ELSEWHERE), pytest.param("en", marks=ELSEWHERE)])
def test_from_the_login_to_a_certificate_that_anybody_can_check(tab, site, language):
    who = f"walker-{language}"
    name = LEARNERS[who][0]
    page = tab(width=360, height=740, javascript=False, language=language)
    walk = Walk(page, language)
    page.goto("/")
    words = {"email": walk.say("E-mail"), "password": walk.say("Password"), "go": walk.say("Log in")}
    log_in(page, site.people[who], words)

    walk.to_the_certificate()
    walk.open_certificate()
    expect(page.get_by_role("definition").get_by_text(name, exact=True)).to_be_visible()
    assert walk.download_pdf().startswith(b"%PDF-")

    verify = page.get_by_role("link").filter(has_text="/verify/").get_attribute("href")
    stranger = Walk(tab(width=360, javascript=False, language=language), language)
    stranger.page.goto(verify)
    assert stranger.heading() == stranger.say("This certificate is valid")
    expect(stranger.page.get_by_role("definition").get_by_text(name, exact=True)).to_be_visible()
