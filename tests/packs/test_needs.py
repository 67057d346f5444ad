"""The home page of the CMS: what needs whoever opened it, and nothing that this person cannot mend."""

import html
import uuid
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from wagtail.models import Comment, CommentReply, Page

from assessments.quizzes.models import Question
from courses import translations
from courses.models import CoursePage, LessonPage, ModulePage, RefusedExpiry, RefusedPublication
from lms.packs.languages import CourseProgress
from lms.packs.needs import needs
from lms.packs.site import _review, _roles
from lms.packs.translating import Progress
from tests.courses.test_outline import add_lesson
from tests.quizzes.factories import make_question

HOME = "/cms/"


@pytest.fixture(autouse=True)
def staff(tree):
    """What set_up_site gives the roles; the tree has catalogues of its own."""
    cache.clear()
    _roles()
    _review()


def found(user, courses=()) -> dict[str, list]:
    with override("en"):
        return {need.heading: need.items for need in needs(user, list(courses), timezone.localdate())}


def broken(lesson, *, by=None) -> LessonPage:
    page = LessonPage.objects.get(pk=lesson.pk)
    page.body = []
    page.save_revision(user=by)
    return page


def test_nobody_is_bothered_where_nothing_waits(tree, ela, client_for):
    assert found(ela) == {}
    page = client_for(ela).get(HOME).content.decode()
    assert "What needs you" not in page
    assert "Your first course" not in page


def test_a_draft_with_problems_is_named_with_its_first_one(tree, ela, client_for):
    lesson = broken(tree.lessons["pl"][0])
    (item,) = found(ela)["Drafts with problems"]
    assert (item.title, item.language, item.url) == ("First pl", "pl", f"/cms/pages/{lesson.pk}/edit/")
    assert item.note == "The lesson has no content yet."
    page = client_for(ela).get(HOME).content.decode()
    assert "Drafts with problems (1)" in page
    assert f'<a href="{item.url}" lang="pl">First pl</a>' in page
    page = LessonPage.objects.get(pk=lesson.pk)  # mended
    page.save_revision()
    assert found(ela) == {}


def test_drafts_of_courses_and_modules_with_problems_are_named_too(tree, ela, monkeypatch):
    course, module = CoursePage.objects.get(pk=tree.courses["pl"].pk), tree.modules["pl"]
    course.summary = " "
    course.save_revision()
    module.save_revision()
    (item,) = found(ela)["Drafts with problems"]
    assert (item.title, item.url) == ("Calm pl", f"/cms/pages/{course.pk}/edit/")
    assert item.note == "Say in one sentence what people will be able to do."
    cache.clear()
    monkeypatch.setattr(
        translations, "problems", lambda page: ["One text waits."] if isinstance(page, ModulePage) else []
    )
    notes = {item.url: item.note for item in found(ela)["Drafts with problems"]}
    assert notes == {item.url: item.note, f"/cms/pages/{module.pk}/edit/": "One text waits."}


def question_draft(name: str, *, by=None, **changes) -> Question:
    question = make_question(name, language="pl", live=False)
    for field, value in changes.items():
        setattr(question, field, value)
    question.save_revision(user=by)
    return question


def test_a_draft_of_a_question_with_problems_is_named_to_who_may_mend_it(tree, ela, marek, client_for):
    question = question_draft("S1", by=ela, objective="")
    (item,) = found(ela)["Drafts with problems"]
    assert item.title.startswith("SECRET-S1")
    assert item.note == "Say which objective it asks about: quizzes draw by objective."
    assert client_for(ela).get(item.url).status_code == 200
    assert found(marek) == {}
    question.retired_at = timezone.now()
    question.save(update_fields=["retired_at"])
    assert found(ela) == {}


def test_what_colleagues_changed_in_questions_waits_for_who_may_publish_it(tree, ela, publisher):
    question_draft("S1", by=ela)
    question_draft("S2", by=ela, objective="")
    question_draft("S3", by=publisher)
    question_draft("S4")
    (item,) = found(publisher)["Questions that colleagues changed, not live yet"]
    assert (item.title.partition(":")[0], item.note) == ("SECRET-S1", ela.name)
    assert "Questions that colleagues changed, not live yet" not in found(ela)


def test_a_review_waits_for_who_may_approve_it(tree, ela, publisher, client_for):
    tree.lessons["pl"][0].save_revision().publish()
    page = LessonPage.objects.get(pk=tree.lessons["pl"][0].pk)
    page.save_revision(user=ela)
    page.get_workflow().start(page, ela)
    (item,) = found(publisher)["Waiting for your review"]
    assert (item.title, item.note) == ("First pl", ela.name)
    assert "Waiting for your review" not in found(ela)
    client = client_for(publisher)
    assert "Waiting for your review (1)" in client.get(HOME).content.decode()
    assert "Approve" in client.get(item.url).content.decode()


def test_a_comment_waits_until_one_has_answered_it(tree, ela, publisher):
    comment = Comment.objects.create(page=tree.lessons["pl"][0], user=publisher, text="Why?", contentpath="title")
    (item,) = found(ela)["Comments for you"]
    assert item.note == f"{publisher.name}: Why?"
    assert found(publisher) == {}
    CommentReply.objects.create(comment=comment, user=ela, text="Because.")
    assert found(ela) == {}
    assert "Comments for you" in found(publisher)
    Comment.objects.update(resolved_at=timezone.now())
    assert found(publisher) == {}


def test_a_language_that_lags_leads_to_its_translation(tree, ela):
    course = tree.courses["pl"]
    done = {"lv": Progress(total=10, done=7), "en": Progress(total=10, done=10)}
    lagging = CourseProgress(course, done, titles={"pl": "Calm pl", "lv": "Calm lv", "en": "Calm en"})
    (item,) = found(ela, [lagging])["Translations that lag"]
    assert (item.title, item.language, item.note) == ("Calm lv", "lv", "Latvian: 3 texts wait")
    assert item.url.endswith(f"/courses/{course.pk}/translation/?language=lv")


def test_a_date_of_review_that_has_passed_is_told_once_for_all_languages(tree, ela):
    CoursePage.objects.update(review_by=timezone.localdate())
    assert found(ela) == {}
    CoursePage.objects.update(review_by=timezone.localdate() - timedelta(days=1))
    (item,) = found(ela)["To be reviewed by a date that has passed"]
    assert item.url == f"/cms/pages/{tree.courses['pl'].pk}/edit/"
    assert (item.title, item.language) == ("Calm en", "en")  # the course is meant, whatever its languages


def test_questions_to_be_reviewed_by_a_passed_date_lead_to_the_list_narrowed_to_them(tree, ela, client_for):
    for language in ("pl", "en"):
        for name in [*(f"R{number}" for number in range(7)), "LATER", "GONE"]:
            make_question(name, language=language, live=False)
    today = timezone.localdate()
    Question.objects.update(review_by=today)
    assert found(ela) == {}
    Question.objects.exclude(code="SECRET-LATER").update(review_by=today - timedelta(days=1))
    Question.objects.filter(code="SECRET-R6").update(review_by=today - timedelta(days=2))
    Question.objects.filter(code="SECRET-GONE").update(retired_at=timezone.now())
    with override("en"):
        (need,) = needs(ela, [], today)
    assert need.count == 7  # each once, whatever its languages
    assert [item.title.partition(":")[0] for item in need.items] == [f"SECRET-R{number}" for number in (6, 0, 1, 2, 3)]
    browser = client_for(ela)
    assert html.escape(need.url) in browser.get(HOME).content.decode()
    listed = browser.get(need.url).content.decode()
    assert all(f"SECRET-R{number}" in listed for number in range(7))
    assert "SECRET-LATER" not in listed
    assert "SECRET-GONE" not in listed
    assert browser.get(need.items[0].url).status_code == 200


def test_only_the_first_of_many_are_listed_and_all_are_counted(tree, ela, client_for):
    for number in range(7):
        broken(add_lesson(tree.modules["pl"], f"More {number}", uuid.uuid4()))
    (need,) = needs(ela, [], timezone.localdate())
    assert (need.count, len(need.items), need.more) == (7, 5, 2)
    assert "And 2 more." in client_for(ela).get(HOME).content.decode()


def test_who_may_change_nothing_is_asked_for_nothing(tree, ana, publisher):
    broken(tree.lessons["pl"][0])
    Comment.objects.create(page=tree.lessons["pl"][0], user=publisher, text="Why?", contentpath="title")
    CoursePage.objects.update(review_by=timezone.localdate() - timedelta(days=1))
    make_question("S1")
    Question.objects.update(review_by=timezone.localdate() - timedelta(days=1))
    assert found(ana) == {}


def test_facts_are_missing_only_to_who_may_fill_them_in(tree, ela, publisher, client_for):
    assert "unfilled-facts" in client_for(publisher).get(HOME).content.decode()
    assert "unfilled-facts" not in client_for(ela).get(HOME).content.decode()


def test_the_home_page_costs_the_same_with_one_and_with_thirty_of_everything(tree, ela, publisher, client_for):
    client = client_for(publisher)

    def one_more(number: int) -> None:
        page = broken(add_lesson(tree.modules["pl"], f"More {number}", uuid.uuid4()), by=ela)
        page.get_workflow().start(page, ela)
        Comment.objects.create(page=page, user=ela, text="Why?", contentpath="title")
        revision = page.latest_revision
        RefusedPublication.objects.create(
            revision_id=revision.pk,
            content_type=revision.content_type,
            object_id=str(page.pk),
            label=page.title,
            reason="Empty",
            at=timezone.now(),
        )
        Page.objects.filter(pk=page.pk).update(expire_at=timezone.now())
        RefusedExpiry.objects.create(
            content_type=ContentType.objects.get_for_model(Page),
            object_id=str(page.pk),
            expire_at=Page.objects.get(pk=page.pk).expire_at,
            label=page.title,
            reason="Boom",
            at=timezone.now(),
        )
        question_draft(f"R{number}", by=ela, objective="")
        question_draft(f"S{number}", by=ela)
        more = ModulePage(title=f"More {number}", slug=f"more-{number}", locale=tree.courses["pl"].locale)
        tree.courses["pl"].add_child(instance=more)
        more.save_revision()
        Question.objects.update(review_by=timezone.localdate() - timedelta(days=1))

    def cost() -> int:
        client.get(HOME)  # what a draft's problems are is remembered from then on
        with CaptureQueriesContext(connection) as queries:
            client.get(HOME)
        return len(queries)

    one_more(0)
    few = cost()
    for number in range(1, 30):
        one_more(number)
    assert Page.objects.filter(live=True, has_unpublished_changes=True).count() == 60
    assert cost() <= few
    assert "refused-expiries" in client.get(HOME).content.decode()
