"""What tests share (tests/remembered.py) is exactly what each of them would have built."""

import pytest
from django.db import transaction

from courses.models import CoursePage, LessonPage, StepVersion
from people.models import Team
from tests import remembered
from tests.factories import make_course
from tests.lessons import plant
from tests.quizzes.factories import quiz

pytestmark = pytest.mark.django_db


@pytest.fixture
def built(monkeypatch) -> list[str]:
    """Names of the courses that were built and not written again."""
    calls: list[str] = []
    record = remembered._record
    monkeypatch.setattr(remembered, "_recordings", {})
    monkeypatch.setattr(remembered, "_record", lambda build, written: calls.append("built") or record(build, written))
    return calls


def rows() -> list:
    """Without their numbers: PostgreSQL never gives one out twice."""
    pages = list(LessonPage.objects.order_by("path").values_list("path", "title", "body"))
    versions = list(StepVersion.objects.order_by("pk").values_list("step_key", "sha256"))
    return [[*map(str, row)] for row in [*pages, *versions]]


def taken_back(build) -> list:
    """What stands in the database after build()."""
    with transaction.atomic():
        remembered.open_journal()
        build()
        found = rows()
        remembered.close_journal()
        transaction.set_rollback(True)
    return found


def test_what_is_written_again_is_what_was_built(built):
    plain = taken_back(make_course.__wrapped__)
    assert taken_back(make_course) == plain
    assert taken_back(make_course) == plain
    assert len(plain) > 6
    assert built == ["built"]


def test_other_arguments_build_another_course(built):
    assert taken_back(make_course) != taken_back(lambda: make_course(lessons=1))
    assert taken_back(lambda: make_course(steps=[quiz(["single"])])) != taken_back(
        lambda: make_course(steps=[quiz(["multiple"])])
    )
    assert len(built) == 4


def test_people_who_are_there_already_change_nothing(built):
    taken_back(make_course)
    taken_back(lambda: (Team.add_root(name="One more"), make_course()))
    assert len(built) == 1


def test_pages_that_are_there_already_make_it_build_in_earnest(built):
    taken_back(make_course)
    assert taken_back(lambda: (CoursePage.objects.update(title="x"), make_course())) == taken_back(make_course)
    assert len(taken_back(lambda: (plant(), make_course()))) > len(taken_back(make_course))
    assert len(built) == 3, "the course, the small tree, and the course after it"


def test_nobody_sees_what_another_test_did_to_a_page(built):
    def spoilt():
        course = make_course()
        course.steps["en"][0].title = "Spoilt"
        course.steps["en"].clear()

    titles: list[str] = []
    taken_back(spoilt)
    taken_back(lambda: titles.extend(step.title for step in make_course().steps["en"]))
    assert titles == ["A calm voice (en)", "A calm voice (en)"]
    assert len(built) == 1
