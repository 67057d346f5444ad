"""A NUL in a query, a form or a cookie: PostgreSQL takes none in a text, so none may come as far as a view."""

import pytest
from django.conf import settings
from django.test import Client

from tests.house.test_access_matrix import address
from tests.house.urls import all_urls

OWN = [url for url in all_urls() if url.is_own]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("url", OWN, ids=lambda url: url.name)
@pytest.mark.parametrize("data", [{"q": "a\x00b"}, {"a\x00b": "q"}], ids=["value", "name"])
def test_it_cannot_be_read(url, data):
    for answered in (Client().get(address(url), data), Client().post(address(url), data)):
        assert answered.status_code == 400


def test_whoever_sent_it_is_told_so_in_their_language():
    answered = Client(headers={"accept-language": "en"}).get("/login/", {"q": "\x00"})
    assert "could not be read" in answered.content.decode()


def test_it_cannot_be_read_in_the_catalogue_either(tree):
    assert Client().get(tree.courses["en"].url, {"q": "\x00"}).status_code == 400


def test_a_cookie_with_one_was_not_sent():
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "longenough\x00"
    answered = client.get("/login/")
    assert answered.status_code == 200
    assert settings.SESSION_COOKIE_NAME not in answered.wsgi_request.COOKIES
