"""Modules and steps are dragged to another place in the CMS's explorer: in every language, as in the outline."""

import uuid

import pytest
from django.urls import reverse
from wagtail.models import Page, PageLogEntry

from courses.models import ModulePage, Publication
from lms.packs.site import _roles
from tests.courses.test_meaning import fresh
from tests.factories import make_course
from tests.lessons import add_lesson

LANGUAGES = ("pl", "lv", "en")


@pytest.fixture
def course(db):
    """A module of three lessons, and two more modules, in three languages."""
    _roles()
    made = make_course(lessons=3, languages=list(LANGUAGES))
    for name in ("second", "third"):
        key = uuid.uuid4()
        for language, page in made.pages.items():
            module = ModulePage(title=f"{name} ({language})", slug=name, locale=page.locale, translation_key=key)
            fresh(page).add_child(instance=module)
    return made


def drag(client, page, position):
    query = {} if position is None else {"position": position}
    return client.post(reverse("wagtailadmin_pages:set_page_position", args=[page.pk], query=query))


def order(course, language, *, of) -> list:
    """The keys below the course, or below its first module."""
    parent = fresh(course.pages[language]) if of == "modules" else fresh(course.steps[language][0]).get_parent()
    return [page.translation_key for page in parent.get_children()]


def one_of(course, language, *, of, at) -> Page:
    key = order(course, language, of=of)[at]
    return Page.objects.get(translation_key=key, locale__language_code=language)


@pytest.mark.parametrize("of", ["modules", "steps"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("at", "to"), [(0, 1), (0, 2), (2, 0), (1, 0), (0, None)])
def test_it_stands_at_the_same_place_in_every_language(course, publisher, client_for, of, language, at, to):
    keys = order(course, "pl", of=of)
    wanted = list(keys)
    wanted.insert(len(keys) if to is None else to, wanted.pop(at))
    assert drag(client_for(publisher), one_of(course, language, of=of, at=at), to).status_code == 200
    assert [order(course, code, of=of) for code in LANGUAGES] == [wanted] * 3


def test_where_it_stands_already_nothing_is_moved_or_published(course, publisher, client_for):
    count = Publication.objects.count()
    assert drag(client_for(publisher), fresh(course.steps["pl"][0]), 0).status_code == 200
    assert not PageLogEntry.objects.filter(action="wagtail.reorder").exists()
    drag(client_for(publisher), fresh(course.steps["pl"][0]), 2)
    rows = PageLogEntry.objects.filter(action="wagtail.reorder")
    moved = sorted((row.page.locale.language_code, row.user) for row in rows)
    assert moved == [(code, publisher) for code in sorted(LANGUAGES)]
    assert Publication.objects.count() == count


def test_what_one_language_has_alone_stays_beside_its_neighbour(course, publisher, client_for):
    alone = add_lesson(fresh(course.steps["en"][0]).get_parent(), "Only in English", uuid.uuid4())
    alone.move(fresh(course.steps["en"][0]), pos="right")
    first, second, third = order(course, "pl", of="steps")
    assert order(course, "en", of="steps") == [first, alone.translation_key, second, third]
    drag(client_for(publisher), one_of(course, "pl", of="steps", at=2), 0)
    assert order(course, "lv", of="steps") == [third, first, second]
    assert order(course, "en", of="steps") == [third, first, alone.translation_key, second]


def test_what_one_language_lacks_keeps_nobody_from_moving(course, publisher, client_for):
    fresh(course.steps["lv"][1]).delete()
    first, second, third = order(course, "pl", of="steps")
    drag(client_for(publisher), one_of(course, "pl", of="steps", at=0), 2)
    drag(client_for(publisher), one_of(course, "pl", of="steps", at=1), 0)
    assert order(course, "pl", of="steps") == order(course, "en", of="steps") == [third, second, first]
    assert order(course, "lv", of="steps") == [third, first]


def test_languages_that_disagreed_before_follow_the_one_that_is_moved(course, publisher, client_for):
    """Two of them have a lesson that the third lacks, each in another place."""
    pages = {code: [fresh(page) for page in course.steps[code]] for code in LANGUAGES}
    Page.objects.filter(pk=pages["pl"][0].pk).update(translation_key=uuid.uuid4())
    fresh(pages["en"][1]).move(fresh(pages["en"][0]), pos="left")
    drag(client_for(publisher), fresh(pages["pl"][2]), 0)
    assert [order(course, code, of="steps").index(pages["pl"][2].translation_key) for code in LANGUAGES] == [0, 0, 0]


def test_a_fault_in_one_language_leaves_it_as_it_was_in_all(course, publisher, client_for, monkeypatch):
    before = [order(course, code, of="steps") for code in LANGUAGES]
    monkeypatch.setattr("courses.models.pages._put_in_order", lambda *_given: 1 / 0)
    client = client_for(publisher)
    client.raise_request_exception = False
    assert drag(client, fresh(course.steps["pl"][0]), 2).status_code == 500
    assert [order(course, code, of="steps") for code in LANGUAGES] == before


def test_courses_among_themselves_are_dragged_as_wagtail_does(course, admin, client_for):
    assert drag(client_for(admin), fresh(course.pages["pl"]), 0).status_code == 200


def test_who_may_not_publish_drags_nothing(course, ela, ana, client_for):
    before = [order(course, code, of="steps") for code in LANGUAGES]
    page = fresh(course.steps["pl"][0])
    assert drag(client_for(ela), page, 2).status_code == 302
    assert drag(client_for(ana), page, 2).status_code == 404
    assert drag(client_for(None), page, 2).status_code == 302
    assert [order(course, code, of="steps") for code in LANGUAGES] == before
