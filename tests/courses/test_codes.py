"""The code of a course: its questions are filed under it, so that each course has its own and keeps it."""

import pytest
from django.urls import reverse

from assessments.quizzes.models import Question
from courses.models import CoursePage
from courses.models.going_live import MayNotGoLive
from lms.packs.site import _review, _roles
from tests.courses.test_meaning import fresh
from tests.courses.test_routes import said
from tests.factories import make_course
from tests.quizzes.factories import quiz

STAYS = "The code stays “calm-first”: questions are filed under it."
TAKEN = "Another course has the code “calm-first”."


@pytest.fixture
def course(db):
    _roles()
    _review()
    return make_course(lessons=1, languages=["pl", "en"], steps=[quiz()])


def with_code(page, code):
    page = fresh(page)
    page.code = code
    return page


def test_a_course_with_questions_keeps_its_code(course):
    page = with_code(course.pages["en"], "another")
    revision = page.save_revision()  # a draft may be anything
    assert page.problems()
    with pytest.raises(MayNotGoLive) as refused:
        revision.publish()
    assert "calm-first" in str(refused.value)
    assert fresh(page).code == "calm-first"


def test_the_editor_reads_why_it_stays(course, publisher, client_for):
    page = with_code(course.pages["pl"], "another")
    page.save_revision(user=publisher)
    address = reverse("publishing", args=[page.pk])
    client = client_for(publisher)
    asked = client.get(address).context["asked"]
    post = {"seen": asked.form["seen"].value(), "change": asked.choices[0], "note": "", "redo_by": ""}
    answer = client.post(address, post, follow=True)
    assert STAYS in said(answer)


def test_without_a_question_it_may_change(db):
    course = make_course(lessons=1, languages=["en"])
    page = with_code(course.pages["en"], "another")
    page.save_revision().publish()
    assert fresh(page).code == "another"


def test_no_two_courses_have_one_code(course):
    other = make_course("other", lessons=1, languages=["pl"])
    page = with_code(other.pages["pl"], "calm-first")
    assert [problem for problem in page.problems() if "calm-first" in problem]
    assert not fresh(course.pages["en"]).problems()  # its own other language is no other course


def test_a_copy_of_a_course_is_a_draft_until_it_has_a_code_of_its_own(course, publisher, client_for):
    client, page = client_for(publisher), fresh(course.pages["pl"])
    given = {"new_title": "Copy", "new_slug": "copy", "new_parent_page": page.get_parent().pk, "copy_subpages": "on"}
    address = reverse("wagtailadmin_pages:copy", args=[page.pk])
    assert TAKEN in said(client.post(address, given | {"publish_copies": "on"}, follow=True))
    assert CoursePage.objects.count() == 2
    client.post(address, given)
    copy = CoursePage.objects.get(title="Copy")
    assert (copy.live, bool(copy.problems())) == (False, True)
    copy.code = "copy"
    assert not copy.problems()
    assert Question.objects.filter(bank="calm-first").exists()
