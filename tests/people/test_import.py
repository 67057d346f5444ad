"""A list of people from elsewhere: the screens, the act, and the command that does the same."""

import csv
import io
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone
from django.utils.translation import override

from evidence.models import Record
from people import actions
from people.actions import roster
from people.models import Invitation, Mail, RosterImport, Team, TeamLead, User
from people.rules import table
from training.models import audience_q

pytestmark = pytest.mark.usefixtures("staff_may_enter")
LIST = (
    "email;first_name;last_name;team;job_role;language;manager\n"
    "jana@example.org;Jana;Bērziņa;Riverside Services > Shop;Seller;lv;marek@example.org\n"
    "ana@example.org;Anna;Nowak;Riverside Services > Warehouse;;pl;\n"
    "marek@example.org;;;;;;\n"
)


def give(client, text: str | bytes, **more):
    data = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile("people.csv", data, content_type="text/csv")
    return client.post("/cms/people/import/", {"file": file, "is_complete": "0", "sends_invitations": "on"} | more)


def shown(client, address: str) -> str:
    return client.get(address).context["shown"]


def apply(client, address: str, **more):
    return client.post(f"{address}apply/", {"shown": shown(client, address)} | more)


def facts() -> list:
    people = User.objects.order_by("email").values_list(
        "email", "first_name", "last_name", "team__name", "job_role", "language", "is_active"
    )
    teams = Team.objects.order_by("path").values_list("path", "name")
    leads = TeamLead.objects.order_by("pk").values_list("team", "person", "starts_on", "ends_on")
    return [*people, *teams, *leads]


@pytest.fixture
def client(admin, client_for):
    return client_for(admin)


# --- the preview ---------------------------------------------------------------------------------------------------
def test_the_preview_shows_all_and_changes_nothing(client, ana, marek):
    before = facts()
    page = client.get(give(client, LIST).url)
    words = page.content.decode()
    for word in ("Jana Bērziņa", "jana@example.org", "Ana → Anna", "Front desk → Riverside Services &gt; Warehouse"):
        assert word in words
    assert "Riverside Services &gt; Shop" in words
    assert "Windows-1250" in words
    assert [count for _title, count, _entries in page.context["kinds"]] == [1, 1, 1, 0]
    assert facts() == before
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    ("written", "delimiter"),
    [("utf-8", ";"), ("utf-8-sig", ","), ("utf-16", "\t"), ("cp1257", ";"), ("cp1257", ",")],
)
def test_encodings_and_delimiters_are_worked_out(written, delimiter, client, ana, marek):
    address = give(client, LIST.replace(";", delimiter).encode(written)).url
    kept = RosterImport.objects.get()
    assert (kept.encoding, kept.delimiter) == (written.removesuffix("-sig"), delimiter)
    assert "Jana Bērziņa" in client.get(address).content.decode()


def test_polish_in_its_code_page(client, ana):
    give(client, "email,imię,nazwisko\nana@example.org,Łucja,Żółć\n".encode("cp1250"))
    assert RosterImport.objects.get().encoding == "cp1250"
    address = f"/cms/people/import/{RosterImport.objects.get().key}/"
    apply(client, address)
    assert User.objects.get(email="ana@example.org").name == "Łucja Żółć"


def test_a_wrong_guess_is_put_right(client, ana):
    address = give(client, LIST.encode("cp1257"), encoding="cp1250", delimiter=";").url
    assert "Bērziņa" not in client.get(address).content.decode()
    assert client.post(address, {"encoding": "cp1257", "delimiter": ";"}).url == address
    assert "Jana Bērziņa" in client.get(address).content.decode()
    refused = client.post(address, {"encoding": "utf-8", "delimiter": ";"})
    assert refused.status_code == 422
    assert b"cannot be read as utf-8" in refused.content
    assert client.post(address, {"encoding": "cp1257", "delimiter": "tab"}).status_code == 422
    assert client.post(address, {"encoding": "rot13", "delimiter": ";"}).status_code == 422
    assert RosterImport.objects.get().encoding == "cp1257"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "empty"),
        (b"email\n", "There are no rows"),
        (b"name,team\na,b\n", "No column is called e-mail"),
        (b"\x00\x01\x02", "not a table"),
        (b'email\n"x\n', "not a table"),
        (b"PK\x03\x04" + bytes(range(256)), "not a table"),
    ],
)
def test_a_file_that_is_no_list_is_refused(text, says, client):
    page = give(client, text)
    assert page.status_code == 422
    assert says in page.content.decode()
    assert not RosterImport.objects.exists()


def test_a_file_too_large_or_too_long_is_refused(client, monkeypatch):
    assert "at most 20000" in give(client, "email\n" + "a@e.org\n" * 20_001).content.decode().replace(",", "")
    assert "at most 5 MB" in give(client, LIST + "\n" * 5_000_000).content.decode()
    assert not RosterImport.objects.exists()


# --- doing it ------------------------------------------------------------------------------------------------------
def test_what_was_shown_is_done(client, ana, marek, admin):
    address = give(client, LIST).url
    assert apply(client, address).url == address
    jana, anna = User.objects.get(email="jana@example.org"), User.objects.get(pk=ana.pk)
    assert (jana.name, jana.language, jana.job_role, jana.is_waiting) == ("Jana Bērziņa", "lv", "Seller", True)
    assert jana.team.get_parent().name == "Riverside Services"
    assert (anna.first_name, anna.team.name, anna.job_role) == ("Anna", "Warehouse", "Receptionist")
    assert User.objects.managed_by(marek).filter(pk=jana.pk).exists()
    assert [mail.to for mail in Mail.objects.all()] == ["jana@example.org"]
    assert Invitation.objects.get().invited_by == admin
    record = Record.objects.get(kind="people-imported")
    assert record.facts["added"] == record.facts["changed"] == record.facts["moved"] == 1
    assert record.facts["by"] == str(admin.key)
    kept = RosterImport.objects.get()
    assert bytes(kept.content) == b"", "the list itself is not kept longer than it is needed"
    assert client.get(address).status_code == 200
    assert client.get(f"{address}errors.csv").status_code == 404


def test_a_rule_for_a_place_or_a_tag_can_be_fed_by_a_list(client, ana):
    """Without that a rule for Riga would want every person opened by hand."""
    headings = "e-mail;imię;nazwisko;lokalizacja;etykiety;strefa czasowa"
    rows = "ana@example.org;;;Rīga;kierowca;Europe/Riga\njana@example.org;Jana;Liepa;Rīga;kierowca, noc;Europe/Riga\n"
    address = give(client, f"{headings}\n{rows}", is_complete="0").url
    assert "Rīga" in client.get(address).content.decode()
    apply(client, address)
    jana = User.objects.get(email="jana@example.org")
    assert (jana.location, jana.time_zone, jana.is_waiting) == ("Rīga", "Europe/Riga", True)
    audience = {"all": [{"location": "Rīga"}, {"tag": "kierowca"}, {"not": {"tag": "noc"}}]}
    assert list(User.objects.filter(audience_q(audience))) == [ana]
    ana.refresh_from_db()
    assert ana.time_zone == "Europe/Riga"
    again = give(client, f"{headings}\n{rows}", is_complete="0").url
    assert client.get(again).context["plan"].is_empty


def test_teams_whose_names_have_spaces_and_signs_are_met_again(client, ana, marek, teams):
    """The path is shown as text with ">" between; what is done goes by the path itself."""
    Team.objects.filter(pk=teams.desk.pk).update(name="R > D")
    TeamLead.objects.update(team=teams.desk)
    text = (
        f"email;first_name;last_name;manager\njana@example.org;Jana  Maria;Liepa;{marek.email}\n"
        "olga@example.org;Olga;Ozola;jana@example.org\n"
    )
    for _ in range(2):
        apply(client, give(client, text).url)
    jana, olga = (User.objects.get(email=f"{name}@example.org") for name in ("jana", "olga"))
    assert jana.team == teams.desk
    assert (olga.team.name, olga.team.get_parent()) == ("Jana Maria Liepa", teams.desk)


def test_the_same_list_again_has_nothing_to_do(client, ana, marek):
    apply(client, give(client, LIST).url)
    before = facts()
    address = give(client, LIST).url
    page = client.get(address)
    assert b"There is nothing to do." in page.content
    apply(client, address)
    assert facts() == before
    assert Mail.objects.count() == 1


def test_a_second_click_is_the_same_act(client, ana, marek):
    address = give(client, LIST).url
    token = shown(client, address)
    for _ in range(2):
        assert client.post(f"{address}apply/", {"shown": token}).url == address
    assert Record.objects.filter(kind="people-imported").count() == 1
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("change", ["person", "team", "hire", "manager"])
def test_what_was_shown_and_is_no_longer_true_is_refused(change, client, ana, marek, obcy, teams):
    address = give(client, LIST).url
    token = shown(client, address)
    if change == "person":
        actions.change_person(person=ana, first_name="Anna")
    elif change == "team":
        actions.change_person(person=ana, team=teams.company)
    elif change == "hire":
        actions.hire(email="jana@example.org", first_name="J", last_name="L", team=None, language="pl", by=None)
    else:
        shop = Team.objects.get(pk=teams.company.pk).add_child(name="Shop")
        TeamLead.objects.create(team=shop, person=marek, starts_on=timezone.localdate())
    before = facts()
    page = client.post(f"{address}apply/", {"shown": token})
    assert page.status_code == 422
    assert b"people or teams changed since you looked" in page.content
    assert facts() == before
    assert page.context["shown"] != token
    assert client.post(f"{address}apply/", {"shown": page.context["shown"]}).status_code == 302


def test_without_what_was_shown_nothing_is_done(client, ana, marek):
    address = give(client, LIST).url
    assert client.post(f"{address}apply/").status_code == 422
    assert not User.objects.filter(email="jana@example.org").exists()


def test_one_broken_row_stops_all_rows(client, ana, marek):
    before = facts()
    address = give(client, LIST + "broken;A;B;;;;\n").url
    page = client.get(address)
    assert b"Do exactly this" not in page.content
    assert apply(client, address).status_code == 422
    assert facts() == before


def test_a_fault_in_the_middle_undoes_everything(client, ana, marek, monkeypatch):
    address = give(client, LIST).url
    before, token = facts(), shown(client, address)

    def fails(**_facts):
        raise RuntimeError("in the middle")

    monkeypatch.setattr(roster.tree, "set_manager", fails)
    with pytest.raises(RuntimeError):
        client.post(f"{address}apply/", {"shown": token})
    assert facts() == before
    assert not Mail.objects.exists()
    assert RosterImport.objects.get().applied_at is None


def test_many_leaving_stops_and_asks(client, ana, marek, obcy, irena, admin):
    text = "email\nana@example.org\nmarek@example.org\nolaf@example.org\n"
    address = give(client, text, is_complete="1").url
    page = client.get(address)
    assert b"irena@example.org" in page.content
    assert b"more than one in ten" in page.content
    assert apply(client, address).status_code == 422
    assert User.objects.get(pk=irena.pk).is_active
    assert apply(client, address, many_are_meant="1").status_code == 302
    assert not User.objects.get(pk=irena.pk).is_active
    assert User.objects.get(pk=admin.pk).is_active
    assert Record.objects.filter(kind="account-closed", subject=irena.key).exists()


def test_who_comes_back_is_the_same_person(client, ana):
    actions.deactivate(person=ana)
    apply(client, give(client, "email\nana@example.org\n").url)
    assert User.objects.get(email="ana@example.org").pk == ana.pk
    assert User.objects.get(pk=ana.pk).is_active


def test_nobody_is_mailed_where_that_was_not_wished(client, ana, marek):
    apply(client, give(client, LIST, sends_invitations="").url)
    assert User.objects.filter(email="jana@example.org").exists()
    assert not Mail.objects.exists()


def test_the_tree_of_managers_is_made_and_led(client):
    text = (
        "email,first_name,last_name,manager\nboss@example.org,Bea,Boss,\n"
        "lead@example.org,Leo,Lead,boss@example.org\nnew@example.org,Nel,New,lead@example.org\n"
    )
    apply(client, give(client, text).url)
    boss, new = User.objects.get(email="boss@example.org"), User.objects.get(email="new@example.org")
    assert User.objects.managed_by(boss).filter(pk=new.pk).exists()
    assert new.team.get_parent() == User.objects.get(email="lead@example.org").team
    assert Team.find_problems() == ([], [], [], [], [])


def test_a_circle_of_managers_is_refused_with_its_rows(client):
    text = (
        "email,first_name,last_name,manager\na@example.org,A,A,b@example.org\n"
        "b@example.org,B,B,c@example.org\nc@example.org,C,C,a@example.org\n"
    )
    address = give(client, text).url
    words = client.get(address).content.decode()
    assert words.count("leads back to this person") == 3
    assert apply(client, address).status_code == 422
    assert not Team.objects.filter(name="A A").exists()


# --- what comes back -----------------------------------------------------------------------------------------------
def read_csv(response) -> list[list[str]]:
    assert response["Content-Type"].startswith("text/csv")
    assert "attachment" in response["Content-Disposition"]
    text = response.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def test_the_example_is_a_list_that_can_be_given(client):
    response = client.get("/cms/people/import/template.csv")
    assert read_csv(response)[0] == list(table.COLUMNS)
    text = response.content.decode("utf-8-sig").replace("marek.example@example.org", "adam@example.org")
    page = client.get(give(client, text).url)
    assert page.context["problems_count"] == 0


def test_broken_rows_come_back_with_reasons_and_no_cell_is_a_formula(client):
    bad = "email;first_name;last_name;Shoe\n=cmd|'/c calc';@SUM(A1);+1;-2\nb@example.org;B;B;43\nshort\n"
    address = give(client, bad).url
    rows = read_csv(client.get(f"{address}errors.csv"))
    assert rows[0] == ["email", "first_name", "last_name", "Shoe", "Reason"]
    assert rows[1][:4] == ["'=cmd|'/c calc'", "'@SUM(A1)", "'+1", "'-2"]
    assert "This is not an e-mail address" in rows[1][4]
    assert rows[2][0] == "short"
    assert len(rows) == 3
    assert not any(cell.startswith(table.FORMULA) for row in rows for cell in row)


def test_markup_in_a_cell_is_shown_as_text(client):
    page = client.get(give(client, "email;first_name;last_name;<b>x</b>\nx;<script>alert(1)</script>;B;\n").url)
    assert b"<script>alert(1)" not in page.content
    assert b"<b>x</b>" not in page.content


def test_what_nobody_applied_goes_after_a_week(admin):
    give = {"by": admin, "file_name": "x.csv", "is_complete": False, "sends_invitations": False}
    old = roster.keep(content=b"email\nold@example.org\n", **give)
    RosterImport.objects.update(created_at=timezone.now() - roster.KEPT_FOR)
    roster.keep(content=b"email\nnew@example.org\n", **give)
    assert not RosterImport.objects.filter(pk=old.pk).exists()
    assert RosterImport.objects.count() == 1


def test_the_preview_costs_the_same_for_many_rows(client, ana, assert_queries_at_most):
    few_rows, many_rows = (
        "email;first_name;last_name;team\n" + "".join(f"p{n}@e.org;P;{n};A > B{n}\n" for n in range(count))
        for count in (1, 60)
    )
    client.get(give(client, few_rows).url)
    few_at, many_at = give(client, few_rows).url, give(client, many_rows).url
    with assert_queries_at_most(40) as few:
        client.get(few_at)
    with assert_queries_at_most(len(few)):
        client.get(many_at)


# --- the command ---------------------------------------------------------------------------------------------------
@pytest.fixture
def file(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(LIST)
    return path


def run(*args) -> str:
    out = StringIO()
    call_command("import_people", *map(str, args), stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_reads_a_list_that_is_too_long_for_the_screen(tmp_path):
    path = tmp_path / "everybody.csv"
    emails = [f"p{number}@e.org" for number in range(20_001)]
    User.objects.bulk_create(User(email=email, first_name="A", last_name="B") for email in emails)
    path.write_text("email,last_name\n" + "".join(f"{email},B\n" for email in emails))
    assert "unchanged 20001" in run(path, "--part", "--dry-run")
    path.write_text("email\n" + "\n" * 50_000_001)
    with pytest.raises(CommandError, match="at most 50 MB"):
        run(path, "--part")
    assert not RosterImport.objects.exists()


def test_the_command_does_the_same_and_again_nothing(file, ana, marek):
    assert "added 1" in run(file, "--part")
    before = facts()
    assert "added 0" in run(file, "--part")
    assert facts() == before


def test_a_dry_run_says_what_it_would_do_and_leaves_no_trace(file, ana, marek):
    before = facts()
    assert "Would be: added 1, changed 1, moved 1" in run(file, "--part", "--dry-run")
    assert facts() == before
    assert not RosterImport.objects.exists()
    assert not Mail.objects.exists()
    assert not Record.objects.exists()


def test_the_command_stops_before_many_leave(file, ana, marek, obcy):
    with pytest.raises(CommandError, match="1 of 3 accounts would be deactivated"):
        run(file)
    assert User.objects.get(pk=obcy.pk).is_active
    run(file, "--many-are-meant", "--no-invitations")
    assert not User.objects.get(pk=obcy.pk).is_active
    assert not Mail.objects.exists()


@pytest.mark.parametrize("active", ["en", "pl"])
def test_the_command_says_why_it_refuses(tmp_path, ana, active):
    broken = tmp_path / "broken.csv"
    broken.write_text("email,language\nana@example.org,xx\n")
    with override(active):
        with pytest.raises(CommandError, match=r"^1 row cannot be read"):
            run(broken)
        broken.write_bytes("email\nżółć@example.org\n".encode("cp1250"))
        with pytest.raises(CommandError, match="cannot be read as utf-8"):
            run(broken, "--encoding", "utf-8")
    with pytest.raises(CommandError):
        run(tmp_path / "missing.csv")


# --- refusals ------------------------------------------------------------------------------------------------------
def test_lists_are_the_admins_alone(client, ana, ela, publisher, auditor, marek, client_for):
    address = give(client, LIST).url
    paths = ["/cms/people/import/", "/cms/people/import/template.csv", address, f"{address}errors.csv"]
    for asker in (ela, publisher, auditor, marek, ana):
        for path in paths:
            assert client_for(asker).get(path).status_code == 404
        assert client_for(asker).post(f"{address}apply/", {"shown": "x"}).status_code == 404
        assert give(client_for(asker), LIST).status_code == 404
    assert client_for(None).get(address).url.startswith("/login/")
    assert client.get(f"{address}apply/").status_code == 405
    assert RosterImport.objects.count() == 1
