"""Source articles and their points in the CMS: what lessons and questions go back to, without a programmer."""

import pytest
from django.urls import reverse

from courses.models import SourceArticle, SourcePoint
from lms.packs.site import _roles

ARTICLES, POINTS = "wagtailsnippets_courses_sourcearticle", "wagtailsnippets_courses_sourcepoint"


@pytest.fixture
def staff(tree):
    _roles()


@pytest.fixture
def article(tree, staff):
    return SourceArticle.objects.create(course_key=tree.course_key, file="calm.docx", title="Calm", language="pl")


def point_of(article, **fields):
    values = {"article": article.pk, "code": "S001-01", "section": "Beginning", "lines": "1-2", "kind": "principle"}
    return values | {"text_pl": "Oddech.", "text_lv": "", "text_en": "A breath.", "is_current": "on"} | fields


def test_an_editor_adds_an_article_and_a_point_which_a_lesson_may_then_name(tree, staff, ela, client_for):
    client = client_for(ela)
    sent = {"course": str(tree.course_key), "title": "Calm", "file": "calm.docx", "language": "pl"}
    assert client.post(reverse(f"{ARTICLES}:add"), sent).status_code == 302
    lesson = tree.lessons["pl"][0]
    lesson.points = ["S001-01"]
    assert len(lesson.problems()) == 1
    assert client.post(reverse(f"{POINTS}:add"), point_of(SourceArticle.objects.get())).status_code == 302
    point = SourcePoint.objects.get()
    assert (point.course_key, point.treatment) == (tree.course_key, "as-is")
    assert point.texts == {"pl": "Oddech.", "en": "A breath."}
    assert lesson.problems() == []
    assert "S001-01" in client.get(reverse(f"{POINTS}:list")).content.decode()


def test_a_name_stays_and_words_may_change(article, ela, client_for):
    client = client_for(ela)
    client.post(reverse(f"{POINTS}:add"), point_of(article))
    point = SourcePoint.objects.get()
    address = reverse(f"{POINTS}:edit", args=[point.pk])
    assert client.post(address, point_of(article, code="S9", text_lv="Elpa.", is_current="")).status_code == 302
    point.refresh_from_db()
    assert (point.code, point.texts["lv"], point.is_current) == ("S001-01", "Elpa.", False)


@pytest.mark.parametrize("fault", [{"code": "S001-01"}, {"code": "no spaces"}, {"text_pl": ""}, {"kind": "x"}])
def test_what_is_not_a_point_is_refused_in_words(article, ela, client_for, fault):
    client = client_for(ela)
    client.post(reverse(f"{POINTS}:add"), point_of(article))
    answered = client.post(reverse(f"{POINTS}:add"), point_of(article, code="S001-02") | fault)
    assert answered.status_code == 200
    assert answered.context["form"].errors
    assert SourcePoint.objects.count() == 1


def test_the_same_file_twice_is_refused(tree, article, ela, client_for):
    sent = {"course": str(tree.course_key), "title": "Calm", "file": "calm.docx", "language": "pl"}
    assert "file" in client_for(ela).post(reverse(f"{ARTICLES}:add"), sent).context["form"].errors


def test_only_l_and_d_comes_here(article, ana, marek, client_for):
    for who in (ana, marek):
        assert client_for(who).get(reverse(f"{POINTS}:add")).status_code in (302, 403, 404)
    assert not SourcePoint.objects.exists()
