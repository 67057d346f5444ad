"""The longest names of a person and of a course: the paper of a certificate shows all of them on the narrowest phone,
and so does the preview of how certificates look."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from certificates import actions, samples
from certificates.models import CertificateLook
from certificates.models import site as look_models
from certificates.rules import TEXT_LENGTHS, Facts
from lms.packs.site import set_up_site
from people.models import User
from tests.browser.test_axe import NARROWEST

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
CUT_OFF = """paper => {
    const outer = paper.getBoundingClientRect();
    const range = document.createRange();
    return [...paper.querySelectorAll(":scope > :not(svg), dl > div")].filter(part => {
        range.selectNodeContents(part);
        const box = range.getBoundingClientRect();
        return box.left < outer.left || box.right > outer.right + 1 || box.top < outer.top || box.bottom > outer.bottom;
    }).map(part => part.textContent);
}"""
ON_ONE_ANOTHER = """paper => {
    const boxes = [...paper.querySelectorAll(":scope > :not(svg):not(img)")].map(part => part.getBoundingClientRect());
    return boxes.slice(1).filter((box, at) => box.top < boxes[at].bottom - 1).length;
}"""


def width(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("language", ["pl", "lv", "en"])
def test_the_paper_of_a_certificate_shows_the_longest_names_at_320_pixels(ground, ana, page_for, language):
    set_up_site()
    name, title = samples.LONGEST[language]
    first, _space, last = name.partition(" ")
    User.objects.filter(pk=ana.pk).update(first_name=first, last_name=last, language=language)
    ana.refresh_from_db()
    today = timezone.localdate()
    facts = Facts(title, "1", Decimal("2.5"), today, today + timedelta(days=365), language)
    certificate = actions.issue(completion_key=uuid4(), holder=ana, facts=facts)
    page = page_for(ana, width=NARROWEST)
    for address in ("certificate", "verify-serial"):
        page.goto(reverse(address, args=[certificate.serial]))
        paper = page.locator(".paper")
        expect(paper).to_contain_text(last)
        expect(paper).to_contain_text(title)
        assert paper.evaluate(CUT_OFF) == []
        assert width(page) == NARROWEST
    page.goto(reverse("certificates"))
    assert width(page) == NARROWEST


@pytest.mark.parametrize("layout", [name for name, _label in look_models.Look.Layout.choices])
def test_the_preview_of_a_look_shows_the_longest_names_and_texts_at_320_pixels(
    ground, publisher, page_for, client_for, live_server, layout
):
    set_up_site()
    words = "Zaświadczenie o ukończeniu obowiązkowego szkolenia z obsługi " * 5
    sent = {
        look_models.field_name(text, code): words[: TEXT_LENGTHS[text]].strip()
        for text in look_models.LABELS
        for code in look_models.CODES
    }
    page, client = page_for(publisher, width=NARROWEST), client_for(publisher)
    preview = reverse(
        "wagtailsettings:preview_on_edit", args=["certificates", "certificatelook", CertificateLook.load().pk]
    )
    assert client.post(preview, sent | {"layout": layout, "logo": ""}).json()["is_valid"]
    for cookie in client.cookies.values():  # what is typed is kept in the session
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    for mode in ("pl-long", "lv-long"):
        page.goto(f"{preview}?mode={mode}")
        sheet = page.locator(".sheet")
        expect(sheet).to_contain_text(samples.LONGEST[mode[:2]][1])
        assert sheet.evaluate(CUT_OFF) == []
        assert sheet.evaluate(ON_ONE_ANOTHER) == 0
        assert width(page) == NARROWEST
