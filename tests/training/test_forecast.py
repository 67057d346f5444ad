"""What lies ahead, team by team, each figure a link to as many rows; and the months before, from the records."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Enrolment
from people.models import Team
from tests.training.staff import KINDS, course_of, people, train
from training import exports
from training.models import Assignment
from training.reports.forecast import forecast
from training.rules.selection import AHEAD, FORECAST, Selection
from training.rules.status import first_due
from training.rules.trend import Month, bars, month_ends

DAY = timedelta(days=1)
ADDRESS = "/team/forecast/"


def seen(manager, today: date | None = None, **asked):
    return forecast(
        manager=manager,
        selection=Selection(show="all", sort="team", **asked),
        now=timezone.now(),
        today=today or timezone.localdate(),
        language="en",
    )


# --- months --------------------------------------------------------------------------------------------------------
@given(st.dates(date(2024, 1, 1), date(2040, 12, 31)))
def test_the_months_before_end_on_their_last_day_and_today_comes_last(today):
    ends = month_ends(today)
    assert ends[-1] == today
    assert [(end + DAY).day for end in ends[:-1]] == [1] * 11
    assert ends == sorted(set(ends))
    assert [(end.year * 12 + end.month) for end in ends] == list(
        range(today.year * 12 + today.month - 11, today.year * 12 + today.month + 1)
    )


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=12))
def test_bars_stand_beside_each_other_on_one_floor(figures):
    months = [Month(date(2026, 1, 31), max(pair), min(pair)) for pair in figures]
    drawn = bars(months)
    assert all(bar.y + bar.height == 120 and 0 <= bar.height <= 120 for bar in drawn)
    assert [bar.x for bar in drawn] == sorted({bar.x for bar in drawn})
    for bar in drawn:
        assert (bar.month.percent == 100) == (bar.month.total > 0 and bar.month.settled == bar.month.total)


# --- ahead ---------------------------------------------------------------------------------------------------------
def test_each_figure_leads_to_as_many_rows_of_that_team(teams, marek, client_for):
    train(people(len(KINDS), teams.desk), course_of("calm"))
    train(people(4, teams.service), course_of("calm"), kinds=KINDS[2:6])
    client = client_for(marek)
    page = client.get(ADDRESS).content.decode()
    links = re.findall(r'<a href="(/team/\?[^"]*ahead[^"]*)">(?:<b>)?(\d+)', page)
    assert len(links) > 8
    for address, count in links:
        shown = client.get(unescape(address)).content.decode()
        assert shown.count('<th scope="row">') == int(count), address
        assert "Only these are shown" in shown


def test_an_address_that_asks_for_a_part_of_it_shows_all_that_lies_ahead(teams, marek):
    """Its figures lead to lists that are not narrowed twice."""
    train(people(len(KINDS), teams.desk), course_of("calm"))
    for ahead in AHEAD:
        assert seen(marek, ahead=ahead) == seen(marek)


def test_what_lies_ahead_is_what_a_slow_count_says(teams, marek):
    train(people(3 * len(KINDS), teams.desk), course_of("calm"))
    today = timezone.localdate()
    begun = Assignment.objects.filter(due_at__gt=timezone.now() + 30 * DAY, enrolment__started_at__isnull=False)
    Enrolment.objects.filter(assignments__in=begun).update(redo_by=today + 20 * DAY)
    found = {link.name: link.count for link in seen(marek).totals}
    rows = Assignment.objects.select_related("enrolment")
    for ahead, (what, days) in AHEAD.items():
        expected = 0
        for row in rows:
            done, last = row.enrolment.completed_at, today + days * DAY
            if what == "due":
                due_on = first_due(row.due_on, row.enrolment.redo_by)
                expected += not done and not row.waived_at and row.due_at > timezone.now() and due_on <= last
            else:
                ends = row.enrolment.valid_until
                expected += bool(done and ends and today <= ends <= last)
        assert found[ahead] == expected, ahead
    assert found["due-30"] < found["due-60"], "guards the guard"


def test_what_a_change_asks_for_sooner_than_the_rule_lies_ahead_by_that_day(teams, marek):
    """The oracle of tests/house found the list and the figure that leads to it to disagree."""
    train(people(1, teams.desk), course_of("calm"), kinds=[(200, True, False, None, False)])
    assert not seen(marek).has_any
    Enrolment.objects.update(redo_by=timezone.localdate() + 40 * DAY)
    counts = {link.name: link.count for link in seen(marek).totals}
    assert (counts["due-30"], counts["due-60"]) == (0, 1)


def test_a_figure_of_people_by_name_leads_to_their_rows_alone(teams, marek, client_for):
    train(people(3, teams.desk), course_of("calm"), kinds=[(5, False, False, None, False)])
    client = client_for(marek)
    page = client.get(ADDRESS, {"name": "00001"}).content.decode()
    address, count = re.search(r'<a href="(/team/\?[^"]*ahead[^"]*)">(?:<b>)?(\d+)', page).groups()
    assert (client.get(unescape(address)).content.decode().count('<th scope="row">'), count) == (1, "1")


def test_the_months_before_are_counted_as_they_were(teams, marek):
    (row,) = train(people(1, teams.desk), course_of("calm"), kinds=[(300, False, False, None, False)])
    today = date(2026, 6, 15)
    Assignment.objects.filter(pk=row.pk).update(assigned_at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    assert timezone.localdate(datetime(2026, 1, 31, 23, 30, tzinfo=UTC)) == date(2026, 2, 1)
    finished = datetime(2026, 4, 2, tzinfo=UTC)
    Enrolment.objects.update(started_at=finished, completed_at=finished, valid_until=date(2026, 5, 30))
    months = {(month.ends.month, month.ends.year): month for month in seen(marek, today).months}
    assert [months[number, 2026].percent for number in range(1, 7)] == [None, 0, 0, 100, 0, 0]
    Assignment.objects.update(released_at=datetime(2026, 5, 20, tzinfo=UTC))
    months = {month.ends.month: month for month in seen(marek, today).months if month.ends.year == 2026}
    assert [months[number].total for number in range(1, 7)] == [0, 1, 1, 1, 0, 0]


def test_the_months_say_whose_they_are(teams, marek, client_for):
    train(people(2, teams.desk), course_of("calm"))
    marek.language = "en"
    marek.save()
    assert "the people whom you lead today" in client_for(marek).get(ADDRESS).content.decode()
    today = timezone.localdate()
    with translation.override("en"):
        table = exports.past(manager=marek, selection=Selection(), now=timezone.now(), today=today, language="en")
    assert any("lead today" in text for _name, text in table.notes)


def test_a_team_of_others_gives_neither_rows_nor_its_name(teams, marek, irena, client_for):
    train(people(2, teams.warehouse), course_of("calm"), kinds=KINDS[4:5])
    assert client_for(irena).get(f"/team/?show=all&team={teams.warehouse.key}").content.count(b'<th scope="row">') == 2
    page = client_for(marek).get(f"/team/?show=all&ahead=due-90&team={teams.warehouse.key}").content.decode()
    assert page.count('<th scope="row">') == 0
    assert "Warehouse" not in page
    assert "Warehouse" not in client_for(marek).get(ADDRESS).content.decode()


def test_with_nothing_ahead_it_says_so(marek, client_for):
    assert "Nothing lies ahead" in client_for(marek).get(ADDRESS).content.decode()
    assert client_for(marek).get(f"{ADDRESS}?team=nonsense").status_code == 422
    assert FORECAST.default.show == "all"


def test_one_team_costs_as_many_queries_as_sixty_and_pages_have_fifty(teams, marek, client_for, assert_queries_at_most):
    train(people(1, teams.desk), course_of("calm"), kinds=KINDS[4:5])
    client = client_for(marek)
    with assert_queries_at_most(12) as one:
        client.get(ADDRESS)
    for number in range(60):
        made = Team.objects.get(pk=teams.desk.pk).add_child(name=f"Team {number:02}")
        train(people(1, made), course_of("calm"), kinds=KINDS[4:5])
    with assert_queries_at_most(12) as many:
        page = client.get(ADDRESS).content.decode()
    assert len(many) == len(one)
    assert page.count("Team ") == 49
    assert "page=2" in page
    with CaptureQueriesContext(connection) as queries:
        client.get("/team/?show=all&ahead=due-90&team=" + str(teams.desk.key))
    assert len(queries) <= 12


@pytest.mark.parametrize("verb", ["get", "post"])
def test_only_managers_see_it(ana, obcy, ela, auditor, admin, marek, client_for, verb):
    for stranger in (ana, obcy, ela, auditor, admin):
        assert getattr(client_for(stranger), verb)(ADDRESS).status_code in (404, 405)
    assert client_for(None).get(ADDRESS).status_code == 302
    assert client_for(marek).post(ADDRESS).status_code == 405
