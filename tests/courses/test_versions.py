"""What follows from the content of a version, worked out once a process."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from courses import versions
from courses.models import StepVersion
from tests.factories import make_course


def test_a_fact_is_read_once_for_each_version_and_all_that_are_new_in_one_query(db):
    make_course(lessons=3, languages=("en",))
    first, *others = StepVersion.objects.filter(kind="lesson").order_by("pk").values_list("pk", flat=True)
    kinds = versions.Fact("kind", "title", made=lambda kind, title: f"{kind}: {title}")
    asked = []
    for wanted in ([first], [first, *others], [*others, first], []):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = kinds.of(wanted)
        asked.append(len(queries))
        titles = StepVersion.objects.in_bulk(wanted)
        assert found == {pk: f"lesson: {row.content['title']}" for pk, row in titles.items()}
    assert asked == [1, 1, 0, 0]


def test_facts_are_forgotten_before_there_are_too_many_and_those_asked_for_are_all_told(db, monkeypatch):
    make_course(lessons=3, languages=("en",))
    everything = list(StepVersion.objects.filter(kind="lesson").values_list("pk", flat=True))
    titles = versions.Fact("title", made=str)
    monkeypatch.setattr(versions, "FACTS_AT_MOST", 2)
    for _time in range(2):
        for pk in everything:
            assert titles.of([pk]).keys() == {pk}
            assert len(titles._known) <= 2
    assert titles.of(everything).keys() == set(everything)
