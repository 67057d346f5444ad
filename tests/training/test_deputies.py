"""A manager names who stands in, from a day to a day, and ends it; a deputy names nobody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evidence.models import Record
from people.actions import teams as teams_actions
from people.models import TeamLead
from tests.cast import EVER_SINCE, person

DAY = timedelta(days=1)
ADDRESS, END = "/team/deputies/", "/team/deputies/end/"


def said(team, who, *, first: int = 0, last: int = 7, **more) -> dict[str, str]:
    today = timezone.localdate()
    days = {"starts_on": str(today + first * DAY), "ends_on": str(today + last * DAY)}
    return {"team": str(team.key), "email": who.email} | days | more


def deputies(**only):
    return TeamLead.objects.filter(kind="deputy", **only)


def kinds() -> list[str]:
    return list(Record.objects.order_by("seq").values_list("kind", flat=True))


def test_a_deputy_sees_the_team_on_the_days_given_and_not_after(teams, ana, marek, obcy, client_for):
    client = client_for(marek)
    for _click in range(2):
        assert client.post(ADDRESS, said(teams.service, obcy)).url == ADDRESS
    lead = deputies().get()
    assert kinds().count("deputy-named") == 1
    assert "Olaf Obcy" in client.get(ADDRESS).content.decode()
    assert client_for(obcy).get(f"/team/people/{ana.key}/").status_code == 200
    for _click in range(2):
        assert client.post(END, {"deputy": lead.pk}).url == ADDRESS
    assert deputies().get().ends_on == timezone.localdate()
    assert kinds().count("deputy-ended") == 1
    TeamLead.objects.filter(pk=lead.pk).update(starts_on=EVER_SINCE, ends_on=timezone.localdate() - DAY)
    assert client_for(obcy).get(f"/team/people/{ana.key}/").status_code == 404


def test_who_has_not_begun_never_will(teams, marek, obcy, client_for):
    client_for(marek).post(ADDRESS, said(teams.service, obcy, first=3))
    assert client_for(obcy).get("/team/").status_code == 404, "not before the first day"
    lead = deputies().get()
    for _click in range(2):
        assert client_for(marek).post(END, {"deputy": lead.pk}).url == ADDRESS
    assert not deputies().exists()
    teams_actions.end_deputy(lead=lead, today=timezone.localdate(), by=marek)
    assert kinds().count("deputy-ended") == 1


def test_two_hats_offer_both_teams_and_only_those(teams, marek, irena, obcy, client_for):
    TeamLead.objects.create(team=teams.warehouse, person=marek, starts_on=EVER_SINCE)
    page = client_for(marek).get(ADDRESS).content.decode()
    assert "Customer service" in page
    assert "Warehouse" in page
    assert client_for(marek).post(ADDRESS, said(teams.warehouse, obcy)).status_code == 302
    assert client_for(marek).post(ADDRESS, said(teams.company, obcy)).status_code == 422
    assert client_for(irena).post(ADDRESS, said(teams.service, obcy)).status_code == 422
    assert deputies().count() == 1


def test_a_deputy_names_nobody(teams, ana, marek, obcy, client_for):
    client_for(marek).post(ADDRESS, said(teams.service, obcy))
    lead = deputies().get()
    page = client_for(obcy).get(ADDRESS).content.decode()
    assert "Only the manager of a team names a deputy." in page
    assert client_for(obcy).post(ADDRESS, said(teams.service, ana)).status_code == 404
    assert client_for(obcy).post(END, {"deputy": lead.pk}).status_code == 404
    assert deputies().get().ends_on == lead.ends_on


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nobody@example.org"},
        {"email": "marek@example.org"},
        {"email": "gone@example.org"},
        {"first": -1},
        {"last": -1},
        {"last": 400},
        {"ends_on": ""},
        {"starts_on": "soon"},
        {"team": "nonsense"},
    ],
)
def test_what_cannot_be_is_asked_for_again(teams, marek, obcy, client_for, wrong):
    person("Gone Away", None, is_active=False)
    days = {name: wrong[name] for name in ("first", "last") if name in wrong}
    typed = said(teams.service, obcy, **days) | {name: text for name, text in wrong.items() if name not in days}
    assert client_for(marek).post(ADDRESS, typed).status_code == 422
    assert not deputies().exists()


def test_the_same_first_day_with_another_last_one_is_said_to_be_there(teams, marek, obcy, client_for):
    client = client_for(marek)
    client.post(ADDRESS, said(teams.service, obcy))
    assert client.post(ADDRESS, said(teams.service, obcy, last=9)).status_code == 422
    assert deputies().count() == 1


def test_strangers_get_nowhere(teams, ana, marek, irena, obcy, ela, admin, client_for):
    client_for(marek).post(ADDRESS, said(teams.service, obcy))
    lead = deputies().get()
    for stranger in (ana, ela, admin):
        assert client_for(stranger).get(ADDRESS).status_code == 404
        assert client_for(stranger).post(ADDRESS, said(teams.service, ana)).status_code == 404
    for pk in (lead.pk, TeamLead.objects.get(person=marek).pk, "x", "9" * 19, ""):
        assert client_for(irena).post(END, {"deputy": pk}).status_code == 404
    assert client_for(marek).post(END, {"deputy": TeamLead.objects.get(person=marek).pk}).status_code == 404
    assert client_for(None).post(END, {"deputy": lead.pk}).status_code == 302
    assert TeamLead.objects.get(person=marek).ends_on is None
    assert deputies().get().ends_on == lead.ends_on


def test_the_list_costs_the_same_with_one_deputy_as_with_thirty(teams, marek, obcy, client_for, assert_queries_at_most):
    client, today = client_for(marek), timezone.localdate()

    def add(count: int) -> None:
        for number in range(count):
            who = person(f"D{count}x{number} Novak", None)
            row = {"team": teams.service, "person": who, "kind": "deputy", "starts_on": today, "ends_on": today + DAY}
            TeamLead.objects.create(**row)

    add(1)
    with assert_queries_at_most(12) as one:
        client.get(ADDRESS)
    add(30)
    with assert_queries_at_most(len(one)):
        assert client.get(ADDRESS).content.decode().count("Novak") > 30
