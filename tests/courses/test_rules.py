"""What counts as done, where the one button leads, how long, until when."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import rules
from courses.rules import EVERYONE, MANAGERS, NOBODY, PinnedStep

KEYS = st.lists(st.sampled_from("abcdefgh"), unique=True)
SETS = st.frozensets(st.sampled_from("abcdefgh"))
DAYS = st.dates(date(2000, 1, 1), date(2200, 12, 31))


def steps(keys, required_of=EVERYONE):
    return [PinnedStep(key, f"structure of {key}", "lesson", required_of, "module") for key in keys]


# --- what is required ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("required_of", "of_employee", "of_manager"),
    [(EVERYONE, True, True), (MANAGERS, False, True), (NOBODY, False, False)],
)
def test_who_has_to_do_a_step(required_of, of_employee, of_manager):
    (step,) = steps("a", required_of)
    assert step.is_required(of_manager=False) is of_employee
    assert step.is_required(of_manager=True) is of_manager
    assert rules.required_keys([step], of_manager=True) == (frozenset("a") if of_manager else frozenset())
    assert rules.required_keys([step], of_manager=False) == (frozenset("a") if of_employee else frozenset())


def test_pinned_steps_come_back_as_they_were_kept():
    kept = steps("ab")
    assert rules.pinned_steps({"steps": [vars(step) for step in kept]}) == tuple(kept)


# --- progress ------------------------------------------------------------------------------------------------------
@given(SETS, SETS)
def test_only_required_steps_count(required, done):
    progress = rules.progress(required, done)
    assert progress.total == len(required)
    assert progress.done == len(required) - len(required - done)
    assert progress.is_complete == (bool(required) and required <= done)


@given(SETS, SETS)
def test_a_hundred_percent_is_said_only_when_nothing_is_left(required, done):
    progress = rules.progress(required, done)
    assert (progress.percent == 100) == progress.is_complete
    assert 0 <= progress.percent <= 100


def test_percent_is_rounded_down():
    assert rules.Progress(done=2, total=3).percent == 66
    assert rules.Progress(done=0, total=0).percent == 0


# --- the one button ------------------------------------------------------------------------------------------------
@given(KEYS, SETS, SETS, st.sampled_from(["", *"abcdefghz"]))
def test_the_button_leads_to_something_unfinished_or_nowhere(keys, required, done, stopped_at):
    key = rules.next_step(steps(keys), required, done, stopped_at)
    left = [step for step in keys if step in required and step not in done]
    if not left:
        assert key == ""
    elif stopped_at in keys and stopped_at not in done:
        assert key == stopped_at
    else:
        assert key == left[0]


def test_an_optional_step_one_stopped_in_is_gone_on_with():
    assert rules.next_step(steps("abc"), frozenset("ac"), frozenset("a"), "b") == "b"


# --- time ----------------------------------------------------------------------------------------------------------
def test_minutes_of_what_is_required_and_not_done():
    minutes = {"a": 5, "b": 7, "c": 11}
    assert rules.minutes_left(minutes, frozenset("ab"), frozenset("a")) == 7
    assert rules.minutes_left(minutes, frozenset("ab"), frozenset()) == 12
    assert rules.minutes_left(minutes, frozenset("az"), frozenset()) == 5


@pytest.mark.parametrize(
    ("minutes", "sittings"), [(0, 0), (1, 1), (15, 1), (20, 1), (21, 2), (35, 2), (36, 3), (50, 3), (51, 4)]
)
def test_sittings_of_a_quarter_of_an_hour(minutes, sittings):
    assert rules.sittings(minutes) == sittings


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(0, "0.25"), (7, "0.25"), (22, "0.25"), (23, "0.5"), (37, "0.5"), (38, "0.75"), (60, "1"), (255, "4.25")],
)
def test_hours_to_the_nearest_quarter(minutes, hours):
    assert rules.hours(minutes) == Decimal(hours)


# --- validity ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 30), 25, date(2028, 12, 30)),
        (date(2026, 5, 4), 0, date(2026, 5, 4)),
    ],
)
def test_months_later(day, months, then):
    assert rules.add_months(day, months) == then


@given(DAYS, st.integers(0, 240))
def test_months_later_is_the_right_month_and_the_same_day_where_it_exists(day, months):
    then = rules.add_months(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (then.day < day.day and rules.add_months(then.replace(day=1), 1).month != then.month)


@given(DAYS, DAYS, st.integers(1, 60))
def test_who_finishes_later_is_never_valid_for_shorter(one, other, months):
    first, second = sorted((one, other))
    assert rules.add_months(first, months) <= rules.add_months(second, months)


def test_without_months_it_does_not_run_out():
    assert rules.valid_until(date(2026, 5, 4), None) is None
    assert rules.valid_until(date(2026, 5, 4), 12) == date(2027, 5, 4)


# --- hashes --------------------------------------------------------------------------------------------------------
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_the_order_of_keys_changes_no_hash(value):
    backwards = dict(reversed(value.items()))
    assert rules.sha256(value) == rules.sha256(backwards)


def test_the_written_form_is_fixed_for_ever():
    """Hashes of years ago are compared with hashes of today."""
    assert rules.canonical({"b": [1, None], "a": "ł"}) == '{"a":"ł","b":[1,null]}'.encode()
    assert rules.sha256("a") == "ac8d8342bbb2362d13f0a559a3621bb407011368895164b628a54f7fc33fc43c"


def test_the_kind_is_part_of_the_structure():
    assert rules.structure_sha256("quiz", []) == rules.sha256({"kind": "quiz", "body": []})
    assert rules.structure_sha256("quiz", []) != rules.structure_sha256("lesson", [])


# --- a lesson's parts ----------------------------------------------------------------------------------------------
def dialogue(name, variant):
    return {"id": name, "kind": "dialogue", "variant": variant}


def shape(*blocks):
    return [
        [inner["id"] for inner in part["dialogues"]] if part["kind"] == "dialogues" else part["id"]
        for part in rules.lesson_parts(list(blocks))
    ]


def test_a_dialogue_stands_beside_its_opposite():
    assert shape(dialogue("a", "bad"), dialogue("b", "good")) == [["a", "b"]]


def test_two_of_a_kind_stand_below_each_other():
    assert shape(dialogue("a", "bad"), dialogue("b", "bad"), dialogue("c", "good")) == [["a"], ["b", "c"]]


def test_a_third_dialogue_begins_a_new_pair():
    blocks = [dialogue("a", "bad"), dialogue("b", "good"), dialogue("c", "bad"), dialogue("d", "good")]
    assert shape(*blocks) == [["a", "b"], ["c", "d"]]


def test_something_between_keeps_dialogues_apart():
    assert shape(dialogue("a", "bad"), {"id": "x", "kind": "hook"}, dialogue("b", "good")) == [["a"], "x", ["b"]]


def test_a_reflection_carries_the_reader_s_own_note():
    block = {"id": "r", "kind": "reflection", "prompt": "When?"}
    assert rules.lesson_parts([block], {"r": "On Monday."}) == [{**block, "note": "On Monday."}]
    assert rules.lesson_parts([block]) == [{**block, "note": ""}]
    assert "note" not in block
