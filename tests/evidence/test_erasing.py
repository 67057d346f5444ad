"""Erasing what is personal: it is gone from the database, and the chain is as whole as before."""

import threading

import pytest
from django.db import connection, transaction

from evidence import actions, rules
from evidence.models import Personal, Record
from evidence.rules import ErasureReason
from tests.evidence.conftest import ANNA, BOLEK, kinds, problems

MARK = "Unmistakable Anna"  # ASCII: some columns escape other letters


def everything_in_the_database() -> str:
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += cursor.fetchall()
    return repr(rows)


def test_nothing_personal_is_left_in_any_table_and_the_chain_is_whole(db, append):
    append(personal={"name": MARK, "answers": [{"free text": MARK}]})
    append(subject=BOLEK)
    append(personal={"name": MARK})
    assert MARK in everything_in_the_database()
    actions.erase(subject=ANNA, reason=ErasureReason.REQUEST, by=None)
    actions.seal()
    assert MARK not in everything_in_the_database()
    assert problems() == []
    assert list(Personal.objects.values_list("record", flat=True)) == [2]


def test_the_erasure_is_recorded_with_who_and_why_and_without_a_name(ana, admin, append):
    append(subject=ana.key, personal={"name": ana.name})
    append(subject=ana.key, personal={"name": ana.name})
    record = actions.erase(subject=ana.key, reason=ErasureReason.RETENTION, by=admin)
    assert (record.kind, record.subject) == (rules.ERASED, ana.key)
    assert record.facts == {"reason": "retention", "by": str(admin.key), "payloads": 2}
    assert not Personal.objects.exists()


def test_the_facts_stay(db, append):
    append(facts={"hours": "1.5"})
    actions.erase(subject=ANNA, reason=ErasureReason.REQUEST, by=None)
    assert Record.objects.get(seq=1).facts == {"hours": "1.5"}


def test_erasing_twice_records_once(db, append):
    append()
    assert actions.erase(subject=ANNA, reason=ErasureReason.REQUEST, by=None)
    assert actions.erase(subject=ANNA, reason=ErasureReason.REQUEST, by=None) is None
    assert Record.objects.count() == 2


def test_a_reason_in_free_text_is_refused_and_nothing_is_erased(db, append):
    append()
    with pytest.raises(ValueError), transaction.atomic():
        actions.erase(subject=ANNA, reason="Anna asked for it", by=None)
    assert Personal.objects.count() == 1


def test_what_is_recorded_after_an_erasure_can_be_erased_again(db, append):
    append()
    actions.erase(subject=ANNA, reason=ErasureReason.REQUEST, by=None)
    append()
    actions.seal()
    assert problems() == []
    actions.erase(subject=ANNA, reason=ErasureReason.REQUEST, by=None)
    actions.seal()
    assert problems() == []
    assert not Personal.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("erasure_first", [True, False])
def test_a_record_of_the_same_person_never_slips_between_forgetting_and_saying_so(append, erasure_first):
    """Whichever begins second waits for the other: the payload is erased with the rest, or comes after."""
    append()
    began, go_on = threading.Event(), threading.Event()

    def first():
        try:
            with transaction.atomic():
                acts[0]()
                began.set()
                go_on.wait(timeout=0.3)  # the other one is waiting meanwhile, so nobody tells us
        finally:
            began.set()
            connection.close()

    acts = [lambda: actions.erase(subject=ANNA, reason=ErasureReason.REQUEST, by=None), append]
    if not erasure_first:
        acts.reverse()
    other = threading.Thread(target=first)
    other.start()
    began.wait()
    acts[1]()
    other.join()
    assert list(Personal.objects.values_list("record", flat=True)) == ([3] if erasure_first else [])
    assert kinds() == []
