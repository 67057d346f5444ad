"""How the bytes of a list of people are read: encoding, delimiter, headings, cells."""

import csv
import io

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from people import messages
from people.rules import table
from people.rules.cells import CONTROL


def refused(said: str):
    """The file as a whole, in the sentence an admin reads."""

    def says(error: table.BadTable) -> bool:
        with override("en"):
            return messages.of_table(error) == said

    return pytest.raises(table.BadTable, check=says)


# --- bytes ---------------------------------------------------------------------------------------------------------
POLISH = "email;imię;nazwisko\nzofia@example.org;Żółcień;Gęślą-Jaźń\n"
LATVIAN = "epasts;vārds;uzvārds\njana@example.org;Jānis;Bērziņš-Šķēle\n"


@pytest.mark.parametrize(
    ("text", "written", "guess"),
    [
        (POLISH, "utf-8", "utf-8"),
        (POLISH, "utf-8-sig", "utf-8"),
        (POLISH, "utf-16", "utf-16"),
        (POLISH, "cp1250", "cp1250"),
        (LATVIAN, "utf-8", "utf-8"),
        (LATVIAN, "cp1257", "cp1257"),
        ("email\na@example.org\n", "ascii", "utf-8"),
        ("email;nazwisko\na@example.org;Kęś\n", "cp1250", "cp1250"),
        ("email;uzvārds\na@example.org;Ozols\n", "cp1257", "cp1257"),
        ("email;nazwisko\na@example.org;Škoda-Façâde\n", "cp1250", "cp1250"),  # ā and ē in cp1257, which has no Š there
        ("email;uzvārds\na@example.org;Müller-Bērziņš\n", "cp1257", "cp1257"),
    ],
)
def test_the_encoding_is_guessed(text, written, guess):
    data = text.encode(written)
    assert table.guess_encoding(data) == guess
    assert table.decode(data, guess) == text


def test_two_polish_letters_that_are_one_in_utf_8_by_chance_are_polish():
    data = "email;nazwisko\na@example.org;Ół\n".encode("cp1250")
    assert data.decode() == "email;nazwisko\na@example.org;\u04f3\n"
    assert table.guess_encoding(data) == "cp1250"


@pytest.mark.parametrize("name", ["\u0418\u0432\u0430\u043d", "Ó\u04f3", "Groß"])
def test_other_letters_in_utf_8_stay_what_they_are(name):
    data = f"email;nazwisko\na@example.org;{name}\n".encode()
    assert table.guess_encoding(data) == "utf-8"


PL, LV = "ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "āčēģīķļņšūžĀČĒĢĪĶĻŅŠŪŽ"


@given(st.lists(st.text(alphabet="abcdeijklmnorstuwz " + LV, min_size=3), min_size=5))
def test_latvian_in_its_own_code_page_is_never_taken_for_polish(words):
    text = " ".join([*words, "ā"])
    assert table.decode(text.encode("cp1257"), table.guess_encoding(text.encode("cp1257"))) == text


@given(st.text(alphabet="abcdeijklmnorstuwz " + PL))
def test_polish_in_its_own_code_page_is_read_right(text):
    data = (text + "ł").encode("cp1250")
    assert table.decode(data, table.guess_encoding(data)) == text + "ł"


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_file_that_was_cut_in_a_letter_is_refused_not_garbled(cut):
    data = (POLISH + "ż").encode()[:-1] if cut == 1 else ("a;ł\n" + "€").encode()[:-1] if cut == 2 else b"\xff\xfea"
    guess = "utf-16" if cut == 3 else "utf-8"
    assert table.guess_encoding(data) == guess
    with refused(f"The file cannot be read as {guess}. Choose another encoding, or save it as UTF-8."):
        table.decode(data, guess)


def test_one_letter_of_a_code_page_at_the_end_is_no_cut_letter():
    assert table.guess_encoding("email;nazwisko\na@example.org;Kos\u0142".encode("cp1250")) == "cp1250"
    assert table.guess_encoding("email;uzvārds\na@example.org;Kalnā".encode("cp1257")) == "cp1257"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("email;team\n", ";"),
        ("email,team\na;b,c\n", ","),
        ("email\tteam\n", "\t"),
        ('"a,b,c";team;email\n', ";"),
        ("email\n", ";"),
        ("\r\nemail,team\r\na;b;c\r\n", ","),
        ("\t\temail, if known", "\t"),
        ('"a,b","c,d";email;"e,f"', ";"),
        ('email;"a;b;c",team,"d","e",role', ","),
    ],
)
def test_the_delimiter_is_guessed_from_the_headings(text, delimiter):
    assert table.guess_delimiter(text) == delimiter


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_the_line_by_which_excel_is_told_the_delimiter_is_no_heading(bom, delimiter):
    text = f"{bom}sep={delimiter}\r\nemail{delimiter}imię, albo imiona;\r\na@example.org{delimiter}Zofia\r\n"
    assert table.guess_delimiter(text) == delimiter
    read = table.read(text, delimiter)
    assert read.headings[0] == "email"
    assert [row.number for row in read.rows] == [2], "as Excel counts: it shows nobody that line"
    assert table.read(f"email\nsep{delimiter}\n", "\t").headings == ("email",)


NO_TABLE = "This is not a table in text form. Save the list as CSV."
NO_ROWS = "There are no rows below the headings."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", NO_ROWS),
        ("email\n", NO_ROWS),
        ("email\n \n", NO_ROWS),
        (
            "name; team \na;b\n",
            "No column is called e-mail. The headings are: name, team. Is the delimiter right?",
        ),
        (
            "x" * 300 + "\na\n",
            f"No column is called e-mail. The headings are: {'x' * 200}. Is the delimiter right?",
        ),
        ("email;imię;vārds\na;b;c\n", "Two columns mean the same: First name."),
        ('email\n"broken\n', NO_TABLE),
        ('email\n"a"b\n', NO_TABLE),
    ],
)
def test_a_file_that_is_no_list_says_why(text, said):
    with refused(said):
        table.read(text, ";")


@pytest.mark.parametrize(
    ("data", "encoding"), [(b"email\n\x00\n", "utf-8"), (b"\xff\x00", "utf-8"), ("a\x00".encode("utf-16"), "utf-16")]
)
def test_a_file_with_nul_is_no_table_in_whatever_encoding(data, encoding):
    with refused(NO_TABLE):
        table.decode(data, encoding)


def test_a_file_as_large_and_as_long_as_is_read_and_one_that_is_larger():
    limits = table.Limits(rows=2, megabytes=5)
    assert len(table.read("email\na\nb\n", ";", limits).rows) == 2
    with refused("The file has too many rows: at most 2 are read at once."):
        table.read("email\na\nb\nc\n", ";", limits)
    assert table.decode(b"x" * 5_000_000, "utf-8", limits)
    with refused("The file is too large: at most 5 MB are read."):
        table.decode(b"x" * 5_000_001, "utf-8", limits)


def test_rows_are_counted_as_a_spreadsheet_counts_them():
    read = table.read("\ufeffE-Mail;Nazwisko;Shoe size\n\na@e.org;A;42\n;;\nb@e.org;B;43\n", ";")
    assert [row.number for row in read.rows] == [3, 5]
    assert read.columns == ("email", "last_name", None)
    assert read.unread == ("Shoe size",)
    assert read.headings == ("E-Mail", "Nazwisko", "Shoe size")
    assert (read.has("last_name"), read.has("team")) == (True, False)


def test_lines_may_end_as_on_any_system_and_a_cell_keeps_its_own():
    for end in ("\n", "\r\n", "\r"):
        rows = table.read(f'email;team{end}a@e.org;A{end}b@e.org;"B\r\nC"{end}', ";").rows
        assert [row.cells for row in rows] == [("a@e.org", "A"), ("b@e.org", "B\r\nC")]


def test_a_cell_is_read_without_spaces_around_and_without_the_apostrophe_of_an_error_file():
    (row,) = table.read("email;team;manager\n a@e.org ;'=A ; 'B\n", ";").rows
    assert row.cells == ("a@e.org", "=A", "'B")


def test_an_x_is_a_letter_like_any_other_where_a_file_begins():
    assert table.read("X;email\na;b\n", ";").headings == ("X", "email")


# Without an apostrophe in front: one that was typed cannot be told from one that was put there. Control characters are
# left out of what is written.
typed = st.text(st.characters(exclude_characters="\r'", exclude_categories=["Cs"]))
cells = typed.map(lambda text: CONTROL.sub("", text).strip())


@given(st.lists(st.tuples(cells.filter(bool), cells), min_size=1), st.sampled_from(table.DELIMITERS))
def test_what_is_written_is_read_again_and_no_cell_is_a_formula(rows, delimiter):
    text = table.write(["email", "team"], rows, delimiter=delimiter)
    raw = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter))
    assert not any(cell.startswith(table.FORMULA) for row in raw for cell in row)
    assert [row.cells for row in table.read(text, delimiter).rows] == rows


def test_a_file_is_written_so_that_excel_takes_it_for_utf_8():
    assert table.write(["email"], [["ą"], ["=1"], ["a;b"]]) == '\ufeffemail\r\ną\r\n\'=1\r\n"a;b"\r\n'
