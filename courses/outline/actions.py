"""Changing the order of a course: the same move in every language."""

from typing import Any

from django.db import transaction

from courses.models.pages import hold_order
from people.models import User


@transaction.atomic
def move(*, page: Any, up: bool, at: int, by: User) -> bool:
    """One place up or down among its neighbours. `at` is where the editor saw it: sent twice, it moves once."""
    hold_order(page)
    neighbours = list(page.get_parent().get_children())
    keys = [other.pk for other in neighbours]
    to = at - 1 if up else at + 1
    if keys.index(page.pk) != at or not 0 <= to < len(keys):
        return False
    page.move(neighbours[to], pos="left" if up else "right", user=by)  # and with it its translations
    return True
