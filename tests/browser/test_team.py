"""The manager's tasks as a newcomer would do them, by what stands on the screen, in English and in Polish; and axe-core
on each of the manager's pages, in both themes, on a phone and on a desk."""

import pytest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext
from playwright.sync_api import expect

from courses import actions as courses
from courses.reports import shown_step
from people.models import Mail, TeamLead, User
from tests.browser.test_axe import assert_accessible
from tests.cast import EVER_SINCE, person
from tests.factories import make_course
from tests.training.staff import people, train
from training import actions
from training.actions import ordering
from training.models import ManagerRights, Requirement

pytestmark = pytest.mark.slow


@pytest.fixture
def enrolment(live_server, teams, ana, marek):
    """Ana is in the middle of a course; sixty others below Marek stand in every way."""
    course = make_course(lessons=2)
    rule = Requirement.objects.create(
        name="Desks", course_key=course.key, audience={"person": str(ana.key)}, due_days=7, starts_on=ana.date_joined
    )
    mine = actions.assign(requirement=rule, person=ana).enrolment
    courses.complete_step(enrolment=mine, version=shown_step(mine, course.step_keys[0], "en").version)
    other = make_course("other", title="Clear words", lessons=1, languages=["en"])
    train(people(60, teams.desk), courses.refresh_course(course_key=other.key))
    return mine


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_manager_finds_who_is_overdue_and_why_and_takes_the_list_along(enrolment, marek, page_for, language):
    User.objects.filter(pk=marek.pk).update(language=language)
    page = page_for(marek, javascript=False)
    with translation.override(language):
        words = {
            "team": gettext("Team"),
            "due soon": gettext("Due in 14 days"),
            "name": gettext("Name contains"),
            "show": gettext("Show the list"),
            "by course": gettext("People by course"),
            "print": gettext("Print view"),
            "not met": pgettext("requirement", "Not met"),
        }
    page.goto("/my/")
    page.get_by_role("link", name=words["team"], exact=True).click()
    page.get_by_role("link", name=words["due soon"]).click()
    page.get_by_label(words["name"]).fill("Nowak")
    page.get_by_role("button", name=words["show"]).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "Ana Nowak" in download.value.path().read_text("utf-8-sig")
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    assert download.value.path().read_bytes().startswith(b"PK")
    page.get_by_role("link", name=words["print"]).click()
    expect(page.get_by_role("row").filter(has_text="Ana Nowak")).to_have_count(1)
    page.go_back()
    page.get_by_role("link", name=words["by course"]).click()
    page.get_by_label(words["name"]).fill("Nowak")
    page.get_by_role("button", name=words["show"]).click()
    page.get_by_role("row").filter(has_text="Ana Nowak").get_by_role("cell").get_by_role("link").first.click()
    expect(page.get_by_text(words["not met"], exact=True)).to_have_count(1)
    page.get_by_role("link", name="Ana Nowak").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Nowak")
    page.goto("/team/courses/")
    page.get_by_role("link", name=words["print"]).click()
    expect(page.get_by_role("row").filter(has_text="Ana Nowak")).to_have_count(1)
    page.get_by_role("link", name=words["by course"]).click()
    expect(page.get_by_role("button", name=words["show"])).to_be_visible()


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_manager_goes_from_direct_reports_to_one_person_and_reminds_them(
    enrolment, teams, ana, marek, page_for, language
):
    User.objects.filter(pk=marek.pk).update(language=language)
    near = person("Zofia Blisko", teams.desk)  # leads the team of all the others
    TeamLead.objects.create(team=teams.desk, person=near, starts_on=EVER_SINCE)
    actions.assign(requirement=Requirement.objects.get(name="Desks"), person=near)
    page = page_for(marek, javascript=False)
    with translation.override(language):
        words = {
            "direct": gettext("Direct reports"),
            "all": gettext("Direct and indirect reports"),
            "person": gettext("Person"),
            "remind": gettext("Remind the people chosen"),
            "send": ngettext("Send %(count)s reminder", "Send %(count)s reminders", 1) % {"count": 1},
            "sent": ngettext("%(count)d reminder is on its way.", "%(count)d reminders are on their way.", 1)
            % {"count": 1},
            "note": gettext("A line of your own"),
            "happened": gettext("What happened"),
            "waits": pgettext("timeline", "Mail on its way"),
            "step": pgettext("timeline", "Step finished"),
            "again": gettext("Send a reminder"),
            "not again": gettext("Reminded today already: not again"),
        }
    names = page.get_by_role("rowheader").get_by_role("link")
    page.goto("/team/")
    page.get_by_role("link", name=words["direct"], exact=True).click()
    expect(names).to_have_text(["Zofia Blisko"])
    page.get_by_role("link", name=words["all"], exact=True).click()
    expect(names.filter(has_text="Ana Nowak")).to_have_count(1)
    header = page.get_by_role("columnheader", name=words["person"], exact=True)
    header.get_by_role("link").click()
    expect(header).to_have_attribute("aria-sort", "ascending")
    header.get_by_role("link").click()
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(names.first).to_have_text("Ana Nowak")
    page.get_by_role("row").filter(has_text="Ana Nowak").get_by_role("checkbox").check()
    page.get_by_role("button", name=words["remind"]).click()
    page.get_by_label(words["note"]).fill("The desk course comes first")
    page.get_by_role("button", name=words["send"]).click()
    expect(page.get_by_role("status")).to_contain_text(words["sent"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Ana Nowak")
    happened = page.get_by_role("region", name=words["happened"]).get_by_role("listitem")
    expect(happened.filter(has_text=words["waits"])).to_contain_text("Marek Lis")
    expect(happened.filter(has_text=words["step"])).to_have_count(1)
    assert "The desk course comes first" in Mail.objects.get(person=ana).text
    page.get_by_role("link", name=words["again"]).click()
    expect(page.get_by_role("main")).to_contain_text(words["not again"])


@pytest.mark.parametrize(
    "address",
    [
        "/team/",
        "/team/?show=all&page=2",
        "/team/?name=nobody",
        "/team/?show=all&print=1",
        "/team/courses/",
        "/team/courses/?print=1",
        "/team/forecast/",
        "/team/deputies/",
        "/team/reports/new/trainings/?show=overdue",
        "ordered",
        "person",
        "extend",
        "waive",
        "proof",
        "leave",
        "change an order",
        "remind",
        "why",
    ],
)
def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(enrolment, marek, page_for, address):
    named = {
        "person": reverse("team-person", args=[enrolment.person.key]),
        "why": reverse("why", args=[enrolment.key]),
        "leave": reverse("team-leave", args=[enrolment.person.key]),
        "remind": f"/team/remind/?person={enrolment.person.key}",
    }
    for act in ("extend", "waive", "proof"):
        named[act] = reverse("team-grant", args=[enrolment.assignments.get().key, act])
    if address in ("ordered", "change an order"):
        said = {"screen": "trainings", "query": "show=overdue", "form": "csv", "every": "week", "day": 0}
        order = ordering.order_report(person=marek, only_if_needed=True, **said)
        named |= {"ordered": "/team/reports/", "change an order": reverse("team-report", args=[order.key])}
    ManagerRights.objects.create(may_waive=True)
    page = page_for(marek)
    page.goto(named.get(address, address))
    assert_accessible(page)
