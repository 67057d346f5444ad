"""What a list of people would change, as a pure function; and how its bytes are read."""

import csv
import io
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.rules import roster, table
from people.rules.cells import CONTROL
from people.rules.roster import Person, State

HEADINGS = "email;first_name;last_name;team;job_role;language;manager"


def state(*people: Person, teams=(), managers=()) -> State:
    leads: dict = {}
    for path, email in managers:
        leads.setdefault(email, []).append(path)
    return State(
        people={person.email: person for person in people},
        teams=Counter(roster.folded(path) for path in teams),
        managers={roster.folded(path): frozenset({email}) for path, email in managers},
        leads={email: tuple(paths) for email, paths in leads.items()},
    )


def planned(text: str, present: State | None = None, *, is_complete: bool = True) -> roster.Plan:
    return roster.plan(table.read(text, ";"), present or state(), is_complete=is_complete)


def codes(plan: roster.Plan) -> list[tuple[int, str]]:
    return [(problem.row, problem.code) for problem in plan.problems]


ANA = Person("ana@example.org", "Ana", "Nowak", ("Company", "Desk"), "Receptionist", "pl")
MAREK = Person("marek@example.org", "Marek", "Lis", ("Company",), "", "pl")
TEAMS = [("Company",), ("Company", "Desk")]


# --- who is added, changed, moved, leaving -------------------------------------------------------------------------
def test_a_new_person_with_a_new_team():
    plan = planned(f"{HEADINGS}\njana@example.org;Jana;Liepa;Company > Shop;Seller;lv;\n")
    (entry,) = plan.entries
    assert entry.is_new
    assert {fact: after for fact, _before, after in entry.changes} == {
        "first_name": "Jana",
        "last_name": "Liepa",
        "job_role": "Seller",
        "language": "lv",
        "team": "Company > Shop",
    }
    assert plan.new_teams == (("Company",), ("Company", "Shop"))


def test_a_change_and_a_move_are_told_apart_and_shown_with_what_was_there():
    present = state(ANA, MAREK, teams=TEAMS)
    plan = planned(f"{HEADINGS}\nANA@example.org;Anna;Nowak;company;;;\nmarek@example.org;;;;;;\n", present)
    (entry,) = plan.entries
    assert entry.changes == (("first_name", "Ana", "Anna"), ("team", "Company > Desk", "company"))
    assert entry.is_changed
    assert entry.is_moved
    assert plan.unchanged == 1
    assert plan.new_teams == ()


def test_an_empty_cell_and_a_column_that_is_not_there_leave_what_is_there():
    plan = planned("email;job_role\nana@example.org;\n", state(ANA, teams=TEAMS))
    assert plan.is_empty
    assert plan.unchanged == 1


def test_who_is_not_in_a_complete_list_leaves_but_never_an_admin():
    admin = Person("adam@example.org", "Adam", "Wilk", (), "", "pl", is_admin=True)
    gone = Person("gone@example.org", "Gone", "Before", (), "", "pl", is_active=False)
    present = state(ANA, MAREK, admin, gone, teams=TEAMS)
    assert planned("email\nmarek@example.org\n", present).leaving == ("ana@example.org",)
    assert planned("email\nmarek@example.org\n", present, is_complete=False).leaving == ()


def test_a_broken_row_deactivates_nobody():
    plan = planned("email;language\nana@example.org;xx\n", state(ANA))
    assert codes(plan) == [(2, "language")]
    assert plan.leaving == ()


def test_who_was_deactivated_and_is_in_the_list_comes_back():
    plan = planned("email\nana@example.org\n", state(Person(**{**ANA.__dict__, "is_active": False}), teams=TEAMS))
    assert [entry.returns for entry in plan.entries] == [True]


@pytest.mark.parametrize(
    ("active", "leaving", "stops"), [(10, 1, False), (10, 2, True), (9, 1, True), (100, 10, False)]
)
def test_more_than_one_in_ten_stops(active, leaving, stops):
    people = [Person(f"p{n}@example.org", "P", str(n), (), "", "pl") for n in range(active)]
    rows = "\n".join(person.email for person in people[leaving:])
    plan = planned(f"email\n{rows}\n", state(*people))
    assert len(plan.leaving) == leaving
    assert plan.deactivates_many is stops


# --- what is wrong with a row --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("row", "code"),
    [
        (";Jana;Liepa;;;;", "no-email"),
        ("jana;Jana;Liepa;;;;", "email"),
        ("jana@example;Jana;Liepa;;;;", "email"),
        ("jana@example.org;;Liepa;;;;", "no-name"),
        ("jana@example.org;Jana;;;;;", "no-name"),
        ("jana@example.org;Jana;Liepa;;;de;", "language"),
        ("jana@example.org;Jana;Liepa;A >  > B;;;", "team-nameless"),
        ("jana@example.org;Jana;Liepa;" + " > ".join("x" * 21) + ";;;", "team-too-long"),
        ("jana@example.org;Jana;Liepa;" + "x" * 121 + ";;;", "team-too-long"),
        ("jana@example.org;Jana;Liepa;;" + "x" * 81 + ";;", "too-long"),
        ('jana@example.org;"Ja\nna";Liepa;;;;', "not-one-line"),
        ("jana@example.org;Jana;Liepa;A;;;nobody@example.org", "manager-unknown"),
        ("jana@example.org;Jana;Liepa;A;;;jana@example.org", "manager-cycle"),
        ("jana@example.org;Jana", "cells"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row, code):
    assert codes(planned(f"{HEADINGS}\n{row}\n")) == [(2, code)]


def test_the_same_address_twice_names_the_first_row():
    plan = planned("email;first_name;last_name\na@example.org;A;B\nA@example.org;A;B\n")
    assert codes(plan) == [(3, "twice")]
    assert plan.problems[0].facts == {"row": 2}


def test_a_path_that_two_teams_have_is_refused():
    plan = planned("email;team\nana@example.org;Company > Desk\n", state(ANA, teams=[*TEAMS, ("company", "desk")]))
    assert codes(plan) == [(2, "team-ambiguous")]


# --- managers ------------------------------------------------------------------------------------------------------
def test_the_manager_of_a_team_is_who_its_rows_name_and_their_own_row_does_not_count():
    rows = [
        "boss@example.org;Bea;Boss;Company;;;",
        "marek@example.org;Marek;Lis;Company > Desk;;;boss@example.org",
        "ana@example.org;Ana;Nowak;Company > Desk;;;marek@example.org",
        "ewa@example.org;Ewa;Sowa;Company > Desk;;;marek@example.org",
    ]
    plan = planned(HEADINGS + "\n" + "\n".join(rows))
    assert codes(plan) == []
    assert plan.managers == ((("Company", "Desk"), "marek@example.org"),)


def test_two_managers_of_one_team_are_refused():
    rows = [
        "a@example.org;A;A;Team;;;x@example.org",
        "b@example.org;B;B;Team;;;y@example.org",
        "x@example.org;X;X;;;;",
        "y@example.org;Y;Y;;;;",
    ]
    assert codes(planned(HEADINGS + "\n" + "\n".join(rows))) == [(3, "manager-differs")]


def test_without_a_column_for_teams_the_managers_make_the_tree():
    text = (
        "email;first_name;last_name;manager\n"
        "boss@example.org;Bea;Boss;\n"
        "marek@example.org;Marek;Lis;boss@example.org\n"
        "ana@example.org;Ana;Nowak;marek@example.org\n"
    )
    plan = planned(text)
    assert codes(plan) == []
    assert plan.new_teams == (("Bea Boss",), ("Bea Boss", "Marek Lis"))
    assert plan.managers == ((("Bea Boss",), "boss@example.org"), (("Bea Boss", "Marek Lis"), "marek@example.org"))
    moved = {entry.email: {fact: after for fact, _, after in entry.changes}.get("team") for entry in plan.entries}
    assert moved == {
        "boss@example.org": None,
        "marek@example.org": "Bea Boss",
        "ana@example.org": "Bea Boss > Marek Lis",
    }


def test_two_managers_of_one_name_get_teams_that_differ():
    text = (
        "email;first_name;last_name;manager\n"
        "m1@example.org;Jan;Kos;\nm2@example.org;Jan;Kos;\n"
        "a@example.org;A;A;m1@example.org\nb@example.org;B;B;m2@example.org\n"
    )
    assert planned(text).new_teams == (("Jan Kos (m1@example.org)",), ("Jan Kos (m2@example.org)",))


def test_a_manager_from_outside_the_list_must_lead_one_team():
    present = state(MAREK, teams=TEAMS, managers=[(("Company", "Desk"), MAREK.email)])
    text = f"email;first_name;last_name;manager\nana@example.org;Ana;Nowak;{MAREK.email}\n"
    plan = planned(text, present, is_complete=False)
    assert {fact: after for fact, _, after in plan.entries[0].changes}["team"] == "Company > Desk"
    assert codes(planned(text, state(MAREK), is_complete=False)) == [(2, "manager-without-team")]


def test_a_manager_who_would_be_deactivated_is_no_manager():
    text = f"email;first_name;last_name;manager\nana@example.org;Ana;Nowak;{MAREK.email}\n"
    assert codes(planned(text, state(MAREK))) == [(2, "manager-unknown")]


@given(st.dictionaries(st.integers(0, 12), st.integers(0, 12), max_size=13))
def test_everybody_on_a_circle_is_refused_and_nobody_else(above):
    """Against a slow oracle: walk up from each one, and see whether one comes back."""

    def comes_back(start: int) -> bool:
        at = above[start]
        for _ in range(20):
            if at == start:
                return True
            if at not in above:
                return False
            at = above[at]
        return False

    names = {f"p{n}@e.org": f"p{up}@e.org" for n, up in above.items()}
    circles = roster.circles_in(names)
    assert set(circles) == {f"p{n}@e.org" for n in above if comes_back(n)}
    for email, circle in circles.items():
        assert circle[0] == circle[-1] == email
        assert all(names[one] == other for one, other in pairwise(circle))


def test_a_circle_is_named_row_by_row():
    text = "email;first_name;last_name;manager\na@e.org;A;A;b@e.org\nb@e.org;B;B;a@e.org\nc@e.org;C;C;a@e.org\n"
    plan = planned(text)
    assert codes(plan) == [(2, "manager-cycle"), (3, "manager-cycle")]
    assert plan.problems[0].facts["chain"] == "a@e.org > b@e.org > a@e.org"


def test_a_chain_as_long_as_the_list_is_refused_quickly():
    rows = [f"p{n}@e.org;P;{n};p{n + 1}@e.org" for n in range(3000)] + ["p3000@e.org;P;3000;"]
    plan = planned("email;first_name;last_name;manager\n" + "\n".join(rows))
    assert {code for _row, code in codes(plan)} == {"team-too-long"}


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
    ],
)
def test_the_encoding_is_guessed(text, written, guess):
    data = text.encode(written)
    assert table.guess_encoding(data) == guess
    assert table.decode(data, guess) == text


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
    with pytest.raises(table.BadTable) as refused:
        table.decode(data, table.guess_encoding(data))
    assert refused.value.code == "encoding"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("email;team\n", ";"),
        ("email,team\na;b,c\n", ","),
        ("email\tteam\n", "\t"),
        ('"a,b,c";team;email\n', ";"),
        ("email\n", ";"),
    ],
)
def test_the_delimiter_is_guessed_from_the_headings(text, delimiter):
    assert table.guess_delimiter(text) == delimiter


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("email\n", "empty"),
        ("name;team\na;b\n", "no-email-column"),
        ("email;e-mail\na;b\n", "column-twice"),
        ('email\n"broken\n', "no-table"),
    ],
)
def test_a_file_that_is_no_list_says_why(text, code):
    with pytest.raises(table.BadTable) as refused:
        table.read(text, ";")
    assert refused.value.code == code


def test_a_file_with_nul_or_too_many_rows_or_bytes_is_refused(monkeypatch):
    with pytest.raises(table.BadTable, match="no-table"):
        table.decode(b"email\n\x00\n", "utf-8")
    monkeypatch.setattr(table, "MAX_ROWS", 2)
    with pytest.raises(table.BadTable, match="too-many-rows"):
        table.read("email\na\nb\nc\n", ";")
    monkeypatch.setattr(table, "MAX_BYTES", 3)
    with pytest.raises(table.BadTable, match="too-large"):
        table.decode(b"email", "utf-8")


def test_rows_are_counted_as_a_spreadsheet_counts_them():
    read = table.read("\ufeffE-Mail;Nazwisko;Shoe size\n\na@e.org;A;42\n;;\nb@e.org;B;43\n", ";")
    assert [row.number for row in read.rows] == [3, 5]
    assert read.columns == ("email", "last_name", None)
    assert read.unread == ("Shoe size",)


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
