"""Exports: exactly what is on screen, all its pages, and no cell that a spreadsheet would run."""

import csv
import hashlib
import io
import re
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from people.models import User
from people.rules.cells import BOM
from tests.training.staff import course_of, people, train
from training.exports import CSV_TYPE, XLSX_TYPE
from training.models import Requirement, RequirementVersion


@pytest.fixture
def crowd(teams, marek):
    staff = people(60, teams.desk)
    train(staff, course_of("calm"))
    train(staff[:11], course_of("clear"))
    return staff


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def read_csv(response, separator=",") -> list[list[str]]:
    text = body(response).decode()
    assert text.startswith(BOM)
    return list(csv.reader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=separator))


def read_xlsx(response) -> list[list[list]]:
    book = load_workbook(io.BytesIO(body(response)))
    return [[[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets]


def names_on_screen(client, address: str, query: str) -> list[str]:
    """Page by page, as somebody would read it."""
    names, page = [], 1
    while True:
        html = client.get(f"{address}?{query}&page={page}").content.decode()
        names += [
            unescape(name) for name in re.findall(r'<th scope="row">(?:<label.*?</label>)?<a[^>]*>(.*?)</a>', html)
        ]
        if "Next page" not in html:
            return names
        page += 1


@pytest.mark.parametrize(
    "query",
    ["show=all", "show=attention", "show=overdue&sort=-person", "show=all&sort=valid_until", "show=late&name=0001"],
)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_is_exported_as_it_is_on_screen_with_all_its_pages(crowd, marek, client_for, query, form):
    client = client_for(marek)
    response = client.get(f"/team/export/trainings/{form}/?{query}")
    rows = read_csv(response) if form == "csv" else read_xlsx(response)[0]
    assert [row[0] for row in rows[1:]] == names_on_screen(client, "/team/", query)


@pytest.mark.parametrize("query", ["sort=person", "show=overdue", "sort=-team&name=0001"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_people_by_course_are_exported_as_on_screen(crowd, marek, client_for, query, form):
    client = client_for(marek)
    response = client.get(f"/team/export/courses/{form}/?{query}")
    rows = read_csv(response) if form == "csv" else read_xlsx(response)[0]
    assert len(rows[0]) == 2 + 2
    assert [row[0] for row in rows[1:]] == names_on_screen(client, "/team/courses/", query)


def test_words_and_dates_are_those_of_the_screen(crowd, marek, client_for):
    rows = read_csv(client_for(marek).get("/team/export/trainings/csv/?show=finished"))
    assert rows[0] == ["Person", "Team", "Course", "Due", "Status", "Finished", "Valid until"]
    assert {row[4] for row in rows[1:]} == {"Finished"}
    assert all(date.fromisoformat(row[5]) for row in rows[1:])


@pytest.mark.parametrize(("language", "separator"), [("pl", ";"), ("lv", ";"), ("en", ",")])
def test_each_excel_finds_its_columns(crowd, marek, client_for, language, separator):
    User.objects.filter(pk=marek.pk).update(language=language)
    response = client_for(marek).get("/team/export/trainings/csv/?show=all")
    assert response["Content-Type"] == CSV_TYPE
    assert re.fullmatch(r'attachment; filename="ostoja-trainings-\d{4}-\d\d-\d\d.csv"', response["Content-Disposition"])
    rows = read_csv(response, separator)
    assert {len(row) for row in rows} == {7}


def test_a_second_sheet_says_what_the_table_shows_and_means(crowd, marek, client_for):
    response = client_for(marek).get("/team/export/trainings/xlsx/?show=overdue&reports=direct&name=00")
    assert response["Content-Type"] == XLSX_TYPE
    about = {row[0]: row[1] for row in read_xlsx(response)[1] if row[0]}
    assert about["Made for"] == "Marek Lis"
    assert about["People"] == "Direct reports"
    assert about["Shows"] == "Overdue"
    assert about["Name contains"] == "00"
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d \(", about["Made"])
    assert about["Expires soon"] == "Still valid, and runs out within 30 days."
    assert len(set(about) & {"Overdue", "Expired", "Not started", "In progress", "Finished", "Waived"}) == 6


@pytest.mark.parametrize("screen", ["trainings", "courses"])
@pytest.mark.parametrize("language", ["pl", "en"])
def test_its_hash_is_that_of_the_same_list_as_csv(crowd, marek, client_for, screen, language):
    User.objects.filter(pk=marek.pk).update(language=language)
    client = client_for(marek)
    sheets = read_xlsx(client.get(f"/team/export/{screen}/xlsx/?show=all"))
    same = body(client.get(f"/team/export/{screen}/csv/?show=all"))
    assert sheets[1][1][1] == hashlib.sha256(same).hexdigest()
    other = body(client.get(f"/team/export/{screen}/csv/?show=all&name=0001"))
    assert sheets[1][1][1] != hashlib.sha256(other).hexdigest()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_nothing_in_a_file_can_become_a_formula(teams, marek, client_for, start, form):
    (villain,) = people(1, teams.desk)
    train([villain], course_of("calm"))
    User.objects.filter(pk=villain.pk).update(first_name=f"{start}HYPERLINK(1)", last_name="")
    teams.desk.name = f"{start}cmd|' /C calc'!A0"
    teams.desk.save()
    for screen in ("trainings", "courses"):
        response = client_for(marek).get(f"/team/export/{screen}/{form}/?show=all&name=HYPERLINK")
        if form == "csv":
            cells = [cell for row in read_csv(response) for cell in row]
        else:
            sheets = load_workbook(io.BytesIO(body(response))).worksheets
            assert "f" not in {cell.data_type for sheet in sheets for row in sheet.iter_rows() for cell in row}
            cells = [cell.value or "" for row in sheets[0].iter_rows() for cell in row]
        assert sum("HYPERLINK" in str(cell) for cell in cells) == 1
        assert not [cell for cell in cells if str(cell).startswith(start)]


def test_a_name_that_xml_cannot_carry_does_not_break_the_file(teams, marek, client_for):
    (odd,) = people(1, teams.desk)
    train([odd], course_of("calm"))
    User.objects.filter(pk=odd.pk).update(first_name="A\x0b\x07na")
    rows = read_xlsx(client_for(marek).get("/team/export/trainings/xlsx/?show=all"))[0]
    assert rows[1][0] == "Ana 00000"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_costs_the_same_for_thirty_people_as_for_three_hundred(teams, marek, client_for, form):
    client, address = client_for(marek), f"/team/export/trainings/{form}/?show=all"
    train(people(30, teams.desk), course_of("calm"))
    with CaptureQueriesContext(connection) as few:
        body(client.get(address))
    train(people(270, teams.desk, first=30), course_of("calm"))
    with CaptureQueriesContext(connection) as many:
        body(client.get(address))
    assert len(many) == len(few) <= 12


@pytest.mark.parametrize("screen", ["trainings", "courses"])
def test_the_wording_of_the_rule_says_which_course_it_is_and_no_enrolment_is_asked(crowd, marek, client_for, screen):
    """Of a hundred thousand lines the enrolments lie all over the disk: the first file took six seconds for them."""
    client, address = client_for(marek), f"/team/export/{screen}/csv/?show=all"
    of_old = body(client.get(address))
    for rule in Requirement.objects.all():
        wording = RequirementVersion.objects.create(
            requirement=rule, number=1, content=rule.content(), saved_by=marek, saved_at=timezone.now()
        )
        rule.assignments.update(version=wording)
    with CaptureQueriesContext(connection) as asked:
        by_wording = body(client.get(address))
    assert sorted(by_wording.splitlines()) == sorted(of_old.splitlines())
    lines = [query["sql"] for query in asked if "good_until" in query["sql"]]
    assert lines
    assert not [sql for sql in lines if 'JOIN "courses_enrolment"' in sql]


@pytest.mark.parametrize("query", ["", "?name=0001", "?reports=direct&sort=-team"])
def test_what_lies_ahead_and_the_months_before_are_exported_as_on_screen(crowd, teams, marek, client_for, query):
    train(people(7, teams.service, first=90), course_of("calm"))
    client = client_for(marek)
    page = client.get(f"/team/forecast/{query}").content.decode()
    rows = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    ]
    shown = [[re.sub(r"<[^>]*>", "", cell).replace("&nbsp;", " ").replace("–", "") for cell in row] for row in rows]
    ahead, past = shown[:-13], shown[-13:]
    assert read_csv(client.get(f"/team/export/forecast/csv/{query}")) == ahead
    months = read_csv(client.get(f"/team/export/trend/csv/{query}"))
    assert [row[1:] for row in months] == [row[1:] for row in past]
    assert [f"{date.fromisoformat(row[0]):%B %Y}" for row in months[1:]] == [row[0] for row in past[1:]]
    for screen, lines in (("forecast", ahead), ("trend", months)):
        table, about = read_xlsx(client.get(f"/team/export/{screen}/xlsx/{query}"))
        assert [["" if cell is None else str(cell).removesuffix(" 00:00:00") for cell in row] for row in table] == lines
        assert "SHA-256 of the table as CSV" in {row[0] for row in about}
    assert {type(cell) for cell in read_xlsx(client.get("/team/export/forecast/xlsx/"))[0][1][1:]} == {int}
    assert client.get("/team/export/forecast/csv/?name=" + "x" * 101).url.startswith("/team/forecast/?name=x")
    assert client.get("/team/reports/new/forecast/").status_code == 404


def test_what_cannot_be_read_is_shown_on_the_screen_and_not_exported(crowd, marek, client_for):
    response = client_for(marek).get("/team/export/courses/csv/?show=secrets", follow=True)
    assert response.redirect_chain == [("/team/courses/?show=secrets", 302)]
    assert response.status_code == 422


def test_other_exports_are_not_there(crowd, ana, obcy, irena, ela, marek, client_for):
    client = client_for(marek)
    for address in ("/team/export/trainings/pdf/", "/team/export/answers/csv/", "/team/export/forecast/pdf/"):
        assert client.get(address).status_code == 404
    assert client.post("/team/export/trainings/csv/").status_code == 405
    for stranger in (ana, obcy, ela):
        for screen in ("trainings", "courses", "forecast", "trend"):
            assert client_for(stranger).get(f"/team/export/{screen}/csv/").status_code == 404
    assert len(read_csv(client_for(irena).get("/team/export/forecast/csv/"))) == 2  # headings, and noughts
    assert read_csv(client_for(irena).get("/team/export/trainings/csv/?show=all"))[1:] == []
