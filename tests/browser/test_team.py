"""The manager's tasks as a newcomer would do them, by what stands on the screen, in English and in Polish; and axe-core
on each of the manager's pages, in both themes, on a phone and on a desk."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, pgettext
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from courses import actions as courses
from courses.reports import shown_step
from people.models import Mail, Team, TeamLead, User
from tests.browser.test_axe import assert_accessible
from tests.browser.test_staff import private_folder, speaks  # noqa: F401
from tests.cast import EVER_SINCE, person
from tests.factories import make_course
from tests.training.staff import people, train
from training import actions
from training.actions import ordering, standing
from training.granting import BUTTONS
from training.models import Equivalence, Happening, ManagerRights, ReportOrder, Requirement
from training.rules.rights import Act
from training.words import AHEAD

pytestmark = pytest.mark.slow
DAY = timedelta(days=1)
FAR = [(80, False, False, None, False)]  # as tests.training.staff.KINDS: due in 80 days, not begun


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


# --- what a manager grants, and who stands in -------------------------------------------------------------------------
def at_team(page: Page, language: str) -> Page:
    page.goto("/my/")
    with translation.override(language):
        page.get_by_role("link", name=gettext("Team"), exact=True).click()
    return page


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_manager_gives_more_time_and_waives_as_far_as_the_rights_go(enrolment, ana, marek, page_for, language):
    ManagerRights.objects.create(extend_days=14, may_waive=False)
    duty = enrolment.assignments.get()
    last = duty.due_on + 14 * DAY
    speaks(marek, language)
    with translation.override(language):
        words = {
            "extend": gettext("Extend"),
            "until": gettext("New due date"),
            "reason": gettext("Reason"),
            "do extend": gettext("Extend the date"),
            "so far": gettext("You can extend to %(date)s. For more time, ask L&D.")
            % {"date": date_format(last, "DATE_FORMAT")},
            "waive": gettext("Waive"),
            "do waive": gettext("Waive it"),
            "refused": gettext("Managers do not waive trainings here. Ask L&D."),
            "waived": pgettext("course status", "Waived"),
            "happened": gettext("What happened"),
        }
    page = at_team(page_for(marek, javascript=False), language)
    course = page.get_by_role("row").filter(has=page.get_by_role("link", name="Calm first"))
    happened = page.get_by_role("region", name=words["happened"]).get_by_role("listitem")
    page.get_by_role("rowheader").get_by_role("link", name="Ana Nowak").click()
    course.get_by_role("link", name=words["extend"]).click()
    for until in (last + DAY, last):
        page.get_by_label(words["until"]).fill(until.isoformat())
        page.get_by_label(words["reason"]).fill("Moved house")
        page.get_by_role("button", name=words["do extend"]).click()
        if until > last:
            expect(page.get_by_role("alert")).to_contain_text(words["so far"])
    expect(happened.filter(has_text="Moved house")).to_contain_text("Marek Lis")
    course.get_by_role("link", name=words["waive"]).click()
    expect(page.get_by_text(words["refused"])).to_be_visible()
    ManagerRights.objects.update(may_waive=True)
    course.get_by_role("link", name=words["waive"]).click()
    page.get_by_label(words["reason"]).fill("Taught it herself")
    page.get_by_role("button", name=words["do waive"]).click()
    expect(course).to_contain_text(words["waived"])
    expect(course.get_by_role("link", name=words["extend"])).to_have_count(0)
    expect(happened.filter(has_text="Taught it herself")).to_contain_text("Marek Lis")
    assert duty.events.get(what=Happening.EXTENDED).due_on == last


@pytest.mark.usefixtures("private_folder")
@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_manager_records_a_leave_and_hands_in_what_somebody_can_do_already(enrolment, ana, marek, page_for, language):
    duty, today = enrolment.assignments.get(), timezone.localdate()
    speaks(marek, language)
    with translation.override(language):
        words = {
            "leave": gettext("Record a leave"),
            "first": gettext("First day"),
            "last": gettext("Last day"),
            "record": str(BUTTONS[Act.LEAVE]),
            "away": pgettext("absence", "Leave"),
            "moved": pgettext("timeline", "Due date moved by a leave"),
            "withdraw": gettext("Withdraw this leave"),
            "why": gettext("Reason"),
            "withdraw it": gettext("Withdraw the leave"),
            "back": pgettext("timeline", "Leave withdrawn, due date moved back"),
            "happened": gettext("What happened"),
            "proof": gettext("Add a proof"),
            "what": gettext("What it is"),
            "obtained": gettext("Obtained on"),
            "paper": gettext("Proof"),
            "hand in": str(BUTTONS[Act.OFFER]),
            "not yet": gettext("Handed in. L&D looks at it; until they accept it, the training is still due."),
        }
    page = at_team(page_for(marek, javascript=False), language)
    page.get_by_role("rowheader").get_by_role("link", name=ana.name).click()
    page.get_by_role("link", name=words["leave"]).click()
    for last in (today - DAY, today + 9 * DAY):
        page.get_by_label(words["first"]).fill(today.isoformat())
        page.get_by_label(words["last"]).fill(last.isoformat())
        page.get_by_role("button", name=words["record"]).click()
        if last < today:
            expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text(f"{words['away']}:")).to_be_visible()
    happened = page.get_by_role("region", name=words["happened"]).get_by_role("listitem")
    expect(happened.filter(has_text=words["moved"])).to_have_count(1)
    page.get_by_role("link", name=words["withdraw"]).click()
    expect(page.get_by_role("listitem").filter(has_text="Calm first")).to_be_visible()  # what changes
    page.get_by_label(words["why"]).fill("The wrong Ana")
    page.get_by_role("button", name=words["withdraw it"]).click()
    expect(happened.filter(has_text=words["back"]).filter(has_text="The wrong Ana")).to_have_count(1)
    expect(page.get_by_text(f"{words['away']}:")).to_have_count(0)
    course = page.get_by_role("row").filter(has=page.get_by_role("link", name="Calm first"))
    course.get_by_role("link", name=words["proof"]).click()
    page.get_by_label(words["what"]).fill("First aid, 16 hours")
    page.get_by_label(words["obtained"]).fill((today - 30 * DAY).isoformat())
    paper = {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 a paper"}
    page.get_by_label(words["paper"], exact=True).set_input_files(paper)
    page.get_by_role("button", name=words["hand in"]).click()
    expect(page.get_by_role("status")).to_contain_text(words["not yet"])
    assert Equivalence.objects.get().assignment == duty
    duty.refresh_from_db()
    assert duty.due_on == duty.base_due_on


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_manager_names_who_stands_in_from_a_day_to_a_day_and_ends_it(
    enrolment, teams, marek, obcy, page_for, language
):
    today = timezone.localdate()
    for user in (marek, obcy):
        speaks(user, language)
    with translation.override(language):
        words = {
            "stands in": gettext("Who stands in"),
            "team": gettext("Team"),
            "email": gettext("E-mail of the deputy"),
            "first": gettext("First day"),
            "last": gettext("Last day"),
            "name": gettext("Name the deputy"),
            "end": gettext("End it: %(name)s") % {"name": obcy.name},
        }
    page, other = page_for(marek, javascript=False), page_for(obcy, javascript=False)
    other.goto("/my/")
    expect(other.get_by_role("link", name=words["team"], exact=True)).to_have_count(0)
    at_team(page, language).get_by_role("link", name=words["stands in"]).click()
    page.get_by_label(words["team"], exact=True).select_option(teams.service.name)
    page.get_by_label(words["email"]).fill(obcy.email)
    page.get_by_label(words["first"]).fill(today.isoformat())
    page.get_by_label(words["last"]).fill((today + 6 * DAY).isoformat())
    page.get_by_role("button", name=words["name"]).click()
    expect(page.get_by_role("listitem").filter(has_text=obcy.name)).to_contain_text(teams.service.name)
    at_team(other, language).get_by_role("rowheader").get_by_role("link", name="Ana Nowak").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Ana Nowak")
    page.get_by_role("button", name=words["end"]).click()
    expect(page.get_by_role("button", name=words["end"])).to_have_count(0)
    assert TeamLead.objects.get(person=obcy).ends_on == today


# --- what lies ahead, to take along and by mail -----------------------------------------------------------------------
def names_in(lines: list) -> list[str]:
    """The people of an exported table, below its headings."""
    return [str(line[0]) for line in lines[1:] if any(line)]


def taken_along(page: Page, kind: str) -> list:
    with page.expect_download() as download:
        page.get_by_role("link", name=kind).click()
    data = download.value.path().read_bytes()
    if kind == "CSV":
        text = data.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text), csv.Sniffer().sniff(text, ",;")))
    return list(load_workbook(io.BytesIO(data)).worksheets[0].values)


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_manager_reads_what_lies_ahead_takes_the_list_along_and_gets_it_by_mail(
    enrolment, teams, marek, page_for, language
):
    version = courses.refresh_course(course_key=make_course("last", title="Calm goodbye", lessons=1).key)
    train(people(3, teams.desk, first=60), version, FAR)
    speaks(marek, language)
    with translation.override(language):
        ahead = [str(AHEAD[f"due-{days}"]) for days in (30, 60, 90)]
        words = {
            "ahead": gettext("What lies ahead"),
            "all": gettext("All of them"),
            "name": gettext("Name contains"),
            "show": gettext("Show the list"),
            "mail": gettext("Get it by mail"),
            "often": gettext("How often"),
            "month": str(ReportOrder.Every.MONTH.label),
            "day": gettext("Every month on day"),
            "file": gettext("File"),
            "order": gettext("Order it"),
            "change": pgettext("report", "Change"),
            "save": gettext("Save"),
            "stop": pgettext("report", "Stop"),
            "none": gettext("No report is ordered"),
        }
    page = at_team(page_for(marek, javascript=False), language)
    counts = []
    page.get_by_role("link", name=words["ahead"]).click()
    for column, word in enumerate(ahead):
        expect(page.get_by_role("columnheader", name=word)).to_have_count(1)
        figure = page.get_by_role("row", name=words["all"]).get_by_role("cell").nth(column)
        counts.append(int(figure.inner_text()))
        figure.get_by_role("link").click()
        expect(page.get_by_role("main")).to_contain_text(word)
        expect(page.get_by_role("rowheader")).to_have_count(counts[-1])
        if column < 2:
            page.get_by_role("link", name=words["ahead"]).click()
    assert counts[1] > counts[0]
    assert counts[2] == counts[1] + 3
    page.get_by_label(words["name"]).fill("0006")
    page.get_by_role("button", name=words["show"]).click()
    expect(page.get_by_role("rowheader")).to_have_count(3)
    shown = page.get_by_role("rowheader").get_by_role("link").all_inner_texts()
    assert names_in(taken_along(page, "CSV")) == names_in(taken_along(page, "Excel")) == shown
    page.get_by_role("link", name=words["mail"]).click()
    page.get_by_label(words["often"]).select_option(words["month"])
    page.get_by_label(words["day"]).fill("15")
    page.get_by_label(words["file"]).select_option("Excel")
    page.get_by_role("button", name=words["order"]).click()
    ordered = page.get_by_role("listitem").filter(has=page.get_by_role("button", name=words["stop"]))
    expect(ordered).to_contain_text(ahead[2])
    expect(ordered).to_contain_text("15")
    ordered.get_by_role("link", name=words["change"]).click()
    page.get_by_label(words["day"]).fill("20")
    page.get_by_role("button", name=words["save"]).click()
    expect(ordered).to_contain_text("20")
    ordered.get_by_role("button", name=words["stop"]).click()
    expect(page.get_by_role("main")).to_contain_text(words["none"])


# --- on a phone -------------------------------------------------------------------------------------------------------
def left_of(found: Locator) -> float:
    box = found.bounding_box()
    assert box
    return box["x"]


def top_of(found: Locator) -> float:
    box = found.bounding_box()
    assert box
    return box["y"]


def test_the_names_stay_in_view_while_the_courses_pass_beside_them_on_a_phone(enrolment, marek, page_for):
    page = page_for(marek, width=360)
    page.goto("/team/courses/")
    table = page.get_by_role("region", name="People by course")
    names = (table.get_by_role("columnheader").first, table.get_by_role("rowheader").first)
    course = table.get_by_role("columnheader", name="Clear words")
    stood, passing = [left_of(name) for name in names], left_of(course)
    table.evaluate("region => region.scrollLeft = region.scrollWidth")
    assert left_of(course) < passing - 50
    for name, before in zip(names, stood, strict=True):
        box = name.bounding_box()
        assert box
        assert 0 <= box["x"] == before
        assert box["x"] + box["width"] < 360


def test_on_a_phone_the_status_is_beside_the_name_and_the_team_only_where_it_sorts(enrolment, marek, page_for):
    page = page_for(marek, width=360)
    page.goto("/team/courses/")
    table = page.get_by_role("region", name="People by course")
    assert left_of(table.get_by_role("row").nth(1).get_by_role("cell").first.locator("visible=true")) < 300
    expect(table.get_by_role("columnheader", name="Team")).to_be_hidden()
    page.goto("/team/courses/?sort=team")
    expect(table.get_by_role("columnheader", name="Team")).to_be_visible()


@pytest.mark.parametrize("language", ["pl", "lv"])
def test_on_a_phone_who_needs_somebody_is_counted_on_the_first_screen_and_named_on_the_second(
    enrolment, marek, page_for, language
):
    speaks(marek, language)
    page = page_for(marek, width=360, javascript=False)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/team/")
    tiles = page.locator(".tile")
    assert tiles.count() == 4
    assert all(top_of(tile) + 60 < 740 - 70 for tile in tiles.all())
    assert top_of(page.get_by_role("rowheader").first) < 2 * 740


@pytest.mark.parametrize("language", ["pl", "lv"])
def test_a_kind_and_a_status_stand_in_one_line_beside_their_icon(enrolment, marek, page_for, language):
    speaks(marek, language)
    page = page_for(marek, width=1280)
    page.goto(f"/team/people/{enrolment.person.key}/")
    states = [page.locator(".stack .tag").first]
    page.goto(f"/enrolments/{enrolment.key}/why/")
    for cell in [*states, page.locator(".stack td:has(> .i)").first, page.locator(".stack .tag").first]:
        assert cell.evaluate("cell => getComputedStyle(cell).whiteSpace") == "nowrap"
    assert page.locator(".scroll").first.evaluate("box => box.scrollWidth <= box.clientWidth")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_longest_names_run_over_nothing(enrolment, teams, ana, marek, page_for, width):
    User.objects.filter(pk=ana.pk).update(
        first_name="Konstantynopolitańczykowianeczka-Maksymiliana", last_name="Wawrzyszewska-Neatkarīgāsķērsgriezumvīķe"
    )
    Team.objects.filter(pk=teams.desk.pk).update(name="Wielooddziałowy Punkt Obsługi Klienta Gdańsk-Wrzeszcz")
    page = page_for(marek, width=width)
    duty = enrolment.assignments.get()
    for address in (
        reverse("team-person", args=[ana.key]),
        reverse("team-grant", args=[duty.key, "extend"]),
        f"/team/remind/?person={ana.key}",
        "/team/?name=Maksymiliana",
        "/team/courses/?name=Maksymiliana",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    name, team = page.get_by_role("rowheader").get_by_role("link"), page.get_by_role("cell").first
    assert name.evaluate("name => name.getBoundingClientRect().right") <= left_of(team)


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
        "withdraw a leave",
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
    if address == "withdraw a leave":
        today, person = timezone.localdate(), enrolment.person
        leave = standing.record_leave(person=person, starts_on=today, ends_on=today + 9 * DAY, by=marek)
        named[address] = reverse("team-leave-withdraw", args=[leave.key])
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
