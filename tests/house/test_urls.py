"""Addresses of our own name things by keys and serials: who counts up finds nothing."""

import pytest
from django.urls.converters import IntConverter

from tests.house.urls import all_urls

COUNTS = {"number"}  # the place of a question on one's own paper
# In the CMS pages and translations are named as Wagtail names them.
OF_WAGTAIL = {"course", "page", "page_id", "translation_id"}

OWN = [url for url in all_urls() if url.is_own]


@pytest.mark.parametrize("url", OWN, ids=lambda url: url.name)
def test_no_number_of_a_row_in(url):
    numbers = {name for name, converter in url.converters.items() if isinstance(converter, IntConverter)}
    assert numbers <= (COUNTS | OF_WAGTAIL if url.route.startswith("cms/") else COUNTS)
    assert not {"pk", "id"} & set(url.converters)


def test_each_address_has_a_name_of_its_own():
    names = [url.name for url in OWN]
    assert sorted(names) == sorted(set(names))
