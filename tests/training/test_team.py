"""/team/: who needs me today; the people below a manager and nobody beside them."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from courses import actions as courses
from lms.templatetags import ostoja
from lms.templatetags.ostoja import STATUSES
from people.models import TeamLead, User
from people.rules import alphabet
from tests.conftest import EVER_SINCE, hire, person
from tests.factories import make_course
from tests.training.staff import KINDS, course_of, people, train
from training import actions, words
from training.actions import letters
from training.models import Assignment, Requirement
from training.reports.courses import matrix
from training.reports.scope import scope_of
from training.reports.team import all_rows, team_overview
from training.rules import selection as selection_rules
from training.rules.due import due_at
from training.rules.selection import SHOWN, SORTS, TRAININGS, Selection, parse, urgency
from training.rules.status import Status

AT = datetime(2026, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def everybody(tree, teams):
    rule = Requirement.objects.create(
        name="All",
        course_key=tree.course_key,
        audience={"team": str(teams.company.key)},
        due_days=30,
        starts_on=AT.date(),
    )
    return lambda: actions.assign_audience(requirement=rule, at=AT)


@pytest.fixture
def crowd(teams, marek):
    """Two trainings of each kind below Marek, in two courses."""
    staff = people(len(KINDS), teams.desk)
    train(staff, course_of("calm"))
    train(staff, course_of("clear"))
    return staff


def overview(manager, **asked):
    return team_overview(manager=manager, selection=Selection(**asked), **moment())


def moment():
    return {"now": timezone.now(), "today": timezone.localdate(), "language": "en"}


def rows_in(client, address: str) -> int:
    page = client.get(address).content.decode()
    return page.count('<th scope="row">')


def test_a_manager_sees_the_people_below_and_nobody_beside(everybody, ana, marek, obcy, client_for):
    everybody()
    page = client_for(marek).get("/team/").content.decode()
    assert "Ana Nowak" in page
    assert "Olaf Obcy" not in page
    assert "Overdue" in page


def test_who_is_found_by_name_is_not_called_the_whole_team(crowd, marek, client_for):
    client = client_for(marek)
    assert f"{len(crowd)} people report to you." in client.get("/team/").content.decode()
    nobody = client.get("/team/", {"name": "nobody is called so"}).content.decode()
    assert "0 people were found." in nobody
    assert "report to you" not in nobody
    one = client.get("/team/", {"name": crowd[0].name}).content.decode()
    assert "1 person was found." in one
    team = client.get("/team/", {"team": str(crowd[0].team.key)}).content.decode()
    assert f"{len(crowd)} people were found." in team


def test_each_count_leads_to_a_list_of_that_many(crowd, marek, client_for):
    client = client_for(marek)
    page = client.get("/team/").content.decode()
    tiles = re.findall(r'class="tile" href="([^"]+)".*?<b>(\d+)</b>', page, re.DOTALL)
    key = re.findall(r'<li><a href="(/team/[^"]*)"><svg.*?: (\d+)</a>', page, re.DOTALL)
    assert [int(count) for _, count in tiles] == [4, 4, 2, 2]
    assert sum(int(count) for _, count in key) == 2 * len(KINDS)
    for address, count in tiles + key:
        assert rows_in(client, unescape(address)) == int(count), address


@pytest.mark.parametrize("show", sorted(SHOWN))
def test_a_filter_keeps_what_the_rule_says(crowd, marek, show):
    found = overview(marek, show=show)
    everything = Assignment.objects.with_status(*list(moment().values())[:2])
    expected = [row for row in everything if SHOWN[show].holds(Status(row.status), row.is_due_soon)]
    assert found.page.total == len(found.rows) == len(expected)


def test_the_list_says_until_when_another_qualification_is_good(teams, marek):
    """It stands for the certificate that there is not."""
    day = timezone.localdate() + timedelta(days=10)
    train(people(2, teams.desk), course_of("calm"), kinds=[(40, False, False, None, False)])
    late, soon = Assignment.objects.order_by("pk")
    Assignment.objects.filter(pk=soon.pk).update(equivalent_on=timezone.localdate(), good_until_other=day)
    Assignment.objects.filter(pk=late.pk).update(
        equivalent_on=timezone.localdate(), good_until_other=day + timedelta(days=90)
    )
    found = overview(marek, show="all", sort="valid_until")
    assert [row.valid_until for row in found.rows] == [day, day + timedelta(days=90)]
    assert [row.status for row in found.rows] == [Status.EXPIRES_SOON, Status.FINISHED]
    assert found.next_day == day + timedelta(days=90)


def test_the_most_urgent_comes_first(crowd, marek):
    rows = overview(marek, show="all").rows
    ranks = [urgency(Status(row.status), row.is_due_soon) for row in rows]
    assert ranks == sorted(ranks)
    overdue = [row.due_on for row in rows if row.status == "overdue"]
    assert overdue == sorted(overdue)


@pytest.mark.parametrize("sort", SORTS)
def test_every_order_can_be_turned_round_and_loses_nobody(crowd, marek, sort):
    def seen(is_descending):
        rows = overview(marek, show="all", sort=sort, is_descending=is_descending).rows
        values = {
            "urgency": lambda row: urgency(Status(row.status), row.is_due_soon),
            "person": lambda row: row.person,
            "team": lambda row: row.team,
            "course": lambda row: row.course,
            "due": lambda row: row.due_on,
            "valid_until": lambda row: row.valid_until,
        }
        return [values[sort](row) for row in rows]

    up, down = seen(False), seen(True)
    present = [value for value in up if value is not None]
    assert len(up) == len(down) == 2 * len(KINDS)
    assert present == sorted(present)
    assert [value for value in down if value is not None] == sorted(present, reverse=True)
    assert up[len(present) :] == down[len(present) :] == [None] * (len(up) - len(present))  # missing ones stay last


NAMES = ["Ābols", "Adamska", "Brzęczek", "Cyran", "Ćwikła", "Čaks", "Dąbrowska", "de Silva", "Lis", "Łęcka", "Zych"]
NAMES += ["Źródlak", "Żurawski", "Žagars"]


def test_names_stand_as_in_the_alphabet_of_their_reader(teams, marek):
    staff = people(len(NAMES), teams.desk)
    for one, name in zip(staff, reversed(NAMES), strict=True):
        User.objects.filter(pk=one.pk).update(first_name="", last_name=name)
    train(staff, course_of("calm"))
    for screen in (team_overview, matrix):
        asked = Selection(show="all", sort="person")
        rows = screen(manager=marek, selection=asked, **moment() | {"language": "pl"}).rows
        assert without_latvian(row.person for row in rows) == without_latvian(NAMES)
    assert without_latvian(sorted(NAMES, key=alphabet.key)) == without_latvian(NAMES)


def without_latvian(names):
    """How Polish has them is known to ICU alone."""
    return [name for name in names if not set(name.lower()) & set("āčž")]


def test_a_course_and_a_name_narrow_the_list_and_its_counts(crowd, marek):
    one = overview(marek, show="all", course=str(course_of("calm").course_key), name="00003")
    assert (one.page.total, one.people, one.total) == (1, 1, 1)
    assert [row.person for row in one.rows] == ["Person 00003"]
    assert [tile.count for tile in one.tiles] == [0, 1, 0, 0]


def test_direct_reports_are_those_with_no_other_lead_between(crowd, teams, marek):
    near = person("Nora Near", teams.service)
    train([near], course_of("calm"))
    TeamLead.objects.create(team=teams.desk, person=crowd[0], starts_on=EVER_SINCE)
    assert overview(marek, show="all").page.total == 2 * len(KINDS) + 1
    direct = overview(marek, show="all", only_direct=True)
    assert {row.person for row in direct.rows} == {"Nora Near", crowd[0].name}


def test_pages_have_fifty_rows_and_together_they_are_the_list(teams, marek, client_for):
    train(people(120, teams.desk), course_of("calm"))
    seen = [row.person for n in (1, 2, 3) for row in overview(marek, show="all", page=n, sort="person").rows]
    assert seen == sorted(set(seen))
    assert len(seen) == 120
    page = client_for(marek).get("/team/?show=all&page=2").content.decode()
    assert "51 to 100 of 120" in page
    assert "page=3" in page
    assert rows_in(client_for(marek), "/team/?show=all&page=2") == 50
    assert rows_in(client_for(marek), "/team/?show=all&print=1") == 120


def test_people_by_course_on_paper_is_the_whole_list_as_it_was_narrowed(teams, marek, client_for):
    train(people(60, teams.desk), course_of("calm"))
    train(people(20, teams.desk, first=100), course_of("other"))
    client = client_for(marek)
    shown = client.get("/team/courses/?name=person&sort=-person").content.decode()
    (address,) = re.findall(r'href="([^"]*print=1[^"]*)"', shown)
    page = client.get(unescape(address)).content.decode()
    names = re.findall(r"Person \d{5}", page)
    assert len(names) == 80
    assert names == sorted(names, reverse=True)
    assert page.count('<th scope="col">') == page.count('scope="col"') - 1  # the order is said, and nothing is a link
    assert not re.search(r'<t[hd][^>]*><a|rel="next"', page)
    assert "Not assigned" in page
    assert "Name contains" in page
    narrowed = client.get("/team/courses/?print=1&show=waived").content.decode()
    assert "<dt>Status</dt><dd>Waived</dd>" in narrowed
    assert 0 < narrowed.count('<th scope="row">') < 10
    nobody = client.get("/team/courses/?print=1&name=nobody").content.decode()
    assert "Nobody in your teams has training of this kind." in nobody


def test_paper_says_where_it_ends(teams, marek, client_for, monkeypatch):
    monkeypatch.setattr(selection_rules, "PRINTED", 2)
    train(people(3, teams.desk), course_of("calm"))
    for address in ("/team/?show=all&print=1", "/team/courses/?print=1"):
        assert "Rows on this paper: 2 of 3." in client_for(marek).get(address).content.decode()


@pytest.mark.parametrize("address", ["/team/?show=all&print=1", "/team/courses/?print=1"])
def test_paper_costs_the_same_for_one_person_and_for_forty(teams, marek, client_for, assert_queries_at_most, address):
    train(people(1, teams.desk), course_of("calm"))
    client = client_for(marek)
    with CaptureQueriesContext(connection) as few:
        assert rows_in(client, address) == 1
    train(people(39, teams.desk, first=1), course_of("calm"))
    with assert_queries_at_most(len(few)):
        assert rows_in(client, address) == 40


@pytest.mark.parametrize(
    "address", ["/team/", "/team/?show=all&sort=-course&reports=direct&name=person", "/team/courses/"]
)
def test_thirty_people_cost_as_many_queries_as_three_thousand_and_at_most_twelve(
    teams, marek, client_for, assert_queries_at_most, address
):
    train(people(30, teams.desk), course_of("calm"))
    client = client_for(marek)
    with CaptureQueriesContext(connection) as few:
        assert client.get(address).status_code == 200
    train(people(2970, teams.desk, first=30), course_of("calm"))
    with assert_queries_at_most(12) as many:
        assert rows_in(client, address) == 50
    assert len(many) == len(few)


def test_no_more_rows_leave_the_database_than_are_shown(teams, marek, client_for):
    """Guards the guard above: counting 3,000 people must not mean reading them."""
    train(people(300, teams.desk), course_of("calm"))
    scope = scope_of(manager=marek, selection=Selection(show="all"), **moment())
    assert len(list(all_rows(scope=scope, selection=Selection(show="all"), language="en"))) == 300
    with CaptureQueriesContext(connection) as queries:
        client_for(marek).get("/team/?show=all")
    listing = [query["sql"] for query in queries if '"due_on"' in query["sql"] and "COUNT" not in query["sql"]]
    assert len(listing) == 1
    assert "LIMIT 50" in listing[0]


def test_somebody_who_has_left_is_counted_nowhere(crowd, marek):
    User.objects.filter(pk=crowd[0].pk).update(is_active=False)
    assert overview(marek, show="all").page.total == 2 * len(KINDS) - 2
    assert overview(marek).people == len(KINDS) - 1


def test_two_hats_show_both_teams_and_a_deputy_stands_in_only_for_the_days_given(crowd, teams, marek, irena, obcy):
    train([obcy], course_of("calm"))
    assert "Olaf Obcy" not in {row.person for row in overview(marek, show="all").rows}
    hat = TeamLead.objects.create(team=teams.warehouse, person=marek, kind="deputy", starts_on=timezone.localdate())
    both = overview(marek, show="all")
    assert both.page.total == 2 * len(KINDS) + 1
    assert both.people == len(KINDS) + 2
    TeamLead.objects.filter(pk=hat.pk).update(
        starts_on=EVER_SINCE, ends_on=timezone.localdate() - timezone.timedelta(days=1)
    )
    assert overview(marek, show="all").page.total == 2 * len(KINDS)


def test_in_its_grace_nothing_is_called_overdue_anywhere(teams, ana, marek, client_for):
    row = train([ana], courses.refresh_course(course_key=make_course().key), [(-3, True, False, None, False)])[0]
    day, last = (timezone.localdate() + timedelta(days=days) for days in (-3, 4))
    Assignment.objects.filter(pk=row.pk).update(grace_days=7, due_at=due_at(day, row.time_zone, 7))
    with translation.override("en"):
        said = f"{ostoja.day(day)}, extra time to {ostoja.day(last)}"
    for who, address in (
        (marek, "/team/"),
        (marek, f"/team/people/{ana.key}/"),
        (marek, f"/team/remind/?person={ana.key}"),
        (ana, "/my/"),
    ):
        page = client_for(who).get(address).content.decode()
        assert said in page, address
        assert not re.search(r"days? overdue", page), address
    [shown] = overview(marek).rows
    assert (shown.status, shown.is_due_soon) == ("in_progress", True)
    Assignment.objects.filter(pk=row.pk).update(grace_days=2, due_at=due_at(day, row.time_zone, 2))
    assert "3 days overdue" in client_for(marek).get("/team/").content.decode()


def test_everybody_on_the_page_who_has_something_open_is_reminded_by_one_button(crowd, marek, client_for):
    client = client_for(marek)
    page = client.get("/team/").content.decode()
    open_people = {row.person_key for row in overview(marek).rows if row.is_open}
    assert len(open_people) == 4
    assert "Remind 4 people" in page
    (address,) = re.findall(r'href="(/team/remind/[^"]*)"', page)
    asked = client.get(unescape(address)).content.decode()
    assert "Send 4 reminders?" in asked
    assert {UUID(key) for key in re.findall(r'name="person" value="([^"]*)"', asked)} == open_people
    assert 'href="/team/remind/' not in client.get("/team/?show=finished").content.decode()


def test_the_list_says_when_somebody_was_last_reminded(crowd, marek, client_for):
    late = next(row for row in overview(marek, show="overdue").rows)
    person = User.objects.get(key=late.person_key)
    assert "Reminded:" not in client_for(marek).get("/team/").content.decode()
    for days in (5, 2):
        letters.remind(people=[person], by=marek, at=timezone.now() - timedelta(days=days))
    with translation.override("en"):
        day = ostoja.day(timezone.localdate() - timedelta(days=2))
    page = client_for(marek).get("/team/?show=overdue").content.decode()
    assert page.count(f"Reminded: {day}") == 2  # each of the two trainings that the mail was about
    assert "Reminded:" not in client_for(marek).get("/team/?show=all&print=1").content.decode()


def test_when_everything_is_fine_it_says_so_and_when_to_look_again(teams, marek, client_for):
    train(people(3, teams.desk), course_of("calm"), kinds=[KINDS[4], KINDS[6]])
    page = client_for(marek).get("/team/").content.decode()
    assert "Everyone is up to date" in page
    assert "The next date to look at" in page


def test_with_nobody_below_it_says_who_can_help(marek, client_for):
    page = client_for(marek).get("/team/").content.decode()
    assert "Nobody reports to you in the directory" in page
    assert "Nobody reports to you directly" in client_for(marek).get("/team/?reports=direct").content.decode()


def test_with_nothing_assigned_it_says_so(ana, marek, client_for):
    assert "Nobody in your teams has training assigned" in client_for(marek).get("/team/").content.decode()


def test_a_filter_that_nothing_fits_leads_back_to_everything(crowd, marek, client_for):
    page = client_for(marek).get("/team/?name=nobody").content.decode()
    assert "Nothing fits" in page
    assert 'href="/team/?show=all"' in page


def test_nobody_is_said_to_be_fine_of_one_team_or_of_what_lies_ahead(teams, marek, client_for):
    train(people(3, teams.service), course_of("calm"), kinds=[KINDS[4], KINDS[6]])
    train(people(1, teams.desk), course_of("calm"), kinds=[KINDS[0]])
    TeamLead.objects.create(team=teams.warehouse, person=marek, starts_on=EVER_SINCE)
    hire("obcy", teams)
    for asked in (f"team={teams.warehouse.key}", "ahead=expires-90", f"team={teams.company.key}", f"team={uuid4()}"):
        page = client_for(marek).get(f"/team/?show=attention&{asked}").content.decode()
        assert "Nothing fits" in page, asked


@pytest.mark.parametrize("asked", ["show=score", "sort=password", "page=x", "course=1", "reports=0", "print=2"])
@pytest.mark.parametrize("address", ["/team/", "/team/courses/"])
def test_an_address_that_asks_for_nonsense_is_answered_with_what_there_is(crowd, marek, client_for, address, asked):
    response = client_for(marek).get(f"{address}?{asked}")
    assert response.status_code == 422
    assert "asks for something we do not have" in response.content.decode()


@pytest.mark.parametrize("name", ["", "%", "_", "'", "\\", "Łukasz", "<script>", "a b c"])
def test_any_name_can_be_looked_for(crowd, marek, client_for, name):
    response = client_for(marek).get("/team/", {"name": name, "show": "all"})
    assert response.status_code == 200
    assert "<script>" not in response.content.decode()


def test_the_words_of_a_status_are_the_same_everywhere():
    assert {status: str(word) for status, word in words.STATUSES.items()} == {
        status: str(STATUSES[status].text) for status in Status
    }
    assert set(words.SHOWN) == set(SHOWN)
    assert set(words.SORTS) == set(SORTS)
    assert set(words.MEANINGS) == set(Status)


def test_a_link_to_the_plain_list_loses_the_filters_of_the_page_it_stands_on(crowd, marek):
    links = overview(marek, show="overdue", name="person").links
    assert links.plain == "?"
    assert parse({}, TRAININGS) == TRAININGS.default


def test_who_leads_nobody_has_no_such_page(ana, obcy, ela, auditor, client_for):
    for who in (ana, obcy, ela, auditor):
        for address in ("/team/", "/team/courses/", "/team/export/trainings/csv/"):
            assert client_for(who).get(address).status_code == 404
    assert client_for(None).get("/team/").status_code == 302


def test_it_is_for_reading_only(marek, client_for):
    assert client_for(marek).post("/team/").status_code == 405
    assert client_for(marek).post("/team/courses/").status_code == 405
