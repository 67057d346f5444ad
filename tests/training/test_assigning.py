"""Who a requirement reaches, and that reaching them again changes nothing."""

from datetime import UTC, datetime

import pytest

from courses.models import Enrolment
from training import actions
from training.models import Assignment, Requirement
from training.rules import audience

AT = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)


@pytest.fixture
def rule(tree, teams):
    return Requirement.objects.create(
        name="Desks",
        course_key=tree.course_key,
        audience={"team": str(teams.service.key), "below": True},
        reasons={"pl": "Pracujesz przy ladzie", "en": "You work at a desk"},
        due_days=30,
        valid_months=12,
        starts_on=AT.date(),
    )


def test_everybody_in_the_team_and_below_is_assigned_and_nobody_else(rule, ana, marek, obcy):
    actions.assign_audience(requirement=rule, at=AT)
    assert {row.person for row in Assignment.objects.all()} == {ana, marek}
    assert Enrolment.objects.filter(person=obcy).count() == 0


def test_assigning_again_changes_nothing(rule, ana, marek):
    actions.assign_audience(requirement=rule, at=AT)
    before = list(Assignment.objects.values())
    actions.assign_audience(requirement=rule)
    assert list(Assignment.objects.values()) == before


def test_the_due_day_is_counted_on_the_persons_own_calendar(rule, ana):
    ana.time_zone = "Europe/Riga"  # there it is already 2 November
    ana.save()
    assignment = actions.assign(requirement=rule, person=ana, at=AT)
    assert assignment.due_on.isoformat() == "2026-12-02"
    assert assignment.due_at == datetime(2026, 12, 2, 22, tzinfo=UTC)


def test_the_reason_is_kept_as_it_was_when_somebody_was_assigned(rule, ana):
    assignment = actions.assign(requirement=rule, person=ana, at=AT)
    rule.reasons = {"en": "Another reason"}
    rule.save()
    assignment.refresh_from_db()
    assert assignment.reason("en") == "You work at a desk"
    assert assignment.reason("lv") == "Pracujesz przy ladzie"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"team": "b"}, True),
        ({"team": "a"}, True),
        ({"team": "a", "below": False}, False),
        ({"team": "b", "below": False}, True),
        ({"job_role": "Receptionist"}, True),
        ({"person": "p2"}, False),
        ({"all": [{"team": "a"}, {"not": {"job_role": "Receptionist"}}]}, False),
        ({"any": [{"person": "p2"}, {"job_role": "Receptionist"}]}, True),
    ],
)
def test_an_audience_is_an_expression(expression, expected):
    person = audience.Person(key="p1", team="b", teams=("a", "b"), job_role="Receptionist")
    assert audience.includes(expression, person) is expected


def test_an_unknown_expression_is_refused():
    with pytest.raises(audience.BadAudience):
        audience.includes({"salary": 1}, audience.Person(key="p", team="", teams=()))
