"""Numbers on certificates, and how long a certificate stands."""

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from certificates.rules import (
    ALPHABET,
    LENGTH,
    BundleState,
    State,
    bundle_state,
    check_character,
    design_hash,
    file_name,
    grouped,
    is_beginning_of_serial,
    is_well_formed,
    new_serial,
    normalise,
    state,
)

bodies = st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1)
serials = bodies.map(lambda body: grouped(body + check_character(body)))


# --- numbers -------------------------------------------------------------------------------------------------------
def test_a_number_is_four_groups_of_five_and_none_comes_twice():
    made = {new_serial() for _ in range(2000)}
    assert len(made) == 2000
    assert all(is_well_formed(serial) for serial in made)
    assert all([len(group) for group in serial.split("-")] == [5, 5, 5, 5] for serial in made)


def test_each_of_the_19_random_characters_is_any_of_the_32():
    made = [new_serial().replace("-", "") for _ in range(2000)]
    assert all({serial[place] for serial in made} == set(ALPHABET) for place in range(LENGTH - 1))


def test_the_check_character_is_computed_as_documented():
    assert check_character("0" * 19) == "0"
    assert check_character("1" + "0" * 18) == "1"
    assert check_character("01" + "0" * 17) == "3"
    assert check_character("0" * 18 + "1") == ALPHABET[37 % 32]
    assert is_well_formed("7KQ4M-2XT9R-DA5VJ-3C8PZ")


@settings(max_examples=20)
@given(serials)
def test_every_single_wrong_character_is_noticed(serial):
    characters = serial.replace("-", "")
    for place, right in enumerate(characters):
        for wrong in ALPHABET.replace(right, ""):
            assert not is_well_formed(grouped(characters[:place] + wrong + characters[place + 1 :]))


@given(serials, st.integers(0, LENGTH - 2))
def test_swapped_neighbours_are_noticed_unless_16_apart(serial, place):
    characters = serial.replace("-", "")
    left, right = characters[place], characters[place + 1]
    assume(left != right)
    swapped = grouped(characters[:place] + right + left + characters[place + 2 :])
    assert is_well_formed(swapped) == (abs(ALPHABET.index(left) - ALPHABET.index(right)) == 16)


@pytest.mark.parametrize(
    "typed",
    [
        "7kq4m-2xt9r-da5vj-3c8pz",
        "7KQ4M2XT9RDA5VJ3C8PZ",
        " 7KQ4M 2XT9R DA5VJ 3C8PZ ",
        "7KQ4M–2XT9R—DA5VJ−3C8PZ",
        "7KQ4M\u00a02XT9R\nDA5VJ\t3C8PZ",
        "7KQ4-M2XT-9RDA-5VJ3-C8PZ",
    ],
)
def test_a_number_may_be_typed_as_people_type(typed):
    assert normalise(typed) == "7KQ4M-2XT9R-DA5VJ-3C8PZ"


def test_letters_that_look_like_digits_are_read_as_digits():
    assert normalise("iIlL1-oO0") == "11111-000"


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "7KQ4M-2XT9R-DA5VJ-3C8P",
        "7KQ4M-2XT9R-DA5VJ-3C8PZZ",
        "7KQ4M-2XT9R-DA5VJ-3C8PW",
        "7KQ4M-2XT9R-DA5VJ-3C8PU",
        "7KQ4M2XT9RDA5VJ3C8PZ",
        "7kq4m-2xt9r-da5vj-3c8pz",
        "٧KQ4M-2XT9R-DA5VJ-3C8PZ",
    ],
)
def test_what_is_not_printed_so_is_not_well_formed(wrong):
    assert not is_well_formed(wrong)


@given(st.text())
def test_any_text_is_normalised_once_and_for_all(text):
    once = normalise(text)
    assert normalise(once) == once
    assert isinstance(is_well_formed(once), bool)


# --- how a certificate stands --------------------------------------------------------------------------------------
DAY = date(2027, 3, 12)


@pytest.mark.parametrize(
    "revoked, superseded, valid_until, expected",
    [
        (False, False, None, State.VALID),
        (False, False, DAY + timedelta(days=1), State.VALID),
        (False, False, DAY, State.VALID),  # the last day is a day of validity
        (False, False, DAY - timedelta(days=1), State.EXPIRED),
        (False, True, None, State.SUPERSEDED),
        (False, True, DAY - timedelta(days=1), State.SUPERSEDED),
        (True, False, None, State.REVOKED),
        (True, True, DAY - timedelta(days=1), State.REVOKED),
    ],
)
def test_the_worst_that_is_true_is_said(revoked, superseded, valid_until, expected):
    assert state(revoked=revoked, superseded=superseded, valid_until=valid_until, today=DAY) == expected


# --- the beginning of a number -------------------------------------------------------------------------------------
NUMBER = grouped("7KQ4M2XT9RDA5VJ3C8P" + check_character("7KQ4M2XT9RDA5VJ3C8P"))


@pytest.mark.parametrize("length", [5, 7, 11, 16, 19, 23])
def test_a_number_is_found_by_its_beginning_from_one_whole_group_on(length):
    assert is_beginning_of_serial(NUMBER[:length])


@pytest.mark.parametrize(
    "not_one",
    ["", "7KQ4", "7KQ4M-", "7KQ4M2", "7-KQ4M2", "HARRY", "HARRY-POTTER", "7KQ4U", "7kq4m", NUMBER + "-7", NUMBER + "7"],
)
def test_a_word_and_a_number_too_short_too_long_or_not_as_printed_begin_none(not_one):
    assert not is_beginning_of_serial(not_one)


# --- looks ---------------------------------------------------------------------------------------------------------
def test_the_same_look_has_the_same_hash_whatever_the_order_it_was_written_in():
    written = '{"heading":"Zaświadczenie","layout":"plain"}'.encode() + b"\0" + b"logo"
    expected = hashlib.sha256(written).hexdigest()
    assert design_hash({"heading": "Zaświadczenie", "layout": "plain"}, b"logo") == expected
    assert design_hash({"layout": "plain", "heading": "Zaświadczenie"}, b"logo") == expected
    assert design_hash({"layout": "plain", "heading": "Zaświadczenie"}, b"") != expected


# --- many at once --------------------------------------------------------------------------------------------------
NOW = datetime(2027, 3, 12, 8, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)


@pytest.mark.parametrize(
    "made, expires_at, tries_left, next_try_at, expected",
    [
        (True, LATER, False, None, BundleState.READY),
        (True, NOW, False, None, BundleState.EXPIRED),
        (True, NOW, True, LATER, BundleState.EXPIRED),
        (True, None, False, None, BundleState.EXPIRED),
        (False, None, True, None, BundleState.WAITING),
        (False, None, True, NOW, BundleState.WAITING),
        (False, None, False, LATER, BundleState.WAITING),  # the last try may be running
        (False, None, False, NOW, BundleState.FAILED),
        (False, None, False, None, BundleState.FAILED),
    ],
)
def test_a_bundle_waits_is_ready_has_expired_or_failed(made, expires_at, tries_left, next_try_at, expected):
    found = bundle_state(made=made, expires_at=expires_at, tries_left=tries_left, next_try_at=next_try_at, now=NOW)
    assert found == expected


@pytest.mark.parametrize(
    "holder, expected",
    [
        ("Łucja Żółć", f"Lucja-Zolc-{NUMBER}.pdf"),
        ("  Anna  Maria O'Neill ", f"Anna-Maria-O-Neill-{NUMBER}.pdf"),
        ("../../etc/passwd", f"etc-passwd-{NUMBER}.pdf"),
        ("…", f"{NUMBER}.pdf"),
        ("", f"{NUMBER}.pdf"),
        ("a" * 59 + " b", f"{'a' * 59}-{NUMBER}.pdf"),  # cut off at 60, and no dash is left at the end
        ("a" * 61, f"{'a' * 60}-{NUMBER}.pdf"),
    ],
)
def test_a_file_is_named_after_its_holder_in_letters_that_every_system_knows(holder, expected):
    assert file_name(holder, NUMBER) == expected
