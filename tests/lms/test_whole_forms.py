"""Requests that none of Wagtail's screens sends: they cannot be read, and nothing of ours is hidden behind that."""

import pytest
from django.test import RequestFactory
from django.urls import reverse

from lms.middleware import WholeForms
from tests.factories import ready_site

LINK, TERMS = "wagtailadmin_choose_page_external_link", "wagtailsnippetchoosers_courses_term:create"


@pytest.mark.django_db
@pytest.mark.parametrize("chooser", [LINK, TERMS])
def test_a_chooser_that_is_sent_a_form_cut_short_says_so(chooser, ela, client_for):
    ready_site()
    assert client_for(ela).post(reverse(chooser)).status_code == 400


@pytest.mark.django_db
def test_a_whole_form_is_still_read(ela, client_for):
    ready_site()
    for address, step in [("", "external_link"), ("https://example.org/", "external_link_chosen")]:
        form = {"external-link-chooser-url": address, "external-link-chooser-link_text": "There"}
        assert client_for(ela).post(reverse(LINK), form).json()["step"] == step


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_same_mistake_in_code_of_ours_stays_a_fault(method):
    with pytest.raises(AttributeError) as mistake:
        None.is_valid()
    request = RequestFactory().generic(method, "/cms/")
    assert WholeForms(lambda request: None).process_exception(request, mistake.value) is None
