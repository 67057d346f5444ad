"""What may stand in a cell of a spreadsheet, and how a language parts cells and writes numbers."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.rules import cells


@given(st.text(max_size=30))
def test_no_cell_begins_a_formula_and_nothing_else_is_changed(text):
    safe = cells.safe(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert safe.removeprefix("'") in (cells.CONTROL.sub("", text), cells.CONTROL.sub("", text).removeprefix("'"))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "  -"])
def test_what_would_begin_a_formula_is_text(start):
    assert cells.safe(f"{start}1+1") == f"'{start}1+1"
    assert cells.safe(f"\x01{start}1+1") == f"'{start}1+1"  # hidden behind what is taken out


@pytest.mark.parametrize("text", ["", "Anna = Ewa", "  Anna", "X=1", "What do you say?"])
def test_ordinary_text_gets_no_apostrophe(text):
    assert cells.safe(text) == text


def test_what_no_reader_of_csv_takes_is_left_out():
    assert cells.safe("An\x00na\x1f Lis\ud800") == "Anna Lis"


def test_where_the_comma_is_in_numbers_the_semicolon_parts_columns():
    assert {language: cells.separator(language) for language in ("pl", "lv", "en")} == {"pl": ";", "lv": ";", "en": ","}


@pytest.mark.parametrize(
    ("value", "language", "written"),
    [
        (-12.25, "pl", "-12,25"),
        (0.5, "lv", "0,50"),
        (0.5, "en", "0.50"),
        (2 / 3, "en", "0.67"),
        (0, "pl", "0,00"),
        (None, "pl", ""),
    ],
)
def test_a_figure_has_two_places_and_the_sign_of_its_language(value, language, written):
    assert cells.number(value, language) == written


@pytest.mark.parametrize(("language", "written"), [("pl", "4,500"), ("lv", "4,500"), ("en", "4.500")])
def test_an_exact_figure_keeps_all_its_places(language, written):
    assert cells.exact(Decimal("4.500"), language) == written


@given(st.lists(st.text(max_size=20), min_size=1, max_size=4), st.sampled_from(["pl", "lv", "en"]))
def test_a_row_is_read_back_as_it_was_written(values, language):
    line = io.StringIO(newline="")
    row = [cells.safe(value) for value in values]
    csv.writer(line, delimiter=cells.separator(language)).writerow(row)
    assert next(csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=cells.separator(language))) == row


def test_a_small_table_has_its_figures_in_the_readers_way_and_runs_nothing():
    rows = [["Name", "%"], ["=1+1", 12.345], ["a;b", 3], [None, -1.0], []]
    assert cells.sheet(rows, "pl") == '\ufeffName;%\r\n\'=1+1;12,35\r\n"a;b";3\r\n;-1,00\r\n\r\n'
    assert cells.sheet(rows[1:3], "en") == "\ufeff'=1+1,12.35\r\na;b,3\r\n"
