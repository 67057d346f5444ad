"""A manager reminds by hand: first a page that says who was reminded when, then mail, once a day of one thing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from courses.models import Enrolment
from people.models import Mail
from tests.training.staff import KINDS, course_of, people, train
from training import actions
from training.actions import day, letters, standing
from training.models import Assignment, Notice, Requirement, Sending
from training.reminding import by_hand
from training.rules import notes

DAY = timedelta(days=1)
ADDRESS = "/team/remind/"
MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
OPEN = [KINDS[0], KINDS[4]]


def rule_for(course_key, ana, **more) -> Requirement:
    said = {"audience": {"person": str(ana.key)}, "starts_on": MONDAY.date(), "due_days": 30} | more
    return Requirement.objects.create(name="Desks", course_key=course_key, **said)


def kinds_to(who) -> list[str]:
    return list(Mail.objects.filter(person=who).order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def duty(tree, ana):
    return actions.assign(requirement=rule_for(tree.course_key, ana), person=ana)


def test_the_page_says_who_was_reminded_when_and_by_whom_and_sends_nothing(duty, ana, marek, client_for):
    client = client_for(marek)
    page = client.get(ADDRESS, {"person": ana.key}).content.decode()
    assert "Send 1 reminder?" in page
    assert "Not reminded yet" in page
    assert not Mail.objects.exists()
    letters.remind(people=[ana], by=marek, at=timezone.now() - 3 * DAY)
    assert "by you" in client.get(ADDRESS, {"person": ana.key}).content.decode()


def test_a_reminder_is_sent_logged_and_on_the_timeline(duty, ana, marek, ela, client_for):
    ela.user_permissions.add(Permission.objects.get(codename="access_admin"))
    ana.language = "lv"
    ana.save()
    response = client_for(marek).post(ADDRESS, {"person": ana.key})
    assert response.url == reverse("team-person", args=[ana.key])
    mail, sending = Mail.objects.get(), Sending.objects.get()
    assert (mail.to, mail.kind, mail.language) == (ana.email, "reminder", "lv")
    assert (sending.by, Notice.objects.get().assignment) == (marek, duty)
    timeline = client_for(marek).get(response.url).content.decode()
    assert "Mail on its way" in timeline
    assert "by Marek Lis" in timeline
    assert "Marek Lis" in client_for(ela).get(reverse("sent-mail")).content.decode()


@pytest.mark.parametrize("by_change", [False, True])
def test_what_is_overdue_is_said_to_be_when_reminded_by_hand(duty, ana, marek, by_change):
    if by_change:
        Enrolment.objects.update(redo_by=timezone.localdate() - DAY)
    else:
        Assignment.objects.update(due_on=duty.due_on - 90 * DAY, due_at=duty.due_at - 90 * DAY)
    letters.remind(people=[ana], by=marek, at=timezone.now())
    assert Mail.objects.get().subject.startswith("Overdue since")


def test_nobody_is_reminded_twice_a_day_of_the_same_training(duty, ana, marek, irena, client_for):
    client = client_for(marek)
    for _click in range(2):
        client.post(ADDRESS, {"person": ana.key})
    assert letters.remind(people=[ana], by=irena, at=timezone.now()) == 0, "whoever asks"
    assert Mail.objects.count() == 1
    assert "Reminded today already" in client.get(ADDRESS, {"person": ana.key}).content.decode()
    assert letters.remind(people=[ana], by=marek, at=timezone.now() + DAY) == 1


def test_two_managers_who_looked_at_the_same_moment_send_one(duty, ana, marek, irena):
    """Both planned before either sent: the key stops the second, and under another key the database does."""
    planned = [by_hand(people=[ana], now=timezone.now()) for _manager in range(2)]
    names = letters.TitlesByLanguage()
    assert [letters._send(batch, names, timezone.now(), by=marek) for batch in planned] == [1, 0]
    planned[1][0].key += "/again"
    with pytest.raises(IntegrityError), transaction.atomic():
        letters._send(planned[1], names, timezone.now(), by=irena)
    assert Mail.objects.count() == 1


def test_another_training_may_be_reminded_of_on_the_same_day(duty, ana, marek):
    assert letters.remind(people=[ana], by=marek, at=timezone.now()) == 1
    train([ana], course_of("later"), kinds=OPEN)
    assert letters.remind(people=[ana], by=marek, at=timezone.now()) == 1
    assert Notice.objects.count() == 2


@pytest.mark.parametrize("by_hand_first", [True, False])
def test_the_plan_and_a_manager_do_not_both_write_on_one_day(tree, ana, marek, by_hand_first):
    """Due in 14 days on Monday: the plan's first reminder falls on that day."""
    before = MONDAY - 20 * DAY
    actions.assign(requirement=rule_for(tree.course_key, ana, due_days=34), person=ana, at=before)
    if by_hand_first:
        assert letters.remind(people=[ana], by=marek, at=MONDAY) == 1
    list(day.training_day(at=MONDAY))
    if not by_hand_first:
        assert letters.remind(people=[ana], by=marek, at=MONDAY) == 0
    assert kinds_to(ana).count("reminder") == 1
    list(day.training_day(at=MONDAY + DAY))
    assert kinds_to(ana).count("reminder") == 1 + by_hand_first, "the step has its turn on the day after"


# --- a line of one's own ---------------------------------------------------------------------------------------------
def test_a_manager_adds_a_line_that_is_shown_as_theirs_and_kept_with_the_mail(duty, ana, marek, ela, client_for):
    ela.user_permissions.add(Permission.objects.get(codename="access_admin"))
    ana.language = "lv"
    ana.save()
    line = "Let's sit down on <b>Friday</b>, ok? {course} & 2.5 hours"
    assert client_for(marek).post(ADDRESS, {"person": ana.key, "note": line}).status_code == 302
    mail = Mail.objects.get()
    assert f"> {line}" in mail.text
    assert "Marek Lis" in mail.text
    assert "&lt;b&gt;Friday&lt;/b&gt;" in mail.html
    assert '<html lang="lv">' in mail.html
    assert f'<blockquote lang="{marek.language}">' in mail.html
    assert Sending.objects.get().note == line
    assert "Friday" in client_for(ela).get(reverse("sent-mail")).content.decode()


def test_without_a_line_nothing_is_said_in_anybodys_name(duty, ana, marek, client_for):
    client_for(marek).post(ADDRESS, {"person": ana.key, "note": "  "})
    assert "Marek" not in Mail.objects.get().text + Mail.objects.get().html
    assert Sending.objects.get().note == ""


@pytest.mark.parametrize(
    "note", ["See https://evil.example", "x" * 301, "two\nlines", "tab\tand", "boss@example.org", "hxxp:evil.example"]
)
def test_what_a_line_may_not_be_is_asked_for_again_and_nothing_is_sent(duty, ana, marek, client_for, note):
    answered = client_for(marek).post(ADDRESS, {"person": ana.key, "note": note})
    assert answered.status_code == 422
    assert "Send 1 reminder?" in answered.content.decode()
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "www.evil",
        "WWW.Evil.COM",
        "evil.com",
        "go to evil.com/path.",
        "http:/evil",
        "ftp://x",
        "mailto:me",
        "me@home",
        "zażółć.pl",
        "evil。com",
        "ｅｖｉｌ．ｃｏｍ",
        "ev\u00adil.com",
        "evil\u200b.com",
    ],
)
def test_links_are_seen_however_they_are_written(text):
    assert notes.has_link(text)


@pytest.mark.parametrize(
    "text",
    ["", "Do 22.11.2026, g. 12.30.", "m.in. to, np. o godz. 8.00", "Why? Because: yes.", "1/2 of it… done", "3.5 h."],
)
def test_plain_words_are_no_links(text):
    assert not notes.has_link(text)


def test_what_is_done_waived_or_on_leave_is_not_reminded_of(duty, ana, marek, ela, client_for):
    standing.waive(assignment=duty, reason="x", by=ela)
    assert letters.remind(people=[ana], by=marek, at=timezone.now()) == 0
    train([ana], course_of("open"), kinds=OPEN)
    standing.record_leave(person=ana, starts_on=timezone.localdate(), ends_on=None, by=ela)
    answered = client_for(marek).post(ADDRESS, {"person": ana.key}, follow=True)
    assert "Nobody was written to" in answered.content.decode()
    assert "reminder" not in kinds_to(ana)
    assert "Gets no mail" in client_for(marek).get(ADDRESS, {"person": ana.key}).content.decode()


def test_people_are_chosen_on_the_list(duty, ana, marek, client_for):
    page = client_for(marek).get("/team/?show=all").content.decode()
    assert f'name="person" value="{ana.key}"' in page
    assert 'name="person"' not in client_for(marek).get("/team/?show=all&print=1").content.decode()
    empty = client_for(marek).get(ADDRESS, follow=True)
    assert "Choose somebody on the list first." in empty.content.decode()


def test_nobody_beside_ones_own_people_is_shown_or_reminded(duty, ana, marek, irena, obcy, ela, admin, client_for):
    train([obcy, marek], course_of("open"), kinds=OPEN)
    everybody = [person.key for person in (ana, obcy, marek)] + ["nonsense", ""]
    page = client_for(marek).get(ADDRESS, {"person": everybody}).content.decode()
    assert "Ana Nowak" in page
    assert "Olaf Obcy" not in page
    assert "Send 1 reminder?" in page
    assert client_for(irena).post(ADDRESS, {"person": ana.key}).url == "/team/"
    for stranger in (ana, obcy, ela, admin):
        assert client_for(stranger).post(ADDRESS, {"person": everybody}).status_code == 404
    assert client_for(None).post(ADDRESS, {"person": everybody}).status_code == 302
    assert not Mail.objects.exists()


def test_one_person_costs_as_many_queries_as_thirty(teams, marek, client_for):
    staff = people(30, teams.desk)
    train(staff, course_of("calm"), kinds=OPEN)
    client = client_for(marek)

    def cost(keys) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(ADDRESS, {"person": keys}).status_code == 200
        return len(queries)

    assert cost([staff[0].key]) == cost([each.key for each in staff]) <= 12
