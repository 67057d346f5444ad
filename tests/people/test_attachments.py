"""A file that goes with a mail: the same bytes under the same Message-ID, and gone when the last word is said."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from people import actions, truth
from people.emails import File
from people.models import Attachment, Mail
from people.tasks import deliver_mail

BYTES = b"\xef\xbb\xbfname;day\r\nZa\xc5\xbc;1\n" + bytes(range(256)) + b"x" * 2000


def write(person, **changes) -> Mail:
    facts = {"kind": "test", "subject": "List", "text": "Here.", "html": "<p>Here.</p>"}
    return actions.send_mail(person=person, file=File("list.csv", "text/csv; charset=utf-8", BYTES), **facts | changes)


def kept() -> bytes:
    return bytes(Attachment.objects.get().content)


def test_a_file_arrives_byte_for_byte_and_is_emptied(ana, inbox, work):
    write(ana)
    work()
    (received,) = inbox.mails
    (part,) = received.iter_attachments()
    assert part.get_payload(decode=True) == BYTES
    assert (part.get_filename(), part.get_content_type()) == ("list.csv", "text/csv")
    assert received.get_body(("plain",)).get_content().strip() == "Here."
    assert received.get_body(("html",)).get_content().strip() == "<p>Here.</p>"
    assert kept() == b""
    assert Attachment.objects.get().size == len(BYTES)


def test_a_mail_its_file_and_its_task_exist_together_or_not_at_all(ana):
    def act():
        write(ana)
        assert Attachment.objects.exists()
        raise RuntimeError("the act around it fails")

    with pytest.raises(RuntimeError), transaction.atomic():
        act()
    assert not Mail.objects.exists()
    assert not Attachment.objects.exists()


def test_a_server_that_is_slow_refuses_for_now_or_dies_gets_the_same_file_again(ana, inbox, work):
    mail = write(ana)
    now = timezone.now()
    for answer, hours in (("451 too busy", 0), ("die", 1), ("250 OK", 2)):
        inbox.data = answer
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            work()
        assert kept() == (b"" if answer == "250 OK" else BYTES)
    assert [each["Message-ID"] for each in inbox.mails] == [mail.message_id] * 2
    assert {next(each.iter_attachments()).get_payload(decode=True) for each in inbox.mails} == {BYTES}


def test_it_is_emptied_when_the_mail_is_given_up_or_withdrawn(ana, inbox, work, monkeypatch):
    inbox.rcpt = "550 no such person"
    write(ana)
    work()
    assert kept() == b""
    Attachment.objects.all().delete()
    monkeypatch.setitem(truth._registered, "untrue", lambda _mail: False)
    write(ana, kind="untrue")
    work()
    assert kept() == b""
    assert Mail.objects.latest("pk").withdrawn_at
    assert inbox.mails == []


def test_bytes_that_are_not_those_that_were_enclosed_never_leave(ana, mailoutbox):
    mail = write(ana)
    Attachment.objects.update(content=BYTES + b"!")
    assert deliver_mail.func(mail.pk) == "tried"
    assert "Damaged" in Mail.objects.get().error
    assert mailoutbox == []
