"""What a manager may ask of a list, as an address; the bar; what may stand in a cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.rules import bar
from training.rules.selection import (
    AHEAD,
    COURSES,
    EVERYTHING,
    PRINTED,
    SHOWN,
    SORTS,
    TRAININGS,
    URGENCY,
    Selection,
    page_of,
    parse,
    query,
    urgency,
)
from training.rules.status import Status

screens = st.sampled_from([TRAININGS, COURSES])
keys = st.one_of(st.just(""), st.uuids().map(str))
names = st.text(max_size=40).map(lambda text: " ".join(text.replace("\x00", "").split()))


@st.composite
def selections(draw, screen):
    return Selection(
        show=draw(st.sampled_from(sorted(SHOWN))),
        course=draw(keys),
        team=draw(keys),
        ahead=draw(st.sampled_from(["", *AHEAD])),
        only_direct=draw(st.booleans()),
        name=draw(names),
        sort=draw(st.sampled_from(screen.sorts)),
        is_descending=draw(st.booleans()),
        page=draw(st.integers(1, 9_999_999)),
        is_printed=draw(st.booleans()),
    )


def as_params(address: str) -> dict[str, str]:
    from urllib.parse import parse_qsl

    return dict(parse_qsl(address.removeprefix("?"), keep_blank_values=True))


@given(data=st.data(), screen=screens)
def test_an_address_says_exactly_what_was_asked_for(data, screen):
    selection = data.draw(selections(screen))
    read = parse(as_params(query(selection, screen)), screen)
    assert read == selection
    assert read.unknown == ()


@pytest.mark.parametrize("screen", [TRAININGS, COURSES])
def test_what_the_screen_shows_anyway_needs_no_words(screen):
    assert query(screen.default, screen) == ""
    assert parse({}, screen) == screen.default


@given(
    asked=st.dictionaries(
        st.sampled_from(["show", "course", "team", "ahead", "reports", "name", "sort", "page", "print"]),
        st.text(max_size=200),
    ),
    screen=screens,
)
def test_nonsense_is_named_and_never_raises(asked, screen):
    read = parse(asked, screen)
    assert read.show in SHOWN
    assert read.sort in screen.sorts
    assert read.page >= 1
    assert set(read.unknown) <= set(asked)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("show", "secrets"),
        ("course", "1 OR 1=1"),
        ("team", "desk"),
        ("ahead", "due-31"),
        ("reports", "everybody"),
        ("name", "x" * 101),
        ("name", "a\x00b"),
        ("sort", "score"),
        ("sort", "--person"),
        ("page", "0"),
        ("page", "-1"),
        ("page", "١"),
        ("page", "99999999"),
        ("print", "yes"),
    ],
)
def test_what_it_cannot_read_is_left_out_and_named(name, value):
    read = parse({name: value}, TRAININGS)
    assert read.unknown == (name,)
    assert read == TRAININGS.default


@pytest.mark.parametrize("name, value", [("reports", "all"), ("page", "1"), ("page", "9999999"), ("name", "x" * 100)])
def test_what_is_just_within_its_limits_is_read(name, value):
    assert parse({name: value}, TRAININGS).unknown == ()


def test_a_name_is_looked_for_without_the_spaces_too_many():
    assert parse({"name": "  Ewa   Nowak "}, TRAININGS).name == "Ewa Nowak"


def test_another_filter_begins_at_the_first_page():
    assert Selection(page=3).but(show="overdue").page == 1


def test_the_same_order_twice_is_turned_round_and_the_third_time_back():
    once = Selection(sort="urgency").sorted_by("due")
    assert (once.sort, once.is_descending) == ("due", False)
    assert once.sorted_by("due").is_descending
    assert not once.sorted_by("due").sorted_by("due").is_descending


@pytest.mark.parametrize(
    ("total", "asked", "number", "first", "last", "after"),
    [(0, 1, 1, 1, 0, 0), (50, 1, 1, 1, 50, 0), (51, 1, 1, 1, 50, 2), (51, 2, 2, 51, 51, 0), (51, 9, 2, 51, 51, 0)],
)
def test_pages_have_fifty_rows_and_the_last_one_stands_in_for_those_beyond(total, asked, number, first, last, after):
    page = page_of(total, Selection(page=asked))
    assert (page.number, page.first, page.end, page.after) == (number, first, last, after)


def test_paper_has_one_long_page():
    page = page_of(PRINTED + 1, Selection(page=7, is_printed=True))
    assert (page.number, page.start, page.end) == (1, 0, PRINTED)


@given(st.sampled_from(Status))
def test_every_status_has_its_place_among_the_urgent_and_is_in_everything(status):
    assert SHOWN[URGENCY[urgency(status, False)]].holds(status, False)
    assert SHOWN[EVERYTHING].holds(status, False)
    parts = [show for show in ("settled", "in_progress", "not_started", "late") if SHOWN[show].holds(status, False)]
    assert len(parts) == 1  # the parts of the bar: each training is in one


def test_due_soon_comes_between_the_late_and_what_can_wait():
    assert urgency(Status.EXPIRED, False) < urgency(Status.NOT_STARTED, True) < urgency(Status.EXPIRES_SOON, False)
    assert set(SORTS) >= set(COURSES.sorts)


@given(st.lists(st.integers(0, 200_000), min_size=1, max_size=6))
def test_the_bar_is_full_keeps_its_order_and_shows_everybody_who_is_there(counts):
    parts = bar.segments({str(n): count for n, count in enumerate(counts)})
    assert [part.count for part in parts] == counts
    assert sum(part.width for part in parts) == (1000 if sum(counts) else 0)
    assert all(bool(part.width) == bool(part.count) and part.width >= 0 for part in parts)
    ends = [part.x + part.width for part in parts]
    assert [part.x for part in parts] == [0, *ends[:-1]]
    for one in parts:
        for other in parts:
            assert one.count <= other.count or one.width >= other.width - 1


def test_two_people_in_different_parts_have_half_the_bar_each():
    parts = bar.segments({"late": 1, "in_progress": 0, "settled": 1})
    assert [(part.name, part.x, part.width) for part in parts] == [
        ("late", 0, 500),
        ("in_progress", 500, 0),
        ("settled", 500, 500),
    ]
