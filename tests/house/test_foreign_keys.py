"""Foreign keys point downward, as imports do: the string "courses.Enrolment" would hide an arrow from lint-imports."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db.models import Model

from tests.house import FLOORS

OURS = [model for model in apps.get_models() if model._meta.app_config.name in FLOORS]


def related(model: type[Model]) -> Iterator[tuple[str, str]]:
    """(field, app it points at) of every foreign key, one-to-one and many-to-many."""
    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created and field.related_model is not None:
            yield field.name, field.related_model._meta.app_config.name


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_foreign_keys_of(model):
    home = model._meta.app_config.name
    for name, target in related(model):
        if target in FLOORS and target != home:
            assert FLOORS[target] < FLOORS[home], f"{model._meta.label}.{name}: {target} is not below {home}"


def test_nobody_outside_points_at_us():
    """A library whose tables point at ours would pull them along when it changes. The user model is for everybody."""
    strangers = [model for model in apps.get_models() if model not in OURS]
    arrows = [(model._meta.label, name, target) for model in strangers for name, target in related(model)]
    assert [arrow for arrow in arrows if arrow[2] in FLOORS and arrow[2] != "people"] == []
