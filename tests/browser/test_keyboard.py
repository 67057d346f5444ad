"""A quiz and a scenario taken by keyboard alone. At every stop the focus can be seen, and nothing covers it."""

from collections.abc import Sequence

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from assessments.quizzes.models import QuizAttempt
from assessments.quizzes.rules import types
from assessments.quizzes.rules.question import Question
from assessments.quizzes.rules.types import judgement, rating
from people.models import User
from tests.browser import pack
from tests.browser.layout import at_last
from tests.quizzes.factories import enrolled
from tests.quizzes.samples import best

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
STOPS = 120  # more than any page has
# Seen: an outline or a shadow around what has the focus, or around the answer card or row that holds it; and at least
# a part of it lies inside the window, with nothing else on top.
FOCUS_IS_SEEN = """() => {
  const stop = document.activeElement;
  const drawn = element => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  };
  if (![stop, stop.closest(".opt"), stop.closest(".row")].some(element => element && drawn(element))) return false;
  const { left, right, top, bottom } = stop.getBoundingClientRect();
  const points = [top + 2, (top + bottom) / 2, bottom - 2].map(y => document.elementFromPoint((left + right) / 2, y));
  return points.some(element => element && (element.contains(stop) || stop.contains(element)));
}"""


class Keyboard:
    def __init__(self, page: Page) -> None:
        self.page = page

    def go_to(self, target: Locator) -> None:
        expect(target).to_be_visible()
        for _ in range(STOPS):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
            where = self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
            if not where.startswith("<body"):  # round the end of the page
                self.assert_focus_is_seen(where)
        raise AssertionError(f"no Tab leads to {target}")

    def assert_focus_is_seen(self, where: str) -> None:
        is_seen = at_last(self.page, lambda: self.page.evaluate(FOCUS_IS_SEEN))  # a busy machine scrolls late
        assert is_seen, f"the focus is not seen at {self.page.url} on {where}"

    def press(self, target: Locator) -> None:
        self.go_to(target)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    # --- answering ---------------------------------------------------------------------------------------------------
    def answer(self, question: dict) -> None:
        if question["type"] == "multiple":
            for text in self.right(question):
                self.go_to(self.page.get_by_role("checkbox", name=text, exact=True))
                self.page.keyboard.press("Space")
        elif question["type"] == "ordering":
            for at, item in enumerate(question["items"], 1):
                self.choose_from_list(item["text"]["en"], str(at))
        elif question["type"] == "matching":
            for pair in question["pairs"]:
                self.choose_from_list(pair["left"]["en"], pair["right"]["en"])
        else:
            self.choose_one(self.right(question)[0])

    def right(self, question: dict) -> list[str]:
        return [option["text"]["en"] for option in question["options"] if option["correct"]]

    def choose_one(self, text: str) -> None:
        """Tab leads to the group, the arrows from one answer to the next."""
        self.go_to(self.page.get_by_role("radio").first)
        self.page.keyboard.press("Space")
        wanted = self.page.get_by_role("radio", name=text, exact=True)
        for _ in range(self.page.get_by_role("radio").count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {text}")

    def write(self, label: str, words: str) -> None:
        self.go_to(self.page.get_by_role("textbox", name=label, exact=True))
        self.page.keyboard.type(words)

    def choose_from_list(self, label: str, text: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        self.go_to(field)
        for _ in range(field.locator("option").count()):
            self.page.keyboard.press("ArrowDown")
            if field.evaluate("select => select.selectedOptions[0].text") == text:
                return
        raise AssertionError(f"the arrows do not lead to {text}")


def opened(tab, site, what: str) -> Keyboard:
    who, path = site.pages[what]
    page = tab(who)
    page.goto(path)
    return Keyboard(page)


def test_a_quiz_can_be_taken_by_keyboard_alone(tab, site):
    keys = opened(tab, site, "quiz of keyboard")
    keys.press(keys.button("Start the quiz"))
    while keys.page.get_by_role("group").filter(has=keys.page.get_by_role("heading", level=1)).count():
        keys.answer(pack.question(keys.page.get_by_role("heading", level=1).inner_text(), "en"))
        keys.press(keys.button("Check the answer"))
        keys.press(keys.page.get_by_role("navigation", name="Next steps").get_by_role("link").last)
    expect(keys.page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    keys.press(keys.button("Hand in"))
    expect(keys.page.get_by_role("heading", level=1)).to_contain_text("Passed")


def answer_rightly(keys: Keyboard, question: Question) -> None:
    """By the roles and names of the fields alone, and each type by its own best answer."""
    response = best(question)
    match question.type:
        case "single" | "truefalse":
            keys.choose_one(question.part(response["chosen"][0])["text"])
        case "multiple":
            for key in response["chosen"]:
                keys.go_to(keys.page.get_by_role("checkbox", name=question.part(key)["text"], exact=True))
                keys.page.keyboard.press("Space")
        case "ordering":
            for at, key in enumerate(response["order"], 1):
                keys.choose_from_list(question.part(key)["text"], str(at))
        case "matching":
            for left, right in response["pairs"].items():
                keys.choose_from_list(question.part(left)["left"], question.part(right)["right"])
        case "judgement":
            for end, words in judgement.WORDS.items():
                keys.choose_from_list(question.part(response[end])["text"], words)
        case "rating":
            for key, step in response["rated"].items():
                keys.choose_from_list(question.part(key)["text"], rating.SCALE[step])
        case "numeric":
            keys.write("Number", response["number"])
            keys.choose_from_list("Unit", question.part(response["unit"])["text"])
        case _:
            keys.write("Your answer", response["text"])


def walked(keys: Keyboard, person: User, kinds: Sequence[str]) -> QuizAttempt:
    """From the start of a quiz to its result."""
    mine = enrolled(person, kinds=kinds, shuffle_questions=False)
    keys.page.goto(reverse("step", args=[mine.key, mine.course_version.steps[-1].key]))
    keys.press(keys.button("Start the quiz"))
    attempt = QuizAttempt.objects.get()
    for key in attempt.keys:
        answer_rightly(keys, attempt.quiz.question(key))
        keys.press(keys.button("Save and continue"))
    expect(keys.page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    keys.press(keys.button("Hand in"))
    expect(keys.page.get_by_role("heading", level=1)).not_to_have_text("Check your answers")
    return QuizAttempt.objects.get()


@pytest.mark.parametrize("kind", sorted(types.ALL))
def test_a_question_of_each_type_is_answered_by_keyboard_and_without_javascript(ground, ana, page_for, kind):
    """Whatever the quizzes of the course happen to draw. What nobody scores stands beside something that is."""
    kinds = [kind] if types.get(kind).scored else [kind, "single"]
    attempt = walked(Keyboard(page_for(ana, javascript=False)), ana, kinds)
    assert attempt.answers.count() == len(kinds)
    assert attempt.waits if types.get(kind).manual else attempt.passed


def test_with_javascript_too_every_type_is_answered_by_keyboard_alone(ground, ana, page_for):
    kinds = sorted(types.ALL)
    attempt = walked(Keyboard(page_for(ana)), ana, kinds)
    marks = {item.key: item.mark for item in attempt.marked}
    assert len(set(attempt.answers.values_list("question_key", flat=True))) == len(kinds)
    for key in attempt.keys:
        kind = types.get(attempt.quiz.question(key).type)
        assert marks[key] == (1 if kind.scored and not kind.manual else None)


def test_a_scenario_can_be_played_by_keyboard_alone(tab, site):
    keys = opened(tab, site, "scenario of keyboard")
    scenario = pack.scenario(keys.page.get_by_role("heading", level=1).inner_text(), "en")
    keys.press(keys.button("Start"))
    for choice in pack.expert_choices(scenario):
        keys.press(keys.page.get_by_role("button", name=pack.pattern(choice["text"]["en"])))
    expect(keys.page.get_by_text("You have finished this step.")).to_be_visible()
    keys.press(keys.button("Skip the questions"))
    keys.press(keys.button("Continue"))


def test_the_first_stop_of_a_page_leads_past_the_navigation(tab):
    keys = Keyboard(tab("new"))
    keys.page.goto("/my/")
    keys.go_to(keys.page.get_by_role("link", name="Skip to content"))
    keys.page.keyboard.press("Enter")
    expect(keys.page.get_by_role("main")).to_be_focused()


def test_the_language_can_be_changed_by_keyboard_alone(tab):
    page = tab()
    page.goto("/help/")
    keys = Keyboard(page)
    for _ in range(STOPS):
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    keys.press(page.get_by_role("button", name="latviešu"))
    expect(page.locator("html")).to_have_attribute("lang", "lv")
