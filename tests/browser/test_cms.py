"""axe-core on every page of ours in the CMS, as the access matrix knows them: with an object behind each address; and
on what we put on Wagtail's own."""

from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Error, Page, expect
from wagtail.models import Locale

from assessments.quizzes.models import Question
from assessments.quizzes.reports.analysis import QuizRow
from certificates import actions as certificates
from certificates.models import Rendering
from certificates.models.records import MAX_TRIES
from certificates.rules import Facts
from courses.models import CataloguePage, LessonPage, RefusedExpiry, RefusedPublication, Term
from people.models import Mail
from tests.browser.test_axe import violations, wait_until_settled
from tests.browser.test_editors import assert_accessible
from tests.factories import key_of, ready_site
from tests.house.access import declared
from tests.house.urls import all_urls
from tests.house.world import build
from tests.packs.conftest import import_mini

pytestmark = [pytest.mark.slow, pytest.mark.any_database]


# What is filled in or pressed, and stands where another of these stands too.
OVERLAPPING = """() => {
  const boxes = [...document.querySelectorAll("main :is(input:not([type=hidden]), select, textarea, button)")]
    .filter(each => each.checkVisibility({visibilityProperty: true, opacityProperty: true}))
    .map(each => ({box: each.getBoundingClientRect(), name: each.name || each.innerText, each}))
    .filter(({box}) => box.width > 1 && box.height > 1)
  const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
  return boxes.flatMap((one, place) => boxes.slice(place + 1)
    .filter(other => over(one.box, other.box) && !one.each.contains(other.each))
    .map(other => [one.name, other.name]))
}"""


# Names in the menu that have less room than they take.
CUT_OFF = """() => [...document.querySelectorAll(".sidebar-main-menu__list > li .menuitem-label")]
  .filter(each => each.scrollWidth > each.clientWidth).map(each => each.innerText)"""


def is_page(page: Page, path: str) -> bool:
    """Whether it is one to look at: no file, and no part of another."""
    try:
        page.goto(path, wait_until="domcontentloaded")
    except Error as error:
        if "Download is starting" in error.message:
            return False
        raise
    return page.locator("main").count() == 1


def without_its_scripts(page: Page) -> Page:
    """The pages are the server's; Wagtail's scripts double the time. axe-core needs a page that runs its own."""
    page.route("**/*.js*", lambda route: route.abort())
    return page


def test_axe_finds_nothing_on_any_page_of_ours(ground, page_for):
    world = build()
    page, found = without_its_scripts(page_for(world.people["admin"])), []
    ours = {url.name for url in all_urls() if url.is_cms and url.is_own}
    rows = [row for row in declared() if row.url in ours and row.verb == "GET" and row.outcomes["admin"] == "ok"]
    paths = {row.label: world.path(row.url, row.variant) for row in rows}
    duty = world.special["training-grant"]["assignment"]
    paths |= {act: reverse("training-grant", args=[duty, act]) for act in ("waive", "proof")}
    for label, path in paths.items():
        if not is_page(page, path):
            continue
        if page.get_by_role("heading", level=1).count() != 1:
            found.append((label, "the headings that say what the page is: not one"))
        for look, fault in violations(page, "main"):
            found.append((label, look, fault["id"], fault["nodes"][0]["html"][:200]))
        wait_until_settled(page)  # the window has its first width again
        found += [(label, "one lies over the other", *names) for names in page.evaluate(OVERLAPPING)]
    assert len(rows) > 40
    assert found == []


# --- what stands among Wagtail's own ---------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["pl", "lv", "en"])
def test_no_name_in_the_menu_is_cut_off(language, ground, admin, page_for):
    ready_site()
    admin.language = language
    admin.save()
    page = page_for(admin)
    page.goto("/cms/")
    expect(page.locator(f".sidebar-menu-item a[href='{reverse('marking')}']")).to_be_visible()
    assert page.evaluate(CUT_OFF) == []


def test_axe_finds_nothing_where_a_new_site_tells_what_to_do_and_what_went_wrong(ground, ana, admin, page_for):
    ready_site()
    now = timezone.now()
    catalogue = CataloguePage.objects.first()
    kind, label = ContentType.objects.get_for_model(catalogue), {"label": "Courses", "reason": "It has no content yet."}
    RefusedPublication.objects.create(revision_id=1, content_type=kind, object_id=str(catalogue.pk), at=now, **label)
    CataloguePage.objects.update(expire_at=now)
    RefusedExpiry.objects.create(content_type=kind, object_id=str(catalogue.pk), at=now, expire_at=now, **label)
    Mail.objects.create(to="lost@example.org", language="en", kind="invitation", subject="Welcome", failed_at=now)
    facts = Facts("Calm first", "1", Decimal(3), timezone.localdate(), None, "en")
    certificates.issue(completion_key=key_of("completion"), holder=ana, facts=facts)
    Rendering.objects.update(tries=MAX_TRIES)
    page = without_its_scripts(page_for(admin))
    page.goto("/cms/")
    ids = (
        "quick-start",
        "unfilled-facts",
        "refused-publications",
        "failed-mail",
        "certificates-given-up",
        "refused-expiries",
    )
    sections = ", ".join(f"section[aria-labelledby={name}]" for name in ids)
    expect(page.locator(sections)).to_have_count(len(ids))
    assert_accessible(page, sections)


def test_axe_finds_nothing_on_the_panels_of_a_site_that_is_used(ground, admin, page_for, monkeypatch):
    import_mini()
    row = QuizRow(key_of("quiz"), "Quiz on calm", "Beginning", 12, 41, "en")
    monkeypatch.setattr("assessments.quizzes.wagtail_hooks.hardest", lambda language: [row])
    page = without_its_scripts(page_for(admin))
    page.goto("/cms/")
    sections = ", ".join(f"section[aria-labelledby={name}]" for name in ("course-health", "quizzes-hardest"))
    expect(page.locator(sections)).to_have_count(2)
    assert_accessible(page, sections)


def test_axe_finds_nothing_on_what_a_change_meets_and_on_the_notes_of_a_translator(ground, publisher, page_for):
    import_mini()
    Term.objects.create(texts={"pl": "nagłówek", "lv": "virsraksts"}, note="Of a page")
    lesson = LessonPage.objects.get(title="Własne słowa")
    next(block for block in lesson.body if block.block_type == "concept").value["heading"] = "Nowy nagłówek"
    lesson.save_revision().publish()
    page = without_its_scripts(page_for(publisher))
    question = Question.objects.filter(locale__language_code="pl", use="graded").first()
    page.goto(reverse("wagtailsnippets_quizzes_question:edit", args=[question.pk]))
    expect(page.get_by_text("Publishing a change of this question publishes these anew:")).to_be_visible()
    assert_accessible(page, ".help-info")
    latvian = lesson.get_translation(Locale.objects.get(language_code="lv"))
    page.goto(reverse("wagtailadmin_pages:edit", args=[latvian.pk]))
    notes = page.get_by_role("complementary", name="Notes for the translator")
    expect(notes).to_contain_text("virsraksts")
    expect(notes.get_by_role("definition").filter(has_text="Nowy nagłówek")).to_be_visible()
    assert_accessible(page, "aside.translation-notes")
