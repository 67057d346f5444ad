import os

import pytest

from lms.packs import reading
from lms.packs.reading import FILE_BYTES, PackError, parse_csv, parse_yaml, read_pack
from tests.packs.conftest import MINI, REAL

pytestmark = pytest.mark.usefixtures("english")


def refusal(text: str) -> str:
    with pytest.raises(PackError) as caught:
        parse_yaml("a.yaml", text)
    assert caught.value.file == "a.yaml"
    return str(caught.value)


def test_the_whole_course_is_read():
    pack = read_pack(REAL)
    assert (len(pack.lessons), len(pack.scenarios), len(pack.bank), len(pack.points)) == (22, 10, 133, 216)


def test_plain_values_are_what_yaml_says():
    text = "a: 1\nb: -2.5\nc: true\nd: null\ne: [x, 'y']\nf: {g: ''}\nh: |-\n  two\n\n  lines\n"
    assert parse_yaml("a.yaml", text) == {
        "a": 1,
        "b": -2.5,
        "c": True,
        "d": None,
        "e": ["x", "y"],
        "f": {"g": ""},
        "h": "two\n\nlines",
    }


def test_an_empty_file_holds_nothing():
    assert parse_yaml("a.yaml", "") is None


def test_aliases_that_would_explode_are_refused():
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert "anchors and aliases" in refusal(bomb)


def test_deep_nesting_is_refused_before_it_can_hurt():
    assert "nested more than" in refusal("[" * 100_000)
    assert "nested more than" in refusal("{a: " * 100_000)


def test_endless_values_are_refused(monkeypatch):
    monkeypatch.setattr(reading, "VALUES", 100)
    assert "more than 100 values" in refusal("[" + "1," * 100 + "]")


def test_a_key_twice_is_refused_with_its_line():
    assert refusal("a: 1\nb: 2\na: 3\n") == "a.yaml: line 3: the key “a” stands twice"


@pytest.mark.parametrize(
    "text", ["!!python/object/apply:os.system [x]", "a: !!binary aGk=", "!!set {a, b}", "a: !mine x", "a: !!int x"]
)
def test_tags_are_refused(text):
    assert "tags" in refusal(text)


@pytest.mark.parametrize(
    "text", ["a: 2024-01-01", "a: 8:02", "a: 0x1F", "a: .nan", "a: .inf", f"a: {'9' * 5000}", "<<: {a: 1}"]
)
def test_what_yaml_reads_as_something_else_must_be_quoted(text):
    assert "quotes" in refusal(text)


@pytest.mark.parametrize("text", ["1: a", "? [a]\n: b", "null: a", "true: a"])
def test_keys_are_words(text):
    assert "a key must be a word" in refusal(text)


@pytest.mark.parametrize("text", ['a: "\\0"', 'a: "\\u0007"', 'a: "\\x7f"'])
def test_control_characters_are_refused(text):
    assert "control character" in refusal(text)


@pytest.mark.parametrize(
    "text", ["a: b: c", "a: [", "\x00", '"\\ud800"', "--- a\n--- b\n", "a: *b", "%YAML 9.9\n---\na"]
)
def test_what_is_no_single_yaml_document_is_refused(text):
    refusal(text)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(PackError, match="there is no such folder"):
        read_pack(tmp_path / "nowhere")


@pytest.mark.parametrize("file", ["course.yaml", "questions.yaml", "points.csv"])
def test_a_missing_file_is_named(folder, file):
    (folder / file).unlink()
    with pytest.raises(PackError, match=f"{file}: the file is missing"):
        read_pack(folder)


def test_a_pack_needs_neither_exclusions_nor_titles_of_articles(folder):
    (folder / "excluded.csv").unlink()
    (folder / "articles.csv").unlink()
    assert read_pack(folder).excluded == []


def test_bytes_that_are_no_text_are_refused(folder):
    (folder / "lessons" / "START-L1.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PackError, match=r"lessons/START-L1\.yaml: byte 0 is not UTF-8"):
        read_pack(folder)


def test_a_huge_file_is_refused(folder):
    (folder / "course.yaml").write_bytes(b"#" * (FILE_BYTES + 1))
    with pytest.raises(PackError, match=r"course\.yaml: the file is larger than"):
        read_pack(folder)


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path):
    secret = tmp_path / "secret.yaml"
    secret.write_text("a: 1")
    (folder / "lessons" / "START-L3.yaml").symlink_to(secret)
    with pytest.raises(PackError, match="the file lies outside the folder"):
        read_pack(folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read_is_named(folder):
    (folder / "course.yaml").chmod(0)
    with pytest.raises(PackError, match=r"course\.yaml: the file cannot be read"):
        read_pack(folder)


COLUMNS = ("id", "en")


def test_a_table_gives_texts_by_column():
    assert parse_csv("a.csv", 'id,en\nP-1,"a, b"\n', COLUMNS) == [{"id": "P-1", "en": "a, b"}]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id\nP-1\n",
        "id,en\nP-1\n",
        "id,en\nP-1,a,b\n",
        'id,en\n"P-1',
        "id,en\nP-1,\x07\n",
        f"id,en\nP-1,{'x' * 140_000}\n",
    ],
)
def test_a_table_with_missing_columns_or_ragged_rows_is_refused(text):
    with pytest.raises(PackError) as caught:
        parse_csv("a.csv", text, COLUMNS)
    assert caught.value.key.startswith("line ")


def test_the_small_pack_is_whole():
    assert read_pack(MINI).id == "mini"
