"""A list of the team by mail: ordered from the screen, made when it is sent, with the rights of that moment, once."""

import io
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core import mail as outbox
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from people import private
from people.models import Attachment, Mail, TeamLead, User
from people.tasks import deliver_mail
from tests.cast import EVER_SINCE, person
from tests.people.conftest import inbox, work  # noqa: F401
from tests.training.staff import KINDS, course_of, people, train
from training import rendering, tasks
from training.actions import letters, ordering
from training.actions.ordering import change_report, order_report, stop_report
from training.models import ReportOrder, Sending
from training.reminding import REPORT, REPORT_ENDED
from training.reports.mail_today import mail_today
from training.rules.schedule import MONTH, WEEK, next_day
from training.tasks import send_report

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WARSAW, TOKYO = ZoneInfo("Europe/Warsaw"), ZoneInfo("Asia/Tokyo")
ON = date(2027, 1, 11)  # a Monday
MONDAY = datetime.combine(ON, time(8), WARSAW).astimezone(UTC)
FRIDAY = MONDAY - 3 * DAY
LIST, NEW = "/team/reports/", "/team/reports/new/trainings/"
TYPED = {"every": "week", "weekday": "0", "month_day": "1", "form": "csv"}


@pytest.fixture(autouse=True)
def clock():
    """What the people have is counted from the day that it is made on: the Friday before."""
    with time_machine.travel(FRIDAY):
        yield


def ordered(who, *, at: datetime = FRIDAY, **more) -> ReportOrder:
    said = {"screen": "trainings", "query": "show=all", "form": "csv", "every": WEEK, "day": 0, "only_if_needed": False}
    return order_report(person=who, at=at, **said | more)


def run(at: datetime) -> str:
    """What the task says that the hourly run has asked for; "" where it asked for none."""
    with time_machine.travel(at, tick=False):
        letters.send_due(at=at)
        order = ReportOrder.objects.filter(queued_at=at).order_by("-pk").first()
        return send_report.func(str(order.key)) if order else ""


def reports() -> list[Mail]:
    return list(Mail.objects.filter(kind=REPORT).order_by("pk"))


@pytest.fixture
def crew(teams, marek) -> list[User]:
    crew = people(11, teams.desk)
    train(crew, course_of("calm"))
    return crew


# --- the days ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("every", "number", "after", "found"),
    [
        (WEEK, 0, "2026-11-20", "2026-11-23"),
        (WEEK, 4, "2026-11-20", "2026-11-27"),
        (MONTH, 1, "2026-11-20", "2026-12-01"),
        (MONTH, 20, "2026-11-20", "2026-12-20"),
        (MONTH, 21, "2026-11-20", "2026-11-21"),
        (MONTH, 31, "2026-11-29", "2026-11-30"),
        (MONTH, 31, "2026-11-30", "2026-12-31"),
        (MONTH, 30, "2028-01-31", "2028-02-29"),
        (MONTH, 29, "2027-02-28", "2027-03-29"),
        (MONTH, 1, "2026-12-31", "2027-01-01"),
    ],
)
def test_the_next_day(every, number, after, found):
    assert next_day(every, number, date.fromisoformat(after)) == date.fromisoformat(found)


@given(
    after=st.dates(date(2024, 1, 1), date(2040, 12, 31)),
    every=st.sampled_from([WEEK, MONTH]),
    number=st.integers(1, 31),
)
def test_it_is_the_first_such_day_and_none_is_left_out(after, every, number):
    """The oracle walks day by day."""
    number = number % 7 if every == WEEK else number

    def falls_on(on: date) -> bool:
        last = (on + DAY).month != on.month
        return on.weekday() == number if every == WEEK else on.day == number or (last and on.day < number)

    slow = next(on for on in (after + n * DAY for n in range(1, 40)) if falls_on(on))
    assert next_day(every, number, after) == slow


# --- what is sent --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("screen", ["trainings", "courses"])
def test_the_mail_carries_the_very_bytes_of_the_export(crew, marek, client_for, screen):
    query = "show=attention&sort=-person" if screen == "trainings" else "show=overdue&sort=-team"
    order = ordered(marek, screen=screen, query=query)
    assert run(MONDAY) == "sent"
    with time_machine.travel(MONDAY, tick=False):
        export = client_for(marek).get(f"/team/export/{screen}/csv/?{query}")
        same = b"".join(export.streaming_content)
    attached = Attachment.objects.get()
    assert bytes(attached.content) == same
    assert same.count(b"\r\n") >= 3
    assert attached.name == f"ostoja-{screen}-{ON}.csv"
    assert f'"{attached.name}"' in export["Content-Disposition"]
    (sent,) = reports()
    assert f"?{query}" in sent.text
    assert (sent.person, sent.sending.recipient, sent.sending.by) == (marek, marek, marek)
    assert sent.sending.key == f"report/{order.key}/{ON}"


def test_the_workbook_has_its_sheet_of_definitions_in_the_language_of_its_reader(crew, marek):
    User.objects.filter(pk=marek.pk).update(language="pl", time_zone="Asia/Tokyo")
    ordered(User.objects.get(pk=marek.pk), form="xlsx", query="reports=direct&show=overdue")
    tokyo = datetime.combine(ON, time(8), TOKYO)
    assert run(tokyo - HOUR) == ""
    assert run(tokyo) == "sent"
    attached = Attachment.objects.get()
    assert attached.name == f"ostoja-trainings-{ON}.xlsx"
    table, about = load_workbook(io.BytesIO(bytes(attached.content))).worksheets
    assert table["A1"].value == "Osoba"
    said = [cell.value for cell in about["B"]]
    assert f"{ON} 08:00 (Asia/Tokyo)" in said
    assert "Podwładni bezpośredni" in said
    assert reports()[0].language == "pl"


def test_it_goes_at_eight_where_they_live_on_working_days_and_once(crew, marek):
    ordered(marek)
    assert run(MONDAY - HOUR) == ""
    assert run(MONDAY) == "sent"
    assert [run(MONDAY + n * HOUR) for n in range(1, 30)] == [""] * 29
    assert len(reports()) == 1
    assert ReportOrder.objects.get().next_on == ON + 7 * DAY
    assert run(MONDAY + 7 * DAY + 2 * HOUR) == "sent", "two hours late"


def test_what_falls_on_a_weekend_comes_on_monday_and_what_was_missed_comes_once(marek):
    ordered(marek, every=MONTH, day=21, at=datetime(2026, 11, 20, 9, tzinfo=UTC))
    assert run(datetime(2026, 11, 21, 9, tzinfo=UTC)) == "", "a Saturday"
    assert run(datetime(2026, 11, 23, 9, tzinfo=UTC)) == "sent"
    assert ReportOrder.objects.get().next_on == date(2026, 12, 21)
    assert run(datetime(2027, 3, 2, 9, tzinfo=UTC)) == "sent"
    assert ReportOrder.objects.get().next_on == date(2027, 3, 21)
    assert len(reports()) == 2


def test_at_night_a_late_worker_leaves_it_for_the_morning(crew, marek):
    order = ordered(marek)
    with time_machine.travel(MONDAY + 12 * HOUR, tick=False):
        assert send_report.func(str(order.key)) == "later"
    assert run(MONDAY + DAY) == "sent"


def test_nobody_needs_attention_is_said_or_not_sent_at_all(teams, ana, marek):
    train([ana], course_of("calm"), kinds=KINDS[10:])
    ordered(marek)
    quiet = ordered(marek, form="xlsx", only_if_needed=True)
    with time_machine.travel(MONDAY, tick=False):
        said = [send_report.func(str(order.key)) for order in ReportOrder.objects.order_by("pk")]
    assert said == ["sent", "nobody needs attention"]
    (sent,) = reports()
    assert "Nobody on it needs attention" in sent.text
    assert sent.attachment.size
    quiet.refresh_from_db()
    assert (quiet.last, quiet.next_on) == (None, ON + 7 * DAY)
    assert [run(MONDAY + HOUR), run(MONDAY + DAY)] == ["", ""]


def test_who_needs_attention_is_counted_and_then_it_is_sent(crew, marek):
    ordered(marek, only_if_needed=True)
    assert run(MONDAY) == "sent"
    assert "people on it need attention" in reports()[0].text


def test_a_file_too_large_for_a_mail_is_left_to_the_page(crew, marek, monkeypatch):
    monkeypatch.setattr("training.exports.MOST_MAILED", 10)
    ordered(marek)
    assert run(MONDAY) == "sent"
    assert "too large" in reports()[0].text
    assert not Attachment.objects.exists()


# --- whose rows ----------------------------------------------------------------------------------------------------
def test_it_has_the_people_of_the_day_it_is_sent_and_no_others(crew, teams, marek, obcy):
    ordered(marek)
    train([obcy], course_of("calm"), kinds=KINDS[:1])
    newcomer = people(1, teams.desk, first=50)
    train(newcomer, course_of("calm"), kinds=KINDS[:1])
    User.objects.filter(pk=crew[0].pk).update(team=teams.warehouse)
    assert run(MONDAY) == "sent"
    text = bytes(Attachment.objects.get().content).decode()
    assert "Person 00050" in text
    assert "Person 00000" not in text
    assert obcy.last_name not in text


def test_who_has_lost_the_team_gets_word_that_it_ends_and_no_row(crew, teams, marek, inbox, work):  # noqa: F811
    ordered(marek)
    ordered(marek, form="xlsx")
    TeamLead.objects.filter(person=marek).update(ends_on=ON - DAY)
    assert run(MONDAY) == "ended"
    assert run(MONDAY + DAY) == ""
    assert not ReportOrder.objects.open().exists()
    sent = Mail.objects.get(kind=REPORT_ENDED)
    assert sent.person == marek
    assert not reports()
    assert not Attachment.objects.exists()
    with time_machine.travel(MONDAY, tick=False):
        work()
    (received,) = [mail for mail in inbox.mails if mail["To"] == marek.email]
    assert not list(received.iter_attachments())


def test_the_loss_of_the_one_team_that_was_chosen_ends_only_that_order(crew, teams, marek):
    TeamLead.objects.create(team=teams.warehouse, person=marek, starts_on=EVER_SINCE)
    kept = ordered(marek)
    for team in (teams.warehouse, teams.desk):
        ordered(marek, query=f"show=all&team={team.key}")
    TeamLead.objects.filter(team=teams.warehouse, person=marek).delete()
    with time_machine.travel(MONDAY, tick=False):
        said = [send_report.func(str(order.key)) for order in ReportOrder.objects.order_by("pk")]
    assert said == ["sent", "ended", "sent"]
    assert kept in ReportOrder.objects.open()


def test_a_deputy_has_reports_for_as_long_as_they_stand_in(crew, teams, obcy):
    TeamLead.objects.create(team=teams.service, person=obcy, kind="deputy", starts_on=EVER_SINCE, ends_on=ON)
    ordered(obcy)
    assert run(MONDAY) == "sent"
    assert "Person 00001" in bytes(Attachment.objects.get().content).decode()
    assert run(MONDAY + 7 * DAY) == "ended"


def test_an_inactive_person_gets_nothing_and_nothing_waits_for_them(crew, marek):
    order = ordered(marek)
    User.objects.filter(pk=marek.pk).update(is_active=False)
    assert run(MONDAY) == ""
    with time_machine.travel(MONDAY, tick=False):
        assert send_report.func(str(order.key)) == "nothing to do"
    assert not reports()


def test_a_report_that_waited_while_rights_changed_is_withdrawn_and_made_anew(crew, teams, marek):
    """The first file names somebody who has left the team before the mail server took it."""
    ordered(marek)
    run(MONDAY)
    (first,) = reports()
    User.objects.filter(pk=crew[0].pk).update(team=teams.warehouse)
    with time_machine.travel(MONDAY + HOUR, tick=False):
        assert deliver_mail.func(first.pk) == "withdrawn"
    assert bytes(Attachment.objects.get().content) == b""
    assert outbox.outbox == []
    assert run(MONDAY + 2 * HOUR) == "sent"
    assert run(MONDAY + 3 * HOUR) == ""
    second = reports()[1]
    assert second.message_id != first.message_id
    assert "Person 00000" not in bytes(second.attachment.content).decode()
    with time_machine.travel(MONDAY + 3 * HOUR, tick=False):
        assert deliver_mail.func(second.pk) == "sent"


def test_what_was_stopped_while_it_waited_does_not_leave(crew, marek):
    order = ordered(marek)
    run(MONDAY)
    stop_report(order=order)
    with time_machine.travel(MONDAY, tick=False):
        assert deliver_mail.func(reports()[0].pk) == "withdrawn"
    assert run(MONDAY + HOUR) == ""


# --- once, whatever dies -------------------------------------------------------------------------------------------
class WorkerKilled(BaseException):
    pass


def test_the_real_server_gets_the_same_file_again_after_it_died(crew, marek, inbox, work):  # noqa: F811
    """Slow, dying in the middle: one Message-ID, one file."""
    ordered(marek, form="xlsx")
    inbox.data = "die"
    with time_machine.travel(MONDAY, tick=False):
        letters.send_due(at=MONDAY)
        work()
    train(crew[:3], course_of("more"))  # other people's days go on: the file does not change with them
    inbox.data = "250 OK"
    kept = bytes(Attachment.objects.get().content)
    for hours in (1, 26):
        with time_machine.travel(MONDAY + hours * HOUR, tick=False):
            letters.send_due(at=MONDAY + hours * HOUR)
            work()
    sent = [mail for mail in inbox.mails if mail["To"] == marek.email and list(mail.iter_attachments())]
    assert [mail["Message-ID"] for mail in sent] == [reports()[0].message_id] * 2
    parts = [next(mail.iter_attachments()) for mail in sent]
    assert [part.get_content() for part in parts] == [kept, kept]
    assert {part.get_filename() for part in parts} == {f"ostoja-trainings-{ON}.xlsx"}
    emptied = Attachment.objects.get()
    assert bytes(emptied.content) == b""
    assert (emptied.size, emptied.emptied_at is not None) == (len(kept), True)


def test_a_worker_killed_before_the_end_leaves_nothing_and_the_next_run_makes_it_good(crew, marek, monkeypatch):
    ordered(marek)

    def killed(**_said):
        raise WorkerKilled

    with monkeypatch.context() as patch:
        patch.setattr(tasks.Sending.objects, "create", killed)
        with pytest.raises(WorkerKilled), transaction.atomic():
            run(MONDAY)
    assert not reports()
    assert not Attachment.objects.exists()
    ReportOrder.objects.update(queued_at=MONDAY)
    assert run(MONDAY + HOUR / 2) == "", "it may still be at work"
    assert run(MONDAY + HOUR) == "sent"


def test_two_workers_with_the_same_order_send_one(crew, marek, monkeypatch):
    """The second comes while the first is making the file: whoever writes second finds that it is sent."""
    order = ordered(marek)
    make, answers = rendering.rendered, []

    def another_comes(*asked):
        if not answers:
            answers.append("")
            answers.append(send_report.func(str(order.key)))
        return make(*asked)

    monkeypatch.setattr(rendering, "rendered", another_comes)
    with time_machine.travel(MONDAY, tick=False):
        answers.append(send_report.func(str(order.key)))
    assert answers == ["", "sent", "nothing to do"]
    assert len(reports()) == 1


def test_without_that_look_the_key_still_refuses_the_second(crew, marek, monkeypatch):
    order = ordered(marek)
    monkeypatch.setattr(tasks.schedule, "next_day", lambda *_said, **_more: ON)
    monkeypatch.setattr(ReportOrder, "sending_key", lambda self, on: f"report/{self.key}/{on}")
    with time_machine.travel(MONDAY, tick=False):
        assert send_report.func(str(order.key)) == "sent"
        with pytest.raises(IntegrityError), transaction.atomic():
            send_report.func(str(order.key))
    assert len(reports()) == 1


def test_two_schedulers_ask_for_it_once(marek):
    ordered(marek)
    with time_machine.travel(MONDAY, tick=False):
        assert [letters.send_due(at=MONDAY), letters.send_due(at=MONDAY)] == [1, 0]


# --- seen beforehand and afterwards --------------------------------------------------------------------------------
def test_the_dry_run_and_the_screen_show_who_would_get_it_and_the_log_who_did(marek, ela, client_for):
    ela.user_permissions.add(Permission.objects.get(codename="access_admin"))
    ordered(marek)
    with time_machine.travel(MONDAY + HOUR, tick=False):
        assert [(each.recipient, each.kind) for each in mail_today(now=MONDAY + HOUR, runs=())] == [(marek, REPORT)]
        assert not Mail.objects.exists()
        page = client_for(ela).get(reverse("training-mail")).content.decode()
        assert "To the manager, a report they ordered" in page
        assert marek.email in page
    run(MONDAY + HOUR)
    log = client_for(ela).get(reverse("sent-mail"), {"kind": REPORT}).content.decode()
    with translation.override("en"):
        assert f"Your report of {date_format(ON, 'DATE_FORMAT')}: Trainings" in log
    shown = client_for(ela).get(reverse("mail-preview"), {"email": marek.email, "kind": REPORT, "language": "lv"})
    assert shown.status_code == 200
    assert "ostoja-trainings-" in shown.content.decode()


def test_the_copy_of_somebodys_data_holds_their_orders_and_erasing_removes_them(marek):
    ordered(marek, query="name=Nowak")
    assert private.told(marek)["ordered reports"][0]["query"] == "name=Nowak"
    assert private.forget(marek)["ordered reports"] == 1
    assert not ReportOrder.objects.exists()


# --- ordering ------------------------------------------------------------------------------------------------------
def test_what_is_on_screen_is_what_is_ordered(crew, marek, client_for):
    client = client_for(marek)
    screen = client.get("/team/?show=overdue&sort=-person&page=1&reports=direct").content.decode()
    query = "?show=overdue&amp;reports=direct&amp;sort=-person"
    assert f'href="{NEW}{query}"' in screen
    address = NEW + query.replace("&amp;", "&")
    assert "Overdue, Direct reports" in client.get(address).content.decode()
    for _click in range(2):
        assert client.post(address, TYPED).url == LIST
    order = ReportOrder.objects.get()
    assert order.query == "show=overdue&reports=direct&sort=-person"
    assert (order.every, order.day, order.form) == (WEEK, 0, "csv")
    page = client.get(LIST).content.decode()
    assert "Overdue, Direct reports" in page
    assert "Every week: Monday" in page
    assert "Next on" in page


def test_an_order_is_changed_and_stopped(marek, client_for):
    client, order = client_for(marek), ordered(marek)
    address = f"{LIST}{order.key}/"
    assert client.get(address).status_code == 200
    typed = TYPED | {"every": "month", "month_day": "31", "only_if_needed": "on"}
    assert client.post(address, typed).url == LIST
    order.refresh_from_db()
    assert (order.every, order.day, order.only_if_needed, order.query) == (MONTH, 31, True, "show=all")
    page = client.get(LIST).content.decode()
    assert "Every month: day 31" in page
    for _click in range(2):
        assert client.post(f"{address}stop/").status_code in (302, 404)
    assert not ReportOrder.objects.open().exists()
    assert "No report is ordered" in client.get(LIST).content.decode()


def test_only_new_days_move_the_next_date(marek):
    order = ordered(marek)
    same = {"every": WEEK, "day": 0, "only_if_needed": True}
    later = change_report(order=order, form="xlsx", at=MONDAY + 2 * DAY, **same)
    assert later.next_on == ON
    moved = change_report(order=order, form="xlsx", at=FRIDAY, **same | {"day": 3})
    assert moved.next_on == ON + 3 * DAY


def test_two_orders_of_the_same_are_one(marek):
    first, other = ordered(marek), ordered(marek, day=2)
    with pytest.raises(ordering.OrderedAlready):
        change_report(order=other, form="csv", every=WEEK, day=0, only_if_needed=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportOrder.objects.filter(pk=other.pk).update(day=first.day)
    assert ordered(marek) == first


@pytest.mark.parametrize(
    "wrong", [{"every": "year"}, {"weekday": "6"}, {"weekday": "x"}, {"month_day": "32"}, {"form": "pdf"}]
)
def test_what_cannot_be_is_asked_for_again(marek, client_for, wrong):
    answered = client_for(marek).post(NEW, TYPED | wrong)
    assert answered.status_code == 422
    assert not ReportOrder.objects.exists()


def test_twenty_are_enough(marek, client_for, django_assert_max_num_queries):
    for number in range(ordering.MOST):
        ordered(marek, every=MONTH, day=number + 1)
    refused = client_for(marek).post(NEW, TYPED)
    assert refused.status_code == 422
    assert "Stop one of them first" in refused.content.decode()
    client = client_for(marek)
    with django_assert_max_num_queries(12):
        assert client.get(LIST).content.decode().count("Every month") == ordering.MOST


def test_strangers_get_nowhere(crew, ana, marek, irena, obcy, ela, admin, client_for):
    order = ordered(marek)
    for stranger in (ana, obcy, ela, admin):
        for address in (LIST, NEW, f"{LIST}{order.key}/"):
            assert client_for(stranger).get(address).status_code == 404
        assert client_for(stranger).post(NEW, TYPED).status_code == 404
    foreign = client_for(irena)
    assert "Trainings" not in foreign.get(LIST).content.decode().split("<h1>")[1]
    for address in (f"{LIST}{order.key}/", f"{LIST}{order.key}/stop/"):
        assert foreign.post(address, TYPED).status_code == 404
    assert foreign.get("/team/reports/new/answers/").status_code == 404
    assert foreign.get(f"{NEW}?show=secrets").url == "/team/?show=secrets"
    assert foreign.get(f"{LIST}{order.key}/stop/").status_code == 405
    assert client_for(None).post(f"{LIST}{order.key}/stop/").status_code == 302
    assert ReportOrder.objects.open().get() == order
    assert Sending.objects.count() == 0


def test_a_manager_never_reads_a_name_they_may_not_see_in_their_list(teams, marek, client_for):
    person("Zenon Far", teams.warehouse)
    ordered(marek, query=f"show=all&team={teams.warehouse.key}")
    assert teams.warehouse.name not in client_for(marek).get(LIST).content.decode()
