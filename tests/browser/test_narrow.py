"""A phone of 320 pixels: what is to be read in a question keeps room to be read."""

import pytest
from django.urls import reverse

from assessments.quizzes import actions
from tests.quizzes.factories import enrolled, quiz_version


@pytest.mark.parametrize("kind", ["judgement", "rating", "matching", "ordering"])
def test_the_words_beside_a_list_are_not_squeezed(ground, ana, page_for, kind):
    mine = enrolled(ana, kinds=[kind], shuffle_questions=False)
    attempt = actions.start_attempt(enrolment=mine, version=quiz_version(mine))
    page = page_for(ana, width=320)
    page.goto(reverse("question", args=[attempt.key, 1]))
    labels = page.locator("form li label, .match label").all()
    assert len(labels) >= 3
    assert min(label.bounding_box()["width"] for label in labels) > 130
    assert page.evaluate("document.documentElement.scrollWidth") == 320
