"""A material change asks people to do a step again by a day: from then on that day counts wherever a due date does."""

import csv
import io
import re
from datetime import datetime, time, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from courses import actions as courses
from courses import tasks
from courses.models import Enrolment, Redo, Rollout, StepCompletion
from courses.models.drafts import draft_of
from courses.reports import shown_step
from lms.reports import my_training
from people.models import Mail
from tests.factories import make_course
from training import actions
from training.actions.day import foreseen
from training.models import Assignment, Requirement
from training.reminding import ASSIGNED, REMINDER, planned
from training.reports.courses import matrix
from training.reports.person import person_record
from training.reports.team import team_overview
from training.rules.selection import COURSES, Selection
from training.rules.status import Status

DAY = timedelta(days=1)


@pytest.fixture
def course(db):
    return make_course(lessons=2)


@pytest.fixture
def assigned(course, ana) -> Assignment:
    """Ana has done the first of two lessons, and the second is due in a month."""
    rule = Requirement.objects.create(
        name="Desks",
        course_key=course.key,
        audience={"person": str(ana.key)},
        due_days=30,
        starts_on=timezone.localdate() - 30 * DAY,
    )
    made = actions.assign(requirement=rule, person=ana)
    done(made.enrolment, course, 0)
    return made


def done(enrolment: Enrolment, course, number: int) -> None:
    version = shown_step(enrolment, course.step_keys[number], "pl").version
    courses.complete_step(enrolment=enrolment, version=version)
    enrolment.refresh_from_db()


def asked_again(course, publisher, *, by, new_cycle=False) -> None:
    page = course.steps["pl"][0]
    choice = courses.Choice("material", "New drill", (str(page.translation_key),), by, new_cycle)
    courses.ask_again(draft=draft_of(type(page).objects.get(pk=page.pk)), choice=choice, by=publisher)
    tasks.follow.call(Rollout.objects.latest("pk").pk)


def moment() -> dict:
    return {"now": timezone.now(), "today": timezone.localdate(), "language": "en"}


def everywhere(ana, marek, client_for) -> set[tuple]:
    """(status, due soon, day) on each of the screens that say so."""
    (row,) = team_overview(manager=marek, selection=Selection(show="all"), **moment()).rows
    (person,) = matrix(manager=marek, selection=COURSES.default, **moment()).rows
    (training,) = person_record(person=ana, reader=marek, **moment()).trainings
    mine = my_training(person=ana, **moment()).hero
    assert mine
    said = client_for(marek).get("/team/export/trainings/csv/?show=all").getvalue().decode("utf-8-sig")
    (exported,) = list(csv.reader(io.StringIO(said)))[1:]
    assert exported[3] == row.due_on.isoformat()
    return {(one.status, one.is_due_soon, one.due_on) for one in (row, person.cells[0], training, mine)}


@pytest.mark.parametrize(
    ("days", "status", "is_due_soon", "tile"),
    [(-1, Status.OVERDUE, False, 0), (0, Status.IN_PROGRESS, True, 1), (20, Status.IN_PROGRESS, False, None)],
)
def test_the_day_of_a_redo_counts_as_a_due_date_on_every_screen(
    assigned, course, ana, marek, publisher, client_for, days, status, is_due_soon, tile
):
    day = timezone.localdate() + days * DAY
    asked_again(course, publisher, by=day)
    assert everywhere(ana, marek, client_for) == {(status, is_due_soon, day)}
    tiles = [tile.count for tile in team_overview(manager=marek, selection=Selection(), **moment()).tiles]
    assert tiles == [int(place == tile) for place in range(4)]


def test_what_was_done_again_and_what_comes_later_than_the_due_date_changes_no_day(
    assigned, course, ana, marek, publisher, client_for
):
    asked_again(course, publisher, by=timezone.localdate() - DAY)
    done(assigned.enrolment, course, 0)
    assert everywhere(ana, marek, client_for) == {(Status.IN_PROGRESS, False, assigned.due_on)}
    asked_again(course, publisher, by=assigned.due_on + DAY)
    assert everywhere(ana, marek, client_for) == {(Status.IN_PROGRESS, False, assigned.due_on)}


def test_reminders_keep_to_the_day_of_a_redo(assigned, course, ana, publisher):
    """Assigned today and due in a month: without the change nothing would be said before the sixteenth day."""
    today = timezone.localdate()
    told = dict(reminded(ana, today, days=20))
    assert [told[day][0] for day in sorted(told)] == ["before-14"]
    asked_again(course, publisher, by=today + 4 * DAY)
    told = dict(reminded(ana, today, days=30))
    assert {step: day - today for day, (step, about) in told.items() if about == today + 4 * DAY} == {
        "before-14": 0 * DAY,
        "before-3": 1 * DAY,
        "after": 5 * DAY,
        "week-1": 12 * DAY,
        "week-2": 19 * DAY,
        "week-3": 26 * DAY,
    }


def reminded(person, first, *, days):
    """(day, (step, the day it is about)) of each first mention of a step, on a run each noon."""
    seen = set()
    for day in (first + number * DAY for number in range(days)):
        noon = timezone.make_aware(datetime.combine(day, time(12)))
        for letter in planned(now=noon, runs=(), at_any_hour=True):
            said = [(item.step, item.about) for item in letter.items if letter.kind == REMINDER]
            for one in set(said) - seen:
                seen.add(one)
                yield day, one


def test_more_time_and_a_leave_do_not_move_the_day_of_a_change(
    assigned, course, ana, ela, marek, publisher, client_for
):
    today, client = timezone.localdate(), client_for(marek)
    asked_again(course, publisher, by=today + 4 * DAY)
    address = reverse("team-grant", args=[assigned.key, "extend"])
    said = {"until": str(assigned.due_on + 3 * DAY), "reason": "Moved house"}
    refused = client.post(address, said)
    assert refused.status_code == 422
    assert "A change of the course asks for this training by" in refused.content.decode()
    assert refused.context["due_on"] == today + 4 * DAY
    assert "A change of the course asks" in client.get(address, follow=True).content.decode()
    assert not assigned.events.filter(what="extended").exists()
    assert not Mail.objects.exists()
    leave = client.post(reverse("team-leave", args=[ana.key]), {"starts_on": str(today)}, follow=True)
    assert "its due date stays" in leave.content.decode()
    assert "its due date stays" in Mail.objects.get().text
    assert Assignment.objects.with_first_due().get().first_due_on == today + 4 * DAY


def test_what_a_change_asks_for_soon_lies_ahead(assigned, course, marek, publisher, client_for):
    Assignment.objects.update(due_on=assigned.due_on + 200 * DAY, due_at=assigned.due_at + 200 * DAY)
    asked_again(course, publisher, by=timezone.localdate() + 10 * DAY)
    page = client_for(marek).get("/team/forecast/").content.decode()
    assert re.search(r'ahead=due-30[^"]*">(?:<b>)?1\b', page)
    assert client_for(marek).get("/team/?show=all&ahead=due-30").content.decode().count('<th scope="row">') == 1


def test_of_two_changes_the_later_says_until_when(assigned, course, ana, marek, publisher, client_for):
    today = timezone.localdate()
    asked_again(course, publisher, by=today - DAY)
    asked_again(course, publisher, by=today + DAY)
    assert everywhere(ana, marek, client_for) == {(Status.IN_PROGRESS, True, today + DAY)}


def test_the_migration_says_what_was_owed_before_it(assigned, course, ana, publisher):
    day = timezone.localdate() + DAY
    asked_again(course, publisher, by=day)
    Enrolment.objects.update(redo_by=None)
    migration = import_module("courses.migrations.0003_redo_by")
    migration.fill(apps, None)
    assert Enrolment.objects.get().redo_by == day
    done(assigned.enrolment, course, 0)
    Enrolment.objects.update(redo_by=day)
    migration.fill(apps, None)
    assert Enrolment.objects.get().redo_by is None


def test_why_it_is_not_complete_says_what_is_to_be_redone_since_when_and_what_was_before(
    assigned, course, marek, publisher, client_for
):
    day = timezone.localdate() + DAY
    before = StepCompletion.objects.get()
    asked_again(course, publisher, by=day)
    page = client_for(marek).get(reverse("why", args=[assigned.enrolment.key]))
    assert page.context["why"].missing == 2
    assert [row.met for row in page.context["why"].asked] == [None, None]
    first, second = (row.again for row in page.context["why"].asked)
    assert (first.at, first.due_on, first.earlier.number) == (Redo.objects.get().at, day, before.pk)
    assert second is None
    assert f"completion record {before.pk}" in page.content.decode()
    done(assigned.enrolment, course, 0)
    page = client_for(marek).get(reverse("why", args=[assigned.enrolment.key]))
    (first, _second) = page.context["why"].asked
    assert first.met.number > before.pk
    assert first.again is None


# --- who had finished ----------------------------------------------------------------------------------------------
@pytest.fixture
def finished(assigned, course) -> Assignment:
    done(assigned.enrolment, course, 1)
    return assigned


def test_a_cycle_that_a_change_opened_is_assigned_until_the_day_it_named(
    finished, course, ana, marek, publisher, client_for
):
    day = timezone.localdate() - DAY
    asked_again(course, publisher, by=day, new_cycle=True)
    assert [done.count for done in foreseen() if done.what == "cycles opened"] == [1]
    assert actions.open_cycles(requirement=finished.requirement) == 1
    assert actions.open_cycles(requirement=finished.requirement) == 0
    first, second = Assignment.objects.order_by("cycle")
    assert (second.cycle, second.due_on, second.enrolment.cycle) == (2, day, 2)
    assert first.replaced_at
    (event,) = second.events.all()
    assert (event.what, event.due_on) == ("cycle", day)
    (row,) = team_overview(manager=marek, selection=Selection(), **moment()).rows
    assert (row.status, row.due_on, row.enrolment_key) == (Status.OVERDUE, day, second.enrolment.key)


def test_who_is_asked_for_a_new_cycle_soon_is_told_at_once(finished, course, ana, publisher):
    """The reminder of fourteen days before would have gone four days ago, and the next is a week away."""
    asked_again(course, publisher, by=timezone.localdate() + 10 * DAY, new_cycle=True)
    actions.open_cycles(requirement=finished.requirement)
    letters = planned(now=timezone.now(), runs=(), at_any_hour=True)
    (letter,) = (letter for letter in letters if letter.recipient == ana)
    assert (letter.kind, [item.assignment.cycle for item in letter.items]) == (ASSIGNED, [2])


def test_a_cycle_begun_of_ones_own_will_or_finished_already_is_nobodys_duty(finished, course, ana, publisher):
    today = timezone.localdate()
    Enrolment.objects.create(
        person=ana,
        course_key=course.key,
        cycle=2,
        course_version=finished.enrolment.course_version,
        created_at=timezone.now(),
    )
    assert actions.open_cycles(requirement=finished.requirement) == 0
    Enrolment.objects.filter(cycle=2).delete()
    asked_again(course, publisher, by=today, new_cycle=True)
    again = courses.start(enrolment=Enrolment.objects.get(cycle=2))
    for number in (0, 1):
        done(again, course, number)
    assert actions.open_cycles(requirement=finished.requirement) == 0
