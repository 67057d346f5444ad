"""What counts as done, where the one button leads, how long, until when."""

from datetime import date

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


@given(KEYS, SETS, SETS, st.sampled_from(["", *"abcdefgh"]), SETS)
def test_what_is_closed_comes_last(keys, required, done, stopped_at, closed):
    key = rules.next_step(steps(keys), required, done, stopped_at, closed)
    if key in closed:
        left = [step for step in keys if step in required and step not in done]
        assert key == left[0]
        assert set(left) <= closed
    else:
        now = [step for step in keys if step not in closed]
        assert key == rules.next_step(steps(now), required, done, stopped_at)


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
    assert str(rules.sittings(minutes)) == f"{sittings}"  # a whole number, as it is read


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [(0, "0.25"), (7, "0.25"), (22, "0.25"), (23, "0.5"), (37, "0.5"), (38, "0.75"), (60, "1"), (255, "4.25")],
)
def test_hours_to_the_nearest_quarter(minutes, hours):
    assert str(rules.hours(minutes)) == hours


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


def test_a_pair_is_named_after_its_first():
    bad, good = dialogue("a", "bad"), dialogue("b", "good")
    assert rules.lesson_parts([bad, good]) == [{"kind": "dialogues", "id": "a", "dialogues": [bad, good]}]


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


# --- publishing a change -------------------------------------------------------------------------------------------
def pinned(key: str, structure: str = "old") -> rules.PinnedStep:
    return rules.PinnedStep(key, structure, "lesson", rules.EVERYONE, "m")


def test_a_changed_structure_is_never_offered_as_editorial():
    assert rules.offered(changes_structure=True, concerns_anybody=True) == (rules.NEW, rules.MATERIAL)
    assert rules.offered(changes_structure=False, concerns_anybody=True) == (rules.EDITORIAL, rules.MATERIAL)


def test_material_is_offered_only_where_somebody_would_redo_it():
    assert rules.offered(changes_structure=True, concerns_anybody=False) == (rules.NEW,)


def test_only_the_named_steps_are_taken_along():
    old = (pinned("a"), pinned("b"))
    new = (pinned("a", "new"), pinned("b", "new"))
    assert rules.taken_along(old, new, {"a"}) == (pinned("a", "new"), pinned("b"))


def test_a_named_step_that_is_new_comes_after_the_one_before_it():
    target = (pinned("a"), pinned("x"), pinned("b"))
    assert [step.key for step in rules.taken_along((pinned("a"), pinned("b")), target, {"x"})] == ["a", "x", "b"]
    assert [step.key for step in rules.taken_along((pinned("b"),), (pinned("x"), pinned("b")), {"x"})] == ["x", "b"]


@pytest.mark.parametrize("target", ["xabc", "axbc", "abxc", "abcx"])
def test_wherever_a_named_step_that_is_new_stands_it_comes_to_stand(target):
    steps = tuple(pinned(key) for key in target)
    assert rules.taken_along(tuple(pinned(key) for key in "abc"), steps, {"x"}) == steps


FEW = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)


@given(old=FEW, new=FEW, named=st.sets(st.sampled_from("abcdef")))
def test_taking_along_loses_no_step_and_leaves_the_unnamed_ones_alone(old, new, named):
    before, target = tuple(pinned(key) for key in old), tuple(pinned(key, "new") for key in new)
    after = rules.taken_along(before, target, named)
    assert [step.key for step in after if step.key in old] == old
    assert {step.key for step in after} == set(old) | (named & set(new))
    assert all((step.structure == "new") == (step.key in named and step.key in new) for step in after)
    assert rules.taken_along(after, target, named) == after


# --- what changed, for people to read ------------------------------------------------------------------------------
def marked(pieces) -> str:
    """Pieces as one text, what the other side lacks in brackets."""
    return " ".join(f"[{piece.text}]" if piece.is_new else piece.text for piece in pieces)


def read(before: dict, after: dict) -> list[tuple[str, str, str, str]]:
    return [(row.field, row.sort, marked(row.before), marked(row.after)) for row in rules.differences(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "row"),
    [
        (
            "<p>Take a deep breath.</p>",
            "<p>Take one breath.</p>",
            ("changed", "Take [a deep] breath.", "Take [one] breath."),
        ),
        ("Yes", "Yes, of course", ("changed", "[Yes]", "[Yes, of course]")),
        (None, "New words", ("added", "", "[New words]")),
        ("", "New words", ("added", "", "[New words]")),
        ("Old words", None, ("removed", "[Old words]", "")),
        (False, True, ("changed", "[✗]", "[✓]")),
        (0, 5, ("changed", "[0]", "[5]")),
        ("A&amp;B<br>C", "A&amp;B", ("changed", "A&B [C]", "A&B")),
    ],
)
def test_a_difference_names_the_place_and_the_words(before, after, row):
    assert read({"body": {"text": before}}, {"body": {"text": after}}) == [("text", *row)]


def test_what_stands_nowhere_is_no_difference():
    nothing = {"schema": 2, "kind": "quiz", "title": None, "parts": [], "note": ""}
    assert read({}, nothing) == read(nothing, {}) == []
    assert read({"title": "<b>Calm</b>"}, {"title": " Calm\n"}) == []


def test_differences_come_in_the_order_of_the_newer_content_and_then_what_it_lacks():
    before = {"gone": "G", "last": "L", "first": "F"}
    after = {"first": "f", "more": "m", "last": "l"}
    assert [(field, sort) for field, sort, _before, _after in read(before, after)] == [
        ("first", "changed"),
        ("more", "added"),
        ("last", "changed"),
        ("gone", "removed"),
    ]


def test_words_of_a_list_are_named_after_the_list():
    assert read({"words": ["one", "two"]}, {"words": ["one", "three"]}) == [("words", "changed", "[two]", "[three]")]


def test_an_item_put_in_between_makes_no_others_differ():
    first, second, third = ({"key": key, "text": f"Text {key}"} for key in "abc")
    assert read({"parts": [first, third]}, {"parts": [first, second, third]}) == [("text", "added", "", "[Text b]")]


@pytest.mark.parametrize("name", ["id", "key"])
def test_another_order_is_a_difference_of_its_own(name):
    first, second = {name: "a", "text": "x" * 41}, {name: "b"}
    moved = ("parts", "moved", f"[{'x' * 40}; b]", f"[b; {'x' * 40}]")
    assert read({"parts": [first, second]}, {"parts": [second, first]}) == [moved]


def test_another_order_is_found_inside_of_items_that_moved_too():
    one, other = {"key": "p", "text": "P"}, {"key": "q", "text": "Q"}
    there = {"parts": [{"key": "a", "text": "A"}, {"key": "b", "text": "B", "options": [one, other]}]}
    back = {"parts": [{"key": "b", "text": "B", "options": [other, one]}, {"key": "a", "text": "A"}]}
    assert read(there, back) == [("parts", "moved", "[A; B]", "[B; A]"), ("options", "moved", "[P; Q]", "[Q; P]")]


def test_items_without_a_name_are_met_again_by_their_place():
    before, after = [{"text": "A"}, {"text": "B"}], [{"text": "X"}, {"text": "B"}]
    assert read({"parts": before}, {"parts": after}) == [("text", "changed", "[A]", "[X]")]


def test_another_order_in_a_list_of_lists_is_named_after_the_outer_one():
    one, other = {"key": "p", "text": "P"}, {"key": "q", "text": "Q"}
    assert read({"rows": [[one, other]]}, {"rows": [[other, one]]}) == [("rows", "moved", "[P; Q]", "[Q; P]")]


@pytest.mark.parametrize("value", ["b", 5])
def test_a_list_that_became_something_else_is_told_without_an_order(value):
    row = ("parts", "added", "", f"[{value}]")
    assert read({"parts": ["a"]}, {"parts": value}) == [row, ("parts", "removed", "[a]", "")]


def test_in_a_long_text_words_that_stand_often_are_met_again():
    text = " ".join(["so it is"] * 100)
    assert read({"text": f"Well {text}"}, {"text": text}) == [("text", "changed", f"[Well] {text}", text)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text("ab <>", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pqrs"), inner, max_size=3),
    max_leaves=8,
)
CONTENT = st.dictionaries(st.sampled_from("xyz"), JSON, max_size=3)


@given(content=CONTENT)
def test_the_same_content_differs_in_nothing(content):
    assert rules.differences(content, content) == []


@given(before=CONTENT, after=CONTENT)
def test_differences_read_backwards_are_the_differences_the_other_way_round(before, after):
    there = {(row.field, row.before, row.after) for row in rules.differences(before, after)}
    back = {(row.field, row.after, row.before) for row in rules.differences(after, before)}
    texts = lambda rows: {  # noqa: E731  words only: which of them are marked may differ with the direction
        (field, " ".join(p.text for p in left), " ".join(p.text for p in right)) for field, left, right in rows
    }
    assert texts(there) == texts(back)
