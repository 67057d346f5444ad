"""Foreign keys point downward, as imports do: a string like "courses.Enrolment" would hide an arrow from lint-imports."""

import pytest
from django.apps import apps

from tests.house import FLOORS


def related(model):
    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created and field.related_model is not None:
            yield field.name, field.related_model._meta.app_config.name


@pytest.mark.parametrize(
    "model", [m for m in apps.get_models() if m._meta.app_config.name in FLOORS], ids=lambda m: m._meta.label
)
def test_foreign_keys_of(model):
    home = model._meta.app_config.name
    for name, target in related(model):
        if target in FLOORS and target != home:
            assert FLOORS[target] < FLOORS[home], (
                f"{model._meta.label}.{name} points at {target}, which is not below {home}"
            )


def test_nobody_outside_points_at_us():
    """A library's table with a key to ours would pull our tables along when it changes (the user model is the exception)."""
    strangers = [m for m in apps.get_models() if m._meta.app_config.name not in FLOORS]
    pointing = {
        f"{m._meta.label}.{name} > {target}" for m in strangers for name, target in related(m) if target in FLOORS
    }
    assert {line for line in pointing if not line.endswith("> people")} == set()
