"""Changing the order of a course: the same move in every language."""

from typing import Any

from django.db import transaction

from courses.models import CoursePage
from people.models import User


@transaction.atomic
def move(*, page: Any, up: bool, at: int, by: User) -> bool:
    """One place up or down among its neighbours. `at` is where the editor saw it: sent twice, it moves once."""
    course = page.get_ancestors(inclusive=True).type(CoursePage).first()
    CoursePage.objects.select_for_update().get(pk=course.pk)
    neighbours = list(page.get_parent().get_children())
    keys = [other.pk for other in neighbours]
    to = at - 1 if up else at + 1
    if keys.index(page.pk) != at or not 0 <= to < len(keys):
        return False
    neighbour = neighbours[to]
    pairs = {other.locale_id: other for other in neighbour.get_translations(inclusive=True)}
    for own in page.get_translations(inclusive=True):
        target = pairs.get(own.locale_id)
        if target and target.get_parent() == own.get_parent():
            own.move(target, pos="left" if up else "right", user=by)
    return True
