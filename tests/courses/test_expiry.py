"""What is to be taken down at a set time is, or whoever edits it is told why not; and the others are not held up."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import gettext as _

from assessments.quizzes.models import Question
from courses import actions
from courses.models import LessonPage, RefusedExpiry
from lms.packs.site import _roles
from people.models import Mail
from tests.courses.test_meaning import fresh
from tests.quizzes.factories import quiz_course

PANEL = 'id="refused-expiries"'


@pytest.fixture(autouse=True)
def staff(db):
    _roles()


@pytest.fixture
def course(db):
    """A lesson, and a live quiz with its only question."""
    return quiz_course(kinds=["single"], lessons=1, languages=["pl"])


@pytest.fixture
def asked(course) -> Question:
    return Question.objects.get()


def ends(subject, *, minutes=5, by=None):
    subject.expire_at = timezone.now() + timedelta(minutes=minutes)
    subject.save_revision(user=by).publish()
    return type(subject).objects.get(pk=subject.pk)


def later(hours=1):
    return time_machine.travel(timezone.now() + timedelta(hours=hours), tick=False)


def home(client) -> str:
    return client.get("/cms/").content.decode()


@pytest.mark.parametrize("command", ["publish_due", "publish_scheduled"])
def test_a_question_that_a_live_quiz_cannot_do_without_stays_and_holds_nothing_up(asked, course, command, capsys):
    ends(asked, minutes=1)
    lesson = ends(fresh(course.steps["pl"][0]), minutes=2)
    with later():
        call_command(command)
    assert Question.objects.get().live
    assert not LessonPage.objects.get(pk=lesson.pk).live
    out = capsys.readouterr()
    assert f"unpublished: {lesson.title}" in out.out
    assert f"refused: {asked}" in out.err


def test_it_is_tried_and_written_down_once_until_it_has_another_time(asked):
    asked = ends(asked)
    with later(1):
        assert len(list(actions.publish_due())) == 1
    with later(2):
        assert list(actions.publish_due()) == []
        assert RefusedExpiry.objects.count() == 1
        ends(asked)
    with later(4):
        assert len(list(actions.publish_due())) == 1
    assert RefusedExpiry.objects.count() == 2


@pytest.mark.parametrize("language", ["pl", "lv", "en"])
def test_whoever_edits_it_reads_on_the_home_page_what_when_and_why(asked, publisher, client_for, language):
    publisher.language = language
    publisher.save()
    asked = ends(asked, by=publisher)
    with later():
        list(actions.publish_due())
    row, page = RefusedExpiry.objects.get(), home(client_for(publisher))
    with translation.override(language):
        when = date_format(timezone.localtime(asked.expire_at), "SHORT_DATETIME_FORMAT")
        assert _("There is no question to draw: publish some for these modules or objectives.") in row.reason
    assert PANEL in page
    assert f"{escape(asked)}</a>, {when}: {escape(row.reason)}" in page


def test_it_is_told_until_it_is_taken_down(asked, publisher, client_for):
    ends(asked)
    client = client_for(publisher)
    with later():
        list(actions.publish_due())
        assert PANEL in home(client)
        Question.objects.get().unpublish()
        assert PANEL not in home(client)


def test_it_is_told_until_it_has_another_time(asked, publisher, client_for):
    asked = ends(asked)
    client = client_for(publisher)
    with later():
        list(actions.publish_due())
        assert PANEL in home(client)
        ends(asked)
        assert PANEL not in home(client)


def test_a_question_that_the_quiz_can_do_without_is_taken_down(db):
    quiz_course(kinds=["single", "single"], draw_count=1, languages=["pl"])
    first = Question.objects.first()
    ends(first)
    with later():
        call_command("publish_scheduled")
    first.refresh_from_db()
    assert (first.live, first.expired) == (False, True)
    assert not RefusedExpiry.objects.exists()


def test_a_question_is_taken_down_in_every_language_by_the_day_set_in_one(db):
    quiz_course(kinds=["single", "single"], draw_count=1, languages=["pl", "lv", "en"])
    one, other = Question.objects.filter(locale__language_code="lv")
    ends(one)
    with later():
        call_command("publish_scheduled")
    rows = Question.objects.filter(translation_key=one.translation_key)
    assert {(row.locale.language_code, row.live, row.expired) for row in rows} == {
        ("pl", False, True),
        ("lv", False, True),
        ("en", False, True),
    }
    assert Question.objects.filter(translation_key=other.translation_key, live=True).count() == 3


def test_a_question_that_a_quiz_needs_in_one_language_stays_in_every_language(db):
    quiz_course(kinds=["single", "single"], draw_count=1, languages=["pl", "lv", "en"])
    kept, one = Question.objects.filter(locale__language_code="pl")
    lacking = kept.get_translations().get(locale__language_code="lv")
    Question.objects.filter(pk=lacking.pk).update(live=False)
    ends(one)
    with later():
        call_command("publish_scheduled")
    assert Question.objects.filter(translation_key=one.translation_key, live=True).count() == 3
    assert RefusedExpiry.objects.count() == 1


@pytest.mark.parametrize("language", ["pl", "lv", "en"])
def test_whoever_published_it_last_is_told_once_by_mail_in_their_language(asked, publisher, language):
    publisher.language = language
    publisher.save()
    ends(asked, by=publisher)
    with later():
        assert len(list(actions.publish_due())) == 1
        list(actions.publish_due())
    mail = Mail.objects.get(kind="not_taken_down")
    assert (mail.person, mail.language) == (publisher, language)
    with translation.override(language):
        assert mail.subject == _("Still live: %(title)s") % {"title": asked}
        assert _("You get this mail because you published it last.") in mail.text
    assert RefusedExpiry.objects.get().reason in mail.text


def test_nobody_is_written_to_where_nobody_published_it_or_they_have_left(asked, publisher):
    publisher.is_active = False
    publisher.save()
    ends(asked, by=publisher)
    with later(1):
        list(actions.publish_due())
    with later(2):
        ends(asked)
    with later(4):
        list(actions.publish_due())
    assert RefusedExpiry.objects.count() == 2
    assert not Mail.objects.filter(kind="not_taken_down").exists()


def test_a_surprise_in_one_page_is_told_and_the_others_go_on(tree, publisher, client_for, monkeypatch):
    first, second = tree.lessons["pl"]
    ends(first, minutes=1)
    ends(second, minutes=2)
    real = actions._expire_locked

    def breaks(row):
        if row.pk == first.pk:
            raise RuntimeError("boom")
        return real(row)

    monkeypatch.setattr(actions, "_expire_locked", breaks)
    with later():
        assert [done.problem for done in actions.publish_due()] == ["RuntimeError", ""]
        assert list(actions.publish_due()) == []
    assert first.title in home(client_for(publisher))
    assert not LessonPage.objects.get(pk=second.pk).live


def test_what_got_another_time_meanwhile_is_left_alone(tree):
    page = ends(tree.lessons["pl"][0])
    with later():
        stale = LessonPage.objects.get(pk=page.pk)
        ends(page, minutes=60)
        assert actions._expire(stale) is None
    assert LessonPage.objects.get(pk=page.pk).live


def test_who_may_not_edit_it_is_not_told(asked, ana, client_for):
    ends(asked)
    with later():
        list(actions.publish_due())
    answered = client_for(ana).get("/cms/")
    assert PANEL not in answered.content.decode()
