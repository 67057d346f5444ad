"""A step that is moved to another module, as the CMS moves pages: what learners read of it, in every language."""

import pytest
from django.urls import reverse

from courses import actions
from courses.models import ModulePage, Publication
from courses.reports import outline
from lms.packs.site import _review, _roles
from tests.courses.test_meaning import fresh
from tests.factories import enrol, key_of, make_course, ready_site


@pytest.fixture
def course(db):
    """Two modules; the second is empty, and in both languages."""
    _roles()
    _review()
    ready_site()
    made = make_course(lessons=2, languages=["pl", "en"])
    for language, page in made.pages.items():
        second = ModulePage(
            title=f"Second ({language})",
            slug="second",
            locale=page.locale,
            translation_key=key_of("second"),
            objectives=[{"type": "objective", "value": {"id": "CALM-1", "text": f"Breathe ({language})"}}],
        )
        fresh(page).add_child(instance=second)
    return made


def second(language="pl") -> ModulePage:
    return ModulePage.objects.get(translation_key=key_of("second"), locale__language_code=language)


def move(client, page, parent):
    return client.post(reverse("wagtailadmin_pages:move_confirm", args=[page.pk, parent.pk]))


def move_many(client, page, parent):
    address = f"/cms/bulk/wagtailcore/page/move/?id={page.pk}&next=/cms/"
    return client.post(address, {"chooser": parent.pk, "move_applied": "on"})


def modules_of(enrolment, language="en") -> list[tuple[str, list[str]]]:
    found = outline(enrolment, language)
    return [(module.title, [step.title for step in module.steps]) for module in found.modules]


@pytest.mark.parametrize("way", [move, move_many])
def test_a_newcomer_finds_it_under_the_name_of_its_new_module_in_each_language(course, publisher, ana, client_for, way):
    way(client_for(publisher), course.steps["pl"][0], second())
    assert fresh(course.steps["en"][0]).is_child_of(second("en"))  # a course is built alike in every language
    enrolment = enrol(ana, course)
    for language in ("pl", "en"):
        first, last = (page.title for page in course.steps[language])
        assert modules_of(enrolment, language) == [(f"Calm ({language})", [last]), (f"Second ({language})", [first])]


def test_who_is_in_the_middle_keeps_the_module_and_its_name(course, publisher, ana, client_for):
    enrolment = actions.start(enrolment=enrol(ana, course))
    before = modules_of(enrolment)
    move(client_for(publisher), course.steps["pl"][0], second())
    assert modules_of(enrolment) == before == [("Calm (en)", [page.title for page in course.steps["en"]])]


def test_it_is_a_publication_by_whoever_moved_it_and_no_new_structure(course, publisher, client_for):
    move(client_for(publisher), course.steps["pl"][0], second())
    row = Publication.objects.newest([course.step_keys[0]]).get(language="pl")
    assert (row.change, row.published_by, row.version.module_title) == ("editorial", publisher, "Second (pl)")


def test_among_its_neighbours_nothing_is_published_anew(course, publisher):
    count = Publication.objects.count()
    fresh(course.steps["pl"][0]).move(fresh(course.steps["pl"][1]), pos="right")
    assert Publication.objects.count() == count


def test_a_draft_is_moved_and_not_published(course, publisher, client_for):
    for language in ("pl", "en"):
        fresh(course.steps[language][0]).unpublish()
    count = Publication.objects.count()
    move(client_for(publisher), course.steps["pl"][0], second())
    assert fresh(course.steps["en"][0]).is_child_of(second("en"))
    assert Publication.objects.count() == count


def test_what_has_its_address_there_already_stays(course, publisher, client_for):
    taken = fresh(course.steps["en"][1]).copy(to=second("en"), update_attrs={"slug": course.steps["en"][0].slug})
    assert taken.is_child_of(second("en"))
    move(client_for(publisher), course.steps["pl"][0], second())
    assert not fresh(course.steps["en"][0]).is_child_of(second("en"))
