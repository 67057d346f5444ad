from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings

from assessments.scenarios.formats import csv_table, document, json_text, script, twee, twee_in
from tests.scenarios.formats.documents import documents

FORMATS = {
    "script": (script.write, script.read),
    "json": (json_text.write, json_text.read),
    "csv": (csv_table.write, csv_table.read),
    "twee": (twee.write, twee_in.read),
}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(whole=documents())
def test_what_goes_out_comes_back_the_same(name, whole):
    write, read = FORMATS[name]
    imported = read(write(whole))
    assert imported.document == whole
    assert imported.notes == ()


@pytest.mark.parametrize("kind", document.FIELDS)
def test_every_field_of_a_document_has_its_rule(kind):
    parts = {"skills", "scenes", "endings", "choices", "reflection"}
    assert [one.name for one in fields(kind) if one.name not in parts] == [spec.name for spec in document.FIELDS[kind]]
