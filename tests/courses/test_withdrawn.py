"""Whoever comes to a step that is not, or no longer, in their version of the course learns so, and who can help."""

from html import unescape
from uuid import UUID

import pytest
from django.urls import reverse

from courses import actions
from courses.models import LessonPage, StepCompletion
from tests.factories import enrol, make_course
from tests.lessons import CARD, NOTE, add_lesson
from tests.quizzes.factories import enrolled, quiz
from tests.scenarios.factories import scenario

SAID = "That step is not, or no longer, part of your course."


def withdraw(step_key) -> None:
    for page in LessonPage.objects.filter(translation_key=step_key):
        page.unpublish()


def address(enrolment, step_key) -> str:
    return reverse("step", args=[enrolment.key, step_key])


@pytest.fixture
def withdrawn(tree, enrolment) -> str:
    """The address of Ana's first lesson, which was withdrawn before she began."""
    withdraw(tree.keys[0])
    actions.start(enrolment=enrolment)
    return address(enrolment, tree.keys[0])


def assert_led_back(answer, enrolment) -> None:
    assert answer.redirect_chain == [(reverse("enrolment", args=[enrolment.key]), 302)]
    page = unescape(answer.content.decode())
    assert SAID in page
    assert "Nothing is asked of you for it" in page
    assert "Your L&D team can tell you more." in page
    assert f'<a href="{reverse("help")}">Who can help</a></p>' in page


@pytest.mark.parametrize("path", ["", f"card/{CARD}/"])
def test_an_old_link_leads_to_the_course_which_says_why(path, withdrawn, enrolment, ana, client_for):
    assert_led_back(client_for(ana).get(withdrawn + path, follow=True), enrolment)


@pytest.mark.parametrize("path", ["complete/", f"reflection/{NOTE}/"])
def test_so_does_an_old_form_and_nothing_is_written(path, withdrawn, enrolment, ana, client_for):
    assert_led_back(client_for(ana).post(withdrawn + path, {"text": "x"}, follow=True), enrolment)
    assert not StepCompletion.objects.exists()


@pytest.mark.parametrize(("step", "path"), [(quiz(["single"]), "attempt/"), (scenario(), "run/")])
def test_and_the_start_of_a_quiz_or_a_scenario(step, path, ana, client_for):
    course = make_course(lessons=1, languages=["en"], steps=[step])
    mine = enrol(ana, course)
    course.steps["en"][1].unpublish()
    mine = actions.start(enrolment=mine)
    assert_led_back(client_for(ana).post(address(mine, course.step_keys[1]) + path, follow=True), mine)


def test_a_step_that_came_after_their_version_is_said_not_to_be_theirs(tree, enrolment, ana, obcy, client_for):
    actions.start(enrolment=enrolment)
    new = add_lesson(tree.modules["pl"], "Third pl", UUID(int=33))
    assert client_for(ana).get(address(enrolment, new.translation_key)).status_code == 404, "nobody has it yet"
    actions.enrol(person=obcy, course_key=tree.course_key)
    assert_led_back(client_for(ana).get(address(enrolment, new.translation_key), follow=True), enrolment)


def test_where_the_reader_is_on_a_withdrawn_page_is_not_kept_and_not_talked_about(withdrawn, ana, client_for):
    client = client_for(ana)
    assert client.post(f"{withdrawn}place/", {"anchor": "b-1"}).status_code == 404
    assert SAID not in client.get("/my/").content.decode()


def test_a_withdrawn_step_of_somebody_else_and_an_unknown_one_are_not_found(
    withdrawn, tree, enrolment, ana, marek, obcy, client_for
):
    for other in (marek, obcy):
        assert client_for(other).get(withdrawn).status_code == 404
        assert client_for(other).post(f"{withdrawn}complete/").status_code == 404
    assert client_for(None).get(withdrawn).status_code == 302
    assert client_for(ana).get(address(enrolment, tree.course_key)).status_code == 404


def test_a_step_of_another_course_is_not_talked_about(withdrawn, enrolment, ana, client_for):
    other = enrolled(ana, kinds=["single"], lessons=1)
    for step in other.course_version.steps:
        assert client_for(ana).get(address(enrolment, step.key)).status_code == 404
