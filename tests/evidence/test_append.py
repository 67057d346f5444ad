"""Appending: one chain, in the caller's transaction, whoever else appends at the same time."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from evidence import actions, head, rules
from evidence.models import Head, Personal, Record
from tests.evidence.conftest import ANNA, head_file, kinds, problems

AT = datetime(2026, 11, 22, 7, 0, 0, 123456, tzinfo=UTC)


def test_records_are_numbered_and_each_names_the_hash_before_it(db, append):
    first, second, third = append(), append(), append()
    assert [first.seq, second.seq, third.seq] == [1, 2, 3]
    assert [first.previous, second.previous, third.previous] == [rules.GENESIS, first.hash, second.hash]
    assert Head.objects.get().hash == third.hash


def test_a_record_comes_back_as_it_was_written(db, append):
    facts = {"hours": "1.5", "steps": [1, None, True, {"a": "Ķīmija"}], "cycle": 10**18}
    seq = append("course.completed", ANNA, at=AT, facts=facts, personal={"name": "Żaneta"}).seq
    record = Record.objects.get(seq=seq)
    assert (record.kind, record.subject, record.at, record.facts) == ("course.completed", ANNA, AT, facts)
    assert record.personal.payload == {"name": "Żaneta"}
    assert str(record) == "1 course.completed"


def test_a_time_is_given_where_the_caller_has_none(db, append):
    record = append()
    assert record.at.tzinfo is not None


def test_the_same_payload_is_salted_anew_each_time(db, append):
    first, second = append(), append()
    assert first.personal.payload == second.personal.payload
    assert first.commitment != second.commitment


def test_a_record_without_anything_personal_has_no_payload_row(db, append):
    assert append(personal={}).commitment == ""
    assert not Personal.objects.exists()


# --- several at once -------------------------------------------------------------------------------------------------
def test_what_an_act_proves_together_is_one_chain_in_its_order(db, append):
    append()
    with actions.together():
        assert append("a", personal={"name": "Anna"}) is None
        append("b", personal={})
        with actions.together():  # an act within an act
            append("c")
        assert Record.objects.count() == 1
    records = list(Record.objects.order_by("seq"))
    assert [record.kind for record in records[1:]] == ["a", "b", "c"]
    assert [record.previous for record in records[1:]] == [record.hash for record in records[:-1]]
    assert records[1].personal.payload == {"name": "Anna"}
    assert Head.objects.get().hash == records[-1].hash
    actions.seal()
    assert problems() == []


PLAIN = {"kind": "course.completed", "subject": ANNA, "facts": {}, "personal": {"name": "Anna"}}


def test_three_proofs_cost_as_many_queries_as_one_and_the_chain_is_locked_last(db, append, assert_queries_at_most):
    append()
    with assert_queries_at_most(4) as one:
        actions.append(**PLAIN)
    with assert_queries_at_most(len(one)), actions.together(), assert_queries_at_most(0):
        for _number in range(3):
            actions.append(**PLAIN)
    assert Record.objects.count() == 5
    with assert_queries_at_most(0), actions.together():
        pass


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_proves_nothing_and_the_next_one_is_on_its_own(append):
    append()

    def fail() -> None:
        with transaction.atomic(), actions.together():
            append()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert Record.objects.count() == 1
    assert append().seq == 2
    assert problems() == []


@pytest.mark.django_db(transaction=True)
def test_together_outside_a_transaction_is_refused_before_anything_is_done():
    with pytest.raises(transaction.TransactionManagementError), actions.together():
        pytest.fail("begun")


@pytest.mark.django_db(transaction=True)
def test_evidence_outside_a_transaction_is_refused():
    with pytest.raises(transaction.TransactionManagementError):
        actions.append(kind="course.completed", subject=ANNA, facts={}, personal={})
    assert not Record.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_no_evidence_and_does_not_move_the_head(append):
    append()
    with transaction.atomic():
        append()
        transaction.set_rollback(True)
    assert Record.objects.count() == 1 == head_file()["seq"]
    assert append().seq == 2
    assert problems() == []


@pytest.mark.parametrize(
    "fields", [{"facts": {"score": 0.5}}, {"personal": {"name": "a\0b"}}, {"at": AT.replace(tzinfo=None)}]
)
def test_what_cannot_be_recorded_faithfully_is_refused_and_leaves_nothing(db, append, fields):
    append()
    with pytest.raises(rules.NotCanonical):
        append(**fields)
    assert Record.objects.count() == 1
    assert append().seq == 2


def test_a_new_key_goes_on_with_the_same_chain(db, append, settings):
    append()
    settings.EVIDENCE_OLD_KEYS, settings.EVIDENCE_KEY = (
        [settings.EVIDENCE_KEY],
        "a new key for the evidence, long enough",
    )
    append()
    actions.seal()
    assert problems() == []
    assert len(set(Record.objects.values_list("key_id", flat=True))) == 2


def test_without_the_old_key_its_records_cannot_be_verified(db, append, settings):
    append()
    actions.seal()
    settings.EVIDENCE_KEY = "a new key for the evidence, long enough"
    append()
    assert kinds() == [(str(head.path()), "head file"), ("record 1", "unknown key")]


def test_an_emptied_head_row_stops_the_chain_instead_of_forking_it(tampering, append):
    Head.objects.all().delete()
    with pytest.raises(actions.ChainBroken):
        append()
    assert Record.objects.count() == tampering.length


@pytest.mark.django_db(transaction=True)
def test_threads_that_append_at_the_same_time_keep_one_chain(append):
    threads, each = 4, 6
    start = threading.Barrier(threads)
    failures = []

    def work():
        try:
            start.wait()
            for _ in range(each):
                append()
        except Exception as failure:
            failures.append(failure)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert list(Record.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, threads * each + 1))
    assert head_file()["seq"] == threads * each
    assert problems() == []


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_same_threads_do_fork_the_chain(append, monkeypatch):
    """The control of the test above: it can fail. Both threads read the head before either moves it."""
    append()
    read = threading.Barrier(2)
    failures = []

    def unlocked() -> Head:
        last = Head.objects.get()
        read.wait()
        return last

    def work():
        try:
            append()
        except Exception as failure:
            failures.append(type(failure).__name__)
        finally:
            connection.close()

    if connection.vendor == "sqlite":
        # IMMEDIATE alone serialises: no thread reads before the other has committed, so it waits at the barrier alone.
        read = threading.Barrier(1)
    monkeypatch.setattr(actions, "_locked_head", unlocked)
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == ([] if connection.vendor == "sqlite" else ["IntegrityError"])
