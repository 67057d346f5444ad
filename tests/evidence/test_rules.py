"""The chain as pure functions, without a database."""

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evidence import rules
from evidence.rules import GENESIS, Anchor, Entry, Kind, Problem, Walk

SECRET = "a key that is long enough to be used as one"
OTHER = "another key that is long enough to be used as one"
KEYS = {rules.key_id(SECRET): SECRET}
AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


# --- canonical JSON ------------------------------------------------------------------------------------------------
@given(values)
def test_canonical_json_comes_back_as_it_went_in(value):
    again = json.loads(rules.canonical(value))
    assert again == value
    assert rules.canonical(again) == rules.canonical(value)


@given(values, values)
def test_two_values_share_a_spelling_only_when_they_are_the_same_json(one, other):
    assume(json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True))
    assert rules.canonical(one) != rules.canonical(other)


def test_the_order_of_names_does_not_matter_and_the_order_of_a_list_does():
    assert rules.canonical({"b": 1, "a": 2}) == '{"a":2,"b":1}' == rules.canonical({"a": 2, "b": 1})
    assert rules.canonical([1, 2]) != rules.canonical([2, 1])


def test_letters_stay_letters():
    assert rules.canonical("Ķirse, Żółć") == '"Ķirse, Żółć"'


@pytest.mark.parametrize(
    "value, said",
    [
        *[(value, "float cannot be recorded: write it as text or as a whole number") for value in (0.5, float("nan"))],
        ({"a": [0.5]}, "float cannot be recorded: write it as text or as a whole number"),
        (AT, "datetime cannot be recorded: write it as text or as a whole number"),
        (b"bytes", "bytes cannot be recorded: write it as text or as a whole number"),
        (uuid4(), "UUID cannot be recorded: write it as text or as a whole number"),
        ({1, 2}, "set cannot be recorded: write it as text or as a whole number"),
        ({1: "a"}, "the name 1 is not text"),
        *[(value, "text with a NUL character cannot be recorded") for value in ("a\0b", {"\0": 1})],
        ("\ud800", "text with a lone surrogate cannot be recorded"),
    ],
)
def test_what_a_database_would_respell_is_refused(value, said):
    with pytest.raises(rules.NotCanonical, match=f"^{said}$"):
        rules.canonical(value)


def test_a_time_is_written_in_utc_and_needs_a_time_zone():
    there = AT.astimezone(timezone(timedelta(hours=2)))
    assert rules.utc(there) == "2026-11-22T07:00:00.000000+00:00" == rules.utc(AT)
    with pytest.raises(rules.NotCanonical, match=r"^a time without a time zone cannot be recorded$"):
        rules.utc(AT.replace(tzinfo=None))


# --- hashes --------------------------------------------------------------------------------------------------------
def test_the_commitment_hides_the_payload_behind_the_salt():
    payload = {"name": "Anna"}
    assert rules.commitment("salt", payload) == rules.commitment("salt", dict(payload))
    assert (
        len({rules.commitment("salt", payload), rules.commitment("pepper", payload), rules.commitment("salt", {})}) == 3
    )


def test_one_key_used_for_two_purposes_gives_two_results():
    assert rules._mac(SECRET, "record", [1]) != rules._mac(SECRET, "head", [1])


def test_a_key_is_named_without_being_told():
    assert len(rules.key_id(SECRET)) == 16
    assert rules.key_id(SECRET) != rules.key_id(OTHER)
    assert rules.key_id(SECRET) not in SECRET


def test_the_hash_of_a_record_does_not_change_between_versions():
    content = {
        "seq": 1,
        "at": AT,
        "kind": "k",
        "subject": UUID(int=1),
        "facts": {},
        "commitment": "",
        "previous": GENESIS,
    }
    assert (
        rules.record_hash(SECRET, **content | {"subject": None})
        == "8e525ee45c85a30dbf832795353fbc3ac4ed84dc98ba999da755f7b24fc9a5f3"
    )
    assert rules.record_hash(SECRET, **content) == "3d216b914dd1e321e82bd9571474c9069c0fcf65896c0b6422dad6c02d692fb5"


# --- the signed head -----------------------------------------------------------------------------------------------
def signed() -> dict:
    return asdict(rules.sign_head(SECRET, seq=7, hash="ab" * 32, at=AT))


def test_a_head_signed_with_our_key_is_read_back():
    assert rules.read_head(json.dumps(signed()), KEYS) == rules.sign_head(SECRET, seq=7, hash="ab" * 32, at=AT)


@pytest.mark.parametrize(
    "change, said",
    [
        *[(change, "its signature is wrong") for change in ({"seq": 8}, {"hash": "ba" * 32}, {"at": "2026"})],
        *[(change, "it is not a signed head") for change in ({"key_id": "0"}, {"signature": "é"})],
    ],
)
def test_a_head_with_one_field_changed_is_forged(change, said):
    with pytest.raises(rules.ForgedHead, match=f"^{said}$"):
        rules.read_head(json.dumps(signed() | change), KEYS)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{}", "[" * 9999, '{"seq": 1}', json.dumps(signed() | {"more": 1}), "{\ufffd"]
)
def test_a_file_that_is_no_head_is_forged(text):
    with pytest.raises(rules.ForgedHead, match=r"^it is not a signed head$"):
        rules.read_head(text, KEYS)


@given(st.data())
def test_no_single_character_of_a_head_can_be_replaced_unseen(data):
    text = json.dumps(signed())
    at = data.draw(st.integers(0, len(text) - 1))
    forged = (
        text[:at]
        + data.draw(st.characters(categories=["L", "N"]).filter(lambda letter: letter != text[at]))
        + text[at + 1 :]
    )
    with pytest.raises(rules.ForgedHead):
        rules.read_head(forged, KEYS)


# --- walking the chain ---------------------------------------------------------------------------------------------
def entry(seq: int, previous: str, *, secret: str = SECRET, facts: object = None, payload: object = None) -> Entry:
    content = {
        "seq": seq,
        "at": AT + timedelta(minutes=seq),
        "kind": "kind",
        "subject": UUID(int=seq),
        "facts": facts or {"n": seq},
        "commitment": rules.commitment("salt", payload) if payload else "",
        "previous": previous,
    }
    personal = ("salt", payload) if payload else None
    return Entry(**content, key_id=rules.key_id(secret), hash=rules.record_hash(secret, **content), personal=personal)


def chain_of(length: int, **options) -> list[Entry]:
    entries: list[Entry] = []
    for seq in range(1, length + 1):
        entries.append(entry(seq, entries[-1].hash if entries else GENESIS, **options))
    return entries


def walked(entries: list[Entry], *, signed_at: Entry | None, keys: dict[str, str] = KEYS) -> list[Problem]:
    anchors = [Anchor("signed head", Kind.HEAD_FILE, signed_at.seq, signed_at.hash)] if signed_at else []
    where = {entry.hash: entry.seq for entry in entries}
    walk = Walk(keys=keys, anchors=anchors, signed=signed_at.seq if signed_at else 0, locate=where.get)
    problems = [problem for entry in sorted(entries, key=lambda entry: entry.seq) for problem in walk.check(entry)]
    return [*problems, *walk.finish()]


def found(entries: list[Entry], **options) -> list[tuple[str, str]]:
    return [(problem.place, problem.kind.value) for problem in walked(entries, **options)]


def test_a_whole_chain_has_no_problems():
    chain = chain_of(5)
    assert found(chain, signed_at=chain[4]) == found(chain, signed_at=chain[2]) == found([], signed_at=None) == []


def test_a_changed_record_is_named_and_its_followers_are_not():
    chain = chain_of(5)
    chain[2] = replace(chain[2], facts={"n": 99})
    assert found(chain, signed_at=chain[4]) == [("record 3", "changed")]


def test_a_record_with_a_value_that_is_never_written_is_changed():
    chain = chain_of(3)
    chain[1] = replace(chain[1], facts=0.5)
    assert found(chain, signed_at=None) == [("record 2", "inserted")]
    assert found(chain, signed_at=chain[2]) == [("record 2", "changed")]


def test_a_genuine_first_record_that_follows_something_else_is_detached():
    assert found([entry(1, "ab" * 32)], signed_at=None) == [("record 1", "detached")]


def test_an_unreadable_record_is_named_in_its_place_and_the_walk_goes_on():
    chain = chain_of(4)
    walk = Walk(keys=KEYS, anchors=[Anchor("head", Kind.HEAD_FILE, 4, chain[3].hash)], signed=4, locate=lambda _: None)
    problems = [*walk.check(chain[0]), *walk.unreadable(3), *walk.check(chain[3]), *walk.finish()]
    assert [str(problem) for problem in problems] == [
        "record 2: removed: not there; the next one is record 3",
        "record 3: unreadable: changed so that its values cannot be read",
    ]
    assert (walk.seq, walk.count) == (4, 3)


def test_every_head_is_compared():
    chain = chain_of(2)
    anchors = [Anchor("one", Kind.HEAD_FILE, 0, GENESIS), Anchor("two", Kind.HEAD_ROW, 0, "x")]
    anchors += [Anchor("three", Kind.HEAD_FILE, 2, "x"), Anchor("four", Kind.HEAD_ROW, 2, "x")]
    anchors += [Anchor("five", Kind.HEAD_FILE, 3, "x")]
    walk = Walk(keys=KEYS, anchors=anchors, signed=0, locate=lambda _: None)
    assert [str(problem) for entry in chain for problem in walk.check(entry)] == [
        "record 2: head file: the three names another record with this number",
        "record 2: head row: the four names another record with this number",
    ]
    assert [str(problem) for problem in walk.finish()] == [
        "two: head row: it names a record 0 that is not there",
        "end of the chain: cut: the five names record 3, the chain ends at record 2",
    ]


def test_what_happened_is_told_in_a_sentence():
    chain = chain_of(6, payload={"name": "Anna"})
    changed = replace(chain[0], kind="other")
    swapped = [replace(chain[3], seq=3), replace(chain[2], seq=4)]
    altered = replace(chain[5], personal=("salt", {"name": "Hanna"}))
    by_hand = replace(entry(7, chain[5].hash, secret=OTHER), key_id=chain[0].key_id)
    other_key = entry(8, by_hand.hash, secret=OTHER)
    tampered = [changed, chain[1], *swapped, altered, by_hand, other_key]
    assert [str(problem) for problem in walked(tampered, signed_at=chain[5])] == [
        "record 1: changed: its hash is wrong: it was changed, or written by hand",
        "record 3: reordered: this is record 4, moved here",
        "record 4: reordered: this is record 3, moved here",
        "record 5: removed: not there; the next one is record 6",
        "record 6: personal payload: its personal payload was altered",
        "record 7: inserted: its hash is wrong and no signed head names it: appended by hand",
        f"record 8: unknown key: its hash was made with a key that is not ours: '{rules.key_id(OTHER)}'",
    ]


def test_a_record_with_a_number_that_is_taken_says_so_and_binds_nobody_to_follow_it():
    chain = chain_of(2)
    again = entry(1, GENESIS, facts={"other": 1})
    walk = Walk(keys=KEYS, anchors=[], signed=0, locate=lambda _: None)
    problems = [problem for record in (chain[0], again, chain[1]) for problem in walk.check(record)]
    assert [str(problem) for problem in problems] == [
        "record 1: inserted: a record with a number that is taken or below 1",
        "record 2: detached: genuine, but it does not follow the record before it",
    ]


def test_a_changed_first_record_was_not_moved_there():
    chain = chain_of(2)
    chain[0] = replace(chain[0], facts={"n": 2}, seq=1)
    moved = replace(entry(2, GENESIS), seq=1)
    assert [str(problem) for problem in walked(chain, signed_at=None)] == [
        "record 1: inserted: its hash is wrong and no signed head names it: appended by hand"
    ]
    assert found([moved], signed_at=None) == [("record 1", "inserted")]


def test_the_last_record_that_a_signed_head_names_was_changed_not_appended():
    chain = chain_of(3)
    chain[2] = replace(chain[2], facts={"n": 99})
    assert found(chain, signed_at=chain[2])[0] == ("record 3", "changed")


def test_a_record_rewritten_with_another_key_is_named_and_its_followers_are_not():
    chain = chain_of(5)
    forged = entry(3, chain[1].hash, secret=OTHER)
    chain[2] = forged
    assert found(chain, signed_at=chain[4]) == [("record 3", "unknown key")]
    chain[2] = replace(forged, key_id=rules.key_id(SECRET))
    assert found(chain, signed_at=chain[4]) == [("record 3", "changed")]


@pytest.mark.parametrize("gone, place", [([0], "record 1"), ([2], "record 3"), ([1, 2], "records 2 to 3")])
def test_removed_records_are_named(gone, place):
    chain = chain_of(5)
    left = [entry for n, entry in enumerate(chain) if n not in gone]
    assert found(left, signed_at=chain[4]) == [(place, "removed")]


@pytest.mark.parametrize("one, other", [(0, 1), (1, 2), (0, 4), (1, 3), (3, 4)])
def test_swapped_records_are_both_named_as_moved(one, other):
    chain = chain_of(5)
    head = chain[4]
    chain[one], chain[other] = replace(chain[other], seq=one + 1), replace(chain[one], seq=other + 1)
    places = [place for place, kind in found(chain, signed_at=head) if kind == "reordered"]
    assert places == [f"record {one + 1}", f"record {other + 1}"]


def test_an_inserted_record_and_those_it_pushed_on_are_named():
    chain = chain_of(4)
    pushed = [replace(entry, seq=entry.seq + 1) for entry in chain[2:]]
    wedge = replace(entry(3, chain[1].hash, secret=OTHER), key_id=rules.key_id(SECRET))
    assert found([*chain[:2], wedge, *pushed], signed_at=None)[:3] == [
        ("record 3", "inserted"),
        ("record 4", "reordered"),
        ("record 5", "reordered"),
    ]


def test_a_second_record_with_the_same_number_is_named():
    chain = chain_of(3)
    assert ("record 2", "inserted") in found([*chain, chain[1]], signed_at=chain[2])


def test_a_record_appended_by_hand_is_named():
    chain = chain_of(3)
    by_hand = replace(entry(4, chain[2].hash, secret=OTHER), key_id=rules.key_id(SECRET))
    assert found([*chain, by_hand], signed_at=chain[2]) == [("record 4", "inserted")]


def test_a_cut_tail_is_named():
    chain = chain_of(5)
    assert found(chain[:3], signed_at=chain[4]) == [("end of the chain", "cut")]
    assert found([], signed_at=chain[4]) == [("end of the chain", "cut")]


def test_a_tail_that_was_cut_and_grew_again_with_the_right_key_is_named():
    chain = chain_of(5)
    regrown = [*chain[:3]]
    for seq in (4, 5, 6):
        regrown.append(entry(seq, regrown[-1].hash, facts={"other": seq}))
    assert found(regrown, signed_at=chain[4]) == [("record 5", "head file")]


def test_a_genuine_record_of_another_history_is_detached():
    chain = chain_of(5)
    other_history = [*chain[:2], entry(3, chain[1].hash, facts={"other": 3})]
    chain[3] = entry(4, other_history[2].hash)
    assert found(chain, signed_at=None) == [("record 4", "detached"), ("record 5", "detached")]


def test_an_old_key_verifies_what_it_made():
    old = entry(1, GENESIS, secret=OTHER)
    chain = [old, entry(2, old.hash)]
    assert found(chain, signed_at=chain[1]) == [("record 1", "unknown key")]
    assert found(chain, signed_at=chain[1], keys=KEYS | {rules.key_id(OTHER): OTHER}) == []


def test_a_head_that_names_the_start_knows_only_one_start():
    chain = chain_of(1)
    assert found(chain, signed_at=replace(chain[0], seq=0, hash=GENESIS)) == []
    assert found(chain, signed_at=replace(chain[0], seq=0)) == [("signed head", "head file")]


@pytest.mark.parametrize(
    "salt, payload", [("pepper", {"name": "Anna"}), ("salt", {"name": "Hanna"}), ("salt", 0.5), ("salt", None)]
)
def test_an_altered_payload_is_named(salt, payload):
    chain = chain_of(3, payload={"name": "Anna"})
    chain[1] = replace(chain[1], personal=(salt, payload))
    assert found(chain, signed_at=None) == [("record 2", "personal payload")]


@pytest.mark.parametrize(
    "erased_by, expected",
    [*[(by, ["its personal payload was removed, and no record says that it was erased"]) for by in (None, 2)], (3, [])],
)
def test_a_payload_may_only_be_missing_when_a_later_record_says_it_was_erased(erased_by, expected):
    chain = chain_of(3, payload={"name": "Anna"})
    chain[1] = replace(chain[1], personal=None, erased_by=erased_by)
    assert [problem.text for problem in walked(chain, signed_at=None)] == expected


def test_a_payload_that_came_back_after_it_was_erased_is_named():
    chain = chain_of(3, payload={"name": "Anna"})
    chain[1] = replace(chain[1], erased_by=3)
    said = "record 2: personal payload: its personal payload is back, though record 3 says that it was erased"
    assert [str(problem) for problem in walked(chain, signed_at=None)] == [said]


def test_a_payload_beside_a_record_that_never_had_one_is_named():
    chain = chain_of(3)
    chain[1] = replace(chain[1], personal=("salt", {}))
    said = "record 2: personal payload: it never had a personal payload, now it has one"
    assert [str(problem) for problem in walked(chain, signed_at=None)] == [said]


@given(st.integers(1, 6), st.data())
def test_any_single_change_to_a_record_is_found(length, data):
    chain = chain_of(length, payload={"name": "Anna"})
    place = data.draw(st.integers(0, length - 1))
    change = data.draw(
        st.fixed_dictionaries({"seq": st.integers(-2, 9)})
        | st.fixed_dictionaries({"at": st.datetimes(timezones=st.just(UTC))})
        | st.fixed_dictionaries({"kind": texts})
        | st.fixed_dictionaries({"subject": st.uuids() | st.none()})
        | st.fixed_dictionaries({"facts": values})
        | st.fixed_dictionaries({"commitment": texts})
        | st.fixed_dictionaries({"previous": texts | st.sampled_from([entry.hash for entry in chain])})
        | st.fixed_dictionaries({"key_id": texts})
        | st.fixed_dictionaries({"hash": texts | st.sampled_from([entry.hash for entry in chain])})
        | st.fixed_dictionaries({"personal": st.none() | st.tuples(texts, values)})
    )
    changed = replace(chain[place], **change)
    assume(changed != chain[place])
    head = chain[-1]
    chain[place] = changed
    assert found(chain, signed_at=head)
