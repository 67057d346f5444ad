import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from people import actions, rules, tasks
from people.models import Mail
from people.tasks import deliver_mail


def write(person, **changes) -> Mail:
    facts = {
        "kind": "test",
        "subject": "Zażółć gęślą jaźń",
        "text": "Tekst: ąćęłńóśźż āčēģīķļņšūž",
        "html": "<p>Tekst</p>",
    }
    return actions.send_mail(person=person, **facts | changes)


def again(mail: Mail) -> Mail:
    return Mail.objects.get(pk=mail.pk)


def test_a_mail_reaches_the_server_as_text_and_html_with_every_letter(ana, inbox, work, settings):
    settings.SUPPORT_EMAIL = "help@example.org"
    mail = write(ana)
    work()
    (received,) = inbox.mails
    assert received["Subject"] == "Zażółć gęślą jaźń"
    assert received["To"] == "ana@example.org"
    assert received["Reply-To"] == "help@example.org"
    assert received["Message-ID"] == mail.message_id
    assert received["Auto-Submitted"] == "auto-generated"
    assert received.get_body(("plain",)).get_content().strip() == "Tekst: ąćęłńóśźż āčēģīķļņšūž"
    assert received.get_body(("html",)).get_content().strip() == "<p>Tekst</p>"
    sent = again(mail)
    assert sent.sent_at is not None
    assert (sent.attempts, sent.failed_at, sent.error) == (1, None, "")


def test_a_web_request_never_talks_to_the_mail_server(ana, inbox):
    write(ana)
    assert inbox.mails == []


def test_a_mail_and_its_task_exist_together_or_not_at_all(ana):
    def act():
        write(ana)
        assert DBTaskResult.objects.count() == 1
        raise RuntimeError("the act around it fails")

    with pytest.raises(RuntimeError), transaction.atomic():
        act()
    assert not Mail.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_the_follow_up_after_a_success_sends_nothing(ana, inbox, work):
    write(ana)
    work()
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        work()
    assert len(inbox.mails) == 1
    assert not DBTaskResult.objects.ready().exists()


def test_a_server_that_is_down_costs_time_and_no_mail(ana, inbox, work, settings):
    right_port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    mail = write(ana)
    work()
    assert "ConnectionRefused" in again(mail).error
    assert again(mail).failed_at is None
    settings.EMAIL_PORT = right_port
    work()
    assert inbox.mails == [], "the pause is not over"
    with time_machine.travel(timezone.now() + rules.pause_after(1), tick=False):
        work()
    assert len(inbox.mails) == 1
    assert again(mail).attempts == 2
    assert again(mail).error == ""


def test_a_server_that_says_later_is_asked_later(ana, inbox, work):
    inbox.data = "451 too busy"
    mail = write(ana)
    work()
    assert (again(mail).attempts, again(mail).failed_at) == (1, None)
    assert "451" in again(mail).error
    inbox.data = "250 OK"
    with time_machine.travel(timezone.now() + rules.pause_after(1), tick=False):
        work()
    assert again(mail).sent_at is not None


def test_a_refused_address_is_given_up_at_once_and_says_why(ana, inbox, work):
    inbox.rcpt = "550 no such person"
    mail = write(ana)
    work()
    failed = again(mail)
    assert failed.failed_at is not None
    assert "no such person" in failed.error
    inbox.rcpt = "250 OK"
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        work()
    assert inbox.mails == []
    assert again(mail).attempts == 1


def test_after_the_last_attempt_the_mail_is_given_up_with_every_attempt_counted(ana, settings, inbox, work):
    inbox.data = "451 too busy"
    mail = write(ana)
    now = timezone.now()
    for _ in range(rules.MAIL_ATTEMPTS + 2):
        with time_machine.travel(now, tick=False):
            work()
        now += timedelta(days=1)
    given_up = again(mail)
    assert given_up.attempts == rules.MAIL_ATTEMPTS
    assert given_up.failed_at is not None
    assert not DBTaskResult.objects.ready().exists()


def test_a_server_that_dies_between_taking_and_saying_so_gets_the_same_message_id_again(ana, inbox, work):
    inbox.data = "die"
    mail = write(ana)
    work()
    assert again(mail).sent_at is None
    inbox.data = "250 OK"
    with time_machine.travel(timezone.now() + rules.pause_after(1), tick=False):
        work()
    first, second = inbox.mails
    assert first["Message-ID"] == second["Message-ID"] == mail.message_id
    assert again(mail).sent_at is not None


class WorkerKilled(BaseException):
    pass


def test_a_worker_killed_after_the_server_took_the_mail_leaves_one_duplicate_at_most(ana, inbox, work, monkeypatch):
    mail = write(ana)
    with monkeypatch.context() as patch:

        def killed(mail):
            raise WorkerKilled

        patch.setattr(tasks, "_record_success", killed)
        with pytest.raises(WorkerKilled):
            deliver_mail.call(mail.pk)
    now = timezone.now()
    for hours in (1, 24, 48):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            work()
    assert [each["Message-ID"] for each in inbox.mails] == [mail.message_id] * 2
    assert again(mail).sent_at is not None


def test_a_second_worker_keeps_off_while_the_first_is_sending(ana, mailoutbox, monkeypatch):
    mail = write(ana)
    build = tasks._message
    answers = []

    def second_worker_arrives(claimed):
        answers.append(deliver_mail.call(mail.pk))
        return build(claimed)

    monkeypatch.setattr(tasks, "_message", second_worker_arrives)
    assert deliver_mail.call(mail.pk) == "sent"
    assert answers == ["nothing to do"]
    assert len(mailoutbox) == 1


def test_of_two_workers_that_read_the_same_mail_only_one_claims_it(ana, mailoutbox, monkeypatch):
    mail = write(ana)

    def the_other_is_faster(attempt):
        Mail.objects.filter(pk=mail.pk, attempts=0).update(attempts=1)
        return rules.MAIL_PAUSES[0]

    monkeypatch.setattr(tasks.rules, "pause_after", the_other_is_faster)
    assert deliver_mail.call(mail.pk) == "nothing to do"
    assert mailoutbox == []


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_one_mail(ana, inbox):
    mail = write(ana)
    start = threading.Barrier(4)
    answers = []

    def worker():
        try:
            start.wait()
            answers.append(deliver_mail.call(mail.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["nothing to do"] * 3 + ["sent"]
    assert len(inbox.mails) == 1


def test_a_mail_whose_task_died_before_it_began_is_queued_again(ana, inbox, work, capsys):
    write(ana)
    DBTaskResult.objects.update(status="RUNNING")  # and its worker is gone
    work()
    call_command("requeue_mail")
    assert "Queued again: 0" in capsys.readouterr().out, "it may still be on its way"
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        for _ in range(2):
            call_command("requeue_mail")
            assert "Queued again: 1" in capsys.readouterr().out
        work()
        call_command("requeue_mail")
        assert "Queued again: 0" in capsys.readouterr().out
    assert len(inbox.mails) == 1


def test_a_secret_mail_is_emptied_once_it_is_sent(ana, inbox, work):
    mail = write(ana, secret=True)
    assert again(mail).text
    work()
    assert inbox.mails[0].get_body(("plain",)).get_content()
    assert (again(mail).text, again(mail).html) == ("", "")


def test_a_secret_mail_is_emptied_when_it_is_given_up(ana, inbox, work):
    inbox.rcpt = "550 no such person"
    mail = write(ana, secret=True)
    work()
    assert (again(mail).text, again(mail).html) == ("", "")


def test_a_surprise_while_sending_is_written_down_and_tried_again(ana, work, monkeypatch):
    def surprise(mail):
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(tasks, "_message", surprise)
    mail = write(ana)
    work()
    assert again(mail).error == "RuntimeError: nobody thought of this"
    assert again(mail).failed_at is None
    assert DBTaskResult.objects.filter(status="READY").count() == 1


def test_a_subject_with_line_breaks_stays_one_header(ana, inbox, work):
    write(ana, subject="Course\r\nBcc: thief@example.org\nX-Evil: 1")
    work()
    (received,) = inbox.mails
    assert received["Bcc"] is None
    assert received["X-Evil"] is None
    assert received["Subject"] == "Course Bcc: thief@example.org X-Evil: 1"


@pytest.mark.parametrize(
    "address", ["a@example.org\nBcc: b@example.org", "a@example.org, b@example.org", "nonsense", ""]
)
@pytest.mark.django_db
def test_a_mail_goes_to_one_plain_address(address):
    with pytest.raises((ValidationError, AttributeError)):
        actions.send_mail(person=None, to=address, language="en", kind="test", subject="s", text="t")
    assert not Mail.objects.exists()


def test_message_ids_are_ours_and_never_repeat(ana):
    first, second = write(ana), write(ana)
    assert first.message_id != second.message_id
    assert first.message_id.endswith("@127.0.0.1>")
    with pytest.raises(IntegrityError), transaction.atomic():
        Mail.objects.filter(pk=second.pk).update(message_id=first.message_id)


def test_the_database_knows_no_mail_that_is_both_sent_and_given_up(ana):
    mail = write(ana)
    with pytest.raises(IntegrityError), transaction.atomic():
        Mail.objects.filter(pk=mail.pk).update(sent_at=timezone.now(), failed_at=timezone.now())
