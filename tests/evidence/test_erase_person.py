"""manage.py erase_person: how an operator has the evidence forget somebody."""

import pytest
from django.core.management import CommandError, call_command

from courses import actions as courses
from courses.models import Reflection
from evidence import rules
from evidence.models import Personal, Record


@pytest.fixture
def remembered(ana, obcy, append):
    append(subject=ana.key, personal={"name": ana.name})
    append(subject=ana.key, personal={"name": ana.name})
    append(subject=obcy.key, personal={"name": obcy.name})


def erase(*arguments: str) -> None:
    call_command("erase_person", "ANA@example.org", "--reason", "request", *arguments)


def answer(monkeypatch, text: str) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: text)


def test_one_person_is_forgotten_after_a_question_and_by_whom_is_recorded(remembered, ana, obcy, admin, monkeypatch):
    answer(monkeypatch, "ana@example.org")
    erase("--by", admin.email)
    assert [row.record.subject for row in Personal.objects.select_related("record")] == [obcy.key]
    record = Record.objects.latest("seq")
    assert (record.kind, record.subject) == (rules.ERASED, ana.key)
    assert record.facts == {"reason": "request", "by": str(admin.key), "payloads": 2}


def test_another_answer_erases_nothing(remembered, monkeypatch):
    answer(monkeypatch, "yes")
    with pytest.raises(CommandError, match="Nothing was erased"):
        erase()
    assert (Personal.objects.count(), Record.objects.count()) == (3, 3)


def test_a_dry_run_only_counts(remembered, capsys):
    erase("--dry-run")
    assert "Ana Nowak <ana@example.org>: personal payloads: 2" in capsys.readouterr().out
    assert (Personal.objects.count(), Record.objects.count()) == (3, 3)


def test_a_second_time_there_is_nothing_to_erase(remembered):
    erase("--no-input")
    erase("--no-input")
    assert Record.objects.filter(kind=rules.ERASED).count() == 1


def test_what_only_they_could_read_is_deleted_said_and_on_record_too(enrolment, ana, monkeypatch, capsys):
    key = enrolment.course_version.steps[0].key
    courses.save_reflection(enrolment=enrolment, step_key=key, block_key="a", text="I was afraid")
    call_command("export_private", ana.email)
    assert "I was afraid" in capsys.readouterr().out
    assert not Personal.objects.filter(record__subject=ana.key).exists()
    for _time in range(2):
        erase("--no-input")
    assert "notes in lessons deleted: 1" in capsys.readouterr().out
    assert not Reflection.objects.exists()
    assert [record.facts["private"] for record in Record.objects.filter(kind=rules.ERASED)] == [1]


@pytest.mark.parametrize("by", ["nobody@example.org", "olaf@example.org"])
def test_who_decided_is_an_admin(remembered, by):
    with pytest.raises(CommandError):
        erase("--no-input", "--by", by)
    assert Personal.objects.count() == 3


@pytest.mark.django_db
def test_an_unknown_address_is_said():
    with pytest.raises(CommandError, match="Nobody has the address"):
        erase()
