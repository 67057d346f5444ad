"""Who may bring a course."""

from typing import Any

from courses.models import CataloguePage


def may_publish(user: Any) -> bool:
    """What they import goes live at once."""
    return user.is_superuser or user.is_publisher


def may_begin(user: Any) -> bool:
    """Whether this person may bring a course, if only as drafts: whoever may add one below the catalogue."""
    catalogue = CataloguePage.objects.first()
    return may_publish(user) or bool(catalogue and catalogue.permissions_for_user(user).can_add_subpage())
