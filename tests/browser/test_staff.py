"""Tasks of L&D as a newcomer would do them, by what stands on the screen, in English and in Polish: the register of
certificates, publishing with a meaning, a translation side by side. And axe-core on our panels among them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from playwright.sync_api import expect
from wagtail.models import Collection, Locale, Page

from certificates import actions as certificates
from certificates.models import Certificate, Revocation
from certificates.rules import Facts
from courses import actions
from courses.models import LessonPage, Publication
from courses.reports import shown_step
from lms.packs.importing import apply, plan_import
from lms.packs.reading import read_pack
from lms.packs.site import _review, _roles, set_up_site
from people.models import User
from tests.browser.test_editors import assert_accessible
from tests.factories import make_course
from tests.packs.conftest import MINI

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
PANEL = ".nice-padding"


@pytest.fixture
def ground(live_server) -> None:
    """What migrations leave and the flush after each test of a server takes away."""
    for code, _name in settings.LANGUAGES:
        Locale.objects.get_or_create(language_code=code)
    if not Page.objects.filter(depth=1).exists():
        Page.add_root(title="Root", slug="root", locale=Locale.get_default())
    if not Collection.objects.filter(depth=1).exists():
        Collection.add_root(name="Root")
    for app, codename in (("wagtailadmin", "access_admin"), ("wagtail_localize", "submit_translation")):
        kind, _made = ContentType.objects.get_or_create(
            app_label=app, model="admin" if app == "wagtailadmin" else "translationsource"
        )
        if not Permission.objects.filter(codename=codename).exists():
            Permission.objects.create(codename=codename, content_type=kind, name=codename)


@pytest.fixture
def course(ground, publisher, ana):
    """Ana is taking it, and has read its first lesson."""
    made = make_course(lessons=2)
    _roles()
    _review()
    enrolment = actions.enrol(person=ana, course_key=made.key)
    version = shown_step(enrolment, made.step_keys[0], "pl").version
    actions.complete_step(enrolment=enrolment, version=version)
    return made


@pytest.fixture
def certificate(ground, publisher, ana) -> Certificate:
    set_up_site()
    today = timezone.localdate()
    facts = Facts("Calm first", "1", 3, today, today + timedelta(days=365), "en")
    return certificates.issue(completion_key=uuid4(), holder=ana, facts=facts)


def speaks(user: User, language: str) -> None:
    User.objects.filter(pk=user.pk).update(language=language)


# --- the register of certificates ----------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_issues_anew_after_a_change_of_name_and_revokes_finds_the_way(
    certificate, publisher, ana, page_for, language
):
    User.objects.filter(pk=ana.pk).update(last_name="Kowalska")
    speaks(publisher, language)
    page = page_for(publisher, javascript=False)
    with translation.override(language):
        words = {
            "certificates": gettext("Certificates"),
            "search": gettext("Search"),
            "anew": gettext("Issue anew"),
            "issue": gettext("Issue the new certificate"),
            "revoke it": gettext("Revoke this certificate"),
            "reason": gettext("Reason"),
            "revoke": gettext("Revoke"),
            "shown": gettext("Reason shown to the public"),
            "for staff": gettext("Reason for the holder and staff"),
            "public": gettext("See what the public sees"),
            "class": str(Revocation.Reason.choices[0][1]),
        }
    page.goto("/cms/")
    page.goto(reverse("certificate-register"))
    page.get_by_role("search").get_by_role("textbox").first.fill("Nowak")
    page.get_by_role("search").get_by_role("button", name=words["search"]).click()
    page.get_by_role("rowheader").get_by_role("link").click()
    page.get_by_role("link", name=words["anew"]).click()
    page.get_by_label(words["reason"]).fill("Married")
    page.get_by_role("button", name=words["issue"]).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kowalska")
    expect(page.get_by_role("link", name=certificate.serial)).to_be_visible()
    page.get_by_role("link", name=words["revoke"], exact=True).click()
    page.get_by_label(words["shown"]).select_option(label=words["class"])
    page.get_by_label(words["for staff"]).fill("Issued by mistake")
    page.get_by_role("button", name=words["revoke it"]).click()
    page.get_by_role("link", name=words["public"]).click()
    expect(page.get_by_role("main")).to_contain_text(words["class"])
    assert Revocation.objects.get().certificate.supersedes == certificate


def test_axe_finds_nothing_on_the_register_and_the_pages_of_a_certificate(certificate, publisher, page_for):
    page = page_for(publisher)
    serial = [certificate.serial]
    addresses = [reverse("certificate-register"), reverse("certificate-staff", args=serial)]
    addresses += [reverse(name, args=serial) for name in ("certificate-revoke", "certificate-reissue")]
    for address in addresses:
        page.goto(address)
        assert_accessible(page, PANEL)


# --- publishing with a meaning -------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_publishes_says_that_people_redo_it_and_until_when(course, publisher, ana, page_for, language):
    lesson = course.steps["pl"][0]
    lesson.title = "Drill"
    lesson.save_revision(user=publisher)
    speaks(publisher, language)
    page = page_for(publisher, javascript=False)
    with translation.override(language):
        words = {
            "history": gettext("Publish the draft, or ask people to redo what is live"),
            "material": gettext("Material: people have to redo it"),
            "by": gettext("By when"),
            "why": gettext("Why"),
            "publish": gettext("Publish"),
        }
    page.goto(reverse("publications", args=[lesson.pk]))
    page.get_by_role("link", name=words["history"]).click()
    page.get_by_role("radio", name=words["material"]).check()
    page.get_by_role("button", name=words["publish"], exact=True).click()
    expect(page.get_by_role("radio", name=words["material"])).to_be_checked()  # by when was not said
    page.get_by_label(words["by"]).fill((timezone.localdate() + timedelta(days=7)).isoformat())
    page.get_by_label(words["why"]).fill("The drill is new")
    page.get_by_role("button", name=words["publish"], exact=True).click()
    page.wait_for_url("**/cms/pages/**")
    row = Publication.objects.filter(step_key=lesson.translation_key, language="pl").latest("pk")
    assert (row.change, row.decision.note, row.decision.decided_by) == ("material", "The drill is new", publisher)


def test_axe_finds_nothing_where_the_meaning_is_asked_and_on_what_needs_somebody(course, publisher, page_for):
    lesson = course.steps["pl"][0]
    lesson.body = []
    lesson.save_revision(user=publisher)
    page = page_for(publisher)
    for name in ("publishing", "publications"):
        page.goto(reverse(name, args=[lesson.pk]))
        assert_accessible(page, PANEL)
    page.goto("/cms/")
    expect(page.get_by_role("region", name="What needs you")).to_be_visible()
    assert_accessible(page, "section[aria-labelledby=needs-you]")


# --- a translation side by side ------------------------------------------------------------------------------------
@pytest.fixture
def lagging(ground, publisher) -> LessonPage:
    """A lesson whose heading has changed in Polish since it was translated."""
    apply(plan_import(read_pack(MINI)))
    lesson = LessonPage.objects.get(title="Własne słowa")
    next(block for block in lesson.body if block.block_type == "concept").value["heading"] = "Nowy nagłówek"
    lesson.save_revision().publish()
    return lesson


@pytest.mark.parametrize("language", ["en", "pl"])
def test_who_translates_is_led_from_the_home_page_to_the_text_that_waits(lagging, publisher, page_for, language):
    speaks(publisher, language)
    page = page_for(publisher)
    with translation.override(language):
        words = {"needs": gettext("What needs you"), "translate": gettext("Translate")}
    page.goto("/cms/")
    page.get_by_role("link", name=re.compile("latvie|łotew|Latvian")).first.click()
    page.get_by_role("row").filter(has_text=lagging.title).get_by_role("link", name=words["translate"]).click()
    expect(page.get_by_text("Nowy nagłówek").first).to_be_visible(timeout=30_000)


def test_axe_finds_nothing_on_the_translation_of_a_course(lagging, publisher, page_for):
    page = page_for(publisher)
    course = lagging.get_parent().get_parent()
    page.goto(f"{reverse('course-translation', args=[course.pk])}?language=lv")
    assert_accessible(page, PANEL)
    page.goto("/cms/")
    assert_accessible(page, "section[aria-labelledby=languages-panel]")
