"""/team/: the people below a manager and how they stand; nobody beside them."""

from datetime import UTC, datetime

import pytest

from people.models import User
from training import actions
from training.models import Requirement

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


def test_a_manager_sees_the_people_below_and_nobody_beside(everybody, ana, marek, obcy, client_for):
    everybody()
    page = client_for(marek).get("/team/").content.decode()
    assert "Ana Nowak" in page
    assert "Olaf Obcy" not in page
    assert "Overdue" in page


def test_the_page_costs_the_same_for_one_person_as_for_thirty(
    everybody, teams, ana, marek, client_for, assert_queries_at_most
):
    everybody()
    client = client_for(marek)
    with assert_queries_at_most(12) as one:
        assert client.get("/team/").status_code == 200
    for number in range(29):
        User.objects.create_user(email=f"p{number}@example.org", first_name="P", last_name=str(number), team=teams.desk)
    everybody()
    with assert_queries_at_most(len(one)):
        assert client.get("/team/").status_code == 200


def test_who_leads_nobody_has_no_such_page(ana, obcy, ela, auditor, client_for):
    for person in (ana, obcy, ela, auditor):
        assert client_for(person).get("/team/").status_code == 404
    assert client_for(None).get("/team/").status_code == 302


def test_it_is_for_reading_only(marek, client_for):
    assert client_for(marek).post("/team/").status_code == 405
