"""A list of short ids, stored as JSON, edited as words with spaces between."""

from typing import Any

from django import forms
from django.db import models
from django.utils.text import capfirst


class KeyListFormField(forms.CharField):
    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return super().clean(" ".join(value) if isinstance(value, list) else value).replace(",", " ").split()

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial or []) != " ".join(str(data or "").replace(",", " ").split())


class KeyListField(models.JSONField):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **dict[str, Any]({"default": list, "blank": True} | kwargs))

    def formfield(self, **kwargs: Any) -> forms.Field:
        return KeyListFormField(
            required=not self.blank, label=capfirst(self.verbose_name), help_text=self.help_text, widget=forms.TextInput
        )
