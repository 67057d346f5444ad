"""The signed head outside the database: never ahead of the chain, never backwards, whole at every moment of a kill."""

import json
import os
import threading

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from evidence import actions, head, rules, triggers
from evidence.models import Head, Record
from evidence.verify import Verification
from tests.evidence.conftest import head_file, kinds, problems


@pytest.fixture
def append(db, append, django_capture_on_commit_callbacks):
    """What happens after a commit happens here too, without emptying every table after the test."""

    def append_and_commit(*args, **fields):
        with django_capture_on_commit_callbacks(execute=True):
            return append(*args, **fields)

    return append_and_commit


class Killed(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


def kill(*args, **kwargs):
    raise Killed


def behind() -> int:
    verification = Verification()
    assert list(verification.problems()) == []
    return verification.behind


@pytest.mark.django_db(transaction=True)
def test_every_commit_moves_the_head(append):
    for seq in (1, 2, 3):
        record = append()
        assert (head_file()["seq"], head_file()["hash"]) == (seq, record.hash)


def test_the_head_names_no_key_and_no_person(append):
    append()
    assert set(head_file()) == {"seq", "hash", "at", "key_id", "signature"}


@pytest.mark.django_db(transaction=True)
def test_several_records_of_one_transaction_are_sealed_together():
    with transaction.atomic():
        for _ in range(2):
            actions.append(kind="course.completed", subject=None, facts={}, personal={})
        assert head_file()["seq"] == 0
    assert head_file()["seq"] == 2


@pytest.mark.django_db(transaction=True)
def test_a_kill_between_commit_and_sealing_leaves_the_head_behind_and_the_next_record_catches_up(append, monkeypatch):
    append()
    with monkeypatch.context() as patch:
        patch.setattr(head, "write", kill)
        with pytest.raises(Killed):
            append()
    assert Record.objects.count() == 2
    assert behind() == 1
    append()
    assert behind() == 0
    assert head_file()["seq"] == 3


def test_a_kill_after_the_very_first_commit_is_caught_up_as_well(append, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(actions, "seal", kill)
        with pytest.raises(Killed):
            append()
    assert behind() == 1
    append()
    assert behind() == 0


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_kill_while_the_head_is_written_leaves_the_old_one_whole(append, monkeypatch, step):
    append()
    with monkeypatch.context() as patch:
        patch.setattr(os, step, kill)
        with pytest.raises(Killed):
            append()
    assert head_file()["seq"] == 1
    assert behind() == 1
    append()
    assert behind() == 0


def test_half_a_file_left_by_a_killed_writer_is_in_nobodys_way(append):
    append()
    head.path().with_name(head.path().name + ".new").write_text('{"seq": 1, "ha')
    append()
    assert behind() == 0


def test_a_full_disk_under_the_head_does_not_fail_what_is_already_saved(append, monkeypatch, caplog):
    append()

    def full(*args, **kwargs):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(head, "write", full)
        append()
    assert "No space left on device" in caplog.text
    assert behind() == 1


def test_sealing_late_never_moves_the_head_backwards(append, monkeypatch):
    """Two processes commit 2 and 3; the one that committed 2 comes to seal last."""
    append()
    with monkeypatch.context() as patch:
        patch.setattr(actions, "seal", lambda: None)
        append()
    append()
    newest = head_file()
    actions.seal()
    assert head_file() == newest


def test_a_head_is_not_moved_over_a_cut_tail(append, caplog):
    """Whoever cuts the tail and sets the row back must not be helped by the next learner's record."""
    records = [append() for _ in range(4)]
    with triggers.lifted():
        for table in ("evidence_personal", "evidence_record"):
            column = "record_id" if table == "evidence_personal" else "seq"
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table} WHERE {column} > 2")
        Head.objects.update(seq=2, hash=records[1].hash)
    assert kinds() == [("end of the chain", "cut")]
    for _ in range(3):
        append()
    assert head_file()["seq"] == 4
    assert "names a record 4 that is not in the chain" in caplog.text
    assert kinds() == [("record 4", "head file")]


def test_a_missing_head_is_an_error_and_is_not_made_again_by_the_next_record(append, caplog):
    append()
    head.path().unlink()
    append()
    assert not head.path().exists()
    assert "is missing" in caplog.text
    assert kinds() == [(str(head.path()), "head file")]


def test_a_forged_head_is_an_error_and_is_not_overwritten(append):
    append()
    forged = json.dumps(head_file() | {"seq": 0, "hash": rules.GENESIS})
    head.path().write_text(forged)
    append()
    assert head.path().read_text() == forged
    assert kinds() == [(str(head.path()), "head file")]


def test_a_head_that_is_no_text_is_an_error(append):
    append()
    head.path().write_bytes(b"\xff\xfe\x00")
    assert kinds() == [(str(head.path()), "head file")]


def test_a_head_signed_with_another_key_is_an_error(append, settings):
    append()
    real, settings.EVIDENCE_KEY = settings.EVIDENCE_KEY, "somebody else's key, long enough to be one"
    head.write(seq=1, hash=Record.objects.get().hash)
    settings.EVIDENCE_KEY = real
    assert kinds() == [(str(head.path()), "head file")]


def test_a_copy_of_an_earlier_head_finds_that_database_and_head_were_both_set_back(append, tmp_path):
    append()
    old_head = head.path().read_text()
    old_row = Head.objects.values().get()
    append()
    copy = tmp_path / "kept-elsewhere.json"
    copy.write_text(head.path().read_text())
    with triggers.lifted(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM evidence_personal WHERE record_id = 2")
        cursor.execute("DELETE FROM evidence_record WHERE seq = 2")
        Head.objects.update(**old_row)
    head.path().write_text(old_head)
    assert problems() == []
    assert kinds(copies=[copy]) == [("end of the chain", "cut")]
    append()
    assert kinds(copies=[copy]) == [("record 2", "head file")]


def test_a_copy_that_is_forged_or_not_there_is_named(append, tmp_path):
    append()
    forged, absent = tmp_path / "forged.json", tmp_path / "absent.json"
    forged.write_text("{}")
    assert kinds(copies=[forged, absent]) == [(str(forged), "head file"), (str(absent), "head file")]


@pytest.mark.django_db(transaction=True)
def test_writers_take_turns(append):
    """While one holds the lock, another's seal waits: it is done only after the lock is given back."""
    append()
    done = threading.Event()

    def seal():
        try:
            actions.seal()
            done.set()
        finally:
            connection.close()

    other = threading.Thread(target=seal)
    with head.locked():
        other.start()
        other.join(timeout=0.2)
        assert not done.is_set()
    other.join()
    assert done.is_set()


def test_the_folder_of_the_head_is_made_where_it_is_missing(append, settings, tmp_path):
    settings.EVIDENCE_HEAD = tmp_path / "new" / "folder" / "head.json"
    append()
    assert head_file()["seq"] == 1


def test_the_operator_seals_a_chain_whose_head_is_behind_or_missing(append, capsys):
    append()
    head.path().unlink()
    call_command("verify_evidence", seal=True)
    assert head_file()["seq"] == 1
    assert capsys.readouterr().out == "1 record, chain whole, head at seq 1\n"
