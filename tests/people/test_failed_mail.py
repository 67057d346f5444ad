"""The panel on the home page of the CMS that tells of mail nobody received."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from people.models import Mail
from people.wagtail_hooks import RECENT, SHOWN, warn_of_failed_mail
from tests.factories import ready_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed():
    def make(to: str = "lost@example.org", *, ago: timedelta = timedelta(0)) -> Mail:
        return Mail.objects.create(
            to=to,
            language="pl",
            kind="invitation",
            subject="Your <b>invitation</b>",
            text="https://secret.example/token",
            failed_at=timezone.now() - ago,
        )

    return make


def panels(user) -> list:
    request, found = RequestFactory().get("/cms/"), []
    request.user = user
    warn_of_failed_mail(request, found)
    return found


@pytest.mark.parametrize("language", ["pl", "en"])
def test_it_tells_to_whom_and_about_what_never_the_text(language, failed, ela, client_for):
    ready_site()
    ela.language = language
    ela.save()
    failed()
    page = client_for(ela).get(reverse("wagtailadmin_home")).content.decode()
    with translation.override(language):
        assert gettext("Mail that could not be delivered") in page
    assert "lost@example.org" in page
    assert "&lt;b&gt;invitation" in page
    assert "secret.example" not in page


def test_it_is_silent_where_all_went_well_or_long_ago(failed, ela):
    assert panels(ela) == []
    failed(ago=RECENT + timedelta(days=1))
    assert panels(ela) == []


def test_it_counts_all_and_shows_the_newest(failed, admin):
    for number in range(SHOWN + 2):
        failed(f"no{number}@example.org", ago=timedelta(hours=number))
    (panel,) = panels(admin)
    page = panel.render_html()
    assert str(SHOWN + 2) in page
    assert "no0@example.org" in page
    assert f"no{SHOWN}@example.org" not in page


@pytest.mark.parametrize("who", ["ana", "marek", "auditor"])
def test_nobody_else_learns_of_it(who, request, failed):
    failed()
    assert panels(request.getfixturevalue(who)) == []
