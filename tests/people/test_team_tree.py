"""The tree of teams in the CMS, its managers and deputies."""

from datetime import timedelta

import pytest
from django.utils import timezone

from people.actions import teams as actions
from people.models import Team, TeamLead, User
from tests.conftest import EVER_SINCE

pytestmark = pytest.mark.usefixtures("staff_may_enter")


def page(team: Team) -> str:
    return f"/cms/people/teams/{team.key}/"


def names(team: Team) -> list[str]:
    return [below.name for below in Team.objects.get(pk=team.pk).get_children()]


def today():
    return timezone.localdate()


# --- the tree ------------------------------------------------------------------------------------------------------
def test_a_team_is_added_at_the_top_and_below(admin, teams, client_for):
    client = client_for(admin)
    client.post("/cms/people/teams/", {"name": "Second company", "parent": ""})
    assert Team.objects.get(name="Second company").is_root()
    response = client.post("/cms/people/teams/", {"name": "Archive", "parent": str(teams.service.key)})
    assert response.url == page(Team.objects.get(name="Archive"))
    assert names(teams.service) == ["Archive", "Front desk"], "sorted by name"


def test_a_team_is_renamed_and_stays_sorted(admin, teams, client_for):
    client_for(admin).post(page(teams.service), {"name": "Zebra", "parent": str(teams.company.key)})
    assert names(teams.company) == ["Warehouse", "Zebra"]
    assert Team.objects.get(name="Front desk").get_parent().name == "Zebra"
    assert Team.find_problems() == ([], [], [], [], [])


def test_a_team_that_moves_takes_those_below_along(ana, marek, irena, admin, teams, client_for):
    assert not User.objects.managed_by(irena).filter(pk=ana.pk)
    client_for(admin).post(page(teams.service), {"name": "Customer service", "parent": str(teams.warehouse.key)})
    assert User.objects.managed_by(irena).filter(pk=ana.pk).exists()
    assert User.objects.managed_by(marek).filter(pk=ana.pk).exists()
    assert Team.find_problems() == ([], [], [], [], [])


def test_a_team_goes_to_the_top_and_back(admin, teams, client_for):
    client = client_for(admin)
    client.post(page(teams.desk), {"name": "Front desk", "parent": ""})
    assert Team.objects.get(pk=teams.desk.pk).is_root()
    client.post(page(teams.desk), {"name": "Front desk", "parent": str(teams.service.key)})
    assert Team.objects.get(pk=teams.desk.pk).get_parent() == teams.service
    assert Team.find_problems() == ([], [], [], [], [])


def test_a_team_never_goes_below_itself(admin, teams, client_for):
    for below in (teams.service, teams.desk):
        answer = client_for(admin).post(page(teams.service), {"name": "Loop", "parent": str(below.key)})
        assert answer.status_code == 422
        assert b"A team cannot be below itself." in answer.content
    assert Team.objects.get(pk=teams.service.pk).name == "Customer service", "and is not renamed by half an act"


def test_only_an_empty_team_is_deleted(ana, marek, admin, teams, client_for):
    client = client_for(admin)
    for full in (teams.company, teams.service, teams.desk):
        client.post(f"{page(full)}delete/")
    assert Team.objects.count() == 4
    empty = actions.add_team(name="Empty", parent=teams.desk)
    client.post(f"{page(empty)}delete/")
    assert not Team.objects.filter(pk=empty.pk).exists()


def test_an_invitation_outlives_its_team(invite, admin, teams, client_for):
    invitation = invite(team=teams.warehouse)
    client_for(admin).post(f"{page(teams.warehouse)}delete/")
    invitation.refresh_from_db()
    assert invitation.team is None


@pytest.mark.parametrize("name", ["", "x" * 121, "a\nb"])
def test_a_broken_name_is_refused(name, admin, teams, client_for):
    assert client_for(admin).post("/cms/people/teams/", {"name": name, "parent": ""}).status_code == 422


def test_the_tree_costs_the_same_for_many(admin, teams, marek, client_for, assert_queries_at_most):
    client = client_for(admin)
    client.get("/cms/people/teams/")
    with assert_queries_at_most(40) as few:
        client.get("/cms/people/teams/")
    for n in range(30):
        made = actions.add_team(name=f"Team {n}", parent=teams.desk)
        TeamLead.objects.create(team=made, person=marek, starts_on=EVER_SINCE)
    with assert_queries_at_most(len(few)):
        assert b"Team 29" in client.get("/cms/people/teams/").content


# --- who leads -----------------------------------------------------------------------------------------------------
def test_a_deputy_leads_for_a_time_and_not_a_day_longer(ana, obcy, admin, teams, client_for):
    first, last = today() + timedelta(days=2), today() + timedelta(days=4)
    sent = {"email": "OLAF@example.org", "kind": "deputy", "starts_on": first, "ends_on": last}
    assert client_for(admin).post(f"{page(teams.desk)}leads/", sent).status_code == 302
    seen = [User.objects.managed_by(obcy, today() + timedelta(days=n)).filter(pk=ana.pk).exists() for n in range(7)]
    assert seen == [False, False, True, True, True, False, False]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"email": "nobody@example.org"}, b"Nobody with this address"),
        ({"kind": "deputy", "ends_on": ""}, b"give the last day"),
        ({"ends_on": "2020-01-01"}, b"before the first"),
        ({"kind": "king"}, b"king"),
        ({"starts_on": "soon"}, b"date"),
    ],
)
def test_a_lead_that_cannot_be_is_refused(bad, says, obcy, admin, teams, client_for):
    sent = {"email": obcy.email, "kind": "manager", "starts_on": str(today()), "ends_on": ""} | bad
    answer = client_for(admin).post(f"{page(teams.desk)}leads/", sent)
    assert answer.status_code == 422
    assert says in answer.content
    assert not TeamLead.objects.exists()


def test_the_same_lead_twice_is_one_and_with_another_end_is_refused(obcy, admin, teams, client_for):
    client = client_for(admin)
    sent = {"email": obcy.email, "kind": "manager", "starts_on": str(today()), "ends_on": ""}
    for _ in range(2):
        assert client.post(f"{page(teams.desk)}leads/", sent).status_code == 302
    assert client.post(f"{page(teams.desk)}leads/", sent | {"ends_on": str(today())}).status_code == 422
    assert TeamLead.objects.count() == 1


def test_a_lead_ends_today_and_stays_as_history(marek, admin, teams, client_for):
    lead = TeamLead.objects.get()
    client_for(admin).post(f"{page(teams.service)}leads/end/", {"lead": lead.pk})
    lead.refresh_from_db()
    assert (lead.starts_on, lead.ends_on) == (EVER_SINCE, today())
    assert not TeamLead.objects.on(today() + timedelta(days=1)).exists()


def test_a_lead_of_another_team_is_not_found(marek, admin, teams, client_for):
    lead = TeamLead.objects.get()
    for sent in (lead.pk, "", "x", "²", "٣", "9" * 30):
        path = f"{page(teams.warehouse if sent == lead.pk else teams.service)}leads/end/"
        assert client_for(admin).post(path, {"lead": sent}).status_code == 404
    lead.refresh_from_db()
    assert lead.ends_on is None


def test_a_new_manager_takes_over_from_today(ana, marek, obcy, teams):
    assert actions.set_manager(team=teams.service, person=obcy, today=today())
    assert not actions.set_manager(team=teams.service, person=obcy, today=today())
    assert [lead.person for lead in TeamLead.objects.on(today()).filter(team=teams.service)] == [obcy]
    assert TeamLead.objects.get(person=marek).ends_on == today() - timedelta(days=1)
    actions.set_manager(team=teams.service, person=marek, today=today())
    assert [lead.person for lead in TeamLead.objects.on(today()).filter(team=teams.service)] == [marek]


def test_teams_are_the_admins_alone(ana, ela, publisher, auditor, marek, teams, client_for):
    paths = ["/cms/people/teams/", page(teams.desk), f"{page(teams.desk)}delete/", f"{page(teams.desk)}leads/"]
    for asker in (ela, publisher, auditor, marek, ana):
        for path in paths:
            assert client_for(asker).post(path, {"name": "Mine", "parent": ""}).status_code == 404
            assert client_for(asker).get(path).status_code in (404, 405)
    assert client_for(None).get(paths[0]).url.startswith("/login/")
    assert not Team.objects.filter(name="Mine").exists()
