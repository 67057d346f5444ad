"""No page of ours stands inside another one, but for previews beside the form that they belong to."""

import re

import pytest
from django.urls import reverse

from lms.packs import site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def roles_may_enter_the_cms(db):
    site._roles()


def policy(response) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))


def frame_ancestors(response) -> str:
    return policy(response)["frame-ancestors"]


@pytest.mark.parametrize("path", ["/my/", "/verify/", "/login/"])
def test_nothing_runs_and_nothing_is_styled_but_from_our_own_files(path, client_for, ana):
    said = policy(client_for(None if path == "/login/" else ana).get(path))
    assert re.fullmatch(r"'self'( 'nonce-[^']+')?", said["script-src"])
    assert said["style-src"] == "'self'"
    assert {said["default-src"], said["base-uri"], said["form-action"]} <= {"'self'", "'none'"}
    assert not any(word in value for value in said.values() for word in ("unsafe", "http:", "https:", "*"))


@pytest.mark.parametrize("path", ["/my/", "/verify/", "/login/"])
def test_a_page_is_never_framed(path, client_for, ana):
    response = client_for(None if path == "/login/" else ana).get(path)
    assert response["X-Frame-Options"] == "DENY"
    assert frame_ancestors(response) == "'none'"


def test_nor_is_a_page_of_the_catalogue_or_the_cms(client_for, admin, tree):
    page = tree.lessons["pl"][0].get_parent().get_parent().specific
    for path in (page.url, reverse("wagtailadmin_home"), reverse("wagtailadmin_pages:edit", args=[page.pk])):
        assert client_for(admin).get(path)["X-Frame-Options"] == "DENY"


def test_a_preview_may_stand_in_a_page_of_ours(client_for, admin, tree):
    lesson = tree.lessons["pl"][0]
    asking = client_for(admin)
    typed = {"title": "Typed anew", "slug": lesson.slug, "minutes": 5, "body-count": 0, "comments-TOTAL_FORMS": 0}
    typed |= {"comments-INITIAL_FORMS": 0, "comments-MIN_NUM_FORMS": 0, "comments-MAX_NUM_FORMS": 0}
    address = reverse("wagtailadmin_pages:preview_on_edit", args=[lesson.pk])
    assert asking.post(address, typed).json()["is_available"]
    response = asking.get(address)
    assert "Typed anew" in response.content.decode()
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert frame_ancestors(response) == "'self'"
