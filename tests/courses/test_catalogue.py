"""The catalogue and the page of a course: whom they show what, and what that costs."""

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from wagtail.models import PageViewRestriction

from tests.factories import catalogue, enrol, make_course, ready_site

pytestmark = pytest.mark.django_db

MOST = 12  # queries of any learner's page
CATALOGUE, COURSE = "/en/", "/en/calm-first/"


@pytest.fixture
def costs(assert_queries_at_most):
    """Queries of a page in a process that remembers nothing, and then of the same page again."""

    def of(client: Client, path: str) -> list[int]:
        cache.clear()
        ContentType.objects.clear_cache()
        counted = []
        for _ in ("cold", "warm"):
            with assert_queries_at_most(MOST) as queries:
                assert client.get(path).status_code == 200
            counted.append(len(queries))
        return counted

    return of


def course_of(number: int):
    return make_course(f"course-{number}", title=f"Course {number}", languages=["en"], lessons=0, is_open=True)


@pytest.mark.parametrize("is_enrolled", [True, False])
def test_the_page_of_a_course_costs_at_most_12_queries(is_enrolled, ana, client_for, costs):
    ready_site()
    course = make_course(is_open=not is_enrolled)
    if is_enrolled:
        enrol(ana, course)
    costs(client_for(ana), COURSE)


@pytest.mark.parametrize("is_enrolled", [True, False])
def test_the_catalogue_costs_at_most_12_queries_however_many_courses_it_lists(is_enrolled, ana, client_for, costs):
    ready_site()
    first = make_course(is_open=not is_enrolled)
    if is_enrolled:
        enrol(ana, first)
    client = client_for(ana)
    of_one = costs(client, CATALOGUE)
    for number in range(2, 31):
        course_of(number)
    assert costs(client, CATALOGUE) == of_one
    assert client.get(CATALOGUE).content.count(b"/en/course-") == 29


def test_a_course_that_is_not_open_is_seen_by_those_enrolled_and_by_learning_staff(ana, obcy, ela, client_for):
    ready_site()
    course = make_course()
    enrol(ana, course)
    status = {person: client_for(person).get(COURSE).status_code for person in (ana, obcy, ela)}
    assert status == {ana: 200, obcy: 404, ela: 200}
    assert client_for(ana).get("/en/no-such-course/").status_code == 404
    draft = reverse("wagtailadmin_pages:view_draft", args=[course.pages["en"].pk])
    assert client_for(ela).get(draft).status_code == 200


def test_a_page_that_was_restricted_to_a_group_stays_so_for_what_is_below_it(ana, ela, client_for):
    ready_site()
    enrol(ana, make_course(is_open=True))
    restriction = PageViewRestriction.objects.create(page=catalogue("en"), restriction_type=PageViewRestriction.GROUPS)
    restriction.groups.set(Group.objects.filter(user=ela))
    for path in (CATALOGUE, COURSE):
        assert client_for(ana).get(path).status_code == 302
        assert client_for(ela).get(path).status_code == 200
