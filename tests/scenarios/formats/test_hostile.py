"""Files that are damaged, huge or meant to hurt: refused with the reason, before any work that grows with them."""

import json
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.scenarios.formats import csv_table, document, files, json_text, script, twee, twee_in, words
from assessments.scenarios.formats.document import Choice, Document, Ending, Finding, Refused, Scene
from assessments.scenarios.rules import checker
from assessments.scenarios.rules.graph import from_content
from tests.scenarios.formats import hostile
from tests.scenarios.formats.test_twee import SMALL


def refused(name: str, data: bytes | str) -> str:
    with pytest.raises(Refused) as caught:
        files.read(name, data.encode() if isinstance(data, str) else data, go_on="Continue")
    assert words.words(caught.value.findings[0])
    return caught.value.findings[0].code


CALLS = 400_000  # of functions, ours and Python's own: what grows with a hostile file shows in them, on any machine


@pytest.mark.parametrize("kind", hostile.FILES)
def test_a_hostile_file_is_refused_with_the_reason_after_little_work(kind):
    """How long that takes is in docs/measurements/hostile-files-2026-11-23.md."""
    name, make, code = hostile.FILES[kind]
    data, calls, found = make(), Counter(), ""
    sys.setprofile(lambda _frame, event, _arg: calls.update([event]))
    try:
        files.read(name, data, go_on="Continue")
    except Refused as refusal:
        found = refusal.findings[0].code
    finally:
        sys.setprofile(None)
    assert found == code
    assert calls["call"] + calls["c_call"] <= CALLS


def test_scenes_that_only_lead_in_circles_become_a_draft_that_cannot_go_live():
    imported = files.read("a.json", hostile.cyclic(), go_on="Continue")
    found = checker.problems(from_content(document.body_of(imported.document)))
    assert {"loop-without-exit", "unreachable"} <= {problem.code for problem in found}


TEXTS = ("a.txt", "a.twee", "a.csv", "a.json")


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a" * (files.TEXT_BYTES_MAX + 1), "file-large"),
        ("scenario: Spóźniona".encode("cp1250"), "encoding"),
        ("scenario: x".encode("utf-16"), "encoding"),
        (b"scenario: x\0y", "nul"),
    ],
)
def test_no_format_takes_what_is_no_text(name, data, code):
    assert refused(name, data) == code


def test_other_endings_are_refused_and_named():
    assert refused("a.exe", b"MZ") == "ending-unknown"
    assert refused("a.csv.zip", b"PK") == "ending-unknown"


def test_a_package_may_be_larger_than_a_text_but_not_without_end():
    files.refuse_large("a.h5p", files.TEXT_BYTES_MAX + 1)
    with pytest.raises(Refused):
        files.refuse_large("a.h5p", files.PACKAGE_BYTES_MAX + 1)


def test_a_hundred_thousand_passages_are_refused_before_one_is_read(monkeypatch):
    monkeypatch.setattr(twee_in, "_header", None)
    assert refused("a.twee", ":: a\n" * 100_000) == "passages-many"


def test_brackets_without_end_are_counted_and_refused():
    assert refused("a.twee", ":: a\n" + "[[" * 900_000) == "links-many"
    assert refused("a.twee", ":: a\n" + "<!--" * 450_000) == "links-many"
    assert refused("a.twee", ":: a\n" + "[[b]]" * 300_000) == "choices-many"


def test_a_scene_with_too_many_choices_is_refused():
    assert refused("a.twee", ":: a\n" + "[[b]]\n" * 100) == "choices-many"


def test_a_long_passage_header_is_refused():
    assert refused("a.twee", "::" + " a" * 5_000) == "header-long"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 500_000, "json-deep"),
        ('{"a":' * 200_000, "json-deep"),
        ("{no", "json-invalid"),
        ('{"format": "x", "format": "y"}', "json-twice"),
        ('{"format": NaN}', "json-number"),
        ('{"format": ' + "9" * 1_000_000 + "}", "json-number"),
        ('{"format": 0.' + "9" * 1_000_000 + "}", "json-number"),
        ("[]", "json-not-ours"),
        ('{"format": "lms-content/1"}', "json-not-ours"),
        ('{"format": "ostoja-scenario/1"}', "empty"),
        ('{"format": "ostoja-scenario/1", "title": 5}', "text-expected"),
        ('{"format": "ostoja-scenario/1", "title": "x", "minutes": true}', "number-expected"),
        ('{"format": "ostoja-scenario/1", "title": "x", "minutes": 1e9}', "number-expected"),
        ('{"format": "ostoja-scenario/1", "title": "x", "flags": "heard"}', "list-expected"),
        ('{"format": "ostoja-scenario/1", "title": "x", "scenes": {}}', "list-expected"),
        ('{"format": "ostoja-scenario/1", "title": "x", "scenes": [5]}', "object-expected"),
        ('{"format": "ostoja-scenario/1", "title": "x", "scenes": [{"key": "a"}, {"key": "a"}]}', "key-twice"),
        ('{"format": "ostoja-scenario/1", "title": "x", "scenes": [{"key": "../a"}]}', "key-invalid"),
    ],
)
def test_json_that_is_wrong_is_refused(text, code):
    assert refused("a.json", text) == code


def test_more_scenes_than_an_editor_can_hold_are_refused_by_every_format():
    many = Document("x", scenes=tuple(Scene(f"s{n}") for n in range(document.PLACES_MAX)), endings=(Ending("e"),))
    assert refused("a.json", json_text.write(many)) == "places-many"
    assert refused("a.csv", csv_table.write(many)) == "places-many"
    assert refused("a.txt", script.write(many)) == "places-many"
    assert refused("a.twee", twee.write(many)) == "places-many"


def test_more_choices_than_can_be_checked_are_refused_by_every_format():
    choices = tuple(Choice(f"c{n}") for n in range(document.CHOICES_MAX))
    many = Document("x", scenes=tuple(Scene(f"s{n}", choices=choices) for n in range(41)))
    assert refused("a.json", json_text.write(many)) == "choices-all-many"
    assert refused("a.csv", csv_table.write(many)) == "choices-all-many"
    assert refused("a.txt", script.write(many)) == "choices-all-many"
    assert refused("a.twee", twee.write(many)) == "choices-all-many"


def test_a_name_not_known_is_told_and_left_out():
    data = json.loads(json_text.write(SMALL)) | {"colour": "red"}
    imported = json_text.read(json.dumps(data))
    assert imported.document == SMALL
    assert [(note.code, note.params["name"]) for note in imported.notes] == [("name-unknown", "colour")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "columns-missing"),
        ("a,b\n1,2", "columns-missing"),
        ("row,node,choice,text,to,to\n", "column-twice"),
        (",".join(f"c{n}" for n in range(500)) + ",row,node,choice,text,to\n", "columns-many"),
        ('row,node,choice,text,to\nscene,"a', "csv-broken"),
        ("row,node,choice,text,to\nchoice,a,b,x,c\n", "row-before-its-scene"),
        ("row,node,choice,text,to\ndog,a\n", "row-unknown"),
        ("row,node,choice,text,to\nscene,a\n", "title-missing"),
        ("row,node,choice,text,to\n" + "skill,a,,b,\n" * 10_000, "rows-many"),
        ("row,node,choice,text,to\nsetting,title,,x,\nsetting,title,,y,\n", "setting-twice"),
    ],
)
def test_a_table_that_is_wrong_is_refused(text, code):
    assert refused("a.csv", text) == code


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_the_delimiters_of_spreadsheets_are_understood(delimiter):
    table = csv_table.write(SMALL).replace(",", delimiter)
    assert csv_table.read(table).document == SMALL


def test_no_cell_is_a_formula_for_a_spreadsheet():
    said = Document("x", role='=HYPERLINK("http://example.org")', scenes=(Scene("a", say="@SUM(1)", scene="-1+1"),))
    cells = [cell.strip('"') for line in csv_table.write(said).split("\r\n") for cell in line.split(",")]
    assert [cell for cell in cells if cell.startswith(("=", "@", "+", "-1+"))] == []
    assert csv_table.read(csv_table.write(said)).document == said


def test_a_column_and_a_setting_not_known_are_told():
    imported = csv_table.read("row,node,choice,text,to,colour\nsetting,title,,x,,red\nsetting,mood,,y,,\n")
    assert imported.document == Document("x")
    assert [(note.code, note.params["name"]) for note in imported.notes] == [
        ("column-unknown", "colour"),
        ("setting-unknown", "mood"),
    ]


def test_more_lines_than_a_script_can_have_are_refused():
    assert refused("a.txt", "\n" * (script.LINES_MAX + 1)) == "lines-many"


@pytest.mark.parametrize(
    "line", ["a " * 400_000, "scene" + " " * 900_000 + "x", "choice " + "a" * 900_000, "x" * 900_000]
)
def test_one_endless_line_is_told_as_any_other(line):
    assert refused("a.txt", f"scenario: x\n{line}") == "line-unknown"


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=st.sampled_from(list(':[]{}"<>!-|,;=\\\n ab()$\t')), max_size=200), data=st.data())
def test_noise_is_read_or_refused_and_nothing_else(name, text, data):
    whole = {"a.txt": script.write, "a.twee": twee.write, "a.csv": csv_table.write, "a.json": json_text.write}[name](
        SMALL
    )
    at = data.draw(st.integers(0, len(whole)))
    told: tuple[Finding, ...] = ()
    try:
        told = files.read(name, (whole[:at] + text + whole[at:]).encode(), go_on="Continue").notes
    except Refused as refusal:
        told = refusal.findings
    assert all(words.words(finding) for finding in told)
