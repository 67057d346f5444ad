from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people import rules
from people.models import Team, TeamLead, User
from tests.conftest import EVER_SINCE, person

TODAY = date(2026, 11, 23)


def lead(
    team: Team, who: User, *, starts_on: date = EVER_SINCE, ends_on: date | None = None, kind="manager"
) -> TeamLead:
    return TeamLead.objects.create(team=team, person=who, starts_on=starts_on, ends_on=ends_on, kind=kind)


def chain(length: int) -> list[Team]:
    """Teams below each other: the first is the top."""
    Team.add_root(name="1")
    for depth in range(2, length + 1):
        Team.objects.get(name=str(depth - 1)).add_child(name=str(depth))
    return list(Team.objects.order_by("depth"))


@pytest.mark.django_db
@pytest.mark.parametrize("depth", range(1, 7))
def test_a_manager_sees_the_own_team_and_everything_below_to_depth_six(depth):
    teams = chain(6)
    people = [person(f"P{n} At", team) for n, team in enumerate(teams, 1)]
    boss = person("Boss Person", None)
    lead(teams[depth - 1], boss)
    assert set(User.objects.managed_by(boss)) == set(people[depth - 1 :])


def test_a_manager_sees_nothing_beside_and_nothing_above(ana, marek, obcy, irena, ela):
    assert set(User.objects.managed_by(marek)) == {ana}
    assert set(User.objects.visible_to(marek)) == {marek, ana}
    assert set(User.objects.managed_by(irena)) == {obcy}


def test_an_employee_sees_only_themself(ana, marek, obcy):
    assert set(User.objects.visible_to(ana)) == {ana}
    assert not User.objects.managed_by(ana).exists()


def test_staff_and_auditors_see_everybody(ana, obcy, ela, publisher, auditor, admin):
    for reader in (ela, publisher, auditor, admin):
        assert set(User.objects.visible_to(reader)) == {ana, obcy, ela, publisher, auditor, admin}


def test_a_closed_account_sees_nobody(marek, ana):
    marek.is_active = False
    assert not User.objects.visible_to(marek).exists()


def test_whoever_moves_away_is_seen_by_the_new_manager_only(ana, marek, irena, teams):
    ana.team = teams.warehouse
    ana.save()
    assert ana not in User.objects.managed_by(marek)
    assert ana in User.objects.managed_by(irena)


def test_a_team_that_moves_takes_its_people_along(ana, marek, irena, teams):
    Team.objects.get(pk=teams.desk.pk).move(Team.objects.get(pk=teams.warehouse.pk), "sorted-child")
    assert ana not in User.objects.managed_by(marek)
    assert ana in User.objects.managed_by(irena)


@pytest.mark.parametrize(
    ("day", "sees"),
    [
        (date(2026, 11, 22), False),
        (date(2026, 11, 23), True),
        (date(2026, 11, 27), True),
        (date(2026, 11, 28), False),
    ],
)
def test_a_deputy_leads_from_the_first_day_to_the_last(ana, obcy, teams, day, sees):
    lead(teams.desk, obcy, kind="deputy", starts_on=date(2026, 11, 23), ends_on=date(2026, 11, 27))
    assert (ana in User.objects.managed_by(obcy, on=day)) is sees
    with time_machine.travel(f"{day}T12:00Z", tick=False):
        assert (ana in User.objects.managed_by(obcy)) is sees
        assert User.objects.get(pk=obcy.pk).is_manager is sees


def test_the_deputy_s_day_ends_at_the_reader_s_midnight(ana, obcy, teams):
    lead(teams.desk, obcy, kind="deputy", ends_on=date(2026, 11, 27))
    with time_machine.travel("2026-11-27T22:59:00Z", tick=False):  # 23:59 in Warsaw
        assert ana in User.objects.managed_by(obcy)
    with time_machine.travel("2026-11-27T23:01:00Z", tick=False):
        assert ana not in User.objects.managed_by(obcy)


def test_two_hats_are_added_and_nobody_counts_twice(ana, marek, obcy, teams):
    lead(teams.warehouse, marek)
    lead(teams.desk, marek, kind="deputy")
    assert list(User.objects.managed_by(marek).order_by("email")) == [ana, obcy]


def test_a_manager_within_the_team_does_not_manage_themself(marek):
    assert marek not in User.objects.managed_by(marek)


def test_two_managers_of_one_team_see_each_other(marek, obcy, teams):
    obcy.team = teams.service
    obcy.save()
    lead(teams.service, obcy)
    assert obcy in User.objects.managed_by(marek)
    assert marek in User.objects.managed_by(obcy)


def test_the_database_refuses_a_lead_that_ends_before_it_starts(marek, teams):
    with pytest.raises(IntegrityError), transaction.atomic():
        lead(teams.desk, marek, starts_on=TODAY, ends_on=TODAY - timedelta(days=1))


def test_the_database_refuses_the_same_lead_twice(marek, teams):
    with pytest.raises(IntegrityError), transaction.atomic():
        lead(teams.service, marek)


def test_asking_who_is_managed_costs_two_queries_at_any_size(marek, teams, assert_queries_at_most):
    for n in range(30):
        person(f"N{n} Desk", teams.desk)
    with assert_queries_at_most(2):
        assert len(User.objects.managed_by(marek)) == 30


# --- against a slow oracle -----------------------------------------------------------------------------------------
days = st.integers(-3, 3).map(lambda offset: TODAY + timedelta(days=offset))


@st.composite
def organisations(draw):
    """Parents of teams (None: a root), the team of each person, and leads (team, person, first day, last day)."""
    parents = [None]
    for n in range(1, draw(st.integers(1, 7))):
        parents.append(draw(st.one_of(st.none(), st.integers(0, n - 1))))
    members = draw(st.lists(st.one_of(st.none(), st.integers(0, len(parents) - 1)), min_size=2, max_size=5))
    leads = draw(
        st.lists(
            st.tuples(
                st.integers(0, len(parents) - 1), st.integers(0, len(members) - 1), days, st.one_of(st.none(), days)
            ).filter(lambda each: each[3] is None or each[3] >= each[2]),
            max_size=6,
            unique_by=lambda each: each[:3],
        )
    )
    return parents, members, leads


def oracle(parents, members, leads, who: int, day: date) -> set[int]:
    """Walks up from everybody's team, one step at a time."""
    led = {
        team for team, person_, start, end in leads if person_ == who and start <= day and (end is None or day <= end)
    }
    seen = set()
    for other, team in enumerate(members):
        while team is not None and other != who:
            if team in led:
                seen.add(other)
            team = parents[team]
    return seen


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(organisation=organisations(), day=days)
def test_who_is_managed_equals_walking_up_the_tree(organisation, day):
    parents, members, leads = organisation
    with transaction.atomic():
        teams: list[Team] = []
        for n, parent in enumerate(parents):
            # names in reverse, so that treebeard moves siblings while the tree grows
            name = f"{9 - n}"
            teams.append(
                Team.add_root(name=name)
                if parent is None
                else Team.objects.get(pk=teams[parent].pk).add_child(name=name)
            )
        people = [
            User.objects.create(email=f"p{n}@example.org", team_id=None if team is None else teams[team].pk)
            for n, team in enumerate(members)
        ]
        for team, who, start, end in leads:
            TeamLead.objects.create(team_id=teams[team].pk, person=people[who], starts_on=start, ends_on=end)
        for n, who in enumerate(people):
            expected = {people[other].pk for other in oracle(parents, members, leads, n, day)}
            managed = list(User.objects.managed_by(who, on=day).values_list("pk", flat=True))
            assert sorted(managed) == sorted(expected)
            with time_machine.travel(f"{day}T12:00Z", tick=False):
                assert set(User.objects.visible_to(who).values_list("pk", flat=True)) == expected | {who.pk}
        transaction.set_rollback(True)


# --- direct reports ------------------------------------------------------------------------------------------------
def names(people) -> set[str]:
    return {user.first_name for user in people}


@pytest.mark.django_db
def test_who_reports_directly_has_no_other_lead_in_between():
    top, middle, low, _ = chain(4)
    boss, head = person("Boss At", top), person("Head At", middle)
    lead(top, boss)
    lead(middle, head)
    person("Near At", top)
    person("Clerk At", middle)
    person("Deep At", low)
    assert names(User.objects.reporting_to(boss)) == {"Near", "Head"}
    assert names(User.objects.managed_by(boss)) == {"Near", "Head", "Clerk", "Deep"}
    assert names(User.objects.reporting_to(head)) == {"Clerk", "Deep"}  # a team without a lead has the next one above


@pytest.mark.django_db
def test_a_lead_who_has_gone_is_in_nobodys_way():
    top, middle, *_ = chain(2)
    boss, head = person("Boss At", None), person("Head At", None)
    lead(top, boss)
    person("Clerk At", middle)
    gone = lead(middle, head, ends_on=TODAY)
    assert names(User.objects.reporting_to(boss, TODAY)) == set()
    assert names(User.objects.reporting_to(boss, gone.ends_on + timedelta(days=1))) == {"Clerk"}


def test_who_leads_nobody_has_no_direct_reports(ana):
    assert not User.objects.reporting_to(ana).exists()


def slow_direct(teams, leads, boss):
    """Each team asks its way up, one at a time."""
    direct = set()
    for team in teams:
        above = [team[:end] for end in range(len(team), 0, -1)]
        led = [path for path in above if leads.get(path)]
        if led and boss in leads[led[0]]:
            direct.add(team)
    return direct


paths = st.sets(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=12).map(
    lambda found: {path[:end] for path in found for end in range(1, len(path) + 1)}
)


@given(teams=paths, data=st.data())
def test_direct_teams_agree_with_a_slow_search_and_every_team_has_exactly_one_set_of_leads(teams, data):
    leads = data.draw(
        st.dictionaries(st.sampled_from(sorted(teams)), st.sets(st.integers(1, 4), max_size=2), max_size=6)
    )
    for boss in range(1, 5):
        direct, others = rules.direct_reports(teams, leads, boss, 1)
        assert direct == slow_direct(teams, leads, boss)
        assert all(any(lead in people for people in leads.values()) for lead in others)
    led = {team for team in teams if any(leads.get(team[:end]) for end in range(1, len(team) + 1))}
    assert set().union(*(rules.direct_reports(teams, leads, boss, 1)[0] for boss in range(1, 5))) == led
