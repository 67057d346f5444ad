"""Who is written to when: once, in their language, until it is done, and the manager after that."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from courses import actions as courses
from courses.models import Enrolment, StepVersion
from lms.dates import long_date
from people import actions as people
from people.models import Mail, TeamLead
from people.tasks import deliver_mail, deliver_mails
from tests.cast import EVER_SINCE, person
from tests.factories import make_course
from training import actions, emails
from training.actions import day, letters, standing
from training.models import Assignment, Notice, Requirement, Run, Sending, Wording
from training.reminding import Figures, Planned, digest_figures, planned
from training.reports.mail_today import mail_today
from training.rules import reminders
from training.rules.reminders import Plan, Step, digest_is_due, may_write, steps, who_is_told
from training.texts import TitlesByLanguage

DAY = timedelta(days=1)
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)  # 10:00 in Warsaw


@pytest.fixture
def rule(tree, teams):
    return Requirement.objects.create(
        name="Desks",
        course_key=tree.course_key,
        audience={"team": str(teams.desk.key)},
        reasons={"en": "The law asks for it"},
        due_days=30,
        valid_months=12,
        anchor="due",
        starts_on=date(2026, 1, 1),
    )


def run(at: datetime) -> list[tuple[str, str]]:
    """(address, kind) of each mail of this run."""
    before = Mail.objects.count()
    list(day.training_day(at=at))
    return list(Mail.objects.order_by("pk").values_list("to", "kind")[before:])


def day_by_day(first: date, days: int):
    """(date, address, kind, subject) of all mail of a time, with a run each morning at 8:30 in Warsaw."""
    for on in (first + number * DAY for number in range(days)):
        before = Mail.objects.count()
        list(day.training_day(at=datetime(on.year, on.month, on.day, 7, 30, tzinfo=UTC)))
        for mail in Mail.objects.order_by("pk")[before:]:
            yield on, mail.to, mail.kind, mail.subject


def finish(who, at: datetime) -> None:
    Enrolment.objects.filter(person=who).update(started_at=at, completed_at=at, valid_until=date(2027, 2, 4))


# --- the plan ------------------------------------------------------------------------------------------------------
def test_the_usual_plan():
    assert steps(Plan()) == (
        Step("before-14", -14, -3),
        Step("before-3", -3, 1),
        Step("after", 1, 8),
        Step("week-1", 8, 15),
        Step("week-2", 15, 22),
        Step("week-3", 22, 29),
        Step("week-4", 29, 36),
    )
    assert reminders.manager_steps(Plan(next_level=7)) == (Step("manager", 36, None), Step("next-level", 43, None))


@given(
    before=st.lists(st.integers(1, 365), max_size=6),
    after=st.none() | st.integers(1, 60),
    weekly=st.integers(0, 12),
)
def test_on_each_day_at_most_one_step_holds(before, after, weekly):
    plan = reminders.parse({"before": before, "after": after, "weekly": weekly})
    for away in range(-370, 200):
        assert sum(step.starts <= away < step.ends for step in steps(plan)) <= 1
    assert len({step.name for step in steps(plan)}) == len(steps(plan))


def test_nobody_is_written_to_at_night_or_at_the_weekend():
    assert may_write(datetime(2026, 1, 5, 8))
    assert not may_write(datetime(2026, 1, 5, 7, 59))
    assert not may_write(datetime(2026, 1, 5, 18))
    assert not may_write(datetime(2026, 1, 10, 12))


def test_the_digest_falls_to_the_first_run_after_monday_at_eight():
    eight = datetime(2026, 1, 5, 8)
    assert digest_is_due([eight - timedelta(hours=1)], eight)
    assert not digest_is_due([eight], eight + timedelta(hours=1))
    assert digest_is_due([eight - 3 * DAY], eight + DAY), "the scheduler stood still on Monday"
    assert not digest_is_due([eight + DAY], eight + 2 * DAY)
    assert not digest_is_due([], eight + 2 * DAY)


def test_a_digest_is_not_lost_when_the_scheduler_comes_back_at_night(rule, ana, marek):
    run(MONDAY - 3 * DAY)
    late = date(2026, 1, 2)
    Assignment.objects.update(base_due_on=late, due_on=late, due_at=datetime(2026, 1, 2, 23, tzinfo=UTC))
    night = MONDAY.replace(hour=17, minute=30)  # 18:30 in Warsaw: nobody is written to any more
    assert [run(night + timedelta(hours=hours)) for hours in range(13)] == [[]] * 13
    assert (marek.email, "team-digest") in run(MONDAY + DAY)
    assert (marek.email, "team-digest") not in run(MONDAY + DAY + timedelta(hours=1))


# --- what mails say ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("language", "takes"), [("en", "25 minutes"), ("pl", "25 minut"), ("lv", "25 minūtes")])
def test_a_mail_about_an_assigned_and_a_due_training_says_how_long_it_takes(rule, ana, language, takes):
    Requirement.objects.update(course_key=make_course("quarter", lessons=5).key)
    ana.language = language
    ana.save()
    for _sent in day_by_day(MONDAY.date(), 35):
        pass
    mails = Mail.objects.filter(person=ana).order_by("pk")
    assert {mail.kind for mail in mails} == {"training-new", "reminder"}
    for mail in mails:
        assert takes in mail.text
        assert takes in mail.html
    if language == "en":
        subjects = [mail.subject for mail in mails]
        assert subjects[0] == "New training: Calm first (en), 25 min, by 4 February 2026"
        assert subjects[1] == "Due on 4 February 2026: Calm first (en), 25 min"
        assert subjects[-1] == "Overdue since 4 February 2026: Calm first (en)"


@pytest.mark.parametrize(
    ("language", "takes"),
    [("en", "about 15 minutes left"), ("pl", "zostało około 15 minut"), ("lv", "atlikušas apmēram 15 minūtes")],
)
def test_who_has_begun_reads_how_much_is_left(rule, ana, language, takes):
    ana.language = language
    ana.save()
    Requirement.objects.update(course_key=make_course("quarter", lessons=5).key)
    run(MONDAY)
    enrolment = courses.start(enrolment=Enrolment.objects.get(person=ana), at=MONDAY)
    for step in enrolment.course_version.steps[:2]:
        version = StepVersion.objects.filter(step_key=step.key).first()
        courses.complete_step(enrolment=enrolment, version=version, at=MONDAY)
    mails = [Mail.objects.latest("pk") for _day in day_by_day(MONDAY.date() + DAY, 35)]
    assert mails
    assert {takes in mail.text and takes in mail.html for mail in mails} == {True}
    if language == "en":
        assert mails[0].subject == "Due on 4 February 2026: Calm first (en), 15 min"


def test_how_much_is_left_is_asked_once_for_all_who_are_reminded(rule, teams):
    def reminded(count: int) -> int:
        more = [person(f"P{count}x{number} Nowak", teams.desk) for number in range(count)]
        run(MONDAY)
        Enrolment.objects.filter(person__in=more).update(started_at=MONDAY)
        with CaptureQueriesContext(connection) as asked:
            letters.remind(people=more, by=more[0], at=MONDAY + DAY)
        return sum("courses_stepcompletion" in query["sql"] for query in asked.captured_queries)

    assert reminded(2) == reminded(9) == 1


def test_a_rule_that_names_another_course_leaves_what_was_assigned_what_it_is(rule, ana, marek, client_for):
    course = title_of(rule)
    run(MONDAY)
    Requirement.objects.update(course_key=make_course("other", title="Other").key)
    letters.remind(people=[ana], by=marek, at=MONDAY + DAY)
    reminded = Mail.objects.filter(kind="reminder", person=ana).get()
    assert reminded.subject.startswith(f"Due on 4 February 2026: {course}"), "the course they open"
    assert "Other" not in reminded.text
    marek.language = "en"
    marek.save()
    with time_machine.travel(MONDAY + 2 * DAY, tick=False):
        asked = client_for(marek).get(reverse("team-remind"), {"person": ana.key}).content.decode()
        grant = client_for(marek).get(reverse("team-grant", args=[Assignment.objects.get(person=ana).key, "extend"]))
    for page in (asked, grant.content.decode()):
        assert course in page
        assert "Other" not in page


def test_a_course_of_unknown_length_is_not_said_to_take_no_time(rule, ana, monkeypatch):
    monkeypatch.setattr(TitlesByLanguage, "minutes", lambda *asked: 0)
    run(MONDAY)
    mail = Mail.objects.get(person=ana)
    assert mail.subject == f"New training: {title_of(rule)}, by 4 February 2026"
    assert "0 minutes" not in mail.text


def test_the_subject_of_a_digest_has_the_figures_of_the_team_the_most_urgent_first(ana, marek):
    def subject(**figures: int) -> str:
        letter = Planned("", "team-digest", marek, MONDAY.date(), figures=Figures(**figures))
        return emails.letter(planned=letter, titles=TitlesByLanguage()).subject

    assert subject(overdue=2, due_this_week=1) == (
        "Your team: 2 trainings are overdue, 1 training is due within 7 days"
    )
    assert subject(expires_soon=21) == "Your team: 21 trainings expire within 30 days"
    assert len(subject(overdue=12345, expired=12345, due_this_week=12345, expires_soon=12345)) < 78
    Wording.objects.create(
        kind="team-digest", language="en", subject="Please look: {figures}", saved_by=marek, saved_at=MONDAY
    )
    assert subject(expired=1) == "Please look: 1 training has expired"


def test_a_digest_says_how_many_people_its_trainings_are_of(rule, tree, ana, marek, teams):
    """Two rules, of which one person is late with both: two people need somebody, as the page of the team says."""
    Requirement.objects.create(
        name="Again",
        course_key=make_course("other").key,
        audience={"person": str(ana.key)},
        starts_on=date(2026, 1, 1),
    )
    person("Nina Nova", teams.desk)
    Requirement.objects.update(starts_on=date(2025, 1, 1))
    for each in Requirement.objects.all():
        actions.assign_audience(requirement=each, at=MONDAY - 60 * DAY)
    run(MONDAY)
    text = Mail.objects.get(person=marek, kind="team-digest").text
    assert "- 3 trainings are overdue\n- These are trainings of 2 people.\n" in text
    own = digest_figures(lead=marek, now=MONDAY)
    assert (own.overdue, own.people) == (3, 2)


def test_what_goes_today_has_the_digest_before_eight_too(rule, ana, marek):
    run(MONDAY - 3 * DAY)
    late = date(2026, 1, 2)
    Assignment.objects.update(base_due_on=late, due_on=late, due_at=datetime(2026, 1, 2, 23, tzinfo=UTC))
    six = MONDAY.replace(hour=5)
    today = planned(now=six, runs=letters.runs_before(six), at_any_hour=True)
    assert "team-digest" in [letter.kind for letter in today if letter.recipient == marek]
    assert planned(now=six, runs=letters.runs_before(six)) == []


def test_deputies_are_told_in_absence():
    assert who_is_told({1}, {(2, False)}, set()) == {1}
    assert who_is_told({1}, {(2, False)}, {1}) == {2}
    assert who_is_told({1}, {(2, True)}, set()) == {1, 2}
    assert who_is_told({1}, {(2, True)}, {2}) == {1}
    assert who_is_told(set(), {(2, False)}, set()) == {2}


# --- what is sent --------------------------------------------------------------------------------------------------
def test_the_whole_of_it_day_by_day(rule, ana, marek):
    """Due on Wednesday 4 February. Weekends push a mail to the Monday after."""
    sent = [(on, to, kind) for on, to, kind, _subject in day_by_day(date(2026, 1, 5), 75)]
    to_ana = [(on.isoformat(), kind) for on, to, kind in sent if to == ana.email]
    assert to_ana == [
        ("2026-01-05", "training-new"),
        ("2026-01-21", "reminder"),
        ("2026-02-02", "reminder"),  # the 1st is a Sunday
        ("2026-02-05", "reminder"),
        ("2026-02-12", "reminder"),
        ("2026-02-19", "reminder"),
        ("2026-02-26", "reminder"),
        ("2026-03-05", "reminder"),
    ]
    to_marek = [(on.isoformat(), kind) for on, to, kind in sent if to == marek.email]
    assert ("2026-03-12", "team-late") in to_marek
    assert [kind for _on, kind in to_marek].count("team-late") == 1
    digests = [date.fromisoformat(on) for on, kind in to_marek if kind == "team-digest"]
    assert digests
    assert all(on.weekday() == 0 for on in digests)
    assert min(digests) == date(2026, 2, 2), "none while nobody needs attention"


def test_one_mail_a_person_a_day_whatever_is_new(rule, tree, teams, ana):
    Requirement.objects.create(name="Too", course_key=tree.course_key, audience=rule.audience, starts_on=rule.starts_on)
    assert run(MONDAY) == [(ana.email, "training-new")]
    assert Mail.objects.get().subject == "2 new trainings"
    assert Notice.objects.count() == 2


def test_it_stops_the_moment_the_training_is_done(rule, ana, marek):
    run(MONDAY)
    finish(ana, MONDAY + DAY)
    assert [on for on, to, _kind, _subject in day_by_day(date(2026, 1, 7), 60) if to == ana.email] == []


def test_what_was_finished_between_planning_and_sending_is_not_sent(rule, ana):
    actions.assign_audience(requirement=rule, at=MONDAY)
    planned = letters.planned(now=MONDAY, runs=())
    finish(ana, MONDAY)
    assert letters._send(planned, letters.TitlesByLanguage(), MONDAY) == 0
    assert Mail.objects.count() == 0


def test_what_was_finished_while_a_mail_waited_for_its_server_is_withdrawn(rule, ana, mailoutbox):
    run(MONDAY)
    mail = Mail.objects.get()
    finish(ana, MONDAY)
    assert deliver_mail.func(mail.pk) == "withdrawn"
    assert deliver_mail.func(mail.pk) == "nothing to do"
    assert mailoutbox == []


def test_what_is_still_to_be_done_is_delivered(rule, ana, mailoutbox):
    run(MONDAY)
    assert deliver_mails.func([Mail.objects.get().pk]) == "1 of 1 sent"
    assert [mail.to for mail in mailoutbox] == [[ana.email]]


def test_a_second_scheduler_sends_nothing_again(rule, ana):
    """It had planned the same mails before the first one sent them."""
    actions.assign_audience(requirement=rule, at=MONDAY)
    planned = [letters.planned(now=MONDAY, runs=()) for _scheduler in range(2)]
    assert [letters._send(batch, letters.TitlesByLanguage(), MONDAY) for batch in planned] == [1, 0]
    assert Mail.objects.count() == 1


def test_without_its_guard_the_database_still_refuses_a_second_mail(rule, ana, monkeypatch):
    actions.assign_audience(requirement=rule, at=MONDAY)
    planned = [letters.planned(now=MONDAY, runs=()) for _scheduler in range(2)]
    monkeypatch.setattr(letters, "_still_true", lambda batch: batch)
    letters._send(planned[0], letters.TitlesByLanguage(), MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        letters._send(planned[1], letters.TitlesByLanguage(), MONDAY)
    assert Mail.objects.count() == 1


def test_a_run_killed_before_its_end_is_made_good_by_the_next(rule, ana, marek, monkeypatch):
    run(MONDAY - 3 * DAY)
    late = date(2026, 1, 2)
    Assignment.objects.update(base_due_on=late, due_on=late, due_at=datetime(2026, 1, 2, 23, tzinfo=UTC))
    steps_of_a_run = day.training_day(at=MONDAY)
    next(steps_of_a_run)
    steps_of_a_run.close()
    assert Run.objects.count() == 1
    assert (marek.email, "team-digest") in run(MONDAY + timedelta(hours=1))


def test_a_date_that_moves_begins_the_plan_anew(rule, ana, ela):
    list(day_by_day(date(2026, 1, 5), 20))
    standing.extend(assignment=Assignment.objects.get(), until=date(2026, 3, 4), reason="Ill", by=ela, at=MONDAY)
    sent = [on.isoformat() for on, to, kind, _ in day_by_day(date(2026, 1, 25), 40) if kind == "reminder"]
    assert sent[0] == "2026-02-18"


def test_grace_puts_off_what_is_said_after_the_date(rule, ana):
    Requirement.objects.update(grace_days=7)
    sent = [on.isoformat() for on, to, kind, _ in day_by_day(date(2026, 1, 5), 40) if kind == "reminder"]
    assert sent == ["2026-01-21", "2026-02-02", "2026-02-12"]


def test_who_is_on_leave_is_left_alone(rule, ana, ela):
    run(MONDAY)
    standing.record_leave(person=ana, starts_on=date(2026, 1, 6), ends_on=None, by=ela, at=MONDAY)
    assert [kind for _on, to, kind, _ in day_by_day(date(2026, 1, 7), 45) if to == ana.email] == []


def told_anew(who) -> list[str]:
    return [
        f"{on:%m-%d}" for on in Sending.objects.filter(kind="training-new", recipient=who).values_list("on", flat=True)
    ]


def test_who_was_assigned_during_a_leave_is_told_afterwards(rule, ana, ela):
    standing.record_leave(person=ana, starts_on=date(2026, 1, 1), ends_on=date(2026, 2, 15), by=ela, at=MONDAY)
    list(day_by_day(date(2026, 1, 5), 60))
    assert told_anew(ana) == ["02-16"]


def test_who_was_assigned_during_a_leave_is_told_once_it_is_withdrawn(rule, ana, ela):
    leave = standing.record_leave(person=ana, starts_on=date(2026, 1, 1), ends_on=None, by=ela, at=MONDAY)
    list(day_by_day(date(2026, 1, 5), 30))
    assert told_anew(ana) == []
    at = datetime(2026, 2, 4, 9, tzinfo=UTC)
    standing.withdraw_leave(leave=leave, reason="The wrong Ana", by=ela, at=at)
    list(day_by_day(date(2026, 2, 5), 10))
    assert told_anew(ana) == ["02-05"]


def test_who_is_told_late_is_not_reminded_the_day_after_of_what_they_have_just_read(rule, ana, ela):
    Requirement.objects.update(due_days=8)
    standing.record_leave(person=ana, starts_on=date(2026, 1, 1), ends_on=date(2026, 2, 15), by=ela, at=MONDAY)
    sent = [(f"{on:%m-%d}", kind) for on, to, kind, _ in day_by_day(date(2026, 1, 5), 55) if to == ana.email]
    assert Assignment.objects.get().due_on == date(2026, 2, 24)
    assert sent[:3] == [("02-16", "training-new"), ("02-23", "reminder"), ("02-25", "reminder")]


def test_who_comes_back_is_told_anew_and_once(rule, ana):
    Requirement.objects.update(due_days=60)
    run(MONDAY)
    people.deactivate(person=ana, by=None)
    run(MONDAY + 7 * DAY)
    people.reactivate(person=ana, by=None)
    list(day_by_day(date(2026, 2, 16), 20))
    assert told_anew(ana) == ["01-05", "02-16"]


def test_who_comes_back_to_the_very_date_they_were_told_is_not_told_it_again(rule, ana):
    Requirement.objects.update(first_due="date", due_date=date(2026, 6, 30), due_days=0)
    run(MONDAY)
    people.deactivate(person=ana, by=None)
    run(MONDAY + 7 * DAY)
    people.reactivate(person=ana, by=None)
    list(day_by_day(date(2026, 2, 16), 20))
    assert told_anew(ana) == ["01-05"]


def test_a_new_cycle_says_once_that_what_was_done_expires(rule, ana, marek):
    run(MONDAY)
    finish(ana, MONDAY + DAY)
    sent = [(on.isoformat(), kind) for on, to, kind, _ in day_by_day(date(2027, 1, 1), 12) if to == ana.email]
    assert sent == [("2027-01-05", "reminder-expiring")]
    assert Assignment.objects.current().get(person=ana).cycle == 2


def test_the_next_level_is_told_by_rule(rule, ana, marek, publisher, teams):
    TeamLead.objects.create(team=teams.company, person=publisher, starts_on=EVER_SINCE)
    Requirement.objects.update(reminders={"next_level": 7})
    sent = [(on.isoformat(), to) for on, to, kind, _ in day_by_day(date(2026, 1, 5), 80) if kind == "team-late"]
    assert sent == [("2026-03-12", marek.email), ("2026-03-19", publisher.email)]


def test_a_manager_is_not_told_about_themself(rule, marek, teams, ana):
    Requirement.objects.update(audience={"person": str(marek.key)})
    assert [to for _on, to, kind, _ in day_by_day(date(2026, 1, 5), 80) if kind.startswith("team")] == []


def test_mail_is_in_the_readers_language_with_one_link_and_no_tracking(rule, ana):
    ana.language = "pl"
    ana.save()
    run(MONDAY)
    mail = Mail.objects.get()
    assert mail.language == "pl"
    assert mail.html.count("http") == mail.text.count("http") == 1
    assert "<img" not in mail.html


def test_what_was_sent_cannot_be_made_unsaid(rule, ana):
    run(MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sending.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.update(step="never")


def test_the_log_is_seen_by_manager_and_learning_staff(rule, ana, marek, irena, ela):
    run(MONDAY)
    assert Sending.objects.visible_to(marek).count() == Sending.objects.visible_to(ela).count() == 1
    assert Sending.objects.visible_to(irena).count() == 0


def test_a_dry_run_says_who_would_get_what_today_and_sends_nothing(rule, ana, teams, capsys):
    """At whatever hour, and with those whom the run itself would assign first; without those it would release."""
    actions.assign_audience(requirement=rule, at=MONDAY)
    person("Nina Nova", teams.desk)
    people.deactivate(person=person("Kaspars Kalns", teams.desk), by=None)
    with time_machine.travel(MONDAY.replace(hour=3), tick=False):
        call_command("training_day", "--dry-run")
    said = capsys.readouterr().out
    assert "would be mails today: 2\n" in said
    assert "  ana@example.org: training-new (1)\n" in said
    assert "  nina@example.org: training-new (1)\n" in said
    assert Mail.objects.count() == Sending.objects.count() == 0
    run(MONDAY)
    assert sorted(Mail.objects.values_list("to", flat=True)) == ["ana@example.org", "nina@example.org"]


def test_what_is_foreseen_leaves_out_who_is_released_away_or_done(rule, ana, obcy, teams, ela, tree):
    Requirement.objects.update(prior_months=6)
    actions.assign_audience(requirement=rule, at=MONDAY)
    ana.team = teams.warehouse
    ana.save()
    standing.record_leave(person=person("Nina Nova", teams.desk), starts_on=MONDAY.date(), ends_on=None, by=ela)
    done = person("Kaspars Kalns", teams.desk)
    courses.enrol(person=done, course_key=tree.course_key)
    finish(done, MONDAY - 30 * DAY)
    assert mail_today(now=MONDAY, runs=()) == []
    run(MONDAY)
    assert list(Mail.objects.exclude(kind="granted-leave")) == []


def test_the_statements_do_not_grow_with_the_people(rule, teams, django_assert_max_num_queries):
    for number in range(60):
        person(f"N{number} Novak", teams.desk)
    actions.assign_audience(requirement=rule, at=MONDAY)
    with django_assert_max_num_queries(45):
        assert letters.send_due(at=MONDAY) == 60


# --- L&D's screens -------------------------------------------------------------------------------------------------
@pytest.fixture
def reader(ela):
    ela.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return ela


def test_a_screen_says_who_would_get_what_today_and_what_was_sent(rule, ana, reader, client_for):
    actions.assign_audience(requirement=rule)
    client = client_for(reader)
    page = client.get(reverse("training-mail")).content.decode()
    assert ana.email in page
    assert f"<td>{title_of(rule)}</td>" in page, "what about"
    (address,) = re.findall(r'<td><a href="(/cms/[^"]*)">', page)
    shown = client.get(unescape(address))
    assert (shown.status_code, shown.context["letter"].subject[:13]) == (200, "New training:")
    assert Mail.objects.count() == Sending.objects.count() == 0, "to look is not to send"


def test_a_preview_is_for_one_person_and_language(rule, ana, reader, client_for):
    actions.assign_audience(requirement=rule)
    client = client_for(reader)
    for kind in ("training-new", "reminder", "reminder-expiring", "team-digest"):
        asked = {"email": ana.email, "kind": kind, "language": "pl"}
        response = client.get(reverse("mail-preview"), asked)
        assert response.status_code == 200
        assert response.context["letter"].language == "pl"
    asked = {"email": ana.email, "kind": "team-late", "language": "en"}
    assert client.get(reverse("mail-preview"), asked).context["letter"] is None


def test_a_preview_reads_as_the_mail_would_today(rule, ana, reader, client_for):
    """Overdue where it is overdue, and about what runs out where something does."""
    client, asked = client_for(reader), {"email": ana.email, "language": "en"}
    actions.assign_audience(requirement=rule, at=timezone.now() - 40 * DAY)
    preview = client.get(reverse("mail-preview"), asked | {"kind": "reminder"}).context["letter"]
    assert preview.subject.startswith("Overdue since ")
    ends = timezone.localdate() + 20 * DAY
    began = timezone.now() - 300 * DAY
    Enrolment.objects.filter(person=ana).update(started_at=began, completed_at=began, valid_until=ends)
    preview = client.get(reverse("mail-preview"), asked | {"kind": "reminder-expiring"}).context["letter"]
    assert f"valid until {long_date(ends, 'en')}" in preview.text


@pytest.mark.parametrize(
    ("minutes", "begun", "takes"),
    [(59, False, "59 minutes"), (269, False, "4 h 29 min"), (269, True, "about 4 h 29 min left")],
)
def test_a_long_course_takes_hours(rule, ana, monkeypatch, minutes, begun, takes):
    monkeypatch.setattr(TitlesByLanguage, "minutes", lambda *asked: minutes)
    run(MONDAY)
    if begun:
        Enrolment.objects.update(started_at=MONDAY)
    letters.remind(people=[ana], by=ana, at=MONDAY + DAY)
    mail = Mail.objects.get(kind="reminder")
    assert f"\n  {takes}\n" in mail.text
    assert mail.subject.endswith(", 59 min" if minutes == 59 else ", 4 h 29 min")


def test_a_preview_of_the_digest_has_their_own_figures_and_says_where_it_is_an_example(
    rule, ana, obcy, marek, reader, client_for
):
    actions.assign_audience(requirement=rule, at=MONDAY)
    client = client_for(reader)
    asked = {"kind": "team-digest", "language": "en"}
    page = client.get(reverse("mail-preview"), asked | {"email": marek.email}).content.decode()
    assert "1 training is overdue" in page
    assert "are an example" not in page
    page = client.get(reverse("mail-preview"), asked | {"email": obcy.email}).content.decode()
    assert "are an example" in page


def test_a_preview_shows_the_mail_as_it_looks_and_lets_nothing_in_it_act(rule, ana, reader, client_for):
    Requirement.objects.update(reasons={"en": "<script>alert(1)</script>"})
    actions.assign_audience(requirement=rule)
    asked = {"email": ana.email, "kind": "training-new", "language": "en"}
    page = client_for(reader).get(reverse("mail-preview"), asked).content.decode()
    assert "&lt;script&gt;alert(1)" in page, "the plain text has what was written"
    assert "<script>alert(1)" not in page
    assert re.search(r'<iframe sandbox srcdoc="\s*&lt;!doctype html&gt;', page)


def test_the_manager_reads_who_and_what_not_the_reason_that_is_said_to_the_employee(
    rule, ana, marek, reader, client_for
):
    Requirement.objects.update(reasons={"en": "You work at a desk"})
    actions.assign_audience(requirement=rule)
    client = client_for(reader)
    asked = {"email": ana.email, "kind": "reminder", "language": "en"}
    own = client.get(reverse("mail-preview"), asked).context["letter"]
    assert "\n- Lesson tree\n  12 minutes\n  due on " in own.text.replace(str(title_of(rule)), "Lesson tree")
    assert "\n  You work at a desk\n" in own.text
    asked = {"email": marek.email, "kind": "team-late", "language": "en"}
    told = client.get(reverse("mail-preview"), asked).context["letter"]
    assert "\n- Ana Nowak\n  " in told.text
    assert "You work at a desk" not in told.text + told.html


def title_of(rule) -> str:
    return letters.TitlesByLanguage()(str(rule.course_key), "en")


def test_a_preview_for_nobody_is_refused(reader, client_for):
    asked = {"email": "nobody@example.org", "kind": "reminder", "language": "xx"}
    assert client_for(reader).get(reverse("mail-preview"), asked).status_code == 422


def test_mail_screens_are_for_learning_staff(ana, marek, client_for):
    for who in (ana, marek):
        assert client_for(who).get(reverse("training-mail")).status_code in (302, 404)
        assert client_for(who).get(reverse("mail-preview")).status_code in (302, 404)


def test_planning_asks_the_same_of_many_steps_and_managers_as_of_few(rule, ana, teams):
    """A Monday morning on which digests are due, and everybody's are looked at."""
    monday = datetime(2026, 2, 9, 8, 30, tzinfo=UTC)
    run(monday - 35 * DAY)

    def lead(number: int) -> None:
        made = person(f"Lead{number} Novak", teams.desk)
        TeamLead.objects.create(team=teams.service, person=made, kind=TeamLead.Kind.MANAGER, starts_on=monday.date())

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert planned(now=monday, runs=[monday - DAY])
        return len(asked)

    lead(0)
    Requirement.objects.update(reminders={"before": [3], "weekly": 0})
    few = queries()
    Requirement.objects.update(reminders={"before": [60, 30, 14, 7, 3], "weekly": 4})
    for number in range(1, 13):
        lead(number)
    assert queries() == few
