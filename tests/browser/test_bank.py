"""The question bank and a quiz on one page, as people meet them in a browser."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext
from playwright.sync_api import expect

from assessments.quizzes import actions
from assessments.quizzes.models import Answer, Question
from people.models import User
from tests.browser.test_editors import assert_accessible
from tests.browser.test_saving import ready
from tests.factories import ready_site
from tests.quizzes.factories import enrolled, quiz_course, quiz_version

pytestmark = [pytest.mark.slow]
LIST = "wagtailsnippets_quizzes_question:list"


@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_looks_after_questions_reads_the_list_and_tags_two(ground, admin, page_for, language):
    ready_site()
    User.objects.filter(pk=admin.pk).update(language=language)
    with translation.override(language):
        words = {
            "tag them": gettext("Change the tags of the selected questions"),
            "add": gettext("Add these tags"),
            "tag": gettext("Change tags"),
            "done": ngettext("%(count)d question has other tags now.", "%(count)d questions have other tags now.", 2),
            "nobody": gettext("Nobody has it in an open attempt."),
        }
    value = {"title": "First", "by": "objective", "which": "CALM-1", "count": None, "weight": 2}
    quiz_course(kinds=["single"] * 2, sections=[{"type": "section", "id": str(uuid4()), "value": value}])
    page = page_for(admin)
    page.goto(f"{reverse(LIST)}?locale=en")
    row = page.get_by_role("row").filter(has_text="SECRET-S1")
    expect(row.get_by_role("link", name="Quiz on calm (en)")).to_be_visible()
    assert_accessible(page, "td[class^=bank-]")
    for name in ("SECRET-S1", "SECRET-S2"):
        page.get_by_role("row").filter(has_text=name).get_by_role("checkbox").check()
    page.get_by_role("link", name=words["tag them"]).click()
    page.get_by_label(words["add"]).fill("phone")
    assert_accessible(page, ".nice-padding")
    page.get_by_role("button", name=words["tag"], exact=True).click()
    expect(page.get_by_text(words["done"] % {"count": 2})).to_be_visible()
    assert [row.tags for row in Question.objects.all()] == [["phone"]] * 2
    page.goto(reverse("wagtailsnippets_quizzes_question:edit", args=[Question.objects.first().pk]))
    expect(page.get_by_text(words["nobody"])).to_be_visible()


def test_answers_of_a_quiz_on_one_page_are_saved_as_they_are_chosen(ground, ana, page_for):
    mine = enrolled(ana, kinds=["single", "ordering", "shorttext"], one_page=True, shuffle_questions=False)
    attempt = actions.start_attempt(enrolment=mine, version=quiz_version(mine))
    page = page_for(ana)
    page.goto(reverse("attempt-all", args=[attempt.key]))
    ready(page).get_by_role("radio").first.check()
    expect(page.get_by_role("status")).to_contain_text(":")
    assert Answer.objects.count() == 1
    page.get_by_role("textbox").fill("keep calm")
    page.get_by_role("textbox").press("Tab")
    assert_accessible(page, "main")
    page.reload()
    expect(page.get_by_role("radio").first).to_be_checked()
    expect(page.get_by_role("textbox")).to_have_value("keep calm")
