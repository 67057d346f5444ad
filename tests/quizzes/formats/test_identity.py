"""Out and in again is the same, for whatever a format carries; what it does not carry it names."""

from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.quizzes.formats import files
from assessments.quizzes.formats.document import Item
from assessments.quizzes.rules import types
from tests.quizzes.formats.items import TRUTH, items

FORMS = sorted(files.FORMATS)
MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
LEFT_OUT = {
    "gift": {"ordering", "judgement", "rating"},
    "moodle": {"judgement", "rating"},
    "qti": {"judgement", "rating"},
}


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
        assert back(form, written) == kept


@pytest.mark.parametrize("form", FORMS)
@MANY
@given(items())
def test_nothing_is_changed_without_a_word(form, question):
    entry = files.fitted(files.FORMATS[form], [question], TRUTH)[0]
    if not entry.findings:
        assert entry.item == question
    if entry.item is not None and entry.item != question:
        assert entry.findings


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
    if kind in LEFT_OUT[form]:
        assert found == {"type-not-carried"}
    else:
        assert "carried" in found


@MANY
@given(items())
def test_generated_questions_are_finished(question):
    assert not types.get(question.type).problems(question.published())
    assert {field.name for field in fields(question)} == set(vars(question))
