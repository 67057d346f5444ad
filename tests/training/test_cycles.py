"""People come and go, cycles stand beside each other, and what was granted to one person holds for that person."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from courses import actions as courses
from courses.models import Enrolment
from people import actions as people
from tests.cast import person
from training import actions
from training.actions import day, standing
from training.models import Assignment, AssignmentEvent, Leave, Requirement, Run
from training.reports.dry_run import dry_run
from training.rules.status import Status

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def rule(tree, teams):
    return Requirement.objects.create(
        name="Desks",
        course_key=tree.course_key,
        audience={"team": str(teams.service.key)},
        reasons={"en": "You work at a desk"},
        due_days=30,
        valid_months=12,
        anchor="due",
        starts_on=date(2026, 1, 1),
    )


def run(at: datetime = AT) -> dict[str, int]:
    """What a run did to assignments, without what it did not do."""
    list(day.training_day(at=at))
    return {what: count for what, count in Run.objects.latest("pk").counts.items() if count and what != "mails"}


def of(who) -> Assignment:
    return Assignment.objects.current().select_related("requirement", "enrolment", "person").get(person=who)


def finish(assignment: Assignment, on: date) -> None:
    """As courses do it, without walking through the lessons."""
    at = datetime.combine(on, datetime.min.time(), UTC) + timedelta(hours=12)
    Enrolment.objects.filter(pk=assignment.enrolment_id).update(
        started_at=at, completed_at=at, valid_until=assignment.next_due(on)
    )


def happened(who) -> list[str]:
    return list(AssignmentEvent.objects.filter(assignment__person=who).order_by("pk").values_list("what", flat=True))


# --- in and out ----------------------------------------------------------------------------------------------------
def test_a_run_assigns_and_a_second_one_changes_nothing(rule, ana, marek, obcy):
    assert run() == {"assigned": 2}
    before = list(Assignment.objects.values())
    assert run() == {}
    assert run(AT + timedelta(hours=1)) == {}
    assert list(Assignment.objects.values()) == before


def test_nobody_is_assigned_before_the_rule_applies_where_they_are(rule, ana, marek):
    Requirement.objects.update(starts_on=date(2026, 1, 6))
    ana.time_zone = "Pacific/Apia"  # it is the 6th there already
    ana.save()
    assert run(datetime(2026, 1, 5, 12, tzinfo=UTC)) == {"assigned": 1}
    assert of(ana).due_on == date(2026, 2, 5)


def test_who_leaves_the_audience_is_released_with_the_reason_kept(rule, ana, teams):
    run()
    ana.team = teams.warehouse
    ana.save()
    assert run(AT + DAY)["released"] == 1
    assert not Assignment.objects.current().filter(person=ana).exists()
    assert AssignmentEvent.objects.filter(assignment__person=ana, what="released").get().reason == "left"


def test_a_leaver_is_released_and_a_returner_has_the_days_of_a_newcomer(rule, ana):
    run()
    people.deactivate(person=ana)
    run(AT + DAY)
    assert AssignmentEvent.objects.filter(assignment__person=ana, what="released").get().reason == "closed"
    people.reactivate(person=ana)
    run(AT + 100 * DAY)
    assert happened(ana) == ["assigned", "released", "returned"]
    assert of(ana).due_on == AT.date() + 130 * DAY
    assert of(ana).cycle == 1


def test_what_a_returner_had_done_keeps_the_date_by_which_it_was_asked_for(rule, ana):
    run()
    asked_by = of(ana).due_on
    finish(of(ana), asked_by + 25 * DAY)
    people.deactivate(person=ana, by=None)
    run(AT + 90 * DAY)
    people.reactivate(person=ana, by=None)
    run(AT + 100 * DAY)
    assert of(ana).due_on == asked_by, "it was late, and stays so"
    assert of(ana).joined_on == (AT + 100 * DAY).date(), "its renewal has the days of a newcomer"


def test_a_rule_set_aside_releases_everybody(rule, ana, marek):
    run()
    Requirement.objects.update(is_active=False)
    assert run(AT + DAY) == {"released": 2}
    assert run(AT + 2 * DAY) == {}


def test_a_course_that_is_not_published_stops_nobody_else(rule, ana, tree):
    other = Requirement.objects.create(
        name="Elsewhere", course_key=ana.key, audience={"person": str(ana.key)}, starts_on=AT.date()
    )
    done = list(day.training_day(at=AT))
    assert [each.problem for each in done if each.rule == other and each.problem] == ["the course is not published"]
    assert Assignment.objects.filter(requirement=rule, person=ana).exists()


# --- earlier completions -------------------------------------------------------------------------------------------
def test_what_was_done_before_does_not_count_unless_the_rule_says_so(rule, ana, marek):
    for who in (ana, marek):
        before = courses.enrol(person=who, course_key=rule.course_key, at=AT - 90 * DAY)
        Enrolment.objects.filter(pk=before.pk).update(started_at=AT - 90 * DAY, completed_at=AT - 90 * DAY)
    actions.assign(requirement=rule, person=ana, at=AT)
    Requirement.objects.update(prior_months=6)
    actions.assign(requirement=rule, person=marek, at=AT)
    assert of(ana).enrolment.cycle == 2
    assert of(ana).enrolment.completed_at is None
    assert of(marek).enrolment.cycle == 1
    assert of(marek).good_until_other == date(2027, 2, 4), "by the rule of today, since the course set no end"


def test_who_did_it_longer_ago_than_it_holds_is_a_newcomer(rule, marek):
    """Not somebody whose training runs out: that mail named a day on which nothing ended."""
    Requirement.objects.update(prior_months=24, anchor="completion")
    before = courses.enrol(person=marek, course_key=rule.course_key, at=AT - 600 * DAY)
    Enrolment.objects.filter(pk=before.pk).update(started_at=AT - 600 * DAY, completed_at=AT - 600 * DAY)
    assert dry_run(proposed=Requirement.objects.get(), now=AT).satisfied.count == 0
    run()
    assert (of(marek).cycle, of(marek).enrolment.cycle, of(marek).due_on) == (1, 2, date(2026, 2, 4))
    assert happened(marek) == ["assigned"]


# --- cycles --------------------------------------------------------------------------------------------------------
def test_the_next_cycle_stands_beside_the_old_one(rule, ana):
    run()
    first = of(ana)
    finish(first, date(2026, 1, 20))
    good_until = date(2027, 2, 4)
    assert run(datetime(2027, 1, 4, 12, tzinfo=UTC)) == {}
    assert run(datetime(2027, 1, 5, 12, tzinfo=UTC)) == {"cycles opened": 1}
    assert run(datetime(2027, 1, 5, 13, tzinfo=UTC)) == {}
    second = of(ana)
    assert (second.cycle, second.due_on) == (2, good_until)
    assert second.enrolment_id != first.enrolment_id
    assert second.enrolment.started_at is None, "attempts are fresh"
    first.refresh_from_db()
    assert first.enrolment.completed_at, "and the old answers are where they were"
    assert first.enrolment.valid_until == good_until, "no gap, no overlap"


def test_what_is_valid_for_as_long_as_the_course_says_is_renewed_then(rule, ana):
    """The rule itself says "once and for all, or as the course says"."""
    Requirement.objects.update(valid_months=None)
    run()
    done_at, ends = AT + DAY, date(2027, 1, 6)
    Enrolment.objects.filter(person=ana).update(started_at=done_at, completed_at=done_at, valid_until=ends)
    assert run(AT + 330 * DAY) == {}
    assert run(AT + 340 * DAY) == {"cycles opened": 1}
    assert (of(ana).cycle, of(ana).due_on) == (2, ends)


def test_what_holds_for_good_has_no_second_cycle(rule, ana):
    Requirement.objects.update(valid_months=None)
    run()
    Enrolment.objects.filter(person=ana).update(started_at=AT, completed_at=AT, valid_until=None)
    assert run(AT + 4000 * DAY) == {}
    assert of(ana).cycle == 1


def test_a_proof_that_ends_is_followed_by_a_cycle_where_the_training_itself_would_hold_for_good(rule, ana, ela):
    Requirement.objects.update(valid_months=None)
    run()
    facts = {"title": "First aid", "obtained_on": AT.date(), "valid_until": AT.date() + 200 * DAY, "proof": b"%PDF"}
    offer = standing.offer_equivalence(assignment=of(ana), by=ana, at=AT, **facts)
    standing.decide_equivalence(equivalence=offer, accepted=True, reason="", by=ela, at=AT)
    assert run(AT + 171 * DAY) == {"cycles opened": 1}
    assert of(ana).due_on == AT.date() + 200 * DAY


def test_who_is_late_gets_no_second_cycle(rule, ana):
    run()
    assert "cycles opened" not in run(datetime(2028, 6, 1, tzinfo=UTC))
    assert of(ana).cycle == 1


def test_a_completion_is_good_until_the_next_date_of_the_rule(rule, ana):
    run()
    from training.validity import asked_for

    enrolment = of(ana).enrolment
    assert asked_for(enrolment, date(2026, 1, 20)) == date(2027, 2, 4)
    Requirement.objects.update(anchor="completion")
    assert asked_for(enrolment, date(2026, 1, 20)) == date(2027, 1, 20)


def test_changing_a_rule_leaves_what_was_assigned_as_it_is(rule, ana):
    run()
    before = of(ana).due_on
    Requirement.objects.update(due_days=5)
    run(AT + DAY)
    assert of(ana).due_on == before


def test_the_database_refuses_a_second_current_row(rule, ana):
    run()
    twin = of(ana)
    twin.pk, twin.key, twin.cycle = None, rule.key, 7
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


# --- what is granted -----------------------------------------------------------------------------------------------
def test_an_extension_moves_the_date_and_says_why(rule, ana, ela):
    run()
    standing.extend(assignment=of(ana), until=date(2026, 3, 1), reason="Moved house", by=ela, at=AT)
    assert of(ana).due_on == date(2026, 3, 1)
    event = AssignmentEvent.objects.latest("pk")
    assert (event.what, event.reason, event.by) == ("extended", "Moved house", ela)
    run(AT + DAY)
    assert of(ana).due_on == date(2026, 3, 1), "and a run leaves it there"


def test_an_extension_is_later_than_the_date_there_is(rule, ana, ela):
    run()
    with pytest.raises(standing.Earlier):
        standing.extend(assignment=of(ana), until=date(2026, 2, 4), reason="No", by=ela, at=AT)


def test_what_is_done_is_not_extended(rule, ana, ela):
    run()
    finish(of(ana), date(2026, 1, 20))
    with pytest.raises(standing.NotPossible):
        standing.extend(assignment=of(ana), until=date(2026, 9, 1), reason="No", by=ela, at=AT)


def test_a_waiver_holds_until_its_last_day_and_the_training_is_due_again(rule, ana, ela):
    run()
    standing.waive(assignment=of(ana), reason="Pregnant", by=ela, until=date(2026, 6, 30), at=AT)
    run(datetime(2026, 6, 30, 12, tzinfo=UTC))
    assert of(ana).waived_at
    assert run(datetime(2026, 7, 1, 12, tzinfo=UTC)) == {"waivers ended": 1}
    assert of(ana).waived_at is None
    assert of(ana).due_on == date(2026, 7, 31)


def test_a_waiver_of_one_cycle_ends_with_it(rule, ana, ela):
    run()
    standing.waive(assignment=of(ana), reason="Examiner of this course", by=ela, at=AT)
    assert "cycles opened" in run(datetime(2027, 1, 6, tzinfo=UTC))
    assert of(ana).cycle == 2
    assert of(ana).waived_at is None


def test_another_qualification_settles_the_training_for_as_long_as_it_is_good(rule, ana, ela):
    run()
    offer = standing.offer_equivalence(
        assignment=of(ana), title="Red Cross", obtained_on=date(2025, 12, 1), proof=b"%PDF", by=ana, at=AT
    )
    assert of(ana).equivalent_on is None, "it waits for L&D"
    standing.decide_equivalence(equivalence=offer, accepted=True, reason="", by=ela, at=AT)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert Assignment.objects.with_status(now, now.date()).get(person=ana).status == Status.FINISHED
    assert of(ana).good_until_other == date(2027, 2, 4)
    with pytest.raises(standing.NotPossible):
        standing.decide_equivalence(equivalence=offer, accepted=False, reason="", by=ela)
    assert run(datetime(2027, 1, 6, tzinfo=UTC))["cycles opened"] == 1
    assert of(ana).enrolment.cycle == 2, "what was begun in the old cycle is not taken along"


def test_a_refused_qualification_changes_nothing(rule, ana, ela):
    run()
    offer = standing.offer_equivalence(
        assignment=of(ana), title="A course", obtained_on=date(2020, 1, 1), proof=b"%PDF", by=ana, at=AT
    )
    standing.decide_equivalence(equivalence=offer, accepted=False, reason="Too old", by=ela, at=AT)
    assert of(ana).equivalent_on is None


def test_the_clock_stands_still_during_a_leave(rule, ana, ela):
    run()
    standing.record_leave(person=ana, starts_on=date(2026, 1, 10), ends_on=date(2026, 1, 19), by=ela, at=AT)
    assert of(ana).due_on == date(2026, 2, 4), "it has not begun"
    later = datetime(2026, 1, 12, 12, tzinfo=UTC)
    assert run(later) == {"moved for a leave": 1}
    assert run(later) == {}
    assert of(ana).due_on == date(2026, 2, 14)
    standing.record_leave(person=ana, starts_on=date(2026, 1, 10), ends_on=date(2026, 1, 14), by=ela, at=later)
    assert of(ana).due_on == date(2026, 2, 9), "back early: the days come back too"
    assert Leave.objects.count() == 1


@pytest.mark.parametrize("ends_on", [date(2026, 1, 19), None])
def test_a_date_that_somebody_named_during_a_leave_is_that_date(rule, ana, ela, ends_on):
    run()
    standing.record_leave(person=ana, starts_on=date(2026, 1, 10), ends_on=ends_on, by=ela, at=AT)
    during = datetime(2026, 1, 12, 12, tzinfo=UTC)
    run(during)
    standing.extend(assignment=of(ana), until=date(2026, 3, 15), reason="Asked for", by=ela, at=during)
    run(during)
    assert of(ana).due_on == date(2026, 3, 15)
    run(during + 8 * DAY)
    assert of(ana).due_on == date(2026, 3, 15) + (8 * DAY if ends_on is None else 0 * DAY)


def test_a_leave_without_end_never_becomes_overdue(rule, ana, ela):
    run()
    standing.record_leave(person=ana, starts_on=date(2026, 2, 3), ends_on=None, by=ela, at=AT)
    for number in range(1, 5):
        now = datetime(2026, 2, 3, 12, tzinfo=UTC) + number * 20 * DAY
        run(now)
        assert Assignment.objects.with_status(now, now.date()).get(person=ana).status == Status.NOT_STARTED


# --- the command ---------------------------------------------------------------------------------------------------
def test_a_dry_run_says_what_a_run_would_do_and_does_nothing(rule, ana, marek, capsys):
    call_command("training_day", "--dry-run")
    assert "Desks: would be assigned: 2" in capsys.readouterr().out
    assert Assignment.objects.count() == Run.objects.count() == 0
    call_command("training_day")
    assert "Desks: assigned: 2" in capsys.readouterr().out


def test_the_statements_do_not_grow_with_the_people(rule, teams):
    def statements(count: int, at: datetime) -> int:
        for number in range(count):
            person(f"N{count}x{number} Novak", teams.desk)
        with CaptureQueriesContext(connection) as queries:
            assert run(at) == {"assigned": count}
        return len(queries)

    statements(1, AT)  # the first one fills caches
    few = statements(4, AT + DAY)
    assert statements(30, AT + 2 * DAY) <= few
