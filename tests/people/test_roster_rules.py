"""What a list of people would change, as a pure function."""

from collections import Counter
from itertools import pairwise

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from people import messages
from people.rules import roster, table
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


def sentences(plan: roster.Plan) -> list[tuple[int, str]]:
    """What is wrong, as an admin reads it."""
    with override("en"):
        return [(problem.row, messages.of_row(problem)) for problem in plan.problems]


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
    assert (entry.row, entry.email, entry.name) == (2, "jana@example.org", "Jana Liepa")
    assert entry.changes == (
        ("first_name", "", "Jana"),
        ("last_name", "", "Liepa"),
        ("job_role", "", "Seller"),
        ("language", "", "lv"),
        ("team", "", "Company > Shop"),
    )
    assert (entry.is_changed, entry.is_moved, entry.returns) == (False, False, False)
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


@pytest.mark.parametrize("text", ["email;job_role\nana@example.org;\n", f"{HEADINGS}\nana@example.org;;;;;;\n"])
def test_an_empty_cell_and_a_column_that_is_not_there_leave_what_is_there(text):
    plan = planned(text, state(ANA, teams=TEAMS))
    assert plan.is_empty
    assert plan.unchanged == 1


WORKS = "email;location;tags;time_zone"
IN_RIGA = Person(**{**ANA.__dict__, "location": "Riga", "tags": "drives, night shift", "time_zone": "Europe/Riga"})


def test_where_somebody_works_what_they_are_sorted_by_and_whose_clock_is_theirs():
    (entry,) = planned(
        f"{WORKS}\nana@example.org;Gdańsk; drives,  first   aid,,drives ;Europe/Warsaw\n", state(IN_RIGA)
    ).entries
    assert entry.changes == (
        ("location", "Riga", "Gdańsk"),
        ("tags", "drives, night shift", "drives, first aid"),
        ("time_zone", "Europe/Riga", "Europe/Warsaw"),
    )
    assert entry.is_changed


@pytest.mark.parametrize("row", ["Riga;night shift , drives;Europe/Riga", ";;"])
def test_tags_in_another_order_and_empty_cells_change_nothing(row):
    assert planned(f"{WORKS}\nana@example.org;{row}\n", state(IN_RIGA)).is_empty


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            ";;Europe/Warszawa",
            "This time zone is not known: Europe/Warszawa. Write it like Europe/Warsaw or Europe/Riga.",
        ),
        (f";a,{'x' * 81};", "Tags: at most 80 letters."),
        (f"{'x' * 81};;", "Location: at most 80 letters."),
    ],
)
def test_what_cannot_be_of_them_is_refused_in_a_sentence(row, said):
    assert sentences(planned(f"{WORKS}\nana@example.org;{row}\n", state(ANA))) == [(2, said)]
    assert codes(planned(f"{WORKS}\nana@example.org;{'x' * 80};{'y' * 80},b;UTC\n", state(ANA))) == []


def test_who_is_said_to_be_as_they_are_and_where_they_are_stays():
    plan = planned(f"{HEADINGS}\nana@example.org;Ana;Nowak;Company > Desk;Receptionist;PL;\n", state(ANA, teams=TEAMS))
    assert plan.is_empty
    assert plan.unchanged == 1


def test_a_new_person_of_whom_only_the_name_is_said_gets_nothing_else():
    (entry,) = planned("email;first_name;last_name\njana@example.org;Jana;Liepa\n").entries
    assert entry.changes == (("first_name", "", "Jana"), ("last_name", "", "Liepa"))
    assert entry.team == ()


def test_new_teams_come_with_their_parents_first():
    rows = [f"{n}@example.org;A;A;{path};;;" for n, path in enumerate(["B > C > D", "Z", "a  b > c", "B > A"])]
    assert planned(HEADINGS + "\n" + "\n".join(rows)).new_teams == (
        ("B",),
        ("Z",),
        ("a b",),
        ("B", "A"),
        ("B", "C"),
        ("a b", "c"),
        ("B", "C", "D"),
    )


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
TOO_LONG = "The path of the team is too long: at most 20 levels of 120 letters."
NAMELESS = "A team in the path has no name. Write it like this: Company > Department > Team."
NO_LANGUAGE = "This language is not offered: DE. Write pl, lv or en."


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (";Jana;Liepa;;;;", "The e-mail address is missing."),
        ("JANA;Jana;Liepa;;;;", "This is not an e-mail address: jana."),
        ("jana@example;Jana;Liepa;;;;", "This is not an e-mail address: jana@example."),
        ("jana@example.org;;Liepa;;;;", "First name: missing, and not known here."),
        ("jana@example.org;Jana;;;;;", "Last name: missing, and not known here."),
        ("jana@example.org;Jana;Liepa;;;DE;", NO_LANGUAGE),
        ("jana@example.org;Jana;Liepa;A >  > B;;;", NAMELESS),
        ("jana@example.org;Jana;Liepa;" + " > ".join("x" * 21) + ";;;", TOO_LONG),
        ("jana@example.org;Jana;Liepa;" + "x" * 121 + ";;;", TOO_LONG),
        ("jana@example.org;Jana;Liepa;;" + "x" * 81 + ";;", "Job role: at most 80 letters."),
        ('jana@example.org;"Ja\nna";Liepa;;;;', "First name: write plain text on one line."),
        (
            "jana@example.org;Jana;Liepa;A;;;Nobody@example.org",
            "The manager is neither in the list nor, with an open account, here: nobody@example.org.",
        ),
        (
            "jana@example.org;Jana;Liepa;A;;;jana@example.org",
            "Going up from manager to manager leads back to this person: jana@example.org > jana@example.org.",
        ),
        ("jana@example.org;Jana", "The row has 2 cells and there are 7 headings. Is the file whole?"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row, said):
    assert sentences(planned(f"{HEADINGS}\n{row}\n")) == [(2, said)]


def test_all_that_is_wrong_with_a_row_is_said_at_once_and_every_row_is_looked_at():
    plan = planned(f"{HEADINGS}\njana@example.org;;{'x' * 151};;;DE;\nana@example.org;Ana\n;Jana;;;;;\n")
    assert sentences(plan) == [
        (2, "Last name: at most 150 letters."),
        (2, "First name: missing, and not known here."),
        (2, NO_LANGUAGE),
        (3, "The row has 2 cells and there are 7 headings. Is the file whole?"),
        (4, "The e-mail address is missing."),
    ]
    assert plan.entries == ()


def test_what_is_just_short_enough_is_taken():
    path = " > ".join(["x" * 120] * 20)
    row = f"jana@example.org;{'J' * 150};{'L' * 150};{path};{'s' * 80};LV;"
    assert codes(planned(f"{HEADINGS}\n{row}\n")) == []


def test_the_same_address_twice_names_the_first_row():
    plan = planned("email;first_name;last_name\na@example.org;A;B\nA@example.org;A;B\n")
    assert sentences(plan) == [(3, "This e-mail address is in row 2 already.")]


@pytest.mark.parametrize("double", [("company",), ("company", "desk")])
def test_a_path_on_which_two_teams_have_one_name_is_refused(double):
    plan = planned("email;team\nana@example.org;Company > Desk\n", state(ANA, teams=[*TEAMS, double]))
    said = "Two teams have this path, so it is not clear which is meant: Company > Desk."
    assert sentences(plan) == [(2, said)]


def test_two_teams_of_one_name_elsewhere_are_in_nobodys_way():
    elsewhere = [("Company", "Desk", "Night"), ("Company", "Desk", "Night")]
    assert codes(planned("email;team\nana@example.org;Company > Desk\n", state(ANA, teams=[*TEAMS, *elsewhere]))) == []


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


@pytest.mark.parametrize(("managers", "rows"), [("xxy", [4]), ("xyx", [3]), ("xyz", [3, 4])])
def test_two_managers_of_one_team_are_refused_where_a_row_differs_from_the_first(managers, rows):
    team = "\n".join(f"{n}@example.org;A;A;Team;;;{manager}@example.org" for n, manager in enumerate(managers))
    leads = "\n".join(f"{manager}@example.org;L;L;;;;" for manager in "xyz")
    said = "Row 2 names another manager of the same team: x@example.org."
    assert sentences(planned(f"{HEADINGS}\n{team}\n{leads}\n")) == [(row, said) for row in rows]


def test_a_manager_without_a_team_to_lead_is_refused():
    rows = ["a@example.org;A;A;;;;x@example.org", "x@example.org;X;X;;;;"]
    said = "There is a manager, but no team to lead. Give the team."
    assert sentences(planned(HEADINGS + "\n" + "\n".join(rows))) == [(2, said)]


def test_who_leads_a_team_already_is_no_news():
    text = f"email;team;manager\nana@example.org;company > desk;{MAREK.email}\nmarek@example.org;;\n"
    here = (("Company", "Desk"), MAREK.email)
    assert planned(text, state(ANA, MAREK, teams=TEAMS, managers=[here])).managers == ()
    assert planned(text, state(ANA, MAREK, teams=TEAMS)).managers == ((("company", "desk"), MAREK.email),)


def test_with_a_column_for_teams_a_manager_from_outside_the_list_may_lead_any_team():
    present = state(MAREK, teams=TEAMS)
    text = f"email;first_name;last_name;team;manager\njana@example.org;Jana;Liepa;Shop;{MAREK.email}\n"
    plan = planned(text, present, is_complete=False)
    assert codes(plan) == []
    assert plan.managers == ((("Shop",), MAREK.email),)


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


def test_managers_whose_names_differ_in_capitals_only_get_teams_that_differ():
    text = (
        "email;first_name;last_name;manager\n"
        "m1@example.org;Jan;Kos;\nm2@example.org;JAN;KOS;\n"
        "a@example.org;A;A;m1@example.org\nb@example.org;B;B;m2@example.org\n"
    )
    plan = planned(text)
    assert codes(plan) == []
    assert plan.new_teams == (("JAN KOS (m2@example.org)",), ("Jan Kos (m1@example.org)",))


@pytest.mark.parametrize(
    ("first", "last", "team"),
    [
        ("Jan  Adam", "Kos", "Jan Adam Kos"),
        ("Jan > Adam", "Kos", "Jan Adam Kos"),
        ("x" * 119, "Kos", "x" * 119),
    ],
)
def test_the_team_of_a_manager_has_their_name_as_a_team_can_be_called(first, last, team):
    text = f"email;first_name;last_name;manager\nm@example.org;{first};{last};\na@example.org;A;A;m@example.org\n"
    plan = planned(text)
    assert codes(plan) == []
    assert plan.new_teams == ((team,),)


def test_a_manager_is_called_as_the_list_says_else_as_they_are_known_here():
    text = "email;first_name;manager\nmarek@example.org;Mark;\nana@example.org;;marek@example.org\n"
    plan = planned(text, state(ANA, MAREK, teams=TEAMS))
    assert plan.new_teams == (("Mark Lis",),)
    assert [(entry.row, entry.name) for entry in plan.entries] == [(2, "Mark Lis"), (3, "Ana Nowak")]
    assert planned(text.replace("Mark;", ";"), state(ANA, MAREK, teams=TEAMS)).new_teams == (("Marek Lis",),)


def test_a_team_whose_name_and_address_are_too_long_together_is_refused():
    one, other = (f"{'m' * 110}{n}@example.org" for n in (1, 2))
    text = (
        f"email;first_name;last_name;manager\n{one};Jan;Kos;\n{other};Jan;Kos;\n"
        f"a@example.org;A;A;{one}\nb@example.org;B;B;{other}\n"
    )
    assert sentences(planned(text)) == [(4, TOO_LONG), (5, TOO_LONG)]


LED = [(("Company", "Desk"), MAREK.email)]
BY_MAREK = f"email;first_name;last_name;manager\nana@example.org;Ana;Nowak;{MAREK.email}\n"


def test_a_manager_from_outside_the_list_must_lead_one_team():
    plan = planned(BY_MAREK, state(MAREK, teams=TEAMS, managers=LED), is_complete=False)
    assert plan.entries[0].team == ("Company", "Desk")
    said = f"The manager is not in the list and does not lead exactly one team: {MAREK.email}."
    for present in (state(MAREK), state(MAREK, managers=[*LED, (("Company",), MAREK.email)])):
        assert sentences(planned(BY_MAREK, present, is_complete=False)) == [(2, said)]


def test_the_managers_of_a_list_hang_below_the_team_that_theirs_leads():
    text = BY_MAREK + "jana@example.org;Jana;Liepa;ana@example.org\n"
    plan = planned(text, state(MAREK, teams=TEAMS, managers=LED), is_complete=False)
    assert {entry.email: entry.team for entry in plan.entries} == {
        "ana@example.org": ("Company", "Desk"),
        "jana@example.org": ("Company", "Desk", "Ana Nowak"),
    }
    assert plan.new_teams == (("Company", "Desk", "Ana Nowak"),)
    assert plan.managers == ((("Company", "Desk", "Ana Nowak"), "ana@example.org"),)


def test_a_team_is_met_again_whatever_spaces_and_signs_its_name_has():
    odd = ("R > D", "Front  desk")
    plan = planned(BY_MAREK, state(MAREK, teams=[odd[:1], odd], managers=[(odd, MAREK.email)]), is_complete=False)
    assert plan.entries[0].team == odd
    assert plan.new_teams == ()
    present = state(ANA, teams=[("Company",), ("Company", " front  Desk ")])
    assert planned("email;team\nana@example.org;company >  Front desk\n", present).new_teams == ()


def test_two_teams_of_one_path_are_not_clear_for_a_manager_either():
    plan = planned(BY_MAREK, state(MAREK, teams=[*TEAMS, *TEAMS], managers=LED), is_complete=False)
    assert codes(plan) == [(2, "team-ambiguous")]


@pytest.mark.parametrize(("managers", "said"), [(18, []), (19, [(21, TOO_LONG)])])
def test_a_chain_may_be_as_deep_as_a_tree_with_the_team_it_hangs_below(managers, said):
    rows = [f"p{n}@e.org;P;{n};{f'p{n - 1}@e.org' if n else MAREK.email}" for n in range(managers + 1)]
    text = "email;first_name;last_name;manager\n" + "\n".join(rows)
    plan = planned(text, state(MAREK, teams=TEAMS, managers=LED), is_complete=False)
    assert sentences(plan) == said


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


def test_each_circle_is_named_row_by_row_and_who_stands_below_one_is_on_none():
    above = {"top": "", "a": "b", "b": "a", "c": "a", "d": "e", "e": "d"}
    rows = [f"{one}@e.org;P;P;{f'{other}@e.org' if other else ''}" for one, other in above.items()]
    plan = planned("email;first_name;last_name;manager\n" + "\n".join(rows))
    assert codes(plan) == [(row, "manager-cycle") for row in (3, 4, 6, 7)]
    assert [problem.facts["chain"] for problem in plan.problems] == [
        "a@e.org > b@e.org > a@e.org",
        "b@e.org > a@e.org > b@e.org",
        "d@e.org > e@e.org > d@e.org",
        "e@e.org > d@e.org > e@e.org",
    ]


def test_a_chain_as_long_as_the_list_is_refused_quickly():
    rows = [f"p{n}@e.org;P;{n};p{n + 1}@e.org" for n in range(3000)] + ["p3000@e.org;P;3000;"]
    plan = planned("email;first_name;last_name;manager\n" + "\n".join(rows))
    assert {code for _row, code in codes(plan)} == {"team-too-long"}
