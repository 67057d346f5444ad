"""A number of a page, kept as it was typed until it goes live."""

from typing import Any

from django import forms
from django.db import models
from django.utils.text import capfirst

from assessments.scenarios.blocks import NumberField as NumberFormField
from assessments.scenarios.rules.numbers import typed


class NumberField(models.Field):
    """A whole number, or what was typed in its place: a column of numbers could not hold it. None for nothing."""

    def get_internal_type(self) -> str:
        return "TextField"

    def to_python(self, value: Any) -> int | str | None:
        return typed(value)

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> int | str | None:
        return typed(value)

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None if self.null else ""
        return str(value)

    def value_to_string(self, obj: Any) -> str:
        return str(self.value_from_object(obj))

    def formfield(self, **_kwargs: Any) -> forms.Field:
        return NumberFormField(
            required=not self.blank,
            label=capfirst(self.verbose_name),
            help_text=self.help_text,
            initial=self.default if self.has_default() else None,
        )
