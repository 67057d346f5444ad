"""Somebody who owns the database changes it behind our back: `verify_evidence` finds it and names the place."""

import json
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evidence import rules, verify
from evidence.models import Head, Personal, Record
from tests.evidence.conftest import ANNA, LENGTH, append_by_hand, kinds, problems, remove, run

SOMEBODY = UUID("0c" * 16)


def swap(one: int, other: int) -> None:
    """Two records change places, each with its payload."""
    for source, target in ((one, 1000), (other, one), (1000, other)):
        Personal.objects.filter(record=source).update(record=target)
        Record.objects.filter(seq=source).update(seq=target)


# --- examples ------------------------------------------------------------------------------------------------------
def test_an_untouched_chain_has_no_problems(tampering):
    assert [kind for _, kind in kinds() if kind != "triggers"] == []


@pytest.fixture(autouse=True)
def triggers_are_not_the_point(monkeypatch):
    """They are lifted here; test_triggers.py asks about them."""
    monkeypatch.setattr(verify.triggers, "missing", list)


@pytest.mark.parametrize(
    "column, value",
    [
        ("at", "2020-01-01T00:00:00+00:00"),
        ("kind", "certificate.revoked"),
        ("subject", SOMEBODY),
        ("subject", None),
        ("facts", {"score": 100}),
        ("facts", {}),
        ("previous", "0" * 64),
        ("hash", "f" * 64),
    ],
)
def test_a_changed_column_is_found_at_its_record(tampering, column, value):
    Record.objects.filter(seq=4).update(**{column: value})
    assert ("record 4", "changed") in kinds()
    assert {place for place, _ in kinds()} == {"record 4"}


def test_a_changed_commitment_is_found_twice_over(tampering):
    Record.objects.filter(seq=4).update(commitment="f" * 64)
    assert kinds() == [("record 4", "changed"), ("record 4", "personal payload")]


def test_another_key_id_is_found(tampering):
    Record.objects.filter(seq=4).update(key_id="0123456789abcdef")
    assert kinds() == [("record 4", "unknown key")]


def test_a_removed_record_is_found(tampering):
    remove(4)
    assert kinds() == [("record 4", "removed")]


def test_removed_records_are_found_as_one_gap(tampering):
    remove(1, 2, 3)
    assert kinds() == [("records 1 to 3", "removed")]


@pytest.mark.parametrize("one, other", [(4, 5), (1, 6), (2, 8)])
def test_swapped_records_are_found_as_moved(tampering, one, other):
    swap(one, other)
    moved = [place for place, kind in kinds() if kind == "reordered"]
    assert moved == [f"record {one}", f"record {other}"]


def test_a_record_appended_by_hand_is_found(tampering):
    append_by_hand(9)
    assert kinds() == [("record 9", "inserted"), ("row in evidence_head", "head row")]


def test_a_record_appended_by_hand_with_the_row_moved_along_is_found(tampering):
    append_by_hand(9)
    Head.objects.update(seq=9, hash=Record.objects.get(seq=9).hash)
    assert kinds() == [("record 9", "inserted")]


def test_an_old_record_appended_again_is_found(tampering):
    old = Record.objects.filter(seq=4).values("kind", "subject", "facts", "at").get()
    append_by_hand(9, **old)
    assert ("record 9", "inserted") in kinds()


def test_a_record_before_the_first_is_found(tampering):
    append_by_hand(0)
    assert kinds()[0] == ("record 0", "inserted")


@pytest.mark.parametrize("left", [7, 5, 0])
def test_a_cut_tail_is_found(tampering, left):
    remove(*range(left + 1, LENGTH + 1))
    assert ("end of the chain", "cut") in kinds()


@pytest.mark.parametrize("left", [7, 5, 1])
def test_a_cut_tail_with_the_row_set_back_is_found(tampering, left):
    remove(*range(left + 1, LENGTH + 1))
    Head.objects.update(seq=left, hash=Record.objects.get(seq=left).hash)
    assert ("end of the chain", "cut") in kinds()


def test_an_altered_payload_is_found(tampering):
    Personal.objects.filter(record=4).update(payload={"name": "Somebody Else"})
    Personal.objects.filter(record=6).update(salt="0" * 64)
    assert kinds() == [("record 4", "personal payload"), ("record 6", "personal payload")]


def test_payloads_that_changed_places_are_found(tampering):
    one, other = Personal.objects.get(record=4), Personal.objects.get(record=6)
    Personal.objects.filter(record=4).update(salt=other.salt)
    Personal.objects.filter(record=6).update(salt=one.salt)
    assert kinds() == [("record 4", "personal payload"), ("record 6", "personal payload")]


def test_a_payload_removed_without_an_erasure_is_found(tampering):
    Personal.objects.filter(record=4).delete()
    assert kinds() == [("record 4", "personal payload")]


def test_a_payload_put_back_after_its_erasure_is_found(tampering):
    Personal.objects.create(record_id=tampering.erased[0], salt="0" * 64, payload={"name": "Bolek"})
    assert [(problem.place, "is back" in problem.text) for problem in problems()] == [("record 2", True)]


def test_a_payload_for_a_record_that_has_none_is_found(tampering):
    Personal.objects.create(record_id=tampering.never_personal, salt="0" * 64, payload={})
    assert kinds() == [("record 3", "personal payload")]


def test_a_payload_without_a_record_is_found(tampering):
    Personal.objects.create(record_id=99, salt="0" * 64, payload={})
    assert kinds() == [("evidence_personal 99", "personal payload")]
    Personal.objects.filter(record=99).delete()


@pytest.mark.parametrize("change", [{"seq": F("seq") - 1}, {"seq": F("seq") + 1}, {"hash": "f" * 64}])
def test_a_changed_head_row_is_found(tampering, change):
    Head.objects.update(**change)
    assert len(kinds()) >= 1


def test_a_removed_head_row_is_found(tampering):
    Head.objects.all().delete()
    assert kinds() == [("row in evidence_head", "head row")]


# --- values that are none ------------------------------------------------------------------------------------------
GARBAGE = {
    "sqlite": [
        ("at", "the day before yesterday"),
        ("at", "2026-13-45 00:00:00"),
        ("at", ""),
        ("subject", "nobody"),
        ("facts", '{"score":80,"score":100}'),
        ("facts", "[" * 900 + "]" * 900),
        ("facts", "0.5"),
        ("kind", b"\xff"),
        ("hash", b"\x00"),
        ("key_id", b"\x00"),
        ("seq", 4.5),
        ("seq", "four"),
    ],
    "postgresql": [("at", "infinity"), ("at", "20000-01-01"), ("facts", "1e5"), ("facts", "0.5")],
}


@pytest.mark.parametrize("column, value", GARBAGE[connection.vendor])
def test_a_value_that_cannot_be_read_is_found_and_does_not_stop_the_walk(tampering, column, value):
    run(f"UPDATE evidence_record SET {column} = %s WHERE seq = 4", value)
    Record.objects.filter(seq=6).update(kind="changed")
    places = {place for place, _ in kinds()}
    assert places & {"record 4", "record 4.5", "record 'four'"}
    assert "record 6" in places
    Personal.objects.filter(record=4).delete()  # a number that is changed leaves it without its record


REPLACE = """
    REPLACE INTO evidence_record (seq, at, kind, subject, facts, commitment, previous, key_id, hash)
    SELECT seq, at, 'other', subject, facts, commitment, previous, key_id, hash FROM evidence_record WHERE seq = 4
"""


def test_sqlites_replace_is_refused_on_our_connections(chain):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has REPLACE")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(REPLACE)
    assert kinds() == []


def test_a_replace_that_slips_by_the_triggers_on_another_connection_is_found(chain):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has REPLACE")
    run("PRAGMA recursive_triggers=OFF")
    try:
        run(REPLACE)
    finally:
        run("PRAGMA recursive_triggers=ON")
    assert kinds() == [("record 4", "changed")]


# --- a page at a time ----------------------------------------------------------------------------------------------
def test_small_pages_find_the_same(tampering, monkeypatch):
    Record.objects.filter(seq=4).update(kind="other")
    remove(6)
    whole = kinds()
    monkeypatch.setattr(verify, "PAGE", 3)
    assert kinds() == whole == [("record 4", "changed"), ("record 6", "removed")]


def test_each_page_costs_one_query(chain, monkeypatch, django_assert_num_queries):
    with django_assert_num_queries(6):  # head row twice, count, lost payloads; the page, and the end of the chain
        assert problems() == []
    monkeypatch.setattr(verify, "PAGE", 2)
    with django_assert_num_queries(9):
        assert problems() == []


# --- any single tampering ------------------------------------------------------------------------------------------
seqs = st.integers(1, LENGTH)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=16)
hashes = texts | st.sampled_from(["0" * 64, "f" * 64]) | seqs.map(lambda seq: ("hash of", seq))
json_values = st.dictionaries(texts, st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts, max_size=2)
columns = {
    "seq": st.integers(0, 30),
    "at": st.datetimes(timezones=st.just(rules.UTC)),
    "kind": texts | st.just(rules.ERASED),
    "subject": st.none() | st.uuids() | st.sampled_from([ANNA, SOMEBODY]),
    "facts": json_values,
    "commitment": hashes,
    "previous": hashes,
    "key_id": texts,
    "hash": hashes,
}


def resolved(value):
    return Record.objects.get(seq=value[1]).hash if isinstance(value, tuple) else value


def change_a_record(draw):
    column = draw(st.sampled_from(sorted(columns)))
    value = resolved(draw(columns[column]))
    assume(column not in ("seq", "hash") or not Record.objects.filter(**{column: value}).exists())
    Record.objects.filter(seq=draw(seqs)).update(**{column: value})


def change_a_payload(draw):
    rows = Personal.objects.filter(record=draw(st.sampled_from([1, 4, 6, 8])))
    match draw(st.sampled_from(["salt", "payload", "record"])):
        case "salt":
            rows.update(salt=draw(hashes.filter(lambda value: not isinstance(value, tuple))))
        case "payload":
            rows.update(payload=draw(json_values))
        case "record":
            rows.update(record=draw(st.sampled_from([2, 3, 5, 7, 50])))


def remove_a_record(draw):
    remove(draw(seqs))


def remove_only_the_record_or_the_payload(draw):
    table, column = draw(st.sampled_from([("evidence_record", "seq"), ("evidence_personal", "record_id")]))
    run(f"DELETE FROM {table} WHERE {column} = %s", draw(seqs))


def insert_a_record(draw):
    fields = {
        name: resolved(draw(columns[name])) for name in draw(st.sets(st.sampled_from(sorted(columns)))) - {"hash"}
    }
    seq = fields.pop("seq", LENGTH + 1)
    assume(not Record.objects.filter(seq=seq).exists())
    append_by_hand(seq, **fields)


def insert_a_payload(draw):
    record = draw(st.sampled_from([2, 3, 5, 7, 50]))
    Personal.objects.create(record_id=record, salt=draw(texts), payload=draw(json_values))


def cut_the_tail(draw):
    left = draw(st.integers(0, LENGTH - 1))
    remove(*range(left + 1, LENGTH + 1))
    if draw(st.booleans()):
        last = Record.objects.filter(seq=left).first()
        Head.objects.update(seq=left, hash=last.hash if last else rules.GENESIS)


def swap_two_records(draw):
    swap(draw(seqs), draw(seqs))


def change_the_head_row(draw):
    match draw(st.sampled_from(["seq", "hash", "gone"])):
        case "seq":
            Head.objects.update(seq=draw(st.integers(0, 30)))
        case "hash":
            Head.objects.update(hash=resolved(draw(hashes)))
        case "gone":
            Head.objects.all().delete()


TAMPERINGS = [
    change_a_record,
    change_a_payload,
    remove_a_record,
    remove_only_the_record_or_the_payload,
    insert_a_record,
    insert_a_payload,
    cut_the_tail,
    swap_two_records,
    change_the_head_row,
]


def everything() -> list:
    tables = [Record.objects.order_by("seq"), Personal.objects.order_by("record_id"), Head.objects.all()]
    return [json.loads(json.dumps(list(rows.values()), default=str)) for rows in tables]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much])
@given(st.sampled_from(TAMPERINGS), st.data())
def test_any_single_tampering_is_found(tampering, tamper, data):
    with transaction.atomic():
        before = everything()
        tamper(data.draw)
        tampered = everything() != before
        found = problems()
        transaction.set_rollback(True)
    assert bool(found) == tampered
