"""Out and in again is the same, for whatever a format carries; what it does not carry it names."""

from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.quizzes.formats import document as doc
from assessments.quizzes.formats import files
from assessments.quizzes.formats.document import Item
from assessments.quizzes.formats.words import words
from assessments.quizzes.rules import types
from tests.quizzes.formats.items import TRUTH, items

FORMS = sorted(files.FORMATS)
MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
EVERYWHERE = {"single", "multiple", "truefalse", "matching", "shorttext", "numeric", "essay", "reflection"}
CARRIED = {"gift": EVERYWHERE, "moodle": EVERYWHERE | {"ordering"}, "qti": EVERYWHERE | {"ordering"}}


def back(form: str, written: files.Written) -> list[Item | None]:
    kind = files.FORMATS[form]
    return [entry.item for entry in files.read(f"questions.{kind.ending}", written.data, TRUTH).entries]


@pytest.mark.parametrize("form", FORMS)
@MANY
@given(st.lists(items(), min_size=1, max_size=4))
def test_what_was_written_is_read_again(form, questions):
    written = files.write(files.FORMATS[form], questions, TRUTH)
    kept = [entry.item for entry in written.entries if entry.item]
    if kept:
        assert back(form, written) == (kept if form == "qti" else doc.without_category_first(kept))


@pytest.mark.parametrize("form", FORMS)
@MANY
@given(items())
def test_nothing_is_changed_without_a_word(form, question):
    entry = files.fitted(files.FORMATS[form], [question], TRUTH)[0]
    if not entry.findings:
        assert entry.item == question
    if entry.item is not None and entry.item != question:
        assert entry.findings


FILED = {"category": "keeping calm", "sub_category": "breathing / slowly", "tags": ("phone", "new-2027")}
SETTINGS = FILED | {
    "module": "calm",
    "objective": "CALM-1",
    "points": ("a-1", "b:2"),
    "difficulty": "0.8",
    "use": "practice",
    "review_by": "2027-01-31",
}


@pytest.mark.parametrize("form", FORMS)
def test_where_a_question_is_filed_and_what_it_is_for_goes_out_and_comes_in_again(form):
    question = Item("single", "So?", "Q-1", (doc.option("a", True, "x"), doc.option("b", False, "y")), **SETTINGS)
    written = files.write(files.FORMATS[form], [question, replace(question, category="", sub_category="")], TRUTH)
    assert not [finding for entry in written.entries for finding in entry.findings]
    assert {(item.category, item.sub_category) for item in back(form, written)} == {
        ("keeping calm", "breathing / slowly"),
        ("", ""),
    }
    assert question in back(form, written)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"has_owner": True}, "owner"),
        ({"pictures": ("A counter",)}, "pictures"),
        ({"sub_category": "of nothing"}, "category-lost"),
        ({"category": "a", "sub_category": "/b"}, "category-lost"),
    ],
)
def test_what_no_format_has_a_place_for_is_named_by_question(form, more, code):
    question = Item("single", "So?", "Q-1", (doc.option("a", True, "x"), doc.option("b", False, "y")), **more)
    entry = files.fitted(files.FORMATS[form], [question], TRUTH)[0]
    assert [finding.code for finding in entry.findings] == [code]
    assert all(words(finding) for finding in entry.findings)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", sorted(types.ALL))
def test_each_type_is_carried_or_refused_by_its_name(form, kind):
    found = set()

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(items((kind,)))
    def see(question):
        entry = files.fitted(files.FORMATS[form], [question], TRUTH)[0]
        found.add(entry.findings[0].code if entry.item is None else "carried")

    see()
    if kind in CARRIED[form]:
        assert "carried" in found
    else:
        assert found == {"type-not-carried"}


@MANY
@given(items())
def test_generated_questions_are_finished(question):
    assert not types.get(question.type).problems(question.published())
    assert {field.name for field in fields(question)} == set(vars(question))
