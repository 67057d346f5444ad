"""What one test leaves in the process is gone before anything is built for the next, be it by a fixture of a module."""

import pytest
from django.core.cache import cache

from courses import versions
from courses.models import StepVersion
from tests.factories import make_course

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("surroundings")]


def test_this_one_leaves_what_it_read(teams):
    make_course(lessons=1)
    versions.content(StepVersion.objects.first().pk)
    cache.set("left", "behind")
    assert versions.content.cache_info().currsize


@pytest.fixture(scope="module")
def between() -> tuple[int, str | None]:
    """Built after the first test's end and before the next one's beginning."""
    return versions.content.cache_info().currsize, cache.get("left")


def test_and_what_is_built_for_this_one_does_not_find_it(between):
    assert between == (0, None)
