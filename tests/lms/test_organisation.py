"""A made-up organisation is what real acts would have left: nothing is to be done in it that was not done."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Q

from certificates.models import Certificate
from courses.models import Completion, Enrolment, StepCompletion
from lms import organisation
from lms.organisation import Organisation, Size, tree
from people.models import Team, TeamLead, User
from training.actions.day import rules_in_order, training_day
from training.models import Assignment, AssignmentEvent, Notice
from training.rules.status import Status
from training.triggers import BESIDE, DATES
from training.validity import asked_for

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("organisation")]
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)  # a Friday
SIZE = Size(people=60, teams=9, depth=4, requirements=3, years=3)


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory):
    """Once for all tests of this file: they only look, or are rolled back."""
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "EVIDENCE_HEAD", tmp_path_factory.mktemp("evidence") / "head.json")
        Organisation(SIZE, NOW, lambda *_told: None).make()
        yield
        transaction.set_rollback(True)


def test_the_next_run_has_nobody_to_assign_release_or_ask_again(made):
    done = {(one.what, one.rule and one.rule.pk): one.count for one in training_day(at=NOW)}
    assert done.keys() >= {("assigned", rule.pk) for rule in rules_in_order()}
    assert not any(done.values()), done


def test_and_it_goes_on_from_there_as_any_other(made):
    """Not because nothing could happen: a year on everybody is asked again, and written to."""
    later = Counter()
    for one in training_day(at=NOW + timedelta(days=368)):
        later[one.what] += one.count
    assert later["cycles opened"] > Assignment.objects.filter(replaced_at=None).count() // 2
    assert later["mails"]
    assert not later["assigned"]


def test_the_teams_are_a_tree_of_the_size_that_was_asked_for(made):
    assert not any(Team.find_problems())
    assert Team.objects.count() == SIZE.teams
    assert Team.objects.latest("depth").depth == SIZE.depth
    assert User.objects.filter(team__isnull=False).count() == SIZE.people
    assert TeamLead.objects.values("team").distinct().count() == SIZE.teams
    head = User.objects.get(leads__team__depth=1)
    assert User.objects.managed_by(head).count() == SIZE.people - 1


@pytest.mark.parametrize(("teams", "depth"), [(1, 1), (6, 6), (20, 6), (200, 6), (2000, 6), (30, 2)])
def test_whatever_its_size_each_team_hangs_below_another(teams, depth):
    nodes = tree(teams, depth)
    assert (len(nodes), max(node.depth for node in nodes)) == (teams, depth)
    below = Counter(node.path[: -Team.steplen] for node in nodes)
    assert {node.path: node.children for node in nodes} == {node.path: below[node.path] for node in nodes}


def test_a_department_of_the_lowest_two_levels_is_about_as_large_in_any_company():
    for teams in (200, 2000):
        assert {node.children for node in tree(teams, 6) if node.depth == 5} <= {4, 5, 6}


def test_whatever_was_finished_has_its_completion_its_steps_and_its_certificate(made):
    finished = Enrolment.objects.filter(completed_at__isnull=False)
    assert finished.count() > SIZE.people * SIZE.requirements
    assert Completion.objects.filter(enrolment__in=finished).count() == finished.count() == Completion.objects.count()
    assert StepCompletion.objects.filter(completed_at=F("enrolment__completed_at")).count() == finished.count()
    papers = Certificate.objects.filter(completion_key__in=Completion.objects.values("key"))
    assert papers.filter(file__isnull=False).count() == finished.count()
    assert not Certificate.objects.waiting().exists()
    off = Completion.objects.exclude(valid_until=F("enrolment__valid_until"))
    assert not off.exists()


def test_validity_and_due_dates_are_what_the_rules_give(made):
    rows = Assignment.objects.current().select_related("enrolment", "requirement", "person")
    for row in rows:
        assert row.cycle == row.enrolment.cycle
        assert row.assigned_at <= NOW
        if row.enrolment.completed_at:
            assert row.enrolment.valid_until == asked_for(row.enrolment, row.settled_on())
    for before in Assignment.objects.filter(replaced_at__isnull=False).select_related("enrolment"):
        after = Assignment.objects.get(requirement=before.requirement, person=before.person, cycle=before.cycle + 1)
        assert (after.assigned_at, after.due_on) == (before.replaced_at, before.enrolment.valid_until)
        assert after.enrolment.created_at > before.enrolment.completed_at


def test_everything_that_happened_to_a_duty_is_told_once(made):
    told = AssignmentEvent.objects.values("assignment", "what").annotate(times=Count("pk"))
    assert not told.filter(times__gt=1).exists()
    assert AssignmentEvent.objects.filter(what__in=("assigned", "cycle")).count() == Assignment.objects.count()
    released = Assignment.objects.filter(released_at__isnull=False)
    assert {row.person.is_active for row in released.select_related("person")} <= {False}
    assert Notice.objects.filter(recipient=F("assignment__person")).exists()


def test_statuses_are_mixed_as_in_life(made):
    rows = Assignment.objects.current().with_status(NOW, NOW.date())
    counted = Counter(rows.values_list("status", flat=True))
    assert counted[Status.FINISHED] > 0.7 * counted.total()
    assert counted[Status.NOT_STARTED] + counted[Status.IN_PROGRESS] + counted[Status.OVERDUE] > 0
    assert not counted[Status.EXPIRED]


def test_whom_a_rule_leaves_out_is_not_asked(made):
    outside = User.objects.filter(Q(tags__name=organisation.OUTSIDE))
    asked = Assignment.objects.filter(person__in=outside).values("requirement").distinct().count()
    assert asked < SIZE.requirements


def test_the_same_seed_makes_the_same_people():
    one, other = (Organisation(SIZE, NOW, lambda *_told: None) for _ in range(2))
    nodes = tree(SIZE.teams, SIZE.depth)
    assert [one._person(n, nodes) for n in range(60)] == [other._person(n, nodes) for n in range(60)]


# --- the command -----------------------------------------------------------------------------------------------------
def test_it_refuses_beside_other_data_without_debug_and_without_people(monkeypatch, ana):
    there = User.objects.count()
    with monkeypatch.context() as production:
        production.setattr(settings, "DEVELOPMENT", False)
        with pytest.raises(CommandError, match="DEBUG=1"):
            call_command("make_organisation")
    with pytest.raises(CommandError, match="already holds other data"):
        call_command("make_organisation")
    with pytest.raises(CommandError, match="as many people as teams"):
        call_command("make_organisation", people=5, teams=6)
    assert User.objects.count() == there


def test_the_dates_of_enrolments_stand_beside_assignments_written_in_bulk(made):
    dates = Assignment.objects.values_list(*BESIDE, *(f"enrolment__{name}" for name in DATES))
    assert any(row[1] for row in dates)
    assert [row for row in dates if row[: len(DATES)] != row[len(DATES) :]] == []
